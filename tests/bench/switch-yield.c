/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* switch_yield: N tasks that only yield, so each yield goes through the ready queue into the next task. Nanoseconds a switch. */
#include "bench-task.h"

#define SWITCHES 10000000

static gboolean
yield_often (gpointer user_data, GError **error)
{
  const gsize times = *(const gsize *) user_data;

  for (gsize i = 0; i < times; i++)
    if (!anyio_checkpoint (error))
      return FALSE;

  return TRUE;
}

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  gsize times = MAX (1, SWITCHES / n);
  gint64 begin_ns = bench_now_ns ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_set_stack_size (group, BENCH_SMALL_STACK_BYTES);
  for (gsize i = 0; i < n; i++)
    anyio_task_group_start_soon (group, yield_often, &times, NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;

  bench_print ("switch_yield", n, (bench_now_ns () - begin_ns) / (double) (n * times), "ns");

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 2);

  return bench_run (measure, &n);
}
