/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Futures: a result that comes later, is set once, and is read any number of times by any number of tasks. Who sets it and who waits need not know each other;
 * cancelling one who waits disturbs nobody. */

#include "sync/anyio-future.h"

#include "sync/anyio-wait-operation-private.h"

/**
 * AnyioFuture:
 *
 * A value or an error that comes later. It is set once, by anyio_future_set_value(), anyio_future_set_error() or anyio_future_cancel(), and never changes
 * then. Any number of tasks wait for it and read it, as often as they like.
 *
 * ```c
 * static gboolean
 * compute (gpointer data, GError **error)
 * {
 *   AnyioFuture *answer = data;
 *   g_auto (GValue) value = G_VALUE_INIT;
 *
 *   if (!anyio_sleep (0.01, error))
 *     return FALSE;
 *   g_value_init (&value, G_TYPE_INT);
 *   g_value_set_int (&value, 42);
 *   anyio_future_set_value (answer, &value);
 *
 *   return TRUE;
 * }
 *
 * static gboolean
 * ask (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioFuture) answer = anyio_future_new ();
 *   g_auto (GValue) value = G_VALUE_INIT;
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *
 *   anyio_task_group_start_soon (group, compute, answer, NULL);
 *   if (!anyio_future_await (answer, &value, error))
 *     return FALSE;
 *   g_print ("%d\n", g_value_get_int (&value));
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (ask, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * It may be made anywhere, and belongs to the thread that uses it first.
 *
 * AnyIO: Future.
 *
 * Since: 0.1
 */
struct _AnyioFuture
{
  GObject parent_instance;

  AnyioWaitQueue queue;
  AnyioTaskStatus status; /* PENDING, FINISHED, FAILED or CANCELLED */
  GValue value;           /* unset unless FINISHED */
  GError *error;          /* owned; NULL unless FAILED or CANCELLED */
};

G_DEFINE_FINAL_TYPE (AnyioFuture, anyio_future, G_TYPE_OBJECT)

