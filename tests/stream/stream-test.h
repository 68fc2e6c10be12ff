/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tests of streams share: streams of strings, short names, and tasks that send and receive and leave words in the trace. */

#pragma once

#include "../core/core-test.h"

typedef AnyioMemoryObjectSendStream Sender;
typedef AnyioMemoryObjectReceiveStream Receiver;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sender, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Receiver, g_object_unref)

#define stream_send anyio_memory_object_send_stream_send
#define stream_send_nowait anyio_memory_object_send_stream_send_nowait
#define stream_receive anyio_memory_object_receive_stream_receive
#define stream_receive_nowait anyio_memory_object_receive_stream_receive_nowait
#define sender_close anyio_memory_object_send_stream_close
#define sender_clone anyio_memory_object_send_stream_clone
#define receiver_close anyio_memory_object_receive_stream_close
#define receiver_clone anyio_memory_object_receive_stream_clone

/* Literals go through them; nothing is to be freed. */
G_GNUC_UNUSED static void
create (gsize max_buffer_size, Sender **sender, Receiver **receiver)
{
  anyio_create_memory_object_stream (max_buffer_size, G_TYPE_POINTER, sender, receiver);
}

/* A task that sends one item, or receives one: "+item" it was sent, "-item" received; "!name" cancelled; "#name" closed; "$name" the end; "%name" broken. */
typedef struct
{
  const char *name;
  Sender *sender;
  Receiver *receiver;
  gboolean forgiving; /* an error other than CANCELLED is told, and does not fail the task */
} Worker;

G_GNUC_UNUSED static gboolean
tell_failure (const Worker *self, GError *failure, GError **error)
{
  const char *mark = g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED)     ? "!"
                     : g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CLOSED)      ? "#"
                     : g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE) ? "%"
                                                                                     : "$";

  if (*mark == '$')
    g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_END_OF_STREAM);
  anyio_trace ("%s%s", mark, self->name);
  if (self->forgiving && *mark != '!')
    {
      g_error_free (failure);
      return TRUE;
    }
  g_propagate_error (error, failure);

  return FALSE;
}

G_GNUC_UNUSED static gboolean
send_one (gpointer data, GError **error)
{
  const Worker *self = data;
  GError *failure = NULL;

  if (!stream_send (self->sender, (gpointer) self->name, &failure))
    return tell_failure (self, failure, error);
  anyio_trace ("+%s", self->name);

  return TRUE;
}

G_GNUC_UNUSED static gboolean
receive_one (gpointer data, GError **error)
{
  const Worker *self = data;
  GError *failure = NULL;
  gpointer item = NULL;

  if (!stream_receive (self->receiver, &item, &failure))
    return tell_failure (self, failure, error);
  anyio_trace ("-%s:%s", (const char *) item, self->name);

  return TRUE;
}

/* A task that receives strings of its own until the stream ends, one in a second. */
G_GNUC_UNUSED static gboolean
receive_all (gpointer receiver, GError **error)
{
  g_autoptr (GError) failure = NULL;
  gpointer item;

  while (stream_receive (receiver, &item, &failure))
    {
      g_free (item);
      if (!anyio_sleep (1, error))
        return FALSE;
    }
  if (g_error_matches (failure, ANYIO_ERROR, ANYIO_ERROR_END_OF_STREAM))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

G_GNUC_UNUSED static gboolean
let_all_block (GError **error)
{
  return anyio_wait_all_tasks_blocked (error);
}

/* Receives without waiting, and is told which item it is; NULL: would block. */
G_GNUC_UNUSED static const char *
poll_item (Receiver *receiver)
{
  g_autoptr (GError) error = NULL;
  gpointer item = NULL;

  if (stream_receive_nowait (receiver, &item, &error))
    return item;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);

  return NULL;
}

#define assert_statistics(end, used, senders, receivers, waiting_send, waiting_receive) \
  G_STMT_START                                                                          \
  {                                                                                     \
    guint64 _used;                                                                      \
    guint _senders, _receivers, _waiting_send, _waiting_receive;                        \
                                                                                        \
    g_object_get (end, "current-buffer-used", &_used, "open-send-streams", &_senders,   \
                  "open-receive-streams", &_receivers, "tasks-waiting-send", &_waiting_send, \
                  "tasks-waiting-receive", &_waiting_receive, NULL);                    \
    g_assert_cmpuint (_used, ==, (used));                                               \
    g_assert_cmpuint (_senders, ==, (senders));                                         \
    g_assert_cmpuint (_receivers, ==, (receivers));                                     \
    g_assert_cmpuint (_waiting_send, ==, (waiting_send));                               \
    g_assert_cmpuint (_waiting_receive, ==, (waiting_receive));                         \
  }                                                                                     \
  G_STMT_END
