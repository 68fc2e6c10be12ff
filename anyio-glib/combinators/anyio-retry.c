/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A function that is tried again when it fails, in the task of the caller. */

#include "combinators/anyio-retry.h"

#include "combinators/anyio-backoff.h"
#include "core/anyio-error.h"
#include "core/anyio-time.h"

/**
 * anyio_retry: (skip)
 * @func: the function
 * @user_data: its argument
 * @decide: (nullable): whether to try again; %NULL: after every failure but a cancellation
 * @backoff: how long to wait between attempts, and how many there are
 * @error: return location for an error
 *
 * Calls @func until it succeeds. Bound it in time with ANYIO_FAIL_AFTER(), and each attempt with another one inside @func. Cancel point.
 *
 * ```c
 * static gboolean
 * connect_once (gpointer data, GError **error)
 * {
 *   int *n_attempts = data;
 *
 *   if (++*n_attempts < 3)
 *     {
 *       g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "Nobody listens");
 *       return FALSE;
 *     }
 *
 *   return TRUE;
 * }
 *
 * static gboolean
 * connect_somehow (gpointer data, GError **error)
 * {
 *   AnyioBackoff backoff = ANYIO_BACKOFF_INIT;
 *   int n_attempts = 0;
 *
 *   backoff.delay = 0.01;
 *   backoff.max_attempts = 5;
 *   if (!anyio_retry (connect_once, &n_attempts, NULL, &backoff, error))
 *     return FALSE;
 *   g_print ("The %drd attempt succeeded\n", n_attempts);
 *
 *   return TRUE;
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (connect_somehow, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * Errors: that of the last attempt; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE if an attempt succeeded
 *
 * Since: 0.1
 */
gboolean
anyio_retry (AnyioTaskFunc func,
             gpointer user_data,
             AnyioRetryFunc decide,
             const AnyioBackoff *backoff,
             GError **error)
{
  g_return_val_if_fail (func != NULL, FALSE);
  g_return_val_if_fail (backoff != NULL, FALSE);

  for (guint n_failures = 1;; n_failures++)
    {
      g_autoptr (GError) failure = NULL;

      if (func (user_data, &failure))
        return TRUE;
      if (failure == NULL)
        failure = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "An attempt returned FALSE without setting an error");

      if (anyio_error_is_cancelled (failure) || n_failures == backoff->max_attempts || (decide != NULL && !decide (failure, n_failures, user_data)))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      if (!anyio_sleep (anyio_backoff_get_delay (backoff, n_failures), error))
        return FALSE;
    }
}
