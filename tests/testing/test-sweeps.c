/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The library under its own sweeps: whatever is cancelled wherever, in whatever order (the build runs this with several seeds), each task ends before
 * its group (I1), each deferred cleanup runs (I25), what is absorbed is absorbed wholly (I9), and nothing is left (I3). */

#include <anyio-testing.h>

typedef struct
{
  int n_live; /* tasks that have begun and not ended */
  int n_deferred;
  int n_cleaned;
} Count;

static void
leave_count (int **n_live)
{
  --**n_live;
}

typedef int *LiveCount;

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LiveCount, leave_count)

#define COUNT_LIVE(count)                                         \
  g_auto (LiveCount) live_count G_GNUC_UNUSED = &(count)->n_live; \
  (count)->n_live++

static gboolean
sleep_twice (gpointer user_data,
             GError **error)
{
  COUNT_LIVE ((Count *) user_data);

  return anyio_sleep (1, error) && anyio_sleep (1, error);
}

static gboolean
serve (gpointer user_data,
       GError **error)
{
  COUNT_LIVE ((Count *) user_data);

  return anyio_sleep (1, error) && anyio_task_started (NULL, error) && anyio_sleep (1, error);
}

static gboolean
clean_up (gpointer user_data,
          GError **error)
{
  Count *count = user_data;

  if (!anyio_sleep (0.5, error))
    return FALSE;
  count->n_cleaned++;

  return TRUE;
}

static gboolean
nest (gpointer user_data,
      GError **error)
{
  Count *count = user_data;
  g_autoptr (AnyioTaskGroup) group = NULL;
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) inner = NULL;

  *count = (Count){ 0 };
  group = anyio_task_group_open (error);
  anyio_cancel_scope_defer (anyio_task_group_get_cancel_scope (group), clean_up, count, NULL);
  count->n_deferred++;
  task = anyio_task_group_create_task (group, sleep_twice, count, NULL);
  anyio_task_group_start_soon (group, sleep_twice, count, NULL);
  inner = anyio_task_group_open (error);
  if (!anyio_task_group_start (group, serve, count, NULL, NULL, error))
    return FALSE;
  anyio_task_group_start_soon (inner, sleep_twice, count, NULL);

  return anyio_task_wait (task, error) && anyio_task_group_join (inner, error) && anyio_task_group_join (group, error);
}

/* Timeouts that pass beside the cancellation from outside, and a shield. */
static gboolean
bound (gpointer user_data,
       GError **error)
{
  Count *count = user_data;
  g_autoptr (AnyioCancelScope) scope = NULL;

  *count = (Count){ 0 };
  scope = anyio_move_on_after (1.5);
  {
    g_autoptr (GError) local_error = NULL;

    sleep_twice (count, &local_error);
    if (!anyio_cancel_scope_exit (scope, &local_error))
      {
        g_propagate_error (error, g_steal_pointer (&local_error));
        return FALSE;
      }
  }
  count->n_deferred++;
  {
    ANYIO_SHIELD_FOR (10);

    if (!clean_up (count, error))
      return FALSE;
  }

  return anyio_with_timeout (3, sleep_twice, count, error);
}

static void
return_later (GTask *task,
              gpointer source_object,
              gpointer task_data,
              GCancellable *cancellable)
{
  g_usleep (1000);
  g_task_return_boolean (task, TRUE);
}

static gboolean
call (gpointer user_data,
      GError **error)
{
  *(Count *) user_data = (Count){ 0 };
  for (guint i = 0; i < 3; i++)
    {
      g_auto (AnyioCall) operation = ANYIO_CALL_INIT;
      g_autoptr (GTask) task = g_task_new (NULL, ANYIO_CALL (&operation));

      g_task_run_in_thread (task, return_later);
      if (!g_task_propagate_boolean (G_TASK (anyio_call_await (&operation)), error))
        return FALSE;
    }

  return anyio_checkpoint (error);
}

static void
check (guint n,
       const GError *error,
       gpointer user_data)
{
  Count *count = user_data;

  g_assert_cmpint (count->n_live, ==, 0);
  g_assert_cmpint (count->n_cleaned, ==, count->n_deferred);
  if (n == 0)
    g_assert_no_error (error);
  else if (error != NULL)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_sweep (gconstpointer func)
{
  AnyioTaskFunc body = (AnyioTaskFunc) func;
  Count count;

  g_assert_cmpuint (anyio_test_cancel_everywhere (body, &count, check), >, 3);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/sweeps/groups/keep-the-invariants", (gconstpointer) nest, test_sweep);
  g_test_add_data_func ("/sweeps/timeouts/keep-the-invariants", (gconstpointer) bound, test_sweep);
  g_test_add_data_func ("/sweeps/calls/keep-the-invariants", (gconstpointer) call, test_sweep);

  return g_test_run ();
}
