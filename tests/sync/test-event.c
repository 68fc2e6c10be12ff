/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events: one-shot, all who wait wake up in order, and a cancellation wins or loses by who came first. */

#include "sync-test.h"

typedef struct
{
  AnyioEvent *event;
  const char *name;
} Visitor;

static gboolean
wait_and_tell (gpointer user_data,
               GError **error)
{
  Visitor *self = user_data;
  gboolean success = anyio_event_wait (self->event, error);

  anyio_trace (success ? "%s" : "%s!", self->name);

  return success;
}

static gboolean
test_order (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioEvent) event = anyio_event_new ();
  Visitor visitors[] = { { event, "a" }, { event, "b" }, { event, "c" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.1: set() wakes all who wait, in the order in which they came; the second time it does nothing");

  START_WAITING (group, wait_and_tell, visitors);
  g_assert_cmpuint (anyio_event_get_tasks_waiting (event), ==, 3);
  g_assert_false (anyio_event_is_set (event));
  anyio_event_set (event);
  anyio_event_set (event);
  g_assert_true (anyio_event_is_set (event));
  g_assert_cmpuint (anyio_event_get_tasks_waiting (event), ==, 0);
  anyio_trace ("set");
  assert_joins (group);
  anyio_assert_trace ("set a b c");

  return TRUE;
}

static gboolean
test_set_before (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioEvent) event = anyio_event_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.3, 1.7: waiting for what has happened does not yield, but for every 256th time");

  anyio_event_set (event);
  anyio_task_group_start_soon (group, trace_turn, NULL, NULL);
  for (guint i = 1; i < 256; i++)
    g_assert_true (anyio_event_wait (event, error));
  anyio_trace ("255");
  g_assert_true (anyio_event_wait (event, error));
  anyio_trace ("256");
  anyio_assert_trace ("255 other 256");
  assert_joins (group);

  return TRUE;
}

static gboolean
test_cancelled_scope (gpointer user_data,
                      GError **error)
{
  g_autoptr (AnyioEvent) event = anyio_event_new ();
  g_autoptr (AnyioEvent) other = anyio_event_new ();
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 1.6, 6.3: in a cancelled scope waiting fails, also for what has happened");

  anyio_event_set (event);
  anyio_cancel_scope_cancel (scope, NULL);
  assert_is_cancelled (anyio_event_wait (event, &failure), failure);
  g_clear_error (&failure);
  assert_is_cancelled (anyio_event_wait (other, &failure), failure);
  g_assert_cmpuint (anyio_event_get_tasks_waiting (other), ==, 0);
  assert_exits (scope);

  return TRUE;
}

/* The order of cancel() and set() in one turn decides. */
static gboolean
cancel_and_set (gboolean cancel_first,
                const char *expected)
{
  g_autoptr (AnyioEvent) event = anyio_event_new ();
  Visitor visitor = { event, "a" };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  anyio_task_group_start_soon (group, wait_and_tell, &visitor, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (NULL));
  if (cancel_first)
    anyio_task_group_cancel (group, NULL);
  anyio_event_set (event);
  if (!cancel_first)
    anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  anyio_assert_trace (expected);

  return TRUE;
}

static gboolean
test_set_then_cancel (gpointer user_data,
                      GError **error)
{
  g_test_summary ("SEMANTICS 1.4: a waiter that is cancelled after set(), before it runs, has got the event");

  return cancel_and_set (FALSE, "a");
}

static gboolean
test_cancel_then_set (gpointer user_data,
                      GError **error)
{
  g_test_summary ("SEMANTICS 1.4: a waiter that is cancelled before set() is cancelled");

  return cancel_and_set (TRUE, "a!");
}

static gboolean
drop_and_set (gpointer user_data,
              GError **error)
{
  AnyioEvent **weak = user_data;

  if (!anyio_checkpoint (error))
    return FALSE;
  g_object_unref (*weak);
  g_assert_nonnull (*weak);
  anyio_event_set (*weak);

  return TRUE;
}

