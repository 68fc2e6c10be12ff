/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The harness finds what a test leaves behind, and says what it is (SEMANTICS, I3). Each bad test runs in a subprocess. */

#include <anyio-testing.h>

#include <fcntl.h>
#include <unistd.h>

static gboolean
good (gpointer user_data,
      GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_assert_cmpfloat (anyio_current_time (), ==, 0);
  g_assert_cmpstr (anyio_trace_get (), ==, "");
  anyio_trace ("good");

  return anyio_sleep (3600, error) && anyio_task_group_join (group, error);
}

static gboolean
leave_nothing_with_data (gpointer user_data,
                         GError **error)
{
  g_assert_cmpstr (user_data, ==, "data");

  return good (NULL, error);
}

static gboolean
in_real_time (gpointer user_data,
              GError **error)
{
  gint64 before = g_get_monotonic_time ();

  if (!anyio_sleep (0.01, error))
    return FALSE;
  g_assert_cmpint (g_get_monotonic_time () - before, >=, 10000);

  return TRUE;
}

static gboolean
fail (gpointer user_data,
      GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "two lines\nof text");

  return FALSE;
}

static gboolean
fail_in_child (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon (group, fail, NULL, NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
do_nothing (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

static gboolean
leave_source (gpointer user_data,
              GError **error)
{
  GSource *source = g_timeout_source_new_seconds (3600);

  g_source_set_callback (source, do_nothing, NULL, NULL);
  g_source_set_name (source, "forgotten");
  g_source_attach (source, g_main_context_get_thread_default ());
  g_source_unref (source);

  return TRUE;
}

static gboolean
leave_descriptor (gpointer user_data,
                  GError **error)
{
  g_assert_cmpint (open ("/dev/null", O_RDONLY | O_CLOEXEC), >=, 0);

  return TRUE;
}

static int foreign_fd = -1;

static gboolean
close_descriptor (gpointer user_data,
                  GError **error)
{
  close (foreign_fd);

  return TRUE;
}

static void
test_close_descriptor (void)
{
  g_autoptr (GError) error = NULL;

  foreign_fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  g_assert_true (anyio_test_run (close_descriptor, NULL, 0, &error));
  g_assert_no_error (error);
}

static gpointer leaked;

static gboolean
leave_cancellable (gpointer user_data,
                   GError **error)
{
  leaked = g_cancellable_new ();

  return TRUE;
}

static gboolean
leave_task (gpointer user_data,
            GError **error)
{
  leaked = g_object_ref (anyio_get_current_task ());

  return TRUE;
}

static gboolean
leave_scope (gpointer user_data,
             GError **error)
{
  leaked = anyio_cancel_scope_new ();

  return TRUE;
}

static gboolean
leave_group (gpointer user_data,
             GError **error)
{
  leaked = anyio_task_group_new ();

  return TRUE;
}

static gpointer
drop_later (gpointer data)
{
  g_usleep (20000);
  g_object_unref (data);

  return NULL;
}

/* A thread may hold an object a little longer than the task whose result it brought. */
static gboolean
leave_to_thread (gpointer user_data,
                 GError **error)
{
  g_thread_unref (g_thread_new ("drop-later", drop_later, g_cancellable_new ()));

  return TRUE;
}

static const struct
{
  const char *path;
  AnyioTaskFunc func;
  const char *message; /* what stderr must match */
} bad[] = {
  { "/harness/func-fails/is-found/subprocess", fail, "*failed (g-io-error-quark, 26): two lines*of text*" },
  { "/harness/child-fails/is-found/subprocess", fail_in_child, "*failed (g-io-error-quark, 26): two lines*of text*" },
  { "/harness/source-left/is-found/subprocess", leave_source, "*source \"forgotten\" of priority 0 left*" },
  { "/harness/descriptor-left/is-found/subprocess", leave_descriptor, "*descriptor * (/dev/null) left open*" },
  { "/harness/cancellable-left/is-found/subprocess", leave_cancellable, "*1 GCancellable left*" },
  { "/harness/task-left/is-found/subprocess", leave_task, "*1 AnyioTask left*" },
  { "/harness/scope-left/is-found/subprocess", leave_scope, "*1 AnyioCancelScope left*" },
  { "/harness/group-left/is-found/subprocess", leave_group, "*1 AnyioTaskGroup left*" },
};

static void
assert_found (const char *path,
              const char *message)
{
  g_test_trap_subprocess (path, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr (message);
}

static void
test_bad (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  assert_found (bad[i].path, bad[i].message);
}

static void
test_closed (void)
{
  assert_found ("/harness/descriptor-closed/is-found/subprocess", "*descriptor * closed, although it was open before*");
}

static void
run_with_seed (void)
{
  g_assert_true (anyio_test_run (leave_source, NULL, 77, NULL));
}

static void
test_seed_is_shown (void)
{
  g_test_summary ("The seed of a run that failed is printed (SEMANTICS 1.2)");

  assert_found ("/harness/failure/shows-seed/subprocess", "*ANYIO_SCHEDULE_SEED=77 repeats*");
}

static void
test_run_gives_error (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (anyio_test_run (fail, NULL, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_true (anyio_test_run (good, NULL, 5, &error));
  g_assert_no_error (error);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/harness/good/passes", good);
  anyio_test_add_data_func ("/harness/good-with-data/passes", g_strdup ("data"), leave_nothing_with_data, g_free);
  anyio_test_add_func_real_time ("/harness/real-time/passes", in_real_time);
  anyio_test_add_func ("/harness/object-in-thread/is-waited-for", leave_to_thread);
  g_test_add_func ("/harness/run/gives-error", test_run_gives_error);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *path = g_path_get_dirname (bad[i].path);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_bad);
      anyio_test_add_func (bad[i].path, bad[i].func);
    }
  g_test_add_func ("/harness/descriptor-closed/is-found", test_closed);
  g_test_add_func ("/harness/descriptor-closed/is-found/subprocess", test_close_descriptor);
  g_test_add_func ("/harness/failure/shows-seed", test_seed_is_shown);
  g_test_add_func ("/harness/failure/shows-seed/subprocess", run_with_seed);

  return g_test_run ();
}
