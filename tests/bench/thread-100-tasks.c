/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thread_100_tasks: N calls of a function that does nothing in worker threads, by 100 tasks at once. Millions a second. */
#include "bench-task.h"

#define N_TASKS 100

static gboolean
do_nothing (gpointer user_data, GError **error)
{
  return TRUE;
}

static gboolean
call_often (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;

  for (gsize i = 0; i < n; i++)
    if (!anyio_to_thread (do_nothing, NULL, error))
      return FALSE;

  return TRUE;
}

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  gsize n_each = MAX (1, n / N_TASKS);
  gint64 begin_ns = bench_now_ns ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (gsize i = 0; i < N_TASKS; i++)
    anyio_task_group_start_soon (group, call_often, &n_each, NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;

  bench_print ("thread_100_tasks", n, N_TASKS * n_each * 1e3 / (double) (bench_now_ns () - begin_ns), "M/s");

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 500000);

  return bench_run (measure, &n);
}
