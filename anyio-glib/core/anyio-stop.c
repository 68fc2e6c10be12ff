/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The soft stop. A request is a bit in the scope: whoever asks walks outwards from the current scope, past shields, so neither entering a scope nor spawning a task
 * pays for it. Those who wait stand in one list of the runtime, which a request goes through. Requests are rare; the walk is as long as scopes are nested.
 *
 * Who waits without being a task waits for one scope. When that is closed a request can no longer come, and the operation ends.
 */

#include "core/anyio-stop.h"

#include "core/anyio-cancel-scope-private.h"
#include "core/anyio-driver-private.h"
#include "core/anyio-offer-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-stop-private.h"
#include "core/anyio-time.h"
#include "core/anyio-twin-private.h"
#include "core/anyio-wait-private.h"

gboolean
anyio_scope_is_stopping (const AnyioScope *self)
{
  for (const AnyioScope *scope = self; scope != NULL; scope = scope->parent)
    if (scope->stopping)
      return TRUE;

  return FALSE;
}

/* An operation that waits for a request to a scope. */
typedef struct
{
  AnyioTwin twin;
  AnyioOffer offer;
  AnyioScope *scope;    /* borrowed: counts us, and ends us when it is closed; NULL once we are committed */
  gboolean was_closed;
} Operation;

static Operation *
get_operation (AnyioOffer *offer)
{
  return offer->party->wait.record == NULL ? ANYIO_CONTAINER (offer, Operation, offer) : NULL;
}

/* The scope for a request to which @offer waits. */
static const AnyioScope *
get_awaited (AnyioOffer *offer)
{
  const Operation *operation = get_operation (offer);

  return operation != NULL ? operation->scope : offer->party->wait.record->scope;
}

static void
leave_scope (Operation *self)
{
  self->scope->extra->n_stop_operations--;
  self->scope = NULL;
}

static void
commit (AnyioOffer *offer)
{
  Operation *operation = get_operation (offer);

  if (operation != NULL)
    leave_scope (operation);
  anyio_offer_commit (offer);
}

void
anyio_stop_wake_waiters (AnyioRuntime *runtime)
{
  AnyioList waiters;
  AnyioList *link;

  anyio_list_init (&waiters);
  while ((link = anyio_list_first (&runtime->stop_waiters)) != NULL)
    {
      anyio_list_remove (link);
      anyio_list_append (&waiters, link);
    }
  while ((link = anyio_list_first (&waiters)) != NULL)
    {
      AnyioOffer *offer = ANYIO_CONTAINER (link, AnyioOffer, link);

      anyio_list_remove (link);
      if (anyio_scope_is_stopping (get_awaited (offer)))
        commit (offer);
      else
        anyio_list_append (&runtime->stop_waiters, link);
    }
  anyio_driver_tell_stop (runtime);
}

void
anyio_stop_end_operations (AnyioScope *scope)
{
  AnyioList ended;
  AnyioList *link;

  anyio_list_init (&ended);
  ANYIO_LIST_FOREACH (&scope->runtime->stop_waiters, each)
    {
      Operation *operation = get_operation (ANYIO_CONTAINER (each, AnyioOffer, link));

      if (operation == NULL || operation->scope != scope)
        continue;
      operation->was_closed = TRUE;
      anyio_list_remove (each);
      anyio_list_append (&ended, each);
    }
  while ((link = anyio_list_first (&ended)) != NULL)
    commit (ANYIO_CONTAINER (link, AnyioOffer, link));
}

static void
grace_ended (AnyioTimer *timer)
{
  AnyioStop *self = ANYIO_CONTAINER (timer, AnyioStop, timer);

  anyio_scope_cancel (self->scope, ANYIO_CANCEL_EXPLICIT, self->reason != NULL ? self->reason : "a stop was requested, and the grace period ended", NULL);
}

void
anyio_stop_retire (AnyioStop *self)
{
  if (anyio_timer_is_armed (&self->timer))
    anyio_loop_disarm (&self->scope->runtime->loop, &self->timer);
}

