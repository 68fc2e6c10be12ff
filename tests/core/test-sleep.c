/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sleeping on the virtual clock, which starts at 0 and jumps. */

#include "core-test.h"

#include <math.h>

static gboolean
test_exact (gpointer user_data,
            GError **error)
{
  static const double delays[] = { 1, 0.25, 3600, 0.001, 86400 * 365.0, 1e-9, 1e-12 };
  double expected = 0;

  g_test_summary ("SEMANTICS I13, I14: a sleep takes exactly its time on the virtual clock, and never ends early");

  g_assert_cmpfloat (anyio_current_time (), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (delays); i++)
    {
      assert_sleeps (delays[i]);
      expected += delays[i];
      g_assert_cmpfloat_with_epsilon (anyio_current_time (), expected, 2e-9);
    }
  assert_sleeps (0.5);
  g_assert_true (anyio_sleep_until (1e8, error));
  g_assert_cmpfloat (anyio_current_time (), ==, 1e8);

  return TRUE;
}

static gboolean
test_real_time (gpointer user_data,
                GError **error)
{
  g_test_summary ("SEMANTICS I13: a sleep on the real clock never ends early");

  for (guint i = 0; i < 20; i++)
    {
      double deadline = anyio_current_time () + 0.0001 * i;

      g_assert_true (anyio_sleep_until (deadline, error));
      g_assert_cmpfloat (anyio_current_time (), >=, deadline);
    }

  return TRUE;
}

typedef struct
{
  const char *name;
  double delay;
} Sleeper;

static gboolean
sleep_and_trace (gpointer user_data,
                 GError **error)
{
  const Sleeper *self = user_data;

  if (!anyio_sleep (self->delay, error))
    return FALSE;
  anyio_trace ("%s%g", self->name, anyio_current_time ());

  return TRUE;
}

static gboolean
test_order (gpointer user_data,
            GError **error)
{
  Sleeper sleepers[] = { { "a", 3 }, { "b", 1 }, { "c", 2 }, { "d", 1 }, { "e", 0 }, { "f", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.2: sleepers wake in the order of their times, and at one time in the order in which they began to sleep");

  for (guint i = 0; i < G_N_ELEMENTS (sleepers); i++)
    anyio_task_group_start_soon (group, sleep_and_trace, &sleepers[i], NULL);
  assert_joins (group);
  anyio_assert_trace ("e0 b1 d1 f1 c2 a3");

  return TRUE;
}

static gboolean
test_not_a_number (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioCancelScope) scope G_GNUC_UNUSED = anyio_move_on_after (5);

  g_test_summary ("SEMANTICS 2.6 in the header's words: NaN is a critical message and counts as infinity");

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*Task*sleeps for NaN seconds*infinity*");
  g_assert_false (anyio_sleep (NAN, NULL));
  g_test_assert_expected_messages ();
  g_assert_cmpfloat (anyio_current_time (), ==, 5);

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*Task*sleeps until NaN*infinity*");
  g_assert_false (anyio_sleep_until (NAN, NULL));
  g_test_assert_expected_messages ();

  return TRUE;
}

static gboolean
test_endless (gpointer user_data,
              GError **error)
{
  static const double delays[] = { INFINITY, 1e300, 1e11 };

  g_test_summary ("Header: infinity, and what no clock will reach, sleeps until cancelled");

  for (guint i = 0; i < G_N_ELEMENTS (delays); i++)
    {
      g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);
      g_autoptr (GError) cancelled = NULL;

      assert_is_cancelled (anyio_sleep (delays[i], &cancelled), cancelled);
      g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));
      g_assert_cmpfloat (anyio_current_time (), ==, i + 1);
    }

  {
    g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);
    g_autoptr (GError) cancelled = NULL;

    assert_is_cancelled (anyio_sleep_forever (&cancelled), cancelled);
    g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));
    g_assert_cmpfloat (anyio_current_time (), ==, G_N_ELEMENTS (delays) + 1);
  }

  return TRUE;
}

static gboolean
cancel_soon (gpointer user_data,
             GError **error)
{
  if (!anyio_sleep (2, error))
    return FALSE;
  anyio_cancel_scope_cancel (user_data, NULL);

  return TRUE;
}

static gboolean
test_cancelled (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 9 (BLOCKED, eff rises, abort ok): a cancellation ends a sleep at once");

  anyio_task_group_start_soon (group, cancel_soon, scope, NULL);
  g_assert_true (exit_cancelled (scope));
  g_assert_cmpfloat (anyio_current_time (), ==, 2);
  assert_joins (group);

  return TRUE;
}

static gboolean
test_no_location (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("GLib's habit: with no error location the failure is told by the return value alone");

  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_false (anyio_sleep (1, NULL));
  g_assert_false (anyio_checkpoint (NULL));

  return TRUE;
}

static gboolean
test_many (gpointer user_data,
           GError **error)
{
  enum
  {
    N = 2000
  };
  g_autofree Sleeper *sleepers = g_new (Sleeper, N);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GString) expected = g_string_new (NULL);

  g_test_summary ("SEMANTICS I13: many sleepers of all lengths wake in order");

  for (guint i = 0; i < N; i++)
    {
      sleepers[i] = (Sleeper){ "t", (i * 7919) % N + 1 };
      anyio_task_group_start_soon (group, sleep_and_trace, &sleepers[i], NULL);
      g_string_append_printf (expected, "%st%u", i > 0 ? " " : "", i + 1);
    }
  assert_joins (group);
  anyio_assert_trace (expected->str);

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/sleep/virtual-clock/takes-exactly-its-time", test_exact);
  anyio_test_add_func_real_time ("/sleep/real-clock/never-ends-early", test_real_time);
  core_add_ordered ("/sleep/several/wake-in-order", test_order);
  anyio_test_add_func ("/sleep/not-a-number/counts-as-infinity", test_not_a_number);
  anyio_test_add_func ("/sleep/endless/until-cancelled", test_endless);
  anyio_test_add_func ("/sleep/cancelled/ends-at-once", test_cancelled);
  anyio_test_add_func ("/sleep/no-error-location/returns-false", test_no_location);
  anyio_test_add_func ("/sleep/many/wake-in-order", test_many);

  return g_test_run ();
}
