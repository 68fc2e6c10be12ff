/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Deadlines of scopes: when they begin, how they may be moved, that a passed one sticks, and the effective deadline. What becomes of the error of an expired
 * scope is in test-timeout.c. */

#include "core-test.h"

#include <math.h>

static gboolean
test_from_entry (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();

  g_test_summary ("SEMANTICS 2.6: a relative timeout starts when the scope is entered");

  anyio_cancel_scope_set_timeout (scope, 5);
  assert_sleeps (10);
  g_assert_cmpfloat (anyio_cancel_scope_get_deadline (scope), ==, 15);
  g_assert_false (anyio_cancel_scope_is_cancelled (scope));
  anyio_cancel_scope_enter (scope);
  g_assert_cmpfloat (anyio_cancel_scope_get_deadline (scope), ==, 15);
  g_assert_true (exit_cancelled (scope));
  g_assert_cmpfloat (anyio_current_time (), ==, 15);

  return TRUE;
}

static gboolean
test_entered (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.6 in the header's words: on an entered scope a timeout starts now");

  assert_sleeps (3);
  anyio_cancel_scope_set_timeout (scope, 4);
  g_assert_cmpfloat (anyio_cancel_scope_get_deadline (scope), ==, 7);
  g_assert_true (exit_cancelled (scope));
  g_assert_cmpfloat (anyio_current_time (), ==, 7);

  return TRUE;
}

static gboolean
test_negative (gpointer user_data,
               GError **error)
{
  g_test_summary ("SEMANTICS 2.6: negative counts as 0, and 0 is cancelled at the first suspension point");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (i == 0 ? -5 : 0);

      g_assert_cmpfloat (anyio_cancel_scope_get_deadline (scope), ==, 0);
      g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
      g_assert_true (exit_cancelled (scope));
      g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));
    }

  {
    g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();

    anyio_cancel_scope_set_timeout (scope, -5);
    anyio_cancel_scope_enter (scope);
    g_assert_cmpfloat (anyio_cancel_scope_get_deadline (scope), ==, 0);
    g_assert_true (exit_cancelled (scope));
  }

  return TRUE;
}

static gboolean
test_infinite (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioCancelScope) after = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioCancelScope) at = anyio_move_on_at (INFINITY);
  g_autoptr (AnyioCancelScope) set = anyio_cancel_scope_new ();

  g_test_summary ("SEMANTICS 2.6: infinity means never");

  anyio_cancel_scope_set_timeout (set, INFINITY);
  anyio_cancel_scope_enter (set);
  assert_sleeps (1e9);
  g_assert_cmpfloat (anyio_cancel_scope_get_deadline (set), ==, INFINITY);
  anyio_cancel_scope_set_timeout (set, INFINITY);
  assert_sleeps (1e9);
  assert_exits (set);
  assert_exits (at);
  assert_exits (after);

  return TRUE;
}

static gboolean
test_not_a_number (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioCancelScope) scope = NULL;

  g_test_summary ("SEMANTICS 2.6: NaN is a g_critical and counts as infinity");

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "anyio_move_on_after()*NaN*infinity*");
  scope = anyio_move_on_after (NAN);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "anyio_cancel_scope_set_timeout()*NaN*infinity*");
  anyio_cancel_scope_set_timeout (scope, NAN);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "anyio_cancel_scope_set_deadline()*NaN*infinity*");
  anyio_cancel_scope_set_deadline (scope, NAN);
  g_test_assert_expected_messages ();
  g_assert_cmpfloat (anyio_cancel_scope_get_deadline (scope), ==, INFINITY);
  assert_sleeps (1e9);
  assert_exits (scope);

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "anyio_fail_at()*NaN*infinity*");
  {
    g_autoptr (AnyioCancelScope) at G_GNUC_UNUSED = anyio_fail_at (NAN, error);

    assert_sleeps (1);
  }
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "anyio_with_timeout()*NaN*infinity*");
  g_assert_true (anyio_with_timeout (NAN, succeed, NULL, error));
  g_test_assert_expected_messages ();

  return TRUE;
}

typedef struct
{
  AnyioCancelScope *scope;
  double deadline;
} Move;

static gboolean
move_deadline (gpointer user_data,
               GError **error)
{
  const Move *self = user_data;

  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_cancel_scope_set_deadline (self->scope, self->deadline);

  return TRUE;
}

