/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What goes on in a channel, as properties of its ends. Counting those who wait costs a step for each of them; nothing is counted while nobody asks. */

#include "stream/anyio-channel-end-private.h"

#include "stream/anyio-memory-object-receive-stream-private.h"
#include "stream/anyio-memory-object-send-stream-private.h"

enum
{
  PROP_MAX_BUFFER_SIZE = 1,
  PROP_CURRENT_BUFFER_USED,
  PROP_OPEN_SEND_STREAMS,
  PROP_OPEN_RECEIVE_STREAMS,
  PROP_TASKS_WAITING_SEND,
  PROP_TASKS_WAITING_RECEIVE,
  PROP_ITEMS_LOST,
  PROP_ITEM_TYPE,
  PROP_CLOSED
};

void
anyio_channel_end_install_properties (GObjectClass *klass,
                                      gboolean sends)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  g_object_class_install_property (klass, PROP_MAX_BUFFER_SIZE, g_param_spec_uint64 ("max-buffer-size", NULL, NULL, 0, G_MAXUINT64, 0, flags));
  g_object_class_install_property (klass, PROP_CURRENT_BUFFER_USED, g_param_spec_uint64 ("current-buffer-used", NULL, NULL, 0, G_MAXUINT64, 0, flags));
  g_object_class_install_property (klass, PROP_OPEN_SEND_STREAMS, g_param_spec_uint ("open-send-streams", NULL, NULL, 0, G_MAXUINT, 0, flags));
  g_object_class_install_property (klass, PROP_OPEN_RECEIVE_STREAMS, g_param_spec_uint ("open-receive-streams", NULL, NULL, 0, G_MAXUINT, 0, flags));
  g_object_class_install_property (klass, PROP_TASKS_WAITING_SEND, g_param_spec_uint ("tasks-waiting-send", NULL, NULL, 0, G_MAXUINT, 0, flags));
  g_object_class_install_property (klass, PROP_TASKS_WAITING_RECEIVE, g_param_spec_uint ("tasks-waiting-receive", NULL, NULL, 0, G_MAXUINT, 0, flags));
  if (!sends)
    g_object_class_install_property (klass, PROP_ITEMS_LOST, g_param_spec_uint64 ("items-lost", NULL, NULL, 0, G_MAXUINT64, 0, flags));
  g_object_class_install_property (klass, PROP_ITEM_TYPE, g_param_spec_gtype ("item-type", NULL, NULL, G_TYPE_NONE, flags));
  g_object_class_install_property (klass, PROP_CLOSED, g_param_spec_boolean ("closed", NULL, NULL, FALSE, flags));
}

void
anyio_channel_end_get_property (const AnyioChannelEnd *self,
                                GObject *object,
                                guint id,
                                GValue *value,
                                GParamSpec *pspec)
{
  const AnyioChannel *channel = self->channel;

  switch (id)
    {
    case PROP_MAX_BUFFER_SIZE:
      g_value_set_uint64 (value, channel->max_items);
      break;
    case PROP_CURRENT_BUFFER_USED:
      g_value_set_uint64 (value, channel->n_items);
      break;
    case PROP_OPEN_SEND_STREAMS:
      g_value_set_uint (value, channel->n_send_ends);
      break;
    case PROP_OPEN_RECEIVE_STREAMS:
      g_value_set_uint (value, channel->n_receive_ends);
      break;
    case PROP_TASKS_WAITING_SEND:
      g_value_set_uint (value, anyio_channel_count (&channel->senders));
      break;
    case PROP_TASKS_WAITING_RECEIVE:
      g_value_set_uint (value, anyio_channel_count (&channel->receivers));
      break;
    case PROP_ITEMS_LOST:
      g_value_set_uint64 (value, channel->n_lost);
      break;
    case PROP_ITEM_TYPE:
      g_value_set_gtype (value, channel->item_type);
      break;
    case PROP_CLOSED:
      g_value_set_boolean (value, self->closed);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/**
 * anyio_memory_object_send_stream_get_max_buffer_size:
 * @self: an end that sends
 *
 * Gets how many items the buffer holds at most.
 *
 * Returns: the size; 0 for a rendezvous, %ANYIO_UNBOUNDED if there is no bound
 *
 * Since: 0.1
 */
guint64
anyio_memory_object_send_stream_get_max_buffer_size (AnyioMemoryObjectSendStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), 0);

  return anyio_memory_object_send_stream_get_end (self)->channel->max_items;
}

/**
 * anyio_memory_object_send_stream_get_current_buffer_used:
 * @self: an end that sends
 *
 * Gets how many items are in the buffer now.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
anyio_memory_object_send_stream_get_current_buffer_used (AnyioMemoryObjectSendStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), 0);

  return anyio_memory_object_send_stream_get_end (self)->channel->n_items;
}

/**
 * anyio_memory_object_send_stream_get_open_send_streams:
 * @self: an end that sends
 *
 * Gets how many ends that send are open, clones included.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
anyio_memory_object_send_stream_get_open_send_streams (AnyioMemoryObjectSendStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), 0);

  return anyio_memory_object_send_stream_get_end (self)->channel->n_send_ends;
}

/**
 * anyio_memory_object_send_stream_get_open_receive_streams:
 * @self: an end that sends
 *
 * Gets how many ends that receive are open, clones included.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
anyio_memory_object_send_stream_get_open_receive_streams (AnyioMemoryObjectSendStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), 0);

  return anyio_memory_object_send_stream_get_end (self)->channel->n_receive_ends;
}

/**
 * anyio_memory_object_send_stream_get_tasks_waiting_send:
 * @self: an end that sends
 *
 * Counts those who wait to send.
 *
 * Returns: their number
 *
 * Since: 0.1
 */
