/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Semaphores: a number that is taken from and added to by anybody. While somebody waits it is 0: a release gives to the first who waits and does not touch it.
 * Nothing is known about who took; see anyio-capacity-limiter.c for that. */

#include "sync/anyio-semaphore.h"

#include "sync/anyio-wait-operation-private.h"

/**
 * AnyioSemaphore:
 *
 * Counts what can be had: acquiring takes one and waits until there is one, releasing adds one. Anybody may release. To limit how many tasks do
 * something at a time, an #AnyioCapacityLimiter is safer.
 *
 * ```c
 * static gboolean
 * take (gpointer data, GError **error)
 * {
 *   return anyio_semaphore_acquire (data, error);
 * }
 *
 * static gboolean
 * hand_out (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioSemaphore) semaphore = anyio_semaphore_new (1, 0);
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *
 *   for (guint i = 0; i < 3; i++)
 *     anyio_task_group_start_soon (group, take, semaphore, NULL);
 *   if (!anyio_sleep (0.01, error))
 *     return FALSE;
 *   anyio_semaphore_release (semaphore);
 *   anyio_semaphore_release (semaphore);
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (hand_out, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * It may be made anywhere, and belongs to the thread that uses it first.
 *
 * AnyIO: Semaphore.
 *
 * Since: 0.1
 */
struct _AnyioSemaphore
{
  GObject parent_instance;

  AnyioWaitQueue queue;
  guint value;
  guint initial_value;
  guint max_value; /* 0: none */
};

G_DEFINE_FINAL_TYPE (AnyioSemaphore, anyio_semaphore, G_TYPE_OBJECT)

