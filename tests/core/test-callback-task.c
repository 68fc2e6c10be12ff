/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tasks that are not fibers: begun by a callback, ended by a call. */

#include "jobs.h"

/* What a callback leaves behind for whoever ends the task. */
typedef struct
{
  AnyioTask *task;
  const char *failure;
} Kept;

static gboolean
succeed_soon (gpointer data, GError **error)
{
  return anyio_sleep (0.5, error);
}

static void
keep (AnyioTask *task, gpointer data)
{
  Kept *kept = data;

  anyio_trace ("begun");
  kept->task = g_object_ref (task);
}

static void
trace_cb (gpointer data)
{
  anyio_trace ("destroyed");
}

static gboolean
end_later (gpointer data, GError **error)
{
  Kept *kept = data;
  g_autoptr (AnyioTask) task = NULL;

  if (!anyio_sleep (2, error))
    return FALSE;
  task = g_steal_pointer (&kept->task);
  if (kept->failure != NULL)
    {
      anyio_task_return_error (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, kept->failure));
      g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FAILED);
    }
  else
    {
      g_auto (GValue) value = G_VALUE_INIT;
      g_auto (GValue) result = G_VALUE_INIT;

      g_value_init (&value, G_TYPE_INT);
      g_value_set_int (&value, 42);
      anyio_task_return_value (task, &value);
      g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FINISHED);
      g_assert_true (anyio_task_get_result (task, &result, error));
      g_assert_cmpint (g_value_get_int (&result), ==, 42);
    }
  anyio_trace ("returned");

  return TRUE;
}

static gboolean
test_value (gpointer data, GError **error)
{
  Kept kept = { NULL };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.1, 5: a callback task is a child like any other: the group waits for it, a fiber may end it, and its result is in its handle");

  anyio_task_group_start_callback (group, NULL, keep, &kept, trace_cb);
  anyio_trace ("body");
  anyio_task_group_start_soon (group, end_later, &kept, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("body begun destroyed returned");
  assert_time (2);

  return TRUE;
}

static gboolean
test_error (gpointer data, GError **error)
{
  Job job = { "a", 9 };
  Kept kept = { .failure = "gone" };
  const char *by_task = NULL;
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 3.3: the failure of a callback task cancels the group");

  start_jobs (group, &job, 1);
  anyio_task_group_start_callback (group, "call", keep, &kept, NULL);
  anyio_task_group_start_soon (group, end_later, &kept, NULL);
  g_assert_false (anyio_task_group_join (group, &joined));
  assert_and_clear (&joined, G_IO_ERROR_NOT_FOUND, "gone");
  anyio_assert_trace ("a+ begun returned a!");
  g_assert_cmpint (anyio_cancel_scope_get_reason (anyio_task_group_get_cancel_scope (group), NULL, &by_task), ==, ANYIO_CANCEL_CHILD_FAILED);
  g_assert_cmpstr (by_task, ==, "call");

  return TRUE;
}

static gboolean
inherit_nothing (gpointer data, GError **error)
{
  anyio_trace ("late");
  g_assert_null (anyio_task_get_value (g_quark_from_static_string ("callback-task")));

  return TRUE;
}

static void
end_at_once (AnyioTask *task, gpointer data)
{
  AnyioTaskGroup *group = data;

  g_assert_true (anyio_get_current_task () == task);
  anyio_task_set_value (g_quark_from_static_string ("callback-task"), g_strdup ("inherited"), g_free);
  anyio_task_return_value (task, NULL);
  anyio_trace ("returned");
  g_assert_null (anyio_get_current_task ());
  anyio_task_group_start_soon (group, inherit_nothing, NULL, NULL);
}

static gboolean
test_inside_callback (gpointer data, GError **error)
{
  Job job = { "a", 1 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 9, I2: a callback task may end inside its callback; what runs on there is no longer the task");

  start_jobs (group, &job, 1);
  anyio_task_group_start_callback (group, NULL, end_at_once, group, trace_cb);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("a+ returned destroyed late a-");

  return TRUE;
}

static gboolean
test_twice (gpointer data, GError **error)
{
  Kept kept = { NULL };
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 11.1: a callback task that returns a second time is misuse; the first time counts");

  anyio_task_group_start_callback (group, "call", keep, &kept, NULL);
  g_assert_true (anyio_checkpoint (error));
  task = g_steal_pointer (&kept.task);
  anyio_task_return_value (task, NULL);
  expect_critical ("*anyio_task_return_value*call*returned already*");
  anyio_task_return_value (task, NULL);
  expect_critical ("*anyio_task_return_error*call*returned already*");
  anyio_task_return_error (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "late"));
  g_test_assert_expected_messages ();
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FINISHED);

  return anyio_task_group_join (group, error);
}

