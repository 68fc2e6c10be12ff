/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Channels: the ways that are not the common one, and closing.
 *
 * The ring begins with no memory and doubles up to the bound, so a large bound costs what is used of it. It never shrinks.
 *
 * Closing. Those whom it concerns are first moved to a list of their own and then committed one by one, because a commit may unlink further offers of a select from the
 * lists of this very channel. Items that nobody can receive any more are taken out with the ring before the first is destroyed, because their destroy function may do
 * anything.
 *
 * Threads. A channel is used in the thread of one main context at a time. The last reference to an end may be dropped in another one: the binding to the runtime is
 * therefore read and written under a lock, and the closing goes through the inbox.
 */

#include "stream/anyio-channel-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-fiber-private.h"

#define FIRST_SLOTS 8

G_LOCK_DEFINE_STATIC (binding);

AnyioChannel anyio_channel_nowhere = {
  .senders = { &anyio_channel_nowhere.senders, &anyio_channel_nowhere.senders },
  .receivers = { &anyio_channel_nowhere.receivers, &anyio_channel_nowhere.receivers },
  .item_type = G_TYPE_POINTER,
  .ref_count = 1,
};

/* --- life ----------------------------------------------------------------------------------------------------------------------------------- */

gboolean
anyio_channel_is_item_type (GType type)
{
  switch (G_TYPE_FUNDAMENTAL (type))
    {
    case G_TYPE_POINTER:
    case G_TYPE_STRING:
    case G_TYPE_BOXED:
    case G_TYPE_VARIANT:
    case G_TYPE_OBJECT:
      return TRUE;
    default:
      return g_type_is_a (type, G_TYPE_OBJECT); /* an interface */
    }
}

AnyioChannel *
anyio_channel_new (gsize max_items,
                   GType item_type,
                   GDestroyNotify destroy)
{
  AnyioChannel *self = g_new0 (AnyioChannel, 1);
  AnyioRuntime *runtime = anyio_runtime_find ();

  self->max_items = max_items;
  self->item_type = item_type;
  self->destroy = destroy;
  self->ref_count = 1;
  anyio_list_init (&self->senders);
  anyio_list_init (&self->receivers);
  if (runtime != NULL)
    self->runtime = anyio_runtime_ref (runtime);
  if (item_type == G_TYPE_STRING)
    self->destroy = g_free;
  else if (item_type == G_TYPE_VARIANT)
    self->destroy = (GDestroyNotify) g_variant_unref;
  else if (g_type_is_a (item_type, G_TYPE_OBJECT))
    self->destroy = g_object_unref;

  return self;
}

AnyioChannel *
anyio_channel_ref (AnyioChannel *self)
{
  g_atomic_int_inc (&self->ref_count);

  return self;
}

void
anyio_channel_unref (AnyioChannel *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;

  g_clear_pointer (&self->runtime, anyio_runtime_unref);
  g_free (self->items);
  g_free (self);
}

gboolean
anyio_channel_may_bind (const AnyioChannel *self,
                        AnyioRuntime *runtime,
                        GError **error)
{
  AnyioRuntime *old = self->runtime;

  if (old != NULL && !anyio_runtime_is_owner (old) && !anyio_inbox_is_closed (&old->loop.inbox))
    return anyio_misuse (error, "A memory object stream is used in the thread of one main context; send to it from other threads by way of a task of that context");
  if (runtime == NULL || old == runtime || (anyio_list_is_empty (&self->senders) && anyio_list_is_empty (&self->receivers)))
    return TRUE;

  return anyio_misuse (error, "A memory object stream is used on one main context while tasks of another one wait on it");
}

void
anyio_channel_set_runtime (AnyioChannel *self,
                           AnyioRuntime *runtime)
{
  AnyioRuntime *old = self->runtime;

  if (runtime == NULL || old == runtime)
    return;
  G_LOCK (binding);
  self->runtime = anyio_runtime_ref (runtime);
  G_UNLOCK (binding);
  if (old != NULL)
    anyio_runtime_unref (old);
}

