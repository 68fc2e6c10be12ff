/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The pool of worker threads: who runs what, how many threads there are, and when they go; tokens. */

#include "thread-test.h"

#include "thread/anyio-thread-pool-private.h"

static guint
count_threads (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (tasks) != NULL)
    n++;

  return n;
}

static gboolean
note_thread (gpointer data, GError **error)
{
  *(GThread **) data = g_thread_self ();

  return TRUE;
}

static gboolean
test_reused (gpointer data, GError **error)
{
  GThread *first = NULL, *next = NULL;

  g_test_summary ("calls one after the other run in the same thread, which has looked for the next before it sleeps");

  g_assert_true (anyio_to_thread (note_thread, &first, error));
  for (guint i = 0; i < 1000; i++)
    {
      g_assert_true (anyio_to_thread (note_thread, &next, error));
      g_assert_true (next == first);
    }
  g_assert_cmpuint (anyio_thread_pool_get ()->n_started, ==, 1);

  return TRUE;
}

/* All must be there at once, or none goes on. */
static gboolean
test_all_at_once (gpointer data, GError **error)
{
  GATE (gate);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("a function that blocks holds up no other, though they come in the same turn");

  for (guint i = 0; i < 40; i++)
    anyio_task_group_start_soon (group, call_at_gate, &gate, NULL);
  while (gate_count (&gate) < 40)
    g_assert_true (anyio_checkpoint (error)); /* a lost job hangs here */
  g_assert_cmpuint (anyio_thread_pool_get ()->n_workers, >=, 40);
  gate_open (&gate);
  assert_joins (group);

  return TRUE;
}

static gboolean
do_nothing (gpointer data, GError **error)
{
  return TRUE;
}

static gboolean
call_often (gpointer data, GError **error)
{
  for (guint i = 0; i < 1000; i++)
    if (!anyio_to_thread (do_nothing, NULL, error))
      return FALSE;

  return TRUE;
}

static gboolean
test_end_of_run (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (guint i = 0; i < 10; i++)
    anyio_task_group_start_soon (group, call_often, NULL, NULL);

  return anyio_task_group_join (group, error);
}

static void
test_gone_with_run (void)
{
  guint n_before;
  g_autoptr (GError) error = NULL;

  g_test_summary ("I3: at the end of a run its threads are gone");

  g_assert_true (anyio_run (do_nothing, NULL, &error)); /* begins GLib's own thread, which delivers signals and stays */
  n_before = count_threads ();
  for (guint i = 0; i < 5; i++)
    {
      g_assert_true (anyio_run (test_end_of_run, NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (count_threads (), ==, n_before);
    }
}

static guint
get_n_workers (AnyioThreadPool *pool)
{
  guint n;

  g_mutex_lock (&pool->lock);
  n = pool->n_workers;
  g_mutex_unlock (&pool->lock);

  return n;
}

static gboolean
test_idle (gpointer data, GError **error)
{
  AnyioThreadPool *pool = anyio_thread_pool_get ();

  g_test_summary ("a worker that had nothing to do for some time ends, and the next call gets another one");

  g_assert_cmpint (pool->most_idle_us, ==, 10 * G_USEC_PER_SEC);
  pool->most_idle_us = 1000;
  for (guint i = 1; i <= 3; i++)
    {
      g_assert_true (anyio_to_thread (do_nothing, NULL, error));
      while (get_n_workers (pool) > 0)
        g_thread_yield ();
      g_assert_cmpuint (pool->n_started, ==, i);
    }

  return TRUE;
}

static gboolean
test_idle_races (gpointer data, GError **error)
{
  AnyioThreadPool *pool = anyio_thread_pool_get ();
  guint n_calls = g_test_slow () ? 100000 : 2000;

  g_test_summary ("a worker that ends is not given work any more");

  pool->most_idle_us = 0;
  for (guint i = 0; i < n_calls; i++)
    g_assert_true (anyio_to_thread (do_nothing, NULL, error));

  return TRUE;
}

/* --- tokens ---------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
test_limiters (gpointer data, GError **error)
{
  AnyioCapacityLimiter *limiter = anyio_current_default_thread_limiter ();

  g_test_summary ("SEMANTICS 8.1: each run has a limiter with 40 tokens, and one with as many as there are processors");

  g_assert_cmpfloat (anyio_capacity_limiter_get_total_tokens (limiter), ==, 40);
  g_assert_true (limiter == anyio_current_default_thread_limiter ());
  g_assert_cmpfloat (anyio_capacity_limiter_get_total_tokens (anyio_current_compute_limiter ()), ==, g_get_num_processors ());
  g_assert_true (limiter != anyio_current_compute_limiter ());

  return TRUE;
}

static void
test_limiters_outside (void)
{
  g_test_summary ("where no tasks run there are no limiters");

  g_assert_null (anyio_current_default_thread_limiter ());
  g_assert_null (anyio_current_compute_limiter ());
}

typedef struct
{
  int n_now;  /* atomic */
  int n_most; /* atomic */
  AnyioCapacityLimiter *limiter; /* borrowed */
} Crowd;

static gboolean
count_crowd (gpointer data, GError **error)
{
  Crowd *self = data;
  int n = g_atomic_int_add (&self->n_now, 1) + 1;
  int n_most = g_atomic_int_get (&self->n_most);

  while (n > n_most && !g_atomic_int_compare_and_exchange (&self->n_most, n_most, n))
    n_most = g_atomic_int_get (&self->n_most);
  g_usleep (100);
  g_atomic_int_add (&self->n_now, -1);

  return TRUE;
}

static gboolean
join_crowd (gpointer data, GError **error)
{
  Crowd *self = data;

  for (guint i = 0; i < 5; i++)
    if (!anyio_to_thread_limited (count_crowd, self, self->limiter, error))
      return FALSE;

  return TRUE;
}

static gboolean
test_limited (gpointer data, GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (3);
  Crowd crowd = { 0, 0, limiter };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 8.1: never more functions run than the limiter has tokens");

  for (guint i = 0; i < 20; i++)
    anyio_task_group_start_soon (group, join_crowd, &crowd, NULL);
  assert_joins (group);
  g_assert_cmpint (crowd.n_most, <=, 3);
  g_assert_cmpint (crowd.n_most, >=, 1);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 0);

  return TRUE;
}

