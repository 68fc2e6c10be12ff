/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Contexts on plain memory, without the stack pool. */

#include "base/anyio-context-private.h"

#include <fenv.h>
#include <string.h>

#define STACK_BYTES (256 * 1024)

/* ThreadSanitizer has room for some 8,000 fibers and needs much memory for each. */
#define N_MANY (ANYIO_WITH_TSAN ? 100 : 10000)

typedef struct
{
  AnyioContext context;
  AnyioContext home;
  char *memory;
  GString *trace;
  guint depth;
  double result;
} Fiber;

static void
start_fiber (Fiber *self,
             gsize size_bytes,
             void (*entry) (gpointer data))
{
  self->memory = g_malloc (size_bytes);
  anyio_context_init_running (&self->home);
  anyio_context_make (&self->context, self->memory, self->memory + size_bytes, entry, self);
}

static void
resume (Fiber *self)
{
  anyio_context_switch (&self->home, &self->context);
}

static void
suspend (Fiber *self)
{
  anyio_context_switch (&self->context, &self->home);
}

static void
trace_entry (gpointer data)
{
  Fiber *self = data;

  for (guint i = 0; i < 3; i++)
    {
      g_string_append_printf (self->trace, "f%u ", i);
      suspend (self);
    }
  g_string_append (self->trace, "end");
  anyio_context_exit (&self->context, &self->home);
}

static void
test_back_and_forth (void)
{
  Fiber fiber = { .trace = g_string_new (NULL) };

  g_test_summary ("Two contexts take turns, each going on where it was left.");

  start_fiber (&fiber, STACK_BYTES, trace_entry);
  for (guint i = 0; i < 4; i++)
    {
      g_string_append_printf (fiber.trace, "h%u ", i);
      resume (&fiber);
    }
  g_assert_cmpstr (fiber.trace->str, ==, "h0 f0 h1 f1 h2 f2 h3 end");

  anyio_context_clear (&fiber.context);
  g_free (fiber.memory);
  g_string_free (fiber.trace, TRUE);
}

G_GNUC_NO_INLINE static guint
descend (Fiber *self,
         guint depth)
{
  volatile guchar frame[64];
  guint sum;

  for (guint i = 0; i < sizeof frame; i++)
    frame[i] = depth + i;
  if (depth == 0)
    suspend (self);
  sum = depth == 0 ? 0 : descend (self, depth - 1);
  for (guint i = 0; i < sizeof frame; i++)
    g_assert_cmpuint (frame[i], ==, (guchar) (depth + i));

  return sum + depth;
}

static void
deep_entry (gpointer data)
{
  Fiber *self = data;

  self->depth = descend (self, 200);
  anyio_context_exit (&self->context, &self->home);
}

static void
test_deep (void)
{
  Fiber first = { 0 };
  Fiber second = { 0 };

  g_test_summary ("Deep frames on two stacks stay intact across switches.");

  start_fiber (&first, STACK_BYTES, deep_entry);
  start_fiber (&second, STACK_BYTES, deep_entry);
  resume (&first);
  resume (&second);
  resume (&first);
  resume (&second);
  g_assert_cmpuint (first.depth, ==, 200 * 201 / 2);
  g_assert_cmpuint (second.depth, ==, 200 * 201 / 2);

  g_free (first.memory);
  g_free (second.memory);
}

/* More live values than callee-saved registers, used before and after the switch: whichever registers the compiler chose must have
 * survived. The other side puts different values into the same registers, as it runs the same code. */
G_GNUC_NO_INLINE static guint64
keep_registers (AnyioContext *from,
                AnyioContext *to,
                volatile guint64 *seed)
{
  guint64 a = seed[0], b = seed[1], c = seed[2], d = seed[3], e = seed[4], f = seed[5], g = seed[6], h = seed[7];
  guint64 i = a ^ b, j = b ^ c, k = c ^ d, l = d ^ e;

  for (guint round = 0; round < 3; round++)
    {
      anyio_context_switch (from, to);
      a += b, b += c, c += d, d += e, e += f, f += g, g += h, h += i, i += j, j += k, k += l, l += a;
    }

  return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ i ^ j ^ k ^ l;
}

static volatile guint64 fiber_seed[8] = { 11, 22, 33, 44, 55, 66, 77, 88 };
static volatile guint64 home_seed[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void
registers_entry (gpointer data)
{
  Fiber *self = data;
  guint64 sum = keep_registers (&self->context, &self->home, fiber_seed);

  self->depth = (guint) sum;
  anyio_context_exit (&self->context, &self->home);
}

/* What keep_registers() computes, with nothing that switches. */
static guint
expected_sum (volatile guint64 *seed)
{
  guint64 v[12];
  guint64 sum = 0;

  for (guint i = 0; i < 8; i++)
    v[i] = seed[i];
  for (guint i = 8; i < 12; i++)
    v[i] = v[i - 8] ^ v[i - 7];
  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < 12; i++)
      v[i] += v[(i + 1) % 12];
  for (guint i = 0; i < 12; i++)
    sum ^= v[i];

  return (guint) sum;
}

static void
test_registers (void)
{
  Fiber fiber = { 0 };
  guint64 sum;

  g_test_summary ("The callee-saved registers belong to their context.");

  start_fiber (&fiber, STACK_BYTES, registers_entry);
  sum = keep_registers (&fiber.home, &fiber.context, home_seed);
  resume (&fiber);

  g_assert_cmpuint ((guint) sum, ==, expected_sum (home_seed));
  g_assert_cmpuint (fiber.depth, ==, expected_sum (fiber_seed));
  g_free (fiber.memory);
}

