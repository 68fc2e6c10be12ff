/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two kinds of time limit: one gives up quietly, the other one says that the time is over. What has to be tidied up then is done under a shield. */

#include <anyio.h>

static gboolean
ask (const char *what, double seconds, GError **error)
{
  g_print ("Asking for %s\n", what);
  if (!anyio_sleep (seconds, error))
    return FALSE;
  g_print ("Here is %s\n", what);

  return TRUE;
}

/* The limit is over when this runs; without the shield its sleep would fail at once. */
static void
say_good_bye (void)
{
  ANYIO_SHIELD_FOR (1.0);

  g_print ("Saying good-bye\n");
  if (anyio_sleep (0.2, NULL))
    g_print ("Said good-bye\n");
}

static gboolean
talk (GError **error)
{
  ANYIO_FAIL_AFTER (0.3, error);

  if (!ask ("the time", 0.1, error))
    return FALSE;
  if (!ask ("the future", 10, error))
    {
      say_good_bye ();
      return FALSE;
    }

  return TRUE;
}

static gboolean
run_all (gpointer data, GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (0.2);
  g_autoptr (GError) failure = NULL;

  ask ("the weather", 10, error);
  if (!anyio_cancel_scope_exit (scope, error))
    return FALSE;
  if (anyio_cancel_scope_get_cancelled_caught (scope))
    g_print ("Going on without the weather\n");

  if (talk (&failure))
    return TRUE;
  if (!g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  g_print ("Timed out\n");

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
