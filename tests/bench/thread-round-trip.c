/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thread_round_trip: one task that calls a function that does nothing in a worker thread, N times one after the other. Microseconds a call. */
#include "bench-task.h"

static gboolean
do_nothing (gpointer user_data, GError **error)
{
  return TRUE;
}

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  gint64 begin_ns = bench_now_ns ();

  for (gsize i = 0; i < n; i++)
    if (!anyio_to_thread (do_nothing, NULL, error))
      return FALSE;

  bench_print ("thread_round_trip", n, (bench_now_ns () - begin_ns) / 1e3 / (double) n, "us");

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 50000);

  return bench_run (measure, &n);
}
