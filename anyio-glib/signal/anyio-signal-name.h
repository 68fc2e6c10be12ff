/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Unix signals by name. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
const char *anyio_signal_to_name   (int signal_number);
ANYIO_AVAILABLE_IN_0_1
int         anyio_signal_from_name (const char *name);

G_END_DECLS
