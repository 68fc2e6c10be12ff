/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where a task may suspend, what happens where it may not, and visits to the home stack. */

#include "core-test.h"

static void
expect (const char *pattern)
{
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, pattern);
}

static void
test_outside (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("ARCHITECTURE (colour), SEMANTICS 11.1: a function that suspends fails with NO_TASK outside tasks, says so, and advises");

  expect ("anyio_sleep()*only be called in a task*anyio_run()*anyio_start()*");
  g_assert_false (anyio_sleep (1, &error));
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_clear_error (&error);
  expect ("anyio_checkpoint()*");
  g_assert_false (anyio_checkpoint (&error));
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_clear_error (&error);
  expect ("anyio_wait_readable()*");
  g_assert_false (anyio_wait_readable (0, &error));
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_clear_error (&error);
  expect ("anyio_with_timeout()*");
  g_assert_false (anyio_with_timeout (1, succeed, NULL, &error));
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  expect ("anyio_shielded_checkpoint()*");
  anyio_shielded_checkpoint ();
  expect ("ANYIO_FAIL_AFTER()*");
  {
    ANYIO_FAIL_AFTER (1, NULL);
  }
  g_test_assert_expected_messages ();
}

static gboolean
test_pushed_context (gpointer user_data,
                     GError **error)
{
  g_autoptr (GMainContext) pushed = g_main_context_new ();
  g_autoptr (GError) misuse = NULL;

  g_test_summary ("ARCHITECTURE (fibers): a thread-default context that is pushed across a suspension is an error; the task goes on after the pop");

  anyio_task_set_name (anyio_get_current_task (), "pusher");
  g_main_context_push_thread_default (pushed);
  expect ("anyio_sleep()*task \"pusher\"*thread-default main context*pop it before*");
  g_assert_false (anyio_sleep (1, &misuse));
  g_test_assert_expected_messages ();
  g_assert_error (misuse, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_main_context_pop_thread_default (pushed);
  assert_sleeps (1);
  g_assert_cmpfloat (anyio_current_time (), ==, 1);

  return TRUE;
}

static gboolean
suspend_in_callback_cb (gpointer user_data)
{
  g_autoptr (GError) misuse = NULL;

  g_assert_nonnull (anyio_get_current_task ());
  expect ("anyio_sleep()*callback of a main loop that task \"nester\" runs inside itself*anyio_start()*");
  g_assert_false (anyio_sleep (1, &misuse));
  g_test_assert_expected_messages ();
  g_assert_error (misuse, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  expect ("anyio_task_group_open()*callback of a main loop that task \"nester\" runs inside itself*");
  {
    g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

    g_assert_nonnull (group);
  }
  g_test_assert_expected_messages ();
  g_main_loop_quit (user_data);

  return G_SOURCE_REMOVE;
}

static gboolean
count_turns (gpointer user_data,
             GError **error)
{
  guint *n_turns = user_data;

  for (;;)
    {
      (*n_turns)++;
      if (!anyio_sleep (1, error))
        return FALSE;
    }
}

static GMainLoop *
new_loop (void)
{
  return g_main_loop_new (g_main_context_get_thread_default (), FALSE);
}

static gboolean
test_nested_callback (gpointer user_data,
                      GError **error)
{
  g_autoptr (GMainLoop) loop = new_loop ();
  g_autoptr (GSource) idle = g_idle_source_new ();

  g_test_summary ("ARCHITECTURE (fibers): suspending in a callback of a main loop that is nested in a task is an error, and the loop goes on");

  anyio_task_set_name (anyio_get_current_task (), "nester");
  g_source_set_callback (idle, suspend_in_callback_cb, loop, NULL);
  g_source_attach (idle, g_main_context_get_thread_default ());
  g_main_loop_run (loop);
  assert_sleeps (1);

  return TRUE;
}

static gboolean
quit_later (gpointer user_data,
            GError **error)
{
  if (!anyio_sleep (10.5, error))
    return FALSE;
  anyio_trace ("quit");
  g_main_loop_quit (user_data);

  return TRUE;
}

static gboolean
test_nested_loop (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GMainLoop) loop = new_loop ();
  guint n_turns = 0;

  g_test_summary ("ARCHITECTURE (scheduler source, fibers): a main loop nested in a task works, and other tasks go on meanwhile");

  anyio_task_group_start_soon (group, count_turns, &n_turns, NULL);
  anyio_task_group_start_soon (group, quit_later, loop, NULL);
  g_main_loop_run (loop);
  anyio_trace ("back");
  g_assert_cmpuint (n_turns, ==, 11);
  g_assert_cmpfloat (anyio_current_time (), ==, 10.5);
  g_assert_cmpstr (anyio_task_get_name (anyio_get_current_task ()), !=, "quit_later");
  anyio_assert_trace ("quit back");
  assert_sleeps (1);
  g_assert_cmpuint (n_turns, ==, 12);
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);

  return TRUE;
}

