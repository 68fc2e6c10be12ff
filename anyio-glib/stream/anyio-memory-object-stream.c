/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Making memory object streams. */

#include "stream/anyio-memory-object-stream.h"

#include "stream/anyio-memory-object-receive-stream-private.h"
#include "stream/anyio-memory-object-send-stream-private.h"

static void
create (gsize max_buffer_size,
        GType item_type,
        GDestroyNotify destroy,
        AnyioMemoryObjectSendStream **send,
        AnyioMemoryObjectReceiveStream **receive)
{
  AnyioChannel *channel = anyio_channel_new (max_buffer_size, item_type, destroy);

  *send = anyio_memory_object_send_stream_new (channel);
  *receive = anyio_memory_object_receive_stream_new (channel);
  anyio_channel_unref (channel);
}

/**
 * anyio_create_memory_object_stream:
 * @max_buffer_size: how many items that were sent may wait to be received; 0 is a rendezvous: who sends waits until the item is taken; %ANYIO_UNBOUNDED is no bound
 * @item_type: the type of the items: a class or interface, a boxed type, %G_TYPE_VARIANT, %G_TYPE_STRING; %G_TYPE_VALUE for anything; %G_TYPE_POINTER for what needs no care
 * @send: (out) (transfer full): the end that sends
 * @receive: (out) (transfer full): the end that receives
 *
 * Makes a stream of items in memory between tasks of one main context. Each item goes to exactly one receiver, in the order of sending. In C, an item is a pointer to an
 * instance or string, and a reference or copy that goes from hand to hand. May be called before any loop runs. AnyIO: create_memory_object_stream().
 *
 * Since: 0.1
 */
void
anyio_create_memory_object_stream (gsize max_buffer_size,
                                   GType item_type,
                                   AnyioMemoryObjectSendStream **send,
                                   AnyioMemoryObjectReceiveStream **receive)
{
  g_return_if_fail (send != NULL);
  g_return_if_fail (receive != NULL);

  if (!anyio_channel_is_item_type (item_type))
    {
      g_critical ("%s cannot be the item type of a stream, because it is no pointer; use G_TYPE_VALUE, and items of all types can be sent", g_type_name (item_type));
      item_type = G_TYPE_VALUE;
    }
  create (max_buffer_size, item_type, NULL, send, receive);
}

/**
 * anyio_create_memory_pointer_stream: (skip)
 * @max_buffer_size: how many items that were sent may wait to be received; 0 is a rendezvous, %ANYIO_UNBOUNDED is no bound
 * @destroy: (nullable): frees an item that nobody will receive; called on the home stack, not for %NULL
 * @send: (out) (transfer full): the end that sends
 * @receive: (out) (transfer full): the end that receives
 *
 * As anyio_create_memory_object_stream(), for pointers of any kind. ANYIO_DEFINE_MEMORY_OBJECT_STREAM() gives such streams a type.
 *
 * Since: 0.1
 */
void
anyio_create_memory_pointer_stream (gsize max_buffer_size,
                                    GDestroyNotify destroy,
                                    AnyioMemoryObjectSendStream **send,
                                    AnyioMemoryObjectReceiveStream **receive)
{
  g_return_if_fail (send != NULL);
  g_return_if_fail (receive != NULL);

  create (max_buffer_size, G_TYPE_POINTER, destroy, send, receive);
}
