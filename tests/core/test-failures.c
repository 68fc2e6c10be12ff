/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What failed in a group, as a list model for those who look. */

#include "core/anyio-driver-private.h"
#include "core/anyio-task-group-private.h"

#include "jobs.h"

static void
items_changed_cb (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  g_autoptr (GError) failure = NULL;

  anyio_trace ("@%u-%u+%u", position, removed, added);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, position + added);
  expect_critical ("*anyio_checkpoint*in a task*");
  g_assert_false (anyio_checkpoint (&failure)); /* on the home stack */
  g_test_assert_expected_messages ();
}

/* "task: message" of each failure, with a bar between. */
static char *
list_failures (GListModel *model)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (AnyioFailure) failure = g_list_model_get_item (model, i);

      g_string_append_printf (text, "%s%s: %s", i > 0 ? " | " : "", anyio_failure_get_task_name (failure), anyio_failure_get_message (failure));
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

#define assert_failures(model, expected) \
  G_STMT_START \
  { \
    g_autofree char *failures_text = list_failures (model); \
    g_assert_cmpstr (failures_text, ==, (expected)); \
  } \
  G_STMT_END

static gboolean
test_live (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "first" }, { "b", 9, NULL, 2, "third" }, { "c", 9, NULL, 2, "fourth" }, { "d", 9 } };
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);
  GListModel *failures = anyio_task_group_get_failures (group);

  g_test_summary ("SEMANTICS 3.4, ARCHITECTURE, Introspection: the list shows each failure in order of arrival, in batches on the home stack; a sibling's cancellation is none");

  g_assert_true (g_list_model_get_item_type (failures) == ANYIO_TYPE_FAILURE);
  g_signal_connect (failures, "items-changed", G_CALLBACK (items_changed_cb), NULL);
  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  sleep_shielded (2);
  assert_failures (failures, "a: first");
  anyio_trace_clear ();
  anyio_task_set_name (anyio_get_current_task (), "body");
  fail_with (&joined, G_IO_ERROR_BUSY, "second");
  g_assert_false (anyio_task_group_join (group, &joined));
  sleep_shielded (1);
  assert_failures (failures, "a: first | body: second | b: third | c: fourth");
  anyio_assert_trace ("@1-0+1 b~ c~ @2-0+2");
  g_assert_null (g_list_model_get_item (failures, 4));

  return TRUE;
}

static gboolean
test_afterwards (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "first" }, { "b", 9, NULL, 2, "second" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);
  g_autoptr (GListModel) failures = NULL;
  g_autoptr (AnyioFailure) failure = NULL;
  g_autoptr (AnyioFailure) same = NULL;

  g_test_summary ("ARCHITECTURE, Introspection: while nobody looks no object is made; the list that is asked for after the join has all failures, and outlives the group");

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));
  g_assert_false (anyio_task_group_join (group, NULL));
  g_assert_null (group->failures.list);
  g_object_get (group, "failures", &failures, NULL);
  g_assert_true (failures == anyio_task_group_get_failures (group));
  g_clear_pointer (&group, anyio_task_group_leave);
  assert_failures (failures, "a: first | b: second");
  failure = g_list_model_get_item (failures, 0);
  same = g_list_model_get_item (failures, 0);
  g_assert_true (failure == same);
  g_assert_error (anyio_failure_get_error (failure), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);

  return TRUE;
}

