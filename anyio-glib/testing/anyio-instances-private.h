/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The live objects of the types that a run must not leave behind. */

#pragma once

#include <glib.h>

/* From the first call on objects are counted. Returns a mark: what was made before it is not looked at. */
guint64 anyio_instances_mark     (void);
/* Adds what was made since @mark and still lives to @complaints (optional); returns how many that are. */
guint   anyio_instances_complain (guint64 mark, GString *complaints);
