/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sweep finds what goes wrong at one suspension point only, says which, and lets right code pass. The wrong ones run in subprocesses. */

#include <anyio-testing.h>

#include <fcntl.h>
#include <unistd.h>

typedef struct
{
  int fd;
} File;

static void
file_clear (File *self)
{
  close (self->fd);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (File, file_clear)

static int
open_null (void)
{
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);

  return fd;
}

static gboolean
right (gpointer user_data,
       GError **error)
{
  g_auto (File) file G_GNUC_UNUSED = { open_null () };

  return anyio_sleep (1, error) && anyio_checkpoint (error) && anyio_sleep (1, error);
}

static gboolean
forget_at_third (gpointer user_data,
                 GError **error)
{
  int fd = open_null ();

  if (!anyio_sleep (1, error) || !anyio_checkpoint (error))
    {
      close (fd);
      return FALSE;
    }
  if (!anyio_sleep (1, error))
    return FALSE; /* the mistake */
  close (fd);

  return anyio_checkpoint (error);
}

/* A cleanup that waits without a shield does not wait at all when it matters. */
static gboolean
clean_up_unshielded (gpointer user_data,
                     GError **error)
{
  int fd = open_null ();
  gboolean success = anyio_sleep (1, error);

  if (anyio_sleep (0.1, NULL))
    close (fd);

  return success;
}

static gboolean
clean_up_shielded (gpointer user_data,
                   GError **error)
{
  int fd = open_null ();
  gboolean success = anyio_sleep (1, error);
  ANYIO_SHIELD_FOR (1);

  if (anyio_sleep (0.1, NULL))
    close (fd);

  return success;
}

static gboolean
no_point (gpointer user_data,
          GError **error)
{
  return TRUE;
}

static gboolean
misreport (gpointer user_data,
           GError **error)
{
  if (anyio_sleep (1, error))
    return TRUE;
  g_clear_error (error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "something else");

  return FALSE;
}

static gboolean
fail_always (gpointer user_data,
             GError **error)
{
  if (!anyio_checkpoint (error))
    return FALSE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  return FALSE;
}

static gboolean
fail_in_silence (gpointer user_data,
                 GError **error)
{
  return FALSE;
}

static gboolean
wait_for_ever (gpointer user_data,
               GError **error)
{
  return anyio_checkpoint (error) && anyio_sleep_forever (error);
}

static gboolean
clean_up_after_main (gpointer user_data,
                     GError **error)
{
  gboolean success = anyio_sleep_forever (error);

  for (guint i = 0; i < 10; i++)
    anyio_shielded_checkpoint ();

  return success;
}

/* The end of the run cancels what it has started, and waits for it. */
static gboolean
leave_task_behind (gpointer user_data,
                   GError **error)
{
  anyio_start (clean_up_after_main, NULL, NULL);

  return anyio_checkpoint (error);
}

static void
test_after_function (void)
{
  g_test_summary ("What tasks do when the function has returned is none of its points");

  g_assert_cmpuint (anyio_test_cancel_everywhere (leave_task_behind, NULL, NULL), <=, 2);
}

static void
test_right (void)
{
  g_assert_cmpuint (anyio_test_cancel_everywhere (right, NULL, NULL), ==, 3);
  g_assert_cmpuint (anyio_test_cancel_everywhere (clean_up_shielded, NULL, NULL), ==, 2);
  g_assert_cmpuint (anyio_test_cancel_everywhere (no_point, NULL, NULL), ==, 0);
}

/* --- groups: the points of all tasks count ----------------------------------------------------------------------------------------------------- */

static gboolean
child (gpointer user_data,
       GError **error)
{
  g_auto (File) file G_GNUC_UNUSED = { open_null () };
  guint *n_ended = user_data;
  gboolean success = anyio_sleep (1, error) && anyio_sleep (1, error);

  ++*n_ended;

  return success;
}

