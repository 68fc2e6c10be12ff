/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Channels: what the two ends of a memory object stream share (SEMANTICS 7). Plain C; the ends are GObjects.
 *
 * A ring of items between those who send and those who receive, and a list of offers (see core/anyio-offer-private.h) on either side. An item is a pointer that belongs to
 * the channel from the moment in which it is sent until it is received; what kind of pointer says the item type.
 *
 * Invariants
 *   C1   a sender waits only while the ring is full, a receiver only while it is empty; offers that are not live may still stand there
 *   C2   both wait only in a rendezvous, and only if they are offers of one party, which does not meet itself
 *   C3   n_items <= max_items; room <= max_items; room is 0 once nobody receives
 *   C4   once no end receives, nothing waits and the ring is empty; once no end sends, no sender waits
 *   I23  an item sent is received once, or in the ring, or destroyed with it, or its sender got an error and still has it
 */

#pragma once

#include "core/anyio-offer-private.h"
#include "core/anyio-runtime-private.h"

typedef struct _AnyioChannel AnyioChannel;
typedef struct _AnyioChannelHub AnyioChannelHub;

typedef enum
{
  ANYIO_CHANNEL_OK,
  ANYIO_CHANNEL_WOULD_BLOCK,
  ANYIO_CHANNEL_CLOSED, /* one's own end */
  ANYIO_CHANNEL_END,    /* nobody sends any more, and the ring is empty */
  ANYIO_CHANNEL_BROKEN, /* nobody receives any more */
  ANYIO_CHANNEL_LAGGED  /* of a subscription: items were lost since the last one that was received */
} AnyioChannelStatus;

/* One that waits to send or to receive; on the stack of the task, in an operation, or in a case of a select. */
typedef struct
{
  AnyioOffer offer;
  gconstpointer end;         /* the end through which it waits; only compared */
  gpointer item;             /* to be sent; or received, once committed */
  AnyioChannelStatus status; /* once committed: OK, CLOSED, END or BROKEN */
} AnyioChannelOffer;

/* What makes of channels a broadcast (see anyio-broadcast-stream.c): who sends does so into the channel of the hub, and each who subscribes has a channel that the hub feeds. */
struct _AnyioChannelHub
{
  /* Sends into the hub's channel; without @party, as anyio_channel_send_now(). */
  AnyioChannelStatus (*send) (AnyioChannelHub *self, gpointer item);
  void (*closed) (AnyioChannelHub *self);                       /* nobody sends into it any more */
  void (*drained) (AnyioChannelHub *self);                      /* there is room in one that it feeds */
  void (*left) (AnyioChannelHub *self, AnyioChannel *channel);  /* nobody receives from this one any more */
  gboolean (*bind) (AnyioChannelHub *self, AnyioRuntime *runtime, GError **error); /* as anyio_channel_bind(), all of its channels or none */
};

struct _AnyioChannel
{
  gpointer *items;   /* owned; the ring; NULL while it never had one */
  gsize head;        /* of the oldest item, modulo n_slots */
  gsize n_items;
  gsize room;        /* how many items the ring can hold as it is; n_slots or max_items, whichever is less */
  gsize n_slots;     /* a power of two; 0 */
  AnyioList senders;   /* of AnyioChannelOffer, in the order of arrival */
  AnyioList receivers; /* the same */
  AnyioRuntime *runtime; /* owned; on which it was used last; written by the owner thread under a lock; NULL while it never was */
  gsize max_items;   /* 0: a rendezvous; G_MAXSIZE: unbounded */
  guint n_send_ends; /* that are open */
  guint n_receive_ends;
  GType item_type;
  GDestroyNotify destroy; /* of items; NULL: nothing to do */
  AnyioChannelHub *hub; /* borrowed: it takes itself away; NULL for all that is no broadcast */
  gboolean is_fed;   /* by a hub, or was before that closed */
  guint64 n_lost;    /* items of a subscription for which there was no room */
  guint64 n_untold;  /* how many of them the receiver is to be told about with LAGGED */
  int ref_count;     /* atomic */
};

