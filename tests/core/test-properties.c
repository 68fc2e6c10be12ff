/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The state of tasks, groups and scopes as GObject properties, and who is notified of it. */

#include "jobs.h"

static void
notify_cb (GObject *object, GParamSpec *pspec, gpointer data)
{
  g_autoptr (GError) failure = NULL;

  anyio_trace ("%s:%s", (const char *) data, pspec->name);
  expect_critical ("*anyio_checkpoint*in a task*");
  g_assert_false (anyio_checkpoint (&failure)); /* on the home stack */
  g_test_assert_expected_messages ();
}

static AnyioTaskStatus
read_status (AnyioTask *task)
{
  AnyioTaskStatus status;

  g_object_get (task, "status", &status, NULL);

  return status;
}

static gboolean
test_task (gpointer data, GError **error)
{
  Job job = { "a", 2 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) task = anyio_task_group_create_task (group, do_job, &job, NULL);
  g_autoptr (AnyioTask) parent = NULL;
  g_autoptr (GObject) its_group = NULL;
  g_autofree char *name = NULL;
  guint64 id;

  g_test_summary ("ARCHITECTURE, Introspection: name, number, status, parent and group of a task are properties; the end notifies the status, on the home stack");

  g_object_set (task, "name", "renamed", NULL);
  g_object_get (task, "name", &name, "id", &id, "parent", &parent, "group", &its_group, NULL);
  g_assert_cmpstr (name, ==, "renamed");
  g_assert_cmpuint (id, ==, anyio_task_get_id (task));
  g_assert_true (parent == anyio_get_current_task ());
  g_assert_true (its_group == G_OBJECT (group));
  g_assert_cmpint (read_status (task), ==, ANYIO_TASK_PENDING);
  g_signal_connect (task, "notify", G_CALLBACK (notify_cb), (gpointer) "task");
  g_assert_true (anyio_sleep (1, error));
  anyio_task_cancel (task, NULL);
  g_assert_cmpint (read_status (task), ==, ANYIO_TASK_CANCELLING);
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_true (anyio_checkpoint (error));
  g_assert_cmpint (read_status (task), ==, ANYIO_TASK_CANCELLED);
  anyio_assert_trace ("a+ a! task:status");
  g_clear_object (&parent);
  g_object_get (task, "parent", &parent, NULL);
  g_assert_null (parent);

  return TRUE;
}

static gboolean
test_other_detail (gpointer data, GError **error)
{
  Job job = { "a", 2 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) task = anyio_task_group_create_task (group, do_job, &job, NULL);

  g_test_summary ("ARCHITECTURE, Introspection: who listens for the name is not told of the end");

  g_signal_connect (task, "notify::name", G_CALLBACK (notify_cb), (gpointer) "task");
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_true (anyio_checkpoint (error));
  anyio_assert_trace ("a+ a-");

  return TRUE;
}

static void
assert_scope (AnyioCancelScope *scope, gboolean expected_cancelled, gboolean expected_called, AnyioCancelKind expected_reason)
{
  gboolean cancelled, called;
  AnyioCancelKind reason;

  g_object_get (scope, "cancelled", &cancelled, "cancel-called", &called, "reason", &reason, NULL);
  g_assert_cmpint (cancelled, ==, expected_cancelled);
  g_assert_cmpint (called, ==, expected_called);
  g_assert_cmpint (reason, ==, expected_reason);
}

static gboolean
test_scope (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (1);
  g_autoptr (AnyioCancelScope) inner = anyio_move_on_after (INFINITY);

  g_test_summary ("ARCHITECTURE, Introspection: whether and why a scope is cancelled are properties, also if it is so through its parent");

  assert_scope (inner, FALSE, FALSE, ANYIO_CANCEL_NONE);
  g_assert_false (anyio_sleep (2, NULL));
  assert_scope (inner, TRUE, FALSE, ANYIO_CANCEL_DEADLINE);
  assert_scope (outer, TRUE, TRUE, ANYIO_CANCEL_DEADLINE);

  return TRUE;
}

static gboolean
read_closed (AnyioTaskGroup *group)
{
  gboolean closed;

  g_object_get (group, "closed", &closed, NULL);

  return closed;
}

static gboolean
test_group (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 9: a group is closed when it was joined");

  g_assert_false (read_closed (group));
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_true (read_closed (group));

  return TRUE;
}

static gboolean
test_bound_group (gpointer data, GError **error)
{
  Job job = { "a", 9 };
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GObject) group = G_OBJECT (anyio_task_group_new_for_object (owner));

  g_test_summary ("SEMANTICS 8.8: a bound group notifies that it is closed, on the home stack, when its last task has ended");

  g_signal_connect (group, "notify::closed", G_CALLBACK (notify_cb), (gpointer) "group");
  start_jobs (ANYIO_TASK_GROUP (group), &job, 1);
  g_assert_true (anyio_sleep (1, error));
  g_object_unref (owner);
  anyio_trace ("disposed");
  g_assert_false (read_closed (ANYIO_TASK_GROUP (group)));
  g_assert_true (anyio_sleep (1, error));
  g_assert_true (read_closed (ANYIO_TASK_GROUP (group)));
  anyio_assert_trace ("a+ disposed a! group:closed");

  return TRUE;
}

