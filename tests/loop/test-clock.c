/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A replaced clock: it is told when nothing can happen without it, and only then. */

#include "loop-fixture.h"

#include <unistd.h>

typedef struct
{
  AnyioLoopClock parent;
  Fixture *fixture; /* borrowed */
  gint64 now_ns;
  gint64 limit_ns; /* jumps no further than here */
  guint n_idles;
  gint64 last_next_ns;
  Step *pushes; /* borrowed; what an idle() pushes instead of jumping; NULL: it jumps */
} FakeClock;

static gint64
fake_get_time_ns (AnyioLoopClock *clock)
{
  return ((FakeClock *) clock)->now_ns;
}

static void
fake_idle (AnyioLoopClock *clock,
           gint64 next_ns)
{
  FakeClock *self = (FakeClock *) clock;

  self->n_idles++;
  self->last_next_ns = next_ns;
  g_string_append_c (self->fixture->trace, '|');
  if (self->pushes != NULL)
    {
      step_push (self->pushes);
      self->pushes = NULL;
    }
  else if (next_ns != ANYIO_TIME_NEVER)
    {
      self->now_ns = MAX (self->now_ns, MIN (next_ns, self->limit_ns));
    }
}

static void
fake_init (FakeClock *self,
           Fixture *fixture)
{
  *self = (FakeClock){ { fake_get_time_ns, fake_idle }, .fixture = fixture, .now_ns = 1000, .limit_ns = ANYIO_TIME_NEVER };
  anyio_loop_set_clock (&fixture->loop, &self->parent);
}

static void
test_jumps (Fixture *self,
            gconstpointer data)
{
  FakeClock clock;
  Step hour, day, run;

  fake_init (&clock, self);
  step_init (&hour, self, 'h', NULL);
  step_init (&day, self, 'd', NULL);
  step_init (&run, self, 'r', NULL);
  step_arm (&day, 1000 + 24 * 3600 * ANYIO_NSEC_PER_SEC);
  step_arm (&hour, 1000 + 3600 * ANYIO_NSEC_PER_SEC);
  step_push (&run);
  fixture_wait_until (self, day.n_runs > 0);
  fixture_assert_trace (self, "r|h|d");
  g_assert_cmpint (clock.now_ns, ==, 1000 + 24 * 3600 * ANYIO_NSEC_PER_SEC);
}

/* The alarm goes by the real time, so it has no say. */
static void
test_no_alarm (Fixture *self,
               gconstpointer data)
{
  FakeClock clock;
  Step step;

  step_init (&step, self, 't', NULL);
  step_arm (&step, anyio_clock_monotonic_ns () + 3600 * ANYIO_NSEC_PER_SEC);
  g_main_context_iteration (self->context, FALSE);
  fake_init (&clock, self);
  g_assert_cmpint (self->loop.alarm.armed_ns, ==, ANYIO_TIME_NEVER);
  clock.limit_ns = 1000;
  fixture_settle (self);
  g_assert_cmpint (self->loop.alarm.armed_ns, ==, ANYIO_TIME_NEVER);
  fixture_assert_trace (self, "|");
  anyio_loop_disarm (&self->loop, &step.timer);
}

static void
test_outstanding (Fixture *self,
                  gconstpointer data)
{
  FakeClock clock;
  Step step;

  fake_init (&clock, self);
  step_init (&step, self, 't', NULL);
  step_arm (&step, 5000);
  anyio_loop_add_outstanding (&self->loop);
  anyio_loop_add_outstanding (&self->loop);
  fixture_settle (self);
  fixture_assert_trace (self, "");
  anyio_loop_remove_outstanding (&self->loop);
  fixture_settle (self);
  fixture_assert_trace (self, "");
  anyio_loop_remove_outstanding (&self->loop);
  fixture_settle (self);
  fixture_assert_trace (self, "|t|");
}

static gboolean
append_and_stop_third (gpointer data)
{
  Fixture *self = data;

  g_string_append_c (self->trace, 'g');

  return self->trace->len < 3;
}

/* "Nothing" means the whole context, also its lowest priorities and its descriptors. */
static void
test_other_sources (Fixture *self,
                    gconstpointer data)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  FakeClock clock;
  Step step, watch;
  int fds[2];

  g_assert_no_errno (pipe (fds));
  g_assert_cmpint (write (fds[1], "x", 1), ==, 1);
  fake_init (&clock, self);
  step_init (&step, self, 't', NULL);
  step_init (&watch, self, 'w', NULL);
  g_source_set_priority (source, G_PRIORITY_LOW + 1000);
  g_source_set_callback (source, append_and_stop_third, self, NULL);
  g_source_attach (source, self->context);
  step_arm (&step, 5000);
  fixture_settle (self);
  fixture_assert_trace (self, "ggg|t|");

  step_watch (&watch, fds[0], G_IO_IN);
  step_arm (&step, 6000);
  fixture_settle (self);
  fixture_assert_trace (self, "w|t|");
  close (fds[0]);
  close (fds[1]);
}

