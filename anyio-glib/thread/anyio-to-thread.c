/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calling a blocking function in a worker thread, and waiting for it (SEMANTICS 8.1).
 *
 * First comes a token of the limiter, and that wait is a cancel point. Then the call is pushed to the pool, runs, and is posted to the loop's inbox as a message; one
 * runnable serves for both ways. From the push on the wait refuses to be aborted, so the call and whatever it borrows may stand on the stack, nothing is allocated, and
 * a late cancellation finds a result that stands.
 *
 * A call that may be abandoned is counted by the two that use it, the loop's thread and the worker. Its state decides who was first:
 *
 *   QUEUED -> RUNNING -> ENDED        the result goes to the host
 *   QUEUED -> ABANDONED               the function is not called
 *   RUNNING -> ABANDONED              its result is dropped
 *
 * All changes are compare-and-swaps, so a result is either returned or dropped, never both. The token goes back when the worker has ended, or the runtime closes. What
 * is dropped is destroyed on the home stack, or in the worker if the loop has ended meanwhile.
 */

#include "thread/anyio-to-thread.h"

#include "core/anyio-error-private.h"
#include "core/anyio-run.h"
#include "core/anyio-runtime-private.h"
#include "sync/anyio-capacity-limiter.h"
#include "thread/anyio-foreign-call-private.h"
#include "thread/anyio-thread-call-private.h"
#include "thread/anyio-thread-limiters.h"

/* Takes a token on behalf of @call and pushes it. */
static gboolean
begin (AnyioThreadCall *call,
       AnyioCapacityLimiter *limiter,
       GError **error)
{
  if (!anyio_capacity_limiter_acquire_on_behalf_of (limiter, call, error))
    return FALSE;
  if (G_UNLIKELY (!anyio_thread_pool_push (anyio_thread_pool_get (), &call->job, error)))
    {
      g_prefix_error (error, "No thread could be started for \"%s\": ", call->name);
      anyio_capacity_limiter_release_on_behalf_of (limiter, call);
      return FALSE;
    }
  anyio_thread_call_set_outstanding (call, TRUE);

  return TRUE;
}

/* What the function said about itself, made consistent; a CANCELLED that answers ours is marked as such. Takes @failure. Returns whether it succeeded. */
static gboolean
report_outcome (AnyioThreadCall *call,
                AnyioRecord *host,
                gboolean success,
                GError *failure,
                GError **error)
{
  if (G_UNLIKELY (success != (failure == NULL)))
    anyio_record_mend_result (host, &failure);
  if (failure == NULL)
    return TRUE;

  if (call->was_cancelled && anyio_error_is_cancelled (failure))
    {
      if (host->scope->eff)
        {
          g_error_free (failure);
          return anyio_scope_fail_cancelled (host, error);
        }
      anyio_scope_set_told (host);
    }
  g_propagate_error (error, failure);

  return FALSE;
}

/* --- ordinary calls -------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  AnyioThreadCall call; /* first */
  AnyioCapacityLimiter *limiter; /* borrowed from the function that waits, which keeps it */
  AnyioThreadFunc func;
  gpointer user_data;
  GError *error;        /* owned; NULL */
  gboolean success;
} PlainCall;

static void
plain_call_ended (AnyioRunnable *runnable)
{
  PlainCall *self = (PlainCall *) runnable;

  anyio_thread_call_set_outstanding (&self->call, FALSE);
  anyio_capacity_limiter_release_on_behalf_of (self->limiter, &self->call);
  anyio_wait_complete (&self->call.wait);
}

static void
run_plain_call (AnyioRunnable *runnable)
{
  PlainCall *self = (PlainCall *) runnable;

  anyio_thread_call_set_current (&self->call);
  self->success = self->func (self->user_data, &self->error);
  anyio_thread_call_set_current (NULL);
  runnable->run = plain_call_ended;
}

static void
end_plain_call (AnyioThreadJob *job)
{
  anyio_loop_post (&((PlainCall *) job)->call.runtime->loop, &job->runnable); /* the host waits, so the loop is there */
}

