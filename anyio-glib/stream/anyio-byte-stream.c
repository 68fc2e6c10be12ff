/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Streams of bytes: what is the same for all of them. */

#include "stream/anyio-byte-stream.h"

#include "core/anyio-wait-private.h"
#include "gio/anyio-async-private.h"
#include "gio/anyio-async.h"

#define CHUNK 65536 /* the most that receive_bytes() makes room for before it knows how much there is */

/**
 * AnyioByteReceiveStream:
 *
 * A stream from which bytes are received, by one task at a time.
 *
 * Errors are the same for every kind of stream: %G_IO_ERROR_CLOSED if it was closed here, also while the task waited; %G_IO_ERROR_BROKEN_PIPE if something outside broke it, with
 * the reason in the message; %G_IO_ERROR_PENDING if another task is receiving; %G_IO_ERROR_CANCELLED, and then nothing was received. The end of the stream is no
 * error.
 *
 * AnyIO: abc.ByteReceiveStream.
 *
 * Since: 0.1
 */
G_DEFINE_INTERFACE (AnyioByteReceiveStream, anyio_byte_receive_stream, ANYIO_TYPE_ASYNC_RESOURCE)

/**
 * AnyioByteSendStream:
 *
 * A stream to which bytes are sent, by one task at a time. Its errors are those of #AnyioByteReceiveStream.
 *
 * AnyIO: abc.ByteSendStream.
 *
 * Since: 0.1
 */
G_DEFINE_INTERFACE (AnyioByteSendStream, anyio_byte_send_stream, ANYIO_TYPE_ASYNC_RESOURCE)

/**
 * AnyioByteStream:
 *
 * A stream of bytes in both directions. One task may receive while another one sends.
 *
 * AnyIO: abc.ByteStream.
 *
 * Since: 0.1
 */
G_DEFINE_INTERFACE_WITH_CODE (AnyioByteStream, anyio_byte_stream, ANYIO_TYPE_ASYNC_RESOURCE,
                              g_type_interface_add_prerequisite (g_define_type_id, ANYIO_TYPE_BYTE_RECEIVE_STREAM);
                              g_type_interface_add_prerequisite (g_define_type_id, ANYIO_TYPE_BYTE_SEND_STREAM))

static void
anyio_byte_receive_stream_default_init (AnyioByteReceiveStreamInterface *iface)
{
}

static void
anyio_byte_send_stream_default_init (AnyioByteSendStreamInterface *iface)
{
}

static void
anyio_byte_stream_default_init (AnyioByteStreamInterface *iface)
{
}

/* --- receiving -------------------------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_byte_receive_stream_receive: (skip)
 * @self: a stream
 * @buffer: (array length=count) (element-type guint8): where to put the bytes
 * @count: how many there is room for, at least 1
 * @error: return location for an error
 *
 * Receives what there is, and waits if there is nothing. Cancel point. AnyIO: ByteReceiveStream.receive().
 *
 * Errors: those of #AnyioByteReceiveStream; %G_IO_ERROR_INVALID_ARGUMENT if @count is 0; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: how many bytes were received; 0 at the end of the stream, -1 on failure
 *
 * Since: 0.1
 */
gssize
anyio_byte_receive_stream_receive (AnyioByteReceiveStream *self,
                                   void *buffer,
                                   gsize count,
                                   GError **error)
{
  g_return_val_if_fail (ANYIO_IS_BYTE_RECEIVE_STREAM (self), -1);

  if (count == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "There is nothing to receive into 0 bytes");
      return -1;
    }

  return ANYIO_BYTE_RECEIVE_STREAM_GET_IFACE (self)->receive (self, buffer, MIN (count, G_MAXSSIZE), error);
}

/**
 * anyio_byte_receive_stream_receive_bytes: (skip)
 * @self: a stream
 * @max_bytes: the most that is to be received, at least 1
 * @error: return location for an error
 *
 * Receives what there is, in memory of its own. Cancel point. AnyIO: ByteReceiveStream.receive().
 *
 * Errors: as anyio_byte_receive_stream_receive().
 *
 * Returns: (transfer full): the bytes, none at the end of the stream; %NULL with @error set
 *
 * Since: 0.1
 */
