/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is wrong with a run: sentences, collected in a GString and shown at once, because a GLib test has room for one line. */

#pragma once

#include <glib.h>

/* Adds a sentence, after a separator if it is not the first. */
void anyio_complain       (GString *complaints, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* "domain, code: message". */
void anyio_complain_error (GString *complaints, const char *who, const GError *error);
/* Fails the running GLib test with what there is; @context, in front of it, says in which part of the test. Nothing happens if there is nothing. */
void anyio_complaints_fail (const GString *complaints, const char *context, guint seed);
