/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
double   anyio_current_time               (void);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_sleep                      (double seconds, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_sleep_until                (double deadline, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_sleep_forever              (GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_checkpoint                 (GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_checkpoint_if_cancelled    (GError **error);
ANYIO_AVAILABLE_IN_0_1
void     anyio_shielded_checkpoint        (void);
ANYIO_AVAILABLE_IN_0_1
double   anyio_current_effective_deadline (void);

G_END_DECLS
