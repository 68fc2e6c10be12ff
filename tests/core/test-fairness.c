/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tasks that never really wait: they give way to other tasks and to the rest of the main context. */

#include "core-test.h"

static gboolean
count_turns (gpointer user_data,
             GError **error)
{
  guint *n_turns = user_data;

  for (;;)
    {
      (*n_turns)++;
      if (!anyio_checkpoint (error))
        return FALSE;
    }
}

/* Waits for a task that has ended, which passes a suspension point without waiting, until it has yielded; returns how many it took. */
static guint
count_until_yield (AnyioTask *ended,
                   const guint *n_turns)
{
  guint n_before = *n_turns;
  guint n_points = 0;

  while (*n_turns == n_before)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (anyio_task_wait (ended, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (++n_points, <=, 1000);
    }
  g_assert_cmpuint (*n_turns, ==, n_before + 1);

  return n_points;
}

static gboolean
test_streak (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) ended = anyio_task_group_create_task (group, succeed, NULL, NULL);
  guint n_turns = 0;

  g_test_summary ("SEMANTICS 1.7: a task that passes 256 suspension points without waiting goes to the back of the queue");

  anyio_task_group_start_soon (group, count_turns, &n_turns, NULL);
  g_assert_true (anyio_checkpoint (error));
  g_assert_cmpuint (n_turns, ==, 1);

  g_assert_cmpuint (count_until_yield (ended, &n_turns), ==, 256);
  g_assert_cmpuint (count_until_yield (ended, &n_turns), ==, 256);

  anyio_task_group_cancel (group, NULL);
  assert_joins (group);

  return TRUE;
}

static gboolean
test_real_wait (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) ended = anyio_task_group_create_task (group, succeed, NULL, NULL);
  guint n_turns = 0;

  g_test_summary ("SEMANTICS 1.7: points count since the task last waited or yielded");

  anyio_task_group_start_soon (group, count_turns, &n_turns, NULL);
  g_assert_true (anyio_checkpoint (error));
  for (guint i = 0; i < 200; i++)
    g_assert_true (anyio_task_wait (ended, error));
  g_assert_cmpuint (n_turns, ==, 1);
  g_assert_true (anyio_checkpoint (error));

  g_assert_cmpuint (count_until_yield (ended, &n_turns), ==, 256);

  anyio_task_group_cancel (group, NULL);
  assert_joins (group);

  return TRUE;
}

static gboolean
test_alternate (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  guint counts[3] = { 0, 0, 0 };

  g_test_summary ("SEMANTICS 1.7: tasks that yield all the time get the same number of turns");

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    anyio_task_group_start_soon (group, count_turns, &counts[i], NULL);
  for (guint i = 0; i < 1000; i++)
    g_assert_true (anyio_checkpoint (error));

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    g_assert_cmpuint (counts[i], ==, 1000);
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);

  return TRUE;
}

static gboolean
set_flag_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_REMOVE;
}

static gboolean
test_other_sources (gpointer user_data,
                    GError **error)
{
  g_autoptr (GSource) idle = g_idle_source_new ();
  gboolean has_run = FALSE;

  g_test_summary ("SEMANTICS 1.7, ARCHITECTURE (scheduler source): beside a task that never waits a source of a lower priority gets its turn");

  g_source_set_priority (idle, G_PRIORITY_DEFAULT_IDLE);
  g_source_set_callback (idle, set_flag_cb, &has_run, NULL);
  g_source_attach (idle, g_main_context_get_thread_default ());
  while (!has_run)
    g_assert_true (anyio_checkpoint (error));

  return TRUE;
}

static gboolean
test_cancelled_loop (gpointer user_data,
                     GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GSource) idle = g_idle_source_new ();
  gboolean has_run = FALSE;

  g_test_summary ("SEMANTICS 1.6: a loop that tries a cancelled sleep again and again does not hang the main context");

  g_source_set_callback (idle, set_flag_cb, &has_run, NULL);
  g_source_attach (idle, g_main_context_get_thread_default ());
  anyio_cancel_scope_cancel (scope, NULL);
  while (!has_run && !anyio_sleep (1, NULL))
    continue;
  g_assert_true (has_run);

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/fairness/points-without-waiting/yields-at-256", test_streak);
  core_add_ordered ("/fairness/points-and-a-yield/counts-anew", test_real_wait);
  core_add_ordered ("/fairness/yielding-tasks/same-number-of-turns", test_alternate);
  anyio_test_add_func_real_time ("/fairness/busy-task/idle-source-runs", test_other_sources);
  anyio_test_add_func_real_time ("/fairness/cancelled-loop/idle-source-runs", test_cancelled_loop);

  return g_test_run ();
}
