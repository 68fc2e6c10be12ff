/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Entry points: anyio_run() and its options, anyio_start() on a context that runs already. SIGINT is in test-sigint.c. */

#include "jobs.h"

static gboolean
succeed (gpointer data, GError **error)
{
  if (data != NULL)
    *(gboolean *) data = TRUE;

  return anyio_checkpoint (error);
}

static gboolean
fail (gpointer data, GError **error)
{
  return anyio_checkpoint (error) && fail_with (error, G_IO_ERROR_NOT_FOUND, "gone");
}

static gboolean
be_silent (gpointer data, GError **error)
{
  return FALSE;
}

static void
test_result (void)
{
  g_autoptr (GError) error = NULL;
  gboolean ran = FALSE;

  g_test_summary ("anyio_run(): the result and the error are those of the function; runs may follow each other");

  g_assert_true (anyio_run (succeed, &ran, &error));
  g_assert_no_error (error);
  g_assert_true (ran);
  g_assert_false (anyio_run (fail, NULL, &error));
  assert_and_clear (&error, G_IO_ERROR_NOT_FOUND, "gone");
  g_assert_false (anyio_run (fail, NULL, NULL));
  g_assert_false (anyio_run (be_silent, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "be_silent"));
  g_assert_null (anyio_get_current_task ());
}

