/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where a scope stands in the tree: below the one that is current where it is entered. */

#include "core-test.h"

static gboolean
test_parent_at_entry (gpointer user_data,
                      GError **error)
{
  g_autoptr (AnyioCancelScope) made_first = anyio_cancel_scope_new ();
  g_autoptr (AnyioCancelScope) outer = open_scope ();

  g_test_summary ("SEMANTICS 2.1: the parent is the scope that is current at entry, not the one at construction");

  anyio_cancel_scope_enter (made_first);
  g_assert_false (anyio_cancel_scope_is_cancelled (made_first));
  anyio_cancel_scope_cancel (outer, NULL);
  g_assert_true (anyio_cancel_scope_is_cancelled (made_first));
  g_assert_false (anyio_cancel_scope_get_cancel_called (made_first));
  assert_sleep_is_cancelled ();
  assert_exits (made_first);
  assert_exits (outer);

  return TRUE;
}

static gboolean
test_current (gpointer user_data,
              GError **error)
{
  AnyioCancelScope *of_main = anyio_current_cancel_scope ();
  g_autoptr (AnyioCancelScope) outer = anyio_cancel_scope_new ();
  g_autoptr (AnyioCancelScope) inner = anyio_cancel_scope_new ();

  g_test_summary ("SEMANTICS 2.1: entering makes a scope current; leaving, innermost first, restores the one before");

  anyio_cancel_scope_enter (outer);
  g_assert_true (anyio_current_cancel_scope () == outer);
  anyio_cancel_scope_enter (inner);
  g_assert_true (anyio_current_cancel_scope () == inner);
  assert_exits (inner);
  g_assert_true (anyio_current_cancel_scope () == outer);
  assert_exits (outer);
  g_assert_true (anyio_current_cancel_scope () == of_main);

  return TRUE;
}

static gboolean
test_own_current (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.1: the current scope of a group's body is the group's");

  g_assert_true (anyio_current_cancel_scope () == anyio_task_group_get_cancel_scope (group));
  assert_joins (group);
  g_assert_true (anyio_current_cancel_scope () != anyio_task_group_get_cancel_scope (group));

  return TRUE;
}

static gboolean
sleep_in_scope (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  gboolean slept = anyio_sleep (10, error);

  anyio_trace ("%s", slept ? "slept" : "cancelled");

  return anyio_cancel_scope_exit (scope, error);
}

static gboolean
test_spawner_scope (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.1: the first scope of a task hangs below the group's scope, not below the spawner's current one");

  anyio_task_group_start_soon (group, sleep_in_scope, NULL, NULL);
  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_true (exit_cancelled (scope));
  assert_joins (group);
  anyio_assert_trace ("slept");
  g_assert_cmpfloat (anyio_current_time (), ==, 10);

  return TRUE;
}

