/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the libdex peers share: the measured fiber runs on the main scheduler until its future is done. */
#pragma once

#define BENCH_PEER "libdex"
#include <libdex.h>

#include "bench.h"

static inline DexFuture *
libdex_bench_quit (DexFuture *completed, gpointer user_data)
{
  g_main_loop_quit (user_data);

  return NULL;
}

static inline int
libdex_bench_run (DexFiberFunc measure, gpointer user_data)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  DexFuture *future;

  dex_init ();
  future = dex_scheduler_spawn (NULL, 0, measure, user_data, NULL);
  future = dex_future_finally (future, libdex_bench_quit, loop, NULL);
  g_main_loop_run (loop);
  dex_unref (future);

  return 0;
}
