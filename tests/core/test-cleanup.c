/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Deferred cleanups of scopes and groups: order, shield, grace, failures. */

#include "jobs.h"

typedef struct
{
  const char *name;
  double delay;
  const char *failure;
} Cleanup;

static gboolean
clean_up (gpointer data, GError **error)
{
  const Cleanup *self = data;

  anyio_trace ("%s", self->name);
  if (!anyio_sleep (self->delay, error))
    return FALSE;
  anyio_trace ("%s-", self->name);

  return self->failure == NULL || fail_with (error, G_IO_ERROR_BROKEN_PIPE, self->failure);
}

static void
destroy_cb (gpointer data)
{
  const Cleanup *self = data;

  anyio_trace ("~%s", self->name);
}

static void
defer_all (AnyioCancelScope *scope, Cleanup *cleanups, guint n_cleanups)
{
  for (guint i = 0; i < n_cleanups; i++)
    anyio_cancel_scope_defer (scope, clean_up, &cleanups[i], destroy_cb);
}

static gboolean
test_order (gpointer data, GError **error)
{
  Cleanup cleanups[] = { { "a", 1 }, { "b", 2 }, { "c", 0 } };
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("SEMANTICS 8.9, I25: deferred cleanups run in reverse order when the scope is left, once each, and may suspend");

  defer_all (scope, cleanups, G_N_ELEMENTS (cleanups));
  anyio_trace ("body");
  g_assert_true (anyio_cancel_scope_exit (scope, error));
  anyio_assert_trace ("body c c- ~c b b- ~b a a- ~a");
  assert_time (3);
  g_assert_true (anyio_cancel_scope_exit (scope, error));
  anyio_assert_trace ("body c c- ~c b b- ~b a a- ~a");

  return TRUE;
}

static gboolean
test_shielded (gpointer data, GError **error)
{
  Cleanup cleanups[] = { { "a", 1 }, { "b", 2 } };
  g_autoptr (GError) inside = NULL;
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("SEMANTICS 8.9: cleanups run shielded from the scope itself and from those around it");

  defer_all (scope, cleanups, 2);
  anyio_cancel_scope_cancel (scope, NULL);
  anyio_cancel_scope_cancel (outer, NULL);
  g_assert_false (anyio_checkpoint (&inside));
  g_assert_false (anyio_cancel_scope_exit (scope, &inside));
  g_assert_error (inside, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (outer, &inside));
  anyio_assert_trace ("b b- ~b a a- ~a");
  assert_time (3);

  return TRUE;
}

