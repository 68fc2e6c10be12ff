/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fiber functions for callers that have no fiber: as the body of a GTask, or as a pair of _async and _finish. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
void     anyio_run_in_task_named (GTask *task, const char *name, AnyioTaskFunc func);
/**
 * anyio_run_in_task: (skip)
 * @task: a #GTask
 * @func: the body, whose argument is @task; its name is the task's
 *
 * Runs a function as the task behind a #GTask: anyio_run_in_task_named().
 *
 * Since: 0.1
 */
#define anyio_run_in_task(task, func) anyio_run_in_task_named (task, #func, func)

ANYIO_AVAILABLE_IN_0_1
void     anyio_call_func_async   (gpointer source_object, const char *name, AnyioTaskFunc func, gpointer user_data, GDestroyNotify destroy,
                                  GCancellable *cancellable, GAsyncReadyCallback callback, gpointer callback_data);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_call_func_finish  (gpointer source_object, GAsyncResult *result, GError **error);

ANYIO_AVAILABLE_IN_0_1
void     anyio_sleep_async       (double seconds, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_sleep_finish      (GAsyncResult *result, GError **error);

G_END_DECLS
