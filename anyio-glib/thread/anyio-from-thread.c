/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls from a worker thread into the thread of its host (SEMANTICS 8.2).
 *
 * A task that the worker has run lives in a hidden group, which the host enters while it is suspended in the call: so it stands in the tree where the host stands, the
 * cancellation and the deadlines of the host's scope reach it, and the host cannot go on before it has ended. A call that may be abandoned has no such host: it lets go
 * of the worker, and of what the worker waits for. Its task lives below a keeper at the root, and is cancelled when the call is abandoned.
 */

#include "thread/anyio-from-thread.h"

#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"
#include "thread/anyio-foreign-call-private.h"

/* The task has ended, and so has the group. */
static void
close_group (AnyioRunnable *runnable)
{
  AnyioForeignTask *self = ANYIO_CONTAINER (runnable, AnyioForeignTask, closing);

  if (G_UNLIKELY (self->group.errors != NULL)) /* it could not begin */
    self->call.error = g_error_copy (self->group.errors->pdata[0]);
  self->call.caller->task = NULL;
  anyio_scope_unlink (&self->group.scope);
  anyio_group_clear (&self->group);
  if (self->keeper != NULL)
    anyio_record_finish_at_home (self->keeper, NULL);
  anyio_foreign_call_end (&self->call);
}

/* The task is done, but its group is not told yet: that comes before the next runnable. */
static void
task_done (gpointer data)
{
  AnyioForeignTask *self = data;

  anyio_loop_push (&self->call.runtime->loop, &self->closing);
}

static void
begin_task (AnyioRunnable *message)
{
  AnyioForeignTask *self = (AnyioForeignTask *) message;
  AnyioRuntime *runtime = self->call.runtime;
  AnyioThreadCall *caller = self->call.caller;
  AnyioRecord *host = caller->host;
  AnyioPlace place;

  if (!anyio_foreign_call_check_open (&self->call))
    {
      anyio_signal_set (&self->call.done);
      return;
    }

  anyio_foreign_call_begin (&self->call);
  anyio_runtime_enter_place (runtime, &place);
  runtime->visitor = host; /* from whom the task inherits */
  if (caller->job.orphaned != NULL)
    host = self->keeper = anyio_record_new (&runtime->root, ANYIO_RECORD_KEEPER, caller->name, NULL, NULL);

  anyio_group_init (&self->group);
  anyio_group_enter (&self->group, host);
  caller->task = self;
  self->closing.run = close_group;
  anyio_group_spawn (&self->group, self->call.name, anyio_foreign_call_run, self, task_done);
  self->group.body_runs = FALSE;
  if (caller->host == NULL)
    anyio_foreign_task_cancel (self);
  anyio_runtime_leave_place (runtime, &place);
}

/**
 * anyio_from_thread_call_named: (skip)
 * @name: a literal, for messages
 * @func: a function that does not suspend
 * @user_data: its argument
 * @error: return location for an error
 *
 * Calls @func, from a function that anyio_to_thread() runs in a worker thread, in the thread of the task that waits for it, on that thread's own stack, and waits until
 * it has returned. There it may use what belongs to that thread: widgets, say. It counts as a part of the waiting task. In C use the macro `anyio_from_thread_call
 * (func, user_data, error)`. AnyIO: from_thread.run_sync().
 *
 * Errors: those of @func; %G_IO_ERROR_CLOSED if the run has ended (the call was abandoned); %ANYIO_ERROR_NO_TASK in a thread that is no worker; %ANYIO_ERROR_MISUSE in a task.
 *
 * Returns: what @func returned; %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
anyio_from_thread_call_named (const char *name,
                              AnyioTaskFunc func,
                              gpointer user_data,
                              GError **error)
{
  AnyioThreadCall *caller = anyio_thread_call_check_current ("anyio_from_thread_call", error);
  AnyioForeignCall self;

  g_return_val_if_fail (func != NULL, FALSE);

  if (caller == NULL)
    return FALSE;
  self.message.run = anyio_foreign_call_at_home;
  self.runtime = caller->runtime;
  self.name = name;
  self.func = func;
  self.user_data = user_data;

  return anyio_foreign_call_wait (&self, error);
}

/**
 * anyio_from_thread_run_named: (skip)
 * @name: the name of the task; a literal
 * @func: a function for tasks
 * @user_data: its argument
 * @error: return location for an error
 *
 * Runs @func, from a function that anyio_to_thread() runs in a worker thread, as a task in the thread of the task that waits for it, and waits until it has ended. It
 * runs in the scope of the waiting task: when that is cancelled, so is @func, although the wait itself goes on. A call that may be abandoned has a scope of its own,
 * which is cancelled when it is abandoned. In C use the macro `anyio_from_thread_run (func, user_data, error)`. AnyIO: from_thread.run().
 *
 * Errors: those of @func; %G_IO_ERROR_CLOSED if the run has ended (the call was abandoned); %ANYIO_ERROR_NO_TASK in a thread that is no worker; %ANYIO_ERROR_MISUSE in a task.
 *
 * Returns: what @func returned; %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
anyio_from_thread_run_named (const char *name,
                             AnyioTaskFunc func,
                             gpointer user_data,
                             GError **error)
{
  AnyioThreadCall *caller = anyio_thread_call_check_current ("anyio_from_thread_run", error);
  AnyioForeignTask self;

  g_return_val_if_fail (func != NULL, FALSE);

  if (caller == NULL)
    return FALSE;
  self.call.message.run = begin_task;
  self.call.runtime = caller->runtime;
  self.call.name = name;
  self.call.func = func;
  self.call.user_data = user_data;
  self.keeper = NULL;

  return anyio_foreign_call_wait (&self.call, error);
}
