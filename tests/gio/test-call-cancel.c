/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the cancellation of a scope does to an awaited GIO operation. */

#include "fake-operation.h"

typedef struct
{
  Fake fake;
  AnyioCancelScope *scope; /* borrowed: the one that cancel_scope() cancels */
} Case;

static void
case_clear (Case *self)
{
  fake_clear (&self->fake);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Case, case_clear)

static gboolean
cancel_scope (gpointer user_data,
              GError **error)
{
  Case *self = user_data;

  if (!anyio_wait_all_tasks_blocked (error))
    return FALSE;
  anyio_cancel_scope_cancel (self->scope, "test");
  g_assert_cmpuint (self->fake.n_cancelled, ==, 0);
  anyio_trace ("cancelled");

  return TRUE;
}

/* Awaits self->fake in a scope that is cancelled meanwhile. TRUE if the operation succeeded with @value. */
static gboolean
await_in_scope (Case *self,
                int value,
                GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  int result;

  fake_async (&self->fake, ANYIO_CALL (&call));
  result = fake_finish (anyio_call_await (&call), error);
  anyio_trace ("resumed");
  g_assert_cmpint (result, ==, value);

  return result != 0;
}

static gboolean
operation_obeys (gpointer user_data,
                 GError **error)
{
  g_auto (Case) self = { { 0 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = self.scope = anyio_move_on_after (INFINITY);
  g_autoptr (GError) local_error = NULL;

  g_test_summary ("2.8, 1.8: cancelling the scope fires the operation's cancellable in the next step, and the task gets CANCELLED, which the scope absorbs");

  anyio_task_group_start_soon (group, cancel_scope, &self, NULL);
  g_assert_false (await_in_scope (&self, 0, &local_error));
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (scope, &local_error));
  g_assert_no_error (local_error);
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));
  g_assert_cmpuint (self.fake.n_cancelled, ==, 1);
  g_assert_false (self.fake.cancelled_in_task);
  anyio_assert_trace ("cancelled resumed");

  return anyio_task_group_join (group, error);
}

static gboolean
cancel_and_end (gpointer user_data,
                GError **error)
{
  Case *self = user_data;

  if (!cancel_scope (self, error))
    return FALSE;
  for (int i = 0; i < 3; i++)
    if (!anyio_wait_all_tasks_blocked (error))
      return FALSE;
  g_assert_cmpuint (self->fake.n_cancelled, ==, 1);
  anyio_trace ("end");
  fake_end (&self->fake, 5);

  return TRUE;
}

static gboolean
operation_ignores (gpointer user_data,
                   GError **error)
{
  g_auto (Case) self = { { .ignores = TRUE } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = self.scope = anyio_move_on_after (INFINITY);

  g_test_summary ("2.8: an operation that ignores its cancellable keeps the task suspended until it has called back; its result wins");

  anyio_task_group_start_soon (group, cancel_and_end, &self, NULL);
  g_assert_true (await_in_scope (&self, 5, error));
  anyio_assert_trace ("cancelled end resumed");
  g_assert_false (anyio_sleep (0, error)); /* 2.8: cancellation strikes at the next one */
  g_assert_true (anyio_cancel_scope_exit (scope, error));

  return anyio_task_group_join (group, error);
}

static gboolean
operation_succeeds_although (gpointer user_data,
                             GError **error)
{
  g_auto (Case) self = { { .value_if_cancelled = 6 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = self.scope = anyio_move_on_after (INFINITY);

  g_test_summary ("2.8, 2.10: an operation that ends successfully although it was cancelled has had its effect: the result wins, and nothing was caught");

  anyio_task_group_start_soon (group, cancel_scope, &self, NULL);
  g_assert_true (await_in_scope (&self, 6, error));
  g_assert_true (anyio_cancel_scope_exit (scope, error));
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));

  return anyio_task_group_join (group, error);
}

static gboolean
begun_when_cancelled (gpointer user_data,
                      GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);
  g_autoptr (GError) local_error = NULL;

  g_test_summary ("1.6, 11.12: a call begun in a cancelled scope gets a cancelled cancellable, and the call's own result comes");

  anyio_cancel_scope_cancel (scope, NULL);
  {
    g_auto (Fake) fake = { .ignores = TRUE };
    g_auto (AnyioCall) call = ANYIO_CALL_INIT;

    fake_async (&fake, ANYIO_CALL (&call));
    g_assert_true (g_cancellable_is_cancelled (fake.cancellable));
    fake_end (&fake, 3);
    g_assert_cmpint (fake_finish (anyio_call_await (&call), &local_error), ==, 3);
  }
  {
    g_auto (AnyioCall) call = ANYIO_CALL_INIT;

    fake_soon_async (3, ANYIO_CALL (&call));
    g_assert_cmpint (fake_finish (anyio_call_await (&call), &local_error), ==, 0);
    g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  }
  g_assert_true (anyio_cancel_scope_exit (scope, &local_error));

  return TRUE;
}

