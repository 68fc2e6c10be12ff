/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory object streams for callers that are no task: the pairs of _async and _finish, which wait without a fiber. */

#include "stream-test.h"

/* One call under way: what it did is in the trace, "+name" sent, "-item:name" received, "!name" cancelled, "#name" closed, "$name" the end, "%name" broken. */
typedef struct
{
  Worker worker;
  gboolean done;
} Call;

static void
finish_call (Call *self, GError *failure)
{
  GError *ignored = NULL;

  g_assert_false (self->done);
  g_assert_cmpint (g_main_depth (), >, 0);
  g_assert_null (anyio_get_current_task ());
  self->done = TRUE;
  if (failure != NULL)
    tell_failure (&self->worker, failure, &ignored);
  g_clear_error (&ignored);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *self = data;
  GError *failure = NULL;
  gboolean success = anyio_memory_object_send_stream_send_finish ((Sender *) source, result, &failure);

  g_assert_true (success == (failure == NULL));
  if (success)
    anyio_trace ("+%s", self->worker.name);
  finish_call (self, failure);
}

static void
received_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *self = data;
  GError *failure = NULL;
  GValue *value = anyio_memory_object_receive_stream_receive_finish ((Receiver *) source, result, &failure);

  g_assert_true ((value != NULL) == (failure == NULL));
  if (value != NULL)
    {
      anyio_trace ("-%s:%s", g_value_get_string (value), self->worker.name);
      g_boxed_free (G_TYPE_VALUE, value);
    }
  finish_call (self, failure);
}

static void
begin_send (Call *self, Sender *sender, GCancellable *cancellable)
{
  g_auto (GValue) value = G_VALUE_INIT;

  self->done = FALSE;
  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, self->worker.name);
  anyio_memory_object_send_stream_send_async (sender, &value, cancellable, sent_cb, self);
}

static void
begin_receive (Call *self, Receiver *receiver, GCancellable *cancellable)
{
  self->done = FALSE;
  anyio_memory_object_receive_stream_receive_async (receiver, cancellable, received_cb, self);
}

static gboolean
wait_done (const Call *self, GError **error)
{
  while (!self->done)
    if (!anyio_sleep (0.0001, error))
      return FALSE;

  return TRUE;
}

static gboolean
test_both_ways (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Call x = { { "x" } };
  Call a = { { "a" } };

  g_test_summary ("send_async and receive_async meet, whoever comes first, and do what could be done at once; the callbacks run on the home stack");

  anyio_create_memory_object_stream (1, G_TYPE_STRING, &sender, &receiver);
  begin_receive (&x, receiver, NULL);
  assert_statistics (sender, 0, 1, 1, 0, 1);
  begin_send (&a, sender, NULL);
  assert_statistics (sender, 0, 1, 1, 0, 0);
  g_assert_false (x.done || a.done);
  g_assert_true (wait_done (&x, error) && wait_done (&a, error));

  begin_send (&a, sender, NULL);
  g_assert_true (wait_done (&a, error));
  assert_statistics (sender, 1, 1, 1, 0, 0);
  begin_send (&a, sender, NULL);
  assert_statistics (sender, 1, 1, 1, 1, 0);
  begin_receive (&x, receiver, NULL);
  assert_statistics (sender, 1, 1, 1, 0, 0);
  g_assert_true (wait_done (&x, error) && wait_done (&a, error));

  return TRUE;
}

static gboolean
test_with_tasks (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Call x = { { "x" } };
  Call a = { { "a" } };
  gpointer item;

  g_test_summary ("Callers without a task meet tasks");

  anyio_create_memory_object_stream (0, G_TYPE_STRING, &sender, &receiver);
  begin_receive (&x, receiver, NULL);
  g_assert_true (stream_send (sender, g_strdup ("1"), error));
  g_assert_true (wait_done (&x, error));
  begin_send (&a, sender, NULL);
  g_assert_true (stream_receive (receiver, &item, error));
  g_assert_cmpstr (item, ==, "a");
  g_free (item);
  g_assert_true (wait_done (&a, error));
  anyio_assert_trace ("-1:x +a");

  return TRUE;
}

