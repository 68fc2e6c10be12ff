/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Shields: what they stop, what they do not, and that they may be raised and lowered at any time. */

#include "core-test.h"

static AnyioCancelScope *
open_shield (void)
{
  AnyioCancelScope *scope = anyio_cancel_scope_new ();

  anyio_cancel_scope_set_shield (scope, TRUE);
  anyio_cancel_scope_enter (scope);

  return scope;
}

static gboolean
test_parents (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioCancelScope) outermost = open_scope ();
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) shield = open_shield ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();

  g_test_summary ("SEMANTICS 2.4: a shield cuts off all that is further out, for all that is further in");

  g_assert_true (anyio_cancel_scope_get_shield (shield));
  g_assert_false (anyio_cancel_scope_get_shield (inner));
  anyio_cancel_scope_cancel (outer, NULL);
  anyio_cancel_scope_cancel (outermost, NULL);
  g_assert_true (anyio_cancel_scope_is_cancelled (outer));
  g_assert_false (anyio_cancel_scope_is_cancelled (shield));
  g_assert_false (anyio_cancel_scope_is_cancelled (inner));
  assert_sleeps (1);
  assert_exits (inner);
  assert_sleeps (1);
  assert_exits (shield);
  assert_sleep_is_cancelled ();
  assert_exits (outer);
  g_assert_true (exit_cancelled (outermost));

  return TRUE;
}

static gboolean
test_own_cancel (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) shield = open_shield ();

  g_test_summary ("SEMANTICS 2.4: a scope's own cancel beats its own shield, and it absorbs that");

  anyio_cancel_scope_cancel (outer, NULL);
  anyio_cancel_scope_cancel (shield, NULL);
  g_assert_true (exit_cancelled (shield));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (shield));
  g_assert_true (exit_cancelled (outer));

  return TRUE;
}

static gboolean
test_own_deadline (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (1);
  g_autoptr (AnyioCancelScope) shield = anyio_move_on_after (3);

  g_test_summary ("SEMANTICS 2.4, 2.5: a shield does not stop the scope's own deadline");

  anyio_cancel_scope_set_shield (shield, TRUE);
  g_assert_true (exit_cancelled (shield));
  g_assert_cmpfloat (anyio_current_time (), ==, 3);
  g_assert_true (exit_cancelled (outer));
  g_assert_cmpfloat (anyio_current_time (), ==, 3);

  return TRUE;
}

typedef struct
{
  AnyioCancelScope *scope;
  gboolean shield;
  double delay;
} Change;

static gboolean
change_shield (gpointer user_data,
               GError **error)
{
  const Change *self = user_data;

  if (!anyio_sleep (self->delay, error))
    return FALSE;
  anyio_cancel_scope_set_shield (self->scope, self->shield);

  return TRUE;
}

static gboolean
test_lowered (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) shield = open_shield ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();
  Change change = { shield, FALSE, 2 };
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("SEMANTICS 2.5: clearing a shield under a cancelled parent delivers to a task that is suspended below");

  anyio_cancel_scope_cancel (outer, NULL);
  anyio_task_group_start_soon (group, change_shield, &change, NULL);
  assert_is_cancelled (anyio_sleep (1000, &cancelled), cancelled);
  g_assert_cmpfloat (anyio_current_time (), ==, 2);
  g_assert_false (anyio_cancel_scope_exit (inner, &cancelled));
  g_assert_false (anyio_cancel_scope_exit (shield, &cancelled));
  g_assert_true (anyio_cancel_scope_exit (outer, &cancelled));
  assert_joins (group);

  return TRUE;
}

static gboolean
test_raised (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();

  g_test_summary ("SEMANTICS 2.5: raising a shield ends the parents' cancellation at once; lowering it brings it back");

  anyio_cancel_scope_cancel (outer, NULL);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (anyio_cancel_scope_is_cancelled (inner));
      assert_sleep_is_cancelled ();
      anyio_cancel_scope_set_shield (inner, TRUE);
      g_assert_false (anyio_cancel_scope_is_cancelled (inner));
      assert_sleeps (1);
      anyio_cancel_scope_set_shield (inner, FALSE);
    }
  g_assert_false (exit_cancelled (inner));
  g_assert_true (exit_cancelled (outer));

  return TRUE;
}

