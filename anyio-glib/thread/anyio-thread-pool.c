/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Worker threads, and the way of a job to one of them.
 *
 * Each runtime has a pool of its own. It does not share GIO's: there, work that waits for other work in the pool waits for ever once the pool is full. This one has
 * no bound, so every job finds a thread; the bound is the token that a call holds. The worker that slept least is woken first, because its stack and
 * cache are warm, and one that had nothing to do for ten seconds ends.
 *
 * Handing over. The owner pushes on to a lock-free stack, of which a worker takes everything at once under the workers' lock: so the owner meets that lock only
 * when it has to wake somebody, and a hundred jobs that are pushed one after the other are taken in one go. A worker runs one job at a time and leaves the others where
 * every other worker finds them, because any job may block.
 *
 * Waking costs some microseconds, as long as many jobs take. Three rules keep it rare:
 *
 *  1. The first job that is pushed in a turn of the loop sends for a worker at once. For those that follow, the owner sends once more when the tasks that were ready have had
 *     their turn. So the jobs of a hundred tasks cost two wake-ups; a task that keeps the loop's thread busy holds them up with everything else.
 *  2. At most one worker is on its way at any time (is_searching). If it finds more than it can run, it sends for the next one before it begins: a job that blocks holds
 *     up nobody, and a burst of short jobs, of which the first worker is through before the second has woken, does not wake one thread for each.
 *  3. A worker that has run a job marks itself as searching before it gives the job back, so what the host pushes next, when it has got its answer, needs nobody else.
 *
 * The owner does not wake anybody while one is searching. That one clears the mark before it looks at newest for the last time, and the owner pushes before it looks at
 * the mark; all four accesses are sequentially consistent, so one of the two sees the other (the inbox has the same pattern, see loop/anyio-inbox.c).
 *
 * Costs: 10 us a call that comes alone, on one processor, nearly all of it the kernel's for switching threads twice; 1.3 us with 100 tasks at once, limiter included.
 */

#include "thread/anyio-thread-pool-private.h"

#include "core/anyio-values.h"

#define MOST_IDLE_US (10 * G_USEC_PER_SEC)

static gpointer run_worker (gpointer data);

