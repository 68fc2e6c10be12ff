/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Resource guards: the second user fails at once. */

#include "sync-test.h"

static gboolean
use (gpointer user_data,
     GError **error)
{
  g_autoptr (AnyioResourceGuardLocker) locker = anyio_resource_guard_locker_new (user_data, error);

  return locker != NULL && anyio_sleep (1, error);
}

static gboolean
test_second (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioResourceGuard) guard = anyio_resource_guard_new ("reading from");
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.4: a second entry fails with PENDING, and the message tells what the first one does; the cleanup leaves on every way out");

  anyio_task_group_start_soon (group, use, guard, NULL);
  g_assert_true (anyio_checkpoint (error));
  g_assert_true (anyio_resource_guard_is_busy (guard));
  g_assert_false (use (guard, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_assert_cmpstr (failure->message, ==, "Another task is already reading from this resource");
  g_assert_true (anyio_resource_guard_is_busy (guard));
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  g_assert_false (anyio_resource_guard_is_busy (guard));
  g_assert_true (use (guard, error));

  return TRUE;
}

static void
test_outside (void)
{
  g_autoptr (AnyioResourceGuard) guard = g_object_new (ANYIO_TYPE_RESOURCE_GUARD, "action", "writing to", NULL);
  g_autoptr (AnyioResourceGuard) plain = anyio_resource_guard_new (NULL);
  g_autoptr (GError) failure = NULL;
  g_autofree char *action = NULL;
  gboolean busy = FALSE;

  g_test_summary ("SEMANTICS 6.5: it serves outside tasks, too; leaving what was not entered is misuse; its properties");

  g_assert_cmpstr (anyio_resource_guard_get_action (plain), ==, "using");
  assert_succeeds (anyio_resource_guard_enter (guard, &failure), failure);
  g_object_get (guard, "action", &action, "busy", &busy, NULL);
  g_assert_cmpstr (action, ==, "writing to");
  g_assert_true (busy);
  assert_fails (anyio_resource_guard_enter (guard, &failure), failure, G_IO_ERROR, G_IO_ERROR_PENDING);
  anyio_resource_guard_leave (guard);
  EXPECT_CRITICAL ("anyio_resource_guard_leave() was called although nobody is writing to this resource");
  anyio_resource_guard_leave (guard);
  g_test_assert_expected_messages ();
}

static gpointer
use_elsewhere (gpointer guard)
{
  g_autoptr (GError) failure = NULL;

  for (guint i = 0; i < 2; i++)
    EXPECT_CRITICAL ("*was called in another thread than that which uses this AnyioResourceGuard*");
  assert_fails (anyio_resource_guard_enter (guard, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  anyio_resource_guard_leave (guard);
  g_test_assert_expected_messages ();

  return NULL;
}

static void
test_other_thread (void)
{
  g_autoptr (AnyioResourceGuard) guard = anyio_resource_guard_new (NULL);

  g_test_summary ("SEMANTICS 6.5: in another thread it is misuse");

  g_assert_true (anyio_resource_guard_enter (guard, NULL));
  run_in_thread (use_elsewhere, guard);
  g_assert_true (anyio_resource_guard_is_busy (guard));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/resource-guard/second/fails", test_second);
  g_test_add_func ("/resource-guard/outside/works", test_outside);
  g_test_add_func ("/resource-guard/other-thread/misuse", test_other_thread);

  return g_test_run ();
}
