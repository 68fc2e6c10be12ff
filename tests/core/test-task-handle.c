/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Handles of tasks: waiting, asking for the outcome, cancelling one task alone. */

#include "jobs.h"

static AnyioTask *
create_job (AnyioTaskGroup *group, Job *job)
{
  return anyio_task_group_create_task_named (group, job->name, do_job, job, NULL);
}

typedef struct
{
  const char *name;
  AnyioTask *task;
} Waiter;

static gboolean
wait_for (gpointer data, GError **error)
{
  const Waiter *self = data;

  if (!anyio_task_wait (self->task, error))
    {
      anyio_trace ("%s!", self->name);
      return FALSE;
    }
  anyio_trace ("%s", self->name);

  return TRUE;
}

static gboolean
test_many_waiters (gpointer data, GError **error)
{
  Job job = { "a", 2 };
  Waiter waiters[] = { { "x" }, { "y" }, { "z" } };
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 5: any number of tasks can wait for a task; they go on in the order in which they came");

  task = create_job (group, &job);
  for (guint i = 0; i < G_N_ELEMENTS (waiters); i++)
    {
      waiters[i].task = task;
      anyio_task_group_start_soon (group, wait_for, &waiters[i], NULL);
    }
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("a+ a- x y z");
  assert_time (2);

  return TRUE;
}

static gboolean
test_after_close (gpointer data, GError **error)
{
  Job job = { "a", 2 };
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 11.6: a task can be waited for after its group has closed, again and again");

  task = create_job (group, &job);
  g_assert_true (anyio_task_group_join (group, error));
  for (guint i = 0; i < 3; i++)
    g_assert_true (anyio_task_wait (task, error) && anyio_task_get_result (task, NULL, error));
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FINISHED);
  g_assert_cmpstr (anyio_task_get_name (task), ==, "a");
  g_assert_null (anyio_task_get_parent (task));
  g_assert_null (anyio_task_get_group (task));
  g_assert_null (anyio_task_get_cancellable (task));
  g_assert_false (anyio_task_has_pending_cancellation (task));
  anyio_task_cancel (task, "too late");
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FINISHED);

  return TRUE;
}

static gboolean
test_wait_is_cancel_point (gpointer data, GError **error)
{
  Job job = { "a", 0 };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("SEMANTICS 1.6, 2.2: waiting for a task that has ended is a cancel point like any other");

  task = create_job (group, &job);
  g_assert_true (anyio_task_wait (task, error));
  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_false (anyio_task_wait (task, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));

  return anyio_task_group_join (group, error);
}

static gboolean
test_waiting_moves_no_error (gpointer data, GError **error)
{
  Job job = { "a", 1, "gone" };
  Waiter waiter = { "x" };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 5, 11.6: waiting for a failed task succeeds; its error can be read any number of times, and stays in the group");

  task = waiter.task = create_job (group, &job);
  anyio_task_group_start_soon (outer, wait_for, &waiter, NULL);
  g_assert_false (anyio_task_get_result (task, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_clear_error (&failure);
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_PENDING);

  g_assert_false (anyio_task_group_join (group, &failure));
  assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "gone");
  g_assert_true (anyio_task_group_join (outer, error));
  anyio_assert_trace ("a+ ax x");
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FAILED);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_false (anyio_task_get_result (task, NULL, &failure));
      assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "gone");
    }

  return TRUE;
}

static gboolean
test_cancelling_waiter (gpointer data, GError **error)
{
  Job job = { "a", 3 };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);

  g_test_summary ("SEMANTICS 5: cancelling the waiter does not cancel the task");

  task = create_job (group, &job);
  g_assert_false (anyio_task_wait (task, &failure));
  assert_time (1);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_PENDING);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("a+ a-");

  return TRUE;
}

typedef struct
{
  AnyioTask *task;
  AnyioTaskGroup *group;
} Witness;

static gboolean
witness (gpointer data, GError **error)
{
  const Witness *self = data;

  g_assert_true (anyio_task_wait (self->task, error));
  if (anyio_cancel_scope_get_cancel_called (anyio_task_group_get_cancel_scope (self->group)))
    anyio_trace ("group-first");

  return TRUE;
}

