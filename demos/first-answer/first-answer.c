/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Three tasks ask the same question; the first answer is taken, and the others, which nobody wants any more, are cancelled through their group. */

#include <anyio.h>

typedef struct
{
  const char *name;
  double delay;
  AnyioTaskGroup *group; /* borrowed; its tasks cannot outlive it */
  const char **winner;
} Server;

static gboolean
ask (gpointer data, GError **error)
{
  const Server *server = data;

  g_print ("%s is asked\n", server->name);
  if (!anyio_sleep (server->delay, error))
    {
      g_print ("%s is left alone. %s\n", server->name, (*error)->message);
      return FALSE;
    }
  g_print ("%s answers\n", server->name);
  *server->winner = server->name;
  anyio_task_group_cancel (server->group, "there is an answer");

  return TRUE;
}

static gboolean
ask_all (gpointer data, GError **error)
{
  const char *winner = NULL;
  Server servers[] = { { "North", 10 }, { "South", 0.5 }, { "West", 20 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (guint i = 0; i < G_N_ELEMENTS (servers); i++)
    {
      servers[i].group = group;
      servers[i].winner = &winner;
      anyio_task_group_start_soon (group, ask, &servers[i], NULL);
    }
  if (!anyio_task_group_join (group, error))
    return FALSE;

  g_print ("The answer is that of %s\n", winner);

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
