/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A place for one task, where the newest wins. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_TASK_SLOT (anyio_task_slot_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioTaskSlot, anyio_task_slot, ANYIO, TASK_SLOT, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioTaskSlot  *anyio_task_slot_new         (AnyioTaskGroup *group, double delay);
ANYIO_AVAILABLE_IN_0_1
void            anyio_task_slot_start_named (AnyioTaskSlot *self, const char *name, AnyioTaskFunc func, gpointer user_data, GDestroyNotify destroy);
#define anyio_task_slot_start(self, func, user_data, destroy) anyio_task_slot_start_named (self, #func, func, user_data, destroy)
ANYIO_AVAILABLE_IN_0_1
void            anyio_task_slot_cancel      (AnyioTaskSlot *self);
ANYIO_AVAILABLE_IN_0_1
AnyioTaskGroup *anyio_task_slot_get_group   (AnyioTaskSlot *self);
ANYIO_AVAILABLE_IN_0_1
double          anyio_task_slot_get_delay   (AnyioTaskSlot *self);
ANYIO_AVAILABLE_IN_0_1
void            anyio_task_slot_set_delay   (AnyioTaskSlot *self, double seconds);

G_END_DECLS