static void
pool_unref_locked (AnyioThreadPool *self)
{
  gboolean is_last = --self->ref_count == 0;

  g_mutex_unlock (&self->lock);
  if (!is_last)
    return;
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* Sends a worker that has nothing to do, or a new one. FALSE if there is none. */
static gboolean
send_worker_locked (AnyioThreadPool *self,
                    GError **error)
{
  AnyioList *link = anyio_list_first (&self->idle);
  AnyioWorker *worker;

  __atomic_store_n (&self->is_searching, TRUE, __ATOMIC_SEQ_CST);
  if (link != NULL)
    {
      anyio_list_remove (link);
      g_cond_signal (&ANYIO_CONTAINER (link, AnyioWorker, idle_link)->wake);
      return TRUE;
    }

  worker = g_new0 (AnyioWorker, 1);
  worker->pool = self;
  g_cond_init (&worker->wake);
  anyio_list_init (&worker->idle_link);
  worker->thread = g_thread_try_new ("anyio-worker", run_worker, worker, error);
  if (worker->thread == NULL)
    {
      __atomic_store_n (&self->is_searching, FALSE, __ATOMIC_SEQ_CST);
      g_cond_clear (&worker->wake);
      g_free (worker);
      return FALSE;
    }
  anyio_list_append (&self->workers, &worker->link);
  self->n_workers++;
  self->n_started++;
  self->ref_count++;

  return TRUE;
}

/* --- in the worker --------------------------------------------------------------------------------------------------------------------- */

static AnyioThreadJob *
take_job_locked (AnyioThreadPool *self)
{
  if (self->queue.head == NULL && __atomic_load_n (&self->newest, __ATOMIC_SEQ_CST) != NULL)
    {
      AnyioRunnable *newest = __atomic_exchange_n (&self->newest, NULL, __ATOMIC_SEQ_CST);

      self->queue.tail = newest;
      while (newest != NULL)
        {
          AnyioRunnable *older = newest->next;

          newest->next = self->queue.head;
          self->queue.head = newest;
          newest = older;
        }
    }

  return self->queue.head != NULL ? ANYIO_CONTAINER (anyio_queue_pop (&self->queue), AnyioThreadJob, runnable) : NULL;
}

static gboolean
has_jobs_locked (AnyioThreadPool *self)
{
  return self->queue.head != NULL || __atomic_load_n (&self->newest, __ATOMIC_SEQ_CST) != NULL;
}

/* FALSE if somebody else is searching. */
static gboolean
set_searching (AnyioThreadPool *self)
{
  int nobody = FALSE;

  return __atomic_compare_exchange_n (&self->is_searching, &nobody, TRUE, FALSE, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* FALSE if nothing came for so long that the worker may go. */
static gboolean
sleep_locked (AnyioWorker *self)
{
  AnyioThreadPool *pool = self->pool;
  gint64 until_us = g_get_monotonic_time () + pool->most_idle_us;

  anyio_list_append (pool->idle.next, &self->idle_link); /* in front of the first */
  while (!anyio_list_is_empty (&self->idle_link))
    if (!g_cond_wait_until (&self->wake, &pool->lock, until_us) && !anyio_list_is_empty (&self->idle_link))
      {
        anyio_list_remove (&self->idle_link);
        return FALSE;
      }

  return TRUE;
}

static void
work_locked (AnyioWorker *self)
{
  AnyioThreadPool *pool = self->pool;
  gboolean is_sent = TRUE;

  while (!pool->is_closing)
    {
      AnyioThreadJob *job;

      if (is_sent)
        __atomic_store_n (&pool->is_searching, FALSE, __ATOMIC_SEQ_CST);
      is_sent = FALSE;

      job = take_job_locked (pool);
      if (job == NULL)
        {
          if (!sleep_locked (self))
            return;
          is_sent = TRUE;
          continue;
        }

      if (has_jobs_locked (pool) && !__atomic_load_n (&pool->is_searching, __ATOMIC_SEQ_CST))
        send_worker_locked (pool, NULL);
      self->may_outlive = job->orphaned != NULL;
      g_mutex_unlock (&pool->lock);
      job->runnable.run (&job->runnable);
      is_sent = set_searching (pool); /* it is, and what its host pushes next, when it has got the answer, needs nobody else */
      job->end (job);
      g_mutex_lock (&pool->lock);
      self->may_outlive = FALSE;
    }
}

static gpointer
run_worker (gpointer data)
{
  AnyioWorker *self = data;
  AnyioThreadPool *pool = self->pool;

  g_mutex_lock (&pool->lock);
  work_locked (self);
  if (!anyio_list_is_empty (&self->link)) /* else close() waits for this thread, or has let go of it */
    {
      anyio_list_remove (&self->link);
      pool->n_workers--;
      g_thread_unref (self->thread);
    }
  g_cond_clear (&self->wake);
  g_free (self);
  pool_unref_locked (pool);

  return NULL;
}

/* --- the owner ------------------------------------------------------------------------------------------------------------------------- */

/* Sees to it that a worker is on its way, if there are jobs. FALSE if there can be none. */
static gboolean
ensure_worker (AnyioThreadPool *self,
               GError **error)
{
  g_autoptr (GError) failure = NULL;
  gboolean success = TRUE;

  g_mutex_lock (&self->lock);
  if (!__atomic_load_n (&self->is_searching, __ATOMIC_SEQ_CST) && has_jobs_locked (self) && !send_worker_locked (self, &failure))
    success = self->n_workers > 0;
  g_mutex_unlock (&self->lock);
  if (!success)
    g_propagate_error (error, g_steal_pointer (&failure));

  return success;
}

static void
flush (AnyioRunnable *runnable)
{
  AnyioThreadPool *self = ANYIO_CONTAINER (runnable, AnyioThreadPool, flush);

  self->flush_queued = FALSE;
  if (!__atomic_load_n (&self->is_searching, __ATOMIC_SEQ_CST))
    ensure_worker (self, NULL); /* the first job of the turn found one */
}

gboolean
anyio_thread_pool_push (AnyioThreadPool *self,
                        AnyioThreadJob *job,
                        GError **error)
{
  AnyioRunnable *newest = __atomic_load_n (&self->newest, __ATOMIC_RELAXED);

  do
    job->runnable.next = newest;
  while (!__atomic_compare_exchange_n (&self->newest, &newest, &job->runnable, TRUE, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));

  if (self->flush_queued)
    return TRUE;

  if (!__atomic_load_n (&self->is_searching, __ATOMIC_SEQ_CST) && G_UNLIKELY (!ensure_worker (self, error)))
    {
      g_mutex_lock (&self->lock);
      take_job_locked (self); /* this one: without a worker nothing else is queued */
      g_mutex_unlock (&self->lock);
      return FALSE;
    }
  self->flush_queued = TRUE;
  anyio_loop_push (self->loop, &self->flush);

  return TRUE;
}

/* Workers that sleep end and are waited for; one that runs a job that nobody waits for is let go, and one such job that has not begun never will. */
static void
pool_close (gpointer data)
{
  AnyioThreadPool *self = data;
  GSList *ending = NULL;
  AnyioThreadJob *job;
  AnyioList *link;

  while ((link = anyio_list_first (&self->abandoned)) != NULL)
    {
      anyio_list_remove (link);
      job = ANYIO_CONTAINER (link, AnyioThreadJob, link);
      job->orphaned (job);
    }

  g_mutex_lock (&self->lock);
  self->is_closing = TRUE;
  while ((link = anyio_list_first (&self->workers)) != NULL)
    {
      AnyioWorker *worker = ANYIO_CONTAINER (link, AnyioWorker, link);

      anyio_list_remove (link);
      if (worker->may_outlive)
        g_thread_unref (worker->thread);
      else
        ending = g_slist_prepend (ending, worker->thread);
      if (!anyio_list_is_empty (&worker->idle_link))
        {
          anyio_list_remove (&worker->idle_link);
          g_cond_signal (&worker->wake);
        }
    }
  while ((job = take_job_locked (self)) != NULL)
    {
      g_mutex_unlock (&self->lock);
      job->runnable.run (&job->runnable);
      job->end (job);
      g_mutex_lock (&self->lock);
    }
  g_mutex_unlock (&self->lock);
  for (GSList *thread = ending; thread != NULL; thread = thread->next)
    g_thread_join (thread->data);
  g_slist_free (ending);

  g_mutex_lock (&self->lock);
  pool_unref_locked (self);
}

AnyioThreadPool *
anyio_thread_pool_get (void)
{
  static GQuark quark;
  AnyioThreadPool *self;

  if (G_UNLIKELY (g_atomic_int_get (&quark) == 0))
    g_atomic_int_set (&quark, g_quark_from_static_string ("anyio-thread-pool"));
  self = anyio_run_get_value (g_atomic_int_get (&quark));
  if (G_LIKELY (self != NULL))
    return self;

  self = g_new0 (AnyioThreadPool, 1);
  g_mutex_init (&self->lock);
  anyio_list_init (&self->abandoned);
  anyio_list_init (&self->workers);
  anyio_list_init (&self->idle);
  self->loop = &anyio_runtime_find ()->loop;
  self->flush.run = flush;
  self->most_idle_us = MOST_IDLE_US;
  self->ref_count = 1;
  anyio_run_set_value (g_atomic_int_get (&quark), self, pool_close);

  return self;
}
