/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioPredicateFunc:
 * @user_data: what was given
 *
 * Looks whether something holds. It does not suspend.
 *
 * Returns: %TRUE if it does
 *
 * Since: 0.1
 */
typedef gboolean (*AnyioPredicateFunc) (gpointer user_data);

#define ANYIO_TYPE_CONDITION (anyio_condition_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioCondition, anyio_condition, ANYIO, CONDITION, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioCondition *anyio_condition_new               (AnyioLock *lock);
ANYIO_AVAILABLE_IN_0_1
AnyioLock      *anyio_condition_get_lock          (AnyioCondition *self);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_condition_wait              (AnyioCondition *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_condition_wait_for          (AnyioCondition *self, AnyioPredicateFunc predicate, gpointer user_data, GError **error);
ANYIO_AVAILABLE_IN_0_1
void            anyio_condition_wait_async        (AnyioCondition *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean        anyio_condition_wait_finish       (AnyioCondition *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
void            anyio_condition_notify            (AnyioCondition *self, guint n_waiters);
ANYIO_AVAILABLE_IN_0_1
void            anyio_condition_notify_all        (AnyioCondition *self);
ANYIO_AVAILABLE_IN_0_1
guint           anyio_condition_get_tasks_waiting (AnyioCondition *self);

G_END_DECLS
