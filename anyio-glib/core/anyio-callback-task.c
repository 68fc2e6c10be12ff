/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tasks that are not fibers: a callback begins them, a later call ends them. The language bindings stand on this.
 *
 * The callback runs on the home stack. Once it has run the record holds no reference to the handle any more: whoever will end the task does, and
 * when the last reference goes the task fails with ANYIO_ERROR_ABANDONED instead of waiting for ever.
 */

#include "core/anyio-error-private.h"
#include "core/anyio-fiber-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-task-group-private.h"

static void
begin (AnyioRunnable *runnable)
{
  AnyioRecord *record = ANYIO_CONTAINER (runnable, AnyioRecord, runnable);
  AnyioRuntime *runtime = anyio_record_get_runtime (record);
  AnyioTask *handle = anyio_record_get_handle (record);
  gpointer user_data = record->user_data;
  /* Kept out of the way meanwhile: the task may end inside the callback, and bindings free the closure that runs with the user data. */
  GDestroyNotify destroy = g_steal_pointer (&record->destroy);
  AnyioPlace place;

  record->begun = TRUE;
  anyio_runtime_enter_place (runtime, &place);
  runtime->visitor = record;
  record->func.callback (handle, user_data);
  anyio_runtime_leave_place (runtime, &place);

  if (anyio_task_get_status (handle) < ANYIO_TASK_FINISHED)
    record->destroy = destroy;
  else if (destroy != NULL)
    destroy (user_data);
  g_object_unref (handle); /* the record's */
}

/**
 * anyio_task_group_start_callback:
 * @self: a group that is open
 * @name: (nullable): the task's name; interned
 * @func: (scope notified) (closure user_data) (destroy destroy): begins the task
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended and @func has returned
 *
 * Starts a task that is not a fiber; see #AnyioCallbackTaskFunc. It is a child of the group like any other: the group waits for it, its failure
 * cancels the group, and anyio_task_get_cancellable() tells it of cancellation.
 *
 * Since: 0.1
 */
void
anyio_task_group_start_callback (AnyioTaskGroup *self,
                                 const char *name,
                                 AnyioCallbackTaskFunc func,
                                 gpointer user_data,
                                 GDestroyNotify destroy)
{
  g_autoptr (GError) error = NULL;
  AnyioRecord *record;

  g_return_if_fail (ANYIO_IS_TASK_GROUP (self));
  g_return_if_fail (func != NULL);

  name = name != NULL ? g_intern_string (name) : "callback";
  if (!anyio_group_check_open (&self->group, name, &error))
    {
      g_critical ("%s", error->message);
      if (destroy != NULL)
        anyio_call_home (destroy, user_data);
      return;
    }

  record = anyio_record_new (&self->group, ANYIO_RECORD_CALLBACK, name, user_data, destroy);
  record->func.callback = func;
  record->runnable.run = begin;
  anyio_group_make_child_ready (&self->group, record);
}