static gboolean
scope_left_meanwhile (gpointer user_data,
                      GError **error)
{
  g_auto (Case) self = { { 0 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) outer = self.scope = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioCancelScope) inner = anyio_move_on_after (INFINITY);
  g_autoptr (GError) local_error = NULL;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_test_summary ("11.12: a call under way when its scope is left is handed to the outer scope, whose cancellation reaches it");

  fake_async (&self.fake, ANYIO_CALL (&call));
  g_assert_true (anyio_cancel_scope_exit (inner, error));
  anyio_cancel_scope_cancel (inner, NULL); /* 2.3: after exit only the flag */
  anyio_task_group_start_soon (group, cancel_scope, &self, NULL);
  g_assert_cmpint (fake_finish (anyio_call_await (&call), &local_error), ==, 0);
  g_assert_true (anyio_cancel_scope_exit (outer, &local_error));
  anyio_assert_trace ("cancelled");

  return anyio_task_group_join (group, error);
}

static gboolean
await_for_ever (gpointer user_data,
                GError **error)
{
  Case *self = user_data;
  gboolean success;

  success = await_in_scope (self, 0, error);
  g_assert_false (success);

  return success;
}

static gboolean
task_cancelled_alone (gpointer user_data,
                      GError **error)
{
  g_auto (Case) self = { { 0 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) task = anyio_task_group_create_task (group, await_for_ever, &self, NULL);

  g_test_summary ("5, 2.8: cancelling one task of a group reaches the GIO call that it awaits directly in the group's scope");

  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_task_cancel (task, "alone");
  if (!anyio_task_group_join (group, error))
    return FALSE;
  g_assert_cmpuint (self.fake.n_cancelled, ==, 1);
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_CANCELLED);

  return TRUE;
}

static gboolean
start_with_call (gpointer user_data,
                 GError **error)
{
  Case *self = user_data;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  fake_async (&self->fake, ANYIO_CALL (&call));
  if (!anyio_task_started (NULL, error))
    return FALSE;

  return fake_finish (anyio_call_await (&call), error) != 0;
}