static void
test_clock (void)
{
  g_autoptr (GObject) clock = g_object_new (ANYIO_TYPE_VIRTUAL_CLOCK, "autojump", FALSE, NULL);
  gboolean autojump;

  g_test_summary ("ARCHITECTURE, Introspection: state comes from construct properties");

  g_assert_false (anyio_virtual_clock_get_autojump (ANYIO_VIRTUAL_CLOCK (clock)));
  g_object_set (clock, "autojump", TRUE, NULL);
  g_object_get (clock, "autojump", &autojump, NULL);
  g_assert_true (autojump);
}

static void
test_enumerations (void)
{
  g_test_summary ("ARCHITECTURE, Introspection: enumerations have types, so that a value shows its name");

  const struct
  {
    GType type;
    int value;
    const char *nick;
  } expected[] = {
    { ANYIO_TYPE_CANCEL_KIND, ANYIO_CANCEL_SHUTDOWN, "shutdown" },
    { ANYIO_TYPE_DRIVER_EVENT, ANYIO_DRIVER_STOP_REQUESTED, "stop-requested" },
    { ANYIO_TYPE_ERROR, ANYIO_ERROR_LAGGED, "lagged" },
    { ANYIO_TYPE_TASK_STATUS, ANYIO_TASK_CANCELLED, "cancelled" },
  };
  g_autofree char *flags = g_flags_to_string (ANYIO_TYPE_DRIVER_FLAGS, ANYIO_DRIVER_SHIELD | ANYIO_DRIVER_TIMEOUT);

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (GEnumClass) klass = g_type_class_ref (expected[i].type);

      g_assert_cmpint (klass->maximum, ==, expected[i].value);
      g_assert_cmpstr (g_enum_get_value (klass, expected[i].value)->value_nick, ==, expected[i].nick);
    }
  g_assert_cmpstr (flags, ==, "ANYIO_DRIVER_SHIELD | ANYIO_DRIVER_TIMEOUT");
}

static void
changed_cb (GObject *object, GParamSpec *pspec, gpointer data)
{
  anyio_trace ("%s", pspec->name);
}

static gboolean
test_name (gpointer data, GError **error)
{
  AnyioTask *task = anyio_get_current_task ();
  gulong handler = g_signal_connect (task, "notify", G_CALLBACK (changed_cb), NULL);

  g_test_summary ("ARCHITECTURE, Introspection: a new name is notified");

  anyio_task_set_name (task, "renamed");
  anyio_assert_trace ("name");
  g_signal_handler_disconnect (task, handler);

  return TRUE;
}

static gboolean
test_scope_settings (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (3);
  double deadline;
  gboolean shield, caught, stopped;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("ARCHITECTURE, Introspection: deadline, shield, the request to stop and what was caught are properties");

  anyio_cancel_scope_set_shield (scope, TRUE);
  anyio_cancel_scope_request_stop (scope, INFINITY, NULL);
  g_object_get (scope, "deadline", &deadline, "shield", &shield, "stop-requested", &stopped, "cancelled-caught", &caught, NULL);
  g_assert_cmpfloat (deadline, ==, 3);
  g_assert_true (shield);
  g_assert_true (stopped);
  g_assert_false (caught);
  g_assert_false (anyio_sleep (9, &failure));
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_object_get (scope, "cancelled-caught", &caught, NULL);
  g_assert_true (caught);

  return TRUE;
}

static gboolean
test_group_settings (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = NULL;
  g_autoptr (GListModel) failures = NULL;
  gboolean strict;
  guint64 stack_size;
  guint limit;
  AnyioJoinPolicy policy;

  g_test_summary ("ARCHITECTURE, Introspection: what a group is set to is a property, and so are its scope and its failures");

  anyio_task_group_set_strict (group, TRUE);
  anyio_task_group_set_stack_size (group, 65536);
  anyio_task_group_set_max_concurrency (group, 3);
  anyio_task_group_set_policy (group, ANYIO_JOIN_COLLECT);
  g_object_get (group, "cancel-scope", &scope, "failures", &failures, "strict", &strict, "stack-size", &stack_size, "max-concurrency", &limit, "policy", &policy, NULL);
  g_assert_true (scope == anyio_task_group_get_cancel_scope (group));
  g_assert_true (failures == anyio_task_group_get_failures (group));
  g_assert_true (strict);
  g_assert_cmpuint (stack_size, ==, anyio_task_group_get_stack_size (group));
  g_assert_cmpuint (limit, ==, 3);
  g_assert_cmpint (policy, ==, ANYIO_JOIN_COLLECT);

  return anyio_task_group_join (group, error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/properties/task/all-there", test_task);
  anyio_test_add_func ("/properties/task/only-status-notified", test_other_detail);
  anyio_test_add_func ("/properties/scope/all-there", test_scope);
  anyio_test_add_func ("/properties/group/closed", test_group);
  anyio_test_add_func ("/properties/bound-group/closed-notified", test_bound_group);
  g_test_add_func ("/properties/clock/autojump", test_clock);
  g_test_add_func ("/properties/enumerations/named", test_enumerations);
  anyio_test_add_func ("/properties/task/name-notified", test_name);
  anyio_test_add_func ("/properties/scope/settings", test_scope_settings);
  anyio_test_add_func ("/properties/group/settings", test_group_settings);

  return g_test_run ();
}
