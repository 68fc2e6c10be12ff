/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Groups that live as long as an object, and the failures that nobody waits for. */

#include "jobs.h"

static gboolean
test_owner_disposed (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 9, NULL, 2 }, { "b", 1 } };
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  AnyioTaskGroup *group = anyio_task_group_new_for_object (owner);

  g_test_summary ("SEMANTICS 8.8: disposing the owner cancels the group with reason object disposed, and the root sees it to its end; no task code runs inside");

  start_jobs (group, jobs, 2);
  g_assert_true (anyio_sleep (2, error));
  g_object_unref (owner);
  anyio_trace ("disposed");
  g_assert_cmpint (anyio_cancel_scope_get_reason (anyio_task_group_get_cancel_scope (group), NULL, NULL), ==, ANYIO_CANCEL_OBJECT_DISPOSED);
  g_assert_true (anyio_task_group_wait_closed (group, error));
  assert_time (4);
  anyio_assert_trace ("a+ b+ b- disposed a! a~");
  g_assert_true (anyio_task_group_wait_closed (group, error));
  g_object_unref (group);

  return TRUE;
}

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean is_closed = anyio_task_group_wait_closed_finish (ANYIO_TASK_GROUP (source), result, &error);

  g_assert_cmpint (is_closed, ==, error == NULL);
  anyio_trace ("%s:%s", (const char *) user_data, is_closed ? "closed" : g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? "cancelled" : "misuse");
}

static void
wait_closed (AnyioTaskGroup *group, GCancellable *cancellable, const char *name)
{
  anyio_task_group_wait_closed_async (group, cancellable, closed_cb, (gpointer) name);
}

static gpointer
wait_in_thread (gpointer group)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  wait_closed (group, NULL, "thread");
  g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static gboolean
test_closed_async (gpointer data, GError **error)
{
  Job job = { "a", 9, NULL, 2 };
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  AnyioTaskGroup *group = anyio_task_group_new_for_object (owner);

  g_test_summary ("SEMANTICS 8.8: who is no task waits for the end, too; in the thread of the group");

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*another thread*");
  g_thread_join (g_thread_new ("wait", wait_in_thread, group));
  g_test_assert_expected_messages ();
  anyio_assert_trace ("thread:misuse");
  anyio_trace_clear ();

  start_jobs (group, &job, 1);
  wait_closed (group, NULL, "first");
  wait_closed (group, cancellable, "second");
  g_assert_true (anyio_sleep (1, error));
  g_cancellable_cancel (cancellable);
  g_assert_true (anyio_sleep (1, error));
  g_object_unref (owner);
  g_assert_true (anyio_sleep (9, error));
  wait_closed (group, NULL, "late");
  g_assert_true (anyio_sleep (1, error));
  anyio_assert_trace ("a+ second:cancelled a! a~ first:closed late:closed");
  g_object_unref (group);

  return TRUE;
}

static gboolean
test_dropped (gpointer data, GError **error)
{
  Job job = { "a", 9 };
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  AnyioTaskGroup *group = anyio_task_group_new_for_object (owner);

  g_test_summary ("SEMANTICS 8.8: the owner is held weakly, and the group goes on when its last reference is dropped");

  g_assert_cmpuint (owner->ref_count, ==, 1);
  start_jobs (group, &job, 1);
  g_object_unref (group);
  g_assert_true (anyio_sleep (1, error));
  g_clear_object (&owner);
  g_assert_true (anyio_sleep (1, error));
  anyio_assert_trace ("a+ a!");

  return TRUE;
}

static gpointer
drop (gpointer owner)
{
  g_object_unref (owner);

  return NULL;
}

