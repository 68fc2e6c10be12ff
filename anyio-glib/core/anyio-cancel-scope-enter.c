/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Entering and leaving cancel scopes: the explicit exit, which absorbs, the cleanup, which cannot, and the forms with a timeout. */

#include "core/anyio-cancel-scope-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"

static gboolean
enter (AnyioCancelScope *self,
       gconstpointer where,
       const char *function)
{
  AnyioRecord *record = anyio_runtime_current_or_visitor ();

  if (record == NULL)
    return anyio_misuse_no_task (NULL, function);
  if (self->scope != &self->own || self->own.state != ANYIO_SCOPE_NEW)
    return anyio_scope_refuse_entry (self->scope, record, NULL);

  g_object_ref (self); /* until it is closed: the task may forget it, but not the memory that its other scopes point to */
  self->own.where = where;
  anyio_scope_enter (&self->own, record);

  return TRUE;
}

/**
 * anyio_cancel_scope_enter: (skip)
 * @self: a scope that was never entered
 *
 * Makes @self the current scope of the current task. A timeout begins to run now. Never suspends. AnyIO: `with` statement.
 *
 * Since: 0.1
 */
void
anyio_cancel_scope_enter (AnyioCancelScope *self)
{
  g_return_if_fail (ANYIO_IS_CANCEL_SCOPE (self));

  enter (self, __builtin_return_address (0), G_STRFUNC);
}

/**
 * anyio_cancel_scope_exit: (skip)
 * @self: the innermost scope of the current task
 * @error: (inout) (optional) (nullable): the error of the code inside, if it failed
 *
 * Leaves the scope. If the scope was cancelled and the code inside failed with that cancellation, the scope absorbs it: @error is cleared, or turned
 * into %G_IO_ERROR_TIMED_OUT if it is a scope made by anyio_fail_after() whose deadline passed. Any other error stays as it is, and so does a
 * cancellation that comes from further out. With %NULL for @error the code inside is taken to have succeeded. A second exit gives the same answer.
 *
 * Suspends only if there are deferred cleanups, which it runs; see anyio_cancel_scope_defer().
 *
 * Errors: the error that was in @error unless absorbed; %G_IO_ERROR_TIMED_OUT; %ANYIO_ERROR_MISUSE when left out of order or by another task.
 *
 * Returns: %TRUE if no error is left
 *
 * Since: 0.1
 */
gboolean
anyio_cancel_scope_exit (AnyioCancelScope *self,
                         GError **error)
{
  g_autoptr (GError) misuse = NULL;
  GError *result;

  g_return_val_if_fail (ANYIO_IS_CANCEL_SCOPE (self), FALSE);

  if (self->own.state == ANYIO_SCOPE_CLOSED)
    {
      if (self->result != NULL && error != NULL && *error == NULL)
        *error = g_error_copy (self->result);
      return self->result == NULL && (error == NULL || *error == NULL);
    }
  if (!anyio_scope_check_exit (&self->own, &misuse))
    {
      if (error != NULL)
        {
          g_clear_error (error);
          g_propagate_error (error, g_steal_pointer (&misuse));
        }
      return FALSE;
    }

  result = error != NULL ? g_steal_pointer (error) : NULL;
  if (anyio_scope_close (&self->own, &result))
    return TRUE;

  self->result = g_error_copy (result);
  g_propagate_error (error, result);

  return FALSE;
}

/**
 * anyio_cancel_scope_leave: (skip)
 * @self: (transfer full): a scope
 *
 * What `g_autoptr (AnyioCancelScope)` does at the end of the block: leaves the scope if it is entered, and drops the reference. A cleanup
 * cannot turn a failed function into a successful one, so only an explicit anyio_cancel_scope_exit() absorbs a cancellation; but the expiry of
 * a scope made by anyio_fail_after() becomes %G_IO_ERROR_TIMED_OUT here, too.
 *
 * Since: 0.1
 */
void
anyio_cancel_scope_leave (AnyioCancelScope *self)
{
  if (self->own.state == ANYIO_SCOPE_LIVE && anyio_scope_check_exit (&self->own, NULL))
    anyio_scope_leave_by_cleanup (&self->own, self->location);

  g_object_unref (self);
}

