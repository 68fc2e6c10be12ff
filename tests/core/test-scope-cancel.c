/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* cancel(), and how a cancellation reaches what is suspended. Cancelling from other threads is in test-threads.c. */

#include "core-test.h"

#include "core/anyio-wait-private.h"

static gboolean
count_turns (gpointer user_data,
             GError **error)
{
  guint *n_turns = user_data;

  for (;;)
    {
      (*n_turns)++;
      if (!anyio_checkpoint (error))
        return FALSE;
    }
}

static gboolean
test_idempotent (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  const char *text = NULL;

  g_test_summary ("SEMANTICS 2.3, I20: cancel() is idempotent and the first reason wins");

  anyio_cancel_scope_cancel (scope, "first");
  anyio_cancel_scope_cancel (scope, "second");
  anyio_cancel_scope_cancel (scope, NULL);
  anyio_cancel_scope_set_deadline (scope, -1);
  g_assert_cmpint (anyio_cancel_scope_get_reason (scope, &text, NULL), ==, ANYIO_CANCEL_EXPLICIT);
  g_assert_cmpstr (text, ==, "first");
  g_assert_true (exit_cancelled (scope));
  anyio_cancel_scope_cancel (scope, "third");
  g_assert_cmpint (anyio_cancel_scope_get_reason (scope, &text, NULL), ==, ANYIO_CANCEL_EXPLICIT);
  g_assert_cmpstr (text, ==, "first");

  return TRUE;
}

static gboolean
test_no_suspension (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioCancelScope *scope = anyio_task_group_get_cancel_scope (group);
  guint n_turns = 0;

  g_test_summary ("SEMANTICS 2.3: cancel() is never a suspension point");

  anyio_task_group_start_soon (group, count_turns, &n_turns, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_cmpuint (n_turns, ==, 1);
  assert_joins (group);

  return TRUE;
}

static gboolean
test_before_entry (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();
  const char *text = NULL;
  const char *by_task = NULL;

  g_test_summary ("SEMANTICS 2.3, 2.12: a scope that is cancelled before entry is born cancelled, with its reason");

  anyio_cancel_scope_cancel (scope, "early");
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_true (anyio_cancel_scope_is_cancelled (scope));
  assert_sleeps (1);
  anyio_cancel_scope_enter (scope);
  g_assert_cmpint (anyio_cancel_scope_get_reason (scope, &text, &by_task), ==, ANYIO_CANCEL_EXPLICIT);
  g_assert_cmpstr (text, ==, "early");
  g_assert_cmpstr (by_task, ==, anyio_task_get_name (anyio_get_current_task ()));
  g_assert_true (exit_cancelled (scope));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));

  return TRUE;
}

static gboolean
test_never_entered (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();
  g_autoptr (AnyioCancelScope) outer = open_scope ();

  g_test_summary ("SEMANTICS 2.3: a scope that is never entered can be cancelled and dropped");

  anyio_cancel_scope_cancel (scope, "never");
  assert_sleeps (1);
  assert_exits (outer);

  return TRUE;
}

static gboolean
test_after_exit (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.3: after exit cancel() sets the flag only");

  assert_exits (scope);
  anyio_cancel_scope_cancel (scope, "late");
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));
  assert_sleeps (1);

  return TRUE;
}

static gboolean
count_failures (gpointer user_data,
                GError **error)
{
  guint *n_failures = user_data;

  assert_sleep_is_cancelled ();
  (*n_failures)++;

  return TRUE;
}

static gboolean
test_one_attempt (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) inner = NULL;
  guint n_failures = 0;

  g_test_summary ("SEMANTICS 2.8, I6: one abort attempt per suspension, also when eff falls and rises again before the task resumes");

  inner = anyio_task_group_open (error);
  anyio_task_group_start_soon (inner, count_failures, &n_failures, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_group_cancel (group, NULL);
  for (guint i = 0; i < 5; i++)
    {
      anyio_cancel_scope_set_shield (anyio_task_group_get_cancel_scope (inner), TRUE);
      anyio_cancel_scope_set_shield (anyio_task_group_get_cancel_scope (inner), FALSE);
    }
  assert_joins (inner);
  g_assert_cmpuint (n_failures, ==, 1);
  assert_joins (group);

  return TRUE;
}

static gboolean
test_withdrawn_stays_so (gpointer user_data,
                         GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) inner = NULL;
  guint n_failures = 0;

  g_test_summary ("SEMANTICS 2.8, 1.5: an operation that was withdrawn reports CANCELLED also if a shield ends the cancellation before the task resumes");

  inner = anyio_task_group_open (error);
  anyio_task_group_start_soon (inner, count_failures, &n_failures, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_group_cancel (group, NULL);
  anyio_cancel_scope_set_shield (anyio_task_group_get_cancel_scope (inner), TRUE);
  assert_joins (inner);
  g_assert_cmpuint (n_failures, ==, 1);
  assert_joins (group);

  return TRUE;
}

/* An operation that refuses to be aborted. */
typedef struct
{
  AnyioWait wait;
  guint n_attempts;
} Refusal;

static AnyioAbort
refuse_abort (AnyioWait *wait)
{
  ((Refusal *) wait)->n_attempts++;

  return ANYIO_ABORT_REFUSED;
}

static gboolean
wait_refusing (gpointer user_data,
               GError **error)
{
  Refusal *self = user_data;
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);

  self->wait.abort = refuse_abort;
  anyio_trace ("%s", anyio_wait_suspend (&self->wait, record) ? "result" : "cancelled");
  assert_checkpoint_is_cancelled ();

  return TRUE;
}

