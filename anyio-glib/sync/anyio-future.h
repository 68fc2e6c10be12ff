/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-task.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_FUTURE (anyio_future_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioFuture, anyio_future, ANYIO, FUTURE, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioFuture    *anyio_future_new               (void);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_future_set_value         (AnyioFuture *self, const GValue *value);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_future_set_error         (AnyioFuture *self, const GError *error);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_future_cancel            (AnyioFuture *self);
ANYIO_AVAILABLE_IN_0_1
AnyioTaskStatus anyio_future_get_status        (AnyioFuture *self);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_future_get_result        (AnyioFuture *self, GValue *value, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_future_wait              (AnyioFuture *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void            anyio_future_wait_async        (AnyioFuture *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_future_wait_finish       (AnyioFuture *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_future_await             (AnyioFuture *self, GValue *value, GError **error);
ANYIO_AVAILABLE_IN_0_1
void            anyio_future_await_async       (AnyioFuture *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
GValue         *anyio_future_await_finish      (AnyioFuture *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
guint           anyio_future_get_tasks_waiting (AnyioFuture *self);

/**
 * ANYIO_SELECT_FUTURE: (skip)
 * @future: an #AnyioFuture
 *
 * A case of anyio_select() that is chosen when the future has a result, whatever it is, as anyio_future_wait().
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_FUTURE(future) (anyio_select_case_future (future))
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase anyio_select_case_future (AnyioFuture *self);

G_END_DECLS