static gboolean
test_return_of_fiber (gpointer data, GError **error)
{
  Job job = { "a", 1 };
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 11.1: a task that is a function cannot be ended from outside");

  task = anyio_task_group_create_task_named (group, "a", do_job, &job, NULL);
  expect_critical ("*anyio_task_return_value*\"a\"*is a function*");
  anyio_task_return_value (task, NULL);
  g_test_assert_expected_messages ();
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("a+ a-");

  return TRUE;
}

static gboolean
test_before_begin (gpointer data, GError **error)
{
  Kept kept = { NULL };
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 11.1, I12: a callback task that has not begun cannot be ended; its callback always runs");

  anyio_task_group_start_callback (group, "call", keep, &kept, NULL);
  task = g_list_model_get_item (G_LIST_MODEL (group), 0);
  expect_critical ("*anyio_task_return_value*call*not begun*");
  anyio_task_return_value (task, NULL);
  g_test_assert_expected_messages ();
  g_assert_true (anyio_checkpoint (error));
  anyio_assert_trace ("begun");
  g_clear_object (&kept.task);
  anyio_task_return_value (task, NULL);

  return anyio_task_group_join (group, error);
}

static void
drop (AnyioTask *task, gpointer data)
{
  anyio_trace ("begun");
}

static gboolean
test_dropped (gpointer data, GError **error)
{
  Job job = { "a", 9 };
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("Errors, ABANDONED: a callback task that nobody can end any more fails instead of keeping the group waiting for ever");

  start_jobs (group, &job, 1);
  anyio_task_group_start_callback (group, "call", drop, NULL, trace_cb);
  g_assert_false (anyio_task_group_join (group, &joined));
  g_assert_error (joined, ANYIO_ERROR, ANYIO_ERROR_ABANDONED);
  g_assert_nonnull (strstr (joined->message, "call"));
  anyio_assert_trace ("a+ begun destroyed a!");

  return TRUE;
}

static gboolean
test_dropped_by_fiber (gpointer data, GError **error)
{
  Kept kept = { NULL };
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("Errors, ABANDONED; 1.8: the drop itself ends nothing; the task ends in the scheduler's next step");

  anyio_task_group_start_callback (group, "call", keep, &kept, trace_cb);
  g_assert_true (anyio_checkpoint (error));
  g_clear_object (&kept.task);
  anyio_assert_trace ("begun");
  g_assert_false (anyio_cancel_scope_is_cancelled (anyio_task_group_get_cancel_scope (group)));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (group)), ==, 1); /* it lives until it has ended */
  g_assert_false (anyio_task_group_join (group, &joined));
  g_assert_error (joined, ANYIO_ERROR, ANYIO_ERROR_ABANDONED);
  anyio_assert_trace ("begun destroyed");

  return TRUE;
}

/* Ends when it is cancelled, as operations with a GCancellable do. */
static void
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  anyio_trace ("told");
  anyio_task_return_error (data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "told"));
}

static void
drop_cb (gpointer data, GClosure *closure)
{
  g_object_unref (data);
}

