/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* start(): what comes out of it when the child is ready, fails or ends before. Cancellation and moving are in test-start-cancel.c. */

#include "jobs.h"

static gboolean
fail_before (gpointer data, GError **error)
{
  return anyio_sleep (1, error) && fail_with (error, G_IO_ERROR_NOT_FOUND, "gone");
}

static gboolean
test_fails_before (gpointer data, GError **error)
{
  Job job = { "a", 2 };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4: a failure before started() comes out of start() itself, unwrapped, and the target is unharmed");

  anyio_task_group_set_strict (group, TRUE);
  start_jobs (group, &job, 1);
  g_assert_false (anyio_task_group_start (group, fail_before, NULL, NULL, NULL, &failure));
  assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "gone");
  assert_time (1);
  g_assert_false (anyio_cancel_scope_get_cancel_called (anyio_task_group_get_cancel_scope (group)));
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("a+ a-");

  return TRUE;
}

static gboolean
end_before (gpointer data, GError **error)
{
  return anyio_sleep (1, error);
}

static gboolean
test_ends_before (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4: a child that ends without started() is NOT_STARTED, and the message names it");

  g_assert_false (anyio_task_group_start (group, end_before, NULL, NULL, NULL, &failure));
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_NOT_STARTED);
  g_assert_nonnull (strstr (failure->message, "end_before"));

  return anyio_task_group_join (group, error);
}

static gboolean
be_ready (gpointer data, GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, data);
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_trace ("ready");
  if (!anyio_task_started (&value, error))
    return FALSE;
  anyio_trace ("goes-on");
  if (!anyio_sleep (2, error))
    {
      anyio_trace ("cancelled");
      return FALSE;
    }
  anyio_trace ("ended");

  return TRUE;
}

static gboolean
test_value (gpointer data, GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4: start() returns the value of started() when the child is ready, and the child goes on in the target");

  g_assert_true (anyio_task_group_start (group, be_ready, (gpointer) "port 80", NULL, &value, error));
  anyio_trace ("returned");
  g_assert_true (G_VALUE_HOLDS_STRING (&value));
  g_assert_cmpstr (g_value_get_string (&value), ==, "port 80");
  assert_time (1);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (group)), ==, 1);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("ready goes-on returned ended");
  assert_time (3);

  return TRUE;
}

