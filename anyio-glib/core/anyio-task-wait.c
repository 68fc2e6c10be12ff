/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for the end of a task without being one. */

#include "core/anyio-task-private.h"
#include "core/anyio-twin-private.h"

/**
 * anyio_task_wait_async:
 * @self: a task
 * @cancellable: (nullable): ends the wait, and does nothing to the task
 * @callback: (scope async) (closure user_data): called when the task has ended
 * @user_data: its argument
 *
 * anyio_task_wait() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_task_wait_async (AnyioTask *self,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GError *error = NULL;
  GTask *task;

  g_return_if_fail (ANYIO_IS_TASK (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_task_wait_async);
  if (anyio_runtime_check_owner (anyio_task_get_runtime (self), G_STRFUNC, &error))
    {
      anyio_twin_wait_in_list (task, anyio_task_get_waiters (self));
    }
  else
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
}

/**
 * anyio_task_wait_finish:
 * @self: a task
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_task_wait_async(). The failure of the task does not come out here.
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE in another thread than that of the task.
 *
 * Returns: %TRUE when the task has ended
 *
 * Since: 0.1
 */
gboolean
anyio_task_wait_finish (AnyioTask *self,
                        GAsyncResult *result,
                        GError **error)
{
  return anyio_twin_finish (self, result, anyio_task_wait_async, error);
}
