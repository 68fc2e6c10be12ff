/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Portals: functions and tasks that other threads ask for, what becomes of them, and the end of the portal. */

#include "thread-test.h"

#include <math.h>

/* A thread that uses the portal, and a task that waits for it without blocking the loop. */
typedef struct
{
  AnyioPortal *portal; /* borrowed */
  GThread *loop;
  void (*use) (AnyioPortal *portal);
} User;

static gboolean
use_portal (gpointer data, GError **error)
{
  User *self = data;

  self->use (self->portal);

  return TRUE;
}

/* Opens a portal, has @use called with it in a worker thread, and joins it. */
static gboolean
with_portal (void (*use) (AnyioPortal *portal), GError **error)
{
  g_autoptr (AnyioPortal) portal = anyio_portal_open (error);
  User user = { portal, g_thread_self (), use };

  return anyio_to_thread (use_portal, &user, error) && anyio_portal_join (portal, error);
}

static gboolean
note_thread (gpointer data, GError **error)
{
  *(GThread **) data = g_thread_self ();

  return TRUE;
}

static gboolean
sleep_and_note_thread (gpointer data, GError **error)
{
  return anyio_sleep (1, error) && note_thread (data, error);
}

static gboolean
fail_not_found (gpointer data, GError **error)
{
  return fail_with (error, G_IO_ERROR_NOT_FOUND, "gone");
}

static gboolean
sleep_and_fail (gpointer data, GError **error)
{
  return anyio_sleep (0.125, error) && fail_not_found (data, error);
}

static gboolean
never (gpointer data, GError **error)
{
  g_assert_not_reached ();
}

static GThread *loop_thread;

static void
use_calls (AnyioPortal *portal)
{
  g_autoptr (GError) error = NULL;
  GThread *thread = NULL;

  g_assert_true (anyio_portal_call (portal, note_thread, &thread, &error));
  g_assert_true (thread == loop_thread);
  thread = NULL;
  g_assert_true (anyio_portal_run (portal, sleep_and_note_thread, &thread, &error));
  g_assert_true (thread == loop_thread);
  g_assert_false (anyio_portal_call (portal, fail_not_found, NULL, &error));
  assert_clear_error (&error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  g_assert_false (anyio_portal_run (portal, sleep_and_fail, NULL, &error));
  assert_clear_error (&error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  g_assert_true (anyio_portal_is_running (portal));
}

static gboolean
test_calls (gpointer data, GError **error)
{
  g_test_summary ("SEMANTICS 8.2: another thread has functions and tasks run; failures come back and do not end the portal; a replaced clock goes on for them");

  loop_thread = g_thread_self ();
  g_assert_true (with_portal (use_calls, error));
  assert_time (1.125);

  return TRUE;
}

/* --- futures ----------------------------------------------------------------------------------------------------------------------------- */

static gboolean
answer (gpointer data, GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;

  if (!anyio_sleep (0.125, error))
    return FALSE;
  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, 42);
  anyio_task_set_result (&value);

  return TRUE;
}

static int n_destroyed; /* atomic */

static void
count_destroyed (gpointer data)
{
  g_atomic_int_inc (&n_destroyed);
}

static void
use_futures (AnyioPortal *portal)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AnyioPortalFuture) good = anyio_portal_start_task_soon (portal, answer, NULL, count_destroyed, &error);
  g_autoptr (AnyioPortalFuture) bad = anyio_portal_start_task_soon (portal, sleep_and_fail, NULL, count_destroyed, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_true (anyio_portal_future_wait (good, &value, &error));
      g_assert_cmpint (g_value_get_int (&value), ==, 42);
      g_assert_false (anyio_portal_future_wait (bad, NULL, &error));
      assert_clear_error (&error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
    }
  g_assert_true (anyio_portal_future_is_done (good));
  g_assert_cmpint (g_atomic_int_get (&n_destroyed), ==, 2);
  anyio_portal_future_cancel (good, NULL);
  g_assert_true (anyio_portal_future_wait (good, NULL, NULL));
}

static gboolean
test_futures (gpointer data, GError **error)
{
  g_test_summary ("SEMANTICS 8.2: a future gives the result or the failure of its task, to many and again; a failure does not end the portal; a replaced clock goes on for a "
                  "worker that waits");

  g_atomic_int_set (&n_destroyed, 0);
  g_assert_true (with_portal (use_futures, error));
  assert_time (0.125);

  return TRUE;
}

