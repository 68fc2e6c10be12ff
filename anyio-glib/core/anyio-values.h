/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values that belong to a task and are inherited by the tasks that it spawns, and values that belong to a run. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
gpointer anyio_task_get_value (GQuark key);
ANYIO_AVAILABLE_IN_0_1
void     anyio_task_set_value (GQuark key, gpointer value, GDestroyNotify destroy);
ANYIO_AVAILABLE_IN_0_1
gpointer anyio_run_get_value  (GQuark key);
ANYIO_AVAILABLE_IN_0_1
void     anyio_run_set_value  (GQuark key, gpointer value, GDestroyNotify destroy);

G_END_DECLS