GBytes *
anyio_byte_receive_stream_receive_bytes (AnyioByteReceiveStream *self,
                                         gsize max_bytes,
                                         GError **error)
{
  g_autofree guint8 *buffer = g_malloc (MIN (max_bytes, CHUNK));
  gssize n = anyio_byte_receive_stream_receive (self, buffer, MIN (max_bytes, CHUNK), error);

  if (n < 0)
    return NULL;

  return g_bytes_new_take (g_realloc (g_steal_pointer (&buffer), n), n);
}

static gboolean
receive_body (gpointer data,
              GError **error)
{
  gsize *max_bytes = g_task_get_task_data (data);
  GBytes *bytes = anyio_byte_receive_stream_receive_bytes (g_task_get_source_object (data), *max_bytes, error);

  return bytes != NULL && anyio_async_return_pointer (data, bytes, (GDestroyNotify) g_bytes_unref);
}

/**
 * anyio_byte_receive_stream_receive_async:
 * @self: a stream
 * @max_bytes: the most that is to be received, at least 1
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async) (closure user_data): called when something was received, or the stream has ended
 * @user_data: its argument
 *
 * anyio_byte_receive_stream_receive_bytes() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_byte_receive_stream_receive_async (AnyioByteReceiveStream *self,
                                         gsize max_bytes,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (ANYIO_IS_BYTE_RECEIVE_STREAM (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_byte_receive_stream_receive_async);
  g_task_set_task_data (task, g_memdup2 (&max_bytes, sizeof max_bytes), g_free);
  anyio_run_in_task (task, receive_body);
}

/**
 * anyio_byte_receive_stream_receive_finish:
 * @self: a stream
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_byte_receive_stream_receive_async().
 *
 * Errors: as anyio_byte_receive_stream_receive().
 *
 * Returns: (transfer full): the bytes, none at the end of the stream; %NULL with @error set
 *
 * Since: 0.1
 */
