/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How many children of a task group may run at once. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
guint    anyio_task_group_get_max_concurrency       (AnyioTaskGroup *self);
ANYIO_AVAILABLE_IN_0_1
void     anyio_task_group_set_max_concurrency       (AnyioTaskGroup *self, guint n_tasks);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_task_group_try_start_soon_named      (AnyioTaskGroup *self, const char *name, AnyioTaskFunc func, gpointer user_data, GDestroyNotify destroy);
/**
 * anyio_task_group_try_start_soon: (skip)
 * @self: a group that is open
 * @func: the body of the task; its name is the task's
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended
 *
 * Starts a task unless as many run as may: anyio_task_group_try_start_soon_named().
 *
 * Since: 0.1
 */
#define anyio_task_group_try_start_soon(self, func, user_data, destroy) anyio_task_group_try_start_soon_named (self, #func, func, user_data, destroy)

G_END_DECLS
