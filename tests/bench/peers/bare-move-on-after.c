/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* move_on_after@bare: one read of the monotonic clock, which no scope with a relative deadline can do without. */
#define BENCH_PEER "bare"
#include "bench.h"

#define TIMES 10000000

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 100000);
  gint64 begin_ns = bench_now_ns ();

  for (gsize i = 0; i < TIMES; i++)
    bench_now_ns ();
  bench_print ("move_on_after", n, (bench_now_ns () - begin_ns) / (double) TIMES, "ns");

  return 0;
}
