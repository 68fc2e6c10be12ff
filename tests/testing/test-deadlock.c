/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Under the virtual clock a run that can never go on ends with an error that shows the task tree (I26). */

#include <anyio-testing.h>

#include <string.h>
#include <unistd.h>

static void
assert_deadlock (AnyioTaskFunc func,
                 gpointer user_data,
                 const char *const *names)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (anyio_test_run (func, user_data, 0, &error));
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_DEADLOCK);
  for (; *names != NULL; names++)
    if (strstr (error->message, *names) == NULL)
      g_error ("\"%s\" is missing in: %s", *names, error->message);
}

static gboolean
wait_for_ever (gpointer user_data,
               GError **error)
{
  gboolean success = anyio_sleep_forever (error);

  anyio_trace ("unwound");

  return success;
}

static gboolean
wait_shielded (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();

  anyio_cancel_scope_set_shield (scope, TRUE);
  anyio_cancel_scope_enter (scope);

  return wait_for_ever (user_data, error);
}

static gboolean
wait_in_children (gpointer func,
                  GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon_named (group, "first-child", func, NULL, NULL);
  anyio_task_group_start_soon_named (group, "second-child", func, NULL, NULL);

  return anyio_task_group_join (group, error);
}

/* The tasks wait for each other: each for the end of the other one. */
static gboolean
wait_for_task (gpointer task,
               GError **error)
{
  gboolean success = anyio_task_wait (*(AnyioTask **) task, error);

  anyio_trace ("unwound");

  return success;
}

static gboolean
wait_in_circle (gpointer user_data,
                GError **error)
{
  AnyioTask *tasks[2];
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) one = anyio_task_group_create_task_named (group, "one", wait_for_task, &tasks[1], NULL);
  g_autoptr (AnyioTask) two = anyio_task_group_create_task_named (group, "two", wait_for_task, &tasks[0], NULL);

  tasks[0] = one;
  tasks[1] = two;

  return anyio_task_group_join (group, error);
}

static gboolean
sleep_then_wait (gpointer user_data,
                 GError **error)
{
  if (!anyio_sleep (5, error))
    return FALSE;
  anyio_trace ("slept");

  return anyio_sleep_forever (error);
}

static void
test_plain (void)
{
  const char *names[] = { "anyio_test_run", "waiting", NULL };

  assert_deadlock (wait_for_ever, NULL, names);
  anyio_assert_trace ("unwound");
}

static void
test_shielded (void)
{
  const char *names[] = { "anyio_test_run", NULL };

  g_test_summary ("A shield does not keep a run from ending when nothing can ever happen (I26)");

  assert_deadlock (wait_shielded, NULL, names);
  anyio_assert_trace ("unwound");
}

static void
test_children (void)
{
  const char *names[] = { "anyio_test_run", "\n  first-child", "\n  second-child", NULL };

  assert_deadlock (wait_in_children, wait_for_ever, names);
  anyio_assert_trace ("unwound unwound");
  assert_deadlock (wait_in_children, wait_shielded, names);
  anyio_assert_trace ("unwound unwound");
}

static void
test_circle (void)
{
  const char *names[] = { "anyio_test_run", "\n  one", "\n  two", NULL };

  assert_deadlock (wait_in_circle, NULL, names);
  anyio_assert_trace ("unwound unwound");
}

static void
test_after_timers (void)
{
  const char *names[] = { "anyio_test_run", NULL };

  g_test_summary ("As long as a timer is armed there is no deadlock");

  assert_deadlock (sleep_then_wait, NULL, names);
  anyio_assert_trace ("slept");
}

/* --- what is no deadlock ------------------------------------------------------------------------------------------------------------------------ */

static gpointer
cancel_later (gpointer scope)
{
  g_usleep (20000);
  anyio_cancel_scope_cancel (scope, "from a thread");
  g_object_unref (scope);

  return NULL;
}

static void
work_in_thread (GTask *task,
                gpointer source_object,
                gpointer task_data,
                GCancellable *cancellable)
{
  g_usleep (20000);
  g_task_return_boolean (task, TRUE);
}

static gboolean
test_call (gpointer user_data,
           GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  g_autoptr (GTask) task = g_task_new (NULL, ANYIO_CALL (&call));

  g_test_summary ("A GIO call under way is outstanding");

  g_task_run_in_thread (task, work_in_thread);

  return g_task_propagate_boolean (G_TASK (anyio_call_await (&call)), error);
}

static gboolean
return_task (gpointer task)
{
  anyio_task_return_value (task, NULL);
  g_object_unref (task);

  return G_SOURCE_REMOVE;
}

static void
begin_callback_task (AnyioTask *task,
                     gpointer user_data)
{
  g_autoptr (GSource) source = g_timeout_source_new (20);

  g_source_set_callback (source, return_task, g_object_ref (task), NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static gboolean
test_callback_task (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("A callback task may be ended by anybody, here by a source that counts in real time");

  anyio_task_group_start_callback (group, "callback", begin_callback_task, NULL, NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
wait_shielded_twice (gpointer user_data,
                     GError **error)
{
  wait_shielded (NULL, NULL);
  wait_shielded (NULL, NULL);

  return anyio_sleep_forever (error);
}

static void
test_shielded_twice (void)
{
  const char *names[] = { "anyio_test_run", NULL };

  assert_deadlock (wait_shielded_twice, NULL, names);
  anyio_assert_trace ("unwound unwound");
}

static gboolean
wait_stubbornly (gpointer user_data,
                 GError **error)
{
  for (guint i = 0; i < G_MAXUINT; i++)
    wait_shielded (NULL, NULL);

  return TRUE;
}

static void
test_stubborn (void)
{
  if (g_test_subprocess ())
    {
      anyio_test_run (wait_stubbornly, NULL, 0, NULL);
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*refuse to be cancelled*anyio_test_run*");
}

static gboolean
test_real_time (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();
  g_autoptr (GThread) thread = NULL;
  g_autoptr (GError) local_error = NULL;

  g_test_summary ("By the real clock there is no deadlock: another thread may do something at any time");

  anyio_cancel_scope_enter (scope);
  thread = g_thread_new ("cancel-later", cancel_later, g_object_ref (scope));
  g_assert_false (anyio_sleep_forever (&local_error));
  anyio_cancel_scope_exit (scope, &local_error);
  g_assert_no_error (local_error);
  g_thread_join (g_steal_pointer (&thread));

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/deadlock/main-task/is-reported", test_plain);
  g_test_add_func ("/deadlock/shielded/is-reported", test_shielded);
  g_test_add_func ("/deadlock/shielded-again/is-reported", test_shielded_twice);
  g_test_add_func ("/deadlock/stubborn/ends-the-program", test_stubborn);
  g_test_add_func ("/deadlock/children/are-shown", test_children);
  g_test_add_func ("/deadlock/circle/is-reported", test_circle);
  g_test_add_func ("/deadlock/timer-armed/is-waited-for", test_after_timers);
  anyio_test_add_func ("/deadlock/call-under-way/is-none", test_call);
  anyio_test_add_func ("/deadlock/callback-task/is-none", test_callback_task);
  anyio_test_add_func_real_time ("/deadlock/real-time/is-none", test_real_time);

  return g_test_run ();
}
