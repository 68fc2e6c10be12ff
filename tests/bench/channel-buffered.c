/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* channel_buffered: one task sends N items through a stream with a buffer of 1,024, another one receives them. Millions of items a second. */
#include "bench-task.h"

#define BUFFER_SIZE 1024

static AnyioMemoryObjectSendStream *send_stream;
static AnyioMemoryObjectReceiveStream *receive_stream;

static gboolean
produce (gpointer user_data, GError **error)
{
  const gsize times = *(const gsize *) user_data;

  for (gsize i = 0; i < times; i++)
    if (!anyio_memory_object_send_stream_send (send_stream, NULL, error))
      return FALSE;

  return TRUE;
}

static gboolean
consume (gpointer user_data, GError **error)
{
  const gsize times = *(const gsize *) user_data;
  gpointer item;

  for (gsize i = 0; i < times; i++)
    if (!anyio_memory_object_receive_stream_receive (receive_stream, &item, error))
      return FALSE;

  return TRUE;
}

static gboolean
measure (gpointer user_data, GError **error)
{
  gsize n = *(const gsize *) user_data;
  gint64 begin_ns;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_create_memory_object_stream (BUFFER_SIZE, G_TYPE_POINTER, &send_stream, &receive_stream);
  anyio_task_group_set_stack_size (group, BENCH_SMALL_STACK_BYTES);
  begin_ns = bench_now_ns ();
  anyio_task_group_start_soon (group, produce, &n, NULL);
  anyio_task_group_start_soon (group, consume, &n, NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  bench_print ("channel_buffered", n, n * 1e3 / (double) (bench_now_ns () - begin_ns), "M/s");

  g_object_unref (send_stream);
  g_object_unref (receive_stream);

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 50000000);

  return bench_run (measure, &n);
}
