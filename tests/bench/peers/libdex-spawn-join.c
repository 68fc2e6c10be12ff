/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spawn_join@libdex: N fibers that do nothing, 1,000 to a dex_future_allv() that is awaited. */
#include "libdex-bench.h"

#define BATCH 1000

static DexFuture *
do_nothing (gpointer user_data)
{
  return dex_future_new_true ();
}

static DexFuture *
measure (gpointer user_data)
{
  const gsize n = *(const gsize *) user_data;
  gint64 begin_ns = bench_now_ns ();

  for (gsize done = 0; done < n; done += BATCH)
    {
      DexFuture *fibers[BATCH];
      gsize size = MIN (BATCH, n - done);

      for (gsize i = 0; i < size; i++)
        fibers[i] = dex_scheduler_spawn (NULL, 0, do_nothing, NULL, NULL);
      dex_await (dex_future_allv (fibers, size), NULL);
      for (gsize i = 0; i < size; i++)
        dex_unref (fibers[i]);
    }
  bench_print ("spawn_join", n, n * 1e3 / (bench_now_ns () - begin_ns), "M/s");

  return dex_future_new_true ();
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 1000000);

  return libdex_bench_run (measure, &n);
}
