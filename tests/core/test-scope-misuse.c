/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Scopes that are left in the wrong order, by the wrong task, twice or never: clear words, and a state that can be gone on from. */

#include "core-test.h"

/* The scope and where it was entered: a function, or this program and an offset. */
#define AT "at *+0x*"

static void
expect (const char *pattern)
{
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, pattern);
}

static gboolean
test_out_of_order (gpointer user_data,
                   GError **error)
{
  AnyioCancelScope *before = anyio_current_cancel_scope ();
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) middle = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();
  g_autoptr (GError) misuse = NULL;

  g_test_summary ("SEMANTICS 2.14, 11.1: exiting an outer scope first fails with MISUSE; the inner ones are cancelled and closed, and exit silently");

  anyio_task_set_name (anyio_get_current_task (), "muddler");
  expect ("Task \"muddler\" exited the cancel scope that it entered " AT "while the cancel scope that it entered inside, " AT "still open*"
          "cancelled and closed*reverse order*g_autoptr*");
  g_assert_false (anyio_cancel_scope_exit (outer, &misuse));
  g_test_assert_expected_messages ();
  g_assert_error (misuse, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  g_assert_true (anyio_current_cancel_scope () == before);
  g_assert_true (anyio_cancel_scope_get_cancel_called (middle));
  g_assert_true (anyio_cancel_scope_get_cancel_called (inner));
  assert_sleeps (1);
  assert_exits (inner);
  assert_exits (middle);
  assert_sleeps (1);

  return TRUE;
}

static gboolean
sleep_and_trace (gpointer user_data,
                 GError **error)
{
  gboolean slept = anyio_sleep (10, error);

  anyio_trace ("%s", slept ? "slept" : "cancelled");

  return slept;
}

static gboolean
test_group_inside (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GError) misuse = NULL;

  g_test_summary ("SEMANTICS 2.14: a group that is left open inside is cancelled and joined before the exit returns");

  anyio_task_group_start_soon (group, sleep_and_trace, NULL, NULL);
  anyio_task_group_start_soon (group, sleep_and_trace, NULL, NULL);
  g_assert_true (anyio_checkpoint (error));
  expect ("Task * exited the cancel scope that it entered *while the task group that it entered inside*");
  g_assert_false (anyio_cancel_scope_exit (scope, &misuse));
  g_test_assert_expected_messages ();
  anyio_assert_trace ("cancelled cancelled");
  g_assert_error (misuse, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  assert_joins (group);
  assert_sleeps (1);

  return TRUE;
}

static gboolean
test_scope_in_group (gpointer user_data,
                     GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) misuse = NULL;

  g_test_summary ("SEMANTICS 2.14: joining a group before a scope inside is left is misuse, too; the group's tasks have ended then");

  anyio_task_group_start_soon (group, sleep_and_trace, NULL, NULL);
  g_assert_true (anyio_checkpoint (error));
  expect ("Task * exited the task group that it entered *while the cancel scope that it entered inside*");
  g_assert_false (anyio_task_group_join (group, &misuse));
  g_test_assert_expected_messages ();
  g_assert_error (misuse, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  anyio_assert_trace ("cancelled");
  assert_exits (scope);
  assert_sleeps (1);

  return TRUE;
}

static gboolean
test_block_inside (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) misuse = NULL;

  g_test_summary ("SEMANTICS 2.14: a block inside which an outer scope is exited is left silently");

  {
    ANYIO_FAIL_AFTER (5, error);

    expect ("Task * exited the cancel scope *");
    g_assert_false (anyio_cancel_scope_exit (scope, &misuse));
    g_test_assert_expected_messages ();
  }
  g_assert_error (misuse, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  assert_sleeps (10);

  return TRUE;
}

