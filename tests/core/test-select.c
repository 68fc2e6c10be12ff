/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for the first of several operations, with what the core offers: time, tasks, descriptors. Streams are in tests/stream. */

#include "core-test.h"

#include "jobs.h"

#include <sys/socket.h>
#include <unistd.h>

#define N_SCANS 300

static gboolean
test_first_of_times (gpointer data, GError **error)
{
  AnyioSelectCase cases[] = { ANYIO_SELECT_SLEEP (3), ANYIO_SELECT_SLEEP (1), ANYIO_SELECT_NEVER, ANYIO_SELECT_SLEEP (2) };

  g_test_summary ("SEMANTICS 7: select does exactly one operation, the first that can be done; it takes no longer than that one");

  g_assert_cmpint (anyio_select (cases, G_N_ELEMENTS (cases), error), ==, 1);
  assert_time (1);
  g_assert_cmpint (anyio_select (cases, G_N_ELEMENTS (cases), error), ==, 1);
  assert_time (2);

  return anyio_sleep (10, error);
}

static gboolean
test_deadline (gpointer data, GError **error)
{
  AnyioSelectCase cases[] = { ANYIO_SELECT_SLEEP (1), ANYIO_SELECT_SLEEP_UNTIL (2.5) };

  g_test_summary ("ANYIO_SELECT_SLEEP begins anew at each call, ANYIO_SELECT_SLEEP_UNTIL stays where it is");

  g_assert_cmpint (anyio_select (cases, 2, error), ==, 0);
  g_assert_cmpint (anyio_select (cases, 2, error), ==, 0);
  g_assert_cmpint (anyio_select (cases, 2, error), ==, 1);
  assert_time (2.5);
  g_assert_cmpint (anyio_select (cases, 2, error), ==, 1);
  assert_time (2.5);

  return TRUE;
}

static gboolean
test_rotation (gpointer data, GError **error)
{
  AnyioSelectCase cases[] = { ANYIO_SELECT_SLEEP (0), ANYIO_SELECT_NEVER, ANYIO_SELECT_SLEEP (-1), ANYIO_SELECT_SLEEP_UNTIL (-INFINITY) };
  guint chosen[4] = { 0 };

  g_test_summary ("SEMANTICS 7: the scan starts at a rotating position, so none of several that are ready starves");

  for (guint i = 0; i < N_SCANS; i++)
    {
      int index = i % 2 == 0 ? anyio_select (cases, 4, error) : anyio_select_nowait (cases, 4, error);

      g_assert_cmpint (index, >=, 0);
      chosen[index]++;
    }
  g_assert_cmpuint (chosen[0], >=, N_SCANS / 5);
  g_assert_cmpuint (chosen[1], ==, 0);
  g_assert_cmpuint (chosen[2], >=, N_SCANS / 5);
  g_assert_cmpuint (chosen[3], >=, N_SCANS / 5);

  return TRUE;
}

static gboolean
test_task (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 3 }, { "b", 2 } };
  g_autoptr (AnyioTask) a = NULL;
  g_autoptr (AnyioTask) b = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: the end of a task can be selected, also when it is over, and again and again");

  a = anyio_task_group_create_task_named (group, "a", do_job, &jobs[0], NULL);
  b = anyio_task_group_create_task_named (group, "b", do_job, &jobs[1], NULL);
  {
    AnyioSelectCase cases[] = { ANYIO_SELECT_TASK (a), ANYIO_SELECT_TASK (b), ANYIO_SELECT_SLEEP (1) };

    g_assert_cmpint (anyio_select (cases, 3, error), ==, 2);
    g_assert_cmpint (anyio_select (cases, 2, error), ==, 1);
    assert_time (2);
    g_assert_cmpint (anyio_select (cases, 2, error), ==, 1);
    assert_time (2);
    cases[1] = ANYIO_SELECT_NEVER;
    g_assert_cmpint (anyio_select (cases, 2, error), ==, 0);
    assert_time (3);
  }

  return anyio_task_group_join (group, error);
}

static gboolean
test_same_task_twice (gpointer data, GError **error)
{
  Job job = { "a", 1 };
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("Two cases may be for the same object: the offer of the one is withdrawn when the other is committed");

  task = anyio_task_group_create_task_named (group, "a", do_job, &job, NULL);
  {
    AnyioSelectCase cases[] = { ANYIO_SELECT_TASK (task), ANYIO_SELECT_TASK (task), ANYIO_SELECT_TASK (task) };

    g_assert_cmpint (anyio_select (cases, 3, error), ==, 0);
    assert_time (1);
  }

  return anyio_task_group_join (group, error);
}

