/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libglib-testing for tasks: virtual time, test cases that run in a task, traces, and cancellation everywhere. Link with anyio-glib-testing-1. */

#pragma once

#include <anyio.h>

G_BEGIN_DECLS

/* A clock that jumps to the next deadline whenever nothing in the context can run and nothing is outstanding. Time starts at 0.
 * Give it to anyio_run_full() in the options, or use the test cases below. */
#define ANYIO_TYPE_VIRTUAL_CLOCK (anyio_virtual_clock_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioVirtualClock, anyio_virtual_clock, ANYIO, VIRTUAL_CLOCK, AnyioClock)
ANYIO_AVAILABLE_IN_0_1
AnyioClock *anyio_virtual_clock_new          (void);
ANYIO_AVAILABLE_IN_0_1
void        anyio_virtual_clock_advance      (AnyioVirtualClock *self, double seconds);
ANYIO_AVAILABLE_IN_0_1
void        anyio_virtual_clock_set_autojump (AnyioVirtualClock *self, gboolean autojump); /* TRUE at first */
ANYIO_AVAILABLE_IN_0_1
gboolean    anyio_virtual_clock_get_autojump (AnyioVirtualClock *self);

#ifndef __GI_SCANNER__ /* the rest is for C */

/* A GLib test whose body is @func, run as the main task on a fresh context with a virtual clock and the schedule seed of the environment.
 * It fails when @func fails, and when anything is left at the end: a source in the context, an open descriptor, a cancellable, an AnyioTask,
 * group or scope object. */
ANYIO_AVAILABLE_IN_0_1
void        anyio_test_add_func              (const char *path, AnyioTaskFunc func);
ANYIO_AVAILABLE_IN_0_1
void        anyio_test_add_data_func         (const char *path, gpointer user_data, AnyioTaskFunc func, GDestroyNotify destroy);
/* As above, with the real clock. */
ANYIO_AVAILABLE_IN_0_1
void        anyio_test_add_func_real_time    (const char *path, AnyioTaskFunc func);
/* One such run, for tests that are not registered this way; the seed 0 is the order of spawning. */
ANYIO_AVAILABLE_IN_0_1
gboolean    anyio_test_run                   (AnyioTaskFunc func, gpointer user_data, guint seed, GError **error);

/* The trace of the running test: words in order of time. Cleared when a test begins. */
ANYIO_AVAILABLE_IN_0_1
void        anyio_trace                      (const char *format, ...) G_GNUC_PRINTF (1, 2);
ANYIO_AVAILABLE_IN_0_1
const char *anyio_trace_get                  (void); /* the words, one space between; borrowed until the next call */
ANYIO_AVAILABLE_IN_0_1
void        anyio_trace_clear                (void);
#define anyio_assert_trace(expected) g_assert_cmpstr (anyio_trace_get (), ==, (expected))

/**
 * AnyioTestCheckFunc:
 * @n: the number of the suspension point at which the run was cancelled; 0 in the last run, which was not
 * @error: (nullable): what the function returned
 * @user_data: what was given to anyio_test_cancel_everywhere()
 *
 * Judges one run of a sweep.
 */
typedef void (*AnyioTestCheckFunc) (guint n, const GError *error, gpointer user_data);

/* Runs @func again and again, each time in a fresh run, cancelling it at its 1st, 2nd, ... n-th suspension point until it comes through
 * uncancelled, and checks each time that nothing is left over. @check, if not NULL, sees the result of each run. Returns the number of suspension points. */
ANYIO_AVAILABLE_IN_0_1
guint       anyio_test_cancel_everywhere     (AnyioTaskFunc func, gpointer user_data, AnyioTestCheckFunc check);

#endif /* __GI_SCANNER__ */

G_END_DECLS
