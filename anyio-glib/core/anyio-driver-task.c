/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tasks of drivers: records whose coroutine runs elsewhere. */

#include "core/anyio-driver-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-task-group-private.h"

static guint *
get_next_free (gpointer slot)
{
  return &((AnyioDriverTask *) slot)->next_free;
}

static void
time_has_come (AnyioTimer *timer)
{
  AnyioDriverTask *task = ANYIO_CONTAINER (timer, AnyioDriverTask, timer);

  anyio_driver_add_event (task->driver, task->id, ANYIO_DRIVER_TIMER);
}

static guint
spawn (AnyioDriver *self,
       AnyioGroup *group,
       const char *name)
{
  AnyioDriverTask *task;
  guint id;

  if (group == NULL || self->runtime == NULL || !anyio_group_check_open (group, name, NULL))
    return 0;

  task = anyio_slots_take (&self->tasks, &id, get_next_free);
  task->driver = self;
  task->id = id;
  task->record = anyio_record_new (group, ANYIO_RECORD_DRIVEN, g_intern_string (name), task, NULL);
  task->record->begun = TRUE;
  task->record->run_by_start = group->start != NULL;
  task->is_told = FALSE;
  anyio_timer_init (&task->timer, 0, time_has_come);
  anyio_list_init (&task->stop_link);
  self->n_live++;

  return 2 * id + group->scope.eff;
}

/**
 * anyio_driver_spawn:
 * @self: a driver
 * @scope: the number of the group whose child it is; 0: the root
 * @name: the task's name; interned
 *
 * Makes a task. It ends with anyio_driver_end().
 *
 * Returns: twice its number, plus %ANYIO_DRIVER_IS_CANCELLED; 0 if the group is closed
 *
 * Since: 0.1
 */
guint
anyio_driver_spawn (AnyioDriver *self,
                    guint scope,
                    const char *name)
{
  g_return_val_if_fail (ANYIO_IS_DRIVER (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  return spawn (self, anyio_driver_find_group (self, scope, G_STRFUNC), name);
}

/**
 * anyio_driver_spawn_in:
 * @self: a driver
 * @group: a group that another language opened on this main context
 * @name: the task's name; interned
 *
 * Makes a task in @group.
 *
 * Returns: as anyio_driver_spawn()
 *
 * Since: 0.1
 */
guint
anyio_driver_spawn_in (AnyioDriver *self,
                       AnyioTaskGroup *group,
                       const char *name)
{
  g_return_val_if_fail (ANYIO_IS_DRIVER (self), 0);
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (group), 0);
  g_return_val_if_fail (name != NULL, 0);

  if (group->group.scope.state == ANYIO_SCOPE_LIVE && group->group.scope.runtime != self->runtime)
    return 0;

  return spawn (self, &group->group, name);
}

static guint
end (AnyioDriver *self,
     AnyioDriverTask *slot,
     AnyioTaskStatus outcome,
     const char *message,
     const GError *error)
{
  AnyioRecord *record = slot->record;
  AnyioGroup *group = record->group;
  AnyioRecord *host = group->scope.host;
  guint flags = 0;

  if (record->scope != (record->has_task_scope ? record->outermost : &group->scope))
    {
      g_critical ("Task \"%s\" was ended with scopes open that it entered", record->name);
      return 0;
    }
  if (host != NULL && host->kind == ANYIO_RECORD_DRIVEN && ((AnyioDriverTask *) host->user_data)->driver == self)
    {
      self->ending = group;
      /* The language keeps its own failures. */
      if (outcome == ANYIO_TASK_FAILED)
        {
          if (group->start == NULL)
            anyio_scope_cancel (&group->scope, ANYIO_CANCEL_CHILD_FAILED, message, record->name);
          if (record->handle == NULL)
            {
              anyio_driver_note_failure (group, record->name, message);
              outcome = ANYIO_TASK_FINISHED;
            }
        }
    }
  if (G_UNLIKELY (self->events->len > 0) || anyio_timer_is_armed (&slot->timer) || !anyio_list_is_empty (&slot->stop_link))
    anyio_driver_forget_task (self, slot); /* not earlier: the cancellation of the group was told to it, too */
  anyio_driver_free_task (self, slot);

  if (G_LIKELY (outcome == ANYIO_TASK_FINISHED))
    {
      anyio_record_finish (record, NULL);
    }
  else if (outcome == ANYIO_TASK_CANCELLED)
    {
      if (anyio_record_finish_cancelled (record, anyio_driver_make_error (record->scope, outcome, NULL)))
        flags |= ANYIO_DRIVER_ABSORBED;
    }
  else
    {
      guint n_before = group->errors != NULL ? group->errors->len : 0;

      anyio_record_finish (record, error != NULL ? g_error_copy (error) : anyio_driver_make_error (record->scope, outcome, message));
      if (self->ending != NULL && group->errors != NULL && group->errors->len > n_before)
        g_ptr_array_remove_index (group->errors, group->errors->len - 1);
    }

  if (self->ending != NULL)
    {
      if (group->closed)
        flags |= ANYIO_DRIVER_GROUP_CLOSED;
      self->ending = NULL;
    }

  return flags;
}

/**
 * anyio_driver_end:
 * @self: a driver
 * @task: the number of a task, whose scopes have all been exited
 * @outcome: %ANYIO_TASK_FINISHED, %ANYIO_TASK_FAILED or %ANYIO_TASK_CANCELLED, which means a cancellation that was told by this driver
 * @message: (nullable): of the failure. A group of the same driver is cancelled, but does not keep it: the language has the real thing
 *
 * Ends a task. Its number is not valid any more.
 *
 * Returns: #AnyioDriverFlags
 *
 * Since: 0.1
 */
guint
anyio_driver_end (AnyioDriver *self,
                  guint task,
                  AnyioTaskStatus outcome,
                  const char *message)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);

  return slot != NULL ? end (self, slot, outcome, message, NULL) : 0;
}

