/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The soft stop. */

#include "core-test.h"
#include "jobs.h"

static gboolean
serve (gpointer data, GError **error)
{
  const char *name = data;

  anyio_trace ("%s+", name);
  if (!anyio_wait_stop_requested (error))
    {
      anyio_trace ("%s!", name);
      return FALSE;
    }
  anyio_trace ("%s.", name);

  return TRUE;
}

static gboolean
test_nothing_fails (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 8.7: a request makes no suspension point fail; it is polled");

  g_assert_false (anyio_is_stop_requested ());
  anyio_cancel_scope_request_stop (scope, INFINITY, NULL);
  g_assert_true (anyio_is_stop_requested ());
  g_assert_true (anyio_cancel_scope_get_stop_requested (scope));
  g_assert_false (anyio_cancel_scope_is_cancelled (scope));
  assert_sleeps (10);
  g_assert_true (anyio_wait_stop_requested (error));
  assert_exits (scope);
  g_assert_false (anyio_is_stop_requested ());
  g_assert_true (anyio_cancel_scope_get_stop_requested (scope));

  return TRUE;
}

static gboolean
serve_shielded (gpointer data, GError **error)
{
  ANYIO_SHIELD_FOR (INFINITY);

  return serve (data, error);
}

static gboolean
test_inherited (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) other = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 8.7: it is inherited by tasks, past shields, and reaches nobody else");

  anyio_task_group_start_soon (other, serve, (gpointer) "z", NULL);
  anyio_task_group_start_soon (group, serve, (gpointer) "a", NULL);
  anyio_task_group_start_soon (group, serve_shielded, (gpointer) "b", NULL);
  assert_sleeps (1);
  anyio_cancel_scope_request_stop (anyio_task_group_get_cancel_scope (group), INFINITY, NULL);
  assert_joins (group);
  anyio_assert_trace ("z+ a+ b+ a. b.");
  anyio_task_group_cancel (other, NULL);
  assert_joins (other);
  anyio_assert_trace ("z+ a+ b+ a. b. z!");
  assert_time (1);

  return TRUE;
}

static gboolean
test_grace (gpointer data, GError **error)
{
  Job job = { "a", 100 };
  const char *text;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 8.7: what still runs after the grace period is cancelled, with the reason");

  anyio_task_group_start_soon_named (group, "a", do_job, &job, NULL);
  assert_sleeps (1);
  anyio_cancel_scope_request_stop (anyio_task_group_get_cancel_scope (group), 5, "shop closes");
  assert_joins (group);
  assert_time (6);
  anyio_assert_trace ("a+ a!");
  g_assert_cmpint (anyio_cancel_scope_get_reason (anyio_task_group_get_cancel_scope (group), &text, NULL), ==, ANYIO_CANCEL_EXPLICIT);
  g_assert_cmpstr (text, ==, "shop closes");

  return TRUE;
}

static gboolean
test_second_request (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 8.7: a second request can shorten the grace, not lengthen it");

  anyio_cancel_scope_request_stop (scope, 5, NULL);
  anyio_cancel_scope_request_stop (scope, 50, NULL);
  anyio_cancel_scope_request_stop (scope, 2, NULL);
  anyio_cancel_scope_request_stop (scope, INFINITY, NULL);
  g_assert_true (exit_cancelled (scope));
  assert_time (2);

  return TRUE;
}

static gboolean
test_left_in_time (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 8.7: a scope that is left within the grace period is not cancelled, then or later");

  anyio_cancel_scope_request_stop (scope, 2, NULL);
  assert_sleeps (1);
  assert_exits (scope);
  assert_sleeps (5);
  g_assert_false (anyio_cancel_scope_get_cancel_called (scope));

  return TRUE;
}

static gboolean
become_ready (gpointer data, GError **error)
{
  if (!anyio_task_started (NULL, error))
    return FALSE;

  return serve (data, error);
}

static gboolean
wait_then_start (gpointer data, GError **error)
{
  if (!anyio_wait_stop_requested (error))
    return FALSE;
  anyio_trace ("stopped");

  return TRUE;
}

