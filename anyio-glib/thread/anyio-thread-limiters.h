/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How many functions run in worker threads at once. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
AnyioCapacityLimiter *anyio_current_default_thread_limiter (void);
ANYIO_AVAILABLE_IN_0_1
AnyioCapacityLimiter *anyio_current_compute_limiter        (void);

G_END_DECLS
