/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of a process: waiting for it, and bringing it about. Whatever brings it about waits for it, shielded if need be: it returns when the child has been reaped. */

#include "process/anyio-process-private.h"

#include "core/anyio-block.h"
#include "core/anyio-cancel-scope.h"
#include "gio/anyio-async-private.h"
#include "gio/anyio-async.h"

#include <math.h>
#include <signal.h>

/* --- waiting ---------------------------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_process_wait: (skip)
 * @self: a process
 * @error: return location for an error
 *
 * Waits until the child has ended; whether others still hold its pipes does not matter. Any number of tasks may wait. Cancel point, which does nothing to the child. A child whose
 * output nobody receives may hang in a full pipe, and then this waits for ever: receive, or use anyio_process_communicate(). AnyIO: Process.wait().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks; %ANYIO_ERROR_MISUSE in another thread. How the child ended is no error; see anyio_process_check_exit().
 *
 * Returns: %TRUE when it has ended
 *
 * Since: 0.1
 */
gboolean
anyio_process_wait (AnyioProcess *self,
                    GError **error)
{
  g_return_val_if_fail (ANYIO_IS_PROCESS (self), FALSE);

  return anyio_event_wait (self->watch->exited, error);
}

static gboolean
wait_body (gpointer data,
           GError **error)
{
  return anyio_process_wait (g_task_get_source_object (data), error) && anyio_async_return_boolean (data, TRUE);
}

/**
 * anyio_process_wait_async:
 * @self: a process
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async) (closure user_data): called when the child has ended
 * @user_data: its argument
 *
 * anyio_process_wait() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_process_wait_async (AnyioProcess *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (ANYIO_IS_PROCESS (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_process_wait_async);
  anyio_run_in_task (task, wait_body);
}

/**
 * anyio_process_wait_finish:
 * @self: a process
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_process_wait_async().
 *
 * Errors: as anyio_process_wait().
 *
 * Returns: %TRUE when it has ended
 *
 * Since: 0.1
 */
gboolean
anyio_process_wait_finish (AnyioProcess *self,
                           GAsyncResult *result,
                           GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- ending it -------------------------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_process_send_signal:
 * @self: a process
 * @signal_number: the signal
 *
 * Sends a signal to the child, soon. Nothing happens if it has ended, also if its number belongs to another process meanwhile. Never suspends. AnyIO: Process.send_signal().
 *
 * Since: 0.1
 */
void
anyio_process_send_signal (AnyioProcess *self,
                           int signal_number)
{
  g_return_if_fail (ANYIO_IS_PROCESS (self));

  g_subprocess_send_signal (self->subprocess, signal_number);
}

/**
 * anyio_process_terminate:
 * @self: a process
 *
 * Asks the child to end: anyio_process_send_signal() with SIGTERM. AnyIO: Process.terminate().
 *
 * Since: 0.1
 */
void
anyio_process_terminate (AnyioProcess *self)
{
  anyio_process_send_signal (self, SIGTERM);
}

/**
 * anyio_process_kill:
 * @self: a process
 *
 * Ends the child: anyio_process_send_signal() with SIGKILL. AnyIO: Process.kill().
 *
 * Since: 0.1
 */
void
anyio_process_kill (AnyioProcess *self)
{
  anyio_process_send_signal (self, SIGKILL);
}

/* A killed child ends at once, so this is short, although shielded. */
static void
kill_and_reap (AnyioProcess *self)
{
  ANYIO_SHIELD_FOR (INFINITY);

  anyio_process_kill (self);
  anyio_event_wait (self->watch->exited, NULL);
}

gboolean
anyio_process_close_resource (AnyioAsyncResource *resource,
                              GError **error)
{
  AnyioProcess *self = ANYIO_PROCESS (resource);

  anyio_process_close_pipes (self);
  if (anyio_event_is_set (self->watch->exited) || anyio_event_wait (self->watch->exited, error))
    return TRUE;
  kill_and_reap (self);

  return FALSE;
}

/**
 * anyio_process_close: (skip)
 * @self: a process
 * @error: return location for an error
 *
 * anyio_async_resource_close() without a cast: closes the pipes, then waits for the end of the child; if that is cancelled, kills and reaps it. AnyIO: Process.aclose().
 *
 * Errors: as anyio_async_resource_close().
 *
 * Returns: %TRUE if the child has ended of its own accord
 *
 * Since: 0.1
 */
gboolean
anyio_process_close (AnyioProcess *self,
                     GError **error)
{
  return anyio_async_resource_close ((AnyioAsyncResource *) self, error);
}

static gboolean
wait_for_exit (gpointer data,
               GError **error)
{
  return anyio_process_wait (data, error);
}

/**
 * anyio_process_stop: (skip)
 * @self: a process
 * @grace: seconds that the child has to end politely
 * @error: return location for an error
 *
 * Ends the child: SIGTERM; if it still runs after @grace seconds, or if this is cancelled, SIGKILL; and reaps it. It has ended on every way out. The pipes stay as they are, so
 * its last words can be received. Cancel point.
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when it has ended, politely or not
 *
 * Since: 0.1
 */
gboolean
anyio_process_stop (AnyioProcess *self,
                    double grace,
                    GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_return_val_if_fail (ANYIO_IS_PROCESS (self), FALSE);

  anyio_process_terminate (self);
  if (anyio_with_timeout (grace, wait_for_exit, self, &failure))
    return TRUE;
  kill_and_reap (self);
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

static gboolean
stop_body (gpointer data,
           GError **error)
{
  double *grace = g_task_get_task_data (data);

  return anyio_process_stop (g_task_get_source_object (data), *grace, error) && anyio_async_return_boolean (data, TRUE);
}

/**
 * anyio_process_stop_async:
 * @self: a process
 * @grace: seconds that the child has to end politely
 * @cancellable: (nullable): ends its patience
 * @callback: (scope async) (closure user_data): called when the child has ended
 * @user_data: its argument
 *
 * anyio_process_stop() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_process_stop_async (AnyioProcess *self,
                          double grace,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (ANYIO_IS_PROCESS (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_process_stop_async);
  g_task_set_task_data (task, g_memdup2 (&grace, sizeof grace), g_free);
  anyio_run_in_task (task, stop_body);
}

/**
 * anyio_process_stop_finish:
 * @self: a process
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_process_stop_async().
 *
 * Errors: as anyio_process_stop().
 *
 * Returns: %TRUE when it has ended, politely or not
 *
 * Since: 0.1
 */
gboolean
anyio_process_stop_finish (AnyioProcess *self,
                           GAsyncResult *result,
                           GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
