/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_SEMAPHORE (anyio_semaphore_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioSemaphore, anyio_semaphore, ANYIO, SEMAPHORE, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioSemaphore *anyio_semaphore_new               (guint initial_value, guint max_value);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_semaphore_acquire           (AnyioSemaphore *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_semaphore_acquire_nowait    (AnyioSemaphore *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void            anyio_semaphore_acquire_async     (AnyioSemaphore *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_semaphore_acquire_finish    (AnyioSemaphore *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
void            anyio_semaphore_release           (AnyioSemaphore *self);
ANYIO_AVAILABLE_IN_0_1
guint           anyio_semaphore_get_initial_value (AnyioSemaphore *self);
ANYIO_AVAILABLE_IN_0_1
guint           anyio_semaphore_get_value         (AnyioSemaphore *self);
ANYIO_AVAILABLE_IN_0_1
guint           anyio_semaphore_get_max_value     (AnyioSemaphore *self);
ANYIO_AVAILABLE_IN_0_1
guint           anyio_semaphore_get_tasks_waiting (AnyioSemaphore *self);

/**
 * ANYIO_SELECT_SEMAPHORE: (skip)
 * @semaphore: an #AnyioSemaphore
 *
 * A case of anyio_select() that is chosen when one was taken, as anyio_semaphore_acquire().
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_SEMAPHORE(semaphore) (anyio_select_case_semaphore (semaphore))
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase anyio_select_case_semaphore (AnyioSemaphore *self);

G_END_DECLS
