/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Applications whose end is the end of their tasks. */

#include <anyio-testing.h>

static GApplication *
application_new (GCallback activate_cb)
{
  GApplication *application = g_application_new (NULL, G_APPLICATION_NON_UNIQUE);

  anyio_bind_application (application);
  anyio_bind_application (application);
  g_signal_connect (application, "activate", activate_cb, NULL);

  return application;
}

static void
shutdown_cb (GApplication *application, gpointer data)
{
  anyio_trace ("shutdown");
}

static void
closed_cb (gpointer data)
{
  anyio_trace ("closed");
}

static gboolean
serve (gpointer data, GError **error)
{
  const char *name = data;
  g_autoptr (GError) reason = NULL;

  if (strcmp (name, "a") == 0)
    anyio_run_set_value (g_quark_from_static_string ("run"), data, closed_cb);

  anyio_trace ("%s+", name);
  g_assert_false (anyio_sleep_forever (&reason));
  g_assert_error (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  anyio_trace ("%s!", name);
  for (guint i = 0; i < 3; i++)
    anyio_shielded_checkpoint ();
  anyio_trace ("%s~", name);
  g_propagate_error (error, g_steal_pointer (&reason));

  return FALSE;
}

static gboolean
quit_cb (gpointer application)
{
  anyio_trace ("quit");
  g_application_release (application);

  return G_SOURCE_REMOVE;
}

static void
activate_cb (GApplication *application)
{
  AnyioTaskGroup *group = anyio_task_group_new_for_object (G_OBJECT (application));

  g_application_hold (application);
  anyio_start_named ("a", serve, (gpointer) "a", NULL);
  anyio_task_group_start_soon_named (group, "b", serve, (gpointer) "b", NULL);
  g_object_unref (group);
  g_idle_add (quit_cb, application);
}

static void
test_ends_tasks (void)
{
  g_test_summary ("ARCHITECTURE, Entry points: the shutdown cancels, joins, then goes on; a second application on the same context finds nothing of the first");

  anyio_trace_clear ();
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GApplication) application = application_new (G_CALLBACK (activate_cb));

      g_signal_connect_after (application, "shutdown", G_CALLBACK (shutdown_cb), NULL);
      g_assert_cmpint (g_application_run (application, 0, NULL), ==, 0);
      anyio_trace ("returned");
    }
  anyio_assert_trace ("a+ b+ quit a! b! a~ b~ closed shutdown returned a+ b+ quit a! b! a~ b~ closed shutdown returned");
}

static void
finish_cb (GApplication *application)
{
  anyio_trace ("activate");
}

static void
test_no_tasks (void)
{
  g_autoptr (GApplication) application = application_new (G_CALLBACK (finish_cb));

  g_test_summary ("ARCHITECTURE, Entry points: an application without tasks ends as it would otherwise");

  anyio_trace_clear ();
  g_assert_cmpint (g_application_run (application, 0, NULL), ==, 0);
  anyio_assert_trace ("activate");
}

static void
run_at_home (gpointer application)
{
  g_assert_cmpint (g_application_run (application, 0, NULL), ==, 0);
}

static gboolean
run_inside (gpointer data, GError **error)
{
  g_autoptr (GApplication) application = application_new (G_CALLBACK (finish_cb));

  anyio_call_home (run_at_home, application);
  anyio_trace ("home");

  return anyio_checkpoint (error);
}

static void
test_inside_run (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("ARCHITECTURE, Entry points: inside a run, whose tasks were there before, the shutdown cancels nothing");

  anyio_trace_clear ();
  g_assert_true (anyio_run (run_inside, NULL, &error));
  g_assert_no_error (error);
  anyio_assert_trace ("activate home");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("ANYIO_SCHEDULE_SEED"); /* the traces hold for the order of spawning */

  g_test_add_func ("/application/shutdown/ends-tasks", test_ends_tasks);
  g_test_add_func ("/application/no-tasks/ends", test_no_tasks);
  g_test_add_func ("/application/inside-run/goes-on", test_inside_run);

  return g_test_run ();
}