static gboolean
task_handed_over (gpointer user_data,
                  GError **error)
{
  g_auto (Case) self = { { 0 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("4: after started() the caller's scope has no power over the child, nor over the calls that the child has under way; the target has");

  g_assert_true (anyio_task_group_start (group, start_with_call, &self, NULL, NULL, error));
  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_true (anyio_cancel_scope_exit (scope, error));
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  g_assert_cmpuint (self.fake.n_cancelled, ==, 0);
  anyio_task_group_cancel (group, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_cmpuint (self.fake.n_cancelled, ==, 1);

  return TRUE;
}

static gboolean
wait_with_deadline (GError **error)
{
  g_auto (Fake) fake = { 0 };
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  ANYIO_FAIL_AFTER (0.01, error);

  fake_async (&fake, ANYIO_CALL (&call));

  return fake_finish (anyio_call_await (&call), error) != 0;
}

static gboolean
deadline (gpointer user_data,
          GError **error)
{
  g_autoptr (GError) timeout = NULL;
  g_autoptr (GError) cancelled = NULL;
  g_autoptr (AnyioCancelScope) scope = NULL;

  g_test_summary ("2.13: a deadline around a call is TIMED_OUT; the user's own cancel stays CANCELLED");

  g_assert_false (wait_with_deadline (&timeout));
  g_assert_error (timeout, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  scope = anyio_move_on_after (INFINITY);
  anyio_cancel_scope_cancel (scope, "the user");
  g_assert_false (wait_with_deadline (&cancelled));
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));

  return TRUE;
}

static void
return_early (Fake *fake)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  fake_async (fake, ANYIO_CALL (&call));
  anyio_trace ("return");
}

static gboolean
cleared_under_way (gpointer user_data,
                   GError **error)
{
  g_auto (Fake) fake = { .value_if_cancelled = 2 };

  g_test_summary ("11.12: leaving the block with a call under way cancels the operation, waits for it and drops the result");

  return_early (&fake);
  anyio_trace ("returned");
  g_assert_null (fake.task);
  g_assert_cmpuint (fake.n_cancelled, ==, 1);
  anyio_assert_trace ("return returned");

  return TRUE;
}

static gboolean
end_blocked (gpointer user_data,
             GError **error)
{
  ANYIO_SHIELD_FOR (INFINITY);

  if (!anyio_wait_all_tasks_blocked (error))
    return FALSE;
  anyio_trace ("end");
  fake_end (user_data, 5);

  return TRUE;
}

static gboolean
cleared_in_cancelled_scope (gpointer user_data,
                            GError **error)
{
  g_auto (Fake) fake = { .ignores = TRUE };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("11.12: clearing a call waits shielded: also in a cancelled scope, also when the operation ignores its cancellable");

  anyio_task_group_start_soon (group, end_blocked, &fake, NULL);
  anyio_task_group_cancel (group, NULL);
  return_early (&fake);
  anyio_trace ("returned");
  anyio_assert_trace ("return end returned");

  return anyio_task_group_join (group, error);
}

static gboolean
late_cancellation (gpointer user_data,
                   GError **error)
{
  g_auto (Fake) fake = { .late_check = TRUE };
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("2.16, PEERS 6: a cancellation after the ready callback cannot make a GTask drop its finished result");

  fake_async (&fake, ANYIO_CALL (&call));
  fake_end (&fake, 8);
  while (!g_task_get_completed (G_TASK (anyio_call_await (&call))))
    g_assert_not_reached ();
  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_false (anyio_sleep (0, NULL));
  g_assert_false (g_cancellable_is_cancelled (fake.cancellable));
  g_assert_cmpint (fake_finish (anyio_call_await (&call), error), ==, 8);
  g_assert_true (anyio_cancel_scope_exit (scope, error));

  return TRUE;
}

static gboolean
dismiss (gpointer user_data,
         GError **error)
{
  Case *self = user_data;

  {
    g_auto (AnyioCall) call = ANYIO_CALL_INIT;
    g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

    anyio_cancel_scope_cancel (scope, NULL);
    fake_async (&self->fake, ANYIO_CALL (&call));
    fake_end (&self->fake, 1);
    if (fake_finish (anyio_call_await (&call), error) != 1 || !anyio_cancel_scope_exit (scope, error))
      return FALSE;
  }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The user dismissed the dialog");

  return FALSE;
}

static gboolean
stray_after_abort (gpointer user_data,
                   GError **error)
{
  g_auto (Case) self = { { .ignores = TRUE } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (GError) local_error = NULL;

  g_test_summary ("2.11: a call that was aborted but succeeded leaves no mark: a later CANCELLED from elsewhere is stray and fails the group");

  task = anyio_task_group_create_task (group, dismiss, &self, NULL);
  g_assert_false (anyio_task_group_join (group, &local_error));
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FAILED); /* 11.7 */

  return TRUE;
}

/* One call is awaited, one cleared, and if the task is cancelled before, the first is, too. */
static gboolean
use_calls (Fake *fake,
           GError **error)
{
  g_auto (AnyioCall) awaited = ANYIO_CALL_INIT;
  g_auto (AnyioCall) cleared = ANYIO_CALL_INIT;

  fake_soon_async (3, ANYIO_CALL (&awaited));
  fake_async (fake, ANYIO_CALL (&cleared));
  if (!anyio_checkpoint (error) || fake_finish (anyio_call_await (&awaited), error) != 3 || !anyio_checkpoint (error))
    return FALSE;
  anyio_call_clear (&cleared);
  g_assert_null (fake->task);

  return anyio_checkpoint (error);
}

static gboolean
use_everywhere (gpointer user_data,
                GError **error)
{
  g_auto (Fake) fake = { 0 };
  gboolean success = use_calls (&fake, error);

  g_assert_null (fake.task); /* it has ended, cancelled once */
  g_assert_cmpuint (fake.n_cancelled, ==, 1);

  return success;
}

static void
everywhere (void)
{
  g_test_summary ("1.5, I3: cancelled anywhere, a call has ended when its memory is free again, and its cancellable is back");

  g_assert_cmpuint (anyio_test_cancel_everywhere (use_everywhere, NULL, NULL), >=, 4);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/call-cancel/operation-obeys/cancelled", operation_obeys);
  anyio_test_add_func ("/call-cancel/operation-ignores/waits-for-it", operation_ignores);
  anyio_test_add_func ("/call-cancel/operation-succeeds-although/result-wins", operation_succeeds_although);
  anyio_test_add_func ("/call-cancel/begun-when-cancelled/own-result", begun_when_cancelled);
  anyio_test_add_func ("/call-cancel/scope-left-meanwhile/outer-scope-cancels", scope_left_meanwhile);
  anyio_test_add_func ("/call-cancel/task-cancelled-alone/reaches-the-call", task_cancelled_alone);
  anyio_test_add_func ("/call-cancel/task-handed-over/target-cancels", task_handed_over);
  anyio_test_add_func_real_time ("/call-cancel/deadline/timed-out", deadline);
  anyio_test_add_func ("/call-cancel/cleared-under-way/cancels-and-waits", cleared_under_way);
  anyio_test_add_func ("/call-cancel/cleared-in-cancelled-scope/waits-shielded", cleared_in_cancelled_scope);
  anyio_test_add_func ("/call-cancel/late-cancellation/result-stays", late_cancellation);
  anyio_test_add_func ("/call-cancel/stray-after-abort/fails-the-group", stray_after_abort);
  g_test_add_func ("/call-cancel/everywhere/has-ended", everywhere);

  return g_test_run ();
}
