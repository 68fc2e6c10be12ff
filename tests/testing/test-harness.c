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
leave_two_sources (gpointer user_data,
                   GError **error)
{
  return leave_source (NULL, error) && leave_source (NULL, error);
}

static void
attach_late (gpointer user_data)
{
  leave_source (NULL, NULL);
}

/* Attached when the runtime lets go of what it had on the context, so none is newer. */
static gboolean
leave_source_at_end (gpointer user_data,
                     GError **error)
{
  anyio_run_set_value (g_quark_from_static_string ("late"), &leave_source_at_end, attach_late);

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

static gboolean
replace_descriptor (gpointer user_data,
                    GError **error)
{
  int fd = open ("/dev/zero", O_RDONLY | O_CLOEXEC);

  g_assert_cmpint (dup2 (fd, foreign_fd), ==, foreign_fd);
  close (fd);

  return TRUE;
}

static void
test_replace_descriptor (void)
{
  g_autoptr (GError) error = NULL;

  foreign_fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  g_assert_true (anyio_test_run (replace_descriptor, NULL, 0, &error));
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

static gboolean
leave_streams (gpointer user_data,
               GError **error)
{
  static AnyioMemoryObjectSendStream *send_stream;
  static AnyioMemoryObjectReceiveStream *receive_stream;

  anyio_create_memory_object_stream (1, G_TYPE_VALUE, &send_stream, &receive_stream);

  return TRUE;
}

static gboolean
leave_broadcast (gpointer user_data,
                 GError **error)
{
  leaked = anyio_broadcast_stream_new (G_TYPE_VALUE);

  return TRUE;
}

static void
test_older_objects (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = NULL;

  g_test_summary ("What was there before the run is no matter of the run's");

  g_assert_true (anyio_test_run (good, NULL, 0, &error)); /* objects are watched from the first run on */
  cancellable = g_cancellable_new ();
  g_assert_true (anyio_test_run (good, NULL, 0, &error));
  g_assert_no_error (error);
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
  { "/harness/two-sources-left/are-found/subprocess", leave_two_sources, "*source \"forgotten\" of priority 0 left; source \"forgotten\" of priority 0 left*" },
  { "/harness/source-left-at-end/is-found/subprocess", leave_source_at_end, "*source \"forgotten\" of priority 0 left*" },
  { "/harness/descriptor-left/is-found/subprocess", leave_descriptor, "*descriptor * (/dev/null) left open*" },
  { "/harness/cancellable-left/is-found/subprocess", leave_cancellable, "*1 GCancellable left*" },
  { "/harness/task-left/is-found/subprocess", leave_task, "*1 AnyioTask left*" },
  { "/harness/scope-left/is-found/subprocess", leave_scope, "*1 AnyioCancelScope left*" },
  { "/harness/group-left/is-found/subprocess", leave_group, "*1 AnyioTaskGroup left*" },
  { "/harness/streams-left/are-found/subprocess", leave_streams, "*1 AnyioMemoryObjectReceiveStream left; 1 AnyioMemoryObjectSendStream left*" },
  { "/harness/broadcast-left/is-found/subprocess", leave_broadcast, "*1 AnyioBroadcastStream left*" },
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
test_replaced (void)
{
  assert_found ("/harness/descriptor-replaced/is-found/subprocess", "*descriptor * (/dev/zero) left open*");
}

static const char *program; /* its path */

/* A subprocess of GLib's prints no protocol; this one is the program with an environment in which it has one test. */
static void
test_one_line (void)
{
  const char *const arguments[] = { program, "--tap", NULL };
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), "HARNESS_ONLY_FAILS", "1", TRUE);
  g_autofree char *protocol = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_test_summary ("Several lines of complaints are one line of the test protocol");

  g_assert_true (g_spawn_sync (NULL, (char **) arguments, environment, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &protocol, NULL, &status, &error));
  g_assert_no_error (error);
  g_assert_false (g_spawn_check_wait_status (status, NULL));
  g_assert_nonnull (strstr (protocol, "two lines|of text"));
}

static void
say_freed (gpointer data)
{
  g_print ("# %s is freed\n", (char *) data);
  g_free (data);
}

static void
test_data_freed (void)
{
  g_test_trap_subprocess ("/harness/good-with-data/passes", 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*data is freed*");
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
  program = argv[0];
  g_test_init (&argc, &argv, NULL);

  if (g_getenv ("HARNESS_ONLY_FAILS") != NULL)
    {
      anyio_test_add_func ("/harness/func-fails", fail);
      return g_test_run ();
    }

  anyio_test_add_func ("/harness/good/passes", good);
  anyio_test_add_data_func ("/harness/good-with-data/passes", g_strdup ("data"), leave_nothing_with_data, say_freed);
  g_test_add_func ("/harness/good-with-data/is-freed", test_data_freed);
  anyio_test_add_func_real_time ("/harness/real-time/passes", in_real_time);
  anyio_test_add_func ("/harness/object-in-thread/is-waited-for", leave_to_thread);
  g_test_add_func ("/harness/run/gives-error", test_run_gives_error);
  g_test_add_func ("/harness/older-objects/pass", test_older_objects);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *path = g_path_get_dirname (bad[i].path);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_bad);
      anyio_test_add_func (bad[i].path, bad[i].func);
    }
  g_test_add_func ("/harness/descriptor-closed/is-found", test_closed);
  g_test_add_func ("/harness/descriptor-closed/is-found/subprocess", test_close_descriptor);
  g_test_add_func ("/harness/descriptor-replaced/is-found", test_replaced);
  g_test_add_func ("/harness/descriptor-replaced/is-found/subprocess", test_replace_descriptor);
  g_test_add_func ("/harness/func-fails/one-line", test_one_line);
  g_test_add_func ("/harness/failure/shows-seed", test_seed_is_shown);
  g_test_add_func ("/harness/failure/shows-seed/subprocess", run_with_seed);

  return g_test_run ();
}
