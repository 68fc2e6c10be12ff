/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* alive@libdex and alive_cancel@libdex: N fibers asleep, each awaiting its own timeout or a common promise, whichever comes first; resolving
 * the promise ends them all. Usually 30,000: each stack costs two memory mappings, and at the kernel's limit libdex aborts. */
#include "libdex-bench.h"

static gsize asleep;

static DexFuture *
sleeper (gpointer user_data)
{
  DexPromise *stop = user_data;

  asleep++;
  dex_await (dex_future_first (dex_ref (stop), dex_timeout_new_seconds (3600), NULL), NULL);

  return dex_future_new_true ();
}

static DexFuture *
measure (gpointer user_data)
{
  const gsize n = *(const gsize *) user_data;
  g_autoptr (GPtrArray) fibers = g_ptr_array_new_with_free_func (dex_unref);
  DexPromise *stop = dex_promise_new ();
  double before_kib = bench_memory_kib ();
  gint64 begin_ns;

  for (gsize i = 0; i < n; i++)
    g_ptr_array_add (fibers, dex_scheduler_spawn (NULL, 64 * 1024, sleeper, stop, NULL));
  while (asleep < n)
    dex_await (dex_timeout_new_msec (1), NULL);
  bench_print ("alive", n, (bench_memory_kib () - before_kib) / n, "KiB");

  begin_ns = bench_now_ns ();
  dex_promise_resolve_boolean (stop, TRUE);
  dex_await (dex_future_allv ((DexFuture **) fibers->pdata, fibers->len), NULL);
  bench_print ("alive_cancel", n, (bench_now_ns () - begin_ns) / 1e9, "s");
  dex_unref (stop);

  return dex_future_new_true ();
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 30000);

  return libdex_bench_run (measure, &n);
}