gboolean
anyio_channel_bind (AnyioChannel *self,
                    AnyioRuntime *runtime,
                    GError **error)
{
  if (G_LIKELY (self->runtime == runtime && runtime != NULL))
    return TRUE;
  if (self->hub != NULL)
    return self->hub->bind (self->hub, runtime, error);
  if (!anyio_channel_may_bind (self, runtime, error))
    return FALSE;
  anyio_channel_set_runtime (self, runtime);

  return TRUE;
}

AnyioRuntime *
anyio_channel_ref_foreign_runtime (AnyioChannel *self)
{
  AnyioRuntime *runtime = NULL;

  G_LOCK (binding);
  if (self->runtime != NULL && !anyio_runtime_is_owner (self->runtime))
    runtime = anyio_runtime_ref (self->runtime);
  G_UNLOCK (binding);

  return runtime;
}

/* --- moving items ----------------------------------------------------------------------------------------------------------------------------- */

static AnyioChannelOffer *
first_offer (const AnyioList *list,
             const AnyioParty *party)
{
  AnyioOffer *offer = anyio_offer_first (list, party);

  return offer != NULL ? ANYIO_CONTAINER (offer, AnyioChannelOffer, offer) : NULL;
}

static void
commit (AnyioChannelOffer *offer,
        AnyioChannelStatus status)
{
  offer->status = status;
  anyio_offer_commit (&offer->offer);
}

/* Full as it is. FALSE if that is the bound. */
static gboolean
grow (AnyioChannel *self)
{
  gsize n_slots = MAX (FIRST_SLOTS, 2 * self->n_slots);
  gpointer *items;

  if (self->n_items >= self->max_items)
    return FALSE;

  items = g_new (gpointer, n_slots);
  for (gsize i = 0; i < self->n_items; i++)
    items[i] = self->items[(self->head + i) & (self->n_slots - 1)];
  g_free (self->items);
  self->items = items;
  self->head = 0;
  self->n_slots = n_slots;
  self->room = MIN (n_slots, self->max_items);

  return TRUE;
}

AnyioChannelStatus
anyio_channel_send_slowly (AnyioChannel *self,
                           gpointer item,
                           const AnyioParty *party)
{
  AnyioChannelOffer *receiver = self->n_items == 0 ? first_offer (&self->receivers, party) : NULL;

  if (self->hub != NULL && !self->is_fed)
    return self->hub->send (self->hub, item);
  if (receiver != NULL)
    {
      receiver->item = item;
      commit (receiver, ANYIO_CHANNEL_OK);
      return ANYIO_CHANNEL_OK;
    }
  if (self->n_receive_ends == 0)
    return ANYIO_CHANNEL_BROKEN;
  if (self->n_items >= self->room && !grow (self))
    return ANYIO_CHANNEL_WOULD_BLOCK;

  self->items[(self->head + self->n_items++) & (self->n_slots - 1)] = item;

  return ANYIO_CHANNEL_OK;
}

AnyioChannelStatus
anyio_channel_receive_slowly (AnyioChannel *self,
                              gpointer *item,
                              const AnyioParty *party)
{
  AnyioChannelOffer *sender = first_offer (&self->senders, party);

  if (self->n_untold > 0)
    return ANYIO_CHANNEL_LAGGED;
  if (self->n_items > 0)
    {
      *item = anyio_channel_pop (self);
      if (self->hub != NULL)
        self->hub->drained (self->hub);
      return ANYIO_CHANNEL_OK;
    }
  if (sender != NULL)
    {
      *item = sender->item;
      commit (sender, ANYIO_CHANNEL_OK);
      return ANYIO_CHANNEL_OK;
    }

  return self->n_send_ends == 0 ? ANYIO_CHANNEL_END : ANYIO_CHANNEL_WOULD_BLOCK;
}

void
anyio_channel_refill (AnyioChannel *self,
                      const AnyioParty *party)
{
  AnyioChannelOffer *sender = first_offer (&self->senders, party);

  if (sender == NULL)
    return;
  self->items[(self->head + self->n_items++) & (self->n_slots - 1)] = sender->item;
  commit (sender, ANYIO_CHANNEL_OK);
}

/* --- closing ---------------------------------------------------------------------------------------------------------------------------------- */

