/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Broadcast streams as objects. What they do is in anyio-hub.c and anyio-channel-end.c; here are the public functions. */

#include "stream/anyio-broadcast-stream.h"

#include "stream/anyio-channel-end-private.h"
#include "stream/anyio-hub-private.h"
#include "stream/anyio-memory-object-receive-stream-private.h"

/**
 * AnyioBroadcastStream:
 *
 * A stream whose items go to all who are subscribed when they are sent. A subscription is an #AnyioMemoryObjectReceiveStream with a buffer of its own, and with a policy
 * for the moment in which that is full. Without subscriptions items are lost. Dropping the last reference closes the stream; those who receive get what is in their
 * buffers, then the end.
 *
 * ```c
 * static gboolean
 * watch_weather (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioBroadcastStream) weather = anyio_broadcast_stream_new (G_TYPE_STRING);
 *   g_autoptr (AnyioMemoryObjectReceiveStream) now = anyio_broadcast_stream_subscribe (weather, 1, ANYIO_OVERFLOW_LATEST, error);
 *   g_autoptr (AnyioMemoryObjectReceiveStream) diary = anyio_broadcast_stream_subscribe (weather, 100, ANYIO_OVERFLOW_BLOCK, error);
 *   gpointer item;
 *
 *   if (!anyio_broadcast_stream_send (weather, g_strdup ("rain"), error) || !anyio_broadcast_stream_send (weather, g_strdup ("sun"), error))
 *     return FALSE;
 *   if (!anyio_memory_object_receive_stream_receive (now, &item, error))
 *     return FALSE;
 *   g_print ("Now: %s\n", (const char *) item);
 *   g_free (item);
 *   if (!anyio_memory_object_receive_stream_receive (diary, &item, error))
 *     return FALSE;
 *   g_print ("First: %s\n", (const char *) item);
 *   g_free (item);
 *
 *   return TRUE;
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (watch_weather, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * AnyIO has no such stream.
 *
 * Since: 0.1
 */
struct _AnyioBroadcastStream
{
  GObject parent_instance;

  AnyioChannelEnd end; /* through which it sends */
  AnyioHub *hub;       /* owned */
};

enum
{
  PROP_ITEM_TYPE = 1,
  PROP_OPEN_RECEIVE_STREAMS,
  PROP_TASKS_WAITING_SEND,
  PROP_CLOSED
};

G_DEFINE_ENUM_TYPE (AnyioOverflowPolicy, anyio_overflow_policy,
                    G_DEFINE_ENUM_VALUE (ANYIO_OVERFLOW_BLOCK, "block"),
                    G_DEFINE_ENUM_VALUE (ANYIO_OVERFLOW_DROP_OLDEST, "drop-oldest"),
                    G_DEFINE_ENUM_VALUE (ANYIO_OVERFLOW_DROP_NEWEST, "drop-newest"),
                    G_DEFINE_ENUM_VALUE (ANYIO_OVERFLOW_LATEST, "latest"),
                    G_DEFINE_ENUM_VALUE (ANYIO_OVERFLOW_FAIL, "fail"))

G_DEFINE_FINAL_TYPE (AnyioBroadcastStream, anyio_broadcast_stream, G_TYPE_OBJECT)

static void
anyio_broadcast_stream_dispose (GObject *object)
{
  anyio_channel_end_dispose (&ANYIO_BROADCAST_STREAM (object)->end, object);

  G_OBJECT_CLASS (anyio_broadcast_stream_parent_class)->dispose (object);
}

static void
anyio_broadcast_stream_finalize (GObject *object)
{
  AnyioBroadcastStream *self = ANYIO_BROADCAST_STREAM (object);

  anyio_hub_free (self->hub);
  anyio_channel_unref (self->end.channel);

  G_OBJECT_CLASS (anyio_broadcast_stream_parent_class)->finalize (object);
}