static gboolean
test_moved (gpointer user_data,
            GError **error)
{
  static const struct
  {
    double before, after, expected;
  } cases[] = {
    { 10, 5, 5 },   /* earlier */
    { 10, 20, 20 }, /* later */
    { 10, 1, 1 },   /* now */
    { 10, -3, 1 },  /* into the past */
    { 10, -INFINITY, 1 },
    { INFINITY, 4, 4 },     /* from never */
    { 10, INFINITY, 1000 }, /* to never: the sleep ends */
  };

  g_test_summary ("SEMANTICS 2.5: the deadline may be moved at any time and counts at once, also for a task that is suspended");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double start = anyio_current_time ();
      g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
      g_autoptr (AnyioCancelScope) scope = anyio_move_on_at (start + cases[i].before);
      Move move = { scope, start + cases[i].after };
      g_autoptr (GError) cancelled = NULL;

      anyio_task_group_start_soon (group, move_deadline, &move, NULL);
      g_assert_true (anyio_sleep (1000, &cancelled) == (cases[i].expected == 1000));
      g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));
      g_assert_cmpfloat (anyio_current_time () - start, ==, cases[i].expected);
      g_assert_cmpfloat (anyio_cancel_scope_get_deadline (scope), ==, start + cases[i].after);
      assert_joins (group);
    }

  return TRUE;
}

static gboolean
test_moved_into_past (gpointer user_data,
                      GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("SEMANTICS 2.5: setting the deadline into the past cancels now, before anybody looks");

  g_assert_true (anyio_checkpoint_if_cancelled (error));
  anyio_cancel_scope_set_deadline (scope, -3);
  assert_is_cancelled (anyio_checkpoint_if_cancelled (&cancelled), cancelled);
  g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));

  return TRUE;
}

static gboolean
test_sticks (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);

  g_test_summary ("SEMANTICS 2.5: a deadline that passed sticks, also if it is moved afterwards; the deadline comes back as it was set (11.15)");

  assert_sleep_is_cancelled ();
  anyio_cancel_scope_set_deadline (scope, 100);
  g_assert_cmpfloat (anyio_cancel_scope_get_deadline (scope), ==, 100);
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_cmpint (anyio_cancel_scope_get_reason (scope, NULL, NULL), ==, ANYIO_CANCEL_DEADLINE);
  g_assert_true (exit_cancelled (scope));
  g_assert_cmpfloat (anyio_current_time (), ==, 1);

  return TRUE;
}

typedef gboolean (*LookFunc) (AnyioCancelScope *scope);

static gboolean
look_with_setter (AnyioCancelScope *scope)
{
  anyio_cancel_scope_set_deadline (scope, 1000);

  return anyio_cancel_scope_get_cancel_called (scope);
}

static gboolean
look_with_timeout (AnyioCancelScope *scope)
{
  anyio_cancel_scope_set_timeout (scope, 1000);

  return anyio_cancel_scope_get_cancel_called (scope);
}

static gboolean
look_with_shield (AnyioCancelScope *scope)
{
  anyio_cancel_scope_set_shield (scope, TRUE);

  return anyio_cancel_scope_get_cancel_called (scope);
}

static gboolean
look_with_reason (AnyioCancelScope *scope)
{
  return anyio_cancel_scope_get_reason (scope, NULL, NULL) == ANYIO_CANCEL_DEADLINE;
}

static gboolean
look_with_effective_deadline (AnyioCancelScope *scope)
{
  return anyio_current_effective_deadline () == -INFINITY;
}

static gboolean
look_with_pending_cancellation (AnyioCancelScope *scope)
{
  return anyio_task_has_pending_cancellation (anyio_get_current_task ());
}

static gboolean
look_from_inner_scope (AnyioCancelScope *scope)
{
  g_autoptr (AnyioCancelScope) inner = open_scope ();
  gboolean is_cancelled = anyio_cancel_scope_is_cancelled (inner);

  assert_exits (inner);

  return is_cancelled;
}

static const LookFunc looks[] = {
  anyio_cancel_scope_get_cancel_called,
  anyio_cancel_scope_is_cancelled,
  look_with_setter,
  look_with_timeout,
  look_with_shield,
  look_with_reason,
  look_with_effective_deadline,
  look_with_pending_cancellation,
  look_from_inner_scope,
};

static gboolean
look_late (gpointer user_data,
           GError **error)
{
  AnyioVirtualClock *clock = user_data;

  for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
    {
      g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);
      g_autoptr (AnyioCancelScope) entered G_GNUC_UNUSED = NULL;

      g_test_message ("look %u", i);
      anyio_virtual_clock_advance (clock, 2);
      g_assert_true (looks[i](scope));

      anyio_cancel_scope_set_deadline (scope, INFINITY);
      g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
      g_assert_cmpint (anyio_cancel_scope_get_reason (scope, NULL, NULL), ==, ANYIO_CANCEL_DEADLINE);
      g_assert_true (exit_cancelled (scope));
    }

  return TRUE;
}

static gboolean
enter_late (gpointer user_data,
            GError **error)
{
  AnyioVirtualClock *clock = user_data;
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();

  anyio_cancel_scope_set_deadline (scope, 1);
  anyio_virtual_clock_advance (clock, 2);
  anyio_cancel_scope_enter (scope);
  anyio_cancel_scope_set_deadline (scope, INFINITY);
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_true (exit_cancelled (scope));

  return TRUE;
}

