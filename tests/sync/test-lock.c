/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Locks: one owner at a time, who is known, handed over in order; broken when the owner ends without a release. */

#include "sync-test.h"

typedef struct
{
  AnyioLock *lock;
  const char *name;
  double seconds;
} Visitor;

static gboolean
visit (gpointer user_data,
       GError **error)
{
  Visitor *self = user_data;
  g_autoptr (AnyioLockLocker) locker = anyio_lock_locker_new (self->lock, error);
  gboolean success;

  if (locker == NULL)
    {
      anyio_trace (error != NULL && anyio_error_is_cancelled (*error) ? "%s!" : "%sx", self->name);
      return FALSE;
    }
  g_assert_true (anyio_lock_get_owner (self->lock) == anyio_get_current_task ());
  anyio_trace ("%s+", self->name);
  success = anyio_sleep (self->seconds, error);
  anyio_trace ("%s-", self->name);

  return success;
}

static gboolean
test_order (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  Visitor visitors[] = { { lock, "a", 1 }, { lock, "b", 0 }, { lock, "c", 2 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.1: one at a time, in the order in which they came; the cleanup releases on every way out");

  START_WAITING (group, visit, visitors);
  g_assert_true (anyio_lock_is_locked (lock));
  g_assert_cmpuint (anyio_lock_get_tasks_waiting (lock), ==, 2);
  assert_joins (group);
  anyio_assert_trace ("a+ a- b+ b- c+ c-");
  g_assert_false (anyio_lock_is_locked (lock));
  g_assert_null (anyio_lock_get_owner (lock));

  return TRUE;
}

static gboolean
test_uncontended (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.3, 1.7: taking a free lock does not yield, but for every 256th time");

  anyio_task_group_start_soon (group, trace_turn, NULL, NULL);
  for (guint i = 1; i <= 256; i++)
    {
      if (i == 256)
        anyio_trace ("255");
      g_assert_true (anyio_lock_acquire (lock, error));
      anyio_lock_release (lock);
    }
  anyio_trace ("256");
  anyio_assert_trace ("255 other 256");
  assert_joins (group);

  return TRUE;
}

static gboolean
test_hand_over (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  Visitor visitors[] = { { lock, "a", 1 } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.2: release() makes the first who waits the owner at once; nobody slips in, the old owner neither");

  g_assert_true (anyio_lock_acquire (lock, error));
  task = anyio_task_group_create_task (group, visit, &visitors[0], NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_lock_release (lock);
  g_assert_true (anyio_lock_get_owner (lock) == task);
  assert_fails (anyio_lock_acquire_nowait (lock, &failure), failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_true (anyio_lock_acquire (lock, error));
  anyio_trace ("back");
  anyio_lock_release (lock);
  assert_joins (group);
  anyio_assert_trace ("a+ a- back");

  return TRUE;
}

static gboolean
test_not_reentrant (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 6.4: acquiring it again is an error, with _nowait too (AnyIO: once hung), and the lock stays held");

  g_assert_true (anyio_lock_acquire (lock, error));
  EXPECT_CRITICAL ("Task \"*\" acquires a lock that it holds already; a lock is not re-entrant");
  assert_fails (anyio_lock_acquire (lock, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  EXPECT_CRITICAL ("Task \"*\" acquires a lock that it holds already; a lock is not re-entrant");
  assert_fails (anyio_lock_acquire_nowait (lock, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_test_assert_expected_messages ();
  g_assert_true (anyio_lock_is_locked (lock));
  anyio_lock_release (lock);

  return TRUE;
}

static gboolean
release_it (gpointer user_data,
            GError **error)
{
  anyio_lock_release (user_data);

  return TRUE;
}

static gboolean
test_not_the_owner (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.4: only the owner releases; the message names both");

  EXPECT_CRITICAL ("anyio_lock_release() was called by task \"*\", but nobody holds the lock; acquire it first");
  anyio_lock_release (lock);
  g_assert_true (anyio_lock_acquire (lock, error));
  anyio_task_group_start_soon (group, release_it, lock, NULL);
  EXPECT_CRITICAL ("anyio_lock_release() was called by task \"release_it\", but task \"*\" holds the lock");
  assert_joins (group);
  g_test_assert_expected_messages ();
  g_assert_true (anyio_lock_get_owner (lock) == anyio_get_current_task ());
  anyio_lock_release (lock);

  return TRUE;
}

static gboolean
test_cancelled (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  Visitor first[] = { { lock, "a", 1 } };
  Visitor second[] = { { lock, "b", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) doomed = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.2: a waiter that is cancelled before the hand-over is skipped");

  g_assert_true (anyio_lock_acquire (lock, error));
  START_WAITING (doomed, visit, first);
  START_WAITING (group, visit, second);
  anyio_task_group_cancel (doomed, NULL);
  anyio_lock_release (lock);
  assert_joins (doomed);
  assert_joins (group);
  anyio_assert_trace ("a! b+ b-");

  return TRUE;
}

static gboolean
test_handed_over_then_cancelled (gpointer user_data,
                                 GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  Visitor visitors[] = { { lock, "a", 1 }, { lock, "b", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.4, 6.2: one that is cancelled after the hand-over is the owner, and fails at its next suspension point");

  g_assert_true (anyio_lock_acquire (lock, error));
  START_WAITING (group, visit, visitors);
  anyio_lock_release (lock);
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  anyio_assert_trace ("a+ b! a-");
  g_assert_false (anyio_lock_is_locked (lock));

  return TRUE;
}

static gboolean
test_cancelled_scope (gpointer user_data,
                      GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 6.3: in a cancelled scope a free lock is not taken; _nowait is no cancel point");

  anyio_cancel_scope_cancel (scope, NULL);
  assert_is_cancelled (anyio_lock_acquire (lock, &failure), failure);
  g_assert_false (anyio_lock_is_locked (lock));
  g_assert_true (anyio_lock_acquire_nowait (lock, NULL));
  anyio_lock_release (lock);
  assert_exits (scope);

  return TRUE;
}

static gboolean
cancel_group (gpointer user_data,
              GError **error)
{
  anyio_task_group_cancel (user_data, NULL);

  return TRUE;
}

static gboolean
test_cancelled_in_turn (gpointer user_data,
                        GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.3: nor is it taken when the scope is cancelled while the task gives others their turn");

  anyio_task_group_start_soon (group, cancel_group, group, NULL);
  for (guint i = 1; i < 256; i++)
    {
      g_assert_true (anyio_lock_acquire (lock, error));
      anyio_lock_release (lock);
    }
  assert_is_cancelled (anyio_lock_acquire (lock, &failure), failure);
  g_assert_false (anyio_lock_is_locked (lock));
  assert_joins (group);

  return TRUE;
}

static gboolean
keep (gpointer user_data,
      GError **error)
{
  return anyio_lock_acquire (user_data, error) && anyio_sleep (1, error);
}

static gboolean
test_owner_ends (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  Visitor visitors[] = { { lock, "a", 1 }, { lock, "b", 1 } };
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };
  g_autoptr (AnyioTaskGroup) owners = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 6.4: when the owner ends without a release, all who wait get BROKEN, and all who come later; the message names it");

  anyio_task_group_start_soon (owners, keep, lock, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_lock_acquire_async (lock, NULL, ready_cb, &ready[0]);
  START_WAITING (group, visit, visitors);
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_true (anyio_error_matches (failure, ANYIO_ERROR, ANYIO_ERROR_BROKEN));
  g_assert_nonnull (strstr (failure->message, "\"keep\""));
  g_clear_error (&failure);
  anyio_assert_trace ("ax bx");
  assert_joins (owners);
  assert_fails (anyio_lock_acquire_finish (lock, ready_await (&ready[0]), &failure), failure, ANYIO_ERROR, ANYIO_ERROR_BROKEN);

  assert_fails (anyio_lock_acquire (lock, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_BROKEN);
  assert_fails (anyio_lock_acquire_nowait (lock, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_BROKEN);
  anyio_lock_acquire_async (lock, NULL, ready_cb, &ready[1]);
  assert_fails (anyio_lock_acquire_finish (lock, ready_await (&ready[1]), &failure), failure, ANYIO_ERROR, ANYIO_ERROR_BROKEN);
  anyio_lock_release (lock);
  g_assert_true (anyio_lock_is_locked (lock));
  g_assert_null (anyio_lock_get_owner (lock));

  return TRUE;
}

static gboolean
take_several (gpointer user_data,
              GError **error)
{
  AnyioLock **locks = user_data;

  for (guint i = 0; i < 3; i++)
    g_assert_true (anyio_lock_acquire (locks[i], error));
  anyio_lock_release (locks[1]);

  return TRUE;
}

static gboolean
test_several (gpointer user_data,
              GError **error)
{
  AnyioLock *locks[] = { anyio_lock_new (), anyio_lock_new (), anyio_lock_new () };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.4: the end of a task breaks what it held, not what it had released");

  anyio_task_group_start_soon (group, take_several, locks, NULL);
  assert_joins (group);
  assert_fails (anyio_lock_acquire (locks[0], &failure), failure, ANYIO_ERROR, ANYIO_ERROR_BROKEN);
  assert_succeeds (anyio_lock_acquire (locks[1], &failure), failure);
  assert_fails (anyio_lock_acquire (locks[2], &failure), failure, ANYIO_ERROR, ANYIO_ERROR_BROKEN);
  anyio_lock_release (locks[1]);
  for (guint i = 0; i < 3; i++)
    g_object_unref (locks[i]);

  return TRUE;
}

static gboolean
test_dropped (gpointer user_data,
              GError **error)
{
  AnyioLock *lock = anyio_lock_new ();

  g_test_summary ("a lock may go while a task holds it");

  g_assert_true (anyio_lock_acquire (lock, error));
  g_object_unref (lock);

  return TRUE;
}

static void
use_at_home (gpointer lock)
{
  g_assert_true (anyio_lock_acquire_nowait (lock, NULL));
  g_assert_nonnull (anyio_lock_get_owner (lock));
  anyio_lock_release (lock);
  g_assert_true (anyio_lock_acquire_nowait (lock, NULL));
}

static gboolean
test_call_home (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();

  g_test_summary ("what a task does through anyio_call_home() it does itself");

  anyio_call_home (use_at_home, lock);
  g_assert_true (anyio_lock_get_owner (lock) == anyio_get_current_task ());
  anyio_lock_release (lock);

  return TRUE;
}

static gboolean
release_outside (gpointer lock)
{
  anyio_lock_release (lock);

  return G_SOURCE_REMOVE;
}

static gboolean
test_outside_and_inside (gpointer user_data,
                         GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  Visitor visitors[] = { { lock, "a", 1 } };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.2: tasks and operations queue together; what is acquired in callback style belongs to no task, and none can release it");

  g_assert_true (anyio_lock_acquire (lock, error));
  anyio_lock_acquire_async (lock, cancellable, ready_cb, &ready[0]);
  anyio_lock_acquire_async (lock, NULL, ready_cb, &ready[1]);
  START_WAITING (group, visit, visitors);
  g_assert_cmpuint (anyio_lock_get_tasks_waiting (lock), ==, 3);
  g_cancellable_cancel (cancellable);
  anyio_lock_release (lock);
  assert_fails (anyio_lock_acquire_finish (lock, ready_await (&ready[0]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_succeeds (anyio_lock_acquire_finish (lock, ready_await (&ready[1]), &failure), failure);
  g_assert_null (anyio_lock_get_owner (lock));
  EXPECT_CRITICAL ("anyio_lock_release() was called by task \"*\", but the lock was acquired outside tasks, and is released there");
  anyio_lock_release (lock);
  g_test_assert_expected_messages ();
  call_outside (release_outside, lock);
  assert_joins (group);
  anyio_assert_trace ("a+ a-");

  return TRUE;
}

static void
test_without_tasks (void)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };

  g_test_summary ("SEMANTICS 6.5: outside tasks a lock serves, too; any code there may release it");

  assert_succeeds (anyio_lock_acquire_nowait (lock, &failure), failure);
  assert_fails (anyio_lock_acquire_nowait (lock, &failure), failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  anyio_lock_acquire_async (lock, NULL, ready_cb, &ready[0]);
  anyio_lock_acquire_async (lock, NULL, ready_cb, &ready[1]);
  anyio_lock_release (lock);
  assert_succeeds (anyio_lock_acquire_finish (lock, ready_iterate (&ready[0]), &failure), failure);
  g_assert_null (ready[1].result);
  anyio_lock_release (lock);
  assert_succeeds (anyio_lock_acquire_finish (lock, ready_iterate (&ready[1]), &failure), failure);
  anyio_lock_release (lock);
  EXPECT_CRITICAL ("anyio_lock_release() was called by code outside tasks, but nobody holds the lock*");
  anyio_lock_release (lock);
  EXPECT_CRITICAL ("*suspends*");
  assert_fails (anyio_lock_acquire (lock, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_test_assert_expected_messages ();
  g_assert_false (anyio_lock_is_locked (lock));
}

static gboolean
hold_and_let_release (gpointer user_data,
                      GError **error)
{
  AnyioLock *lock = user_data;

  return anyio_lock_acquire (lock, error) && anyio_sleep (1, error);
}

static gboolean
test_outside_releases_tasks (gpointer user_data,
                             GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.4: code outside tasks does not release what a task holds");

  anyio_task_group_start_soon (group, hold_and_let_release, lock, NULL);
  g_assert_true (anyio_checkpoint (error));
  EXPECT_CRITICAL ("anyio_lock_release() was called by code outside tasks, but task \"hold_and_let_release\" holds the lock");
  call_outside (release_outside, lock);
  g_assert_true (anyio_sleep (0.5, error));
  g_test_assert_expected_messages ();
  g_assert_nonnull (anyio_lock_get_owner (lock));
  assert_joins (group);

  return TRUE;
}

static void
test_properties (void)
{
  g_autoptr (AnyioLock) lock = g_object_new (ANYIO_TYPE_LOCK, NULL);
  g_autoptr (AnyioTask) owner = NULL;
  g_auto (Readies) ready = { { NULL } };
  gboolean locked = FALSE;
  guint n_waiting = 0;

  g_test_summary ("SEMANTICS 6.5: statistics are properties");

  anyio_lock_acquire_async (lock, NULL, ready_cb, &ready[0]);
  anyio_lock_acquire_async (lock, NULL, ready_cb, &ready[1]);
  g_object_get (lock, "locked", &locked, "owner", &owner, "tasks-waiting", &n_waiting, NULL);
  g_assert_true (locked);
  g_assert_null (owner);
  g_assert_cmpuint (n_waiting, ==, 1);
  ready_iterate (&ready[0]);
  anyio_lock_release (lock);
  ready_iterate (&ready[1]);
  anyio_lock_release (lock);
  g_object_get (lock, "locked", &locked, "tasks-waiting", &n_waiting, NULL);
  g_assert_false (locked);
  g_assert_cmpuint (n_waiting, ==, 0);
}

static gpointer
use_elsewhere (gpointer lock)
{
  g_autoptr (GError) failure = NULL;

  EXPECT_CRITICAL ("anyio_lock_acquire_nowait() was called in another thread than that which uses this AnyioLock*");
  assert_fails (anyio_lock_acquire_nowait (lock, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  EXPECT_CRITICAL ("anyio_lock_release() was called in another thread than that which uses this AnyioLock*");
  anyio_lock_release (lock);
  g_test_assert_expected_messages ();

  return NULL;
}

static void
test_other_thread (void)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();

  g_test_summary ("SEMANTICS 6.5: in another thread it is misuse");

  g_assert_true (anyio_lock_acquire_nowait (lock, NULL));
  run_in_thread (use_elsewhere, lock);
  g_assert_true (anyio_lock_is_locked (lock));
  anyio_lock_release (lock);
}

static gboolean
use_everywhere (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  Visitor visitors[] = { { lock, "a", 1 }, { lock, "b", 0 }, { lock, "c", 2 }, { lock, "d", 1 } };
  gboolean success;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  START_EACH (group, visit, visitors);
  visit (&visitors[0], NULL);
  success = join_without_waiters (group, lock, error);
  g_assert_false (anyio_lock_is_locked (lock));

  return success;
}

static void
test_sweep (void)
{
  g_test_summary ("SEMANTICS 1.5, I24: cancelled anywhere, the lock is free at the end");

  g_assert_cmpuint (anyio_test_cancel_everywhere (use_everywhere, NULL, NULL), >=, 10);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/lock/waiters/in-order", test_order);
  core_add_ordered ("/lock/uncontended/does-not-yield", test_uncontended);
  anyio_test_add_func ("/lock/release/hands-over", test_hand_over);
  anyio_test_add_func ("/lock/twice/misuse", test_not_reentrant);
  anyio_test_add_func ("/lock/not-the-owner/misuse", test_not_the_owner);
  core_add_ordered ("/lock/cancelled/skipped", test_cancelled);
  core_add_ordered ("/lock/handed-over-then-cancelled/owns", test_handed_over_then_cancelled);
  anyio_test_add_func ("/lock/cancelled-scope/not-taken", test_cancelled_scope);
  core_add_ordered ("/lock/cancelled-while-others-run/not-taken", test_cancelled_in_turn);
  core_add_ordered ("/lock/owner-ends/broken", test_owner_ends);
  anyio_test_add_func ("/lock/several/held-ones-broken", test_several);
  anyio_test_add_func ("/lock/dropped/unhurt", test_dropped);
  anyio_test_add_func ("/lock/call-home/same-task", test_call_home);
  core_add_ordered ("/lock/outside-and-inside/queue-together", test_outside_and_inside);
  g_test_add_func ("/lock/without-tasks/works", test_without_tasks);
  anyio_test_add_func ("/lock/outside/not-the-owner", test_outside_releases_tasks);
  g_test_add_func ("/lock/properties/tell", test_properties);
  g_test_add_func ("/lock/other-thread/misuse", test_other_thread);
  g_test_add_func ("/lock/sweep/free-at-end", test_sweep);

  return g_test_run ();
}
