/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Why a scope is cancelled: kind, text, task, and what the error says. */

#include "core-test.h"

static void
assert_reason (AnyioCancelScope *scope,
               AnyioCancelKind kind,
               const char *text,
               const char *by_task)
{
  const char *actual_text = NULL;
  const char *actual_by_task = NULL;

  g_assert_cmpint (anyio_cancel_scope_get_reason (scope, &actual_text, &actual_by_task), ==, kind);
  g_assert_cmpstr (actual_text, ==, text);
  g_assert_cmpstr (actual_by_task, ==, by_task);
}

/* Sleeps, is cancelled, and wants the message to end with @end. */
static void
assert_message (const char *end)
{
  g_autoptr (GError) error = NULL;

  assert_is_cancelled (anyio_sleep (1000, &error), error);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_suffix (error->message, end));
}

static gboolean
test_none (gpointer user_data,
           GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();

  g_test_summary ("SEMANTICS 2.12: no cancellation, no reason");

  assert_reason (scope, ANYIO_CANCEL_NONE, NULL, NULL);
  anyio_cancel_scope_enter (scope);
  assert_reason (scope, ANYIO_CANCEL_NONE, NULL, NULL);
  assert_exits (scope);
  assert_reason (scope, ANYIO_CANCEL_NONE, NULL, NULL);

  return TRUE;
}

static gboolean
test_explicit (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (AnyioCancelScope) silent = NULL;

  g_test_summary ("SEMANTICS 2.12: explicit, with the text and the name of the task that cancelled; the message ends with the reason");

  anyio_task_set_name (anyio_get_current_task (), "the canceller");
  anyio_cancel_scope_cancel (scope, "enough of it");
  assert_reason (scope, ANYIO_CANCEL_EXPLICIT, "enough of it", "the canceller");
  assert_message ("enough of it");
  g_assert_true (exit_cancelled (scope));
  assert_reason (scope, ANYIO_CANCEL_EXPLICIT, "enough of it", "the canceller");

  silent = open_scope ();
  anyio_cancel_scope_cancel (silent, NULL);
  assert_reason (silent, ANYIO_CANCEL_EXPLICIT, NULL, "the canceller");
  assert_message ("by task \"the canceller\"");
  g_assert_true (exit_cancelled (silent));

  return TRUE;
}

static gboolean
cancel_scope (gpointer user_data,
              GError **error)
{
  anyio_cancel_scope_cancel (user_data, NULL);

  return TRUE;
}

static gboolean
test_by_other_task (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.12, 11.17: by_task is the task that cancelled, named after its function");

  anyio_task_group_start_soon (group, cancel_scope, scope, NULL);
  g_assert_true (exit_cancelled (scope));
  assert_reason (scope, ANYIO_CANCEL_EXPLICIT, NULL, "cancel_scope");
  assert_joins (group);

  return TRUE;
}

static gboolean
cancel_scope_cb (gpointer user_data)
{
  anyio_cancel_scope_cancel (user_data, "from an idle");

  return G_SOURCE_REMOVE;
}

static gboolean
test_by_no_task (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GSource) idle = g_idle_source_new ();

  g_test_summary ("SEMANTICS 2.12: by_task is none if it was cancelled from outside tasks");

  g_source_set_callback (idle, cancel_scope_cb, scope, NULL);
  g_source_attach (idle, g_main_context_get_thread_default ());
  g_assert_true (exit_cancelled (scope));
  assert_reason (scope, ANYIO_CANCEL_EXPLICIT, "from an idle", NULL);

  return TRUE;
}

static void
cancel_home (gpointer user_data)
{
  anyio_cancel_scope_cancel (user_data, NULL);
}

static gboolean
test_by_visitor (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.12: a task that cancels from the home stack is named");

  anyio_call_home (cancel_home, scope);
  assert_reason (scope, ANYIO_CANCEL_EXPLICIT, NULL, anyio_task_get_name (anyio_get_current_task ()));
  g_assert_true (exit_cancelled (scope));

  return TRUE;
}

static gboolean
test_deadline (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);

  g_test_summary ("SEMANTICS 2.12: deadline");

  assert_message ("the deadline passed");
  assert_reason (scope, ANYIO_CANCEL_DEADLINE, NULL, NULL);
  g_assert_true (exit_cancelled (scope));

  return TRUE;
}

static gboolean
fail_to_find (gpointer user_data,
              GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no such page");

  return FALSE;
}

static gboolean
test_child_failed (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioCancelScope *scope = anyio_task_group_get_cancel_scope (group);
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 2.12, 3.3: child failed, with the failure's text and the child's name");

  anyio_task_group_start_soon (group, fail_to_find, NULL, NULL);
  assert_message ("task \"fail_to_find\" failed: no such page");
  assert_reason (scope, ANYIO_CANCEL_CHILD_FAILED, "no such page", "fail_to_find");
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);

  return TRUE;
}