/**
 * anyio_driver_fail:
 * @self: a driver
 * @task: the number of a task, whose scopes have all been exited
 * @error: why it failed
 *
 * As anyio_driver_end() with %ANYIO_TASK_FAILED, with an error that keeps its domain and code: for a group of another language, which gets it as it is.
 *
 * Returns: #AnyioDriverFlags
 *
 * Since: 0.1
 */
guint
anyio_driver_fail (AnyioDriver *self,
                   guint task,
                   const GError *error)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);

  g_return_val_if_fail (error != NULL, 0);

  return slot != NULL ? end (self, slot, ANYIO_TASK_FAILED, error->message, error) : 0;
}

/**
 * anyio_driver_cancel_task:
 * @self: a driver
 * @task: the number of a task
 * @by_task: the number of the task that cancels; 0: none
 * @reason: (nullable): why
 *
 * Cancels this task alone, as anyio_task_cancel().
 *
 * Since: 0.1
 */
void
anyio_driver_cancel_task (AnyioDriver *self,
                          guint task,
                          guint by_task,
                          const char *reason)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);
  AnyioDriverTask *by = by_task != 0 ? anyio_driver_find_task (self, by_task, G_STRFUNC) : NULL;

  if (slot != NULL)
    anyio_record_cancel_by (slot->record, ANYIO_CANCEL_EXPLICIT, reason, by != NULL ? by->record->name : NULL);
}

/**
 * anyio_driver_started:
 * @self: a driver
 * @task: the number of a task that was spawned in the group of anyio_driver_enter_start()
 *
 * Says that the task is ready, as anyio_task_started().
 *
 * Returns: whether it belongs to the target group from now on; otherwise start() is being cancelled, and the task stays with it
 *
 * Since: 0.1
 */
gboolean
anyio_driver_started (AnyioDriver *self,
                      guint task)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);
  AnyioStart *start;

  if (slot == NULL || slot->record->called_started || slot->record->group->start == NULL)
    return FALSE;
  start = slot->record->group->start;
  anyio_start_done (start, slot->record);

  return slot->record->group != &start->hidden;
}

/**
 * anyio_driver_arm:
 * @self: a driver
 * @task: the number of a task
 * @time: when, on the clock of anyio_current_time()
 *
 * Has %ANYIO_DRIVER_TIMER told at @time. A task has one timer; arming it again moves it.
 *
 * Since: 0.1
 */
void
anyio_driver_arm (AnyioDriver *self,
                  guint task,
                  double time)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);

  if (slot == NULL)
    return;
  slot->timer.node.seq = anyio_loop_next_seq (&self->runtime->loop);
  anyio_loop_arm (&self->runtime->loop, &slot->timer, anyio_seconds_to_ns (time));
}

/**
 * anyio_driver_disarm:
 * @self: a driver
 * @task: the number of a task
 *
 * Takes anyio_driver_arm() back, if the time has not come yet.
 *
 * Since: 0.1
 */
void
anyio_driver_disarm (AnyioDriver *self,
                     guint task)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);

  if (slot != NULL && anyio_timer_is_armed (&slot->timer))
    anyio_loop_disarm (&self->runtime->loop, &slot->timer);
}

/**
 * anyio_driver_get_message:
 * @self: a driver
 * @task: the number of a task
 *
 * Says why the task is cancelled, in a sentence that ends with the reason.
 *
 * Returns: (transfer none): the message of its CANCELLED
 *
 * Since: 0.1
 */
const char *
anyio_driver_get_message (AnyioDriver *self,
                          guint task)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);

  return slot != NULL ? anyio_scope_get_message (anyio_scope_get_source (slot->record->scope)) : "Operation was cancelled";
}

/**
 * anyio_driver_get_effective_deadline:
 * @self: a driver
 * @task: the number of a task
 *
 * As anyio_current_effective_deadline(), for @task.
 *
 * Returns: a time on the clock of anyio_current_time(), or an infinity
 *
 * Since: 0.1
 */
double
anyio_driver_get_effective_deadline (AnyioDriver *self,
                                     guint task)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);

  return slot != NULL ? anyio_scope_effective_deadline (slot->record->scope) : INFINITY;
}

/**
 * anyio_driver_get_cancellable:
 * @self: a driver
 * @task: the number of a task
 *
 * As anyio_cancel_scope_get_cancellable(), for the scope in which @task is now.
 *
 * Returns: (transfer none) (nullable): a cancellable for foreign code
 *
 * Since: 0.1
 */
GCancellable *
anyio_driver_get_cancellable (AnyioDriver *self,
                              guint task)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);

  return slot != NULL ? anyio_scope_get_cancellable (slot->record->scope) : NULL;
}

/**
 * anyio_driver_get_task:
 * @self: a driver
 * @task: the number of a task
 *
 * Makes an object for the task, which outlives it. Take it only when it is needed.
 *
 * Returns: (transfer none) (nullable): its handle
 *
 * Since: 0.1
 */
AnyioTask *
anyio_driver_get_task (AnyioDriver *self,
                       guint task)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);

  return slot != NULL ? anyio_record_get_handle (slot->record) : NULL;
}
