/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting until everybody else waits: for tests, which want to know that a task has got as far as it can. */

#include "core/anyio-runtime-private.h"
#include "core/anyio-task.h"

typedef struct
{
  AnyioWait wait;
  AnyioRunnable idle; /* in the loop's list of what runs when nothing else does */
  gboolean is_over;   /* the wait was aborted: only the loop still holds us */
} BlockedWait;

static void
all_blocked (AnyioRunnable *runnable)
{
  BlockedWait *self = ANYIO_CONTAINER (runnable, BlockedWait, idle);

  if (!self->is_over)
    anyio_wait_complete (&self->wait);
  else
    g_free (self);
}

static AnyioAbort
abort_blocked_wait (AnyioWait *wait)
{
  ANYIO_CONTAINER (wait, BlockedWait, wait)->is_over = TRUE;

  return ANYIO_ABORT_DONE;
}

/**
 * anyio_wait_all_tasks_blocked: (skip)
 * @error: return location for an error
 *
 * Waits until every other task of this main context waits for something: nothing is ready to run and no timer is due. What runs outside, a thread or a GIO
 * operation, counts as waiting. For tests. Cancel point. AnyIO: wait_all_tasks_blocked().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when all others wait
 *
 * Since: 0.1
 */
gboolean
anyio_wait_all_tasks_blocked (GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  BlockedWait *self;

  if (record == NULL)
    return FALSE;

  /* Not on the stack: a runnable cannot be taken back when the wait is aborted. */
  self = g_new0 (BlockedWait, 1);
  self->wait.abort = abort_blocked_wait;
  self->idle.run = all_blocked;
  anyio_loop_push_when_idle (&anyio_record_get_runtime (record)->loop, &self->idle);
  if (!anyio_wait_suspend (&self->wait, record))
    return anyio_scope_fail_cancelled (record, error);

  g_free (self);

  return TRUE;
}