static void
rounding_entry (gpointer data)
{
  Fiber *self = data;

  /* As for a new thread: the maker's mode. */
  g_assert_cmpint (fegetround (), ==, FE_TOWARDZERO);
  fesetround (FE_UPWARD);
  suspend (self);
  g_assert_cmpint (fegetround (), ==, FE_UPWARD);
  anyio_context_exit (&self->context, &self->home);
}

static void
test_rounding (void)
{
  Fiber fiber = { 0 };

  g_test_summary ("Each context has its own rounding mode and inherits its maker's.");

  fesetround (FE_TOWARDZERO);
  start_fiber (&fiber, STACK_BYTES, rounding_entry);
  fesetround (FE_DOWNWARD);
  resume (&fiber);
  g_assert_cmpint (fegetround (), ==, FE_DOWNWARD);
  fesetround (FE_TONEAREST);
  resume (&fiber);
  g_assert_cmpint (fegetround (), ==, FE_TONEAREST);
  g_free (fiber.memory);
}

static void
aligned_entry (gpointer data)
{
  Fiber *self = data;
  struct
  {
    double values[4];
  } G_GNUC_UNUSED aligned __attribute__ ((aligned (16)));
  volatile gsize address = (gsize) &aligned;
  char text[64];

  /* The compiler trusts the ABI and does not align the frame itself, so a stack that is off by 8 shows in the address; printing
   * doubles makes the C library spill vector registers with aligned stores. */
  g_assert_cmpuint (address % 16, ==, 0);
  g_snprintf (text, sizeof text, "%.3f %.1f", 3.14159, self->result);
  g_assert_cmpstr (text, ==, "3.142 2.5");
  self->result = 5;
  anyio_context_exit (&self->context, &self->home);
}

static void
test_alignment (void)
{
  g_test_summary ("The first frame is aligned as the ABI says, whatever the end of the memory.");

  /* Also when the memory itself does not end on a boundary. */
  for (gsize odd = 0; odd < 32; odd += 8)
    {
      Fiber fiber = { .result = 2.5 };

      start_fiber (&fiber, STACK_BYTES - odd, aligned_entry);
      resume (&fiber);
      g_assert_cmpfloat (fiber.result, ==, 5);
      g_free (fiber.memory);
    }
}

static void
many_entry (gpointer data)
{
  Fiber *self = data;

  self->depth = 1;
  suspend (self);
  self->depth++;
  anyio_context_exit (&self->context, &self->home);
}

static void
test_many (void)
{
  g_autofree Fiber *fibers = g_new0 (Fiber, N_MANY);

  g_test_summary ("Very many contexts live at once.");

  for (guint i = 0; i < N_MANY; i++)
    start_fiber (&fibers[i], 16 * 1024, many_entry);
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < N_MANY; i++)
      resume (&fibers[i]);
  for (guint i = 0; i < N_MANY; i++)
    {
      g_assert_cmpuint (fibers[i].depth, ==, 2);
      anyio_context_clear (&fibers[i].context);
      g_free (fibers[i].memory);
    }
}

static void
test_reuse (void)
{
  Fiber fiber = { 0 };

  g_test_summary ("The memory of a context that ended serves the next one, over and over.");

  /* More fibers one after the other than ThreadSanitizer has room for at once; AddressSanitizer must not trip over what
   * the fibers before left on the stack. */
  start_fiber (&fiber, STACK_BYTES, many_entry);
  for (guint i = 0; i < 20000; i++)
    {
      resume (&fiber);
      resume (&fiber);
      g_assert_cmpuint (fiber.depth, ==, 2);
      anyio_context_make (&fiber.context, fiber.memory, fiber.memory + STACK_BYTES, many_entry, &fiber);
    }

  /* The last one never ran. */
  anyio_context_clear (&fiber.context);
  g_free (fiber.memory);
}

static void
inner_entry (gpointer data)
{
  Fiber *self = data;

  suspend (self);
  anyio_context_exit (&self->context, &self->home);
}

static void
outer_entry (gpointer data)
{
  Fiber *self = data;
  Fiber inner = { 0 };

  /* A second "home" on a fiber's stack, as for a main loop that a task nests. */
  start_fiber (&inner, STACK_BYTES, inner_entry);
  resume (&inner);
  suspend (self);
  resume (&inner);
  g_free (inner.memory);
  self->depth = 42;
  anyio_context_exit (&self->context, &self->home);
}

static void
test_nested (void)
{
  Fiber fiber = { 0 };

  g_test_summary ("A context may be made and run on the stack of another one.");

  start_fiber (&fiber, STACK_BYTES, outer_entry);
  resume (&fiber);
  resume (&fiber);
  g_assert_cmpuint (fiber.depth, ==, 42);
  g_free (fiber.memory);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/context/back-and-forth/keeps-order", test_back_and_forth);
  g_test_add_func ("/context/deep-frames/stay-intact", test_deep);
  g_test_add_func ("/context/registers/survive", test_registers);
  g_test_add_func ("/context/rounding-mode/is-each-contexts-own", test_rounding);
  g_test_add_func ("/context/first-frame/is-aligned", test_alignment);
  g_test_add_func ("/context/ten-thousand/all-run", test_many);
  g_test_add_func ("/context/memory-used-again/runs", test_reuse);
  g_test_add_func ("/context/made-on-a-fiber/runs", test_nested);

  return g_test_run ();
}
