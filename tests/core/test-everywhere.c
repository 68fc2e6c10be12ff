/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Everything in the core that waits, cancelled at each of its suspension points in turn: nothing is left, what is reported as cancelled has had no
 * effect, and what succeeded has had its whole effect (SEMANTICS 1.5, I3, I7). */

#include "core-test.h"
#include "jobs.h"

#include <sys/socket.h>
#include <unistd.h>

static gboolean
rest (gpointer data, GError **error)
{
  double start = anyio_current_time ();

  if (!anyio_checkpoint (error) || !anyio_sleep_until (start + 2, error))
    return FALSE;
  g_assert_cmpfloat (anyio_current_time (), ==, start + 2);
  if (!anyio_checkpoint_if_cancelled (error))
    return FALSE;
  g_assert_cmpfloat (anyio_current_time (), ==, start + 2);

  return TRUE;
}

static gboolean
rest_long (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (3);

  g_assert_false (anyio_sleep_forever (&failure));
  if (!anyio_cancel_scope_exit (scope, &failure))
    {
      g_assert_cmpfloat (anyio_current_time (), <, 3);
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  g_assert_cmpfloat (anyio_current_time (), ==, 3);

  return TRUE;
}

/* Two descriptors, closed at the end. */
typedef int Pair[2];

static void
pair_close (Pair *self)
{
  close ((*self)[0]);
  close ((*self)[1]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_close)

static gboolean
write_soon (gpointer data, GError **error)
{
  const int *fds = data;

  if (!anyio_sleep (1, error) || !anyio_wait_writable (fds[1], error))
    return FALSE;
  g_assert_cmpint (write (fds[1], "x", 1), ==, 1);

  return TRUE;
}

static gboolean
transfer (gpointer data, GError **error)
{
  g_auto (Pair) fds = { -1, -1 };
  char byte = 0;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
  anyio_task_group_start_soon (group, write_soon, fds, NULL);
  if (!anyio_wait_readable (fds[0], error))
    return FALSE;
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);

  return anyio_task_group_join (group, error);
}

static gboolean
serve_until_stopped (gpointer data, GError **error)
{
  return anyio_wait_stop_requested (error) && anyio_sleep (1, error);
}

static gboolean
stop (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon (group, serve_until_stopped, NULL, NULL);
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_cancel_scope_request_stop (anyio_task_group_get_cancel_scope (group), INFINITY, NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
sleep_for (gpointer data, GError **error)
{
  return anyio_sleep (*(double *) data, error);
}

static gboolean
sleep_twice (gpointer data, GError **error)
{
  return anyio_sleep (1, error) && anyio_sleep (1, error);
}

/* Two end in one turn, and in the same turn another one suspends, so that the cancellation can strike between them. */
static gboolean
take_completed (gpointer data, GError **error)
{
  double delays[] = { 1, 1, 3 };
  guint n_taken = 0;
  g_autoptr (GError) failure = NULL;
  AnyioTask *task;
  gboolean success;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_keep_completed (group);
  for (guint i = 0; i < G_N_ELEMENTS (delays); i++)
    anyio_task_group_start_soon (group, sleep_for, &delays[i], NULL);
  anyio_task_group_start_soon (group, sleep_twice, NULL, NULL);
  while ((task = anyio_task_group_next_completed (group, &failure)) != NULL)
    {
      n_taken++;
      g_object_unref (task);
    }
  success = anyio_task_group_join (group, error);
  while ((task = anyio_task_group_steal_completed (group)) != NULL)
    {
      n_taken++;
      g_object_unref (task);
    }
  g_assert_cmpuint (n_taken, ==, G_N_ELEMENTS (delays) + 1); /* each once, whether waited for or stolen */

  return success;
}

static gboolean
wait_for_bound (gpointer data, GError **error)
{
  double delay = 2;
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  AnyioTaskGroup *group = anyio_task_group_new_for_object (owner);
  gboolean success = FALSE;

  anyio_task_group_start_soon (group, sleep_for, &delay, NULL);
  if (anyio_sleep (1, error))
    {
      g_clear_object (&owner);
      success = anyio_task_group_wait_closed (group, error);
    }
  g_clear_object (&owner);
  {
    ANYIO_SHIELD_FOR (INFINITY);

    g_assert_true (anyio_task_group_wait_closed (group, NULL)); /* the task borrows from this stack */
  }
  g_object_unref (group);

  return success;
}

static gboolean
run_children (AnyioTaskGroup *group, gpointer data, GError **error)
{
  anyio_task_group_start_soon (group, sleep_for, data, NULL);

  return anyio_sleep (1, error);
}

static gboolean
with_group (gpointer data, GError **error)
{
  double delay = 2;

  return anyio_with_task_group (run_children, &delay, error) && anyio_with_timeout (5, sleep_for, &delay, error);
}

static const struct
{
  const char *path;
  AnyioTaskFunc func;
  guint n_points; /* at least */
} cases[] = {
  { "/everywhere/sleeps/nothing-left", rest, 3 },
  { "/everywhere/sleep-forever/nothing-left", rest_long, 1 },
  { "/everywhere/descriptors/nothing-left", transfer, 4 },
  { "/everywhere/stop/nothing-left", stop, 4 },
  { "/everywhere/completions/each-once", take_completed, 6 },
  { "/everywhere/bound-group/nothing-left", wait_for_bound, 3 },
  { "/everywhere/with/nothing-left", with_group, 4 },
};

static void
test_case (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  g_assert_cmpuint (anyio_test_cancel_everywhere (cases[i].func, NULL, NULL), >=, cases[i].n_points);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, GUINT_TO_POINTER (i), test_case);

  return g_test_run ();
}
