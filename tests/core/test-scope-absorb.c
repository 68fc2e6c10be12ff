/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which scope absorbs a cancellation, and what is not a cancellation of ours. */

#include "core-test.h"

static gboolean
test_own (gpointer user_data,
          GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("SEMANTICS 2.9: the cancelled scope absorbs; an empty error is success, and caught is TRUE");

  anyio_cancel_scope_cancel (scope, NULL);
  assert_is_cancelled (anyio_sleep (1, &cancelled), cancelled);
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));
  g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));
  g_assert_no_error (cancelled);
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));

  return TRUE;
}

/* Cancels those of three nested scopes whose letter is in @cancelled, shields those in @shielded; returns the one that caught, or "-". */
static const char *
who_absorbs (const char *cancelled,
             const char *shielded)
{
  static const char *const names[] = { "a", "b", "c" };
  AnyioCancelScope *scopes[3];
  g_autoptr (GError) error = NULL;
  const char *caught = "-";

  for (guint i = 0; i < 3; i++)
    {
      scopes[i] = anyio_cancel_scope_new ();
      anyio_cancel_scope_set_shield (scopes[i], strstr (shielded, names[i]) != NULL);
      anyio_cancel_scope_enter (scopes[i]);
    }
  for (guint i = 3; i-- > 0;)
    if (strstr (cancelled, names[i]) != NULL)
      anyio_cancel_scope_cancel (scopes[i], NULL);

  if (anyio_sleep (1, &error))
    caught = "none";
  for (guint i = 3; i-- > 0;)
    {
      gboolean had_error = error != NULL;
      gboolean success = anyio_cancel_scope_exit (scopes[i], &error);

      g_assert_true (success == (error == NULL));
      g_assert_true (anyio_cancel_scope_get_cancelled_caught (scopes[i]) == (had_error && success));
      if (had_error && success)
        caught = names[i];
      g_object_unref (scopes[i]);
    }
  g_assert_no_error (error);

  return caught;
}

static gboolean
test_nested (gpointer user_data,
             GError **error)
{
  g_test_summary ("SEMANTICS 2.9, I11: the absorber is the outermost cancelled scope that no shield cuts off");

  g_assert_cmpstr (who_absorbs ("", ""), ==, "none");
  g_assert_cmpstr (who_absorbs ("a", ""), ==, "a");
  g_assert_cmpstr (who_absorbs ("b", ""), ==, "b");
  g_assert_cmpstr (who_absorbs ("c", ""), ==, "c");
  g_assert_cmpstr (who_absorbs ("ac", ""), ==, "a");
  g_assert_cmpstr (who_absorbs ("bc", ""), ==, "b");
  g_assert_cmpstr (who_absorbs ("abc", ""), ==, "a");
  g_assert_cmpstr (who_absorbs ("abc", "b"), ==, "b");
  g_assert_cmpstr (who_absorbs ("abc", "c"), ==, "c");
  g_assert_cmpstr (who_absorbs ("ac", "b"), ==, "c");
  g_assert_cmpstr (who_absorbs ("ab", "c"), ==, "none");
  g_assert_cmpstr (who_absorbs ("a", "b"), ==, "none");
  g_assert_cmpstr (who_absorbs ("b", "b"), ==, "b");
  g_assert_cmpstr (who_absorbs ("abc", "a"), ==, "a");

  return TRUE;
}

static gboolean
test_state_at_exit (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("SEMANTICS 2.9: the state at exit decides, not the state at delivery: the outer one, cancelled later, absorbs");

  anyio_cancel_scope_cancel (inner, NULL);
  assert_is_cancelled (anyio_sleep (1, &cancelled), cancelled);
  anyio_cancel_scope_cancel (outer, NULL);
  assert_is_cancelled (anyio_cancel_scope_exit (inner, &cancelled), cancelled);
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (inner));
  g_assert_true (anyio_cancel_scope_exit (outer, &cancelled));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (outer));

  return TRUE;
}