typedef struct
{
  guint depth;
  AnyioTaskGroup *group;
} Nesting;

static gboolean
nest (gpointer user_data,
      GError **error)
{
  Nesting *self = user_data;
  g_autoptr (GMainLoop) loop = new_loop ();
  guint depth = self->depth--;

  anyio_trace ("%u", depth);
  if (depth > 0)
    {
      anyio_task_group_start_soon (self->group, nest, self, NULL);
      anyio_task_group_start_soon (self->group, quit_later, loop, NULL);
      g_main_loop_run (loop);
    }
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_trace ("end%u", depth);

  return TRUE;
}

static gboolean
test_nested_deep (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  Nesting nesting = { 4, group };

  g_test_summary ("ARCHITECTURE (fibers): tasks that nest main loops in each other: each goes on when its own loop has ended and those inside, too");

  anyio_task_group_start_soon (group, nest, &nesting, NULL);
  assert_joins (group);
  anyio_assert_trace ("4 3 2 1 0 end0 quit quit quit quit end1 end2 end3 end4");

  return TRUE;
}

/* --- the home stack --------------------------------------------------------------------------------------------------------------------- */

static void
look_around (gpointer user_data)
{
  const char **stack_address = user_data;
  const char here = 0;
  g_autoptr (GError) error = NULL;

  *stack_address = &here;
  anyio_trace ("home");
  g_assert_cmpstr (anyio_task_get_name (anyio_get_current_task ()), ==, "visitor");
  expect ("anyio_sleep()*only be called in a task*");
  g_assert_false (anyio_sleep (1, &error));
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  expect ("anyio_task_group_open()*only be called in a task*");
  {
    g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

    g_assert_nonnull (group);
  }
  g_test_assert_expected_messages ();
}

static gboolean
trace_run (gpointer user_data,
           GError **error)
{
  anyio_trace ("other");

  return TRUE;
}

static gboolean
test_home (gpointer user_data,
           GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  const char *stack_address = NULL;
  const char here = 0;

  g_test_summary ("ARCHITECTURE (home stack): call_home runs the function on the thread's own stack; no other task runs meanwhile, and it cannot suspend");

  anyio_task_set_name (anyio_get_current_task (), "visitor");
  anyio_task_group_start_soon (group, trace_run, NULL, NULL);
  anyio_call_home (look_around, &stack_address);
  anyio_trace ("back");
  g_assert_cmpuint (ABS (stack_address - &here), >, 4096);
  assert_joins (group);
  anyio_assert_trace ("home back other");

  return TRUE;
}

static void
call_home_again (gpointer user_data)
{
  anyio_trace ("in");
  if (user_data != NULL)
    anyio_call_home (call_home_again, NULL);
  anyio_trace ("out");
}

static gboolean
test_home_twice (gpointer user_data,
                 GError **error)
{
  int something;

  g_test_summary ("ARCHITECTURE (home stack): on the home stack call_home is a plain call");

  anyio_call_home (call_home_again, &something);
  anyio_assert_trace ("in in out out");
  for (guint i = 0; i < 1000; i++)
    anyio_call_home (call_home_again, NULL);
  assert_sleeps (1);

  return TRUE;
}

static void
run_loop (gpointer loop)
{
  g_main_loop_run (loop);
  anyio_trace ("%s", anyio_task_get_name (anyio_get_current_task ()));
}

static gboolean
visit_home (gpointer user_data,
            GError **error)
{
  anyio_call_home (call_home_again, NULL);

  return TRUE;
}