static void
end_when_cancelled (AnyioTask *task, gpointer data)
{
  anyio_trace ("begun");
  g_signal_connect_data (anyio_task_get_cancellable (task), "cancelled", G_CALLBACK (cancelled_cb), g_object_ref (task), drop_cb, 0);
}

static gboolean
test_group_cancelled (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) task = NULL;

  g_test_summary ("SEMANTICS 2.17: a callback task learns through its cancellable that its group is cancelled, in the scheduler's next step; the answer is not stray");

  anyio_task_group_start_callback (group, "call", end_when_cancelled, NULL, NULL);
  g_assert_true (anyio_checkpoint (error));
  task = g_list_model_get_item (G_LIST_MODEL (group), 0);
  anyio_task_group_cancel (group, NULL);
  anyio_trace ("cancelled");
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_CANCELLING);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("begun cancelled told");
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_CANCELLED);

  return TRUE;
}

static gboolean
test_cancelled_alone (gpointer data, GError **error)
{
  Job job = { "a", 1 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) task = NULL;

  g_test_summary ("SEMANTICS 5: a callback task can be cancelled alone, also after it asked for its cancellable");

  anyio_task_group_start_callback (group, "call", end_when_cancelled, NULL, NULL);
  start_jobs (group, &job, 1);
  g_assert_true (anyio_checkpoint (error));
  task = g_list_model_get_item (G_LIST_MODEL (group), 0);
  anyio_task_cancel (task, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_CANCELLED);
  anyio_assert_trace ("begun a+ told a-");

  return TRUE;
}

static void
tell_cancelled (AnyioTask *task, gpointer data)
{
  anyio_trace (g_cancellable_is_cancelled (anyio_task_get_cancellable (task)) ? "cancelled" : "not-cancelled");
  anyio_task_return_value (task, NULL);
}