static AnyioCancelScope *
open_scope (double deadline,
            gboolean is_timeout,
            GError **location,
            gboolean fails,
            gconstpointer where,
            const char *function)
{
  AnyioCancelScope *self = anyio_cancel_scope_new ();

  self->own.deadline = is_timeout ? anyio_scope_check_timeout (deadline, function) : anyio_scope_check_seconds (deadline, function);
  self->own.has_timeout = is_timeout;
  self->own.fails = fails;
  self->location = location;
  enter (self, where, function);

  return self;
}

/**
 * anyio_move_on_after: (skip)
 * @seconds: how long; negative counts as 0, infinity is never
 *
 * Makes and enters a scope that cancels what is inside after @seconds and then says nothing about it when it is exited with
 * anyio_cancel_scope_exit(): anyio_cancel_scope_get_cancelled_caught() tells. AnyIO: move_on_after().
 *
 * Returns: (transfer full): the scope, entered
 *
 * Since: 0.1
 */
AnyioCancelScope *
anyio_move_on_after (double seconds)
{
  return open_scope (seconds, TRUE, NULL, FALSE, __builtin_return_address (0), G_STRFUNC);
}

/**
 * anyio_move_on_at: (skip)
 * @deadline: when, in seconds on the clock of anyio_current_time()
 *
 * As anyio_move_on_after(), with an absolute time. AnyIO: move_on_at().
 *
 * Returns: (transfer full): the scope, entered
 *
 * Since: 0.1
 */
AnyioCancelScope *
anyio_move_on_at (double deadline)
{
  return open_scope (deadline, FALSE, NULL, FALSE, __builtin_return_address (0), G_STRFUNC);
}

/**
 * anyio_fail_after: (skip)
 * @seconds: how long; negative counts as 0, infinity is never
 * @error: (nullable): the error location of the surrounding function, for the case that the scope is left by its cleanup
 *
 * Makes and enters a scope that cancels what is inside after @seconds and turns that cancellation into %G_IO_ERROR_TIMED_OUT when it is left. AnyIO: fail_after().
 *
 * Returns: (transfer full): the scope, entered
 *
 * Since: 0.1
 */
AnyioCancelScope *
anyio_fail_after (double seconds,
                  GError **error)
{
  return open_scope (seconds, TRUE, error, TRUE, __builtin_return_address (0), G_STRFUNC);
}

/**
 * anyio_fail_at: (skip)
 * @deadline: when, in seconds on the clock of anyio_current_time()
 * @error: (nullable): the error location of the surrounding function
 *
 * As anyio_fail_after(), with an absolute time. AnyIO: fail_at().
 *
 * Returns: (transfer full): the scope, entered
 *
 * Since: 0.1
 */
AnyioCancelScope *
anyio_fail_at (double deadline,
               GError **error)
{
  return open_scope (deadline, FALSE, error, TRUE, __builtin_return_address (0), G_STRFUNC);
}

/**
 * anyio_with_timeout: (skip)
 * @seconds: how long @body may take
 * @body: the function
 * @user_data: its argument
 * @error: return location for an error
 *
 * Calls @body in a scope made by anyio_fail_after() and exits it.
 *
 * Errors: those of @body; %G_IO_ERROR_TIMED_OUT; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE if @body succeeded
 *
 * Since: 0.1
 */
gboolean
anyio_with_timeout (double seconds,
                    AnyioTaskFunc body,
                    gpointer user_data,
                    GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  GError *result = NULL;
  AnyioScope scope;
  gboolean success;

  if (record == NULL)
    return FALSE;

  anyio_scope_init (&scope);
  scope.deadline = anyio_scope_check_timeout (seconds, G_STRFUNC);
  scope.has_timeout = TRUE;
  scope.fails = TRUE;
  scope.where = __builtin_return_address (0);
  anyio_scope_enter (&scope, record);
  success = body (user_data, &result);
  if (G_UNLIKELY (success != (result == NULL)))
    anyio_record_mend_result (record, &result);
  /* An outer scope that @body exited out of order has closed it. */
  if (scope.state == ANYIO_SCOPE_LIVE && anyio_scope_check_exit (&scope, result == NULL ? &result : NULL))
    anyio_scope_close (&scope, &result);
  anyio_scope_clear (&scope);
  if (result == NULL)
    return TRUE;
  g_propagate_error (error, result);

  return FALSE;
}
