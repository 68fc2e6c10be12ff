/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first good answer of three servers. The next one is asked when the last has failed, or has been silent for half a second; when there is an answer, nobody else is waited
 * for.
 */

#include <anyio.h>

typedef struct
{
  const char *name;
  double delay;
  gboolean is_broken;
} Server;

static gboolean
ask (gpointer data, GError **error)
{
  const Server *server = data;

  g_print ("%s is asked\n", server->name);
  if (!anyio_sleep (server->delay, error))
    {
      g_print ("%s is left alone\n", server->name);
      return FALSE;
    }
  if (server->is_broken)
    {
      g_print ("%s fails\n", server->name);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s is broken", server->name);
      return FALSE;
    }
  g_print ("%s answers\n", server->name);

  return TRUE;
}

static gboolean
ask_all (gpointer data, GError **error)
{
  Server servers[] = { { "North", 0.2, TRUE }, { "South", 10 }, { "West", 0.3 } };
  const AnyioPart parts[] = { ANYIO_PART (ask, &servers[0]), ANYIO_PART (ask, &servers[1]), ANYIO_PART (ask, &servers[2]) };
  int first = anyio_first_success (parts, G_N_ELEMENTS (parts), 0.5, error);

  if (first < 0)
    return FALSE;
  g_print ("The answer is that of %s\n", servers[first].name);

  return TRUE;
}

int
main (void)
{
  g_autoptr (GError) error = NULL;

  if (!anyio_run (ask_all, NULL, &error))
    g_printerr ("%s\n", error->message);

  return error != NULL;
}
