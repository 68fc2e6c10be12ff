/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the end of a child means for its group, under each policy. */

#include "core-test.h"
#include "jobs.h"

static AnyioTaskGroup *
open_with_policy (AnyioJoinPolicy policy, GError **error)
{
  AnyioTaskGroup *group = anyio_task_group_open (error);

  anyio_task_group_set_policy (group, policy);
  g_assert_cmpint (anyio_task_group_get_policy (group), ==, policy);

  return group;
}

static void
assert_winner (AnyioTaskGroup *group, const char *name)
{
  AnyioTask *winner = anyio_task_group_get_winner (group);

  g_assert_nonnull (winner);
  g_assert_cmpstr (anyio_task_get_name (winner), ==, name);
}

static void
assert_failures (AnyioTaskGroup *group, guint n)
{
  GListModel *failures = anyio_task_group_get_failures (group);

  g_assert_cmpuint (g_list_model_get_n_items (failures), ==, n);
}

static gboolean
test_default (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.9: ALL is the default, nobody wins, and zero children succeed");

  g_assert_cmpint (anyio_task_group_get_policy (group), ==, ANYIO_JOIN_ALL);
  g_assert_null (anyio_task_group_get_winner (group));

  return anyio_task_group_join (group, error);
}

static gboolean
test_collect (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "no a" }, { "b", 2 }, { "c", 3, "no c" } };
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_COLLECT, error);

  g_test_summary ("SEMANTICS 3.9: COLLECT waits for all, and a failure disturbs nobody");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  assert_joins (group);
  anyio_assert_trace ("a+ b+ c+ ax b- cx");
  assert_time (3);
  g_assert_null (anyio_task_group_get_winner (group));
  assert_failures (group, 2);

  return TRUE;
}

static gboolean
test_collect_body_fails (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "no a" }, { "b", 2 } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_COLLECT, NULL);

  g_test_summary ("SEMANTICS 3.3, 3.9: a body that fails cancels the group under COLLECT, too");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  assert_sleeps (1.5);
  g_set_error_literal (&failure, G_IO_ERROR, G_IO_ERROR_BUSY, "body");
  g_assert_false (anyio_task_group_join (group, &failure));
  assert_and_clear (&failure, G_IO_ERROR_BUSY, "body");
  anyio_assert_trace ("a+ b+ ax b!");

  return TRUE;
}

static gboolean
test_collect_cancelled (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "no a" }, { "b", 9 } };
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (2);
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_COLLECT, NULL);

  g_test_summary ("SEMANTICS 2.9, 3.9: a cancellation from outside goes out of a COLLECT group as out of any other");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  anyio_assert_trace ("a+ b+ ax b!");
  assert_time (2);

  return TRUE;
}

static gboolean
test_first_done (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 3 }, { "b", 1 }, { "c", 9, NULL, 1 } };
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_FIRST_DONE, error);

  g_test_summary ("SEMANTICS 3.9: FIRST_DONE returns when the losers have ended, too");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  assert_joins (group);
  anyio_assert_trace ("a+ b+ c+ b- a! c! c~");
  assert_time (2);
  assert_winner (group, "b");

  return TRUE;
}

static gboolean
test_first_done_fails (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 3 }, { "b", 1, "no b" } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_FIRST_DONE, NULL);

  g_test_summary ("SEMANTICS 3.9: FIRST_DONE fails with the failure of the first one");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  g_assert_false (anyio_task_group_join (group, &failure));
  assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "no b");
  anyio_assert_trace ("a+ b+ bx a!");
  assert_winner (group, "b");

  return TRUE;
}

static gboolean
test_first_done_loser_fails (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1 }, { "b", 9, NULL, 1, "broken" } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_FIRST_DONE, NULL);

  g_test_summary ("SEMANTICS 3.5, 3.9: a loser whose cleanup fails is not silent");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  g_assert_false (anyio_task_group_join (group, &failure));
  assert_and_clear (&failure, G_IO_ERROR_BROKEN_PIPE, "broken");
  anyio_assert_trace ("a+ b+ a- b! b~");
  assert_winner (group, "a");

  return TRUE;
}

static gboolean
test_tie (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1 }, { "b", 1 } };
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_FIRST_DONE, error);

  g_test_summary ("SEMANTICS 3.9: a tie goes to the earlier completion");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  assert_joins (group);
  assert_winner (group, "a");
  anyio_assert_trace ("a+ b+ a- b!");

  return TRUE;
}

static gboolean
test_first_success (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "no a" }, { "b", 2 }, { "c", 9 } };
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_FIRST_SUCCESS, error);

  g_test_summary ("SEMANTICS 3.9: FIRST_SUCCESS passes over failures, keeps them, and cancels the rest once one has succeeded");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  assert_joins (group);
  anyio_assert_trace ("a+ b+ c+ ax b- c!");
  assert_time (2);
  assert_winner (group, "b");
  assert_failures (group, 1);

  return TRUE;
}

