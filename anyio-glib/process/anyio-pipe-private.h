/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Our ends of the pipes to a child, as streams. */

#pragma once

#include "stream/anyio-byte-stream.h"

/* A stream that owns @fd; NULL with @error set, and @fd closed, if that cannot be. */
AnyioByteSendStream    *anyio_pipe_new_send    (int fd, GError **error);
AnyioByteReceiveStream *anyio_pipe_new_receive (int fd, GError **error);
/* Closes one of them, or NULL. Never suspends. */
void                    anyio_pipe_close       (gpointer stream);
