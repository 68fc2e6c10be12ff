/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Signals and threads: raised elsewhere, received in several, opened and closed while they rain. */

#include "signal-test.h"

#define N_ROUNDS 200
#define N_SIGNALS 500

static gpointer
raise_in_thread (gpointer data)
{
  raise (GPOINTER_TO_INT (data));

  return NULL;
}

static gboolean
test_other_thread (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);
  Waiter waiter = { "a", receiver };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("a signal that another thread handles wakes the task");

  anyio_task_group_start_soon (group, receive_one, &waiter, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  run_in_thread (raise_in_thread, GINT_TO_POINTER (SIGUSR1));
  assert_joins (group);
  anyio_assert_trace ("a:SIGUSR1");

  return TRUE;
}

static gboolean
receive_two (gpointer user_data, GError **error)
{
  AnyioSignalReceiver **receiver = user_data;

  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (anyio_signal_receiver_receive (*receiver, error), ==, SIGUSR1);
  assert_none (*receiver);
  anyio_signal_receiver_close (*receiver);

  return TRUE;
}

/* Made in the main thread, so that it is open when the signals come. */
static gpointer
run_receiver (gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (anyio_run (receive_two, data, &error));
  g_assert_no_error (error);

  return NULL;
}

static gboolean
test_several_contexts (gpointer user_data, GError **error)
{
  AnyioSignalReceiver *receivers[4];
  GThread *threads[4];
  g_autoptr (AnyioSignalReceiver) own = open_receiver (SIGUSR1);

  g_test_summary ("tasks in several threads each get the signal");

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      receivers[i] = open_receiver (SIGUSR1);
      threads[i] = g_thread_new ("receiver", run_receiver, &receivers[i]);
    }
  raise (SIGUSR1);
  raise (SIGUSR1);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_thread_join (threads[i]);
      g_object_unref (receivers[i]);
    }
  assert_next (own, SIGUSR1);
  assert_next (own, SIGUSR1);
  assert_none (own);

  return TRUE;
}

static gpointer
use_elsewhere (gpointer receiver)
{
  g_autoptr (GError) failure = NULL;

  EXPECT_CRITICAL ("*anyio_signal_receiver_receive_nowait() was called in another thread than that which uses this AnyioSignalReceiver*");
  assert_fails (anyio_signal_receiver_receive_nowait (receiver, &failure) != 0, failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_test_assert_expected_messages ();
  EXPECT_CRITICAL ("*anyio_signal_receiver_close() was called in another thread*");
  anyio_signal_receiver_close (receiver);
  g_test_assert_expected_messages ();
  g_assert_false (anyio_signal_receiver_is_closed (receiver));

  return NULL;
}

static void
test_misuse (void)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);

  g_test_summary ("SEMANTICS 11.1: a receiver that one thread uses is refused to others");

  assert_none (receiver);
  run_in_thread (use_elsewhere, receiver);
}

static gpointer
drop_elsewhere (gpointer receiver)
{
  g_object_unref (receiver);

  return NULL;
}

static void
test_dropped_elsewhere (void)
{
  AnyioSignalReceiver *receiver = open_receiver (SIGUSR1);
  struct sigaction action;

  g_test_summary ("dropping the last reference closes it, in whatever thread");

  assert_none (receiver);
  run_in_thread (drop_elsewhere, receiver);
  sigaction (SIGUSR1, NULL, &action);
  g_assert_true (action.sa_handler == SIG_DFL);
}

static gpointer
rain (gpointer data)
{
  int *number = data;

  for (guint i = 0; i < N_SIGNALS; i++)
    raise (*number);

  return NULL;
}

static gboolean
test_rain (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) kept = open_receiver (SIGUSR1, SIGUSR2, SIGHUP);
  int numbers[] = { SIGUSR1, SIGUSR2, SIGHUP };
  guint n_received[3] = { 0 };
  GThread *threads[3];

  g_test_summary ("while threads raise signals without end, others are opened and closed, and who stays open gets them all");

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("rain", rain, &numbers[i]);
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (AnyioSignalReceiver) other G_GNUC_UNUSED = open_receiver (SIGUSR1, SIGUSR2, SIGHUP);

      g_assert_true (anyio_checkpoint (error));
    }
  for (guint n = 0; n < G_N_ELEMENTS (threads) * N_SIGNALS; n++)
    {
      int number = anyio_signal_receiver_receive (kept, error);

      for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
        n_received[i] += number == numbers[i];
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_thread_join (threads[i]);
      g_assert_cmpuint (n_received[i], ==, N_SIGNALS);
    }
  assert_none (kept);

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/signal-threads/raised-elsewhere/wakes", test_other_thread);
  anyio_test_add_func ("/signal-threads/several-contexts/each-gets-it", test_several_contexts);
  g_test_add_func ("/signal-threads/misuse/refused", test_misuse);
  g_test_add_func ("/signal-threads/dropped-elsewhere/closed", test_dropped_elsewhere);
  anyio_test_add_func ("/signal-threads/rain/nothing-lost", test_rain);

  return g_test_run ();
}
