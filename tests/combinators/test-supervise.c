/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A function that is started again when it ends. */

#include "../core/core-test.h"
#include "../core/jobs.h"

static const AnyioBackoff doubling = { .delay = 1, .factor = 2, .max_delay = 8, .max_attempts = 3 };

typedef struct
{
  guint n_calls;
  guint n_failures; /* how many calls fail */
  double lasts;     /* seconds */
} Service;

static gboolean
serve (gpointer data, GError **error)
{
  Service *self = data;

  anyio_trace ("%u", ++self->n_calls);
  if (!anyio_sleep (self->lasts, error))
    return FALSE;
  if (self->n_calls <= self->n_failures)
    return fail_with (error, G_IO_ERROR_FAILED, "broken");

  return TRUE;
}

static void
failed (const GError *error, guint n_failures, gpointer data)
{
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  anyio_trace ("x%u", n_failures);
}

static gboolean
test_on_failure (gpointer data, GError **error)
{
  Service service = { 0, 2, 1 };
  AnyioSupervision self = { serve, &service, ANYIO_RESTART_ON_FAILURE, &doubling, INFINITY, failed };

  g_test_summary ("SEMANTICS 3.9: it is called again after a failure, after growing delays, and each failure is told");

  g_assert_true (anyio_supervise (&self, error));
  anyio_assert_trace ("1 x1 2 x2 3");
  assert_time (3 * 1 + 1 + 2);

  return TRUE;
}

static gboolean
test_too_many (gpointer data, GError **error)
{
  Service service = { 0, 100, 1 };
  AnyioSupervision self = { serve, &service, ANYIO_RESTART_ON_FAILURE, &doubling, INFINITY, failed };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 3.9: too many failures in a row fail it; the last one comes out and is not told twice");

  g_assert_false (anyio_supervise (&self, &failure));
  assert_and_clear (&failure, G_IO_ERROR_FAILED, "broken");
  anyio_assert_trace ("1 x1 2 x2 3");

  return TRUE;
}

static gboolean
test_stable (gpointer data, GError **error)
{
  Service service = { 0, 5, 60 };
  AnyioSupervision self = { serve, &service, ANYIO_RESTART_ON_FAILURE, &doubling, 60, failed };

  g_test_summary ("A call that lasted long enough ends the row of failures");

  g_assert_true (anyio_supervise (&self, error));
  anyio_assert_trace ("1 x1 2 x1 3 x1 4 x1 5 x1 6");
  assert_time (6 * 60 + 5);

  return TRUE;
}

static gboolean
test_always (gpointer data, GError **error)
{
  Service service = { 0, 0, 1 };
  AnyioSupervision self = { serve, &service, ANYIO_RESTART_ALWAYS, &doubling, INFINITY, failed };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (5.5);

  g_test_summary ("SEMANTICS 3.9: ALWAYS calls it again after a success, too, until it is cancelled");

  assert_is_cancelled (anyio_supervise (&self, &failure), failure);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  anyio_assert_trace ("1 2 3");

  return TRUE;
}

static gboolean
stop_soon (gpointer data, GError **error)
{
  if (!anyio_sleep (2.5, error))
    return FALSE;
  anyio_cancel_scope_request_stop (data, INFINITY, NULL);

  return TRUE;
}

static gboolean
test_stop_while_it_runs (gpointer data, GError **error)
{
  Service service = { 0, 0, 1 };
  AnyioSupervision self = { serve, &service, ANYIO_RESTART_ALWAYS, &doubling, INFINITY, failed };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 8.7: after a request to stop there is no restart; the call under way is not disturbed");

  anyio_task_group_start_soon (group, anyio_supervise, &self, NULL);
  anyio_task_group_start_soon (group, stop_soon, anyio_task_group_get_cancel_scope (group), NULL);
  assert_joins (group);
  anyio_assert_trace ("1 2");
  assert_time (3);

  return TRUE;
}

static gboolean
test_stop_in_delay (gpointer data, GError **error)
{
  Service service = { 0, 100, 2 };
  AnyioSupervision self = { serve, &service, ANYIO_RESTART_ON_FAILURE, &doubling, INFINITY, failed };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 8.7: a request to stop ends the delay");

  anyio_task_group_start_soon (group, anyio_supervise, &self, NULL);
  anyio_task_group_start_soon (group, stop_soon, anyio_task_group_get_cancel_scope (group), NULL);
  assert_joins (group);
  anyio_assert_trace ("1 x1");
  assert_time (2.5);

  return TRUE;
}

static gboolean
test_not_silent (gpointer data, GError **error)
{
  Service service = { 0, 1, 1 };
  AnyioSupervision self = { serve, &service, ANYIO_RESTART_ON_FAILURE, &doubling, INFINITY, NULL };

  g_test_summary ("SEMANTICS 3.5: without a handler a failure goes to the background error handler");

  expect_critical ("*broken*");
  g_assert_true (anyio_supervise (&self, error));
  g_test_assert_expected_messages ();
  anyio_trace_clear ();

  return TRUE;
}

