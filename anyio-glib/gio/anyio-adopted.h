/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioFinishFunc:
 * @source: (nullable): the object that the operation belongs to
 * @result: the result that the ready callback got
 * @user_data: what was given to anyio_task_group_adopt()
 * @error: return location for an error
 *
 * Calls the operation's own _finish function.
 *
 * Returns: %TRUE if the operation succeeded
 *
 * Since: 0.1
 */
typedef gboolean (*AnyioFinishFunc) (GObject *source, GAsyncResult *result, gpointer user_data, GError **error);

/**
 * ANYIO_ADOPTED: (skip)
 * @adopted: a variable, since it is evaluated twice: what anyio_task_group_adopt() gave
 *
 * Stands for the last three arguments of the GIO-style operation that is adopted.
 *
 * Since: 0.1
 */
#define ANYIO_ADOPTED(adopted) anyio_adopted_get_cancellable (adopted), anyio_adopted_ready, (adopted)

ANYIO_AVAILABLE_IN_0_1
AnyioAdopted *anyio_task_group_adopt_named   (AnyioTaskGroup *group, const char *name, AnyioFinishFunc finish, gpointer user_data);
/**
 * anyio_task_group_adopt: (skip)
 * @group: a group that is open
 * @finish: calls the operation's `_finish` function; its name is the task's
 * @user_data: its argument
 *
 * Makes an operation that is about to begin a task of the group: anyio_task_group_adopt_named().
 *
 * Returns: what to give to ANYIO_ADOPTED()
 *
 * Since: 0.1
 */
#define anyio_task_group_adopt(group, finish, user_data) anyio_task_group_adopt_named (group, #finish, finish, user_data)
ANYIO_AVAILABLE_IN_0_1
GCancellable *anyio_adopted_get_cancellable  (AnyioAdopted *adopted);
ANYIO_AVAILABLE_IN_0_1
void          anyio_adopted_ready            (GObject *source, GAsyncResult *result, gpointer adopted);

G_END_DECLS
