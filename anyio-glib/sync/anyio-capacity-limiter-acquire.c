/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Borrowing the tokens of a capacity limiter, and giving them back. */

#include "sync/anyio-capacity-limiter-private.h"

#include "core/anyio-error-private.h"
#include "sync/anyio-wait-operation-private.h"

/* --- tokens ------------------------------------------------------------------------------------------------------------------------------ */

static gboolean
has_room (AnyioCapacityLimiter *self)
{
  return self->n_borrowed < self->total;
}

static void
lend (AnyioCapacityLimiter *self,
      AnyioToken *token)
{
  self->n_borrowed++;
  if (token == NULL)
    {
      self->n_anonymous++;
      return;
    }
  token->is_lent = TRUE;
  if (token->record != NULL)
    anyio_holding_add (&token->holding, &token->record->held);
}

void
anyio_capacity_limiter_lend_to_waiters (AnyioCapacityLimiter *self)
{
  AnyioWaiter *waiter;

  while (has_room (self) && (waiter = anyio_wait_queue_get_first (&self->queue)) != NULL)
    {
      lend (self, waiter->data);
      anyio_waiter_serve (waiter);
    }
}

/* Out of the book. */
static void
forget (AnyioToken *token)
{
  AnyioCapacityLimiter *self = token->limiter;

  g_hash_table_remove (self->book, token->borrower);
  token->holding.next = self->spare;
  self->spare = &token->holding;
}

static gboolean
forget_waiter (AnyioWaiter *waiter)
{
  forget (waiter->data);

  return FALSE;
}

static void
give_back (AnyioCapacityLimiter *self,
           AnyioToken *token)
{
  self->n_borrowed--;
  if (token == NULL)
    {
      self->n_anonymous--;
    }
  else
    {
      if (token->holding.link != NULL)
        anyio_holding_remove (&token->holding);
      forget (token);
    }
  anyio_capacity_limiter_lend_to_waiters (self);
}

static void
owner_ended (AnyioHolding *holding,
             const char *name)
{
  AnyioToken *token = ANYIO_CONTAINER (holding, AnyioToken, holding);

  give_back (token->limiter, token);
}

/* Into the book, not lent yet. NULL with MISUSE if @borrower is in it. */
static AnyioToken *
token_new (AnyioCapacityLimiter *self,
           gpointer borrower,
           AnyioRecord *record,
           GError **error)
{
  AnyioHolding *spare = self->spare;
  AnyioToken *token = g_hash_table_lookup (self->book, borrower);

  if (token != NULL)
    {
      const char *verb = token->is_lent ? "has" : "waits for";

      if (record != NULL)
        anyio_misuse (error, "Task \"%s\" %s a token of this capacity limiter already; it can have one at a time", record->name, verb);
      else
        anyio_misuse (error, "The borrower %p %s a token of this capacity limiter already; it can have one at a time", borrower, verb);
      return NULL;
    }

  if (spare != NULL)
    {
      token = ANYIO_CONTAINER (spare, AnyioToken, holding);
      self->spare = spare->next;
    }
  else
    {
      token = g_new (AnyioToken, 1);
    }
  *token = (AnyioToken){ .holding.owner_ended = owner_ended, .limiter = self, .borrower = borrower, .record = record };
  g_hash_table_insert (self->book, borrower, token);

  return token;
}

void
anyio_capacity_limiter_free_tokens (AnyioCapacityLimiter *self)
{
  AnyioHolding *spare = self->spare;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->book);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      AnyioToken *token = value;

      if (token->holding.link != NULL)
        anyio_holding_remove (&token->holding);
      g_free (token);
    }
  g_hash_table_unref (self->book);

  while (spare != NULL)
    {
      AnyioHolding *next = spare->next;

      g_free (ANYIO_CONTAINER (spare, AnyioToken, holding));
      spare = next;
    }
}

static AnyioToken *
find_lent (AnyioCapacityLimiter *self,
           gpointer borrower)
{
  AnyioToken *token = g_hash_table_lookup (self->book, borrower);

  return token != NULL && token->is_lent ? token : NULL;
}

