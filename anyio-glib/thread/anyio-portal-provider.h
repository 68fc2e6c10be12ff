/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_PORTAL_PROVIDER (anyio_portal_provider_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioPortalProvider, anyio_portal_provider, ANYIO, PORTAL_PROVIDER, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioPortalProvider *anyio_portal_provider_new         (const char *name, const AnyioRunOptions *options);
ANYIO_AVAILABLE_IN_0_1
AnyioPortal         *anyio_portal_provider_acquire     (AnyioPortalProvider *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                 anyio_portal_provider_release     (AnyioPortalProvider *self);
ANYIO_AVAILABLE_IN_0_1
const char          *anyio_portal_provider_get_name    (AnyioPortalProvider *self);
ANYIO_AVAILABLE_IN_0_1
AnyioRunOptions     *anyio_portal_provider_get_options (AnyioPortalProvider *self);

G_END_DECLS