/* A clock that does nothing is told once, and again after each thing that could change its mind. */
static void
test_no_spin (Fixture *self,
              gconstpointer data)
{
  FakeClock clock;
  Step step, run;

  fake_init (&clock, self);
  clock.limit_ns = 1000;
  step_init (&step, self, 't', NULL);
  step_init (&run, self, 'r', NULL);
  fixture_settle (self);
  fixture_assert_trace (self, "|");
  g_assert_cmpint (clock.last_next_ns, ==, ANYIO_TIME_NEVER);
  fixture_settle (self);
  fixture_assert_trace (self, "");

  step_arm (&step, 5000);
  fixture_settle (self);
  fixture_assert_trace (self, "|");
  g_assert_cmpint (clock.last_next_ns, ==, 5000);

  anyio_loop_disarm (&self->loop, &step.timer);
  fixture_settle (self);
  fixture_assert_trace (self, "|");

  step_push (&run);
  fixture_settle (self);
  fixture_assert_trace (self, "r|");

  anyio_loop_post (&self->loop, &run.runnable);
  fixture_settle (self);
  fixture_assert_trace (self, "r|");

  clock.now_ns = 2000;
  fixture_settle (self);
  fixture_assert_trace (self, "|");

  anyio_loop_add_outstanding (&self->loop);
  anyio_loop_remove_outstanding (&self->loop);
  fixture_settle (self);
  fixture_assert_trace (self, "|");
  fixture_settle (self);
  fixture_assert_trace (self, "");
}

/* A clock that approaches its aim in steps is asked again as long as it moves. */
static void
test_moves_in_steps (Fixture *self,
                     gconstpointer data)
{
  FakeClock clock;
  Step step;

  fake_init (&clock, self);
  clock.limit_ns = 3000;
  step_init (&step, self, 't', NULL);
  step_arm (&step, 5000);
  fixture_settle (self);
  fixture_assert_trace (self, "||");
  clock.now_ns = 5000;
  fixture_settle (self);
  fixture_assert_trace (self, "t|");
}

static void
test_pushes (Fixture *self,
             gconstpointer data)
{
  FakeClock clock;
  Step step;

  fake_init (&clock, self);
  step_init (&step, self, 'r', NULL);
  clock.pushes = &step;
  fixture_settle (self);
  fixture_assert_trace (self, "|r|");
}

static void
test_idle_runnables_first (Fixture *self,
                           gconstpointer data)
{
  FakeClock clock;
  Step step;

  fake_init (&clock, self);
  step_init (&step, self, 'i', NULL);
  anyio_loop_push_when_idle (&self->loop, &step.runnable);
  fixture_settle (self);
  fixture_assert_trace (self, "i|");
}

static void
test_removed (Fixture *self,
              gconstpointer data)
{
  FakeClock clock;

  fake_init (&clock, self);
  anyio_loop_set_clock (&self->loop, NULL);
  fixture_settle (self);
  fixture_assert_trace (self, "");
  g_assert_cmpint (anyio_loop_now (&self->loop), >, 1000);
}

static void
test_no_idle (Fixture *self,
              gconstpointer data)
{
  FakeClock clock;
  Step step;

  fake_init (&clock, self);
  clock.parent.idle = NULL;
  anyio_loop_set_clock (&self->loop, &clock.parent);
  step_init (&step, self, 't', NULL);
  step_arm (&step, 5000);
  fixture_settle (self);
  fixture_assert_trace (self, "");
  clock.now_ns = 5000;
  g_main_context_iteration (self->context, TRUE);
  fixture_assert_trace (self, "t");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_summary ("A replaced clock is told when nothing can happen without it");

  fixture_test ("/clock/nothing-to-do/jumps-to-the-next-timer", test_jumps);
  fixture_test ("/clock/replaced/real-alarm-is-off", test_no_alarm);
  fixture_test ("/clock/outstanding/is-not-told", test_outstanding);
  fixture_test ("/clock/other-sources-ready/go-first", test_other_sources);
  fixture_test ("/clock/idle-runnables/go-first", test_idle_runnables_first);
  fixture_test ("/clock/does-nothing/is-told-once-per-change", test_no_spin);
  fixture_test ("/clock/moves-in-steps/is-told-again", test_moves_in_steps);
  fixture_test ("/clock/pushes-something/it-runs", test_pushes);
  fixture_test ("/clock/taken-away/real-time-again", test_removed);
  fixture_test ("/clock/without-idle/timers-follow-the-clock", test_no_idle);

  return g_test_run ();
}
