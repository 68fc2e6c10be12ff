/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_wait_readable  (int fd, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_wait_writable  (int fd, GError **error);
ANYIO_AVAILABLE_IN_0_1
void     anyio_notify_closing (int fd);

G_END_DECLS
