/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Closing what needs time for it. */

#include "stream/anyio-async-resource.h"

#include "core/anyio-error.h"
#include "core/anyio-scope-private.h"
#include "core/anyio-wait-private.h"
#include "gio/anyio-async-private.h"
#include "gio/anyio-async.h"

/**
 * AnyioAsyncResource:
 *
 * Something that has to be closed, by a function that may suspend: a stream, a listener, a process.
 *
 * Closing is unconditional. Also a close that fails, or is cancelled, has released the resource; then it was done forcefully, without taking leave of the peer. The second
 * time does nothing. A task that waits in the resource gets %G_IO_ERROR_CLOSED. Dropping the last reference closes forcefully, too, so that nothing leaks; only nobody learns
 * then what went wrong.
 *
 * AnyIO: abc.AsyncResource.
 *
 * Since: 0.1
 */
G_DEFINE_INTERFACE (AnyioAsyncResource, anyio_async_resource, G_TYPE_OBJECT)

static void
anyio_async_resource_default_init (AnyioAsyncResourceInterface *iface)
{
}

/**
 * anyio_async_resource_close: (skip)
 * @self: a resource
 * @error: return location for an error
 *
 * Closes the resource, and waits until it is released. In a cancelled scope this is done forcefully. AnyIO: AsyncResource.aclose().
 *
 * Errors: %G_IO_ERROR_CANCELLED if it was closed forcefully because the task is cancelled; what the resource tells; %ANYIO_ERROR_NO_TASK outside tasks, where nothing is closed.
 *
 * Returns: %TRUE if it was closed in peace, or had been closed before
 *
 * Since: 0.1
 */
gboolean
anyio_async_resource_close (AnyioAsyncResource *self,
                            GError **error)
{
  g_return_val_if_fail (ANYIO_IS_ASYNC_RESOURCE (self), FALSE);

  return anyio_wait_check_place (G_STRFUNC, error) != NULL && ANYIO_ASYNC_RESOURCE_GET_IFACE (self)->close (self, error);
}

/**
 * anyio_async_resource_close_forcefully: (skip)
 * @self: a resource
 * @error: return location for an error
 *
 * Closes the resource without taking leave of anybody: as anyio_async_resource_close() in a cancelled scope. AnyIO: aclose_forcefully().
 *
 * Errors: what the resource tells, a cancellation excepted; %ANYIO_ERROR_NO_TASK outside tasks, where nothing is closed.
 *
 * Returns: %TRUE if it is closed
 *
 * Since: 0.1
 */
gboolean
anyio_async_resource_close_forcefully (AnyioAsyncResource *self,
                                       GError **error)
{
  AnyioRecord *record;
  AnyioScope scope;
  GError *failure = NULL;

  g_return_val_if_fail (ANYIO_IS_ASYNC_RESOURCE (self), FALSE);

  record = anyio_wait_check_place (G_STRFUNC, error);
  if (record == NULL)
    return FALSE;

  anyio_scope_init (&scope);
  scope.where = __builtin_return_address (0);
  anyio_scope_enter (&scope, record);
  anyio_scope_cancel (&scope, ANYIO_CANCEL_EXPLICIT, "closed forcefully", NULL);
  ANYIO_ASYNC_RESOURCE_GET_IFACE (self)->close (self, &failure);
  anyio_scope_close (&scope, &failure);
  anyio_scope_clear (&scope);
  if (anyio_error_is_cancelled (failure)) /* of the scopes outside: it is closed all the same, and the next suspension point tells */
    g_clear_error (&failure);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);

  return FALSE;
}

static gboolean
close_body (gpointer data,
            GError **error)
{
  return anyio_async_resource_close (g_task_get_source_object (data), error) && anyio_async_return_boolean (data, TRUE);
}

/**
 * anyio_async_resource_close_async:
 * @self: a resource
 * @cancellable: (nullable): makes the closing forceful
 * @callback: (scope async) (closure user_data): called when the resource is released
 * @user_data: its argument
 *
 * anyio_async_resource_close() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_async_resource_close_async (AnyioAsyncResource *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (ANYIO_IS_ASYNC_RESOURCE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_async_resource_close_async);
  anyio_run_in_task (task, close_body);
}

/**
 * anyio_async_resource_close_finish:
 * @self: a resource
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_async_resource_close_async().
 *
 * Errors: as anyio_async_resource_close().
 *
 * Returns: %TRUE if it was closed in peace, or had been closed before
 *
 * Since: 0.1
 */
gboolean
anyio_async_resource_close_finish (AnyioAsyncResource *self,
                                   GAsyncResult *result,
                                   GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