enum
{
  PROP_INITIAL_VALUE = 1,
  PROP_MAX_VALUE,
  PROP_VALUE,
  PROP_TASKS_WAITING,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* --- life ---------------------------------------------------------------------------------------------------------------------------------- */

static void
anyio_semaphore_constructed (GObject *object)
{
  AnyioSemaphore *self = ANYIO_SEMAPHORE (object);

  if (self->max_value != 0 && self->initial_value > self->max_value)
    {
      g_critical ("A semaphore cannot begin with %u, which is above its maximum of %u", self->initial_value, self->max_value);
      self->initial_value = self->max_value;
    }
  self->value = self->initial_value;

  G_OBJECT_CLASS (anyio_semaphore_parent_class)->constructed (object);
}

static void
anyio_semaphore_get_property (GObject *object,
                              guint id,
                              GValue *value,
                              GParamSpec *pspec)
{
  AnyioSemaphore *self = ANYIO_SEMAPHORE (object);

  switch (id)
    {
    case PROP_INITIAL_VALUE:
      g_value_set_uint (value, self->initial_value);
      break;
    case PROP_MAX_VALUE:
      g_value_set_uint (value, self->max_value);
      break;
    case PROP_VALUE:
      g_value_set_uint (value, self->value);
      break;
    case PROP_TASKS_WAITING:
      g_value_set_uint (value, anyio_semaphore_get_tasks_waiting (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_semaphore_set_property (GObject *object,
                              guint id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  AnyioSemaphore *self = ANYIO_SEMAPHORE (object);

  switch (id)
    {
    case PROP_INITIAL_VALUE:
      self->initial_value = g_value_get_uint (value);
      break;
    case PROP_MAX_VALUE:
      self->max_value = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_semaphore_class_init (AnyioSemaphoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = anyio_semaphore_constructed;
  object_class->get_property = anyio_semaphore_get_property;
  object_class->set_property = anyio_semaphore_set_property;

  /**
   * AnyioSemaphore:initial-value:
   *
   * The value with which it begins.
   *
   * Since: 0.1
   */
  properties[PROP_INITIAL_VALUE] = g_param_spec_uint ("initial-value", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioSemaphore:max-value:
   *
   * The value above which it cannot be released; 0: there is none.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_VALUE] = g_param_spec_uint ("max-value", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioSemaphore:value:
   *
   * How often it can be acquired now. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_VALUE] = g_param_spec_uint ("value", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioSemaphore:tasks-waiting:
   *
   * How many wait. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_TASKS_WAITING] = g_param_spec_uint ("tasks-waiting", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_semaphore_init (AnyioSemaphore *self)
{
  anyio_wait_queue_init (&self->queue, self);
}

/**
 * anyio_semaphore_new:
 * @initial_value: how often it can be acquired before it is released
 * @max_value: above which value it cannot be released; 0: there is none
 *
 * Makes a semaphore.
 *
 * Returns: (transfer full): the semaphore
 *
 * Since: 0.1
 */
AnyioSemaphore *
anyio_semaphore_new (guint initial_value,
                     guint max_value)
{
  return g_object_new (ANYIO_TYPE_SEMAPHORE, "initial-value", initial_value, "max-value", max_value, NULL);
}

/* --- acquiring and releasing ----------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_semaphore_acquire: (skip)
 * @self: a semaphore
 * @error: return location for an error
 *
 * Takes one, and waits until there is one. Does not suspend if there is. Cancel point. AnyIO: Semaphore.acquire().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE in another thread; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when it was taken
 *
 * Since: 0.1
 */
gboolean
anyio_semaphore_acquire (AnyioSemaphore *self,
                         GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  AnyioWaiter waiter = { .data = NULL };

  g_return_val_if_fail (ANYIO_IS_SEMAPHORE (self), FALSE);

  if (record == NULL || !anyio_wait_queue_check (&self->queue, G_STRFUNC, error))
    return FALSE;
  if (self->value > 0 && !anyio_wait_pass (record, error))
    return FALSE;
  if (self->value == 0)
    return anyio_wait_queue_wait (&self->queue, &waiter, record, error);
  self->value--;

  return TRUE;
}

/**
 * anyio_semaphore_acquire_nowait:
 * @self: a semaphore
 * @error: return location for an error
 *
 * Takes one if there is one. Never suspends. AnyIO: Semaphore.acquire_nowait().
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
anyio_semaphore_acquire_nowait (AnyioSemaphore *self,
                                GError **error)
{
  g_return_val_if_fail (ANYIO_IS_SEMAPHORE (self), FALSE);

  if (!anyio_wait_queue_check (&self->queue, G_STRFUNC, error))
    return FALSE;
  if (self->value == 0)
    return anyio_wait_queue_would_block (&self->queue, error);
  self->value--;

  return TRUE;
}

/**
 * anyio_semaphore_acquire_async:
 * @self: a semaphore
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async) (closure user_data): called when one was taken
 * @user_data: its argument
 *
 * anyio_semaphore_acquire() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_semaphore_acquire_async (AnyioSemaphore *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  AnyioWaitOperation *operation;

  g_return_if_fail (ANYIO_IS_SEMAPHORE (self));

  operation = anyio_wait_operation_new (&self->queue, anyio_semaphore_acquire_async, G_STRFUNC, cancellable, callback, user_data);
  if (operation == NULL)
    return;
  if (self->value == 0)
    {
      anyio_wait_operation_queue (operation);
      return;
    }
  self->value--;
  anyio_twin_succeed (&operation->twin);
}

/**
 * anyio_semaphore_acquire_finish:
 * @self: a semaphore
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_semaphore_acquire_async().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE if one was taken
 *
 * Since: 0.1
 */
gboolean
anyio_semaphore_acquire_finish (AnyioSemaphore *self,
                                GAsyncResult *result,
                                GError **error)
{
  return anyio_twin_finish (self, result, anyio_semaphore_acquire_async, error);
}

/**
 * anyio_semaphore_release:
 * @self: a semaphore
 *
 * Adds one: the first who waits has it. A critical message is logged if the value is at its maximum. Never suspends. AnyIO: Semaphore.release().
 *
 * Since: 0.1
 */
void
anyio_semaphore_release (AnyioSemaphore *self)
{
  AnyioWaiter *waiter;

  g_return_if_fail (ANYIO_IS_SEMAPHORE (self));

  if (!anyio_wait_queue_check (&self->queue, G_STRFUNC, NULL))
    return;
  waiter = anyio_wait_queue_get_first (&self->queue);
  if (waiter != NULL)
    anyio_waiter_serve (waiter);
  else if (self->value < (self->max_value != 0 ? self->max_value : G_MAXUINT))
    self->value++;
  else
    g_critical ("A semaphore was released although its value is at its maximum of %u; it was released more often than acquired", self->value);
}

/* --- as one of several -------------------------------------------------------------------------------------------------------------------- */

static gboolean
try_to_acquire (AnyioSelectCase *each,
                AnyioParty *party,
                GError **error)
{
  AnyioSemaphore *self = each->object;

  if (!anyio_wait_queue_check (&self->queue, "anyio_select", error))
    return TRUE;
  if (self->value == 0)
    return FALSE;
  self->value--;

  return TRUE;
}

static gboolean
enqueue (AnyioSelectCase *each,
         AnyioParty *party,
         GError **error)
{
  AnyioSemaphore *self = each->object;

  anyio_wait_queue_append_case (&self->queue, each, party);

  return TRUE;
}

static const AnyioSelectOps select_ops = { try_to_acquire, enqueue, anyio_wait_queue_withdraw_case, NULL };

/**
 * anyio_select_case_semaphore: (skip)
 * @self: a semaphore
 *
 * Makes the case of ANYIO_SELECT_SEMAPHORE().
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_semaphore (AnyioSemaphore *self)
{
  g_return_val_if_fail (ANYIO_IS_SEMAPHORE (self), (AnyioSelectCase){ .ops = NULL });

  return (AnyioSelectCase){ .ops = &select_ops, .object = self };
}

/* --- what is asked about it ---------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_semaphore_get_initial_value:
 * @self: a semaphore
 *
 * Gets the value with which it began.
 *
 * Returns: the value
 *
 * Since: 0.1
 */
guint
anyio_semaphore_get_initial_value (AnyioSemaphore *self)
{
  g_return_val_if_fail (ANYIO_IS_SEMAPHORE (self), 0);

  return self->initial_value;
}

/**
 * anyio_semaphore_get_value:
 * @self: a semaphore
 *
 * Gets how often it can be acquired now. AnyIO: Semaphore.value.
 *
 * Returns: the value
 *
 * Since: 0.1
 */
guint
anyio_semaphore_get_value (AnyioSemaphore *self)
{
  g_return_val_if_fail (ANYIO_IS_SEMAPHORE (self), 0);

  return self->value;
}

/**
 * anyio_semaphore_get_max_value:
 * @self: a semaphore
 *
 * Gets the value above which it cannot be released. AnyIO: Semaphore.max_value.
 *
 * Returns: the maximum; 0 if there is none
 *
 * Since: 0.1
 */
guint
anyio_semaphore_get_max_value (AnyioSemaphore *self)
{
  g_return_val_if_fail (ANYIO_IS_SEMAPHORE (self), 0);

  return self->max_value;
}

/**
 * anyio_semaphore_get_tasks_waiting:
 * @self: a semaphore
 *
 * Counts those who wait. AnyIO: SemaphoreStatistics.tasks_waiting.
 *
 * Returns: how many tasks, and operations in callback style
 *
 * Since: 0.1
 */
guint
anyio_semaphore_get_tasks_waiting (AnyioSemaphore *self)
{
  g_return_val_if_fail (ANYIO_IS_SEMAPHORE (self), 0);

  return self->queue.n_waiters;
}
