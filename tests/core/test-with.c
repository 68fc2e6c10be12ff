/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The forms of groups and timeouts that take a function: exact, with no rule to remember. */

#include "jobs.h"

typedef struct
{
  Job *jobs;
  guint n_jobs;
  double delay;        /* of the body */
  const char *failure; /* of the body */
  gboolean cancels;    /* cancels the group before it sleeps */
} Body;

static gboolean
run_body (AnyioTaskGroup *group, gpointer data, GError **error)
{
  const Body *self = data;

  start_jobs (group, self->jobs, self->n_jobs);
  if (self->cancels)
    anyio_task_group_cancel (group, NULL);
  if (!anyio_sleep (self->delay, error))
    return FALSE;
  anyio_trace ("body");

  return self->failure == NULL || fail_with (error, G_IO_ERROR_BUSY, self->failure);
}

static gboolean
test_group_waits (gpointer data, GError **error)
{
  Job job = { "a", 2 };
  Body body = { &job, 1, .delay = 1 };

  g_test_summary ("SEMANTICS 11.4, 3.1: anyio_with_task_group() returns when all has ended");

  g_assert_true (anyio_with_task_group (run_body, &body, error));
  anyio_assert_trace ("a+ body a-");
  assert_time (2);

  return TRUE;
}

static gboolean
test_group_absorbs (gpointer data, GError **error)
{
  Job job = { "a", 2 };
  Body body = { &job, 1, .delay = 1, .cancels = TRUE };

  g_test_summary ("SEMANTICS 11.4, 2.9: the group's own cancellation is absorbed although the body passed it on");

  g_assert_true (anyio_with_task_group (run_body, &body, error));
  g_assert_no_error (*error);
  anyio_assert_trace ("a+ a!");

  return TRUE;
}

static gboolean
test_group_fails (gpointer data, GError **error)
{
  Job job = { "a", 1, "gone" };
  Job broken = { "b", 9, NULL, 1, "broken" };
  Body child_fails = { &job, 1, .delay = 9 };
  Body body_fails = { &broken, 1, .delay = 1, .failure = "full" };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 11.4, 3.4: failures of children and body come out as from a join");

  g_assert_false (anyio_with_task_group (run_body, &child_fails, &failure));
  assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "gone");
  g_assert_false (anyio_with_task_group (run_body, &body_fails, &failure));
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  g_assert_cmpstr (failure->message, ==, "full (and 1 more)");
  g_assert_false (anyio_with_task_group (run_body, &child_fails, NULL));

  return TRUE;
}

static gboolean
silent_group (AnyioTaskGroup *group, gpointer data, GError **error)
{
  return FALSE;
}

static gboolean
silent (gpointer data, GError **error)
{
  return FALSE;
}

static gboolean
contradictory_group (AnyioTaskGroup *group, gpointer data, GError **error)
{
  fail_with (error, G_IO_ERROR_BUSY, "full");

  return TRUE;
}

static gboolean
contradictory (gpointer data, GError **error)
{
  fail_with (error, G_IO_ERROR_BUSY, "full");

  return TRUE;
}

static gboolean
test_wrong_results (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 3.5: a body that returns FALSE without an error has failed; one that returns TRUE with an error, too, with a critical message");

  g_assert_false (anyio_with_task_group (silent_group, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_clear_error (&failure);
  g_assert_false (anyio_with_timeout (1, silent, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_clear_error (&failure);

  expect_critical ("*TRUE*full*");
  g_assert_false (anyio_with_task_group (contradictory_group, NULL, &failure));
  g_test_assert_expected_messages ();
  assert_and_clear (&failure, G_IO_ERROR_BUSY, "full");
  expect_critical ("*TRUE*full*");
  g_assert_false (anyio_with_timeout (1, contradictory, NULL, &failure));
  g_test_assert_expected_messages ();
  assert_and_clear (&failure, G_IO_ERROR_BUSY, "full");

  return TRUE;
}

static gboolean
test_timeout (gpointer data, GError **error)
{
  Job fast = { "a", 1 };
  Job slow = { "b", 5, NULL, 1 };
  Job failing = { "c", 1, "gone" };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 2.13, 11.4: anyio_with_timeout() fails with TIMED_OUT if and only if the deadline cancelled the body");

  g_assert_true (anyio_with_timeout (2, do_job, &fast, error));
  assert_time (1);
  g_assert_false (anyio_with_timeout (2, do_job, &slow, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&failure);
  assert_time (4);
  g_assert_false (anyio_with_timeout (2, do_job, &failing, &failure));
  assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "gone");
  anyio_assert_trace ("a+ a- b+ b! b~ c+ cx");

  return TRUE;
}

static gboolean
test_timeout_from_outside (gpointer data, GError **error)
{
  Job slow = { "a", 5 };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (1);

  g_test_summary ("SEMANTICS 2.9: a cancellation from further out passes through anyio_with_timeout() unchanged");

  g_assert_false (anyio_with_timeout (2, do_job, &slow, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (outer, &failure));
  assert_time (1);

  return TRUE;
}

static gboolean
test_timeout_limits (gpointer data, GError **error)
{
  Job job = { "a", 5 };
  double seconds[] = { 0, -3, INFINITY };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 2.6: 0 and less cancel at the first suspension point, infinity never");

  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    {
      g_assert_cmpint (anyio_with_timeout (seconds[i], do_job, &job, &failure), ==, i == 2);
      assert_time (i == 2 ? 5 : 0);
      if (i < 2)
        g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_clear_error (&failure);
    }
  anyio_assert_trace ("a+ a! a+ a! a+ a-");

  return TRUE;
}

static void
test_outside_tasks (void)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 11.1: outside tasks both fail with NO_TASK, and the body does not run");

  expect_critical ("*anyio_with_task_group*in a task*");
  g_assert_false (anyio_with_task_group (silent_group, NULL, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_clear_error (&failure);
  expect_critical ("*anyio_with_timeout*in a task*");
  g_assert_false (anyio_with_timeout (1, silent, NULL, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
}

static gboolean
exit_outer (gpointer scope, GError **error)
{
  return anyio_cancel_scope_exit (scope, error);
}

static gboolean
test_timeout_closed_by_outer_exit (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (INFINITY);

  g_test_summary ("SEMANTICS 11.1: a body that exits a scope further out has closed that of anyio_with_timeout(), too, and gets its own MISUSE back");

  expect_critical ("*still open*");
  g_assert_false (anyio_with_timeout (1, exit_outer, outer, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return anyio_sleep (2, error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/with/task-group/waits", test_group_waits);
  anyio_test_add_func ("/with/task-group/absorbs", test_group_absorbs);
  anyio_test_add_func ("/with/task-group/fails", test_group_fails);
  anyio_test_add_func ("/with/wrong-result/counts-as-failure", test_wrong_results);
  anyio_test_add_func ("/with/timeout/timed-out", test_timeout);
  anyio_test_add_func ("/with/timeout/outer-cancellation-passes", test_timeout_from_outside);
  anyio_test_add_func ("/with/timeout/limits", test_timeout_limits);
  g_test_add_func ("/with/outside-tasks/fails", test_outside_tasks);
  anyio_test_add_func ("/with/timeout/closed-by-outer-exit", test_timeout_closed_by_outer_exit);

  return g_test_run ();
}
