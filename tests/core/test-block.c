/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The scopes that last to the closing brace. */

#include "core-test.h"

#include <math.h>

static gboolean
sleep_at_most (double seconds,
               double limit,
               GError **error)
{
  ANYIO_FAIL_AFTER (limit, error);

  return anyio_sleep (seconds, error);
}

static gboolean
test_fail_after (gpointer user_data,
                 GError **error)
{
  g_autoptr (GError) expired = NULL;

  g_test_summary ("ARCHITECTURE (C API), SEMANTICS 2.13: ANYIO_FAIL_AFTER bounds the rest of the block; its own cancellation becomes TIMED_OUT");

  g_assert_true (sleep_at_most (1, 2, error));
  g_assert_false (sleep_at_most (5, 2, &expired));
  g_assert_error (expired, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpfloat (anyio_current_time (), ==, 3);
  assert_sleeps (10);

  return TRUE;
}

static gboolean
test_no_location (gpointer user_data,
                  GError **error)
{
  g_test_summary ("Header: with no error location the block still ends in time");

  g_assert_false (sleep_at_most (5, 2, NULL));
  g_assert_cmpfloat (anyio_current_time (), ==, 2);
  g_assert_true (sleep_at_most (1, INFINITY, NULL));
  assert_sleeps (1);

  return TRUE;
}

static gboolean
test_swallowed (gpointer user_data,
                GError **error)
{
  g_test_summary ("SEMANTICS 2.10, 3.8: an expiry that the block swallowed, or that met no suspension point, is no error");

  {
    ANYIO_FAIL_AFTER (1, error);

    assert_sleep_is_cancelled ();
  }
  {
    ANYIO_FAIL_AFTER (0, error);
  }
  g_assert_true (error == NULL || *error == NULL);
  assert_sleeps (1);

  return TRUE;
}

static gboolean
test_other_error (gpointer user_data,
                  GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 2.13: another error that leaves the expired block stays");

  {
    ANYIO_FAIL_AFTER (1, &failure);

    assert_sleep_is_cancelled ();
    g_set_error_literal (&failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "not there");
  }
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);

  return TRUE;
}

static gboolean
test_outer_wins (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (1);
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("SEMANTICS 2.9, 2.13: a cancellation from further out passes through the block as CANCELLED");

  assert_is_cancelled (sleep_at_most (10, 5, &cancelled), cancelled);
  g_assert_true (anyio_cancel_scope_exit (outer, &cancelled));

  return TRUE;
}

static gboolean
both_times (GError **error)
{
  ANYIO_FAIL_AFTER (2, error);

  if (!anyio_sleep (1, error))
    return FALSE;
  {
    ANYIO_FAIL_AFTER (0.5, error);

    if (!anyio_sleep (1, error))
      return FALSE;
  }

  return TRUE;
}

static gboolean
test_early_return (gpointer user_data,
                   GError **error)
{
  g_autoptr (GError) expired = NULL;
  AnyioCancelScope *before = anyio_current_cancel_scope ();

  g_test_summary ("ARCHITECTURE (C API): an early return out of nested blocks leaves them all, innermost first");

  g_assert_false (both_times (&expired));
  g_assert_error (expired, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpfloat (anyio_current_time (), ==, 1.5);
  g_assert_true (anyio_current_cancel_scope () == before);
  for (guint i = 0; i < 3; i++)
    {
      ANYIO_FAIL_AFTER (1, error);

      if (i == 1)
        continue;
      if (i == 2)
        break;
    }
  g_assert_true (anyio_current_cancel_scope () == before);
  assert_sleeps (10);

  return TRUE;
}

static gboolean
clean_up (gpointer user_data,
          GError **error)
{
  gboolean slept = anyio_sleep (100, error);

  {
    ANYIO_SHIELD_FOR (2);

    assert_sleeps (1);
    anyio_trace ("cleaned");
    assert_sleep_is_cancelled ();
    anyio_trace ("grace%g", anyio_current_time ());
  }
  assert_sleep_is_cancelled ();

  return slept;
}

static gboolean
test_shield_for (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("ARCHITECTURE (C API), SEMANTICS 2.4: ANYIO_SHIELD_FOR shields the rest of the block, but not for longer");

  anyio_task_group_start_soon (group, clean_up, NULL, NULL);
  assert_sleeps (5);
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  anyio_assert_trace ("cleaned grace7");

  return TRUE;
}

static gboolean
shield_and_sleep (GError **error)
{
  ANYIO_SHIELD_FOR (1);

  return anyio_sleep (5, error);
}

static gboolean
test_shield_expires (gpointer user_data,
                     GError **error)
{
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("Header: the expiry of a shield is no timeout: CANCELLED goes on");

  assert_is_cancelled (shield_and_sleep (&cancelled), cancelled);
  assert_sleeps (1);

  return TRUE;
}

static gboolean
test_current (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioCancelScope) kept = NULL;
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("Header: the scope of a block can be asked for; the object keeps the last state when the block has ended");

  {
    ANYIO_FAIL_AFTER (7, &cancelled);

    kept = g_object_ref (anyio_current_cancel_scope ());
    g_assert_cmpfloat (anyio_cancel_scope_get_deadline (kept), ==, 7);
    anyio_cancel_scope_cancel (kept, "by hand");
    assert_is_cancelled (anyio_sleep (1, &cancelled), cancelled);
  }
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_get_cancel_called (kept));
  g_assert_cmpint (anyio_cancel_scope_get_reason (kept, NULL, NULL), ==, ANYIO_CANCEL_EXPLICIT);
  anyio_cancel_scope_cancel (kept, "too late");
  assert_sleeps (1);

  return TRUE;
}

