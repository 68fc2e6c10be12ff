/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A cache whose values are loaded by tasks. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioCacheFuncs: (skip)
 * @hash: the hash of a key
 * @equal: whether two keys are the same
 * @key_copy: copies a key
 * @key_free: frees a key
 * @value_copy: copies or references a value
 * @value_free: frees or releases a value
 * @load: loads the value of a key; it may suspend. It returns the value (transfer full), or %NULL with an error
 *
 * What a cache does with keys and values.
 *
 * Since: 0.1
 */
typedef struct
{
  GHashFunc hash;
  GEqualFunc equal;
  GBoxedCopyFunc key_copy;
  GBoxedFreeFunc key_free;
  GBoxedCopyFunc value_copy;
  GBoxedFreeFunc value_free;
  gpointer (*load) (gconstpointer key, gpointer user_data, GError **error);
} AnyioCacheFuncs;

#define ANYIO_TYPE_CACHE (anyio_cache_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioCache, anyio_cache, ANYIO, CACHE, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioCache *anyio_cache_new          (const AnyioCacheFuncs *funcs, gpointer user_data, GDestroyNotify destroy);
ANYIO_AVAILABLE_IN_0_1
gpointer    anyio_cache_get          (AnyioCache *self, gconstpointer key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
ANYIO_AVAILABLE_IN_0_1
gpointer    anyio_cache_peek         (AnyioCache *self, gconstpointer key) G_GNUC_WARN_UNUSED_RESULT;
ANYIO_AVAILABLE_IN_0_1
gboolean    anyio_cache_remove       (AnyioCache *self, gconstpointer key);
ANYIO_AVAILABLE_IN_0_1
void        anyio_cache_remove_all   (AnyioCache *self);
ANYIO_AVAILABLE_IN_0_1
guint       anyio_cache_get_max_size (AnyioCache *self);
ANYIO_AVAILABLE_IN_0_1
void        anyio_cache_set_max_size (AnyioCache *self, guint n_values);
ANYIO_AVAILABLE_IN_0_1
double      anyio_cache_get_max_age  (AnyioCache *self);
ANYIO_AVAILABLE_IN_0_1
void        anyio_cache_set_max_age  (AnyioCache *self, double seconds);
ANYIO_AVAILABLE_IN_0_1
guint       anyio_cache_get_size     (AnyioCache *self);
ANYIO_AVAILABLE_IN_0_1
guint64     anyio_cache_get_n_hits   (AnyioCache *self);
ANYIO_AVAILABLE_IN_0_1
guint64     anyio_cache_get_n_misses (AnyioCache *self);

G_END_DECLS
