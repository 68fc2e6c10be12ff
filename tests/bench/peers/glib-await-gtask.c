/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* await_gtask_ns@glib: N calls in a row of a GTask-based function that has its answer at once, each started by the callback of the one before. */
#define BENCH_PEER "glib"
#include "await-gtask.h"

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 200000);

  bench_print ("await_gtask_ns", n, plain_call_ns (n), "ns");

  return 0;
}
