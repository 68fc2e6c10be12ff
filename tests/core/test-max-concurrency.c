/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bound on the children that run at once. */

#include "core-test.h"
#include "jobs.h"

static AnyioTaskGroup *
open_with_bound (guint n_tasks, GError **error)
{
  AnyioTaskGroup *group = anyio_task_group_open (error);

  anyio_task_group_set_max_concurrency (group, n_tasks);

  return group;
}

static gboolean
test_two_at_a_time (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 3 }, { "b", 1 }, { "c", 1 }, { "d", 1 } };
  g_autoptr (AnyioTaskGroup) group = open_with_bound (2, error);

  g_test_summary ("SEMANTICS 3.11: a task beyond the bound begins when another one has ended, in the order of spawning");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  g_assert_cmpuint (anyio_task_group_get_max_concurrency (group), ==, 2);
  assert_joins (group);
  anyio_assert_trace ("a+ b+ b- c+ c- d+ a- d-");
  assert_time (3);

  return TRUE;
}

static gboolean
test_try (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1 }, { "b", 1 } };
  g_autoptr (AnyioTaskGroup) group = open_with_bound (1, error);

  g_test_summary ("SEMANTICS 3.11: try_start_soon() refuses a task beyond the bound, and takes nothing");

  g_assert_true (anyio_task_group_try_start_soon (group, do_job, &jobs[0], NULL));
  g_assert_false (anyio_task_group_try_start_soon (group, do_job, &jobs[1], g_free));
  assert_sleeps (2);
  g_assert_true (anyio_task_group_try_start_soon (group, do_job, &jobs[1], NULL));
  assert_joins (group);
  anyio_assert_trace ("a+ a- b+ b-");

  return TRUE;
}

static gboolean
test_raised (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 5 }, { "b", 5 }, { "c", 5 }, { "d", 1 } };
  g_autoptr (AnyioTaskGroup) group = open_with_bound (1, error);

  g_test_summary ("SEMANTICS 3.11: raising the bound lets tasks begin at once; lowering it interrupts nobody");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  assert_sleeps (1);
  anyio_task_group_set_max_concurrency (group, 3);
  assert_sleeps (1);
  anyio_task_group_set_max_concurrency (group, 1);
  assert_joins (group);
  anyio_assert_trace ("a+ b+ c+ a- b- c- d+ d-");
  assert_time (7);

  return TRUE;
}

static gboolean
test_cancelled (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 9, NULL, 1 }, { "b", 9 }, { "c", 9 } };
  g_autoptr (AnyioTaskGroup) group = open_with_bound (1, error);

  g_test_summary ("SEMANTICS 1.3, 3.11: in a cancelled group each task begins all the same, when its turn comes");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  assert_sleeps (1);
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  anyio_assert_trace ("a+ a! a~ b+ b! c+ c!");
  assert_time (2);

  return TRUE;
}

static gboolean
test_fails (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "no a" }, { "b", 9 } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = open_with_bound (1, NULL);

  g_test_summary ("SEMANTICS 3.3, 3.11: a failure cancels also the tasks that have not begun");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  g_assert_false (anyio_task_group_join (group, &failure));
  assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "no a");
  anyio_assert_trace ("a+ ax b+ b!");
  assert_time (1);

  return TRUE;
}

static gboolean
test_cancel_held (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 2 }, { "b", 9 } };
  g_autoptr (AnyioTask) b = NULL;
  g_autoptr (AnyioTaskGroup) group = open_with_bound (1, error);

  g_test_summary ("SEMANTICS 1.3, 5: a task that has not begun can be cancelled alone; it begins cancelled when its turn comes");

  anyio_task_group_start_soon_named (group, "a", do_job, &jobs[0], NULL);
  b = anyio_task_group_create_task_named (group, "b", do_job, &jobs[1], NULL);
  assert_sleeps (1);
  anyio_task_cancel (b, NULL);
  g_assert_cmpint (anyio_task_get_status (b), ==, ANYIO_TASK_CANCELLING);
  assert_joins (group);
  anyio_assert_trace ("a+ a- b+ b!");
  assert_time (2);

  return TRUE;
}

static void
end_at_once (AnyioTask *task, gpointer data)
{
  anyio_trace ("%s", (const char *) data);
  anyio_task_return_value (task, NULL);
}

static gboolean
test_callback_task (gpointer data, GError **error)
{
  Job job = { "a", 1 };
  g_autoptr (AnyioTaskGroup) group = open_with_bound (1, error);

  g_test_summary ("SEMANTICS 3.11: tasks that are callbacks wait for their turn, too");

  start_jobs (group, &job, 1);
  anyio_task_group_start_callback (group, "x", end_at_once, (gpointer) "x", NULL);
  assert_joins (group);
  anyio_assert_trace ("a+ a- x");

  return TRUE;
}

static void
start_once_more (AnyioTaskGroup *group,
                 AnyioTask *task,
                 const GError *error,
                 gpointer job)
{
  g_assert_false (anyio_task_group_try_start_soon (group, do_job, job, NULL));
  start_jobs (group, job, 1);
}

static gboolean
test_replaced (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "broken" }, { "b", 1 }, { "c", 1 } };
  Job again = { "again", 1 };
  g_autoptr (AnyioTaskGroup) group = open_with_bound (1, error);

  g_test_summary ("SEMANTICS 3.11: what a handler starts in place of a child that failed begins after those who wait");

  anyio_task_group_set_policy (group, ANYIO_JOIN_SUPERVISE);
  g_signal_connect (group, "child-failed", G_CALLBACK (start_once_more), &again);
  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  assert_joins (group);
  anyio_assert_trace ("a+ ax b+ b- c+ c- again+ again-");

  return TRUE;
}

static gboolean
test_many (gpointer data, GError **error)
{
  enum { N_TASKS = 10000 };
  g_autoptr (AnyioTaskGroup) group = open_with_bound (8, error);

  g_test_summary ("SEMANTICS 3.11: ten thousand tasks, eight at a time");

  for (guint i = 0; i < N_TASKS; i++)
    anyio_task_group_start_soon (group, succeed, NULL, NULL);
  assert_joins (group);

  return TRUE;
}

static gboolean
test_try_closed (gpointer data, GError **error)
{
  g_autofree char *mine = g_strdup ("stays with the caller");
  g_autoptr (AnyioTaskGroup) group = open_with_bound (1, error);

  g_test_summary ("SEMANTICS 3.6: nothing is started in a closed group, and what was not started keeps its data");

  assert_joins (group);
  expect_critical ("*\"succeed\" cannot be started in a task group that is closed");
  g_assert_false (anyio_task_group_try_start_soon (group, succeed, mine, g_free));
  g_test_assert_expected_messages ();
  g_assert_cmpstr (mine, ==, "stays with the caller");

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/max-concurrency/two-at-a-time", test_two_at_a_time);
  core_add_ordered ("/max-concurrency/try", test_try);
  anyio_test_add_func ("/max-concurrency/try-closed", test_try_closed);
  core_add_ordered ("/max-concurrency/raised", test_raised);
  core_add_ordered ("/max-concurrency/cancelled", test_cancelled);
  core_add_ordered ("/max-concurrency/failure", test_fails);
  core_add_ordered ("/max-concurrency/cancel-held", test_cancel_held);
  core_add_ordered ("/max-concurrency/callback-task", test_callback_task);
  core_add_ordered ("/max-concurrency/replaced", test_replaced);
  anyio_test_add_func ("/max-concurrency/many", test_many);

  return g_test_run ();
}