enum
{
  PROP_TASKS_WAITING = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* --- life ---------------------------------------------------------------------------------------------------------------------------------- */

static void
anyio_future_finalize (GObject *object)
{
  AnyioFuture *self = ANYIO_FUTURE (object);

  if (G_IS_VALUE (&self->value))
    g_value_unset (&self->value);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (anyio_future_parent_class)->finalize (object);
}

static void
anyio_future_get_property (GObject *object,
                           guint id,
                           GValue *value,
                           GParamSpec *pspec)
{
  AnyioFuture *self = ANYIO_FUTURE (object);

  switch (id)
    {
    case PROP_TASKS_WAITING:
      g_value_set_uint (value, anyio_future_get_tasks_waiting (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_future_class_init (AnyioFutureClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = anyio_future_finalize;
  object_class->get_property = anyio_future_get_property;

  /**
   * AnyioFuture:tasks-waiting:
   *
   * How many wait. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_TASKS_WAITING] = g_param_spec_uint ("tasks-waiting", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_future_init (AnyioFuture *self)
{
  anyio_wait_queue_init (&self->queue, self);
}

/**
 * anyio_future_new:
 *
 * Makes a future without a result.
 *
 * Returns: (transfer full): the future
 *
 * Since: 0.1
 */
AnyioFuture *
anyio_future_new (void)
{
  return g_object_new (ANYIO_TYPE_FUTURE, NULL);
}

/* --- setting --------------------------------------------------------------------------------------------------------------------------------- */

/* FALSE if it has a result, or this is another thread. */
static gboolean
settle (AnyioFuture *self,
        AnyioTaskStatus status,
        const char *function)
{
  if (!anyio_wait_queue_check (&self->queue, function, NULL) || self->status != ANYIO_TASK_PENDING)
    return FALSE;
  self->status = status;

  return TRUE;
}

/**
 * anyio_future_set_value:
 * @self: a future
 * @value: its result; copied
 *
 * Gives the future its result, unless it has one or was cancelled, and wakes all who wait. Never suspends. AnyIO: Future.return_value.
 *
 * Returns: %TRUE if this is the result now
 *
 * Since: 0.1
 */
gboolean
anyio_future_set_value (AnyioFuture *self,
                        const GValue *value)
{
  g_return_val_if_fail (ANYIO_IS_FUTURE (self), FALSE);
  g_return_val_if_fail (G_IS_VALUE (value), FALSE);

  if (!settle (self, ANYIO_TASK_FINISHED, G_STRFUNC))
    return FALSE;
  g_value_init (&self->value, G_VALUE_TYPE (value));
  g_value_copy (value, &self->value);
  anyio_wait_queue_serve_all (&self->queue);

  return TRUE;
}

/**
 * anyio_future_set_error:
 * @self: a future
 * @error: why there is no value; copied
 *
 * Gives the future an error as its result, unless it has one or was cancelled, and wakes all who wait. Never suspends. AnyIO: Future.exception.
 *
 * Returns: %TRUE if this is the result now
 *
 * Since: 0.1
 */
gboolean
anyio_future_set_error (AnyioFuture *self,
                        const GError *error)
{
  g_return_val_if_fail (ANYIO_IS_FUTURE (self), FALSE);
  g_return_val_if_fail (error != NULL, FALSE);

  if (!settle (self, ANYIO_TASK_FAILED, G_STRFUNC))
    return FALSE;
  self->error = g_error_copy (error);
  anyio_wait_queue_serve_all (&self->queue);

  return TRUE;
}

/**
 * anyio_future_cancel:
 * @self: a future
 *
 * Says that there will be no result, unless there is one, and wakes all who wait. For them it is an ordinary error, not a cancellation of theirs. Never
 * suspends. AnyIO: Future.cancel().
 *
 * Returns: %TRUE if it is cancelled by this
 *
 * Since: 0.1
 */
gboolean
anyio_future_cancel (AnyioFuture *self)
{
  g_return_val_if_fail (ANYIO_IS_FUTURE (self), FALSE);

  if (!settle (self, ANYIO_TASK_CANCELLED, G_STRFUNC))
    return FALSE;
  self->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The future was cancelled");
  anyio_wait_queue_serve_all (&self->queue);

  return TRUE;
}

/* --- reading --------------------------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_future_get_status:
 * @self: a future
 *
 * Tells whether there is a result, and which kind. AnyIO: Future.status.
 *
 * Returns: %ANYIO_TASK_PENDING, %ANYIO_TASK_FINISHED, %ANYIO_TASK_FAILED or %ANYIO_TASK_CANCELLED
 *
 * Since: 0.1
 */
AnyioTaskStatus
anyio_future_get_status (AnyioFuture *self)
{
  g_return_val_if_fail (ANYIO_IS_FUTURE (self), ANYIO_TASK_PENDING);

  return self->status;
}

/**
 * anyio_future_get_result: (skip)
 * @self: a future
 * @value: (out caller-allocates) (optional): uninitialized; set to the result
 * @error: return location for an error
 *
 * Gets the result, as often as wanted. Never suspends.
 *
 * Errors: %G_IO_ERROR_PENDING if there is none yet; the error that was set; %G_IO_ERROR_CANCELLED if the future was cancelled.
 *
 * Returns: %TRUE if there is a value
 *
 * Since: 0.1
 */
gboolean
anyio_future_get_result (AnyioFuture *self,
                         GValue *value,
                         GError **error)
{
  g_return_val_if_fail (ANYIO_IS_FUTURE (self), FALSE);

  if (self->status == ANYIO_TASK_PENDING)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PENDING, "The future has no result yet");
      return FALSE;
    }
  if (self->error != NULL)
    {
      g_propagate_error (error, g_error_copy (self->error));
      return FALSE;
    }
  if (value != NULL)
    {
      g_value_init (value, G_VALUE_TYPE (&self->value));
      g_value_copy (&self->value, value);
    }

  return TRUE;
}

/* --- waiting --------------------------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_future_wait: (skip)
 * @self: a future
 * @error: return location for an error
 *
 * Waits until there is a result, whatever it is. Cancel point; one who waits and is cancelled disturbs nobody. AnyIO: Future.wait().
 *
 * Errors: %G_IO_ERROR_CANCELLED if the task is cancelled; %ANYIO_ERROR_MISUSE in another thread; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when there is a result
 *
 * Since: 0.1
 */
gboolean
anyio_future_wait (AnyioFuture *self,
                   GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  AnyioWaiter waiter = { .data = NULL };

  g_return_val_if_fail (ANYIO_IS_FUTURE (self), FALSE);

  if (record == NULL || !anyio_wait_queue_check (&self->queue, G_STRFUNC, error))
    return FALSE;
  if (self->status != ANYIO_TASK_PENDING)
    return anyio_wait_pass (record, error);

  return anyio_wait_queue_wait (&self->queue, &waiter, record, error);
}

/**
 * anyio_future_await: (skip)
 * @self: a future
 * @value: (out caller-allocates) (optional): uninitialized; set to the result
 * @error: return location for an error
 *
 * Waits until there is a result, and gets it. Cancel point. AnyIO: `await future`.
 *
 * Errors: as anyio_future_wait(), and those of the result: the error that was set, %G_IO_ERROR_CANCELLED if the future was cancelled.
 *
 * Returns: %TRUE if there is a value
 *
 * Since: 0.1
 */
gboolean
anyio_future_await (AnyioFuture *self,
                    GValue *value,
                    GError **error)
{
  g_autoptr (AnyioFuture) kept = NULL;

  g_return_val_if_fail (ANYIO_IS_FUTURE (self), FALSE);

  kept = g_object_ref (self);

  return anyio_future_wait (self, error) && anyio_future_get_result (self, value, error);
}

static void
wait_in_callback_style (AnyioFuture *self,
                        gpointer tag,
                        const char *function,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  AnyioWaitOperation *operation = anyio_wait_operation_new (&self->queue, tag, function, cancellable, callback, user_data);

  if (operation == NULL)
    return;
  if (self->status != ANYIO_TASK_PENDING)
    anyio_twin_succeed (&operation->twin);
  else
    anyio_wait_operation_queue (operation);
}

/**
 * anyio_future_wait_async:
 * @self: a future
 * @cancellable: (nullable): ends the wait, and does nothing to the future
 * @callback: (scope async) (closure user_data): called when there is a result
 * @user_data: its argument
 *
 * anyio_future_wait() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_future_wait_async (AnyioFuture *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_return_if_fail (ANYIO_IS_FUTURE (self));

  wait_in_callback_style (self, anyio_future_wait_async, G_STRFUNC, cancellable, callback, user_data);
}

/**
 * anyio_future_wait_finish:
 * @self: a future
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_future_wait_async().
 *
 * Errors: %G_IO_ERROR_CANCELLED if the wait was cancelled; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE when there is a result
 *
 * Since: 0.1
 */
gboolean
anyio_future_wait_finish (AnyioFuture *self,
                          GAsyncResult *result,
                          GError **error)
{
  return anyio_twin_finish (self, result, anyio_future_wait_async, error);
}

/**
 * anyio_future_await_async:
 * @self: a future
 * @cancellable: (nullable): ends the wait, and does nothing to the future
 * @callback: (scope async) (closure user_data): called when there is a result
 * @user_data: its argument
 *
 * anyio_future_await() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_future_await_async (AnyioFuture *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (ANYIO_IS_FUTURE (self));

  wait_in_callback_style (self, anyio_future_await_async, G_STRFUNC, cancellable, callback, user_data);
}

/**
 * anyio_future_await_finish:
 * @self: a future
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_future_await_async().
 *
 * Errors: as anyio_future_await().
 *
 * Returns: (transfer full): the value, %NULL with @error set; free it with g_boxed_free (%G_TYPE_VALUE, value)
 *
 * Since: 0.1
 */
GValue *
anyio_future_await_finish (AnyioFuture *self,
                           GAsyncResult *result,
                           GError **error)
{
  if (!anyio_twin_finish (self, result, anyio_future_await_async, error) || !anyio_future_get_result (self, NULL, error))
    return NULL;

  return g_boxed_copy (G_TYPE_VALUE, &self->value);
}

/**
 * anyio_future_get_tasks_waiting:
 * @self: a future
 *
 * Counts those who wait.
 *
 * Returns: how many tasks, and operations in callback style
 *
 * Since: 0.1
 */
guint
anyio_future_get_tasks_waiting (AnyioFuture *self)
{
  g_return_val_if_fail (ANYIO_IS_FUTURE (self), 0);

  return self->queue.n_waiters;
}

/* --- as one of several -------------------------------------------------------------------------------------------------------------------- */

static gboolean
try_to_wait (AnyioSelectCase *each,
             AnyioParty *party,
             GError **error)
{
  AnyioFuture *self = each->object;

  return !anyio_wait_queue_check (&self->queue, "anyio_select", error) || self->status != ANYIO_TASK_PENDING;
}

static gboolean
enqueue (AnyioSelectCase *each,
         AnyioParty *party,
         GError **error)
{
  AnyioFuture *self = each->object;

  anyio_wait_queue_append_case (&self->queue, each, party);

  return TRUE;
}

static const AnyioSelectOps select_ops = { try_to_wait, enqueue, anyio_wait_queue_withdraw_case, NULL };

/**
 * anyio_select_case_future: (skip)
 * @self: a future
 *
 * Makes the case of ANYIO_SELECT_FUTURE().
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_future (AnyioFuture *self)
{
  g_return_val_if_fail (ANYIO_IS_FUTURE (self), (AnyioSelectCase){ .ops = NULL });

  return (AnyioSelectCase){ .ops = &select_ops, .object = self };
}
