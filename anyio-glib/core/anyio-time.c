/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Time for tasks: the clock, sleeping, and checkpoints. A sleep is a wait with a timer on the sleeper's stack. */

#include "core/anyio-time.h"

#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"

typedef struct
{
  AnyioWait wait;
  AnyioTimer timer;
} Sleep;

static void
wake_up (AnyioTimer *timer)
{
  anyio_wait_complete (&ANYIO_CONTAINER (timer, Sleep, timer)->wait);
}

static AnyioAbort
abort_sleep (AnyioWait *wait)
{
  Sleep *self = ANYIO_CONTAINER (wait, Sleep, wait);

  anyio_loop_disarm (&anyio_record_get_runtime (wait->record)->loop, &self->timer);

  return ANYIO_ABORT_DONE;
}

static gboolean
checkpoint (AnyioRecord *record,
            GError **error)
{
  anyio_wait_yield (record);

  return G_LIKELY (!record->scope->eff) || anyio_scope_fail_cancelled (record, error);
}

static gboolean
sleep_until_ns (AnyioRecord *record,
                gint64 due_ns,
                GError **error)
{
  AnyioLoop *loop = &anyio_record_get_runtime (record)->loop;
  Sleep self = { .wait.abort = abort_sleep };
  gboolean aborted;

  anyio_timer_init (&self.timer, anyio_loop_next_seq (loop), wake_up);
  if (G_LIKELY (!record->scope->eff))
    anyio_loop_arm (loop, &self.timer, due_ns);

  /* A sleep has no result to lose: one whose time has come is judged by the moment of waking, whether or not it was aborted in the same instant. */
  aborted = !anyio_wait_suspend (&self.wait, record);
  if (G_UNLIKELY (record->scope->eff || (aborted && anyio_loop_now (loop) < due_ns)))
    return anyio_scope_fail_cancelled (record, error);

  return TRUE;
}

/**
 * anyio_current_time:
 *
 * Reads the clock on which all deadlines are measured: monotonic and of an arbitrary origin, or the replacement that the run was given.
 * AnyIO: current_time().
 *
 * Returns: seconds
 *
 * Since: 0.1
 */
double
anyio_current_time (void)
{
  AnyioRuntime *runtime = anyio_runtime_find ();

  return anyio_ns_to_seconds (runtime != NULL ? anyio_loop_now (&runtime->loop) : anyio_clock_monotonic_ns ());
}

/**
 * anyio_sleep: (skip)
 * @seconds: for how long; 0 and less are a checkpoint, infinity sleeps until cancelled
 * @error: return location for an error
 *
 * Suspends the task for @seconds. It never wakes early. Cancel point: a cancellation ends the sleep at once.
 * AnyIO: sleep().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when the time has passed, %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
anyio_sleep (double seconds,
             GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  gint64 due_ns;

  if (record == NULL)
    return FALSE;
  if (G_UNLIKELY (isnan (seconds)))
    {
      g_critical ("Task \"%s\" sleeps for NaN seconds, which counts as infinity", record->name);
      seconds = INFINITY;
    }
  if (seconds <= 0)
    return checkpoint (record, error);

  due_ns = anyio_seconds_to_ns (seconds);
  if (due_ns != ANYIO_TIME_NEVER)
    due_ns = anyio_ns_add (anyio_loop_now (&anyio_record_get_runtime (record)->loop), due_ns);

  return sleep_until_ns (record, due_ns, error);
}

/**
 * anyio_sleep_until: (skip)
 * @deadline: when to wake up, in seconds on the clock of anyio_current_time(); the past is a checkpoint
 * @error: return location for an error
 *
 * Suspends the task until @deadline. Cancel point. AnyIO: sleep_until().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when the time has come, %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
anyio_sleep_until (double deadline,
                   GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  gint64 due_ns;

  if (record == NULL)
    return FALSE;
  if (G_UNLIKELY (isnan (deadline)))
    {
      g_critical ("Task \"%s\" sleeps until NaN, which counts as infinity", record->name);
      deadline = INFINITY;
    }

  due_ns = anyio_seconds_to_ns (deadline);
  if (due_ns <= anyio_loop_now (&anyio_record_get_runtime (record)->loop))
    return checkpoint (record, error);

  return sleep_until_ns (record, due_ns, error);
}

/**
 * anyio_sleep_forever: (skip)
 * @error: return location for an error
 *
 * Suspends the task until it is cancelled. AnyIO: sleep_forever().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %FALSE, always
 *
 * Since: 0.1
 */
gboolean
anyio_sleep_forever (GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);

  return record != NULL && sleep_until_ns (record, ANYIO_TIME_NEVER, error);
}

/**
 * anyio_checkpoint: (skip)
 * @error: return location for an error
 *
 * Lets the other tasks that are ready run, then reports a cancellation. AnyIO: lowlevel.checkpoint().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE if the task is not cancelled, %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
anyio_checkpoint (GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);

  return record != NULL && checkpoint (record, error);
}

/**
 * anyio_checkpoint_if_cancelled: (skip)
 * @error: return location for an error
 *
 * Reports a cancellation, and yields only then. For long computations in a task that must not slow down.
 * AnyIO: lowlevel.checkpoint_if_cancelled().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE if the task is not cancelled, %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
anyio_checkpoint_if_cancelled (GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);

  return record != NULL && (G_LIKELY (!record->scope->eff) || anyio_wait_pass (record, error));
}

/**
 * anyio_shielded_checkpoint: (skip)
 *
 * Lets the other tasks that are ready run. Never reports a cancellation, and is therefore the one function that
 * suspends without an error location. AnyIO: lowlevel.cancel_shielded_checkpoint().
 *
 * Since: 0.1
 */
void
anyio_shielded_checkpoint (void)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, NULL);

  if (record != NULL)
    anyio_wait_yield (record);
}

/**
 * anyio_current_effective_deadline:
 *
 * Tells until when the current task may go on: the earliest deadline of its scopes, from the innermost outwards up to and including the
 * first shielded one. For handing on to what has timeouts of its own. AnyIO: current_effective_deadline().
 *
 * Returns: seconds on the clock of anyio_current_time(); infinity if there is no deadline or no task, minus infinity if the task is cancelled
 *
 * Since: 0.1
 */
double
anyio_current_effective_deadline (void)
{
  AnyioRecord *record = anyio_runtime_current_or_visitor ();

  return record != NULL ? anyio_scope_effective_deadline (record->scope) : INFINITY;
}
