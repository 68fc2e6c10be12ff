/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The trace: words in order, from any thread, empty at the beginning of each test. */

#include "../core/ordered.h"

#include <string.h>

static gboolean
trace_twice (gpointer user_data,
             GError **error)
{
  const char *name = user_data;

  anyio_trace ("%s%d", name, 1);
  if (!anyio_checkpoint (error))
    return FALSE;
  anyio_trace ("%s%d", name, 2);

  return TRUE;
}

static gboolean
test_words (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_assert_trace ("");
  anyio_task_group_start_soon (group, trace_twice, (gpointer) "a", NULL);
  anyio_task_group_start_soon (group, trace_twice, (gpointer) "b", NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  anyio_assert_trace ("a1 b1 a2 b2");

  anyio_trace_clear ();
  anyio_assert_trace ("");
  anyio_trace ("again");
  anyio_assert_trace ("again");

  return TRUE;
}

static gpointer
trace_often (gpointer data)
{
  for (guint i = 0; i < 1000; i++)
    anyio_trace ("word");

  return NULL;
}

static void
test_threads (void)
{
  GThread *threads[4];
  g_auto (GStrv) words = NULL;

  anyio_trace_clear ();
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("trace", trace_often, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);

  words = g_strsplit (anyio_trace_get (), " ", -1);
  g_assert_cmpuint (g_strv_length (words), ==, 4000);
  for (guint i = 0; i < 4000; i++)
    g_assert_cmpstr (words[i], ==, "word");
}

static void
test_mismatch (void)
{
  if (g_test_subprocess ())
    {
      anyio_trace ("a1");
      anyio_assert_trace ("a2");
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*\"a1\" == \"a2\"*");
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/trace/words/are-in-order", test_words);
  core_add_ordered ("/trace/next-test/begins-empty", test_words);
  g_test_add_func ("/trace/threads/lose-nothing", test_threads);
  g_test_add_func ("/trace/mismatch/is-shown", test_mismatch);

  return g_test_run ();
}