static gboolean
start_late (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) inner = anyio_task_group_open (error);

  /* The waiter is below the child, which moves. */
  anyio_task_group_start_soon (inner, wait_then_start, NULL, NULL);
  if (!anyio_sleep (1, error) || !anyio_task_started (NULL, error))
    return FALSE;

  return anyio_task_group_join (inner, error);
}

static gboolean
test_moved (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4, 8.7: a task that is handed over to a group that was asked to stop hears of it, and so do those below it");

  anyio_cancel_scope_request_stop (anyio_task_group_get_cancel_scope (group), INFINITY, NULL);
  g_assert_true (anyio_task_group_start (group, become_ready, (gpointer) "a", NULL, NULL, error));
  g_assert_true (anyio_task_group_start (group, start_late, NULL, NULL, NULL, error));
  assert_joins (group);
  anyio_assert_trace ("a+ a. stopped");
  assert_time (1);

  return TRUE;
}

static gpointer
request_from_thread (gpointer data)
{
  anyio_cancel_scope_request_stop (data, 0, "from a thread");

  return NULL;
}

static gboolean
test_thread (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  const char *text;

  g_test_summary ("SEMANTICS 8.7: a request may come from any thread");

  g_thread_join (g_thread_new ("requester", request_from_thread, scope));
  g_assert_false (anyio_is_stop_requested ());
  g_assert_true (anyio_wait_stop_requested (NULL));
  g_assert_true (exit_cancelled (scope));
  anyio_cancel_scope_get_reason (scope, &text, NULL);
  g_assert_cmpstr (text, ==, "from a thread");

  return TRUE;
}

static gboolean
test_cancel_point (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 1.6: waiting for a request is a cancel point, also when it was made already");

  anyio_cancel_scope_request_stop (scope, INFINITY, NULL);
  anyio_cancel_scope_cancel (scope, NULL);
  assert_is_cancelled (anyio_wait_stop_requested (&failure), failure);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));

  return TRUE;
}

static gboolean
accept_until_stopped (gpointer data, GError **error)
{
  AnyioSelectCase cases[] = { ANYIO_SELECT_SLEEP (1), ANYIO_SELECT_STOP_REQUESTED };
  int chosen;

  while ((chosen = anyio_select (cases, G_N_ELEMENTS (cases), error)) == 0)
    anyio_trace ("accepted");
  anyio_trace (chosen == 1 ? "stopped" : "cancelled");

  return chosen == 1;
}

static gboolean
test_select (gpointer data, GError **error)
{
  AnyioSelectCase cases[] = { ANYIO_SELECT_NEVER, ANYIO_SELECT_STOP_REQUESTED };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) other = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 8.7, 7: a loop selects on the request; it is withdrawn when another case is chosen, and reaches nobody else");

  anyio_task_group_start_soon (group, accept_until_stopped, NULL, NULL);
  anyio_task_group_start_soon (other, accept_until_stopped, NULL, NULL);
  assert_sleeps (2.5);
  g_assert_cmpint (anyio_select_nowait (cases, G_N_ELEMENTS (cases), &failure), ==, -1);
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  anyio_cancel_scope_request_stop (anyio_task_group_get_cancel_scope (other), INFINITY, NULL);
  assert_joins (other);
  assert_time (2.5);
  anyio_assert_trace ("accepted accepted accepted accepted stopped");
  anyio_cancel_scope_request_stop (anyio_task_group_get_cancel_scope (group), INFINITY, NULL);
  g_assert_cmpint (anyio_select (cases, G_N_ELEMENTS (cases), error), ==, 1);
  g_assert_cmpint (anyio_select_nowait (cases, G_N_ELEMENTS (cases), error), ==, 1);
  assert_joins (group);
  anyio_assert_trace ("accepted accepted accepted accepted stopped stopped");

  return TRUE;
}

static gboolean
test_select_cancelled (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7, 8.7: a cancelled select has withdrawn from those who wait for a request");

  anyio_task_group_start_soon (group, accept_until_stopped, NULL, NULL);
  assert_sleeps (0.5);
  anyio_task_group_cancel (group, NULL);
  anyio_cancel_scope_request_stop (anyio_task_group_get_cancel_scope (group), INFINITY, NULL);
  assert_joins (group);
  anyio_assert_trace ("cancelled");

  return TRUE;
}

