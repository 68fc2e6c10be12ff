/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lock_uncontended: one task acquires and releases a lock that nobody else wants, N times. Nanoseconds for both together. */
#include "bench-task.h"

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  gint64 begin_ns = bench_now_ns ();

  for (gsize i = 0; i < n; i++)
    {
      if (!anyio_lock_acquire (lock, error))
        return FALSE;
      anyio_lock_release (lock);
    }

  bench_print ("lock_uncontended", n, (bench_now_ns () - begin_ns) / (double) n, "ns");

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 10000000);

  return bench_run (measure, &n);
}
