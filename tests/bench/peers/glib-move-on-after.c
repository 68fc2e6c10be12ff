/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* move_on_after@glib: a GCancellable that follows its parent and is cancelled by a timer, made and taken down again, beside N that stay. It is
 * what a careful GIO program writes for "this stretch of code takes 90 seconds at most, and less if the whole is cancelled". */
#define BENCH_PEER "glib"
#include <gio/gio.h>

#include "bench.h"

#define TIMES 300000

typedef struct
{
  GCancellable *cancellable;
  gulong parent_handler;
  GSource *timer;
} Scope;

static void
on_parent_cancelled (GCancellable *parent, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static gboolean
on_deadline (gpointer user_data)
{
  g_cancellable_cancel (user_data);

  return G_SOURCE_REMOVE;
}

static void
scope_enter (Scope *self, GCancellable *parent, double seconds)
{
  self->cancellable = g_cancellable_new ();
  self->parent_handler = g_cancellable_connect (parent, G_CALLBACK (on_parent_cancelled), self->cancellable, NULL);
  self->timer = g_timeout_source_new ((guint) (seconds * 1000));
  g_source_set_callback (self->timer, on_deadline, self->cancellable, NULL);
  g_source_attach (self->timer, NULL);
}

static void
scope_leave (Scope *self, GCancellable *parent)
{
  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  g_cancellable_disconnect (parent, self->parent_handler);
  g_object_unref (self->cancellable);
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 100000);
  g_autoptr (GCancellable) parent = g_cancellable_new ();
  g_autofree Scope *live = g_new (Scope, n);
  gint64 begin_ns;

  for (gsize i = 0; i < n; i++)
    scope_enter (&live[i], parent, 60 + BENCH_SHUFFLE (i, n) * 60.0 / n);

  begin_ns = bench_now_ns ();
  for (gsize i = 0; i < TIMES; i++)
    {
      Scope scope;

      scope_enter (&scope, parent, 90.0);
      scope_leave (&scope, parent);
    }
  bench_print ("move_on_after", n, (bench_now_ns () - begin_ns) / (double) TIMES, "ns");

  for (gsize i = 0; i < n; i++)
    scope_leave (&live[i], parent);

  return 0;
}
