/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The soft stop: asking what runs in a scope to come to an end by itself. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
void     anyio_cancel_scope_request_stop               (AnyioCancelScope *self, double grace, const char *reason);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_cancel_scope_get_stop_requested         (AnyioCancelScope *self);
ANYIO_AVAILABLE_IN_0_1
void     anyio_cancel_scope_wait_stop_requested_async  (AnyioCancelScope *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_cancel_scope_wait_stop_requested_finish (AnyioCancelScope *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_is_stop_requested                       (void);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_wait_stop_requested                     (GError **error);

G_END_DECLS