static gboolean
test_dropped_elsewhere (gpointer data, GError **error)
{
  Job job = { "a", 9 };
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GObject) group = G_OBJECT (anyio_task_group_new_for_object (owner));

  g_test_summary ("SEMANTICS 8.8: an owner that another thread drops cancels through the inbox, so nothing of ours is touched in that thread");

  start_jobs (ANYIO_TASK_GROUP (group), &job, 1);
  g_assert_true (anyio_checkpoint (error));
  g_thread_join (g_thread_new ("drop", drop, owner));
  anyio_assert_trace ("a+");
  g_assert_false (anyio_cancel_scope_get_cancel_called (anyio_task_group_get_cancel_scope (ANYIO_TASK_GROUP (group))));
  g_assert_true (anyio_task_group_wait_closed (ANYIO_TASK_GROUP (group), error));
  assert_time (0);
  anyio_assert_trace ("a+ a!");
  g_assert_cmpint (anyio_cancel_scope_get_reason (anyio_task_group_get_cancel_scope (ANYIO_TASK_GROUP (group)), NULL, NULL), ==,
                   ANYIO_CANCEL_OBJECT_DISPOSED);

  return TRUE;
}

static gboolean
test_cancelled (gpointer data, GError **error)
{
  Job job = { "a", 9, NULL, 1 };
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  AnyioTaskGroup *groups[2];

  g_test_summary ("SEMANTICS 8.8, 11.5: a bound group that is cancelled by hand, itself or its scope, closes when its tasks have ended, while its owner lives");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) failure = NULL;

      groups[i] = anyio_task_group_new_for_object (owner);
      start_jobs (groups[i], &job, 1);
      g_assert_true (anyio_checkpoint (error));
      if (i == 0)
        anyio_task_group_cancel (groups[i], "enough");
      else
        anyio_cancel_scope_cancel (anyio_task_group_get_cancel_scope (groups[i]), "enough");
      g_assert_true (anyio_task_group_wait_closed (groups[i], error));
      assert_time (i + 1);
      g_assert_false (anyio_task_group_start (groups[i], do_job, &job, NULL, NULL, &failure));
      g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
      g_object_unref (groups[i]);
    }
  anyio_assert_trace ("a+ a! a~ a+ a! a~");

  return TRUE;
}

static gboolean
test_cancelled_while_empty (gpointer data, GError **error)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  AnyioTaskGroup *group = anyio_task_group_new_for_object (owner);

  g_test_summary ("SEMANTICS 8.8: a bound group without tasks closes at once when it is cancelled, and not before");

  {
    g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);
    g_autoptr (GError) failure = NULL;

    g_assert_false (anyio_task_group_wait_closed (group, &failure));
    g_assert_true (anyio_cancel_scope_exit (scope, &failure));
    assert_time (1);
  }
  anyio_task_group_cancel (group, NULL);
  g_assert_true (anyio_task_group_wait_closed (group, error));
  g_object_unref (group);

  return TRUE;
}

static gboolean
test_joined (gpointer data, GError **error)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GError) failure = NULL;
  AnyioTaskGroup *group = anyio_task_group_new_for_object (owner);

  g_test_summary ("SEMANTICS 11.5, 11.1: a bound group is not joined");

  expect_critical ("*");
  g_assert_false (anyio_task_group_join (group, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_object_unref (group);
  g_clear_object (&owner);

  return anyio_checkpoint (error);
}

static void
record_cb (const char *task_name, const GError *error, gpointer data)
{
  anyio_trace ("%s:%s", task_name, error->message);
  g_assert_true (data == record_cb);
}

static gboolean
test_failures (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "gone" }, { "b", 2 }, { "c", 3, "gone too" } };
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  AnyioTaskGroup *group = anyio_task_group_new_for_object (owner);

  g_test_summary ("SEMANTICS 8.8, 3.5: the failures of a bound group go to the handler of background errors, and its other tasks go on");

  anyio_set_background_error_handler (record_cb, record_cb, NULL);
  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  g_assert_true (anyio_sleep (4, error));
  anyio_set_background_error_handler (NULL, NULL, NULL);
  anyio_assert_trace ("a+ b+ c+ ax a:gone b- cx c:gone too");
  g_assert_false (anyio_cancel_scope_get_cancel_called (anyio_task_group_get_cancel_scope (group)));
  g_clear_object (&owner);
  g_object_unref (group);

  return TRUE;
}

