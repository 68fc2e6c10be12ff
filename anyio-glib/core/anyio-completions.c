/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The children of a group in the order in which they end: what AnyIO calls as_completed(). Each child that ends is given to the first task that waits for one, or kept.
 *
 * A failing child is given to the waiter before it cancels the group, so a waiter always sees it (SEMANTICS 1.4: what is completed stands).
 */

#include "core/anyio-completions.h"

#include "core/anyio-error-private.h"
#include "core/anyio-group-extra-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-task-group-private.h"

typedef struct
{
  AnyioWait wait;
  AnyioList link;
  AnyioTask *task; /* owned; NULL: there is none to come */
} CompletionWait;

static AnyioAbort
abort_completion_wait (AnyioWait *wait)
{
  anyio_list_remove (&ANYIO_CONTAINER (wait, CompletionWait, wait)->link);

  return ANYIO_ABORT_DONE;
}

static void
give (AnyioGroupExtra *self,
      AnyioTask *task)
{
  CompletionWait *waiter = ANYIO_CONTAINER (anyio_list_first (&self->completion_waiters), CompletionWait, link);

  anyio_list_remove (&waiter->link);
  waiter->task = task;
  anyio_wait_complete (&waiter->wait);
}

void
anyio_group_child_completed (AnyioGroup *self,
                             AnyioTask *handle)
{
  if (!self->extra->keeps_completed)
    return;

  if (anyio_list_is_empty (&self->extra->completion_waiters))
    g_queue_push_tail (&self->extra->completed, g_object_ref (handle));
  else
    give (self->extra, g_object_ref (handle));
}

static gboolean
is_empty (const AnyioGroup *self)
{
  return self->n_children == 0 && self->n_pending_starts == 0;
}

void
anyio_group_tell_empty (AnyioGroup *self)
{
  if (is_empty (self))
    while (!anyio_list_is_empty (&self->extra->completion_waiters))
      give (self->extra, NULL);
}

/**
 * anyio_task_group_keep_completed: (skip)
 * @self: a group
 *
 * Has the children that end from now on kept for anyio_task_group_next_completed(). Call it before the first one is started.
 *
 * Since: 0.1
 */
void
anyio_task_group_keep_completed (AnyioTaskGroup *self)
{
  g_return_if_fail (ANYIO_IS_TASK_GROUP (self));

  anyio_group_get_extra (&self->group)->keeps_completed = TRUE;
}

/**
 * anyio_task_group_next_completed: (skip)
 * @self: a group for which anyio_task_group_keep_completed() was called
 * @error: return location for an error
 *
 * Waits for the next child to end, however it ends, and gives its handle: each child once, in the order of their ends, those that have ended already first. The failure of
 * a child is its handle's result, and the group's as ever: unless the group's policy says otherwise, it cancels the group and so the body after that. Cancel point.
 * AnyIO: as_completed().
 *
 * Errors: %ANYIO_ERROR_EMPTY if no child is left; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE if the group belongs to another main context; %ANYIO_ERROR_NO_TASK outside
 * tasks.
 *
 * Returns: (transfer full) (nullable): a task that has ended, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioTask *
anyio_task_group_next_completed (AnyioTaskGroup *self,
                                 GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  CompletionWait waiter = { .wait.abort = abort_completion_wait };

  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), NULL);
  g_return_val_if_fail (self->group.extra != NULL && self->group.extra->keeps_completed, NULL);

  if (record == NULL)
    return NULL;
  if (self->runtime != NULL && self->runtime != anyio_record_get_runtime (record))
    {
      anyio_misuse (error, "Task \"%s\" waits for the tasks of a group of another main context", record->name);
      return NULL;
    }

  if (!g_queue_is_empty (&self->group.extra->completed) || is_empty (&self->group))
    {
      if (!anyio_wait_pass (record, error))
        return NULL;
      waiter.task = g_queue_pop_head (&self->group.extra->completed);
    }
  if (waiter.task == NULL && !is_empty (&self->group))
    {
      anyio_list_append (&self->group.extra->completion_waiters, &waiter.link);
      if (!anyio_wait_suspend (&waiter.wait, record))
        {
          anyio_scope_fail_cancelled (record, error);
          return NULL;
        }
    }
  if (waiter.task == NULL)
    g_set_error_literal (error, ANYIO_ERROR, ANYIO_ERROR_EMPTY, "No task of the task group is left to wait for");

  return waiter.task;
}

/**
 * anyio_task_group_steal_completed: (skip)
 * @self: a group for which anyio_task_group_keep_completed() was called
 *
 * As anyio_task_group_next_completed(), for a child that has ended already. Never suspends, and works in a cancelled group, too.
 *
 * Returns: (transfer full) (nullable): a task that has ended; %NULL if there is none
 *
 * Since: 0.1
 */
AnyioTask *
anyio_task_group_steal_completed (AnyioTaskGroup *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), NULL);
  g_return_val_if_fail (self->group.extra != NULL && self->group.extra->keeps_completed, NULL);

  return g_queue_pop_head (&self->group.extra->completed);
}
