/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What was there before a receiver, and what others do meanwhile: default actions, handlers, GLib's signal sources and child watches, anyio_run()'s own SIGINT, children. */

#include "signal-test.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* volatile: raise() is a function of which the compiler knows that it changes nothing here */
static volatile guint n_calls;
static volatile int flags_of_stack;
static volatile int code_seen;

static void
count (int number)
{
  stack_t stack;

  n_calls++;
  sigaltstack (NULL, &stack);
  flags_of_stack = stack.ss_flags;
  errno = ENOTTY;
}

static void
count_with_info (int number,
                 siginfo_t *info,
                 void *context)
{
  n_calls++;
  code_seen = info->si_code;
}

static struct sigaction
set_action (int number,
            struct sigaction action)
{
  struct sigaction old;

  sigaction (number, &action, &old);

  return old;
}

static void
assert_handler (int number,
                void (*expected) (int number))
{
  struct sigaction action;

  sigaction (number, NULL, &action);
  g_assert_cmpint (action.sa_flags & SA_SIGINFO, ==, 0);
  g_assert_true (action.sa_handler == expected);
}

static void
test_default (void)
{
  g_autoptr (AnyioSignalReceiver) a = open_receiver (SIGTERM, SIGUSR1);
  g_autoptr (AnyioSignalReceiver) b = open_receiver (SIGTERM);

  g_test_summary ("the default action does not happen, and is back when the last receiver of the signal is closed");

  raise (SIGTERM);
  anyio_signal_receiver_close (a);
  assert_handler (SIGUSR1, SIG_DFL);
  raise (SIGTERM);
  anyio_signal_receiver_close (b);
  assert_handler (SIGTERM, SIG_DFL);
}

static void
test_ignored (void)
{
  struct sigaction old = set_action (SIGUSR1, (struct sigaction){ .sa_handler = SIG_IGN });
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);

  g_test_summary ("a signal that was ignored is received, and ignored again afterwards");

  raise (SIGUSR1);
  assert_next (receiver, SIGUSR1);
  anyio_signal_receiver_close (receiver);
  assert_handler (SIGUSR1, SIG_IGN);
  set_action (SIGUSR1, old);
}

static void
test_handler (void)
{
  struct sigaction old = set_action (SIGUSR1, (struct sigaction){ .sa_handler = count, .sa_flags = SA_NODEFER });
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);
  g_autoptr (AnyioSignalReceiver) other = open_receiver (SIGUSR1);
  struct sigaction action;

  g_test_summary ("a handler that was there before is called once, with errno kept for the code that was interrupted, and is back with its flags");

  n_calls = 0;
  errno = EDOM;
  raise (SIGUSR1);
  g_assert_cmpint (errno, ==, EDOM);
  g_assert_cmpuint (n_calls, ==, 1);
  assert_next (receiver, SIGUSR1);
  assert_next (other, SIGUSR1);
  anyio_signal_receiver_close (receiver);
  anyio_signal_receiver_close (other);
  assert_handler (SIGUSR1, count);
  sigaction (SIGUSR1, NULL, &action);
  g_assert_cmpint (action.sa_flags & SA_NODEFER, ==, SA_NODEFER);
  raise (SIGUSR1);
  g_assert_cmpuint (n_calls, ==, 2);
  set_action (SIGUSR1, old);
}

static void
test_handler_with_info (void)
{
  struct sigaction old = set_action (SIGUSR1, (struct sigaction){ .sa_sigaction = count_with_info, .sa_flags = SA_SIGINFO });
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);

  g_test_summary ("a handler that wants to know who sent the signal is told");

  n_calls = 0;
  code_seen = 0;
  raise (SIGUSR1);
  assert_next (receiver, SIGUSR1);
  g_assert_cmpuint (n_calls, ==, 1);
  g_assert_cmpint (code_seen, ==, SI_TKILL);
  anyio_signal_receiver_close (receiver);
  set_action (SIGUSR1, old);
}

static void
test_exclusive (void)
{
  struct sigaction old = set_action (SIGUSR1, (struct sigaction){ .sa_handler = count });
  g_autoptr (GError) error = NULL;
  g_autoptr (AnyioSignalReceiver) exclusive = anyio_signal_receiver_open_exclusive (ANYIO_SIGNALS (SIGUSR1), &error);
  g_autoptr (AnyioSignalReceiver) other = open_receiver (SIGUSR1);

  g_test_summary ("while an exclusive receiver is open, handlers are not called; other receivers get the signal all the same");

  g_assert_no_error (error);
  n_calls = 0;
  raise (SIGUSR1);
  assert_next (exclusive, SIGUSR1);
  assert_next (other, SIGUSR1);
  g_assert_cmpuint (n_calls, ==, 0);
  anyio_signal_receiver_close (exclusive);
  raise (SIGUSR1);
  assert_next (other, SIGUSR1);
  g_assert_cmpuint (n_calls, ==, 1);
  anyio_signal_receiver_close (other);
  assert_handler (SIGUSR1, count);
  set_action (SIGUSR1, old);
}

