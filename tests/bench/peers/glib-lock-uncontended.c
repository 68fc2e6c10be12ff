/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lock_uncontended@glib: one thread locks and unlocks a GMutex that nobody else wants, N times. Nanoseconds for both together. */
#define BENCH_PEER "glib"
#include "bench.h"

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 10000000);
  GMutex mutex;
  gint64 begin_ns;

  g_mutex_init (&mutex);
  begin_ns = bench_now_ns ();
  for (gsize i = 0; i < n; i++)
    {
      g_mutex_lock (&mutex);
      g_mutex_unlock (&mutex);
    }
  bench_print ("lock_uncontended", n, (bench_now_ns () - begin_ns) / (double) n, "ns");
  g_mutex_clear (&mutex);

  return 0;
}
