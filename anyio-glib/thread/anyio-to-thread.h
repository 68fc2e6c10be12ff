/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Blocking functions in worker threads, and what they may ask there. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioThreadFunc:
 * @user_data: what was given with the function
 * @error: return location for an error
 *
 * A function that may block, because no task runs in the thread that calls it. Functions for tasks do not work in it.
 *
 * Returns: %TRUE if it succeeded, %FALSE with @error set if it failed
 *
 * Since: 0.1
 */
typedef gboolean (*AnyioThreadFunc) (gpointer user_data, GError **error);

/**
 * AnyioThreadValueFunc: (skip)
 * @user_data: what was given with the function
 * @error: return location for an error
 *
 * The same, with a result.
 *
 * Returns: (nullable): the result; with @error set it does not count
 *
 * Since: 0.1
 */
typedef gpointer (*AnyioThreadValueFunc) (gpointer user_data, GError **error);

ANYIO_AVAILABLE_IN_0_1
gboolean              anyio_to_thread_named              (const char *name, AnyioThreadFunc func, gpointer user_data, AnyioCapacityLimiter *limiter, GError **error);
/**
 * anyio_to_thread: (skip)
 * @func: the function; its name is that of the call
 * @user_data: its argument
 * @error: return location for an error
 *
 * Calls @func in a worker thread and waits for it: anyio_to_thread_named().
 *
 * Since: 0.1
 */
#define anyio_to_thread(func, user_data, error) anyio_to_thread_named (#func, func, user_data, NULL, error)
/**
 * anyio_to_thread_limited: (skip)
 * @func: the function; its name is that of the call
 * @user_data: its argument
 * @limiter: (nullable): whose token the call needs
 * @error: return location for an error
 *
 * The same with a token of @limiter: anyio_to_thread_named().
 *
 * Since: 0.1
 */
#define anyio_to_thread_limited(func, user_data, limiter, error) anyio_to_thread_named (#func, func, user_data, limiter, error)

ANYIO_AVAILABLE_IN_0_1
gpointer              anyio_to_thread_abandon_on_cancel_named (const char *name, AnyioThreadValueFunc func, gpointer user_data, GDestroyNotify destroy,
                                                               GDestroyNotify result_destroy, AnyioCapacityLimiter *limiter, GError **error);
/**
 * anyio_to_thread_abandon_on_cancel: (skip)
 * @func: the function; its name is that of the call
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data
 * @result_destroy: (nullable): frees a result that nobody waits for any more
 * @limiter: (nullable): whose token the call needs
 * @error: return location for an error
 *
 * Calls @func in a worker thread and waits for it, unless it is cancelled: anyio_to_thread_abandon_on_cancel_named().
 *
 * Since: 0.1
 */
#define anyio_to_thread_abandon_on_cancel(func, user_data, destroy, result_destroy, limiter, error) \
  anyio_to_thread_abandon_on_cancel_named (#func, func, user_data, destroy, result_destroy, limiter, error)

ANYIO_AVAILABLE_IN_0_1
gboolean              anyio_thread_check_cancelled       (GError **error);
ANYIO_AVAILABLE_IN_0_1
GCancellable         *anyio_thread_get_cancellable       (void);

G_END_DECLS
