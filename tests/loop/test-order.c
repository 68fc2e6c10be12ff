/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* In which order runnables run: first in first out, permuted under a seed, and last of all the idle ones. */

#include "loop-fixture.h"

#include <unistd.h>

static void
test_queue (void)
{
  AnyioQueue queue = ANYIO_QUEUE_INIT;
  AnyioRunnable items[3];

  g_assert_null (anyio_queue_pop (&queue));
  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < 3; i++)
        anyio_queue_push (&queue, &items[i]);
      for (guint i = 0; i < 3; i++)
        g_assert_true (anyio_queue_pop (&queue) == &items[i]);
      g_assert_null (anyio_queue_pop (&queue));
    }
}

static void
test_prng (void)
{
  AnyioPrng prng;

  anyio_prng_init (&prng, 0);
  g_assert_cmphex (anyio_prng_next (&prng), ==, G_GUINT64_CONSTANT (0xe220a8397b1dcdaf));
  g_assert_cmphex (anyio_prng_next (&prng), ==, G_GUINT64_CONSTANT (0x6e789e6aa1b965f4));
  anyio_prng_init (&prng, 1);
  g_assert_cmphex (anyio_prng_next (&prng), ==, G_GUINT64_CONSTANT (0x910a2dec89025cc1));
  g_assert_cmphex (anyio_prng_next (&prng), ==, G_GUINT64_CONSTANT (0xbeeb8da1658eec67));
}

static void
push_all (Fixture *self,
          Step *steps,
          guint n)
{
  for (guint i = 0; i < n; i++)
    {
      step_init (&steps[i], self, 'a' + i, NULL);
      step_push (&steps[i]);
    }
}

static void
test_fifo (Fixture *self,
           gconstpointer data)
{
  Step steps[8];

  push_all (self, steps, 8);
  fixture_settle (self);
  fixture_assert_trace (self, "abcdefgh");
}

static void
push_data (Step *self)
{
  step_push (self->data);
}

static void
test_arrivals (Fixture *self,
               gconstpointer data)
{
  Step steps[4];

  push_all (self, steps, 3);
  step_init (&steps[3], self, 'd', NULL);
  steps[0].then = push_data;
  steps[0].data = &steps[3];
  fixture_settle (self);
  fixture_assert_trace (self, "abcd");
}

/* More runnables than one look lets through, and none is lost or repeated. */
static void
test_many (Fixture *self,
           gconstpointer data)
{
  guint n = 3 * ANYIO_LOOP_LOOK + 5;
  g_autofree Step *steps = g_new0 (Step, n);

  for (guint i = 0; i < n; i++)
    {
      step_init (&steps[i], self, 'a' + i % 26, NULL);
      step_push (&steps[i]);
    }
  fixture_settle (self);
  g_assert_cmpuint (self->trace->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (self->trace->str[i], ==, 'a' + i % 26);
}

/* The expected orders come from the algorithm in anyio-prng-private.h, carried out in Python. */
static void
test_seed_permutes (Fixture *self,
                    gconstpointer data)
{
  static const struct
  {
    guint seed;
    const char *order;
  } cases[] = { { 1, "edchfgab" }, { 2, "fchebdag" }, { 7, "befcgadh" }, { 1, "edchfgab" }, { 0, "abcdefgh" } };
  Step steps[8];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      anyio_loop_set_seed (&self->loop, cases[i].seed);
      push_all (self, steps, 8);
      fixture_settle (self);
      fixture_assert_trace (self, cases[i].order);
    }
}

/* Batches follow one another: what arrives while one runs is the next. A batch of one draws no number. */
static void
test_seed_batches (Fixture *self,
                   gconstpointer data)
{
  Step first, steps[3];

  anyio_loop_set_seed (&self->loop, 2);
  step_init (&first, self, '-', NULL);
  for (guint i = 0; i < 5; i++)
    {
      step_push (&first);
      fixture_settle (self);
    }
  push_all (self, steps, 3);
  fixture_settle (self);
  fixture_assert_trace (self, "-----cab");
}

/* The letters of @trace, or its digits, in their order. */
static void
take_letters (const char *trace, gboolean digits, char *letters)
{
  guint n = 0;

  for (; *trace != 0; trace++)
    if (g_ascii_isdigit (*trace) == digits)
      letters[n++] = *trace;
  letters[n] = 0;
}

