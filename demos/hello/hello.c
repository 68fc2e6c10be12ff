/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One task: it sleeps for a second while the main loop runs. */

#include <anyio.h>

static gboolean
hello (gpointer data, GError **error)
{
  const char *name = data;

  g_print ("Hello ...\n");
  if (!anyio_sleep (1.0, error))
    return FALSE;
  g_print ("... %s!\n", name);

  return TRUE;
}

int
main (void)
{
  g_autoptr (GError) error = NULL;

  if (!anyio_run (hello, (gpointer) "world", &error))
    g_printerr ("%s\n", error->message);

  return error != NULL;
}
