/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stacks of tasks: their sizes, what an overflow says, and what happens when there are no more stacks or descriptors. What changes the whole process runs in a
 * subprocess of its own. */

#include "core-test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAVE_SHADOW_MEMORY TRUE
#else
#define HAVE_SHADOW_MEMORY FALSE
#endif

#define MIB (1024 * 1024)

static gboolean
skips (const char *why)
{
  gboolean under_tool = HAVE_SHADOW_MEMORY || g_getenv ("ANYIO_UNDER_VALGRIND") != NULL || g_getenv ("ANYIO_EMULATED_PROGRAM") != NULL;

  if (under_tool)
    g_test_skip (why);

  return under_tool;
}

/* A hang is a failure, too. */
static void
begin_subprocess (void)
{
  struct rlimit no_core = { 0, 0 };

  setrlimit (RLIMIT_CORE, &no_core);
  alarm (20);
}

/* Recursion that no compiler turns into a loop. */
static gsize
use_stack (gsize bytes)
{
  volatile char frame[1024];

  frame[0] = (char) bytes;

  return bytes > sizeof frame ? use_stack (bytes - sizeof frame) + frame[0] : (gsize) frame[0];
}

static gboolean
use_much_stack (gpointer user_data,
                GError **error)
{
  use_stack (GPOINTER_TO_SIZE (user_data));

  return anyio_checkpoint (error);
}

static gboolean
test_sizes (gpointer user_data,
            GError **error)
{
  static const gsize sizes[] = { 64 * 1024, MIB, 8 * MIB };

  g_test_summary ("ARCHITECTURE (stacks): 64 KiB, 1 MiB by default and 8 MiB; a group inherits the size, and a task gets at least what was asked for");

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

      anyio_task_group_set_stack_size (group, sizes[i]);
      g_assert_cmpuint (anyio_task_group_get_stack_size (group), ==, sizes[i]);
      anyio_task_group_start_soon (group, use_much_stack, GSIZE_TO_POINTER (sizes[i] / 2), NULL);
      assert_joins (group);
    }

  {
    g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

    g_assert_cmpuint (anyio_task_group_get_stack_size (group), ==, MIB);
    anyio_task_group_set_stack_size (group, MIB + 1);
    g_assert_cmpuint (anyio_task_group_get_stack_size (group), >=, MIB + 1);
    assert_joins (group);
  }

  /* The main task's. */
  use_stack (6 * MIB);

  return TRUE;
}

static gboolean
overflow_here (gpointer user_data,
               GError **error)
{
  use_stack (64 * MIB);

  return TRUE;
}

static gboolean
run_overflow (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon (group, sleep_forever, NULL, NULL);
  anyio_task_group_start_soon (group, overflow_here, NULL, NULL);

  return anyio_task_group_join (group, error);
}

static void
test_overflow (void)
{
  if (g_test_subprocess ())
    {
      begin_subprocess ();
      anyio_run (run_overflow, NULL, NULL);
      return;
    }

  g_test_summary ("ARCHITECTURE (stacks): an overflow says which task overflowed, how large its stack is, and what to do");
  if (skips ("a sanitizer or valgrind reports the overflow itself"))
    return;

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*stack overflow in task \"overflow_here\" (1 MiB stack)*raise the stack size*");
}

/* Leaves room for @bytes more. */
static void
limit_memory (gsize bytes)
{
  g_autofree char *statm = NULL;
  gsize n_pages;
  struct rlimit limit;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &statm, NULL, NULL));
  n_pages = g_ascii_strtoull (statm, NULL, 10);
  limit.rlim_cur = limit.rlim_max = n_pages * sysconf (_SC_PAGESIZE) + bytes;
  g_assert_cmpint (setrlimit (RLIMIT_AS, &limit), ==, 0);
}

