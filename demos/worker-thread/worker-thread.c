/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A function that computes in a worker thread and reports its progress to the thread of the main context, which shows it. With --impatient the task that waits is cancelled
 * half-way: the function asks now and then whether anybody still wants the result. */

#include <math.h>

#include <anyio.h>

#define N_ROUNDS 4

typedef struct
{
  gboolean is_impatient;
  AnyioCancelScope *scope; /* borrowed */
  int n_rounds;
  char *digest;
} Work;

/* In the thread of the main context, which here could set the fraction of a progress bar. */
static gboolean
show_progress (gpointer data, GError **error)
{
  const Work *work = data;

  g_print ("%d %%\n", work->n_rounds * 100 / N_ROUNDS);
  if (work->is_impatient && work->n_rounds == N_ROUNDS / 2)
    anyio_cancel_scope_cancel (work->scope, "impatience");

  return TRUE;
}

/* In the worker: it may take its time, but must not touch what belongs to the main context. */
static gboolean
compute (gpointer data, GError **error)
{
  Work *work = data;
  g_autofree char *digest = g_strdup ("");

  for (work->n_rounds = 1; work->n_rounds <= N_ROUNDS; work->n_rounds++)
    {
      for (int i = 0; i < 10000; i++)
        {
          char *next = g_compute_checksum_for_string (G_CHECKSUM_SHA256, digest, -1);

          g_free (digest);
          digest = next;
        }
      if (!anyio_from_thread_call (show_progress, work, error) || !anyio_thread_check_cancelled (error))
        return FALSE;
    }
  work->digest = g_steal_pointer (&digest);

  return TRUE;
}

static gboolean
wait_for_result (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);
  Work work = { *(gboolean *) data, scope };

  if (anyio_to_thread (compute, &work, error))
    g_print ("The result has %" G_GSIZE_FORMAT " digits\n", strlen (work.digest));
  g_free (work.digest);
  if (!anyio_cancel_scope_exit (scope, error))
    return FALSE;
  if (anyio_cancel_scope_get_cancelled_caught (scope))
    g_print ("Nobody waited for the result\n");

  return TRUE;
}

int
main (int argc, char *argv[])
{
  gboolean is_impatient = argc > 1 && g_str_equal (argv[1], "--impatient");
  g_autoptr (GError) error = NULL;

  if (!anyio_run (wait_for_result, &is_impatient, &error))
    g_printerr ("%s\n", error->message);

  return error != NULL;
}