/* --- borrowing ----------------------------------------------------------------------------------------------------------------------------- */

/* @current waits; the borrower is itself as @record, or @borrower alone. */
static gboolean
acquire (AnyioCapacityLimiter *self,
         gpointer borrower,
         AnyioRecord *record,
         AnyioRecord *current,
         GError **error)
{
  AnyioWaiter waiter = { .withdrawn = forget_waiter };

  waiter.data = token_new (self, borrower, record, error);
  if (waiter.data == NULL)
    return FALSE;
  if (has_room (self) && !anyio_wait_pass (current, error))
    {
      forget (waiter.data);
      return FALSE;
    }
  if (!has_room (self))
    return anyio_wait_queue_wait (&self->queue, &waiter, current, error);
  lend (self, waiter.data);

  return TRUE;
}

static gboolean
acquire_nowait (AnyioCapacityLimiter *self,
                gpointer borrower,
                AnyioRecord *record,
                GError **error)
{
  AnyioToken *token = NULL;

  if (borrower != NULL)
    {
      token = token_new (self, borrower, record, error);
      if (token == NULL)
        return FALSE;
    }
  if (!has_room (self))
    {
      if (token != NULL)
        forget (token);
      return anyio_wait_queue_would_block (&self->queue, error);
    }
  lend (self, token);

  return TRUE;
}

/**
 * anyio_capacity_limiter_acquire: (skip)
 * @self: a limiter
 * @error: return location for an error
 *
 * Borrows a token for the current task, and waits until there is one. Does not suspend if there is. Cancel point. AnyIO: CapacityLimiter.acquire().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE if the task has one, and in another thread; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when the task has the token
 *
 * Since: 0.1
 */
gboolean
anyio_capacity_limiter_acquire (AnyioCapacityLimiter *self,
                                GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);

  g_return_val_if_fail (ANYIO_IS_CAPACITY_LIMITER (self), FALSE);

  return record != NULL && anyio_wait_queue_check (&self->queue, G_STRFUNC, error) && acquire (self, record, record, record, error);
}

/**
 * anyio_capacity_limiter_acquire_nowait:
 * @self: a limiter
 * @error: return location for an error
 *
 * Borrows a token for the current task if there is one. Outside tasks it is nobody's, and a caller may have several. Never suspends.
 * AnyIO: CapacityLimiter.acquire_nowait().
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK; %ANYIO_ERROR_MISUSE if the task has one, and in another thread.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
anyio_capacity_limiter_acquire_nowait (AnyioCapacityLimiter *self,
                                       GError **error)
{
  AnyioRecord *record = anyio_wait_queue_get_task ();

  g_return_val_if_fail (ANYIO_IS_CAPACITY_LIMITER (self), FALSE);

  return anyio_wait_queue_check (&self->queue, G_STRFUNC, error) && acquire_nowait (self, record, record, error);
}

/**
 * anyio_capacity_limiter_acquire_async:
 * @self: a limiter
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async) (closure user_data): called when there is a token
 * @user_data: its argument
 *
 * anyio_capacity_limiter_acquire() for callers that are not a task. The token is nobody's, and a caller may have several.
 *
 * Since: 0.1
 */
void
anyio_capacity_limiter_acquire_async (AnyioCapacityLimiter *self,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  AnyioWaitOperation *operation;

  g_return_if_fail (ANYIO_IS_CAPACITY_LIMITER (self));

  operation = anyio_wait_operation_new (&self->queue, anyio_capacity_limiter_acquire_async, G_STRFUNC, cancellable, callback, user_data);
  if (operation == NULL)
    return;
  if (!has_room (self))
    {
      anyio_wait_operation_queue (operation);
      return;
    }
  lend (self, NULL);
  anyio_twin_succeed (&operation->twin);
}

/**
 * anyio_capacity_limiter_acquire_finish:
 * @self: a limiter
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_capacity_limiter_acquire_async().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE if there is a token now, to be given back with anyio_capacity_limiter_release() outside tasks
 *
 * Since: 0.1
 */
