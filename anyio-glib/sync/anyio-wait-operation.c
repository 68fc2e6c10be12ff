/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiters without a stack. */

#include "sync/anyio-wait-operation-private.h"

#include "core/anyio-operation-private.h"

/* It waits no longer: the task that awaits it has it back. */
static void
give_back (AnyioWaitOperation *self)
{
  if (self->awaiting != NULL)
    anyio_operation_give (g_steal_pointer (&self->awaiting), g_task_get_cancellable (self->task));
}

static void
operation_free (gpointer data)
{
  AnyioWaitOperation *self = data;

  g_clear_error (&self->waiter.error);
  g_free (self);
}

static gboolean
complete_cb (gpointer user_data)
{
  AnyioWaitOperation *self = g_task_get_task_data (user_data);

  if (self->waiter.error != NULL)
    anyio_wait_operation_fail (self, g_steal_pointer (&self->waiter.error));
  else
    anyio_wait_operation_succeed (self);

  return G_SOURCE_REMOVE;
}

/* It was served, or has an error. */
static void
complete (AnyioParty *party)
{
  AnyioWaitOperation *self = ANYIO_CONTAINER (party, AnyioWaitOperation, party);
  g_autoptr (GSource) source = g_idle_source_new ();

  anyio_wait_operation_shield (&self->waiter);
  give_back (self);
  g_task_attach_source (self->task, source, complete_cb);
}

AnyioWaitOperation *
anyio_wait_operation_new (AnyioWaitQueue *queue,
                          gpointer tag,
                          const char *function,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (queue->object, cancellable, callback, user_data);
  AnyioWaitOperation *self = g_new0 (AnyioWaitOperation, 1);
  GError *error = NULL;

  self->task = task;
  self->party.accept = complete;
  self->waiter.queue = queue;
  g_task_set_source_tag (task, tag);
  g_task_set_name (task, function);
  g_task_set_task_data (task, self, operation_free);
  g_task_set_check_cancellable (task, FALSE); /* what was served must not be lost when the cancellable fires late */
  if (!anyio_wait_queue_check (queue, function, &error) || g_cancellable_set_error_if_cancelled (cancellable, &error))
    {
      anyio_wait_operation_fail (self, error);
      return NULL;
    }

  return self;
}

void
anyio_wait_operation_succeed (AnyioWaitOperation *self)
{
  GTask *task = g_steal_pointer (&self->task);

  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

void
anyio_wait_operation_fail (AnyioWaitOperation *self,
                           GError *error)
{
  GTask *task;

  give_back (self);
  task = g_steal_pointer (&self->task);
  g_task_return_error (task, error);
  g_object_unref (task);
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer user_data)
{
  GTask *task = user_data;
  AnyioWaitOperation *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_cancellable_set_error_if_cancelled (cancellable, &error))
    return G_SOURCE_CONTINUE;

  g_clear_pointer (&self->cancellation, g_source_unref);
  anyio_wait_queue_remove (&self->waiter);
  if (self->waiter.withdrawn != NULL && self->waiter.withdrawn (&self->waiter))
    self->waiter.error = error;
  else
    anyio_wait_operation_fail (self, error);

  return G_SOURCE_REMOVE;
}

void
anyio_wait_operation_queue (AnyioWaitOperation *self)
{
  AnyioRuntime *runtime = anyio_runtime_find ();

  self->party.cancellable = g_task_get_cancellable (self->task);
  anyio_wait_queue_append (self->waiter.queue, &self->waiter, &self->party);
  if (self->party.cancellable == NULL)
    return;
  if (runtime != NULL && anyio_operation_take (runtime, self->party.cancellable))
    self->awaiting = runtime; /* a replaced clock goes on while it waits */
  self->cancellation = g_cancellable_source_new (self->party.cancellable);
  g_task_attach_source (self->task, self->cancellation, G_SOURCE_FUNC (cancelled_cb));
}

void
anyio_wait_operation_shield (AnyioWaiter *waiter)
{
  AnyioWaitOperation *self = ANYIO_CONTAINER (waiter, AnyioWaitOperation, waiter);

  self->party.cancellable = NULL;
  if (self->cancellation == NULL)
    return;
  g_source_destroy (self->cancellation);
  g_clear_pointer (&self->cancellation, g_source_unref);
}

gboolean
anyio_wait_operation_finish (gpointer object,
                             GAsyncResult *result,
                             gpointer tag,
                             gpointer *data,
                             GError **error)
{
  AnyioWaitOperation *self;

  g_return_val_if_fail (g_task_is_valid (result, object), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, tag), FALSE);

  self = g_task_get_task_data (G_TASK (result));
  if (data != NULL)
    *data = self->waiter.data;

  return g_task_propagate_boolean (G_TASK (result), error);
}
