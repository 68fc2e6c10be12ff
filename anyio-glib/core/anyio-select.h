/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for the first of several operations. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioSelectCase: (skip)
 * @failed: set by anyio_select(): this is the operation that failed
 *
 * One of the operations among which anyio_select() chooses. It stands on the caller's stack, and is made by one of the macros `ANYIO_SELECT_...`. The same array can be used
 * again and again.
 *
 * Since: 0.1
 */
struct _AnyioSelectCase
{
  gboolean failed;
  /*< private >*/
  const struct _AnyioSelectOps *ops; /* NULL: never ready */
  gpointer object;                   /* borrowed */
  gpointer data;
  double seconds;
  gpointer opaque[11];
};

/**
 * ANYIO_SELECT_NEVER: (skip)
 *
 * A case that is never chosen: what to put in the place of one that has ended.
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_NEVER (anyio_select_case_never ())
/**
 * ANYIO_SELECT_SLEEP: (skip)
 * @seconds: how long, from the call of anyio_select() on; 0 and less: it is ready at once, infinity: never
 *
 * A case that is chosen when the time has passed.
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_SLEEP(seconds) (anyio_select_case_sleep (seconds))
/**
 * ANYIO_SELECT_SLEEP_UNTIL: (skip)
 * @deadline: seconds on the clock of anyio_current_time()
 *
 * A case that is chosen when the deadline has come. In a loop it stays where it is, where that of ANYIO_SELECT_SLEEP() begins anew.
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_SLEEP_UNTIL(deadline) (anyio_select_case_sleep_until (deadline))
/**
 * ANYIO_SELECT_TASK: (skip)
 * @task: an #AnyioTask of the same context
 *
 * A case that is chosen when the task has ended, however it ended. As anyio_task_wait(), it does not take its failure.
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_TASK(task) (anyio_select_case_task (task))
/**
 * ANYIO_SELECT_STOP_REQUESTED: (skip)
 *
 * A case that is chosen when the current task was asked to come to an end, as anyio_wait_stop_requested().
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_STOP_REQUESTED (anyio_select_case_stop_requested ())
/**
 * ANYIO_SELECT_READABLE: (skip)
 * @fd: a descriptor
 *
 * A case that is chosen when @fd can be read, as anyio_wait_readable().
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_READABLE(fd) (anyio_select_case_readable (fd))
/**
 * ANYIO_SELECT_WRITABLE: (skip)
 * @fd: a descriptor
 *
 * A case that is chosen when @fd can be written, as anyio_wait_writable().
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_WRITABLE(fd) (anyio_select_case_writable (fd))

ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase anyio_select_case_never          (void);
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase anyio_select_case_sleep          (double seconds);
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase anyio_select_case_sleep_until    (double deadline);
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase anyio_select_case_task           (AnyioTask *task);
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase anyio_select_case_stop_requested (void);
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase anyio_select_case_readable       (int fd);
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase anyio_select_case_writable       (int fd);

ANYIO_AVAILABLE_IN_0_1
int             anyio_select                     (AnyioSelectCase *cases, gsize n_cases, GError **error);
ANYIO_AVAILABLE_IN_0_1
int             anyio_select_nowait              (AnyioSelectCase *cases, gsize n_cases, GError **error);

G_END_DECLS