static gboolean
test_itself (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  AnyioSelectCase cases[] = { ANYIO_SELECT_SLEEP (1), ANYIO_SELECT_TASK (anyio_get_current_task ()), ANYIO_SELECT_SLEEP (2) };

  g_test_summary ("SEMANTICS 7: a task never waits for itself; the operation that fails is marked, and those before it are withdrawn");

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*waits for itself*");
  g_assert_cmpint (anyio_select (cases, 3, &failure), ==, -1);
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_assert_false (cases[0].failed);
  g_assert_true (cases[1].failed);
  g_assert_false (cases[2].failed);
  assert_sleeps (5);
  cases[1] = ANYIO_SELECT_NEVER;
  g_assert_cmpint (anyio_select (cases, 3, error), ==, 0);
  g_assert_false (cases[1].failed);

  return TRUE;
}

static gboolean
test_descriptors (gpointer data, GError **error)
{
  int fds[2];
  char byte = 'x';
  AnyioSelectCase cases[2];

  g_test_summary ("SEMANTICS 7: descriptors can be selected; they are looked at, not read");

  g_assert_no_errno (pipe (fds));
  cases[0] = ANYIO_SELECT_READABLE (fds[0]);
  cases[1] = ANYIO_SELECT_SLEEP (0.001);
  g_assert_cmpint (anyio_select (cases, 2, error), ==, 1);
  cases[1] = ANYIO_SELECT_WRITABLE (fds[1]);
  g_assert_cmpint (anyio_select (cases, 2, error), ==, 1);
  g_assert_cmpint (write (fds[1], &byte, 1), ==, 1);
  cases[1] = ANYIO_SELECT_SLEEP (1000);
  g_assert_cmpint (anyio_select (cases, 2, error), ==, 0);
  g_assert_cmpint (anyio_select_nowait (cases, 2, error), ==, 0);
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);
  close (fds[0]);
  close (fds[1]);

  return TRUE;
}

static gboolean
write_later (gpointer data, GError **error)
{
  char byte = 'x';

  if (!anyio_sleep (0.001, error))
    return FALSE;
  g_assert_cmpint (write (*(int *) data, &byte, 1), ==, 1);

  return TRUE;
}

static gboolean
close_later (gpointer data, GError **error)
{
  if (!anyio_sleep (0.001, error))
    return FALSE;
  anyio_notify_closing (*(int *) data);

  return TRUE;
}

static gboolean
test_descriptor_wakes (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  int fds[2];
  AnyioSelectCase cases[2];
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("A task that is suspended in a select wakes when a descriptor becomes ready, and when it is closed");

  g_assert_no_errno (pipe (fds));
  cases[0] = ANYIO_SELECT_SLEEP (1000);
  cases[1] = ANYIO_SELECT_READABLE (fds[0]);
  anyio_task_group_start_soon (group, close_later, &fds[0], NULL);
  g_assert_cmpint (anyio_select (cases, 2, &failure), ==, -1);
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_true (cases[1].failed);
  anyio_task_group_start_soon (group, write_later, &fds[1], NULL);
  g_assert_cmpint (anyio_select (cases, 2, error), ==, 1);
  close (fds[0]);
  close (fds[1]);

  return anyio_task_group_join (group, error);
}

static gboolean
test_nothing (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (GError) cancelled = NULL;
  AnyioSelectCase cases[] = { ANYIO_SELECT_NEVER, ANYIO_SELECT_SLEEP (INFINITY), ANYIO_SELECT_SLEEP_UNTIL (INFINITY) };
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (7);

  g_test_summary ("SEMANTICS 7: select commits one operation or none: without any that can be done it waits until cancelled; select_nowait says WOULD_BLOCK");

  g_assert_cmpint (anyio_select_nowait (cases, 3, &failure), ==, -1);
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_clear_error (&failure);
  g_assert_cmpint (anyio_select_nowait (NULL, 0, &failure), ==, -1);
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_cmpint (anyio_select (cases, 3, &cancelled), ==, -1);
  assert_time (7);
  g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));

  return TRUE;
}

static gboolean
test_cancelled_before (gpointer data, GError **error)
{
  g_autoptr (GError) cancelled = NULL;
  AnyioSelectCase cases[] = { ANYIO_SELECT_SLEEP (0) };
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 1.6: in a cancelled scope select does nothing, not even what is ready");

  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_cmpint (anyio_select (cases, 1, &cancelled), ==, -1);
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (cases[0].failed);
  g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));

  return TRUE;
}

static gboolean
cancel_it (gpointer data, GError **error)
{
  anyio_cancel_scope_cancel (data, NULL);

  return TRUE;
}

static gboolean
test_commit_wins (gpointer data, GError **error)
{
  Job job = { "a", 0 };
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioCancelScope) scope = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.4: what is committed stands, although a cancellation comes in the same turn; it strikes at the next suspension point");

  task = anyio_task_group_create_task_named (group, "a", succeed, &job, NULL);
  scope = open_scope ();
  anyio_task_group_start_soon (group, cancel_it, scope, NULL);
  {
    AnyioSelectCase cases[] = { ANYIO_SELECT_SLEEP (5), ANYIO_SELECT_TASK (task) };

    g_assert_cmpint (anyio_select (cases, 2, error), ==, 1);
  }
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_assert_true (exit_cancelled (scope));

  return anyio_task_group_join (group, error);
}

