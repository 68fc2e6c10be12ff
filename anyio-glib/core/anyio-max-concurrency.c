/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bound on the children that run at once (SEMANTICS 3.11). A child beyond it is in the group, has a handle and can be cancelled, but is not in the ready queue: it
 * stands in the group's own queue until another one ends. Also in a cancelled group each child begins (SEMANTICS 1.3), when its turn comes.
 *
 * Invariant: while anything is held back, max_concurrency others have not ended. So the last one that ends finds nobody held back.
 */

#include "core/anyio-max-concurrency.h"

#include "core/anyio-group-extra-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-task-group-private.h"

gboolean
anyio_group_hold_back (AnyioGroup *self,
                       AnyioRecord *child)
{
  AnyioGroupExtra *extra = self->extra;

  if (extra->n_held == 0 && self->n_children <= extra->max_concurrency) /* what a handler starts when a child has failed comes behind those who wait */
    return FALSE;

  anyio_queue_push (&extra->held, &child->runnable);
  extra->n_held++;

  return TRUE;
}

void
anyio_group_release_held (AnyioGroup *self)
{
  AnyioGroupExtra *extra = self->extra;

  while (extra->n_held > 0 && self->n_children - extra->n_held < extra->max_concurrency)
    {
      extra->n_held--;
      anyio_loop_push (&self->scope.runtime->loop, anyio_queue_pop (&extra->held));
    }
}

/**
 * anyio_task_group_get_max_concurrency:
 * @self: a group
 *
 * Tells how many tasks of the group may run at once.
 *
 * Returns: the number; %G_MAXUINT if there is no bound
 *
 * Since: 0.1
 */
guint
anyio_task_group_get_max_concurrency (AnyioTaskGroup *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), G_MAXUINT);

  return self->group.extra != NULL ? self->group.extra->max_concurrency : G_MAXUINT;
}

/**
 * anyio_task_group_set_max_concurrency:
 * @self: a group
 * @n_tasks: how many tasks may run at once, at least 1; %G_MAXUINT for no bound
 *
 * Bounds how many tasks of the group run at once. A task that is started beyond the bound begins when another one has ended, in the order in which they were
 * started. The bound may change at any time: raising it lets tasks begin, lowering it interrupts nobody. What was begun elsewhere counts, but is never held back: tasks that
 * anyio_task_group_start() has handed over, adopted operations, coroutines of other languages.
 *
 * Since: 0.1
 */
void
anyio_task_group_set_max_concurrency (AnyioTaskGroup *self,
                                      guint n_tasks)
{
  g_return_if_fail (ANYIO_IS_TASK_GROUP (self));
  g_return_if_fail (n_tasks >= 1);

  anyio_group_get_extra (&self->group)->max_concurrency = n_tasks;
  anyio_group_release_held (&self->group);
}

/**
 * anyio_task_group_try_start_soon_named: (skip)
 * @self: a group that is open
 * @name: the task's name; a literal or an interned string
 * @func: the body of the task
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended
 *
 * As anyio_task_group_start_soon_named(), unless as many tasks run as may: then nothing is started, and @user_data stays with the caller. In C use the macro
 * anyio_task_group_try_start_soon().
 *
 * Returns: %TRUE if the task was started
 *
 * Since: 0.1
 */
gboolean
anyio_task_group_try_start_soon_named (AnyioTaskGroup *self,
                                       const char *name,
                                       AnyioTaskFunc func,
                                       gpointer user_data,
                                       GDestroyNotify destroy)
{
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), FALSE);
  g_return_val_if_fail (func != NULL, FALSE);

  if (self->group.extra != NULL && self->group.n_children >= self->group.extra->max_concurrency)
    return FALSE;
  if (!anyio_group_check_open (&self->group, name, &error)) /* here, because a spawn would destroy the data */
    {
      g_critical ("%s", error->message);
      return FALSE;
    }

  return anyio_group_spawn (&self->group, name, func, user_data, destroy) != NULL;
}
