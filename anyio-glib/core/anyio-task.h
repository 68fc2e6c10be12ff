/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioTaskStatus:
 * @ANYIO_TASK_PENDING: it has not ended
 * @ANYIO_TASK_CANCELLING: it has not ended, and its current scope is cancelled
 * @ANYIO_TASK_FINISHED: it ended successfully
 * @ANYIO_TASK_FAILED: it ended with an error
 * @ANYIO_TASK_CANCELLED: it ended because it was cancelled
 *
 * How far a task has got.
 *
 * Since: 0.1
 */
typedef enum
{
  ANYIO_TASK_PENDING,
  ANYIO_TASK_CANCELLING,
  ANYIO_TASK_FINISHED,
  ANYIO_TASK_FAILED,
  ANYIO_TASK_CANCELLED
} AnyioTaskStatus;

#define ANYIO_TYPE_TASK (anyio_task_get_type ())

ANYIO_AVAILABLE_IN_0_1
GType           anyio_task_get_type                 (void);
#define ANYIO_TASK(object) (G_TYPE_CHECK_INSTANCE_CAST ((object), ANYIO_TYPE_TASK, AnyioTask))
#define ANYIO_IS_TASK(object) (G_TYPE_CHECK_INSTANCE_TYPE ((object), ANYIO_TYPE_TASK))

ANYIO_AVAILABLE_IN_0_1
AnyioTask      *anyio_get_current_task              (void);
ANYIO_AVAILABLE_IN_0_1
GListModel     *anyio_get_running_tasks             (void);
ANYIO_AVAILABLE_IN_0_1
char           *anyio_dump_tree                     (void);

ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_wait_all_tasks_blocked        (GError **error);

ANYIO_AVAILABLE_IN_0_1
const char     *anyio_task_get_name                 (AnyioTask *self);
ANYIO_AVAILABLE_IN_0_1
void            anyio_task_set_name                 (AnyioTask *self, const char *name);
ANYIO_AVAILABLE_IN_0_1
guint64         anyio_task_get_id                   (AnyioTask *self);
ANYIO_AVAILABLE_IN_0_1
AnyioTask      *anyio_task_get_parent               (AnyioTask *self);
ANYIO_AVAILABLE_IN_0_1
AnyioTaskGroup *anyio_task_get_group                (AnyioTask *self);
ANYIO_AVAILABLE_IN_0_1
GCancellable   *anyio_task_get_cancellable          (AnyioTask *self);
ANYIO_AVAILABLE_IN_0_1
AnyioTaskStatus anyio_task_get_status               (AnyioTask *self);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_task_has_pending_cancellation (AnyioTask *self);
ANYIO_AVAILABLE_IN_0_1
void            anyio_task_cancel                   (AnyioTask *self, const char *reason);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_task_wait                     (AnyioTask *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void            anyio_task_wait_async               (AnyioTask *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_task_wait_finish              (AnyioTask *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_task_get_result               (AnyioTask *self, GValue *value, GError **error);
ANYIO_AVAILABLE_IN_0_1
void            anyio_task_set_result               (const GValue *value);

ANYIO_AVAILABLE_IN_0_1
void            anyio_task_return_value             (AnyioTask *self, const GValue *value);
ANYIO_AVAILABLE_IN_0_1
void            anyio_task_return_error             (AnyioTask *self, GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AnyioTask, g_object_unref)

G_END_DECLS