static gboolean
test_shield_at_exit (gpointer user_data,
                     GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) middle = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("SEMANTICS 2.9, I8: a shield raised before the exit makes the scope stop to be cancelled: it absorbs nothing");

  anyio_cancel_scope_cancel (outer, NULL);
  assert_is_cancelled (anyio_sleep (1, &cancelled), cancelled);
  anyio_cancel_scope_set_shield (middle, TRUE);
  assert_is_cancelled (anyio_cancel_scope_exit (inner, &cancelled), cancelled);
  assert_is_cancelled (anyio_cancel_scope_exit (middle, &cancelled), cancelled);
  g_assert_true (anyio_cancel_scope_exit (outer, &cancelled));

  return TRUE;
}

static gboolean
test_other_error (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) failure = NULL;
  const GError *same;

  g_test_summary ("SEMANTICS 2.9: any other error passes unchanged through a cancelled scope");

  anyio_cancel_scope_cancel (scope, NULL);
  assert_sleep_is_cancelled ();
  g_set_error_literal (&failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "not there");
  same = failure;
  g_assert_false (anyio_cancel_scope_exit (scope, &failure));
  g_assert_true (failure == same);
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));

  return TRUE;
}

static gboolean
test_never_met (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.10: a cancellation that never met a suspension point is no error: called TRUE, caught FALSE");

  anyio_cancel_scope_cancel (scope, NULL);
  assert_exits (scope);
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));

  return TRUE;
}

static gboolean
test_not_cancelled (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) stray = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "the dialog was dismissed");

  g_test_summary ("SEMANTICS 2.11, I8: a scope that is not cancelled absorbs nothing, not even a CANCELLED");

  g_assert_false (anyio_cancel_scope_exit (scope, &stray));
  g_assert_error (stray, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (stray->message, ==, "the dialog was dismissed");
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));

  return TRUE;
}

static gboolean
test_plain_scope (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) stray = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "the dialog was dismissed");

  g_test_summary ("SEMANTICS 2.11: in a plain scope's exit every CANCELLED counts as the scope's own if it is cancelled");

  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_true (anyio_cancel_scope_exit (scope, &stray));
  g_assert_no_error (stray);
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));

  return TRUE;
}

static gboolean
fail_stray (gpointer user_data,
            GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the dialog was dismissed");

  return FALSE;
}

static gboolean
sleep_and_trace (gpointer user_data,
                 GError **error)
{
  gboolean slept = anyio_sleep (10, error);

  anyio_trace ("%s", slept ? "slept" : "cancelled");

  return slept;
}

static gboolean
test_stray_child (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioCancelScope *scope = anyio_task_group_get_cancel_scope (group);
  g_autoptr (GError) stray = NULL;

  g_test_summary ("SEMANTICS 2.11, 11.7: a stray CANCELLED of a child fails the group like any error and is never stripped");

  anyio_task_group_start_soon (group, sleep_and_trace, NULL, NULL);
  task = anyio_task_group_create_task (group, fail_stray, NULL, NULL);
  g_assert_false (anyio_task_group_join (group, &stray));
  g_assert_error (stray, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (stray->message, ==, "the dialog was dismissed");
  anyio_assert_trace ("cancelled");
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FAILED);
  g_assert_cmpint (anyio_cancel_scope_get_reason (scope, NULL, NULL), ==, ANYIO_CANCEL_CHILD_FAILED);

  return TRUE;
}

static gboolean
test_stray_body (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GError) stray = NULL;

  g_test_summary ("SEMANTICS 2.11: so does one of the group's body");

  fail_stray (NULL, &stray);
  g_assert_false (anyio_task_group_join (group, &stray));
  g_assert_error (stray, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (stray->message, ==, "the dialog was dismissed");

  return TRUE;
}

static gboolean
fail_stray_later (gpointer user_data,
                  GError **error)
{
  anyio_shielded_checkpoint ();

  return fail_stray (NULL, error);
}

static gboolean
test_stray_while_cancelled (gpointer user_data,
                            GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.11: a CANCELLED that is recorded while the task's scope is cancelled counts as ours, wherever it comes from");

  anyio_task_group_start_soon (group, fail_stray_later, NULL, NULL);
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);

  return TRUE;
}

typedef struct
{
  AnyioCancelScope *scope;
} Shielding;

