/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Statements about memory object streams and broadcasts, whose items are words. */

#include "interpreter.h"

static gboolean
run_stream (Frame *frame,
            const Node *node,
            GError **error)
{
  gsize size = g_str_equal (node->words[3], "unbounded") ? ANYIO_UNBOUNDED : (gsize) number (node->words[3]);
  AnyioMemoryObjectSendStream *send;
  AnyioMemoryObjectReceiveStream *receive;

  anyio_create_memory_object_stream (size, G_TYPE_STRING, &send, &receive);
  g_hash_table_insert (frame->run->objects, node->words[1], send);
  g_hash_table_insert (frame->run->objects, node->words[2], receive);

  return TRUE;
}

static gboolean
run_broadcast (Frame *frame,
               const Node *node,
               GError **error)
{
  g_hash_table_insert (frame->run->objects, node->words[1], anyio_broadcast_stream_new (G_TYPE_STRING));

  return TRUE;
}

static gboolean
run_subscribe (Frame *frame,
               const Node *node,
               GError **error)
{
  static const char *const names[] = { "block", "drop-oldest", "drop-newest", "latest", "fail", NULL };
  gsize size = g_str_equal (node->words[3], "unbounded") ? ANYIO_UNBOUNDED : (gsize) number (node->words[3]);
  AnyioOverflowPolicy policy = ANYIO_OVERFLOW_BLOCK;
  AnyioMemoryObjectReceiveStream *stream;

  while (!g_str_equal (names[policy], node->words[4]))
    policy++;
  stream = anyio_broadcast_stream_subscribe (find_object (frame, node), size, policy, error);
  if (stream == NULL)
    return FALSE;
  g_hash_table_insert (frame->run->objects, node->words[2], stream);

  return TRUE;
}

/* NULL: the word for it. */
static char *
item_of (const Node *node)
{
  return g_str_equal (node->words[2], "nothing") ? NULL : g_strdup (node->words[2]);
}

static void
say_item (const Node *node,
          gpointer item)
{
  g_autofree char *word = item;

  say ("%s=%s", node->words[1], word != NULL ? word : "nothing");
}

/* The end, which may be dropped meanwhile. */
static gpointer
dup_end (Frame *frame,
         const Node *node)
{
  return g_object_ref (find_object (frame, node));
}

static gboolean
run_send (Frame *frame,
          const Node *node,
          GError **error)
{
  g_autoptr (GObject) stream = dup_end (frame, node);
  g_autofree char *item = item_of (node);

  if (ANYIO_IS_BROADCAST_STREAM (stream) ? !anyio_broadcast_stream_send ((AnyioBroadcastStream *) stream, item, error)
                                         : !anyio_memory_object_send_stream_send ((AnyioMemoryObjectSendStream *) stream, item, error))
    return FALSE;
  item = NULL;

  return TRUE;
}

static gboolean
run_send_nowait (Frame *frame,
                 const Node *node,
                 GError **error)
{
  gpointer stream = find_object (frame, node);
  g_autofree char *item = item_of (node);

  if (ANYIO_IS_BROADCAST_STREAM (stream) ? !anyio_broadcast_stream_send_nowait (stream, item, error)
                                         : !anyio_memory_object_send_stream_send_nowait (stream, item, error))
    return FALSE;
  item = NULL;

  return TRUE;
}

static gboolean
run_receive (Frame *frame,
             const Node *node,
             GError **error)
{
  g_autoptr (AnyioMemoryObjectReceiveStream) stream = dup_end (frame, node);
  gpointer item;

  if (!anyio_memory_object_receive_stream_receive (stream, &item, error))
    return FALSE;
  say_item (node, item);

  return TRUE;
}

static gboolean
run_receive_nowait (Frame *frame,
                    const Node *node,
                    GError **error)
{
  gpointer item;

  if (!anyio_memory_object_receive_stream_receive_nowait (find_object (frame, node), &item, error))
    return FALSE;
  say_item (node, item);

  return TRUE;
}

static gboolean
run_drain (Frame *frame,
           const Node *node,
           GError **error)
{
  g_autoptr (AnyioMemoryObjectReceiveStream) stream = dup_end (frame, node);
  g_autoptr (GError) local = NULL;
  gpointer item;

  while (anyio_memory_object_receive_stream_receive (stream, &item, &local))
    say_item (node, item);
  if (g_error_matches (local, ANYIO_ERROR, ANYIO_ERROR_END_OF_STREAM))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

static gboolean
run_clone (Frame *frame,
           const Node *node,
           GError **error)
{
  gpointer object = find_object (frame, node);
  gpointer clone;

  if (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (object))
    clone = anyio_memory_object_send_stream_clone (object, error);
  else
    clone = anyio_memory_object_receive_stream_clone (object, error);
  if (clone == NULL)
    return FALSE;
  g_hash_table_insert (frame->run->objects, node->words[2], clone);

  return TRUE;
}

static gboolean
run_close (Frame *frame,
           const Node *node,
           GError **error)
{
  gpointer object = find_object (frame, node);

  if (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (object))
    anyio_memory_object_send_stream_close (object);
  else if (ANYIO_IS_BROADCAST_STREAM (object))
    anyio_broadcast_stream_close (object);
  else
    anyio_memory_object_receive_stream_close (object);

  return TRUE;
}

static gboolean
run_drop (Frame *frame,
          const Node *node,
          GError **error)
{
  g_hash_table_remove (frame->run->objects, node->words[1]);

  return TRUE;
}

static gboolean
run_ends (Frame *frame,
          const Node *node,
          GError **error)
{
  guint n_send;
  guint n_receive;

  g_object_get (find_object (frame, node), "open-send-streams", &n_send, "open-receive-streams", &n_receive, NULL);
  say ("%s=%u+%u", node->words[1], n_send, n_receive);

  return TRUE;
}

static gboolean
run_lost (Frame *frame,
          const Node *node,
          GError **error)
{
  say ("%s=%" G_GUINT64_FORMAT, node->words[1], anyio_memory_object_receive_stream_get_items_lost (find_object (frame, node)));

  return TRUE;
}

const Statement stream_statements[] = {
  { "broadcast", run_broadcast },
  { "clone", run_clone },
  { "close", run_close },
  { "drain", run_drain },
  { "drop", run_drop },
  { "ends", run_ends },
  { "lost", run_lost },
  { "receive", run_receive },
  { "receive-nowait", run_receive_nowait },
  { "send", run_send },
  { "send-nowait", run_send_nowait },
  { "stream", run_stream },
  { "subscribe", run_subscribe },
  { NULL, NULL },
};
