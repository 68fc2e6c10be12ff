/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One function for each item of an array, several at once. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_map_named (const char *name, AnyioTaskFunc func, gpointer items, gsize item_size, guint n_items, guint limit, GError **error);
#define anyio_map(func, items, item_size, n_items, limit, error) anyio_map_named (#func, func, items, item_size, n_items, limit, error)

G_END_DECLS
