/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gtk_frames@libdex: the frames beside N fibers on the main scheduler that only send themselves through its ready queue, each by a promise
 * that a work item of the scheduler resolves (there is no yield). */
#include "libdex-bench.h"

#include "gtk-frames.h"

static gboolean stop;
static gsize running;

static void
resolve (gpointer user_data)
{
  DexPromise *promise = user_data;

  dex_promise_resolve_boolean (promise, TRUE);
  dex_unref (promise);
}

static DexFuture *
yield_until_stopped (gpointer user_data)
{
  while (!stop)
    {
      DexPromise *promise = dex_promise_new ();

      dex_scheduler_push (dex_scheduler_get_default (), resolve, dex_ref (promise));
      dex_await (DEX_FUTURE (promise), NULL);
    }
  running--;

  return dex_future_new_true ();
}

static void
load (gsize n)
{
  dex_init ();
  for (gsize i = 0; i < n; i++)
    {
      running++;
      dex_future_disown (dex_scheduler_spawn (NULL, 0, yield_until_stopped, NULL, NULL));
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
