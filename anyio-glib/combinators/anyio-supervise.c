/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A function that is started again when it ends: what a service is made of. Each of them is one task; together with the policy ANYIO_JOIN_SUPERVISE, which keeps the
 * tasks of a group from one another's failures, they are a supervisor. */

#include "combinators/anyio-supervise.h"

#include "combinators/anyio-backoff.h"
#include "core/anyio-cancel-scope.h"
#include "core/anyio-error.h"
#include "core/anyio-run.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-stop.h"
#include "core/anyio-time.h"

typedef struct
{
  const AnyioSupervision *supervision;
  const GError *error;
  guint n_failures;
  const char *task_name;
} Failure;

static void
tell_failure (gpointer data)
{
  const Failure *self = data;

  if (self->supervision->failed != NULL)
    self->supervision->failed (self->error, self->n_failures, self->supervision->user_data);
  else
    anyio_run_background_error (self->task_name, self->error);
}

/* FALSE: there is no restart, because of the error or, without one, because a stop was requested. */
static gboolean
wait_before_restart (double delay,
                     GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (delay);

  anyio_wait_stop_requested (error);

  return anyio_cancel_scope_exit (scope, error) && anyio_cancel_scope_get_cancelled_caught (scope);
}

/**
 * anyio_supervise: (skip)
 * @supervision: (type AnyioSupervision): what to run
 * @error: return location for an error
 *
 * Calls a function again and again. It ends with the function's success, unless that is to be restarted, too; with too many failures in a row; with a
 * cancellation; and, when a stop was requested, as soon as the function has returned. It has the form of a task, so that a group can run it:
 *
 * ```c
 * static gboolean
 * serve (gpointer data, GError **error)
 * {
 *   int *n_calls = data;
 *
 *   if (!anyio_sleep (0.01, error))
 *     return FALSE;
 *   if (++*n_calls < 3)
 *     {
 *       g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Failure %d", *n_calls);
 *       return FALSE;
 *     }
 *
 *   return TRUE;
 * }
 *
 * static void
 * failed (const GError *error, guint n_failures, gpointer data)
 * {
 *   g_print ("%s; once more\n", error->message);
 * }
 *
 * static gboolean
 * run_services (gpointer data, GError **error)
 * {
 *   const AnyioBackoff backoff = { .delay = 0.01, .factor = 2, .max_delay = 1, .max_attempts = 10 };
 *   int n_calls = 0;
 *   AnyioSupervision service = { serve, &n_calls, ANYIO_RESTART_ON_FAILURE, &backoff, 60, failed };
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *
 *   anyio_task_group_start_soon (group, anyio_supervise, &service, NULL);
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (run_services, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * Errors: that of the last call; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE if the last call succeeded, or a stop was requested while the next one was due
 *
 * Since: 0.1
 */
gboolean
anyio_supervise (gpointer supervision,
                 GError **error)
{
  const AnyioSupervision *self = supervision;
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  guint n_failures = 0;

  g_return_val_if_fail (self != NULL && self->func != NULL && self->backoff != NULL, FALSE);

  if (record == NULL)
    return FALSE;

  for (;;)
    {
      g_autoptr (GError) failure = NULL;
      g_autoptr (GError) wait_error = NULL;
      double began = anyio_current_time ();
      gboolean success = self->func (self->user_data, &failure);

      if (!success && failure == NULL)
        failure = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "A supervised function returned FALSE without setting an error");
      if (success && (self->restart != ANYIO_RESTART_ALWAYS || anyio_is_stop_requested ()))
        return TRUE;
      if (success || (self->stable_after > 0 && anyio_current_time () - began >= self->stable_after))
        n_failures = 0;
      if (!success)
        n_failures++;
      if (!success && (anyio_error_is_cancelled (failure) || n_failures == self->backoff->max_attempts || anyio_is_stop_requested ()))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }

      if (!success)
        {
          Failure told = { self, failure, n_failures, record->name };

          anyio_call_home (tell_failure, &told);
        }
      if (!wait_before_restart (anyio_backoff_get_delay (self->backoff, MAX (n_failures, 1)), &wait_error))
        {
          if (wait_error == NULL)
            return TRUE; /* a stop was requested, and what failed was told */
          g_propagate_error (error, g_steal_pointer (&wait_error));
          return FALSE;
        }
    }
}