static gboolean
test_none (gpointer data, GError **error)
{
  Job job = { "a", 5 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.4: a group that is cancelled has no failures, and keeps nothing");

  start_jobs (group, &job, 1);
  g_assert_true (anyio_sleep (1, error));
  anyio_task_group_cancel (group, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_null (group->failures.entries);
  assert_failures (anyio_task_group_get_failures (group), "");

  return TRUE;
}

static gboolean
dismiss (gpointer data, GError **error)
{
  return fail_with (error, G_IO_ERROR_CANCELLED, "dismissed");
}

static gboolean
break_down (gpointer data, GError **error)
{
  return fail_with (error, G_IO_ERROR_BROKEN_PIPE, "the cleanup broke");
}

static gboolean
test_kinds (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 2.11, 8.9: a cancellation from elsewhere and the failure of a deferred cleanup are in the list, too");

  anyio_task_set_name (anyio_get_current_task (), "body");
  anyio_cancel_scope_defer (anyio_task_group_get_cancel_scope (group), break_down, NULL, NULL);
  anyio_task_group_start_soon (group, dismiss, NULL, NULL);
  g_assert_false (anyio_task_group_join (group, NULL));
  assert_failures (anyio_task_group_get_failures (group), "dismiss: dismissed | body: the cleanup broke");

  return TRUE;
}

static gboolean
fail_as_group (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "first" }, { "b", 9, NULL, 2, "second" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  start_jobs (group, jobs, G_N_ELEMENTS (jobs));

  return anyio_task_group_join (group, error);
}

static gboolean
test_members (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);
  g_autoptr (AnyioFailure) failure = NULL;
  g_autoptr (AnyioFailure) member = NULL;
  GListModel *members;

  g_test_summary ("SEMANTICS 3.4: nested groups stay a tree: a failure that is a group has its members as a list, and they have none");

  anyio_task_group_start_soon (group, fail_as_group, NULL, NULL);
  g_assert_false (anyio_task_group_join (group, NULL));
  assert_failures (anyio_task_group_get_failures (group), "fail_as_group: first (and 1 more)");
  failure = g_list_model_get_item (anyio_task_group_get_failures (group), 0);
  members = anyio_failure_get_members (failure);
  g_assert_true (members == anyio_failure_get_members (failure));
  assert_failures (members, "fail_as_group: first | fail_as_group: second");
  member = g_list_model_get_item (members, 1);
  g_assert_null (anyio_failure_get_members (member));

  return TRUE;
}

static gboolean
ignore_events (guint n_events, gpointer data)
{
  return FALSE;
}

static gboolean
test_driven (gpointer data, GError **error)
{
  g_autoptr (AnyioDriver) driver = anyio_driver_new (NULL, ignore_events, NULL, NULL, error);
  guint host = anyio_driver_spawn (driver, 0, "host") / 2;
  guint scope = anyio_driver_enter_group (driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  guint plain = anyio_driver_spawn (driver, scope, "plain") / 2;
  guint handled = anyio_driver_spawn (driver, scope, "handled") / 2;
  g_autoptr (AnyioTask) handle G_GNUC_UNUSED = g_object_ref (anyio_driver_get_task (driver, handled));
  GListModel *failures = anyio_task_group_get_failures (anyio_driver_get_group (driver, scope));

  g_test_summary ("ARCHITECTURE, Introspection: the failures that a language keeps are in the list as well, once each, and are not given to it again");

  anyio_driver_end (driver, plain, ANYIO_TASK_FAILED, "one");
  anyio_driver_end (driver, handled, ANYIO_TASK_FAILED, "two");
  anyio_driver_fail_body (driver, scope, ANYIO_TASK_FAILED, "three");
  anyio_driver_fail_body (driver, scope, ANYIO_TASK_CANCELLED, NULL);
  g_assert_true (anyio_driver_end_body (driver, scope));
  g_assert_true (anyio_driver_take_failure (driver, scope, NULL));
  g_assert_true (anyio_checkpoint (error));
  assert_failures (failures, "plain: one | handled: two | host: three");
  anyio_driver_exit (driver, scope, FALSE);
  anyio_driver_drop_scope (driver, scope);
  anyio_driver_end (driver, host, ANYIO_TASK_FINISHED, NULL);
  anyio_driver_close (driver);

  return TRUE;
}

static void
ignore_failure (const char *task_name, const GError *error, gpointer data)
{
}

static gboolean
test_bound (gpointer data, GError **error)
{
  Job job = { "a", 1, "first" };
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GObject) group = G_OBJECT (anyio_task_group_new_for_object (owner));

  g_test_summary ("SEMANTICS 8.8: a bound group gives its failures to the handler and keeps none, because it may live for long");

  anyio_set_background_error_handler (ignore_failure, NULL, NULL);
  start_jobs (ANYIO_TASK_GROUP (group), &job, 1);
  g_assert_true (anyio_sleep (2, error));
  anyio_set_background_error_handler (NULL, NULL, NULL);
  g_assert_null (ANYIO_TASK_GROUP (group)->failures.entries);
  assert_failures (anyio_task_group_get_failures (ANYIO_TASK_GROUP (group)), "");

  return TRUE;
}

static void
test_made (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "full");
  g_autoptr (AnyioFailure) failure = anyio_failure_new ("a", error);
  g_autoptr (AnyioFailure) empty = g_object_new (ANYIO_TYPE_FAILURE, NULL);
  g_autoptr (GError) copy = NULL;
  g_autoptr (GListModel) members = NULL;
  g_autofree char *name = NULL;
  g_autofree char *message = NULL;

  g_test_summary ("ARCHITECTURE, Introspection: state comes from construct properties and can be read as properties");

  g_object_get (failure, "task-name", &name, "error", &copy, "message", &message, "members", &members, NULL);
  g_assert_cmpstr (name, ==, "a");
  g_assert_error (copy, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpstr (message, ==, "full");
  g_assert_null (members);
  g_assert_null (anyio_failure_get_task_name (empty));
  g_assert_null (anyio_failure_get_message (empty));
  g_assert_null (anyio_failure_get_members (empty));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/failures/looking/is-live", test_live);
  anyio_test_add_func ("/failures/afterwards/all-there", test_afterwards);
  anyio_test_add_func ("/failures/none/nothing-kept", test_none);
  anyio_test_add_func ("/failures/all-kinds/in-list", test_kinds);
  anyio_test_add_func ("/failures/group/has-members", test_members);
  core_add_ordered ("/failures/other-language/in-list", test_driven);
  anyio_test_add_func ("/failures/bound/none", test_bound);
  g_test_add_func ("/failures/made-by-hand/has-properties", test_made);

  return g_test_run ();
}