void
anyio_stop_free (AnyioStop *self)
{
  g_free (self->reason);
  g_free (self);
}

void
anyio_scope_request_stop (AnyioScope *self,
                          double grace,
                          const char *reason)
{
  AnyioScopeExtra *extra = anyio_scope_get_extra (self);
  AnyioLoop *loop = &self->runtime->loop;
  gint64 due_ns = anyio_seconds_to_ns (grace);

  if (extra->stop == NULL)
    {
      extra->stop = g_new0 (AnyioStop, 1);
      anyio_timer_init (&extra->stop->timer, anyio_loop_next_seq (loop), grace_ended);
      extra->stop->due_ns = ANYIO_TIME_NEVER;
      extra->stop->scope = self;
      extra->stop->reason = g_strdup (reason);
    }
  if (due_ns != ANYIO_TIME_NEVER)
    {
      due_ns = anyio_ns_add (anyio_loop_now (loop), due_ns);
      if (due_ns < extra->stop->due_ns)
        {
          extra->stop->due_ns = due_ns;
          anyio_loop_arm (loop, &extra->stop->timer, due_ns);
        }
    }

  if (self->stopping)
    return;
  self->stopping = TRUE;
  anyio_stop_wake_waiters (self->runtime);
}

/* --- from other threads ----------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  AnyioRunnable message;
  AnyioCancelScope *scope; /* owned */
  double grace;
  char *reason; /* owned; NULL */
} StopMessage;

static void
stop_message_free (StopMessage *self)
{
  g_object_unref (self->scope);
  g_free (self->reason);
  g_free (self);
}

static void
take_stop_message (AnyioRunnable *runnable)
{
  StopMessage *self = ANYIO_CONTAINER (runnable, StopMessage, message);

  if (self->scope->scope->state == ANYIO_SCOPE_LIVE)
    anyio_scope_request_stop (self->scope->scope, self->grace, self->reason);
  stop_message_free (self);
}

static void
post_request (AnyioCancelScope *scope,
              double grace,
              const char *reason)
{
  StopMessage *message = g_new (StopMessage, 1);

  message->message.run = take_stop_message;
  message->scope = g_object_ref (scope);
  message->grace = grace;
  message->reason = g_strdup (reason);
  if (!anyio_loop_post (&scope->runtime->loop, &message->message))
    stop_message_free (message);
}

/**
 * anyio_cancel_scope_request_stop:
 * @self: a scope that is entered
 * @grace: seconds until the scope is cancelled; infinity for never, 0 for now
 * @reason: (nullable): why, for the error messages of those who are cancelled in the end
 *
 * Asks what runs inside the scope to come to an end by itself. No function fails because of it: tasks look with anyio_is_stop_requested() or wait with
 * anyio_wait_stop_requested(), below shields, too. What still runs after @grace seconds is cancelled. A second request can only shorten the
 * grace. Never suspends. May be called in any thread.
 *
 * Since: 0.1
 */
void
anyio_cancel_scope_request_stop (AnyioCancelScope *self,
                                 double grace,
                                 const char *reason)
{
  AnyioRuntime *runtime;

  g_return_if_fail (ANYIO_IS_CANCEL_SCOPE (self));

  grace = anyio_scope_check_timeout (grace, G_STRFUNC);
  runtime = g_atomic_pointer_get (&self->runtime);
  if (runtime == NULL)
    {
      g_critical ("%s() was called for a scope that no task has entered", G_STRFUNC);
      return;
    }
  if (!anyio_runtime_is_owner (runtime))
    post_request (self, grace, reason);
  else if (self->scope->state == ANYIO_SCOPE_LIVE)
    anyio_scope_request_stop (self->scope, grace, reason);
}

/**
 * anyio_cancel_scope_get_stop_requested:
 * @self: a scope
 *
 * Tells whether what runs inside the scope was asked to come to an end: by a request to this scope or to an outer one, shields or not.
 *
 * Returns: %TRUE if so
 *
 * Since: 0.1
 */
