/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Streams of bytes, as interfaces: sockets, pipes, files and TLS connections have them, and so do the wrappers around them. */

#pragma once

#include <anyio-glib/core/anyio-types.h>
#include <anyio-glib/stream/anyio-async-resource.h>

G_BEGIN_DECLS

/* --- the half that receives --- */

#define ANYIO_TYPE_BYTE_RECEIVE_STREAM (anyio_byte_receive_stream_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_INTERFACE (AnyioByteReceiveStream, anyio_byte_receive_stream, ANYIO, BYTE_RECEIVE_STREAM, AnyioAsyncResource)

/**
 * AnyioByteReceiveStreamInterface:
 * @parent_iface: the parent
 *
 * What a stream of bytes that receives implements, in C.
 *
 * Since: 0.1
 */
struct _AnyioByteReceiveStreamInterface
{
  GTypeInterface parent_iface;

  /*< private >*/
  /* In a task, with @count at least 1. A cancel point, and what is received is never lost: if it is cancelled, nothing has been received. */
  gssize (*receive) (AnyioByteReceiveStream *self, gpointer buffer, gsize count, GError **error);
};

ANYIO_AVAILABLE_IN_0_1
gssize  anyio_byte_receive_stream_receive        (AnyioByteReceiveStream *self, void *buffer, gsize count, GError **error);
ANYIO_AVAILABLE_IN_0_1
GBytes *anyio_byte_receive_stream_receive_bytes  (AnyioByteReceiveStream *self, gsize max_bytes, GError **error);
ANYIO_AVAILABLE_IN_0_1
void    anyio_byte_receive_stream_receive_async  (AnyioByteReceiveStream *self, gsize max_bytes, GCancellable *cancellable, GAsyncReadyCallback callback,
                                                  gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
GBytes *anyio_byte_receive_stream_receive_finish (AnyioByteReceiveStream *self, GAsyncResult *result, GError **error);

/* --- the half that sends --- */

#define ANYIO_TYPE_BYTE_SEND_STREAM (anyio_byte_send_stream_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_INTERFACE (AnyioByteSendStream, anyio_byte_send_stream, ANYIO, BYTE_SEND_STREAM, AnyioAsyncResource)

/**
 * AnyioByteSendStreamInterface:
 * @parent_iface: the parent
 *
 * What a stream of bytes that sends implements, in C.
 *
 * Since: 0.1
 */
struct _AnyioByteSendStreamInterface
{
  GTypeInterface parent_iface;

  /*< private >*/
  /* In a task; @count may be 0. A cancel point. Sends everything, or fails. */
  gboolean (*send) (AnyioByteSendStream *self, gconstpointer buffer, gsize count, GError **error);
};

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_byte_send_stream_send        (AnyioByteSendStream *self, const void *buffer, gsize count, GError **error);
ANYIO_AVAILABLE_IN_0_1
void     anyio_byte_send_stream_send_async  (AnyioByteSendStream *self, GBytes *bytes, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_byte_send_stream_send_finish (AnyioByteSendStream *self, GAsyncResult *result, GError **error);

/* --- both --- */

#define ANYIO_TYPE_BYTE_STREAM (anyio_byte_stream_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_INTERFACE (AnyioByteStream, anyio_byte_stream, ANYIO, BYTE_STREAM, GObject)

/**
 * AnyioByteStreamInterface:
 * @parent_iface: the parent
 *
 * What a stream of bytes in both directions implements, in C, besides the interfaces of its halves.
 *
 * Since: 0.1
 */
struct _AnyioByteStreamInterface
{
  GTypeInterface parent_iface;

  /*< private >*/
  /* In a task. Tells the peer that nothing more comes; what comes from the peer is still received. The second time does nothing. */
  gboolean (*send_eof) (AnyioByteStream *self, GError **error);
};

ANYIO_AVAILABLE_IN_0_1
gssize   anyio_byte_stream_receive         (AnyioByteStream *self, void *buffer, gsize count, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_byte_stream_send            (AnyioByteStream *self, const void *buffer, gsize count, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_byte_stream_send_eof        (AnyioByteStream *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_byte_stream_close           (AnyioByteStream *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void     anyio_byte_stream_send_eof_async  (AnyioByteStream *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_byte_stream_send_eof_finish (AnyioByteStream *self, GAsyncResult *result, GError **error);

G_END_DECLS
