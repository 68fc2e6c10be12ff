/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From a worker thread back into the thread of the main context. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_from_thread_call_named (const char *name, AnyioTaskFunc func, gpointer user_data, GError **error);
/**
 * anyio_from_thread_call: (skip)
 * @func: the function; its name is that of the call
 * @user_data: its argument
 * @error: return location for an error
 *
 * Calls @func in the thread of the task that waits for this one: anyio_from_thread_call_named().
 *
 * Since: 0.1
 */
#define anyio_from_thread_call(func, user_data, error) anyio_from_thread_call_named (#func, func, user_data, error)
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_from_thread_run_named  (const char *name, AnyioTaskFunc func, gpointer user_data, GError **error);
/**
 * anyio_from_thread_run: (skip)
 * @func: the function; its name is that of the call
 * @user_data: its argument
 * @error: return location for an error
 *
 * Runs @func as a task in the thread of the task that waits for this one: anyio_from_thread_run_named().
 *
 * Since: 0.1
 */
#define anyio_from_thread_run(func, user_data, error) anyio_from_thread_run_named (#func, func, user_data, error)

G_END_DECLS