static gboolean
test_born_cancelled (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.3, 3.6: a callback task of a cancelled group begins, with a cancellable that is cancelled");

  anyio_task_group_cancel (group, NULL);
  anyio_task_group_start_callback (group, NULL, tell_cancelled, NULL, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("cancelled");

  return TRUE;
}

static void
use_tasks_functions (AnyioTask *task, gpointer data)
{
  g_autoptr (GError) failure = NULL;

  expect_critical ("*anyio_sleep*in a task*");
  g_assert_false (anyio_sleep (1, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  anyio_task_return_value (task, NULL);
}

static gboolean
test_cannot_suspend (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 11.1: a callback runs on the home stack, where nothing suspends");

  anyio_task_group_start_callback (group, NULL, use_tasks_functions, NULL, NULL);

  return anyio_task_group_join (group, error);
}

typedef struct
{
  AnyioTask *task;
  AnyioCancelScope *scope;
} Inside;

static void
stay_inside (AnyioTask *task, gpointer data)
{
  Inside *self = data;

  self->task = g_object_ref (task);
  self->scope = anyio_move_on_after (5);
}

static gboolean
test_returns_inside (gpointer data, GError **error)
{
  Inside self = { NULL };
  Job job = { "a", 9 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.14: a callback task that returns inside a scope gets a critical message, and the scope is closed");

  anyio_task_group_start_callback (group, "call", stay_inside, &self, NULL);
  g_assert_true (anyio_checkpoint (error));
  expect_critical ("Task \"call\" returned with a cancel scope open*");
  anyio_task_return_value (self.task, NULL);
  g_test_assert_expected_messages ();
  g_object_unref (self.task);
  start_jobs (group, &job, 1);
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (self.scope));
  g_assert_true (anyio_cancel_scope_exit (self.scope, error));
  anyio_cancel_scope_leave (self.scope);
  anyio_assert_trace ("a+ a-");

  return TRUE;
}

/* --- ends in odd moments ----------------------------------------------------------------------------------------------------------------------- */

static void
free_kept (gpointer data)
{
  Kept *kept = data;

  g_clear_object (&kept->task);
  g_free (kept);
}

static gboolean
return_kept (gpointer data, GError **error)
{
  Kept *kept = data;

  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_task_return_value (kept->task, NULL);

  return TRUE;
}

static gboolean
test_data_owns_handle (gpointer data, GError **error)
{
  Kept *kept = g_new0 (Kept, 1);
  g_autoptr (AnyioTask) a = NULL;
  g_autoptr (AnyioTask) b = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("the user data may own the task: its destruction at the task's end drops the last reference, and that is not abandoning it");

  anyio_task_group_start_callback (group, "call", keep, kept, free_kept);
  anyio_task_group_start_soon (group, return_kept, kept, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  /* What was abandoned would end now, and with it a task that has taken its place in memory. */
  a = g_object_ref (anyio_start (succeed_soon, NULL, NULL));
  b = g_object_ref (anyio_start (succeed_soon, NULL, NULL));
  g_assert_true (anyio_sleep (1, error));
  g_assert_cmpint (anyio_task_get_status (a), ==, ANYIO_TASK_FINISHED);
  g_assert_cmpint (anyio_task_get_status (b), ==, ANYIO_TASK_FINISHED);

  return TRUE;
}

static gboolean
return_outer (gpointer data, GError **error)
{
  Kept *kept = data;

  anyio_task_return_value (kept->task, NULL);
  g_clear_object (&kept->task);

  return TRUE;
}

/* Iterates until another task has returned for it, and goes on. */
static void
iterate_until_returned (AnyioTask *task, gpointer data)
{
  Kept *kept = data;

  kept->task = g_object_ref (task);
  anyio_start (return_outer, kept, NULL);
  while (kept->task != NULL)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
  g_assert_null (anyio_get_current_task ());
  anyio_start (succeed_soon, NULL, NULL); /* which takes the place of the one that has ended */
  anyio_start (succeed_soon, NULL, NULL);
  g_assert_null (anyio_get_current_task ());
  g_assert_null (anyio_current_cancel_scope ());
}

static gboolean
test_returned_in_nested_loop (gpointer data, GError **error)
{
  Kept kept = { NULL };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("a callback that goes on after its task was returned by somebody else in a nested main loop is in no task");

  anyio_task_group_start_callback (group, "call", iterate_until_returned, &kept, NULL);
  g_assert_true (anyio_task_group_join (group, error));

  return anyio_sleep (1, error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/callback-task/value/ended-by-fiber", test_value);
  core_add_ordered ("/callback-task/error/cancels-group", test_error);
  core_add_ordered ("/callback-task/inside-callback/ends", test_inside_callback);
  core_add_ordered ("/callback-task/twice/misuse", test_twice);
  anyio_test_add_func ("/callback-task/fiber/misuse", test_return_of_fiber);
  core_add_ordered ("/callback-task/before-begin/misuse", test_before_begin);
  core_add_ordered ("/callback-task/dropped/abandoned", test_dropped);
  core_add_ordered ("/callback-task/dropped-by-fiber/ends-later", test_dropped_by_fiber);
  core_add_ordered ("/callback-task/group-cancelled/is-told", test_group_cancelled);
  core_add_ordered ("/callback-task/cancelled-alone/is-told", test_cancelled_alone);
  anyio_test_add_func ("/callback-task/cancelled-group/begins", test_born_cancelled);
  core_add_ordered ("/callback-task/returns-inside/closes-scope", test_returns_inside);
  anyio_test_add_func ("/callback-task/callback/cannot-suspend", test_cannot_suspend);
  anyio_test_add_func ("/callback-task/data-owns-handle/not-abandoned", test_data_owns_handle);
  anyio_test_add_func ("/callback-task/returned-in-nested-loop/no-current-task", test_returned_in_nested_loop);

  return g_test_run ();
}
