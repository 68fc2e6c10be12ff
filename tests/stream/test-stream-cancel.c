/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cancellation of those who send and receive: no item is lost, none is delivered and reported as cancelled. */

#include "stream-test.h"

static gboolean
test_before (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (GError) send_error = NULL;
  g_autoptr (GError) receive_error = NULL;
  gpointer item = NULL;
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 1.6: in a cancelled scope nothing is sent or received, although it could be done at once; nowait works");

  create (2, &sender, &receiver);
  g_assert_true (stream_send (sender, (gpointer) "a", error));
  anyio_cancel_scope_cancel (scope, NULL);
  assert_is_cancelled (stream_send (sender, (gpointer) "b", &send_error), send_error);
  assert_is_cancelled (stream_receive (receiver, &item, &receive_error), receive_error);
  g_assert_null (item);
  assert_statistics (sender, 1, 1, 1, 0, 0);
  g_assert_true (stream_send_nowait (sender, (gpointer) "c", error));
  g_assert_cmpstr (poll_item (receiver), ==, "a");

  return anyio_cancel_scope_exit (scope, &send_error);
}

static gboolean
test_waiting (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Worker workers[] = { { "a" }, { "b" }, { "x" }, { "y" } };
  AnyioTask *tasks[4];
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: who was cancelled while it waited is skipped, in both directions: its place is gone at once");

  create (0, &sender, &receiver);
  for (guint i = 0; i < 4; i++)
    {
      workers[i].sender = sender;
      workers[i].receiver = receiver;
    }
  for (guint i = 0; i < 2; i++)
    tasks[i] = anyio_task_group_create_task (group, send_one, &workers[i], NULL);
  g_assert_true (let_all_block (error));
  anyio_task_cancel (tasks[0], NULL);
  assert_statistics (sender, 0, 1, 1, 1, 0);
  g_assert_cmpstr (poll_item (receiver), ==, "b");
  g_assert_null (poll_item (receiver));
  for (guint i = 2; i < 4; i++)
    tasks[i] = anyio_task_group_create_task (group, receive_one, &workers[i], NULL);
  g_assert_true (let_all_block (error));
  anyio_task_cancel (tasks[2], NULL);
  assert_statistics (sender, 0, 1, 1, 0, 1);
  g_assert_true (stream_send_nowait (sender, (gpointer) "1", error));
  g_assert_false (stream_send_nowait (sender, (gpointer) "2", NULL));
  for (guint i = 0; i < 4; i++)
    g_assert_true (anyio_task_wait (tasks[i], error));
  anyio_assert_trace ("!a +b !x -1:y");
  for (guint i = 0; i < 4; i++)
    g_object_unref (tasks[i]);

  return anyio_task_group_join (group, error);
}

/* The hand-over first, then the cancellation, in the same turn. */
static gboolean
test_hand_over_wins (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Worker a = { "a" };
  Worker x = { "x" };
  g_autoptr (AnyioTask) send_task = NULL;
  g_autoptr (AnyioTask) receive_task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: an item handed over wins against a cancellation in the same turn, on both sides (AnyIO's faults #728 and 27.3)");

  create (0, &sender, &receiver);
  a.sender = sender;
  x.receiver = receiver;
  send_task = anyio_task_group_create_task (group, send_one, &a, NULL);
  g_assert_true (let_all_block (error));
  g_assert_cmpstr (poll_item (receiver), ==, "a");
  anyio_task_cancel (send_task, NULL);

  receive_task = anyio_task_group_create_task (group, receive_one, &x, NULL);
  g_assert_true (let_all_block (error));
  g_assert_true (stream_send_nowait (sender, (gpointer) "1", error));
  anyio_task_cancel (receive_task, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("+a -1:x");
  g_assert_cmpint (anyio_task_get_status (send_task), ==, ANYIO_TASK_FINISHED);
  g_assert_cmpint (anyio_task_get_status (receive_task), ==, ANYIO_TASK_FINISHED);

  return TRUE;
}

/* The cancellation first, then the attempt to hand over, in the same turn. */
static gboolean
test_cancellation_wins (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Worker a = { "a" };
  Worker x = { "x" };
  g_autoptr (AnyioTask) send_task = NULL;
  g_autoptr (AnyioTask) receive_task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.5, I23: what reports CANCELLED has had no effect: the item of a cancelled sender cannot be received in the same turn (it can in AnyIO)");

  create (0, &sender, &receiver);
  a.sender = sender;
  x.receiver = receiver;
  send_task = anyio_task_group_create_task (group, send_one, &a, NULL);
  g_assert_true (let_all_block (error));
  anyio_task_cancel (send_task, NULL);
  g_assert_null (poll_item (receiver));

  receive_task = anyio_task_group_create_task (group, receive_one, &x, NULL);
  g_assert_true (let_all_block (error));
  anyio_task_cancel (receive_task, NULL);
  g_assert_false (stream_send_nowait (sender, (gpointer) "1", NULL));
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("!a !x");

  return TRUE;
}

static gboolean
test_deadline (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (GError) failure = NULL;
  gpointer item;

  g_test_summary ("SEMANTICS 2.13: a deadline ends the waiting with TIMED_OUT");

  create (0, &sender, &receiver);
  {
    ANYIO_FAIL_AFTER (3, &failure);

    g_assert_false (stream_receive (receiver, &item, &failure));
  }
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&failure);
  {
    ANYIO_FAIL_AFTER (3, &failure);

    g_assert_false (stream_send (sender, NULL, &failure));
  }
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpfloat (anyio_current_time (), ==, 6);
  assert_statistics (sender, 0, 1, 1, 0, 0);

  return TRUE;
}

/* Each item is an allocation: ASan and Valgrind see one that is lost or freed twice. */

static gboolean
produce (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = data;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *item = g_strdup_printf ("%u", i);

      if (!stream_send (sender, item, error))
        return FALSE;
      item = NULL;
    }

  return TRUE;
}

static gboolean
consume (gpointer data, GError **error)
{
  g_autoptr (Receiver) receiver = data;

  return receive_all (receiver, error);
}

static gboolean
run_pipeline (gpointer data, GError **error)
{
  const gsize *max_buffer_size = data;
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_create_memory_pointer_stream (*max_buffer_size, g_free, &sender, &receiver);
  for (guint i = 0; i < 2; i++)
    {
      anyio_task_group_start_soon (group, produce, sender_clone (sender, NULL), NULL);
      anyio_task_group_start_soon (group, consume, receiver_clone (receiver, NULL), NULL);
    }
  if (!anyio_checkpoint (error))
    return FALSE;
  sender_close (sender);
  receiver_close (receiver);

  return anyio_task_group_join (group, error);
}

static void
test_cancel_everywhere (void)
{
  gsize sizes[] = { 0, 1, 3, ANYIO_UNBOUNDED };

  g_test_summary ("I23: cancelled at each suspension point in turn, producers and consumers leave nothing behind, whatever the size of the buffer");

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_assert_cmpuint (anyio_test_cancel_everywhere (run_pipeline, &sizes[i], NULL), >, 10);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/stream-cancel/before/does-nothing", test_before);
  core_add_ordered ("/stream-cancel/waiting/is-skipped", test_waiting);
  core_add_ordered ("/stream-cancel/same-turn/hand-over-first", test_hand_over_wins);
  core_add_ordered ("/stream-cancel/same-turn/cancellation-first", test_cancellation_wins);
  anyio_test_add_func ("/stream-cancel/deadline/times-out", test_deadline);
  g_test_add_func ("/stream-cancel/everywhere/no-item-lost", test_cancel_everywhere);

  return g_test_run ();
}
