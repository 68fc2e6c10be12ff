/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values of tasks, which are inherited, and of runs, which are shared. */

#include "core-test.h"

static GQuark color_key;
static GQuark shape_key;

static void
trace_value (const char *who)
{
  const char *value = anyio_task_get_value (color_key);

  anyio_trace ("%s=%s", who, value != NULL ? value : "none");
}

static void
set_color (const char *value)
{
  anyio_task_set_value (color_key, (gpointer) value, NULL);
}

static gboolean
child (gpointer user_data,
       GError **error)
{
  trace_value ("child");
  set_color ("green");
  trace_value ("child");
  if (!anyio_checkpoint (error))
    return FALSE;
  trace_value ("child");

  return TRUE;
}

static gboolean
test_inherited (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("Header: a task inherits the values that its spawner has at the spawn; what it sets itself neither parent nor sibling sees");

  trace_value ("main");
  anyio_task_group_start_soon (group, child, NULL, NULL);
  set_color ("red");
  anyio_task_group_start_soon (group, child, NULL, NULL);
  set_color ("blue");
  assert_joins (group);
  trace_value ("main");
  anyio_assert_trace ("main=none child=none child=green child=red child=green child=green child=green main=blue");

  return TRUE;
}

static gboolean
spawn_grandchild (gpointer user_data,
                  GError **error)
{
  anyio_task_group_start_soon (user_data, child, NULL, NULL);

  return TRUE;
}

static gboolean
set_and_spawn (gpointer user_data,
               GError **error)
{
  set_color ("red");

  return spawn_grandchild (user_data, error);
}

static gboolean
test_spawner (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("Header: what counts is the task that spawns, not the group's owner");

  set_color ("blue");
  anyio_task_group_start_soon (group, set_and_spawn, group, NULL);
  assert_joins (group);
  trace_value ("main");
  anyio_assert_trace ("child=red child=green child=green main=blue");

  return TRUE;
}

static gboolean
test_several (gpointer user_data,
              GError **error)
{
  g_test_summary ("Header: keys are independent; NULL is a value that looks like none; the last one set counts");

  set_color ("red");
  anyio_task_set_value (shape_key, (gpointer) "round", NULL);
  g_assert_cmpstr (anyio_task_get_value (color_key), ==, "red");
  g_assert_cmpstr (anyio_task_get_value (shape_key), ==, "round");
  set_color ("green");
  g_assert_cmpstr (anyio_task_get_value (color_key), ==, "green");
  set_color (NULL);
  g_assert_null (anyio_task_get_value (color_key));
  g_assert_cmpstr (anyio_task_get_value (shape_key), ==, "round");

  return TRUE;
}

static void
trace_freed (gpointer value)
{
  g_autoptr (GError) error = NULL;

  anyio_trace ("free-%s", (const char *) value);
  /* On the home stack: it cannot suspend. */
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*anyio_checkpoint()*only be called in a task*");
  g_assert_false (anyio_checkpoint (&error));
  g_test_assert_expected_messages ();
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
}

static gboolean
sleep_and_trace (gpointer name,
                 GError **error)
{
  if (!anyio_sleep (g_str_equal (name, "short") ? 1 : 2, error))
    return FALSE;
  trace_value (name);

  return TRUE;
}

static gboolean
test_freed (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("Header, SEMANTICS 1.8: a value is freed once, on the home stack, when no task has it any more");

  anyio_task_set_value (color_key, (gpointer) "red", trace_freed);
  anyio_task_group_start_soon (group, sleep_and_trace, (gpointer) "short", NULL);
  anyio_task_group_start_soon (group, sleep_and_trace, (gpointer) "long", NULL);
  anyio_task_set_value (color_key, (gpointer) "blue", trace_freed);
  anyio_task_set_value (color_key, (gpointer) "green", trace_freed);
  anyio_trace ("join");
  assert_joins (group);
  anyio_trace ("joined");
  set_color (NULL);
  anyio_assert_trace ("free-blue join short=red long=red free-red joined free-green");

  return TRUE;
}

static gboolean
share (gpointer user_data,
       GError **error)
{
  anyio_trace ("%s", (const char *) anyio_run_get_value (color_key));
  anyio_run_set_value (color_key, (gpointer) "green", trace_freed);

  return TRUE;
}

static gboolean
use_run_value (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_assert_null (anyio_run_get_value (color_key));
  anyio_run_set_value (color_key, (gpointer) "red", trace_freed);
  anyio_run_set_value (shape_key, (gpointer) "round", trace_freed);
  anyio_task_group_start_soon (group, share, NULL, NULL);
  assert_joins (group);
  anyio_trace ("%s", (const char *) anyio_run_get_value (color_key));
  anyio_run_set_value (shape_key, NULL, NULL);

  return TRUE;
}

static void
test_run_value (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Header: a value of the run is seen by all its tasks, freed when it is replaced, removed, or the run ends; the next run has none");

  for (guint i = 0; i < 2; i++)
    {
      anyio_test_run (use_run_value, NULL, 0, &error);
      g_assert_no_error (error);
      anyio_assert_trace ("red free-red green free-round free-green");
    }
}

static void
free_quietly (gpointer value)
{
  anyio_trace ("freed");
}

static void
test_outside (void)
{
  g_test_summary ("Header: outside tasks and runs there are no values; setting one is told and frees it");

  anyio_trace_clear ();
  g_assert_null (anyio_task_get_value (color_key));
  g_assert_null (anyio_run_get_value (color_key));
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "anyio_task_set_value()*only be called in a task*");
  anyio_task_set_value (color_key, (gpointer) "red", free_quietly);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "anyio_run_set_value()*only be called in a task*");
  anyio_run_set_value (color_key, (gpointer) "red", free_quietly);
  g_test_assert_expected_messages ();
  anyio_assert_trace ("freed freed");
}

static void
name_task_cb (gpointer data)
{
  AnyioTask *task = anyio_get_current_task ();

  g_assert_cmpstr (anyio_task_get_name (task), ==, "set_and_return");
  *(AnyioTask **) data = g_object_ref (task);
}

static gboolean
set_and_return (gpointer data, GError **error)
{
  anyio_task_set_value (g_quark_from_static_string ("asked"), data, name_task_cb);

  return TRUE;
}

static gboolean
test_destroy_asks_for_task (gpointer data, GError **error)
{
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("a value that dies with its task is destroyed while the task can still be asked for; a handle made there hears of the end");

  anyio_task_group_start_soon (group, set_and_return, &task, NULL);
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FINISHED);

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  color_key = g_quark_from_static_string ("anyio-test-color");
  shape_key = g_quark_from_static_string ("anyio-test-shape");

  core_add_ordered ("/values/spawn/inherited", test_inherited);
  anyio_test_add_func ("/values/spawn-by-child/from-the-spawner", test_spawner);
  anyio_test_add_func ("/values/several/independent", test_several);
  core_add_ordered ("/values/last-user-ends/freed", test_freed);
  g_test_add_func ("/values/run/shared", test_run_value);
  g_test_add_func ("/values/outside/none", test_outside);
  anyio_test_add_func ("/values/destroy/asks-for-task", test_destroy_asks_for_task);

  return g_test_run ();
}
