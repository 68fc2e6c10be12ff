/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* I23 over many seeds: producers, consumers, callers without a task, selects, clones, closes and cancellations at random, and a book of what became of each item. */

#include "stream-test.h"

#define N_SEEDS      150
#define N_SEEDS_SLOW 5000
#define N_WORKERS    12
#define MOST_ITEMS   4096

typedef enum
{
  UNUSED,
  OFFERED, /* given to a call that has not ended */
  SENT,    /* the call succeeded */
  REFUSED, /* the call failed, the item is its sender's */
  RECEIVED,
  DESTROYED
} Fate;

typedef struct
{
  GRand *random;
  Sender *sender;
  Receiver *receiver;
  AnyioTaskGroup *group;
  guint n_items;
  guint n_calls;                      /* without a task, under way */
  gboolean delivered[MOST_ITEMS + 1]; /* received or destroyed */
  Fate fates[MOST_ITEMS + 1];         /* by number; the sender's view */
  GCancellable *cancellable;
} World;

static World *world;

static void
deliver (guint number, Fate fate)
{
  g_assert_cmpuint (number, >=, 1);
  g_assert_cmpuint (number, <=, world->n_items);
  g_assert_false (world->delivered[number]); /* once */
  g_assert_cmpint (world->fates[number], !=, REFUSED);
  world->delivered[number] = TRUE;
}

static void
destroy_item (gpointer item)
{
  deliver (GPOINTER_TO_UINT (item), DESTROYED);
}

static guint
new_item (void)
{
  if (world->n_items == MOST_ITEMS)
    return 0;
  world->fates[++world->n_items] = OFFERED;

  return world->n_items;
}

static void
settle (guint number, gboolean success)
{
  g_assert_cmpint (world->fates[number], ==, OFFERED);
  world->fates[number] = success ? SENT : REFUSED;
  if (!success)
    g_assert_false (world->delivered[number]); /* never delivered and reported as failed */
}

/* FALSE if the task is to end. */
static gboolean
may_go_on (GError **failure, GError **error)
{
  if (g_error_matches (*failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (failure));
      return FALSE;
    }
  g_clear_error (failure);

  return TRUE;
}

