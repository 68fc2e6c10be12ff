/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Streams whose items go to all who subscribe. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioOverflowPolicy:
 * @ANYIO_OVERFLOW_BLOCK: who sends waits until there is room
 * @ANYIO_OVERFLOW_DROP_OLDEST: the oldest item in the buffer makes room
 * @ANYIO_OVERFLOW_DROP_NEWEST: the item that is sent is lost
 * @ANYIO_OVERFLOW_LATEST: the buffer holds the last item only, whatever its size: for states, of which the old ones do not matter
 * @ANYIO_OVERFLOW_FAIL: the oldest item makes room, and the next receive fails once with %ANYIO_ERROR_LAGGED, which says how many were lost
 *
 * What happens to an item of a broadcast when the buffer of one who subscribed is full. It concerns nobody else.
 *
 * Since: 0.1
 */
typedef enum
{
  ANYIO_OVERFLOW_BLOCK,
  ANYIO_OVERFLOW_DROP_OLDEST,
  ANYIO_OVERFLOW_DROP_NEWEST,
  ANYIO_OVERFLOW_LATEST,
  ANYIO_OVERFLOW_FAIL
} AnyioOverflowPolicy;

#define ANYIO_TYPE_OVERFLOW_POLICY (anyio_overflow_policy_get_type ())

ANYIO_AVAILABLE_IN_0_1
GType anyio_overflow_policy_get_type (void);

#define ANYIO_TYPE_BROADCAST_STREAM (anyio_broadcast_stream_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioBroadcastStream, anyio_broadcast_stream, ANYIO, BROADCAST_STREAM, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioBroadcastStream           *anyio_broadcast_stream_new               (GType item_type);
ANYIO_AVAILABLE_IN_0_1
AnyioBroadcastStream           *anyio_broadcast_stream_new_for_pointers  (GBoxedCopyFunc copy, GDestroyNotify destroy);
ANYIO_AVAILABLE_IN_0_1
AnyioMemoryObjectReceiveStream *anyio_broadcast_stream_subscribe         (AnyioBroadcastStream *self, gsize max_buffer_size, AnyioOverflowPolicy policy, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean                        anyio_broadcast_stream_send              (AnyioBroadcastStream *self, gpointer item, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean                        anyio_broadcast_stream_send_nowait       (AnyioBroadcastStream *self, gpointer item, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean                        anyio_broadcast_stream_send_value_nowait (AnyioBroadcastStream *self, const GValue *item, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                            anyio_broadcast_stream_send_async        (AnyioBroadcastStream *self, const GValue *item, GCancellable *cancellable, GAsyncReadyCallback callback,
                                                                          gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean                        anyio_broadcast_stream_send_finish       (AnyioBroadcastStream *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                            anyio_broadcast_stream_free_item         (AnyioBroadcastStream *self, gpointer item);
ANYIO_AVAILABLE_IN_0_1
void                            anyio_broadcast_stream_close             (AnyioBroadcastStream *self);
ANYIO_AVAILABLE_IN_0_1
gboolean                        anyio_broadcast_stream_is_closed         (AnyioBroadcastStream *self);
ANYIO_AVAILABLE_IN_0_1
GType                           anyio_broadcast_stream_get_item_type     (AnyioBroadcastStream *self);
ANYIO_AVAILABLE_IN_0_1
guint                           anyio_broadcast_stream_get_open_receive_streams (AnyioBroadcastStream *self);
ANYIO_AVAILABLE_IN_0_1
guint                           anyio_broadcast_stream_get_tasks_waiting_send (AnyioBroadcastStream *self);
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase                 anyio_broadcast_stream_select            (AnyioBroadcastStream *self, gpointer item);

/**
 * ANYIO_SELECT_BROADCAST: (skip)
 * @stream: an #AnyioBroadcastStream
 * @item: a pointer, which belongs to the stream if the case is chosen
 *
 * A case of anyio_select() that is chosen when the item has been sent to all.
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_BROADCAST(stream, item) (anyio_broadcast_stream_select ((stream), (item)))

G_END_DECLS
