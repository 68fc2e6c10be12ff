/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a failure in a task group does to the others, and what comes out at the join. */

#include "jobs.h"

static gboolean
test_child_cancels_group (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 5 }, { "b", 1, "gone" }, { "c", 5 } };
  const char *text = NULL;
  const char *by_task = NULL;
  g_autoptr (GError) inside = NULL;
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 3.3, 2.12, 11.9: a child's failure cancels the group with the reason child failed; delivery goes to the body, then in spawn order");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  g_assert_false (anyio_sleep (10, &inside));
  anyio_trace ("body!");
  g_assert_error (inside, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (g_str_has_suffix (inside->message, "task \"b\" failed: gone"));
  g_assert_cmpint (anyio_cancel_scope_get_reason (anyio_task_group_get_cancel_scope (group), &text, &by_task), ==, ANYIO_CANCEL_CHILD_FAILED);
  g_assert_cmpstr (text, ==, "gone");
  g_assert_cmpstr (by_task, ==, "b");

  joined = g_steal_pointer (&inside);
  g_assert_false (anyio_task_group_join (group, &joined));
  assert_and_clear (&joined, G_IO_ERROR_NOT_FOUND, "gone");
  anyio_assert_trace ("a+ b+ c+ bx body! a! c!");
  assert_time (1);

  return TRUE;
}

static gboolean
test_below_cancelled_ancestor (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 10, NULL, 1, "broken" }, { "b", 10, NULL, 9 } };
  const char *by_task = NULL;
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (1);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);
  AnyioCancelScope *scope = anyio_task_group_get_cancel_scope (group);

  g_test_summary ("SEMANTICS 3.3: a child's failure cancels the group's own scope also when an ancestor is already cancelled");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  sleep_shielded (1.5);
  g_assert_true (anyio_cancel_scope_is_cancelled (scope));
  g_assert_false (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_cmpint (anyio_cancel_scope_get_reason (scope, NULL, NULL), ==, ANYIO_CANCEL_DEADLINE);
  sleep_shielded (1);
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_cmpint (anyio_cancel_scope_get_reason (scope, NULL, &by_task), ==, ANYIO_CANCEL_CHILD_FAILED);
  g_assert_cmpstr (by_task, ==, "a");

  g_assert_false (anyio_task_group_join (group, &joined));
  assert_time (10);
  g_assert_error (joined, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  g_assert_false (anyio_cancel_scope_exit (outer, &joined));
  assert_and_clear (&joined, G_IO_ERROR_BROKEN_PIPE, "broken");
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (outer));

  return TRUE;
}

static gboolean
test_body_cancels_group (gpointer data, GError **error)
{
  Job job = { "a", 5 };
  const char *text = NULL;
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 3.3, 11.2: a body's error, given to join, cancels the group with the reason body failed");

  start_jobs (group, &job, 1);
  g_assert_true (anyio_sleep (1, error));
  fail_with (&joined, G_IO_ERROR_BUSY, "full");
  g_assert_false (anyio_task_group_join (group, &joined));
  assert_and_clear (&joined, G_IO_ERROR_BUSY, "full");
  g_assert_cmpint (anyio_cancel_scope_get_reason (anyio_task_group_get_cancel_scope (group), &text, NULL), ==, ANYIO_CANCEL_BODY_FAILED);
  g_assert_cmpstr (text, ==, "full");
  anyio_assert_trace ("a+ a!");

  return TRUE;
}

static gboolean
test_one_is_itself (gpointer data, GError **error)
{
  Job job = { "a", 1, "gone" };
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 3.4: a single failure is that GError itself");

  start_jobs (group, &job, 1);
  g_assert_false (anyio_task_group_join (group, &joined));
  assert_and_clear (&joined, G_IO_ERROR_NOT_FOUND, "gone");

  return TRUE;
}

static gboolean
test_none (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1 }, { "b", 2 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.4, I8: without a failure the group succeeds, was not cancelled, and its list of failures is empty");

  start_jobs (group, jobs, 2);
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_cmpuint (g_list_model_get_n_items (anyio_task_group_get_failures (group)), ==, 0);
  g_assert_false (anyio_cancel_scope_get_cancel_called (anyio_task_group_get_cancel_scope (group)));

  return TRUE;
}

