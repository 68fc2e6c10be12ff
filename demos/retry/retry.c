/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A server that fails three times is asked again, after 1, 2 and 4 seconds. Time is that of the testing library's clock, which jumps to whatever is waited for; so the program
 * takes no time, and the delays are exact.
 */

#include <anyio-testing.h>

static gboolean
ask (gpointer data, GError **error)
{
  guint *n_failures_left = data;

  if (*n_failures_left > 0)
    {
      *n_failures_left -= 1;
      g_print ("%g s: no answer\n", anyio_current_time ());
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE, "No answer");
      return FALSE;
    }
  g_print ("%g s: an answer\n", anyio_current_time ());

  return TRUE;
}

static gboolean
ask_again (gpointer data, GError **error)
{
  AnyioBackoff backoff = ANYIO_BACKOFF_INIT;
  guint n_failures_left = 3;

  backoff.delay = 1;
  backoff.jitter = 0; /* nothing is left to chance */

  return anyio_retry (ask, &n_failures_left, NULL, &backoff, error);
}

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AnyioClock) clock = anyio_virtual_clock_new ();
  g_autoptr (AnyioRunOptions) options = anyio_run_options_new ();
  gint64 start_us = g_get_monotonic_time ();

  anyio_run_options_set_clock (options, clock);
  if (!anyio_run_full (ask_again, NULL, options, &error))
    g_printerr ("%s\n", error->message);
  g_print ("By the clock on the wall it took %.0f ms\n", (g_get_monotonic_time () - start_us) / 1e3);

  return error != NULL;
}
