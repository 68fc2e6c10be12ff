/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_RATE_LIMITER (anyio_rate_limiter_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioRateLimiter, anyio_rate_limiter, ANYIO, RATE_LIMITER, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioRateLimiter *anyio_rate_limiter_new                   (double tokens_per_second, guint burst);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_rate_limiter_acquire               (AnyioRateLimiter *self, guint n_tokens, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_rate_limiter_acquire_nowait        (AnyioRateLimiter *self, guint n_tokens, GError **error);
ANYIO_AVAILABLE_IN_0_1
void              anyio_rate_limiter_acquire_async         (AnyioRateLimiter *self, guint n_tokens, GCancellable *cancellable, GAsyncReadyCallback callback,
                                                            gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_rate_limiter_acquire_finish        (AnyioRateLimiter *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
double            anyio_rate_limiter_get_tokens_per_second (AnyioRateLimiter *self);
ANYIO_AVAILABLE_IN_0_1
guint             anyio_rate_limiter_get_burst             (AnyioRateLimiter *self);
ANYIO_AVAILABLE_IN_0_1
double            anyio_rate_limiter_get_available_tokens  (AnyioRateLimiter *self);
ANYIO_AVAILABLE_IN_0_1
guint             anyio_rate_limiter_get_tasks_waiting     (AnyioRateLimiter *self);

G_END_DECLS
