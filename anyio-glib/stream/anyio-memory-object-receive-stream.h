/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of a memory object stream that receives. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_MEMORY_OBJECT_RECEIVE_STREAM (anyio_memory_object_receive_stream_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioMemoryObjectReceiveStream, anyio_memory_object_receive_stream, ANYIO, MEMORY_OBJECT_RECEIVE_STREAM, GObject)

ANYIO_AVAILABLE_IN_0_1
gboolean                        anyio_memory_object_receive_stream_receive              (AnyioMemoryObjectReceiveStream *self, gpointer *item, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean                        anyio_memory_object_receive_stream_receive_nowait       (AnyioMemoryObjectReceiveStream *self, gpointer *item, GError **error);
ANYIO_AVAILABLE_IN_0_1
GValue                         *anyio_memory_object_receive_stream_receive_value_nowait (AnyioMemoryObjectReceiveStream *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                            anyio_memory_object_receive_stream_receive_async        (AnyioMemoryObjectReceiveStream *self, GCancellable *cancellable,
                                                                                         GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
GValue                         *anyio_memory_object_receive_stream_receive_finish       (AnyioMemoryObjectReceiveStream *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioMemoryObjectReceiveStream *anyio_memory_object_receive_stream_clone                (AnyioMemoryObjectReceiveStream *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                            anyio_memory_object_receive_stream_close                (AnyioMemoryObjectReceiveStream *self);
ANYIO_AVAILABLE_IN_0_1
gboolean                        anyio_memory_object_receive_stream_is_closed            (AnyioMemoryObjectReceiveStream *self);
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase                 anyio_memory_object_receive_stream_select               (AnyioMemoryObjectReceiveStream *self, gpointer location);

/* Statistics. */
ANYIO_AVAILABLE_IN_0_1
guint64 anyio_memory_object_receive_stream_get_max_buffer_size       (AnyioMemoryObjectReceiveStream *self);
ANYIO_AVAILABLE_IN_0_1
guint64 anyio_memory_object_receive_stream_get_current_buffer_used   (AnyioMemoryObjectReceiveStream *self);
ANYIO_AVAILABLE_IN_0_1
guint   anyio_memory_object_receive_stream_get_open_send_streams     (AnyioMemoryObjectReceiveStream *self);
ANYIO_AVAILABLE_IN_0_1
guint   anyio_memory_object_receive_stream_get_open_receive_streams  (AnyioMemoryObjectReceiveStream *self);
ANYIO_AVAILABLE_IN_0_1
guint   anyio_memory_object_receive_stream_get_tasks_waiting_send    (AnyioMemoryObjectReceiveStream *self);
ANYIO_AVAILABLE_IN_0_1
guint   anyio_memory_object_receive_stream_get_tasks_waiting_receive (AnyioMemoryObjectReceiveStream *self);
ANYIO_AVAILABLE_IN_0_1
guint64 anyio_memory_object_receive_stream_get_items_lost            (AnyioMemoryObjectReceiveStream *self);
ANYIO_AVAILABLE_IN_0_1
GType   anyio_memory_object_receive_stream_get_item_type             (AnyioMemoryObjectReceiveStream *self);

/**
 * ANYIO_SELECT_RECEIVE: (skip)
 * @stream: an #AnyioMemoryObjectReceiveStream
 * @location: the address of a variable for the item, which is a pointer
 *
 * A case of anyio_select() that is chosen when an item has been received; it belongs to the caller then.
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_RECEIVE(stream, location) (anyio_memory_object_receive_stream_select ((stream), (location)))

G_END_DECLS
