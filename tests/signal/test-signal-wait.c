/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for signals: tasks, operations in callback style and anyio_select(), their cancellation, and the virtual clock. */

#include "signal-test.h"

static gboolean
test_waiting (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1, SIGUSR2, SIGHUP);
  Waiter waiters[] = { { "a", receiver }, { "b", receiver }, { "c", receiver } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.2: those who wait are served in the order in which they came, before anybody who comes later");

  START_WAITING (group, receive_one, waiters);
  g_assert_cmpuint (anyio_signal_receiver_get_tasks_waiting (receiver), ==, 3);
  raise (SIGUSR1);
  raise (SIGUSR2);
  assert_none (receiver);
  g_assert_cmpuint (anyio_signal_receiver_get_tasks_waiting (receiver), ==, 1);
  raise (SIGHUP);
  raise (SIGUSR1);
  assert_next (receiver, SIGUSR1);
  assert_joins (group);
  anyio_assert_trace ("a:SIGUSR1 b:SIGUSR2 c:SIGHUP");

  return TRUE;
}

static gboolean
test_woken (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1, SIGUSR2);
  Waiter waiters[] = { { "a", receiver }, { "b", receiver }, { "c", receiver } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("a signal wakes who waits, again and again, in no time");

  START_WAITING (group, receive_one, waiters);
  raise (SIGUSR1);
  settle ();
  raise (SIGUSR2);
  raise (SIGUSR1);
  settle ();
  g_assert_cmpuint (anyio_signal_receiver_get_tasks_waiting (receiver), ==, 0);
  assert_joins (group);
  anyio_assert_trace ("a:SIGUSR1 b:SIGUSR2 c:SIGUSR1");

  return TRUE;
}

static gboolean
raise_and_cancel (gpointer user_data, GError **error)
{
  AnyioTask **tasks = user_data;

  raise (SIGUSR1);
  anyio_task_cancel (tasks[1], NULL);

  return TRUE;
}

static gboolean
test_cancelled (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);
  Waiter waiters[] = { { "a", receiver }, { "b", receiver } };
  g_autoptr (AnyioTask) first = NULL;
  g_autoptr (AnyioTask) second = NULL;
  AnyioTask *tasks[2];
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.5: who was cancelled before it was served has received nothing, and the signal goes to the next one");

  tasks[0] = first = anyio_task_group_create_task (group, receive_one, &waiters[0], NULL);
  tasks[1] = second = anyio_task_group_create_task (group, receive_one, &waiters[1], NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_task_cancel (tasks[0], NULL);
  g_assert_cmpuint (anyio_signal_receiver_get_tasks_waiting (receiver), ==, 1);
  anyio_task_group_start_soon (group, raise_and_cancel, tasks, NULL);
  assert_joins (group);
  anyio_assert_trace ("a:- b:-");
  assert_next (receiver, SIGUSR1);

  return TRUE;
}

static gboolean
test_served_then_cancelled (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);
  Waiter waiter = { "a", receiver };
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.4: who was served before it was cancelled has received it");

  task = anyio_task_group_create_task (group, receive_one, &waiter, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  raise (SIGUSR1);
  assert_none (receiver);
  anyio_task_cancel (task, NULL);
  assert_joins (group);
  anyio_assert_trace ("a:SIGUSR1");

  return TRUE;
}

static gboolean
test_cancel_point (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 1.6: in a cancelled scope nothing is received, although it could be at once; nowait works");

  raise (SIGUSR1);
  anyio_cancel_scope_cancel (scope, NULL);
  assert_is_cancelled (anyio_signal_receiver_receive (receiver, &failure) != 0, failure);
  assert_next (receiver, SIGUSR1);

  return anyio_cancel_scope_exit (scope, &failure);
}

static gboolean
receive_between (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1, SIGUSR2);
  Waiter waiter = { "a", receiver };
  int number = 0;
  AnyioSelectCase cases[] = { ANYIO_SELECT_SIGNAL (receiver, &number), ANYIO_SELECT_SLEEP (1) };
  g_autoptr (AnyioTaskGroup) group = NULL;

  raise (SIGUSR1);
  if (anyio_signal_receiver_receive (receiver, error) == 0)
    return FALSE;
  if (anyio_select (cases, G_N_ELEMENTS (cases), error) < 0)
    return FALSE;
  group = anyio_task_group_open (error);
  anyio_task_group_start_soon (group, receive_one, &waiter, NULL);
  if (!anyio_wait_all_tasks_blocked (error))
    return FALSE;
  raise (SIGUSR2);

  return anyio_task_group_join (group, error);
}

static void
test_cancel_everywhere (void)
{
  struct sigaction action;

  g_test_summary ("SEMANTICS 8.3, I3: wherever it is cancelled, nothing is left: no descriptor, no source, no handler");

  g_assert_cmpuint (anyio_test_cancel_everywhere (receive_between, NULL, NULL), >=, 5);
  sigaction (SIGUSR1, NULL, &action);
  g_assert_true (action.sa_handler == SIG_DFL);
}

