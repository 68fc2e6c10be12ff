/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How long to wait between attempts. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioBackoff: (skip)
 * @delay: seconds before the second attempt
 * @factor: each further delay is this many times the one before, at least 1
 * @max_delay: no delay is longer, in seconds
 * @jitter: which part of each delay is left to chance, from 0 (none) to 1 (all of it)
 * @max_attempts: how many attempts there are at most; 0 for no bound
 *
 * The delays between attempts: they grow, so that what is overloaded can recover, and are cut short by chance, so that many clients do not come back at once. Begin with
 * %ANYIO_BACKOFF_INIT and change what differs. The chance is that of g_random_double().
 *
 * Since: 0.1
 */
struct _AnyioBackoff
{
  double delay;
  double factor;
  double max_delay;
  double jitter;
  guint max_attempts;
};

/**
 * ANYIO_BACKOFF_INIT: (skip)
 *
 * Initialises an #AnyioBackoff: 0.1 seconds, doubled up to 30 seconds, half of it left to chance, without a bound.
 *
 * Since: 0.1
 */
#define ANYIO_BACKOFF_INIT { 0.1, 2, 30, 0.5, 0 }

ANYIO_AVAILABLE_IN_0_1
double anyio_backoff_get_delay (const AnyioBackoff *self, guint n_failures);

G_END_DECLS
