/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the library logs. An unexpected warning is a line with "!" in the trace of the current run. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void  model_complaints_init          (void);
/* The trace of the current run; NULL between runs. */
void  model_complaints_set_trace     (GString *trace);
/* Critical messages are counted instead of reported until the end. */
void  model_complaints_expect_misuse (void);
/* How many there were. */
guint model_complaints_end_misuse    (void);

G_END_DECLS
