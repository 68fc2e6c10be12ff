/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a receiver keeps of the signals that arrive, without anybody waiting: SEMANTICS 8.7, "any signal, a queue scoped to a block". */

#include "signal-test.h"

#include <unistd.h>

static gboolean
test_order (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGTERM, SIGHUP, SIGUSR1);

  g_test_summary ("SEMANTICS 8.7: signals are received in the order in which they arrived");

  assert_none (receiver);
  raise (SIGHUP);
  raise (SIGTERM);
  raise (SIGUSR1);
  raise (SIGHUP);
  g_assert_cmpuint (anyio_signal_receiver_get_pending (receiver), ==, 4);
  assert_next (receiver, SIGHUP);
  g_assert_cmpint (anyio_signal_receiver_receive (receiver, error), ==, SIGTERM);
  assert_next (receiver, SIGUSR1);
  g_assert_cmpint (anyio_signal_receiver_receive (receiver, error), ==, SIGHUP);
  assert_none (receiver);
  g_assert_cmpuint (anyio_signal_receiver_get_pending (receiver), ==, 0);

  return TRUE;
}

static gboolean
test_repeated (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1, SIGRTMIN + 1);

  g_test_summary ("every signal that is handled counts, standard or not");

  for (guint i = 0; i < 3; i++)
    raise (SIGUSR1);
  for (guint i = 0; i < 2; i++)
    raise (SIGRTMIN + 1);
  for (guint i = 0; i < 3; i++)
    assert_next (receiver, SIGUSR1);
  for (guint i = 0; i < 2; i++)
    assert_next (receiver, SIGRTMIN + 1);
  assert_none (receiver);

  return TRUE;
}

static gboolean
test_blocked (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1, SIGRTMIN + 1);
  sigset_t blocked;

  g_test_summary ("of a standard signal that is blocked the system keeps one, of a real-time signal all, and those are received");

  if (ANYIO_WITH_TSAN)
    {
      g_test_skip ("ThreadSanitizer keeps one of every signal");
      return TRUE;
    }

  sigemptyset (&blocked);
  sigaddset (&blocked, SIGUSR1);
  sigaddset (&blocked, SIGRTMIN + 1);
  pthread_sigmask (SIG_BLOCK, &blocked, NULL);
  for (guint i = 0; i < 3; i++)
    {
      raise (SIGUSR1);
      raise (SIGRTMIN + 1);
    }
  assert_none (receiver);
  pthread_sigmask (SIG_UNBLOCK, &blocked, NULL);
  g_assert_cmpuint (anyio_signal_receiver_get_pending (receiver), ==, 4);
  assert_next (receiver, SIGUSR1);
  for (guint i = 0; i < 3; i++)
    assert_next (receiver, SIGRTMIN + 1);
  assert_none (receiver);

  return TRUE;
}

static gboolean
test_several (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) a = open_receiver (SIGUSR1, SIGUSR2);
  g_autoptr (AnyioSignalReceiver) b = open_receiver (SIGUSR2, SIGHUP);
  g_autoptr (AnyioSignalReceiver) late = NULL;

  g_test_summary ("each receiver of a signal gets it, from when it was opened until it is closed, and none that it did not ask for");

  raise (SIGUSR1);
  raise (SIGUSR2);
  late = open_receiver (SIGUSR2);
  raise (SIGHUP);
  raise (SIGUSR2);
  assert_next (a, SIGUSR1);
  assert_next (a, SIGUSR2);
  assert_next (a, SIGUSR2);
  assert_none (a);
  anyio_signal_receiver_close (a);
  assert_next (b, SIGUSR2);
  assert_next (b, SIGHUP);
  raise (SIGUSR2);
  assert_next (b, SIGUSR2);
  assert_next (b, SIGUSR2);
  assert_none (b);
  assert_next (late, SIGUSR2);
  assert_next (late, SIGUSR2);
  assert_none (late);

  return TRUE;
}

static gboolean
test_every_signal (gpointer user_data, GError **error)
{
  g_test_summary ("every signal that is no fault can be received, up to the last real-time signal");

  for (int number = 1; number <= SIGRTMAX; number++)
    {
      g_autoptr (GError) failure = NULL;
      g_autoptr (AnyioSignalReceiver) receiver = NULL;

      switch (number)
        {
        case SIGKILL:
        case SIGSTOP:
        case SIGBUS:
        case SIGFPE:
        case SIGILL:
        case SIGSEGV:
        case SIGSYS:
        case SIGTRAP:
          continue;
        default:
          break;
        }
      if (anyio_signal_to_name (number) == NULL) /* the C library's own */
        continue;
      if (number == SIGRTMAX && g_getenv ("ANYIO_UNDER_VALGRIND") != NULL) /* Valgrind's own */
        continue;
      g_test_message ("%s", anyio_signal_to_name (number));
      receiver = anyio_signal_receiver_open (&number, 1, &failure);
      g_assert_no_error (failure);
      raise (number);
      assert_next (receiver, number);
    }

  return TRUE;
}

