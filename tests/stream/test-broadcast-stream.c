/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Broadcast streams: every receiver sees every item, as far as its policy lets it. */

#include "stream-test.h"

#define assert_broadcasts(stream, n_subscribed, n_waiting)                                            \
  G_STMT_START                                                                                        \
  {                                                                                                   \
    g_assert_cmpuint (anyio_broadcast_stream_get_open_receive_streams (stream), ==, (n_subscribed)); \
    g_assert_cmpuint (anyio_broadcast_stream_get_tasks_waiting_send (stream), ==, (n_waiting));       \
  }                                                                                                   \
  G_STMT_END

static void
broadcast (AnyioBroadcastStream *stream, const char *item)
{
  g_autoptr (GError) error = NULL;
  gboolean success = anyio_broadcast_stream_send (stream, g_strdup (item), &error);

  g_assert_no_error (error);
  g_assert_true (success);
}

static Receiver *
subscribe (AnyioBroadcastStream *stream, gsize size, AnyioOverflowPolicy policy)
{
  g_autoptr (GError) error = NULL;
  Receiver *receiver = anyio_broadcast_stream_subscribe (stream, size, policy, &error);

  g_assert_no_error (error);

  return receiver;
}

/* Receives what there is, as words with one blank between; "?n" for items that were lost, "." for the end. */
static char *
drain (Receiver *receiver)
{
  g_autoptr (GString) words = g_string_new (NULL);

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      gpointer item;

      if (words->len > 0)
        g_string_append_c (words, ' ');
      if (stream_receive_nowait (receiver, &item, &error))
        {
          g_string_append (words, item);
          g_free (item);
        }
      else if (g_error_matches (error, ANYIO_ERROR, ANYIO_ERROR_LAGGED))
        {
          g_string_append_printf (words, "?%d", atoi (error->message));
        }
      else
        {
          if (g_error_matches (error, ANYIO_ERROR, ANYIO_ERROR_END_OF_STREAM))
            g_string_append (words, ".");
          else
            g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
          return g_strchomp (g_strdup (words->str));
        }
    }
}

static void
assert_drains (Receiver *receiver, const char *expected)
{
  g_autofree char *words = drain (receiver);

  g_assert_cmpstr (words, ==, expected);
}

static gboolean
test_all (gpointer data, GError **error)
{
  g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new (G_TYPE_STRING);
  g_autoptr (Receiver) first = NULL;
  g_autoptr (Receiver) second = NULL;
  g_autoptr (Receiver) late = NULL;

  g_test_summary ("SEMANTICS 7: every receiver sees every item that is sent after it subscribed; what nobody waits for is lost");

  broadcast (stream, "0");
  first = subscribe (stream, 10, ANYIO_OVERFLOW_BLOCK);
  second = subscribe (stream, 10, ANYIO_OVERFLOW_BLOCK);
  broadcast (stream, "1");
  broadcast (stream, "2");
  late = subscribe (stream, 10, ANYIO_OVERFLOW_BLOCK);
  broadcast (stream, "3");
  assert_broadcasts (stream, 3, 0);
  assert_drains (first, "1 2 3");
  assert_drains (second, "1 2 3");
  assert_drains (late, "3");
  broadcast (stream, "4");
  anyio_broadcast_stream_close (stream);
  anyio_broadcast_stream_close (stream);
  g_assert_true (anyio_broadcast_stream_is_closed (stream));
  assert_drains (first, "4 .");
  receiver_close (second);
  assert_broadcasts (stream, 0, 0);

  return TRUE;
}

static gboolean
test_policies (gpointer data, GError **error)
{
  static const struct
  {
    AnyioOverflowPolicy policy;
    const char *expected;
    guint n_lost;
  } cases[] = {
    { ANYIO_OVERFLOW_DROP_OLDEST, "3 4 5", 2 },
    { ANYIO_OVERFLOW_DROP_NEWEST, "1 2 3", 2 },
    { ANYIO_OVERFLOW_LATEST, "5", 4 },
    { ANYIO_OVERFLOW_FAIL, "?2 3 4 5", 2 },
  };
  g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new (G_TYPE_STRING);
  g_autoptr (GPtrArray) receivers = g_ptr_array_new_with_free_func (g_object_unref);

  g_test_summary ("SEMANTICS 7: an overflow policy per receiver, which concerns no other one");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_ptr_array_add (receivers, subscribe (stream, 3, cases[i].policy));
  for (guint i = 1; i <= 5; i++)
    {
      char item[] = { '0' + i, '\0' };

      broadcast (stream, item);
    }
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_drains (receivers->pdata[i], cases[i].expected);
      g_assert_cmpuint (anyio_memory_object_receive_stream_get_items_lost (receivers->pdata[i]), ==, cases[i].n_lost);
      assert_drains (receivers->pdata[i], "");
    }
  broadcast (stream, "6");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_drains (receivers->pdata[i], "6");

  return TRUE;
}

