/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "stream/anyio-channel-end-private.h"
#include "stream/anyio-memory-object-send-stream.h"

/* Opens an end of @channel. Transfer full. */
AnyioMemoryObjectSendStream *anyio_memory_object_send_stream_new (AnyioChannel *channel);

const AnyioChannelEnd *anyio_memory_object_send_stream_get_end (AnyioMemoryObjectSendStream *self);
