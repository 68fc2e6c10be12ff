/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Timers: never early, in the order of (time, seq), and harmless to each other. */

#include "loop-fixture.h"

static void
test_not_early (Fixture *self,
                gconstpointer data)
{
  static const gint64 delays_ns[] = { 0, 1, 50 * 1000, 999 * 1000, 1300 * 1000, 20 * 1000 * 1000 };

  for (guint i = 0; i < G_N_ELEMENTS (delays_ns); i++)
    {
      Step step;

      step_init (&step, self, 't', NULL);
      step_arm (&step, anyio_clock_monotonic_ns () + delays_ns[i]);
      fixture_wait_until (self, step.n_runs > 0);
      g_assert_cmpint (step.late_ns, >=, 0);
      g_assert_false (anyio_timer_is_armed (&step.timer));
    }
}

static void
test_order (Fixture *self,
            gconstpointer data)
{
  Step a, b, c, d;

  step_init (&a, self, 'a', NULL);
  step_init (&b, self, 'b', NULL);
  step_init (&c, self, 'c', NULL);
  step_init (&d, self, 'd', NULL);
  /* The second time round in the shadow of the first: the order is that of seq, whatever fired before. */
  for (guint i = 0; i < 2; i++)
    {
      step_arm (&d, 20);
      step_arm (&b, 20);
      step_arm (&a, 20);
      step_arm (&c, 10);
      fixture_settle (self);
      fixture_assert_trace (self, "cabd");
    }
}

static void
test_before_runnables (Fixture *self,
                       gconstpointer data)
{
  Step run, timer;

  step_init (&run, self, 'r', NULL);
  step_init (&timer, self, 't', NULL);
  step_push (&run);
  step_arm (&timer, 1);
  fixture_settle (self);
  fixture_assert_trace (self, "tr");
}

static void
test_moved (Fixture *self,
            gconstpointer data)
{
  Step a, b;

  step_init (&a, self, 'a', NULL);
  step_init (&b, self, 'b', NULL);
  step_arm (&a, 10);
  step_arm (&b, 20);
  step_arm (&a, 30);
  fixture_settle (self);
  fixture_assert_trace (self, "ba");

  step_arm (&a, 10);
  step_arm (&a, ANYIO_TIME_NEVER);
  g_assert_false (anyio_timer_is_armed (&a.timer));
  fixture_settle (self);
  fixture_assert_trace (self, "");
}

static void
test_disarmed (Fixture *self,
               gconstpointer data)
{
  Step a, b;

  step_init (&a, self, 'a', NULL);
  step_init (&b, self, 'b', NULL);
  step_arm (&a, 10);
  step_arm (&b, 20);
  anyio_loop_disarm (&self->loop, &a.timer);
  anyio_loop_disarm (&self->loop, &a.timer);
  fixture_settle (self);
  fixture_assert_trace (self, "b");
}

static void
disarm_data (Step *self)
{
  Step *other = self->data;

  anyio_loop_disarm (&self->fixture->loop, &other->timer);
}

static void
test_disarmed_by_another (Fixture *self,
                          gconstpointer data)
{
  Step a, b;

  step_init (&a, self, 'a', disarm_data);
  step_init (&b, self, 'b', NULL);
  a.data = &b;
  step_arm (&a, 10);
  step_arm (&b, 10);
  fixture_settle (self);
  fixture_assert_trace (self, "a");
}

static void
arm_in_the_past (Step *self)
{
  if (self->n_runs < 5)
    step_arm (self, 1);
}

/* A timer that arms itself for the past neither holds up the others that are due, nor the runnables. */
static void
test_arms_in_the_past (Fixture *self,
                       gconstpointer data)
{
  Step a, b, run;

  step_init (&a, self, 'a', arm_in_the_past);
  step_init (&b, self, 'b', NULL);
  step_init (&run, self, 'r', NULL);
  step_arm (&a, 1);
  step_arm (&b, 2);
  step_push (&run);
  g_main_context_iteration (self->context, FALSE);
  fixture_assert_trace (self, "abraaaa");
}

/* Sets the alarm for a timer that is soon due, and disarms that before it fires: on a machine that is slow just now, at the next attempt. */
static void
leave_alarm_behind (Fixture *self,
                    Step *step,
                    gint64 ahead_ns)
{
  guint n_runs;

  do
    {
      n_runs = step->n_runs;
      step_arm (step, anyio_clock_monotonic_ns () + ahead_ns);
      g_main_context_iteration (self->context, FALSE);
      ahead_ns *= 2;
    }
  while (step->n_runs != n_runs);
  anyio_loop_disarm (&self->loop, &step->timer);
}