static gboolean
select_all (gpointer data, GError **error)
{
  int fds[2];
  gboolean success;

  g_assert_no_errno (pipe (fds));
  {
    AnyioSelectCase cases[] = { ANYIO_SELECT_SLEEP (1), ANYIO_SELECT_READABLE (fds[0]), ANYIO_SELECT_SLEEP_UNTIL (100) };

    success = anyio_select (cases, 3, error) == 0 && anyio_select (cases, 3, error) == 0;
  }
  close (fds[0]);
  close (fds[1]);

  return success;
}

static void
test_cancel_everywhere (void)
{
  g_test_summary ("SEMANTICS 1.5: wherever a select is cancelled, all its operations are withdrawn: no timer and no watch is left");

  g_assert_cmpuint (anyio_test_cancel_everywhere (select_all, NULL, NULL), ==, 2);
}

static void
test_outside (void)
{
  g_autoptr (GError) error = NULL;
  AnyioSelectCase cases[] = { ANYIO_SELECT_SLEEP (0) };

  g_test_summary ("SEMANTICS 11.1: outside tasks select fails with NO_TASK; select_nowait works");

  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*anyio_select()*");
  g_assert_cmpint (anyio_select (cases, 1, &error), ==, -1);
  g_test_assert_expected_messages ();
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_clear_error (&error);
  g_assert_cmpint (anyio_select_nowait (cases, 1, &error), ==, 0);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*NaN*");
  cases[0] = ANYIO_SELECT_SLEEP (NAN);
  g_test_assert_expected_messages ();
  g_assert_cmpint (anyio_select_nowait (cases, 1, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static gboolean
test_mark_is_cleared (gpointer data, GError **error)
{
  AnyioSelectCase cases[] = { anyio_select_case_sleep (0) };

  g_test_summary ("SEMANTICS 7: the mark of a case that failed once goes with the next call");

  cases[0].failed = TRUE;
  g_assert_cmpint (anyio_select (cases, 1, error), ==, 0);
  g_assert_false (cases[0].failed);

  return TRUE;
}

static gboolean
drain (gpointer data, GError **error)
{
  char buffer[4096];

  if (!anyio_sleep (1, error))
    return FALSE;
  while (read (GPOINTER_TO_INT (data), buffer, sizeof buffer) > 0)
    ;

  return TRUE;
}

static gboolean
test_writable (gpointer data, GError **error)
{
  char zeros[4096] = { 0 };
  int fds[2];
  AnyioSelectCase cases[1];
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("A descriptor is writable when it has room, now or later, and not when it has something to read");

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
  cases[0] = anyio_select_case_writable (fds[1]);
  g_assert_cmpint (anyio_select_nowait (cases, 1, error), ==, 0);
  while (write (fds[1], zeros, sizeof zeros) > 0)
    ;
  g_assert_cmpint (anyio_select_nowait (cases, 1, NULL), ==, -1);
  anyio_task_group_start_soon (group, drain, GINT_TO_POINTER (fds[0]), NULL);
  g_assert_cmpint (anyio_select (cases, 1, error), ==, 0);
  assert_joins (group);
  for (guint i = 0; i < 2; i++)
    close (fds[i]);

  return TRUE;
}

static gboolean
test_closed_descriptor (gpointer data, GError **error)
{
  int fd = dup (1);
  AnyioSelectCase cases[] = { anyio_select_case_readable (fd) };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("A descriptor that is not open is a failure, not something to read");

  close (fd);
  g_assert_cmpint (anyio_select (cases, 1, &failure), ==, -1);
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_true (cases[0].failed);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/select/times/the-first", test_first_of_times);
  anyio_test_add_func ("/select/deadline/stays", test_deadline);
  anyio_test_add_func ("/select/ready/rotates", test_rotation);
  anyio_test_add_func ("/select/task/ends", test_task);
  anyio_test_add_func ("/select/task/twice", test_same_task_twice);
  anyio_test_add_func ("/select/task/itself", test_itself);
  anyio_test_add_func ("/select/descriptor/ready", test_descriptors);
  anyio_test_add_func_real_time ("/select/descriptor/wakes", test_descriptor_wakes);
  anyio_test_add_func ("/select/nothing/waits", test_nothing);
  anyio_test_add_func ("/select/cancelled/before", test_cancelled_before);
  core_add_ordered ("/select/cancelled/in-the-same-turn", test_commit_wins);
  g_test_add_func ("/select/cancelled/everywhere", test_cancel_everywhere);
  g_test_add_func ("/select/outside/no-task", test_outside);
  anyio_test_add_func ("/select/mark/is-cleared", test_mark_is_cleared);
  anyio_test_add_func ("/select/descriptor/writable", test_writable);
  anyio_test_add_func ("/select/descriptor/closed", test_closed_descriptor);

  return g_test_run ();
}
