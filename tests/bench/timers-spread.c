/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* timers_spread: N tasks sleep until N deadlines that are spread evenly, but in no order, over one second. CPU seconds from before the first
 * task is started until the last one is joined. */
#include "bench-task.h"

static gboolean
sleep_until (gpointer user_data, GError **error)
{
  const double *deadline = user_data;

  return anyio_sleep_until (*deadline, error);
}

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  g_autofree double *deadlines = g_new (double, n);
  double cpu_before = bench_cpu_seconds ();
  double now = anyio_current_time ();
  double cpu_started;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_set_stack_size (group, BENCH_SMALL_STACK_BYTES);
  for (gsize i = 0; i < n; i++)
    {
      deadlines[i] = now + (BENCH_SHUFFLE (i, n) + 1.0) / n;
      anyio_task_group_start_soon (group, sleep_until, &deadlines[i], NULL);
    }
  if (!anyio_checkpoint (error))
    return FALSE;
  cpu_started = bench_cpu_seconds ();
  if (!anyio_task_group_join (group, error))
    return FALSE;

  printf ("# timers_spread %" G_GSIZE_FORMAT ": of it about %.3f s to start the tasks\n", n, cpu_started - cpu_before);
  bench_print ("timers_spread", n, bench_cpu_seconds () - cpu_before, "s");

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 10000);

  return bench_run (measure, &n);
}
