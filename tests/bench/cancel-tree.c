/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cancel_tree: N tasks in a tree of 1,000 to a group; the root is cancelled and joined, so every task is reached, unwinds and ends before the
 * clock is read again. Nanoseconds a task. */
#include "bench-task.h"

#define BRANCH 1000

static gboolean
sleep_forever (gpointer user_data, GError **error)
{
  bench_asleep++;

  return anyio_sleep_forever (error);
}

/* One task of BRANCH, which owns the others. */
static gboolean
run_branch (gpointer user_data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_set_stack_size (group, BENCH_SMALL_STACK_BYTES);
  for (guint i = 1; i < BRANCH; i++)
    anyio_task_group_start_soon (group, sleep_forever, NULL, NULL);
  bench_asleep++;

  return anyio_task_group_join (group, error);
}

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  gint64 begin_ns;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_set_stack_size (group, BENCH_SMALL_STACK_BYTES);
  for (gsize i = 0; i < n / BRANCH; i++)
    anyio_task_group_start_soon (group, run_branch, NULL, NULL);
  if (!bench_wait_asleep (n, error))
    return FALSE;

  begin_ns = bench_now_ns ();
  anyio_task_group_cancel (group, "measured");
  if (!anyio_task_group_join (group, error))
    return FALSE;

  bench_print ("cancel_tree", n, (bench_now_ns () - begin_ns) / (double) n, "ns");

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 1000000) / BRANCH * BRANCH;

  return bench_run (measure, &n);
}
