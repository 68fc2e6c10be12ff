/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ends of channels: the ways to wait, which are a task, an operation without a fiber, and a case of a select. Each makes an offer when the channel would block. */

#include "stream/anyio-channel-end-private.h"

#include "core/anyio-scope-private.h"
#include "core/anyio-twin-private.h"
#include "stream/anyio-channel-value-private.h"

/* --- life ------------------------------------------------------------------------------------------------------------------------------------- */

void
anyio_channel_end_init (AnyioChannelEnd *self)
{
  self->channel = anyio_channel_ref (&anyio_channel_nowhere);
  self->closed = TRUE;
}

void
anyio_channel_end_open (AnyioChannelEnd *self,
                        AnyioChannel *channel,
                        gboolean sends)
{
  anyio_channel_unref (self->channel);
  self->channel = anyio_channel_ref (channel);
  self->sends = sends;
  self->closed = FALSE;
  if (sends)
    channel->n_send_ends++;
  else
    channel->n_receive_ends++;
}

static void
close_now (AnyioChannelEnd *self)
{
  if (self->closed)
    return;
  self->closed = TRUE;
  if (self->sends)
    anyio_channel_close_sender (self->channel, self);
  else
    anyio_channel_close_receiver (self->channel, self);
}

void
anyio_channel_end_close (AnyioChannelEnd *self)
{
  if (!self->closed && anyio_channel_bind (self->channel, NULL, NULL))
    close_now (self);
}

typedef struct
{
  AnyioRunnable message;
  AnyioChannelEnd *end;
  GObject *object; /* owned; end is a part of it */
} CloseMessage;

static void
take_message (AnyioRunnable *runnable)
{
  CloseMessage *message = ANYIO_CONTAINER (runnable, CloseMessage, message);

  close_now (message->end);
  g_object_unref (message->object);
  g_free (message);
}

/* In another thread than that of the channel: the last reference goes on a journey. */
void
anyio_channel_end_dispose (AnyioChannelEnd *self,
                           GObject *object)
{
  AnyioRuntime *runtime;
  CloseMessage *message;

  if (self->closed)
    return;

  runtime = anyio_channel_ref_foreign_runtime (self->channel);
  if (runtime == NULL)
    {
      close_now (self);
      return;
    }
  message = g_new (CloseMessage, 1);
  *message = (CloseMessage){ .message.run = take_message, .end = self, .object = g_object_ref (object) };
  if (!anyio_loop_post (&runtime->loop, &message->message))
    take_message (&message->message); /* no task is left there */
  anyio_runtime_unref (runtime);
}

/* May @runtime use it? A closed end needs no runtime to say that it is closed. */
static gboolean
bind_open (AnyioChannelEnd *self,
           AnyioRuntime *runtime,
           GError **error)
{
  return self->closed || anyio_channel_bind (self->channel, runtime, error);
}

/* --- tasks -------------------------------------------------------------------------------------------------------------------------------------- */

static AnyioChannelStatus
send_now (AnyioChannelEnd *self,
          gpointer item,
          const AnyioParty *party)
{
  return G_LIKELY (!self->closed) ? anyio_channel_send_now (self->channel, item, party) : ANYIO_CHANNEL_CLOSED;
}

static AnyioChannelStatus
receive_now (AnyioChannelEnd *self,
             gpointer *item,
             const AnyioParty *party)
{
  return G_LIKELY (!self->closed) ? anyio_channel_receive_now (self->channel, item, party) : ANYIO_CHANNEL_CLOSED;
}

/* Whether the running task may use the end, and is not cancelled. */
static gboolean
begin (AnyioChannelEnd *self,
       const char *function,
       GError **error)
{
  AnyioRecord *record = anyio_wait_begin (function, error);

  return record != NULL && anyio_wait_pass (record, error) && bind_open (self, anyio_record_get_runtime (record), error);
}

/* What is left to be done when an attempt ended with @status: waits with @offer, whose item is set if there is one, in @list. */
static gboolean
wait_with (AnyioChannelEnd *self,
           AnyioChannelOffer *offer,
           AnyioList *list,
           AnyioChannelStatus status,
           const char *function,
           GError **error)
{
  AnyioParty party;
  AnyioRecord *record;

  if (status != ANYIO_CHANNEL_WOULD_BLOCK)
    return anyio_channel_report (status, self->channel, error);
  record = anyio_wait_begin (function, error);
  if (record == NULL)
    return FALSE;

  offer->end = self;
  if (!anyio_offer_wait (&offer->offer, &party, record, list))
    return anyio_scope_fail_cancelled (record, error);

  return G_LIKELY (offer->status == ANYIO_CHANNEL_OK) || anyio_channel_report (offer->status, NULL, error);
}

