/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for descriptors. */

#include "core-test.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  int fds[2];
} Pair;

static void
pair_open (Pair *self)
{
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, self->fds), ==, 0);
}

static void
pair_close (Pair *self)
{
  for (guint i = 0; i < 2; i++)
    if (self->fds[i] >= 0)
      close (self->fds[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_close)

static void
put_byte (int fd)
{
  g_assert_cmpint (write (fd, "x", 1), ==, 1);
}

static void
take_byte (int fd)
{
  char byte = 0;

  g_assert_cmpint (read (fd, &byte, 1), ==, 1);
  g_assert_cmpint (byte, ==, 'x');
}

/* Until a write would block. */
static void
fill (int fd)
{
  static const char zeroes[4096];

  while (write (fd, zeroes, sizeof zeroes) > 0)
    continue;
}

static void
drain (int fd)
{
  char buffer[4096];

  while (read (fd, buffer, sizeof buffer) > 0)
    continue;
}

static gboolean
wait_readable (gpointer user_data,
               GError **error)
{
  int fd = GPOINTER_TO_INT (user_data);

  anyio_trace ("wait");
  if (!anyio_wait_readable (fd, error))
    return FALSE;
  anyio_trace ("readable");

  return TRUE;
}

static gboolean
wait_writable (gpointer user_data,
               GError **error)
{
  int fd = GPOINTER_TO_INT (user_data);

  anyio_trace ("wait");
  if (!anyio_wait_writable (fd, error))
    return FALSE;
  anyio_trace ("writable");

  return TRUE;
}

static gboolean
test_readable (gpointer user_data,
               GError **error)
{
  g_auto (Pair) pair;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("Header: wait_readable waits until there is data; ready data is found at once, again and again until it is read");

  pair_open (&pair);
  anyio_task_group_start_soon (group, wait_readable, GINT_TO_POINTER (pair.fds[0]), NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_trace ("write");
  put_byte (pair.fds[1]);
  assert_joins (group);
  anyio_assert_trace ("wait write readable");
  g_assert_true (anyio_wait_readable (pair.fds[0], error));
  g_assert_true (anyio_wait_readable (pair.fds[0], error));
  take_byte (pair.fds[0]);

  return TRUE;
}

static gboolean
test_writable (gpointer user_data,
               GError **error)
{
  g_auto (Pair) pair;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("Header: wait_writable waits until there is room");

  pair_open (&pair);
  g_assert_true (anyio_wait_writable (pair.fds[0], error));
  fill (pair.fds[0]);
  anyio_task_group_start_soon (group, wait_writable, GINT_TO_POINTER (pair.fds[0]), NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_trace ("drain");
  drain (pair.fds[1]);
  assert_joins (group);
  anyio_assert_trace ("wait drain writable");

  return TRUE;
}

static gboolean
test_both_directions (gpointer user_data,
                      GError **error)
{
  g_auto (Pair) pair;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("Header: one task may wait to read and another to write on the same descriptor");

  pair_open (&pair);
  fill (pair.fds[0]);
  anyio_task_group_start_soon (group, wait_readable, GINT_TO_POINTER (pair.fds[0]), NULL);
  anyio_task_group_start_soon (group, wait_writable, GINT_TO_POINTER (pair.fds[0]), NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  put_byte (pair.fds[1]);
  while (strstr (anyio_trace_get (), "readable") == NULL)
    g_assert_true (anyio_checkpoint (error));
  g_assert_null (strstr (anyio_trace_get (), "writable"));
  drain (pair.fds[1]);
  assert_joins (group);
  anyio_assert_trace ("wait wait readable writable");

  return TRUE;
}

static gboolean
test_pending (gpointer user_data,
              GError **error)
{
  g_auto (Pair) pair;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GError) busy = NULL;

  g_test_summary ("Header, SEMANTICS 8.4: a second task that waits for the same direction gets PENDING; the first one is not disturbed");

  pair_open (&pair);
  anyio_task_group_start_soon (group, wait_readable, GINT_TO_POINTER (pair.fds[0]), NULL);
  g_assert_true (anyio_checkpoint (error));
  g_assert_false (anyio_wait_readable (pair.fds[0], &busy));
  g_assert_error (busy, G_IO_ERROR, G_IO_ERROR_PENDING);
  put_byte (pair.fds[1]);
  assert_joins (group);
  anyio_assert_trace ("wait readable");

  return TRUE;
}

static gboolean
expect_closed (gpointer user_data,
               GError **error)
{
  g_autoptr (GError) closed = NULL;

  g_assert_false (anyio_wait_readable (GPOINTER_TO_INT (user_data), &closed));
  g_assert_error (closed, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_nonnull (strstr (closed->message, "expect_closed"));
  anyio_trace ("closed");

  return TRUE;
}

static gboolean
test_closing (gpointer user_data,
              GError **error)
{
  g_auto (Pair) pair;
  g_auto (Pair) next;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("Header: notify_closing wakes who waits with CLOSED; a new descriptor with the same number starts afresh");

  pair_open (&pair);
  anyio_notify_closing (pair.fds[0]);
  anyio_task_group_start_soon (group, expect_closed, GINT_TO_POINTER (pair.fds[0]), NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_notify_closing (pair.fds[0]);
  close (pair.fds[0]);
  pair_open (&next);
  g_assert_cmpint (next.fds[0], ==, pair.fds[0]);
  pair.fds[0] = -1;
  assert_joins (group);
  anyio_assert_trace ("closed");
  put_byte (next.fds[1]);
  g_assert_true (anyio_wait_readable (next.fds[0], error));

  return TRUE;
}

static gboolean
test_cancelled (gpointer user_data,
                GError **error)
{
  g_auto (Pair) pair;

  g_test_summary ("SEMANTICS 1.5, 2.8: a cancelled wait has no effect: nothing is read, and the direction is free again");

  pair_open (&pair);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (1);
      g_autoptr (GError) cancelled = NULL;

      /* The virtual clock jumps although a descriptor is watched. */
      assert_is_cancelled (anyio_wait_readable (pair.fds[0], &cancelled), cancelled);
      g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));
      g_assert_cmpfloat (anyio_current_time (), ==, i + 1);
    }
  put_byte (pair.fds[1]);
  g_assert_true (anyio_wait_readable (pair.fds[0], error));
  take_byte (pair.fds[0]);

  return TRUE;
}

typedef struct
{
  AnyioTaskGroup *group;
  int fd;
} Waiter;

static gboolean
wait_and_cancel_others (gpointer user_data,
                        GError **error)
{
  const Waiter *self = user_data;

  anyio_trace ("wait");
  if (!anyio_wait_readable (self->fd, error))
    return FALSE;
  anyio_trace ("readable");
  anyio_task_group_cancel (self->group, NULL);

  return TRUE;
}

static gboolean
test_ready_then_cancelled (gpointer user_data,
                           GError **error)
{
  g_auto (Pair) first;
  g_auto (Pair) second;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  Waiter waiters[2];

  g_test_summary ("SEMANTICS 1.4: a wait whose descriptor has become ready keeps its result when it is cancelled before it resumes");

  pair_open (&first);
  pair_open (&second);
  waiters[0] = (Waiter){ group, first.fds[0] };
  waiters[1] = (Waiter){ group, second.fds[0] };
  for (guint i = 0; i < 2; i++)
    anyio_task_group_start_soon (group, wait_and_cancel_others, &waiters[i], NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  put_byte (first.fds[1]);
  put_byte (second.fds[1]);
  assert_joins (group);
  anyio_assert_trace ("wait wait readable readable");

  return TRUE;
}

static gboolean
test_hang_up (gpointer user_data,
              GError **error)
{
  g_auto (Pair) pair;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  char byte;

  g_test_summary ("Header: readable is also the end, which the read will tell");

  pair_open (&pair);
  anyio_task_group_start_soon (group, wait_readable, GINT_TO_POINTER (pair.fds[0]), NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  close (pair.fds[1]);
  pair.fds[1] = -1;
  assert_joins (group);
  g_assert_cmpint (read (pair.fds[0], &byte, 1), ==, 0);
  g_assert_true (anyio_wait_readable (pair.fds[0], error));
  g_assert_true (anyio_wait_writable (pair.fds[0], error));

  return TRUE;
}

static gboolean
test_regular_file (gpointer user_data,
                   GError **error)
{
  g_autofree char *name = NULL;
  int fd = g_file_open_tmp ("anyio-XXXXXX", &name, error);

  g_test_summary ("Header of the loop: a regular file, which cannot be polled, is always ready");

  g_assert_cmpint (fd, >=, 0);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (anyio_wait_readable (fd, error));
      g_assert_true (anyio_wait_writable (fd, error));
    }
  anyio_notify_closing (fd);
  close (fd);
  unlink (name);

  return TRUE;
}

static gboolean
test_bad_descriptor (gpointer user_data,
                     GError **error)
{
  g_auto (Pair) pair;
  g_autoptr (GError) negative = NULL;
  g_autoptr (GError) closed = NULL;
  int fd;

  g_test_summary ("Header: a descriptor that is not open is the system's error, at once");

  g_assert_false (anyio_wait_readable (-1, &negative));
  g_assert_error (negative, G_IO_ERROR, (int) g_io_error_from_errno (EBADF));
  pair_open (&pair);
  fd = pair.fds[0];
  close (fd);
  pair.fds[0] = -1;
  g_assert_false (anyio_wait_writable (fd, &closed));
  g_assert_nonnull (closed);
  g_assert_false (g_error_matches (closed, G_IO_ERROR, G_IO_ERROR_CANCELLED));

  return TRUE;
}

static gboolean
pass_on (gpointer user_data,
         GError **error)
{
  const int *fds = user_data; /* reads from the first, writes to the second */

  if (!anyio_wait_readable (fds[0], error))
    return FALSE;
  take_byte (fds[0]);
  put_byte (fds[1]);

  return TRUE;
}

static gboolean
test_many (gpointer user_data,
           GError **error)
{
  enum
  {
    N = 100
  };
  Pair pairs[N];
  int hops[N - 1][2];
  g_autoptr (AnyioTaskGroup) group = NULL;

  g_test_summary ("Header: many tasks wait for many descriptors: a byte goes through a chain of a hundred");

  for (guint i = 0; i < N; i++)
    pair_open (&pairs[i]);
  group = anyio_task_group_open (error);
  for (guint i = 0; i < N - 1; i++)
    {
      hops[i][0] = pairs[i].fds[1];
      hops[i][1] = pairs[i + 1].fds[0];
      anyio_task_group_start_soon (group, pass_on, hops[i], NULL);
    }
  put_byte (pairs[0].fds[0]);
  g_assert_true (anyio_wait_readable (pairs[N - 1].fds[1], error));
  assert_joins (group);
  take_byte (pairs[N - 1].fds[1]);
  for (guint i = 0; i < N; i++)
    pair_close (&pairs[i]);

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/fd/readable/waits-for-data", test_readable);
  core_add_ordered ("/fd/writable/waits-for-room", test_writable);
  core_add_ordered ("/fd/both-directions/independent", test_both_directions);
  core_add_ordered ("/fd/second-waiter/pending", test_pending);
  anyio_test_add_func ("/fd/notify-closing/closed", test_closing);
  anyio_test_add_func ("/fd/cancelled/no-effect", test_cancelled);
  core_add_ordered ("/fd/ready-then-cancelled/result-wins", test_ready_then_cancelled);
  anyio_test_add_func ("/fd/hang-up/readable", test_hang_up);
  anyio_test_add_func ("/fd/regular-file/always-ready", test_regular_file);
  anyio_test_add_func ("/fd/not-open/error", test_bad_descriptor);
  anyio_test_add_func ("/fd/many/each-wakes", test_many);

  return g_test_run ();
}
