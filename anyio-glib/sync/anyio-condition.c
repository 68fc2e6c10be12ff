/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Conditions: waiting, with a lock released meanwhile, until somebody says that it may be worth looking again.
 *
 * A waiter that is notified, or cancelled, moves to the queue of the lock, in the order in which that happened, and wakes up once, when it has the lock: no
 * waiter runs only to wait again. There no cancellation reaches it, so it has the lock in any case when wait() returns. One that
 * was notified first and cancelled then reports success (SEMANTICS 1.4), so no notification is lost; one that was cancelled first takes none.
 *
 * When the lock breaks nobody can notify any more, and nobody can have the lock again: all who wait fail then, notified or not.
 */

#include "sync/anyio-condition.h"

#include "core/anyio-error-private.h"
#include "sync/anyio-lock-private.h"
#include "sync/anyio-wait-operation-private.h"

/**
 * AnyioCondition:
 *
 * Lets tasks wait until something has changed that a lock protects. A task that holds the lock waits, which releases it; another one changes something,
 * notifies, and releases the lock. Look again after waiting, or use anyio_condition_wait_for(): somebody else may have been faster.
 *
 * ```c
 * typedef struct
 * {
 *   AnyioCondition *condition;
 *   guint n_items;
 * } Store;
 *
 * static gboolean
 * has_items (gpointer data)
 * {
 *   return ((Store *) data)->n_items > 0;
 * }
 *
 * static gboolean
 * consume (gpointer data, GError **error)
 * {
 *   Store *store = data;
 *   g_autoptr (AnyioLockLocker) locker = anyio_lock_locker_new (anyio_condition_get_lock (store->condition), error);
 *
 *   if (locker == NULL || !anyio_condition_wait_for (store->condition, has_items, store, error))
 *     return FALSE;
 *   store->n_items--;
 *
 *   return TRUE;
 * }
 *
 * static gboolean
 * produce_and_consume (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
 *   Store store = { condition, 0 };
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *
 *   anyio_task_group_start_soon (group, consume, &store, NULL);
 *   if (!anyio_sleep (0.01, error) || !anyio_lock_acquire (anyio_condition_get_lock (condition), error))
 *     return FALSE;
 *   store.n_items++;
 *   anyio_condition_notify (condition, 1);
 *   anyio_lock_release (anyio_condition_get_lock (condition));
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (produce_and_consume, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * It may be made anywhere, and belongs to the thread that uses it first.
 *
 * AnyIO: Condition.
 *
 * Since: 0.1
 */
struct _AnyioCondition
{
  GObject parent_instance;

  AnyioWaitQueue queue; /* of those who were not notified */
  AnyioLock *lock;      /* owned */
  AnyioLockCondition place;
};

G_DEFINE_FINAL_TYPE (AnyioCondition, anyio_condition, G_TYPE_OBJECT)

