/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of a channel that receives, as an object. What it does is in anyio-channel-end.c; here are the public functions. */

#include "stream/anyio-memory-object-receive-stream-private.h"

#include "stream/anyio-channel-value-private.h"

/**
 * AnyioMemoryObjectReceiveStream:
 *
 * The end of a memory object stream that receives, made by anyio_create_memory_object_stream(). It can be cloned; each item goes to one of those who receive. When all
 * clones are closed, who sends gets %G_IO_ERROR_BROKEN_PIPE, and what is in the buffer is destroyed. Dropping the last reference closes it, in whatever thread; all else
 * belongs to the thread of the main context whose tasks use it.
 *
 * Who waits in it keeps a reference. AnyIO: MemoryObjectReceiveStream.
 *
 * Since: 0.1
 */
struct _AnyioMemoryObjectReceiveStream
{
  GObject parent_instance;

  AnyioChannelEnd end;
};

G_DEFINE_FINAL_TYPE (AnyioMemoryObjectReceiveStream, anyio_memory_object_receive_stream, G_TYPE_OBJECT)

static void
anyio_memory_object_receive_stream_dispose (GObject *object)
{
  anyio_channel_end_dispose (&ANYIO_MEMORY_OBJECT_RECEIVE_STREAM (object)->end, object);

  G_OBJECT_CLASS (anyio_memory_object_receive_stream_parent_class)->dispose (object);
}

static void
anyio_memory_object_receive_stream_finalize (GObject *object)
{
  anyio_channel_unref (ANYIO_MEMORY_OBJECT_RECEIVE_STREAM (object)->end.channel);

  G_OBJECT_CLASS (anyio_memory_object_receive_stream_parent_class)->finalize (object);
}

static void
anyio_memory_object_receive_stream_get_property (GObject *object,
                                                 guint id,
                                                 GValue *value,
                                                 GParamSpec *pspec)
{
  anyio_channel_end_get_property (&ANYIO_MEMORY_OBJECT_RECEIVE_STREAM (object)->end, object, id, value, pspec);
}

/**
 * AnyioMemoryObjectReceiveStream:max-buffer-size:
 *
 * How many items the buffer holds at most; 0 is a rendezvous, %ANYIO_UNBOUNDED is no bound.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectReceiveStream:current-buffer-used:
 *
 * How many items are in the buffer now.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectReceiveStream:open-send-streams:
 *
 * How many ends that send are open, clones included.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectReceiveStream:open-receive-streams:
 *
 * How many ends that receive are open, clones included.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectReceiveStream:tasks-waiting-send:
 *
 * How many wait to send.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectReceiveStream:tasks-waiting-receive:
 *
 * How many wait to receive.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectReceiveStream:items-lost:
 *
 * How many items of a broadcast this receiver has lost, because its buffer was full; 0 for all other streams.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectReceiveStream:item-type:
 *
 * The type of the items.
 *
 * Since: 0.1
 */

/**
 * AnyioMemoryObjectReceiveStream:closed:
 *
 * Whether this end is closed.
 *
 * Since: 0.1
 */

static void
anyio_memory_object_receive_stream_class_init (AnyioMemoryObjectReceiveStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = anyio_memory_object_receive_stream_dispose;
  object_class->finalize = anyio_memory_object_receive_stream_finalize;
  object_class->get_property = anyio_memory_object_receive_stream_get_property;
  anyio_channel_end_install_properties (object_class, FALSE);
}

static void
anyio_memory_object_receive_stream_init (AnyioMemoryObjectReceiveStream *self)
{
  anyio_channel_end_init (&self->end);
}

AnyioMemoryObjectReceiveStream *
anyio_memory_object_receive_stream_new (AnyioChannel *channel)
{
  AnyioMemoryObjectReceiveStream *self = g_object_new (ANYIO_TYPE_MEMORY_OBJECT_RECEIVE_STREAM, NULL);

  anyio_channel_end_open (&self->end, channel, FALSE);

  return self;
}

const AnyioChannelEnd *
anyio_memory_object_receive_stream_get_end (AnyioMemoryObjectReceiveStream *self)
{
  return &self->end;
}

/**
 * anyio_memory_object_receive_stream_receive: (skip)
 * @self: an end that receives
 * @item: (out): where to put the item, which then belongs to the caller; untouched on failure
 * @error: return location for an error
 *
 * Receives the next item, waiting for it if need be. Receivers are served in the order in which they came. Cancel point: an item that is handed over in the same turn in
 * which the task is cancelled is received, and the call succeeds, so no item is ever lost. AnyIO: MemoryObjectReceiveStream.receive().
 *
 * Errors: %ANYIO_ERROR_END_OF_STREAM if all that send are closed and the buffer is empty; %G_IO_ERROR_CLOSED if this end is, also meanwhile; %ANYIO_ERROR_LAGGED once, for
 * the items of a broadcast that were lost under %ANYIO_OVERFLOW_FAIL; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE if the stream belongs to another main context;
 * %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE if an item was received
 *
 * Since: 0.1
 */
gboolean
anyio_memory_object_receive_stream_receive (AnyioMemoryObjectReceiveStream *self,
                                            gpointer *item,
                                            GError **error)
{
  AnyioChannelStatus status;

  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), FALSE);

  if (G_UNLIKELY (anyio_channel_end_pass_quickly (&self->end) == NULL))
    return anyio_channel_end_receive (&self->end, item, G_STRFUNC, error);
  status = anyio_channel_receive_now (self->end.channel, item, NULL);
  if (G_LIKELY (status == ANYIO_CHANNEL_OK))
    return TRUE;

  return anyio_channel_end_wait_to_receive (&self->end, item, status, G_STRFUNC, error);
}

