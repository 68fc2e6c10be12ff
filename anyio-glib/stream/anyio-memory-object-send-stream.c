/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of a channel that sends, as an object. What it does is in anyio-channel-end.c; here are the public functions. */

#include "stream/anyio-memory-object-send-stream-private.h"

/**
 * AnyioMemoryObjectSendStream:
 *
 * The end of a memory object stream that sends, made by anyio_create_memory_object_stream(). It can be cloned; the stream ends for those who receive when all clones are
 * closed. Dropping the last reference closes it, in whatever thread; all else belongs to the thread of the main context whose tasks use it. There are no streams between
 * threads.
 *
 * Who waits in it keeps a reference. AnyIO: MemoryObjectSendStream.
 *
 * Since: 0.1
 */
struct _AnyioMemoryObjectSendStream
{
  GObject parent_instance;

  AnyioChannelEnd end;
};

G_DEFINE_FINAL_TYPE (AnyioMemoryObjectSendStream, anyio_memory_object_send_stream, G_TYPE_OBJECT)

static void
anyio_memory_object_send_stream_dispose (GObject *object)
{
  anyio_channel_end_dispose (&ANYIO_MEMORY_OBJECT_SEND_STREAM (object)->end, object);

  G_OBJECT_CLASS (anyio_memory_object_send_stream_parent_class)->dispose (object);
}

static void
anyio_memory_object_send_stream_finalize (GObject *object)
{
  anyio_channel_unref (ANYIO_MEMORY_OBJECT_SEND_STREAM (object)->end.channel);

  G_OBJECT_CLASS (anyio_memory_object_send_stream_parent_class)->finalize (object);
}

static void
anyio_memory_object_send_stream_get_property (GObject *object,
                                              guint id,
                                              GValue *value,
                                              GParamSpec *pspec)
{
  anyio_channel_end_get_property (&ANYIO_MEMORY_OBJECT_SEND_STREAM (object)->end, object, id, value, pspec);
}

/**
 * AnyioMemoryObjectSendStream:max-buffer-size:
 *
 * How many items the buffer holds at most; 0 is a rendezvous, %ANYIO_UNBOUNDED is no bound.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectSendStream:current-buffer-used:
 *
 * How many items are in the buffer now.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectSendStream:open-send-streams:
 *
 * How many ends that send are open, clones included.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectSendStream:open-receive-streams:
 *
 * How many ends that receive are open, clones included.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectSendStream:tasks-waiting-send:
 *
 * How many wait to send.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectSendStream:tasks-waiting-receive:
 *
 * How many wait to receive.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectSendStream:item-type:
 *
 * The type of the items.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectSendStream:closed:
 *
 * Whether this end is closed.
 *
 * Since: 0.1
 */

static void
anyio_memory_object_send_stream_class_init (AnyioMemoryObjectSendStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = anyio_memory_object_send_stream_dispose;
  object_class->finalize = anyio_memory_object_send_stream_finalize;
  object_class->get_property = anyio_memory_object_send_stream_get_property;
  anyio_channel_end_install_properties (object_class, TRUE);
}

static void
anyio_memory_object_send_stream_init (AnyioMemoryObjectSendStream *self)
{
  anyio_channel_end_init (&self->end);
}

AnyioMemoryObjectSendStream *
anyio_memory_object_send_stream_new (AnyioChannel *channel)
{
  AnyioMemoryObjectSendStream *self = g_object_new (ANYIO_TYPE_MEMORY_OBJECT_SEND_STREAM, NULL);

  anyio_channel_end_open (&self->end, channel, TRUE);

  return self;
}

const AnyioChannelEnd *
anyio_memory_object_send_stream_get_end (AnyioMemoryObjectSendStream *self)
{
  return &self->end;
}

/**
 * anyio_memory_object_send_stream_send: (skip)
 * @self: an end that sends
 * @item: (nullable): an item, of the type and with the ownership that the stream was made for
 * @error: return location for an error
 *
 * Sends an item. Waits while the buffer is full; in a rendezvous, until the item is taken. Senders are served in the order in which they came.
 *
 * The item belongs to the stream if the call succeeds. If it fails, the item has not been sent, and is still the caller's. Cancel point: an item that is taken in the same
 * turn in which the task is cancelled is sent, and the call succeeds. AnyIO: MemoryObjectSendStream.send().
 *
 * Errors: %G_IO_ERROR_BROKEN_PIPE if all that receive are closed, also meanwhile; %G_IO_ERROR_CLOSED if this end is; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE if the
 * stream belongs to another main context; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE if the item was sent
 *
 * Since: 0.1
 */
gboolean
anyio_memory_object_send_stream_send (AnyioMemoryObjectSendStream *self,
                                      gpointer item,
                                      GError **error)
{
  AnyioChannelStatus status;

  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), FALSE);

  if (G_UNLIKELY (anyio_channel_end_pass_quickly (&self->end) == NULL))
    return anyio_channel_end_send (&self->end, item, G_STRFUNC, error);
  status = anyio_channel_send_now (self->end.channel, item, NULL);
  if (G_LIKELY (status == ANYIO_CHANNEL_OK))
    return TRUE;

  return anyio_channel_end_wait_to_send (&self->end, item, status, G_STRFUNC, error);
}

/**
 * anyio_memory_object_send_stream_send_nowait: (skip)
 * @self: an end that sends
 * @item: (nullable): an item
 * @error: return location for an error
 *
 * Sends an item if that needs no waiting: there is room in the buffer, or somebody waits to receive. Never suspends, is no cancel point, and needs no task. AnyIO:
 * MemoryObjectSendStream.send_nowait().
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK; %G_IO_ERROR_BROKEN_PIPE if all that receive are closed; %G_IO_ERROR_CLOSED if this end is; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE if the item was sent; otherwise it is still the caller's
 *
 * Since: 0.1
 */
