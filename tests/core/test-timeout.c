/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* move_on and fail scopes: what becomes of their expiry. */

#include "core-test.h"

#include <math.h>

static gboolean
test_move_on (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioCancelScope) after = anyio_move_on_after (1);
  g_autoptr (AnyioCancelScope) at = NULL;

  g_test_summary ("SEMANTICS 2.13: move_on leaves silently; caught tells");

  g_assert_true (exit_cancelled (after));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (after));
  at = anyio_move_on_at (5);
  g_assert_true (exit_cancelled (at));
  g_assert_cmpfloat (anyio_current_time (), ==, 5);
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (at));

  return TRUE;
}

static gboolean
test_in_time (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioCancelScope) move_on = anyio_move_on_after (2);
  g_autoptr (AnyioCancelScope) fail = anyio_fail_after (2, error);

  g_test_summary ("SEMANTICS 2.13: code that ends in time notices nothing, also long after the exit");

  assert_sleeps (1);
  assert_exits (fail);
  assert_exits (move_on);
  assert_sleeps (5);
  g_assert_false (anyio_cancel_scope_get_cancel_called (fail));
  g_assert_false (anyio_cancel_scope_get_cancel_called (move_on));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (move_on));

  return TRUE;
}

static gboolean
test_fail (gpointer user_data,
           GError **error)
{
  g_test_summary ("SEMANTICS 2.13: fail_after and fail_at turn what they absorb into TIMED_OUT");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AnyioCancelScope) scope = i == 0 ? anyio_fail_after (2, NULL) : anyio_fail_at (4, NULL);
      g_autoptr (GError) expired = NULL;

      assert_is_cancelled (anyio_sleep (10, &expired), expired);
      g_assert_false (anyio_cancel_scope_exit (scope, &expired));
      g_assert_error (expired, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));
      g_assert_cmpfloat (anyio_current_time (), ==, 2 * (i + 1));
    }
  assert_sleeps (1);

  return TRUE;
}

static gboolean
test_nothing_absorbed (gpointer user_data,
                       GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_fail_after (1, error);

  g_test_summary ("SEMANTICS 2.13, 2.10: an expiry that nothing failed of is no timeout");

  assert_sleep_is_cancelled ();
  assert_exits (scope);
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));

  return TRUE;
}

static gboolean
test_explicit_first (gpointer user_data,
                     GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_fail_after (1, error);

  g_test_summary ("SEMANTICS 2.13: an explicit cancel() first and a deadline later is not a timeout");

  anyio_cancel_scope_cancel (scope, "first");
  {
    ANYIO_SHIELD_FOR (5);

    assert_sleeps (2);
  }
  g_assert_true (exit_cancelled (scope));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));

  return TRUE;
}

static gboolean
test_deadline_first (gpointer user_data,
                     GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_fail_after (1, NULL);
  g_autoptr (GError) expired = NULL;

  g_test_summary ("SEMANTICS 2.13: a deadline first and an explicit cancel() later is a timeout");

  assert_sleep_is_cancelled ();
  anyio_cancel_scope_cancel (scope, "later");
  assert_is_cancelled (anyio_sleep (1, &expired), expired);
  g_assert_false (anyio_cancel_scope_exit (scope, &expired));
  g_assert_error (expired, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  return TRUE;
}

static gboolean
test_outer_cancelled (gpointer user_data,
                      GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) scope = anyio_fail_after (1, NULL);
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("SEMANTICS 2.13: fail_after that does not absorb, because an outer scope is cancelled too, is not a timeout");

  assert_sleep_is_cancelled ();
  anyio_cancel_scope_cancel (outer, NULL);
  assert_is_cancelled (anyio_sleep (1, &cancelled), cancelled);
  assert_is_cancelled (anyio_cancel_scope_exit (scope, &cancelled), cancelled);
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));
  g_assert_true (anyio_cancel_scope_exit (outer, &cancelled));

  return TRUE;
}