static gboolean
test_order_of_arrival (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 9, NULL, 3, "third" }, { "b", 1, "first" }, { "c", 9, NULL, 1, "second" }, { "d", 9 } };
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);
  GPtrArray *errors;

  g_test_summary ("SEMANTICS 3.4: two or more failures are an ANYIO_ERROR_GROUP in order of arrival; the cancellation of a sibling vanishes beside them");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  g_assert_false (anyio_task_group_join (group, &joined));
  assert_time (4);
  g_assert_error (joined, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  g_assert_cmpstr (joined->message, ==, "first (and 2 more)");
  errors = anyio_error_group_get_errors (joined);
  g_assert_cmpuint (errors->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      const char *messages[] = { "first", "second", "third" };

      g_assert_cmpstr (((GError *) errors->pdata[i])->message, ==, messages[i]);
    }

  return TRUE;
}

static gboolean
test_body_among_leaves (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "first" }, { "b", 9, NULL, 3, "third" } };
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);
  GPtrArray *errors;

  g_test_summary ("SEMANTICS 3.4: the body's error is a leaf like the others, at its place in the order of arrival");

  start_jobs (group, jobs, 2);
  sleep_shielded (2);
  fail_with (&joined, G_IO_ERROR_BUSY, "second");
  g_assert_false (anyio_task_group_join (group, &joined));
  errors = anyio_error_group_get_errors (joined);
  g_assert_cmpuint (errors->len, ==, 3);
  g_assert_cmpstr (((GError *) errors->pdata[0])->message, ==, "first");
  g_assert_cmpstr (((GError *) errors->pdata[1])->message, ==, "second");
  g_assert_cmpstr (((GError *) errors->pdata[2])->message, ==, "third");

  return TRUE;
}

static gboolean
test_cancellations_merge (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 9 }, { "b", 9 }, { "c", 9 } };
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (1);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 3.4, 2.9: the cancellations of all children merge into one, which the cancelled outer scope absorbs");

  anyio_task_group_set_strict (group, TRUE);
  start_jobs (group, jobs, 3);
  g_assert_false (anyio_task_group_join (group, &joined));
  g_assert_error (joined, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (anyio_task_group_get_cancel_scope (group)));
  g_assert_cmpuint (g_list_model_get_n_items (anyio_task_group_get_failures (group)), ==, 0);
  g_assert_true (anyio_cancel_scope_exit (outer, &joined));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (outer));

  return TRUE;
}

static gboolean
test_strict (gpointer data, GError **error)
{
  Job job = { "a", 1, "gone" };
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) good = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) group = NULL;
  GPtrArray *errors;

  g_test_summary ("SEMANTICS 3.4, 11.11: a strict group wraps a single failure, too; without one it succeeds");

  anyio_task_group_set_strict (good, TRUE);
  g_assert_true (anyio_task_group_join (good, error));

  group = anyio_task_group_open (NULL);
  g_assert_false (anyio_task_group_get_strict (group));
  g_object_set (group, "strict", TRUE, NULL);
  start_jobs (group, &job, 1);
  g_assert_false (anyio_task_group_join (group, &joined));
  g_assert_error (joined, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  g_assert_cmpstr (joined->message, ==, "gone");
  errors = anyio_error_group_get_errors (joined);
  g_assert_cmpuint (errors->len, ==, 1);
  g_assert_error ((GError *) errors->pdata[0], G_IO_ERROR, G_IO_ERROR_NOT_FOUND);

  return TRUE;
}

static gboolean
be_silent (gpointer data, GError **error)
{
  return FALSE;
}

static gboolean
be_contradictory (gpointer data, GError **error)
{
  fail_with (error, G_IO_ERROR_BUSY, "full");

  return TRUE;
}

