/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of an application as the end of its tasks. GApplication emits "shutdown" when its main loop has ended, and before its class cleans up: the last
 * moment at which tasks may still use the application, and the first one at which nobody else iterates the main context. */

#include "gio/anyio-application.h"

#include "core/anyio-runtime-private.h"

static void
shutdown_cb (GApplication *application,
             gpointer user_data)
{
  AnyioRuntime *runtime = anyio_runtime_find ();

  if (runtime == NULL || runtime->run != NULL)
    return; /* anyio_run() sees to its tasks itself */
  anyio_runtime_add_use (runtime);
  anyio_run_end_tasks (runtime);
  anyio_runtime_end_use (runtime);
  anyio_runtime_close_now (runtime);
}

/**
 * anyio_bind_application:
 * @application: an application that was not run yet
 *
 * Makes the end of @application the end of all tasks of its main context: those of anyio_start(), of groups bound to objects, and of other languages. When
 * the application shuts down, they are cancelled with the reason %ANYIO_CANCEL_SHUTDOWN and waited for, with the main context running, so that each can clean up;
 * then the shutdown goes on, and g_application_run() returns with nothing left over. Tasks do not keep the application alive; use g_application_hold() for that.
 *
 * Inside anyio_run() nothing is cancelled at the shutdown, because the tasks may have been there before. Call it in the thread that runs the application; a
 * second call changes nothing.
 *
 * Since: 0.1
 */
void
anyio_bind_application (GApplication *application)
{
  g_return_if_fail (G_IS_APPLICATION (application));

  if (g_signal_handler_find (application, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, shutdown_cb, NULL) == 0)
    g_signal_connect (application, "shutdown", G_CALLBACK (shutdown_cb), NULL);
}