static gboolean
produce (gpointer data, GError **error)
{
  g_autoptr (Sender) sender = sender_clone (world->sender, NULL);

  for (gint32 n = g_rand_int_range (world->random, 1, 12); sender != NULL && n > 0; n--)
    {
      g_autoptr (GError) failure = NULL;
      guint number = new_item ();

      if (number == 0)
        return TRUE;
      settle (number, stream_send (sender, GUINT_TO_POINTER (number), &failure));
      if (!may_go_on (&failure, error))
        return FALSE;
      if (g_rand_int_range (world->random, 0, 5) == 0)
        sender_close (sender);
      if (g_rand_int_range (world->random, 0, 3) == 0 && !anyio_sleep (g_rand_double (world->random), error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
consume (gpointer data, GError **error)
{
  g_autoptr (Receiver) receiver = receiver_clone (world->receiver, NULL);

  for (gint32 n = g_rand_int_range (world->random, 1, 12); receiver != NULL && n > 0; n--)
    {
      g_autoptr (GError) failure = NULL;
      gpointer item;

      if (stream_receive (receiver, &item, &failure))
        deliver (GPOINTER_TO_UINT (item), RECEIVED);
      if (!may_go_on (&failure, error))
        return FALSE;
      if (g_rand_int_range (world->random, 0, 8) == 0)
        receiver_close (receiver);
      if (g_rand_int_range (world->random, 0, 3) == 0 && !anyio_sleep (g_rand_double (world->random), error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
do_either (gpointer data, GError **error)
{
  for (gint32 n = g_rand_int_range (world->random, 1, 12); n > 0; n--)
    {
      g_autoptr (GError) failure = NULL;
      gpointer item;
      guint number = new_item ();
      AnyioSelectCase cases[] = {
        ANYIO_SELECT_SEND (world->sender, GUINT_TO_POINTER (number)),
        ANYIO_SELECT_RECEIVE (world->receiver, &item),
        ANYIO_SELECT_SLEEP (g_rand_double (world->random)),
      };
      int chosen;

      if (number == 0)
        return TRUE;
      chosen = g_rand_int_range (world->random, 0, 3) == 0 ? anyio_select_nowait (cases, 3, &failure) : anyio_select (cases, 3, &failure);
      settle (number, chosen == 0);
      if (chosen == 1)
        deliver (GPOINTER_TO_UINT (item), RECEIVED);
      if (!may_go_on (&failure, error))
        return FALSE;
    }

  return TRUE;
}

static void
received_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GValue *value = anyio_memory_object_receive_stream_receive_finish ((Receiver *) source, result, NULL);

  if (value != NULL)
    {
      deliver (GPOINTER_TO_UINT (g_value_get_pointer (value)), RECEIVED);
      g_boxed_free (G_TYPE_VALUE, value);
    }
  world->n_calls--;
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  /* Without a task, the copy of an item that was not sent is destroyed. */
  if (anyio_memory_object_send_stream_send_finish ((Sender *) source, result, NULL))
    settle (GPOINTER_TO_UINT (data), TRUE);
  else
    g_assert_true (world->delivered[GPOINTER_TO_UINT (data)]);
  world->n_calls--;
}

static gboolean
call (gpointer data, GError **error)
{
  for (gint32 n = g_rand_int_range (world->random, 1, 6); n > 0; n--)
    {
      GCancellable *cancellable = g_rand_boolean (world->random) ? world->cancellable : NULL;
      g_auto (GValue) value = G_VALUE_INIT;
      guint number;

      if (g_rand_boolean (world->random))
        {
          world->n_calls++;
          anyio_memory_object_receive_stream_receive_async (world->receiver, cancellable, received_cb, NULL);
        }
      else if ((number = new_item ()) != 0)
        {
          world->n_calls++;
          g_value_init (&value, G_TYPE_POINTER);
          g_value_set_pointer (&value, GUINT_TO_POINTER (number));
          anyio_memory_object_send_stream_send_async (world->sender, &value, cancellable, sent_cb, GUINT_TO_POINTER (number));
        }
      if (g_rand_int_range (world->random, 0, 20) == 0)
        g_cancellable_cancel (world->cancellable);
      if (!anyio_sleep (g_rand_double (world->random), error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
run_world (gpointer data, GError **error)
{
  static const gsize sizes[] = { 0, 0, 1, 2, 5, ANYIO_UNBOUNDED };
  AnyioTaskFunc funcs[] = { produce, consume, do_either, call };
  g_autoptr (Sender) sender = NULL;
  g_autoptr (Receiver) receiver = NULL;
  AnyioTask *tasks[N_WORKERS];
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_create_memory_pointer_stream (sizes[g_rand_int_range (world->random, 0, G_N_ELEMENTS (sizes))], destroy_item, &sender, &receiver);
  world->sender = sender;
  world->receiver = receiver;
  for (guint i = 0; i < N_WORKERS; i++)
    tasks[i] = anyio_task_group_create_task (group, funcs[g_rand_int_range (world->random, 0, G_N_ELEMENTS (funcs))], NULL, NULL);
  for (guint i = 0; i < N_WORKERS; i++)
    {
      if (!anyio_sleep (g_rand_double (world->random), error))
        return FALSE;
      if (g_rand_boolean (world->random))
        anyio_task_cancel (tasks[g_rand_int_range (world->random, 0, N_WORKERS)], NULL);
    }
  if (g_rand_boolean (world->random))
    sender_close (sender);
  else
    receiver_close (receiver);
  if (!anyio_sleep (10, error))
    return FALSE;
  sender_close (sender);
  receiver_close (receiver);
  anyio_task_group_cancel (group, NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  for (guint i = 0; i < N_WORKERS; i++)
    g_object_unref (tasks[i]);
  while (world->n_calls > 0)
    if (!anyio_sleep (0.001, error))
      return FALSE;
  assert_statistics (sender, 0, 0, 0, 0, 0);

  return TRUE;
}

static void
test_conservation (void)
{
  const guint n_seeds = g_test_slow () ? N_SEEDS_SLOW : N_SEEDS;
  guint n_delivered = 0;
  guint n_refused = 0;

  g_test_summary ("I23: each item sent is received once or destroyed once, and its sender got success; or its sender got an error, and it was never delivered");

  for (guint seed = 1; seed <= n_seeds; seed++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autofree World *this_world = g_new0 (World, 1);

      world = this_world;
      world->random = random;
      world->cancellable = cancellable;
      g_test_message ("Seed %u", seed);
      g_assert_true (anyio_test_run (run_world, NULL, seed, &error));
      g_assert_no_error (error);
      for (guint i = 1; i <= world->n_items; i++)
        {
          g_assert_true (world->delivered[i] == (world->fates[i] != REFUSED));
          n_delivered += world->delivered[i];
          n_refused += !world->delivered[i];
        }
    }
  /* The worlds are neither dead nor trivial. */
  g_assert_cmpuint (n_delivered, >, n_seeds);
  g_assert_cmpuint (n_refused, >, n_seeds);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/stream-stress/conservation/over-seeds", test_conservation);

  return g_test_run ();
}