GBytes *
anyio_byte_receive_stream_receive_finish (AnyioByteReceiveStream *self,
                                          GAsyncResult *result,
                                          GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- sending ---------------------------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_byte_send_stream_send: (skip)
 * @self: a stream
 * @buffer: (array length=count) (element-type guint8): the bytes
 * @count: how many
 * @error: return location for an error
 *
 * Sends all the bytes, and waits as long as the other side does not take them. Cancel point; if it is cancelled after some of them were sent, the stream is of no use
 * any more, because nobody knows how many. AnyIO: ByteSendStream.send().
 *
 * Errors: those of #AnyioByteReceiveStream; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE if all were sent
 *
 * Since: 0.1
 */
gboolean
anyio_byte_send_stream_send (AnyioByteSendStream *self,
                             const void *buffer,
                             gsize count,
                             GError **error)
{
  g_return_val_if_fail (ANYIO_IS_BYTE_SEND_STREAM (self), FALSE);

  return ANYIO_BYTE_SEND_STREAM_GET_IFACE (self)->send (self, buffer, count, error);
}

static gboolean
send_body (gpointer data,
           GError **error)
{
  gsize size;
  gconstpointer buffer = g_bytes_get_data (g_task_get_task_data (data), &size);

  return anyio_byte_send_stream_send (g_task_get_source_object (data), buffer, size, error) && anyio_async_return_boolean (data, TRUE);
}

/**
 * anyio_byte_send_stream_send_async:
 * @self: a stream
 * @bytes: what to send
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async) (closure user_data): called when all was sent
 * @user_data: its argument
 *
 * anyio_byte_send_stream_send() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_byte_send_stream_send_async (AnyioByteSendStream *self,
                                   GBytes *bytes,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (ANYIO_IS_BYTE_SEND_STREAM (self));
  g_return_if_fail (bytes != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_byte_send_stream_send_async);
  g_task_set_task_data (task, g_bytes_ref (bytes), (GDestroyNotify) g_bytes_unref);
  anyio_run_in_task (task, send_body);
}

/**
 * anyio_byte_send_stream_send_finish:
 * @self: a stream
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_byte_send_stream_send_async().
 *
 * Errors: as anyio_byte_send_stream_send().
 *
 * Returns: %TRUE if all were sent
 *
 * Since: 0.1
 */
gboolean
anyio_byte_send_stream_send_finish (AnyioByteSendStream *self,
                                    GAsyncResult *result,
                                    GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- both ------------------------------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_byte_stream_receive: (skip)
 * @self: a stream
 * @buffer: (array length=count) (element-type guint8): where to put the bytes
 * @count: how many there is room for, at least 1
 * @error: return location for an error
 *
 * anyio_byte_receive_stream_receive() without a cast.
 *
 * Errors: as anyio_byte_receive_stream_receive().
 *
 * Returns: how many bytes were received; 0 at the end of the stream, -1 on failure
 *
 * Since: 0.1
 */
gssize
anyio_byte_stream_receive (AnyioByteStream *self,
                           void *buffer,
                           gsize count,
                           GError **error)
{
  return anyio_byte_receive_stream_receive ((AnyioByteReceiveStream *) self, buffer, count, error);
}

/**
 * anyio_byte_stream_send: (skip)
 * @self: a stream
 * @buffer: (array length=count) (element-type guint8): the bytes
 * @count: how many
 * @error: return location for an error
 *
 * anyio_byte_send_stream_send() without a cast.
 *
 * Errors: as anyio_byte_send_stream_send().
 *
 * Returns: %TRUE if all were sent
 *
 * Since: 0.1
 */
gboolean
anyio_byte_stream_send (AnyioByteStream *self,
                        const void *buffer,
                        gsize count,
                        GError **error)
{
  return anyio_byte_send_stream_send ((AnyioByteSendStream *) self, buffer, count, error);
}

/**
 * anyio_byte_stream_close: (skip)
 * @self: a stream
 * @error: return location for an error
 *
 * anyio_async_resource_close() without a cast.
 *
 * Errors: as anyio_async_resource_close().
 *
 * Returns: %TRUE if it was closed in peace, or had been closed before
 *
 * Since: 0.1
 */
gboolean
anyio_byte_stream_close (AnyioByteStream *self,
                         GError **error)
{
  return anyio_async_resource_close ((AnyioAsyncResource *) self, error);
}

/**
 * anyio_byte_stream_send_eof: (skip)
 * @self: a stream
 * @error: return location for an error
 *
 * Tells the peer that nothing more comes; receiving goes on. The second time does nothing. Cancel point. AnyIO: ByteStream.send_eof().
 *
 * Errors: those of #AnyioByteReceiveStream; %G_IO_ERROR_NOT_SUPPORTED if the stream cannot do that; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE if it was told
 *
 * Since: 0.1
 */
gboolean
anyio_byte_stream_send_eof (AnyioByteStream *self,
                            GError **error)
{
  g_return_val_if_fail (ANYIO_IS_BYTE_STREAM (self), FALSE);

  return ANYIO_BYTE_STREAM_GET_IFACE (self)->send_eof (self, error);
}

static gboolean
send_eof_body (gpointer data,
               GError **error)
{
  return anyio_byte_stream_send_eof (g_task_get_source_object (data), error) && anyio_async_return_boolean (data, TRUE);
}

/**
 * anyio_byte_stream_send_eof_async:
 * @self: a stream
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async) (closure user_data): called when the peer was told
 * @user_data: its argument
 *
 * anyio_byte_stream_send_eof() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_byte_stream_send_eof_async (AnyioByteStream *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (ANYIO_IS_BYTE_STREAM (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_byte_stream_send_eof_async);
  anyio_run_in_task (task, send_eof_body);
}

/**
 * anyio_byte_stream_send_eof_finish:
 * @self: a stream
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_byte_stream_send_eof_async().
 *
 * Errors: as anyio_byte_stream_send_eof().
 *
 * Returns: %TRUE if it was told
 *
 * Since: 0.1
 */
gboolean
anyio_byte_stream_send_eof_finish (AnyioByteStream *self,
                                   GAsyncResult *result,
                                   GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
