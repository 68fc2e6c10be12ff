/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One run of a function as the main task of a fresh context, and what it leaves behind. */

#pragma once

#include "anyio-testing.h"

/* Runs @func as the main task @name (outlives the run) by @clock (NULL: real time). What is left over is added to @complaints, the error is @func's own. */
gboolean anyio_test_run_once (const char *name, AnyioTaskFunc func, gpointer user_data, guint seed, AnyioClock *clock, GString *complaints, GError **error);

/* `ANYIO_SCHEDULE_SEED`, 0 without one. */
guint    anyio_test_get_seed (void);
