/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Broadcasting. Each who subscribes gets a copy of the item, the last one the item itself; for objects and the like a copy is a reference.
 *
 * Copying is code of others and may do anything: subscribe, close, drop the stream. So the array of subscriptions is replaced when it changes, and who goes through it holds a
 * reference to it and to the hub. What the overflow drops is collected, and destroyed on the home stack when all is done.
 */

#include "stream/anyio-hub-private.h"

#include "core/anyio-run.h"

typedef struct
{
  AnyioChannel *channel; /* owned */
  AnyioOverflowPolicy policy;
  int ref_count;
} Subscription;

static void
subscription_unref (gpointer data)
{
  Subscription *self = data;

  if (--self->ref_count > 0)
    return;
  anyio_channel_unref (self->channel);
  g_free (self);
}

static void
hub_unref (AnyioHub *self)
{
  if (--self->ref_count > 0)
    return;
  anyio_channel_unref (self->channel);
  g_ptr_array_unref (self->subscriptions);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AnyioHub, hub_unref)

static AnyioHub *
hub_ref (AnyioHub *self)
{
  self->ref_count++;

  return self;
}

/* Without those of @except, and with @added (taken); either may be NULL. */
static void
replace_subscriptions (AnyioHub *self,
                       const AnyioChannel *except,
                       Subscription *added)
{
  GPtrArray *old = self->subscriptions;

  self->subscriptions = g_ptr_array_new_with_free_func (subscription_unref);
  for (guint i = 0; i < old->len; i++)
    {
      Subscription *each = old->pdata[i];

      if (each->channel == except)
        continue;
      each->ref_count++;
      g_ptr_array_add (self->subscriptions, each);
    }
  if (added != NULL)
    g_ptr_array_add (self->subscriptions, added);
  self->channel->n_receive_ends = self->subscriptions->len;
  g_ptr_array_unref (old);
}

static gboolean
has_room (const AnyioChannel *channel)
{
  return channel->n_items < channel->max_items || (channel->n_items == 0 && anyio_offer_first (&channel->receivers, NULL) != NULL);
}

/* Whether nobody who blocks is in the way. */
static gboolean
can_send (const AnyioHub *self)
{
  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      const Subscription *each = self->subscriptions->pdata[i];

      if (each->policy == ANYIO_OVERFLOW_BLOCK && !has_room (each->channel))
        return FALSE;
    }

  return TRUE;
}

static gpointer
copy_item (const AnyioHub *self,
           gpointer item)
{
  GType type = self->channel->item_type;

  if (item == NULL)
    return NULL;
  if (g_type_is_a (type, G_TYPE_OBJECT))
    return g_object_ref (item);
  if (type == G_TYPE_STRING)
    return g_strdup (item);
  if (type == G_TYPE_VARIANT)
    return g_variant_ref (item);
  if (G_TYPE_IS_BOXED (type))
    return g_boxed_copy (type, item);

  return self->copy != NULL ? self->copy (item) : item;
}

typedef struct
{
  const AnyioChannel *channel;
  GPtrArray *items; /* NULL: none; may contain NULL */
} Dropped;

static void
drop (Dropped *self,
      gpointer item)
{
  if (self->items == NULL)
    self->items = g_ptr_array_new ();
  g_ptr_array_add (self->items, item);
}

static void
destroy_dropped (gpointer data)
{
  const Dropped *self = data;

  for (guint i = 0; i < self->items->len; i++)
    anyio_channel_destroy_item (self->channel, self->items->pdata[i]);
}

/* @item (taken) to one who may be full. */
static void
feed (AnyioChannel *channel,
      AnyioOverflowPolicy policy,
      gpointer item,
      Dropped *dropped)
{
  if (!has_room (channel))
    {
      channel->n_lost++;
      if (policy == ANYIO_OVERFLOW_DROP_NEWEST)
        {
          drop (dropped, item);
          return;
        }
      if (policy == ANYIO_OVERFLOW_FAIL)
        channel->n_untold++;
      drop (dropped, anyio_channel_pop (channel));
    }
  if (anyio_channel_send_now (channel, item, NULL) != ANYIO_CHANNEL_OK)
    drop (dropped, item);
}

/* @item is taken. */
static void
send_to_all (AnyioHub *self,
             gpointer item)
{
  g_autoptr (GPtrArray) subscriptions = g_ptr_array_ref (self->subscriptions);
  Dropped dropped = { self->channel, NULL };

  for (guint i = 0; i < subscriptions->len; i++)
    {
      const Subscription *each = subscriptions->pdata[i];

      feed (each->channel, each->policy, i + 1 < subscriptions->len ? copy_item (self, item) : item, &dropped);
    }
  if (subscriptions->len == 0)
    drop (&dropped, item);
  if (dropped.items == NULL)
    return;
  anyio_call_home (destroy_dropped, &dropped);
  g_ptr_array_unref (dropped.items);
}

