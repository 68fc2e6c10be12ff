/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* channel_rendezvous: two tasks that throw an item to and fro through two streams without a buffer, N times altogether. Nanoseconds a message, each of which is a switch. */
#include "bench-task.h"

typedef struct
{
  gsize times;
  gboolean serves;
  AnyioMemoryObjectSendStream *send;
  AnyioMemoryObjectReceiveStream *receive;
} Player;

static gboolean
play (gpointer user_data, GError **error)
{
  const Player *self = user_data;
  gpointer ball = NULL;

  if (self->serves && !anyio_memory_object_send_stream_send (self->send, ball, error))
    return FALSE;
  for (gsize i = 1; i < self->times; i++)
    if (!anyio_memory_object_receive_stream_receive (self->receive, &ball, error) || !anyio_memory_object_send_stream_send (self->send, ball, error))
      return FALSE;

  return anyio_memory_object_receive_stream_receive (self->receive, &ball, error) && (self->serves || anyio_memory_object_send_stream_send (self->send, ball, error));
}

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  Player players[2] = { { n / 2, TRUE }, { n / 2, FALSE } };
  gint64 begin_ns;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_create_memory_object_stream (0, G_TYPE_POINTER, &players[0].send, &players[1].receive);
  anyio_create_memory_object_stream (0, G_TYPE_POINTER, &players[1].send, &players[0].receive);
  anyio_task_group_set_stack_size (group, BENCH_SMALL_STACK_BYTES);
  begin_ns = bench_now_ns ();
  anyio_task_group_start_soon (group, play, &players[0], NULL);
  anyio_task_group_start_soon (group, play, &players[1], NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  bench_print ("channel_rendezvous", n, (bench_now_ns () - begin_ns) / (double) n, "ns");

  for (guint i = 0; i < G_N_ELEMENTS (players); i++)
    {
      g_object_unref (players[i].send);
      g_object_unref (players[i].receive);
    }

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 10000000);

  return bench_run (measure, &n);
}