static gboolean
test_dropped (gpointer user_data,
              GError **error)
{
  AnyioEvent *event = anyio_event_new ();
  AnyioEvent *weak = event;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("an event that is dropped while a task waits lives until that wakes up");

  g_object_add_weak_pointer (G_OBJECT (event), (gpointer *) &weak);
  anyio_task_group_start_soon (group, drop_and_set, &weak, NULL);
  g_assert_true (anyio_event_wait (event, error));
  g_assert_null (weak);
  assert_joins (group);

  return TRUE;
}

static gboolean
test_async (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioEvent) event = anyio_event_new ();
  g_autoptr (GCancellable) early = g_cancellable_new ();
  g_autoptr (GCancellable) late = g_cancellable_new ();
  g_autoptr (GCancellable) before = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };

  g_test_summary ("SEMANTICS 2.18, 1.4: in callback style, the order of the cancellable and set() decides in the same way");

  g_cancellable_cancel (before);
  anyio_event_wait_async (event, before, ready_cb, &ready[0]);
  anyio_event_wait_async (event, early, ready_cb, &ready[1]);
  anyio_event_wait_async (event, late, ready_cb, &ready[2]);
  anyio_event_wait_async (event, NULL, ready_cb, &ready[3]);
  settle ();
  g_assert_cmpuint (anyio_event_get_tasks_waiting (event), ==, 3);
  g_assert_null (ready[2].result);
  g_cancellable_cancel (early);
  anyio_event_set (event);
  g_cancellable_cancel (late);
  anyio_event_wait_async (event, NULL, ready_cb, &ready[4]);
  g_assert_null (ready[4].result);

  assert_fails (anyio_event_wait_finish (event, ready_await (&ready[0]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_fails (anyio_event_wait_finish (event, ready_await (&ready[1]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  for (guint i = 2; i < 5; i++)
    assert_succeeds (anyio_event_wait_finish (event, ready_await (&ready[i]), &failure), failure);
  g_assert_cmpuint (anyio_event_get_tasks_waiting (event), ==, 0);

  return TRUE;
}

static void
test_without_tasks (void)
{
  g_autoptr (AnyioEvent) event = anyio_event_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };

  g_test_summary ("SEMANTICS 6.5: an event serves where no task has ever run, but waiting as a task fails there");

  anyio_event_wait_async (event, NULL, ready_cb, &ready[0]);
  anyio_event_wait_async (event, cancellable, ready_cb, &ready[1]);
  g_cancellable_cancel (cancellable);
  assert_fails (anyio_event_wait_finish (event, ready_iterate (&ready[1]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  anyio_event_set (event);
  g_assert_null (ready[0].result);
  assert_succeeds (anyio_event_wait_finish (event, ready_iterate (&ready[0]), &failure), failure);

  EXPECT_CRITICAL ("*anyio_event_wait() suspends*");
  assert_fails (anyio_event_wait (event, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_test_assert_expected_messages ();
}

static gpointer
use_elsewhere (gpointer event)
{
  EXPECT_CRITICAL ("*anyio_event_set() was called in another thread than that which uses this AnyioEvent*g_main_context_invoke*");
  anyio_event_set (event);
  g_test_assert_expected_messages ();

  return NULL;
}

static gpointer
wait_elsewhere (gpointer event)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Ready) ready = { NULL };

  g_main_context_push_thread_default (context);
  EXPECT_CRITICAL ("*anyio_event_wait_async() was called in another thread*");
  anyio_event_wait_async (event, NULL, ready_cb, &ready);
  g_test_assert_expected_messages ();
  while (ready.result == NULL)
    g_main_context_iteration (context, TRUE);
  assert_fails (anyio_event_wait_finish (event, ready.result, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_other_thread (void)
{
  g_autoptr (AnyioEvent) event = anyio_event_new ();
  g_auto (Ready) ready = { NULL };

  g_test_summary ("SEMANTICS 6.5: a primitive belongs to the thread that uses it first; elsewhere it is misuse, with advice");

  anyio_event_wait_async (event, NULL, ready_cb, &ready);
  run_in_thread (use_elsewhere, event);
  run_in_thread (wait_elsewhere, event);
  g_assert_false (anyio_event_is_set (event));
  anyio_event_set (event);
  ready_iterate (&ready);
}

static gpointer
use_first (gpointer event)
{
  anyio_event_set (event);

  return NULL;
}

static void
test_made_elsewhere (void)
{
  g_autoptr (AnyioEvent) event = anyio_event_new ();

  g_test_summary ("SEMANTICS 6.5: making it does not bind it to a thread");

  run_in_thread (use_first, event);
  g_assert_true (anyio_event_is_set (event));
}

static gboolean
set_soon (gpointer user_data,
          GError **error)
{
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_event_set (user_data);

  return TRUE;
}

static gboolean
use_everywhere (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioEvent) event = anyio_event_new ();
  Visitor visitors[] = { { event, "a" }, { event, "b" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  START_EACH (group, wait_and_tell, visitors);
  anyio_task_group_start_soon (group, set_soon, event, NULL);
  anyio_event_wait (event, NULL);
  anyio_event_wait (event, NULL);

  return join_without_waiters (group, event, error);
}

static void
test_sweep (void)
{
  g_test_summary ("SEMANTICS 1.5, I24: cancelled anywhere, nobody is left in the queue and nothing leaks");

  g_assert_cmpuint (anyio_test_cancel_everywhere (use_everywhere, NULL, NULL), >=, 5);
}

static void
test_properties (void)
{
  g_autoptr (AnyioEvent) event = anyio_event_new ();
  g_auto (Ready) ready = { NULL };
  guint n_waiting = 9;

  g_test_summary ("SEMANTICS 6.5: statistics are properties");

  anyio_event_wait_async (event, NULL, ready_cb, &ready);
  g_object_get (event, "tasks-waiting", &n_waiting, NULL);
  g_assert_cmpuint (n_waiting, ==, 1);
  anyio_event_set (event);
  ready_iterate (&ready);
  g_object_get (event, "tasks-waiting", &n_waiting, NULL);
  g_assert_cmpuint (n_waiting, ==, 0);
}

static gboolean
set_in_a_second (gpointer event,
                 GError **error)
{
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_event_set (event);

  return TRUE;
}

static gboolean
test_awaited (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioEvent) event = anyio_event_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_test_summary ("SEMANTICS 10 (I13): a replaced clock goes on while a task awaits the callback form");

  anyio_task_group_start_soon (group, set_in_a_second, event, NULL);
  anyio_event_wait_async (event, anyio_call_begin (&call), anyio_call_ready, &call);
  g_assert_true (anyio_event_wait_finish (event, anyio_call_await (&call), error));

  return anyio_task_group_join (group, error);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/event/set/wakes-in-order", test_order);
  core_add_ordered ("/event/set-before/does-not-yield", test_set_before);
  anyio_test_add_func ("/event/cancelled-scope/fails", test_cancelled_scope);
  anyio_test_add_func ("/event/set-then-cancel/wakes", test_set_then_cancel);
  anyio_test_add_func ("/event/cancel-then-set/cancelled", test_cancel_then_set);
  anyio_test_add_func ("/event/dropped/lives", test_dropped);
  anyio_test_add_func ("/event/async/order-decides", test_async);
  g_test_add_func ("/event/without-tasks/works", test_without_tasks);
  g_test_add_func ("/event/other-thread/misuse", test_other_thread);
  g_test_add_func ("/event/made-elsewhere/not-bound", test_made_elsewhere);
  g_test_add_func ("/event/properties/tell", test_properties);
  g_test_add_func ("/event/sweep/nothing-left", test_sweep);
  anyio_test_add_func ("/event/awaited/clock-goes-on", test_awaited);

  return g_test_run ();
}