static gboolean
sleep_and_count (gpointer user_data,
                 GError **error)
{
  guint *n_cancelled = user_data;
  gboolean slept = anyio_sleep (1000, error);

  *n_cancelled += !slept;

  return slept;
}

static gboolean
spawn_many (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioTaskGroup) group = NULL;
  g_autoptr (GError) failure = NULL;
  guint n_cancelled = 0;
  const GError *first;

  limit_memory (200 * MIB);
  group = anyio_task_group_open (error);
  anyio_task_group_set_stack_size (group, 8 * MIB);
  for (guint i = 0; i < 100; i++)
    anyio_task_group_start_soon (group, sleep_and_count, &n_cancelled, NULL);
  g_assert_false (anyio_task_group_join (group, &failure));

  first = failure;
  if (anyio_error_group_get_errors (failure) != NULL)
    first = anyio_error_group_get_errors (failure)->pdata[0];
  g_print ("%s\n", first->message);
  g_assert_error (first, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_true (g_str_has_prefix (first->message, "Task \"sleep_and_count\" could not begin: "));
  g_assert_cmpuint (n_cancelled, >, 0);
  g_assert_cmpuint (n_cancelled, <, 100);

  /* What failed may work later. */
  return anyio_with_timeout (1000, succeed, NULL, error);
}

static void
test_no_stacks (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (GError) error = NULL;

      begin_subprocess ();
      anyio_run (spawn_many, NULL, &error);
      g_assert_no_error (error);
      return;
    }

  g_test_summary ("ARCHITECTURE (stacks), SEMANTICS 3.10: a task that gets no stack fails, with an error that names it and advises; its siblings are cancelled");
  if (skips ("the address space cannot be limited"))
    return;

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*No memory for another stack*let fewer tasks live at once*");
}

static void
test_no_main_stack (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AnyioRunOptions) options = anyio_run_options_new ();
      g_autoptr (GError) error = NULL;

      begin_subprocess ();
      anyio_run_options_set_handle_sigint (options, FALSE); /* GLib watches signals in a thread, and aborts without one */
      limit_memory (8 * MIB);
      g_assert_false (anyio_run_full (succeed, NULL, options, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
      g_print ("%s\n", error->message);
      return;
    }

  g_test_summary ("ARCHITECTURE (stacks): a run whose main task gets no stack fails with that error");
  if (skips ("the address space cannot be limited"))
    return;

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*No memory for another stack*");
}

static void
test_no_descriptors (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (int));
      g_autoptr (GMainContext) context = g_main_context_new ();
      struct rlimit limit = { 64, 64 };
      guint n_failed = 0;
      int fd;

      begin_subprocess ();
      g_main_context_push_thread_default (context);
      g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
      while ((fd = dup (STDIN_FILENO)) >= 0)
        g_array_append_val (fds, fd);
      g_assert_cmpint (errno, ==, EMFILE);

      /* One descriptor more at each attempt, until it works. */
      for (;;)
        {
          g_autoptr (GError) error = NULL;

          if (anyio_run (succeed, NULL, &error))
            break;
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES);
          n_failed++;
          g_assert_cmpuint (fds->len, >, 0);
          close (g_array_index (fds, int, fds->len - 1));
          g_array_set_size (fds, fds->len - 1);
        }
      g_assert_cmpuint (n_failed, >, 0);
      g_assert_cmpuint (n_failed, <, 8);
      g_main_context_pop_thread_default (context);
      return;
    }

  g_test_summary ("ARCHITECTURE (stacks, pollers): with no descriptor left a run fails with the system's error and leaks none; later it works");

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/stack/sizes/as-asked-for", test_sizes);
  g_test_add_func ("/stack/overflow/names-the-task", test_overflow);
  g_test_add_func ("/stack/none-left/error", test_no_stacks);
  g_test_add_func ("/stack/none-for-main-task/error", test_no_main_stack);
  g_test_add_func ("/stack/no-descriptors-left/error", test_no_descriptors);

  return g_test_run ();
}
