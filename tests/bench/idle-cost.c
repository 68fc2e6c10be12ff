/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idle_cost: what N sleeping tasks add to one main-loop iteration that has nothing to do with them. Microseconds over the same iteration of a
 * context on which nothing else lives. */
#include "bench-task.h"

static void
ticks_finished (gpointer user_data)
{
  g_task_return_boolean (user_data, TRUE);
}

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  double bare_ns = bench_bare_iteration_ns ();
  BenchTicks ticks = { .total = 20000, .finished = ticks_finished };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GTask) ticked = NULL;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  if (!bench_start_sleepers (group, n, error))
    return FALSE;

  /* This task waits, too, so the loop has nothing to do but the idle source. */
  ticked = g_task_new (NULL, ANYIO_CALL (&call));
  ticks.user_data = ticked;
  bench_ticks_attach (&ticks, g_main_context_get_thread_default ());
  if (!g_task_propagate_boolean (G_TASK (anyio_call_await (&call)), error))
    return FALSE;

  printf ("# idle_cost %" G_GSIZE_FORMAT ": %.3f us an iteration, bare %.3f us\n", n, ticks.each_ns / 1e3, bare_ns / 1e3);
  bench_print ("idle_cost", n, (ticks.each_ns - bare_ns) / 1e3, "us");

  anyio_task_group_cancel (group, "measured");

  return anyio_task_group_join (group, error);
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 100000);

  return bench_run (measure, &n);
}