/* The alarm is set for a timer that is gone when it goes off. */
static void
test_alarm_of_a_dead_timer (Fixture *self,
                            gconstpointer data)
{
  Step early, late;
  guint n_runs;

  step_init (&early, self, 'e', NULL);
  step_init (&late, self, 'l', NULL);
  leave_alarm_behind (self, &early, 2 * 1000 * 1000);
  n_runs = early.n_runs;
  step_arm (&late, anyio_clock_monotonic_ns () + 6 * 1000 * 1000);
  fixture_wait_until (self, late.n_runs > 0);
  g_assert_cmpint (late.late_ns, >=, 0);

  /* And when none is left, the descriptor that has gone off does not keep the loop busy. */
  g_assert_cmpuint (early.n_runs, ==, n_runs);
  leave_alarm_behind (self, &early, 1000 * 1000);
  n_runs = early.n_runs;
  if (self->loop.alarm.fd >= 0)
    {
      GPollFD alarm = { .fd = self->loop.alarm.fd, .events = G_IO_IN };

      g_assert_cmpint (g_poll (&alarm, 1, -1), ==, 1);
    }
  fixture_settle (self);
  g_assert_cmpuint (early.n_runs, ==, n_runs);
}

/* The alarm is set for a later time than a timer armed afterwards. This hangs if it stays there. */
static void
test_alarm_moves_forward (Fixture *self,
                          gconstpointer data)
{
  Step hour, soon;

  step_init (&hour, self, 'h', NULL);
  step_init (&soon, self, 's', NULL);
  step_arm (&hour, anyio_clock_monotonic_ns () + 3600 * ANYIO_NSEC_PER_SEC);
  g_main_context_iteration (self->context, FALSE);
  step_arm (&soon, anyio_clock_monotonic_ns () + 1000 * 1000);
  fixture_wait_until (self, soon.n_runs > 0);
  anyio_loop_disarm (&self->loop, &hour.timer);
  fixture_assert_trace (self, "s");
}

/* A timeout that is set and cancelled around each short sleep costs no system call: the alarm is not touched. */
static void
test_alarm_is_lazy (Fixture *self,
                    gconstpointer data)
{
  Step step;
  gint64 first_ns = anyio_clock_monotonic_ns () + 3600 * ANYIO_NSEC_PER_SEC;

  if (self->loop.alarm.fd < 0)
    {
      g_test_skip ("no timerfd");
      return;
    }

  step_init (&step, self, 's', NULL);
  for (guint i = 0; i < 10; i++)
    {
      step_arm (&step, first_ns + i);
      g_main_context_iteration (self->context, FALSE);
      anyio_loop_disarm (&self->loop, &step.timer);
      g_main_context_iteration (self->context, FALSE);
      g_assert_cmpint (self->loop.alarm.armed_ns, ==, first_ns);
    }
}

/* A timer that stands alone is exact, whatever else is armed; those that follow within a millisecond share wake-ups, the more the more there are. */
static void
test_alarm_slack (void)
{
  AnyioAlarm alarm;

  g_assert_true (anyio_alarm_init (&alarm, NULL));
  if (alarm.fd < 0)
    {
      g_test_skip ("no timerfd");
      return;
    }

  g_assert_cmpint (anyio_alarm_set (&alarm, 0, 5000000, 100000), ==, -1);
  g_assert_cmpint (alarm.armed_ns, ==, 5000000);
  g_assert_cmpint (anyio_alarm_set (&alarm, 5000000, 5100000, 10), ==, -1);
  g_assert_cmpint (alarm.armed_ns, ==, 5110000);
  g_assert_cmpint (anyio_alarm_set (&alarm, 5110000, 5200000, 100000), ==, -1);
  g_assert_cmpint (alarm.armed_ns, ==, 6200000);
  g_assert_cmpint (anyio_alarm_set (&alarm, 5110000, 5300000, 100000), ==, -1);
  g_assert_cmpint (alarm.armed_ns, ==, 6200000);
  g_assert_cmpint (anyio_alarm_set (&alarm, 6200000, 8000000, 100000), ==, -1);
  g_assert_cmpint (alarm.armed_ns, ==, 8000000);
  g_assert_cmpint (anyio_alarm_set (&alarm, 8000000, ANYIO_TIME_NEVER, 0), ==, -1);
  g_assert_cmpint (alarm.armed_ns, ==, ANYIO_TIME_NEVER);
  anyio_alarm_clear (&alarm);
}

