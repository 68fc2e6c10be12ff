/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Several functions at once: all, the first that ends, the first that succeeds. */

#include "../core/core-test.h"
#include "../core/jobs.h"

#define PART(job) { (job).name, do_job, &(job) }

static gboolean
test_gather (gpointer data, GError **error)
{
  Job a = { "a", 2 };
  Job b = { "b", 1 };
  const AnyioPart parts[] = { PART (a), PART (b) };

  g_test_summary ("SEMANTICS 5: gather waits for all, and all run at once");

  g_assert_true (anyio_gather (parts, 2, error));
  anyio_assert_trace ("a+ b+ b- a-");
  assert_time (2);
  g_assert_true (anyio_gather (NULL, 0, error));

  return TRUE;
}

static gboolean
test_gather_fails (gpointer data, GError **error)
{
  Job a = { "a", 9 };
  Job b = { "b", 1, "no b" };
  const AnyioPart parts[] = { PART (a), PART (b) };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 5: the first failure cancels the rest and comes out as it is");

  g_assert_false (anyio_gather (parts, 2, &failure));
  assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "no b");
  anyio_assert_trace ("a+ b+ bx a!");
  assert_time (1);

  return TRUE;
}

static gboolean
test_gather_cancelled (gpointer data, GError **error)
{
  Job a = { "a", 9, NULL, 1 };
  const AnyioPart parts[] = { PART (a) };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);

  g_test_summary ("SEMANTICS 3.1, 5: who is cancelled in it cancels the parts and waits for them");

  assert_is_cancelled (anyio_gather (parts, 1, &failure), failure);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  anyio_assert_trace ("a+ a! a~");
  assert_time (2);

  return TRUE;
}

static void
test_no_task (void)
{
  g_autoptr (GError) failure = NULL;
  Job a = { "a", 1 };
  const AnyioPart parts[] = { PART (a) };

  g_test_summary ("SEMANTICS 11.1: outside tasks nothing is run, and that is told");

  expect_critical ("*");
  g_assert_false (anyio_gather (parts, 1, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_clear_error (&failure);
  expect_critical ("*");
  g_assert_cmpint (anyio_race (parts, 1, &failure), ==, -1);
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_clear_error (&failure);
  expect_critical ("*");
  g_assert_cmpint (anyio_first_success (parts, 1, 1, &failure), ==, -1);
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
}

static gboolean
test_race (gpointer data, GError **error)
{
  Job a = { "a", 2 };
  Job b = { "b", 1 };
  Job c = { "c", 9, NULL, 1 };
  const AnyioPart parts[] = { PART (a), PART (b), PART (c) };

  g_test_summary ("SEMANTICS 5, 3.9: the first that ends decides, and the losers have ended, too");

  g_assert_cmpint (anyio_race (parts, 3, error), ==, 1);
  anyio_assert_trace ("a+ b+ c+ b- a! c! c~");
  assert_time (2);

  return TRUE;
}

static gboolean
ignore_cancellation (gpointer data, GError **error)
{
  anyio_sleep_forever (NULL);

  return TRUE;
}

static gboolean
test_race_fails (gpointer data, GError **error)
{
  Job b = { "b", 1, "no b" };
  const AnyioPart parts[] = { ANYIO_PART (ignore_cancellation, NULL), PART (b) };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 5: a failure that comes first is the outcome, whatever the losers say afterwards");

  g_assert_cmpint (anyio_race (parts, 2, &failure), ==, -1);
  assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "no b");
  g_assert_cmpint (anyio_race (NULL, 0, &failure), ==, -1);
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_EMPTY);
  anyio_trace_clear ();

  return TRUE;
}

static gboolean
test_first_success (gpointer data, GError **error)
{
  Job a = { "a", 9 };
  Job b = { "b", 1, "no b" };
  Job c = { "c", 3 };
  const AnyioPart parts[] = { PART (a), PART (b), PART (c) };

  g_test_summary ("SEMANTICS 5: without stagger all are started at once, failures are passed over");

  g_assert_cmpint (anyio_first_success (parts, 3, 0, error), ==, 2);
  anyio_assert_trace ("a+ b+ c+ bx c- a!");
  assert_time (3);

  return TRUE;
}

static gboolean
test_stagger (gpointer data, GError **error)
{
  Job a = { "a", 9 };
  Job b = { "b", 0.5, "no b" };
  Job c = { "c", 1 };
  Job d = { "d", 1 };
  const AnyioPart parts[] = { PART (a), PART (b), PART (c), PART (d) };

  g_test_summary ("SEMANTICS 5: the next one is started after the delay, or at once when one has failed; after a success none is");

  g_assert_cmpint (anyio_first_success (parts, 4, 2, error), ==, 2);
  anyio_assert_trace ("a+ b+ bx c+ c- a!");
  assert_time (3.5);

  return TRUE;
}