static gboolean
test_grace (gpointer data, GError **error)
{
  Cleanup cleanups[] = { { "a", 1 }, { "b", 4 }, { "c", 3 } };
  g_autoptr (GError) left = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("SEMANTICS 8.9: all cleanups together have 5 s; what waits then is cancelled, the others still begin, and the scope fails with TIMED_OUT, once");

  defer_all (scope, cleanups, G_N_ELEMENTS (cleanups));
  g_assert_false (anyio_cancel_scope_exit (scope, &left));
  g_assert_error (left, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  anyio_assert_trace ("c c- ~c b ~b a ~a");
  assert_time (5);

  return TRUE;
}

static gboolean
test_set_grace (gpointer data, GError **error)
{
  Cleanup cleanup = { "a", 100 };
  double graces[] = { 2, 0, 1000, INFINITY };
  double times[] = { 2, 2, 102, 202 };

  g_test_summary ("SEMANTICS 8.9: the grace can be set; 0 lets cleanups run to their first suspension point, infinity lets them take their time");

  for (guint i = 0; i < G_N_ELEMENTS (graces); i++)
    {
      g_autoptr (GError) left = NULL;
      g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

      anyio_cancel_scope_set_grace (scope, graces[i]);
      defer_all (scope, &cleanup, 1);
      g_assert_cmpint (anyio_cancel_scope_exit (scope, &left), ==, i >= 2);
      if (i < 2)
        g_assert_error (left, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      assert_time (times[i]);
    }

  return TRUE;
}

static gboolean
be_silent (gpointer data, GError **error)
{
  return FALSE;
}

static gboolean
test_failures (gpointer data, GError **error)
{
  Cleanup cleanups[] = { { "a", 1, "first" }, { "b", 0 }, { "c", 1, "second" } };
  g_autoptr (GError) left = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioCancelScope) single = NULL;
  g_autoptr (AnyioCancelScope) silent = NULL;
  GPtrArray *errors;

  g_test_summary ("SEMANTICS 8.9, 3.5: failures of cleanups join the scope's error, behind it; a failure stops no other cleanup, and FALSE without an error counts");

  defer_all (scope, cleanups, G_N_ELEMENTS (cleanups));
  fail_with (&left, G_IO_ERROR_BUSY, "body");
  g_assert_false (anyio_cancel_scope_exit (scope, &left));
  errors = anyio_error_group_get_errors (left);
  g_assert_nonnull (errors);
  g_assert_cmpuint (errors->len, ==, 3);
  g_assert_cmpstr (((GError *) errors->pdata[0])->message, ==, "body");
  g_assert_cmpstr (((GError *) errors->pdata[1])->message, ==, "second");
  g_assert_cmpstr (((GError *) errors->pdata[2])->message, ==, "first");
  anyio_assert_trace ("c c- ~c b b- ~b a a- ~a");
  g_clear_error (&left);

  single = anyio_move_on_after (INFINITY);
  defer_all (single, cleanups, 1);
  g_assert_false (anyio_cancel_scope_exit (single, &left));
  assert_and_clear (&left, G_IO_ERROR_BROKEN_PIPE, "first");

  silent = anyio_move_on_after (INFINITY);
  anyio_cancel_scope_defer (silent, be_silent, NULL, NULL);
  g_assert_false (anyio_cancel_scope_exit (silent, NULL));

  return TRUE;
}

static gboolean
test_failure_beside_cancelled (gpointer data, GError **error)
{
  Cleanup cleanup = { "a", 0, "broken" };
  g_autoptr (GError) inside = NULL;
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("SEMANTICS 8.9, 3.4, I9: a cancellation vanishes beside the failure of a cleanup, so that none is left inside a group error");

  defer_all (scope, &cleanup, 1);
  anyio_cancel_scope_cancel (outer, NULL);
  g_assert_false (anyio_checkpoint (&inside));
  g_assert_false (anyio_cancel_scope_exit (scope, &inside));
  g_assert_false (anyio_cancel_scope_exit (outer, &inside));
  assert_and_clear (&inside, G_IO_ERROR_BROKEN_PIPE, "broken");

  return TRUE;
}

static gboolean
test_group (gpointer data, GError **error)
{
  Job jobs[] = { { "x", 2, "gone" }, { "y", 9, NULL, 1 } };
  Cleanup cleanups[] = { { "a", 1, "broken" }, { "b", 1 } };
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);
  GPtrArray *errors;

  g_test_summary ("SEMANTICS 8.9, 3.1: a group's cleanups run when its last child has ended, and their failures join the group's");

  defer_all (anyio_task_group_get_cancel_scope (group), cleanups, 2);
  start_jobs (group, jobs, 2);
  g_assert_false (anyio_task_group_join (group, &joined));
  anyio_assert_trace ("x+ y+ xx y! y~ b b- ~b a a- ~a");
  assert_time (5);
  errors = anyio_error_group_get_errors (joined);
  g_assert_nonnull (errors);
  g_assert_cmpuint (errors->len, ==, 2);
  g_assert_cmpstr (((GError *) errors->pdata[0])->message, ==, "gone");
  g_assert_cmpstr (((GError *) errors->pdata[1])->message, ==, "broken");

  return TRUE;
}

static gboolean
defer_another (gpointer data, GError **error)
{
  static Cleanup cleanup = { "late", 0 };

  anyio_trace ("first");
  anyio_cancel_scope_defer (data, clean_up, &cleanup, NULL);

  return TRUE;
}

static gboolean
test_defer_in_cleanup (gpointer data, GError **error)
{
  Cleanup cleanup = { "a", 0 };
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("I25: a cleanup that is pushed by a cleanup runs next");

  defer_all (scope, &cleanup, 1);
  anyio_cancel_scope_defer (scope, defer_another, scope, NULL);
  g_assert_true (anyio_cancel_scope_exit (scope, error));
  anyio_assert_trace ("first late late- a a- ~a");

  return TRUE;
}

static gboolean
leave (Cleanup *cleanup, GError **location)
{
  g_autoptr (AnyioCancelScope) scope = anyio_fail_after (INFINITY, location);

  defer_all (scope, cleanup, 1);

  return fail_with (location, G_IO_ERROR_BUSY, "body");
}

static gboolean
test_left_by_autoptr (gpointer data, GError **error)
{
  Cleanup cleanups[] = { { "a", 1 }, { "b", 1, "broken" } };
  g_autoptr (GError) left = NULL;

  g_test_summary ("SEMANTICS 8.9: cleanups run also when the scope is left by g_autoptr");

  g_assert_false (leave (&cleanups[0], &left));
  assert_and_clear (&left, G_IO_ERROR_BUSY, "body");
  g_assert_false (leave (&cleanups[1], &left));
  g_assert_cmpstr (left->message, ==, "body (and 1 more)");
  anyio_assert_trace ("a a- ~a b b- ~b");

  return TRUE;
}

static gboolean
defer_on_current (gpointer data, GError **error)
{
  defer_all (anyio_current_cancel_scope (), data, 1);
  anyio_trace ("body");

  return TRUE;
}

static gboolean
test_with_timeout (gpointer data, GError **error)
{
  Cleanup cleanups[] = { { "a", 1 }, { "b", 1, "broken" } };
  g_autoptr (GError) left = NULL;

  g_test_summary ("SEMANTICS 8.9, I25: cleanups pushed inside anyio_with_timeout() run at its end");

  g_assert_true (anyio_with_timeout (9, defer_on_current, &cleanups[0], error));
  g_assert_false (anyio_with_timeout (9, defer_on_current, &cleanups[1], &left));
  assert_and_clear (&left, G_IO_ERROR_BROKEN_PIPE, "broken");
  anyio_assert_trace ("body a a- ~a body b b- ~b");

  return TRUE;
}