/* Commits those of @list that wait through @end (NULL: all). */
static void
commit_some (AnyioList *list,
             gconstpointer end,
             AnyioChannelStatus status)
{
  AnyioList some;
  AnyioList *link;

  anyio_list_init (&some);
  ANYIO_LIST_FOREACH (list, each)
    {
      if (end != NULL && ANYIO_CONTAINER (each, AnyioChannelOffer, offer.link)->end != end)
        continue;
      anyio_list_remove (each);
      anyio_list_append (&some, each);
    }
  while ((link = anyio_list_first (&some)) != NULL)
    commit (ANYIO_CONTAINER (link, AnyioChannelOffer, offer.link), status);
}

typedef struct
{
  gpointer *items;
  gsize head;
  gsize n_items;
  gsize n_slots;
  const AnyioChannel *channel;
} Leftovers;

static void
destroy_leftovers (gpointer data)
{
  const Leftovers *self = data;

  for (gsize i = 0; i < self->n_items; i++)
    anyio_channel_destroy_item (self->channel, self->items[(self->head + i) & (self->n_slots - 1)]);
}

/* Nobody will receive what is in the ring. */
static void
drop_items (AnyioChannel *self)
{
  Leftovers leftovers = { self->items, self->head, self->n_items, self->n_slots, self };

  self->items = NULL;
  self->n_items = 0;
  self->n_slots = 0;
  self->room = 0;
  if (leftovers.n_items > 0)
    anyio_call_home (destroy_leftovers, &leftovers);
  g_free (leftovers.items);
}

void
anyio_channel_close_sender (AnyioChannel *self,
                            gconstpointer end)
{
  self->n_send_ends--;
  commit_some (&self->senders, end, ANYIO_CHANNEL_CLOSED);
  if (self->n_send_ends > 0)
    return;
  commit_some (&self->receivers, NULL, ANYIO_CHANNEL_END);
  if (self->hub != NULL)
    self->hub->closed (self->hub);
}

void
anyio_channel_close_receiver (AnyioChannel *self,
                              gconstpointer end)
{
  self->n_receive_ends--;
  commit_some (&self->receivers, end, ANYIO_CHANNEL_CLOSED);
  if (self->n_receive_ends > 0)
    return;
  commit_some (&self->senders, NULL, ANYIO_CHANNEL_BROKEN);
  if (self->hub != NULL)
    self->hub->left (self->hub, self);
  drop_items (self);
}

/* --- the rest --------------------------------------------------------------------------------------------------------------------------------- */

void
anyio_channel_destroy_item (const AnyioChannel *self,
                            gpointer item)
{
  if (item == NULL)
    return;
  if (G_TYPE_IS_BOXED (self->item_type))
    g_boxed_free (self->item_type, item);
  else if (self->destroy != NULL)
    self->destroy (item);
}

guint
anyio_channel_count (const AnyioList *list)
{
  guint n = 0;

  ANYIO_LIST_FOREACH (list, link)
    n++;

  return n;
}

gboolean
anyio_channel_report (AnyioChannelStatus status,
                      AnyioChannel *self,
                      GError **error)
{
  switch (status)
    {
    case ANYIO_CHANNEL_OK:
      return TRUE;
    case ANYIO_CHANNEL_WOULD_BLOCK:
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "The operation would have to wait");
      return FALSE;
    case ANYIO_CHANNEL_CLOSED:
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "This end of the stream is closed");
      return FALSE;
    case ANYIO_CHANNEL_END:
      g_set_error_literal (error, ANYIO_ERROR, ANYIO_ERROR_END_OF_STREAM, "The stream has ended: all that send are closed, and all was received");
      return FALSE;
    case ANYIO_CHANNEL_LAGGED:
      g_set_error (error, ANYIO_ERROR, ANYIO_ERROR_LAGGED, "%" G_GUINT64_FORMAT " items were lost, because the receiver was slower than its buffer is large", self->n_untold);
      self->n_untold = 0;
      return FALSE;
    case ANYIO_CHANNEL_BROKEN:
    default:
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "Nobody receives from this stream any more: all that receive are closed");
      return FALSE;
    }
}
