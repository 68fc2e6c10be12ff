/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_CAPACITY_LIMITER (anyio_capacity_limiter_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioCapacityLimiter, anyio_capacity_limiter, ANYIO, CAPACITY_LIMITER, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioCapacityLimiter *anyio_capacity_limiter_new                          (double total_tokens);

ANYIO_AVAILABLE_IN_0_1
gboolean              anyio_capacity_limiter_acquire                      (AnyioCapacityLimiter *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean              anyio_capacity_limiter_acquire_nowait               (AnyioCapacityLimiter *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                  anyio_capacity_limiter_acquire_async                (AnyioCapacityLimiter *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                                                           gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean              anyio_capacity_limiter_acquire_finish               (AnyioCapacityLimiter *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                  anyio_capacity_limiter_release                      (AnyioCapacityLimiter *self);

ANYIO_AVAILABLE_IN_0_1
gboolean              anyio_capacity_limiter_acquire_on_behalf_of         (AnyioCapacityLimiter *self, gpointer borrower, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean              anyio_capacity_limiter_acquire_on_behalf_of_nowait  (AnyioCapacityLimiter *self, gpointer borrower, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                  anyio_capacity_limiter_acquire_on_behalf_of_async   (AnyioCapacityLimiter *self, gpointer borrower, GCancellable *cancellable,
                                                                           GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean              anyio_capacity_limiter_acquire_on_behalf_of_finish  (AnyioCapacityLimiter *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                  anyio_capacity_limiter_release_on_behalf_of         (AnyioCapacityLimiter *self, gpointer borrower);

ANYIO_AVAILABLE_IN_0_1
double                anyio_capacity_limiter_get_total_tokens             (AnyioCapacityLimiter *self);
ANYIO_AVAILABLE_IN_0_1
void                  anyio_capacity_limiter_set_total_tokens             (AnyioCapacityLimiter *self, double total_tokens);
ANYIO_AVAILABLE_IN_0_1
guint                 anyio_capacity_limiter_get_borrowed_tokens          (AnyioCapacityLimiter *self);
ANYIO_AVAILABLE_IN_0_1
double                anyio_capacity_limiter_get_available_tokens         (AnyioCapacityLimiter *self);
ANYIO_AVAILABLE_IN_0_1
GPtrArray            *anyio_capacity_limiter_get_borrowers                (AnyioCapacityLimiter *self);
ANYIO_AVAILABLE_IN_0_1
guint                 anyio_capacity_limiter_get_tasks_waiting            (AnyioCapacityLimiter *self);

/**
 * ANYIO_SELECT_CAPACITY_LIMITER: (skip)
 * @limiter: an #AnyioCapacityLimiter
 *
 * A case of anyio_select() that is chosen when the task has a token, as anyio_capacity_limiter_acquire().
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_CAPACITY_LIMITER(limiter) (anyio_select_case_capacity_limiter (limiter))
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase anyio_select_case_capacity_limiter (AnyioCapacityLimiter *self);

G_END_DECLS