enum
{
  PROP_LOCK = 1,
  PROP_TASKS_WAITING,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* --- life ---------------------------------------------------------------------------------------------------------------------------------- */

static void
anyio_condition_constructed (GObject *object)
{
  AnyioCondition *self = ANYIO_CONDITION (object);

  if (self->lock == NULL)
    self->lock = anyio_lock_new ();

  G_OBJECT_CLASS (anyio_condition_parent_class)->constructed (object);
}

static void
anyio_condition_finalize (GObject *object)
{
  AnyioCondition *self = ANYIO_CONDITION (object);

  anyio_list_remove (&self->place.link);
  g_object_unref (self->lock);

  G_OBJECT_CLASS (anyio_condition_parent_class)->finalize (object);
}

static void
anyio_condition_get_property (GObject *object,
                              guint id,
                              GValue *value,
                              GParamSpec *pspec)
{
  AnyioCondition *self = ANYIO_CONDITION (object);

  switch (id)
    {
    case PROP_LOCK:
      g_value_set_object (value, self->lock);
      break;
    case PROP_TASKS_WAITING:
      g_value_set_uint (value, anyio_condition_get_tasks_waiting (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_condition_set_property (GObject *object,
                              guint id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  AnyioCondition *self = ANYIO_CONDITION (object);

  switch (id)
    {
    case PROP_LOCK:
      self->lock = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_condition_class_init (AnyioConditionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = anyio_condition_constructed;
  object_class->finalize = anyio_condition_finalize;
  object_class->get_property = anyio_condition_get_property;
  object_class->set_property = anyio_condition_set_property;

  /**
   * AnyioCondition:lock:
   *
   * The lock that is released while a task waits.
   *
   * Since: 0.1
   */
  properties[PROP_LOCK] = g_param_spec_object ("lock", NULL, NULL, ANYIO_TYPE_LOCK, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCondition:tasks-waiting:
   *
   * How many wait to be notified. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_TASKS_WAITING] = g_param_spec_uint ("tasks-waiting", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_condition_init (AnyioCondition *self)
{
  anyio_wait_queue_init (&self->queue, self);
  anyio_list_init (&self->place.link);
  self->place.queue = &self->queue;
}

/**
 * anyio_condition_new:
 * @lock: (nullable): a lock; %NULL: one of its own
 *
 * Makes a condition.
 *
 * Returns: (transfer full): the condition
 *
 * Since: 0.1
 */
AnyioCondition *
anyio_condition_new (AnyioLock *lock)
{
  return g_object_new (ANYIO_TYPE_CONDITION, "lock", lock, NULL);
}

/* --- waiting --------------------------------------------------------------------------------------------------------------------------------- */

/* It was cancelled before it was notified. FALSE if it has the lock again, or never will. */
static gboolean
withdraw (AnyioWaiter *waiter)
{
  AnyioCondition *self = waiter->data;

  return self->lock->broken_by == NULL && !anyio_lock_give (self->lock, waiter);
}

/* The caller, who holds the lock, is about to wait. */
static void
release_lock (AnyioCondition *self)
{
  if (anyio_list_is_empty (&self->place.link))
    anyio_list_append (&self->lock->conditions, &self->place.link);
  anyio_lock_hand_over (self->lock);
}

/**
 * anyio_condition_wait: (skip)
 * @self: a condition whose lock the task holds
 * @error: return location for an error
 *
 * Releases the lock, waits to be notified, and takes the lock again. The task has the lock in any case when this returns, unless the lock is broken. Cancel point, but
 * not while it waits for the lock; a waiter that was cancelled after it was notified succeeds. AnyIO: Condition.wait().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_BROKEN if a task ended while it held the lock; %ANYIO_ERROR_MISUSE if the task does not hold the lock, and in
 * another thread; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when notified
 *
 * Since: 0.1
 */
gboolean
anyio_condition_wait (AnyioCondition *self,
                      GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  AnyioWaiter waiter = { .withdrawn = withdraw, .data = self };

  g_return_val_if_fail (ANYIO_IS_CONDITION (self), FALSE);

  if (record == NULL || !anyio_wait_queue_check (&self->queue, G_STRFUNC, error) || !anyio_lock_check_held (self->lock, G_STRFUNC, error))
    return FALSE;
  if (record->scope->eff) /* the lock is not released */
    return anyio_wait_pass (record, error);

  release_lock (self);

  return anyio_wait_queue_wait (&self->queue, &waiter, record, error);
}

/**
 * anyio_condition_wait_for: (skip)
 * @self: a condition whose lock the task holds
 * @predicate: looks whether to go on; called with the lock held
 * @user_data: its argument
 * @error: return location for an error
 *
 * Waits until @predicate holds, which it may do at once. Cancel point. AnyIO: Condition.wait_for().
 *
 * Errors: as anyio_condition_wait().
 *
 * Returns: %TRUE when @predicate has returned %TRUE
 *
 * Since: 0.1
 */
gboolean
anyio_condition_wait_for (AnyioCondition *self,
                          AnyioPredicateFunc predicate,
                          gpointer user_data,
                          GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);

  g_return_val_if_fail (ANYIO_IS_CONDITION (self), FALSE);
  g_return_val_if_fail (predicate != NULL, FALSE);

  if (record == NULL || !anyio_wait_queue_check (&self->queue, G_STRFUNC, error) || !anyio_lock_check_held (self->lock, G_STRFUNC, error))
    return FALSE;
  if (!anyio_wait_pass (record, error))
    return FALSE;
  while (!predicate (user_data))
    if (!anyio_condition_wait (self, error))
      return FALSE;

  return TRUE;
}

/**
 * anyio_condition_wait_async:
 * @self: a condition whose lock was acquired outside tasks
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async) (closure user_data): called when the lock is taken again
 * @user_data: its argument
 *
 * anyio_condition_wait() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_condition_wait_async (AnyioCondition *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  AnyioWaitOperation *operation;
  GError *error = NULL;

  g_return_if_fail (ANYIO_IS_CONDITION (self));

  operation = anyio_wait_operation_new (&self->queue, anyio_condition_wait_async, G_STRFUNC, cancellable, callback, user_data);
  if (operation == NULL)
    return;
  if (!anyio_lock_check_held (self->lock, G_STRFUNC, &error))
    {
      anyio_twin_fail (&operation->twin, error);
      return;
    }
  release_lock (self);
  operation->waiter.withdrawn = withdraw;
  operation->waiter.data = self;
  anyio_wait_operation_queue (operation);
}

/**
 * anyio_condition_wait_finish:
 * @self: a condition
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_condition_wait_async(). The lock is taken in any case, unless it is broken.
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_BROKEN if a task ended while it held the lock; %ANYIO_ERROR_MISUSE if the caller did not hold the lock, and in another
 * thread.
 *
 * Returns: %TRUE if it was notified
 *
 * Since: 0.1
 */
gboolean
anyio_condition_wait_finish (AnyioCondition *self,
                             GAsyncResult *result,
                             GError **error)
{
  return anyio_twin_finish (self, result, anyio_condition_wait_async, error);
}

/* --- notifying ------------------------------------------------------------------------------------------------------------------------------- */

static void
notify_waiters (AnyioCondition *self,
                guint n_waiters,
                const char *function)
{
  if (!anyio_wait_queue_check (&self->queue, function, NULL) || !anyio_lock_check_held (self->lock, function, NULL))
    return;

  while (n_waiters-- > 0)
    {
      AnyioWaiter *waiter = anyio_wait_queue_get_first (&self->queue);

      if (waiter == NULL)
        return;
      anyio_wait_queue_remove (waiter);
      anyio_lock_give (self->lock, waiter); /* the caller has it, so they wait there */
    }
}

/**
 * anyio_condition_notify:
 * @self: a condition whose lock the caller holds
 * @n_waiters: how many to wake up, at most
 *
 * Has those who have waited longest go on as soon as they get the lock. A critical message is logged if the caller does not hold the lock. Never suspends.
 * AnyIO: Condition.notify().
 *
 * Since: 0.1
 */
void
anyio_condition_notify (AnyioCondition *self,
                        guint n_waiters)
{
  g_return_if_fail (ANYIO_IS_CONDITION (self));

  notify_waiters (self, n_waiters, G_STRFUNC);
}

/**
 * anyio_condition_notify_all:
 * @self: a condition whose lock the caller holds
 *
 * anyio_condition_notify() for all who wait. AnyIO: Condition.notify_all().
 *
 * Since: 0.1
 */
void
anyio_condition_notify_all (AnyioCondition *self)
{
  g_return_if_fail (ANYIO_IS_CONDITION (self));

  notify_waiters (self, G_MAXUINT, G_STRFUNC);
}

/* --- what is asked about it ---------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_condition_get_lock:
 * @self: a condition
 *
 * Gets its lock, which is acquired before waiting and notifying. AnyIO: Condition.acquire(), Condition.release(), Condition.locked() are this lock's.
 *
 * Returns: (transfer none): the lock
 *
 * Since: 0.1
 */
AnyioLock *
anyio_condition_get_lock (AnyioCondition *self)
{
  g_return_val_if_fail (ANYIO_IS_CONDITION (self), NULL);

  return self->lock;
}

/**
 * anyio_condition_get_tasks_waiting:
 * @self: a condition
 *
 * Counts those who wait to be notified. AnyIO: ConditionStatistics.tasks_waiting.
 *
 * Returns: how many tasks, and operations in callback style
 *
 * Since: 0.1
 */
guint
anyio_condition_get_tasks_waiting (AnyioCondition *self)
{
  g_return_val_if_fail (ANYIO_IS_CONDITION (self), 0);

  return self->queue.n_waiters;
}