static void
test_invalid (void)
{
  static const struct
  {
    int numbers[3];
    gsize n_numbers;
    const char *message;
  } cases[] = {
    { { SIGKILL }, 1, "*9 cannot be received*system does not tell*" },
    { { SIGTERM, SIGSTOP }, 2, "*19 cannot be received*system does not tell*" },
    { { SIGSEGV }, 1, "*11 cannot be received*fault*sigaction()*" },
    { { SIGBUS }, 1, "*fault*" },
    { { SIGFPE }, 1, "*fault*" },
    { { SIGILL }, 1, "*fault*" },
    { { SIGSYS }, 1, "*fault*" },
    { { SIGTRAP }, 1, "*fault*" },
    { { 0 }, 1, "*no signal 0*" },
    { { SIGTERM, -1 }, 2, "*no signal -1*" },
    { { NSIG }, 1, "*no signal 65*" },
    { { 32 }, 1, "*no signal 32*" }, /* the C library's own */
    { { 0 }, 0, "*at least one signal*" },
  };
  struct sigaction action;

  g_test_summary ("what cannot be received is refused with advice, and then nothing has been changed");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("case %u", i);
      g_assert_null (anyio_signal_receiver_open (cases[i].numbers, cases[i].n_numbers, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      if (!g_pattern_match_simple (cases[i].message, error->message))
        g_error ("Unexpected message: %s", error->message);
    }
  sigaction (SIGTERM, NULL, &action);
  g_assert_true (action.sa_handler == SIG_DFL);
}

static gboolean
test_closed (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);
  g_autoptr (AnyioSignalReceiver) other = open_receiver (SIGUSR1);
  g_autoptr (GError) failure = NULL;
  int number = 17;
  AnyioSelectCase cases[] = { ANYIO_SELECT_SIGNAL (receiver, &number) };

  g_test_summary ("SEMANTICS 8.3: a closed receiver gives CLOSED, also for what it had not given yet; the second close is a no-op");

  raise (SIGUSR1);
  anyio_signal_receiver_close (receiver);
  anyio_signal_receiver_close (receiver);
  g_assert_true (anyio_signal_receiver_is_closed (receiver));
  g_assert_cmpuint (anyio_signal_receiver_get_pending (receiver), ==, 0);
  assert_fails (anyio_signal_receiver_receive (receiver, &failure) != 0, failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  assert_fails (anyio_signal_receiver_receive_nowait (receiver, &failure) != 0, failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  assert_fails (anyio_select (cases, 1, &failure) >= 0, failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_true (cases[0].failed);
  g_assert_cmpint (number, ==, 17);
  assert_next (other, SIGUSR1);

  return TRUE;
}

static gboolean
test_full (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1, SIGUSR2);
  guint n_kept;

  g_test_summary ("what comes when the queue is full is lost and counted, and what was there before is not");

  raise (SIGUSR2);
  for (guint i = 0; i < 70000; i++)
    raise (SIGUSR1);
  n_kept = anyio_signal_receiver_get_pending (receiver);
  g_assert_cmpuint (n_kept, >=, 4096);
  g_assert_cmpuint (n_kept + anyio_signal_receiver_get_lost (receiver), ==, 70001);
  g_assert_cmpuint (anyio_signal_receiver_get_lost (receiver), >, 0);
  assert_next (receiver, SIGUSR2);
  for (guint i = 1; i < n_kept; i++)
    assert_next (receiver, SIGUSR1);
  assert_none (receiver);
  raise (SIGUSR2);
  assert_next (receiver, SIGUSR2);
  anyio_signal_receiver_close (receiver);
  g_assert_cmpuint (anyio_signal_receiver_get_lost (receiver), ==, 70001 - n_kept);

  return TRUE;
}

static void
test_properties (void)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);
  gboolean closed = TRUE;
  guint pending = 0;
  guint lost = 17;
  guint tasks_waiting = 17;

  g_test_summary ("what it knows can be read as properties; no task is needed");

  raise (SIGUSR1);
  g_object_get (receiver, "closed", &closed, "pending", &pending, "lost", &lost, "tasks-waiting", &tasks_waiting, NULL);
  g_assert_false (closed);
  g_assert_cmpuint (pending, ==, 1);
  g_assert_cmpuint (lost, ==, 0);
  g_assert_cmpuint (tasks_waiting, ==, 0);
  assert_next (receiver, SIGUSR1);
  anyio_signal_receiver_close (receiver);
  g_object_get (receiver, "closed", &closed, NULL);
  g_assert_true (closed);
}

static void
test_no_descriptor (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (AnyioSignalReceiver) receiver = NULL;
  struct sigaction action;
  int fd;

  g_test_summary ("without a descriptor to spare it fails, and the signal is as it was");

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }

  while ((fd = dup (0)) >= 0)
    g_array_append_val (fds, fd);
  g_assert_null (anyio_signal_receiver_open (ANYIO_SIGNALS (SIGUSR1), &error));
  for (guint i = 0; i < fds->len; i++)
    close (g_array_index (fds, int, i));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES);
  sigaction (SIGUSR1, NULL, &action);
  g_assert_true (action.sa_handler == SIG_DFL);
  receiver = open_receiver (SIGUSR1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/signal-receiver/order/of-arrival", test_order);
  anyio_test_add_func ("/signal-receiver/repeated/counts", test_repeated);
  anyio_test_add_func ("/signal-receiver/repeated/blocked", test_blocked);
  anyio_test_add_func ("/signal-receiver/several/each-gets-it", test_several);
  anyio_test_add_func ("/signal-receiver/every-signal", test_every_signal);
  g_test_add_func ("/signal-receiver/invalid/refused", test_invalid);
  anyio_test_add_func ("/signal-receiver/closed/fails", test_closed);
  anyio_test_add_func ("/signal-receiver/full/lost-and-counted", test_full);
  g_test_add_func ("/signal-receiver/properties", test_properties);
  g_test_add_func ("/signal-receiver/no-descriptor/fails", test_no_descriptor);

  return g_test_run ();
}