/**
 * anyio_memory_object_receive_stream_receive_nowait: (skip)
 * @self: an end that receives
 * @item: (out): where to put the item, which then belongs to the caller; untouched on failure
 * @error: return location for an error
 *
 * Receives an item if there is one, in the buffer or with one who waits to send it. Never suspends, is no cancel point, and needs no task. AnyIO:
 * MemoryObjectReceiveStream.receive_nowait().
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK; %ANYIO_ERROR_END_OF_STREAM if all that send are closed; %G_IO_ERROR_CLOSED if this end is; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE if an item was received
 *
 * Since: 0.1
 */
gboolean
anyio_memory_object_receive_stream_receive_nowait (AnyioMemoryObjectReceiveStream *self,
                                                   gpointer *item,
                                                   GError **error)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), FALSE);

  return anyio_channel_end_receive_nowait (&self->end, item, error);
}

/**
 * anyio_memory_object_receive_stream_receive_value_nowait: (rename-to anyio_memory_object_receive_stream_receive_nowait)
 * @self: an end that receives
 * @error: return location for an error
 *
 * Receives an item if there is one, in the buffer or with one who waits to send it. Never suspends. AnyIO: MemoryObjectReceiveStream.receive_nowait().
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK; %ANYIO_ERROR_END_OF_STREAM if all that send are closed; %G_IO_ERROR_CLOSED if this end is; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: (transfer full): the item, %NULL with @error set
 *
 * Since: 0.1
 */
GValue *
anyio_memory_object_receive_stream_receive_value_nowait (AnyioMemoryObjectReceiveStream *self,
                                                         GError **error)
{
  gpointer item;

  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), NULL);

  if (!anyio_channel_end_receive_nowait (&self->end, &item, error))
    return NULL;

  return anyio_channel_item_to_value (self->end.channel, item);
}

/**
 * anyio_memory_object_receive_stream_receive_async:
 * @self: an end that receives
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async) (closure user_data): called when there is an item
 * @user_data: its argument
 *
 * anyio_memory_object_receive_stream_receive() for callers that are not a task. No fiber is started for it.
 *
 * Since: 0.1
 */
void
anyio_memory_object_receive_stream_receive_async (AnyioMemoryObjectReceiveStream *self,
                                                  GCancellable *cancellable,
                                                  GAsyncReadyCallback callback,
                                                  gpointer user_data)
{
  GTask *task;

  g_return_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_memory_object_receive_stream_receive_async);
  anyio_channel_end_receive_async (&self->end, task);
}

/**
 * anyio_memory_object_receive_stream_receive_finish:
 * @self: an end that receives
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_memory_object_receive_stream_receive_async().
 *
 * Errors: as anyio_memory_object_receive_stream_receive().
 *
 * Returns: (transfer full): the item, %NULL with @error set
 *
 * Since: 0.1
 */
GValue *
anyio_memory_object_receive_stream_receive_finish (AnyioMemoryObjectReceiveStream *self,
                                                   GAsyncResult *result,
                                                   GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * anyio_memory_object_receive_stream_clone:
 * @self: an end that receives
 * @error: return location for an error
 *
 * Opens another end of the same stream: one for each task that is to close its own. AnyIO: MemoryObjectReceiveStream.clone().
 *
 * Errors: %G_IO_ERROR_CLOSED if @self is closed.
 *
 * Returns: (transfer full): the clone, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioMemoryObjectReceiveStream *
anyio_memory_object_receive_stream_clone (AnyioMemoryObjectReceiveStream *self,
                                          GError **error)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), NULL);

  if (self->end.closed)
    {
      anyio_channel_report (ANYIO_CHANNEL_CLOSED, self->end.channel, error);
      return NULL;
    }

  return anyio_memory_object_receive_stream_new (self->end.channel);
}

/**
 * anyio_memory_object_receive_stream_close:
 * @self: an end that receives
 *
 * Closes this end. Who waits in it gets %G_IO_ERROR_CLOSED; when it was the last one, those who wait to send get %G_IO_ERROR_BROKEN_PIPE, and what is in the buffer is
 * destroyed. A second time does nothing. Never suspends. AnyIO: MemoryObjectReceiveStream.close().
 *
 * Since: 0.1
 */
void
anyio_memory_object_receive_stream_close (AnyioMemoryObjectReceiveStream *self)
{
  g_return_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self));

  anyio_channel_end_close (&self->end);
}

/**
 * anyio_memory_object_receive_stream_is_closed: (get-property closed)
 * @self: an end that receives
 *
 * Tells whether this end is closed.
 *
 * Returns: %TRUE if it is
 *
 * Since: 0.1
 */
gboolean
anyio_memory_object_receive_stream_is_closed (AnyioMemoryObjectReceiveStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), TRUE);

  return self->end.closed;
}

/**
 * anyio_memory_object_receive_stream_select: (skip)
 * @self: an end that receives
 * @location: the address of a variable for the item
 *
 * Makes the case of ANYIO_SELECT_RECEIVE(). The caller keeps a reference to @self as long as it uses the case.
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_memory_object_receive_stream_select (AnyioMemoryObjectReceiveStream *self,
                                           gpointer location)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), anyio_select_case_never ());
  g_return_val_if_fail (location != NULL, anyio_select_case_never ());

  return anyio_channel_end_select_receive (&self->end, location);
}