static Gate begun;

static gboolean
say_begun_and_sleep (gpointer data, GError **error)
{
  gboolean success;

  gate_open (&begun);
  gate_pass (&begun);
  success = anyio_sleep_forever (error);
  g_atomic_int_inc ((int *) data); /* it has cleaned up */

  return success;
}

static void
use_cancel (AnyioPortal *portal)
{
  g_autoptr (GError) error = NULL;
  int n_cleaned_up = 0;
  g_autoptr (AnyioPortalFuture) future = anyio_portal_start_task_soon (portal, say_begun_and_sleep, &n_cleaned_up, NULL, &error);

  gate_await (&begun, 1);
  anyio_portal_future_cancel (future, "no longer wanted");
  g_assert_false (anyio_portal_future_wait (future, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (error->message, ==, "Operation was cancelled: no longer wanted");
  g_assert_cmpint (g_atomic_int_get (&n_cleaned_up), ==, 1);
}

static gboolean
test_cancel (gpointer data, GError **error)
{
  gboolean success;

  g_test_summary ("SEMANTICS 8.2: a future cancels its task, and is done when that has ended");

  gate_init (&begun);
  success = with_portal (use_cancel, error);
  gate_clear (&begun);

  return success;
}

static gboolean
count_called (gpointer data, GError **error)
{
  g_atomic_int_inc ((int *) data);

  return TRUE;
}

static gboolean
pass_gate_at_home (gpointer gate, GError **error)
{
  gate_pass (gate);

  return TRUE;
}

static gpointer
block_loop_through (gpointer portal)
{
  g_assert_true (anyio_portal_call (portal, pass_gate_at_home, &begun, NULL));

  return NULL;
}

static void
use_cancel_early (AnyioPortal *portal)
{
  int n_called = 0;

  /* While the loop stands at the gate no task can begin. */
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AnyioPortalFuture) future = NULL;
      GThread *blocker;

      gate_init (&begun);
      blocker = g_thread_new ("blocker", block_loop_through, portal);
      gate_await (&begun, 1);
      future = anyio_portal_start_task_soon (portal, count_called, &n_called, count_destroyed, &error);
      anyio_portal_future_cancel (future, "too early");
      gate_open (&begun);
      g_assert_false (anyio_portal_future_wait (future, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_cmpstr (error->message, ==, "Operation was cancelled: too early");
      g_thread_join (blocker);
      gate_clear (&begun);
    }
  g_assert_cmpint (n_called, ==, 0);
  g_assert_cmpint (g_atomic_int_get (&n_destroyed), ==, 100);
}

static gboolean
test_cancel_early (gpointer data, GError **error)
{
  g_test_summary ("SEMANTICS 8.2, 1.5: a future that is cancelled before its task has begun is cancelled, and nothing is called");

  g_atomic_int_set (&n_destroyed, 0);

  return with_portal (use_cancel_early, error);
}

static void
use_cancel_races (AnyioPortal *portal)
{
  int n_called = 0;
  int n_succeeded = 0;

  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AnyioPortalFuture) future = anyio_portal_start_task_soon (portal, count_called, &n_called, NULL, &error);

      for (guint j = 0; j < i % 50; j++)
        g_thread_yield ();
      anyio_portal_future_cancel (future, NULL);
      if (anyio_portal_future_wait (future, NULL, &error))
        n_succeeded++;
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  g_assert_cmpint (n_succeeded, ==, n_called);
}

static gboolean
test_cancel_races (gpointer data, GError **error)
{
  g_test_summary ("SEMANTICS 8.2: a cancellation at about the time of the beginning or the end is one of both, and a call that was made has its result");

  return with_portal (use_cancel_races, error);
}

/* --- start_task -------------------------------------------------------------------------------------------------------------------------- */

static gboolean
be_ready (gpointer data, GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, "port 80");
  if (!anyio_sleep (0.125, error) || !anyio_task_started (&value, error))
    return FALSE;
  if (data != NULL)
    return fail_with (error, G_IO_ERROR_BROKEN_PIPE, "later");

  return anyio_sleep_forever (error);
}

