/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* start() and cancellation: of the caller, of the target, before, at and after the handoff; and what moves with the child. */

#include "jobs.h"

/* A child: sleeps, says started(), sleeps on. */
typedef struct
{
  AnyioTaskGroup *target; /* for those who start it from a task of its own */
  double ready_after;
  double end_after;
  double shield;          /* shielded seconds before started(), after the sleep, whatever became of that */
  gboolean survives;      /* returns TRUE at the end although it was cancelled */
} Child;

static gboolean
be_child (gpointer data, GError **error)
{
  const Child *self = data;
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean success;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_static_string (&value, "value");
  anyio_trace ("+");
  success = anyio_sleep (self->ready_after, NULL);
  anyio_trace (success ? "-" : "!");
  if (self->shield > 0)
    sleep_shielded (self->shield);
  g_assert_true (anyio_task_started (&value, NULL));
  anyio_trace ("started");
  if (!anyio_sleep (self->end_after, self->survives ? NULL : error))
    {
      anyio_trace ("!");
      return self->survives;
    }
  anyio_trace ("ended");

  return TRUE;
}

static gboolean
test_caller_cancelled_before (gpointer data, GError **error)
{
  Child child = { .ready_after = 1, .end_after = 1 };
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("SEMANTICS 4, 1.6: the child is spawned also when the caller is already cancelled, and runs to its first suspension point; started() is a no-op then");

  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_false (anyio_task_group_start (group, be_child, &child, NULL, &value, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (G_IS_VALUE (&value));
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("+ ! started !");
  assert_time (0);

  return TRUE;
}

static gboolean
test_caller_cancelled_meanwhile (gpointer data, GError **error)
{
  Job job = { "a", 5 };
  Child child = { .ready_after = 9, .end_after = 9, .shield = 2 };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);

  g_test_summary ("SEMANTICS 4, I19: when the caller is cancelled so is the child, whose shields hold; start() returns when it has ended, and the target is not cancelled");

  start_jobs (group, &job, 1);
  g_assert_false (anyio_task_group_start (group, be_child, &child, NULL, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_time (3);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("a+ + ! started ! a-");
  g_assert_false (anyio_cancel_scope_get_cancel_called (anyio_task_group_get_cancel_scope (group)));

  return TRUE;
}

static gboolean
test_refused_and_fails (gpointer data, GError **error)
{
  Job job = { "a", 5, NULL, 1, "broken" };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);

  g_test_summary ("SEMANTICS 4: in a cancelled start() the child's later errors come out of start(), also after started()");

  g_assert_false (anyio_task_group_start (group, do_job, &job, NULL, NULL, &failure));
  assert_and_clear (&failure, G_IO_ERROR_BROKEN_PIPE, "broken");
  g_assert_true (anyio_cancel_scope_exit (scope, error));
  g_assert_true (anyio_task_group_join (group, error));

  return TRUE;
}

static gboolean
test_refused_and_survives (gpointer data, GError **error)
{
  Child child = { .ready_after = 9, .end_after = 9, .survives = TRUE };
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);

  g_test_summary ("SEMANTICS 4, 2.10: a child of a cancelled start() that called started() and then ends well is no error");

  g_assert_true (anyio_task_group_start (group, be_child, &child, NULL, &value, error));
  g_assert_cmpstr (g_value_get_string (&value), ==, "value");
  g_assert_true (anyio_cancel_scope_exit (scope, error));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("+ ! started !");

  return TRUE;
}

static gboolean
cancel_and_start (gpointer data, GError **error)
{
  AnyioCancelScope *scope = data;

  if (!anyio_task_started (NULL, error))
    return FALSE;
  anyio_cancel_scope_cancel (scope, NULL);
  if (!anyio_sleep (2, error))
    return FALSE;
  anyio_trace ("ended");

  return TRUE;
}

static gboolean
test_caller_cancelled_after (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("SEMANTICS 4: start() returns the value also if the caller is cancelled before it resumes; the caller's scope has no power over the child any more");

  g_assert_true (anyio_task_group_start (group, cancel_and_start, scope, NULL, NULL, error));
  g_assert_true (anyio_cancel_scope_is_cancelled (scope));
  g_assert_false (anyio_checkpoint (&failure));
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_true (anyio_task_group_join (group, error));
  anyio_assert_trace ("ended");
  assert_time (2);

  return TRUE;
}

static gboolean
call_start (gpointer data, GError **error)
{
  Child *child = data;
  gboolean success = anyio_task_group_start (child->target, be_child, child, NULL, NULL, error);

  anyio_trace (success ? "returned" : "failed");

  return success;
}

static gboolean
test_target_cancelled (gpointer data, GError **error)
{
  Child child = { .ready_after = 3, .end_after = 9 };
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) target = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4: a target that is cancelled before started() leaves the child untouched until the handoff; then it is cancelled at once, and start() has succeeded");

  child.target = target;
  anyio_task_group_start_soon (outer, call_start, &child, NULL);
  g_assert_true (anyio_sleep (1, error));
  anyio_task_group_cancel (target, NULL);
  g_assert_true (anyio_task_group_join (target, error));
  assert_time (3);
  g_assert_true (anyio_task_group_join (outer, error));
  anyio_assert_trace ("+ - started returned !");

  return TRUE;
}

