/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* channel_select: N items from two tasks through two streams without a buffer, received by a third that selects among them. Nanoseconds an item. */
#include "bench-task.h"

static AnyioMemoryObjectSendStream *send_streams[2];
static AnyioMemoryObjectReceiveStream *receive_streams[2];

static gboolean
produce (gpointer user_data, GError **error)
{
  AnyioMemoryObjectSendStream *stream = user_data;

  for (;;)
    if (!anyio_memory_object_send_stream_send (stream, NULL, error))
      return FALSE;
}

static gboolean
measure (gpointer user_data, GError **error)
{
  gsize n = *(const gsize *) user_data;
  gpointer item;
  gint64 begin_ns;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_set_stack_size (group, BENCH_SMALL_STACK_BYTES);
  for (guint i = 0; i < 2; i++)
    {
      anyio_create_memory_object_stream (0, G_TYPE_POINTER, &send_streams[i], &receive_streams[i]);
      anyio_task_group_start_soon (group, produce, send_streams[i], NULL);
    }
  {
    AnyioSelectCase cases[] = { ANYIO_SELECT_RECEIVE (receive_streams[0], &item), ANYIO_SELECT_RECEIVE (receive_streams[1], &item) };

    begin_ns = bench_now_ns ();
    for (gsize i = 0; i < n; i++)
      if (anyio_select (cases, G_N_ELEMENTS (cases), error) < 0)
        return FALSE;
    bench_print ("channel_select", n, (bench_now_ns () - begin_ns) / (double) n, "ns");
  }
  anyio_task_group_cancel (group, NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;

  for (guint i = 0; i < 2; i++)
    {
      g_object_unref (send_streams[i]);
      g_object_unref (receive_streams[i]);
    }

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 10000000);

  return bench_run (measure, &n);
}
