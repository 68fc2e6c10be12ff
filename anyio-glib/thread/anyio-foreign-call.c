/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls into the thread of a main context: the message there, and the wait for the answer. */

#include "thread/anyio-foreign-call-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"

void
anyio_signal_init (AnyioSignal *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->is_set = FALSE;
}

void
anyio_signal_clear (AnyioSignal *self)
{
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
}

void
anyio_signal_set (AnyioSignal *self)
{
  g_mutex_lock (&self->lock);
  self->is_set = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
anyio_signal_wait (AnyioSignal *self)
{
  g_mutex_lock (&self->lock);
  while (!self->is_set)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
fail_closed (AnyioForeignCall *self)
{
  self->error = g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, "\"%s\" could not be called: the tasks of that main context have ended", self->name);
}

gboolean
anyio_foreign_call_check_open (AnyioForeignCall *self)
{
  if (G_LIKELY (self->runtime->root.scope.state == ANYIO_SCOPE_LIVE))
    return TRUE;
  fail_closed (self);

  return FALSE;
}

gboolean
anyio_foreign_call_wait (AnyioForeignCall *self,
                         GError **error)
{
  AnyioThreadCall *current = anyio_thread_call_get_current ();

  self->caller = current != NULL && current->runtime == self->runtime ? current : NULL;
  self->error = NULL;
  self->success = FALSE;
  anyio_signal_init (&self->done);
  if (anyio_loop_post (&self->runtime->loop, &self->message))
    anyio_signal_wait (&self->done);
  else
    fail_closed (self);
  anyio_signal_clear (&self->done);

  if (self->error == NULL && !self->success)
    self->error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "\"%s\" returned FALSE without setting an error", self->name);
  if (self->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));

  return FALSE;
}

void
anyio_foreign_call_begin (AnyioForeignCall *self)
{
  if (self->caller != NULL)
    anyio_thread_call_set_outstanding (self->caller, FALSE);
}

void
anyio_foreign_call_end (AnyioForeignCall *self)
{
  if (self->caller != NULL && self->caller->host != NULL)
    anyio_thread_call_set_outstanding (self->caller, TRUE);
  anyio_signal_set (&self->done);
}

void
anyio_foreign_call_at_home (AnyioRunnable *message)
{
  AnyioForeignCall *self = ANYIO_CONTAINER (message, AnyioForeignCall, message);
  AnyioPlace place;

  if (anyio_foreign_call_check_open (self))
    {
      anyio_runtime_enter_place (self->runtime, &place);
      self->runtime->visitor = self->caller != NULL ? self->caller->host : NULL;
      self->success = self->func (self->user_data, &self->error);
      anyio_runtime_leave_place (self->runtime, &place);
    }
  anyio_signal_set (&self->done);
}

gboolean
anyio_foreign_call_run (gpointer data,
                        GError **error)
{
  AnyioForeignCall *self = data;

  self->success = self->func (self->user_data, &self->error);

  return TRUE;
}

void
anyio_foreign_task_cancel (AnyioForeignTask *self)
{
  anyio_scope_cancel (&self->group.scope, ANYIO_CANCEL_EXPLICIT, "the call in a thread that waits for it was abandoned", NULL);
}