static gboolean
test_no_success (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 2, "no a" }, { "b", 1, "no b" } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_FIRST_SUCCESS, NULL);
  GPtrArray *errors;

  g_test_summary ("SEMANTICS 3.9: FIRST_SUCCESS fails with all failures, in the order in which they came, if nobody succeeds");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  errors = anyio_error_group_get_errors (failure);
  g_assert_cmpuint (errors->len, ==, 2);
  g_assert_cmpstr (((GError *) errors->pdata[0])->message, ==, "no b");
  g_assert_cmpstr (((GError *) errors->pdata[1])->message, ==, "no a");
  g_assert_null (anyio_task_group_get_winner (group));
  anyio_trace_clear ();

  return TRUE;
}

/* The second of the two is cancelled by a deadline when the first has failed. */
static void
assert_jobs_time_out (Job *jobs)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_fail_after (2, &failure);
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_FIRST_SUCCESS, &failure);

  start_jobs (group, jobs, 2);
  assert_is_cancelled (anyio_task_group_join (group, &failure), failure);
  g_assert_null (anyio_task_group_get_winner (group));
  assert_failures (group, 1);
  g_assert_false (anyio_cancel_scope_exit (scope, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static gboolean
test_timed_out (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "no a" }, { "b", 9 } };
  Job last[] = { { "a", 1, "no a" }, { "b", 9, NULL, 1, "broken" } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = NULL;
  g_autoptr (AnyioTaskGroup) group = NULL;

  g_test_summary ("SEMANTICS 2.13, 3.9: under FIRST_SUCCESS a failure decides nothing, so a deadline has passed; but if all have failed, those failures come out");

  assert_jobs_time_out (jobs);

  scope = anyio_fail_after (2, &failure);
  group = open_with_policy (ANYIO_JOIN_FIRST_SUCCESS, &failure);
  start_jobs (group, last, G_N_ELEMENTS (last));
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  g_assert_false (anyio_cancel_scope_exit (scope, &failure));
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  anyio_trace_clear ();

  return TRUE;
}

static gboolean
test_nobody (gpointer data, GError **error)
{
  const AnyioJoinPolicy first[] = { ANYIO_JOIN_FIRST_DONE, ANYIO_JOIN_FIRST_SUCCESS };

  g_test_summary ("SEMANTICS 3.9: with zero children FIRST_* fail with EMPTY, the others succeed");

  for (guint i = 0; i < G_N_ELEMENTS (first); i++)
    {
      g_autoptr (GError) failure = NULL;
      g_autoptr (AnyioTaskGroup) group = open_with_policy (first[i], NULL);

      g_assert_false (anyio_task_group_join (group, &failure));
      g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_EMPTY);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AnyioTaskGroup) group = open_with_policy (i == 0 ? ANYIO_JOIN_COLLECT : ANYIO_JOIN_SUPERVISE, NULL);

      assert_joins (group);
    }

  return TRUE;
}

static gboolean
test_cancelled_alone (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 5 }, { "b", 2 } };
  g_autoptr (AnyioTask) a = NULL;
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_FIRST_SUCCESS, error);

  g_test_summary ("SEMANTICS 3.9: a task that was cancelled alone has not succeeded");

  a = anyio_task_group_create_task_named (group, "a", do_job, &jobs[0], NULL);
  anyio_task_group_start_soon_named (group, "b", do_job, &jobs[1], NULL);
  assert_sleeps (1);
  anyio_task_cancel (a, NULL);
  assert_joins (group);
  assert_winner (group, "b");
  anyio_assert_trace ("a+ b+ a! b-");

  return TRUE;
}

static gboolean
test_first_cancelled (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 9 }, { "b", 9 } };
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_FIRST_DONE, NULL);

  g_test_summary ("SEMANTICS 2.9, 3.9: who is cancelled from outside does not win; the cancellation goes out");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_null (anyio_task_group_get_winner (group));
  anyio_assert_trace ("a+ b+ a! b!");

  return TRUE;
}

typedef struct
{
  AnyioTaskGroup *group;
  Job replacement;
  guint n_failures;
} Supervisor;

static void
child_failed_cb (AnyioTaskGroup *group, AnyioTask *task, const GError *error, gpointer data)
{
  Supervisor *self = data;

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FAILED);
  g_assert_null (anyio_get_current_task ());
  anyio_trace ("%s:%s", anyio_task_get_name (task), error->message);
  if (self->n_failures++ == 0)
    anyio_task_group_start_soon_named (group, self->replacement.name, do_job, &self->replacement, NULL);
}

static gboolean
test_supervise (gpointer data, GError **error)
{
  Supervisor self = { .replacement = { "d", 3, "no d" } };
  Job jobs[] = { { "a", 1, "no a" }, { "b", 2 } };
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_SUPERVISE, error);

  g_test_summary ("SEMANTICS 3.9: SUPERVISE tells a failure to the handler, which may start another task, and nothing else happens");

  g_signal_connect (group, "child-failed", G_CALLBACK (child_failed_cb), &self);
  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  assert_joins (group);
  anyio_assert_trace ("a+ b+ ax a:no a d+ b- dx d:no d");
  assert_time (4);

  return TRUE;
}

