/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sockets that others connect to. */

#pragma once

#include <anyio-glib/core/anyio-types.h>
#include <anyio-glib/stream/anyio-byte-stream.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_SOCKET_LISTENER (anyio_socket_listener_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioSocketListener, anyio_socket_listener, ANYIO, SOCKET_LISTENER, GObject)

/**
 * AnyioListenFlags:
 * @ANYIO_LISTEN_NONE: nothing special
 * @ANYIO_LISTEN_REUSE_PORT: other sockets, also of other processes, may listen at the same port with this flag; the system divides the connections among them
 *
 * How to listen at a TCP port.
 *
 * Since: 0.1
 */
typedef enum
{
  ANYIO_LISTEN_NONE = 0,
  ANYIO_LISTEN_REUSE_PORT = 1 << 0
} AnyioListenFlags;

#define ANYIO_TYPE_LISTEN_FLAGS (anyio_listen_flags_get_type ())
ANYIO_AVAILABLE_IN_0_1
GType anyio_listen_flags_get_type (void);

/**
 * AnyioConnectionFunc: (skip)
 * @stream: the connection; closed when the function has returned
 * @user_data: what was given to anyio_socket_listener_serve()
 * @error: return location for an error
 *
 * Serves one connection, in a task of its own.
 *
 * Returns: %TRUE if it was served, %FALSE with @error set if not
 *
 * Since: 0.1
 */
typedef gboolean (*AnyioConnectionFunc) (AnyioByteStream *stream, gpointer user_data, GError **error);

ANYIO_AVAILABLE_IN_0_1
AnyioSocketListener *anyio_create_tcp_listener            (const char *local_host, guint16 local_port, AnyioListenFlags flags, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                 anyio_create_tcp_listener_async      (const char *local_host, guint16 local_port, AnyioListenFlags flags, GCancellable *cancellable,
                                                           GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
AnyioSocketListener *anyio_create_tcp_listener_finish     (GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioSocketListener *anyio_socket_listener_new_unix       (const char *path, int mode, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioSocketListener *anyio_socket_listener_new_from_fd    (int fd, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioByteStream     *anyio_socket_listener_accept         (AnyioSocketListener *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                 anyio_socket_listener_accept_async   (AnyioSocketListener *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
AnyioByteStream     *anyio_socket_listener_accept_finish  (AnyioSocketListener *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean             anyio_socket_listener_serve          (AnyioSocketListener *self, AnyioConnectionFunc handler_func, gpointer user_data, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                 anyio_socket_listener_close_now      (AnyioSocketListener *self);
ANYIO_AVAILABLE_IN_0_1
gboolean             anyio_socket_listener_is_closed      (AnyioSocketListener *self);
ANYIO_AVAILABLE_IN_0_1
guint16              anyio_socket_listener_get_local_port (AnyioSocketListener *self);
ANYIO_AVAILABLE_IN_0_1
GSocketAddress      *anyio_socket_listener_get_local_address (AnyioSocketListener *self);

G_END_DECLS
