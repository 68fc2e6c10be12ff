/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* alive@bare: N stacks of 64 KiB in one mapping, one page of each touched, without guards. KiB each, page tables included: nobody who
 * gives each task a stack of its own needs less. */
#define BENCH_PEER "bare"
#include <sys/mman.h>

#include "bench.h"

#define STACK_BYTES ((gsize) 64 * 1024)

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 1000000);
  double before_kib = bench_memory_kib ();
  char *stacks = mmap (NULL, n * STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (stacks == MAP_FAILED || madvise (stacks, n * STACK_BYTES, MADV_NOHUGEPAGE) != 0)
    return 1;
  for (gsize i = 0; i < n; i++)
    stacks[(i + 1) * STACK_BYTES - 1] = 1;
  bench_print ("alive", n, (bench_memory_kib () - before_kib) / n, "KiB");

  return 0;
}