static gboolean
trace_reason (gpointer user_data,
              GError **error)
{
  g_autoptr (GError) cancelled = NULL;

  assert_is_cancelled (anyio_sleep (1000, &cancelled), cancelled);
  anyio_trace ("%s", cancelled->message);

  return TRUE;
}

static gboolean
test_body_failed (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioCancelScope *scope = anyio_task_group_get_cancel_scope (group);
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 2.12, 3.3: body failed");

  anyio_task_group_start_soon (group, trace_reason, NULL, NULL);
  fail_to_find (NULL, &failure);
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  assert_reason (scope, ANYIO_CANCEL_BODY_FAILED, "no such page", anyio_task_get_name (anyio_get_current_task ()));
  g_assert_true (g_str_has_suffix (anyio_trace_get (), "no such page"));

  return TRUE;
}

static gboolean
test_linked (gpointer user_data,
             GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.12: linked cancellable");

  anyio_cancel_scope_link (scope, cancellable);
  g_cancellable_cancel (cancellable);
  assert_message ("GCancellable was cancelled");
  assert_reason (scope, ANYIO_CANCEL_LINKED, NULL, NULL);
  g_assert_true (exit_cancelled (scope));

  return TRUE;
}

static gboolean
test_disposed (gpointer user_data,
               GError **error)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_new_for_object (owner);
  AnyioCancelScope *scope = anyio_task_group_get_cancel_scope (group);

  g_test_summary ("SEMANTICS 2.12, 8.8: object disposed");

  anyio_task_group_start_soon (group, trace_reason, NULL, NULL);
  g_assert_true (anyio_checkpoint (error));
  g_clear_object (&owner);
  g_assert_true (anyio_task_group_wait_closed (group, error));
  assert_reason (scope, ANYIO_CANCEL_OBJECT_DISPOSED, NULL, NULL);
  g_assert_true (g_str_has_suffix (anyio_trace_get (), "was disposed"));

  return TRUE;
}

static gboolean
leave_behind (gpointer user_data,
              GError **error)
{
  anyio_start (trace_reason, NULL, NULL);

  return anyio_checkpoint (error);
}

static void
test_shutdown (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 2.12: shutdown");

  anyio_test_run (leave_behind, NULL, 0, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (anyio_trace_get (), "the run is ending"));
}

static gboolean
test_through_parent (gpointer user_data,
                     GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) middle = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();

  g_test_summary ("SEMANTICS 2.12: a scope that is cancelled through its parent reports the parent's reason; its own comes first");

  anyio_task_set_name (anyio_get_current_task (), "main task");
  anyio_cancel_scope_cancel (outer, "out there");
  assert_reason (inner, ANYIO_CANCEL_EXPLICIT, "out there", "main task");
  assert_message ("out there");
  anyio_cancel_scope_set_shield (middle, TRUE);
  assert_reason (inner, ANYIO_CANCEL_NONE, NULL, NULL);
  anyio_cancel_scope_set_shield (middle, FALSE);
  anyio_cancel_scope_cancel (inner, "in here");
  assert_reason (inner, ANYIO_CANCEL_EXPLICIT, "in here", "main task");
  assert_reason (middle, ANYIO_CANCEL_EXPLICIT, "out there", "main task");
  assert_message ("in here");
  g_assert_false (exit_cancelled (inner));
  g_assert_false (exit_cancelled (middle));
  g_assert_true (exit_cancelled (outer));

  return TRUE;
}

static gboolean
test_task (gpointer user_data,
           GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) task = anyio_task_group_create_task (group, trace_reason, NULL, NULL);

  g_test_summary ("SEMANTICS 2.12: a task that was cancelled alone gets the text, too");

  g_assert_true (anyio_checkpoint (error));
  anyio_task_cancel (task, "not needed any more");
  assert_joins (group);
  g_assert_true (g_str_has_suffix (anyio_trace_get (), "not needed any more"));

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/scope-reason/not-cancelled/none", test_none);
  anyio_test_add_func ("/scope-reason/explicit/text-and-task", test_explicit);
  anyio_test_add_func ("/scope-reason/other-task/its-name", test_by_other_task);
  anyio_test_add_func ("/scope-reason/outside-tasks/no-name", test_by_no_task);
  anyio_test_add_func ("/scope-reason/home-stack/name-of-the-task", test_by_visitor);
  anyio_test_add_func ("/scope-reason/deadline/told", test_deadline);
  anyio_test_add_func ("/scope-reason/child-failed/failure-and-child", test_child_failed);
  anyio_test_add_func ("/scope-reason/body-failed/failure", test_body_failed);
  anyio_test_add_func ("/scope-reason/linked-cancellable/told", test_linked);
  anyio_test_add_func ("/scope-reason/object-disposed/told", test_disposed);
  g_test_add_func ("/scope-reason/shutdown/told", test_shutdown);
  anyio_test_add_func ("/scope-reason/through-parent/parents-reason", test_through_parent);
  anyio_test_add_func ("/scope-reason/task-cancelled-alone/text", test_task);

  return g_test_run ();
}
