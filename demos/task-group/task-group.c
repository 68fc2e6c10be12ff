/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Three tasks in a group: the group is left when the last of them has ended. */

#include <anyio.h>

typedef struct
{
  const char *name;
  double delay;
} Job;

static gboolean
do_task (gpointer data, GError **error)
{
  const Job *job = data;

  g_print ("Task %s starting\n", job->name);
  if (!anyio_sleep (job->delay, error))
    return FALSE;
  g_print ("Task %s completed after %g seconds\n", job->name, job->delay);

  return TRUE;
}

static gboolean
run_all (gpointer data, GError **error)
{
  Job jobs[] = { { "A", 2 }, { "B", 1 }, { "C", 3 } };
  double start = anyio_current_time ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    anyio_task_group_start_soon (group, do_task, &jobs[i], NULL);

  if (!anyio_task_group_join (group, error))
    return FALSE;

  g_print ("All tasks completed in %.2f seconds\n", anyio_current_time () - start);

  return TRUE;
}

int
main (void)
{
  g_autoptr (GError) error = NULL;

  if (!anyio_run (run_all, NULL, &error))
    g_printerr ("%s\n", error->message);

  return error != NULL;
}