static gboolean
test_same_deadline (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_fail_at (1, NULL);
  g_autoptr (AnyioCancelScope) inner = anyio_move_on_at (1);
  g_autoptr (GError) expired = NULL;

  g_test_summary ("SEMANTICS 2.9, 2.13: of two scopes with the same deadline the outer one absorbs");

  assert_is_cancelled (anyio_sleep (2, &expired), expired);
  assert_is_cancelled (anyio_cancel_scope_exit (inner, &expired), expired);
  g_assert_false (anyio_cancel_scope_exit (outer, &expired));
  g_assert_error (expired, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  return TRUE;
}

static gboolean
test_nested (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_fail_after (2, NULL);
  g_autoptr (AnyioCancelScope) inner = anyio_fail_after (1, NULL);
  g_autoptr (GError) first = NULL;
  g_autoptr (GError) second = NULL;

  g_test_summary ("SEMANTICS 2.9, 2.13: of two scopes with different deadlines each makes its own timeout");

  assert_is_cancelled (anyio_sleep (5, &first), first);
  g_assert_cmpfloat (anyio_current_time (), ==, 1);
  g_assert_false (anyio_cancel_scope_exit (inner, &first));
  g_assert_error (first, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  assert_is_cancelled (anyio_sleep (5, &second), second);
  g_assert_cmpfloat (anyio_current_time (), ==, 2);
  g_assert_false (anyio_cancel_scope_exit (outer, &second));
  g_assert_error (second, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  return TRUE;
}

static gboolean
test_other_error (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_fail_after (1, NULL);
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 2.9, 2.13: another error stays what it is, also if the deadline has passed");

  assert_sleep_is_cancelled ();
  g_set_error_literal (&failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "not there");
  g_assert_false (anyio_cancel_scope_exit (scope, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));

  return TRUE;
}

static gboolean
leave_by_cleanup (double seconds,
                  gboolean fails,
                  GError **error)
{
  g_autoptr (AnyioCancelScope) scope G_GNUC_UNUSED = fails ? anyio_fail_after (seconds, error) : anyio_move_on_after (seconds);

  return anyio_sleep (2, error);
}

static gboolean
test_cleanup (gpointer user_data,
              GError **error)
{
  g_autoptr (GError) expired = NULL;
  g_autoptr (GError) moved_on = NULL;

  g_test_summary ("SEMANTICS 2.13, 11.4: left by its cleanup, fail_after still says TIMED_OUT; move_on passes its CANCELLED on as an ordinary error");

  g_assert_true (leave_by_cleanup (3, TRUE, error));
  g_assert_false (leave_by_cleanup (1, TRUE, &expired));
  g_assert_error (expired, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  assert_is_cancelled (leave_by_cleanup (1, FALSE, &moved_on), moved_on);
  g_assert_false (leave_by_cleanup (1, TRUE, NULL));
  assert_sleeps (1);

  return TRUE;
}

static gboolean
sleep_two (gpointer user_data,
           GError **error)
{
  return anyio_sleep (2, error);
}

static gboolean
fail_with_nothing (gpointer user_data,
                   GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "not there");

  return FALSE;
}

static gboolean
test_with_timeout (gpointer user_data,
                   GError **error)
{
  g_autoptr (GError) expired = NULL;
  g_autoptr (GError) failed = NULL;
  g_autoptr (GError) cancelled = NULL;
  g_autoptr (AnyioCancelScope) outer = NULL;

  g_test_summary ("SEMANTICS 11.4: the form that takes a function has the exact semantics");

  g_assert_true (anyio_with_timeout (3, sleep_two, NULL, error));
  g_assert_false (anyio_with_timeout (1, sleep_two, NULL, &expired));
  g_assert_error (expired, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_false (anyio_with_timeout (1, sleep_two, NULL, NULL));
  g_assert_false (anyio_with_timeout (1, fail_with_nothing, NULL, &failed));
  g_assert_error (failed, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);

  outer = open_scope ();
  anyio_cancel_scope_cancel (outer, NULL);
  assert_is_cancelled (anyio_with_timeout (3, sleep_two, NULL, &cancelled), cancelled);
  g_assert_true (anyio_cancel_scope_exit (outer, &cancelled));

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/timeout/move-on/leaves-silently", test_move_on);
  anyio_test_add_func ("/timeout/in-time/nothing-happens", test_in_time);
  anyio_test_add_func ("/timeout/fail/timed-out", test_fail);
  anyio_test_add_func ("/timeout/fail-and-nothing-absorbed/success", test_nothing_absorbed);
  anyio_test_add_func ("/timeout/cancel-then-deadline/no-timeout", test_explicit_first);
  anyio_test_add_func ("/timeout/deadline-then-cancel/timed-out", test_deadline_first);
  anyio_test_add_func ("/timeout/outer-cancelled/no-timeout", test_outer_cancelled);
  anyio_test_add_func ("/timeout/same-deadline/outer-absorbs", test_same_deadline);
  anyio_test_add_func ("/timeout/nested/each-its-own", test_nested);
  anyio_test_add_func ("/timeout/other-error/stays", test_other_error);
  anyio_test_add_func ("/timeout/left-by-cleanup/timed-out", test_cleanup);
  anyio_test_add_func ("/timeout/function/exact", test_with_timeout);

  return g_test_run ();
}
