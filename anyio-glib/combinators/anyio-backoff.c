/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How long to wait between attempts. */

#include "combinators/anyio-backoff.h"

#include <math.h>

/**
 * anyio_backoff_get_delay: (skip)
 * @self: the delays
 * @n_failures: how many attempts have failed in a row, at least 1
 *
 * Computes how long to wait before the next attempt.
 *
 * Returns: seconds
 *
 * Since: 0.1
 */
double
anyio_backoff_get_delay (const AnyioBackoff *self,
                         guint n_failures)
{
  double delay;

  g_return_val_if_fail (self != NULL, 0);
  g_return_val_if_fail (self->delay >= 0 && self->max_delay >= 0, 0);
  g_return_val_if_fail (self->factor >= 1 && self->jitter >= 0 && self->jitter <= 1, 0);
  g_return_val_if_fail (n_failures >= 1, 0);

  if (self->delay == 0)
    return 0; /* times infinity it would be no number */
  delay = MIN (self->delay * pow (self->factor, n_failures - 1), self->max_delay);

  return self->jitter > 0 ? delay * (1 - self->jitter * g_random_double ()) : delay;
}
