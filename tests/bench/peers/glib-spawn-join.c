/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spawn_join@glib: N GTasks that return at once, made in batches of 1,000; a batch is over when each of its callbacks has taken its result.
 * No thread is involved: this is the least that GIO's own unit of asynchronous work costs. */
#define BENCH_PEER "glib"
#include <gio/gio.h>

#include "bench.h"

#define BATCH 1000

static void
returned (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gsize *left = user_data;

  if (g_task_propagate_boolean (G_TASK (result), NULL))
    (*left)--;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 1000000);
  gint64 begin_ns = bench_now_ns ();

  for (gsize done = 0; done < n; done += BATCH)
    {
      gsize left = MIN (BATCH, n - done);

      for (gsize i = left; i > 0; i--)
        {
          g_autoptr (GTask) task = g_task_new (NULL, NULL, returned, &left);

          g_task_return_boolean (task, TRUE);
        }
      while (left > 0)
        g_main_context_iteration (NULL, TRUE);
    }
  bench_print ("spawn_join", n, n * 1e3 / (bench_now_ns () - begin_ns), "M/s");

  return 0;
}