static gboolean
test_cancel (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (GCancellable) first = g_cancellable_new ();
  g_autoptr (GCancellable) second = g_cancellable_new ();
  g_autoptr (GCancellable) third = g_cancellable_new ();
  Call x = { { "x" } };
  Call y = { { "y" } };
  Call a = { { "a" } };
  Call b = { { "b" } };

  g_test_summary ("SEMANTICS 7, 2.18: a cancelled call is skipped from the moment of the cancellation on, before the scheduler has heard of it; no item is lost");

  anyio_create_memory_object_stream (0, G_TYPE_STRING, &sender, &receiver);
  begin_receive (&x, receiver, first);
  begin_receive (&y, receiver, second);
  g_cancellable_cancel (first);
  begin_send (&a, sender, NULL);
  g_cancellable_cancel (second); /* too late: the item is handed over */
  g_assert_true (wait_done (&x, error) && wait_done (&y, error) && wait_done (&a, error));
  g_assert_cmpstr (strstr (anyio_trace_get (), "!x"), !=, NULL);
  g_assert_cmpstr (strstr (anyio_trace_get (), "-a:y"), !=, NULL);
  g_assert_cmpstr (strstr (anyio_trace_get (), "!y"), ==, NULL);
  anyio_trace_clear ();

  begin_send (&a, sender, third);
  g_cancellable_cancel (third);
  begin_receive (&x, receiver, NULL);
  assert_statistics (sender, 0, 1, 1, 1, 1);
  begin_send (&b, sender, NULL);
  g_assert_true (wait_done (&a, error) && wait_done (&b, error) && wait_done (&x, error));
  g_assert_cmpstr (strstr (anyio_trace_get (), "!a"), !=, NULL);
  g_assert_cmpstr (strstr (anyio_trace_get (), "-b:x"), !=, NULL);
  assert_statistics (sender, 0, 1, 1, 0, 0);

  return TRUE;
}

static gboolean
test_cancelled_with_room (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Call a = { { "a" } };

  g_test_summary ("SEMANTICS 1.6: a call with a cancelled cancellable does nothing, although there is room");

  anyio_create_memory_object_stream (5, G_TYPE_STRING, &sender, &receiver);
  g_cancellable_cancel (cancellable);
  begin_send (&a, sender, cancellable);
  g_assert_true (wait_done (&a, error));
  anyio_assert_trace ("!a");
  assert_statistics (sender, 0, 1, 1, 0, 0);

  return TRUE;
}

typedef struct
{
  Sender *sender;
  GCancellable *cancellable;
} Late;

/* From the main loop, so that the scheduler finds both when it begins its next step. */
static gboolean
send_and_cancel_cb (gpointer data)
{
  const Late *self = data;

  g_assert_true (stream_send_nowait (self->sender, g_strdup ("1"), NULL));
  g_cancellable_cancel (self->cancellable);

  return G_SOURCE_REMOVE;
}

static gboolean
cancel_too_late (gpointer data, GError **error)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Call x = { { "x" } };
  Late late;

  anyio_create_memory_object_stream (0, G_TYPE_STRING, &sender, &receiver);
  begin_receive (&x, receiver, cancellable);
  late = (Late){ sender, cancellable };
  g_source_set_callback (source, send_and_cancel_cb, &late, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  g_assert_true (wait_done (&x, error));
  anyio_assert_trace ("-1:x");
  anyio_trace_clear ();

  return TRUE;
}

static void
test_cancel_too_late (void)
{
  g_test_summary ("SEMANTICS 7, I23: an item that is handed over is received, whichever message the scheduler takes first");

  for (guint seed = 0; seed < 20; seed++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (anyio_test_run (cancel_too_late, NULL, seed, &error));
      g_assert_no_error (error);
    }
}

static gpointer
cancel_in_thread (gpointer data)
{
  g_cancellable_cancel (data);

  return NULL;
}

static gboolean
test_cancel_in_thread (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;

  g_test_summary ("I28: the cancellable may be cancelled in another thread, while the item is handed over: either the one or the other");

  anyio_create_memory_object_stream (0, G_TYPE_STRING, &sender, &receiver);
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      Call x = { { "x" } };
      gboolean sent;
      GThread *thread;

      begin_receive (&x, receiver, cancellable);
      thread = g_thread_new ("cancel", cancel_in_thread, cancellable);
      for (guint j = i % 10 * 20; j > 0; j--)
        g_thread_yield ();
      {
        g_autofree char *item = g_strdup ("1");

        sent = stream_send_nowait (sender, item, NULL);
        if (sent)
          item = NULL;
      }
      g_assert_true (wait_done (&x, error));
      g_thread_join (thread);
      anyio_assert_trace (sent ? "-1:x" : "!x");
      anyio_trace_clear ();
    }

  return TRUE;
}