static gboolean
test_caller_of_cancelled_target (gpointer data, GError **error)
{
  Child child = { .ready_after = 3, .end_after = 9 };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) target = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4: when the caller itself is inside the target, cancelling that cancels the start, too");

  anyio_task_group_cancel (target, NULL);
  g_assert_false (anyio_task_group_start (target, be_child, &child, NULL, NULL, &failure));
  g_assert_true (anyio_task_group_join (target, &failure));
  anyio_assert_trace ("+ ! started !");

  return TRUE;
}

/* A child with a scope, and in it a group with a task, around started(). */
static gboolean
be_nested_child (gpointer data, GError **error)
{
  Job job = { "grandchild", 9 };
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  start_jobs (group, &job, 1);
  g_assert_true (anyio_sleep (1, NULL));
  g_assert_true (anyio_task_started (NULL, error));
  if (anyio_cancel_scope_is_cancelled (scope))
    anyio_trace ("cancelled");
  if (!anyio_task_group_join (group, error))
    {
      anyio_trace ("child!");
      return FALSE;
    }

  return anyio_cancel_scope_exit (scope, error);
}

static gboolean
test_scopes_move (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) target = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (2);

  g_test_summary ("SEMANTICS 4: all scopes below the child move with it: the caller's deadline no longer reaches them, the target's cancellation does");

  g_assert_true (anyio_task_group_start (target, be_nested_child, NULL, NULL, NULL, error));
  g_assert_true (anyio_cancel_scope_exit (scope, error));
  g_assert_true (anyio_sleep (5, error));
  anyio_trace ("later");
  anyio_task_group_cancel (target, NULL);
  g_assert_true (anyio_task_group_join (target, error));
  anyio_assert_trace ("grandchild+ later grandchild! child!");

  return TRUE;
}

static gboolean
start_nested (gpointer data, GError **error)
{
  return anyio_task_group_start (data, be_nested_child, NULL, NULL, NULL, error);
}

static gboolean
test_suspended_below_are_told (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) target = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4, 9: at the handoff to a cancelled target the tasks that are suspended below the child are told at once");

  anyio_task_group_start_soon (outer, start_nested, target, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_group_cancel (target, NULL);
  g_assert_true (anyio_task_group_join (target, error));
  assert_time (1);
  g_assert_true (anyio_task_group_join (outer, error));
  anyio_assert_trace ("grandchild+ cancelled grandchild! child!");

  return TRUE;
}

typedef struct
{
  AnyioTaskGroup *target;
  AnyioTask *caller;
  AnyioTask *host;
} Family;

static gboolean
know_parent (gpointer data, GError **error)
{
  const Family *family = data;
  AnyioTask *self = anyio_get_current_task ();

  g_assert_true (anyio_task_get_parent (self) == family->caller);
  g_assert_null (anyio_task_get_group (self));
  g_assert_true (anyio_task_started (NULL, error));
  g_assert_true (anyio_task_get_parent (self) == family->host);
  g_assert_true (anyio_task_get_group (self) == family->target);
  anyio_trace ("known");

  return anyio_sleep (1, error);
}

static gboolean
start_in_target (gpointer data, GError **error)
{
  Family *family = data;

  family->caller = anyio_get_current_task ();

  return anyio_task_group_start (family->target, know_parent, family, NULL, NULL, error);
}

static gboolean
test_different_groups (gpointer data, GError **error)
{
  Family family = { .host = anyio_get_current_task () };
  g_autoptr (AnyioTaskGroup) target = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) callers = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4: caller and target may be in different groups; the child's parent is the caller before started(), and the target's host after");

  family.target = target;
  anyio_task_group_start_soon (callers, start_in_target, &family, NULL);
  g_assert_true (anyio_task_group_join (callers, error));
  assert_time (0);
  g_assert_true (anyio_task_group_join (target, error));
  assert_time (1);
  anyio_assert_trace ("known");

  return TRUE;
}

static gboolean
cancel_alone (gpointer data, GError **error)
{
  anyio_task_cancel (anyio_get_current_task (), "alone");
  if (!anyio_task_started (NULL, error))
    return FALSE;

  return anyio_sleep (9, error);
}

static gboolean
test_child_cancelled_alone (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4, 5: a child that was cancelled alone is still handed over, and its own cancellation goes with it");

  g_assert_true (anyio_task_group_start (group, cancel_alone, NULL, NULL, NULL, error));
  g_assert_true (anyio_task_group_join (group, error));
  assert_time (0);
  g_assert_false (anyio_cancel_scope_get_cancel_called (anyio_task_group_get_cancel_scope (group)));

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/start-cancel/caller-before/child-runs-to-first-wait", test_caller_cancelled_before);
  core_add_ordered ("/start-cancel/caller-meanwhile/waits-for-child", test_caller_cancelled_meanwhile);
  anyio_test_add_func ("/start-cancel/caller-after/returns-value", test_caller_cancelled_after);
  anyio_test_add_func ("/start-cancel/refused-and-fails/comes-out", test_refused_and_fails);
  anyio_test_add_func ("/start-cancel/refused-and-survives/succeeds", test_refused_and_survives);
  core_add_ordered ("/start-cancel/target/at-handoff", test_target_cancelled);
  anyio_test_add_func ("/start-cancel/target-around-caller/cancels-start", test_caller_of_cancelled_target);
  anyio_test_add_func ("/start-cancel/handoff/scopes-move", test_scopes_move);
  core_add_ordered ("/start-cancel/handoff-to-cancelled/suspended-are-told", test_suspended_below_are_told);
  anyio_test_add_func ("/start-cancel/different-groups/parent-changes", test_different_groups);
  anyio_test_add_func ("/start-cancel/child-alone/is-handed-over", test_child_cancelled_alone);

  return g_test_run ();
}
