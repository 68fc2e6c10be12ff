/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cancellation is a level and not an edge: it cannot be swallowed. */

#include "core-test.h"

static gboolean
test_swallowed (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.2, I7: every suspension point fails while the scope is cancelled, however often that was swallowed");

  anyio_cancel_scope_cancel (scope, NULL);
  for (guint i = 0; i < 1000; i++)
    {
      assert_sleep_is_cancelled ();
      assert_checkpoint_is_cancelled ();
    }
  g_assert_true (exit_cancelled (scope));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));
  assert_sleeps (1);

  return TRUE;
}

static gboolean
test_swallowed_in_the_end (gpointer user_data,
                           GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.2, 2.10: a swallowed cancellation is not caught; after the exit nothing of it is left");

  anyio_cancel_scope_cancel (scope, NULL);
  assert_sleep_is_cancelled ();
  assert_exits (scope);
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope));
  assert_sleeps (1);

  return TRUE;
}

static gboolean
test_new_scopes (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();

  g_test_summary ("SEMANTICS 2.2: scopes and groups that are opened inside a cancelled scope are cancelled, too");

  anyio_cancel_scope_cancel (outer, NULL);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (AnyioCancelScope) inner = open_scope ();
      g_autoptr (GError) cancelled = NULL;

      g_assert_true (anyio_cancel_scope_is_cancelled (inner));
      assert_is_cancelled (anyio_sleep (1, &cancelled), cancelled);
      assert_is_cancelled (anyio_cancel_scope_exit (inner, &cancelled), cancelled);
      g_assert_false (anyio_cancel_scope_get_cancelled_caught (inner));
    }
  {
    g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
    g_autoptr (GError) cancelled = NULL;

    anyio_task_group_start_soon (group, sleep_forever, NULL, NULL);
    assert_is_cancelled (anyio_task_group_join (group, &cancelled), cancelled);
  }
  g_assert_true (exit_cancelled (outer));

  return TRUE;
}

static gboolean
swallow_three (gpointer user_data,
               GError **error)
{
  for (guint i = 0; i < 3; i++)
    {
      assert_sleep_is_cancelled ();
      anyio_trace ("swallowed");
    }

  return anyio_sleep (1, error);
}

static gboolean
test_blocked_task (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.2: a task that was suspended when it was cancelled is cancelled at every later point, too");

  anyio_task_group_start_soon (group, swallow_three, NULL, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  anyio_assert_trace ("swallowed swallowed swallowed");
  g_assert_cmpfloat (anyio_current_time (), ==, 0);

  return TRUE;
}

static gboolean
test_deadline (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);

  g_test_summary ("SEMANTICS 2.2: the same holds for a deadline, and for moments after it");

  assert_sleep_is_cancelled ();
  g_assert_cmpfloat (anyio_current_time (), ==, 1);
  assert_sleep_is_cancelled ();
  anyio_cancel_scope_set_shield (scope, TRUE);
  assert_sleep_is_cancelled ();
  assert_exits (scope);

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/scope-level/swallowed/fails-again", test_swallowed);
  anyio_test_add_func ("/scope-level/swallowed-to-the-end/nothing-is-left", test_swallowed_in_the_end);
  anyio_test_add_func ("/scope-level/new-scopes-inside/are-cancelled", test_new_scopes);
  anyio_test_add_func ("/scope-level/suspended-task/fails-again", test_blocked_task);
  anyio_test_add_func ("/scope-level/deadline/fails-again", test_deadline);

  return g_test_run ();
}
