/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The way into the tasks of a main context from any other thread. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_PORTAL (anyio_portal_get_type ())

/* Declared by hand and not by G_DECLARE_FINAL_TYPE(): g_autoptr (AnyioPortal) leaves the portal. */
ANYIO_AVAILABLE_IN_0_1
GType              anyio_portal_get_type              (void);
#define ANYIO_PORTAL(object) (G_TYPE_CHECK_INSTANCE_CAST ((object), ANYIO_TYPE_PORTAL, AnyioPortal))
#define ANYIO_IS_PORTAL(object) (G_TYPE_CHECK_INSTANCE_TYPE ((object), ANYIO_TYPE_PORTAL))

/* In a task. */
ANYIO_AVAILABLE_IN_0_1
AnyioPortal       *anyio_portal_open                  (GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean           anyio_portal_sleep_until_stopped   (AnyioPortal *self, GError **error);

/* In any thread. */
ANYIO_AVAILABLE_IN_0_1
AnyioPortal       *anyio_portal_start_thread          (const char *name, const AnyioRunOptions *options, GError **error);

/* In the task that opened it; if it has a thread of its own, in any other thread. */
ANYIO_AVAILABLE_IN_0_1
gboolean           anyio_portal_join                  (AnyioPortal *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void               anyio_portal_leave                 (AnyioPortal *self);

/* In any thread. */
ANYIO_AVAILABLE_IN_0_1
void               anyio_portal_stop                  (AnyioPortal *self, gboolean cancel_remaining);
ANYIO_AVAILABLE_IN_0_1
gboolean           anyio_portal_is_running            (AnyioPortal *self);

/* In any thread but that of the main context. */
ANYIO_AVAILABLE_IN_0_1
gboolean           anyio_portal_call_named            (AnyioPortal *self, const char *name, AnyioTaskFunc func, gpointer user_data, GError **error);
/**
 * anyio_portal_call: (skip)
 * @self: a portal
 * @func: the function; its name is that of the call
 * @user_data: its argument
 * @error: return location for an error
 *
 * Calls @func in the thread of the portal: anyio_portal_call_named().
 *
 * Returns: %TRUE if it succeeded
 *
 * Since: 0.1
 */
#define anyio_portal_call(self, func, user_data, error) anyio_portal_call_named (self, #func, func, user_data, error)
ANYIO_AVAILABLE_IN_0_1
gboolean           anyio_portal_run_named             (AnyioPortal *self, const char *name, AnyioTaskFunc func, gpointer user_data, GError **error);
/**
 * anyio_portal_run: (skip)
 * @self: a portal
 * @func: the function; its name is that of the call
 * @user_data: its argument
 * @error: return location for an error
 *
 * Runs @func as a task of the portal and waits for it: anyio_portal_run_named().
 *
 * Returns: %TRUE if it succeeded
 *
 * Since: 0.1
 */
#define anyio_portal_run(self, func, user_data, error) anyio_portal_run_named (self, #func, func, user_data, error)
ANYIO_AVAILABLE_IN_0_1
AnyioPortalFuture *anyio_portal_start_task_soon_named (AnyioPortal *self, const char *name, AnyioTaskFunc func, gpointer user_data, GDestroyNotify destroy,
                                                       GError **error);
/**
 * anyio_portal_start_task_soon: (skip)
 * @self: a portal
 * @func: the function; its name is that of the call
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data
 * @error: return location for an error
 *
 * Starts @func as a task of the portal: anyio_portal_start_task_soon_named().
 *
 * Returns: (transfer full): what becomes of the task; %NULL with @error set
 *
 * Since: 0.1
 */
#define anyio_portal_start_task_soon(self, func, user_data, destroy, error) anyio_portal_start_task_soon_named (self, #func, func, user_data, destroy, error)
ANYIO_AVAILABLE_IN_0_1
AnyioPortalFuture *anyio_portal_start_task_named      (AnyioPortal *self, const char *name, AnyioTaskFunc func, gpointer user_data, GDestroyNotify destroy,
                                                       GValue *value, GError **error);
/**
 * anyio_portal_start_task: (skip)
 * @self: a portal
 * @func: the function; its name is that of the call
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data
 * @value: (optional): set to what the task gave to anyio_task_started()
 * @error: return location for an error
 *
 * Starts @func as a task of the portal and waits until it is ready: anyio_portal_start_task_named().
 *
 * Returns: (transfer full): what becomes of the task; %NULL with @error set
 *
 * Since: 0.1
 */
#define anyio_portal_start_task(self, func, user_data, destroy, value, error) anyio_portal_start_task_named (self, #func, func, user_data, destroy, value, error)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AnyioPortal, anyio_portal_leave)

G_END_DECLS
