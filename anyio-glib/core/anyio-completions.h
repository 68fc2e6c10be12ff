/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The children of a task group in the order in which they end. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
void       anyio_task_group_keep_completed  (AnyioTaskGroup *self);
ANYIO_AVAILABLE_IN_0_1
AnyioTask *anyio_task_group_next_completed  (AnyioTaskGroup *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
ANYIO_AVAILABLE_IN_0_1
AnyioTask *anyio_task_group_steal_completed (AnyioTaskGroup *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
