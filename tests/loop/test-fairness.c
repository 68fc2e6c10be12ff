/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the loop leaves to the rest of its context, and what happens under nested main loops. */

#include "loop-fixture.h"

static gboolean
count (gpointer data)
{
  guint *n = data;

  (*n)++;

  return G_SOURCE_CONTINUE;
}

static GSource *
add_idle (Fixture *self,
          int priority,
          guint *n)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, priority);
  g_source_set_callback (source, count, n, NULL);
  g_source_attach (source, self->context);

  return source;
}

static void
push_again (Step *self)
{
  g_string_truncate (self->fixture->trace, 0);
  if (!GPOINTER_TO_INT (self->data))
    step_push (self);
}

static void
stop_and_settle (Fixture *self,
                 Step *step)
{
  step->data = GINT_TO_POINTER (TRUE);
  fixture_settle (self);
}

/* GTK redraws at priority 120. */
static void
test_lower_priority (Fixture *self,
                     gconstpointer data)
{
  guint n = 0;
  GSource *source = add_idle (self, 120, &n);
  Step step;

  step_init (&step, self, 'x', push_again);
  step_push (&step);
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (self->context, TRUE);
  g_assert_cmpuint (n, ==, 5);
  g_assert_cmpuint (step.n_runs, >, 5 * ANYIO_LOOP_LOOK);

  g_source_destroy (source);
  g_source_unref (source);
  stop_and_settle (self, &step);
}

static void
test_same_priority (Fixture *self,
                    gconstpointer data)
{
  guint n = 0;
  GSource *source = add_idle (self, G_PRIORITY_DEFAULT, &n);
  Step step;

  step_init (&step, self, 'x', push_again);
  step_push (&step);
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (self->context, TRUE);
  g_assert_cmpuint (n, ==, 10);

  g_source_destroy (source);
  g_source_unref (source);
  stop_and_settle (self, &step);
}

/* A dispatch ends although there is always more; this test hangs if it does not. It does not end early either: not before the budget. */
static void
test_budget (Fixture *self,
             gconstpointer data)
{
  Step step;
  gint64 start_ns = anyio_clock_monotonic_ns ();

  step_init (&step, self, 'x', push_again);
  step_push (&step);
  g_assert_true (g_main_context_iteration (self->context, FALSE));
  g_assert_cmpint (anyio_clock_monotonic_ns () - start_ns, >=, ANYIO_LOOP_BUDGET_NS);
  g_assert_cmpuint (step.n_runs % ANYIO_LOOP_LOOK, ==, 0);

  /* With nobody else ready it sits out one iteration, and only one. */
  g_assert_false (g_main_context_iteration (self->context, TRUE));
  g_assert_true (g_main_context_iteration (self->context, TRUE));
  stop_and_settle (self, &step);
}

/* Messages and timers are not held up by what runs all the time. */
static void
test_look (Fixture *self,
           gconstpointer data)
{
  Step step, posted, timer;

  step_init (&step, self, 'x', push_again);
  step_init (&posted, self, 'p', NULL);
  step_init (&timer, self, 't', NULL);
  step_push (&step);
  step_arm (&timer, anyio_clock_monotonic_ns () + 1000 * 1000); /* within the budget */
  g_main_context_iteration (self->context, FALSE);
  g_assert_cmpuint (timer.n_runs, ==, 1);
  anyio_loop_post (&self->loop, &posted.runnable);
  g_main_context_iteration (self->context, FALSE);
  g_main_context_iteration (self->context, FALSE);
  g_assert_cmpuint (posted.n_runs, ==, 1);
  stop_and_settle (self, &step);
}

static void
iterate_until_data_ran (Step *self)
{
  Step *other = self->data;

  while (other->n_runs == 0)
    g_main_context_iteration (self->fixture->context, TRUE);
  g_string_append_c (self->fixture->trace, ')');
}

/* The nested loop runs the rest of the batch that the outer one has begun. */
static void
test_nested_batch (Fixture *self,
                   gconstpointer data)
{
  Step a, b, c;

  step_init (&a, self, '(', iterate_until_data_ran);
  step_init (&b, self, 'b', NULL);
  step_init (&c, self, 'c', NULL);
  a.data = &b;
  step_push (&a);
  step_push (&b);
  step_push (&c);
  fixture_settle (self);
  fixture_assert_trace (self, "(bc)");
}