static gboolean
test_group_scope (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.1: a shield around the spawn call does not shield the task from the cancellation of its group");

  anyio_cancel_scope_set_shield (scope, TRUE);
  anyio_task_group_start_soon (group, sleep_in_scope, NULL, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_group_cancel (group, NULL);
  assert_sleeps (1);
  anyio_assert_trace ("cancelled");
  assert_exits (scope);
  assert_sleep_is_cancelled ();
  assert_joins (group);

  return TRUE;
}

static gboolean
open_group_and_sleep (gpointer user_data,
                      GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon (group, sleep_in_scope, NULL, NULL);
  anyio_task_group_start_soon (group, sleep_in_scope, NULL, NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
test_whole_tree (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (3);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("SEMANTICS 2.1, 11.9: cancelling reaches scopes of groups of tasks of groups, in spawn order");

  anyio_task_group_start_soon (group, open_group_and_sleep, NULL, NULL);
  anyio_task_group_start_soon (group, sleep_in_scope, NULL, NULL);
  anyio_task_group_start_soon (group, open_group_and_sleep, NULL, NULL);
  g_assert_false (anyio_task_group_join (group, &cancelled));
  anyio_assert_trace ("cancelled cancelled cancelled cancelled cancelled");
  g_assert_cmpfloat (anyio_current_time (), ==, 3);
  g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));

  return TRUE;
}

typedef struct
{
  const char *name;
  gboolean in_scope;
} Child;

static gboolean
wait_and_trace (gpointer user_data,
                GError **error)
{
  const Child *self = user_data;
  g_autoptr (AnyioCancelScope) scope = self->in_scope ? open_scope () : NULL;
  gboolean slept = anyio_sleep_forever (error);

  anyio_trace ("%s", self->name);

  return scope != NULL ? anyio_cancel_scope_exit (scope, error) : slept;
}

static gboolean
test_order_of_delivery (gpointer user_data,
                        GError **error)
{
  Child children[] = { { "a", TRUE }, { "b", FALSE }, { "c", TRUE }, { "d", FALSE } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 11.9: delivery goes to those directly in the outer scope first, in spawn order, then to inner scopes");

  for (guint i = 0; i < G_N_ELEMENTS (children); i++)
    anyio_task_group_start_soon (group, wait_and_trace, &children[i], NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  anyio_assert_trace ("b d a c");

  return TRUE;
}

static gboolean
test_exit_twice (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioCancelScope) good = open_scope ();
  g_autoptr (AnyioCancelScope) timed_out = NULL;
  g_autoptr (GError) first = NULL;
  g_autoptr (GError) second = NULL;

  g_test_summary ("SEMANTICS 11.5: exiting twice gives the same answer");

  assert_exits (good);
  assert_exits (good);

  timed_out = anyio_fail_after (1, NULL);
  g_assert_false (anyio_sleep (2, &first));
  g_assert_false (anyio_cancel_scope_exit (timed_out, &first));
  g_assert_error (first, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_false (anyio_cancel_scope_exit (timed_out, &second));
  g_assert_error (second, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_false (anyio_cancel_scope_exit (timed_out, NULL));

  return TRUE;
}

static gboolean
test_exit_without_error (gpointer user_data,
                         GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 11.2: exit (scope, NULL) says that the body succeeded");

  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_false (anyio_sleep (1, NULL));
  g_assert_true (anyio_cancel_scope_exit (scope, NULL));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));

  return TRUE;
}

static gboolean
work (gboolean in_scopes,
      GError **error)
{
  g_autoptr (AnyioCancelScope) scope = in_scopes ? open_scope () : NULL;
  g_autoptr (AnyioTaskGroup) group = in_scopes ? anyio_task_group_open (error) : NULL;

  anyio_trace ("%g", anyio_current_time ());
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_trace ("%g", anyio_current_time ());
  if (group != NULL && !anyio_task_group_join (group, error))
    return FALSE;

  return scope == NULL || anyio_cancel_scope_exit (scope, error);
}

static gboolean
test_unobservable (gpointer user_data,
                   GError **error)
{
  g_test_summary ("SEMANTICS I16: an uncancelled scope around any code is unobservable");

  g_assert_true (work (FALSE, error));
  g_assert_true (work (TRUE, error));
  anyio_assert_trace ("0 1 1 2");

  return TRUE;
}

static void
test_outside (void)
{
  g_test_summary ("Header: outside tasks there is no current scope");

  g_assert_null (anyio_current_cancel_scope ());
  g_assert_null (anyio_get_current_task ());
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/scope-nesting/enter/parent-is-current", test_parent_at_entry);
  anyio_test_add_func ("/scope-nesting/enter-and-exit/current-follows", test_current);
  anyio_test_add_func ("/scope-nesting/group-body/current-is-the-groups", test_own_current);
  anyio_test_add_func ("/scope-nesting/spawn-inside-scope/task-is-not-below-it", test_spawner_scope);
  anyio_test_add_func ("/scope-nesting/spawn-inside-shield/group-reaches-task", test_group_scope);
  core_add_ordered ("/scope-nesting/groups-in-tasks/cancelled-as-a-whole", test_whole_tree);
  core_add_ordered ("/scope-nesting/cancel/delivers-outer-first-in-spawn-order", test_order_of_delivery);
  anyio_test_add_func ("/scope-nesting/exit-twice/same-answer", test_exit_twice);
  anyio_test_add_func ("/scope-nesting/exit-without-error/body-succeeded", test_exit_without_error);
  anyio_test_add_func ("/scope-nesting/uncancelled/unobservable", test_unobservable);
  g_test_add_func ("/scope-nesting/outside-tasks/none", test_outside);

  return g_test_run ();
}
