/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Futures: set once, read by many, disturbed by nobody who waits. */

#include "sync-test.h"

static gboolean
set_int (AnyioFuture *future,
         int number)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);

  return anyio_future_set_value (future, &value);
}

typedef struct
{
  AnyioFuture *future;
  const char *name;
} Visitor;

static gboolean
await (gpointer user_data,
       GError **error)
{
  Visitor *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;

  if (!anyio_future_await (self->future, &value, error))
    {
      anyio_trace ("%s!", self->name);
      return FALSE;
    }
  anyio_trace ("%s%d", self->name, g_value_get_int (&value));

  return TRUE;
}

static gboolean
test_value (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioFuture) future = anyio_future_new ();
  Visitor visitors[] = { { future, "a" }, { future, "b" } };
  g_autoptr (GError) failure = NULL;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 5: set once; all who wait get it, in order, and it can be read any number of times");

  START_WAITING (group, await, visitors);
  g_assert_cmpuint (anyio_future_get_tasks_waiting (future), ==, 2);
  g_assert_cmpint (anyio_future_get_status (future), ==, ANYIO_TASK_PENDING);
  assert_fails (anyio_future_get_result (future, &value, &failure), failure, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_assert_true (set_int (future, 7));
  g_assert_false (set_int (future, 8));
  g_assert_false (anyio_future_cancel (future));
  g_assert_false (anyio_future_set_error (future, &(GError){ G_IO_ERROR, G_IO_ERROR_FAILED, (char *) "late" }));
  g_assert_cmpint (anyio_future_get_status (future), ==, ANYIO_TASK_FINISHED);
  assert_joins (group);
  anyio_assert_trace ("a7 b7");
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (anyio_future_wait (future, error));
      g_assert_true (anyio_future_get_result (future, NULL, error));
    }
  g_assert_true (anyio_future_await (future, &value, error));
  g_assert_cmpint (g_value_get_int (&value), ==, 7);

  return TRUE;
}

static gboolean
test_error (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioFuture) future = anyio_future_new ();
  g_autoptr (GError) failure = NULL;
  g_autoptr (GError) reason = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");

  g_test_summary ("SEMANTICS 5: an error comes out of reading, each time, and not out of waiting");

  g_assert_true (anyio_future_set_error (future, reason));
  g_assert_false (set_int (future, 1));
  g_assert_cmpint (anyio_future_get_status (future), ==, ANYIO_TASK_FAILED);
  g_assert_true (anyio_future_wait (future, error));
  for (guint i = 0; i < 2; i++)
    {
      g_assert_false (anyio_future_await (future, NULL, &failure));
      g_assert_cmpstr (failure->message, ==, "gone");
      g_clear_error (&failure);
    }

  return TRUE;
}

