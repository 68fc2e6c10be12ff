/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What our own benchmark programs share beside bench.h: running the measured task, and a crowd of tasks that do nothing but sleep. */
#pragma once

#include <anyio.h>

#include "bench.h"

/* The class of stacks for tasks in masses. */
#define BENCH_SMALL_STACK_BYTES (64 * 1024)

static inline int
bench_run (AnyioTaskFunc measure, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!anyio_run (measure, user_data, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return 1;
    }

  return 0;
}

/* How many tasks have got as far as their sleep. A task that counted itself runs on until it sleeps, so once the count is full all sleep. */
static gsize bench_asleep;

static inline gboolean
bench_sleeper (gpointer user_data, GError **error)
{
  bench_asleep++;

  return anyio_sleep (3600.0, error);
}

static inline gboolean
bench_wait_asleep (gsize n, GError **error)
{
  while (bench_asleep < n)
    if (!anyio_checkpoint (error))
      return FALSE;

  return TRUE;
}

/* Starts @n sleepers on small stacks in @group and waits until they sleep. */
static inline gboolean
bench_start_sleepers (AnyioTaskGroup *group, gsize n, GError **error)
{
  bench_asleep = 0;
  anyio_task_group_set_stack_size (group, BENCH_SMALL_STACK_BYTES);
  for (gsize i = 0; i < n; i++)
    anyio_task_group_start_soon (group, bench_sleeper, NULL, NULL);

  return bench_wait_asleep (n, error);
}
