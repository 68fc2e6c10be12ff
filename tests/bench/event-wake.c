/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* event_wake: N tasks wait for an event; it is set, and all of them run. Nanoseconds a task, from set() until the last one has run. The median of several rounds. */
#include "bench-task.h"

#define ROUNDS 101

typedef struct
{
  AnyioEvent *event;
  gsize n_left;
  gint64 end_ns;
} Crowd;

static gboolean
wait_for_event (gpointer user_data, GError **error)
{
  Crowd *crowd = user_data;

  if (!anyio_event_wait (crowd->event, error))
    return FALSE;
  if (--crowd->n_left == 0)
    crowd->end_ns = bench_now_ns ();

  return TRUE;
}

static gboolean
run_round (gsize n, double *each_ns, GError **error)
{
  g_autoptr (AnyioEvent) event = anyio_event_new ();
  Crowd crowd = { event, n, 0 };
  gint64 begin_ns;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_set_stack_size (group, BENCH_SMALL_STACK_BYTES);
  for (gsize i = 0; i < n; i++)
    anyio_task_group_start_soon (group, wait_for_event, &crowd, NULL);
  while (anyio_event_get_tasks_waiting (event) < n)
    if (!anyio_checkpoint (error))
      return FALSE;
  begin_ns = bench_now_ns ();
  anyio_event_set (event);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  *each_ns = (crowd.end_ns - begin_ns) / (double) n;

  return TRUE;
}

static int
compare (const void *a, const void *b)
{
  const double *left = a;
  const double *right = b;

  return (*left > *right) - (*left < *right);
}

static gboolean
measure (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;
  double each_ns[ROUNDS];

  for (guint i = 0; i < ROUNDS; i++)
    if (!run_round (n, &each_ns[i], error))
      return FALSE;
  qsort (each_ns, ROUNDS, sizeof *each_ns, compare);

  bench_print ("event_wake", n, each_ns[ROUNDS / 2], "ns");

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 1000);

  return bench_run (measure, &n);
}