static void
use_start (AnyioPortal *portal)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (AnyioPortalFuture) future = anyio_portal_start_task (portal, be_ready, NULL, NULL, &value, &error);
  g_autoptr (AnyioPortalFuture) failing = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (g_value_get_string (&value), ==, "port 80");
  g_assert_false (anyio_portal_future_is_done (future));
  anyio_portal_future_cancel (future, NULL);
  g_assert_false (anyio_portal_future_wait (future, NULL, &error));
  assert_clear_error (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "");

  failing = anyio_portal_start_task (portal, be_ready, &value, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (anyio_portal_future_wait (failing, NULL, &error));
  assert_clear_error (&error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "later");

  g_assert_null (anyio_portal_start_task (portal, sleep_and_fail, NULL, count_destroyed, NULL, &error));
  assert_clear_error (&error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  g_assert_null (anyio_portal_start_task (portal, count_called, &n_destroyed, NULL, NULL, &error));
  assert_clear_error (&error, ANYIO_ERROR, ANYIO_ERROR_NOT_STARTED, "count_called");
  g_assert_cmpint (g_atomic_int_get (&n_destroyed), ==, 2);
}

static gboolean
test_start (gpointer data, GError **error)
{
  g_test_summary ("SEMANTICS 8.2, 4: start_task returns the value of started(), and later failures go to the future; earlier ones come out of it");

  g_atomic_int_set (&n_destroyed, 0);

  g_assert_true (with_portal (use_start, error));
  assert_time (0.375);

  return TRUE;
}

static gboolean
start_twice (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (!anyio_task_started (NULL, error))
    return FALSE;
  expect_critical ("*anyio_task_started() was called twice*start_twice*");
  g_assert_false (anyio_task_started (NULL, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return anyio_checkpoint (error);
}

static void
use_start_twice (AnyioPortal *portal)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AnyioPortalFuture) future = anyio_portal_start_task (portal, start_twice, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (anyio_portal_future_wait (future, NULL, &error));
  g_assert_no_error (error);
}

static gboolean
test_start_twice (gpointer data, GError **error)
{
  g_test_summary ("SEMANTICS 4: a second started() is misuse for that task only, as in a group (AnyIO fails with a foreign error)");

  return with_portal (use_start_twice, error);
}

/* --- the end ----------------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  AnyioPortal *portal;
  AnyioPortalFuture *future;
  gboolean cancel;
} Stop;

static gboolean
stop_with_task (gpointer data, GError **error)
{
  Stop *self = data;
  g_autoptr (GError) failure = NULL;

  self->future = anyio_portal_start_task_soon (self->portal, answer, NULL, NULL, &failure);
  g_assert_no_error (failure);
  g_assert_true (anyio_portal_call (self->portal, count_called, &n_destroyed, NULL)); /* the task has been spawned */
  anyio_portal_stop (self->portal, self->cancel);
  g_assert_false (anyio_portal_is_running (self->portal));
  g_assert_false (anyio_portal_call (self->portal, note_thread, NULL, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_CLOSED, "not running");
  g_assert_false (anyio_portal_run (self->portal, note_thread, NULL, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_CLOSED, "not running");
  g_atomic_int_set (&n_destroyed, 0);
  g_assert_null (anyio_portal_start_task (self->portal, note_thread, NULL, count_destroyed, NULL, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_CLOSED, "not running");
  g_assert_null (anyio_portal_start_task_soon (self->portal, note_thread, NULL, count_destroyed, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_CLOSED, "not running");
  g_assert_cmpint (g_atomic_int_get (&n_destroyed), ==, 2);

  return TRUE;
}

static gboolean
call_stop_with_task (gpointer data, GError **error)
{
  return anyio_to_thread (stop_with_task, data, error);
}

static gboolean
stop_portal (gboolean cancel, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioPortal) portal = anyio_portal_open (error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  Stop stop = { portal, NULL, cancel };
  double begin = anyio_current_time ();

  anyio_task_group_start_soon (group, call_stop_with_task, &stop, NULL);
  g_assert_true (anyio_portal_sleep_until_stopped (portal, error));
  assert_joins (group);
  g_assert_true (anyio_portal_join (portal, error));
  g_assert_true (anyio_checkpoint (error)); /* the future is told after the group */
  g_assert_true (anyio_portal_future_is_done (stop.future));
  g_assert_true (anyio_portal_future_wait (stop.future, NULL, &failure) == !cancel);
  if (cancel)
    assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the portal was stopped");
  g_assert_cmpfloat (anyio_current_time () - begin, ==, cancel ? 0 : 0.125);
  g_object_unref (stop.future);

  return TRUE;
}

static gboolean
test_stop (gpointer data, GError **error)
{
  g_test_summary ("SEMANTICS 8.2: a stopped portal lets its tasks end, or cancels them; nothing can be asked of it any more");

  return stop_portal (FALSE, error) && stop_portal (TRUE, error);
}

static gboolean
test_stopped_before (gpointer data, GError **error)
{
  g_autoptr (AnyioPortal) portal = anyio_portal_open (error);

  g_test_summary ("SEMANTICS 8.2: who sleeps until the portal is stopped does not sleep when it is stopped already");

  anyio_portal_stop (portal, FALSE);
  g_assert_true (anyio_portal_sleep_until_stopped (portal, error));

  return anyio_portal_join (portal, error);
}

/* The loop stands at the gate until the task has been asked for. */
static gpointer
ask_before_stop (gpointer portal)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioPortalFuture) future = NULL;

  gate_await (&begun, 1);
  future = anyio_portal_start_task_soon (portal, never, NULL, count_destroyed, NULL);
  gate_open (&begun);
  g_assert_false (anyio_portal_future_wait (future, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpint (g_atomic_int_get (&n_destroyed), ==, 1);

  return NULL;
}

static gboolean
join_thread (gpointer thread, GError **error)
{
  g_thread_join (thread);

  return TRUE;
}

static gboolean
test_stopped_meanwhile (gpointer data, GError **error)
{
  g_autoptr (AnyioPortal) portal = anyio_portal_open (error);
  GThread *thread;

  g_test_summary ("SEMANTICS 8.2: what was asked before the stop, but is taken after it, is not begun, and its future says so");

  g_atomic_int_set (&n_destroyed, 0);
  gate_init (&begun);
  thread = g_thread_new ("asker", ask_before_stop, portal);
  gate_pass (&begun);
  anyio_portal_stop (portal, FALSE);
  g_assert_true (anyio_to_thread (join_thread, thread, error));
  gate_clear (&begun);

  return anyio_portal_join (portal, error);
}

static gboolean
leave_early (gpointer data, GError **error)
{
  g_autoptr (AnyioPortal) portal = anyio_portal_open (error);
  Stop stop = { portal, NULL, FALSE };

  g_assert_true (anyio_to_thread (stop_with_task, &stop, error));
  *(AnyioPortalFuture **) data = stop.future;

  return fail_not_found (NULL, error);
}

static gboolean
test_leave (gpointer data, GError **error)
{
  g_autoptr (AnyioPortalFuture) future = NULL;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("a function that returns early cancels the tasks of its portal, waits for them, and returns its own error");

  g_assert_false (leave_early (&future, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  g_assert_true (anyio_checkpoint (error));
  g_assert_false (anyio_portal_future_wait (future, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_time (0);

  return TRUE;
}

static gboolean
test_own_thread (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioPortal) portal = anyio_portal_open (error);

  g_test_summary ("SEMANTICS 8.2: on the loop's own thread it is MISUSE, not a deadlock");

  expect_critical ("*anyio_portal_call() was called in the thread of the portal's own main context*");
  g_assert_false (anyio_portal_call (portal, note_thread, NULL, &failure));
  assert_clear_error (&failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE, "");
  expect_critical ("*anyio_portal_run() was called*");
  g_assert_false (anyio_portal_run (portal, note_thread, NULL, NULL));
  expect_critical ("*anyio_portal_start_task() was called*");
  g_assert_null (anyio_portal_start_task (portal, note_thread, NULL, NULL, NULL, NULL));
  expect_critical ("*anyio_portal_start_task_soon() was called*");
  g_assert_null (anyio_portal_start_task_soon (portal, note_thread, NULL, NULL, NULL));
  g_test_assert_expected_messages ();

  return anyio_portal_join (portal, error);
}

static gboolean
start_sleeper (gpointer data, GError **error)
{
  AnyioPortalFuture **future = ((gpointer *) data)[1];

  *future = anyio_portal_start_task_soon (((gpointer *) data)[0], answer, NULL, NULL, error);

  return *future != NULL;
}

static gboolean
test_own_thread_waits (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioPortal) portal = anyio_portal_open (error);
  g_autoptr (AnyioPortalFuture) future = NULL;
  gpointer both[] = { portal, &future };

  g_test_summary ("SEMANTICS 8.2: the loop's own thread does not wait for a future: it is MISUSE until the task has ended, and then an answer");

  g_assert_true (anyio_to_thread (start_sleeper, both, error));
  expect_critical ("*anyio_portal_future_wait() was called in the thread of the portal's own main context*");
  g_assert_false (anyio_portal_future_wait (future, NULL, &failure));
  g_test_assert_expected_messages ();
  assert_clear_error (&failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE, "");
  g_assert_true (anyio_portal_join (portal, error));
  g_assert_true (anyio_checkpoint (error)); /* the future is told after the group */

  return anyio_portal_future_wait (future, NULL, error);
}

static void
test_outside (void)
{
  g_autoptr (GError) error = NULL;
  AnyioPortal *portal;

  g_test_summary ("SEMANTICS 11.1: outside tasks a portal is opened that is stopped");

  expect_critical ("*in a task*");
  portal = anyio_portal_open (NULL);
  g_test_assert_expected_messages ();
  g_assert_false (anyio_portal_is_running (portal));
  g_assert_false (anyio_portal_call (portal, never, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_object_ref (portal);
  anyio_portal_leave (portal);
  g_assert_finalize_object (portal);
}

static gboolean
keep_portal (gpointer data, GError **error)
{
  g_autoptr (AnyioPortal) portal = anyio_portal_open (error);

  *(AnyioPortal **) data = g_object_ref (portal);

  return anyio_portal_join (portal, error);
}

static void
test_after_run (void)
{
  AnyioPortal *portal = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 8.2: a portal whose run has ended is closed");

  g_assert_true (anyio_run (keep_portal, &portal, NULL));
  g_assert_false (anyio_portal_call (portal, note_thread, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  anyio_portal_stop (portal, TRUE);
  g_assert_finalize_object (portal);
}

/* --- a main loop that somebody else runs --------------------------------------------------------------------------------------------------- */

typedef struct
{
  GMainLoop *loop;
  AnyioPortal *portal; /* borrowed */
  GThread *owner;
  char *label;         /* as it were a widget's, which only its own thread may touch */
  guint n_others;      /* what else ran on the context meanwhile */
} Application;

static gboolean
set_label (gpointer data, GError **error)
{
  Application *self = data;

  g_assert_true (g_thread_self () == self->owner);
  self->label = g_strdup ("loaded");

  return TRUE;
}

static gboolean
load (gpointer data, GError **error)
{
  Application *self = data;

  return anyio_portal_call (self->portal, set_label, self, error);
}

static gboolean
application_task (gpointer data, GError **error)
{
  Application *self = data;
  g_autoptr (AnyioPortal) portal = anyio_portal_open (error);

  self->portal = portal;
  g_assert_true (anyio_to_thread (load, self, error));
  g_main_loop_quit (self->loop);

  return anyio_portal_join (portal, error);
}

static void
test_foreign_loop (void)
{
  Application application = { .owner = g_thread_self () };

  g_test_summary ("a worker thread sets what belongs to the thread of a GMainLoop that somebody else runs");

  application.loop = g_main_loop_new (NULL, FALSE);
  anyio_start (application_task, &application, NULL);
  g_main_loop_run (application.loop);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpstr (application.label, ==, "loaded");
  g_main_loop_unref (application.loop);
  g_free (application.label);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/portal/calls/come-back", test_calls);
  anyio_test_add_func ("/portal/futures/result-or-failure", test_futures);
  anyio_test_add_func ("/portal/future-cancel/task-alone", test_cancel);
  anyio_test_add_func ("/portal/future-cancel-early/not-called", test_cancel_early);
  anyio_test_add_func ("/portal/future-cancel-races/one-of-both", test_cancel_races);
  anyio_test_add_func ("/portal/start-task/value", test_start);
  anyio_test_add_func ("/portal/started-twice/misuse-of-that-task", test_start_twice);
  anyio_test_add_func ("/portal/stop/ends-or-cancels", test_stop);
  anyio_test_add_func ("/portal/stopped-before/sleeps-not", test_stopped_before);
  anyio_test_add_func ("/portal/stopped-meanwhile/not-begun", test_stopped_meanwhile);
  anyio_test_add_func ("/portal/left-early/cancels", test_leave);
  anyio_test_add_func ("/portal/own-thread/misuse", test_own_thread);
  anyio_test_add_func ("/portal/own-thread/waits-for-no-future", test_own_thread_waits);
  g_test_add_func ("/portal/outside-tasks/stopped", test_outside);
  g_test_add_func ("/portal/after-run/closed", test_after_run);
  g_test_add_func ("/portal/foreign-loop/owner-thread", test_foreign_loop);

  return g_test_run ();
}
