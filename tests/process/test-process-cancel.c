/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cancelling what waits for a process: no zombie, no orphan, whatever happens. SEMANTICS 8.5. */

#include "process-test.h"

/* --- at one place ----------------------------------------------------------------------------------------------------------------------------- */

static gboolean
test_cancelled_wait (gpointer data,
                     GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "cat", NULL }, ALL_PIPES, error);
  g_autoptr (GError) failure = NULL;

  g_test_summary ("a cancelled wait() does nothing to the child");

  if (process == NULL)
    return FALSE;
  {
    g_autoptr (AnyioCancelScope) scope G_GNUC_UNUSED = anyio_move_on_after (0.01);

    g_assert_false (anyio_process_wait (process, &failure));
    g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  }

  return send_text (process, "alive", error) && expect (anyio_process_get_stdout (process), "alive", error) && anyio_process_close (process, error);
}

static gboolean
test_cancelled_close (gpointer data,
                      GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "sleep", "1000", NULL }, ALL_PIPES, error);
  g_autoptr (GError) failure = NULL;
  int pid;

  g_test_summary ("8.5: a cancelled close kills the child, reaps it, and reports CANCELLED");

  if (process == NULL)
    return FALSE;
  pid = anyio_process_get_pid (process);
  {
    g_autoptr (AnyioCancelScope) scope G_GNUC_UNUSED = anyio_move_on_after (0.01);

    g_assert_false (anyio_process_close (process, &failure));
    g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_true (anyio_process_has_exited (process));
  }
  assert_reaped (pid);
  g_assert_cmpint (anyio_process_get_returncode (process), ==, -SIGKILL);

  return anyio_process_close (process, error);
}

static gboolean
test_close_forcefully (gpointer data,
                       GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "sleep", "1000", NULL }, ALL_PIPES, error);

  g_test_summary ("closing forcefully kills at once");

  if (process == NULL || !anyio_async_resource_close_forcefully (ANYIO_ASYNC_RESOURCE (process), error))
    return FALSE;
  g_assert_cmpint (anyio_process_get_returncode (process), ==, -SIGKILL);

  return TRUE;
}

static gboolean
test_cancelled_stop (gpointer data,
                     GError **error)
{
  g_autoptr (AnyioProcess) process = open_shell ("trap '' TERM; echo ready; while :; do read line; done", ALL_PIPES, error);
  g_autoptr (GError) failure = NULL;

  g_test_summary ("a cancelled stop() does not wait for the end of the grace period, and the child has ended all the same");

  if (process == NULL || !expect (anyio_process_get_stdout (process), "ready\n", error))
    return FALSE;
  {
    g_autoptr (AnyioCancelScope) scope G_GNUC_UNUSED = anyio_move_on_after (0.01);

    g_assert_false (anyio_process_stop (process, INFINITY, &failure));
    g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  }
  g_assert_cmpint (anyio_process_get_returncode (process), ==, -SIGKILL);

  return TRUE;
}

/* --- everywhere ------------------------------------------------------------------------------------------------------------------------------- */

static int last_pid; /* of the child of a sweep; 0: none was started */

static void
check_reaped (guint n,
              const GError *error,
              gpointer data)
{
  if (n > 0)
    g_assert_true (anyio_error_is_cancelled (error));
  else
    g_assert_no_error (error);
  if (last_pid != 0)
    assert_reaped (last_pid);
  last_pid = 0;
}

static gboolean
close_and_keep (AnyioProcess *process,
                gboolean success,
                GError **error)
{
  return anyio_process_close (process, success ? error : NULL) && success;
}

static gboolean
talk (gpointer data,
      GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "cat", NULL }, ALL_PIPES, error);
  gboolean success;

  if (process == NULL)
    return FALSE;
  last_pid = anyio_process_get_pid (process);
  success = send_text (process, "x", error) && expect (anyio_process_get_stdout (process), "x", error)
            && anyio_async_resource_close (ANYIO_ASYNC_RESOURCE (anyio_process_get_stdin (process)), error) && anyio_process_wait (process, error);

  return close_and_keep (process, success, error);
}

static gboolean
stop (gpointer data,
      GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "cat", NULL }, ALL_PIPES, error);

  if (process == NULL)
    return FALSE;
  last_pid = anyio_process_get_pid (process);

  return anyio_process_stop (process, INFINITY, error);
}

static gboolean
communicate (gpointer data,
             GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "cat", NULL }, ALL_PIPES, error);
  g_autoptr (GBytes) input = g_bytes_new_static ("some", 4);
  g_autoptr (GBytes) output = NULL;

  if (process == NULL)
    return FALSE;
  last_pid = anyio_process_get_pid (process);
  if (!anyio_process_communicate (process, input, &output, NULL, error))
    return FALSE;
  assert_bytes (output, "some");

  return TRUE;
}

static gboolean
run (gpointer data,
     GError **error)
{
  return anyio_run_process ((const char *[]){ "cat", NULL }, NULL, NULL, NULL, error);
}

static void
test_everywhere (gconstpointer func)
{
  g_test_summary ("8.5: cancelled at any suspension point, the child has been reaped, and nothing is left");

  g_assert_cmpuint (anyio_test_cancel_everywhere (func, NULL, check_reaped), >, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func_real_time ("/process-cancel/wait/child-lives", test_cancelled_wait);
  anyio_test_add_func_real_time ("/process-cancel/close/killed", test_cancelled_close);
  anyio_test_add_func ("/process-cancel/close/forcefully", test_close_forcefully);
  anyio_test_add_func_real_time ("/process-cancel/stop/killed", test_cancelled_stop);
  g_test_add_data_func ("/process-cancel/everywhere/talk", (gconstpointer) talk, test_everywhere);
  g_test_add_data_func ("/process-cancel/everywhere/stop", (gconstpointer) stop, test_everywhere);
  g_test_add_data_func ("/process-cancel/everywhere/communicate", (gconstpointer) communicate, test_everywhere);
  g_test_add_data_func ("/process-cancel/everywhere/run", (gconstpointer) run, test_everywhere);

  return g_test_run ();
}