static gboolean
test_start (gpointer data, GError **error)
{
  Job job = { "a", 1, "gone" };
  g_autoptr (GError) failure = NULL;
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  AnyioTaskGroup *group = anyio_task_group_new_for_object (owner);

  g_test_summary ("SEMANTICS 4, 8.8: start() into a bound group: until the handoff the failure is the caller's and no background error");

  g_assert_false (anyio_task_group_start (group, do_job, &job, NULL, NULL, &failure));
  assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "gone");
  g_clear_object (&owner);
  g_object_unref (group);

  return anyio_checkpoint (error);
}

static gboolean
bind (gpointer data, GError **error)
{
  static Job job = { "a", 9, NULL, 1 };
  AnyioTaskGroup *group = anyio_task_group_new_for_object (data);

  start_jobs (group, &job, 1);
  g_object_unref (group);

  return anyio_sleep (1, error);
}

static void
test_run_ends (void)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 8.8, I3: the end of the run ends a bound group whose owner lives on; the owner may go later");

  g_assert_true (anyio_test_run (bind, owner, 0, &error));
  g_assert_no_error (error);
  anyio_assert_trace ("a+ a! a~");
}

static void
trace_cb (gpointer data)
{
  anyio_trace ("destroyed");
}

static gboolean
test_defer (gpointer data, GError **error)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  AnyioTaskGroup *group = anyio_task_group_new_for_object (owner);

  g_test_summary ("SEMANTICS 8.9, 11.1: no task leaves a bound group, so deferring a cleanup to its end is misuse");

  expect_critical ("*bound to an object*");
  anyio_cancel_scope_defer (anyio_task_group_get_cancel_scope (group), bind, NULL, trace_cb);
  g_test_assert_expected_messages ();
  anyio_assert_trace ("destroyed");
  g_object_unref (group);
  g_clear_object (&owner);

  return anyio_checkpoint (error);
}

static void
gone_cb (gpointer data, GObject *where_the_object_was)
{
  g_autoptr (GError) failure = NULL;

  g_assert_null (anyio_get_current_task ());
  expect_critical ("*anyio_checkpoint*in a task*");
  g_assert_false (anyio_checkpoint (&failure)); /* on the home stack */
  g_test_assert_expected_messages ();
  anyio_trace ("gone");
}

static gboolean
test_gone_at_home (gpointer data, GError **error)
{
  Job job = { "a", 9, NULL, 0.5 };
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  AnyioTaskGroup *group = anyio_task_group_new_for_object (owner);

  g_test_summary ("SEMANTICS 1.8, 8.8: a bound group goes on the home stack, not in the task that ended last");

  start_jobs (group, &job, 1);
  g_object_weak_ref (G_OBJECT (group), gone_cb, NULL);
  g_object_unref (group);
  g_assert_true (anyio_sleep (1, error));
  g_clear_object (&owner);
  g_assert_true (anyio_sleep (1, error));
  anyio_assert_trace ("a+ a! a~ gone");

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/bound-group/owner-disposed/cancelled", test_owner_disposed);
  anyio_test_add_func ("/bound-group/closed/async", test_closed_async);
  anyio_test_add_func ("/bound-group/dropped/goes-on", test_dropped);
  core_add_ordered ("/bound-group/dropped-elsewhere/cancelled", test_dropped_elsewhere);
  anyio_test_add_func ("/bound-group/cancelled/closes", test_cancelled);
  anyio_test_add_func ("/bound-group/cancelled-while-empty/closes", test_cancelled_while_empty);
  anyio_test_add_func ("/bound-group/joined/misuse", test_joined);
  core_add_ordered ("/bound-group/failures/go-to-handler", test_failures);
  anyio_test_add_func ("/bound-group/start/failure-is-callers", test_start);
  g_test_add_func ("/bound-group/run-ends/closes", test_run_ends);
  anyio_test_add_func ("/bound-group/defer/misuse", test_defer);
  anyio_test_add_func ("/bound-group/last-reference/home-stack", test_gone_at_home);

  return g_test_run ();
}
