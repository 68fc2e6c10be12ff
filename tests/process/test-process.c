/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Processes: opening, talking, ending, closing. SEMANTICS 8.3 to 8.5. */

#include "process-test.h"

#define N_AT_ONCE 30

/* --- opening ---------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
test_talk (gpointer data,
           GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "cat", NULL }, ALL_PIPES, error);
  char buffer[8];
  int pid;

  g_test_summary ("a child answers on its pipes, ends when its input ends, and is reaped");

  if (process == NULL)
    return FALSE;
  pid = anyio_process_get_pid (process);
  g_assert_false (anyio_process_has_exited (process));
  if (!send_text (process, "hello", error) || !expect (anyio_process_get_stdout (process), "hello", error))
    return FALSE;
  if (!anyio_async_resource_close (ANYIO_ASYNC_RESOURCE (anyio_process_get_stdin (process)), error))
    return FALSE;
  g_assert_cmpint (anyio_byte_receive_stream_receive (anyio_process_get_stdout (process), buffer, sizeof buffer, error), ==, 0);
  g_assert_cmpint (anyio_byte_receive_stream_receive (anyio_process_get_stderr (process), buffer, sizeof buffer, error), ==, 0);
  if (!anyio_process_wait (process, error))
    return FALSE;
  g_assert_true (anyio_process_has_exited (process));
  g_assert_cmpint (anyio_process_get_returncode (process), ==, 0);
  g_assert_true (anyio_process_check_exit (process, error));
  assert_reaped (pid);

  return TRUE;
}

static gboolean
test_no_pipes (gpointer data,
               GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "true", NULL }, G_SUBPROCESS_FLAGS_NONE, error);

  g_test_summary ("what is not piped is NULL");

  if (process == NULL)
    return FALSE;
  g_assert_null (anyio_process_get_stdin (process));
  g_assert_null (anyio_process_get_stdout (process));
  g_assert_null (anyio_process_get_stderr (process));

  return anyio_process_wait (process, error);
}

static gboolean
test_launcher (gpointer data,
               GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (AnyioProcess) process = NULL;

  g_test_summary ("a launcher of GIO says in which folder, and with which environment");

  g_subprocess_launcher_set_cwd (launcher, "/");
  g_subprocess_launcher_setenv (launcher, "COLOUR", "green", TRUE);
  process = anyio_open_process_from (launcher, (const char *[]){ "/bin/sh", "-c", "pwd; echo $COLOUR", NULL }, error);

  return process != NULL && expect (anyio_process_get_stdout (process), "/\ngreen\n", error) && anyio_process_close (process, error);
}

static gboolean
test_no_program (gpointer data,
                 GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("a program that does not exist is an error with its name");

  g_assert_null (anyio_open_process ((const char *[]){ "no-such-program", NULL }, ALL_PIPES, &failure));
  g_assert_error (failure, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
  g_assert_nonnull (strstr (failure->message, "no-such-program"));

  return TRUE;
}

/* --- ends ------------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
test_returncode (gpointer data,
                 GError **error)
{
  g_autoptr (AnyioProcess) failing = open_shell ("exit 3", G_SUBPROCESS_FLAGS_NONE, error);
  g_autoptr (AnyioProcess) killed = anyio_open_process ((const char *[]){ "cat", NULL }, ALL_PIPES, error);
  g_autoptr (GError) exit_error = NULL, signal_error = NULL, early = NULL;
  int returncode, status;

  g_test_summary ("the return code is the exit status, or minus the signal; check_exit() makes an error of both");

  if (failing == NULL || killed == NULL)
    return FALSE;
  g_assert_false (anyio_process_check_exit (killed, &early));
  g_assert_error (early, G_IO_ERROR, G_IO_ERROR_PENDING);
  anyio_process_kill (killed);
  if (!anyio_process_wait (failing, error) || !anyio_process_wait (killed, error))
    return FALSE;
  g_assert_cmpint (anyio_process_get_returncode (failing), ==, 3);
  g_assert_false (anyio_process_check_exit (failing, &exit_error));
  g_assert_error (exit_error, G_SPAWN_EXIT_ERROR, 3);
  g_object_get (killed, "returncode", &returncode, "wait-status", &status, NULL);
  g_assert_cmpint (returncode, ==, -SIGKILL);
  g_assert_true (WIFSIGNALED (status));
  g_assert_false (anyio_process_check_exit (killed, &signal_error));
  g_assert_error (signal_error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED);

  return TRUE;
}

static gboolean
wait_and_trace (gpointer data,
                GError **error)
{
  if (!anyio_process_wait (data, error))
    return FALSE;
  anyio_trace ("%d", anyio_process_get_returncode (data));

  return TRUE;
}

static gboolean
test_several_waiters (gpointer data,
                      GError **error)
{
  g_autoptr (AnyioProcess) process = open_shell ("read line; exit 5", ALL_PIPES, error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("any number of tasks may wait, also afterwards");

  if (process == NULL)
    return FALSE;
  for (guint i = 0; i < 3; i++)
    anyio_task_group_start_soon (group, wait_and_trace, process, NULL);
  if (!anyio_checkpoint (error) || !send_text (process, "\n", error) || !anyio_task_group_join (group, error) || !wait_and_trace (process, error))
    return FALSE;
  anyio_assert_trace ("5 5 5 5");

  return TRUE;
}

static gboolean
test_grandchild (gpointer data,
                 GError **error)
{
  g_autoptr (AnyioProcess) process = open_shell ("exec 3<&0; cat <&3 & exit 4", ALL_PIPES, error);

  g_test_summary ("8.5: wait() is for the child, although what it has started holds its pipes");

  if (process == NULL || !anyio_process_wait (process, error))
    return FALSE;
  g_assert_cmpint (anyio_process_get_returncode (process), ==, 4);
  /* What it has started lives. */
  if (!send_text (process, "alive", error) || !expect (anyio_process_get_stdout (process), "alive", error))
    return FALSE;

  return anyio_process_close (process, error);
}