static gboolean
test_token_wait (gpointer data, GError **error)
{
  GATE (gate);
  GThread *thread = NULL;
  g_autoptr (GError) failure = NULL;
  AnyioCapacityLimiter *limiter = anyio_current_default_thread_limiter ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();

  g_test_summary ("SEMANTICS 8.1: waiting for a token is cancellable, and then nothing was called");

  anyio_capacity_limiter_set_total_tokens (limiter, 1);
  anyio_task_group_start_soon (group, call_at_gate, &gate, NULL);
  while (anyio_capacity_limiter_get_borrowed_tokens (limiter) == 0)
    g_assert_true (anyio_checkpoint (error));
  anyio_cancel_scope_set_timeout (scope, 0.001);
  anyio_cancel_scope_enter (scope);
  assert_is_cancelled (anyio_to_thread (note_thread, &thread, &failure), failure);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_null (thread);
  gate_open (&gate);
  assert_joins (group);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 0);

  return TRUE;
}

static gpointer
pass_gate (gpointer gate, GError **error)
{
  gate_pass (gate);

  return NULL;
}

static gboolean
test_token_of_abandoned (gpointer data, GError **error)
{
  GATE (gate);
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (1);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  gpointer both[] = { &gate, scope };

  g_test_summary ("SEMANTICS 8.1: an abandoned call holds its token until the thread really ends");

  anyio_task_group_start_soon (group, cancel_when_there, both, NULL);
  g_assert_null (anyio_to_thread_abandon_on_cancel (pass_gate, &gate, NULL, NULL, limiter, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 1);
  gate_open (&gate);
  while (anyio_capacity_limiter_get_borrowed_tokens (limiter) == 1)
    g_assert_true (anyio_checkpoint (error));
  assert_joins (group);

  return TRUE;
}

typedef struct
{
  Gate gate;
  AnyioCapacityLimiter *limiter; /* borrowed */
} Abandoning;

static int n_ended; /* atomic */

static void
count_end (gpointer data)
{
  g_atomic_int_inc (&n_ended);
}

static gboolean
abandon_and_end (gpointer data, GError **error)
{
  Abandoning *self = data;
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  gpointer both[] = { &self->gate, scope };

  anyio_task_group_start_soon (group, cancel_when_there, both, NULL);
  g_assert_null (anyio_to_thread_abandon_on_cancel (pass_gate, &self->gate, count_end, NULL, self->limiter, &failure));
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (self->limiter), ==, 1);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));

  return anyio_task_group_join (group, error);
}

static void
test_token_after_run (void)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (1);
  Abandoning abandoning = { .limiter = limiter };
  g_autoptr (GError) error = NULL;

  g_test_summary ("a limiter that outlives the run gets the tokens of abandoned calls back with the run's end");

  gate_init (&abandoning.gate);
  g_assert_true (anyio_run (abandon_and_end, &abandoning, &error));
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 0);
  gate_open (&abandoning.gate);
  while (g_atomic_int_get (&n_ended) == 0)
    g_thread_yield ();
  gate_clear (&abandoning.gate);
}

/* --- load ------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  guint n_calls;
  gint64 n_done; /* atomic */
} Load;

static gboolean
count_done (gpointer data, GError **error)
{
  __atomic_fetch_add ((gint64 *) data, 1, __ATOMIC_RELAXED);

  return TRUE;
}

static gboolean
load_pool (gpointer data, GError **error)
{
  Load *self = data;

  for (guint i = 0; i < self->n_calls; i++)
    if (!anyio_to_thread (count_done, &self->n_done, error))
      return FALSE;

  return TRUE;
}

static gboolean
test_load (gpointer data, GError **error)
{
  /* Ten million calls in the slow run, whatever it is built with. */
  Load load = { g_test_slow () ? 100000 : 200, 0 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("each of very many calls is made once");

  for (guint i = 0; i < 100; i++)
    anyio_task_group_start_soon (group, load_pool, &load, NULL);
  assert_joins (group);
  g_assert_cmpint (load.n_done, ==, 100 * (gint64) load.n_calls);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/thread-pool/one-after-the-other/same-thread", test_reused);
  anyio_test_add_func ("/thread-pool/all-block/all-run", test_all_at_once);
  g_test_add_func ("/thread-pool/end-of-run/threads-gone", test_gone_with_run);
  anyio_test_add_func ("/thread-pool/idle/ends", test_idle);
  anyio_test_add_func ("/thread-pool/idle-races/none-lost", test_idle_races);
  anyio_test_add_func ("/thread-limiters/default/forty", test_limiters);
  g_test_add_func ("/thread-limiters/outside/none", test_limiters_outside);
  anyio_test_add_func ("/thread-limiters/limited/never-more", test_limited);
  anyio_test_add_func_real_time ("/thread-limiters/token-wait/cancellable", test_token_wait);
  anyio_test_add_func_real_time ("/thread-limiters/abandoned/holds-token", test_token_of_abandoned);
  g_test_add_func ("/thread-limiters/abandoned-after-run/token-back", test_token_after_run);
  anyio_test_add_func_real_time ("/thread-pool/load/each-once", test_load);

  return g_test_run ();
}
