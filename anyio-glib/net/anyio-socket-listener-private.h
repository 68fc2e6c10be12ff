/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "net/anyio-socket-listener.h"

/* @fds (taken, at least one) listen and do not block; @path (taken, NULL) is removed on closing. */
AnyioSocketListener *anyio_socket_listener_new_take (int *fds, guint n_fds, char *path);