static gboolean
test_signals_to_the_dead (gpointer data,
                          GError **error)
{
  g_autoptr (AnyioProcess) process = open_shell ("exit 6", G_SUBPROCESS_FLAGS_NONE, error);

  g_test_summary ("signals to a child that has ended do nothing");

  if (process == NULL || !anyio_process_wait (process, error))
    return FALSE;
  anyio_process_terminate (process);
  anyio_process_kill (process);
  anyio_process_send_signal (process, SIGUSR1);
  if (!anyio_process_stop (process, 1, error))
    return FALSE;
  g_assert_cmpint (anyio_process_get_returncode (process), ==, 6);

  return TRUE;
}

static gboolean
test_signal (gpointer data,
             GError **error)
{
  g_autoptr (AnyioProcess) process = open_shell ("trap 'exit 7' USR1; echo ready; while :; do read line; done", ALL_PIPES, error);

  g_test_summary ("any signal can be sent");

  if (process == NULL || !expect (anyio_process_get_stdout (process), "ready\n", error))
    return FALSE;
  anyio_process_send_signal (process, SIGUSR1);
  if (!anyio_process_wait (process, error))
    return FALSE;
  g_assert_cmpint (anyio_process_get_returncode (process), ==, 7);

  return TRUE;
}

/* --- stopping --------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
test_stop_politely (gpointer data,
                    GError **error)
{
  g_autoptr (AnyioProcess) process = open_shell ("trap 'echo bye; exit 0' TERM; echo ready; while :; do read line; done", ALL_PIPES, error);

  g_test_summary ("stop() lets a child end that listens, and its last words can be received");

  if (process == NULL || !expect (anyio_process_get_stdout (process), "ready\n", error))
    return FALSE;
  if (!anyio_process_stop (process, INFINITY, error) || !expect (anyio_process_get_stdout (process), "bye\n", error))
    return FALSE;
  g_assert_cmpint (anyio_process_get_returncode (process), ==, 0);

  return TRUE;
}

static gboolean
test_stop_with_force (gpointer data,
                      GError **error)
{
  g_autoptr (AnyioProcess) process = open_shell ("trap '' TERM; echo ready; while :; do read line; done", ALL_PIPES, error);
  double start;
  int pid;

  g_test_summary ("stop() kills a child that does not listen, after the grace period, and reaps it");

  if (process == NULL || !expect (anyio_process_get_stdout (process), "ready\n", error))
    return FALSE;
  pid = anyio_process_get_pid (process);
  start = anyio_current_time ();
  if (!anyio_process_stop (process, 0.05, error))
    return FALSE;
  g_assert_cmpfloat (anyio_current_time () - start, >=, 0.05);
  g_assert_cmpint (anyio_process_get_returncode (process), ==, -SIGKILL);
  assert_reaped (pid);

  return TRUE;
}

/* --- closing ---------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
test_close_waits (gpointer data,
                  GError **error)
{
  g_autoptr (AnyioProcess) process = open_shell ("cat >/dev/null; exit 8", G_SUBPROCESS_FLAGS_STDIN_PIPE, error);
  g_autoptr (GError) closed = NULL;

  g_test_summary ("8.5: closing closes the pipes, waits for a healthy child, and does nothing the second time");

  if (process == NULL || !anyio_process_close (process, error))
    return FALSE;
  g_assert_cmpint (anyio_process_get_returncode (process), ==, 8);
  g_assert_false (send_text (process, "late", &closed));
  g_assert_error (closed, G_IO_ERROR, G_IO_ERROR_CLOSED);

  return anyio_process_close (process, error);
}

static gboolean
test_close_full_pipe (gpointer data,
                      GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "cat", "/dev/zero", NULL }, G_SUBPROCESS_FLAGS_STDOUT_PIPE, error);
  char byte;

  g_test_summary ("8.5: a child that hangs in a full pipe ends when it is closed");

  if (process == NULL || anyio_byte_receive_stream_receive (anyio_process_get_stdout (process), &byte, 1, error) != 1)
    return FALSE;
  if (!anyio_process_close (process, error))
    return FALSE;
  g_assert_cmpint (anyio_process_get_returncode (process), !=, 0);

  return TRUE;
}

static gboolean
receive_until_closed (gpointer data,
                      GError **error)
{
  g_autoptr (GError) closed = NULL;
  char byte;

  g_assert_cmpint (anyio_byte_receive_stream_receive (anyio_process_get_stdout (data), &byte, 1, &closed), ==, -1);
  g_assert_error (closed, G_IO_ERROR, G_IO_ERROR_CLOSED);
  anyio_trace ("closed");

  return TRUE;
}

static gboolean
test_close_under_reader (gpointer data,
                         GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "cat", NULL }, ALL_PIPES, error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("8.3: who receives from a process that is closed gets CLOSED");

  if (process == NULL)
    return FALSE;
  anyio_task_group_start_soon (group, receive_until_closed, process, NULL);
  if (!anyio_checkpoint (error) || !anyio_process_close (process, error) || !anyio_task_group_join (group, error))
    return FALSE;
  anyio_assert_trace ("closed");

  return TRUE;
}

static gboolean
test_broken_stdin (gpointer data,
                   GError **error)
{
  g_autoptr (AnyioProcess) process = open_shell ("exec <&-; echo deaf; exec sleep 1000", ALL_PIPES, error);
  g_autoptr (GError) failure = NULL;

  g_test_summary ("8.4: sending to a child that has closed its input is BROKEN_PIPE");

  if (process == NULL || !expect (anyio_process_get_stdout (process), "deaf\n", error))
    return FALSE;
  g_assert_false (send_text (process, "anybody?", &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);

  return anyio_process_stop (process, INFINITY, error);
}

static gboolean
is_alive (int pid)
{
  return kill (pid, 0) == 0 || errno != ESRCH;
}

static gboolean
test_drop (gpointer data,
           GError **error)
{
  AnyioProcess *process = anyio_open_process ((const char *[]){ "sleep", "1000", NULL }, G_SUBPROCESS_FLAGS_NONE, error);
  g_autoptr (AnyioProcess) next = NULL;
  int pid;

  g_test_summary ("8.5: dropping the last reference kills the child, and it is reaped");

  if (process == NULL)
    return FALSE;
  pid = anyio_process_get_pid (process);
  g_assert_true (is_alive (pid));
  g_object_unref (process);
  while (is_alive (pid))
    if (!anyio_sleep (0.001, error))
      return FALSE;
  assert_reaped (pid);

  /* GLib's thread tells us of one child after the other, so when we know the end of this one, nothing of the other is left. */
  next = anyio_open_process ((const char *[]){ "true", NULL }, G_SUBPROCESS_FLAGS_NONE, error);

  return next != NULL && anyio_process_wait (next, error);
}

