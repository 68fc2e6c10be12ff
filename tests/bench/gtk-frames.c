/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gtk_frames: how many of its frames a GTK 4 window keeps beside N tasks that only yield. Per cent of the frames without load. */
#include "gtk-frames.h"

#include <anyio.h>

static gboolean stop;
static gsize running;

static gboolean
yield_until_stopped (gpointer user_data, GError **error)
{
  while (!stop)
    if (!anyio_checkpoint (error))
      break;
  running--;

  return stop;
}

static void
load (gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      running++;
      anyio_start (yield_until_stopped, NULL, NULL);
    }
}

static void
unload (void)
{
  stop = TRUE;
  while (running > 0)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  return gtk_frames_main (argc, argv, load, unload);
}
