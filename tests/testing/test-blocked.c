/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* anyio_wait_all_tasks_blocked(): it returns when all others wait, and not before. */

#include <anyio-testing.h>

static gboolean
yield_often (gpointer user_data,
             GError **error)
{
  for (guint i = 0; i < 300; i++)
    if (!anyio_checkpoint (error))
      return FALSE;
  anyio_trace ("yielded");

  return anyio_sleep_forever (error);
}

static gboolean
sleep_long (gpointer user_data,
            GError **error)
{
  if (!anyio_sleep (100, error))
    return FALSE;
  anyio_trace ("slept");

  return TRUE;
}

static gboolean
test_waits (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon (group, yield_often, NULL, NULL);
  anyio_task_group_start_soon (group, sleep_long, NULL, NULL);
  if (!anyio_wait_all_tasks_blocked (error))
    return FALSE;
  anyio_trace ("blocked@%g", anyio_current_time ());
  anyio_assert_trace ("yielded blocked@0");
  anyio_task_group_cancel (group, NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
test_alone (gpointer user_data,
            GError **error)
{
  for (guint i = 0; i < 3; i++)
    if (!anyio_wait_all_tasks_blocked (error))
      return FALSE;
  g_assert_cmpfloat (anyio_current_time (), ==, 0);

  return TRUE;
}

static int
refuse_to_wait (GPollFD *fds,
                guint n_fds,
                int timeout)
{
  g_assert_cmpint (timeout, ==, 0);

  return g_poll (fds, n_fds, timeout);
}

static gboolean
test_no_polling (gpointer user_data,
                 GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("It costs no time: the loop does not wait and look again (AnyIO on asyncio does, each tenth of a second)");

  anyio_task_group_start_soon (group, yield_often, NULL, NULL);
  anyio_task_group_start_soon (group, sleep_long, NULL, NULL);
  g_main_context_set_poll_func (context, refuse_to_wait);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  g_main_context_set_poll_func (context, g_poll);
  anyio_assert_trace ("yielded");
  anyio_task_group_cancel (group, NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
wait_blocked (gpointer user_data,
              GError **error)
{
  if (!anyio_wait_all_tasks_blocked (error))
    return FALSE;
  anyio_trace ("%s", (const char *) user_data);

  return TRUE;
}

static gboolean
test_several (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("Those that wait for the others to be blocked do not wait for each other");

  anyio_task_group_start_soon (group, wait_blocked, (gpointer) "a", NULL);
  anyio_task_group_start_soon (group, wait_blocked, (gpointer) "b", NULL);
  anyio_task_group_start_soon (group, sleep_long, NULL, NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  g_assert_true (g_str_has_suffix (anyio_trace_get (), " slept"));

  return TRUE;
}

static gboolean
test_cancelled (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();
  g_autoptr (GError) local_error = NULL;

  g_test_summary ("In a cancelled scope it fails, like every suspension point (I7)");

  anyio_cancel_scope_enter (scope);
  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_false (anyio_wait_all_tasks_blocked (&local_error));
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (scope, &local_error));
  g_assert_no_error (local_error);

  return TRUE;
}

static gboolean
cancel_soon (gpointer scope,
             GError **error)
{
  anyio_cancel_scope_cancel (scope, NULL);

  return TRUE;
}

static gboolean
test_cancelled_meanwhile (gpointer user_data,
                          GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();
  g_autoptr (GError) local_error = NULL;

  anyio_cancel_scope_enter (scope);
  anyio_task_group_start_soon (group, cancel_soon, scope, NULL);
  g_assert_false (anyio_wait_all_tasks_blocked (&local_error));
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (scope, &local_error));

  return anyio_task_group_join (group, error);
}

static gboolean
wait_and_sleep (gpointer user_data,
                GError **error)
{
  return wait_blocked ((gpointer) "blocked", error) && anyio_sleep (1, error);
}

static void
test_everywhere (void)
{
  g_assert_cmpuint (anyio_test_cancel_everywhere (wait_and_sleep, NULL, NULL), ==, 2);
}

static void
test_no_task (void)
{
  g_autoptr (GError) error = NULL;

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*anyio_wait_all_tasks_blocked*");
  g_assert_false (anyio_wait_all_tasks_blocked (&error));
  g_test_assert_expected_messages ();
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/blocked/others-ready/waits", test_waits);
  anyio_test_add_func_real_time ("/blocked/others-ready/no-polling", test_no_polling);
  anyio_test_add_func ("/blocked/alone/returns", test_alone);
  anyio_test_add_func ("/blocked/several/return", test_several);
  anyio_test_add_func ("/blocked/cancelled/fails", test_cancelled);
  anyio_test_add_func ("/blocked/cancelled-meanwhile/fails", test_cancelled_meanwhile);
  g_test_add_func ("/blocked/cancelled-everywhere/leaves-nothing", test_everywhere);
  g_test_add_func ("/blocked/outside-tasks/fails", test_no_task);

  return g_test_run ();
}
