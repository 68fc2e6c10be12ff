/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a function in a worker thread knows of the task that waits for it: whether that one is cancelled.
 *
 * The scopes belong to the thread of the context. A wait is told when eff of its scope rises or falls, and copies it into the call, where the worker reads it without a
 * lock. A GCancellable is made only for a function that asks. It is made in the worker: the worker stores it and then looks at the copy of eff, the owner sets the copy
 * and then looks for the GCancellable, all sequentially consistent, so one of them sees the other and cancels. Handlers run on the home stack, in the scheduler's next
 * step.
 */

#include "thread/anyio-thread-call-private.h"

#include "core/anyio-error-private.h"
#include "thread/anyio-to-thread.h"

static __thread AnyioThreadCall *current_call;

AnyioThreadCall *
anyio_thread_call_get_current (void)
{
  return current_call;
}

void
anyio_thread_call_set_current (AnyioThreadCall *call)
{
  current_call = call;
}

AnyioThreadCall *
anyio_thread_call_check_current (const char *function,
                                 GError **error)
{
  AnyioRecord *record = anyio_runtime_current_or_visitor ();

  if (G_LIKELY (current_call != NULL && record == NULL))
    return current_call;

  if (record != NULL)
    {
      anyio_misuse (error, "%s() was called in task \"%s\", not in a worker thread; it is for functions that anyio_to_thread() calls there", function, record->name);
    }
  else
    {
      g_critical ("%s() is for functions that anyio_to_thread() calls in a worker thread; other threads use a portal", function);
      g_set_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK, "%s() was called in a thread that no task waits for", function);
    }

  return NULL;
}

static void
host_changed (AnyioWait *wait,
              gboolean eff)
{
  AnyioThreadCall *self = ANYIO_CONTAINER (wait, AnyioThreadCall, wait);
  GCancellable *cancellable;

  __atomic_store_n (&self->is_cancelled, eff, __ATOMIC_SEQ_CST);
  if (!eff)
    return;

  self->was_cancelled = TRUE;
  cancellable = __atomic_load_n (&self->cancellable, __ATOMIC_SEQ_CST);
  if (cancellable != NULL)
    anyio_runtime_doom_cancellable (self->runtime, g_object_ref (cancellable));
}

void
anyio_thread_call_init (AnyioThreadCall *self,
                        AnyioRecord *host,
                        const char *name)
{
  memset (self, 0, sizeof *self);
  anyio_list_init (&self->job.link);
  self->wait.changed = host_changed;
  self->runtime = anyio_record_get_runtime (host);
  self->name = name;
  self->host = host;
}

void
anyio_thread_call_clear (AnyioThreadCall *self)
{
  g_clear_object (&self->cancellable);
}

void
anyio_thread_call_set_outstanding (AnyioThreadCall *self,
                                   gboolean is_outstanding)
{
  if (self->is_outstanding == is_outstanding)
    return;

  self->is_outstanding = is_outstanding;
  if (is_outstanding)
    anyio_loop_add_outstanding (&self->runtime->loop);
  else
    anyio_loop_remove_outstanding (&self->runtime->loop);
}

/**
 * anyio_thread_check_cancelled: (skip)
 * @error: return location for an error
 *
 * Asks, in a worker thread, whether the task that waits for the call is cancelled. A function that takes long calls this now and then, and returns when it
 * fails: the task then goes on at once, and the error is taken as the answer to the cancellation. Shields count as they do in the task. Never waits; costs
 * some nanoseconds. AnyIO: from_thread.check_cancelled().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK in a thread that is no worker; %ANYIO_ERROR_MISUSE in a task.
 *
 * Returns: %TRUE if it is not cancelled
 *
 * Since: 0.1
 */
gboolean
anyio_thread_check_cancelled (GError **error)
{
  AnyioThreadCall *self = anyio_thread_call_check_current (G_STRFUNC, error);

  if (self == NULL)
    return FALSE;
  if (G_LIKELY (!__atomic_load_n (&self->is_cancelled, __ATOMIC_RELAXED)))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Operation was cancelled");

  return FALSE;
}

/**
 * anyio_thread_get_cancellable: (skip)
 *
 * Gets, in a worker thread, a cancellable for blocking GIO calls. It is cancelled when the task that waits for the call is, and stays so.
 *
 * Returns: (transfer none) (nullable): the cancellable, valid until the function returns; %NULL in a thread that is no worker
 *
 * Since: 0.1
 */
GCancellable *
anyio_thread_get_cancellable (void)
{
  AnyioThreadCall *self = anyio_thread_call_check_current (G_STRFUNC, NULL);
  GCancellable *cancellable;

  if (self == NULL)
    return NULL;
  cancellable = self->cancellable; /* only this thread sets it */
  if (cancellable == NULL)
    {
      cancellable = g_cancellable_new ();
      __atomic_store_n (&self->cancellable, cancellable, __ATOMIC_SEQ_CST);
      if (__atomic_load_n (&self->is_cancelled, __ATOMIC_SEQ_CST))
        g_cancellable_cancel (cancellable);
    }

  return cancellable;
}
