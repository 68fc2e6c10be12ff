/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One run of a function as the main task of a fresh context, and what it leaves behind: sources, descriptors, objects (I3). Tasks and stacks cannot be left, the
 * library sees to that itself.
 *
 * Sources are looked for as the run ends, without another iteration: an idle source that somebody left behind would hide. Descriptors and objects get a
 * moment's grace if there are some, because a thread that has delivered its result may hold them a little longer.
 */

#include "anyio-test-run-private.h"

#include "anyio-complaints-private.h"
#include "anyio-descriptors-private.h"
#include "anyio-instances-private.h"

#ifdef G_OS_UNIX
#include <glib-unix.h>
#include <signal.h>
#endif

#define GRACE_MS 500

guint
anyio_test_get_seed (void)
{
  const char *seed = g_getenv ("ANYIO_SCHEDULE_SEED");

  return seed != NULL ? (guint) g_ascii_strtoull (seed, NULL, 10) : 0;
}

static gboolean
no_source (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

/* A context numbers its sources from 1 on, and a new one gets the highest number. */
static void
complain_about_sources (GMainContext *context,
                        GString *complaints)
{
  g_autoptr (GSource) last = g_idle_source_new ();
  guint last_id;

  g_source_set_callback (last, no_source, NULL, NULL);
  last_id = g_source_attach (last, context);
  g_source_destroy (last);

  for (guint id = 1; id < last_id; id++)
    {
      GSource *source = g_main_context_find_source_by_id (context, id);
      const char *name;

      if (source == NULL)
        continue;
      name = g_source_get_name (source);
      anyio_complain (complaints, "source \"%s\" of priority %d left", name != NULL ? name : "without a name", g_source_get_priority (source));
    }
}

static gboolean
run (const char *name,
     AnyioTaskFunc func,
     gpointer user_data,
     guint seed,
     AnyioClock *clock,
     GString *complaints,
     GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AnyioRunOptions) options = anyio_run_options_new ();
  gboolean success;

  anyio_run_options_set_seed (options, seed);
  anyio_run_options_set_clock (options, clock);
  g_main_context_push_thread_default (context);
  success = anyio_run_named (name, func, user_data, options, error);
  complain_about_sources (context, complaints);
  g_main_context_pop_thread_default (context);

  return success;
}

static gboolean
nothing (gpointer user_data,
         GError **error)
{
  return anyio_checkpoint (error);
}

/* GLib makes a few descriptors when they are first needed and keeps them: those of the default context and of the thread that watches signals. */
static void
warm_up (void)
{
  g_autoptr (GString) complaints = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_main_context_default ();
#ifdef G_OS_UNIX
  g_source_unref (g_unix_signal_source_new (SIGUSR1));
#endif
  if (!run ("warm-up", nothing, NULL, 0, NULL, complaints, &error))
    g_error ("No task can be run at all: %s", error->message);
}

gboolean
anyio_test_run_once (const char *name,
                     AnyioTaskFunc func,
                     gpointer user_data,
                     guint seed,
                     AnyioClock *clock,
                     GString *complaints,
                     GError **error)
{
  static gboolean is_warm;
  g_autoptr (GHashTable) descriptors = NULL;
  guint64 mark;
  gboolean success;

  if (!is_warm)
    {
      is_warm = TRUE;
      warm_up ();
    }

  descriptors = anyio_descriptors_list ();
  mark = anyio_instances_mark ();
  anyio_trace_clear ();
  success = run (name, func, user_data, seed, clock, complaints, error);

  for (guint i = 0; i < GRACE_MS; i++)
    {
      if (anyio_descriptors_complain (descriptors, NULL) == 0 && anyio_instances_complain (mark, NULL) == 0)
        break;
      g_usleep (1000);
    }
  anyio_descriptors_complain (descriptors, complaints);
  anyio_instances_complain (mark, complaints);

  return success;
}
