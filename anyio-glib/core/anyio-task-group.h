/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_TASK_GROUP (anyio_task_group_get_type ())

/* Declared by hand and not by G_DECLARE_FINAL_TYPE(): g_autoptr (AnyioTaskGroup) leaves the group. */
ANYIO_AVAILABLE_IN_0_1
GType             anyio_task_group_get_type          (void);
#define ANYIO_TASK_GROUP(object) (G_TYPE_CHECK_INSTANCE_CAST ((object), ANYIO_TYPE_TASK_GROUP, AnyioTaskGroup))
#define ANYIO_IS_TASK_GROUP(object) (G_TYPE_CHECK_INSTANCE_TYPE ((object), ANYIO_TYPE_TASK_GROUP))

ANYIO_AVAILABLE_IN_0_1
AnyioTaskGroup   *anyio_task_group_new               (void);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_task_group_enter             (AnyioTaskGroup *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioTaskGroup   *anyio_task_group_open              (GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_task_group_join              (AnyioTaskGroup *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void              anyio_task_group_leave             (AnyioTaskGroup *self);
ANYIO_AVAILABLE_IN_0_1
AnyioTaskGroup   *anyio_task_group_new_for_object    (GObject *owner);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_task_group_wait_closed       (AnyioTaskGroup *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void              anyio_task_group_wait_closed_async (AnyioTaskGroup *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_task_group_wait_closed_finish (AnyioTaskGroup *self, GAsyncResult *result, GError **error);

ANYIO_AVAILABLE_IN_0_1
AnyioCancelScope *anyio_task_group_get_cancel_scope  (AnyioTaskGroup *self);
ANYIO_AVAILABLE_IN_0_1
void              anyio_task_group_cancel            (AnyioTaskGroup *self, const char *reason);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_task_group_get_strict        (AnyioTaskGroup *self);
ANYIO_AVAILABLE_IN_0_1
void              anyio_task_group_set_strict        (AnyioTaskGroup *self, gboolean strict);
ANYIO_AVAILABLE_IN_0_1
gsize             anyio_task_group_get_stack_size    (AnyioTaskGroup *self);
ANYIO_AVAILABLE_IN_0_1
void              anyio_task_group_set_stack_size    (AnyioTaskGroup *self, gsize size_bytes);
ANYIO_AVAILABLE_IN_0_1
GListModel       *anyio_task_group_get_failures      (AnyioTaskGroup *self);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_task_group_get_closed        (AnyioTaskGroup *self);

ANYIO_AVAILABLE_IN_0_1
void              anyio_task_group_start_soon_named  (AnyioTaskGroup *self, const char *name, AnyioTaskFunc func, gpointer user_data, GDestroyNotify destroy);
/**
 * anyio_task_group_start_soon: (skip)
 * @self: a group that is open
 * @func: the body of the task; its name is the task's
 * @user_data: its argument; may point to locals of the function that owns the group
 * @destroy: (nullable): frees @user_data when the task has ended
 *
 * Starts a task: anyio_task_group_start_soon_named().
 *
 * Since: 0.1
 */
#define anyio_task_group_start_soon(self, func, user_data, destroy) anyio_task_group_start_soon_named (self, #func, func, user_data, destroy)
ANYIO_AVAILABLE_IN_0_1
AnyioTask        *anyio_task_group_create_task_named (AnyioTaskGroup *self, const char *name, AnyioTaskFunc func, gpointer user_data,
                                                         GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;
/**
 * anyio_task_group_create_task: (skip)
 * @self: a group that is open
 * @func: the body of the task; its name is the task's
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended
 *
 * Starts a task and gives a handle to it: anyio_task_group_create_task_named().
 *
 * Since: 0.1
 */
#define anyio_task_group_create_task(self, func, user_data, destroy) anyio_task_group_create_task_named (self, #func, func, user_data, destroy)
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_task_group_start_named       (AnyioTaskGroup *self, const char *name, AnyioTaskFunc func, gpointer user_data,
                                                         GDestroyNotify destroy, GValue *value, GError **error);
/**
 * anyio_task_group_start: (skip)
 * @self: a group that is open
 * @func: the body of the task, which calls anyio_task_started() when it is ready; its name is the task's
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended
 * @value: (optional): uninitialized; set to what the task gave to anyio_task_started()
 * @error: return location for an error
 *
 * Starts a task and waits until it is ready: anyio_task_group_start_named().
 *
 * Since: 0.1
 */
#define anyio_task_group_start(self, func, user_data, destroy, value, error) anyio_task_group_start_named (self, #func, func, user_data, destroy, value, error)
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_task_started                 (const GValue *value, GError **error);

/**
 * AnyioGroupFunc:
 * @group: the group, open
 * @user_data: what was given to anyio_with_task_group()
 * @error: return location for an error
 *
 * The body of a task group.
 *
 * Returns: %TRUE if it succeeded
 *
 * Since: 0.1
 */
typedef gboolean (*AnyioGroupFunc) (AnyioTaskGroup *group, gpointer user_data, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_with_task_group              (AnyioGroupFunc body, gpointer user_data, GError **error);

/**
 * AnyioCallbackTaskFunc:
 * @task: the task that begins
 * @user_data: what was given to anyio_task_group_start_callback()
 *
 * Begins a task that is not a fiber. It ends with anyio_task_return_value() or anyio_task_return_error(), now or later, exactly once. Whoever will
 * call that keeps a reference to @task.
 *
 * Since: 0.1
 */
typedef void (*AnyioCallbackTaskFunc) (AnyioTask *task, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
void              anyio_task_group_start_callback    (AnyioTaskGroup *self, const char *name, AnyioCallbackTaskFunc func, gpointer user_data, GDestroyNotify destroy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AnyioTaskGroup, anyio_task_group_leave)

G_END_DECLS