gboolean
anyio_capacity_limiter_acquire_finish (AnyioCapacityLimiter *self,
                                       GAsyncResult *result,
                                       GError **error)
{
  return anyio_twin_finish (self, result, anyio_capacity_limiter_acquire_async, error);
}

/**
 * anyio_capacity_limiter_release:
 * @self: a limiter
 *
 * Gives the token of the current task back; outside tasks, one that is nobody's. A critical message is logged if there is none. Never suspends.
 * AnyIO: CapacityLimiter.release().
 *
 * Since: 0.1
 */
void
anyio_capacity_limiter_release (AnyioCapacityLimiter *self)
{
  AnyioRecord *record = anyio_wait_queue_get_task ();
  AnyioToken *token;

  g_return_if_fail (ANYIO_IS_CAPACITY_LIMITER (self));

  if (!anyio_wait_queue_check (&self->queue, G_STRFUNC, NULL))
    return;
  token = record != NULL ? find_lent (self, record) : NULL;
  if (token != NULL || (record == NULL && self->n_anonymous > 0))
    give_back (self, token);
  else if (record != NULL)
    g_critical ("Task \"%s\" gives back a token of a capacity limiter, but has none", record->name);
  else
    g_critical ("%s() was called outside tasks, but no token was borrowed there", G_STRFUNC);
}

/**
 * anyio_capacity_limiter_acquire_on_behalf_of: (skip)
 * @self: a limiter
 * @borrower: (type GObject): whose token it will be; only the address counts, and nothing is done with it
 * @error: return location for an error
 *
 * Borrows a token for @borrower instead of the task that calls. Cancel point. AnyIO: CapacityLimiter.acquire_on_behalf_of().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE if @borrower has one, or waits for one, and in another thread; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when @borrower has the token
 *
 * Since: 0.1
 */
gboolean
anyio_capacity_limiter_acquire_on_behalf_of (AnyioCapacityLimiter *self,
                                             gpointer borrower,
                                             GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);

  g_return_val_if_fail (ANYIO_IS_CAPACITY_LIMITER (self), FALSE);
  g_return_val_if_fail (borrower != NULL, FALSE);

  return record != NULL && anyio_wait_queue_check (&self->queue, G_STRFUNC, error) && acquire (self, borrower, NULL, record, error);
}

/**
 * anyio_capacity_limiter_acquire_on_behalf_of_nowait:
 * @self: a limiter
 * @borrower: (type GObject): whose token it will be
 * @error: return location for an error
 *
 * Borrows a token for @borrower if there is one. Never suspends. AnyIO: CapacityLimiter.acquire_on_behalf_of_nowait().
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK; %ANYIO_ERROR_MISUSE if @borrower has one, or waits for one, and in another thread.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
anyio_capacity_limiter_acquire_on_behalf_of_nowait (AnyioCapacityLimiter *self,
                                                    gpointer borrower,
                                                    GError **error)
{
  g_return_val_if_fail (ANYIO_IS_CAPACITY_LIMITER (self), FALSE);
  g_return_val_if_fail (borrower != NULL, FALSE);

  return anyio_wait_queue_check (&self->queue, G_STRFUNC, error) && acquire_nowait (self, borrower, NULL, error);
}

/**
 * anyio_capacity_limiter_acquire_on_behalf_of_async:
 * @self: a limiter
 * @borrower: (type GObject): whose token it will be
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async) (closure user_data): called when there is a token
 * @user_data: its argument
 *
 * anyio_capacity_limiter_acquire_on_behalf_of() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_capacity_limiter_acquire_on_behalf_of_async (AnyioCapacityLimiter *self,
                                                   gpointer borrower,
                                                   GCancellable *cancellable,
                                                   GAsyncReadyCallback callback,
                                                   gpointer user_data)
{
  AnyioWaitOperation *operation;
  GError *error = NULL;
  AnyioToken *token;

  g_return_if_fail (ANYIO_IS_CAPACITY_LIMITER (self));
  g_return_if_fail (borrower != NULL);

  operation = anyio_wait_operation_new (&self->queue, anyio_capacity_limiter_acquire_on_behalf_of_async, G_STRFUNC, cancellable, callback, user_data);
  if (operation == NULL)
    return;

  token = token_new (self, borrower, NULL, &error);
  if (token == NULL)
    {
      anyio_twin_fail (&operation->twin, error);
    }
  else if (has_room (self))
    {
      lend (self, token);
      anyio_twin_succeed (&operation->twin);
    }
  else
    {
      operation->waiter.data = token;
      operation->waiter.withdrawn = forget_waiter;
      anyio_wait_operation_queue (operation);
    }
}

/**
 * anyio_capacity_limiter_acquire_on_behalf_of_finish:
 * @self: a limiter
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_capacity_limiter_acquire_on_behalf_of_async().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE if the borrower has a token, or waits for one, and in another thread.
 *
 * Returns: %TRUE if the borrower has the token
 *
 * Since: 0.1
 */
