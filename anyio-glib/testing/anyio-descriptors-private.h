/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The open descriptors of the process, before and after. */

#pragma once

#include <glib.h>

/* The descriptors that are open, opaque. */
GHashTable *anyio_descriptors_list     (void);
/* Adds what is open and was not in @before, and what was and is not any more, to @complaints (optional); returns how many that are. */
guint       anyio_descriptors_complain (GHashTable *before, GString *complaints);