static gboolean
parent (gpointer user_data,
        GError **error)
{
  guint *n_ended = user_data;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  *n_ended = 0;
  for (guint i = 0; i < 3; i++)
    anyio_task_group_start_soon (group, child, n_ended, NULL);

  return anyio_task_group_join (group, error);
}

static void
check_children (guint n,
                const GError *error,
                gpointer user_data)
{
  guint *n_ended = user_data;

  g_assert_cmpuint (*n_ended, ==, 3); /* returning means finished (SEMANTICS 3.1), and each began (1.3) */
  if (n == 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_group (void)
{
  guint n_ended;

  g_assert_cmpuint (anyio_test_cancel_everywhere (parent, &n_ended, check_children), >=, 6);
}

static gboolean
child_forgets (gpointer user_data,
               GError **error)
{
  int fd = open_null ();

  if (!anyio_sleep (1, error) || !anyio_sleep (1, error))
    return FALSE;
  close (fd);

  return TRUE;
}

static gboolean
parent_of_forgetful (gpointer user_data,
                     GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon (group, child_forgets, NULL, NULL);

  return anyio_task_group_join (group, error);
}

/* --- what the check is told ---------------------------------------------------------------------------------------------------------------------- */

static void
trace_check (guint n,
             const GError *error,
             gpointer user_data)
{
  g_string_append_printf (user_data, "%u:%s ", n, error == NULL ? "ok" : anyio_error_is_cancelled (error) ? "cancelled"
                                                                                                          : error->message);
}

static void
test_check (void)
{
  g_autoptr (GString) seen = g_string_new (NULL);

  anyio_test_cancel_everywhere (right, seen, trace_check);
  g_assert_cmpstr (seen->str, ==, "1:cancelled 2:cancelled 3:cancelled 0:ok ");

  g_string_truncate (seen, 0);
  anyio_test_cancel_everywhere (misreport, seen, trace_check); /* it is the check's to judge */
  g_assert_cmpstr (seen->str, ==, "1:something else 0:ok ");
}

/* --- what is wrong ------------------------------------------------------------------------------------------------------------------------------- */

static const struct
{
  const char *name;
  AnyioTaskFunc func;
  const char *message;
  const char *not_message; /* NULL */
} wrong[] = {
  { "forgotten-cleanup", forget_at_third, "*cancelled at suspension point 3: descriptor * left open*", "*suspension point 2*" },
  { "forgotten-in-child", parent_of_forgetful, "*cancelled at suspension point 3: descriptor * left open*", "*not cancelled*" },
  { "unshielded-cleanup", clean_up_unshielded, "*cancelled at suspension point 1: descriptor * left open*", "*not cancelled*" },
  { "wrong-error", misreport, "*cancelled at suspension point 1: the function failed (g-io-error-quark, 0): something else*", NULL },
  { "failure", fail_always, "*not cancelled: the function failed (g-io-error-quark, 26): busy*", "*at suspension point*" },
  { "silent-failure", fail_in_silence, "*not cancelled: the function failed (g-io-error-quark, 0): *FALSE without setting an error*", NULL },
  { "deadlock", wait_for_ever, "*not cancelled: the run failed (AnyioError*Nothing can run*", "*at suspension point*" },
};

static void
test_wrong (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  if (g_test_subprocess ())
    {
      anyio_test_cancel_everywhere (wrong[i].func, NULL, NULL);
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr (wrong[i].message);
  if (wrong[i].not_message != NULL)
    g_test_trap_assert_stderr_unmatched (wrong[i].not_message);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cancel-everywhere/right/passes-and-counts", test_right);
  g_test_add_func ("/cancel-everywhere/after-function/no-points", test_after_function);
  g_test_add_func ("/cancel-everywhere/group/counts-all-tasks", test_group);
  g_test_add_func ("/cancel-everywhere/check/sees-each-run", test_check);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cancel-everywhere/%s/is-found", wrong[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_wrong);
    }

  return g_test_run ();
}
