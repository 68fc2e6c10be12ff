/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cancel_tree@glib: one root GCancellable, N / 1,000 that follow it, 999 handlers on each; the root is cancelled. Nanoseconds a handler. Only
 * the walk: nothing unwinds, nothing is joined, and no operation has ended when cancel() returns. GIO has no more than this to compare. */
#define BENCH_PEER "glib"
#include <gio/gio.h>

#include "bench.h"

#define BRANCH 1000

static gsize reached;

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  reached++;
}

static void
on_root_cancelled (GCancellable *root, gpointer user_data)
{
  reached++;
  g_cancellable_cancel (user_data);
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 1000000) / BRANCH * BRANCH;
  g_autoptr (GCancellable) root = g_cancellable_new ();
  g_autoptr (GPtrArray) branches = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 begin_ns;

  for (gsize i = 0; i < n / BRANCH; i++)
    {
      GCancellable *branch = g_cancellable_new ();

      g_ptr_array_add (branches, branch);
      g_cancellable_connect (root, G_CALLBACK (on_root_cancelled), branch, NULL);
      for (guint leaf = 1; leaf < BRANCH; leaf++)
        g_cancellable_connect (branch, G_CALLBACK (on_cancelled), NULL, NULL);
    }

  begin_ns = bench_now_ns ();
  g_cancellable_cancel (root);
  if (reached != n)
    return 1;
  bench_print ("cancel_tree", n, (bench_now_ns () - begin_ns) / (double) n, "ns");

  return 0;
}
