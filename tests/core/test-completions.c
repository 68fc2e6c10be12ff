/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The children of a group in the order in which they end. */

#include "core-test.h"
#include "jobs.h"

static AnyioTaskGroup *
open_keeping (GError **error)
{
  AnyioTaskGroup *group = anyio_task_group_open (error);

  anyio_task_group_keep_completed (group);

  return group;
}

static void
assert_next (AnyioTaskGroup *group, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AnyioTask) task = anyio_task_group_next_completed (group, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (anyio_task_get_name (task), ==, name);
  g_assert_cmpint (anyio_task_get_status (task), >=, ANYIO_TASK_FINISHED);
}

static void
assert_none_left (AnyioTaskGroup *group)
{
  g_autoptr (GError) error = NULL;
  AnyioTask *task = anyio_task_group_next_completed (group, &error);

  g_assert_null (task);
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_EMPTY);
}

static gboolean
test_order (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 3 }, { "b", 1 }, { "c", 2 } };
  g_autoptr (AnyioTaskGroup) group = open_keeping (error);

  g_test_summary ("SEMANTICS 5: each child once, in the order of their ends, waited for or ended before");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  assert_next (group, "b");
  assert_time (1);
  assert_sleeps (5);
  assert_next (group, "c");
  assert_next (group, "a");
  assert_none_left (group);
  anyio_trace_clear ();

  return anyio_task_group_join (group, error);
}

static gboolean
test_failing_is_delivered (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "no a" }, { "b", 9 } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = open_keeping (NULL);

  g_test_summary ("SEMANTICS 1.4, 5: the one that fails is delivered to who waits, and then the group is cancelled");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  assert_next (group, "a");
  g_assert_true (anyio_cancel_scope_is_cancelled (anyio_task_group_get_cancel_scope (group)));
  g_assert_null (anyio_task_group_next_completed (group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (anyio_task_group_join (group, &failure));
  assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "no a");
  task = anyio_task_group_steal_completed (group);
  g_assert_cmpstr (anyio_task_get_name (task), ==, "b");
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_CANCELLED);
  g_assert_null (anyio_task_group_steal_completed (group));
  anyio_trace_clear ();

  return TRUE;
}

typedef struct
{
  const char *name;
  AnyioTaskGroup *group;
} Consumer;

static gboolean
consume (gpointer data, GError **error)
{
  const Consumer *self = data;
  g_autoptr (AnyioTask) task = NULL;

  while ((task = anyio_task_group_next_completed (self->group, error)) != NULL)
    {
      anyio_trace ("%s:%s", self->name, anyio_task_get_name (task));
      g_clear_object (&task);
    }
  if (error != NULL && !g_error_matches (*error, ANYIO_ERROR, ANYIO_ERROR_EMPTY))
    return FALSE;
  g_clear_error (error);
  anyio_trace ("%s.", self->name);

  return TRUE;
}

static gboolean
test_two_consumers (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1 }, { "b", 2 }, { "c", 3 } };
  g_autoptr (AnyioTaskGroup) consumers = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) group = open_keeping (error);
  Consumer x = { "x", group };
  Consumer y = { "y", group };

  g_test_summary ("SEMANTICS 5: several tasks share the completions, first come, first served, and all hear of the end");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  anyio_task_group_start_soon (consumers, consume, &x, NULL);
  anyio_task_group_start_soon (consumers, consume, &y, NULL);
  assert_joins (group);
  assert_joins (consumers);
  anyio_assert_trace ("a+ b+ c+ a- x:a b- y:b c- x:c x. y.");

  return TRUE;
}

static gboolean
test_cancelled_consumer (gpointer data, GError **error)
{
  Job job = { "a", 2 };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = open_keeping (error);
  g_autoptr (AnyioCancelScope) scope = NULL;

  g_test_summary ("SEMANTICS 1.5: who is cancelled while it waits takes nothing");

  start_jobs (group, &job, 1);
  scope = anyio_move_on_after (1);
  g_assert_null (anyio_task_group_next_completed (group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  assert_next (group, "a");
  anyio_trace_clear ();

  return anyio_task_group_join (group, error);
}

static gboolean
fail_to_start (gpointer data, GError **error)
{
  if (!anyio_sleep (1, error))
    return FALSE;

  return fail_with (error, G_IO_ERROR_NOT_FOUND, "no start");
}

static gboolean
start_in (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_assert_false (anyio_task_group_start (data, fail_to_start, NULL, NULL, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);

  return TRUE;
}

static gboolean
test_pending_start (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) starters = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) group = open_keeping (error);

  g_test_summary ("SEMANTICS 3.6: a pending start may still bring a child; when it fails, there is none to come");

  anyio_task_group_start_soon (starters, start_in, group, NULL);
  g_assert_true (anyio_checkpoint (error));
  assert_none_left (group);
  assert_time (1);
  assert_joins (group);

  return anyio_task_group_join (starters, error);
}

static gboolean
await_end (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_assert_null (anyio_task_group_next_completed (data, &failure));
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_EMPTY);
  anyio_trace ("end");

  return TRUE;
}

static gboolean
take_one (gpointer data, GError **error)
{
  g_autoptr (AnyioTask) task = anyio_task_group_next_completed (data, error);

  return task != NULL;
}

static gboolean
test_end_for_all (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("All who wait are told that there is none to come");

  anyio_task_group_keep_completed (group);
  anyio_task_group_start_soon (group, succeed, NULL, NULL);
  anyio_task_group_start_soon (outer, take_one, group, NULL);
  for (guint i = 0; i < 5; i++)
    anyio_task_group_start_soon (outer, await_end, group, NULL);
  assert_joins (group);
  assert_joins (outer);
  anyio_assert_trace ("end end end end end");

  return TRUE;
}

static gboolean
wait_in_foreign_group (gpointer group, GError **error)
{
  g_autoptr (GError) failure = NULL;

  expect_critical ("*\"foreigner\" waits for the tasks of a group of another main context*");
  g_assert_null (anyio_task_group_next_completed (group, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static gboolean
test_other_context (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("Waiting for the tasks of a group of another context is misuse, even if there is none to wait for");

  anyio_task_group_keep_completed (group);
  core_run_on_other_context (wait_in_foreign_group, group);

  return anyio_task_group_join (group, error);
}

static gboolean
test_kept_is_cancel_point (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = NULL;

  g_test_summary ("SEMANTICS 1.6: in a cancelled scope not even one that has ended is given, and it stays");

  anyio_task_group_keep_completed (group);
  anyio_task_group_start_soon (group, succeed, NULL, NULL);
  assert_sleeps (1);
  scope = open_scope ();
  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_null (anyio_task_group_next_completed (group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  task = anyio_task_group_next_completed (group, error);
  g_assert_nonnull (task);

  return anyio_task_group_join (group, error);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/completions/order", test_order);
  core_add_ordered ("/completions/failing-is-delivered", test_failing_is_delivered);
  core_add_ordered ("/completions/two-consumers", test_two_consumers);
  anyio_test_add_func ("/completions/cancelled-consumer", test_cancelled_consumer);
  core_add_ordered ("/completions/pending-start", test_pending_start);
  core_add_ordered ("/completions/end-for-all", test_end_for_all);
  anyio_test_add_func ("/completions/other-context/misuse", test_other_context);
  anyio_test_add_func ("/completions/kept-is-cancel-point", test_kept_is_cancel_point);

  return g_test_run ();
}