static gboolean
block (Cleanup *cleanup, GError **error)
{
  ANYIO_FAIL_AFTER (9, error);

  return defer_on_current (cleanup, error);
}

static gboolean
test_block (gpointer data, GError **error)
{
  Cleanup cleanup = { "a", 1 };

  g_test_summary ("SEMANTICS 8.9, I25: cleanups pushed inside a block run at its closing brace");

  g_assert_true (block (&cleanup, error));
  anyio_assert_trace ("body a a- ~a");

  return TRUE;
}

static gboolean
test_forced (gpointer data, GError **error)
{
  Cleanup cleanups[] = { { "outer", 1 }, { "inner", 1, "broken" } };
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioCancelScope) inner = anyio_move_on_after (INFINITY);

  g_test_summary ("SEMANTICS 2.14, 8.9, 3.5: cleanups run also when scopes are left out of order, and their failures are critical messages");

  defer_all (outer, &cleanups[0], 1);
  defer_all (inner, &cleanups[1], 1);
  expect_critical ("*still open*");
  expect_critical ("*broken*");
  g_assert_false (anyio_cancel_scope_exit (outer, NULL));
  g_test_assert_expected_messages ();
  anyio_assert_trace ("inner inner- ~inner outer outer- ~outer");

  return TRUE;
}

static gboolean
enter_and_forget (gpointer scope, GError **error)
{
  anyio_cancel_scope_enter (scope);

  return TRUE;
}

static gboolean
test_scope_left_open (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) forgotten = anyio_cancel_scope_new ();
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("SEMANTICS 2.14: a scope that a cleanup leaves open is closed with the cleanups");

  anyio_cancel_scope_defer (scope, enter_and_forget, forgotten, NULL);
  expect_critical ("*still open*");
  g_assert_true (anyio_cancel_scope_exit (scope, error));
  g_test_assert_expected_messages ();
  g_assert_true (anyio_cancel_scope_exit (forgotten, error)); /* closed: silently */

  return TRUE;
}

typedef struct
{
  AnyioCancelScope *scope;
  AnyioTaskGroup *group;
} Leaving;

static gboolean
leave_again (gpointer data, GError **error)
{
  const Leaving *leaving = data;
  g_autoptr (GError) failure = NULL;

  expect_critical ("*in a deferred cleanup*");
  g_assert_false (leaving->group != NULL ? anyio_task_group_join (leaving->group, &failure) : anyio_cancel_scope_exit (leaving->scope, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  anyio_trace ("cleaned");

  return TRUE;
}

static void
defer_leaving (AnyioCancelScope *scope, Leaving *leaving, guint n_leaving)
{
  for (guint i = 0; i < n_leaving; i++)
    anyio_cancel_scope_defer (scope, leave_again, &leaving[i], NULL);
}

static gboolean
test_left_in_cleanup (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);
  AnyioTaskGroup *group = anyio_task_group_open (NULL);
  Leaving leaving[] = { { outer, NULL }, { scope, NULL }, { NULL, group } };

  g_test_summary ("SEMANTICS 2.14: a cleanup cannot exit the scope or group that is being left, nor one further out; they are left as if nothing had happened");

  defer_leaving (scope, leaving, 2);
  defer_leaving (anyio_task_group_get_cancel_scope (group), &leaving[1], 2);
  g_assert_true (anyio_task_group_join (group, error));
  g_object_unref (group);
  anyio_assert_trace ("cleaned cleaned");
  g_assert_true (anyio_cancel_scope_exit (scope, error));
  anyio_assert_trace ("cleaned cleaned cleaned cleaned");

  return anyio_cancel_scope_exit (outer, error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/cleanup/exit/reverse-order", test_order);
  anyio_test_add_func ("/cleanup/cancelled/shielded", test_shielded);
  anyio_test_add_func ("/cleanup/grace/ends-them", test_grace);
  anyio_test_add_func ("/cleanup/grace/can-be-set", test_set_grace);
  anyio_test_add_func ("/cleanup/failures/join-error", test_failures);
  anyio_test_add_func ("/cleanup/failure-beside-cancelled/cancelled-vanishes", test_failure_beside_cancelled);
  core_add_ordered ("/cleanup/group/after-children", test_group);
  anyio_test_add_func ("/cleanup/deferred-in-cleanup/runs-next", test_defer_in_cleanup);
  anyio_test_add_func ("/cleanup/autoptr/runs", test_left_by_autoptr);
  anyio_test_add_func ("/cleanup/with-timeout/runs", test_with_timeout);
  anyio_test_add_func ("/cleanup/block/runs", test_block);
  anyio_test_add_func ("/cleanup/out-of-order/runs", test_forced);
  anyio_test_add_func ("/cleanup/scope-left-open/closed", test_scope_left_open);
  anyio_test_add_func ("/cleanup/left-in-cleanup/misuse", test_left_in_cleanup);

  return g_test_run ();
}
