/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* timers_spread@glib: N g_timeout sources, spread evenly and in no order over one second. CPU seconds from before the first is made until the
 * last has fired. They wake at whole milliseconds, at most 1,000 times, where tasks wake at each deadline: the kinder form for GLib. */
#define BENCH_PEER "glib"
#include "bench.h"

static gsize fired;

static gboolean
on_timeout (gpointer user_data)
{
  fired++;

  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 10000);
  double cpu_before = bench_cpu_seconds ();

  for (gsize i = 0; i < n; i++)
    g_timeout_add ((BENCH_SHUFFLE (i, n) + 1) * 1000 / n, on_timeout, NULL);
  while (fired < n)
    g_main_context_iteration (NULL, TRUE);
  bench_print ("timers_spread", n, bench_cpu_seconds () - cpu_before, "s");

  return 0;
}
