/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Unix signals by name, for messages and for languages that do not know the numbers of the system. Those that POSIX and Linux have; SIGRTMIN+1 and so on for the others. */

#include "signal/anyio-signal-name.h"

#include <signal.h>

static const struct
{
  int number;
  const char *name;
} names[] = {
  { SIGABRT, "SIGABRT" },
  { SIGALRM, "SIGALRM" },
  { SIGBUS, "SIGBUS" },
  { SIGCHLD, "SIGCHLD" },
  { SIGCONT, "SIGCONT" },
  { SIGFPE, "SIGFPE" },
  { SIGHUP, "SIGHUP" },
  { SIGILL, "SIGILL" },
  { SIGINT, "SIGINT" },
  { SIGKILL, "SIGKILL" },
  { SIGPIPE, "SIGPIPE" },
  { SIGPROF, "SIGPROF" },
  { SIGQUIT, "SIGQUIT" },
  { SIGSEGV, "SIGSEGV" },
  { SIGSTOP, "SIGSTOP" },
  { SIGSYS, "SIGSYS" },
  { SIGTERM, "SIGTERM" },
  { SIGTRAP, "SIGTRAP" },
  { SIGTSTP, "SIGTSTP" },
  { SIGTTIN, "SIGTTIN" },
  { SIGTTOU, "SIGTTOU" },
  { SIGURG, "SIGURG" },
  { SIGUSR1, "SIGUSR1" },
  { SIGUSR2, "SIGUSR2" },
  { SIGVTALRM, "SIGVTALRM" },
  { SIGWINCH, "SIGWINCH" },
  { SIGXCPU, "SIGXCPU" },
  { SIGXFSZ, "SIGXFSZ" },
#ifdef SIGIO
  { SIGIO, "SIGIO" },
#endif
#ifdef SIGPOLL
  { SIGPOLL, "SIGPOLL" },
#endif
#ifdef SIGPWR
  { SIGPWR, "SIGPWR" },
#endif
#ifdef SIGSTKFLT
  { SIGSTKFLT, "SIGSTKFLT" },
#endif
};

/**
 * anyio_signal_to_name:
 * @signal_number: the number of a Unix signal
 *
 * Tells what a signal is called: "SIGTERM", or "SIGRTMIN+1" for a real-time signal. Any thread.
 *
 * Returns: (transfer none) (nullable): the name; %NULL if there is no such signal
 *
 * Since: 0.1
 */
const char *
anyio_signal_to_name (int signal_number)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i].number == signal_number)
      return names[i].name;

#ifdef SIGRTMIN
  if (signal_number == SIGRTMIN)
    return "SIGRTMIN";
  if (signal_number > SIGRTMIN && signal_number <= SIGRTMAX)
    {
      g_autofree char *name = g_strdup_printf ("SIGRTMIN+%d", signal_number - SIGRTMIN);

      return g_intern_string (name);
    }
#endif

  return NULL;
}

/**
 * anyio_signal_from_name:
 * @name: "SIGTERM", say, or "SIGRTMIN+1"
 *
 * Finds the number of a signal. Any thread.
 *
 * Returns: the number; 0 if there is no such signal
 *
 * Since: 0.1
 */
int
anyio_signal_from_name (const char *name)
{
  g_return_val_if_fail (name != NULL, 0);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i].name, name))
      return names[i].number;

#ifdef SIGRTMIN
  for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
    if (g_str_equal (anyio_signal_to_name (number), name))
      return number;
#endif

  return 0;
}
