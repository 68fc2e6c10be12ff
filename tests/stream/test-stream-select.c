/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Streams in a select: exactly one operation is done, or none; two selects meet; a task never meets itself. */

#include "stream-test.h"

typedef struct
{
  Sender *senders[2];
  Receiver *receivers[2];
} Two;

static void
two_init (Two *self, gsize max_buffer_size)
{
  for (guint i = 0; i < 2; i++)
    create (max_buffer_size, &self->senders[i], &self->receivers[i]);
}

static void
two_clear (Two *self)
{
  for (guint i = 0; i < 2; i++)
    {
      g_object_unref (self->senders[i]);
      g_object_unref (self->receivers[i]);
    }
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Two, two_clear)

static gboolean
test_receive (gpointer data, GError **error)
{
  g_auto (Two) two;
  const char *items[2] = { NULL, NULL };
  Worker a = { "a" };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: select receives from the stream that has something; the other one keeps its item");

  two_init (&two, 1);
  {
    AnyioSelectCase cases[] = { ANYIO_SELECT_RECEIVE (two.receivers[0], &items[0]), ANYIO_SELECT_RECEIVE (two.receivers[1], &items[1]), ANYIO_SELECT_SLEEP (1) };

    g_assert_cmpint (anyio_select (cases, 3, error), ==, 2);
    a.sender = two.senders[1];
    anyio_task_group_start_soon (group, send_one, &a, NULL);
    g_assert_cmpint (anyio_select (cases, 3, error), ==, 1);
    g_assert_null (items[0]);
    g_assert_cmpstr (items[1], ==, "a");
    assert_statistics (two.senders[0], 0, 1, 1, 0, 0);
    assert_statistics (two.senders[1], 0, 1, 1, 0, 0);
    for (guint i = 0; i < 2; i++)
      g_assert_true (stream_send (two.senders[i], (gpointer) "b", error));
    g_assert_cmpint (anyio_select (cases, 2, error) + anyio_select (cases, 2, error), ==, 1);
    g_assert_cmpstr (items[0], ==, "b");
    g_assert_cmpstr (items[1], ==, "b");
    g_assert_cmpint (anyio_select_nowait (cases, 2, NULL), ==, -1);
  }

  return anyio_task_group_join (group, error);
}

static gboolean
test_send (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Worker x = { "x" };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: select sends when somebody receives, or there is room; if it does something else, the item has not been sent");

  create (0, &sender, &receiver);
  x.receiver = receiver;
  {
    AnyioSelectCase cases[] = { ANYIO_SELECT_SEND (sender, (gpointer) "1"), ANYIO_SELECT_SLEEP (1) };

    g_assert_cmpint (anyio_select (cases, 2, error), ==, 1);
    g_assert_null (poll_item (receiver));
    assert_statistics (sender, 0, 1, 1, 0, 0);
    anyio_task_group_start_soon (group, receive_one, &x, NULL);
    g_assert_cmpint (anyio_select (cases, 2, error), ==, 0);
  }
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("-1:x");

  return TRUE;
}

typedef struct
{
  const char *name;
  Sender *sender;
  Receiver *receiver;
  guint n_sent;
  guint n_received;
} Partner;

/* Sends or receives, whichever is possible. */
static gboolean
swap (gpointer data, GError **error)
{
  Partner *self = data;
  const char *item = NULL;
  AnyioSelectCase cases[] = { ANYIO_SELECT_SEND (self->sender, (gpointer) self->name), ANYIO_SELECT_RECEIVE (self->receiver, &item) };
  int chosen = anyio_select (cases, 2, error);

  if (chosen < 0)
    return FALSE;
  if (chosen == 0)
    self->n_sent++;
  else
    self->n_received++;
  anyio_trace (chosen == 0 ? "+%s" : "-%s", chosen == 0 ? self->name : item);

  return TRUE;
}

