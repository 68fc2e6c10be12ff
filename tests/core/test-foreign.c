/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Starting tasks where they do not belong: in groups and on contexts of other threads, and in a group of another context of the same thread. */

#include "core-test.h"
#include "jobs.h"

static gboolean
never (gpointer data, GError **error)
{
  g_assert_not_reached ();
}

static gboolean
return_at_once (gpointer data, GError **error)
{
  return TRUE;
}

static void
count (gpointer data)
{
  ++*(guint *) data;
}

static void
run_in_thread (GThreadFunc func, gpointer data)
{
  g_thread_join (g_thread_new ("foreign", func, data));
}

/* --- other threads ----------------------------------------------------------------------------------------------------------------------------- */

static gpointer
start_soon (gpointer group)
{
  guint n_destroyed = 0;

  expect_critical ("*\"never\" cannot be started in a task group of another thread*");
  anyio_task_group_start_soon (group, never, &n_destroyed, count);
  g_assert_cmpuint (n_destroyed, ==, 1);
  g_test_assert_expected_messages ();

  return NULL;
}

static gboolean
test_start_soon (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 3.10: starting a task in a group of another thread is misuse, and its destroy function runs");

  run_in_thread (start_soon, group);

  return anyio_task_group_join (group, error);
}

static gpointer
start (gpointer data)
{
  guint n_destroyed = 0;

  expect_critical ("*\"never\" could not be started: Another thread iterates*");
  g_assert_null (anyio_start (never, &n_destroyed, count));
  g_assert_cmpuint (n_destroyed, ==, 1);
  g_test_assert_expected_messages ();

  return NULL;
}

static gboolean
run_thread (gpointer data)
{
  run_in_thread (data, NULL);

  return G_SOURCE_REMOVE;
}

/* In the global context, which is the default of a thread that has no other. */
static void
run_thread_from_main_loop (GThreadFunc func)
{
  g_idle_add (run_thread, func);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_start (void)
{
  g_test_summary ("SEMANTICS 3.10: a thread without a context of its own cannot start tasks on the one that the main thread iterates");

  run_thread_from_main_loop (start);
}

static gpointer
ask (gpointer data)
{
  g_autofree char *tree = anyio_dump_tree ();
  g_autoptr (GListModel) tasks = anyio_get_running_tasks ();

  g_assert_cmpstr (tree, ==, "");
  g_assert_cmpuint (g_list_model_get_n_items (tasks), ==, 0);

  return NULL;
}

static void
test_ask (void)
{
  AnyioTask *task = anyio_start (return_at_once, NULL, NULL);

  g_test_summary ("the tasks of the main thread are not those of a thread without a context of its own");

  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_PENDING);
  run_in_thread (ask, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* --- another context ----------------------------------------------------------------------------------------------------------------------------- */

static gboolean
start_in_foreign_group (gpointer group, GError **error)
{
  g_autoptr (GError) failure = NULL;
  guint n_destroyed = 0;

  expect_critical ("*\"foreigner\" starts task \"never\" in a task group of another main context*");
  g_assert_false (anyio_task_group_start (group, never, &n_destroyed, count, NULL, &failure));
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_assert_cmpuint (n_destroyed, ==, 1);
  g_test_assert_expected_messages ();
  /* Without waiting it is possible. */
  anyio_task_group_start_soon (group, return_at_once, &n_destroyed, NULL);

  return TRUE;
}

static gboolean
test_other_context (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 4: start() into a group of another context of the same thread is misuse; start_soon() is none");

  core_run_on_other_context (start_in_foreign_group, group);

  return anyio_task_group_join (group, error);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/foreign/other-thread/start-soon", test_start_soon);
  g_test_add_func ("/foreign/other-thread/start", test_start);
  g_test_add_func ("/foreign/other-thread/ask", test_ask);
  anyio_test_add_func ("/foreign/other-context/start", test_other_context);

  return g_test_run ();
}