gboolean
anyio_cancel_scope_get_stop_requested (AnyioCancelScope *self)
{
  g_return_val_if_fail (ANYIO_IS_CANCEL_SCOPE (self), FALSE);

  return anyio_scope_is_stopping (self->scope);
}

static GError *
make_closed_error (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "The scope was left, and no stop of it was requested");
}

static void
finish_operation (AnyioTwin *twin,
                  gboolean cancelled)
{
  Operation *self = ANYIO_CONTAINER (twin, Operation, twin);

  if (self->scope != NULL)
    leave_scope (self);
  if (self->was_closed)
    g_task_return_error (twin->task, make_closed_error ());
  else
    anyio_twin_return (twin, cancelled);
}

/**
 * anyio_cancel_scope_wait_stop_requested_async:
 * @self: a scope that is entered
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async) (closure user_data): called when a stop of the scope, or of an outer one, was requested
 * @user_data: its argument
 *
 * anyio_wait_stop_requested() for callers that are not a task, and therefore say for which scope they ask.
 *
 * Since: 0.1
 */
void
anyio_cancel_scope_wait_stop_requested_async (AnyioCancelScope *self,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback,
                                              gpointer user_data)
{
  GError *error = NULL;
  Operation *operation;
  GTask *task;

  g_return_if_fail (ANYIO_IS_CANCEL_SCOPE (self));
  g_return_if_fail (self->scope->runtime != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_cancel_scope_wait_stop_requested_async);
  if (!anyio_runtime_check_owner (self->scope->runtime, G_STRFUNC, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  operation = anyio_twin_new (sizeof *operation, task, finish_operation);
  if (operation == NULL)
    return;
  if (anyio_scope_is_stopping (self->scope))
    {
      anyio_twin_succeed (&operation->twin);
      return;
    }
  if (self->scope->state != ANYIO_SCOPE_LIVE)
    {
      anyio_twin_fail (&operation->twin, make_closed_error ());
      return;
    }
  operation->offer.party = &operation->twin.party;
  operation->scope = self->scope;
  anyio_scope_get_extra (self->scope)->n_stop_operations++;
  anyio_list_append (&self->scope->runtime->stop_waiters, &operation->offer.link);
  anyio_twin_wait (&operation->twin, &operation->offer);
}

/**
 * anyio_cancel_scope_wait_stop_requested_finish:
 * @self: a scope
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_cancel_scope_wait_stop_requested_async().
 *
 * Errors: %G_IO_ERROR_CLOSED if the scope was left before; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE in another thread than that of the scope.
 *
 * Returns: %TRUE when a stop was requested
 *
 * Since: 0.1
 */
gboolean
anyio_cancel_scope_wait_stop_requested_finish (AnyioCancelScope *self,
                                               GAsyncResult *result,
                                               GError **error)
{
  return anyio_twin_finish (self, result, anyio_cancel_scope_wait_stop_requested_async, error);
}

/**
 * anyio_is_stop_requested:
 *
 * Tells whether the current task was asked to come to an end. For loops, which look before they begin the next round.
 *
 * Returns: %TRUE if a stop of one of its scopes was requested; %FALSE outside tasks
 *
 * Since: 0.1
 */
gboolean
anyio_is_stop_requested (void)
{
  AnyioRecord *record = anyio_runtime_current_or_visitor ();

  return record != NULL && anyio_scope_is_stopping (record->scope);
}

/**
 * anyio_wait_stop_requested: (skip)
 * @error: return location for an error
 *
 * Waits until the current task is asked to come to an end. Cancel point.
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when a stop of one of its scopes was requested
 *
 * Since: 0.1
 */
gboolean
anyio_wait_stop_requested (GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);

  if (record == NULL)
    return FALSE;
  if (anyio_scope_is_stopping (record->scope))
    return anyio_wait_pass (record, error);

  return anyio_wait_in_list (record, &anyio_record_get_runtime (record)->stop_waiters, error);
}
