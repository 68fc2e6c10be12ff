/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Failures of tasks that nobody waits for: the handler, and the critical message without one. */

#include "jobs.h"

static void
record_cb (const char *task_name, const GError *error, gpointer data)
{
  g_autoptr (GError) failure = NULL;

  anyio_trace ("%s:%s", task_name, error->message);
  g_assert_cmpint (GPOINTER_TO_INT (data), ==, 7);
  expect_critical ("*anyio_checkpoint*in a task*");
  g_assert_false (anyio_checkpoint (&failure));
  g_test_assert_expected_messages ();
}

static void
destroy_cb (gpointer data)
{
  anyio_trace ("destroyed");
}

static gboolean
fail_in_background (gpointer data, GError **error)
{
  return anyio_sleep (1, error) && fail_with (error, G_IO_ERROR_NOT_FOUND, "gone");
}

static gboolean
test_handler (gpointer data, GError **error)
{
  g_test_summary ("SEMANTICS 8.8: the failure of a root task goes to the handler, with the task's name, on the home stack");

  anyio_set_background_error_handler (record_cb, GINT_TO_POINTER (7), destroy_cb);
  anyio_start (fail_in_background, NULL, NULL);
  g_assert_true (anyio_sleep (2, error));
  anyio_assert_trace ("fail_in_background:gone");
  anyio_set_background_error_handler (NULL, NULL, NULL);
  anyio_assert_trace ("fail_in_background:gone destroyed");

  return TRUE;
}

static gboolean
test_default (gpointer data, GError **error)
{
  g_test_summary ("SEMANTICS 8.8, 3.5: without a handler a failure is a critical message that names the task");

  expect_critical ("*\"fail_in_background\" failed: gone*");
  anyio_start (fail_in_background, NULL, NULL);
  g_assert_true (anyio_sleep (2, error));
  g_test_assert_expected_messages ();

  return TRUE;
}

static gboolean
dismiss (gpointer data, GError **error)
{
  return fail_with (error, G_IO_ERROR_CANCELLED, "dismissed");
}

static gboolean
test_cancelled (gpointer data, GError **error)
{
  Job job = { "a", 9 };
  AnyioTask *task;

  g_test_summary ("SEMANTICS 11.16: CANCELLED, stray or not, is no background error");

  anyio_set_background_error_handler (record_cb, GINT_TO_POINTER (7), NULL);
  anyio_start (dismiss, NULL, NULL);
  task = anyio_start_named ("a", do_job, &job, NULL);
  g_assert_true (anyio_sleep (1, error));
  anyio_task_cancel (task, NULL);
  g_assert_true (anyio_sleep (1, error));
  anyio_set_background_error_handler (NULL, NULL, NULL);
  anyio_assert_trace ("a+ a!");

  return TRUE;
}

static gboolean
test_siblings (gpointer data, GError **error)
{
  Job job = { "a", 3 };

  g_test_summary ("SEMANTICS 8.8: a background error changes nothing else: the other root tasks go on");

  anyio_set_background_error_handler (record_cb, GINT_TO_POINTER (7), NULL);
  anyio_start (fail_in_background, NULL, NULL);
  anyio_start_named ("a", do_job, &job, NULL);
  g_assert_true (anyio_sleep (4, error));
  anyio_set_background_error_handler (NULL, NULL, NULL);
  anyio_assert_trace ("a+ fail_in_background:gone a-");

  return TRUE;
}

static void
ask_cb (const char *task_name, const GError *error, gpointer data)
{
  g_assert_null (anyio_get_current_task ());
  g_assert_null (anyio_current_cancel_scope ());
  anyio_trace ("asked");
}

static gboolean
test_handler_is_in_no_task (gpointer data, GError **error)
{
  g_test_summary ("SEMANTICS 8.8: the handler runs when the task has ended, so it is in no task");

  anyio_set_background_error_handler (ask_cb, NULL, NULL);
  anyio_start (fail_in_background, NULL, NULL);
  g_assert_true (anyio_sleep (2, error));
  anyio_assert_trace ("asked");
  anyio_set_background_error_handler (NULL, NULL, NULL);

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/background/failure/goes-to-handler", test_handler);
  anyio_test_add_func ("/background/failure-without-handler/is-critical", test_default);
  anyio_test_add_func ("/background/cancelled/is-silent", test_cancelled);
  anyio_test_add_func ("/background/failure/leaves-others-alone", test_siblings);
  anyio_test_add_func ("/background/handler/in-no-task", test_handler_is_in_no_task);

  return g_test_run ();
}
