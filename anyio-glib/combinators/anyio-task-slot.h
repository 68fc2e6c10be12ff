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
/**
 * anyio_task_slot_start: (skip)
 * @self: a slot
 * @func: the body of the task; its name is the task's
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended or was replaced
 *
 * Puts a task into the slot: anyio_task_slot_start_named().
 *
 * Since: 0.1
 */
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