static gboolean
trace_cleanup (gpointer user_data,
               GError **error)
{
  gboolean slept = anyio_sleep (1, error);

  anyio_trace ("%s", (const char *) user_data);

  return slept;
}

static gboolean
fail_cleanup (gpointer user_data,
              GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "not there");

  return FALSE;
}

static gboolean
defer_two (gpointer user_data,
           GError **error)
{
  anyio_cancel_scope_defer (anyio_current_cancel_scope (), trace_cleanup, (gpointer) "first", NULL);
  anyio_cancel_scope_defer (anyio_current_cancel_scope (), trace_cleanup, (gpointer) "second", NULL);

  return anyio_sleep (5, error);
}

static gboolean
defer_in_block (GError **error)
{
  ANYIO_FAIL_AFTER (1, error);

  return defer_two (NULL, error);
}

static gboolean
test_deferred (gpointer user_data,
               GError **error)
{
  g_autoptr (GError) expired = NULL;
  g_autoptr (GError) again = NULL;
  g_autoptr (GError) failed = NULL;

  g_test_summary ("SEMANTICS 8.9, I25: cleanups deferred on the scope of a block, or of the form with a function, run when it ends");

  g_assert_false (defer_in_block (&expired));
  g_assert_error (expired, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_false (anyio_with_timeout (1, defer_two, NULL, &again));
  g_assert_error (again, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  anyio_assert_trace ("second first second first");
  g_assert_cmpfloat (anyio_current_time (), ==, 6);

  {
    ANYIO_FAIL_AFTER (1, &failed);

    anyio_cancel_scope_defer (anyio_current_cancel_scope (), fail_cleanup, NULL, NULL);
    g_set_error_literal (&failed, G_IO_ERROR, G_IO_ERROR_EXISTS, "there already");
  }
  g_assert_error (failed, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  g_assert_true (anyio_error_matches (failed, G_IO_ERROR, G_IO_ERROR_EXISTS));
  g_assert_true (anyio_error_matches (failed, G_IO_ERROR, G_IO_ERROR_NOT_FOUND));
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "A deferred cleanup failed in a scope that was left without an error to join it to: not there");
  {
    ANYIO_SHIELD_FOR (1);

    anyio_cancel_scope_defer (anyio_current_cancel_scope (), fail_cleanup, NULL, NULL);
  }
  g_test_assert_expected_messages ();

  return TRUE;
}

static gboolean
test_not_a_number (gpointer user_data,
                   GError **error)
{
  g_test_summary ("SEMANTICS 2.6: NaN is a g_critical that names the macro, and counts as infinity");

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "ANYIO_FAIL_AFTER()*NaN*");
  g_assert_true (sleep_at_most (1e6, NAN, error));
  g_test_assert_expected_messages ();

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/block/fail-after/timed-out", test_fail_after);
  anyio_test_add_func ("/block/no-error-location/ends-in-time", test_no_location);
  anyio_test_add_func ("/block/swallowed/no-error", test_swallowed);
  anyio_test_add_func ("/block/other-error/stays", test_other_error);
  anyio_test_add_func ("/block/outer-scope/passes-through", test_outer_wins);
  anyio_test_add_func ("/block/early-return/leaves-all", test_early_return);
  anyio_test_add_func ("/block/shield-for/shields-for-a-time", test_shield_for);
  anyio_test_add_func ("/block/shield-expires/cancelled", test_shield_expires);
  anyio_test_add_func ("/block/object/keeps-last-state", test_current);
  anyio_test_add_func ("/block/deferred-cleanups/run", test_deferred);
  anyio_test_add_func ("/block/not-a-number/never", test_not_a_number);

  return g_test_run ();
}
