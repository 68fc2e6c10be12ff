/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thread_100_tasks@glib: N GTasks in 100 chains at once that run a function that does nothing in GTask's threads. Millions a second. */
#define BENCH_PEER "glib"
#include "thread-gtask.h"

#define N_CHAINS 100

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 500000);
  gsize n_each = MAX (1, n / N_CHAINS);

  bench_print ("thread_100_tasks", n, N_CHAINS * n_each * 1e3 / (double) thread_chains_ns (N_CHAINS, n_each), "M/s");

  return 0;
}