static gboolean
test_never_stable (gpointer data, GError **error)
{
  Service service = { 0, 100, 1 };
  AnyioSupervision self = { .func = serve, .user_data = &service, .backoff = &doubling, .failed = failed };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 3.9: the bound and the growing delays hold also if stable_after was left out");

  g_assert_false (anyio_supervise (&self, &failure));
  assert_and_clear (&failure, G_IO_ERROR_FAILED, "broken");
  anyio_assert_trace ("1 x1 2 x2 3");

  return TRUE;
}

static void
failed_at_home (const GError *error, guint n_failures, gpointer data)
{
  g_autoptr (GError) failure = NULL;

  expect_critical ("*anyio_checkpoint*in a task*");
  g_assert_false (anyio_checkpoint (&failure));
  g_test_assert_expected_messages ();
  anyio_trace ("x%u", n_failures);
}

static gboolean
test_at_home (gpointer data, GError **error)
{
  Service service = { 0, 1, 1 };
  AnyioSupervision self = { serve, &service, ANYIO_RESTART_ON_FAILURE, &doubling, INFINITY, failed_at_home };

  g_test_summary ("SEMANTICS 3.9: failures are told on the thread's own stack");

  g_assert_true (anyio_supervise (&self, error));
  anyio_assert_trace ("1 x1 2");

  return TRUE;
}

static gboolean
fail_at_odds (gpointer data, GError **error)
{
  guint *n_calls = data;

  return anyio_sleep (1, error) && (++*n_calls % 2 == 0 || fail_with (error, G_IO_ERROR_FAILED, "odd"));
}

static gboolean
test_success_between (gpointer data, GError **error)
{
  guint n_calls = 0;
  AnyioSupervision self = { fail_at_odds, &n_calls, ANYIO_RESTART_ALWAYS, &doubling, INFINITY, failed };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (13.5);

  g_test_summary ("A success ends the row of failures");

  assert_is_cancelled (anyio_supervise (&self, &failure), failure);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  anyio_assert_trace ("x1 x1 x1 x1");

  return TRUE;
}

static gboolean
test_failure_in_stop (gpointer data, GError **error)
{
  Service service = { 0, 100, 3 };
  AnyioSupervision self = { serve, &service, ANYIO_RESTART_ON_FAILURE, &doubling, INFINITY, failed };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 8.7: a call that fails after a request to stop is the last one, and its failure comes out");

  anyio_task_group_start_soon (group, anyio_supervise, &self, NULL);
  anyio_task_group_start_soon (group, stop_soon, anyio_task_group_get_cancel_scope (group), NULL);
  g_assert_false (anyio_task_group_join (group, &failure));
  assert_and_clear (&failure, G_IO_ERROR_FAILED, "broken");
  anyio_assert_trace ("1");

  return TRUE;
}

static gboolean
dismiss (gpointer data, GError **error)
{
  anyio_trace ("called");

  return fail_with (error, G_IO_ERROR_CANCELLED, "dismissed");
}

static gboolean
test_stray (gpointer data, GError **error)
{
  AnyioSupervision self = { dismiss, NULL, ANYIO_RESTART_ALWAYS, &doubling, INFINITY, failed };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 11.7: a stray CANCELLED ends it, too");

  g_assert_false (anyio_supervise (&self, &failure));
  assert_and_clear (&failure, G_IO_ERROR_CANCELLED, "dismissed");
  anyio_assert_trace ("called");

  return TRUE;
}

static void
test_no_task (void)
{
  Service service = { 0, 0, 0 };
  AnyioSupervision self = { serve, &service, ANYIO_RESTART_ON_FAILURE, &doubling, INFINITY, failed };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 11.1: outside tasks nothing is called");

  expect_critical ("*anyio_supervise()*");
  g_assert_false (anyio_supervise (&self, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_assert_cmpuint (service.n_calls, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/supervise/on-failure", test_on_failure);
  anyio_test_add_func ("/supervise/too-many", test_too_many);
  anyio_test_add_func ("/supervise/stable", test_stable);
  anyio_test_add_func ("/supervise/always", test_always);
  anyio_test_add_func ("/supervise/stop/while-it-runs", test_stop_while_it_runs);
  anyio_test_add_func ("/supervise/stop/in-delay", test_stop_in_delay);
  anyio_test_add_func ("/supervise/not-silent", test_not_silent);
  anyio_test_add_func ("/supervise/never-stable", test_never_stable);
  anyio_test_add_func ("/supervise/at-home", test_at_home);
  anyio_test_add_func ("/supervise/success-between", test_success_between);
  anyio_test_add_func ("/supervise/stop/failure-comes-out", test_failure_in_stop);
  anyio_test_add_func ("/supervise/stray-cancellation", test_stray);
  g_test_add_func ("/supervise/no-task", test_no_task);

  return g_test_run ();
}