static struct sigaction covered;

static void
call_covered (int number,
              siginfo_t *info,
              void *context)
{
  n_calls++;
  covered.sa_sigaction (number, info, context);
}

static void
test_covered (void)
{
  AnyioSignalReceiver *receiver = open_receiver (SIGUSR1);

  g_test_summary ("who sets a handler meanwhile keeps it; one that calls ours in turn is called once, also when a receiver comes later");

  n_calls = 0;
  covered = set_action (SIGUSR1, (struct sigaction){ .sa_sigaction = call_covered, .sa_flags = SA_SIGINFO });
  raise (SIGUSR1);
  assert_next (receiver, SIGUSR1);
  assert_none (receiver);
  g_clear_object (&receiver);
  raise (SIGUSR1); /* does not come to the default action either */
  g_assert_cmpuint (n_calls, ==, 2);

  receiver = open_receiver (SIGUSR1);
  raise (SIGUSR1);
  g_assert_cmpuint (n_calls, ==, 3);
  assert_next (receiver, SIGUSR1);
  assert_none (receiver);
  g_clear_object (&receiver);
  set_action (SIGUSR1, (struct sigaction){ .sa_handler = SIG_DFL });
}

static void
test_left_behind (void)
{
  AnyioSignalReceiver *receiver = open_receiver (SIGUSR1);

  g_test_summary ("our handler that somebody puts back when no receiver is left does what was there before");

  if (g_test_subprocess ())
    {
      struct sigaction ours = set_action (SIGUSR1, (struct sigaction){ .sa_handler = count });

      g_clear_object (&receiver);
      set_action (SIGUSR1, ours);
      raise (SIGUSR1);
      g_print ("went on\n");
      return;
    }

  g_clear_object (&receiver);
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stdout_unmatched ("*went on*");
}

static gboolean
raise_on_stack (gpointer user_data, GError **error)
{
  raise (SIGUSR1);

  return TRUE;
}

static gboolean
test_stack (gpointer user_data, GError **error)
{
  struct sigaction old = set_action (SIGUSR1, (struct sigaction){ .sa_handler = count });
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);

  g_test_summary ("on a task's stack, handlers run on the thread's alternate stack");

  flags_of_stack = 0;
  g_assert_true (raise_on_stack (NULL, error));
  g_assert_cmpint (flags_of_stack & SS_ONSTACK, ==, SS_ONSTACK);
  assert_next (receiver, SIGUSR1);
  anyio_signal_receiver_close (receiver);
  set_action (SIGUSR1, old);

  return TRUE;
}

static gboolean
unix_signal_cb (gpointer user_data)
{
  guint *n = user_data;

  ++*n;

  return G_SOURCE_CONTINUE;
}

static void
iterate_until (guint *n,
               guint expected)
{
  while (*n < expected)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_unix_signal_source (void)
{
  guint n = 0;
  guint id = g_unix_signal_add (SIGUSR1, unix_signal_cb, &n);
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);

  g_test_summary ("g_unix_signal_add() of other code goes on beside a receiver and after it");

  raise (SIGUSR1);
  iterate_until (&n, 1);
  assert_next (receiver, SIGUSR1);
  anyio_signal_receiver_close (receiver);
  raise (SIGUSR1);
  iterate_until (&n, 2);
  g_source_remove (id);
  assert_handler (SIGUSR1, SIG_DFL);
}

static void
child_cb (GPid pid,
          int status,
          gpointer user_data)
{
  guint *n = user_data;

  g_assert_cmpint (WEXITSTATUS (status), ==, 3);
  g_spawn_close_pid (pid);
  ++*n;
}

/* A child that ends with 3 when its standard input, of which we have the other end, does. */
static int
spawn_child (guint *n_ended)
{
  const char *argv[] = { "sh", "-c", "read line; exit 3", NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;
  int input;

  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &input, NULL, NULL, &error);
  g_assert_no_error (error);
  g_child_watch_add (pid, child_cb, n_ended);

  return input;
}

static void
test_child_watch (void)
{
  guint n_ended = 0;
  AnyioSignalReceiver *receiver;
  int input;

  g_test_summary ("GLib's child watches go on before, beside and after a receiver of SIGCHLD");

  input = spawn_child (&n_ended); /* where there are no pidfds GLib's handler has to be there first, and stays as long as there is a watch */
  receiver = open_receiver (SIGCHLD);
  close (spawn_child (&n_ended));
  iterate_until (&n_ended, 1);
  while (anyio_signal_receiver_get_pending (receiver) == 0) /* the handler may still be on its way in another thread, and the child can be reaped before */
    g_thread_yield ();
  assert_next (receiver, SIGCHLD);
  g_clear_object (&receiver);
  close (input);
  iterate_until (&n_ended, 2);
  close (spawn_child (&n_ended));
  iterate_until (&n_ended, 3);
}

