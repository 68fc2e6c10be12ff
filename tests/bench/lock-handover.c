/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lock_handover: two tasks want the same lock, so each release hands it to the other one, and each acquire waits. N hand-overs; nanoseconds for one, its switch included. */
#include "bench-task.h"

typedef struct
{
  AnyioLock *lock;
  gsize times;
} Work;

static gboolean
take_turns (gpointer user_data, GError **error)
{
  const Work *work = user_data;

  for (gsize i = 0; i < work->times; i++)
    {
      if (!anyio_lock_acquire (work->lock, error))
        return FALSE;
      if (i == 0 && !anyio_checkpoint (error)) /* the other one comes and waits */
        return FALSE;
      anyio_lock_release (work->lock);
    }

  return TRUE;
}

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  g_autoptr (AnyioLock) lock = anyio_lock_new ();
  Work work = { lock, MAX (1, n / 2) };
  gint64 begin_ns = bench_now_ns ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_set_stack_size (group, BENCH_SMALL_STACK_BYTES);
  for (guint i = 0; i < 2; i++)
    anyio_task_group_start_soon (group, take_turns, &work, NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;

  bench_print ("lock_handover", n, (bench_now_ns () - begin_ns) / (2.0 * work.times), "ns");

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 10000000);

  return bench_run (measure, &n);
}
