/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* timers_spread@libdex: N timeouts, spread evenly and in no order over one second, awaited together. They are bare futures, without a fiber
 * each, because libdex aborts beyond some 32,700 fibers: less work than a task that sleeps. */
#include "libdex-bench.h"

static DexFuture *
measure (gpointer user_data)
{
  const gsize n = *(const gsize *) user_data;
  g_autoptr (GPtrArray) timeouts = g_ptr_array_new_with_free_func (dex_unref);
  double cpu_before = bench_cpu_seconds ();
  gint64 now = g_get_monotonic_time ();

  for (gsize i = 0; i < n; i++)
    g_ptr_array_add (timeouts, dex_timeout_new_deadline (now + (BENCH_SHUFFLE (i, n) + 1) * G_USEC_PER_SEC / n));
  /* A timeout is a future that fails, so dex_future_all() would report the first; in turn they are awaited whatever their outcome. */
  for (gsize i = 0; i < n; i++)
    dex_await (dex_ref (timeouts->pdata[i]), NULL);
  bench_print ("timers_spread", n, bench_cpu_seconds () - cpu_before, "s");

  return dex_future_new_true ();
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 10000);

  return libdex_bench_run (measure, &n);
}