static void
test_nested_timer (Fixture *self,
                   gconstpointer data)
{
  Step a, timer, c;

  step_init (&a, self, '(', iterate_until_data_ran);
  step_init (&timer, self, 't', NULL);
  step_init (&c, self, 'c', NULL);
  a.data = &timer;
  step_push (&a);
  step_push (&c);
  step_arm (&timer, anyio_clock_monotonic_ns () + 1000 * 1000);
  fixture_settle (self);
  fixture_assert_trace (self, "(ct)");
}

/* From within a timer: what is due fires in the nested loop, and not once more outside. */
static void
test_nested_in_timer (Fixture *self,
                      gconstpointer data)
{
  Step a, b, c;

  step_init (&a, self, '(', iterate_until_data_ran);
  step_init (&b, self, 'b', NULL);
  step_init (&c, self, 'c', NULL);
  a.data = &c;
  step_arm (&a, 1);
  step_arm (&b, 2);
  step_arm (&c, 3);
  fixture_settle (self);
  fixture_assert_trace (self, "(bc)");
}

/* Three deep, with more runnables than a look at each depth, so that the countdown of each is its own. */
static void
iterate_deeper (Step *self)
{
  Step *deeper = self->data;

  if (deeper == NULL)
    return;
  step_push (deeper);
  while (deeper->n_runs == 0)
    g_main_context_iteration (self->fixture->context, FALSE);
}

static void
test_nested_deeply (Fixture *self,
                    gconstpointer data)
{
  enum { N = 2 * ANYIO_LOOP_LOOK };
  g_autofree Step *steps = g_new0 (Step, N);
  Step deep[3];

  for (guint i = 0; i < 3; i++)
    {
      step_init (&deep[i], self, '0' + i, iterate_deeper);
      deep[i].data = i < 2 ? &deep[i + 1] : NULL;
    }
  step_push (&deep[0]);
  for (guint i = 0; i < N; i++)
    {
      step_init (&steps[i], self, '.', NULL);
      step_push (&steps[i]);
    }
  fixture_settle (self);
  for (guint i = 0; i < N; i++)
    g_assert_cmpuint (steps[i].n_runs, ==, 1);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (deep[i].n_runs, ==, 1);
  g_assert_cmpuint (self->loop.depth, ==, 0);
}

static void
iterate_once (Step *self)
{
  g_main_context_iteration (self->fixture->context, FALSE);
}

/* The outer dispatch, too, ends with its budget. This hangs if it does not. */
static void
test_nested_endless (Fixture *self,
                     gconstpointer data)
{
  Step endless, nesting;

  step_init (&endless, self, 'x', push_again);
  step_init (&nesting, self, 'n', iterate_once);
  step_push (&endless);
  step_push (&nesting);
  g_assert_true (g_main_context_iteration (self->context, FALSE));
  g_assert_cmpuint (nesting.n_runs, ==, 1);
  stop_and_settle (self, &endless);
}

static void
test_two_loops (Fixture *self,
                gconstpointer data)
{
  Fixture other;
  Step a, b;

  fixture_set_up (&other, NULL);
  step_init (&a, self, '(', iterate_until_data_ran);
  step_init (&b, &other, 'b', NULL);
  step_push (&b);
  a.data = &b;
  step_push (&a);
  while (b.n_runs == 0)
    g_main_context_iteration (other.context, TRUE);
  fixture_settle (self);
  fixture_assert_trace (self, "()");
  fixture_assert_trace (&other, "b");
  fixture_tear_down (&other, NULL);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_summary ("The loop leaves room for the other sources of its context, and may be nested");

  fixture_test ("/fairness/endless-work/lower-priority-gets-every-other-iteration", test_lower_priority);
  fixture_test ("/fairness/endless-work/same-priority-gets-every-iteration", test_same_priority);
  fixture_test ("/fairness/endless-work/dispatch-ends-with-the-budget", test_budget);
  fixture_test ("/fairness/endless-work/timers-and-messages-get-in", test_look);
  fixture_test ("/nesting/in-a-runnable/goes-on-with-the-batch", test_nested_batch);
  fixture_test ("/nesting/in-a-runnable/timers-fire", test_nested_timer);
  fixture_test ("/nesting/in-a-timer/each-fires-once", test_nested_in_timer);
  fixture_test ("/nesting/deep/nothing-is-lost", test_nested_deeply);
  fixture_test ("/nesting/endless-work/outer-dispatch-ends", test_nested_endless);
  fixture_test ("/nesting/two-loops/are-independent", test_two_loops);

  return g_test_run ();
}