/**
 * anyio_to_thread_named: (skip)
 * @name: a literal, for messages
 * @func: the function
 * @user_data: its argument; it may be a variable of the caller, because the call does not return before the function has
 * @limiter: (nullable): whose token the call needs; %NULL for that of anyio_current_default_thread_limiter()
 * @error: return location for an error
 *
 * Calls @func in a worker thread and waits for it. Cancel point until a thread begins with it; from then on the call waits for the function, whatever is cancelled, and
 * its result counts. A function that should end early asks anyio_thread_check_cancelled(), or gives anyio_thread_get_cancellable() to what it calls; one that cannot
 * may be called by anyio_to_thread_abandon_on_cancel(). A deadline does not stop a thread.
 *
 * In C use the macros `anyio_to_thread (func, user_data, error)` and `anyio_to_thread_limited (func, user_data, limiter, error)`. AnyIO: to_thread.run_sync().
 *
 * Errors: those of @func; %G_IO_ERROR_CANCELLED; the system's if it has no thread left; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: what @func returned; %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
anyio_to_thread_named (const char *name,
                       AnyioThreadFunc func,
                       gpointer user_data,
                       AnyioCapacityLimiter *limiter,
                       GError **error)
{
  AnyioRecord *host = anyio_wait_begin ("anyio_to_thread", error);
  g_autoptr (AnyioCapacityLimiter) kept = NULL; /* others may drop theirs meanwhile */
  PlainCall self;
  gboolean success;

  g_return_val_if_fail (func != NULL, FALSE);

  if (host == NULL)
    return FALSE;
  anyio_thread_call_init (&self.call, host, name);
  self.call.job.runnable.run = run_plain_call;
  self.call.job.end = end_plain_call;
  self.limiter = kept = g_object_ref (limiter != NULL ? limiter : anyio_current_default_thread_limiter ());
  self.func = func;
  self.user_data = user_data;
  self.error = NULL;
  if (!begin (&self.call, self.limiter, error))
    return FALSE;

  anyio_wait_suspend (&self.call.wait, host);
  success = report_outcome (&self.call, host, self.success, self.error, error);
  anyio_thread_call_clear (&self.call);

  return success;
}

/* --- calls that may be abandoned ------------------------------------------------------------------------------------------------------- */

typedef enum
{
  CALL_QUEUED,
  CALL_RUNNING,
  CALL_ENDED,
  CALL_ABANDONED
} CallState;

typedef struct
{
  AnyioThreadCall call; /* first */
  AnyioCapacityLimiter *limiter; /* owned; NULL once the token is back; the owner thread's */
  AnyioThreadPool *pool; /* borrowed while not orphaned; the owner thread's */
  AnyioThreadValueFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
  GDestroyNotify result_destroy;
  gpointer result;      /* owned by whoever got the state to ENDED or ABANDONED */
  GError *error;        /* owned; NULL */
  int state;            /* atomic; CallState */
  int ref_count;        /* atomic; the owner thread's and the worker's */
} AbandonableCall;

static gboolean
change_state (AbandonableCall *self,
              CallState from,
              CallState to)
{
  return g_atomic_int_compare_and_exchange (&self->state, from, to);
}

static void
free_parts (gpointer data)
{
  AbandonableCall *self = data;

  if (self->result != NULL && self->result_destroy != NULL)
    self->result_destroy (self->result);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
}

static void
abandonable_call_unref (AbandonableCall *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;

  anyio_call_home (free_parts, self);
  g_clear_error (&self->error);
  anyio_thread_call_clear (&self->call);
  anyio_runtime_unref (self->call.runtime);
  g_free (self);
}

static void
give_token_back (AbandonableCall *self)
{
  anyio_capacity_limiter_release_on_behalf_of (self->limiter, &self->call);
  g_clear_object (&self->limiter);
}

static void
abandonable_call_ended (AnyioRunnable *runnable)
{
  AbandonableCall *self = (AbandonableCall *) runnable;

  anyio_thread_call_set_outstanding (&self->call, FALSE);
  give_token_back (self);
  anyio_wait_complete (&self->call.wait);
  abandonable_call_unref (self); /* the worker's */
}

static void
abandoned_call_ended (AnyioRunnable *runnable)
{
  AbandonableCall *self = (AbandonableCall *) runnable;

  anyio_list_remove (&self->call.job.link);
  give_token_back (self);
  abandonable_call_unref (self); /* the worker's */
  abandonable_call_unref (self); /* that of the list */
}

static void
run_abandonable_call (AnyioRunnable *runnable)
{
  AbandonableCall *self = (AbandonableCall *) runnable;
  gboolean has_ended = FALSE;

  if (change_state (self, CALL_QUEUED, CALL_RUNNING))
    {
      anyio_thread_call_set_current (&self->call);
      self->result = self->func (self->user_data, &self->error);
      anyio_thread_call_set_current (NULL);
      has_ended = change_state (self, CALL_RUNNING, CALL_ENDED);
    }

  runnable->run = has_ended ? abandonable_call_ended : abandoned_call_ended;
}

