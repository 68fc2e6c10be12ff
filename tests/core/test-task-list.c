/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of tasks: those of a group and those of the whole context, live, and silent while nobody looks. */

#include "jobs.h"

static void
items_changed_cb (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  g_autoptr (GError) failure = NULL;

  anyio_trace ("%s@%u-%u+%u", (const char *) data, position, removed, added);
  expect_critical ("*anyio_checkpoint*in a task*");
  g_assert_false (anyio_checkpoint (&failure)); /* on the home stack */
  g_test_assert_expected_messages ();
}

/* The names of the tasks, with a space between. */
static char *
list_names (GListModel *model)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (AnyioTask) task = g_list_model_get_item (model, i);

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", anyio_task_get_name (task));
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

#define assert_names(model, expected) \
  G_STMT_START \
  { \
    g_autofree char *names = list_names (G_LIST_MODEL (model)); \
    g_assert_cmpstr (names, ==, (expected)); \
  } \
  G_STMT_END

static gboolean
wait_quietly (gpointer data, GError **error)
{
  const double *seconds = data;

  return anyio_sleep (*seconds, error);
}

static void
start_quiet (AnyioTaskGroup *group, const char *name, double *seconds)
{
  anyio_task_group_start_soon_named (group, name, wait_quietly, seconds, NULL);
}

static gboolean
test_group (gpointer data, GError **error)
{
  double seconds[] = { 3, 1, 3 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 11.8: a group's list holds its live children in spawn order, and follows them in batches on the home stack");

  start_quiet (group, "a", &seconds[0]);
  start_quiet (group, "b", &seconds[1]);
  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (group)) == ANYIO_TYPE_TASK);
  assert_names (group, "a b");
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (group), 2));
  g_signal_connect (group, "items-changed", G_CALLBACK (items_changed_cb), (gpointer) "group");

  for (guint i = 0; i < 3; i++)
    start_quiet (group, "c", &seconds[2]);
  anyio_assert_trace ("");
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_assert_trace ("group@2-0+3");
  assert_names (group, "a b c c c");

  g_assert_true (anyio_sleep (2, error));
  anyio_assert_trace ("group@2-0+3 group@1-1+0");
  assert_names (group, "a c c c");
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_assert_trace ("group@2-0+3 group@1-1+0 group@0-4+0");
  assert_names (group, "");

  return TRUE;
}

static gboolean
test_nobody_looks (gpointer data, GError **error)
{
  double seconds = 1;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("A group's list emits nothing while nobody has looked into it");

  g_signal_connect (group, "items-changed", G_CALLBACK (items_changed_cb), (gpointer) "group");
  start_quiet (group, "a", &seconds);
  g_assert_true (anyio_task_group_join (group, error));
  g_assert_true (anyio_checkpoint (error));
  anyio_assert_trace ("");

  return TRUE;
}

static void
keep (AnyioTask *task, gpointer data)
{
  *(AnyioTask **) data = g_object_ref (task);
}

static gboolean
be_started (gpointer data, GError **error)
{
  const double *seconds = data;

  if (!anyio_sleep (1, error) || !anyio_task_started (NULL, error))
    return FALSE;

  return anyio_sleep (*seconds, error);
}

