/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* call_home: a call of a function on the thread's own stack from within a task, N times. Nanoseconds a call, there and back. */
#include "bench-task.h"

static void
count (gpointer user_data)
{
  gsize *counter = user_data;

  (*counter)++;
}

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  gsize counter = 0;
  gint64 begin_ns = bench_now_ns ();

  while (counter < n)
    anyio_call_home (count, &counter);

  bench_print ("call_home", n, (bench_now_ns () - begin_ns) / (double) n, "ns");

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 10000000);

  return bench_run (measure, &n);
}
