/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events: something has happened, once and for all. Setting wakes all who wait, in the order in which they came; waiting costs a link in a list, and setting
 * one step for each waiter. There is no way back: whoever needs one makes a new event. */

#include "sync/anyio-event.h"

#include "sync/anyio-wait-operation-private.h"

/**
 * AnyioEvent:
 *
 * Tells any number of tasks that something has happened. It happens once; an event is never cleared, so nobody can miss it. To have it happen again,
 * use a new event, or an #AnyioCondition.
 *
 * ```c
 * static gboolean
 * announce (gpointer data, GError **error)
 * {
 *   AnyioEvent *ready = data;
 *
 *   if (!anyio_sleep (0.01, error))
 *     return FALSE;
 *   anyio_event_set (ready);
 *
 *   return TRUE;
 * }
 *
 * static gboolean
 * wait_for_it (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioEvent) ready = anyio_event_new ();
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *
 *   anyio_task_group_start_soon (group, announce, ready, NULL);
 *   if (!anyio_event_wait (ready, error))
 *     return FALSE;
 *   g_print ("ready\n");
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (wait_for_it, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * It may be made anywhere, and belongs to the thread that uses it first.
 *
 * AnyIO: Event.
 *
 * Since: 0.1
 */
struct _AnyioEvent
{
  GObject parent_instance;

  AnyioWaitQueue queue;
  gboolean is_set;
};

G_DEFINE_FINAL_TYPE (AnyioEvent, anyio_event, G_TYPE_OBJECT)

enum
{
  PROP_TASKS_WAITING = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
anyio_event_get_property (GObject *object,
                          guint id,
                          GValue *value,
                          GParamSpec *pspec)
{
  AnyioEvent *self = ANYIO_EVENT (object);

  switch (id)
    {
    case PROP_TASKS_WAITING:
      g_value_set_uint (value, anyio_event_get_tasks_waiting (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_event_class_init (AnyioEventClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = anyio_event_get_property;

  /**
   * AnyioEvent:tasks-waiting:
   *
   * How many wait. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_TASKS_WAITING] = g_param_spec_uint ("tasks-waiting", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_event_init (AnyioEvent *self)
{
  anyio_wait_queue_init (&self->queue, self);
}

/**
 * anyio_event_new:
 *
 * Makes an event that has not happened.
 *
 * Returns: (transfer full): the event
 *
 * Since: 0.1
 */
AnyioEvent *
anyio_event_new (void)
{
  return g_object_new (ANYIO_TYPE_EVENT, NULL);
}

/**
 * anyio_event_set:
 * @self: an event
 *
 * Says that it has happened: all who wait wake up, and those who come later do not wait. Nothing happens the second time. Never suspends. AnyIO: Event.set().
 *
 * Since: 0.1
 */
void
anyio_event_set (AnyioEvent *self)
{
  g_return_if_fail (ANYIO_IS_EVENT (self));

  if (!anyio_wait_queue_check (&self->queue, G_STRFUNC, NULL))
    return;
  self->is_set = TRUE;
  anyio_wait_queue_serve_all (&self->queue);
}

/**
 * anyio_event_is_set:
 * @self: an event
 *
 * Tells whether it has happened. AnyIO: Event.is_set().
 *
 * Returns: %TRUE once anyio_event_set() was called
 *
 * Since: 0.1
 */
gboolean
anyio_event_is_set (AnyioEvent *self)
{
  g_return_val_if_fail (ANYIO_IS_EVENT (self), FALSE);

  return self->is_set;
}

/**
 * anyio_event_wait: (skip)
 * @self: an event
 * @error: return location for an error
 *
 * Waits until it has happened. Cancel point; a waiter that was cancelled after the event was set has got it. AnyIO: Event.wait().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE when it has happened
 *
 * Since: 0.1
 */
gboolean
anyio_event_wait (AnyioEvent *self,
                  GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  AnyioWaiter waiter = { .data = NULL };

  g_return_val_if_fail (ANYIO_IS_EVENT (self), FALSE);

  if (record == NULL || !anyio_wait_queue_check (&self->queue, G_STRFUNC, error))
    return FALSE;
  if (self->is_set)
    return anyio_wait_pass (record, error);

  return anyio_wait_queue_wait (&self->queue, &waiter, record, error);
}

/**
 * anyio_event_wait_async:
 * @self: an event
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async) (closure user_data): called when it has happened
 * @user_data: its argument
 *
 * anyio_event_wait() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_event_wait_async (AnyioEvent *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  AnyioWaitOperation *operation;

  g_return_if_fail (ANYIO_IS_EVENT (self));

  operation = anyio_wait_operation_new (&self->queue, anyio_event_wait_async, G_STRFUNC, cancellable, callback, user_data);
  if (operation == NULL)
    return;
  if (self->is_set)
    anyio_twin_succeed (&operation->twin);
  else
    anyio_wait_operation_queue (operation);
}

/**
 * anyio_event_wait_finish:
 * @self: an event
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_event_wait_async().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE when it has happened
 *
 * Since: 0.1
 */
gboolean
anyio_event_wait_finish (AnyioEvent *self,
                         GAsyncResult *result,
                         GError **error)
{
  return anyio_twin_finish (self, result, anyio_event_wait_async, error);
}

/**
 * anyio_event_get_tasks_waiting:
 * @self: an event
 *
 * Counts those who wait. AnyIO: EventStatistics.tasks_waiting.
 *
 * Returns: how many tasks, and operations in callback style
 *
 * Since: 0.1
 */
guint
anyio_event_get_tasks_waiting (AnyioEvent *self)
{
  g_return_val_if_fail (ANYIO_IS_EVENT (self), 0);

  return self->queue.n_waiters;
}

/* --- as one of several -------------------------------------------------------------------------------------------------------------------- */

static gboolean
try_to_wait (AnyioSelectCase *each,
             AnyioParty *party,
             GError **error)
{
  AnyioEvent *self = each->object;

  return !anyio_wait_queue_check (&self->queue, "anyio_select", error) || self->is_set;
}

static gboolean
enqueue (AnyioSelectCase *each,
         AnyioParty *party,
         GError **error)
{
  AnyioEvent *self = each->object;

  anyio_wait_queue_append_case (&self->queue, each, party);

  return TRUE;
}

static const AnyioSelectOps select_ops = { try_to_wait, enqueue, anyio_wait_queue_withdraw_case, NULL };

/**
 * anyio_select_case_event: (skip)
 * @self: an event
 *
 * Makes the case of ANYIO_SELECT_EVENT().
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_event (AnyioEvent *self)
{
  g_return_val_if_fail (ANYIO_IS_EVENT (self), (AnyioSelectCase){ .ops = NULL });

  return (AnyioSelectCase){ .ops = &select_ops, .object = self };
}
