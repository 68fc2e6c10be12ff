/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sockets of the system, as far as streams and listeners need them alike. */

#pragma once

#include <gio/gio.h>

#include "stream/anyio-byte-stream.h"

/* (transfer full): the address of a UNIX socket; NULL with @error set if the path is too long for one. */
GSocketAddress  *anyio_socket_new_unix_address (const char *path, GError **error);
/* A non-blocking stream socket for addresses like @address; -1 with @error set. */
int              anyio_socket_open        (GSocketAddress *address, GError **error);
gboolean         anyio_socket_bind        (int fd, GSocketAddress *address, GError **error);
GSocketAddress  *anyio_socket_get_local_address (int fd); /* (transfer full) */
/* Of a call that failed with @code (an errno): "@what ADDRESS: reason". Always FALSE. */
gboolean         anyio_socket_fail        (const char *what, GSocketAddress *address, int code, GError **error);
/* @fd (taken) is connected, non-blocking and close-on-exec. */
AnyioByteStream *anyio_socket_stream_wrap (int fd);
