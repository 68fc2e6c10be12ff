/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Portals with a thread of their own, shared ones, and many messages. */

#include "thread-test.h"

static gboolean
note_thread (gpointer data, GError **error)
{
  *(GThread **) data = g_thread_self ();

  return TRUE;
}

static gboolean
sleep_a_little (gpointer data, GError **error)
{
  if (!anyio_sleep (0.01, error))
    return FALSE;
  *(gboolean *) data = TRUE;

  return TRUE;
}

static void
test_joined (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AnyioPortal) portal = anyio_portal_start_thread ("portal", NULL, &error);
  g_autoptr (AnyioPortalFuture) future = NULL;
  GThread *first = NULL, *second = NULL;
  gboolean slept = FALSE;

  g_test_summary ("SEMANTICS 8.2: a portal with a thread of its own runs what it is asked in there, and joining it waits for its tasks and the thread");

  g_assert_no_error (error);
  g_assert_true (anyio_portal_call (portal, note_thread, &first, &error));
  g_assert_true (anyio_portal_run (portal, note_thread, &second, &error));
  g_assert_true (first != NULL && first == second && first != g_thread_self ());
  future = anyio_portal_start_task_soon (portal, sleep_a_little, &slept, NULL, &error);
  g_assert_true (anyio_portal_run (portal, note_thread, &second, &error)); /* the task has been spawned */
  g_assert_true (anyio_portal_join (portal, &error));
  g_assert_no_error (error);
  g_assert_true (slept);
  g_assert_true (anyio_portal_future_wait (future, NULL, &error));
  g_assert_false (anyio_portal_call (portal, note_thread, &first, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static AnyioPortalFuture *
leave_thread (void)
{
  g_autoptr (AnyioPortal) portal = anyio_portal_start_thread ("portal", NULL, NULL);
  AnyioPortalFuture *future = anyio_portal_start_task_soon (portal, sleep_forever, NULL, NULL, NULL);
  GThread *thread;

  g_assert_true (anyio_portal_run (portal, note_thread, &thread, NULL));

  return future;
}

static void
test_left (void)
{
  g_autoptr (AnyioPortalFuture) future = leave_thread ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("a portal with a thread that is left early cancels its tasks, and the thread has ended");

  g_assert_true (anyio_portal_future_is_done (future));
  g_assert_false (anyio_portal_future_wait (future, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Opened when the portal's thread has ended. */
static GPrivate thread_end = G_PRIVATE_INIT ((GDestroyNotify) gate_open);

static gboolean
watch_thread_end (gpointer gate, GError **error)
{
  g_private_set (&thread_end, gate);

  return TRUE;
}

static gboolean
cancel_run (gpointer data, GError **error)
{
  anyio_task_cancel (anyio_task_get_parent (anyio_get_current_task ()), "the main task of the thread");

  return TRUE;
}

static void
test_run_fails (void)
{
  GATE (ended);
  g_autoptr (GError) error = NULL;
  g_autoptr (AnyioPortal) portal = anyio_portal_start_thread ("portal", NULL, &error);

  g_test_summary ("SEMANTICS 8.2: a run that ends by itself stops its portal, and its error is that of who joins the portal");

  g_assert_no_error (error);
  g_assert_true (anyio_portal_call (portal, watch_thread_end, &ended, &error));
  g_assert_true (anyio_portal_run (portal, cancel_run, NULL, &error));
  gate_pass (&ended);
  g_assert_false (anyio_portal_is_running (portal));
  g_assert_false (anyio_portal_join (portal, &error));
  assert_clear_error (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the main task of the thread");
}

static void
test_startup_error (void)
{
  g_autoptr (AnyioRunOptions) options = anyio_run_options_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 8.2: a run that cannot begin is an error of the start");

  anyio_run_options_set_backend (options, "no-such-thing");
  g_assert_null (anyio_portal_start_thread ("portal", options, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static gpointer
use_provider (gpointer provider)
{
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GError) error = NULL;
      AnyioPortal *portal = anyio_portal_provider_acquire (provider, &error);
      GThread *thread = NULL;

      g_assert_no_error (error);
      g_assert_true (anyio_portal_call (portal, note_thread, &thread, &error));
      g_assert_nonnull (thread);
      anyio_portal_provider_release (provider);
    }

  return NULL;
}

static void
test_provider (void)
{
  AnyioPortalProvider *provider = anyio_portal_provider_new ("shared", NULL);
  g_autoptr (GError) error = NULL;
  AnyioPortal *portal = anyio_portal_provider_acquire (provider, &error);
  GThread *users[4];

  g_test_summary ("SEMANTICS 8.2: a provider's users share one portal, which ends with the last of them; then comes another one");

  g_assert_cmpstr (anyio_portal_provider_get_name (provider), ==, "shared");
  g_assert_no_error (error);
  g_assert_true (portal == anyio_portal_provider_acquire (provider, &error));
  anyio_portal_provider_release (provider);
  g_assert_true (anyio_portal_is_running (portal));
  g_object_ref (portal);
  anyio_portal_provider_release (provider);
  g_assert_false (anyio_portal_is_running (portal));
  g_assert_finalize_object (portal);

  for (guint i = 0; i < G_N_ELEMENTS (users); i++)
    users[i] = g_thread_new ("user", use_provider, provider);
  for (guint i = 0; i < G_N_ELEMENTS (users); i++)
    g_thread_join (users[i]);
  expect_critical ("*more often than anyio_portal_provider_acquire*");
  anyio_portal_provider_release (provider);
  g_test_assert_expected_messages ();
  g_assert_finalize_object (provider);
}

static void
test_provider_options (void)
{
  g_autoptr (AnyioRunOptions) options = anyio_run_options_new ();
  g_autoptr (AnyioPortalProvider) provider = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 8.2: a provider's threads run with its options, and a run that cannot begin gives no portal");

  anyio_run_options_set_backend (options, "no-such-thing");
  provider = anyio_portal_provider_new ("shared", options);
  g_assert_null (anyio_portal_provider_acquire (provider, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
test_provider_dropped (void)
{
  AnyioPortalProvider *provider = anyio_portal_provider_new ("shared", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("a provider that is dropped while its portal has users says so, and ends the thread");

  g_assert_nonnull (anyio_portal_provider_acquire (provider, &error));
  expect_critical ("*was dropped while its portal has 1 users*");
  g_object_unref (provider);
  g_test_assert_expected_messages ();
}

/* --- load ------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  AnyioPortal *portal;
  guint n_tasks;
  gint64 *n_done; /* the loop's; of those that nobody cancels */
} User;

static gboolean
count_task (gpointer data, GError **error)
{
  User *self = data;

  if (!anyio_checkpoint (error))
    return FALSE;
  (*self->n_done)++;

  return TRUE;
}

static gboolean
pass (gpointer data, GError **error)
{
  return anyio_checkpoint (error);
}

/* Starts tasks, of which it waits for one in ten, cancels one, and drops the others. */
static gpointer
load_portal (gpointer data)
{
  User *self = data;

  for (guint i = 0; i < self->n_tasks; i++)
    {
      g_autoptr (AnyioPortalFuture) future = anyio_portal_start_task_soon (self->portal, i % 10 == 5 ? pass : count_task, self, NULL, NULL);

      if (i % 10 == 0)
        g_assert_true (anyio_portal_future_wait (future, NULL, NULL));
      else if (i % 10 == 5)
        anyio_portal_future_cancel (future, NULL);
    }

  return NULL;
}

static void
test_load (void)
{
  g_autoptr (AnyioPortal) portal = NULL;
  guint n_tasks = g_test_slow () ? 250000 : 1000;
  gint64 n_done = 0;
  User user = { NULL, n_tasks, &n_done };
  GThread *threads[4];

  g_test_summary ("tasks from several threads run once each, also those that were started right before the portal was stopped");

  user.portal = portal = anyio_portal_start_thread ("portal", NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("user", load_portal, &user);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_true (anyio_portal_join (portal, NULL));
  g_assert_cmpint (n_done, ==, (gint64) (G_N_ELEMENTS (threads) * n_tasks * 9 / 10));
}

static gboolean
join_portal (gpointer portal, GError **error)
{
  return anyio_portal_join (portal, error);
}

static void
test_joins_itself (void)
{
  g_autoptr (AnyioPortal) portal = anyio_portal_start_thread ("portal", NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 8.2: a portal's own thread cannot join it, and is told so");

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*anyio_portal_join() was called in the portal's own thread*");
  g_assert_false (anyio_portal_run (portal, join_portal, portal, &error));
  g_test_assert_expected_messages ();
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_clear_error (&error);
  g_assert_true (anyio_portal_join (portal, &error));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/portal-thread/joined/tasks-end", test_joined);
  g_test_add_func ("/portal-thread/left/tasks-cancelled", test_left);
  g_test_add_func ("/portal-thread/cannot-begin/error", test_startup_error);
  g_test_add_func ("/portal-thread/run-fails/stopped", test_run_fails);
  g_test_add_func ("/portal-provider/users/shared", test_provider);
  g_test_add_func ("/portal-provider/options/are-used", test_provider_options);
  g_test_add_func ("/portal-provider/dropped-in-use/says-so", test_provider_dropped);
  g_test_add_func ("/portal/load/each-once", test_load);
  g_test_add_func ("/portal-thread/joins-itself", test_joins_itself);

  return g_test_run ();
}