gboolean
anyio_channel_end_wait_to_send (AnyioChannelEnd *self,
                                gpointer item,
                                AnyioChannelStatus status,
                                const char *function,
                                GError **error)
{
  AnyioChannelOffer offer;

  offer.item = item;

  return wait_with (self, &offer, &self->channel->senders, status, function, error);
}

gboolean
anyio_channel_end_wait_to_receive (AnyioChannelEnd *self,
                                   gpointer *item,
                                   AnyioChannelStatus status,
                                   const char *function,
                                   GError **error)
{
  AnyioChannelOffer offer;

  if (!wait_with (self, &offer, &self->channel->receivers, status, function, error))
    return FALSE;

  *item = offer.item;

  return TRUE;
}

gboolean
anyio_channel_end_send (AnyioChannelEnd *self,
                        gpointer item,
                        const char *function,
                        GError **error)
{
  AnyioChannelStatus status;

  if (!begin (self, function, error))
    return FALSE;
  status = send_now (self, item, NULL);

  return status == ANYIO_CHANNEL_OK || anyio_channel_end_wait_to_send (self, item, status, function, error);
}

gboolean
anyio_channel_end_receive (AnyioChannelEnd *self,
                           gpointer *item,
                           const char *function,
                           GError **error)
{
  AnyioChannelStatus status;

  if (!begin (self, function, error))
    return FALSE;
  status = receive_now (self, item, NULL);

  return status == ANYIO_CHANNEL_OK || anyio_channel_end_wait_to_receive (self, item, status, function, error);
}

gboolean
anyio_channel_end_send_nowait (AnyioChannelEnd *self,
                               gpointer item,
                               GError **error)
{
  AnyioChannel *channel = self->channel;

  return bind_open (self, anyio_runtime_find (), error) && anyio_channel_report (send_now (self, item, NULL), channel, error);
}

gboolean
anyio_channel_end_receive_nowait (AnyioChannelEnd *self,
                                  gpointer *item,
                                  GError **error)
{
  AnyioChannel *channel = self->channel;

  return bind_open (self, anyio_runtime_find (), error) && anyio_channel_report (receive_now (self, item, NULL), channel, error);
}

/* --- operations without a fiber ------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  AnyioTwin twin;
  AnyioChannelOffer offer;
  AnyioChannel *channel; /* owned */
} Operation;

static void
return_status (Operation *self,
               gboolean cancelled)
{
  GError *error = NULL;

  if (cancelled || anyio_channel_report (self->offer.status, self->channel, &error))
    anyio_twin_return (&self->twin, cancelled);
  else
    g_task_return_error (self->twin.task, error);
}

static void
finish_send (AnyioTwin *twin,
             gboolean cancelled)
{
  Operation *self = ANYIO_CONTAINER (twin, Operation, twin);

  if (cancelled || self->offer.status != ANYIO_CHANNEL_OK)
    anyio_channel_destroy_item (self->channel, self->offer.item);
  return_status (self, cancelled);
  anyio_channel_unref (self->channel);
}

static void
finish_receive (AnyioTwin *twin,
                gboolean cancelled)
{
  Operation *self = ANYIO_CONTAINER (twin, Operation, twin);

  if (cancelled || self->offer.status != ANYIO_CHANNEL_OK)
    return_status (self, cancelled);
  else
    g_task_return_pointer (twin->task, anyio_channel_item_to_value (self->channel, self->offer.item), anyio_channel_value_free);
  anyio_channel_unref (self->channel);
}

/* Begins an operation that may have to wait. NULL: the task has been returned with an error. */
static Operation *
operation_new (AnyioChannelEnd *self,
               gpointer item,
               GTask *task,
               void (*finish) (AnyioTwin *twin, gboolean cancelled))
{
  Operation *operation = anyio_twin_new (sizeof *operation, task, finish);
  GError *error = NULL;

  if (operation == NULL)
    return NULL;
  if (!bind_open (self, operation->twin.runtime, &error))
    {
      anyio_twin_fail (&operation->twin, error);
      return NULL;
    }
  operation->offer = (AnyioChannelOffer){ .offer.party = &operation->twin.party, .end = self, .item = item };
  operation->channel = anyio_channel_ref (self->channel);
  anyio_list_init (&operation->offer.offer.link);

  return operation;
}

/* It is done or would block, as offer.status says. */
static void
operation_go_on (Operation *self,
                 AnyioList *list)
{
  if (self->offer.status == ANYIO_CHANNEL_WOULD_BLOCK)
    {
      anyio_list_append (list, &self->offer.offer.link);
      anyio_twin_wait (&self->twin, &self->offer.offer);
    }
  else
    {
      anyio_offer_commit (&self->offer.offer);
    }
}