static gboolean
test_loop_at_home (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GMainLoop) loop = new_loop ();

  g_test_summary ("ARCHITECTURE (home stack): a main loop that is nested there works, other tasks go on, and may visit the home stack themselves");

  anyio_task_set_name (anyio_get_current_task (), "visitor");
  anyio_task_group_start_soon (group, visit_home, NULL, NULL);
  anyio_task_group_start_soon (group, quit_later, loop, NULL);
  anyio_call_home (run_loop, loop);
  anyio_trace ("back");
  assert_joins (group);
  anyio_assert_trace ("in out quit visitor back");

  return TRUE;
}

static void
test_home_outside (void)
{
  g_test_summary ("ARCHITECTURE (home stack): outside tasks call_home is a plain call");

  anyio_trace_clear ();
  anyio_call_home (call_home_again, NULL);
  anyio_assert_trace ("in out");
}

static void
use_stack (gpointer user_data)
{
  guint *result = user_data;
  volatile char buffer[400 * 1024];

  for (gsize i = 0; i < sizeof buffer; i += 1024)
    buffer[i] = 1;
  for (gsize i = 0; i < sizeof buffer; i += 1024)
    *result += buffer[i];
}

static gboolean
use_stack_at_home (gpointer user_data,
                   GError **error)
{
  anyio_call_home (use_stack, user_data);

  return TRUE;
}

static gboolean
test_home_is_large (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  guint result = 0;

  g_test_summary ("ARCHITECTURE (home stack): what needs much stack can be called from a task with a small one");

  anyio_task_group_set_stack_size (group, 64 * 1024);
  anyio_task_group_start_soon (group, use_stack_at_home, &result, NULL);
  assert_joins (group);
  g_assert_cmpuint (result, ==, 400);

  return TRUE;
}

static gboolean
test_run_inside (gpointer user_data,
                 GError **error)
{
  g_autoptr (GError) misuse = NULL;

  g_test_summary ("SEMANTICS 11.13: run inside a task is misuse");

  anyio_task_set_name (anyio_get_current_task (), "runner");
  expect ("anyio_run()*inside task \"runner\"*");
  g_assert_false (anyio_run (succeed, NULL, &misuse));
  g_test_assert_expected_messages ();
  g_assert_error (misuse, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static void
iterate_when_empty (GListModel *tasks,
                    guint position,
                    guint n_removed,
                    guint n_added,
                    gpointer user_data)
{
  gboolean *has_iterated = user_data;
  gint64 end_us = g_get_monotonic_time () + 200 * 1000;

  if (g_list_model_get_n_items (tasks) > 0 || *has_iterated)
    return;
  *has_iterated = TRUE;
  while (g_get_monotonic_time () < end_us)
    {
      g_usleep (1000);
      g_main_context_iteration (NULL, FALSE);
    }
}

static void
test_unused_in_nested_loop (void)
{
  g_autoptr (GListModel) tasks = NULL;
  gboolean has_iterated = FALSE;

  g_test_summary ("a scheduler that has no tasks any more is not closed in a main loop that it runs itself");

  anyio_start (succeed, NULL, NULL);
  tasks = anyio_get_running_tasks ();
  g_signal_connect (tasks, "items-changed", G_CALLBACK (iterate_when_empty), &has_iterated);
  g_assert_cmpuint (g_list_model_get_n_items (tasks), ==, 1);
  while (!has_iterated)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/place/outside-tasks/no-task", test_outside);
  anyio_test_add_func ("/place/pushed-context/misuse", test_pushed_context);
  anyio_test_add_func ("/place/callback-of-nested-loop/misuse", test_nested_callback);
  anyio_test_add_func ("/place/nested-loop/others-go-on", test_nested_loop);
  core_add_ordered ("/place/nested-loops-in-each-other/each-ends", test_nested_deep);
  core_add_ordered ("/place/home/own-stack-of-the-thread", test_home);
  anyio_test_add_func ("/place/home-twice/plain-call", test_home_twice);
  core_add_ordered ("/place/loop-at-home/others-go-on", test_loop_at_home);
  g_test_add_func ("/place/home-outside-tasks/plain-call", test_home_outside);
  anyio_test_add_func ("/place/home-from-small-stack/large", test_home_is_large);
  anyio_test_add_func ("/place/run-inside-task/misuse", test_run_inside);
  g_test_add_func ("/place/unused/not-closed-in-nested-loop", test_unused_in_nested_loop);

  return g_test_run ();
}