static gboolean
test_kinds (gpointer data, GError **error)
{
  double seconds = 5;
  g_autoptr (AnyioTask) callback = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 11.8: callback tasks are in the list; a child that start() brings comes with the handoff");

  start_quiet (group, "fiber", &seconds);
  anyio_task_group_start_callback (group, "callback", keep, &callback, NULL);
  assert_names (group, "fiber callback");
  g_signal_connect (group, "items-changed", G_CALLBACK (items_changed_cb), (gpointer) "group");
  g_assert_true (anyio_task_group_start_named (group, "started", be_started, &seconds, NULL, NULL, error));
  g_assert_true (anyio_checkpoint (error));
  anyio_assert_trace ("group@2-0+1");
  assert_names (group, "fiber callback started");
  anyio_task_return_value (callback, NULL);
  anyio_task_group_cancel (group, NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
test_running (gpointer data, GError **error)
{
  double seconds[] = { 2, 1 };
  g_autoptr (GListModel) tasks = anyio_get_running_tasks ();
  g_autoptr (GListModel) same = anyio_get_running_tasks ();
  g_autoptr (AnyioTask) root = g_list_model_get_item (tasks, 0);
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) inner = NULL;

  g_test_summary ("SEMANTICS 11.8: the list of running tasks includes the root task, parents before their children, and is live");

  g_assert_true (tasks == same);
  g_assert_true (root == anyio_get_current_task ());
  anyio_task_set_name (root, "main");
  assert_names (tasks, "main");
  g_signal_connect (tasks, "items-changed", G_CALLBACK (items_changed_cb), (gpointer) "all");
  start_quiet (outer, "a", &seconds[0]);
  inner = anyio_task_group_open (error);
  start_quiet (inner, "b", &seconds[1]);
  g_assert_true (anyio_checkpoint (error));
  anyio_assert_trace ("all@1-0+2");
  assert_names (tasks, "main a b");
  g_assert_true (anyio_task_group_join (inner, error));
  g_assert_true (anyio_checkpoint (error));
  anyio_assert_trace ("all@1-0+2 all@2-1+0");
  g_assert_true (anyio_task_group_join (outer, error));
  g_assert_true (anyio_checkpoint (error));
  assert_names (tasks, "main");

  return TRUE;
}

static void
test_no_tasks (void)
{
  g_autoptr (GListModel) tasks = anyio_get_running_tasks ();

  g_test_summary ("A context without tasks has an empty list");

  g_assert_cmpuint (g_list_model_get_n_items (tasks), ==, 0);
}

static gboolean
keep_list (gpointer data, GError **error)
{
  GListModel **tasks = data;

  *tasks = anyio_get_running_tasks ();
  g_assert_cmpuint (g_list_model_get_n_items (*tasks), ==, 1);

  return TRUE;
}

static void
test_outlives_run (void)
{
  g_autoptr (GListModel) tasks = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A list that is kept after the run is empty, and harmless");

  g_assert_true (anyio_run (keep_list, &tasks, &error));
  g_assert_cmpuint (g_list_model_get_n_items (tasks), ==, 0);
}

static void
test_outlives_tasks (void)
{
  double seconds = 0;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GListModel) tasks = NULL;

  g_test_summary ("ARCHITECTURE, Introspection: the list follows the tasks of its context also when there were none at first, or for a while");

  anyio_trace_clear ();
  g_main_context_push_thread_default (context);
  tasks = anyio_get_running_tasks ();
  assert_names (tasks, "");
  g_signal_connect (tasks, "items-changed", G_CALLBACK (items_changed_cb), (gpointer) "all");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GListModel) same = NULL;

      anyio_start_named ("a", wait_quietly, &seconds, NULL);
      g_main_context_iteration (context, FALSE);
      while (g_main_context_iteration (context, FALSE))
        ; /* the idle source closes what nobody uses */
      assert_names (tasks, "");
      same = anyio_get_running_tasks ();
      g_assert_true (same == tasks);
    }
  anyio_assert_trace ("all@0-0+1 all@0-1+0 all@0-0+1 all@0-1+0");
  g_main_context_pop_thread_default (context);
}

/* --- mirrored ----------------------------------------------------------------------------------------------------------------------------------- */

static void
mirror_cb (GListModel *tasks, guint position, guint n_removed, guint n_added, gpointer data)
{
  GPtrArray *mirror = data;

  g_assert_cmpuint (position + n_removed, <=, mirror->len);
  g_assert_cmpuint (mirror->len - n_removed + n_added, ==, g_list_model_get_n_items (tasks));
  if (n_removed > 0)
    g_ptr_array_remove_range (mirror, position, n_removed);
  for (guint i = 0; i < n_added; i++)
    g_ptr_array_insert (mirror, position + i, g_list_model_get_item (tasks, position + i));
}