static gboolean
test_future_cancelled (gpointer user_data,
                       GError **error)
{
  g_autoptr (AnyioFuture) future = anyio_future_new ();
  Visitor visitors[] = { { future, "a" } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 5, 2.11: cancelling the future is CANCELLED for those who read it, but nobody's scope: it fails the group");

  START_WAITING (group, await, visitors);
  g_assert_true (anyio_future_cancel (future));
  g_assert_false (anyio_future_cancel (future));
  g_assert_false (set_int (future, 1));
  g_assert_cmpint (anyio_future_get_status (future), ==, ANYIO_TASK_CANCELLED);
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (failure->message, ==, "The future was cancelled");

  return TRUE;
}

static gboolean
test_waiter_cancelled (gpointer user_data,
                       GError **error)
{
  g_autoptr (AnyioFuture) future = anyio_future_new ();
  Visitor first[] = { { future, "a" } };
  Visitor second[] = { { future, "b" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) doomed = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 5: one who waits and is cancelled disturbs neither the future nor the others");

  START_WAITING (doomed, await, first);
  START_WAITING (group, await, second);
  anyio_task_group_cancel (doomed, NULL);
  assert_joins (doomed);
  g_assert_cmpint (anyio_future_get_status (future), ==, ANYIO_TASK_PENDING);
  g_assert_true (set_int (future, 1));
  assert_joins (group);
  anyio_assert_trace ("a! b1");

  return TRUE;
}

static gboolean
test_set_then_cancelled (gpointer user_data,
                         GError **error)
{
  g_autoptr (AnyioFuture) future = anyio_future_new ();
  Visitor visitors[] = { { future, "a" } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.4, 6.3: set first and cancelled then gets the value; waiting in a cancelled scope fails although there is one");

  START_WAITING (group, await, visitors);
  g_assert_true (set_int (future, 1));
  anyio_task_group_cancel (group, NULL);
  assert_is_cancelled (anyio_future_wait (future, &failure), failure);
  assert_joins (group);
  anyio_assert_trace ("a1");

  return TRUE;
}

static void
test_without_tasks (void)
{
  g_autoptr (AnyioFuture) future = anyio_future_new ();
  g_autoptr (AnyioFuture) failing = anyio_future_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };
  GValue *value;
  guint n_waiting = 9;

  g_test_summary ("SEMANTICS 6.5, 2.18: in callback style; the cancellable ends the wait and not the future");

  anyio_future_wait_async (future, NULL, ready_cb, &ready[0]);
  anyio_future_await_async (future, NULL, ready_cb, &ready[1]);
  anyio_future_await_async (future, cancellable, ready_cb, &ready[2]);
  g_object_get (future, "tasks-waiting", &n_waiting, NULL);
  g_assert_cmpuint (n_waiting, ==, 3);
  g_cancellable_cancel (cancellable);
  g_assert_null (anyio_future_await_finish (future, ready_iterate (&ready[2]), &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&failure);
  g_assert_true (set_int (future, 5));
  assert_succeeds (anyio_future_wait_finish (future, ready_iterate (&ready[0]), &failure), failure);
  value = anyio_future_await_finish (future, ready_iterate (&ready[1]), &failure);
  g_assert_no_error (failure);
  g_assert_cmpint (g_value_get_int (value), ==, 5);
  g_boxed_free (G_TYPE_VALUE, value);

  g_assert_true (anyio_future_set_error (failing, &(GError){ G_IO_ERROR, G_IO_ERROR_NOT_FOUND, (char *) "gone" }));
  anyio_future_await_async (failing, NULL, ready_cb, &ready[3]);
  g_assert_null (anyio_future_await_finish (failing, ready_iterate (&ready[3]), &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&failure);
  EXPECT_CRITICAL ("*suspends*");
  assert_fails (anyio_future_await (failing, NULL, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_test_assert_expected_messages ();
}

static gpointer
use_elsewhere (gpointer future)
{
  EXPECT_CRITICAL ("anyio_future_set_value() was called in another thread than that which uses this AnyioFuture*");
  g_assert_false (set_int (future, 1));
  EXPECT_CRITICAL ("anyio_future_cancel() was called in another thread than that which uses this AnyioFuture*");
  g_assert_false (anyio_future_cancel (future));
  g_test_assert_expected_messages ();

  return NULL;
}

static void
test_other_thread (void)
{
  g_autoptr (AnyioFuture) future = anyio_future_new ();
  g_auto (Ready) ready = { NULL };

  g_test_summary ("SEMANTICS 6.5: in another thread it is misuse");

  anyio_future_wait_async (future, NULL, ready_cb, &ready);
  run_in_thread (use_elsewhere, future);
  g_assert_cmpint (anyio_future_get_status (future), ==, ANYIO_TASK_PENDING);
  g_assert_true (anyio_future_cancel (future));
  ready_iterate (&ready);
}

static gboolean
set_soon (gpointer user_data,
          GError **error)
{
  if (!anyio_sleep (1, error))
    return FALSE;
  set_int (user_data, 3);

  return TRUE;
}

static gboolean
wait (gpointer future,
      GError **error)
{
  return anyio_future_wait (future, error);
}

static gboolean
use_everywhere (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioFuture) future = anyio_future_new ();
  Visitor visitors[] = { { future, "a" }, { future, "b" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  START_EACH (group, await, visitors);
  anyio_task_group_start_soon (group, wait, future, NULL);
  anyio_task_group_start_soon (group, set_soon, future, NULL);

  return join_without_waiters (group, future, error);
}

static void
test_sweep (void)
{
  g_test_summary ("SEMANTICS 5, I24: cancelled anywhere, nobody is left");

  g_assert_cmpuint (anyio_test_cancel_everywhere (use_everywhere, NULL, NULL), >=, 3);
}

static gboolean
test_error_wakes (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioFuture) future = anyio_future_new ();
  Visitor visitors[] = { { future, "a" } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (GError) reason = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 5: an error wakes those who wait");

  START_WAITING (group, await, visitors);
  g_assert_true (anyio_future_set_error (future, reason));
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  anyio_assert_trace ("a!");

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/future/value/once-for-all", test_value);
  anyio_test_add_func ("/future/error/each-time", test_error);
  anyio_test_add_func ("/future/cancelled/ordinary-error", test_future_cancelled);
  core_add_ordered ("/future/waiter-cancelled/nobody-disturbed", test_waiter_cancelled);
  anyio_test_add_func ("/future/set-then-cancelled/has-value", test_set_then_cancelled);
  g_test_add_func ("/future/without-tasks/works", test_without_tasks);
  g_test_add_func ("/future/other-thread/misuse", test_other_thread);
  g_test_add_func ("/future/sweep/nothing-left", test_sweep);
  anyio_test_add_func ("/future/error/wakes", test_error_wakes);

  return g_test_run ();
}
