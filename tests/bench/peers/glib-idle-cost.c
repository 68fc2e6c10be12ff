/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idle_cost@glib: what N g_timeout sources, an hour from firing, add to one main-loop iteration. Microseconds over the bare iteration. */
#define BENCH_PEER "glib"
#include "bench.h"

static gboolean
never (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 100000);
  double bare_ns = bench_bare_iteration_ns ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  BenchTicks ticks = { .total = 100, .finished = (void (*) (gpointer)) g_main_loop_quit, .user_data = loop };

  for (gsize i = 0; i < n; i++)
    g_timeout_add (3600 * 1000, never, NULL);
  bench_ticks_attach (&ticks, NULL);
  g_main_loop_run (loop);

  bench_print ("idle_cost", n, (ticks.each_ns - bare_ns) / 1e3, "us");

  return 0;
}