static gboolean
test_one_refusal (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioCancelScope *scope = anyio_task_group_get_cancel_scope (group);
  Refusal refusal = { .n_attempts = 0 };

  g_test_summary ("SEMANTICS 2.8, I6: an operation that refused is not asked again, however often the cancellation ends and begins, and its result wins");

  anyio_task_group_start_soon (group, wait_refusing, &refusal, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_task_group_cancel (outer, NULL);
  g_assert_cmpuint (refusal.n_attempts, ==, 1);
  for (guint i = 0; i < 5; i++)
    {
      anyio_cancel_scope_set_shield (scope, TRUE);
      assert_sleeps (1);
      anyio_cancel_scope_set_shield (scope, FALSE);
    }
  anyio_task_group_cancel (group, NULL);
  g_assert_cmpuint (refusal.n_attempts, ==, 1);
  anyio_assert_trace ("");
  anyio_wait_complete (&refusal.wait);
  assert_joins (group);
  anyio_assert_trace ("result");
  assert_joins (outer);

  return TRUE;
}

static gboolean
sleep_shielded (gpointer user_data,
                GError **error)
{
  ANYIO_SHIELD_FOR (100);

  return anyio_sleep (5, error);
}

static gboolean
test_refused (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.8, 3.2: an operation that refuses to be aborted completes first, and its real result wins");

  anyio_task_group_start_soon (group, sleep_shielded, NULL, NULL);
  g_assert_true (anyio_checkpoint (error));
  assert_joins (group);
  g_assert_cmpfloat (anyio_current_time (), ==, 5);
  assert_exits (scope);
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));

  return TRUE;
}

/* A GIO operation that ends when the test says so. */
typedef struct
{
  GTask *task;
  gboolean deaf; /* to its cancellable */
} Operation;

static void
operation_cancelled_cb (GCancellable *cancellable,
                        gpointer user_data)
{
  anyio_trace ("abort");
}

static gboolean
finish_operation (gpointer user_data,
                  GError **error)
{
  Operation *self = user_data;

  /* No sleep: the virtual clock stands still while a GIO call is under way. */
  for (guint i = 0; i < 20; i++)
    anyio_shielded_checkpoint ();
  anyio_trace ("ends");
  g_task_return_boolean (self->task, TRUE);
  g_clear_object (&self->task);

  return TRUE;
}

static gboolean
await_operation (gpointer user_data,
                 GError **error)
{
  Operation *self = user_data;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  GCancellable *cancellable = anyio_call_begin (&call);
  gboolean success;

  self->task = g_task_new (NULL, cancellable, anyio_call_ready, &call);
  g_task_set_check_cancellable (self->task, !self->deaf);
  g_signal_connect (cancellable, "cancelled", G_CALLBACK (operation_cancelled_cb), NULL);
  success = g_task_propagate_boolean (G_TASK (anyio_call_await (&call)), error);
  g_signal_handlers_disconnect_by_func (cancellable, operation_cancelled_cb, NULL);
  anyio_trace ("%s", success ? "result" : "cancelled");

  return success;
}

static gboolean
run_operation (gboolean deaf,
               GError **error)
{
  Operation operation = { .deaf = deaf };
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) group = NULL;

  anyio_task_group_start_soon (outer, finish_operation, &operation, NULL);
  group = anyio_task_group_open (error);
  anyio_task_group_start_soon (group, await_operation, &operation, NULL);
  for (guint i = 0; i < 3; i++)
    g_assert_true (anyio_checkpoint (error));
  anyio_trace ("cancel");
  anyio_task_group_cancel (group, NULL);
  anyio_trace ("called");
  assert_joins (group);
  assert_joins (outer);

  return TRUE;
}

static gboolean
test_abort_pending (gpointer user_data,
                    GError **error)
{
  g_test_summary ("SEMANTICS 2.8, 1.8: while an abort is under way the task stays suspended until the operation ends");

  g_assert_true (run_operation (FALSE, error));
  anyio_assert_trace ("cancel called abort ends cancelled");

  return TRUE;
}

static gboolean
test_result_after_abort (gpointer user_data,
                         GError **error)
{
  g_test_summary ("SEMANTICS 2.8, 9 (ABORTING): a result that comes after the abort attempt wins");

  g_assert_true (run_operation (TRUE, error));
  anyio_assert_trace ("cancel called abort ends result");

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/scope-cancel/twice/first-reason-wins", test_idempotent);
  core_add_ordered ("/scope-cancel/call/never-suspends", test_no_suspension);
  anyio_test_add_func ("/scope-cancel/before-entry/born-cancelled", test_before_entry);
  anyio_test_add_func ("/scope-cancel/never-entered/nothing-happens", test_never_entered);
  anyio_test_add_func ("/scope-cancel/after-exit/flag-only", test_after_exit);
  core_add_ordered ("/scope-cancel/again-before-resumption/one-attempt", test_one_attempt);
  anyio_test_add_func ("/scope-cancel/refused/not-asked-again", test_one_refusal);
  core_add_ordered ("/scope-cancel/shield-before-resumption/stays-cancelled", test_withdrawn_stays_so);
  core_add_ordered ("/scope-cancel/operation-refuses/real-result", test_refused);
  core_add_ordered ("/scope-cancel/abort-under-way/stays-suspended", test_abort_pending);
  core_add_ordered ("/scope-cancel/result-after-abort/wins", test_result_after_abort);

  return g_test_run ();
}