static gboolean
test_false_without_error (gpointer data, GError **error)
{
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 3.5: a child that returns FALSE without an error has failed, and the error that is made for it names it");

  anyio_task_group_start_soon (group, be_silent, NULL, NULL);
  g_assert_false (anyio_task_group_join (group, &joined));
  g_assert_error (joined, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_nonnull (strstr (joined->message, "be_silent"));

  return TRUE;
}

static gboolean
test_true_with_error (gpointer data, GError **error)
{
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 3.5, 11.1: a child that returns TRUE with an error has failed, with a critical message that names it");

  expect_critical ("*be_contradictory*full*");
  anyio_task_group_start_soon (group, be_contradictory, NULL, NULL);
  g_assert_false (anyio_task_group_join (group, &joined));
  g_test_assert_expected_messages ();
  assert_and_clear (&joined, G_IO_ERROR_BUSY, "full");

  return TRUE;
}

static gboolean
dismiss (gpointer data, GError **error)
{
  return anyio_sleep (1, error) && fail_with (error, G_IO_ERROR_CANCELLED, "dismissed");
}

static gboolean
test_stray_cancellation (gpointer data, GError **error)
{
  Job job = { "a", 5 };
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 2.11, 3.4: a stray CANCELLED fails the group like any other error, and is never stripped from it");

  start_jobs (group, &job, 1);
  anyio_task_group_start_soon (group, dismiss, NULL, NULL);
  g_assert_false (anyio_task_group_join (group, &joined));
  assert_time (1);
  anyio_assert_trace ("a+ a!");
  g_assert_error (joined, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (joined->message, ==, "dismissed");
  g_assert_false (anyio_cancel_scope_exit (outer, &joined));
  assert_and_clear (&joined, G_IO_ERROR_CANCELLED, "dismissed");

  return TRUE;
}

static gboolean
leave_by_cleanup (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) scope G_GNUC_UNUSED = anyio_move_on_after (1);

  return anyio_sleep (5, error);
}

static gboolean
test_scope_left_by_cleanup (gpointer data, GError **error)
{
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 11.4, 3.5: a CANCELLED that leaves a child's own scope through a cleanup is an ordinary error of that child");

  anyio_task_group_start_soon (group, leave_by_cleanup, NULL, NULL);
  g_assert_false (anyio_task_group_join (group, &joined));
  g_assert_error (joined, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  return TRUE;
}

static gboolean
test_caught (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 5 }, { "b", 1, "gone" } };
  Job lone = { "c", 1, "gone" };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);
  g_autoptr (AnyioTaskGroup) other = NULL;
  AnyioCancelScope *scope = anyio_task_group_get_cancel_scope (group);
  gboolean caught = FALSE;

  g_test_summary ("SEMANTICS 11.18: a group that a failure cancelled and that stripped a CANCELLED has caught TRUE, also for who has had its scope since before");

  start_jobs (group, jobs, 2);
  g_assert_false (anyio_task_group_join (group, NULL));
  g_assert_true (scope == anyio_task_group_get_cancel_scope (group));
  g_object_get (scope, "cancelled-caught", &caught, NULL);
  g_assert_true (caught);

  other = anyio_task_group_open (NULL);
  start_jobs (other, &lone, 1);
  g_assert_false (anyio_task_group_join (other, NULL));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (anyio_task_group_get_cancel_scope (other)));

  return TRUE;
}

static gboolean
trace_end (gpointer data, GError **error)
{
  anyio_trace ("end");

  return TRUE;
}

static void
destroy_cb (gpointer data)
{
  g_autoptr (GError) error = NULL;

  anyio_trace ("destroyed");
  g_assert_false (anyio_checkpoint (&error));
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_assert_true (g_main_context_get_thread_default () == data);
}

static gboolean
test_destroy (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 11.10: the user data is destroyed on the home stack, after the task and before its group closes");

  expect_critical ("*anyio_checkpoint*can therefore only be called in a task*");
  anyio_task_group_start_soon (group, do_job, ((Job[]){ { "a", 1 } }), NULL);
  anyio_task_group_start_soon (group, trace_end, g_main_context_get_thread_default (), destroy_cb);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_trace ("joined");
  g_test_assert_expected_messages ();
  anyio_assert_trace ("a+ end destroyed a- joined");

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/group-failure/child/cancels-group", test_child_cancels_group);
  anyio_test_add_func ("/group-failure/child-below-cancelled-ancestor/cancels-group", test_below_cancelled_ancestor);
  anyio_test_add_func ("/group-failure/body/cancels-group", test_body_cancels_group);
  anyio_test_add_func ("/group-failure/none/succeeds", test_none);
  anyio_test_add_func ("/group-failure/one/is-itself", test_one_is_itself);
  anyio_test_add_func ("/group-failure/several/order-of-arrival", test_order_of_arrival);
  anyio_test_add_func ("/group-failure/body-and-children/order-of-arrival", test_body_among_leaves);
  anyio_test_add_func ("/group-failure/cancellations/merge", test_cancellations_merge);
  anyio_test_add_func ("/group-failure/strict/wraps", test_strict);
  anyio_test_add_func ("/group-failure/false-without-error/counts", test_false_without_error);
  anyio_test_add_func ("/group-failure/true-with-error/counts", test_true_with_error);
  anyio_test_add_func ("/group-failure/stray-cancellation/is-ordinary", test_stray_cancellation);
  anyio_test_add_func ("/group-failure/scope-left-by-cleanup/is-ordinary", test_scope_left_by_cleanup);
  anyio_test_add_func ("/group-failure/stripped/has-caught", test_caught);
  core_add_ordered ("/group-failure/user-data/destroyed-before-close", test_destroy);

  return g_test_run ();
}