/* Runs @data with a clock that it may advance without a turn of the loop. */
static void
run_with_clock (gconstpointer data)
{
  g_autoptr (AnyioClock) clock = anyio_virtual_clock_new ();
  g_autoptr (AnyioRunOptions) options = anyio_run_options_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 2.5: a passed deadline counts at every look, not only at the next turn of the loop, and the first look makes it stick");

  anyio_run_options_set_clock (options, clock);
  anyio_run_full (*(AnyioTaskFunc *) data, clock, options, &error);
  g_assert_no_error (error);
}

static gboolean
test_effective (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCancelScope) a = NULL;
  g_autoptr (AnyioCancelScope) b = NULL;
  g_autoptr (AnyioCancelScope) c = NULL;

  g_test_summary ("SEMANTICS 2.7: minimum from the innermost scope outwards, up to the first shielded one inclusive; -infinity when cancelled; +infinity when none");

  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, INFINITY);
  a = anyio_move_on_at (10);
  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, 10);
  b = anyio_move_on_at (30);
  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, 10);
  c = anyio_move_on_at (20);
  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, 10);
  anyio_cancel_scope_set_shield (b, TRUE);
  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, 20);
  anyio_cancel_scope_set_deadline (b, 15);
  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, 15);
  anyio_cancel_scope_set_deadline (b, INFINITY);
  anyio_cancel_scope_set_deadline (c, INFINITY);
  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, INFINITY);
  anyio_cancel_scope_cancel (a, NULL);
  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, INFINITY);
  anyio_cancel_scope_set_shield (b, FALSE);
  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, -INFINITY);
  anyio_cancel_scope_set_shield (c, TRUE);
  anyio_cancel_scope_cancel (c, NULL);
  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, -INFINITY);
  assert_exits (c);
  assert_exits (b);
  assert_exits (a);
  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, INFINITY);

  return TRUE;
}

static gboolean
trace_effective_deadline (gpointer user_data,
                          GError **error)
{
  anyio_trace ("%g", anyio_current_effective_deadline ());

  return TRUE;
}

static gboolean
test_effective_in_child (gpointer user_data,
                         GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_at (10);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_at (5);

  g_test_summary ("SEMANTICS 2.7: in a task it goes on through the group's scope to those around the group");

  anyio_task_group_start_soon (group, trace_effective_deadline, NULL, NULL);
  assert_exits (scope);
  assert_joins (group);
  anyio_assert_trace ("10");
  assert_exits (outer);

  return TRUE;
}

static gboolean
test_exact (gpointer user_data,
            GError **error)
{
  static const double deadlines[] = { 0.1, 1.0 / 3, 1e6 + 1e-7, 123456.789, -0.7 };

  g_test_summary ("SEMANTICS 11.15: deadlines come back exactly as they were set");

  for (guint i = 0; i < G_N_ELEMENTS (deadlines); i++)
    {
      g_autoptr (AnyioCancelScope) scope = anyio_move_on_at (deadlines[i]);
      double deadline = 0;

      g_assert_cmpfloat (anyio_cancel_scope_get_deadline (scope), ==, deadlines[i]);
      g_object_get (scope, "deadline", &deadline, NULL);
      g_assert_cmpfloat (deadline, ==, deadlines[i]);
      assert_exits (scope);
      g_assert_cmpfloat (anyio_cancel_scope_get_deadline (scope), ==, deadlines[i]);
    }

  return TRUE;
}

static void
test_outside (void)
{
  g_test_summary ("Header: outside tasks there is no effective deadline");

  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, INFINITY);
}

int
main (int argc,
      char *argv[])
{
  static AnyioTaskFunc look_late_func = look_late;
  static AnyioTaskFunc enter_late_func = enter_late;

  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/deadline/timeout-before-entry/starts-at-entry", test_from_entry);
  anyio_test_add_func ("/deadline/timeout-after-entry/starts-now", test_entered);
  anyio_test_add_func ("/deadline/negative-or-zero/cancelled-at-first-point", test_negative);
  anyio_test_add_func ("/deadline/infinite/never", test_infinite);
  anyio_test_add_func ("/deadline/not-a-number/critical-and-never", test_not_a_number);
  anyio_test_add_func ("/deadline/moved/counts-at-once", test_moved);
  anyio_test_add_func ("/deadline/moved-into-past/cancels-now", test_moved_into_past);
  anyio_test_add_func ("/deadline/passed/sticks", test_sticks);
  g_test_add_data_func ("/deadline/passed-unnoticed/every-look-finds-it", &look_late_func, run_with_clock);
  g_test_add_data_func ("/deadline/passed-before-entry/entry-finds-it", &enter_late_func, run_with_clock);
  anyio_test_add_func ("/deadline/effective/minimum-up-to-shield", test_effective);
  anyio_test_add_func ("/deadline/effective-in-task/through-the-group", test_effective_in_child);
  anyio_test_add_func ("/deadline/getter/exactly-as-set", test_exact);
  g_test_add_func ("/deadline/outside-tasks/infinity", test_outside);

  return g_test_run ();
}
