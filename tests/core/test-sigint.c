/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* SIGINT: the first one cancels the main task, the second one ends the program, each in a program of its own. */

#include "jobs.h"

#include <signal.h>

static gboolean
succeed (gpointer data, GError **error)
{
  return anyio_checkpoint (error);
}

static gboolean
interrupt (gpointer data, GError **error)
{
  const char *text = NULL;

  raise (SIGINT);
  g_assert_false (anyio_sleep_forever (error));
  g_assert_cmpint (anyio_cancel_scope_get_reason (anyio_current_cancel_scope (), &text, NULL), ==, ANYIO_CANCEL_SHUTDOWN);
  g_assert_cmpstr (text, ==, "interrupted");
  g_print ("cleaned up\n");
  if (data != NULL)
    raise (SIGINT);

  return FALSE;
}

static void
test_first_sigint (void)
{
  g_test_summary ("anyio_run(): the first SIGINT cancels the main task, which may clean up; the run ends with CANCELLED, and the program goes on");

  if (g_test_subprocess ())
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (anyio_run (interrupt, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_print ("went on\n");
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*cleaned up*went on*");
}

static void
test_second_sigint (void)
{
  g_test_summary ("anyio_run(): the second SIGINT ends the program");

  if (g_test_subprocess ())
    {
      anyio_run (interrupt, GINT_TO_POINTER (TRUE), NULL);
      g_print ("went on\n");
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stdout ("*cleaned up*");
  g_test_trap_assert_stdout_unmatched ("*went on*");
}

static void
test_sigint_not_handled (void)
{
  g_test_summary ("Options: without handle_sigint the first SIGINT ends the program");

  if (g_test_subprocess ())
    {
      g_autoptr (AnyioRunOptions) options = anyio_run_options_new ();

      anyio_run_options_set_handle_sigint (options, FALSE);
      anyio_run_full (interrupt, NULL, options, NULL);
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stdout_unmatched ("*cleaned up*");
}

static int n_signals;

static void
count_signal (int number)
{
  n_signals++;
}

static gboolean
raise_and_go_on (gpointer data, GError **error)
{
  raise (SIGINT);

  return anyio_sleep (0.01, error);
}

static void
test_sigint_of_program (void)
{
  g_test_summary ("anyio_run(): a program's own handling of SIGINT is left alone, and the default is back after a run");

  if (g_test_subprocess ())
    {
      struct sigaction action = { .sa_handler = count_signal };

      g_assert_true (anyio_run (succeed, NULL, NULL));
      sigaction (SIGINT, NULL, &action);
      g_assert_true (action.sa_handler == SIG_DFL);
      action = (struct sigaction){ .sa_handler = count_signal };
      sigaction (SIGINT, &action, NULL);
      g_assert_true (anyio_run (raise_and_go_on, NULL, NULL));
      g_assert_cmpint (n_signals, ==, 1);
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/sigint/first/cancels", test_first_sigint);
  g_test_add_func ("/sigint/second/ends-program", test_second_sigint);
  g_test_add_func ("/sigint/not-handled/ends-program", test_sigint_not_handled);
  g_test_add_func ("/sigint/handled-by-program/left-alone", test_sigint_of_program);

  return g_test_run ();
}
