/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Connecting to TCP and UNIX sockets. */

#pragma once

#include <anyio-glib/core/anyio-types.h>
#include <anyio-glib/stream/anyio-byte-stream.h>

G_BEGIN_DECLS

/**
 * ANYIO_HAPPY_EYEBALLS_DELAY:
 *
 * Seconds after which the next address of a host is tried beside one that has not answered yet, as RFC 8305 recommends.
 *
 * Since: 0.1
 */
#define ANYIO_HAPPY_EYEBALLS_DELAY 0.25

ANYIO_AVAILABLE_IN_0_1
AnyioByteStream *anyio_connect_tcp             (const char *host, guint16 port, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioByteStream *anyio_connect_tcp_from        (GSocketAddress *local_address, const char *host, guint16 port, double happy_eyeballs_delay, GError **error);
ANYIO_AVAILABLE_IN_0_1
void             anyio_connect_tcp_from_async  (GSocketAddress *local_address, const char *host, guint16 port, double happy_eyeballs_delay, GCancellable *cancellable,
                                                GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
AnyioByteStream *anyio_connect_tcp_from_finish (GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
void             anyio_connect_tcp_async       (const char *host, guint16 port, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
AnyioByteStream *anyio_connect_tcp_finish      (GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioByteStream *anyio_connect_unix            (const char *path, GError **error);
ANYIO_AVAILABLE_IN_0_1
void             anyio_connect_unix_async      (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
AnyioByteStream *anyio_connect_unix_finish     (GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioByteStream *anyio_connect_address         (GSocketAddress *address, GError **error);
ANYIO_AVAILABLE_IN_0_1
void             anyio_connect_address_async   (GSocketAddress *address, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
AnyioByteStream *anyio_connect_address_finish  (GAsyncResult *result, GError **error);

G_END_DECLS
