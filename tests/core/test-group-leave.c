/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Leaving a task group early, through the cleanup of g_autoptr: the children are cancelled and waited for, and the error of the function is put right. */

#include "jobs.h"

/* A function as users write it. It sleeps in the body and returns as it likes. */
typedef struct
{
  Job *jobs;
  guint n_jobs;
  double delay;           /* of the body */
  const char *failure;    /* the body fails with it after the delay */
  double cancel_after;    /* cancels its own group instead, after that time; 0: does not */
  gboolean claim_success; /* returns TRUE without a join */
} Function;

static gboolean
call (const Function *self, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  start_jobs (group, self->jobs, self->n_jobs);
  if (self->cancel_after > 0)
    {
      if (!anyio_sleep (self->cancel_after, error))
        return FALSE;
      anyio_task_group_cancel (group, "enough");
    }
  if (self->claim_success)
    {
      sleep_shielded (self->delay);
      return TRUE;
    }
  if (!anyio_sleep (self->delay, error))
    return FALSE;
  if (self->failure != NULL)
    return fail_with (error, G_IO_ERROR_BUSY, self->failure);

  return anyio_task_group_join (group, error);
}

static gboolean
test_error_of_child (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "gone" }, { "b", 9, NULL, 2 } };
  Function function = { jobs, 2, .delay = 9 };
  g_autoptr (GError) result = NULL;

  g_test_summary ("SEMANTICS 3.8: when a child's failure cancelled the body, the cleanup puts that failure in the place of the body's CANCELLED, after all children have ended");

  g_assert_false (call (&function, &result));
  assert_and_clear (&result, G_IO_ERROR_NOT_FOUND, "gone");
  anyio_assert_trace ("a+ b+ ax b! b~");
  assert_time (3);

  return TRUE;
}

static gboolean
test_real_error_of_body (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 9 }, { "b", 9 } };
  Function function = { jobs, 2, .delay = 1, .failure = "full" };
  g_autoptr (GError) result = NULL;

  g_test_summary ("SEMANTICS 3.8: a body that fails cancels its children and keeps its error");

  g_assert_false (call (&function, &result));
  assert_and_clear (&result, G_IO_ERROR_BUSY, "full");
  anyio_assert_trace ("a+ b+ a! b!");
  assert_time (1);

  return TRUE;
}

static gboolean
test_real_errors_of_both (gpointer data, GError **error)
{
  Job job = { "a", 9, NULL, 1, "broken" };
  Function function = { &job, 1, .delay = 1, .failure = "full" };
  g_autoptr (GError) result = NULL;
  GPtrArray *errors;

  g_test_summary ("SEMANTICS 3.8: a real error of the body joins those of the group");

  g_assert_false (call (&function, &result));
  g_assert_error (result, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  errors = anyio_error_group_get_errors (result);
  g_assert_cmpuint (errors->len, ==, 2);
  g_assert_error ((GError *) errors->pdata[0], G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_error ((GError *) errors->pdata[1], G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);

  return TRUE;
}

static gboolean
call_function (gpointer data, GError **error)
{
  return call (data, error);
}

static gboolean
test_own_cancellation_stays (gpointer data, GError **error)
{
  Job job = { "a", 9 };
  Function function = { &job, 1, .delay = 9, .cancel_after = 1 };
  g_autoptr (GError) result = NULL;
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 3.8: a cleanup cannot turn FALSE into TRUE: the group's own CANCELLED stays, and is from there on an ordinary error");

  g_assert_false (call (&function, &result));
  g_assert_error (result, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (g_str_has_suffix (result->message, "enough"));
  assert_time (1);
  g_clear_error (&result);

  /* In a child: it fails the group above. */
  anyio_task_group_start_soon (outer, call_function, &function, NULL);
  g_assert_false (anyio_task_group_join (outer, &result));
  g_assert_error (result, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (anyio_cancel_scope_get_reason (anyio_task_group_get_cancel_scope (outer), NULL, NULL), ==, ANYIO_CANCEL_CHILD_FAILED);

  return TRUE;
}

static gboolean
test_outer_cancellation_passes (gpointer data, GError **error)
{
  Job job = { "a", 9 };
  Function function = { &job, 1, .delay = 9 };
  g_autoptr (GError) result = NULL;
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (1);

  g_test_summary ("SEMANTICS 3.8, 2.9: the CANCELLED of an outer scope passes through a group that is left early, and the explicit exit of that scope absorbs it");

  g_assert_false (call (&function, &result));
  g_assert_error (result, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (outer, &result));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (outer));
  anyio_assert_trace ("a+ a!");

  return TRUE;
}

static gboolean
test_claimed_success (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 9, NULL, 2 }, { "b", 1 } };
  Function function = { jobs, 2, .delay = 2, .claim_success = TRUE };

  g_test_summary ("SEMANTICS 3.8: a body that returns TRUE without a join cancels its children and waits for them; if none failed it stays a success");

  g_assert_true (call (&function, error));
  g_assert_no_error (*error);
  anyio_assert_trace ("a+ b+ b- a! a~");
  assert_time (4);

  return TRUE;
}

static gboolean
test_claimed_success_with_failure (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "gone" }, { "b", 9, NULL, 9, "broken" } };
  Function first = { jobs, 1, .delay = 2, .claim_success = TRUE };
  Function second = { jobs + 1, 1, .delay = 2, .claim_success = TRUE };

  g_test_summary ("SEMANTICS 3.8, 3.5: if the body claimed success and a child really failed, before the cleanup or in it, that is a critical message");

  expect_critical ("*claimed-success*without anyio_task_group_join()*had failed: gone*");
  g_assert_true (call (&first, error));
  g_test_assert_expected_messages ();
  g_assert_no_error (*error);

  expect_critical ("*claimed-success*without anyio_task_group_join()*had failed: broken*");
  g_assert_true (call (&second, error));
  g_test_assert_expected_messages ();
  g_assert_no_error (*error);

  return TRUE;
}