/* Of ends that were made without a channel, which are closed from the beginning. */
extern AnyioChannel anyio_channel_nowhere;

/* @destroy is for %G_TYPE_POINTER; for all others it is known. */
AnyioChannel *anyio_channel_new    (gsize max_items, GType item_type, GDestroyNotify destroy);
AnyioChannel *anyio_channel_ref    (AnyioChannel *self);
void          anyio_channel_unref  (AnyioChannel *self);

/* Whether @type can be an item type. */
gboolean      anyio_channel_is_item_type (GType type);

/* May @runtime (NULL: none, outside of tasks) use it? FALSE with MISUSE if it belongs to another one that is alive. */
gboolean      anyio_channel_bind   (AnyioChannel *self, AnyioRuntime *runtime, GError **error);
/* Its parts, for one channel, whatever its hub says. Nothing is bound to NULL. */
gboolean      anyio_channel_may_bind    (const AnyioChannel *self, AnyioRuntime *runtime, GError **error);
void          anyio_channel_set_runtime (AnyioChannel *self, AnyioRuntime *runtime);
/* A reference to the runtime if it is not this thread's: who drops an end here must have it closed there. */
AnyioRuntime *anyio_channel_ref_foreign_runtime (AnyioChannel *self);

/* An end has been opened or closed. Wakes those whom it concerns; destroys what nobody can receive any more, on the home stack. @end: those who wait through it get CLOSED. */
void          anyio_channel_close_sender   (AnyioChannel *self, gconstpointer end);
void          anyio_channel_close_receiver (AnyioChannel *self, gconstpointer end);

/* Parts of the inline functions below. */
AnyioChannelStatus anyio_channel_send_slowly    (AnyioChannel *self, gpointer item, const AnyioParty *party);
AnyioChannelStatus anyio_channel_receive_slowly (AnyioChannel *self, gpointer *item, const AnyioParty *party);
void               anyio_channel_refill         (AnyioChannel *self, const AnyioParty *party);

guint         anyio_channel_count (const AnyioList *list);
void          anyio_channel_destroy_item (const AnyioChannel *self, gpointer item);

/* Puts what @status, which @self gave, says into @error; FALSE unless it is OK. Only LAGGED looks at @self. */
gboolean      anyio_channel_report (AnyioChannelStatus status, AnyioChannel *self, GError **error);

/* The oldest item, of a channel that has one. */
static inline gpointer
anyio_channel_pop (AnyioChannel *self)
{
  self->n_items--;

  return self->items[self->head++ & (self->n_slots - 1)];
}

/* Sends without waiting, not to @party itself. OK: @item is taken. Otherwise WOULD_BLOCK or BROKEN. */
static inline AnyioChannelStatus
anyio_channel_send_now (AnyioChannel *self,
                        gpointer item,
                        const AnyioParty *party)
{
  if (G_UNLIKELY (self->n_items >= self->room || !anyio_list_is_empty (&self->receivers)))
    return anyio_channel_send_slowly (self, item, party);

  self->items[(self->head + self->n_items++) & (self->n_slots - 1)] = item;

  return ANYIO_CHANNEL_OK;
}

/* Receives without waiting, not from @party itself. OK: @item belongs to the caller. Otherwise WOULD_BLOCK, END or LAGGED. */
static inline AnyioChannelStatus
anyio_channel_receive_now (AnyioChannel *self,
                           gpointer *item,
                           const AnyioParty *party)
{
  if (G_UNLIKELY (self->n_items == 0 || self->is_fed))
    return anyio_channel_receive_slowly (self, item, party);

  *item = anyio_channel_pop (self);
  if (G_UNLIKELY (!anyio_list_is_empty (&self->senders)))
    anyio_channel_refill (self, party);

  return ANYIO_CHANNEL_OK;
}
