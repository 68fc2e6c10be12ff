/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Joining a task group: returning means finished; nothing aborts the join; who may still be started meanwhile. */

#include "jobs.h"

static gboolean
test_waits_for_all (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 2 }, { "b", 1 }, { "c", 3 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.1: leaving waits until every child has ended");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  anyio_trace ("body");
  if (!anyio_task_group_join (group, error))
    return FALSE;
  anyio_trace ("joined");

  anyio_assert_trace ("body a+ b+ c+ b- a- c- joined");
  assert_time (3);

  return TRUE;
}

typedef struct
{
  AnyioTaskGroup *target;
  double ready_after;
  double end_after;
} Start;

static gboolean
be_started (gpointer data, GError **error)
{
  const Start *start = data;

  if (!anyio_sleep (start->ready_after, error) || !anyio_task_started (NULL, error))
    return FALSE;
  anyio_trace ("started");
  if (!anyio_sleep (start->end_after, error))
    return FALSE;
  anyio_trace ("ended");

  return TRUE;
}

static gboolean
call_start (gpointer data, GError **error)
{
  const Start *start = data;

  return anyio_task_group_start (start->target, be_started, data, NULL, NULL, error);
}

static gboolean
test_waits_for_pending_start (gpointer data, GError **error)
{
  Start start = { .ready_after = 2, .end_after = 3 };
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) target = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.1, I1: leaving waits for a pending start(), and then for the child that it brings");

  start.target = target;
  anyio_task_group_start_soon (outer, call_start, &start, NULL);
  g_assert_true (anyio_checkpoint (error));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (target)), ==, 0);
  g_assert_true (anyio_task_group_join (target, error));
  anyio_trace ("joined");

  anyio_assert_trace ("started ended joined");
  assert_time (5);

  return anyio_task_group_join (outer, error);
}

