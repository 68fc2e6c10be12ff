/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_PORTAL_FUTURE (anyio_portal_future_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioPortalFuture, anyio_portal_future, ANYIO, PORTAL_FUTURE, GObject)

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_portal_future_wait    (AnyioPortalFuture *self, GValue *value, GError **error);
ANYIO_AVAILABLE_IN_0_1
void     anyio_portal_future_cancel  (AnyioPortalFuture *self, const char *reason);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_portal_future_is_done (AnyioPortalFuture *self);

G_END_DECLS