static void
assert_mirrored (GListModel *tasks, GPtrArray *mirror)
{
  g_assert_cmpuint (mirror->len, ==, g_list_model_get_n_items (tasks));
  for (guint i = 0; i < mirror->len; i++)
    {
      g_autoptr (GObject) task = g_list_model_get_item (tasks, i);

      g_assert_true (task == mirror->pdata[i]);
    }
}

static GPtrArray *
mirror_new (GListModel *tasks)
{
  GPtrArray *mirror = g_ptr_array_new_with_free_func (g_object_unref);

  mirror_cb (tasks, 0, 0, g_list_model_get_n_items (tasks), mirror);
  g_signal_connect (tasks, "items-changed", G_CALLBACK (mirror_cb), mirror);

  return mirror;
}

/* Sleeps, opens groups and starts tasks at random, some of them with start(), and sometimes fails. */
static gboolean
grow (gpointer data, GError **error)
{
  guint depth = GPOINTER_TO_UINT (data);
  guint n_groups = depth > 0 ? g_test_rand_int_range (0, 3) : 0;

  if (!anyio_sleep (g_test_rand_int_range (0, 5), error) || !anyio_task_started (NULL, error))
    return FALSE;
  for (guint i = 0; i < n_groups; i++)
    {
      g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
      guint n_tasks = g_test_rand_int_range (0, 4);

      for (guint j = 0; j < n_tasks; j++)
        if (g_test_rand_bit ())
          anyio_task_group_start_soon (group, grow, GUINT_TO_POINTER (depth - 1), NULL);
        else if (!anyio_task_group_start (group, grow, GUINT_TO_POINTER (depth - 1), NULL, NULL, error))
          return FALSE;
      if (g_test_rand_int_range (0, 20) == 0)
        return fail_with (error, G_IO_ERROR_NOT_FOUND, "withered");
      if (!anyio_task_group_join (group, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
test_random (gpointer data, GError **error)
{
  GListModel *models[2];
  GPtrArray *mirrors[2];
  g_autoptr (GListModel) tasks = anyio_get_running_tasks ();

  g_test_summary ("SEMANTICS 11.8: who follows items-changed has at every moment what the list has, whatever the tasks do");

  for (guint round = 0; round < 100; round++)
    {
      g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

      models[0] = tasks;
      models[1] = G_LIST_MODEL (group);
      for (guint i = 0; i < G_N_ELEMENTS (models); i++)
        mirrors[i] = mirror_new (models[i]);
      for (guint step = 0; step < 20; step++)
        {
          anyio_task_group_start_soon (group, grow, GUINT_TO_POINTER (2), NULL);
          if (!anyio_sleep (g_test_rand_int_range (0, 3), NULL))
            break;
          for (guint i = 0; i < G_N_ELEMENTS (models); i++)
            assert_mirrored (models[i], mirrors[i]);
        }
      anyio_task_group_join (group, NULL);
      g_assert_true (anyio_sleep (1, error));
      for (guint i = 0; i < G_N_ELEMENTS (models); i++)
        {
          assert_mirrored (models[i], mirrors[i]);
          g_assert_cmpuint (mirrors[i]->len, ==, 1 - i); /* this task */
          g_signal_handlers_disconnect_by_data (models[i], mirrors[i]);
          g_ptr_array_unref (mirrors[i]);
        }
    }

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/task-list/group/is-live", test_group);
  anyio_test_add_func ("/task-list/group/silent-while-nobody-looks", test_nobody_looks);
  anyio_test_add_func ("/task-list/group/all-kinds", test_kinds);
  core_add_ordered ("/task-list/running/is-live", test_running);
  g_test_add_func ("/task-list/no-tasks/empty", test_no_tasks);
  g_test_add_func ("/task-list/tasks-come-and-go/is-live", test_outlives_tasks);
  g_test_add_func ("/task-list/after-run/empty", test_outlives_run);
  anyio_test_add_func ("/task-list/random/mirrored", test_random);

  return g_test_run ();
}