static void
test_child (void)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1, SIGUSR2);
  int status;
  pid_t pid;

  g_test_summary ("in a child made by fork() a signal does what it did before the receiver, and the parent does not get it");

  if (ANYIO_WITH_TSAN)
    {
      g_test_skip ("ThreadSanitizer delivers no signals in the child of a process that has threads");
      return;
    }
  pid = fork ();
  if (pid == 0)
    {
      raise (SIGUSR1);
      _exit (0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGUSR1);
  assert_none (receiver);
}

static void
test_child_closes (void)
{
  struct sigaction old = set_action (SIGUSR1, (struct sigaction){ .sa_handler = SIG_IGN });
  AnyioSignalReceiver *receiver = open_receiver (SIGUSR1);
  int status;
  pid_t pid;

  g_test_summary ("a child made by fork() may close its copy, and the parent receives as before");

  pid = fork ();
  if (pid == 0)
    {
      raise (SIGUSR1);
      g_clear_object (&receiver); /* does not wait for threads that are not there */
      raise (SIGUSR1);
      _exit (4);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 4);
  raise (SIGUSR1);
  assert_next (receiver, SIGUSR1);
  assert_none (receiver);
  g_clear_object (&receiver);
  set_action (SIGUSR1, old);
}

/* --- SIGINT of anyio_run(), in programs of their own: it looks at the default context -------------------------------------------------------------- */

static gboolean
receive_sigint (gpointer data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGINT);

  for (guint i = 0; i < 2; i++)
    {
      raise (SIGINT);
      g_assert_cmpint (anyio_signal_receiver_receive (receiver, error), ==, SIGINT);
      g_assert_true (anyio_sleep (0.001, error));
    }
  anyio_signal_receiver_close (receiver);
  g_assert_true (anyio_sleep (0.001, error));
  g_print ("received\n");
  if (data != NULL)
    raise (SIGINT);
  if (anyio_sleep (data != NULL ? 3600 : 0.001, error))
    return TRUE;
  g_print ("cancelled\n");

  return FALSE;
}

static void
test_sigint (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("anyio_run(): an open receiver has SIGINT to itself; afterwards the first one cancels the main task as before");

  if (g_test_subprocess ())
    {
      g_assert_true (anyio_run (receive_sigint, NULL, &error));
      assert_handler (SIGINT, SIG_DFL);
      g_assert_false (anyio_run (receive_sigint, &error, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      assert_handler (SIGINT, SIG_DFL);
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*received*received*cancelled*");
}

static gboolean
interrupt_and_wait (gpointer data, GError **error)
{
  AnyioSignalReceiver *receiver = data;

  raise (SIGINT);
  g_assert_true (anyio_sleep (0.001, error));
  assert_next (receiver, SIGINT);

  return TRUE;
}

static void
test_sigint_around (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("anyio_run(): a receiver that is open before the run, and after it, has SIGINT to itself");

  if (g_test_subprocess ())
    {
      g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGINT);

      g_assert_true (anyio_run (interrupt_and_wait, receiver, &error));
      raise (SIGINT);
      assert_next (receiver, SIGINT);
      anyio_signal_receiver_close (receiver);
      assert_handler (SIGINT, SIG_DFL);
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/signal-handlers/default/back-after-the-last", test_default);
  g_test_add_func ("/signal-handlers/ignored/received", test_ignored);
  g_test_add_func ("/signal-handlers/handler/called-and-back", test_handler);
  g_test_add_func ("/signal-handlers/handler/with-info", test_handler_with_info);
  g_test_add_func ("/signal-handlers/handler/exclusive", test_exclusive);
  g_test_add_func ("/signal-handlers/handler/set-meanwhile", test_covered);
  g_test_add_func ("/signal-handlers/handler/left-behind", test_left_behind);
  anyio_test_add_func ("/signal-handlers/stack/alternate", test_stack);
  g_test_add_func ("/signal-handlers/glib/unix-signal-source", test_unix_signal_source);
  g_test_add_func ("/signal-handlers/glib/child-watch", test_child_watch);
  g_test_add_func ("/signal-handlers/fork/as-before", test_child);
  g_test_add_func ("/signal-handlers/fork/closes-its-copy", test_child_closes);
  g_test_add_func ("/signal-handlers/sigint/receiver-first", test_sigint);
  g_test_add_func ("/signal-handlers/sigint/receiver-around", test_sigint_around);

  return g_test_run ();
}