/* --- more ------------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
run_one (gpointer data,
         GError **error)
{
  g_autofree char *line = g_strdup_printf ("cat; exit %d", GPOINTER_TO_INT (data));
  g_autoptr (AnyioProcess) process = open_shell (line, ALL_PIPES, error);

  if (process == NULL || !send_text (process, line, error) || !expect (anyio_process_get_stdout (process), line, error) || !anyio_process_close (process, error))
    return FALSE;
  g_assert_cmpint (anyio_process_get_returncode (process), ==, GPOINTER_TO_INT (data));

  return TRUE;
}

static gboolean
test_many (gpointer data,
           GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("many at once");

  for (int i = 0; i < N_AT_ONCE; i++)
    anyio_task_group_start_soon (group, run_one, GINT_TO_POINTER (i), NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
test_clock (gpointer data,
            GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "cat", NULL }, ALL_PIPES, error);
  ANYIO_FAIL_AFTER (1, error);

  g_test_summary ("the virtual clock stands still while a child runs, and goes on when it has ended");

  if (process == NULL || !send_text (process, "x", error) || !expect (anyio_process_get_stdout (process), "x", error) || !anyio_process_close (process, error))
    return FALSE;
  g_assert_cmpfloat (anyio_current_time (), ==, 0);
  if (!anyio_sleep (0.5, error))
    return FALSE;
  g_assert_cmpfloat (anyio_current_time (), ==, 0.5);

  return TRUE;
}

static gboolean
test_twins (gpointer data,
            GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "cat", NULL }, ALL_PIPES, error);
  g_auto (AnyioCall) wait = ANYIO_CALL_INIT, stop = ANYIO_CALL_INIT, close = ANYIO_CALL_INIT;

  g_test_summary ("the operations in callback style");

  if (process == NULL)
    return FALSE;
  anyio_process_wait_async (process, ANYIO_CALL (&wait));
  anyio_process_stop_async (process, INFINITY, ANYIO_CALL (&stop));
  if (!anyio_process_stop_finish (process, anyio_call_await (&stop), error) || !anyio_process_wait_finish (process, anyio_call_await (&wait), error))
    return FALSE;
  g_assert_cmpint (anyio_process_get_returncode (process), ==, -SIGTERM);
  anyio_async_resource_close_async (ANYIO_ASYNC_RESOURCE (process), ANYIO_CALL (&close));

  return anyio_async_resource_close_finish (ANYIO_ASYNC_RESOURCE (process), anyio_call_await (&close), error);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/process/open/talk", test_talk);
  anyio_test_add_func ("/process/open/no-pipes", test_no_pipes);
  anyio_test_add_func ("/process/open/launcher", test_launcher);
  anyio_test_add_func ("/process/open/no-program", test_no_program);
  anyio_test_add_func ("/process/end/returncode", test_returncode);
  anyio_test_add_func ("/process/wait/several", test_several_waiters);
  anyio_test_add_func ("/process/wait/grandchild", test_grandchild);
  anyio_test_add_func ("/process/signal/dead", test_signals_to_the_dead);
  anyio_test_add_func ("/process/signal/any", test_signal);
  anyio_test_add_func_real_time ("/process/stop/polite", test_stop_politely);
  anyio_test_add_func_real_time ("/process/stop/force", test_stop_with_force);
  anyio_test_add_func ("/process/close/waits", test_close_waits);
  anyio_test_add_func ("/process/close/full-pipe", test_close_full_pipe);
  anyio_test_add_func ("/process/close/reader", test_close_under_reader);
  anyio_test_add_func ("/process/send/broken", test_broken_stdin);
  anyio_test_add_func_real_time ("/process/drop/killed", test_drop);
  anyio_test_add_func ("/process/many/at-once", test_many);
  anyio_test_add_func ("/process/clock/stands-still", test_clock);
  anyio_test_add_func ("/process/async/twins", test_twins);

  return g_test_run ();
}
