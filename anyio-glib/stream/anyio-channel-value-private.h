/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Items of a channel as GValues, for those who have no pointers. */

#pragma once

#include "stream/anyio-channel-private.h"

/* A copy of what @value holds, or a reference to it, as an item of @self. FALSE with INVALID_ARGUMENT if it is of another type. */
gboolean anyio_channel_item_from_value (const AnyioChannel *self, const GValue *value, gpointer *item, GError **error);
/* @item (taken) as a value, to be freed with anyio_channel_value_free(). */
GValue  *anyio_channel_item_to_value   (const AnyioChannel *self, gpointer item);
void     anyio_channel_value_free      (gpointer value);
