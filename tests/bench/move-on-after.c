/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* move_on_after: entering and leaving a block scope with a deadline while N other tasks sleep in such a scope each. Nanoseconds for both.
 * The N deadlines lie 60 to 120 seconds ahead and the measured one at 90, so it belongs neither at the top nor at the bottom of the timers. */
#include "bench-task.h"

#define TIMES 2000000

static gboolean
sleep_in_scope (gpointer user_data, GError **error)
{
  const double *seconds = user_data;

  ANYIO_FAIL_AFTER (*seconds, error);
  bench_asleep++;

  return anyio_sleep_forever (error);
}

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  g_autofree double *seconds = g_new (double, n);
  gint64 begin_ns;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_set_stack_size (group, BENCH_SMALL_STACK_BYTES);
  for (gsize i = 0; i < n; i++)
    {
      seconds[i] = 60 + BENCH_SHUFFLE (i, n) * 60.0 / n;
      anyio_task_group_start_soon (group, sleep_in_scope, &seconds[i], NULL);
    }
  if (!bench_wait_asleep (n, error))
    return FALSE;

  begin_ns = bench_now_ns ();
  for (gsize i = 0; i < TIMES; i++)
    {
      ANYIO_FAIL_AFTER (90.0, error);
    }
  bench_print ("move_on_after", n, (bench_now_ns () - begin_ns) / (double) TIMES, "ns");

  anyio_task_group_cancel (group, "measured");

  return anyio_task_group_join (group, error);
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 100000);

  return bench_run (measure, &n);
}