static void
end_abandonable_call (AnyioThreadJob *job)
{
  AbandonableCall *self = (AbandonableCall *) job;

  if (!anyio_loop_post (&self->call.runtime->loop, &job->runnable))
    abandonable_call_unref (self);
}

/* The runtime closes while the function still runs, or before it was called. */
static void
abandoned_call_orphaned (AnyioThreadJob *job)
{
  AbandonableCall *self = (AbandonableCall *) job;

  give_token_back (self);
  abandonable_call_unref (self);
}

static AnyioAbort
abandon (AnyioWait *wait)
{
  AbandonableCall *self = (AbandonableCall *) ANYIO_CONTAINER (wait, AnyioThreadCall, wait);

  if (!change_state (self, CALL_QUEUED, CALL_ABANDONED) && !change_state (self, CALL_RUNNING, CALL_ABANDONED))
    return ANYIO_ABORT_REFUSED; /* its message is on the way */

  self->call.host = NULL;
  anyio_thread_call_set_outstanding (&self->call, FALSE);
  g_atomic_int_inc (&self->ref_count); /* the list's */
  anyio_list_append (&self->pool->abandoned, &self->call.job.link);
  if (self->call.task != NULL)
    anyio_foreign_task_cancel (self->call.task);

  return ANYIO_ABORT_DONE;
}

/**
 * anyio_to_thread_abandon_on_cancel_named: (skip)
 * @name: a literal, for messages
 * @func: the function
 * @user_data: (transfer full): its argument; not a variable of the caller, which may have gone on
 * @destroy: (nullable): frees @user_data when the function has returned
 * @result_destroy: (nullable): frees a result that nobody waits for any more
 * @limiter: (nullable): whose token the call needs; %NULL for that of anyio_current_default_thread_limiter()
 * @error: return location for an error
 *
 * Calls @func in a worker thread and waits for it, until it has returned or the task is cancelled. In the latter case the call fails at once; the function goes on,
 * because no thread can be stopped, holds its token until it returns, and its result is dropped. A run does not wait for such a function at its end, nor does the
 * program.
 *
 * @destroy and @result_destroy are called in the thread of the main context, or in the worker if the run has ended by then.
 *
 * In C use the macro `anyio_to_thread_abandon_on_cancel (func, user_data, destroy, result_destroy, limiter, error)`. AnyIO: to_thread.run_sync(abandon_on_cancel=True).
 *
 * Errors: those of @func; %G_IO_ERROR_CANCELLED; the system's if it has no thread left; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: (transfer full) (nullable): the function's result; %NULL if @error is set
 *
 * Since: 0.1
 */
gpointer
anyio_to_thread_abandon_on_cancel_named (const char *name,
                                         AnyioThreadValueFunc func,
                                         gpointer user_data,
                                         GDestroyNotify destroy,
                                         GDestroyNotify result_destroy,
                                         AnyioCapacityLimiter *limiter,
                                         GError **error)
{
  AnyioRecord *host = anyio_wait_begin ("anyio_to_thread_abandon_on_cancel", error);
  AbandonableCall *self;
  gpointer result = NULL;

  g_return_val_if_fail (func != NULL, NULL);

  if (host == NULL)
    {
      if (destroy != NULL)
        destroy (user_data);
      return NULL;
    }

  self = g_new0 (AbandonableCall, 1);
  anyio_thread_call_init (&self->call, host, name);
  self->call.job.runnable.run = run_abandonable_call;
  self->call.job.end = end_abandonable_call;
  self->call.job.orphaned = abandoned_call_orphaned;
  self->call.wait.abort = abandon;
  anyio_runtime_ref (self->call.runtime);
  self->limiter = g_object_ref (limiter != NULL ? limiter : anyio_current_default_thread_limiter ());
  self->pool = anyio_thread_pool_get ();
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
  self->result_destroy = result_destroy;
  g_atomic_int_set (&self->ref_count, 2);
  if (!begin (&self->call, self->limiter, error))
    {
      g_clear_object (&self->limiter);
      g_atomic_int_set (&self->ref_count, 1);
    }
  else if (!anyio_wait_suspend (&self->call.wait, host))
    {
      anyio_scope_fail_cancelled (host, error);
    }
  else
    {
      GError *failure = g_steal_pointer (&self->error);

      if (report_outcome (&self->call, host, failure == NULL, failure, error))
        result = g_steal_pointer (&self->result);
    }
  abandonable_call_unref (self);

  return result;
}