static gboolean
test_waits_for_failed_start (gpointer data, GError **error)
{
  Start start = { .ready_after = INFINITY };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) target = anyio_task_group_open (error);
  g_autoptr (AnyioTask) caller = NULL;

  g_test_summary ("SEMANTICS 3.1: the last pending start() closes the group also when it fails");

  start.target = target;
  caller = anyio_task_group_create_task (outer, call_start, &start, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_cancel (caller, NULL);
  g_assert_true (anyio_task_group_join (target, error));
  g_assert_true (anyio_task_wait (caller, error));
  g_assert_cmpint (anyio_task_get_status (caller), ==, ANYIO_TASK_CANCELLED);
  g_assert_false (anyio_task_get_result (caller, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  return anyio_task_group_join (outer, error);
}

static gboolean
set_flag (gpointer data, GError **error)
{
  gboolean *flag = data;

  sleep_shielded (1);
  *flag = TRUE;

  return TRUE;
}

static gboolean
test_borrowed_memory (gpointer data, GError **error)
{
  gboolean flags[3] = { FALSE, FALSE, FALSE };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.1: after the join no memory that children borrowed is in use; they are through with it also when they were cancelled");

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    anyio_task_group_start_soon (group, set_flag, &flags[i], NULL);
  anyio_task_group_cancel (group, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    g_assert_true (flags[i]);

  return TRUE;
}

static gboolean
join_empty (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_trace ("a1");
  if (!anyio_task_group_join (group, error))
    return FALSE;
  anyio_trace ("a2");

  return TRUE;
}

static gboolean
test_empty_is_schedule_point (gpointer data, GError **error)
{
  Job job = { "b", 1 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 9, CLOSING: joining a group with nothing left is one schedule point");

  anyio_task_group_start_soon (group, join_empty, NULL, NULL);
  start_jobs (group, &job, 1);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("a1 b+ a2 b-");

  return TRUE;
}

static gboolean
test_empty_is_no_cancel_point (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 9, CLOSING: joining a group with nothing left is no cancel point");

  anyio_cancel_scope_cancel (outer, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_true (anyio_cancel_scope_exit (outer, error));
  g_assert_true (anyio_cancel_scope_get_cancel_called (outer));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (outer));

  return TRUE;
}

static gboolean
test_not_aborted (gpointer data, GError **error)
{
  Job job = { "a", 10, NULL, 4 };
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (1);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);
  g_autoptr (GError) joined = NULL;

  g_test_summary ("SEMANTICS 3.2: a cancellation does not end the join before the children have ended");

  start_jobs (group, &job, 1);
  g_assert_false (anyio_task_group_join (group, &joined));
  assert_time (5);
  anyio_assert_trace ("a+ a! a~");
  g_assert_error (joined, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (outer, &joined));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (outer));

  return TRUE;
}

static gboolean
ends_normally (gpointer data, GError **error)
{
  sleep_shielded (3);

  return TRUE;
}

static gboolean
test_normal_end_under_cancelled (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (1);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.7: a normal end of the last child is no error although an outer scope was cancelled meanwhile");

  anyio_task_group_start_soon (group, ends_normally, NULL, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  assert_time (3);
  g_assert_true (anyio_cancel_scope_exit (outer, error));
  g_assert_true (anyio_cancel_scope_get_cancel_called (outer));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (outer));

  return TRUE;
}

typedef struct
{
  AnyioTaskGroup *group;
  Job job;
} Spawner;

static gboolean
spawn_later (gpointer data, GError **error)
{
  Spawner *self = data;

  if (!anyio_sleep (1, error))
    return FALSE;
  start_jobs (self->group, &self->job, 1);

  return TRUE;
}

static gboolean
test_spawn_while_joining (gpointer data, GError **error)
{
  Spawner spawner = { .job = { "late", 2 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.6: spawning into a group that waits in its join is allowed while a child lives");

  spawner.group = group;
  anyio_task_group_start_soon (group, spawn_later, &spawner, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("late+ late-");
  assert_time (3);

  return TRUE;
}

static gboolean
spawn_before_started (gpointer data, GError **error)
{
  Spawner *self = data;

  if (!spawn_later (self, error))
    return FALSE;
  anyio_trace ("ready");

  return anyio_task_started (NULL, error);
}

static gboolean
start_spawner (gpointer data, GError **error)
{
  Spawner *self = data;

  return anyio_task_group_start (self->group, spawn_before_started, data, NULL, NULL, error);
}

static gboolean
test_spawn_while_start_pending (gpointer data, GError **error)
{
  Spawner spawner = { .job = { "late", 2 } };
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) target = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.6: spawning into a group that waits in its join is allowed while nothing but a pending start lives");

  spawner.group = target;
  anyio_task_group_start_soon (outer, start_spawner, &spawner, NULL);
  g_assert_true (anyio_checkpoint (error));
  g_assert_true (anyio_task_group_join (target, error));
  anyio_assert_trace ("ready late+ late-");
  assert_time (3);

  return anyio_task_group_join (outer, error);
}

static gboolean
test_born_cancelled (gpointer data, GError **error)
{
  Job job = { "a", 1 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.6, 1.3: a child of a cancelled group is born cancelled, and runs to its first suspension point");

  anyio_task_group_cancel (group, NULL);
  start_jobs (group, &job, 1);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("a+ a!");
  assert_time (0);

  return TRUE;
}

static gboolean
test_parent_is_group_scope (gpointer data, GError **error)
{
  Job job = { "a", 3 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) inner = anyio_move_on_after (1);
  g_autoptr (GError) inside = NULL;

  g_test_summary ("SEMANTICS 2.1: a child hangs below the group's scope and not below the spawner's current one");

  start_jobs (group, &job, 1);
  g_assert_false (anyio_sleep (10, &inside));
  g_assert_true (anyio_cancel_scope_exit (inner, &inside));
  assert_time (1);
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("a+ a-");
  assert_time (3);

  return TRUE;
}

static gboolean
test_twice (gpointer data, GError **error)
{
  Job job = { "a", 1, "gone" };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);
  g_autoptr (AnyioTaskGroup) good = NULL;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 11.5: joining twice gives the same answer");

  start_jobs (group, &job, 1);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_false (anyio_task_group_join (group, &failure));
      assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "gone");
    }
  g_assert_false (anyio_task_group_join (group, NULL));

  good = anyio_task_group_open (error);
  for (guint i = 0; i < 3; i++)
    g_assert_true (anyio_task_group_join (good, error));

  return TRUE;
}

static gboolean
test_null_location (gpointer data, GError **error)
{
  Job job = { "a", 1, "gone" };
  g_autoptr (AnyioTaskGroup) good = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) bad = NULL;

  g_test_summary ("SEMANTICS 11.2: join (group, NULL) says that the body succeeded, and tells by its value alone whether the group did");

  g_assert_true (anyio_task_group_join (good, NULL));
  bad = anyio_task_group_open (error);
  start_jobs (bad, &job, 1);
  g_assert_false (anyio_task_group_join (bad, NULL));
  g_assert_no_error (*error);

  return TRUE;
}

static gboolean
test_location_of_join_wins (gpointer data, GError **error)
{
  g_autoptr (GError) opened = NULL;
  g_autoptr (GError) joined = NULL;
  Job job = { "a", 1, "gone" };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (&opened);

  g_test_summary ("SEMANTICS 11.2: the location given to join wins over the one given when the group was made");

  start_jobs (group, &job, 1);
  fail_with (&opened, G_IO_ERROR_BROKEN_PIPE, "not looked at");
  g_assert_false (anyio_task_group_join (group, &joined));
  assert_and_clear (&joined, G_IO_ERROR_NOT_FOUND, "gone");
  assert_and_clear (&opened, G_IO_ERROR_BROKEN_PIPE, "not looked at");

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/group-join/children/waits-for-all", test_waits_for_all);
  core_add_ordered ("/group-join/pending-start/waits", test_waits_for_pending_start);
  core_add_ordered ("/group-join/pending-start-fails/closes", test_waits_for_failed_start);
  anyio_test_add_func ("/group-join/borrowed-memory/no-longer-used", test_borrowed_memory);
  core_add_ordered ("/group-join/empty/is-schedule-point", test_empty_is_schedule_point);
  anyio_test_add_func ("/group-join/empty/is-no-cancel-point", test_empty_is_no_cancel_point);
  anyio_test_add_func ("/group-join/cancelled/is-not-aborted", test_not_aborted);
  anyio_test_add_func ("/group-join/cancelled/normal-end-is-no-error", test_normal_end_under_cancelled);
  anyio_test_add_func ("/group-join/waiting/accepts-children", test_spawn_while_joining);
  core_add_ordered ("/group-join/waiting-for-start/accepts-children", test_spawn_while_start_pending);
  anyio_test_add_func ("/group-join/cancelled/child-is-born-cancelled", test_born_cancelled);
  anyio_test_add_func ("/group-join/inner-scope/does-not-reach-children", test_parent_is_group_scope);
  anyio_test_add_func ("/group-join/twice/same-answer", test_twice);
  anyio_test_add_func ("/group-join/null-location/value-tells", test_null_location);
  anyio_test_add_func ("/group-join/two-locations/join-wins", test_location_of_join_wins);

  return g_test_run ();
}
