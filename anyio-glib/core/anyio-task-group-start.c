/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Starting tasks in a group, as the user sees it. The work is done in anyio-group.c and anyio-start.c. */

#include "core/anyio-task-group-private.h"

#include "core/anyio-record-private.h"

/**
 * anyio_task_group_start_soon_named: (skip)
 * @self: a group that is open
 * @name: the task's name; a literal or an interned string
 * @func: the body of the task
 * @user_data: its argument; may point to locals of the function that owns the group
 * @destroy: (nullable): frees @user_data when the task has ended
 *
 * Starts a task. It runs when the current task next suspends, after those that were started before. In C use the macro
 * anyio_task_group_start_soon(), which names the task after its function. Never suspends. AnyIO: TaskGroup.start_soon().
 *
 * Since: 0.1
 */
void
anyio_task_group_start_soon_named (AnyioTaskGroup *self,
                                   const char *name,
                                   AnyioTaskFunc func,
                                   gpointer user_data,
                                   GDestroyNotify destroy)
{
  g_return_if_fail (ANYIO_IS_TASK_GROUP (self));
  g_return_if_fail (func != NULL);

  anyio_group_spawn (&self->group, name, func, user_data, destroy);
}

/**
 * anyio_task_group_create_task_named: (skip)
 * @self: a group that is open
 * @name: the task's name; a literal or an interned string
 * @func: the body of the task
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended
 *
 * As anyio_task_group_start_soon_named(), and gives a handle to the task. AnyIO: TaskGroup.create_task().
 *
 * Returns: (transfer full) (nullable): the task; %NULL if the group is closed
 *
 * Since: 0.1
 */
AnyioTask *
anyio_task_group_create_task_named (AnyioTaskGroup *self,
                                    const char *name,
                                    AnyioTaskFunc func,
                                    gpointer user_data,
                                    GDestroyNotify destroy)
{
  AnyioRecord *record;

  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  record = anyio_group_spawn (&self->group, name, func, user_data, destroy);

  return record != NULL ? g_object_ref (anyio_record_get_handle (record)) : NULL;
}

/**
 * anyio_task_group_start_named: (skip)
 * @self: a group that is open; not necessarily one of the current task
 * @name: the task's name; a literal or an interned string
 * @func: the body of the task, which calls anyio_task_started() when it is ready
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended
 * @value: (out caller-allocates) (optional): uninitialized; set to what the task gave to anyio_task_started()
 * @error: return location for an error
 *
 * Starts a task and waits until it says that it is ready. Until then it belongs to the caller: its failure comes out here and leaves the group
 * unharmed, and the caller's cancellation reaches it. From then on it belongs to the group. Cancel point. AnyIO: TaskGroup.start().
 *
 * Errors: those of the task before it was ready; %ANYIO_ERROR_NOT_STARTED if it ended without saying so; %G_IO_ERROR_CLOSED if the group is closed;
 * %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE if the group belongs to another main context.
 *
 * Returns: %TRUE if the task is ready
 *
 * Since: 0.1
 */
gboolean
anyio_task_group_start_named (AnyioTaskGroup *self,
                              const char *name,
                              AnyioTaskFunc func,
                              gpointer user_data,
                              GDestroyNotify destroy,
                              GValue *value,
                              GError **error)
{
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), FALSE);
  g_return_val_if_fail (func != NULL, FALSE);

  return anyio_group_start (&self->group, name, func, user_data, destroy, value, error);
}
