/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is closed by a function that may suspend. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_ASYNC_RESOURCE (anyio_async_resource_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_INTERFACE (AnyioAsyncResource, anyio_async_resource, ANYIO, ASYNC_RESOURCE, GObject)

/**
 * AnyioAsyncResourceInterface:
 * @parent_iface: the parent
 *
 * What a resource implements, in C.
 *
 * Since: 0.1
 */
struct _AnyioAsyncResourceInterface
{
  GTypeInterface parent_iface;

  /*< private >*/
  /* Called in a task, each time. The first time it releases the resource on every way out: if it fails, or is cancelled while it takes leave of a peer, it does it forcefully.
   * Who waits in the resource gets %G_IO_ERROR_CLOSED. Once closed it returns TRUE. */
  gboolean (*close) (AnyioAsyncResource *self, GError **error);
};

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_async_resource_close            (AnyioAsyncResource *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_async_resource_close_forcefully (AnyioAsyncResource *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void     anyio_async_resource_close_async      (AnyioAsyncResource *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_async_resource_close_finish     (AnyioAsyncResource *self, GAsyncResult *result, GError **error);

G_END_DECLS