static gboolean
test_value_not_wanted (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4: the caller need not take the value");

  g_assert_true (anyio_task_group_start (group, be_ready, (gpointer) "port 80", NULL, NULL, error));
  anyio_task_group_cancel (group, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("ready goes-on cancelled");

  return TRUE;
}

static gboolean
be_ready_without_value (gpointer data, GError **error)
{
  return anyio_task_started (NULL, error);
}

static gboolean
test_no_value (gpointer data, GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4: started() without a value leaves the caller's unset; a child that then ends at once has been ready all the same");

  g_assert_true (anyio_task_group_start (group, be_ready_without_value, NULL, NULL, &value, error));
  g_assert_false (G_IS_VALUE (&value));

  return anyio_task_group_join (group, error);
}

static gboolean
fail_after_ready (gpointer data, GError **error)
{
  if (!anyio_task_started (NULL, error) || !anyio_sleep (1, error))
    return FALSE;

  return fail_with (error, G_IO_ERROR_NOT_FOUND, "gone");
}

static gboolean
test_fails_after (gpointer data, GError **error)
{
  Job job = { "a", 9 };
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 4: after started() the child is an ordinary one of the target: its failure cancels that");

  start_jobs (group, &job, 1);
  g_assert_true (anyio_task_group_start (group, fail_after_ready, NULL, NULL, NULL, error));
  g_assert_false (anyio_task_group_join (group, &joined));
  assert_and_clear (&joined, G_IO_ERROR_NOT_FOUND, "gone");
  anyio_assert_trace ("a+ a!");

  return TRUE;
}

static gboolean
fail_in_the_same_turn (gpointer data, GError **error)
{
  return anyio_task_started (NULL, error) && fail_with (error, G_IO_ERROR_NOT_FOUND, "gone");
}

static gboolean
test_fails_before_caller_resumes (gpointer data, GError **error)
{
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 4: start() succeeds also if the child fails, and cancels the caller, before the caller resumes");

  g_assert_true (anyio_task_group_start (group, fail_in_the_same_turn, NULL, NULL, NULL, error));
  g_assert_true (anyio_cancel_scope_get_cancel_called (anyio_task_group_get_cancel_scope (group)));
  g_assert_false (anyio_task_group_join (group, &joined));
  assert_and_clear (&joined, G_IO_ERROR_NOT_FOUND, "gone");

  return TRUE;
}

static gboolean
start_twice (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (!anyio_task_started (NULL, error))
    return FALSE;
  expect_critical ("*anyio_task_started() was called twice*start_twice*");
  g_assert_false (anyio_task_started (NULL, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_trace ("unharmed");

  return TRUE;
}

static gboolean
test_twice (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4: a second started() is misuse for that task only");

  g_assert_true (anyio_task_group_start (group, start_twice, NULL, NULL, NULL, error));
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("unharmed");

  return TRUE;
}

static gboolean
not_by_start (gpointer data, GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  for (guint i = 0; i < 2; i++)
    g_assert_true (anyio_task_started (&value, error));
  anyio_trace ("went-on");

  return TRUE;
}

static gboolean
test_without_start (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4: started() in a task that start() did not run is a successful no-op, in the main task too, as often as wanted");

  anyio_task_group_start_soon (group, not_by_start, NULL, NULL);
  g_assert_true (anyio_task_started (NULL, error));
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("went-on");

  return TRUE;
}

static void
test_outside_tasks (void)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 11.1: started() outside tasks fails with NO_TASK");

  expect_critical ("*anyio_task_started*in a task*");
  g_assert_false (anyio_task_started (NULL, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
}

static gboolean
start_inner (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon (group, not_by_start, NULL, NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
test_grandchild (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4, I18: started() counts only in the very task that start() runs, not in those that it starts");

  g_assert_false (anyio_task_group_start (group, start_inner, NULL, NULL, NULL, &failure));
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_NOT_STARTED);
  anyio_assert_trace ("went-on");

  return anyio_task_group_join (group, error);
}

static void
trace_cb (gpointer data)
{
  anyio_trace ("destroyed");
}

static gboolean
test_destroy (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 11.10: the destroy function runs when the child has ended: before start() returns its failure, and at its later end once it was ready");

  g_assert_false (anyio_task_group_start (group, fail_before, NULL, trace_cb, NULL, &failure));
  anyio_trace ("failed");
  g_assert_true (anyio_task_group_start (group, be_ready, (gpointer) "x", trace_cb, NULL, error));
  anyio_trace ("returned");
  g_assert_true (anyio_task_group_join (group, error));
  anyio_trace ("joined");
  anyio_assert_trace ("destroyed failed ready goes-on returned ended destroyed joined");

  return TRUE;
}

static gboolean
start_soon_inside (gpointer data, GError **error)
{
  static Job job = { "inner", 1 };

  start_jobs (data, &job, 1);
  if (!anyio_sleep (2, error))
    return FALSE;

  return anyio_task_started (NULL, error);
}

static gboolean
test_target_is_usable (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4: the child may use the target before it is ready");

  g_assert_true (anyio_task_group_start (group, start_soon_inside, group, NULL, NULL, error));
  anyio_trace ("returned");
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("inner+ inner- returned");

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/start/fails-before/comes-out", test_fails_before);
  anyio_test_add_func ("/start/ends-before/not-started", test_ends_before);
  anyio_test_add_func ("/start/ready/returns-value", test_value);
  anyio_test_add_func ("/start/ready/value-not-wanted", test_value_not_wanted);
  anyio_test_add_func ("/start/ready/without-value", test_no_value);
  anyio_test_add_func ("/start/fails-after/fails-target", test_fails_after);
  anyio_test_add_func ("/start/fails-in-same-turn/start-succeeds", test_fails_before_caller_resumes);
  anyio_test_add_func ("/start/started-twice/misuse-of-that-task", test_twice);
  anyio_test_add_func ("/start/started-without-start/no-op", test_without_start);
  g_test_add_func ("/start/started-outside-tasks/fails", test_outside_tasks);
  anyio_test_add_func ("/start/started-in-grandchild/no-op", test_grandchild);
  anyio_test_add_func ("/start/user-data/destroyed-at-end", test_destroy);
  anyio_test_add_func ("/start/target/usable-before", test_target_is_usable);

  return g_test_run ();
}