static gboolean
test_close_wakes (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);
  g_auto (Ready) ready = { NULL };
  g_autoptr (GError) failure = NULL;
  g_autoptr (GError) end = NULL;
  Waiter waiter = { "a", receiver };
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (&end);

  g_test_summary ("SEMANTICS 8.3: a task blocked on it gets CLOSED, and so does an operation");

  task = anyio_task_group_create_task (group, receive_one, &waiter, NULL);
  anyio_signal_receiver_receive_async (receiver, NULL, ready_cb, &ready);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  g_assert_cmpuint (anyio_signal_receiver_get_tasks_waiting (receiver), ==, 2);
  anyio_signal_receiver_close (receiver);
  g_assert_cmpuint (anyio_signal_receiver_get_tasks_waiting (receiver), ==, 0);
  assert_fails (anyio_task_group_join (group, &end), end, G_IO_ERROR, G_IO_ERROR_CLOSED);
  assert_fails (anyio_signal_receiver_receive_finish (receiver, ready_await (&ready), &failure) != 0, failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  anyio_assert_trace ("a:-");

  return TRUE;
}

static gboolean
test_dropped (gpointer user_data, GError **error)
{
  AnyioSignalReceiver *receiver = open_receiver (SIGUSR1);
  AnyioSignalReceiver *weak = receiver;
  Waiter waiter = { "a", receiver };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  struct sigaction action;

  g_test_summary ("one that is dropped while a task waits lives, and receives, until that wakes up; then it is closed");

  g_object_add_weak_pointer (G_OBJECT (receiver), (gpointer *) &weak);
  anyio_task_group_start_soon (group, receive_one, &waiter, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  g_object_unref (receiver);
  g_assert_nonnull (weak);
  raise (SIGUSR1);
  assert_joins (group);
  anyio_assert_trace ("a:SIGUSR1");
  g_assert_null (weak);
  sigaction (SIGUSR1, NULL, &action);
  g_assert_true (action.sa_handler == SIG_DFL);

  return TRUE;
}

static gboolean
choose (gpointer user_data, GError **error)
{
  AnyioSignalReceiver **receivers = user_data;
  int a = 0;
  int b = 0;
  AnyioSelectCase cases[] = { ANYIO_SELECT_SIGNAL (receivers[0], &a), ANYIO_SELECT_SIGNAL (receivers[0], &a), ANYIO_SELECT_SIGNAL (receivers[1], &b) };
  int chosen = anyio_select (cases, G_N_ELEMENTS (cases), error);

  anyio_trace ("%d:%s:%s", chosen, a != 0 ? anyio_signal_to_name (a) : "-", b != 0 ? anyio_signal_to_name (b) : "-");

  return chosen >= 0;
}

static gboolean
test_select (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) a = open_receiver (SIGUSR1);
  g_autoptr (AnyioSignalReceiver) b = open_receiver (SIGUSR2);
  AnyioSignalReceiver *receivers[] = { a, b };

  g_test_summary ("SEMANTICS 7: anyio_select() receives exactly one signal, and stands in no other queue afterwards");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

      anyio_task_group_start_soon (group, choose, receivers, NULL);
      g_assert_true (anyio_wait_all_tasks_blocked (error));
      g_assert_cmpuint (anyio_signal_receiver_get_tasks_waiting (a), ==, 2);
      g_assert_cmpuint (anyio_signal_receiver_get_tasks_waiting (b), ==, 1);
      raise (i == 0 ? SIGUSR1 : SIGUSR2);
      settle ();
      g_assert_cmpuint (anyio_signal_receiver_get_tasks_waiting (a) + anyio_signal_receiver_get_tasks_waiting (b), ==, 0);
      assert_joins (group);
    }
  raise (SIGUSR2);
  g_assert_true (choose (receivers, error));
  anyio_assert_trace ("0:SIGUSR1:- 2:-:SIGUSR2 2:-:SIGUSR2");
  assert_none (a);
  assert_none (b);

  return TRUE;
}