static gboolean
sleep_and_trace (gpointer user_data,
                 GError **error)
{
  gboolean slept = anyio_sleep (10, error);

  anyio_trace ("%s%g", slept ? "slept" : "cancelled", anyio_current_time ());

  return slept;
}

static gboolean
test_unobservable (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioCancelScope *scope = anyio_task_group_get_cancel_scope (group);

  g_test_summary ("SEMANTICS I15: a shield that is raised and lowered again with no suspension between is unobservable");

  anyio_task_group_start_soon (group, sleep_and_trace, NULL, NULL);
  assert_sleeps (1);
  anyio_cancel_scope_set_shield (scope, TRUE);
  anyio_cancel_scope_set_shield (scope, FALSE);
  assert_joins (group);
  anyio_assert_trace ("slept10");

  {
    g_autoptr (AnyioCancelScope) outer = open_scope ();
    g_autoptr (AnyioCancelScope) inner = open_scope ();

    anyio_cancel_scope_cancel (outer, NULL);
    anyio_cancel_scope_set_shield (inner, TRUE);
    anyio_cancel_scope_set_shield (inner, FALSE);
    g_assert_false (exit_cancelled (inner));
    g_assert_false (anyio_cancel_scope_get_cancelled_caught (inner));
    g_assert_true (exit_cancelled (outer));
  }

  return TRUE;
}

static gboolean
test_shielded_group (gpointer user_data,
                     GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (1);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.4: the shield of a group's scope shields the body and all tasks of the group");

  anyio_cancel_scope_set_shield (anyio_task_group_get_cancel_scope (group), TRUE);
  anyio_task_group_start_soon (group, sleep_and_trace, NULL, NULL);
  anyio_task_group_start_soon (group, sleep_and_trace, NULL, NULL);
  assert_sleeps (2);
  assert_joins (group);
  anyio_assert_trace ("slept10 slept10");
  g_assert_true (exit_cancelled (outer));

  return TRUE;
}

static gboolean
sleep_behind_shield (gpointer user_data,
                     GError **error)
{
  ANYIO_SHIELD_FOR (100);

  return sleep_and_trace (NULL, error);
}

static gboolean
test_one_child (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.4: a shield in one task protects that task only");

  anyio_task_group_start_soon (group, sleep_behind_shield, NULL, NULL);
  anyio_task_group_start_soon (group, sleep_and_trace, NULL, NULL);
  assert_sleeps (1);
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  anyio_assert_trace ("cancelled1 slept10");

  return TRUE;
}

static gboolean
test_task_cancel (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) task = anyio_task_group_create_task (group, sleep_behind_shield, NULL, NULL);

  g_test_summary ("SEMANTICS 2.4: a shield inside the task holds also against cancelling that task alone");

  assert_sleeps (1);
  anyio_task_cancel (task, NULL);
  assert_joins (group);
  anyio_assert_trace ("slept10");
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FINISHED);

  return TRUE;
}

static gboolean
test_property (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();
  gboolean shield = FALSE;

  g_test_summary ("SEMANTICS 2.5: the property does what the setter does");

  anyio_cancel_scope_cancel (outer, NULL);
  g_object_set (inner, "shield", TRUE, NULL);
  assert_sleeps (1);
  g_object_get (inner, "shield", &shield, NULL);
  g_assert_true (shield);
  assert_exits (inner);
  g_assert_true (exit_cancelled (outer));

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/scope-shield/parents-cancelled/cut-off", test_parents);
  anyio_test_add_func ("/scope-shield/own-cancel/beats-shield", test_own_cancel);
  anyio_test_add_func ("/scope-shield/own-deadline/beats-shield", test_own_deadline);
  anyio_test_add_func ("/scope-shield/lowered/delivers-to-suspended-task", test_lowered);
  anyio_test_add_func ("/scope-shield/raised/ends-cancellation", test_raised);
  anyio_test_add_func ("/scope-shield/raised-and-lowered/unobservable", test_unobservable);
  anyio_test_add_func ("/scope-shield/group/shields-all-its-tasks", test_shielded_group);
  core_add_ordered ("/scope-shield/one-task/others-not-shielded", test_one_child);
  anyio_test_add_func ("/scope-shield/task-cancelled-alone/shield-holds", test_task_cancel);
  anyio_test_add_func ("/scope-shield/property/as-setter", test_property);

  return g_test_run ();
}
