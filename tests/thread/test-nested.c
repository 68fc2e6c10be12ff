/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Work in threads that waits for further work in threads, as many at once as GTask's shared pool has threads (10), with GTask and with ours.
 *
 * GTask starts one more thread only when all have been busy for a tenth of a second, because its pool has a bound that a timer raises: nested work is not lost,
 * but stands still meanwhile. That time is a lower bound, so the test of it does not depend on the load of the machine. Ours has no bound but the tokens
 * (SEMANTICS 8.1), hence no timer. */

#include "thread-test.h"

#include "thread/anyio-thread-pool-private.h"

#define N_OUTER 10             /* what GTask's pool has at first */
#define GTASK_PATIENCE 100000  /* microseconds */

/* Nobody goes on before all are there. */
typedef struct
{
  GMutex lock;
  GCond cond;
  guint n_there;    /* guarded by lock, like the rest */
  guint n_inner;    /* of the further functions, how many have run */
  guint n_returned;
  gint64 first_inner_at; /* monotonic time, microseconds; 0: none yet */
} Meeting;

static void
meeting_init (Meeting *self)
{
  memset (self, 0, sizeof *self);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
}

static void
meeting_clear (Meeting *self)
{
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
}

static void
meeting_wait (Meeting *self, guint *n)
{
  g_mutex_lock (&self->lock);
  ++*n;
  g_cond_broadcast (&self->cond);
  while (*n < N_OUTER)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
note_inner (Meeting *self)
{
  g_mutex_lock (&self->lock);
  if (self->first_inner_at == 0)
    self->first_inner_at = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
}

static gint64
get_first_inner (Meeting *self)
{
  gint64 first_inner_at;

  g_mutex_lock (&self->lock);
  first_inner_at = self->first_inner_at;
  g_mutex_unlock (&self->lock);

  return first_inner_at;
}

/* --- with GTask ------------------------------------------------------------------------------------------------------------------------ */

static void
run_gtask_inner (GTask *task, gpointer source, gpointer meeting, GCancellable *cancellable)
{
  note_inner (meeting);
  g_task_return_boolean (task, TRUE);
}

static void
run_gtask_outer (GTask *task, gpointer source, gpointer meeting, GCancellable *cancellable)
{
  g_autoptr (GTask) inner = g_task_new (NULL, NULL, NULL, NULL);

  meeting_wait (meeting, &((Meeting *) meeting)->n_there);
  g_task_set_task_data (inner, meeting, NULL);
  g_task_run_in_thread_sync (inner, run_gtask_inner);
  g_task_return_boolean (task, g_task_propagate_boolean (inner, NULL));
}

static void
count_cb (GObject *source, GAsyncResult *result, gpointer meeting)
{
  g_assert_true (g_task_propagate_boolean (G_TASK (result), NULL));
  ((Meeting *) meeting)->n_returned++;
}

static void
test_gtask (void)
{
  Meeting meeting;
  gint64 start = g_get_monotonic_time ();

  g_test_summary ("PEERS 6: with GTask, work that waits for work stands still until a timer raises the bound of the pool");

  meeting_init (&meeting);
  for (guint i = 0; i < N_OUTER; i++)
    {
      g_autoptr (GTask) task = g_task_new (NULL, NULL, count_cb, &meeting);

      g_task_set_task_data (task, &meeting, NULL);
      g_task_run_in_thread (task, run_gtask_outer);
    }
  while (meeting.n_returned < N_OUTER)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (get_first_inner (&meeting) - start, >=, GTASK_PATIENCE);
  meeting_clear (&meeting);
}

/* --- with ours ------------------------------------------------------------------------------------------------------------------------- */

static gboolean
run_inner (gpointer meeting, GError **error)
{
  meeting_wait (meeting, &((Meeting *) meeting)->n_inner); /* all of them at once, beside all outer ones */

  return TRUE;
}

static gboolean
call_inner (gpointer meeting, GError **error)
{
  return anyio_to_thread (run_inner, meeting, error);
}

static gboolean
run_outer (gpointer meeting, GError **error)
{
  meeting_wait (meeting, &((Meeting *) meeting)->n_there);

  return anyio_from_thread_run (call_inner, meeting, error);
}

static gboolean
call_outer (gpointer meeting, GError **error)
{
  return anyio_to_thread (run_outer, meeting, error);
}

static gboolean
test_ours (gpointer data, GError **error)
{
  Meeting meeting;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 8.1, PEERS 6: work that waits for work has a thread at once: all that wait and all that they wait for run side by side");

  meeting_init (&meeting);
  for (guint i = 0; i < N_OUTER; i++)
    anyio_task_group_start_soon (group, call_outer, &meeting, NULL);
  assert_joins (group); /* hangs with a bound below twice as many */
  g_assert_cmpuint (meeting.n_inner, ==, N_OUTER);
  g_assert_cmpuint (anyio_thread_pool_get ()->n_started, ==, 2 * N_OUTER);
  meeting_clear (&meeting);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/nested/gtask/stands-still", test_gtask);
  anyio_test_add_func ("/nested/ours/goes-on", test_ours);

  return g_test_run ();
}