static gboolean
test_async (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1, SIGUSR2);
  g_autoptr (GCancellable) early = g_cancellable_new ();
  g_autoptr (GCancellable) late = g_cancellable_new ();
  g_autoptr (GCancellable) before = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };

  g_test_summary ("SEMANTICS 2.18, 1.4: in callback style, the order of the cancellable and the signal decides in the same way");

  g_cancellable_cancel (before);
  anyio_signal_receiver_receive_async (receiver, before, ready_cb, &ready[0]);
  anyio_signal_receiver_receive_async (receiver, early, ready_cb, &ready[1]);
  anyio_signal_receiver_receive_async (receiver, late, ready_cb, &ready[2]);
  settle ();
  g_assert_cmpuint (anyio_signal_receiver_get_tasks_waiting (receiver), ==, 2);
  g_cancellable_cancel (early);
  raise (SIGUSR1);
  raise (SIGUSR2);
  anyio_signal_receiver_receive_async (receiver, NULL, ready_cb, &ready[3]);
  g_cancellable_cancel (late);
  g_assert_null (ready[3].result);

  assert_fails (anyio_signal_receiver_receive_finish (receiver, ready_await (&ready[0]), &failure) != 0, failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_fails (anyio_signal_receiver_receive_finish (receiver, ready_await (&ready[1]), &failure) != 0, failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (anyio_signal_receiver_receive_finish (receiver, ready_await (&ready[2]), &failure), ==, SIGUSR1);
  g_assert_cmpint (anyio_signal_receiver_receive_finish (receiver, ready_await (&ready[3]), &failure), ==, SIGUSR2);
  g_assert_no_error (failure);
  assert_none (receiver);

  return TRUE;
}

static void
test_without_tasks (void)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };

  g_test_summary ("a receiver serves where no task has ever run, but waiting as a task fails there");

  anyio_signal_receiver_receive_async (receiver, cancellable, ready_cb, &ready[0]);
  anyio_signal_receiver_receive_async (receiver, NULL, ready_cb, &ready[1]);
  g_cancellable_cancel (cancellable);
  assert_fails (anyio_signal_receiver_receive_finish (receiver, ready_iterate (&ready[0]), &failure) != 0, failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  raise (SIGUSR1);
  g_assert_null (ready[1].result);
  g_assert_cmpint (anyio_signal_receiver_receive_finish (receiver, ready_iterate (&ready[1]), &failure), ==, SIGUSR1);

  EXPECT_CRITICAL ("*anyio_signal_receiver_receive() suspends*");
  assert_fails (anyio_signal_receiver_receive (receiver, &failure) != 0, failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_test_assert_expected_messages ();
}

static gboolean
test_time_passes (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);
  double start = anyio_current_time ();
  int number = 0;
  AnyioSelectCase cases[] = { ANYIO_SELECT_SIGNAL (receiver, &number), ANYIO_SELECT_SLEEP (3600) };

  g_test_summary ("the virtual clock does not stand still for a signal that has not arrived, and does for one that has");

  g_assert_cmpint (anyio_select (cases, G_N_ELEMENTS (cases), error), ==, 1);
  g_assert_cmpfloat (anyio_current_time (), ==, start + 3600);
  raise (SIGUSR1);
  g_assert_cmpint (anyio_select (cases, G_N_ELEMENTS (cases), error), ==, 0);
  g_assert_cmpfloat (anyio_current_time (), ==, start + 3600);

  return TRUE;
}

static gpointer
signal_soon (gpointer data)
{
  pthread_t *main_thread = data;

  /* Nothing tells from outside when the main task waits; if it does not yet, it receives the signal all the same. */
  g_usleep (20000);
  pthread_kill (*main_thread, SIGUSR1);

  return NULL;
}

static gboolean
test_no_deadlock (gpointer user_data, GError **error)
{
  g_autoptr (AnyioSignalReceiver) receiver = open_receiver (SIGUSR1);
  pthread_t main_thread = pthread_self ();
  GThread *thread = g_thread_new ("outside", signal_soon, &main_thread);
  int number = anyio_signal_receiver_receive (receiver, error);

  g_test_summary ("I26: to wait for nothing but a signal is no deadlock under the virtual clock: it may come from outside");

  g_thread_join (thread);
  g_assert_cmpint (number, ==, SIGUSR1);

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/signal-wait/several-tasks/in-order", test_waiting);
  core_add_ordered ("/signal-wait/several-tasks/woken", test_woken);
  core_add_ordered ("/signal-wait/cancelled/signal-stays", test_cancelled);
  core_add_ordered ("/signal-wait/cancelled/after-it-was-served", test_served_then_cancelled);
  anyio_test_add_func ("/signal-wait/cancelled/before", test_cancel_point);
  g_test_add_func ("/signal-wait/cancelled/everywhere", test_cancel_everywhere);
  core_add_ordered ("/signal-wait/close/wakes", test_close_wakes);
  anyio_test_add_func ("/signal-wait/dropped/lives-while-waited-for", test_dropped);
  anyio_test_add_func ("/signal-wait/select/one", test_select);
  anyio_test_add_func ("/signal-wait/async/order-decides", test_async);
  g_test_add_func ("/signal-wait/async/without-tasks", test_without_tasks);
  anyio_test_add_func ("/signal-wait/virtual-clock/time-passes", test_time_passes);
  anyio_test_add_func ("/signal-wait/virtual-clock/no-deadlock", test_no_deadlock);

  return g_test_run ();
}
