/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spawn_join: starts N tasks that do nothing, 1,000 to a group, and joins each group. Millions of tasks a second. */
#include "bench-task.h"

#define BATCH 1000

static gboolean
do_nothing (gpointer user_data, GError **error)
{
  return TRUE;
}

static gboolean
run_batch (gsize size, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (gsize i = 0; i < size; i++)
    anyio_task_group_start_soon (group, do_nothing, NULL, NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  gint64 begin_ns = bench_now_ns ();

  for (gsize done = 0; done < n; done += BATCH)
    if (!run_batch (MIN (BATCH, n - done), error))
      return FALSE;

  bench_print ("spawn_join", n, n * 1e3 / (bench_now_ns () - begin_ns), "M/s");

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 1000000);

  return bench_run (measure, &n);
}
