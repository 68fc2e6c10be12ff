/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A function that is tried again when it fails. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioRetryFunc:
 * @error: the failure of the last attempt
 * @n_failures: how many attempts have failed
 * @user_data: the argument of the function that is tried
 *
 * Decides whether another attempt makes sense. It does not suspend.
 *
 * Returns: %TRUE to try again
 *
 * Since: 0.1
 */
typedef gboolean (*AnyioRetryFunc) (const GError *error, guint n_failures, gpointer user_data);

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_retry (AnyioTaskFunc func, gpointer user_data, AnyioRetryFunc decide, const AnyioBackoff *backoff, GError **error);

G_END_DECLS
