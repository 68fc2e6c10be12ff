/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A connected stream socket, TCP or UNIX. */

#pragma once

#include <anyio-glib/core/anyio-types.h>
#include <anyio-glib/stream/anyio-byte-stream.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_SOCKET_STREAM (anyio_socket_stream_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioSocketStream, anyio_socket_stream, ANYIO, SOCKET_STREAM, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioByteStream *anyio_socket_stream_new_from_fd        (int fd, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioByteStream *anyio_socket_stream_new_from_socket    (GSocket *socket, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean         anyio_socket_stream_new_pair           (AnyioByteStream **one, AnyioByteStream **other, GError **error);
ANYIO_AVAILABLE_IN_0_1
GBytes          *anyio_socket_stream_receive_nowait     (AnyioSocketStream *self, gsize max_bytes, GError **error);
ANYIO_AVAILABLE_IN_0_1
void             anyio_socket_stream_close_now          (AnyioSocketStream *self);
ANYIO_AVAILABLE_IN_0_1
gboolean         anyio_socket_stream_is_closed          (AnyioSocketStream *self);
ANYIO_AVAILABLE_IN_0_1
int              anyio_socket_stream_get_fd             (AnyioSocketStream *self);
ANYIO_AVAILABLE_IN_0_1
GSocketAddress  *anyio_socket_stream_get_local_address  (AnyioSocketStream *self);
ANYIO_AVAILABLE_IN_0_1
GSocketAddress  *anyio_socket_stream_get_remote_address (AnyioSocketStream *self);

G_END_DECLS
