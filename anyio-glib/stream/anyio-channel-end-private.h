/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What both kinds of ends of a channel are: open or closed, with the properties that tell what goes on in the channel, and the ways to wait. */

#pragma once

#include "core/anyio-select-private.h"
#include "stream/anyio-channel-private.h"

typedef struct
{
  AnyioChannel *channel; /* owned */
  guint sends : 1;       /* FALSE: it receives */
  guint closed : 1;
} AnyioChannelEnd;

/* Makes it an end of nothing, which is closed. */
void     anyio_channel_end_init     (AnyioChannelEnd *self);
/* Makes it an end of @channel. */
void     anyio_channel_end_open     (AnyioChannelEnd *self, AnyioChannel *channel, gboolean sends);
/* Nothing if it is closed. */
void     anyio_channel_end_close    (AnyioChannelEnd *self);
/* For dispose() of @object, of which it is a part: closes, in the thread where it is used. */
void     anyio_channel_end_dispose  (AnyioChannelEnd *self, GObject *object);

/* The properties of a class that has one, and how to get them; see anyio-channel-statistics.c. */
void     anyio_channel_end_install_properties (GObjectClass *klass, gboolean sends);
void     anyio_channel_end_get_property (const AnyioChannelEnd *self, GObject *object, guint id, GValue *value, GParamSpec *pspec);

/* The running task, if it may use the end without further ado; see anyio_wait_pass_quickly(). NULL: go the long way. */
static inline AnyioRecord *
anyio_channel_end_pass_quickly (const AnyioChannelEnd *self)
{
  return G_LIKELY (self->channel->runtime == anyio_thread_runtime && !self->closed) ? anyio_wait_pass_quickly () : NULL;
}

/* The long ways. @function is for messages. */
gboolean anyio_channel_end_send     (AnyioChannelEnd *self, gpointer item, const char *function, GError **error);
gboolean anyio_channel_end_receive  (AnyioChannelEnd *self, gpointer *item, const char *function, GError **error);
/* Parts of them: what is left to be done when an attempt ended with @status, which is not OK. */
gboolean anyio_channel_end_wait_to_send    (AnyioChannelEnd *self, gpointer item, AnyioChannelStatus status, const char *function, GError **error);
gboolean anyio_channel_end_wait_to_receive (AnyioChannelEnd *self, gpointer *item, AnyioChannelStatus status, const char *function, GError **error);

gboolean anyio_channel_end_send_nowait    (AnyioChannelEnd *self, gpointer item, GError **error);
gboolean anyio_channel_end_receive_nowait (AnyioChannelEnd *self, gpointer *item, GError **error);

/* Sends a copy of what @value holds, which must be of the item type. */
gboolean anyio_channel_end_send_value_nowait (AnyioChannelEnd *self, const GValue *value, GError **error);

/* Without a fiber. @task is taken; it returns a boolean, or a GValue. A copy of what @value holds is sent, as above. */
void     anyio_channel_end_send_value_async (AnyioChannelEnd *self, const GValue *value, GTask *task);
void     anyio_channel_end_receive_async    (AnyioChannelEnd *self, GTask *task);

/* Cases of a select: to send @item, and to receive into @location, a place for a pointer. */
AnyioSelectCase anyio_channel_end_select_send    (AnyioChannelEnd *self, gpointer item);
AnyioSelectCase anyio_channel_end_select_receive (AnyioChannelEnd *self, gpointer location);
