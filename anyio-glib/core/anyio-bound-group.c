/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Groups that live as long as an object: a widget, a window, an application (SEMANTICS 8.8).
 *
 * Nobody joins such a group. A keeper stands for it among the children of the root, so that the root sees it to its end and the task tree shows it. It closes when its owner is
 * disposed, or it is cancelled, and the last of its tasks has ended.
 */

#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-task-group-private.h"
#include "core/anyio-twin-private.h"

/* The scope has been cancelled, by hand, with its owner, or with the root; on the home stack. Nobody starts anything on the group's own account any more. */
static void
end_body (AnyioList *link)
{
  AnyioTaskGroup *self = ANYIO_CONTAINER (link, AnyioTaskGroup, bound_end.link);

  self->group.body_runs = FALSE;
  anyio_group_check_closed (&self->group);
}

static void
cancel_disposed (gpointer object,
                 const char *reason)
{
  anyio_scope_cancel (&ANYIO_TASK_GROUP (object)->group.scope, ANYIO_CANCEL_OBJECT_DISPOSED, NULL, NULL);
}

/* Runs in whatever thread drops the owner; no code of tasks runs in here. */
static void
owner_disposed (gpointer data,
                GObject *where_the_object_was)
{
  AnyioTaskGroup *self = data;

  self->owner = NULL;
  if (anyio_runtime_is_owner (self->runtime))
    cancel_disposed (self, NULL);
  else
    anyio_runtime_post_cancel (self->runtime, self, cancel_disposed, NULL);
}

/* Whoever hears of the object's end is called on the home stack, and in no task. */
static void
drop_handle (AnyioList *link)
{
  AnyioTaskGroup *self = ANYIO_CONTAINER (link, AnyioTaskGroup, bound_end.link);

  anyio_task_group_tell_closed (self);
  g_object_unref (self);
}

void
anyio_bound_group_closed (AnyioGroup *self)
{
  AnyioRecord *keeper = self->scope.host;
  AnyioTaskGroup *handle = self->handle;

  handle->bound_end.cancel = drop_handle; /* the keeper's reference */
  anyio_runtime_doom (self->scope.runtime, &handle->bound_end);
  anyio_scope_unlink (&self->scope);
  anyio_record_finish (keeper, NULL);
  if (handle->owner != NULL)
    {
      g_object_weak_unref (handle->owner, owner_disposed, handle);
      handle->owner = NULL;
    }
}

/**
 * anyio_task_group_new_for_object:
 * @owner: an object of this thread: a widget, a window, an application
 *
 * Makes a group whose tasks are cancelled when @owner is disposed. @owner is held weakly. Cancelling the group, or the end of the run, closes it, too.
 * The group belongs to the thread's default main context, is never entered or joined, and tells failures to the background error handler.
 *
 * Returns: (transfer full): the group; drop it with g_object_unref()
 *
 * Since: 0.1
 */
AnyioTaskGroup *
anyio_task_group_new_for_object (GObject *owner)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GError) error = NULL;
  AnyioTaskGroup *self;
  AnyioRuntime *runtime;
  AnyioRecord *keeper;

  g_return_val_if_fail (G_IS_OBJECT (owner), NULL);

  self = anyio_task_group_new ();
  runtime = anyio_runtime_use (context, NULL, NULL, &error);
  if (runtime == NULL)
    {
      g_critical ("A task group for a %s could not be made: %s", G_OBJECT_TYPE_NAME (owner), error->message);
      return self;
    }

  self->runtime = anyio_runtime_ref (runtime);
  self->group.is_bound = TRUE;
  self->group.is_background = TRUE;
  keeper = anyio_record_new (&runtime->root, ANYIO_RECORD_KEEPER, G_OBJECT_TYPE_NAME (owner), NULL, NULL);
  self->group.scope.where = __builtin_return_address (0);
  anyio_group_enter (&self->group, keeper);
  anyio_runtime_end_use (runtime); /* the keeper is one */
  self->bound_end.cancel = end_body;
  anyio_list_init (&self->bound_end.link);
  if (self->group.scope.eff)
    anyio_runtime_doom (runtime, &self->bound_end);
  else
    anyio_list_append (&self->group.scope.dependents, &self->bound_end.link);
  self->owner = owner;
  g_object_weak_ref (owner, owner_disposed, self);

  return g_object_ref (self); /* one for the keeper */
}

/**
 * anyio_task_group_wait_closed: (skip)
 * @self: a group made by anyio_task_group_new_for_object()
 * @error: return location for an error
 *
 * Waits until the group is closed: its owner is disposed or it was cancelled, and all its tasks have ended. Cancel point.
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when the group is closed
 *
 * Since: 0.1
 */
gboolean
anyio_task_group_wait_closed (AnyioTaskGroup *self,
                              GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  gboolean success;

  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), FALSE);

  if (record == NULL)
    return FALSE;
  if (self->group.closed)
    return anyio_wait_pass (record, error);

  g_object_ref (self);
  success = anyio_wait_in_list (record, &self->group.close_waiters, error);
  g_object_unref (self);

  return success;
}

/**
 * anyio_task_group_wait_closed_async:
 * @self: a group made by anyio_task_group_new_for_object()
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async) (closure user_data): called when the group is closed
 * @user_data: its argument
 *
 * anyio_task_group_wait_closed() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_task_group_wait_closed_async (AnyioTaskGroup *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  GError *error = NULL;
  GTask *task;

  g_return_if_fail (ANYIO_IS_TASK_GROUP (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_task_group_wait_closed_async);
  if (self->group.closed || self->runtime == NULL || anyio_runtime_check_owner (self->runtime, G_STRFUNC, &error))
    {
      anyio_twin_wait_in_list (task, self->group.closed ? NULL : &self->group.close_waiters);
    }
  else
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
}

/**
 * anyio_task_group_wait_closed_finish:
 * @self: a group
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_task_group_wait_closed_async().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE in another thread than that of the group.
 *
 * Returns: %TRUE when the group is closed
 *
 * Since: 0.1
 */
gboolean
anyio_task_group_wait_closed_finish (AnyioTaskGroup *self,
                                     GAsyncResult *result,
                                     GError **error)
{
  return anyio_twin_finish (self, result, anyio_task_group_wait_closed_async, error);
}