static gboolean
test_group_before_waiters (gpointer data, GError **error)
{
  Job job = { "a", 1, "gone" };
  Witness self = { NULL };
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 5, 1.4: a group is cancelled before the waiters of its failed child run; they still get their result");

  self.group = group;
  task = self.task = create_job (group, &job);
  anyio_task_group_start_soon (group, witness, &self, NULL);
  g_assert_false (anyio_task_group_join (group, NULL));
  anyio_assert_trace ("a+ ax group-first");

  return TRUE;
}

static gboolean
test_cancel_alone (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 9 }, { "b", 2 } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 5: a task can be cancelled alone: its group, its siblings and its host are not disturbed");

  task = create_job (group, &jobs[0]);
  start_jobs (group, &jobs[1], 1);
  g_assert_true (anyio_sleep (1, error));
  anyio_task_cancel (task, "no longer needed");
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_CANCELLING);
  g_assert_true (anyio_task_has_pending_cancellation (task));
  g_assert_true (anyio_task_wait (task, error));
  assert_time (1);
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_CANCELLED);
  g_assert_false (anyio_task_get_result (task, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_false (anyio_cancel_scope_get_cancel_called (anyio_task_group_get_cancel_scope (group)));
  anyio_assert_trace ("a+ b+ a! b-");

  return TRUE;
}

static gboolean
cancel_in_two_ways (gpointer data, GError **error)
{
  gboolean inside;

  {
    g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

    inside = anyio_sleep (9, error);
    g_assert_false (anyio_cancel_scope_exit (scope, error));
    g_assert_false (anyio_cancel_scope_get_cancel_called (scope));
  }
  anyio_trace ("%s", inside ? "slept" : (*error)->message);

  return inside;
}

static gboolean
test_cancel_alone_reaches_scopes (gpointer data, GError **error)
{
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 5, 2.12: cancelling a task reaches the scopes that it has open, with the reason and the task that cancelled");

  task = anyio_task_group_create_task (group, cancel_in_two_ways, NULL, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_cancel (task, "enough");
  anyio_task_cancel (task, "more than enough");
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("Operation was cancelled: enough");

  return TRUE;
}

static gboolean
test_cancel_before_begin (gpointer data, GError **error)
{
  Job job = { "a", 9 };
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.3, I12: a task that is cancelled before it began still runs to its first suspension point");

  task = create_job (group, &job);
  anyio_task_cancel (task, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("a+ a!");
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_CANCELLED);

  return TRUE;
}

static gboolean
survive (gpointer data, GError **error)
{
  anyio_sleep_forever (NULL);

  return TRUE;
}

static gboolean
test_cancelled_but_finished (gpointer data, GError **error)
{
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 5, 2.10: a task that was cancelled and succeeds all the same is FINISHED");

  task = anyio_task_group_create_task (group, survive, NULL, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_cancel (task, NULL);
  g_assert_true (anyio_task_wait (task, error));
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FINISHED);
  g_assert_true (anyio_task_get_result (task, NULL, error));

  return anyio_task_group_join (group, error);
}

static gboolean
test_cancelled_but_failed (gpointer data, GError **error)
{
  Job job = { "a", 9, NULL, 1, "broken" };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 5, 3.5: a task that was cancelled alone and then really fails, fails its group");

  task = create_job (group, &job);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_cancel (task, NULL);
  g_assert_false (anyio_task_group_join (group, &failure));
  assert_and_clear (&failure, G_IO_ERROR_BROKEN_PIPE, "broken");
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FAILED);

  return TRUE;
}

static gboolean
dismiss (gpointer data, GError **error)
{
  return fail_with (error, G_IO_ERROR_CANCELLED, "dismissed");
}

static gboolean
test_status (gpointer data, GError **error)
{
  Job job = { "a", 9 };
  g_autoptr (AnyioTask) cancelled = NULL;
  g_autoptr (AnyioTask) stray = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 11.7: a task that ends with a stray CANCELLED is FAILED; one that its group's cancellation ends is CANCELLED");

  cancelled = create_job (group, &job);
  stray = anyio_task_group_create_task (group, dismiss, NULL, NULL);
  g_assert_false (anyio_checkpoint (NULL));
  g_assert_cmpint (anyio_task_get_status (cancelled), ==, ANYIO_TASK_CANCELLING);
  g_assert_false (anyio_task_group_join (group, NULL));
  g_assert_cmpint (anyio_task_get_status (stray), ==, ANYIO_TASK_FAILED);
  g_assert_cmpint (anyio_task_get_status (cancelled), ==, ANYIO_TASK_CANCELLED);

  return TRUE;
}

static gboolean
test_itself (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 11.1: a task that waits for itself gets MISUSE instead of hanging");

  expect_critical ("*/task-handle/itself/misuse*waits for itself*");
  g_assert_false (anyio_task_wait (anyio_get_current_task (), &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static gboolean
set_results (gpointer data, GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) text = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, 7);
  anyio_task_set_result (&value);
  if (!anyio_sleep (1, error))
    return FALSE;
  g_value_init (&text, G_TYPE_STRING);
  g_value_set_string (&text, "eight");
  anyio_task_set_result (&text);

  return TRUE;
}

static gboolean
test_result (gpointer data, GError **error)
{
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 5, 11.6: the last result that a task sets can be read any number of times");

  task = anyio_task_group_create_task (group, set_results, NULL, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  for (guint i = 0; i < 2; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_true (anyio_task_get_result (task, &value, error));
      g_assert_cmpstr (g_value_get_string (&value), ==, "eight");
    }

  return TRUE;
}

static gpointer
cancel_in_thread (gpointer data)
{
  anyio_task_cancel (data, "from a thread");

  return NULL;
}

static gboolean
test_cancel_from_thread (gpointer data, GError **error)
{
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 5, 2.3: a task can be cancelled from another thread");

  task = anyio_task_group_create_task (group, cancel_in_two_ways, NULL, NULL);
  g_assert_true (anyio_checkpoint (error));
  g_thread_join (g_thread_new ("canceller", cancel_in_thread, task));
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("Operation was cancelled: from a thread");

  return TRUE;
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (anyio_task_wait_finish (ANYIO_TASK (source), result, &error))
    anyio_trace ("%s", (const char *) user_data);
  else
    anyio_trace ("%s!", (const char *) user_data);
  g_assert_null (anyio_get_current_task ());
}

static gboolean
sleep_a_second (gpointer data, GError **error)
{
  return anyio_sleep (1, error);
}

static gboolean
test_wait_async (gpointer data, GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) task = anyio_task_group_create_task (group, sleep_a_second, NULL, NULL);

  g_test_summary ("SEMANTICS 11.6: who is no task waits for the end of one, too");

  anyio_task_wait_async (task, NULL, ended_cb, (gpointer) "a");
  anyio_task_wait_async (task, cancellable, ended_cb, (gpointer) "b");
  g_assert_true (anyio_sleep (0.5, error));
  g_cancellable_cancel (cancellable);
  g_assert_true (anyio_sleep (0.25, error));
  anyio_assert_trace ("b!");
  g_assert_true (anyio_sleep (1, error));
  anyio_task_wait_async (task, NULL, ended_cb, (gpointer) "late");
  g_assert_true (anyio_sleep (1, error));
  anyio_assert_trace ("b! a late");
  return anyio_task_group_join (group, error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/task-handle/many-waiters/in-order", test_many_waiters);
  anyio_test_add_func ("/task-handle/after-close/still-answers", test_after_close);
  anyio_test_add_func ("/task-handle/wait/is-cancel-point", test_wait_is_cancel_point);
  anyio_test_add_func ("/task-handle/failed/error-stays-in-group", test_waiting_moves_no_error);
  anyio_test_add_func ("/task-handle/waiter-cancelled/task-goes-on", test_cancelling_waiter);
  anyio_test_add_func ("/task-handle/failed/group-before-waiters", test_group_before_waiters);
  core_add_ordered ("/task-handle/cancelled/alone", test_cancel_alone);
  anyio_test_add_func ("/task-handle/cancelled/reaches-scopes", test_cancel_alone_reaches_scopes);
  anyio_test_add_func ("/task-handle/cancelled/before-begin", test_cancel_before_begin);
  anyio_test_add_func ("/task-handle/cancelled/from-thread", test_cancel_from_thread);
  anyio_test_add_func ("/task-handle/cancelled-but-finished/is-finished", test_cancelled_but_finished);
  anyio_test_add_func ("/task-handle/cancelled-but-failed/fails-group", test_cancelled_but_failed);
  core_add_ordered ("/task-handle/stray-cancellation/is-failed", test_status);
  anyio_test_add_func ("/task-handle/itself/misuse", test_itself);
  anyio_test_add_func ("/task-handle/result/last-one-counts", test_result);
  anyio_test_add_func ("/task-handle/wait/async", test_wait_async);

  return g_test_run ();
}
