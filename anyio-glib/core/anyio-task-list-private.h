/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of live tasks as list models.
 *
 * A list is a snapshot: it is taken when somebody first looks, and replaced in batches on the home stack, with one items-changed for the part that differs. While nobody
 * looks there is no snapshot, and a spawn or an end costs nothing.
 */

#pragma once

#include "core/anyio-group-private.h"

/* Appends the tasks (AnyioTask, transfer full) of which @user_data is the list, as they are now. */
typedef void (*AnyioTaskListFunc) (gpointer user_data, GPtrArray *tasks);

guint    anyio_task_list_get_n_items     (GPtrArray **snapshot, AnyioTaskListFunc func, gpointer user_data);
gpointer anyio_task_list_get_item        (GPtrArray **snapshot, AnyioTaskListFunc func, gpointer user_data, guint position); /* transfer full */
void     anyio_task_list_flush           (GListModel *model, GPtrArray **snapshot, AnyioTaskListFunc func, gpointer user_data);
void     anyio_task_list_append_children (AnyioGroup *group, GPtrArray *tasks);

/* The list of all tasks of a runtime: emits what is due. */
void     anyio_running_tasks_flush       (GListModel *model);
/* A runtime came to a context, or goes: the context's list, if there is one, shows its tasks from now on, or no longer. */
void     anyio_running_tasks_attach      (AnyioRuntime *runtime);
void     anyio_running_tasks_detach      (AnyioRuntime *runtime);
