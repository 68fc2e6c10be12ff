/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Signal receivers: a sink (base/anyio-signal-sink-private.h) and a queue of those who wait for what it holds.
 *
 * The signals stay in the sink's pipe until somebody takes them, so there is no second queue here. The loop watches the pipe only while somebody waits; before anything else is
 * taken, those who wait are served, in the order in which they came.
 *
 * Invariants
 *   R1   the pipe is watched, and the runtime is used, exactly while somebody waits
 *   R2   who waits keeps a reference, so what is disposed of is not watched
 *
 * Receiving costs one system call, and two more when it has to wait.
 */

#include "signal/anyio-signal-receiver.h"

#include "base/anyio-signal-sink-private.h"
#include "core/anyio-error-private.h"
#include "core/anyio-fd.h"
#include "sync/anyio-wait-operation-private.h"

/**
 * AnyioSignalReceiver:
 *
 * Receives Unix signals, as long as it is open. What arrives is kept in a queue, in the order of arrival, so none is missed while the task does something else; each receiver of a
 * signal gets it. Dropping the last reference closes it.
 *
 * ```c
 * static gboolean
 * serve (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioSignalReceiver) signals = anyio_signal_receiver_open (ANYIO_SIGNALS (SIGHUP, SIGTERM), error);
 *   int number;
 *
 *   if (signals == NULL)
 *     return FALSE;
 *   raise (SIGHUP);
 *   raise (SIGTERM);
 *   while ((number = anyio_signal_receiver_receive (signals, error)) == SIGHUP)
 *     g_print ("Read the settings again\n");
 *
 *   return number != 0;
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (serve, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * While one is open, the signal's default action does not happen, and a signal that was ignored is received. A handler that was there before is called as well, so
 * g_unix_signal_add() of other code goes on; anyio_signal_receiver_open_exclusive() keeps it out. What was there before is back when the last receiver of the signal
 * has been closed. Code that sets another handler meanwhile takes the signal away, and keeps it.
 *
 * Every signal that the process handles is received, so one that is sent three times is received three times; but while a standard signal is pending, because all
 * threads block it, the system keeps only one. A queue holds as much as a pipe, 65,536 on Linux; what comes then is lost and counted.
 *
 * There may be receivers in any number of threads. One is for the thread that uses it first. It may be made anywhere. In a child made by fork() signals do what they did before.
 * Under a replaced clock it is like a descriptor: time does not stand still for a signal that has not arrived.
 *
 * AnyIO: open_signal_receiver().
 *
 * Since: 0.1
 */
struct _AnyioSignalReceiver
{
  GObject parent_instance;

  AnyioWaitQueue queue;
  AnyioSignalSink *sink;  /* owned; NULL: closed */
  guint n_lost;           /* when it was closed */
  AnyioRuntime *runtime;  /* used and watching while somebody waits; NULL */
  AnyioWatch watch;
  gboolean is_watching;   /* the watch is in the runtime's loop: it has not fired */
};

G_DEFINE_FINAL_TYPE (AnyioSignalReceiver, anyio_signal_receiver, G_TYPE_OBJECT)