static gboolean
test_close (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Call x = { { "x" } };
  Call y = { { "y" } };
  Call a = { { "a" } };
  Call b = { { "b" } };

  g_test_summary ("SEMANTICS 7: calls under way get what tasks get when an end is closed; their items are destroyed");

  anyio_create_memory_object_stream (0, G_TYPE_STRING, &sender, &receiver);
  begin_receive (&x, receiver, NULL);
  sender_close (sender);
  g_assert_true (wait_done (&x, error));
  begin_receive (&y, receiver, NULL);
  g_assert_true (wait_done (&y, error));
  anyio_assert_trace ("$x $y");
  anyio_trace_clear ();
  g_clear_object (&sender);
  g_clear_object (&receiver);

  anyio_create_memory_object_stream (0, G_TYPE_STRING, &sender, &receiver);
  begin_send (&a, sender, NULL);
  sender_close (sender);
  g_assert_true (wait_done (&a, error));
  g_clear_object (&sender);
  g_clear_object (&receiver);

  anyio_create_memory_object_stream (0, G_TYPE_STRING, &sender, &receiver);
  begin_send (&a, sender, NULL);
  receiver_close (receiver);
  g_assert_true (wait_done (&a, error));
  begin_send (&b, sender, NULL);
  g_assert_true (wait_done (&b, error));
  anyio_assert_trace ("#a %a %b");

  return TRUE;
}

static gboolean
send_later (gpointer data, GError **error)
{
  return anyio_sleep (3, error) && stream_send (data, g_strdup ("late"), error);
}

static gboolean
test_virtual_time (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  GValue *value;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("A replaced clock goes on while a task awaits the pair: what it waits for is a task, not the world");

  anyio_create_memory_object_stream (0, G_TYPE_STRING, &sender, &receiver);
  anyio_task_group_start_soon (group, send_later, sender, NULL);
  {
    g_auto (AnyioCall) call = ANYIO_CALL_INIT;

    anyio_memory_object_receive_stream_receive_async (receiver, ANYIO_CALL (&call));
    value = anyio_memory_object_receive_stream_receive_finish (receiver, anyio_call_await (&call), error);
  }
  g_assert_cmpstr (g_value_get_string (value), ==, "late");
  g_boxed_free (G_TYPE_VALUE, value);
  g_assert_cmpfloat (anyio_current_time (), ==, 3);
  {
    g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (4);
    g_autoptr (GError) cancelled = NULL;
    g_auto (AnyioCall) call = ANYIO_CALL_INIT;

    anyio_memory_object_receive_stream_receive_async (receiver, ANYIO_CALL (&call));
    g_assert_null (anyio_memory_object_receive_stream_receive_finish (receiver, anyio_call_await (&call), &cancelled));
    g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));
  }
  g_assert_cmpfloat (anyio_current_time (), ==, 7);

  return anyio_task_group_join (group, error);
}

static gboolean
test_wrong_type (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) failure = NULL;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_test_summary ("An item of another type is refused; the pair can be awaited like any other");

  anyio_create_memory_object_stream (0, G_TYPE_STRING, &sender, &receiver);
  g_value_init (&value, G_TYPE_INT);
  anyio_memory_object_send_stream_send_async (sender, &value, ANYIO_CALL (&call));
  g_assert_false (anyio_memory_object_send_stream_send_finish (sender, anyio_call_await (&call), &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);

  return TRUE;
}

static void
quit_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GValue *value = anyio_memory_object_receive_stream_receive_finish ((Receiver *) source, result, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (g_value_get_string (value), ==, "late");
  g_boxed_free (G_TYPE_VALUE, value);
  g_main_loop_quit (data);
}

static gboolean
send_late_cb (gpointer data)
{
  g_assert_true (stream_send_nowait (data, g_strdup ("late"), NULL));

  return G_SOURCE_REMOVE;
}

static void
test_plain_main_loop (void)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_test_summary ("A program without any task can wait for items with a main loop of its own");

  anyio_create_memory_object_stream (0, G_TYPE_STRING, &sender, &receiver);
  anyio_memory_object_receive_stream_receive_async (receiver, NULL, quit_cb, loop);
  g_idle_add (send_late_cb, sender);
  g_main_loop_run (loop);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func_real_time ("/stream-async/meet/both-ways", test_both_ways);
  anyio_test_add_func_real_time ("/stream-async/meet/tasks", test_with_tasks);
  anyio_test_add_func_real_time ("/stream-async/cancel/skipped", test_cancel);
  g_test_add_func ("/stream-async/cancel/too-late", test_cancel_too_late);
  anyio_test_add_func_real_time ("/stream-async/cancel/before", test_cancelled_with_room);
  anyio_test_add_func_real_time ("/stream-async/cancel/in-another-thread", test_cancel_in_thread);
  anyio_test_add_func_real_time ("/stream-async/close/tells", test_close);
  anyio_test_add_func ("/stream-async/clock/goes-on", test_virtual_time);
  anyio_test_add_func ("/stream-async/type/refused", test_wrong_type);
  g_test_add_func ("/stream-async/no-task/main-loop", test_plain_main_loop);

  return g_test_run ();
}
