/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Portals with a thread, a main context and a run of their own, for programs that have none. The run's main task opens the portal, sleeps until it is stopped, and joins it. */

#include "thread/anyio-portal-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-run.h"
#include "thread/anyio-foreign-call-private.h"

typedef struct
{
  const AnyioRunOptions *options; /* borrowed until started is set, like all of this */
  AnyioPortal *portal;  /* owned; NULL: it failed */
  GError *error;        /* owned; NULL */
  AnyioSignal started;
} Startup;

typedef struct
{
  Startup *startup;     /* NULL once the portal runs */
  AnyioPortal *portal;  /* owned; NULL before */
} ThreadRun;

static gboolean
serve (gpointer data,
       GError **error)
{
  ThreadRun *self = data;
  Startup *startup = g_steal_pointer (&self->startup);
  AnyioPortal *portal = anyio_portal_open (error);
  gboolean success;

  self->portal = g_object_ref (portal);
  startup->portal = portal;
  anyio_signal_set (&startup->started);

  success = anyio_portal_sleep_until_stopped (portal, error);

  return anyio_task_group_join (portal->group, error) && success;
}

static gpointer
run_thread (gpointer data)
{
  ThreadRun self = { .startup = data };
  g_autoptr (GMainContext) context = g_main_context_new ();
  GError *error = NULL;

  g_main_context_push_thread_default (context);
  anyio_run_named ("portal", serve, &self, self.startup->options, &error);
  g_main_context_pop_thread_default (context);

  if (self.portal != NULL)
    {
      g_atomic_int_set (&self.portal->is_stopped, TRUE);
      self.portal->thread_error = error; /* who joins the thread reads it */
      g_object_unref (self.portal);
    }
  else
    {
      self.startup->error = error;
      anyio_signal_set (&self.startup->started);
    }

  return NULL;
}

/**
 * anyio_portal_start_thread:
 * @name: the name of the thread
 * @options: (nullable): how to run
 * @error: return location for an error
 *
 * Starts a thread that runs tasks, in a main context of its own, and returns a portal to it. In C leave it with anyio_portal_join(), which lets the tasks end, or
 * by `g_autoptr (AnyioPortal)`, which cancels them; both wait for the thread. AnyIO: start_blocking_portal().
 *
 * Errors: those of anyio_run() when it cannot begin; the system's if there is no thread left.
 *
 * Returns: (transfer full): the portal; %NULL with @error set
 *
 * Since: 0.1
 */
AnyioPortal *
anyio_portal_start_thread (const char *name,
                           const AnyioRunOptions *options,
                           GError **error)
{
  Startup startup = { .options = options };
  GThread *thread;

  anyio_signal_init (&startup.started);
  thread = g_thread_try_new (name, run_thread, &startup, error);
  if (thread != NULL)
    anyio_signal_wait (&startup.started);
  anyio_signal_clear (&startup.started);
  if (thread == NULL)
    return NULL;
  if (startup.portal == NULL)
    {
      g_thread_join (thread);
      g_propagate_error (error, startup.error);
      return NULL;
    }
  startup.portal->thread = thread;

  return startup.portal;
}

gboolean
anyio_portal_join_thread (AnyioPortal *self,
                          gboolean cancel_remaining,
                          const char *function,
                          GError **error)
{
  if (self->thread == g_thread_self ())
    return anyio_misuse (error, "%s() was called in the portal's own thread, which would wait for itself; stop it there, and join it in another thread", function);

  anyio_portal_stop (self, cancel_remaining);
  g_thread_join (g_steal_pointer (&self->thread));

  return TRUE;
}
