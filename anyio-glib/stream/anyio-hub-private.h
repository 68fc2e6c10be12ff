/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Hubs: what makes of channels a broadcast. Those who send wait in the channel of the hub; each who subscribes has a channel of its own, which the hub feeds.
 *
 * Invariants
 *   H1   an item goes to all who are subscribed at the moment in which it is sent, or to none: nothing suspends in between
 *   H2   senders wait only while a subscription that blocks has no room; the first of them goes first
 *   H3   all its channels are bound to the same runtime: a subscription is used in the thread in which the stream is
 */

#pragma once

#include "stream/anyio-broadcast-stream.h"
#include "stream/anyio-channel-private.h"

typedef struct
{
  AnyioChannelHub hub;
  AnyioChannel *channel;     /* owned: of those who send; it holds no items */
  GPtrArray *subscriptions;  /* of Subscription; owned; replaced and never changed, so that who goes through it need not care */
  GBoxedCopyFunc copy;       /* of pointers; NULL: as they are */
  gboolean pumps;            /* items of those who wait are being sent */
  int ref_count;             /* of the stream, and of what runs meanwhile code of others that may drop the stream */
} AnyioHub;

AnyioHub     *anyio_hub_new       (GType item_type);
/* For %G_TYPE_POINTER. Nobody has subscribed. */
void          anyio_hub_set_functions (AnyioHub *self, GBoxedCopyFunc copy, GDestroyNotify destroy);
void          anyio_hub_free      (AnyioHub *self); /* its channel is closed */
/* A channel that is fed; transfer full. */
AnyioChannel *anyio_hub_subscribe (AnyioHub *self, gsize max_items, AnyioOverflowPolicy policy);