static gboolean
swallow_nothing (gpointer user_data,
                 GError **error)
{
  Shielding *self = user_data;
  gboolean slept = anyio_sleep (10, error);

  anyio_cancel_scope_set_shield (self->scope, TRUE);

  return slept;
}

static gboolean
test_shield_makes_no_stray (gpointer user_data,
                            GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  Shielding shielding = { anyio_task_group_get_cancel_scope (group) };
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("SEMANTICS 2.11: a CANCELLED that answers our own abort is never stray, whatever shields did meanwhile");

  anyio_task_group_start_soon (group, swallow_nothing, &shielding, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_cancel_scope_cancel (outer, NULL);
  g_assert_true (anyio_task_group_join (group, &cancelled));
  g_assert_no_error (cancelled);
  assert_exits (outer);

  return TRUE;
}

static gboolean
fail_really (gpointer user_data,
             GError **error)
{
  if (!anyio_sleep (1, error))
    return FALSE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "not there");

  return FALSE;
}

static gboolean
test_stray_and_real (gpointer user_data,
                     GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GError) both = NULL;
  GPtrArray *errors;

  g_test_summary ("SEMANTICS 2.11, I10: beside another failure a stray CANCELLED is one of the group's errors");

  anyio_task_group_start_soon (group, fail_stray, NULL, NULL);
  g_assert_false (anyio_sleep (1, NULL));
  g_set_error_literal (&both, G_IO_ERROR, G_IO_ERROR_EXISTS, "the body failed");
  g_assert_false (anyio_task_group_join (group, &both));
  g_assert_error (both, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  errors = anyio_error_group_get_errors (both);
  g_assert_cmpuint (errors->len, ==, 2);
  g_assert_error ((GError *) errors->pdata[0], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_error ((GError *) errors->pdata[1], G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_false (anyio_cancel_scope_exit (scope, &both));

  return TRUE;
}

static gboolean
test_real_wins (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 2.9, I9: our own cancellations are stripped beside a real error");

  anyio_task_group_start_soon (group, fail_really, NULL, NULL);
  anyio_task_group_start_soon (group, sleep_and_trace, NULL, NULL);
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  anyio_assert_trace ("cancelled");

  return TRUE;
}

static gboolean
leave_by_cleanup (GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  anyio_cancel_scope_cancel (scope, NULL);

  return anyio_sleep (1, error);
}

static gboolean
test_cleanup (gpointer user_data,
              GError **error)
{
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("SEMANTICS 3.8, 11.4: only an explicit exit absorbs; a cleanup passes the CANCELLED on");

  assert_is_cancelled (leave_by_cleanup (&cancelled), cancelled);
  assert_sleeps (1);

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/scope-absorb/own-cancellation/absorbed", test_own);
  anyio_test_add_func ("/scope-absorb/nested/outermost-not-cut-off", test_nested);
  anyio_test_add_func ("/scope-absorb/outer-cancelled-later/state-at-exit", test_state_at_exit);
  anyio_test_add_func ("/scope-absorb/shield-raised-before-exit/absorbs-nothing", test_shield_at_exit);
  anyio_test_add_func ("/scope-absorb/other-error/passes", test_other_error);
  anyio_test_add_func ("/scope-absorb/no-suspension-point/not-caught", test_never_met);
  anyio_test_add_func ("/scope-absorb/not-cancelled/passes", test_not_cancelled);
  anyio_test_add_func ("/scope-absorb/foreign-in-plain-scope/absorbed", test_plain_scope);
  anyio_test_add_func ("/scope-absorb/stray-of-child/fails-group", test_stray_child);
  anyio_test_add_func ("/scope-absorb/stray-of-body/fails-group", test_stray_body);
  anyio_test_add_func ("/scope-absorb/foreign-while-cancelled/counts-as-ours", test_stray_while_cancelled);
  anyio_test_add_func ("/scope-absorb/shield-after-abort/not-stray", test_shield_makes_no_stray);
  anyio_test_add_func ("/scope-absorb/stray-beside-failure/kept", test_stray_and_real);
  anyio_test_add_func ("/scope-absorb/ours-beside-failure/stripped", test_real_wins);
  anyio_test_add_func ("/scope-absorb/cleanup/passes", test_cleanup);

  return g_test_run ();
}
