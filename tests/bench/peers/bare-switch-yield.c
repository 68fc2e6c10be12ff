/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* switch_yield@bare: N stacks that hand the processor round in a ring, with the shortest switch that keeps the calling convention and nothing
 * else: no queue, no cancellation, no clock. The floor under every figure of this row. x86-64 only. */
#define BENCH_PEER "bare"
#include <sys/mman.h>

#include "bench.h"

#define SWITCHES    10000000
#define STACK_BYTES (64 * 1024)

void bare_switch (gpointer *save, gpointer load);

__asm__(".text\n"
        ".globl bare_switch\n"
        ".type bare_switch, @function\n"
        "bare_switch:\n"
        "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
        "  movq %rsp, (%rdi)\n"
        "  movq %rsi, %rsp\n"
        "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
        "  ret\n"
        ".size bare_switch, .-bare_switch\n");

static gpointer *stack_pointers;
static gpointer home;
static gsize n_stacks;
static gsize current;
static gsize left;

static void
go_round (void)
{
  while (--left > 0)
    {
      gsize self = current;

      current = self + 1 < n_stacks ? self + 1 : 0;
      bare_switch (&stack_pointers[self], stack_pointers[current]);
    }
  bare_switch (&stack_pointers[current], home);
}

int
main (int argc, char **argv)
{
  gint64 begin_ns;

  n_stacks = bench_size (argc, argv, 2);
  stack_pointers = g_new (gpointer, n_stacks);
  for (gsize i = 0; i < n_stacks; i++)
    {
      char *stack = mmap (NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      gpointer *top;

      if (stack == MAP_FAILED)
        return 1;
      /* Six saved registers, the function to return into, and one slot so that it begins with the alignment of a called function. */
      top = (gpointer *) (stack + STACK_BYTES) - 8;
      top[6] = go_round;
      stack_pointers[i] = top;
    }

  left = SWITCHES;
  begin_ns = bench_now_ns ();
  bare_switch (&home, stack_pointers[0]);
  bench_print ("switch_yield", n_stacks, (bench_now_ns () - begin_ns) / (double) SWITCHES, "ns");

  return 0;
}
