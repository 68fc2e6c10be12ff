/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thread_round_trip@glib: N GTasks, one after the other, that run a function that does nothing in GTask's threads. Microseconds each. */
#define BENCH_PEER "glib"
#include "thread-gtask.h"

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 50000);

  bench_print ("thread_round_trip", n, thread_chains_ns (1, n) / 1e3 / (double) n, "us");

  return 0;
}