gboolean
anyio_memory_object_send_stream_send_nowait (AnyioMemoryObjectSendStream *self,
                                             gpointer item,
                                             GError **error)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), FALSE);

  return anyio_channel_end_send_nowait (&self->end, item, error);
}

/**
 * anyio_memory_object_send_stream_send_value_nowait: (rename-to anyio_memory_object_send_stream_send_nowait)
 * @self: an end that sends
 * @item: a value of the item type; anything for %G_TYPE_VALUE
 * @error: return location for an error
 *
 * Sends an item if that needs no waiting: there is room in the buffer, or somebody waits to receive. Never suspends. AnyIO: MemoryObjectSendStream.send_nowait().
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK; %G_IO_ERROR_INVALID_ARGUMENT for a value of another type; %G_IO_ERROR_BROKEN_PIPE if all that receive are closed; %G_IO_ERROR_CLOSED if
 * this end is; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE if the item was sent
 *
 * Since: 0.1
 */
gboolean
anyio_memory_object_send_stream_send_value_nowait (AnyioMemoryObjectSendStream *self,
                                                   const GValue *item,
                                                   GError **error)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), FALSE);
  g_return_val_if_fail (G_IS_VALUE (item), FALSE);

  return anyio_channel_end_send_value_nowait (&self->end, item, error);
}

/**
 * anyio_memory_object_send_stream_send_async:
 * @self: an end that sends
 * @item: a value of the item type; anything for %G_TYPE_VALUE
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async) (closure user_data): called when the item has been sent
 * @user_data: its argument
 *
 * anyio_memory_object_send_stream_send() for callers that are not a task. No fiber is started for it.
 *
 * Since: 0.1
 */
void
anyio_memory_object_send_stream_send_async (AnyioMemoryObjectSendStream *self,
                                            const GValue *item,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback,
                                            gpointer user_data)
{
  GTask *task;

  g_return_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self));
  g_return_if_fail (G_IS_VALUE (item));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_memory_object_send_stream_send_async);
  anyio_channel_end_send_value_async (&self->end, item, task);
}

/**
 * anyio_memory_object_send_stream_send_finish:
 * @self: an end that sends
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_memory_object_send_stream_send_async().
 *
 * Errors: as anyio_memory_object_send_stream_send(); %G_IO_ERROR_INVALID_ARGUMENT for a value of another type.
 *
 * Returns: %TRUE if the item was sent
 *
 * Since: 0.1
 */
gboolean
anyio_memory_object_send_stream_send_finish (AnyioMemoryObjectSendStream *self,
                                             GAsyncResult *result,
                                             GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * anyio_memory_object_send_stream_free_item: (skip)
 * @self: an end that sends
 * @item: (nullable): an item that was not sent
 *
 * Frees an item as the stream would: for code that does not know of what type the items are. Never suspends.
 *
 * Since: 0.1
 */
void
anyio_memory_object_send_stream_free_item (AnyioMemoryObjectSendStream *self,
                                           gpointer item)
{
  g_return_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self));

  anyio_channel_destroy_item (self->end.channel, item);
}

/**
 * anyio_memory_object_send_stream_clone:
 * @self: an end that sends
 * @error: return location for an error
 *
 * Opens another end of the same stream: one for each task that is to close its own. AnyIO: MemoryObjectSendStream.clone().
 *
 * Errors: %G_IO_ERROR_CLOSED if @self is closed.
 *
 * Returns: (transfer full): the clone, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioMemoryObjectSendStream *
anyio_memory_object_send_stream_clone (AnyioMemoryObjectSendStream *self,
                                       GError **error)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), NULL);

  if (self->end.closed)
    {
      anyio_channel_report (ANYIO_CHANNEL_CLOSED, self->end.channel, error);
      return NULL;
    }

  return anyio_memory_object_send_stream_new (self->end.channel);
}

/**
 * anyio_memory_object_send_stream_close:
 * @self: an end that sends
 *
 * Closes this end. Who waits in it gets %G_IO_ERROR_CLOSED; when it was the last one, those who wait to receive get %ANYIO_ERROR_END_OF_STREAM, and others when they have
 * received what is in the buffer. A second time does nothing. Never suspends. AnyIO: MemoryObjectSendStream.close().
 *
 * Since: 0.1
 */
void
anyio_memory_object_send_stream_close (AnyioMemoryObjectSendStream *self)
{
  g_return_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self));

  anyio_channel_end_close (&self->end);
}

/**
 * anyio_memory_object_send_stream_is_closed: (get-property closed)
 * @self: an end that sends
 *
 * Tells whether this end is closed.
 *
 * Returns: %TRUE if it is
 *
 * Since: 0.1
 */
gboolean
anyio_memory_object_send_stream_is_closed (AnyioMemoryObjectSendStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), TRUE);

  return self->end.closed;
}

/**
 * anyio_memory_object_send_stream_select: (skip)
 * @self: an end that sends
 * @item: (nullable): the item
 *
 * Makes the case of ANYIO_SELECT_SEND(). The caller keeps a reference to @self as long as it uses the case.
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_memory_object_send_stream_select (AnyioMemoryObjectSendStream *self,
                                        gpointer item)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), anyio_select_case_never ());

  return anyio_channel_end_select_send (&self->end, item);
}