static gboolean
test_lagged_to_the_end (gpointer data, GError **error)
{
  g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new (G_TYPE_STRING);
  g_autoptr (Receiver) receiver = subscribe (stream, 1, ANYIO_OVERFLOW_FAIL);
  g_autoptr (GError) failure = NULL;
  gpointer item;
  AnyioSelectCase cases[] = { ANYIO_SELECT_RECEIVE (receiver, &item), ANYIO_SELECT_SLEEP (10) };

  g_test_summary ("A receiver that lagged is told how many it lost, also after the stream was closed, and in a select");

  for (guint i = 0; i < 4; i++)
    broadcast (stream, "x");
  g_clear_object (&stream);
  g_assert_cmpint (anyio_select (cases, 2, &failure), ==, -1);
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_LAGGED);
  g_assert_true (g_str_has_prefix (failure->message, "3 items were lost"));
  assert_drains (receiver, "x .");

  return TRUE;
}

typedef struct
{
  const char *name;
  AnyioBroadcastStream *stream;
} Caster;

static gboolean
cast (gpointer data, GError **error)
{
  const Caster *self = data;
  g_autofree char *item = g_strdup (self->name);
  GError *failure = NULL;

  if (!anyio_broadcast_stream_send (self->stream, item, &failure))
    {
      anyio_trace ("%s%s", anyio_error_is_cancelled (failure) ? "!" : "#", self->name);
      if (!anyio_error_is_cancelled (failure))
        {
          g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
          g_error_free (failure);
          return TRUE;
        }
      g_propagate_error (error, failure);
      return FALSE;
    }
  item = NULL;
  anyio_trace ("+%s", self->name);

  return TRUE;
}

static gboolean
test_block (gpointer data, GError **error)
{
  g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new (G_TYPE_STRING);
  g_autoptr (Receiver) slow = subscribe (stream, 1, ANYIO_OVERFLOW_BLOCK);
  g_autoptr (Receiver) slower = subscribe (stream, 2, ANYIO_OVERFLOW_BLOCK);
  g_autoptr (Receiver) quick = subscribe (stream, 10, ANYIO_OVERFLOW_DROP_OLDEST);
  Caster casters[] = { { "a", stream }, { "b", stream }, { "c", stream } };
  AnyioTask *tasks[3];
  gpointer item;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7, 1.5: BLOCK: who sends waits for room with all that block, in order; until then nobody gets the item, and a cancelled sender has sent to nobody");

  for (guint i = 0; i < 3; i++)
    tasks[i] = anyio_task_group_create_task (group, cast, &casters[i], NULL);
  g_assert_true (let_all_block (error));
  anyio_assert_trace ("+a");
  assert_broadcasts (stream, 3, 2);
  g_assert_false (anyio_broadcast_stream_send_nowait (stream, NULL, NULL));
  anyio_task_cancel (tasks[1], NULL);
  assert_drains (quick, "a");
  g_assert_true (stream_receive (slow, &item, error));
  g_assert_cmpstr (item, ==, "a");
  g_free (item);
  assert_drains (quick, "c");
  assert_broadcasts (stream, 3, 0);
  assert_drains (slower, "a c");
  assert_drains (slow, "c");
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("+a !b +c");
  for (guint i = 0; i < 3; i++)
    g_object_unref (tasks[i]);

  return TRUE;
}

