/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Locks; see anyio-lock-private.h. */

#include "sync/anyio-lock-private.h"

#include "core/anyio-error-private.h"
#include "sync/anyio-wait-operation-private.h"

/**
 * AnyioLock:
 *
 * Lets one task at a time into a piece of code that suspends; code that does not suspend needs no lock. A lock that is free is taken without yielding, and
 * one that is released belongs to the first who waits at that moment. It is not re-entrant, and only its owner releases it. If a task ends while it is the
 * owner, the lock is broken: what it protects may be in any state, so all who want it fail.
 *
 * ```c
 * static gboolean
 * append_line (gpointer data, GError **error)
 * {
 *   AnyioLock *lock = data;
 *   g_autoptr (AnyioLockLocker) locker = anyio_lock_locker_new (lock, error);
 *
 *   if (locker == NULL)
 *     return FALSE;
 *
 *   return anyio_sleep (0.01, error);
 * }
 *
 * static gboolean
 * append_lines (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioLock) lock = anyio_lock_new ();
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *
 *   for (guint i = 0; i < 3; i++)
 *     anyio_task_group_start_soon (group, append_line, lock, NULL);
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (append_lines, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * A caller outside tasks, a callback of C or the code of another language, can take it too, and cannot be told from others there: what was
 * acquired outside tasks may be released by any code outside tasks, and by no task.
 *
 * It may be made anywhere, and belongs to the thread that uses it first.
 *
 * AnyIO: Lock.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AnyioLock, anyio_lock, G_TYPE_OBJECT)

enum
{
  PROP_LOCKED = 1,
  PROP_OWNER,
  PROP_TASKS_WAITING,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* --- ownership ----------------------------------------------------------------------------------------------------------------------------- */

static inline void
take (AnyioLock *self,
      AnyioRecord *owner)
{
  self->is_locked = TRUE;
  self->owner = owner;
  if (owner != NULL)
    anyio_holding_add (&self->holding, &owner->held);
}

static GError *
make_broken_error (AnyioLock *self)
{
  return g_error_new (ANYIO_ERROR, ANYIO_ERROR_BROKEN, "Task \"%s\" has ended while it held the lock", self->broken_by);
}

static void
owner_ended (AnyioHolding *holding,
             const char *name)
{
  AnyioLock *self = ANYIO_CONTAINER (holding, AnyioLock, holding);
  g_autoptr (GError) error = NULL;

  self->owner = NULL;
  self->broken_by = name;
  error = make_broken_error (self);
  anyio_wait_queue_fail_all (&self->queue, error);
  ANYIO_LIST_FOREACH (&self->conditions, link)
    anyio_wait_queue_fail_all (ANYIO_CONTAINER (link, AnyioLockCondition, link)->queue, error);
}

void
anyio_lock_hand_over (AnyioLock *self)
{
  AnyioWaiter *waiter;

  if (self->owner != NULL)
    {
      anyio_holding_remove (&self->holding);
      self->owner = NULL;
    }
  if (G_LIKELY (self->queue.n_waiters == 0) || (waiter = anyio_wait_queue_get_first (&self->queue)) == NULL)
    {
      self->is_locked = FALSE;
      return;
    }
  take (self, anyio_waiter_get_task (waiter));
  anyio_waiter_serve (waiter);
}

gboolean
anyio_lock_give (AnyioLock *self,
                 AnyioWaiter *waiter)
{
  if (self->is_locked)
    {
      anyio_wait_queue_take_over (&self->queue, waiter);
      return FALSE;
    }
  take (self, anyio_waiter_get_task (waiter));

  return TRUE;
}

/* Says why the caller does not hold the lock, if it does not. */
static gboolean
explain_not_held (AnyioLock *self,
                  const char *function,
                  GError **error)
{
  AnyioRecord *record = anyio_wait_queue_get_task ();
  g_autofree char *who = NULL;

  if (self->is_locked && self->broken_by == NULL && self->owner == record)
    return TRUE;
  if (self->broken_by != NULL)
    {
      if (error != NULL)
        *error = make_broken_error (self);
      return FALSE;
    }
  who = record != NULL ? g_strdup_printf ("task \"%s\"", record->name) : g_strdup ("code outside tasks");
  if (!self->is_locked)
    return anyio_misuse (error, "%s() was called by %s, but nobody holds the lock; acquire it first", function, who);
  if (self->owner != NULL)
    return anyio_misuse (error, "%s() was called by %s, but task \"%s\" holds the lock", function, who, self->owner->name);

  return anyio_misuse (error, "%s() was called by %s, but the lock was acquired outside tasks, and is released there", function, who);
}

gboolean
anyio_lock_check_held (AnyioLock *self,
                       const char *function,
                       GError **error)
{
  if (!anyio_wait_queue_check (&self->queue, function, error))
    return FALSE;

  return G_LIKELY (self->owner != NULL && self->owner == anyio_runtime_current ()) || explain_not_held (self, function, error);
}

/* --- life ---------------------------------------------------------------------------------------------------------------------------------- */

