/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory object streams: order, buffer, rendezvous, types of items, statistics. */

#include "stream-test.h"

static gboolean
test_rendezvous (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Worker workers[] = { { "a" }, { "b" }, { "x" }, { "y" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: size 0 is a rendezvous: send returns when the item was taken; FIFO for senders and receivers");

  create (0, &sender, &receiver);
  for (guint i = 0; i < G_N_ELEMENTS (workers); i++)
    {
      workers[i].sender = sender;
      workers[i].receiver = receiver;
      anyio_task_group_start_soon (group, i < 2 ? send_one : receive_one, &workers[i], NULL);
      if (i == 1)
        {
          g_assert_true (let_all_block (error));
          anyio_assert_trace ("");
          assert_statistics (sender, 0, 1, 1, 2, 0);
        }
    }
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("-a:x -b:y +a +b");

  return TRUE;
}

static gboolean
test_receivers_first (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Worker workers[] = { { "x" }, { "y" }, { "a" }, { "b" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: each item goes to exactly one receiver, to the one that came first");

  create (5, &sender, &receiver);
  for (guint i = 0; i < G_N_ELEMENTS (workers); i++)
    {
      workers[i].sender = sender;
      workers[i].receiver = receiver;
      anyio_task_group_start_soon (group, i >= 2 ? send_one : receive_one, &workers[i], NULL);
      if (i == 1)
        {
          g_assert_true (let_all_block (error));
          assert_statistics (sender, 0, 1, 1, 0, 2);
        }
    }
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("+a +b -a:x -b:y");

  return TRUE;
}

static gboolean
test_buffer (gpointer data, GError **error)
{
  static const char *items[] = { "0", "1", "2", "3", "4" };
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Worker late[] = { { "5" }, { "6" } };
  guint64 max_size;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: a buffer takes so many items and no more; senders that wait fill the slots that get free, in order");

  create (5, &sender, &receiver);
  for (guint i = 0; i < 5; i++)
    g_assert_true (stream_send (sender, (gpointer) items[i], error));
  for (guint i = 0; i < G_N_ELEMENTS (late); i++)
    {
      late[i].sender = sender;
      anyio_task_group_start_soon (group, send_one, &late[i], NULL);
    }
  g_assert_true (let_all_block (error));
  assert_statistics (receiver, 5, 1, 1, 2, 0);
  g_assert_cmpstr (poll_item (receiver), ==, "0");
  assert_statistics (receiver, 5, 1, 1, 1, 0);
  g_assert_cmpstr (poll_item (receiver), ==, "1");
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("+5 +6");
  for (guint i = 2; i < 5; i++)
    g_assert_cmpstr (poll_item (receiver), ==, items[i]);
  g_assert_cmpstr (poll_item (receiver), ==, "5");
  g_assert_cmpstr (poll_item (receiver), ==, "6");
  g_assert_null (poll_item (receiver));
  g_object_get (receiver, "max-buffer-size", &max_size, NULL);
  g_assert_cmpuint (max_size, ==, 5);

  return TRUE;
}

static gboolean
test_ring (gpointer data, GError **error)
{
  static const gsize sizes[] = { 1, 7, 8, 9, 100, ANYIO_UNBOUNDED };
  const guint seed = g_test_rand_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  g_test_summary ("The ring grows up to its bound and goes round: it is a queue, whatever is sent and received when");

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (Sender) sender = NULL;
      g_autoptr (Receiver) receiver = NULL;
      gsize sent = 0;
      gsize received = 0;

      create (sizes[i], &sender, &receiver);
      while (received < 2000)
        {
          gpointer item;

          for (gint32 n = g_rand_int_range (random, 0, 60); n > 0; n--)
            if (stream_send_nowait (sender, GSIZE_TO_POINTER (sent), NULL))
              sent++;
            else
              g_assert_cmpuint (sent - received, ==, sizes[i]);
          for (gint32 n = g_rand_int_range (random, 0, 50); n > 0 && stream_receive_nowait (receiver, &item, NULL); n--)
            g_assert_cmpuint (GPOINTER_TO_SIZE (item), ==, received++);
          assert_statistics (sender, sent - received, 1, 1, 0, 0);
        }
    }

  return TRUE;
}

static gboolean
test_null (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  gpointer item = &item;

  g_test_summary ("SEMANTICS 7: NULL items are legal (AnyIO's fault #731)");

  create (1, &sender, &receiver);
  g_assert_true (stream_send (sender, NULL, error));
  g_assert_true (stream_receive (receiver, &item, error));
  g_assert_null (item);

  return TRUE;
}

static gboolean
test_nowait (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (GError) failure = NULL;
  gpointer item;
  Worker x = { "x" };
  Worker a = { "a" };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: send_nowait succeeds at size 0 if a receiver waits, receive_nowait if a sender waits; otherwise WOULD_BLOCK");

  create (0, &sender, &receiver);
  x.receiver = receiver;
  a.sender = sender;
  g_assert_false (stream_send_nowait (sender, (gpointer) "z", &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_clear_error (&failure);
  g_assert_false (stream_receive_nowait (receiver, &item, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);

  anyio_task_group_start_soon (group, receive_one, &x, NULL);
  g_assert_true (let_all_block (error));
  g_assert_true (stream_send_nowait (sender, (gpointer) "z", error));
  anyio_task_group_start_soon (group, send_one, &a, NULL);
  g_assert_true (let_all_block (error));
  g_assert_cmpstr (poll_item (receiver), ==, "a");
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("-z:x +a");

  return TRUE;
}

static gboolean
flood (gpointer data, GError **error)
{
  for (guint i = 0; i < 1000; i++)
    if (!stream_send (data, NULL, error))
      return FALSE;
  anyio_trace ("sent");

  return TRUE;
}

static gboolean
test_fairness (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  guint64 used;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.7: who sends without ever having to wait lets the others go on now and then");

  create (ANYIO_UNBOUNDED, &sender, &receiver);
  anyio_task_group_start_soon (group, flood, sender, NULL);
  anyio_shielded_checkpoint ();
  g_object_get (sender, "current-buffer-used", &used, NULL);
  g_assert_cmpuint (used, >, 0);
  g_assert_cmpuint (used, <=, 256);
  anyio_assert_trace ("");

  return anyio_task_group_join (group, error);
}

static void
count_destroyed (gpointer data)
{
  (*(guint *) data)++;
}

static gboolean
test_destroy (gpointer data, GError **error)
{
  guint n_destroyed = 0;
  Sender *sender;
  Receiver *receiver;
  gpointer item;

  g_test_summary ("I23: what is in the buffer when nobody can receive it any more is destroyed, once; NULL is not");

  anyio_create_memory_pointer_stream (10, count_destroyed, &sender, &receiver);
  for (guint i = 0; i < 4; i++)
    g_assert_true (stream_send (sender, i == 1 ? NULL : &n_destroyed, error));
  g_assert_true (stream_receive (receiver, &item, error));
  g_object_unref (sender);
  g_assert_cmpuint (n_destroyed, ==, 0);
  g_object_unref (receiver);
  g_assert_cmpuint (n_destroyed, ==, 2);

  return TRUE;
}

/* The destroy function of an item uses the stream, as that of an object may that holds an end. */
static gboolean
test_destroy_reentrant (gpointer data, GError **error)
{
  Sender *sender;
  Receiver *receiver;
  Sender *inner_sender;
  Receiver *inner_receiver;

  g_test_summary ("SEMANTICS 1.8, rule 10: items are destroyed with no list under iteration: the items of one stream may be the ends of another, and of the same");

  anyio_create_memory_object_stream (10, G_TYPE_OBJECT, &sender, &receiver);
  anyio_create_memory_object_stream (10, G_TYPE_OBJECT, &inner_sender, &inner_receiver);
  g_assert_true (stream_send (inner_sender, sender_clone (sender, error), error));
  g_assert_true (stream_send (sender, inner_receiver, error));
  g_assert_true (stream_send (sender, inner_sender, error));
  g_assert_true (stream_send (sender, sender_clone (sender, error), error));
  assert_statistics (sender, 3, 3, 1, 0, 0);
  g_object_unref (receiver);
  assert_statistics (sender, 0, 1, 0, 0, 0);
  g_object_unref (sender);

  return TRUE;
}

static gboolean
test_types (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  static const char *const words[] = { "x", "y", NULL };
  GValue values[] = { G_VALUE_INIT, G_VALUE_INIT, G_VALUE_INIT, G_VALUE_INIT, G_VALUE_INIT };
  GType types[] = { G_TYPE_STRING, G_TYPE_VARIANT, G_TYPE_OBJECT, G_TYPE_STRV, G_TYPE_INT };

  g_test_summary ("Items can be strings, variants, objects and boxed types, each as a GValue; all of them through a stream of GValues");

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    g_value_init (&values[i], types[i]);
  g_value_set_static_string (&values[0], "text");
  g_value_take_variant (&values[1], g_variant_ref_sink (g_variant_new_int32 (7)));
  g_value_take_object (&values[2], g_cancellable_new ());
  g_value_set_static_boxed (&values[3], words);
  g_value_set_int (&values[4], 42);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (Sender) sender = NULL;
      g_autoptr (Receiver) receiver = NULL;
      GValue *received;

      anyio_create_memory_object_stream (3, types[i] != G_TYPE_INT ? types[i] : G_TYPE_VALUE, &sender, &receiver);
      for (guint j = 0; j < 2; j++)
        g_assert_true (anyio_memory_object_send_stream_send_value_nowait (sender, &values[i], error));
      received = anyio_memory_object_receive_stream_receive_value_nowait (receiver, error);
      g_assert_true (G_VALUE_TYPE (received) == types[i]);
      if (types[i] == G_TYPE_STRING)
        g_assert_cmpstr (g_value_get_string (received), ==, "text");
      else if (types[i] == G_TYPE_VARIANT)
        g_assert_cmpint (g_variant_get_int32 (g_value_get_variant (received)), ==, 7);
      else if (types[i] == G_TYPE_OBJECT)
        g_assert_true (g_value_get_object (received) == g_value_get_object (&values[i]));
      else if (types[i] == G_TYPE_STRV)
        g_assert_cmpstrv (g_value_get_boxed (received), words);
      else
        g_assert_cmpint (g_value_get_int (received), ==, 42);
      g_boxed_free (G_TYPE_VALUE, received);

      if (types[i] == G_TYPE_INT)
        continue;
      g_assert_false (anyio_memory_object_send_stream_send_value_nowait (sender, &values[4], &failure));
      g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_clear_error (&failure);
      assert_statistics (sender, 1, 1, 1, 0, 0);
    }
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    g_value_unset (&values[i]);

  return TRUE;
}

static gboolean
test_wrong_type (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  GType type;

  g_test_summary ("An item type that is no pointer is misuse, and becomes G_TYPE_VALUE");

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "gint cannot be the item type*");
  anyio_create_memory_object_stream (1, G_TYPE_INT, &sender, &receiver);
  g_test_assert_expected_messages ();
  g_object_get (sender, "item-type", &type, NULL);
  g_assert_true (type == G_TYPE_VALUE);

  return TRUE;
}

static void
test_before_run (void)
{
  Worker workers[2] = { { "a" }, { "x" } };
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A stream may be made and used before any loop runs, and goes on in one run after the other");

  create (1, &sender, &receiver);
  g_assert_true (stream_send_nowait (sender, (gpointer) "early", NULL));
  workers[0].sender = sender;
  workers[1].receiver = receiver;
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (anyio_run (receive_one, &workers[1], &error));
      anyio_assert_trace (i == 0 ? "-early:x" : "-a:x");
      anyio_trace_clear ();
      g_assert_true (anyio_run (send_one, &workers[0], &error));
      anyio_trace_clear ();
    }
  g_assert_cmpstr (poll_item (receiver), ==, "a");
}

typedef struct
{
  int number;
} Job;

ANYIO_DEFINE_MEMORY_OBJECT_STREAM (Job, job, Job *, g_free)

static gboolean
test_typed (gpointer data, GError **error)
{
  JobSendStream *send;
  JobReceiveStream *receive;
  Job *job = g_new (Job, 1);
  Job *received = NULL;
  g_autoptr (JobSendStream) clone = NULL;
  g_autoptr (JobReceiveStream) receive_clone = NULL;

  g_test_summary ("The typed form is the same with types");

  job_stream_create (2, &send, &receive);
  clone = job_send_stream_clone (send, error);
  receive_clone = job_receive_stream_clone (receive, error);
  job->number = 7;
  g_assert_true (job_send (send, job, error));
  g_assert_true (job_receive (receive_clone, &received, error));
  g_assert_cmpint (received->number, ==, 7);
  g_assert_true (job_send_nowait (clone, received, error));
  g_assert_true (job_receive_nowait (receive, &received, error));
  g_assert_true (received == job);
  g_assert_true (job_send (send, job, error));
  job_send_stream_close (send);
  job_receive_stream_close (receive);
  g_assert_true (anyio_memory_object_send_stream_is_closed (ANYIO_MEMORY_OBJECT_SEND_STREAM (send)));
  g_assert_true (anyio_memory_object_receive_stream_is_closed (ANYIO_MEMORY_OBJECT_RECEIVE_STREAM (receive)));
  g_object_unref (send);
  g_object_unref (receive);

  return TRUE;
}

static void
test_outside (void)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (GError) error = NULL;
  gpointer item;

  g_test_summary ("SEMANTICS 11.1: outside tasks what suspends fails with NO_TASK, also when it need not wait");

  create (1, &sender, &receiver);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*send_stream_send()*");
  g_assert_false (stream_send (sender, NULL, &error));
  g_test_assert_expected_messages ();
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_clear_error (&error);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*receive_stream_receive()*");
  g_assert_false (stream_receive (receiver, &item, &error));
  g_test_assert_expected_messages ();
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/memory-object-stream/rendezvous/senders-first", test_rendezvous);
  core_add_ordered ("/memory-object-stream/receivers-first/in-order", test_receivers_first);
  core_add_ordered ("/memory-object-stream/buffer/in-order", test_buffer);
  anyio_test_add_func ("/memory-object-stream/buffer/is-a-queue", test_ring);
  anyio_test_add_func ("/memory-object-stream/null/legal", test_null);
  core_add_ordered ("/memory-object-stream/nowait/rendezvous", test_nowait);
  core_add_ordered ("/memory-object-stream/fairness/yields", test_fairness);
  anyio_test_add_func ("/memory-object-stream/destroy/leftovers", test_destroy);
  anyio_test_add_func ("/memory-object-stream/destroy/reentrant", test_destroy_reentrant);
  anyio_test_add_func ("/memory-object-stream/types/all", test_types);
  anyio_test_add_func ("/memory-object-stream/types/wrong", test_wrong_type);
  anyio_test_add_func ("/memory-object-stream/types/typed-in-c", test_typed);
  g_test_add_func ("/memory-object-stream/runs/before-and-several", test_before_run);
  g_test_add_func ("/memory-object-stream/outside/no-task", test_outside);

  return g_test_run ();
}
