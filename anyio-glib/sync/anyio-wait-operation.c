/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiters without a stack. */

#include "sync/anyio-wait-operation-private.h"

/* It was served, or has an error. */
static void
finish (AnyioTwin *twin,
        gboolean cancelled)
{
  AnyioWaitOperation *self = ANYIO_CONTAINER (twin, AnyioWaitOperation, twin);

  if (self->waiter.error != NULL)
    g_task_return_error (twin->task, g_steal_pointer (&self->waiter.error));
  else
    anyio_twin_return (twin, cancelled || self->waiter.was_cancelled);
}

static gboolean
withdraw (AnyioTwin *twin)
{
  AnyioWaitOperation *self = ANYIO_CONTAINER (twin, AnyioWaitOperation, twin);

  anyio_wait_queue_remove (&self->waiter);
  if (self->waiter.withdrawn == NULL || !self->waiter.withdrawn (&self->waiter))
    return FALSE;
  self->waiter.was_cancelled = TRUE;

  return TRUE;
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
  AnyioWaitOperation *self;
  GError *error = NULL;

  g_task_set_source_tag (task, tag);
  g_task_set_name (task, function);
  if (!anyio_wait_queue_check (queue, function, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return NULL;
    }

  self = anyio_twin_new (sizeof *self, task, finish);
  if (self == NULL)
    return NULL;
  self->twin.withdraw = withdraw;
  self->waiter.queue = queue;

  return self;
}

void
anyio_wait_operation_queue (AnyioWaitOperation *self)
{
  anyio_wait_queue_append (self->waiter.queue, &self->waiter, &self->twin.party);
  anyio_twin_wait (&self->twin, &self->waiter.offer);
}
