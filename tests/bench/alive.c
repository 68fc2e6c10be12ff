/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* alive: N tasks asleep at once on small stacks with guard pages. KiB of memory each, page tables included.
 * alive_cancel: cancelling their group and joining it. Seconds. */
#include "bench-task.h"

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  double before_kib = bench_memory_kib ();
  double each_kib;
  gint64 begin_ns;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  if (!bench_start_sleepers (group, n, error))
    return FALSE;
  each_kib = (bench_memory_kib () - before_kib) / n;

  begin_ns = bench_now_ns ();
  anyio_task_group_cancel (group, "measured");
  if (!anyio_task_group_join (group, error))
    return FALSE;

  bench_print ("alive", n, each_kib, "KiB");
  bench_print ("alive_cancel", n, (bench_now_ns () - begin_ns) / 1e9, "s");

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 1000000);

  return bench_run (measure, &n);
}