static gboolean
test_one_by_one (gpointer data, GError **error)
{
  Job a = { "a", 1, "no a" };
  Job b = { "b", 1, "no b" };
  const AnyioPart parts[] = { PART (a), PART (b) };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 5: an infinite stagger tries one after another; if all fail, all failures come out");

  g_assert_cmpint (anyio_first_success (parts, 2, INFINITY, &failure), ==, -1);
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  g_assert_cmpuint (anyio_error_group_get_errors (failure)->len, ==, 2);
  anyio_assert_trace ("a+ ax b+ bx");
  assert_time (2);
  g_clear_error (&failure);
  g_assert_cmpint (anyio_first_success (NULL, 0, 1, &failure), ==, -1);
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_EMPTY);

  return TRUE;
}

static gboolean
test_stagger_cancelled (gpointer data, GError **error)
{
  Job a = { "a", 9 };
  Job b = { "b", 9 };
  const AnyioPart parts[] = { PART (a), PART (b) };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);

  g_test_summary ("SEMANTICS 2.2, 5: who is cancelled between two starts starts no more");

  assert_is_cancelled (anyio_first_success (parts, 2, 5, &failure) >= 0, failure);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  anyio_assert_trace ("a+ a!");
  assert_time (1);

  return TRUE;
}

/* Tries @parts under a deadline of 2 s. */
static void
assert_attempts_time_out (const AnyioPart *parts, guint n_parts, double stagger)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_fail_after (2, &failure);

  assert_is_cancelled (anyio_first_success (parts, n_parts, stagger, &failure) >= 0, failure);
  g_assert_false (anyio_cancel_scope_exit (scope, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static gboolean
test_timed_out (gpointer data, GError **error)
{
  Job a = { "a", 1, "no a" };
  Job b = { "b", 9 };
  Job c = { "c", 9, NULL, 1, "broken" };
  Job d = { "d", 9 };
  const AnyioPart some[] = { PART (a), PART (b) };
  const AnyioPart one_by_one[] = { PART (c), PART (d) };

  g_test_summary ("SEMANTICS 2.13, 5: attempts that a deadline ends have timed out, also if some have failed; those that were to come have not failed");

  assert_attempts_time_out (some, 2, 0);
  anyio_assert_trace ("a+ b+ ax b!");
  assert_attempts_time_out (one_by_one, 2, INFINITY);
  anyio_trace_clear ();

  return TRUE;
}

static gboolean
cancel_itself (gpointer data, GError **error)
{
  anyio_task_cancel (anyio_get_current_task (), "of its own will");

  return anyio_sleep (1, error);
}

static gboolean
test_race_cancels_itself (gpointer data, GError **error)
{
  Job b = { "b", 9 };
  const AnyioPart parts[] = { { "a", cancel_itself, NULL }, PART (b) };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 3.9: a part that is cancelled alone ends the race, and there is an error because nobody won");

  g_assert_cmpint (anyio_race (parts, 2, &failure), ==, -1);
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_EMPTY);
  anyio_assert_trace ("b+ b!");

  return TRUE;
}

static gboolean
insist (gpointer data, GError **error)
{
  anyio_sleep (9, NULL);

  return TRUE;
}

static gboolean
test_late_success (gpointer data, GError **error)
{
  const AnyioPart parts[] = { { "insist", insist, NULL }, { "succeed", succeed, NULL } };

  g_test_summary ("One that succeeds although it was cancelled has not won");

  g_assert_cmpint (anyio_race (parts, G_N_ELEMENTS (parts), error), ==, 1);
  assert_time (0);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/gather/all", test_gather);
  core_add_ordered ("/gather/failure", test_gather_fails);
  anyio_test_add_func ("/gather/cancelled", test_gather_cancelled);
  g_test_add_func ("/gather/no-task", test_no_task);
  core_add_ordered ("/race/first-ends", test_race);
  anyio_test_add_func ("/race/first-fails", test_race_fails);
  core_add_ordered ("/race/first-cancels-itself", test_race_cancels_itself);
  core_add_ordered ("/first-success/at-once", test_first_success);
  core_add_ordered ("/first-success/stagger", test_stagger);
  anyio_test_add_func ("/first-success/none", test_one_by_one);
  anyio_test_add_func ("/first-success/cancelled", test_stagger_cancelled);
  core_add_ordered ("/first-success/timed-out", test_timed_out);
  anyio_test_add_func ("/race/late-success", test_late_success);

  return g_test_run ();
}