static gboolean
test_inside_task (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 11.13: anyio_run() inside a task is misuse, also in a callback on its home stack");

  expect_critical ("*anyio_run() was called inside task \"/run/inside-task/misuse\"*");
  g_assert_false (anyio_run (succeed, NULL, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_assert_true (anyio_checkpoint (error));

  return TRUE;
}

static gboolean
idle_cb (gpointer data)
{
  *(gboolean *) data = TRUE;

  return G_SOURCE_REMOVE;
}

static gboolean
use_default_context (gpointer data, GError **error)
{
  gboolean called = FALSE;

  g_assert_null (g_main_context_get_thread_default ());
  g_idle_add (idle_cb, &called);
  while (!called)
    if (!anyio_checkpoint (error))
      return FALSE;

  return TRUE;
}

static void
test_main_thread (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 11.13: in the main thread anyio_run() iterates the global default context, so that idles work");

  g_assert_true (anyio_run (use_default_context, NULL, &error));
  g_assert_no_error (error);
}

static gboolean
use_private_context (gpointer data, GError **error)
{
  GMainContext *context = g_main_context_get_thread_default ();

  g_assert_nonnull (context);
  g_assert_true (context != g_main_context_default ());

  return anyio_sleep (0.001, error);
}

static gpointer
run_in_thread (gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (anyio_run (use_private_context, NULL, &error));
  g_assert_no_error (error);
  g_assert_null (g_main_context_get_thread_default ());

  return NULL;
}

static void
test_thread (void)
{
  GThread *threads[2];

  g_test_summary ("SEMANTICS 11.13: a thread without a context gets a private one for the run");

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("runner", run_in_thread, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static gboolean
know_name (gpointer data, GError **error)
{
  g_assert_cmpstr (anyio_task_get_name (anyio_get_current_task ()), ==, data);
  g_assert_null (anyio_task_get_parent (anyio_get_current_task ()));
  g_assert_null (anyio_task_get_group (anyio_get_current_task ()));

  return TRUE;
}

static void
test_name (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 11.17: root tasks are named after their function, and have neither parent nor group");

  g_assert_true (anyio_run (know_name, (gpointer) "know_name", &error));
  g_assert_true (anyio_run_named ("other", know_name, (gpointer) "other", NULL, &error));
}

/* --- options ------------------------------------------------------------------------------------------------------------------------------- */

static void
test_backends (void)
{
  const char *backends[] = {
    "glib",
#ifdef __linux__
    "epoll",
#endif
  };
  g_autoptr (AnyioRunOptions) options = anyio_run_options_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("Options: each back end runs; an unknown one is INVALID_ARGUMENT, and nothing runs");

  for (guint i = 0; i < G_N_ELEMENTS (backends); i++)
    {
      anyio_run_options_set_backend (options, backends[i]);
      g_assert_true (anyio_run_full (succeed, NULL, options, &error));
      g_assert_no_error (error);
    }
  anyio_run_options_set_backend (options, "abacus");
  g_assert_false (anyio_run_full (succeed, NULL, options, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "abacus"));
}

static gboolean
spawn_many (gpointer data, GError **error)
{
  static const char *names[] = { "a", "b", "c", "d", "e", "f", "g", "h" };
  Job jobs[G_N_ELEMENTS (names)] = { 0 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    jobs[i].name = names[i];
  start_jobs (group, jobs, G_N_ELEMENTS (jobs));

  return anyio_task_group_join (group, error);
}

static void
test_seeds (void)
{
  g_autofree char *in_order = NULL;
  g_autoptr (GError) error = NULL;
  gboolean differs = FALSE;

  g_test_summary ("SEMANTICS 1.2, I21, I22: seed 0 is spawn order; the same seed gives the same order, and some seed another one");

  g_assert_true (anyio_test_run (spawn_many, NULL, 0, &error));
  in_order = g_strdup (anyio_trace_get ());
  g_assert_cmpstr (in_order, ==, "a+ b+ c+ d+ e+ f+ g+ h+ a- b- c- d- e- f- g- h-");
  for (guint seed = 1; seed <= 8; seed++)
    {
      g_autofree char *first = NULL;

      g_assert_true (anyio_test_run (spawn_many, NULL, seed, &error));
      first = g_strdup (anyio_trace_get ());
      g_assert_true (anyio_test_run (spawn_many, NULL, seed, &error));
      g_assert_cmpstr (anyio_trace_get (), ==, first);
      differs |= !g_str_equal (first, in_order);
    }
  g_assert_true (differs);
}

static void
test_copy_of_options (void)
{
  g_autoptr (AnyioRunOptions) options = anyio_run_options_new ();
  g_autoptr (AnyioRunOptions) copy = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Options are a boxed type: a copy is independent");

  anyio_run_options_set_backend (options, "abacus");
  copy = g_boxed_copy (ANYIO_TYPE_RUN_OPTIONS, options);
  anyio_run_options_set_backend (options, NULL);
  g_assert_true (anyio_run_full (succeed, NULL, options, &error));
  g_assert_false (anyio_run_full (succeed, NULL, copy, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static gboolean
use_much_stack (gpointer data, GError **error)
{
  volatile char buffer[3 * 1024 * 1024];

  for (gsize i = 0; i < sizeof buffer; i += 1024)
    buffer[i] = 1;
  g_assert_cmpint (buffer[0] + buffer[1024], ==, 2);

  return TRUE;
}

static gboolean
spawn_big (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_assert_cmpuint (anyio_task_group_get_stack_size (group), >=, 4 * 1024 * 1024);
  anyio_task_group_start_soon (group, use_much_stack, NULL, NULL);

  return anyio_task_group_join (group, error);
}

static void
test_stack_size (void)
{
  g_autoptr (AnyioRunOptions) options = anyio_run_options_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("Options: the stack size holds for all tasks of the run");

  anyio_run_options_set_stack_size (options, 4 * 1024 * 1024);
  g_assert_true (anyio_run_full (spawn_big, NULL, options, &error));
  g_assert_no_error (error);
}

/* --- start --------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
quit_loop (gpointer data, GError **error)
{
  anyio_trace ("begun");
  if (!anyio_checkpoint (error))
    return FALSE;
  g_main_loop_quit (data);

  return TRUE;
}

static void
trace_cb (gpointer data)
{
  anyio_trace ("destroyed");
}

static void
test_start (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  AnyioTask *task;

  g_test_summary ("anyio_start(): the task begins when the main loop runs, on a context that is somebody else's");

  anyio_trace_clear ();
  task = anyio_start (quit_loop, loop, trace_cb);
  g_object_ref (task);
  g_assert_cmpstr (anyio_task_get_name (task), ==, "quit_loop");
  anyio_trace ("returned");
  g_main_loop_run (loop);
  while (anyio_task_get_status (task) == ANYIO_TASK_PENDING)
    g_main_context_iteration (NULL, TRUE);
  anyio_assert_trace ("returned begun destroyed");
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FINISHED);
  g_object_unref (task);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static gboolean
leave_behind (gpointer data, GError **error)
{
  static Job jobs[] = { { "a", 9, NULL, 1 }, { "b", 9 } };

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    anyio_start_named (jobs[i].name, do_job, &jobs[i], NULL);
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_trace ("end");

  return TRUE;
}

static void
test_leftovers (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("I3: at the end of the run the tasks that anyio_start() left behind are cancelled and waited for");

  g_assert_true (anyio_test_run (leave_behind, NULL, 0, &error));
  g_assert_no_error (error);
  anyio_assert_trace ("a+ b+ end a! b! a~");
}

static gboolean
start_meanwhile (gpointer data, GError **error)
{
  static Job job = { "a", 0 };

  g_assert_true (anyio_checkpoint (error));
  anyio_start_named ("a", do_job, &job, NULL);
  anyio_sleep_forever (NULL);
  anyio_start_named ("a", do_job, &job, NULL);

  return TRUE;
}

static gboolean
leave_starter (gpointer data, GError **error)
{
  anyio_start (start_meanwhile, NULL, NULL);

  return anyio_sleep (1, error);
}

static void
test_leftovers_of_leftovers (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("I3, 1.3: what such a task starts while the run ends is born cancelled and waited for, too");

  g_assert_true (anyio_test_run (leave_starter, NULL, 0, &error));
  anyio_assert_trace ("a+ a- a+ a!");
}

static gboolean
nested (gpointer data, GError **error)
{
  anyio_trace ("nested");

  return anyio_checkpoint (error);
}

static gboolean
run_in_idle_cb (gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (anyio_run (nested, NULL, &error));
  g_assert_no_error (error);
  anyio_trace ("idle");

  return G_SOURCE_REMOVE;
}

static gboolean
wait_for_idle (gpointer data, GError **error)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, run_in_idle_cb, NULL, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  while (!g_source_is_destroyed (source))
    if (!anyio_checkpoint (error))
      return FALSE;
  anyio_trace ("outer");

  return TRUE;
}

static gboolean
test_nested (gpointer data, GError **error)
{
  g_test_summary ("anyio_run() in a callback of the main loop, outside tasks, nests: both runs end well");

  g_assert_true (wait_for_idle (NULL, error));
  anyio_assert_trace ("nested idle outer");

  return TRUE;
}

static gboolean
hang (gpointer data, GError **error)
{
  static Job job = { "a", INFINITY };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  start_jobs (group, &job, 1);
  if (data != NULL)
    {
      ANYIO_SHIELD_FOR (INFINITY);

      anyio_sleep_forever (NULL);
    }

  return anyio_task_group_join (group, error);
}

static void
test_deadlock (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("I26: under the virtual clock nothing runnable and nothing outstanding is a deadlock, reported with the task tree, also when a shield is in the way");

  for (guint i = 0; i < 2; i++)
    {
      g_assert_false (anyio_test_run (hang, i == 0 ? NULL : &error, 0, &error));
      g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_DEADLOCK);
      g_assert_nonnull (strstr (error->message, "\n  a (#"));
      g_clear_error (&error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/run/result/that-of-function", test_result);
  anyio_test_add_func ("/run/inside-task/misuse", test_inside_task);
  g_test_add_func ("/run/main-thread/default-context", test_main_thread);
  g_test_add_func ("/run/thread/private-context", test_thread);
  g_test_add_func ("/run/name/of-function", test_name);
  g_test_add_func ("/run/backend/each-runs", test_backends);
  g_test_add_func ("/run/seed/reproduces", test_seeds);
  g_test_add_func ("/run/options/copied", test_copy_of_options);
  g_test_add_func ("/run/stack-size/for-all-tasks", test_stack_size);
  g_test_add_func ("/run/start/begins-with-loop", test_start);
  g_test_add_func ("/run/leftovers/cancelled-at-end", test_leftovers);
  g_test_add_func ("/run/leftovers-of-leftovers/cancelled-at-end", test_leftovers_of_leftovers);
  anyio_test_add_func ("/run/in-callback/nests", test_nested);
  g_test_add_func ("/run/deadlock/reported", test_deadlock);

  return g_test_run ();
}