static void
anyio_lock_finalize (GObject *object)
{
  AnyioLock *self = ANYIO_LOCK (object);

  if (self->owner != NULL)
    anyio_holding_remove (&self->holding);

  G_OBJECT_CLASS (anyio_lock_parent_class)->finalize (object);
}

static void
anyio_lock_get_property (GObject *object,
                         guint id,
                         GValue *value,
                         GParamSpec *pspec)
{
  AnyioLock *self = ANYIO_LOCK (object);

  switch (id)
    {
    case PROP_LOCKED:
      g_value_set_boolean (value, anyio_lock_is_locked (self));
      break;
    case PROP_OWNER:
      g_value_set_object (value, anyio_lock_get_owner (self));
      break;
    case PROP_TASKS_WAITING:
      g_value_set_uint (value, anyio_lock_get_tasks_waiting (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_lock_class_init (AnyioLockClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = anyio_lock_finalize;
  object_class->get_property = anyio_lock_get_property;

  /**
   * AnyioLock:locked: (getter is_locked)
   *
   * Whether somebody holds it. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_LOCKED] = g_param_spec_boolean ("locked", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioLock:owner:
   *
   * The task that holds it. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_OWNER] = g_param_spec_object ("owner", NULL, NULL, ANYIO_TYPE_TASK, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioLock:tasks-waiting:
   *
   * How many wait. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_TASKS_WAITING] = g_param_spec_uint ("tasks-waiting", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_lock_init (AnyioLock *self)
{
  anyio_wait_queue_init (&self->queue, self);
  anyio_list_init (&self->conditions);
  self->holding.owner_ended = owner_ended;
}

/**
 * anyio_lock_new:
 *
 * Makes a lock that nobody holds.
 *
 * Returns: (transfer full): the lock
 *
 * Since: 0.1
 */
AnyioLock *
anyio_lock_new (void)
{
  return g_object_new (ANYIO_TYPE_LOCK, NULL);
}

/* --- acquiring and releasing ----------------------------------------------------------------------------------------------------------------- */

/* Somebody holds it. */
static gboolean
acquire_held (AnyioLock *self,
                AnyioRecord *record,
                GError **error)
{
  AnyioWaiter waiter = { .data = NULL };

  if (self->owner == record)
    return anyio_misuse (error, "Task \"%s\" acquires a lock that it holds already; a lock is not re-entrant", record->name);
  if (self->broken_by == NULL)
    return anyio_wait_queue_wait (&self->queue, &waiter, record, error);
  if (anyio_wait_pass (record, error))
    g_propagate_error (error, make_broken_error (self));

  return FALSE;
}

static gboolean
acquire (AnyioLock *self,
         GError **error)
{
  AnyioRecord *record = anyio_wait_begin ("anyio_lock_acquire", error);

  if (record == NULL || !anyio_wait_queue_check (&self->queue, "anyio_lock_acquire", error))
    return FALSE;
  if (self->is_locked)
    return acquire_held (self, record, error);
  if (!anyio_wait_pass (record, error))
    return FALSE;
  if (self->is_locked) /* it gave others their turn */
    return acquire_held (self, record, error);
  take (self, record);

  return TRUE;
}

/**
 * anyio_lock_acquire: (skip)
 * @self: a lock
 * @error: return location for an error
 *
 * Takes the lock for the current task, and waits until it is free. Does not suspend if it is. Cancel point. In C prefer anyio_lock_locker_new().
 * AnyIO: Lock.acquire().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_BROKEN if a task ended while it held the lock; %ANYIO_ERROR_MISUSE if the task holds it already, and in another
 * thread; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when the task is the owner
 *
 * Since: 0.1
 */
gboolean
anyio_lock_acquire (AnyioLock *self,
                    GError **error)
{
  AnyioRecord *record;

  g_return_val_if_fail (ANYIO_IS_LOCK (self), FALSE);

  if (G_UNLIKELY (self->is_locked || self->queue.thread != (gpointer) &anyio_thread_runtime || (record = anyio_wait_pass_quickly ()) == NULL))
    return acquire (self, error);
  take (self, record);

  return TRUE;
}

/**
 * anyio_lock_acquire_nowait:
 * @self: a lock
 * @error: return location for an error
 *
 * Takes the lock if it is free: for the current task, or for code outside tasks. Never suspends. AnyIO: Lock.acquire_nowait().
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK if somebody holds it; %ANYIO_ERROR_BROKEN if a task ended while it held the lock; %ANYIO_ERROR_MISUSE if the task holds it
 * already, and in another thread.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
anyio_lock_acquire_nowait (AnyioLock *self,
                           GError **error)
{
  AnyioRecord *record = anyio_wait_queue_get_task ();

  g_return_val_if_fail (ANYIO_IS_LOCK (self), FALSE);

  if (!anyio_wait_queue_check (&self->queue, G_STRFUNC, error))
    return FALSE;
  if (!self->is_locked)
    {
      take (self, record);
      return TRUE;
    }
  if (self->broken_by != NULL)
    g_propagate_error (error, make_broken_error (self));
  else if (record != NULL && self->owner == record)
    anyio_misuse (error, "Task \"%s\" acquires a lock that it holds already; a lock is not re-entrant", record->name);
  else
    anyio_wait_queue_would_block (&self->queue, error);

  return FALSE;
}

/**
 * anyio_lock_acquire_async:
 * @self: a lock
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async) (closure user_data): called when the lock is taken
 * @user_data: its argument
 *
 * anyio_lock_acquire() for callers that are not a task. No task owns what is acquired in this way, also if a task calls it.
 *
 * Since: 0.1
 */
void
anyio_lock_acquire_async (AnyioLock *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  AnyioWaitOperation *operation;

  g_return_if_fail (ANYIO_IS_LOCK (self));

  operation = anyio_wait_operation_new (&self->queue, anyio_lock_acquire_async, G_STRFUNC, cancellable, callback, user_data);
  if (operation == NULL)
    return;
  if (self->broken_by != NULL)
    {
      anyio_twin_fail (&operation->twin, make_broken_error (self));
    }
  else if (self->is_locked)
    {
      anyio_wait_operation_queue (operation);
    }
  else
    {
      take (self, NULL);
      anyio_twin_succeed (&operation->twin);
    }
}

/**
 * anyio_lock_acquire_finish:
 * @self: a lock
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_lock_acquire_async().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_BROKEN if a task ended while it held the lock; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE if the lock is taken now, to be released outside tasks
 *
 * Since: 0.1
 */
gboolean
anyio_lock_acquire_finish (AnyioLock *self,
                           GAsyncResult *result,
                           GError **error)
{
  return anyio_twin_finish (self, result, anyio_lock_acquire_async, error);
}

/**
 * anyio_lock_release:
 * @self: a lock that the caller holds
 *
 * Gives the lock to the first who waits, or to nobody. A critical message is logged if the caller does not hold it. Nothing happens to a lock that is broken.
 * Never suspends. AnyIO: Lock.release().
 *
 * Since: 0.1
 */
void
anyio_lock_release (AnyioLock *self)
{
  g_return_if_fail (ANYIO_IS_LOCK (self));

  if (G_LIKELY (anyio_lock_check_held (self, G_STRFUNC, NULL)))
    anyio_lock_hand_over (self);
}

/* --- as one of several -------------------------------------------------------------------------------------------------------------------- */

/* Fails also if the task could never get it. */
static gboolean
try_to_acquire (AnyioSelectCase *each,
                AnyioParty *party,
                GError **error)
{
  AnyioLock *self = each->object;

  if (!anyio_wait_queue_check (&self->queue, "anyio_select", error))
    return TRUE;
  if (self->is_locked && self->broken_by == NULL && (self->owner == NULL || self->owner != party->wait.record))
    return FALSE;
  anyio_lock_acquire_nowait (self, error);

  return TRUE;
}

static gboolean
enqueue (AnyioSelectCase *each,
         AnyioParty *party,
         GError **error)
{
  AnyioLock *self = each->object;

  anyio_wait_queue_append_case (&self->queue, each, party);

  return TRUE;
}

static const AnyioSelectOps select_ops = { try_to_acquire, enqueue, anyio_wait_queue_withdraw_case, anyio_wait_queue_finish_case };

/**
 * anyio_select_case_lock: (skip)
 * @self: a lock
 *
 * Makes the case of ANYIO_SELECT_LOCK().
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_lock (AnyioLock *self)
{
  g_return_val_if_fail (ANYIO_IS_LOCK (self), (AnyioSelectCase){ .ops = NULL });

  return (AnyioSelectCase){ .ops = &select_ops, .object = self };
}

/* --- what is asked about it ---------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_lock_is_locked: (get-property locked)
 * @self: a lock
 *
 * Tells whether somebody holds it. AnyIO: Lock.locked().
 *
 * Returns: %TRUE if it is held, or broken
 *
 * Since: 0.1
 */
gboolean
anyio_lock_is_locked (AnyioLock *self)
{
  g_return_val_if_fail (ANYIO_IS_LOCK (self), FALSE);

  return self->is_locked;
}

/**
 * anyio_lock_get_owner:
 * @self: a lock
 *
 * Gets the task that holds it. AnyIO: LockStatistics.owner.
 *
 * Returns: (transfer none) (nullable): the task; %NULL if the lock is free, broken, or held outside tasks
 *
 * Since: 0.1
 */
AnyioTask *
anyio_lock_get_owner (AnyioLock *self)
{
  g_return_val_if_fail (ANYIO_IS_LOCK (self), NULL);

  return self->owner != NULL ? anyio_record_get_handle (self->owner) : NULL;
}

/**
 * anyio_lock_get_tasks_waiting:
 * @self: a lock
 *
 * Counts those who wait. AnyIO: LockStatistics.tasks_waiting.
 *
 * Returns: how many tasks, and operations in callback style
 *
 * Since: 0.1
 */
guint
anyio_lock_get_tasks_waiting (AnyioLock *self)
{
  g_return_val_if_fail (ANYIO_IS_LOCK (self), 0);

  return self->queue.n_waiters;
}