enum
{
  PROP_CLOSED = 1,
  PROP_LOST,
  PROP_PENDING,
  PROP_TASKS_WAITING,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
close_sink (AnyioSignalReceiver *self)
{
  if (self->sink == NULL)
    return;
  self->n_lost = anyio_signal_sink_get_lost (self->sink);
  g_clear_pointer (&self->sink, anyio_signal_sink_free);
}

static void
anyio_signal_receiver_dispose (GObject *object)
{
  close_sink (ANYIO_SIGNAL_RECEIVER (object));

  G_OBJECT_CLASS (anyio_signal_receiver_parent_class)->dispose (object);
}

static void
anyio_signal_receiver_get_property (GObject *object,
                                    guint id,
                                    GValue *value,
                                    GParamSpec *pspec)
{
  AnyioSignalReceiver *self = ANYIO_SIGNAL_RECEIVER (object);

  switch (id)
    {
    case PROP_CLOSED:
      g_value_set_boolean (value, anyio_signal_receiver_is_closed (self));
      break;
    case PROP_LOST:
      g_value_set_uint (value, anyio_signal_receiver_get_lost (self));
      break;
    case PROP_PENDING:
      g_value_set_uint (value, anyio_signal_receiver_get_pending (self));
      break;
    case PROP_TASKS_WAITING:
      g_value_set_uint (value, anyio_signal_receiver_get_tasks_waiting (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_signal_receiver_class_init (AnyioSignalReceiverClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = anyio_signal_receiver_dispose;
  object_class->get_property = anyio_signal_receiver_get_property;

  /**
   * AnyioSignalReceiver:closed: (getter is_closed)
   *
   * Whether it is closed. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_CLOSED] = g_param_spec_boolean ("closed", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioSignalReceiver:lost:
   *
   * How many signals came when the queue was full. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_LOST] = g_param_spec_uint ("lost", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioSignalReceiver:pending:
   *
   * How many signals have arrived and were not received. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_PENDING] = g_param_spec_uint ("pending", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioSignalReceiver:tasks-waiting:
   *
   * How many wait. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_TASKS_WAITING] = g_param_spec_uint ("tasks-waiting", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_signal_receiver_init (AnyioSignalReceiver *self)
{
  anyio_wait_queue_init (&self->queue, self);
}

static AnyioSignalReceiver *
make (const int *signals,
      gsize n_signals,
      gboolean exclusive,
      GError **error)
{
  AnyioSignalSink *sink;
  AnyioSignalReceiver *self;

  if (n_signals == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "A receiver of signals needs at least one signal");
      return NULL;
    }
  for (gsize i = 0; i < n_signals; i++)
    if (!anyio_signal_check (signals[i], error))
      return NULL;
  sink = anyio_signal_sink_new (signals, n_signals, ANYIO_SIGNAL_SINK_RECEIVER, exclusive, error);
  if (sink == NULL)
    return NULL;

  self = g_object_new (ANYIO_TYPE_SIGNAL_RECEIVER, NULL);
  self->sink = sink;

  return self;
}

/**
 * anyio_signal_receiver_open:
 * @signals: (array length=n_signals): the numbers of the signals
 * @n_signals: how many
 * @error: return location for an error
 *
 * Begins to receive signals. In C, ANYIO_SIGNALS() stands for the first two arguments: `anyio_signal_receiver_open (ANYIO_SIGNALS (SIGTERM, SIGHUP), error)`. AnyIO:
 * open_signal_receiver().
 *
 * Errors: %G_IO_ERROR_INVALID_ARGUMENT if there is no such signal, if the system does not let a program receive it (SIGKILL, SIGSTOP), or if it tells of a fault (SIGSEGV,
 * SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS); %G_IO_ERROR_TOO_MANY_OPEN_FILES.
 *
 * Returns: (transfer full): the receiver; %NULL with @error set
 *
 * Since: 0.1
 */
AnyioSignalReceiver *
anyio_signal_receiver_open (const int *signals,
                           gsize n_signals,
                           GError **error)
{
  g_return_val_if_fail (signals != NULL || n_signals == 0, NULL);

  return make (signals, n_signals, FALSE, error);
}

/**
 * anyio_signal_receiver_open_exclusive:
 * @signals: (array length=n_signals): the numbers of the signals
 * @n_signals: how many
 * @error: return location for an error
 *
 * Begins to receive signals that no handler is to see that was there before: that of a language, say, which would end the program. Other receivers get them all the same.
 *
 * Errors: as anyio_signal_receiver_open().
 *
 * Returns: (transfer full): the receiver; %NULL with @error set
 *
 * Since: 0.1
 */
AnyioSignalReceiver *
anyio_signal_receiver_open_exclusive (const int *signals,
                                     gsize n_signals,
                                     GError **error)
{
  g_return_val_if_fail (signals != NULL || n_signals == 0, NULL);

  return make (signals, n_signals, TRUE, error);
}

/* --- watching ------------------------------------------------------------------------------------------------------------------------------------ */

static void
unwatch (AnyioSignalReceiver *self)
{
  AnyioRuntime *runtime = g_steal_pointer (&self->runtime);

  if (runtime == NULL)
    return;
  if (self->is_watching)
    anyio_loop_remove_watch (&runtime->loop, &self->watch);
  self->is_watching = FALSE;
  anyio_runtime_end_use (runtime);
}

/* Those who wait get what has arrived, in order. */
static void
serve (AnyioSignalReceiver *self)
{
  AnyioWaiter *waiter;
  int number;

  while ((waiter = anyio_wait_queue_get_first (&self->queue)) != NULL && (number = anyio_signal_sink_read (self->sink)) != 0)
    {
      waiter->data = GINT_TO_POINTER (number);
      anyio_waiter_serve (waiter);
    }
}

static void
arrived (AnyioWatch *watch,
         GIOCondition revents)
{
  AnyioSignalReceiver *self = ANYIO_CONTAINER (watch, AnyioSignalReceiver, watch);
  g_autoptr (AnyioSignalReceiver) kept G_GNUC_UNUSED = g_object_ref (self);
  g_autoptr (GError) error = NULL;

  self->is_watching = FALSE;
  serve (self);
  if (self->queue.n_waiters > 0)
    self->is_watching = anyio_loop_add_watch (&self->runtime->loop, &self->watch, &error);
  if (error != NULL)
    anyio_wait_queue_fail_all (&self->queue, error);
  if (!self->is_watching)
    unwatch (self);
}

/* Somebody is about to wait. */
static gboolean
watch (AnyioSignalReceiver *self,
       GError **error)
{
  g_autoptr (GMainContext) context = NULL;

  if (self->runtime != NULL)
    return TRUE;

  context = g_main_context_ref_thread_default ();
  self->runtime = anyio_runtime_use (context, NULL, NULL, error);
  if (self->runtime == NULL)
    return FALSE;
  self->watch = (AnyioWatch){ .fd = anyio_signal_sink_get_fd (self->sink), .condition = G_IO_IN, .fire = arrived };
  self->is_watching = anyio_loop_add_watch (&self->runtime->loop, &self->watch, error);
  if (!self->is_watching)
    unwatch (self);

  return self->is_watching;
}

static gboolean
withdrawn (AnyioWaiter *waiter)
{
  AnyioSignalReceiver *self = ANYIO_CONTAINER (waiter->queue, AnyioSignalReceiver, queue);

  if (self->queue.n_waiters == 0)
    unwatch (self);

  return FALSE;
}

/* --- receiving --------------------------------------------------------------------------------------------------------------------------------- */

/* FALSE with CLOSED. Those who wait are served before anybody else takes something. */
static gboolean
prepare (AnyioSignalReceiver *self,
         GError **error)
{
  if (self->sink == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The receiver of signals is closed");
      return FALSE;
    }
  serve (self);
  if (self->queue.n_waiters == 0)
    unwatch (self);

  return TRUE;
}

/**
 * anyio_signal_receiver_receive: (skip)
 * @self: a receiver
 * @error: return location for an error
 *
 * Receives the next signal, waiting for it if need be. When several tasks wait, each signal goes to one of them, in the order in which they came. Cancel point: a
 * call that is cancelled has received nothing, and what arrived stays in the queue.
 *
 * Errors: %G_IO_ERROR_CLOSED if the receiver is closed, also meanwhile; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE in another thread; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: the number of the signal; 0 with @error set
 *
 * Since: 0.1
 */
int
anyio_signal_receiver_receive (AnyioSignalReceiver *self,
                               GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  AnyioWaiter waiter = { .withdrawn = withdrawn };
  int number;

  g_return_val_if_fail (ANYIO_IS_SIGNAL_RECEIVER (self), 0);

  if (record == NULL || !anyio_wait_queue_check (&self->queue, G_STRFUNC, error) || !anyio_wait_pass (record, error) || !prepare (self, error))
    return 0;
  number = anyio_signal_sink_read (self->sink);
  if (number != 0)
    return number;
  if (!watch (self, error) || !anyio_wait_queue_wait (&self->queue, &waiter, record, error))
    return 0;

  return GPOINTER_TO_INT (waiter.data);
}

/**
 * anyio_signal_receiver_receive_nowait:
 * @self: a receiver
 * @error: return location for an error
 *
 * Receives a signal if one has arrived. Never suspends, is no cancel point, and needs no task.
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK; %G_IO_ERROR_CLOSED if the receiver is closed; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: the number of the signal; 0 with @error set
 *
 * Since: 0.1
 */
int
anyio_signal_receiver_receive_nowait (AnyioSignalReceiver *self,
                                      GError **error)
{
  int number;

  g_return_val_if_fail (ANYIO_IS_SIGNAL_RECEIVER (self), 0);

  if (!anyio_wait_queue_check (&self->queue, G_STRFUNC, error) || !prepare (self, error))
    return 0;
  number = anyio_signal_sink_read (self->sink);
  if (number == 0)
    anyio_wait_queue_would_block (&self->queue, error);

  return number;
}

/**
 * anyio_signal_receiver_receive_async:
 * @self: a receiver
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async) (closure user_data): called when a signal has been received
 * @user_data: its argument
 *
 * anyio_signal_receiver_receive() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_signal_receiver_receive_async (AnyioSignalReceiver *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  AnyioWaitOperation *operation;
  GError *error = NULL;
  int number;

  g_return_if_fail (ANYIO_IS_SIGNAL_RECEIVER (self));

  operation = anyio_wait_operation_new (&self->queue, anyio_signal_receiver_receive_async, G_STRFUNC, cancellable, callback, user_data);
  if (operation == NULL)
    return;
  number = prepare (self, &error) ? anyio_signal_sink_read (self->sink) : 0;
  if (error != NULL || (number == 0 && !watch (self, &error)))
    {
      anyio_twin_fail (&operation->twin, error);
      return;
    }
  operation->waiter.data = GINT_TO_POINTER (number);
  if (number != 0)
    {
      anyio_twin_succeed (&operation->twin);
      return;
    }
  operation->waiter.withdrawn = withdrawn;
  anyio_wait_operation_queue (operation);
}

/**
 * anyio_signal_receiver_receive_finish:
 * @self: a receiver
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_signal_receiver_receive_async().
 *
 * Errors: as anyio_signal_receiver_receive().
 *
 * Returns: the number of the signal; 0 with @error set
 *
 * Since: 0.1
 */
int
anyio_signal_receiver_receive_finish (AnyioSignalReceiver *self,
                                      GAsyncResult *result,
                                      GError **error)
{
  const AnyioWaitOperation *operation;

  if (!anyio_twin_finish (self, result, anyio_signal_receiver_receive_async, error))
    return 0;
  operation = g_task_get_task_data (G_TASK (result));

  return GPOINTER_TO_INT (operation->waiter.data);
}

/**
 * anyio_signal_receiver_close:
 * @self: a receiver
 *
 * Receives no more: who waits gets %G_IO_ERROR_CLOSED, what was not received is dropped, and if it was the last one of a signal, what was there before it is back. A second time
 * does nothing. Never suspends.
 *
 * Since: 0.1
 */
void
anyio_signal_receiver_close (AnyioSignalReceiver *self)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (ANYIO_IS_SIGNAL_RECEIVER (self));

  if (self->sink == NULL || !anyio_wait_queue_check (&self->queue, G_STRFUNC, NULL))
    return;

  unwatch (self);
  anyio_notify_closing (anyio_signal_sink_get_fd (self->sink));
  close_sink (self);
  prepare (self, &error);
  anyio_wait_queue_fail_all (&self->queue, error);
}

/* --- what it knows ------------------------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_signal_receiver_is_closed: (get-property closed)
 * @self: a receiver
 *
 * Tells whether it is closed.
 *
 * Returns: %TRUE if it is
 *
 * Since: 0.1
 */
gboolean
anyio_signal_receiver_is_closed (AnyioSignalReceiver *self)
{
  g_return_val_if_fail (ANYIO_IS_SIGNAL_RECEIVER (self), TRUE);

  return self->sink == NULL;
}

/**
 * anyio_signal_receiver_get_pending:
 * @self: a receiver
 *
 * Counts the signals that have arrived and were not received.
 *
 * Returns: how many
 *
 * Since: 0.1
 */
guint
anyio_signal_receiver_get_pending (AnyioSignalReceiver *self)
{
  g_return_val_if_fail (ANYIO_IS_SIGNAL_RECEIVER (self), 0);

  return self->sink != NULL ? anyio_signal_sink_get_pending (self->sink) : 0;
}

/**
 * anyio_signal_receiver_get_lost:
 * @self: a receiver
 *
 * Counts the signals that came when the queue was full.
 *
 * Returns: how many
 *
 * Since: 0.1
 */
guint
anyio_signal_receiver_get_lost (AnyioSignalReceiver *self)
{
  g_return_val_if_fail (ANYIO_IS_SIGNAL_RECEIVER (self), 0);

  return self->sink != NULL ? anyio_signal_sink_get_lost (self->sink) : self->n_lost;
}

/**
 * anyio_signal_receiver_get_tasks_waiting:
 * @self: a receiver
 *
 * Counts those who wait.
 *
 * Returns: how many tasks, and operations in callback style
 *
 * Since: 0.1
 */
guint
anyio_signal_receiver_get_tasks_waiting (AnyioSignalReceiver *self)
{
  g_return_val_if_fail (ANYIO_IS_SIGNAL_RECEIVER (self), 0);

  return self->queue.n_waiters;
}

/* --- as one of several ---------------------------------------------------------------------------------------------------------------------------- */

static gboolean
try_to_receive (AnyioSelectCase *each,
                AnyioParty *party,
                GError **error)
{
  AnyioSignalReceiver *self = each->object;
  int number;

  if (!anyio_wait_queue_check (&self->queue, "anyio_select", error) || !prepare (self, error))
    return TRUE;
  number = anyio_signal_sink_read (self->sink);
  if (number != 0)
    *(int *) each->data = number;

  return number != 0;
}

static gboolean
enqueue (AnyioSelectCase *each,
         AnyioParty *party,
         GError **error)
{
  AnyioSignalReceiver *self = each->object;

  if (!watch (self, error))
    return FALSE;
  anyio_wait_queue_append_case (&self->queue, each, party)->withdrawn = withdrawn;

  return TRUE;
}

static void
finish (AnyioSelectCase *each,
        GError **error)
{
  AnyioWaiter *waiter = ANYIO_SELECT_STATE (each, AnyioWaiter);

  if (waiter->error == NULL)
    *(int *) each->data = GPOINTER_TO_INT (waiter->data);
  anyio_wait_queue_finish_case (each, error);
}

static const AnyioSelectOps select_ops = { try_to_receive, enqueue, anyio_wait_queue_withdraw_case, finish };

/**
 * anyio_select_case_signal: (skip)
 * @self: a receiver
 * @location: where to put the number of the signal
 *
 * Makes the case of ANYIO_SELECT_SIGNAL(). The caller keeps a reference to @self as long as it uses the case.
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_signal (AnyioSignalReceiver *self,
                          int *location)
{
  g_return_val_if_fail (ANYIO_IS_SIGNAL_RECEIVER (self), (AnyioSelectCase){ .ops = NULL });
  g_return_val_if_fail (location != NULL, (AnyioSelectCase){ .ops = NULL });

  return (AnyioSelectCase){ .ops = &select_ops, .object = self, .data = location };
}
