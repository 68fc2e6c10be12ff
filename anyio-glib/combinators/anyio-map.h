/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One function for each item of an array, several at once. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_map_named (const char *name, AnyioTaskFunc func, gpointer items, gsize item_size, guint n_items, guint limit, GError **error);
/**
 * anyio_map: (skip)
 * @func: the function; its argument is a pointer to an item, its name is that of the tasks
 * @items: the array
 * @item_size: bytes of an item
 * @n_items: how many there are
 * @limit: how many may be worked on at once
 * @error: return location for an error
 *
 * Calls @func for each item: anyio_map_named().
 *
 * Since: 0.1
 */
#define anyio_map(func, items, item_size, n_items, limit, error) anyio_map_named (#func, func, items, item_size, n_items, limit, error)

G_END_DECLS
