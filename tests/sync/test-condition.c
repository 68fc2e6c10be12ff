/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Conditions: the lock is held again whenever wait() returns, and no notification is lost. */

#include "sync-test.h"

typedef struct
{
  AnyioCondition *condition;
  const char *name;
} Visitor;

static gboolean
wait_once (gpointer user_data,
           GError **error)
{
  Visitor *self = user_data;
  AnyioLock *lock = anyio_condition_get_lock (self->condition);
  g_autoptr (AnyioLockLocker) locker = anyio_lock_locker_new (lock, error);
  gboolean success;

  if (locker == NULL)
    return FALSE;
  success = anyio_condition_wait (self->condition, error);
  g_assert_true (anyio_lock_get_owner (lock) == anyio_get_current_task ());
  anyio_trace (success ? "%s" : "%s!", self->name);

  return success;
}

static gboolean
test_notify (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
  AnyioLock *lock = anyio_condition_get_lock (condition);
  Visitor visitors[] = { { condition, "a" }, { condition, "b" }, { condition, "c" }, { condition, "d" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.1, 6.4: notify(n) wakes those who have waited longest; they go on one by one, with the lock");

  START_WAITING (group, wait_once, visitors);
  g_assert_false (anyio_lock_is_locked (lock));
  g_assert_cmpuint (anyio_condition_get_tasks_waiting (condition), ==, 4);
  g_assert_true (anyio_lock_acquire (lock, error));
  anyio_condition_notify (condition, 0);
  g_assert_cmpuint (anyio_condition_get_tasks_waiting (condition), ==, 4);
  anyio_condition_notify (condition, 2);
  g_assert_cmpuint (anyio_condition_get_tasks_waiting (condition), ==, 2);
  g_assert_cmpuint (anyio_lock_get_tasks_waiting (lock), ==, 2);
  g_assert_true (anyio_sleep (1, error));
  anyio_assert_trace ("");
  anyio_lock_release (lock);
  g_assert_true (anyio_sleep (1, error));
  anyio_assert_trace ("a b");
  g_assert_true (anyio_lock_acquire (lock, error));
  anyio_condition_notify_all (condition);
  anyio_condition_notify_all (condition);
  anyio_lock_release (lock);
  assert_joins (group);
  anyio_assert_trace ("a b c d");

  return TRUE;
}

static gboolean
test_not_held (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 6.4: waiting and notifying without the lock are misuse");

  EXPECT_CRITICAL ("anyio_condition_wait() was called by task \"*\", but nobody holds the lock*");
  assert_fails (anyio_condition_wait (condition, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  EXPECT_CRITICAL ("anyio_condition_wait_for() was called by task \"*\", but nobody holds the lock*");
  assert_fails (anyio_condition_wait_for (condition, (AnyioPredicateFunc) g_object_is_floating, condition, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  EXPECT_CRITICAL ("anyio_condition_notify() was called by task \"*\", but nobody holds the lock*");
  anyio_condition_notify (condition, 1);
  EXPECT_CRITICAL ("anyio_condition_notify_all() was called by task \"*\", but nobody holds the lock*");
  anyio_condition_notify_all (condition);
  g_test_assert_expected_messages ();

  return TRUE;
}

static gboolean
test_cancelled_scope (gpointer user_data,
                      GError **error)
{
  g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
  AnyioLock *lock = anyio_condition_get_lock (condition);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) failure = NULL;
  g_auto (Ready) ready = { NULL };

  g_test_summary ("SEMANTICS 1.5, 1.6: in a cancelled scope wait() fails without having released the lock");

  g_assert_true (anyio_lock_acquire (lock, error));
  anyio_cancel_scope_cancel (scope, NULL);
  anyio_lock_acquire_async (lock, NULL, ready_cb, &ready);
  assert_is_cancelled (anyio_condition_wait (condition, &failure), failure);
  g_clear_error (&failure);
  g_assert_true (anyio_lock_get_owner (lock) == anyio_get_current_task ());
  assert_exits (scope);
  anyio_lock_release (lock);
  assert_succeeds (anyio_lock_acquire_finish (lock, ready_await (&ready), &failure), failure);

  return TRUE;
}

static gboolean
test_cancelled (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
  AnyioLock *lock = anyio_condition_get_lock (condition);
  Visitor visitors[] = { { condition, "a" }, { condition, "b" } };
  Visitor other[] = { { condition, "c" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) doomed = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.4: one that is cancelled gets the lock back before it reports it, shielded, and takes no notification");

  START_WAITING (doomed, wait_once, visitors);
  START_WAITING (group, wait_once, other);
  g_assert_true (anyio_lock_acquire (lock, error));
  anyio_task_group_cancel (doomed, NULL);
  g_assert_cmpuint (anyio_condition_get_tasks_waiting (condition), ==, 1);
  g_assert_cmpuint (anyio_lock_get_tasks_waiting (lock), ==, 2);
  anyio_condition_notify (condition, 1);
  anyio_shielded_checkpoint ();
  anyio_shielded_checkpoint ();
  anyio_trace ("held");
  anyio_lock_release (lock);
  assert_joins (doomed);
  assert_joins (group);
  anyio_assert_trace ("held a! b! c");

  return TRUE;
}

static gboolean
test_notified_then_cancelled (gpointer user_data,
                              GError **error)
{
  g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
  AnyioLock *lock = anyio_condition_get_lock (condition);
  Visitor visitors[] = { { condition, "a" } };
  Visitor other[] = { { condition, "b" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) doomed = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.4, 6.4: one that is cancelled after it was notified has got the notification: it succeeds, and nobody else wakes up for it");

  START_WAITING (doomed, wait_once, visitors);
  START_WAITING (group, wait_once, other);
  g_assert_true (anyio_lock_acquire (lock, error));
  anyio_condition_notify (condition, 1);
  anyio_task_group_cancel (doomed, NULL);
  anyio_lock_release (lock);
  assert_joins (doomed);
  anyio_assert_trace ("a");
  g_assert_cmpuint (anyio_condition_get_tasks_waiting (condition), ==, 1);
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  anyio_assert_trace ("a b!");

  return TRUE;
}

static gboolean
test_cancelled_with_free_lock (gpointer user_data,
                               GError **error)
{
  g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
  Visitor visitors[] = { { condition, "a" }, { condition, "b" } };
  g_autoptr (AnyioTaskGroup) doomed = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.4: two that are cancelled while nobody has the lock get it one after the other");

  START_WAITING (doomed, wait_once, visitors);
  anyio_task_group_cancel (doomed, NULL);
  assert_joins (doomed);
  anyio_assert_trace ("a! b!");
  g_assert_false (anyio_lock_is_locked (anyio_condition_get_lock (condition)));

  return TRUE;
}

typedef struct
{
  AnyioCondition *condition;
  guint n_items;
  guint n_looks;
} Store;

static gboolean
has_items (gpointer user_data)
{
  Store *self = user_data;

  self->n_looks++;

  return self->n_items > 0;
}

static gboolean
consume (gpointer user_data,
         GError **error)
{
  Store *self = user_data;
  g_autoptr (AnyioLockLocker) locker = anyio_lock_locker_new (anyio_condition_get_lock (self->condition), error);

  if (locker == NULL || !anyio_condition_wait_for (self->condition, has_items, self, error))
    return FALSE;
  self->n_items--;
  anyio_trace ("consumed");

  return TRUE;
}

static gboolean
produce (gpointer user_data,
         GError **error)
{
  Store *self = user_data;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AnyioLockLocker) locker = NULL;

      if (!anyio_sleep (1, error))
        return FALSE;
      locker = anyio_lock_locker_new (anyio_condition_get_lock (self->condition), error);
      if (locker == NULL)
        return FALSE;
      self->n_items++;
      anyio_condition_notify_all (self->condition);
    }

  return TRUE;
}

static gboolean
test_wait_for (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
  Store store = { condition, 1, 0 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.4: wait_for() looks first, and again each time when it was notified");

  g_assert_true (consume (&store, error));
  g_assert_cmpuint (store.n_looks, ==, 1);
  for (guint i = 0; i < 2; i++)
    anyio_task_group_start_soon (group, consume, &store, NULL);
  anyio_task_group_start_soon (group, produce, &store, NULL);
  assert_joins (group);
  g_assert_cmpuint (store.n_items, ==, 0);
  g_assert_cmpuint (store.n_looks, ==, 6);

  return TRUE;
}

static gboolean
hold_and_end (gpointer user_data,
              GError **error)
{
  AnyioCondition *condition = user_data;

  g_assert_true (anyio_lock_acquire (anyio_condition_get_lock (condition), error));
  anyio_condition_notify_all (condition);

  return TRUE;
}

static gboolean
wait_for_broken (gpointer user_data,
                 GError **error)
{
  AnyioCondition *condition = user_data;
  g_autoptr (AnyioLockLocker) locker G_GNUC_UNUSED = anyio_lock_locker_new (anyio_condition_get_lock (condition), error);

  return anyio_condition_wait (condition, error);
}

static gboolean
test_broken (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 6.4: if the lock breaks, those who were notified get BROKEN; their own release does nothing then");

  anyio_task_group_start_soon (group, wait_for_broken, condition, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_task_group_start_soon (group, hold_and_end, condition, NULL);
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_BROKEN);
  assert_fails (anyio_condition_wait (condition, NULL), failure, ANYIO_ERROR, ANYIO_ERROR_BROKEN);

  return TRUE;
}

static gboolean
take_and_end (gpointer user_data,
              GError **error)
{
  return anyio_lock_acquire (user_data, error);
}

/* A cancellation could not help them: they would wait for the lock first. */
static gboolean
test_broken_unnotified (gpointer user_data,
                        GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  AnyioCondition *conditions[] = { anyio_condition_new (lock), anyio_condition_new (lock), anyio_condition_new (lock) };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 6.4: if the lock breaks, those who wait on its conditions and were not notified get BROKEN, too, and none hangs");

  for (guint i = 0; i < 2; i++)
    anyio_task_group_start_soon (group, wait_for_broken, conditions[i], NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_task_group_start_soon (group, take_and_end, lock, NULL);
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_cmpuint (anyio_error_group_get_errors (failure)->len, ==, 2);
  g_assert_true (anyio_error_matches (failure, ANYIO_ERROR, ANYIO_ERROR_BROKEN));
  g_assert_cmpuint (anyio_condition_get_tasks_waiting (conditions[0]) + anyio_condition_get_tasks_waiting (conditions[1]), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (conditions); i++)
    g_object_unref (conditions[i]);

  return TRUE;
}

typedef struct
{
  AnyioLock *lock;
  GCancellable *cancellable;
} Breaker;

static gboolean
take_cancel_and_end (gpointer user_data,
                     GError **error)
{
  Breaker *self = user_data;
  gboolean success = anyio_lock_acquire (self->lock, error);

  g_cancellable_cancel (self->cancellable);

  return success;
}

static void
test_broken_without_tasks (void)
{
  g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
  AnyioLock *lock = anyio_condition_get_lock (condition);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Breaker breaker = { lock, cancellable };
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };

  g_test_summary ("SEMANTICS 6.4: in callback style the same; a wait whose cancellation is under way when the lock breaks is cancelled, and does not hang");

  g_assert_true (anyio_lock_acquire_nowait (lock, NULL));
  anyio_condition_wait_async (condition, NULL, ready_cb, &ready[0]);
  g_assert_true (anyio_lock_acquire_nowait (lock, NULL));
  anyio_condition_wait_async (condition, cancellable, ready_cb, &ready[1]);
  assert_succeeds (anyio_run (take_cancel_and_end, &breaker, &failure), failure);
  assert_fails (anyio_condition_wait_finish (condition, ready_iterate (&ready[0]), &failure), failure, ANYIO_ERROR, ANYIO_ERROR_BROKEN);
  assert_fails (anyio_condition_wait_finish (condition, ready_iterate (&ready[1]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static gboolean
test_shared_lock (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  g_autoptr (AnyioCondition) first = anyio_condition_new (lock);
  g_autoptr (AnyioCondition) second = anyio_condition_new (lock);
  Visitor visitors[] = { { first, "a" }, { second, "b" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.4: conditions can share a lock");

  START_WAITING (group, wait_once, visitors);
  g_assert_true (anyio_lock_acquire (lock, error));
  anyio_condition_notify_all (second);
  anyio_lock_release (lock);
  g_assert_true (anyio_sleep (1, error));
  anyio_assert_trace ("b");
  g_assert_true (anyio_lock_acquire (lock, error));
  anyio_condition_notify_all (first);
  anyio_lock_release (lock);
  assert_joins (group);

  return TRUE;
}

static void
test_without_tasks (void)
{
  g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
  AnyioLock *lock = anyio_condition_get_lock (condition);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GCancellable) late = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };

  g_test_summary ("SEMANTICS 6.4, 6.5: the same in callback style: the lock is taken again in any case, and a late cancellation changes nothing");

  EXPECT_CRITICAL ("anyio_condition_wait_async() was called by code outside tasks, but nobody holds the lock*");
  anyio_condition_wait_async (condition, NULL, ready_cb, &ready[0]);
  g_test_assert_expected_messages ();
  assert_fails (anyio_condition_wait_finish (condition, ready_iterate (&ready[0]), &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  g_assert_true (anyio_lock_acquire_nowait (lock, NULL));
  anyio_condition_wait_async (condition, cancellable, ready_cb, &ready[1]);
  g_assert_false (anyio_lock_is_locked (lock));
  g_assert_true (anyio_lock_acquire_nowait (lock, NULL));
  anyio_condition_wait_async (condition, late, ready_cb, &ready[2]);
  g_assert_true (anyio_lock_acquire_nowait (lock, NULL));
  anyio_lock_acquire_async (lock, NULL, ready_cb, &ready[3]);
  g_cancellable_cancel (cancellable);
  anyio_condition_notify (condition, 1);
  g_cancellable_cancel (late);
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_null (ready[1].result);
  g_assert_null (ready[2].result);
  g_assert_cmpuint (anyio_lock_get_tasks_waiting (lock), ==, 3);

  anyio_lock_release (lock);
  assert_succeeds (anyio_lock_acquire_finish (lock, ready_iterate (&ready[3]), &failure), failure);
  anyio_lock_release (lock);
  assert_succeeds (anyio_condition_wait_finish (condition, ready_iterate (&ready[2]), &failure), failure);
  g_assert_null (ready[1].result);
  anyio_lock_release (lock);
  assert_fails (anyio_condition_wait_finish (condition, ready_iterate (&ready[1]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_lock_is_locked (lock));

  anyio_condition_wait_async (condition, cancellable, ready_cb, &ready[4]);
  g_assert_true (anyio_lock_is_locked (lock));
  assert_fails (anyio_condition_wait_finish (condition, ready_iterate (&ready[4]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  anyio_lock_release (lock);
}

static void
test_cancelled_without_tasks (void)
{
  g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
  AnyioLock *lock = anyio_condition_get_lock (condition);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };

  g_test_summary ("SEMANTICS 6.4: in callback style a cancelled wait takes a lock that is free");

  g_assert_true (anyio_lock_acquire_nowait (lock, NULL));
  anyio_condition_wait_async (condition, cancellable, ready_cb, &ready[0]);
  g_cancellable_cancel (cancellable);
  assert_fails (anyio_condition_wait_finish (condition, ready_iterate (&ready[0]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_lock_is_locked (lock));
  anyio_lock_release (lock);
  g_assert_cmpuint (anyio_condition_get_tasks_waiting (condition), ==, 0);
}

static void
test_properties (void)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  g_autoptr (AnyioCondition) condition = g_object_new (ANYIO_TYPE_CONDITION, "lock", lock, NULL);
  g_autoptr (AnyioCondition) other = g_object_new (ANYIO_TYPE_CONDITION, NULL);
  g_autoptr (AnyioLock) got = NULL;
  guint n_waiting = 9;

  g_test_summary ("SEMANTICS 6.5: the lock and the statistics are properties; a condition without a lock makes one");

  g_object_get (condition, "lock", &got, "tasks-waiting", &n_waiting, NULL);
  g_assert_true (got == lock);
  g_assert_cmpuint (n_waiting, ==, 0);
  g_assert_nonnull (anyio_condition_get_lock (other));
}

static gboolean
use_everywhere (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCondition) condition = anyio_condition_new (NULL);
  Store store = { condition, 0, 0 };
  Visitor visitor = { condition, "a" };
  gboolean success;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (guint i = 0; i < 2; i++)
    anyio_task_group_start_soon (group, consume, &store, NULL);
  anyio_task_group_start_soon (group, wait_once, &visitor, NULL);
  anyio_task_group_start_soon (group, produce, &store, NULL);
  success = join_without_waiters (group, condition, error);
  g_assert_false (anyio_lock_is_locked (anyio_condition_get_lock (condition)));

  return success;
}

static void
test_sweep (void)
{
  g_test_summary ("SEMANTICS 6.4, I24: cancelled anywhere, whoever waited has the lock when it returns, and it is free at the end");

  g_assert_cmpuint (anyio_test_cancel_everywhere (use_everywhere, NULL, NULL), >=, 10);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/condition/notify/in-order", test_notify);
  anyio_test_add_func ("/condition/not-held/misuse", test_not_held);
  anyio_test_add_func ("/condition/cancelled-scope/lock-kept", test_cancelled_scope);
  core_add_ordered ("/condition/cancelled/lock-back", test_cancelled);
  core_add_ordered ("/condition/notified-then-cancelled/succeeds", test_notified_then_cancelled);
  core_add_ordered ("/condition/cancelled/one-by-one", test_cancelled_with_free_lock);
  anyio_test_add_func ("/condition/wait-for/looks-again", test_wait_for);
  core_add_ordered ("/condition/broken/fails", test_broken);
  core_add_ordered ("/condition/broken/not-notified", test_broken_unnotified);
  core_add_ordered ("/condition/shared-lock/works", test_shared_lock);
  g_test_add_func ("/condition/without-tasks/works", test_without_tasks);
  g_test_add_func ("/condition/without-tasks/cancelled", test_cancelled_without_tasks);
  g_test_add_func ("/condition/without-tasks/broken", test_broken_without_tasks);
  g_test_add_func ("/condition/properties/tell", test_properties);
  g_test_add_func ("/condition/sweep/lock-held-again", test_sweep);

  return g_test_run ();
}
