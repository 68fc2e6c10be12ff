/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
gboolean   anyio_run_named      (const char *name, AnyioTaskFunc func, gpointer user_data, const AnyioRunOptions *options, GError **error);
/**
 * anyio_run: (skip)
 * @func: the body of the main task; its name is the task's
 * @user_data: its argument
 * @error: return location for an error
 *
 * Runs a function as the main task of a program: anyio_run_named() without options.
 *
 * Since: 0.1
 */
#define anyio_run(func, user_data, error) anyio_run_named (#func, func, user_data, NULL, error)
/**
 * anyio_run_full: (skip)
 * @func: the body of the main task; its name is the task's
 * @user_data: its argument
 * @options: (nullable): how to run
 * @error: return location for an error
 *
 * Runs a function as the main task of a program: anyio_run_named() with options.
 *
 * Since: 0.1
 */
#define anyio_run_full(func, user_data, options, error) anyio_run_named (#func, func, user_data, options, error)

ANYIO_AVAILABLE_IN_0_1
AnyioTask *anyio_start_named    (const char *name, AnyioTaskFunc func, gpointer user_data, GDestroyNotify destroy);
/**
 * anyio_start: (skip)
 * @func: the body of the task; its name is the task's
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended
 *
 * Starts a task at the root of a main context that somebody iterates: anyio_start_named().
 *
 * Since: 0.1
 */
#define anyio_start(func, user_data, destroy) anyio_start_named (#func, func, user_data, destroy)

/**
 * AnyioBackgroundErrorFunc:
 * @task_name: the name of the task that failed
 * @error: why
 * @user_data: what was given to anyio_set_background_error_handler()
 *
 * Told of the failure of a task that nobody waits for.
 *
 * Since: 0.1
 */
typedef void (*AnyioBackgroundErrorFunc) (const char *task_name, const GError *error, gpointer user_data);

ANYIO_AVAILABLE_IN_0_1
void       anyio_set_background_error_handler (AnyioBackgroundErrorFunc handler_func, gpointer user_data, GDestroyNotify destroy);

ANYIO_AVAILABLE_IN_0_1
void       anyio_call_home      (void (*func) (gpointer user_data), gpointer user_data);

G_END_DECLS
