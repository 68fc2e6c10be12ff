/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
void anyio_bind_application (GApplication *application);

G_END_DECLS
