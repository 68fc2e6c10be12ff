/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of a memory object stream that sends. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_MEMORY_OBJECT_SEND_STREAM (anyio_memory_object_send_stream_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioMemoryObjectSendStream, anyio_memory_object_send_stream, ANYIO, MEMORY_OBJECT_SEND_STREAM, GObject)

ANYIO_AVAILABLE_IN_0_1
gboolean                     anyio_memory_object_send_stream_send              (AnyioMemoryObjectSendStream *self, gpointer item, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean                     anyio_memory_object_send_stream_send_nowait       (AnyioMemoryObjectSendStream *self, gpointer item, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean                     anyio_memory_object_send_stream_send_value_nowait (AnyioMemoryObjectSendStream *self, const GValue *item, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                         anyio_memory_object_send_stream_send_async        (AnyioMemoryObjectSendStream *self, const GValue *item, GCancellable *cancellable,
                                                                                GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean                     anyio_memory_object_send_stream_send_finish       (AnyioMemoryObjectSendStream *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                         anyio_memory_object_send_stream_free_item         (AnyioMemoryObjectSendStream *self, gpointer item);
ANYIO_AVAILABLE_IN_0_1
AnyioMemoryObjectSendStream *anyio_memory_object_send_stream_clone             (AnyioMemoryObjectSendStream *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                         anyio_memory_object_send_stream_close             (AnyioMemoryObjectSendStream *self);
ANYIO_AVAILABLE_IN_0_1
gboolean                     anyio_memory_object_send_stream_is_closed         (AnyioMemoryObjectSendStream *self);
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase              anyio_memory_object_send_stream_select            (AnyioMemoryObjectSendStream *self, gpointer item);

/* Statistics. */
ANYIO_AVAILABLE_IN_0_1
guint64 anyio_memory_object_send_stream_get_max_buffer_size       (AnyioMemoryObjectSendStream *self);
ANYIO_AVAILABLE_IN_0_1
guint64 anyio_memory_object_send_stream_get_current_buffer_used   (AnyioMemoryObjectSendStream *self);
ANYIO_AVAILABLE_IN_0_1
guint   anyio_memory_object_send_stream_get_open_send_streams     (AnyioMemoryObjectSendStream *self);
ANYIO_AVAILABLE_IN_0_1
guint   anyio_memory_object_send_stream_get_open_receive_streams  (AnyioMemoryObjectSendStream *self);
ANYIO_AVAILABLE_IN_0_1
guint   anyio_memory_object_send_stream_get_tasks_waiting_send    (AnyioMemoryObjectSendStream *self);
ANYIO_AVAILABLE_IN_0_1
guint   anyio_memory_object_send_stream_get_tasks_waiting_receive (AnyioMemoryObjectSendStream *self);
ANYIO_AVAILABLE_IN_0_1
GType   anyio_memory_object_send_stream_get_item_type             (AnyioMemoryObjectSendStream *self);

/**
 * ANYIO_SELECT_SEND: (skip)
 * @stream: an #AnyioMemoryObjectSendStream
 * @item: a pointer, which belongs to the stream if the case is chosen
 *
 * A case of anyio_select() that is chosen when the item has been sent.
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_SEND(stream, item) (anyio_memory_object_send_stream_select ((stream), (item)))

G_END_DECLS
