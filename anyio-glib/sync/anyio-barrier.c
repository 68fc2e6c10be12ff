/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Barriers: all wait for the last one, who does not wait. Then the barrier is as new. A party that is cancelled while it waits has not been there; the others
 * wait for another one. */

#include "sync/anyio-barrier.h"

#include "sync/anyio-wait-operation-private.h"

/**
 * AnyioBarrier:
 *
 * Lets a fixed number of tasks wait for each other, again and again: nobody goes on before the last one has arrived. One that is cancelled does not count.
 *
 * ```c
 * static gboolean
 * work (gpointer data, GError **error)
 * {
 *   AnyioBarrier *barrier = data;
 *   guint place;
 *
 *   for (guint round = 0; round < 2; round++)
 *     {
 *       if (!anyio_barrier_wait (barrier, &place, error))
 *         return FALSE;
 *       if (place == 0)
 *         g_print ("round %u\n", round);
 *     }
 *
 *   return TRUE;
 * }
 *
 * static gboolean
 * work_together (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioBarrier) barrier = anyio_barrier_new (3);
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *
 *   for (guint i = 0; i < 3; i++)
 *     anyio_task_group_start_soon (group, work, barrier, NULL);
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (work_together, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * It may be made anywhere, and belongs to the thread that uses it first.
 *
 * Since: 0.1
 */
struct _AnyioBarrier
{
  GObject parent_instance;

  AnyioWaitQueue queue; /* the data of a waiter that was served is its place */
  guint n_parties;
};

G_DEFINE_FINAL_TYPE (AnyioBarrier, anyio_barrier, G_TYPE_OBJECT)

enum
{
  PROP_N_PARTIES = 1,
  PROP_TASKS_WAITING,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
anyio_barrier_get_property (GObject *object,
                            guint id,
                            GValue *value,
                            GParamSpec *pspec)
{
  AnyioBarrier *self = ANYIO_BARRIER (object);

  switch (id)
    {
    case PROP_N_PARTIES:
      g_value_set_uint (value, self->n_parties);
      break;
    case PROP_TASKS_WAITING:
      g_value_set_uint (value, anyio_barrier_get_tasks_waiting (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_barrier_set_property (GObject *object,
                            guint id,
                            const GValue *value,
                            GParamSpec *pspec)
{
  AnyioBarrier *self = ANYIO_BARRIER (object);

  switch (id)
    {
    case PROP_N_PARTIES:
      self->n_parties = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_barrier_class_init (AnyioBarrierClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = anyio_barrier_get_property;
  object_class->set_property = anyio_barrier_set_property;

  /**
   * AnyioBarrier:n-parties:
   *
   * How many wait for each other.
   *
   * Since: 0.1
   */
  properties[PROP_N_PARTIES] = g_param_spec_uint ("n-parties", NULL, NULL, 1, G_MAXUINT, 1, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioBarrier:tasks-waiting:
   *
   * How many have arrived and wait. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_TASKS_WAITING] = g_param_spec_uint ("tasks-waiting", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_barrier_init (AnyioBarrier *self)
{
  anyio_wait_queue_init (&self->queue, self);
}

/**
 * anyio_barrier_new:
 * @n_parties: how many wait for each other; at least 1
 *
 * Makes a barrier.
 *
 * Returns: (transfer full): the barrier
 *
 * Since: 0.1
 */
AnyioBarrier *
anyio_barrier_new (guint n_parties)
{
  g_return_val_if_fail (n_parties > 0, NULL);

  return g_object_new (ANYIO_TYPE_BARRIER, "n-parties", n_parties, NULL);
}

/* If the caller is the last one: lets all go on. */
static gboolean
complete (AnyioBarrier *self)
{
  AnyioWaiter *waiter;
  guint place = 0;

  if (self->queue.n_waiters + 1 < self->n_parties || anyio_wait_queue_count (&self->queue) + 1 < self->n_parties)
    return FALSE;

  while ((waiter = anyio_wait_queue_get_first (&self->queue)) != NULL)
    {
      waiter->data = GUINT_TO_POINTER (place++);
      anyio_waiter_serve (waiter);
    }

  return TRUE;
}

/**
 * anyio_barrier_wait: (skip)
 * @self: a barrier
 * @place: (out) (optional): who was how many-th, from 0; the last one is the number of parties minus 1
 * @error: return location for an error
 *
 * Waits until as many have arrived as there are parties. Does not suspend if this is the last one. Cancel point.
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE in another thread; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when all are there
 *
 * Since: 0.1
 */
gboolean
anyio_barrier_wait (AnyioBarrier *self,
                    guint *place,
                    GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  AnyioWaiter waiter = { .data = NULL };

  g_return_val_if_fail (ANYIO_IS_BARRIER (self), FALSE);

  if (record == NULL || !anyio_wait_queue_check (&self->queue, G_STRFUNC, error))
    return FALSE;
  if (self->queue.n_waiters + 1 >= self->n_parties && !anyio_wait_pass (record, error))
    return FALSE;
  if (complete (self))
    waiter.data = GUINT_TO_POINTER (self->n_parties - 1);
  else if (!anyio_wait_queue_wait (&self->queue, &waiter, record, error))
    return FALSE;
  if (place != NULL)
    *place = GPOINTER_TO_UINT (waiter.data);

  return TRUE;
}

/**
 * anyio_barrier_wait_async:
 * @self: a barrier
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async) (closure user_data): called when all are there
 * @user_data: its argument
 *
 * anyio_barrier_wait() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_barrier_wait_async (AnyioBarrier *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  AnyioWaitOperation *operation;

  g_return_if_fail (ANYIO_IS_BARRIER (self));

  operation = anyio_wait_operation_new (&self->queue, anyio_barrier_wait_async, G_STRFUNC, cancellable, callback, user_data);
  if (operation == NULL)
    return;
  if (!complete (self))
    {
      anyio_wait_operation_queue (operation);
      return;
    }
  operation->waiter.data = GUINT_TO_POINTER (self->n_parties - 1);
  anyio_twin_succeed (&operation->twin);
}

/**
 * anyio_barrier_wait_finish:
 * @self: a barrier
 * @result: the result
 * @place: (out) (optional): who was how many-th, from 0
 * @error: return location for an error
 *
 * Finishes anyio_barrier_wait_async().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE when all are there
 *
 * Since: 0.1
 */
gboolean
anyio_barrier_wait_finish (AnyioBarrier *self,
                           GAsyncResult *result,
                           guint *place,
                           GError **error)
{
  const AnyioWaitOperation *operation;

  if (!anyio_twin_finish (self, result, anyio_barrier_wait_async, error))
    return FALSE;

  operation = g_task_get_task_data (G_TASK (result));
  if (place != NULL)
    *place = GPOINTER_TO_UINT (operation->waiter.data);

  return TRUE;
}

/**
 * anyio_barrier_get_n_parties:
 * @self: a barrier
 *
 * Gets how many wait for each other.
 *
 * Returns: the number of parties
 *
 * Since: 0.1
 */
guint
anyio_barrier_get_n_parties (AnyioBarrier *self)
{
  g_return_val_if_fail (ANYIO_IS_BARRIER (self), 0);

  return self->n_parties;
}

/**
 * anyio_barrier_get_tasks_waiting:
 * @self: a barrier
 *
 * Counts those who have arrived and wait.
 *
 * Returns: how many tasks, and operations in callback style
 *
 * Since: 0.1
 */
guint
anyio_barrier_get_tasks_waiting (AnyioBarrier *self)
{
  g_return_val_if_fail (ANYIO_IS_BARRIER (self), 0);

  return self->queue.n_waiters;
}
