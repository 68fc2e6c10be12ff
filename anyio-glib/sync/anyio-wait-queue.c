/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Queues of waiters: coming, being served, and being cancelled meanwhile. */

#include "sync/anyio-wait-queue-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-twin-private.h"

void
anyio_wait_queue_init (AnyioWaitQueue *self,
                       gpointer object)
{
  anyio_list_init (&self->waiters);
  self->object = object;
}

gboolean
anyio_wait_queue_check_bound (AnyioWaitQueue *self,
                              const char *function,
                              GError **error)
{
  if (self->thread == NULL)
    self->thread = &anyio_thread_runtime;
  if (self->thread == (gpointer) &anyio_thread_runtime)
    return TRUE;

  return anyio_misuse (error, "%s() was called in another thread than that which uses this %s; do it there, through g_main_context_invoke() for example",
                       function, G_OBJECT_TYPE_NAME (self->object));
}

AnyioRecord *
anyio_wait_queue_get_task (void)
{
  AnyioRecord *record = anyio_runtime_current_or_visitor ();

  /* Deeper down we are in a callback of a main loop that the task runs inside itself. */
  if (record == NULL || record->kind != ANYIO_RECORD_FIBER || g_main_depth () != anyio_thread_runtime->main_depth)
    return NULL;

  return record;
}

gboolean
anyio_wait_queue_would_block (AnyioWaitQueue *self,
                              GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "It would be necessary to wait for the %s", G_OBJECT_TYPE_NAME (self->object));

  return FALSE;
}

void
anyio_wait_queue_append (AnyioWaitQueue *self,
                         AnyioWaiter *waiter,
                         AnyioParty *party)
{
  waiter->queue = self;
  waiter->offer.party = party;
  anyio_list_append (&self->waiters, &waiter->offer.link);
  self->n_waiters++;
}

void
anyio_wait_queue_remove (AnyioWaiter *waiter)
{
  anyio_list_remove (&waiter->offer.link);
  waiter->queue->n_waiters--;
}

static AnyioAbort
abort_wait (AnyioWait *wait)
{
  AnyioWaiter *self = ANYIO_CONTAINER (ANYIO_CONTAINER (wait, AnyioParty, wait)->offer, AnyioWaiter, offer);

  anyio_wait_queue_remove (self);
  if (self->withdrawn == NULL || !self->withdrawn (self))
    return ANYIO_ABORT_DONE;
  self->was_cancelled = TRUE;

  return ANYIO_ABORT_REFUSED;
}

gboolean
anyio_wait_queue_wait (AnyioWaitQueue *self,
                       AnyioWaiter *waiter,
                       AnyioRecord *record,
                       GError **error)
{
  g_autoptr (GObject) kept G_GNUC_UNUSED = g_object_ref (self->object);
  AnyioParty party = { .wait = { .record = record, .abort = abort_wait }, .offer = &waiter->offer };
  gboolean was_aborted;

  anyio_wait_queue_append (self, waiter, &party);
  was_aborted = !anyio_wait_suspend (&party.wait, record);
  if (G_UNLIKELY (waiter->error != NULL))
    {
      g_propagate_error (error, waiter->error);
      return FALSE;
    }
  if (G_UNLIKELY (was_aborted || waiter->was_cancelled))
    return anyio_scope_fail_cancelled (record, error);

  return TRUE;
}

void
anyio_wait_queue_take_over (AnyioWaitQueue *self,
                            AnyioWaiter *waiter)
{
  AnyioParty *party = waiter->offer.party;

  party->wait.abort = NULL;
  if (party->wait.record == NULL)
    anyio_twin_shield (ANYIO_CONTAINER (party, AnyioTwin, party));
  anyio_wait_queue_append (self, waiter, party);
}

AnyioWaiter *
anyio_wait_queue_get_first (AnyioWaitQueue *self)
{
  AnyioOffer *offer = anyio_offer_first (&self->waiters, NULL);

  return offer != NULL ? ANYIO_CONTAINER (offer, AnyioWaiter, offer) : NULL;
}

guint
anyio_wait_queue_count (AnyioWaitQueue *self)
{
  guint n = 0;

  ANYIO_LIST_FOREACH (&self->waiters, link)
    n += anyio_offer_is_live (ANYIO_CONTAINER (link, AnyioOffer, link));

  return n;
}

void
anyio_waiter_serve (AnyioWaiter *self)
{
  anyio_wait_queue_remove (self);
  anyio_offer_commit (&self->offer);
}

void
anyio_waiter_fail (AnyioWaiter *self,
                   GError *error)
{
  g_clear_error (&self->error); /* the cancellation after which it waited on */
  self->error = error;
  anyio_waiter_serve (self);
}

void
anyio_wait_queue_serve_all (AnyioWaitQueue *self)
{
  AnyioWaiter *waiter;

  while ((waiter = anyio_wait_queue_get_first (self)) != NULL)
    anyio_waiter_serve (waiter);
}

void
anyio_wait_queue_fail_all (AnyioWaitQueue *self,
                           const GError *error)
{
  AnyioWaiter *waiter;

  while ((waiter = anyio_wait_queue_get_first (self)) != NULL)
    anyio_waiter_fail (waiter, g_error_copy (error));
}

AnyioWaiter *
anyio_wait_queue_append_case (AnyioWaitQueue *self,
                              AnyioSelectCase *each,
                              AnyioParty *party)
{
  AnyioWaiter *waiter = ANYIO_SELECT_STATE (each, AnyioWaiter);

  *waiter = (AnyioWaiter){ .data = NULL };
  anyio_wait_queue_append (self, waiter, party);

  return waiter;
}

void
anyio_wait_queue_withdraw_case (AnyioSelectCase *each)
{
  AnyioWaiter *waiter = ANYIO_SELECT_STATE (each, AnyioWaiter);

  anyio_wait_queue_remove (waiter);
  if (waiter->withdrawn != NULL)
    waiter->withdrawn (waiter);
}

void
anyio_wait_queue_finish_case (AnyioSelectCase *each,
                              GError **error)
{
  AnyioWaiter *waiter = ANYIO_SELECT_STATE (each, AnyioWaiter);

  if (waiter->error != NULL)
    g_propagate_error (error, waiter->error);
}