static void
ready_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (anyio_get_current_task ());
  if (anyio_cancel_scope_wait_stop_requested_finish (ANYIO_CANCEL_SCOPE (source), result, &error))
    anyio_trace ("%s.", (const char *) user_data);
  else
    anyio_trace ("%s:%s", (const char *) user_data, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED) ? "closed" : "cancelled");
}

static void
wait_for_stop (AnyioCancelScope *scope, GCancellable *cancellable, const char *name)
{
  anyio_cancel_scope_wait_stop_requested_async (scope, cancellable, ready_cb, (gpointer) name);
}

static gboolean
test_async (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("SEMANTICS 8.7: who is no task waits for a request to a scope or to one further out; the end of the scope ends the wait");

  wait_for_stop (outer, NULL, "outer");
  wait_for_stop (inner, NULL, "inner");
  wait_for_stop (inner, cancellable, "cancelled");
  assert_sleeps (1);
  anyio_assert_trace ("");
  g_cancellable_cancel (cancellable);
  assert_sleeps (1);
  anyio_assert_trace ("cancelled:cancelled");
  assert_exits (inner);
  assert_sleeps (1);
  anyio_assert_trace ("cancelled:cancelled inner:closed");
  wait_for_stop (inner, NULL, "late");
  assert_sleeps (1);
  anyio_trace_clear ();
  {
    g_autoptr (AnyioCancelScope) third = open_scope ();

    wait_for_stop (third, cancellable, "already");
    assert_sleeps (1);
    g_cancellable_reset (cancellable);
    wait_for_stop (third, cancellable, "third");
    anyio_cancel_scope_request_stop (outer, INFINITY, NULL);
    assert_exits (third); /* the request came first, although nobody has heard of it yet */
  }
  assert_sleeps (1);
  anyio_assert_trace ("already:cancelled outer. third.");
  wait_for_stop (outer, NULL, "again");
  assert_sleeps (1);
  anyio_assert_trace ("already:cancelled outer. third. again.");
  assert_exits (outer);

  return TRUE;
}

static gboolean
test_shortest_grace (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 8.7: of several requests the shortest grace counts");

  anyio_cancel_scope_request_stop (scope, 2, NULL);
  anyio_cancel_scope_request_stop (scope, 5, NULL);
  g_assert_false (anyio_sleep (9, &failure));
  g_assert_cmpfloat (anyio_current_time (), ==, 2);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));

  return TRUE;
}

static gboolean
test_left (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 8.7: a request to a scope that was left does nothing");

  assert_exits (scope);
  anyio_cancel_scope_request_stop (scope, 1, NULL);
  g_assert_false (anyio_cancel_scope_get_stop_requested (scope));
  assert_sleeps (2);

  return TRUE;
}

static gboolean
test_not_entered (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();

  g_test_summary ("SEMANTICS 8.7: a scope that nobody has entered cannot be asked");

  expect_critical ("anyio_cancel_scope_request_stop() was called for a scope that no task has entered");
  anyio_cancel_scope_request_stop (scope, 1, NULL);
  g_test_assert_expected_messages ();

  return TRUE;
}

static void
test_no_task (void)
{
  g_test_summary ("Outside tasks no stop is requested");

  g_assert_false (anyio_is_stop_requested ());
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/stop/nothing-fails", test_nothing_fails);
  core_add_ordered ("/stop/inherited", test_inherited);
  anyio_test_add_func ("/stop/grace", test_grace);
  anyio_test_add_func ("/stop/second-request", test_second_request);
  anyio_test_add_func ("/stop/left-in-time", test_left_in_time);
  core_add_ordered ("/stop/moved", test_moved);
  anyio_test_add_func ("/stop/thread", test_thread);
  anyio_test_add_func ("/stop/cancel-point", test_cancel_point);
  anyio_test_add_func ("/stop/async", test_async);
  core_add_ordered ("/stop/select", test_select);
  anyio_test_add_func ("/stop/select-cancelled", test_select_cancelled);
  anyio_test_add_func ("/stop/grace/shortest", test_shortest_grace);
  anyio_test_add_func ("/stop/left/nothing", test_left);
  anyio_test_add_func ("/stop/not-entered/misuse", test_not_entered);
  g_test_add_func ("/stop/no-task/not-requested", test_no_task);

  return g_test_run ();
}