gboolean
anyio_channel_end_send_value_nowait (AnyioChannelEnd *self,
                                     const GValue *value,
                                     GError **error)
{
  gpointer item;

  if (!anyio_channel_item_from_value (self->channel, value, &item, error))
    return FALSE;
  if (anyio_channel_end_send_nowait (self, item, error))
    return TRUE;
  anyio_channel_destroy_item (self->channel, item);

  return FALSE;
}

void
anyio_channel_end_send_value_async (AnyioChannelEnd *self,
                                    const GValue *value,
                                    GTask *task)
{
  GError *error = NULL;
  Operation *operation;
  gpointer item;

  if (!anyio_channel_item_from_value (self->channel, value, &item, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  operation = operation_new (self, item, task, finish_send);
  if (operation == NULL)
    {
      anyio_channel_destroy_item (self->channel, item);
      return;
    }
  operation->offer.status = send_now (self, item, NULL);
  operation_go_on (operation, &self->channel->senders);
}

void
anyio_channel_end_receive_async (AnyioChannelEnd *self,
                                 GTask *task)
{
  Operation *operation = operation_new (self, NULL, task, finish_receive);

  if (operation == NULL)
    return;
  operation->offer.status = receive_now (self, &operation->offer.item, NULL);
  operation_go_on (operation, &self->channel->receivers);
}

/* --- cases of a select ------------------------------------------------------------------------------------------------------------------------------ */

ANYIO_SELECT_CHECK_STATE (AnyioChannelOffer);

static gboolean
check_case (AnyioSelectCase *self,
            AnyioParty *party,
            GError **error)
{
  return bind_open (self->data, party->wait.record != NULL ? anyio_record_get_runtime (party->wait.record) : anyio_runtime_find (), error);
}

static gboolean
conclude_case (const AnyioSelectCase *self,
               AnyioChannelStatus status,
               GError **error)
{
  const AnyioChannelEnd *end = self->data;

  if (status == ANYIO_CHANNEL_WOULD_BLOCK)
    return FALSE;
  anyio_channel_report (status, end->channel, error);

  return TRUE;
}

static gboolean
try_send (AnyioSelectCase *self,
          AnyioParty *party,
          GError **error)
{
  return !check_case (self, party, error) || conclude_case (self, send_now (self->data, self->object, party), error);
}

static gboolean
try_receive (AnyioSelectCase *self,
             AnyioParty *party,
             GError **error)
{
  gpointer item;
  AnyioChannelStatus status;

  if (!check_case (self, party, error))
    return TRUE;
  status = receive_now (self->data, &item, party);
  if (status == ANYIO_CHANNEL_OK)
    memcpy (self->object, &item, sizeof item);

  return conclude_case (self, status, error);
}

static gboolean
enqueue (AnyioSelectCase *self,
         AnyioParty *party,
         GError **error)
{
  AnyioChannelEnd *end = self->data;
  AnyioChannelOffer *offer = ANYIO_SELECT_STATE (self, AnyioChannelOffer);

  offer->end = end;
  offer->item = self->object;
  anyio_select_enqueue_in_list (self, party, end->sends ? &end->channel->senders : &end->channel->receivers);

  return TRUE;
}

static void
finish_case_send (AnyioSelectCase *self,
                  GError **error)
{
  anyio_channel_report (ANYIO_SELECT_STATE (self, AnyioChannelOffer)->status, NULL, error);
}

static void
finish_case_receive (AnyioSelectCase *self,
                     GError **error)
{
  const AnyioChannelOffer *offer = ANYIO_SELECT_STATE (self, AnyioChannelOffer);

  if (anyio_channel_report (offer->status, NULL, error))
    memcpy (self->object, &offer->item, sizeof offer->item);
}

static const AnyioSelectOps send_ops = { try_send, enqueue, anyio_select_withdraw_from_list, finish_case_send };
static const AnyioSelectOps receive_ops = { try_receive, enqueue, anyio_select_withdraw_from_list, finish_case_receive };

AnyioSelectCase
anyio_channel_end_select_send (AnyioChannelEnd *self,
                               gpointer item)
{
  return (AnyioSelectCase){ .ops = &send_ops, .object = item, .data = self };
}

AnyioSelectCase
anyio_channel_end_select_receive (AnyioChannelEnd *self,
                                  gpointer location)
{
  return (AnyioSelectCase){ .ops = &receive_ops, .object = location, .data = self };
}
