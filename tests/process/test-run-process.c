/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Running a program to its end. */

#include "process-test.h"

#define MUCH (1024 * 1024) /* several times what a pipe holds */

static gboolean
test_output (gpointer data,
             GError **error)
{
  g_autoptr (GBytes) input = g_bytes_new_static ("hello", 5);
  g_autoptr (GBytes) out = NULL, err = NULL;

  g_test_summary ("input goes in, output and errors come out");

  if (!anyio_run_process ((const char *[]){ "/bin/sh", "-c", "cat; echo oops >&2", NULL }, input, &out, &err, error))
    return FALSE;
  assert_bytes (out, "hello");
  assert_bytes (err, "oops\n");

  return TRUE;
}

static gboolean
test_failure (gpointer data,
              GError **error)
{
  g_autoptr (GBytes) out = NULL, err = NULL;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("an exit status that is not 0 is an error, and the outputs are there all the same");

  g_assert_false (anyio_run_process ((const char *[]){ "/bin/sh", "-c", "echo some; echo why >&2; exit 3", NULL }, NULL, &out, &err, &failure));
  g_assert_error (failure, G_SPAWN_EXIT_ERROR, 3);
  assert_bytes (out, "some\n");
  assert_bytes (err, "why\n");

  return TRUE;
}

static gboolean
test_no_program (gpointer data,
                 GError **error)
{
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("a program that does not exist is an error");

  g_assert_false (anyio_run_process ((const char *[]){ "no-such-program", NULL }, NULL, &out, NULL, &failure));
  g_assert_error (failure, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
  g_assert_null (out);

  return TRUE;
}

static gboolean
test_much (gpointer data,
           GError **error)
{
  g_autofree char *text = g_malloc (MUCH);
  g_autoptr (GBytes) input = NULL, out = NULL, err = NULL;

  g_test_summary ("more than the pipes hold goes in and comes out on both without a deadlock");

  for (gsize i = 0; i < MUCH; i++)
    text[i] = 'a' + i % 23;
  input = g_bytes_new (text, MUCH);
  if (!anyio_run_process ((const char *[]){ "/bin/sh", "-c", "tee /dev/stderr", NULL }, input, &out, &err, error))
    return FALSE;
  g_assert_true (g_bytes_equal (out, input));
  g_assert_true (g_bytes_equal (err, input));

  return TRUE;
}

static gboolean
test_unwanted_input (gpointer data,
                     GError **error)
{
  g_autoptr (GBytes) input = g_bytes_new_take (g_malloc0 (MUCH), MUCH);

  g_test_summary ("a child that does not want its input is no failure");

  return anyio_run_process ((const char *[]){ "true", NULL }, input, NULL, NULL, error);
}

static gboolean
test_communicate (gpointer data,
                  GError **error)
{
  g_autoptr (AnyioProcess) process = open_shell ("echo out; exit 9", G_SUBPROCESS_FLAGS_STDOUT_PIPE, error);
  g_autoptr (GBytes) out = NULL, err = NULL;

  g_test_summary ("communicate() leaves the judgement of the exit status to the caller, and what is not piped is NULL");

  if (process == NULL || !anyio_process_communicate (process, NULL, &out, &err, error))
    return FALSE;
  assert_bytes (out, "out\n");
  g_assert_null (err);
  g_assert_cmpint (anyio_process_get_returncode (process), ==, 9);

  return TRUE;
}

static gboolean
test_timeout (gpointer data,
              GError **error)
{
  g_autoptr (GError) failure = NULL;
  ANYIO_FAIL_AFTER (10, error);

  g_test_summary ("a deadline kills the child");

  {
    ANYIO_FAIL_AFTER (0.05, &failure);

    anyio_run_process ((const char *[]){ "sleep", "1000", NULL }, NULL, NULL, NULL, &failure);
  }
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  return TRUE;
}

static gboolean
test_twins (gpointer data,
            GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process ((const char *[]){ "cat", NULL }, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, error);
  g_autoptr (GBytes) input = g_bytes_new_static ("hello", 5);
  g_autoptr (GBytes) out = NULL, err = NULL, other = NULL;
  g_autoptr (GError) failure = NULL;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_test_summary ("the operations in callback style");

  if (process == NULL)
    return FALSE;
  anyio_process_communicate_async (process, input, ANYIO_CALL (&call));
  if (!anyio_process_communicate_finish (process, anyio_call_await (&call), &out, &err, error))
    return FALSE;
  assert_bytes (out, "hello");
  g_assert_null (err);

  anyio_run_process_async ((const char *[]){ "/bin/sh", "-c", "cat; exit 2", NULL }, input, ANYIO_CALL (&call));
  g_assert_false (anyio_run_process_finish (anyio_call_await (&call), &other, NULL, &failure));
  g_assert_error (failure, G_SPAWN_EXIT_ERROR, 2);
  assert_bytes (other, "hello");

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/run-process/output/all", test_output);
  anyio_test_add_func ("/run-process/failure/status", test_failure);
  anyio_test_add_func ("/run-process/failure/no-program", test_no_program);
  anyio_test_add_func ("/run-process/output/much", test_much);
  anyio_test_add_func ("/run-process/input/unwanted", test_unwanted_input);
  anyio_test_add_func ("/run-process/communicate/status", test_communicate);
  anyio_test_add_func_real_time ("/run-process/timeout/killed", test_timeout);
  anyio_test_add_func ("/run-process/async/twins", test_twins);

  return g_test_run ();
}