static void
test_alarm_in_milliseconds (void)
{
  AnyioAlarm alarm = ANYIO_ALARM_INIT;

  g_assert_cmpint (anyio_alarm_set (&alarm, 0, 1, 1), ==, 1);
  g_assert_cmpint (anyio_alarm_set (&alarm, 0, 1000000, 1), ==, 1);
  g_assert_cmpint (anyio_alarm_set (&alarm, 0, 1000001, 1), ==, 2);
  g_assert_cmpint (anyio_alarm_set (&alarm, 5000000, 7000000, 1), ==, 2);
  g_assert_cmpint (anyio_alarm_set (&alarm, 0, ANYIO_TIME_NEVER - 1, 1), ==, G_MAXINT);
  g_assert_cmpint (anyio_alarm_set (&alarm, 0, ANYIO_TIME_NEVER, 1), ==, -1);
  anyio_alarm_clear (&alarm);
}

/* Without a timerfd everything still works, in milliseconds. */
static void
test_without_timerfd (Fixture *self,
                      gconstpointer data)
{
  Step step;
  int fd = self->loop.alarm.fd;

  self->loop.alarm.fd = -1;
  step_init (&step, self, 't', NULL);
  step_arm (&step, anyio_clock_monotonic_ns () + 1500 * 1000);
  fixture_wait_until (self, step.n_runs > 0);
  g_assert_cmpint (step.late_ns, >=, 0);
  self->loop.alarm.fd = fd;
}

static void
assert_sorted (Step *self)
{
  gint64 *last_due_ns = self->data;

  g_assert_cmpint (self->due_ns, >=, *last_due_ns);
  *last_due_ns = self->due_ns;
}

static void
test_many (Fixture *self,
           gconstpointer data)
{
  enum { N = 10000 };
  g_autofree Step *steps = g_new0 (Step, N);
  gint64 last_due_ns = 0;
  guint n_runs = 0, n_disarmed = 0;

  for (guint i = 0; i < N; i++)
    {
      step_init (&steps[i], self, 't', assert_sorted);
      steps[i].data = &last_due_ns;
      step_arm (&steps[i], g_test_rand_int_range (1, 5000));
    }
  for (guint i = 0; i < N; i += 3, n_disarmed++)
    anyio_loop_disarm (&self->loop, &steps[i].timer);
  fixture_settle (self);
  for (guint i = 0; i < N; i++)
    {
      g_assert_cmpuint (steps[i].n_runs, ==, i % 3 == 0 ? 0 : 1);
      n_runs += steps[i].n_runs;
    }
  g_assert_cmpuint (n_runs, ==, N - n_disarmed);
  g_assert_cmpuint (self->loop.timers.n_entries, ==, 0);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_summary ("Timers fire when they are due, never before, in order of time");

  fixture_test ("/timers/real-clock/not-before-due", test_not_early);
  fixture_test ("/timers/several-due/in-order-of-time-and-seq", test_order);
  fixture_test ("/timers/runnables-ready/timers-first", test_before_runnables);
  fixture_test ("/timers/armed-again/moves", test_moved);
  fixture_test ("/timers/disarmed/does-not-fire", test_disarmed);
  fixture_test ("/timers/disarmed-by-another/does-not-fire", test_disarmed_by_another);
  fixture_test ("/timers/armed-in-the-past/waits-for-its-turn", test_arms_in_the_past);
  fixture_test ("/timers/many/each-once-in-order", test_many);
  fixture_test ("/alarm/timer-gone/next-one-fires", test_alarm_of_a_dead_timer);
  fixture_test ("/alarm/earlier-timer/moves-forward", test_alarm_moves_forward);
  fixture_test ("/alarm/later-timer/stays", test_alarm_is_lazy);
  g_test_add_func ("/alarm/many-timers/share-wake-ups", test_alarm_slack);
  g_test_add_func ("/alarm/no-timerfd/rounds-up", test_alarm_in_milliseconds);
  fixture_test ("/alarm/no-timerfd/not-before-due", test_without_timerfd);

  return g_test_run ();
}
