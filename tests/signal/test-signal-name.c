/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Signals by name. */

#include "signal-test.h"

static void
test_names (void)
{
  g_test_summary ("names and numbers of standard signals lead to each other");

  g_assert_cmpstr (anyio_signal_to_name (SIGTERM), ==, "SIGTERM");
  g_assert_cmpstr (anyio_signal_to_name (SIGKILL), ==, "SIGKILL");
  g_assert_cmpint (anyio_signal_from_name ("SIGHUP"), ==, SIGHUP);
  g_assert_cmpint (anyio_signal_from_name ("SIGPOLL"), ==, SIGPOLL);
  for (int number = 1; number < SIGSYS; number++)
    {
      g_test_message ("signal %d", number);
      g_assert_cmpint (anyio_signal_from_name (anyio_signal_to_name (number)), ==, number);
    }
}

static void
test_real_time (void)
{
  g_test_summary ("real-time signals count from the first one");

  g_assert_cmpstr (anyio_signal_to_name (SIGRTMIN), ==, "SIGRTMIN");
  g_assert_cmpstr (anyio_signal_to_name (SIGRTMIN + 3), ==, "SIGRTMIN+3");
  g_assert_cmpint (anyio_signal_from_name ("SIGRTMIN+3"), ==, SIGRTMIN + 3);
  g_assert_cmpint (anyio_signal_from_name (anyio_signal_to_name (SIGRTMAX)), ==, SIGRTMAX);
}

static void
test_unknown (void)
{
  g_test_summary ("what is no signal has no name and no number");

  g_assert_null (anyio_signal_to_name (0));
  g_assert_null (anyio_signal_to_name (-1));
  g_assert_null (anyio_signal_to_name (SIGRTMAX + 1));
  g_assert_cmpint (anyio_signal_from_name ("TERM"), ==, 0);
  g_assert_cmpint (anyio_signal_from_name ("SIGRTMIN+1000"), ==, 0);
  g_assert_cmpint (anyio_signal_from_name (""), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/signal-name/standard", test_names);
  g_test_add_func ("/signal-name/real-time", test_real_time);
  g_test_add_func ("/signal-name/unknown", test_unknown);

  return g_test_run ();
}
