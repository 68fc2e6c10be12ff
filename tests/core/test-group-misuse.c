/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Task groups used in ways that they are not meant for: clear words, an error where there is a place for it, and a program that goes on. */

#include "jobs.h"

static gboolean
never_runs (gpointer data, GError **error)
{
  g_assert_not_reached ();
}

static void
never_begins (AnyioTask *task, gpointer data)
{
  g_assert_not_reached ();
}

static void
count_cb (gpointer data)
{
  (*(guint *) data)++;
}

/* All ways of starting a task in a group that takes none. */
static void
assert_takes_none (AnyioTaskGroup *group, const char *pattern)
{
  g_autoptr (GError) failure = NULL;
  guint n_destroyed = 0;

  expect_critical (pattern);
  anyio_task_group_start_soon (group, never_runs, &n_destroyed, count_cb);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (n_destroyed, ==, 1);

  expect_critical (pattern);
  g_assert_null (anyio_task_group_create_task (group, never_runs, &n_destroyed, count_cb));
  g_test_assert_expected_messages ();
  g_assert_cmpuint (n_destroyed, ==, 2);

  expect_critical (pattern);
  anyio_task_group_start_callback (group, "never_runs", never_begins, &n_destroyed, count_cb);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (n_destroyed, ==, 3);

  g_assert_false (anyio_task_group_start (group, never_runs, &n_destroyed, count_cb, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpuint (n_destroyed, ==, 4);
}

static gboolean
test_closed (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.6, 3.10: spawning into a closed group is misuse, and the destroy function runs; start() reports CLOSED");

  g_assert_true (anyio_task_group_join (group, error));
  assert_takes_none (group, "*never_runs*closed*");

  return TRUE;
}

static gboolean
test_not_entered (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_new ();

  g_test_summary ("SEMANTICS 3.10: a group that was not entered takes no task");

  assert_takes_none (group, "*never_runs*not entered*");

  return TRUE;
}

static gboolean
spawn_into (gpointer data, GError **error)
{
  assert_takes_none (data, "*never_runs*closed*");
  anyio_trace ("refused");

  return TRUE;
}

static gboolean
test_closing (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 9, CLOSING: a group takes no task any more while the join passes its schedule point");

  anyio_task_group_start_soon (outer, spawn_into, group, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_trace ("joined");
  anyio_assert_trace ("refused joined");

  return anyio_task_group_join (outer, error);
}

static gboolean
test_cancel_closed (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioCancelScope *scope = anyio_task_group_get_cancel_scope (group);

  g_test_summary ("SEMANTICS 11.5: cancel() on a closed group sets the flag only");

  g_assert_true (anyio_task_group_join (group, error));
  g_assert_false (anyio_cancel_scope_get_cancel_called (scope));
  anyio_task_group_cancel (group, "late");
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));
  g_assert_true (anyio_checkpoint (error));
  g_assert_true (anyio_task_group_join (group, error));

  return TRUE;
}

static gboolean
test_entered_twice (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_new ();

  g_test_summary ("SEMANTICS 2.14, 11.1: entering a group twice is misuse, also after its end");

  g_assert_true (anyio_task_group_enter (group, error));
  expect_critical ("*entered again by task \"/group-misuse/entered-twice/fails\"*");
  g_assert_false (anyio_task_group_enter (group, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_clear_error (&failure);
  g_assert_true (anyio_task_group_join (group, error));

  expect_critical ("Task \"/group-misuse/entered-twice/fails\" entered a task group for the second time*");
  g_assert_false (anyio_task_group_enter (group, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static gboolean
test_join_before_enter (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_new ();

  g_test_summary ("SEMANTICS 11.1: joining a group that was never entered is misuse");

  expect_critical ("*task group*never entered*");
  g_assert_false (anyio_task_group_join (group, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static void
test_outside_tasks (void)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_new ();
  g_autoptr (AnyioTaskGroup) opened = NULL;

  g_test_summary ("SEMANTICS 11.1: outside tasks entering a group fails with NO_TASK, and an opened one takes no task");

  expect_critical ("*anyio_task_group_enter*in a task*");
  g_assert_false (anyio_task_group_enter (group, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);

  expect_critical ("*anyio_task_group_open*in a task*");
  opened = anyio_task_group_open (NULL);
  g_test_assert_expected_messages ();
  expect_critical ("*never_runs*not entered*");
  anyio_task_group_start_soon (opened, never_runs, NULL, NULL);
  g_test_assert_expected_messages ();
}

static gboolean
join_of_another (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  expect_critical ("*task group that task \"/group-misuse/other-task/fails\" entered at *exited from task \"join_of_another\"*");
  g_assert_false (anyio_task_group_join (data, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static gboolean
test_other_task (gpointer data, GError **error)
{
  Job job = { "a", 1 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.14, 11.1: joining a group from another task is misuse, named by both tasks, and disturbs nobody");

  anyio_task_group_start_soon (group, join_of_another, group, NULL);
  start_jobs (group, &job, 1);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("a+ a-");

  return TRUE;
}

static gboolean
test_misnested (gpointer data, GError **error)
{
  Job jobs[] = { { "outer", 9, NULL, 1 }, { "inner", 9, NULL, 2 } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (NULL);
  g_autoptr (AnyioTaskGroup) inner = anyio_task_group_open (NULL);
  g_autoptr (AnyioCancelScope) innermost = anyio_move_on_after (INFINITY);

  g_test_summary ("SEMANTICS 11.1, 2.14: a join out of order fails with MISUSE; what is inside is cancelled, joined and closed, and its own later exits succeed silently");

  start_jobs (outer, &jobs[0], 1);
  start_jobs (inner, &jobs[1], 1);
  g_assert_true (anyio_checkpoint (error));
  expect_critical ("*exited the task group*while the cancel scope*still open*");
  g_assert_false (anyio_task_group_join (outer, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  anyio_assert_trace ("outer+ inner+ inner! inner~ outer! outer~");

  g_assert_true (anyio_cancel_scope_exit (innermost, error));
  g_assert_true (anyio_task_group_join (inner, error));
  g_assert_true (anyio_checkpoint (error));

  return TRUE;
}

static gboolean
test_left_out_of_order (gpointer data, GError **error)
{
  Job jobs[] = { { "outer", 9, NULL, 1 }, { "inner", 9, NULL, 2, "broken" } };
  AnyioTaskGroup *outer = anyio_task_group_open (NULL);
  g_autoptr (AnyioTaskGroup) inner = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 2.14, 3.5: leaving a group out of order joins the inner one, whose failure is a critical message of its own");

  start_jobs (outer, &jobs[0], 1);
  start_jobs (inner, &jobs[1], 1);
  g_assert_true (anyio_checkpoint (error));
  expect_critical ("*exited the task group*while the task group*still open*");
  expect_critical ("*left out of order had failed: broken*");
  anyio_task_group_leave (outer);
  g_test_assert_expected_messages ();
  anyio_assert_trace ("outer+ inner+ inner! inner~ outer! outer~");

  return TRUE;
}

static Job outliving_job = { "a", 9, NULL, 2 }; /* not on the stack of the function that leaves its group behind */

static gboolean
return_inside (gpointer data, GError **error)
{
  AnyioTaskGroup **group = data;

  *group = anyio_task_group_open (NULL);
  start_jobs (*group, &outliving_job, 1);

  return anyio_checkpoint (error);
}

static gboolean
test_task_returns_inside (gpointer data, GError **error)
{
  AnyioTaskGroup *forgotten = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.14, I1: a task that returns inside a group gets a critical message, and ends when the group has ended");

  expect_critical ("*return_inside*returned with a task group open*");
  anyio_task_group_start_soon (group, return_inside, &forgotten, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  g_test_assert_expected_messages ();
  assert_time (2);
  g_object_unref (forgotten);

  return TRUE;
}

static gboolean
drop_live (gpointer data, GError **error)
{
  AnyioTaskGroup *group = anyio_task_group_open (NULL);

  start_jobs (group, &outliving_job, 1);
  g_assert_true (anyio_checkpoint (error));
  expect_critical ("*dropped while task \"drop_live\" was still inside it, with 1 *join it first*");
  g_object_unref (group);
  g_test_assert_expected_messages ();
  expect_critical ("*drop_live*returned with a task group open*");

  return anyio_sleep (1, error);
}

static gboolean
test_dropped (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.14: dropping a group with live children is a critical message and never undefined behaviour: the group is joined when its task returns");

  anyio_task_group_start_soon (group, drop_live, NULL, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  g_test_assert_expected_messages ();
  anyio_assert_trace ("a+ a! a~");
  assert_time (3);

  return TRUE;
}

static void
leave_at_home (gpointer data)
{
  AnyioTaskGroup **group = data;

  anyio_task_group_leave (g_steal_pointer (group));
}

static gboolean
leave_elsewhere (gpointer data, GError **error)
{
  AnyioTaskGroup *group = anyio_task_group_open (NULL);

  start_jobs (group, &outliving_job, 1);
  g_assert_true (anyio_checkpoint (error));
  expect_critical ("*anyio_task_group_leave*in a task*");
  expect_critical ("*dropped while task \"leave_elsewhere\" was still inside*");
  anyio_call_home (leave_at_home, &group);
  g_test_assert_expected_messages ();
  expect_critical ("*leave_elsewhere*returned with a task group open*");

  return anyio_sleep (1, error);
}

static gboolean
test_left_at_home (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.14, 11.1: a group cannot be left on the home stack, where nothing can wait");

  anyio_task_group_start_soon (group, leave_elsewhere, NULL, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  g_test_assert_expected_messages ();
  anyio_assert_trace ("a+ a! a~");

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/group-misuse/closed/takes-no-task", test_closed);
  core_add_ordered ("/group-misuse/closing/takes-no-task", test_closing);
  anyio_test_add_func ("/group-misuse/not-entered/takes-no-task", test_not_entered);
  anyio_test_add_func ("/group-misuse/cancel-closed/sets-flag-only", test_cancel_closed);
  anyio_test_add_func ("/group-misuse/entered-twice/fails", test_entered_twice);
  anyio_test_add_func ("/group-misuse/join-before-enter/fails", test_join_before_enter);
  g_test_add_func ("/group-misuse/outside-tasks/fails", test_outside_tasks);
  anyio_test_add_func ("/group-misuse/other-task/fails", test_other_task);
  core_add_ordered ("/group-misuse/join-out-of-order/closes-inner", test_misnested);
  core_add_ordered ("/group-misuse/leave-out-of-order/closes-inner", test_left_out_of_order);
  anyio_test_add_func ("/group-misuse/task-returns-inside/joins", test_task_returns_inside);
  anyio_test_add_func ("/group-misuse/dropped-with-children/joins-later", test_dropped);
  anyio_test_add_func ("/group-misuse/left-at-home/joins-later", test_left_at_home);

  return g_test_run ();
}