gboolean
anyio_capacity_limiter_acquire_on_behalf_of_finish (AnyioCapacityLimiter *self,
                                                    GAsyncResult *result,
                                                    GError **error)
{
  return anyio_twin_finish (self, result, anyio_capacity_limiter_acquire_on_behalf_of_async, error);
}

/**
 * anyio_capacity_limiter_release_on_behalf_of:
 * @self: a limiter
 * @borrower: (type GObject): who has a token
 *
 * Gives the token of @borrower back. A critical message is logged if there is none. Never suspends. AnyIO: CapacityLimiter.release_on_behalf_of().
 *
 * Since: 0.1
 */
void
anyio_capacity_limiter_release_on_behalf_of (AnyioCapacityLimiter *self,
                                             gpointer borrower)
{
  AnyioToken *token;

  g_return_if_fail (ANYIO_IS_CAPACITY_LIMITER (self));
  g_return_if_fail (borrower != NULL);

  if (!anyio_wait_queue_check (&self->queue, G_STRFUNC, NULL))
    return;
  token = find_lent (self, borrower);
  if (token != NULL)
    give_back (self, token);
  else
    g_critical ("%s() was called for the borrower %p, which has no token of this limiter", G_STRFUNC, borrower);
}

/* --- as one of several -------------------------------------------------------------------------------------------------------------------- */

static gboolean
try_to_acquire (AnyioSelectCase *each,
                AnyioParty *party,
                GError **error)
{
  AnyioCapacityLimiter *self = each->object;
  AnyioRecord *record = anyio_wait_queue_get_task (); /* who gives it back */

  if (!anyio_wait_queue_check (&self->queue, "anyio_select", error))
    return TRUE;
  if (!has_room (self) && !g_hash_table_contains (self->book, record))
    return FALSE;
  acquire_nowait (self, record, record, error);

  return TRUE;
}

static gboolean
enqueue (AnyioSelectCase *each,
         AnyioParty *party,
         GError **error)
{
  AnyioCapacityLimiter *self = each->object;
  AnyioToken *token = token_new (self, party->wait.record, party->wait.record, error);
  AnyioWaiter *waiter;

  if (token == NULL)
    return FALSE;
  waiter = anyio_wait_queue_append_case (&self->queue, each, party);
  waiter->data = token;
  waiter->withdrawn = forget_waiter;

  return TRUE;
}

static const AnyioSelectOps select_ops = { try_to_acquire, enqueue, anyio_wait_queue_withdraw_case, NULL };

/**
 * anyio_select_case_capacity_limiter: (skip)
 * @self: a limiter
 *
 * Makes the case of ANYIO_SELECT_CAPACITY_LIMITER().
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_capacity_limiter (AnyioCapacityLimiter *self)
{
  g_return_val_if_fail (ANYIO_IS_CAPACITY_LIMITER (self), (AnyioSelectCase){ .ops = NULL });

  return (AnyioSelectCase){ .ops = &select_ops, .object = self };
}
