/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "stream/anyio-channel-end-private.h"
#include "stream/anyio-memory-object-receive-stream.h"

/* Opens an end of @channel. Transfer full. */
AnyioMemoryObjectReceiveStream *anyio_memory_object_receive_stream_new (AnyioChannel *channel);

const AnyioChannelEnd *anyio_memory_object_receive_stream_get_end (AnyioMemoryObjectReceiveStream *self);