static gboolean
exit_foreign (gpointer user_data,
              GError **error)
{
  AnyioCancelScope *scope = user_data;
  g_autoptr (GError) misuse = NULL;

  expect ("A cancel scope that task \"owner\" entered " AT "was exited from task \"exit_foreign\"*exited by the task that entered it*");
  g_assert_false (anyio_cancel_scope_exit (scope, &misuse));
  g_test_assert_expected_messages ();
  g_assert_error (misuse, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static gboolean
test_other_task (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.14: exit by another task names both tasks, and where the scope was entered; the scope stays open");

  anyio_task_set_name (anyio_get_current_task (), "owner");
  anyio_task_group_start_soon (group, exit_foreign, scope, NULL);
  assert_sleeps (1);
  g_assert_true (anyio_current_cancel_scope () == scope);
  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_true (exit_cancelled (scope));
  assert_joins (group);

  return TRUE;
}

static gboolean
exit_cb (gpointer user_data)
{
  expect ("A cancel scope that task \"owner\" entered " AT "was exited from outside any task*");
  g_assert_false (anyio_cancel_scope_exit (user_data, NULL));
  g_test_assert_expected_messages ();

  return G_SOURCE_REMOVE;
}

static gboolean
test_outside_task (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GSource) idle = g_idle_source_new ();

  g_test_summary ("SEMANTICS 2.14: exit from outside tasks");

  anyio_task_set_name (anyio_get_current_task (), "owner");
  g_source_set_callback (idle, exit_cb, scope, NULL);
  g_source_attach (idle, g_main_context_get_thread_default ());
  assert_sleeps (1);
  assert_exits (scope);

  return TRUE;
}

static gboolean
enter_foreign (gpointer user_data,
               GError **error)
{
  AnyioCancelScope *own = anyio_current_cancel_scope ();

  expect ("A cancel scope that task \"owner\" entered " AT "was entered again by task \"enter_foreign\"*new one for each use*");
  anyio_cancel_scope_enter (user_data);
  g_test_assert_expected_messages ();
  g_assert_true (anyio_current_cancel_scope () == own);

  return TRUE;
}

static gboolean
test_entered_twice (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();

  g_test_summary ("SEMANTICS 2.14: entering twice names both tasks and where it was entered first, and changes nothing");

  anyio_task_set_name (anyio_get_current_task (), "owner");
  expect ("A cancel scope that task \"owner\" entered " AT "was entered again by task \"owner\"*new one for each use*");
  anyio_cancel_scope_enter (scope);
  g_test_assert_expected_messages ();
  g_assert_true (anyio_current_cancel_scope () == inner);
  assert_exits (inner);

  anyio_task_group_start_soon (group, enter_foreign, scope, NULL);
  assert_sleeps (1);
  assert_exits (scope);

  expect ("Task \"owner\" entered a cancel scope for the second time*new one for each use*");
  anyio_cancel_scope_enter (scope);
  g_test_assert_expected_messages ();
  g_assert_true (anyio_current_cancel_scope () == anyio_task_group_get_cancel_scope (group));
  assert_joins (group);

  return TRUE;
}

static gboolean
test_group_entered_twice (gpointer user_data,
                          GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GError) misuse = NULL;

  g_test_summary ("SEMANTICS 2.14: the same for a group");

  anyio_task_set_name (anyio_get_current_task (), "owner");
  expect ("A task group that task \"owner\" entered " AT "was entered again by task \"owner\"*new one for each use*");
  g_assert_false (anyio_task_group_enter (group, &misuse));
  g_test_assert_expected_messages ();
  g_assert_error (misuse, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  assert_joins (group);

  return TRUE;
}

static gboolean
test_never_entered (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_new ();
  g_autoptr (GError) misuse = NULL;

  g_test_summary ("SEMANTICS 2.14: exiting what was never entered names the task and advises");

  anyio_task_set_name (anyio_get_current_task (), "muddler");
  expect ("Task \"muddler\" exited a cancel scope that was never entered*enter*");
  g_assert_false (anyio_cancel_scope_exit (scope, &misuse));
  g_test_assert_expected_messages ();
  g_assert_error (misuse, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_clear_error (&misuse);
  expect ("Task \"muddler\" exited a task group that was never entered*enter*");
  g_assert_false (anyio_task_group_join (group, &misuse));
  g_test_assert_expected_messages ();
  g_assert_error (misuse, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static gboolean
return_early (gpointer user_data,
              GError **error)
{
  AnyioCancelScope **scopes = user_data;

  scopes[0] = open_scope ();
  scopes[1] = open_scope ();

  return anyio_sleep (1, error);
}

static gboolean
test_never_exited (gpointer user_data,
                   GError **error)
{
  AnyioCancelScope *scopes[2] = { NULL, NULL };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.14: a task that returns with scopes open: they are cancelled, closed and named, and the task's result stands");

  anyio_task_group_start_soon (group, return_early, scopes, NULL);
  expect ("Task \"return_early\" returned with a cancel scope open that it entered " AT "g_autoptr*exit it on every path*");
  expect ("Task \"return_early\" returned with a cancel scope open that it entered " AT "g_autoptr*exit it on every path*");
  assert_joins (group);
  g_test_assert_expected_messages ();
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (anyio_cancel_scope_get_cancel_called (scopes[i]));
      g_object_unref (scopes[i]);
    }

  return TRUE;
}

static gboolean
drop_scope (gpointer user_data,
            GError **error)
{
  AnyioCancelScope *dropped = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();

  g_object_unref (dropped);
  g_assert_true (anyio_current_cancel_scope () == inner);
  assert_sleep_is_cancelled ();
  assert_exits (inner);
  assert_sleep_is_cancelled ();

  return TRUE;
}

static gboolean
test_dropped (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.14: a scope that is dropped while it is entered stays until the task ends, which says so");

  anyio_task_group_start_soon (group, drop_scope, NULL, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_group_cancel (group, NULL);
  expect ("Task \"drop_scope\" returned with a cancel scope open that it entered " AT "g_autoptr*exit it on every path*");
  assert_joins (group);
  g_test_assert_expected_messages ();

  return TRUE;
}

static gboolean
drop_group (gpointer user_data,
            GError **error)
{
  AnyioTaskGroup *group = anyio_task_group_open (NULL);

  anyio_task_group_start_soon (group, sleep_and_trace, NULL, NULL);
  anyio_task_group_start_soon (group, sleep_and_trace, NULL, NULL);
  g_object_unref (group);

  return anyio_sleep (1, error);
}

static gboolean
test_group_dropped (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.14: so does a group; its tasks are cancelled and waited for then");

  anyio_task_group_start_soon (group, drop_group, NULL, NULL);
  expect ("A task group was dropped while task \"drop_group\" was still inside it, with 2 tasks*join it first");
  expect ("Task \"drop_group\" returned with a task group open that it entered " AT "g_autoptr*exit it on every path*");
  assert_joins (group);
  g_test_assert_expected_messages ();
  anyio_assert_trace ("cancelled cancelled");
  g_assert_cmpfloat (anyio_current_time (), ==, 1);

  return TRUE;
}

static gboolean
trace_cleanup (gpointer user_data,
               GError **error)
{
  anyio_trace ("%s", (const char *) user_data);

  return anyio_sleep (1, error);
}

static gboolean
test_cleanups (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();

  g_test_summary ("SEMANTICS 2.14, I25: deferred cleanups of misnested scopes run all the same, once, innermost scope first");

  anyio_cancel_scope_defer (outer, trace_cleanup, (gpointer) "outer", NULL);
  anyio_cancel_scope_defer (inner, trace_cleanup, (gpointer) "inner", NULL);
  expect ("Task * exited the cancel scope *");
  g_assert_false (anyio_cancel_scope_exit (outer, NULL));
  g_test_assert_expected_messages ();
  anyio_assert_trace ("inner outer");
  assert_exits (inner);
  anyio_assert_trace ("inner outer");

  return TRUE;
}

static void
test_outside (void)
{
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();
  g_autoptr (AnyioCancelScope) made = NULL;

  g_test_summary ("SEMANTICS 2.14, 11.1: entering outside tasks");

  expect ("anyio_cancel_scope_enter()*only be called in a task*anyio_run()*");
  anyio_cancel_scope_enter (scope);
  expect ("anyio_move_on_after()*only be called in a task*anyio_run()*");
  made = anyio_move_on_after (1);
  g_test_assert_expected_messages ();
  g_assert_nonnull (made);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/scope-misuse/out-of-order/inner-ones-closed", test_out_of_order);
  anyio_test_add_func ("/scope-misuse/group-left-inside/joined", test_group_inside);
  anyio_test_add_func ("/scope-misuse/scope-left-in-group/joined", test_scope_in_group);
  anyio_test_add_func ("/scope-misuse/block-left-inside/silent", test_block_inside);
  anyio_test_add_func ("/scope-misuse/other-task/names-both", test_other_task);
  anyio_test_add_func ("/scope-misuse/outside-task/stays-open", test_outside_task);
  anyio_test_add_func ("/scope-misuse/entered-twice/changes-nothing", test_entered_twice);
  anyio_test_add_func ("/scope-misuse/group-entered-twice/changes-nothing", test_group_entered_twice);
  anyio_test_add_func ("/scope-misuse/never-entered/names-the-task", test_never_entered);
  anyio_test_add_func ("/scope-misuse/never-exited/closed-at-the-end", test_never_exited);
  anyio_test_add_func ("/scope-misuse/dropped/closed-at-the-end", test_dropped);
  anyio_test_add_func ("/scope-misuse/group-dropped/joined-at-the-end", test_group_dropped);
  anyio_test_add_func ("/scope-misuse/deferred-cleanups/run-once", test_cleanups);
  g_test_add_func ("/scope-misuse/outside-tasks/critical", test_outside);

  return g_test_run ();
}