static gboolean
test_two_selects (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Partner partners[] = { { "a" }, { "b" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: two selects meet in a rendezvous: one sends, the other receives");

  create (0, &sender, &receiver);
  for (guint i = 0; i < 2; i++)
    {
      partners[i].sender = sender;
      partners[i].receiver = receiver;
      anyio_task_group_start_soon (group, swap, &partners[i], NULL);
    }
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_cmpuint (partners[0].n_sent + partners[1].n_sent, ==, 1);
  g_assert_cmpuint (partners[0].n_received + partners[1].n_received, ==, 1);
  assert_statistics (sender, 0, 1, 1, 0, 0);

  return TRUE;
}

static gboolean
test_itself (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Partner self = { "a" };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: a select never matches a task with itself; somebody else finds both of its offers");

  create (0, &sender, &receiver);
  self.sender = sender;
  self.receiver = receiver;
  anyio_task_group_start_soon (group, swap, &self, NULL);
  g_assert_true (let_all_block (error));
  assert_statistics (sender, 0, 1, 1, 1, 1);
  g_assert_cmpstr (poll_item (receiver), ==, "a");
  assert_statistics (sender, 0, 1, 1, 0, 0);
  g_assert_true (let_all_block (error));
  anyio_task_group_start_soon (group, swap, &self, NULL);
  g_assert_true (let_all_block (error));
  g_assert_true (stream_send_nowait (sender, (gpointer) "1", error));
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("+a -1");

  return TRUE;
}

static gboolean
test_failure (gpointer data, GError **error)
{
  g_auto (Two) two;
  gpointer item;
  guint n_received = 0;

  g_test_summary ("A stream that has ended is a case that fails; put ANYIO_SELECT_NEVER in its place and go on with the others");

  two_init (&two, 5);
  for (guint i = 0; i < 2; i++)
    {
      for (guint j = 0; j <= i; j++)
        g_assert_true (stream_send (two.senders[i], NULL, error));
      sender_close (two.senders[i]);
    }
  {
    AnyioSelectCase cases[] = { ANYIO_SELECT_RECEIVE (two.receivers[0], &item), ANYIO_SELECT_RECEIVE (two.receivers[1], &item) };
    guint n_open = 2;

    while (n_open > 0)
      {
        g_autoptr (GError) failure = NULL;

        if (anyio_select (cases, 2, &failure) >= 0)
          {
            n_received++;
            continue;
          }
        g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_END_OF_STREAM);
        g_assert_true (cases[0].failed != cases[1].failed);
        cases[cases[0].failed ? 0 : 1] = ANYIO_SELECT_NEVER;
        n_open--;
      }
  }
  g_assert_cmpuint (n_received, ==, 3);

  return TRUE;
}

static gboolean
close_all (gpointer data, GError **error)
{
  sender_close (data);

  return TRUE;
}

static gboolean
test_closed_while_waiting (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  g_autoptr (GError) failure = NULL;
  gpointer item;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: an end that is closed while a select waits: CLOSED for its own cases, of which there may be several; the other offers are withdrawn");

  create (0, &sender, &receiver);
  {
    AnyioSelectCase cases[] = { ANYIO_SELECT_SLEEP (1), ANYIO_SELECT_SEND (sender, NULL), ANYIO_SELECT_SEND (sender, NULL), ANYIO_SELECT_RECEIVE (receiver, &item) };

    anyio_task_group_start_soon (group, close_all, sender, NULL);
    g_assert_cmpint (anyio_select (cases, 4, &failure), ==, -1);
    g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
    g_assert_true (cases[1].failed);
    g_assert_false (cases[2].failed);
  }
  assert_statistics (sender, 0, 0, 1, 0, 0);

  return anyio_task_group_join (group, error);
}

static gboolean
select_both (gpointer data, GError **error)
{
  g_auto (Two) two;
  gpointer item;
  gboolean success = TRUE;

  two_init (&two, 0);
  {
    AnyioSelectCase cases[] = {
      ANYIO_SELECT_RECEIVE (two.receivers[0], &item),
      ANYIO_SELECT_SEND (two.senders[0], NULL),
      ANYIO_SELECT_SEND (two.senders[1], NULL),
      ANYIO_SELECT_SLEEP (1),
    };

    success = anyio_select (cases, 4, error) == 3 && anyio_select (cases, 4, error) == 3;
  }
  for (guint i = 0; i < 2; i++)
    assert_statistics (two.senders[i], 0, 1, 1, 0, 0);

  return success;
}

static void
test_cancel_everywhere (void)
{
  g_test_summary ("SEMANTICS 7: a cancelled select has done none of its operations, and left none of its offers");

  g_assert_cmpuint (anyio_test_cancel_everywhere (select_both, NULL, NULL), ==, 2);
}

/* --- a crowd ---------------------------------------------------------------------------------------------------------------------------------- */

#define N_PARTNERS 8
#define N_ROUNDS   200

static gboolean
swap_often (gpointer data, GError **error)
{
  Partner *self = data;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (100);

  for (guint i = 0; i < N_ROUNDS; i++)
    if (!swap (self, error))
      break;
  anyio_trace_clear ();

  return anyio_cancel_scope_exit (scope, error);
}

static gboolean
test_crowd (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  Partner partners[N_PARTNERS];
  guint n_sent = 0;
  guint n_received = 0;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  create (0, &sender, &receiver);
  for (guint i = 0; i < N_PARTNERS; i++)
    {
      partners[i] = (Partner){ "p", sender, receiver, 0, 0 };
      anyio_task_group_start_soon (group, swap_often, &partners[i], NULL);
    }
  g_assert_true (anyio_task_group_join (group, error));
  for (guint i = 0; i < N_PARTNERS; i++)
    {
      n_sent += partners[i].n_sent;
      n_received += partners[i].n_received;
    }
  g_assert_cmpuint (n_sent, ==, n_received);
  g_assert_cmpuint (n_sent + n_received, >, N_PARTNERS * N_ROUNDS / 2);

  return TRUE;
}

static void
test_crowd_over_seeds (void)
{
  g_test_summary ("I23, I21: many selects that send and receive on one stream, in any order: as many items are received as are sent");

  for (guint seed = 0; seed < 50; seed++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (anyio_test_run (test_crowd, NULL, seed, &error));
      g_assert_no_error (error);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/stream-select/receive/the-one", test_receive);
  anyio_test_add_func ("/stream-select/send/the-one", test_send);
  anyio_test_add_func ("/stream-select/two-selects/meet", test_two_selects);
  core_add_ordered ("/stream-select/itself/never", test_itself);
  anyio_test_add_func ("/stream-select/end/fails", test_failure);
  core_add_ordered ("/stream-select/close/while-waiting", test_closed_while_waiting);
  g_test_add_func ("/stream-select/cancelled/everywhere", test_cancel_everywhere);
  g_test_add_func ("/stream-select/crowd/over-seeds", test_crowd_over_seeds);

  return g_test_run ();
}
