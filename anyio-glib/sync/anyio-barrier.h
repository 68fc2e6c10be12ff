/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_BARRIER (anyio_barrier_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioBarrier, anyio_barrier, ANYIO, BARRIER, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioBarrier *anyio_barrier_new               (guint n_parties);
ANYIO_AVAILABLE_IN_0_1
gboolean      anyio_barrier_wait              (AnyioBarrier *self, guint *place, GError **error);
ANYIO_AVAILABLE_IN_0_1
void          anyio_barrier_wait_async        (AnyioBarrier *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean      anyio_barrier_wait_finish       (AnyioBarrier *self, GAsyncResult *result, guint *place, GError **error);
ANYIO_AVAILABLE_IN_0_1
guint         anyio_barrier_get_n_parties     (AnyioBarrier *self);
ANYIO_AVAILABLE_IN_0_1
guint         anyio_barrier_get_tasks_waiting (AnyioBarrier *self);

G_END_DECLS
