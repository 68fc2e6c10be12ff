/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting without a fiber. */

#include "core/anyio-twin-private.h"

#include "core/anyio-operation-private.h"

/* The task has been returned. It may free us. */
static void
leave (AnyioTwin *self)
{
  AnyioRuntime *runtime = self->runtime;

  g_object_unref (self->task);
  anyio_runtime_end_use (runtime);
}

static void
end (AnyioTwin *self,
     gboolean cancelled)
{
  g_clear_pointer (&self->link, anyio_cancellable_link_free);
  if (self->is_awaited)
    anyio_operation_give (self->runtime, g_task_get_cancellable (self->task));
  self->finish (self, cancelled);
  leave (self);
}

static void
end_committed (AnyioRunnable *runnable)
{
  end (ANYIO_CONTAINER (runnable, AnyioTwin, runnable), FALSE);
}

static void
accept_offer (AnyioParty *party)
{
  AnyioTwin *self = ANYIO_CONTAINER (party, AnyioTwin, party);

  anyio_loop_push (&self->runtime->loop, &self->runnable);
}

static void
cancel (gpointer user_data)
{
  AnyioTwin *self = user_data;

  if (self->party.committed != NULL)
    return;
  if (self->withdraw == NULL)
    anyio_list_remove (&self->offer->link);
  else if (self->withdraw (self))
    return;
  end (self, TRUE);
}

gpointer
anyio_twin_new (gsize size,
                GTask *task,
                void (*finish) (AnyioTwin *self, gboolean cancelled))
{
  AnyioRuntime *runtime = NULL;
  GError *error = NULL;
  AnyioTwin *self;

  if (!g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    runtime = anyio_runtime_use (g_task_get_context (task), NULL, NULL, &error);
  if (runtime == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return NULL;
    }

  self = g_malloc0 (size);
  self->party.accept = accept_offer;
  self->task = task;
  self->runtime = runtime;
  self->runnable.run = end_committed;
  self->finish = finish;
  g_task_set_task_data (task, self, g_free);
  g_task_set_check_cancellable (task, FALSE); /* what was committed must not be lost when the cancellable fires late */

  return self;
}

void
anyio_twin_succeed (AnyioTwin *self)
{
  g_task_return_boolean (self->task, TRUE);
  leave (self);
}

void
anyio_twin_fail (AnyioTwin *self,
                 GError *error)
{
  g_task_return_error (self->task, error);
  leave (self);
}

void
anyio_twin_wait (AnyioTwin *self,
                 AnyioOffer *offer)
{
  GCancellable *cancellable = g_task_get_cancellable (self->task);

  self->offer = offer;
  if (cancellable == NULL)
    return;

  self->party.cancellable = cancellable;
  self->is_awaited = anyio_operation_take (self->runtime, cancellable); /* a replaced clock goes on while we wait */
  self->link = anyio_cancellable_link_new (self->runtime, cancellable, cancel, self);
}

void
anyio_twin_shield (AnyioTwin *self)
{
  self->party.cancellable = NULL;
  g_clear_pointer (&self->link, anyio_cancellable_link_free);
}

void
anyio_twin_return (AnyioTwin *self,
                   gboolean cancelled)
{
  if (cancelled)
    g_task_return_new_error (self->task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled");
  else
    g_task_return_boolean (self->task, TRUE);
}

typedef struct
{
  AnyioTwin twin;
  AnyioOffer offer;
} ListTwin;

void
anyio_twin_wait_in_list (GTask *task,
                         AnyioList *list)
{
  ListTwin *self = anyio_twin_new (sizeof *self, task, anyio_twin_return);

  if (self == NULL)
    return;
  if (list == NULL)
    {
      anyio_twin_succeed (&self->twin);
      return;
    }
  self->offer.party = &self->twin.party;
  anyio_list_append (list, &self->offer.link);
  anyio_twin_wait (&self->twin, &self->offer);
}

gboolean
anyio_twin_finish (gpointer object,
                   GAsyncResult *result,
                   gpointer tag,
                   GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, object), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, tag), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
