/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The virtual clock: it starts at 0, jumps exactly (I13, I14), and only when nothing else in the context can run. */

#include <anyio-testing.h>

#include <math.h>
#include <unistd.h>

static gboolean
sleep_and_tell (gpointer user_data,
                GError **error)
{
  double *seconds = user_data;

  if (!anyio_sleep (*seconds, error))
    return FALSE;
  anyio_trace ("%g@%g", *seconds, anyio_current_time ());

  return TRUE;
}

static gboolean
test_exact (gpointer user_data,
            GError **error)
{
  const double lengths[] = { 0.1, 1.1, 1e-9, 31536000, 3 };
  double sum = 0;

  g_test_summary ("A sleep advances the virtual clock by exactly its length (I14)");

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_assert_cmpfloat_with_epsilon (anyio_current_time (), sum, 1e-10);
      if (!anyio_sleep (lengths[i], error))
        return FALSE;
      sum += lengths[i];
    }
  g_assert_cmpfloat_with_epsilon (anyio_current_time (), sum, 1e-10);

  return anyio_sleep_until (4e7, error) && anyio_current_time () == 4e7;
}

static gboolean
test_together (gpointer user_data,
               GError **error)
{
  double lengths[] = { 3, 1, 2, 1 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("A wake-up comes exactly at its deadline (I13)");

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    anyio_task_group_start_soon (group, sleep_and_tell, &lengths[i], NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  anyio_assert_trace ("1@1 1@1 2@2 3@3");

  return TRUE;
}

static gboolean
trace_idle (gpointer user_data)
{
  anyio_trace ("idle@%g", anyio_current_time ());

  return G_SOURCE_REMOVE;
}

static gboolean
test_others_first (gpointer user_data,
                   GError **error)
{
  double seconds = 5;
  g_autoptr (GSource) source = g_idle_source_new ();

  g_test_summary ("The clock waits for every source of the context that can run, whatever its priority");

  g_source_set_priority (source, G_PRIORITY_LOW + 1000);
  g_source_set_callback (source, trace_idle, NULL, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  if (!sleep_and_tell (&seconds, error))
    return FALSE;
  anyio_assert_trace ("idle@0 5@5");

  return TRUE;
}

static gpointer
write_later (gpointer fd)
{
  g_usleep (20000);
  g_assert_cmpint (write (GPOINTER_TO_INT (fd), "x", 1), ==, 1);

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
await_thread (GError **error)
{
  double start = anyio_current_time ();
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  g_autoptr (GTask) task = NULL;
  ANYIO_FAIL_AFTER (0.001, error);

  task = g_task_new (NULL, ANYIO_CALL (&call));
  g_task_run_in_thread (task, work_in_thread);
  if (!g_task_propagate_boolean (G_TASK (anyio_call_await (&call)), error))
    return FALSE;
  g_assert_cmpfloat (anyio_current_time (), ==, start);

  return TRUE;
}

static gboolean
test_outstanding (gpointer user_data,
                  GError **error)
{
  g_test_summary ("The clock does not jump over a GIO call under way, although a timer is nearer than its end");

  return await_thread (error);
}

static gboolean
await_fiber (GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  anyio_sleep_async (5, ANYIO_CALL (&call));

  return anyio_sleep_finish (anyio_call_await (&call), error);
}

static gboolean
test_awaited_fiber (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioCancelScope) scope = NULL;

  g_test_summary ("I14: an operation that is a task itself does not hold the clock back, also when it is cancelled, and the next one does again");

  g_assert_true (await_fiber (error));
  g_assert_cmpfloat (anyio_current_time (), ==, 5);
  scope = anyio_move_on_after (1);
  g_assert_false (await_fiber (NULL));
  g_assert_cmpfloat (anyio_current_time (), ==, 6);
  g_assert_true (anyio_cancel_scope_exit (scope, NULL));

  return await_thread (error);
}

/* With a clock of its own, which it can reach. */
static gboolean
run_with (AnyioClock *clock,
          AnyioTaskFunc func,
          GError **error)
{
  g_autoptr (AnyioRunOptions) options = anyio_run_options_new ();

  anyio_run_options_set_clock (options, clock);

  return anyio_run_full (func, clock, options, error);
}

static gboolean
advance_by_hand (gpointer user_data,
                 GError **error)
{
  AnyioVirtualClock *clock = user_data;
  double lengths[] = { 2, 1 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    anyio_task_group_start_soon (group, sleep_and_tell, &lengths[i], NULL);

  for (guint i = 0; i < 2; i++)
    {
      if (!anyio_wait_all_tasks_blocked (error))
        return FALSE;
      anyio_trace ("blocked@%g", anyio_current_time ());
      anyio_virtual_clock_advance (clock, 1);
    }
  if (!anyio_task_group_join (group, error))
    return FALSE;
  g_assert_cmpfloat (anyio_current_time (), ==, 2);

  anyio_virtual_clock_set_autojump (clock, TRUE);

  return anyio_sleep (1, error) && anyio_current_time () == 3;
}

static void
test_advance (void)
{
  g_autoptr (AnyioClock) clock = anyio_virtual_clock_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (anyio_virtual_clock_get_autojump (ANYIO_VIRTUAL_CLOCK (clock)));
  anyio_virtual_clock_set_autojump (ANYIO_VIRTUAL_CLOCK (clock), FALSE);
  g_assert_false (anyio_virtual_clock_get_autojump (ANYIO_VIRTUAL_CLOCK (clock)));

  anyio_trace_clear ();
  g_assert_true (run_with (clock, advance_by_hand, &error));
  g_assert_no_error (error);
  anyio_assert_trace ("blocked@0 1@1 blocked@1 2@2");
}

static gboolean
advance_from_source (gpointer clock)
{
  anyio_trace ("source@%g", anyio_current_time ());
  anyio_virtual_clock_advance (clock, 2);

  return G_SOURCE_REMOVE;
}

/* All wait, and in real time a source of others moves the clock. */
static gboolean
stand_still (gpointer clock,
             GError **error)
{
  double seconds = 1;
  g_autoptr (GSource) source = g_timeout_source_new (20);

  g_source_set_callback (source, advance_from_source, clock, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());

  return sleep_and_tell (&seconds, error);
}

static void
test_stand_still (void)
{
  g_autoptr (AnyioClock) clock = anyio_virtual_clock_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without autojump the time stands still while all wait, and who advances it need not be a task");

  anyio_virtual_clock_set_autojump (ANYIO_VIRTUAL_CLOCK (clock), FALSE);
  anyio_trace_clear ();
  g_assert_true (run_with (clock, stand_still, &error));
  g_assert_no_error (error);
  anyio_assert_trace ("source@0 1@2");
}

/* Nobody jumps, but a descriptor becomes ready: the run must wait for it and not spin. */
static gboolean
wait_for_thread (gpointer user_data,
                 GError **error)
{
  int fds[2];
  GThread *thread;
  gboolean success;

  g_assert_cmpint (pipe (fds), ==, 0);
  thread = g_thread_new ("write-later", write_later, GINT_TO_POINTER (fds[1]));
  success = anyio_wait_readable (fds[0], error);
  g_thread_join (thread);
  close (fds[0]);
  close (fds[1]);

  return success && anyio_current_time () == 0;
}

static void
test_descriptor (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A watched descriptor is something outstanding when no timer is armed: no deadlock");

  g_assert_true (anyio_test_run (wait_for_thread, NULL, 0, &error));
  g_assert_no_error (error);
}

static void
test_outside (void)
{
  g_autoptr (AnyioClock) clock = anyio_virtual_clock_new ();
  AnyioClockClass *klass = ANYIO_CLOCK_GET_CLASS (clock);

  g_assert_cmpint (klass->get_time_ns (clock), ==, 0);
  anyio_virtual_clock_advance (ANYIO_VIRTUAL_CLOCK (clock), 0.1);
  g_assert_cmpint (klass->get_time_ns (clock), ==, 100000000);
  klass->idle (clock, 50);
  g_assert_cmpint (klass->get_time_ns (clock), ==, 100000000); /* never back */
  klass->idle (clock, G_MAXINT64);
  g_assert_cmpint (klass->get_time_ns (clock), ==, 100000000);
  klass->idle (clock, 100000001);
  g_assert_cmpint (klass->get_time_ns (clock), ==, 100000001);
}

static void
test_misuse (void)
{
  g_autoptr (AnyioClock) clock = anyio_virtual_clock_new ();

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*seconds >= 0*");
  anyio_virtual_clock_advance (ANYIO_VIRTUAL_CLOCK (clock), -1);
  g_test_assert_expected_messages ();
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*seconds >= 0*");
  anyio_virtual_clock_advance (ANYIO_VIRTUAL_CLOCK (clock), NAN);
  g_test_assert_expected_messages ();
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/virtual-clock/sleeps/are-exact", test_exact);
  anyio_test_add_func ("/virtual-clock/sleeps-together/end-in-order", test_together);
  anyio_test_add_func ("/virtual-clock/idle-sources/come-first", test_others_first);
  anyio_test_add_func ("/virtual-clock/outstanding-call/comes-first", test_outstanding);
  anyio_test_add_func ("/virtual-clock/awaited-task/does-not-hold-back", test_awaited_fiber);
  g_test_add_func ("/virtual-clock/no-autojump/advances-by-hand", test_advance);
  g_test_add_func ("/virtual-clock/no-autojump/stands-still", test_stand_still);
  g_test_add_func ("/virtual-clock/descriptor/is-waited-for", test_descriptor);
  g_test_add_func ("/virtual-clock/time/never-goes-back", test_outside);
  g_test_add_func ("/virtual-clock/advance/refuses-nonsense", test_misuse);

  return g_test_run ();
}