static gboolean
test_last_is_replaced (gpointer data, GError **error)
{
  Supervisor self = { .replacement = { "d", 1 } };
  Job job = { "a", 1, "no a" };
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_SUPERVISE, error);

  g_test_summary ("SEMANTICS 3.6, 3.9: the last child of a group that waits in its join can be replaced by the handler");

  g_signal_connect (group, "child-failed", G_CALLBACK (child_failed_cb), &self);
  start_jobs (group, &job, 1);
  assert_joins (group);
  anyio_assert_trace ("a+ ax a:no a d+ d-");

  return TRUE;
}

static gboolean
test_supervise_without_handler (gpointer data, GError **error)
{
  Job job = { "a", 1, "no a" };
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_SUPERVISE, error);

  g_test_summary ("SEMANTICS 3.5, 3.9: without a handler a failure is not silent");

  expect_critical ("*\"a\"*no a*");
  start_jobs (group, &job, 1);
  assert_joins (group);
  g_test_assert_expected_messages ();
  anyio_trace_clear ();

  return TRUE;
}

static gboolean
end_and_tell (gpointer data, GError **error)
{
  if (!anyio_sleep (1, error))
    return FALSE;
  *(gboolean *) data = TRUE;

  return TRUE;
}

/* What a dialog does that the handler shows. */
static void
iterate_until_others_have_ended (AnyioTaskGroup *group, AnyioTask *task, const GError *error, gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  while (!*(gboolean *) data)
    g_main_context_iteration (context, TRUE);
  anyio_trace ("handled");
}

static gboolean
test_handler_iterates (gpointer data, GError **error)
{
  Job job = { "a", 1, "no a" };
  gboolean has_ended = FALSE;
  g_autoptr (AnyioTaskGroup) group = open_with_policy (ANYIO_JOIN_SUPERVISE, error);

  g_test_summary ("SEMANTICS 3.1, 3.9: the group stays open while the handler runs, also if all others end meanwhile in a main loop that it runs");

  g_signal_connect (group, "child-failed", G_CALLBACK (iterate_until_others_have_ended), &has_ended);
  start_jobs (group, &job, 1);
  anyio_task_group_start_soon (group, end_and_tell, &has_ended, NULL);
  assert_joins (group);
  anyio_trace ("joined");
  anyio_assert_trace ("a+ ax handled joined");

  return TRUE;
}

static gboolean
insist (gpointer data, GError **error)
{
  anyio_sleep (9, NULL);

  return TRUE;
}

static gboolean
test_late_success (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) first = NULL;

  g_test_summary ("SEMANTICS 3.9: one that succeeds although it was cancelled does not take the winner's place; and a policy is set before the first task");

  anyio_task_group_set_policy (group, ANYIO_JOIN_FIRST_SUCCESS);
  anyio_task_group_start_soon (group, insist, NULL, NULL);
  first = anyio_task_group_create_task (group, succeed, NULL, NULL);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*n_children == 0*");
  anyio_task_group_set_policy (group, ANYIO_JOIN_ALL);
  g_test_assert_expected_messages ();
  assert_joins (group);
  g_assert_true (anyio_task_group_get_winner (group) == first);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/join-policy/all/default", test_default);
  core_add_ordered ("/join-policy/collect/failures", test_collect);
  core_add_ordered ("/join-policy/collect/body-fails", test_collect_body_fails);
  core_add_ordered ("/join-policy/collect/cancelled", test_collect_cancelled);
  core_add_ordered ("/join-policy/first-done/losers-are-awaited", test_first_done);
  core_add_ordered ("/join-policy/first-done/fails", test_first_done_fails);
  core_add_ordered ("/join-policy/first-done/loser-fails", test_first_done_loser_fails);
  core_add_ordered ("/join-policy/first-done/tie", test_tie);
  core_add_ordered ("/join-policy/first-done/cancelled-from-outside", test_first_cancelled);
  core_add_ordered ("/join-policy/first-success/passes-over-failures", test_first_success);
  anyio_test_add_func ("/join-policy/first-success/none", test_no_success);
  anyio_test_add_func ("/join-policy/first-success/timed-out", test_timed_out);
  core_add_ordered ("/join-policy/first-success/cancelled-alone", test_cancelled_alone);
  anyio_test_add_func ("/join-policy/no-children", test_nobody);
  core_add_ordered ("/join-policy/supervise/handler", test_supervise);
  core_add_ordered ("/join-policy/supervise/last-is-replaced", test_last_is_replaced);
  anyio_test_add_func ("/join-policy/supervise/no-handler", test_supervise_without_handler);
  core_add_ordered ("/join-policy/supervise/handler-iterates", test_handler_iterates);
  anyio_test_add_func ("/join-policy/first-success/late-success", test_late_success);

  return g_test_run ();
}