guint
anyio_memory_object_send_stream_get_tasks_waiting_send (AnyioMemoryObjectSendStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), 0);

  return anyio_channel_count (&anyio_memory_object_send_stream_get_end (self)->channel->senders);
}

/**
 * anyio_memory_object_send_stream_get_tasks_waiting_receive:
 * @self: an end that sends
 *
 * Counts those who wait to receive.
 *
 * Returns: their number
 *
 * Since: 0.1
 */
guint
anyio_memory_object_send_stream_get_tasks_waiting_receive (AnyioMemoryObjectSendStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), 0);

  return anyio_channel_count (&anyio_memory_object_send_stream_get_end (self)->channel->receivers);
}

/**
 * anyio_memory_object_send_stream_get_item_type:
 * @self: an end that sends
 *
 * Gets the type of the items.
 *
 * Returns: the type
 *
 * Since: 0.1
 */
GType
anyio_memory_object_send_stream_get_item_type (AnyioMemoryObjectSendStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (self), G_TYPE_INVALID);

  return anyio_memory_object_send_stream_get_end (self)->channel->item_type;
}

/**
 * anyio_memory_object_receive_stream_get_max_buffer_size:
 * @self: an end that receives
 *
 * Gets how many items the buffer holds at most.
 *
 * Returns: the size; 0 for a rendezvous, %ANYIO_UNBOUNDED if there is no bound
 *
 * Since: 0.1
 */
guint64
anyio_memory_object_receive_stream_get_max_buffer_size (AnyioMemoryObjectReceiveStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), 0);

  return anyio_memory_object_receive_stream_get_end (self)->channel->max_items;
}

/**
 * anyio_memory_object_receive_stream_get_current_buffer_used:
 * @self: an end that receives
 *
 * Gets how many items are in the buffer now.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
anyio_memory_object_receive_stream_get_current_buffer_used (AnyioMemoryObjectReceiveStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), 0);

  return anyio_memory_object_receive_stream_get_end (self)->channel->n_items;
}

/**
 * anyio_memory_object_receive_stream_get_open_send_streams:
 * @self: an end that receives
 *
 * Gets how many ends that send are open, clones included.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
anyio_memory_object_receive_stream_get_open_send_streams (AnyioMemoryObjectReceiveStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), 0);

  return anyio_memory_object_receive_stream_get_end (self)->channel->n_send_ends;
}

/**
 * anyio_memory_object_receive_stream_get_open_receive_streams:
 * @self: an end that receives
 *
 * Gets how many ends that receive are open, clones included.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
anyio_memory_object_receive_stream_get_open_receive_streams (AnyioMemoryObjectReceiveStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), 0);

  return anyio_memory_object_receive_stream_get_end (self)->channel->n_receive_ends;
}

/**
 * anyio_memory_object_receive_stream_get_tasks_waiting_send:
 * @self: an end that receives
 *
 * Counts those who wait to send.
 *
 * Returns: their number
 *
 * Since: 0.1
 */
guint
anyio_memory_object_receive_stream_get_tasks_waiting_send (AnyioMemoryObjectReceiveStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), 0);

  return anyio_channel_count (&anyio_memory_object_receive_stream_get_end (self)->channel->senders);
}

/**
 * anyio_memory_object_receive_stream_get_tasks_waiting_receive:
 * @self: an end that receives
 *
 * Counts those who wait to receive.
 *
 * Returns: their number
 *
 * Since: 0.1
 */
guint
anyio_memory_object_receive_stream_get_tasks_waiting_receive (AnyioMemoryObjectReceiveStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), 0);

  return anyio_channel_count (&anyio_memory_object_receive_stream_get_end (self)->channel->receivers);
}

/**
 * anyio_memory_object_receive_stream_get_items_lost:
 * @self: an end that receives
 *
 * Gets how many items of a broadcast this receiver has lost.
 *
 * Returns: the number; 0 for other streams
 *
 * Since: 0.1
 */
guint64
anyio_memory_object_receive_stream_get_items_lost (AnyioMemoryObjectReceiveStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), 0);

  return anyio_memory_object_receive_stream_get_end (self)->channel->n_lost;
}

/**
 * anyio_memory_object_receive_stream_get_item_type:
 * @self: an end that receives
 *
 * Gets the type of the items.
 *
 * Returns: the type
 *
 * Since: 0.1
 */
GType
anyio_memory_object_receive_stream_get_item_type (AnyioMemoryObjectReceiveStream *self)
{
  g_return_val_if_fail (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (self), G_TYPE_INVALID);

  return anyio_memory_object_receive_stream_get_end (self)->channel->item_type;
}