static gboolean
test_leaving (gpointer data, GError **error)
{
  g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new (G_TYPE_STRING);
  Receiver *slow = subscribe (stream, 1, ANYIO_OVERFLOW_BLOCK);
  g_autoptr (Receiver) other = subscribe (stream, 5, ANYIO_OVERFLOW_BLOCK);
  Caster casters[] = { { "a", stream }, { "b", stream }, { "c", stream } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("Who leaves is no longer waited for; who waits when the stream is closed gets CLOSED");

  for (guint i = 0; i < 3; i++)
    anyio_task_group_start_soon (group, cast, &casters[i], NULL);
  g_assert_true (let_all_block (error));
  anyio_assert_trace ("+a");
  g_object_unref (slow);
  g_assert_true (let_all_block (error));
  anyio_assert_trace ("+a +b +c");
  assert_drains (other, "a b c");
  anyio_trace_clear ();

  for (guint i = 0; i < 5; i++)
    broadcast (stream, "x");
  anyio_task_group_start_soon (group, cast, &casters[0], NULL);
  g_assert_true (let_all_block (error));
  anyio_broadcast_stream_close (stream);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("#a");
  assert_drains (other, "x x x x x .");
  g_assert_null (anyio_broadcast_stream_subscribe (stream, 1, ANYIO_OVERFLOW_BLOCK, NULL));

  return TRUE;
}

static gboolean
test_waiting_receivers (gpointer data, GError **error)
{
  g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new_for_pointers (NULL, NULL);
  g_autoptr (Receiver) receivers = subscribe (stream, 1, ANYIO_OVERFLOW_BLOCK);
  g_autoptr (Receiver) clone = receiver_clone (receivers, error);
  g_autoptr (Receiver) other = subscribe (stream, 1, ANYIO_OVERFLOW_BLOCK);
  Worker workers[] = { { "x", NULL, receivers, TRUE }, { "y", NULL, clone, TRUE }, { "z", NULL, other, TRUE } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("Clones of a subscription share its items; the end wakes all who wait");

  for (guint i = 0; i < 3; i++)
    anyio_task_group_start_soon (group, receive_one, &workers[i], NULL);
  g_assert_true (let_all_block (error));
  g_assert_true (anyio_broadcast_stream_send (stream, (gpointer) "1", error));
  g_assert_true (let_all_block (error));
  anyio_assert_trace ("-1:x -1:z");
  anyio_broadcast_stream_close (stream);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("-1:x -1:z $y");

  return TRUE;
}

typedef struct
{
  guint n_copies;
  guint n_destroyed;
} Book;

static gpointer
copy_book (gpointer item)
{
  ((Book *) item)->n_copies++;

  return item;
}

static void
destroy_book (gpointer item)
{
  ((Book *) item)->n_destroyed++;
}

static gboolean
test_conservation (gpointer data, GError **error)
{
  Book book = { 0 };
  AnyioBroadcastStream *stream = anyio_broadcast_stream_new_for_pointers (copy_book, destroy_book);
  Receiver *receivers[4];
  gpointer item;

  g_test_summary ("I23: one copy for each receiver, the item itself for the last; each is received once or destroyed once");

  g_assert_true (anyio_broadcast_stream_send (stream, &book, error));
  g_assert_cmpuint (book.n_destroyed, ==, 1);
  for (guint i = 0; i < 4; i++)
    receivers[i] = subscribe (stream, 2, ANYIO_OVERFLOW_DROP_OLDEST + i);
  for (guint i = 0; i < 5; i++)
    g_assert_true (anyio_broadcast_stream_send (stream, &book, error));
  g_assert_cmpuint (book.n_copies, ==, 5 * 3);
  g_assert_cmpuint (book.n_destroyed, ==, 1 + 3 + 3 + 4 + 3);
  g_assert_true (stream_receive (receivers[1], &item, error));
  g_object_unref (stream);
  for (guint i = 0; i < 4; i++)
    g_object_unref (receivers[i]);
  g_assert_cmpuint (book.n_destroyed, ==, 1 + 5 + 5 * 3 - 1);

  return TRUE;
}

/* A copy function that meddles: what it does counts from the next item on. */
typedef struct
{
  AnyioBroadcastStream *stream;
  Receiver *receiver; /* closed when an item is copied */
  Receiver *added;
} Meddler;

static gpointer
meddle (gpointer item)
{
  Meddler *self = item;

  if (self->added == NULL)
    {
      receiver_close (self->receiver);
      self->added = subscribe (self->stream, 3, ANYIO_OVERFLOW_BLOCK);
    }

  return item;
}

static gboolean
test_meddling (gpointer data, GError **error)
{
  g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new_for_pointers (meddle, NULL);
  g_autoptr (Receiver) first = subscribe (stream, 3, ANYIO_OVERFLOW_BLOCK);
  g_autoptr (Receiver) second = subscribe (stream, 3, ANYIO_OVERFLOW_BLOCK);
  Meddler meddler = { stream, second, NULL };

  g_test_summary ("Rule 10: the code of others that copies an item may subscribe and close");

  g_assert_true (anyio_broadcast_stream_send (stream, &meddler, error));
  assert_statistics (first, 1, 1, 1, 0, 0);
  assert_statistics (second, 0, 1, 0, 0, 0);
  assert_statistics (meddler.added, 0, 1, 1, 0, 0);
  g_assert_true (anyio_broadcast_stream_send (stream, &meddler, error));
  assert_statistics (first, 2, 1, 1, 0, 0);
  assert_statistics (meddler.added, 1, 1, 1, 0, 0);
  g_object_unref (meddler.added);

  return TRUE;
}

typedef struct
{
  AnyioBroadcastStream *stream; /* owned: the only reference; dropped by the first copy */
} Dropper;

static gpointer
copy_and_drop (gpointer item)
{
  Dropper *self = item;

  g_clear_object (&self->stream);

  return item;
}

static gboolean
test_dropping_copies (gpointer data, GError **error)
{
  Dropper dropper = { anyio_broadcast_stream_new_for_pointers (copy_and_drop, NULL) };
  g_autoptr (Receiver) first = subscribe (dropper.stream, 1, ANYIO_OVERFLOW_BLOCK);
  g_autoptr (Receiver) second = subscribe (dropper.stream, 1, ANYIO_OVERFLOW_BLOCK);
  g_autoptr (GError) failure = NULL;
  gpointer item;

  g_test_summary ("Rule 10: the code of others that copies an item may drop the stream; all who are subscribed get the item, and then the end");

  g_assert_true (anyio_broadcast_stream_send_nowait (dropper.stream, &dropper, error));
  g_assert_null (dropper.stream);
  g_assert_true (stream_receive (first, &item, error));
  g_assert_true (item == &dropper);
  g_assert_false (stream_receive (first, &item, &failure));
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_END_OF_STREAM);
  g_assert_true (stream_receive (second, &item, error));
  g_assert_true (item == &dropper);

  return TRUE;
}

typedef struct
{
  AnyioBroadcastStream *stream; /* a reference that the copy drops */
  Dropper *item;
} LastSender;

static gboolean
send_item (gpointer data, GError **error)
{
  LastSender *self = data;

  return anyio_broadcast_stream_send (self->stream, self->item, error);
}

static gboolean
test_dropping_when_drained (gpointer data, GError **error)
{
  AnyioBroadcastStream *stream = anyio_broadcast_stream_new_for_pointers (copy_and_drop, NULL);
  g_autoptr (Receiver) first = subscribe (stream, 1, ANYIO_OVERFLOW_BLOCK);
  g_autoptr (Receiver) second = subscribe (stream, 1, ANYIO_OVERFLOW_LATEST);
  Dropper plain = { NULL };
  Dropper last = { stream };
  LastSender sender = { stream, &last };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  gpointer item;

  g_test_summary ("Rule 10: the same when a receiver makes room for one who waits");

  g_assert_true (anyio_broadcast_stream_send (stream, &plain, error));
  anyio_task_group_start_soon (group, send_item, &sender, NULL);
  assert_sleeps (1);
  g_assert_true (stream_receive (first, &item, error));
  g_assert_true (item == &plain);
  g_assert_null (last.stream);
  assert_joins (group);
  g_assert_true (stream_receive (first, &item, error));
  g_assert_true (item == &last);
  g_assert_true (stream_receive (second, &item, error));
  g_assert_true (item == &last);

  return TRUE;
}

typedef struct
{
  AnyioBroadcastStream *stream;
  Receiver *receiver;
  gboolean sends; /* in the thread; the task receives then */
} Foreigner;

static gboolean
send_or_receive (const Foreigner *self, gboolean sends, GError **error)
{
  gpointer item;

  if (sends)
    return anyio_broadcast_stream_send_nowait (self->stream, NULL, error);

  return stream_receive_nowait (self->receiver, &item, error);
}

static gpointer
use_in_thread (gpointer data)
{
  const Foreigner *self = data;
  GError *error = NULL;

  g_assert_false (send_or_receive (self, self->sends, &error));

  return error;
}

static gboolean
use_in_task (gpointer data, GError **error)
{
  Foreigner *self = data;
  g_autoptr (GError) blocked = NULL;
  g_autoptr (GError) failure = NULL;

  if (!send_or_receive (self, !self->sends, &blocked))
    g_assert_error (blocked, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*thread of one main context*");
  failure = g_thread_join (g_thread_new ("use", use_in_thread, self));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static void
test_use_in_thread (void)
{
  g_test_summary ("A stream and its subscriptions belong to one thread, that of the first task that uses any of them");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new_for_pointers (NULL, NULL);
      g_autoptr (Receiver) receiver = subscribe (stream, 1, ANYIO_OVERFLOW_BLOCK);
      Foreigner foreigner = { stream, receiver, i == 0 };

      g_assert_true (anyio_run (use_in_task, &foreigner, NULL));
    }
}

static gboolean tried; /* whether push_in() had its say */

static gpointer
push_in (gpointer item)
{
  AnyioBroadcastStream *stream = item;

  if (anyio_broadcast_stream_get_tasks_waiting_send (stream) > 0)
    {
      tried = TRUE;
      g_assert_false (anyio_broadcast_stream_send_nowait (stream, stream, NULL));
    }

  return item;
}

static gboolean
send_itself (gpointer data, GError **error)
{
  return anyio_broadcast_stream_send (data, data, error);
}

static gboolean
test_queue (gpointer data, GError **error)
{
  g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new_for_pointers (push_in, NULL);
  g_autoptr (Receiver) first = subscribe (stream, 2, ANYIO_OVERFLOW_BLOCK);
  g_autoptr (Receiver) second G_GNUC_UNUSED = subscribe (stream, 5, ANYIO_OVERFLOW_BLOCK);
  gpointer item;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.1, 7: nobody gets in front of those who wait to send, not even code that runs while their items are sent");

  for (guint i = 0; i < 5; i++)
    anyio_task_group_start_soon (group, send_itself, stream, NULL);
  g_assert_true (let_all_block (error));
  assert_broadcasts (stream, 2, 3);
  for (guint i = 0; i < 2; i++)
    g_assert_true (stream_receive (first, &item, error));
  receiver_close (first);
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_true (tried);

  return TRUE;
}

static gboolean
cast_often (gpointer data, GError **error)
{
  AnyioBroadcastStream *stream = data;

  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *item = g_strdup_printf ("%u", i);

      if (!anyio_broadcast_stream_send (stream, item, error))
        return FALSE;
      item = NULL;
    }
  anyio_broadcast_stream_close (stream);

  return TRUE;
}

static gboolean
run_broadcast (gpointer data, GError **error)
{
  g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new (G_TYPE_STRING);
  g_autoptr (Receiver) first = subscribe (stream, 1, ANYIO_OVERFLOW_BLOCK);
  g_autoptr (Receiver) second = subscribe (stream, 2, ANYIO_OVERFLOW_LATEST);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon (group, cast_often, stream, NULL);
  anyio_task_group_start_soon (group, receive_all, first, NULL);
  anyio_task_group_start_soon (group, receive_all, second, NULL);

  return anyio_task_group_join (group, error);
}

static void
test_cancel_everywhere (void)
{
  g_test_summary ("I23: cancelled at each suspension point in turn, a broadcast leaves nothing behind");

  g_assert_cmpuint (anyio_test_cancel_everywhere (run_broadcast, NULL, NULL), >, 8);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  *(gboolean *) data = anyio_broadcast_stream_send_finish ((AnyioBroadcastStream *) source, result, &error);
  g_assert_no_error (error);
}

static gboolean
test_async (gpointer data, GError **error)
{
  g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new (G_TYPE_STRING);
  g_autoptr (Receiver) receiver = subscribe (stream, 1, ANYIO_OVERFLOW_BLOCK);
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean sent[2] = { FALSE, FALSE };
  gpointer item;

  g_test_summary ("send_async waits without a fiber, and select can send to all");

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_static_string (&value, "a");
  for (guint i = 0; i < 2; i++)
    anyio_broadcast_stream_send_async (stream, &value, NULL, sent_cb, &sent[i]);
  while (!sent[0])
    g_assert_true (anyio_sleep (0.0001, error));
  g_assert_false (sent[1]);
  assert_drains (receiver, "a a");
  while (!sent[1])
    g_assert_true (anyio_sleep (0.0001, error));
  g_assert_true (anyio_broadcast_stream_send_value_nowait (stream, &value, error));
  g_assert_false (anyio_broadcast_stream_send_value_nowait (stream, &value, NULL));
  item = g_strdup ("b");
  {
    AnyioSelectCase cases[] = { ANYIO_SELECT_BROADCAST (stream, item), ANYIO_SELECT_SLEEP (0.001) };

    g_assert_cmpint (anyio_select (cases, 2, error), ==, 1);
    assert_drains (receiver, "a");
    g_assert_cmpint (anyio_select (cases, 2, error), ==, 0);
  }
  assert_drains (receiver, "b");

  return TRUE;
}

static gboolean
test_no_buffer (gpointer data, GError **error)
{
  g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new (G_TYPE_STRING);
  g_autoptr (Receiver) receiver = NULL;

  g_test_summary ("A subscription without a buffer is misuse");

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*at least one item*");
  receiver = subscribe (stream, 0, ANYIO_OVERFLOW_DROP_NEWEST);
  g_test_assert_expected_messages ();
  broadcast (stream, "a");
  broadcast (stream, "b");
  assert_drains (receiver, "a");

  return TRUE;
}

static gboolean
test_objects (gpointer data, GError **error)
{
  g_autoptr (AnyioBroadcastStream) stream = anyio_broadcast_stream_new (G_TYPE_OBJECT);
  g_autoptr (AnyioMemoryObjectReceiveStream) first = anyio_broadcast_stream_subscribe (stream, 1, ANYIO_OVERFLOW_BLOCK, error);
  g_autoptr (AnyioMemoryObjectReceiveStream) second = anyio_broadcast_stream_subscribe (stream, 1, ANYIO_OVERFLOW_BLOCK, error);
  GObject *item = g_object_new (G_TYPE_OBJECT, NULL);

  g_test_summary ("Each who subscribes has a reference of its own; free_item drops one");

  g_object_ref (item);
  g_assert_true (anyio_broadcast_stream_send_nowait (stream, item, error));
  g_assert_cmpuint (item->ref_count, ==, 3);
  g_object_ref (item);
  anyio_broadcast_stream_free_item (stream, item);
  g_assert_cmpuint (item->ref_count, ==, 3);
  g_clear_object (&first);
  g_clear_object (&second);
  g_assert_cmpuint (item->ref_count, ==, 1);
  g_object_unref (item);

  return TRUE;
}

static gboolean
test_item_type (gpointer data, GError **error)
{
  g_autoptr (AnyioBroadcastStream) stream = NULL;

  g_test_summary ("A type that is no pointer is refused with advice");

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "gint cannot be the item type*");
  stream = anyio_broadcast_stream_new (G_TYPE_INT);
  g_test_assert_expected_messages ();
  g_assert_true (anyio_broadcast_stream_get_item_type (stream) == G_TYPE_VALUE);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/broadcast-stream/all/every-item", test_all);
  anyio_test_add_func ("/broadcast-stream/overflow/policies", test_policies);
  anyio_test_add_func ("/broadcast-stream/overflow/told-at-the-end", test_lagged_to_the_end);
  core_add_ordered ("/broadcast-stream/block/waits", test_block);
  core_add_ordered ("/broadcast-stream/leave/goes-on", test_leaving);
  core_add_ordered ("/broadcast-stream/receive/waits", test_waiting_receivers);
  anyio_test_add_func ("/broadcast-stream/block/queue", test_queue);
  anyio_test_add_func ("/broadcast-stream/items/conserved", test_conservation);
  anyio_test_add_func ("/broadcast-stream/items/meddling-copies", test_meddling);
  anyio_test_add_func ("/broadcast-stream/items/dropping-copies", test_dropping_copies);
  anyio_test_add_func ("/broadcast-stream/items/dropping-when-drained", test_dropping_when_drained);
  g_test_add_func ("/broadcast-stream/threads/misuse", test_use_in_thread);
  g_test_add_func ("/broadcast-stream/cancel/everywhere", test_cancel_everywhere);
  anyio_test_add_func_real_time ("/broadcast-stream/async/waits", test_async);
  anyio_test_add_func ("/broadcast-stream/misuse/no-buffer", test_no_buffer);
  anyio_test_add_func ("/broadcast-stream/objects/referenced", test_objects);
  anyio_test_add_func ("/broadcast-stream/item-type/refused", test_item_type);

  return g_test_run ();
}