static gboolean
test_no_location (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1, "gone" }, { "b", 9, NULL, 2, "broken" } };
  Function claims = { jobs, 2, .delay = 2, .claim_success = TRUE };
  Function fails = { jobs, 2, .delay = 9 };

  g_test_summary ("SEMANTICS 3.8: with no error location errors are dropped, without a word, as everywhere in GLib");

  g_assert_true (call (&claims, NULL));
  g_assert_false (call (&fails, NULL));
  anyio_assert_trace ("a+ b+ ax b! b~ a+ b+ ax b! b~");

  return TRUE;
}

typedef struct
{
  const char *string; /* of the function that owns the group */
  const char **seen;
} Borrower;

static gboolean
borrow (gpointer data, GError **error)
{
  Borrower *self = data;

  anyio_sleep_forever (NULL);
  sleep_shielded (1);
  *self->seen = g_intern_string (self->string);

  return TRUE;
}

static void
lend (const char **seen)
{
  g_autofree char *string = g_strdup ("still there");
  Borrower borrower = { string, seen };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  anyio_task_group_start_soon (group, borrow, &borrower, NULL);
  anyio_checkpoint (NULL);
}

static gboolean
test_reverse_order (gpointer data, GError **error)
{
  const char *seen = NULL;

  g_test_summary ("SEMANTICS 3.8: a group that is declared after what its children borrow joins before that dies");

  lend (&seen);
  g_assert_cmpstr (seen, ==, "still there");
  assert_time (1);

  return TRUE;
}

static gboolean
tell_reason (gpointer data, GError **error)
{
  AnyioCancelKind *kind = data;
  const char *text = NULL;

  anyio_sleep_forever (NULL);
  *kind = anyio_cancel_scope_get_reason (anyio_current_cancel_scope (), &text, NULL);
  anyio_trace ("%s", text);

  return TRUE;
}

static gboolean
leave_with_reason (AnyioCancelKind *kind, gboolean fails, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon (group, tell_reason, kind, NULL);
  g_assert_true (anyio_checkpoint (error));

  return !fails || fail_with (error, G_IO_ERROR_BUSY, "full");
}

static gboolean
test_reason (gpointer data, GError **error)
{
  AnyioCancelKind kind = ANYIO_CANCEL_NONE;
  g_autoptr (GError) result = NULL;

  g_test_summary ("SEMANTICS 11.3: the cleanup cancels with reason body failed if the error location is set, else explicit, \"left early\"");

  g_assert_true (leave_with_reason (&kind, FALSE, error));
  g_assert_cmpint (kind, ==, ANYIO_CANCEL_EXPLICIT);
  g_assert_nonnull (strstr (anyio_trace_get (), "left early"));
  anyio_trace_clear ();
  g_assert_false (leave_with_reason (&kind, TRUE, &result));
  g_assert_cmpint (kind, ==, ANYIO_CANCEL_BODY_FAILED);
  anyio_assert_trace ("full");

  return TRUE;
}

static gboolean
dismissed_body (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  start_jobs (group, data, 1);
  g_assert_true (anyio_checkpoint (error));

  return fail_with (error, G_IO_ERROR_CANCELLED, "dismissed");
}

static gboolean
test_stray_body (gpointer data, GError **error)
{
  Job job = { "a", 9, NULL, 1, "broken" };
  g_autoptr (GError) result = NULL;

  g_test_summary ("SEMANTICS 11.3, 2.11: leaves are judged by eff from before the cleanup's own cancel, so a stray CANCELLED of the body stays a leaf");

  g_assert_false (dismissed_body (&job, &result));
  g_assert_error (result, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  g_assert_true (anyio_error_matches (result, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_assert_true (anyio_error_matches (result, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE));

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/group-leave/child-failed/takes-place-of-cancelled", test_error_of_child);
  core_add_ordered ("/group-leave/body-failed/keeps-error", test_real_error_of_body);
  anyio_test_add_func ("/group-leave/both-failed/errors-join", test_real_errors_of_both);
  anyio_test_add_func ("/group-leave/own-cancellation/stays", test_own_cancellation_stays);
  anyio_test_add_func ("/group-leave/outer-cancellation/passes", test_outer_cancellation_passes);
  core_add_ordered ("/group-leave/claimed-success/stays", test_claimed_success);
  anyio_test_add_func ("/group-leave/claimed-success-with-failure/is-critical", test_claimed_success_with_failure);
  core_add_ordered ("/group-leave/no-location/is-silent", test_no_location);
  anyio_test_add_func ("/group-leave/declared-after-borrowed/joins-before", test_reverse_order);
  anyio_test_add_func ("/group-leave/reason/tells-why", test_reason);
  anyio_test_add_func ("/group-leave/stray-body/is-ordinary", test_stray_body);

  return g_test_run ();
}
