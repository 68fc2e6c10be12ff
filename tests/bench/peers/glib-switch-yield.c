/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* switch_yield@glib: N idle sources that stay and are dispatched again and again. Nanoseconds a dispatch: GLib's way from one piece of work to
 * the next ready one. It saves no stack, so it is less work than a switch. */
#define BENCH_PEER "glib"
#include "bench.h"

#define DISPATCHES 2000000

static gsize dispatched;

static gboolean
on_idle (gpointer user_data)
{
  dispatched++;

  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 2);
  gint64 begin_ns;

  for (gsize i = 0; i < n; i++)
    g_idle_add (on_idle, NULL);

  begin_ns = bench_now_ns ();
  while (dispatched < DISPATCHES)
    g_main_context_iteration (NULL, TRUE);
  bench_print ("switch_yield", n, (bench_now_ns () - begin_ns) / (double) dispatched, "ns");

  return 0;
}
