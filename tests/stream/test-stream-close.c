/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Closing the ends of memory object streams, clones, and dropping them in this and in other threads. */

#include "stream-test.h"

static gboolean
test_last_sender (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Sender) clone = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Worker workers[] = { { "x" }, { "y" }, { "z" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: last sender closed: receivers drain what is buffered, then END_OF_STREAM, also those who wait already");

  create (5, &sender, &receiver);
  clone = sender_clone (sender, error);
  assert_statistics (receiver, 0, 2, 1, 0, 0);
  g_assert_true (stream_send (clone, (gpointer) "1", error));
  g_assert_true (stream_send (clone, (gpointer) "2", error));
  sender_close (sender);
  assert_statistics (receiver, 2, 1, 1, 0, 0);
  sender_close (clone);
  for (guint i = 0; i < G_N_ELEMENTS (workers); i++)
    {
      workers[i].receiver = receiver;
      workers[i].forgiving = TRUE;
      anyio_task_group_start_soon (group, receive_one, &workers[i], NULL);
    }
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("-1:x -2:y $z");

  return TRUE;
}

static gboolean
test_last_sender_wakes (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Sender) clone = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (Receiver) other = NULL;
  Worker workers[] = { { "x" }, { "y" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: last sender closed: who waits to receive, through any clone, gets END_OF_STREAM");

  create (0, &sender, &receiver);
  clone = sender_clone (sender, error);
  other = receiver_clone (receiver, error);
  for (guint i = 0; i < G_N_ELEMENTS (workers); i++)
    {
      workers[i].receiver = i == 0 ? receiver : other;
      workers[i].forgiving = TRUE;
      anyio_task_group_start_soon (group, receive_one, &workers[i], NULL);
    }
  g_assert_true (let_all_block (error));
  sender_close (sender);
  g_assert_true (let_all_block (error));
  anyio_assert_trace ("");
  sender_close (clone);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("$x $y");

  return TRUE;
}

static gboolean
test_last_receiver (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (Receiver) clone = NULL;
  Worker workers[] = { { "a" }, { "b" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: last receiver closed: blocked senders and all later ones get BROKEN, with the item still theirs");

  create (1, &sender, &receiver);
  clone = receiver_clone (receiver, error);
  g_assert_true (stream_send (sender, (gpointer) "0", error));
  for (guint i = 0; i < G_N_ELEMENTS (workers); i++)
    {
      workers[i].sender = sender;
      workers[i].forgiving = TRUE;
      anyio_task_group_start_soon (group, send_one, &workers[i], NULL);
    }
  g_assert_true (let_all_block (error));
  receiver_close (receiver);
  g_assert_true (let_all_block (error));
  anyio_assert_trace ("");
  receiver_close (clone);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("%a %b");
  assert_statistics (sender, 0, 1, 0, 0, 0);
  g_assert_false (stream_send (sender, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  g_clear_error (&failure);
  g_assert_false (stream_send_nowait (sender, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);

  return TRUE;
}

static gboolean
test_own_end (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Sender) sender_2 = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (Receiver) receiver_2 = NULL;
  Worker workers[] = { { "x", .forgiving = TRUE }, { "y", .forgiving = TRUE }, { "a", .forgiving = TRUE }, { "b", .forgiving = TRUE } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: own end closed: CLOSED also for a task that is blocked on that very clone (it hangs in AnyIO), and for no other");

  create (0, &sender, &receiver);
  receiver_2 = receiver_clone (receiver, error);
  sender_2 = sender_clone (sender, error);
  workers[0].receiver = receiver;
  workers[1].receiver = receiver_2;
  for (guint i = 0; i < 2; i++)
    anyio_task_group_start_soon (group, receive_one, &workers[i], NULL);
  g_assert_true (let_all_block (error));
  receiver_close (receiver);
  g_assert_true (let_all_block (error));
  anyio_assert_trace ("#x");
  g_assert_true (stream_send (sender, (gpointer) "1", error));
  g_assert_true (let_all_block (error));
  anyio_assert_trace ("#x -1:y");

  workers[2].sender = sender;
  workers[3].sender = sender_2;
  for (guint i = 2; i < 4; i++)
    anyio_task_group_start_soon (group, send_one, &workers[i], NULL);
  g_assert_true (let_all_block (error));
  sender_close (sender);
  g_assert_true (let_all_block (error));
  anyio_assert_trace ("#x -1:y #a");
  g_assert_cmpstr (poll_item (receiver_2), ==, "b");
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("#x -1:y #a +b");

  return TRUE;
}

static gboolean
test_closed (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  gpointer item;

  g_test_summary ("SEMANTICS 7: a closed end fails with CLOSED, whatever the other end is; closing again does nothing; it cannot be cloned");

  create (1, &sender, &receiver);
  for (guint i = 0; i < 2; i++)
    {
      sender_close (sender);
      receiver_close (receiver);
      assert_statistics (sender, 0, 0, 0, 0, 0);
    }
  g_assert_false (stream_send (sender, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&failure);
  g_assert_false (stream_send_nowait (sender, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&failure);
  g_assert_null (sender_clone (sender, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&failure);
  g_assert_false (stream_receive (receiver, &item, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&failure);
  g_assert_false (stream_receive_nowait (receiver, &item, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&failure);
  g_assert_null (receiver_clone (receiver, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_true (anyio_memory_object_send_stream_is_closed (sender));
  g_assert_true (anyio_memory_object_receive_stream_is_closed (receiver));

  return TRUE;
}

static gboolean
test_of_nothing (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = g_object_new (ANYIO_TYPE_MEMORY_OBJECT_SEND_STREAM, NULL);
  g_autoptr (Receiver) receiver = g_object_new (ANYIO_TYPE_MEMORY_OBJECT_RECEIVE_STREAM, NULL);
  g_autoptr (GError) failure = NULL;
  gpointer item;

  g_test_summary ("An end that a script makes with new is the end of nothing: it is closed");

  sender_close (sender);
  g_assert_false (stream_send (sender, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&failure);
  g_assert_false (stream_receive_nowait (receiver, &item, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  assert_statistics (sender, 0, 0, 0, 0, 0);
  g_assert_cmpuint (anyio_memory_object_receive_stream_get_max_buffer_size (receiver), ==, 0);

  return TRUE;
}

static gboolean
test_taken_before_close (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Worker a = { "a" };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.5: a sender whose item was taken succeeds, even if the receiver closes before it runs (AnyIO's fault #186)");

  create (0, &sender, &receiver);
  a.sender = sender;
  anyio_task_group_start_soon (group, send_one, &a, NULL);
  g_assert_true (let_all_block (error));
  g_assert_cmpstr (poll_item (receiver), ==, "a");
  receiver_close (receiver);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("+a");

  return TRUE;
}

static gboolean
test_dropping (gpointer data, GError **error)
{
  Sender *sender;
  Receiver *receiver;
  Worker x = { "x", .forgiving = TRUE };
  Worker a = { "a", .forgiving = TRUE };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: dropping the last reference closes");

  create (0, &sender, &receiver);
  x.receiver = receiver;
  anyio_task_group_start_soon (group, receive_one, &x, NULL);
  g_assert_true (let_all_block (error));
  g_object_unref (sender);
  g_assert_true (let_all_block (error));
  anyio_assert_trace ("$x");
  g_object_unref (receiver);

  create (0, &sender, &receiver);
  a.sender = sender;
  anyio_task_group_start_soon (group, send_one, &a, NULL);
  g_assert_true (let_all_block (error));
  g_object_unref (receiver);
  g_assert_true (let_all_block (error));
  anyio_assert_trace ("$x %a");
  g_object_unref (sender);

  return anyio_task_group_join (group, error);
}

static gboolean
test_dropping_ones_own (gpointer data, GError **error)
{
  Sender *sender;
  g_autoptr (Sender) other = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Worker a = { "a", .forgiving = TRUE };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: a task that is blocked on an end whose last reference another one drops gets CLOSED");

  create (0, &sender, &receiver);
  other = sender_clone (sender, error);
  a.sender = sender;
  anyio_task_group_start_soon (group, send_one, &a, NULL);
  g_assert_true (let_all_block (error));
  g_object_unref (sender);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("#a");

  return TRUE;
}

static gpointer
unref_in_thread (gpointer data)
{
  g_object_unref (data);

  return NULL;
}

static gboolean
test_dropping_in_thread (gpointer data, GError **error)
{
  Sender *sender;
  Receiver *receiver;
  Worker x = { "x", .forgiving = TRUE };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: the last reference may be dropped in another thread: the end is closed in its own one");

  create (0, &sender, &receiver);
  x.receiver = receiver;
  anyio_task_group_start_soon (group, receive_one, &x, NULL);
  g_assert_true (let_all_block (error));
  g_thread_join (g_thread_new ("drop", unref_in_thread, sender));
  assert_statistics (receiver, 0, 1, 1, 0, 1); /* not yet: the message is in the inbox */
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("$x");
  g_thread_join (g_thread_new ("drop", unref_in_thread, receiver));

  return anyio_sleep (0.01, error);
}

static gpointer
use_in_thread (gpointer data)
{
  GError *error = NULL;

  g_assert_false (stream_send_nowait (data, NULL, &error));

  return error;
}

static gboolean
test_use_in_thread (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("A stream belongs to one thread: use in another one is misuse while its tasks live");

  create (1, &sender, &receiver);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*thread of one main context*");
  failure = g_thread_join (g_thread_new ("use", use_in_thread, sender));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  assert_statistics (sender, 0, 1, 1, 0, 0);

  return TRUE;
}

static gboolean
send_nothing (gpointer data, GError **error)
{
  return stream_send (data, NULL, error);
}

static gpointer
run_in_thread (gpointer data)
{
  g_assert_true (anyio_run (send_nothing, data, NULL));

  return NULL;
}

static void
test_thread_after_thread (void)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;

  g_test_summary ("When the run of one thread is over, another thread may use the stream, and drop it");

  create (3, &sender, &receiver);
  for (guint i = 0; i < 2; i++)
    g_thread_join (g_thread_new ("run", run_in_thread, sender));
  assert_statistics (receiver, 2, 1, 1, 0, 0);
  g_assert_null (poll_item (receiver));
}

static void
destroy_at_home (gpointer data)
{
  /* On a fiber's stack there is a current task whose stack we stand on; this is how a language binding finds out, too. */
  g_assert_false (anyio_sleep (0, NULL));
  (*(guint *) data)++;
}

static gboolean
test_home_stack (gpointer data, GError **error)
{
  guint n_destroyed = 0;
  Sender *sender;
  Receiver *receiver;

  g_test_summary ("ARCHITECTURE: destroy functions run on the home stack, where nothing can suspend");

  anyio_create_memory_pointer_stream (10, destroy_at_home, &sender, &receiver);
  g_assert_true (stream_send (sender, &n_destroyed, error));
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*anyio_sleep()*");
  receiver_close (receiver);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (n_destroyed, ==, 1);
  g_object_unref (sender);
  g_object_unref (receiver);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/stream-close/last-sender/drains", test_last_sender);
  core_add_ordered ("/stream-close/last-sender/wakes", test_last_sender_wakes);
  core_add_ordered ("/stream-close/last-receiver/breaks", test_last_receiver);
  core_add_ordered ("/stream-close/last-receiver/item-was-taken", test_taken_before_close);
  core_add_ordered ("/stream-close/own-end/wakes", test_own_end);
  anyio_test_add_func ("/stream-close/own-end/stays-closed", test_closed);
  anyio_test_add_func ("/stream-close/own-end/of-nothing", test_of_nothing);
  anyio_test_add_func ("/stream-close/dropped/closes", test_dropping);
  anyio_test_add_func ("/stream-close/dropped/ones-own", test_dropping_ones_own);
  anyio_test_add_func ("/stream-close/dropped/in-another-thread", test_dropping_in_thread);
  anyio_test_add_func ("/stream-close/thread/misuse", test_use_in_thread);
  g_test_add_func ("/stream-close/thread/after-the-run", test_thread_after_thread);
  anyio_test_add_func ("/stream-close/leftovers/on-the-home-stack", test_home_stack);

  return g_test_run ();
}
