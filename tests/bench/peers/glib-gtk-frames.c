/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gtk_frames@glib: the frames beside N sources of default priority that are always ready, which is how GLib code spells "work that yields"
 * when it wants the priority that I/O has. (At idle priority GTK would keep all its frames, and the work would wait for I/O, too.) */
#define BENCH_PEER "glib"
#include "gtk-frames.h"

static GPtrArray *sources;

static gboolean
work (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
load (gsize n)
{
  sources = g_ptr_array_new_with_free_func ((GDestroyNotify) g_source_unref);
  for (gsize i = 0; i < n; i++)
    {
      GSource *source = g_idle_source_new ();

      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_callback (source, work, NULL, NULL);
      g_source_attach (source, NULL);
      g_ptr_array_add (sources, source);
    }
}

static void
unload (void)
{
  for (guint i = 0; i < sources->len; i++)
    g_source_destroy (sources->pdata[i]);
  g_ptr_array_unref (sources);
}

int
main (int argc, char **argv)
{
  return gtk_frames_main (argc, argv, load, unload);
}
