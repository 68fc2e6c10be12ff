/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libglib-testing beside this library: what a list of tasks emits, logged by a GtSignalLogger and compared. */

#include <anyio-testing.h>
#include <libglib-testing/signal-logger.h>

static gboolean
sleep_for_ever (gpointer user_data,
                GError **error)
{
  return anyio_sleep_forever (error);
}

static void
pop_changes (GtSignalLogger *logger,
             gpointer model,
             guint expected_position,
             guint expected_removed,
             guint expected_added)
{
  guint position = G_MAXUINT;
  guint removed = G_MAXUINT;
  guint added = G_MAXUINT;

  gt_signal_logger_assert_emission_pop (logger, model, "items-changed", &position, &removed, &added);
  g_assert_cmpuint (position, ==, expected_position);
  g_assert_cmpuint (removed, ==, expected_removed);
  g_assert_cmpuint (added, ==, expected_added);
}

static gboolean
test_group (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GtSignalLogger) logger = gt_signal_logger_new ();
  g_autoptr (AnyioTask) second = NULL;

  g_test_summary ("A group is a list of its live children in spawn order, and tells of changes in batches (SEMANTICS 11.8)");

  gt_signal_logger_connect (logger, group, "items-changed");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (group)), ==, 0);

  anyio_task_group_start_soon_named (group, "first", sleep_for_ever, NULL, NULL);
  second = anyio_task_group_create_task_named (group, "second", sleep_for_ever, NULL, NULL);
  anyio_task_group_start_soon_named (group, "third", sleep_for_ever, NULL, NULL);
  gt_signal_logger_assert_no_emissions (logger);
  if (!anyio_wait_all_tasks_blocked (error))
    return FALSE;
  pop_changes (logger, group, 0, 0, 3);
  gt_signal_logger_assert_no_emissions (logger);

  anyio_task_cancel (second, NULL);
  if (!anyio_wait_all_tasks_blocked (error))
    return FALSE;
  pop_changes (logger, group, 1, 1, 0);
  gt_signal_logger_assert_no_emissions (logger);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AnyioTask) task = g_list_model_get_item (G_LIST_MODEL (group), i);

      g_assert_cmpstr (anyio_task_get_name (task), ==, i == 0 ? "first" : "third");
    }

  anyio_task_group_cancel (group, NULL);
  if (!anyio_task_group_join (group, error) || !anyio_wait_all_tasks_blocked (error))
    return FALSE;
  pop_changes (logger, group, 0, 2, 0);
  gt_signal_logger_assert_no_emissions (logger);

  return TRUE;
}

static gboolean
test_running_tasks (gpointer user_data,
                    GError **error)
{
  g_autoptr (GListModel) tasks = anyio_get_running_tasks ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GtSignalLogger) logger = gt_signal_logger_new ();

  gt_signal_logger_connect (logger, tasks, "items-changed");
  g_assert_cmpuint (g_list_model_get_n_items (tasks), ==, 1); /* this one */

  anyio_task_group_start_soon (group, sleep_for_ever, NULL, NULL);
  if (!anyio_wait_all_tasks_blocked (error))
    return FALSE;
  pop_changes (logger, tasks, 1, 0, 1);

  anyio_task_group_cancel (group, NULL);
  if (!anyio_task_group_join (group, error) || !anyio_wait_all_tasks_blocked (error))
    return FALSE;
  pop_changes (logger, tasks, 1, 1, 0);
  gt_signal_logger_assert_no_emissions (logger);

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/signals/group/tells-of-children", test_group);
  anyio_test_add_func ("/signals/running-tasks/tell-of-all", test_running_tasks);

  return g_test_run ();
}
