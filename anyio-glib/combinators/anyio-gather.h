/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Several functions at once: all of them, the first that ends, the first that succeeds. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioPart: (skip)
 * @name: the name of its task
 * @func: the function
 * @user_data: its argument, which also carries its result out
 *
 * One of several functions that are run at once. Write ANYIO_PART().
 *
 * Since: 0.1
 */
struct _AnyioPart
{
  const char *name;
  AnyioTaskFunc func;
  gpointer user_data;
};

/**
 * ANYIO_PART: (skip)
 * @func: the function; its name is the task's
 * @user_data: its argument
 *
 * Initialises an #AnyioPart.
 *
 * Since: 0.1
 */
#define ANYIO_PART(func, user_data) { #func, func, user_data }

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_gather        (const AnyioPart *parts, guint n_parts, GError **error);
ANYIO_AVAILABLE_IN_0_1
int      anyio_race          (const AnyioPart *parts, guint n_parts, GError **error);
ANYIO_AVAILABLE_IN_0_1
int      anyio_first_success (const AnyioPart *parts, guint n_parts, double stagger, GError **error);

G_END_DECLS