/* What is posted stays in order among itself, but not at its place among the others, which are permuted. */
static void
test_seed_messages (Fixture *self,
                    gconstpointer data)
{
  guint n_permuted = 0, n_moved = 0;
  Step pushed[4], posted[4];

  for (guint seed = 1; seed <= 20; seed++)
    {
      char letters[9];

      anyio_loop_set_seed (&self->loop, seed);
      push_all (self, pushed, 4);
      for (guint i = 0; i < 4; i++)
        {
          step_init (&posted[i], self, '1' + i, NULL);
          g_assert_true (anyio_loop_post (&self->loop, &posted[i].runnable));
        }
      fixture_settle (self);
      g_assert_cmpuint (self->trace->len, ==, 8);
      take_letters (self->trace->str, TRUE, letters);
      g_assert_cmpstr (letters, ==, "1234");
      take_letters (self->trace->str, FALSE, letters);
      n_permuted += strcmp (letters, "abcd") != 0;
      n_moved += !g_str_has_prefix (self->trace->str, "1234") && !g_str_has_suffix (self->trace->str, "1234");
      g_string_truncate (self->trace, 0);
    }
  g_assert_cmpuint (n_permuted, >, 10);
  g_assert_cmpuint (n_moved, >, 10);
}

static void
test_idle_last (Fixture *self,
                gconstpointer data)
{
  Step idle, a, b, posted, due;

  step_init (&idle, self, 'i', NULL);
  step_init (&b, self, 'b', NULL);
  step_init (&a, self, 'a', push_data);
  step_init (&posted, self, 'p', NULL);
  step_init (&due, self, 't', NULL);
  a.data = &b;

  anyio_loop_push_when_idle (&self->loop, &idle.runnable);
  step_push (&a);
  anyio_loop_post (&self->loop, &posted.runnable);
  step_arm (&due, 1);
  fixture_settle (self);
  fixture_assert_trace (self, "tapbi");
}

static int idle_pipe[2];

static void
push_idle_and_write (Step *self)
{
  Step *other = self->data;

  g_assert_cmpint (write (idle_pipe[1], "x", 1), ==, 1);
  anyio_loop_push_when_idle (&self->fixture->loop, &other->runnable);
}

/* A descriptor that is ready counts as something ready, although nobody has asked the kernel since. */
static void
test_idle_descriptor (Fixture *self,
                      gconstpointer data)
{
  Step idle, a, watch;

  g_assert_no_errno (pipe (idle_pipe));
  step_init (&idle, self, 'i', NULL);
  step_init (&a, self, 'a', push_idle_and_write);
  step_init (&watch, self, 'w', NULL);
  a.data = &idle;
  step_watch (&watch, idle_pipe[0], G_IO_IN);
  step_push (&a);
  fixture_settle (self);
  fixture_assert_trace (self, "awi");
  close (idle_pipe[0]);
  close (idle_pipe[1]);
}

static void
test_idle_wakes (Fixture *self,
                 gconstpointer data)
{
  Step idle;

  step_init (&idle, self, 'i', NULL);
  fixture_settle (self);
  anyio_loop_push_when_idle (&self->loop, &idle.runnable);
  g_main_context_iteration (self->context, TRUE); /* does not sleep */
  fixture_assert_trace (self, "i");
}

static void
clear_it (Step *self)
{
  anyio_loop_clear (&self->fixture->loop);
}

static void
test_clear_inside (Fixture *self,
                   gconstpointer data)
{
  Step a;

  step_init (&a, self, 'a', clear_it);
  step_push (&a);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*cannot be cleared by something that it runs*");
  fixture_settle (self);
  g_test_assert_expected_messages ();
  fixture_assert_trace (self, "a");
}

static void
test_clear_queued (Fixture *self,
                   gconstpointer data)
{
  Step a, timer;

  step_init (&a, self, 'a', NULL);
  step_init (&timer, self, 't', NULL);
  step_push (&a);
  step_arm (&timer, ANYIO_TIME_NEVER - 1);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*while something was queued*");
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*while 1 timers were armed*");
  anyio_loop_clear (&self->loop);
  g_test_assert_expected_messages ();
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_summary ("Runnables run in the order of arrival, or in the order of their seed");

  g_test_add_func ("/queue/push-and-pop/first-in-first-out", test_queue);
  g_test_add_func ("/prng/known-seed/known-numbers", test_prng);
  fixture_test ("/order/no-seed/first-in-first-out", test_fifo);
  fixture_test ("/order/no-seed/arrivals-go-last", test_arrivals);
  fixture_test ("/order/more-than-a-look/none-is-lost", test_many);
  fixture_test ("/order/seed/permutes-and-replays", test_seed_permutes);
  fixture_test ("/order/seed/messages-in-order", test_seed_messages);
  fixture_test ("/order/seed/batch-of-one-draws-nothing", test_seed_batches);
  fixture_test ("/idle/other-work/goes-first", test_idle_last);
  fixture_test ("/idle/ready-descriptor/goes-first", test_idle_descriptor);
  fixture_test ("/idle/nothing-else/runs-at-once", test_idle_wakes);
  fixture_test ("/loop/cleared-inside/is-critical", test_clear_inside);
  fixture_test ("/loop/cleared-with-work/is-critical", test_clear_queued);

  return g_test_run ();
}