static AnyioChannelStatus
hub_send (AnyioChannelHub *hub,
          gpointer item)
{
  g_autoptr (AnyioHub) self = hub_ref (ANYIO_CONTAINER (hub, AnyioHub, hub));

  if (anyio_offer_first (&self->channel->senders, NULL) != NULL || !can_send (self))
    return ANYIO_CHANNEL_WOULD_BLOCK;
  send_to_all (self, item);

  return ANYIO_CHANNEL_OK;
}

/* There is room now, maybe: for those who wait, the first one first. */
static void
hub_drained (AnyioChannelHub *hub)
{
  g_autoptr (AnyioHub) self = hub_ref (ANYIO_CONTAINER (hub, AnyioHub, hub));
  AnyioOffer *first;

  if (self->pumps)
    return;
  self->pumps = TRUE;
  while ((first = anyio_offer_first (&self->channel->senders, NULL)) != NULL && can_send (self))
    {
      AnyioChannelOffer *sender = ANYIO_CONTAINER (first, AnyioChannelOffer, offer);
      gpointer item = sender->item;

      /* The item is ours from here on, whatever happens in the code of others. */
      sender->status = ANYIO_CHANNEL_OK;
      anyio_offer_commit (first);
      send_to_all (self, item);
    }
  self->pumps = FALSE;
}

static void
hub_left (AnyioChannelHub *hub,
          AnyioChannel *channel)
{
  AnyioHub *self = ANYIO_CONTAINER (hub, AnyioHub, hub);

  channel->hub = NULL;
  replace_subscriptions (self, channel, NULL);
  hub_drained (hub);
}

static void
hub_closed (AnyioChannelHub *hub)
{
  AnyioHub *self = ANYIO_CONTAINER (hub, AnyioHub, hub);
  g_autoptr (GPtrArray) subscriptions = g_ptr_array_ref (self->subscriptions);

  for (guint i = 0; i < subscriptions->len; i++)
    {
      AnyioChannel *channel = ((Subscription *) subscriptions->pdata[i])->channel;

      if (channel->hub == NULL)
        continue;
      channel->hub = NULL;
      replace_subscriptions (self, channel, NULL);
      anyio_channel_close_sender (channel, channel);
    }
}

static gboolean
hub_bind (AnyioChannelHub *hub,
          AnyioRuntime *runtime,
          GError **error)
{
  AnyioHub *self = ANYIO_CONTAINER (hub, AnyioHub, hub);
  GPtrArray *subscriptions = self->subscriptions;

  if (!anyio_channel_may_bind (self->channel, runtime, error))
    return FALSE;
  for (guint i = 0; i < subscriptions->len; i++)
    if (!anyio_channel_may_bind (((Subscription *) subscriptions->pdata[i])->channel, runtime, error))
      return FALSE;

  anyio_channel_set_runtime (self->channel, runtime);
  for (guint i = 0; i < subscriptions->len; i++)
    anyio_channel_set_runtime (((Subscription *) subscriptions->pdata[i])->channel, runtime);

  return TRUE;
}

AnyioHub *
anyio_hub_new (GType item_type)
{
  AnyioHub *self = g_new0 (AnyioHub, 1);

  self->hub = (AnyioChannelHub){ hub_send, hub_closed, hub_drained, hub_left, hub_bind };
  self->ref_count = 1;
  self->channel = anyio_channel_new (0, item_type, NULL);
  self->channel->hub = &self->hub;
  self->subscriptions = g_ptr_array_new_with_free_func (subscription_unref);

  return self;
}

void
anyio_hub_set_functions (AnyioHub *self,
                         GBoxedCopyFunc copy,
                         GDestroyNotify destroy)
{
  self->copy = copy;
  self->channel->destroy = destroy;
}

void
anyio_hub_free (AnyioHub *self)
{
  self->channel->hub = NULL;
  hub_unref (self);
}

AnyioChannel *
anyio_hub_subscribe (AnyioHub *self,
                     gsize max_items,
                     AnyioOverflowPolicy policy)
{
  Subscription *subscription = g_new (Subscription, 1);
  AnyioChannel *channel = anyio_channel_new (policy == ANYIO_OVERFLOW_LATEST ? 1 : max_items, self->channel->item_type, self->channel->destroy);

  channel->is_fed = TRUE;
  channel->hub = &self->hub;
  channel->n_send_ends = 1;
  *subscription = (Subscription){ anyio_channel_ref (channel), policy, 1 };
  replace_subscriptions (self, NULL, subscription);

  return channel;
}