static void
anyio_broadcast_stream_get_property (GObject *object,
                                     guint id,
                                     GValue *value,
                                     GParamSpec *pspec)
{
  AnyioBroadcastStream *self = ANYIO_BROADCAST_STREAM (object);

  switch (id)
    {
    case PROP_ITEM_TYPE:
      g_value_set_gtype (value, anyio_broadcast_stream_get_item_type (self));
      break;
    case PROP_OPEN_RECEIVE_STREAMS:
      g_value_set_uint (value, anyio_broadcast_stream_get_open_receive_streams (self));
      break;
    case PROP_TASKS_WAITING_SEND:
      g_value_set_uint (value, anyio_broadcast_stream_get_tasks_waiting_send (self));
      break;
    case PROP_CLOSED:
      g_value_set_boolean (value, self->end.closed);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* The type is all that there is to set, and it is set once. */
static void
anyio_broadcast_stream_set_property (GObject *object,
                                     guint id,
                                     const GValue *value,
                                     GParamSpec *pspec)
{
  AnyioBroadcastStream *self = ANYIO_BROADCAST_STREAM (object);
  GType item_type = g_value_get_gtype (value) != G_TYPE_NONE ? g_value_get_gtype (value) : G_TYPE_VALUE;

  if (!anyio_channel_is_item_type (item_type))
    {
      g_critical ("%s cannot be the item type of a stream, because it is no pointer; use G_TYPE_VALUE, and items of all types can be sent", g_type_name (item_type));
      item_type = G_TYPE_VALUE;
    }
  self->hub = anyio_hub_new (item_type);
  anyio_channel_end_open (&self->end, self->hub->channel, TRUE);
}

static void
anyio_broadcast_stream_class_init (AnyioBroadcastStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = anyio_broadcast_stream_dispose;
  object_class->finalize = anyio_broadcast_stream_finalize;
  object_class->get_property = anyio_broadcast_stream_get_property;
  object_class->set_property = anyio_broadcast_stream_set_property;

  /**
   * AnyioBroadcastStream:item-type:
   *
   * The type of the items, as for anyio_create_memory_object_stream(); %G_TYPE_VALUE if none is given.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_ITEM_TYPE,
                                   g_param_spec_gtype ("item-type", NULL, NULL, G_TYPE_NONE, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
  /**
   * AnyioBroadcastStream:open-receive-streams:
   *
   * How many are subscribed; clones of a subscription do not count.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_OPEN_RECEIVE_STREAMS, g_param_spec_uint ("open-receive-streams", NULL, NULL, 0, G_MAXUINT, 0, readable));
  /**
   * AnyioBroadcastStream:tasks-waiting-send:
   *
   * How many wait to send, because a subscription that blocks has no room.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_TASKS_WAITING_SEND, g_param_spec_uint ("tasks-waiting-send", NULL, NULL, 0, G_MAXUINT, 0, readable));
  /**
   * AnyioBroadcastStream:closed:
   *
   * Whether the stream is closed.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_CLOSED, g_param_spec_boolean ("closed", NULL, NULL, FALSE, readable));
}

static void
anyio_broadcast_stream_init (AnyioBroadcastStream *self)
{
  anyio_channel_end_init (&self->end);
}

/**
 * anyio_broadcast_stream_new:
 * @item_type: the type of the items, as for anyio_create_memory_object_stream()
 *
 * Makes a stream to which others can subscribe.
 *
 * Returns: (transfer full): the stream
 *
 * Since: 0.1
 */
AnyioBroadcastStream *
anyio_broadcast_stream_new (GType item_type)
{
  return g_object_new (ANYIO_TYPE_BROADCAST_STREAM, "item-type", item_type, NULL);
}

/**
 * anyio_broadcast_stream_new_for_pointers: (skip)
 * @copy: (nullable): makes a copy of an item, or a reference to it, for one more receiver; %NULL: all get the same pointer
 * @destroy: (nullable): frees an item that nobody will receive; called on the home stack
 *
 * As anyio_broadcast_stream_new(), for pointers of any kind.
 *
 * Returns: (transfer full): the stream
 *
 * Since: 0.1
 */
AnyioBroadcastStream *
anyio_broadcast_stream_new_for_pointers (GBoxedCopyFunc copy,
                                         GDestroyNotify destroy)
{
  AnyioBroadcastStream *self = anyio_broadcast_stream_new (G_TYPE_POINTER);

  anyio_hub_set_functions (self->hub, copy, destroy);

  return self;
}

/**
 * anyio_broadcast_stream_subscribe:
 * @self: a broadcast stream
 * @max_buffer_size: how many items may wait to be received, at least 1
 * @policy: what happens when there are so many already
 * @error: return location for an error
 *
 * Subscribes: the stream that is returned receives what is sent from now on. Closing it ends the subscription. Its clones share its items among them.
 *
 * Errors: %G_IO_ERROR_CLOSED if @self is closed.
 *
 * Returns: (transfer full): the subscription, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioMemoryObjectReceiveStream *
anyio_broadcast_stream_subscribe (AnyioBroadcastStream *self,
                                  gsize max_buffer_size,
                                  AnyioOverflowPolicy policy,
                                  GError **error)
{
  AnyioMemoryObjectReceiveStream *receiver;
  AnyioChannel *channel;

  g_return_val_if_fail (ANYIO_IS_BROADCAST_STREAM (self), NULL);

  if (self->end.closed)
    {
      anyio_channel_report (ANYIO_CHANNEL_CLOSED, self->end.channel, error);
      return NULL;
    }
  if (!anyio_channel_bind (self->end.channel, anyio_runtime_find (), error))
    return NULL;
  if (max_buffer_size == 0)
    {
      g_critical ("A subscription to a broadcast needs a buffer of at least one item");
      max_buffer_size = 1;
    }

  channel = anyio_hub_subscribe (self->hub, max_buffer_size, policy);
  receiver = anyio_memory_object_receive_stream_new (channel);
  anyio_channel_unref (channel);

  return receiver;
}

/**
 * anyio_broadcast_stream_send: (skip)
 * @self: a broadcast stream
 * @item: (nullable): an item
 * @error: return location for an error
 *
 * Sends an item to all who are subscribed. Waits until those whose policy is %ANYIO_OVERFLOW_BLOCK have room; then all get it at once. The item belongs to the stream if
 * the call succeeds; otherwise nobody has got it. Senders are served in the order in which they came. Cancel point.
 *
 * Errors: %G_IO_ERROR_CLOSED if the stream is closed, also meanwhile; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE if the stream belongs to another main context;
 * %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE if the item was sent
 *
 * Since: 0.1
 */
gboolean
anyio_broadcast_stream_send (AnyioBroadcastStream *self,
                             gpointer item,
                             GError **error)
{
  g_return_val_if_fail (ANYIO_IS_BROADCAST_STREAM (self), FALSE);

  return anyio_channel_end_send (&self->end, item, G_STRFUNC, error);
}

/**
 * anyio_broadcast_stream_send_nowait: (skip)
 * @self: a broadcast stream
 * @item: (nullable): an item
 * @error: return location for an error
 *
 * Sends an item to all who are subscribed, if that needs no waiting. Never suspends, and needs no task.
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK; %G_IO_ERROR_CLOSED if the stream is closed; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE if the item was sent; otherwise it is still the caller's
 *
 * Since: 0.1
 */
gboolean
anyio_broadcast_stream_send_nowait (AnyioBroadcastStream *self,
                                    gpointer item,
                                    GError **error)
{
  g_return_val_if_fail (ANYIO_IS_BROADCAST_STREAM (self), FALSE);

  return anyio_channel_end_send_nowait (&self->end, item, error);
}

/**
 * anyio_broadcast_stream_send_value_nowait: (rename-to anyio_broadcast_stream_send_nowait)
 * @self: a broadcast stream
 * @item: a value of the item type; anything for %G_TYPE_VALUE
 * @error: return location for an error
 *
 * Sends an item to all who are subscribed, if that needs no waiting. Never suspends.
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK; %G_IO_ERROR_INVALID_ARGUMENT for a value of another type; %G_IO_ERROR_CLOSED if the stream is closed; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE if the item was sent
 *
 * Since: 0.1
 */
gboolean
anyio_broadcast_stream_send_value_nowait (AnyioBroadcastStream *self,
                                          const GValue *item,
                                          GError **error)
{
  g_return_val_if_fail (ANYIO_IS_BROADCAST_STREAM (self), FALSE);
  g_return_val_if_fail (G_IS_VALUE (item), FALSE);

  return anyio_channel_end_send_value_nowait (&self->end, item, error);
}

/**
 * anyio_broadcast_stream_send_async:
 * @self: a broadcast stream
 * @item: a value of the item type; anything for %G_TYPE_VALUE
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async) (closure user_data): called when the item has been sent
 * @user_data: its argument
 *
 * anyio_broadcast_stream_send() for callers that are not a task. No fiber is started for it.
 *
 * Since: 0.1
 */
void
anyio_broadcast_stream_send_async (AnyioBroadcastStream *self,
                                   const GValue *item,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task;

  g_return_if_fail (ANYIO_IS_BROADCAST_STREAM (self));
  g_return_if_fail (G_IS_VALUE (item));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_broadcast_stream_send_async);
  anyio_channel_end_send_value_async (&self->end, item, task);
}

/**
 * anyio_broadcast_stream_send_finish:
 * @self: a broadcast stream
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_broadcast_stream_send_async().
 *
 * Errors: as anyio_broadcast_stream_send(); %G_IO_ERROR_INVALID_ARGUMENT for a value of another type.
 *
 * Returns: %TRUE if the item was sent
 *
 * Since: 0.1
 */
gboolean
anyio_broadcast_stream_send_finish (AnyioBroadcastStream *self,
                                    GAsyncResult *result,
                                    GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * anyio_broadcast_stream_free_item: (skip)
 * @self: a broadcast stream
 * @item: (nullable): an item that was not sent
 *
 * Frees an item as the stream would: for code that does not know of what type the items are. Never suspends.
 *
 * Since: 0.1
 */
void
anyio_broadcast_stream_free_item (AnyioBroadcastStream *self,
                                  gpointer item)
{
  g_return_if_fail (ANYIO_IS_BROADCAST_STREAM (self));

  anyio_channel_destroy_item (self->end.channel, item);
}

/**
 * anyio_broadcast_stream_close:
 * @self: a broadcast stream
 *
 * Closes the stream. Who waits to send gets %G_IO_ERROR_CLOSED; those who are subscribed get what is in their buffers, then %ANYIO_ERROR_END_OF_STREAM. A second time does
 * nothing. Never suspends.
 *
 * Since: 0.1
 */
void
anyio_broadcast_stream_close (AnyioBroadcastStream *self)
{
  g_return_if_fail (ANYIO_IS_BROADCAST_STREAM (self));

  anyio_channel_end_close (&self->end);
}

/**
 * anyio_broadcast_stream_is_closed: (get-property closed)
 * @self: a broadcast stream
 *
 * Tells whether the stream is closed.
 *
 * Returns: %TRUE if it is
 *
 * Since: 0.1
 */
gboolean
anyio_broadcast_stream_is_closed (AnyioBroadcastStream *self)
{
  g_return_val_if_fail (ANYIO_IS_BROADCAST_STREAM (self), TRUE);

  return self->end.closed;
}

/**
 * anyio_broadcast_stream_get_item_type:
 * @self: a broadcast stream
 *
 * Gets the type of the items.
 *
 * Returns: the type
 *
 * Since: 0.1
 */
GType
anyio_broadcast_stream_get_item_type (AnyioBroadcastStream *self)
{
  g_return_val_if_fail (ANYIO_IS_BROADCAST_STREAM (self), G_TYPE_INVALID);

  return self->end.channel->item_type;
}

/**
 * anyio_broadcast_stream_get_open_receive_streams:
 * @self: a broadcast stream
 *
 * Gets how many are subscribed; clones of a subscription do not count.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
anyio_broadcast_stream_get_open_receive_streams (AnyioBroadcastStream *self)
{
  g_return_val_if_fail (ANYIO_IS_BROADCAST_STREAM (self), 0);

  return self->hub->subscriptions->len;
}

/**
 * anyio_broadcast_stream_get_tasks_waiting_send:
 * @self: a broadcast stream
 *
 * Counts those who wait to send, because a subscription that blocks has no room.
 *
 * Returns: their number
 *
 * Since: 0.1
 */
guint
anyio_broadcast_stream_get_tasks_waiting_send (AnyioBroadcastStream *self)
{
  g_return_val_if_fail (ANYIO_IS_BROADCAST_STREAM (self), 0);

  return anyio_channel_count (&self->end.channel->senders);
}

/**
 * anyio_broadcast_stream_select: (skip)
 * @self: a broadcast stream
 * @item: (nullable): the item
 *
 * Makes the case of ANYIO_SELECT_BROADCAST(). The caller keeps a reference to @self as long as it uses the case.
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_broadcast_stream_select (AnyioBroadcastStream *self,
                               gpointer item)
{
  g_return_val_if_fail (ANYIO_IS_BROADCAST_STREAM (self), anyio_select_case_never ());

  return anyio_channel_end_select_send (&self->end, item);
}
