/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Watching descriptors, the same for every back end. Nothing here measures time: a loop that spins is one that still dispatches. */

#include "loop-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void
make_pipe (int fds[2])
{
  g_assert_no_errno (pipe2 (fds, O_NONBLOCK | O_CLOEXEC));
}

static void
make_socketpair (int fds[2])
{
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
}

static void
close_both (int fds[2])
{
  close (fds[0]);
  close (fds[1]);
}

static void
put (int fd)
{
  g_assert_cmpint (write (fd, "x", 1), ==, 1);
}

static void
take (int fd)
{
  char byte;

  g_assert_cmpint (read (fd, &byte, 1), ==, 1);
}

static void
fill (int fd)
{
  char buffer[4096] = { 0 };

  while (write (fd, buffer, sizeof buffer) > 0)
    continue;
  g_assert_cmpint (errno, ==, EAGAIN);
}

static void
drain (int fd)
{
  char buffer[4096];

  while (read (fd, buffer, sizeof buffer) > 0)
    continue;
  g_assert_cmpint (errno, ==, EAGAIN);
}

static void
assert_n_watches (Fixture *self,
                  guint n)
{
  g_assert_cmpuint (self->loop.poller->klass->get_n_watches (self->loop.poller), ==, n);
}

static void
test_readable (Fixture *self,
               gconstpointer data)
{
  Step step;
  int fds[2];

  make_pipe (fds);
  step_init (&step, self, 'r', NULL);
  step_watch (&step, fds[0], G_IO_IN);
  assert_n_watches (self, 1);
  fixture_settle (self);
  fixture_assert_trace (self, "");
  put (fds[1]);
  g_main_context_iteration (self->context, TRUE);
  fixture_assert_trace (self, "r");
  g_assert_cmpuint (step.revents, ==, G_IO_IN);
  assert_n_watches (self, 0);

  /* Still readable, but once is once. */
  g_assert_cmpuint (fixture_settle (self), ==, 0);
  step_watch (&step, fds[0], G_IO_IN);
  fixture_settle (self);
  fixture_assert_trace (self, "r");
  take (fds[0]);
  step_watch (&step, fds[0], G_IO_IN);
  fixture_settle (self);
  fixture_assert_trace (self, "");
  anyio_loop_remove_watch (&self->loop, &step.watch);
  close_both (fds);
}

static void
test_writable (Fixture *self,
               gconstpointer data)
{
  Step step;
  int fds[2];

  make_pipe (fds);
  step_init (&step, self, 'w', NULL);
  step_watch (&step, fds[1], G_IO_OUT);
  fixture_settle (self);
  fixture_assert_trace (self, "w");
  g_assert_cmpuint (step.revents, ==, G_IO_OUT);
  fill (fds[1]);
  step_watch (&step, fds[1], G_IO_OUT);
  fixture_settle (self);
  fixture_assert_trace (self, "");
  drain (fds[0]);
  fixture_settle (self);
  fixture_assert_trace (self, "w");
  close_both (fds);
}

/* One direction fires and the other goes on waiting. */
static void
test_both_directions (Fixture *self,
                      gconstpointer data)
{
  Step in, out;
  int fds[2];

  make_socketpair (fds);
  step_init (&in, self, 'r', NULL);
  step_init (&out, self, 'w', NULL);

  for (guint i = 0; i < 2; i++)
    {
      fill (fds[0]);
      step_watch (&in, fds[0], G_IO_IN);
      step_watch (&out, fds[0], G_IO_OUT);
      fixture_settle (self);
      fixture_assert_trace (self, "");
      if (i == 0)
        {
          put (fds[1]);
          fixture_settle (self);
          fixture_assert_trace (self, "r");
          drain (fds[1]);
          fixture_settle (self);
          fixture_assert_trace (self, "w");
        }
      else
        {
          drain (fds[1]);
          fixture_settle (self);
          fixture_assert_trace (self, "w");
          put (fds[1]);
          fixture_settle (self);
          fixture_assert_trace (self, "r");
        }
      drain (fds[0]);
    }

  /* Both at once: each is told of its own. */
  put (fds[1]);
  step_watch (&in, fds[0], G_IO_IN);
  step_watch (&out, fds[0], G_IO_OUT);
  fixture_settle (self);
  fixture_assert_trace (self, "rw");
  g_assert_cmpuint (in.revents, ==, G_IO_IN);
  g_assert_cmpuint (out.revents, ==, G_IO_OUT);
  close_both (fds);
}

static void
test_hang_up (Fixture *self,
              gconstpointer data)
{
  Step in, out;
  int fds[2];

  make_socketpair (fds);
  step_init (&in, self, 'r', NULL);
  step_init (&out, self, 'w', NULL);
  fill (fds[0]);
  step_watch (&in, fds[0], G_IO_IN);
  step_watch (&out, fds[0], G_IO_OUT);
  close (fds[1]);
  fixture_settle (self);
  fixture_assert_trace (self, "rw");
  g_assert_cmpuint (in.revents & G_IO_HUP, !=, 0);
  g_assert_cmpuint (out.revents & G_IO_HUP, !=, 0);
  close (fds[0]);

  make_pipe (fds);
  fill (fds[1]);
  step_watch (&out, fds[1], G_IO_OUT);
  close (fds[0]);
  fixture_settle (self);
  fixture_assert_trace (self, "w");
  g_assert_cmpuint (out.revents & G_IO_ERR, !=, 0);
  close (fds[1]);
}

static void
test_pending (Fixture *self,
              gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Step first, second;
  int fds[2];

  make_socketpair (fds);
  fill (fds[0]);
  step_init (&first, self, '1', NULL);
  step_init (&second, self, '2', NULL);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *message = g_strdup_printf ("Another task is already waiting until descriptor %d is %s", fds[0], i == 0 ? "readable" : "writable");

      step_watch (&first, fds[0], i == 0 ? G_IO_IN : G_IO_OUT);
      second.watch.fd = fds[0];
      second.watch.condition = first.watch.condition;
      g_assert_false (anyio_loop_add_watch (&self->loop, &second.watch, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
      g_assert_cmpstr (error->message, ==, message);
      g_clear_error (&error);
      assert_n_watches (self, 1);
      anyio_loop_remove_watch (&self->loop, &first.watch);
    }
  close_both (fds);
}

static void
test_bad (Fixture *self,
          gconstpointer data)
{
  Step step;
  int bad[2];

  make_pipe (bad);
  close_both (bad);
  bad[1] = -1;
  step_init (&step, self, 'x', NULL);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      step.watch.fd = bad[i];
      step.watch.condition = G_IO_IN;
      g_assert_false (anyio_loop_add_watch (&self->loop, &step.watch, &error));
      g_assert_error (error, G_IO_ERROR, (int) g_io_error_from_errno (EBADF));
      g_assert_nonnull (strstr (error->message, g_strerror (EBADF)));
    }
  assert_n_watches (self, 0);
}

static void
test_regular_file (Fixture *self,
                   gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  Step in, out;
  int fd = g_file_open_tmp ("anyio-XXXXXX", &name, &error);

  g_assert_no_error (error);
  step_init (&in, self, 'r', NULL);
  step_init (&out, self, 'w', NULL);
  step_watch (&in, fd, G_IO_IN);
  step_watch (&out, fd, G_IO_OUT);
  assert_n_watches (self, 2);
  g_main_context_iteration (self->context, TRUE);
  fixture_assert_trace (self, "rw");
  g_assert_cmpuint (in.revents, ==, G_IO_IN);
  assert_n_watches (self, 0);

  step_watch (&in, fd, G_IO_IN);
  step_watch (&out, fd, G_IO_OUT);
  anyio_loop_remove_watch (&self->loop, &in.watch);
  anyio_loop_notify_closing (&self->loop, fd);
  fixture_assert_trace (self, "w");
  g_assert_cmpuint (out.revents, ==, 0);
  g_assert_cmpuint (fixture_settle (self), ==, 0);
  close (fd);
  unlink (name);
}

static void
test_removed (Fixture *self,
              gconstpointer data)
{
  Step step;
  int fds[2];

  make_pipe (fds);
  step_init (&step, self, 'r', NULL);
  step_watch (&step, fds[0], G_IO_IN);
  fixture_settle (self);
  anyio_loop_remove_watch (&self->loop, &step.watch);
  assert_n_watches (self, 0);
  put (fds[1]);
  /* The registration may report once that nobody wanted it. */
  g_assert_cmpuint (fixture_settle (self), <=, 1);
  fixture_assert_trace (self, "");
  step_watch (&step, fds[0], G_IO_IN);
  fixture_settle (self);
  fixture_assert_trace (self, "r");
  close_both (fds);
}

static void
test_closing (Fixture *self,
              gconstpointer data)
{
  Step in, out;
  int fds[2], copy;

  make_socketpair (fds);
  fill (fds[0]);
  step_init (&in, self, 'r', NULL);
  step_init (&out, self, 'w', NULL);
  step_watch (&in, fds[0], G_IO_IN);
  step_watch (&out, fds[0], G_IO_OUT);
  in.revents = out.revents = G_IO_PRI;
  anyio_loop_notify_closing (&self->loop, fds[0]);
  fixture_assert_trace (self, "rw");
  g_assert_cmpuint (in.revents, ==, 0);
  g_assert_cmpuint (out.revents, ==, 0);
  assert_n_watches (self, 0);

  /* With notice, also a file that lives on is forgotten: not even one report. */
  copy = dup (fds[0]);
  close (fds[0]);
  put (fds[1]);
  g_assert_cmpuint (fixture_settle (self), ==, 0);

  /* The old number with its old file, and without any history. */
  g_assert_cmpint (dup2 (copy, fds[0]), ==, fds[0]);
  step_watch (&in, fds[0], G_IO_IN);
  fixture_settle (self);
  fixture_assert_trace (self, "r");
  close (copy);
  close_both (fds);
  anyio_loop_notify_closing (&self->loop, 100000);
}

/* Closed without notice, and the number given to another file. */
static void
test_reused (Fixture *self,
             gconstpointer data)
{
  Step step;
  int fds[2], others[2];

  step_init (&step, self, 'r', NULL);
  make_pipe (fds);
  step_watch (&step, fds[0], G_IO_IN);
  put (fds[1]);
  fixture_settle (self);
  fixture_assert_trace (self, "r");

  /* Once disarmed, once armed for a watch that was removed. */
  for (guint i = 0; i < 2; i++)
    {
      int number = fds[0];

      make_pipe (others);
      close_both (fds);
      g_assert_cmpint (dup2 (others[0], number), ==, number);
      close (others[0]);
      fds[0] = number;
      fds[1] = others[1];
      step_watch (&step, number, G_IO_IN);
      fixture_settle (self);
      fixture_assert_trace (self, "");
      put (fds[1]);
      fixture_settle (self);
      fixture_assert_trace (self, "r");
      take (number);
      step_watch (&step, number, G_IO_IN);
      fixture_settle (self);
      anyio_loop_remove_watch (&self->loop, &step.watch);
    }
  close_both (fds);
}

/* Closed without notice, but its file lives on through a dup: epoll goes on watching it under the old number, and nobody can stop it. */
static void
test_dup (Fixture *self,
          gconstpointer data)
{
  Step old, new;
  int fds[2], others[2], copy, number;

  make_pipe (fds);
  make_pipe (others);
  step_init (&old, self, 'o', NULL);
  step_init (&new, self, 'n', NULL);

  /* Somebody still waits: woken once, by the report of the file or by G_IO_NVAL. */
  step_watch (&old, fds[0], G_IO_IN);
  fixture_settle (self);
  copy = dup (fds[0]);
  number = fds[0];
  close (number);
  put (fds[1]);
  g_assert_cmpuint (fixture_settle (self), ==, 1);
  fixture_assert_trace (self, "o");
  g_assert_cmpuint (fixture_settle (self), ==, 0);

  /* The number has a new owner while the old file reports under it. */
  g_assert_cmpint (dup2 (copy, number), ==, number);
  take (number);
  step_watch (&old, number, G_IO_IN);
  fixture_settle (self);
  anyio_loop_remove_watch (&self->loop, &old.watch);
  g_assert_cmpint (dup2 (others[0], number), ==, number);
  step_watch (&new, number, G_IO_IN);
  put (fds[1]);
  g_assert_cmpuint (fixture_settle (self), <=, 1);
  fixture_assert_trace (self, "");
  put (others[1]);
  fixture_settle (self);
  fixture_assert_trace (self, "n");
  g_assert_cmpuint (fixture_settle (self), ==, 0);

  /* The old file gets its old number back, where epoll still has it. */
  anyio_loop_notify_closing (&self->loop, number);
  g_assert_cmpint (dup2 (copy, number), ==, number);
  step_watch (&old, number, G_IO_IN);
  fixture_settle (self);
  fixture_assert_trace (self, "o");

  close (number);
  close (copy);
  close (fds[1]);
  close_both (others);
}

/* Closed without notice under two waiters; one direction is reported by the copy that lives on, and the other cannot be re-armed. */
static void
test_closed_under_two (Fixture *self,
                       gconstpointer data)
{
  Step in, out;
  int fds[2], copy;

  make_socketpair (fds);
  fill (fds[0]);
  step_init (&in, self, 'r', NULL);
  step_init (&out, self, 'w', NULL);
  step_watch (&in, fds[0], G_IO_IN);
  step_watch (&out, fds[0], G_IO_OUT);
  copy = dup (fds[0]);
  close (fds[0]);
  put (fds[1]);
  fixture_settle (self);
  fixture_assert_trace (self, "rw");
  g_assert_cmpuint (out.revents & G_IO_NVAL, !=, 0);
  close (copy);
  close (fds[1]);
}

static void
remove_data (Step *self)
{
  Step *other = self->data;

  if (other->n_runs == 0)
    anyio_loop_remove_watch (&self->fixture->loop, &other->watch);
}

/* Two are ready at once; whoever comes first removes the other. */
static void
test_removed_by_another (Fixture *self,
                         gconstpointer data)
{
  Step a, b;
  int first[2], second[2];

  make_pipe (first);
  make_pipe (second);
  step_init (&a, self, 'x', remove_data);
  step_init (&b, self, 'x', remove_data);
  a.data = &b;
  b.data = &a;
  step_watch (&a, first[0], G_IO_IN);
  step_watch (&b, second[0], G_IO_IN);
  put (first[1]);
  put (second[1]);
  fixture_settle (self);
  fixture_assert_trace (self, "x");
  assert_n_watches (self, 0);

  /* Likewise for the two directions of one descriptor. */
  close_both (first);
  make_socketpair (first);
  step_init (&a, self, 'x', remove_data);
  step_init (&b, self, 'x', remove_data);
  a.data = &b;
  b.data = &a;
  put (first[1]);
  step_watch (&a, first[0], G_IO_IN);
  step_watch (&b, first[0], G_IO_OUT);
  fixture_settle (self);
  fixture_assert_trace (self, "x");
  close_both (first);
  close_both (second);
}

static void
watch_again (Step *self)
{
  if (self->n_runs < 3)
    step_watch (self, self->watch.fd, self->watch.condition);
}

static void
test_added_again (Fixture *self,
                  gconstpointer data)
{
  Step step;
  int fds[2];

  make_pipe (fds);
  put (fds[1]);
  step_init (&step, self, 'r', watch_again);
  step_watch (&step, fds[0], G_IO_IN);
  g_main_context_iteration (self->context, TRUE);
  fixture_assert_trace (self, "r");
  fixture_settle (self);
  fixture_assert_trace (self, "rr");
  close_both (fds);
}

static void
iterate_until_data_ran (Step *self)
{
  Step *other = self->data;

  while (other->n_runs == 0)
    g_main_context_iteration (self->fixture->context, TRUE);
}

/* Two are ready at once; whoever comes first waits in a nested loop for the other. */
static void
test_nested (Fixture *self,
             gconstpointer data)
{
  Step a, b;
  int first[2], second[2];

  make_pipe (first);
  make_pipe (second);
  step_init (&a, self, 'x', iterate_until_data_ran);
  step_init (&b, self, 'x', iterate_until_data_ran);
  a.data = &b;
  b.data = &a;
  step_watch (&a, first[0], G_IO_IN);
  step_watch (&b, second[0], G_IO_IN);
  put (first[1]);
  put (second[1]);
  fixture_settle (self);
  fixture_assert_trace (self, "xx");

  /* Likewise for the two directions of one descriptor. */
  close_both (first);
  make_socketpair (first);
  put (first[1]);
  a.n_runs = b.n_runs = 0;
  step_watch (&a, first[0], G_IO_IN);
  step_watch (&b, first[0], G_IO_OUT);
  fixture_settle (self);
  fixture_assert_trace (self, "xx");
  close_both (first);
  close_both (second);
}

static void
test_many (Fixture *self,
           gconstpointer data)
{
  enum { N = 600 };
  g_autofree Step *steps = g_new0 (Step, N);

  for (guint i = 0; i < N; i++)
    {
      step_init (&steps[i], self, '.', NULL);
      step_watch (&steps[i], eventfd (1, EFD_CLOEXEC), G_IO_IN);
    }
  fixture_settle (self);
  for (guint i = 0; i < N; i++)
    {
      g_assert_cmpuint (steps[i].n_runs, ==, 1);
      anyio_loop_notify_closing (&self->loop, steps[i].watch.fd);
      close (steps[i].watch.fd);
    }
}

static void
test_clear_watched (Fixture *self,
                    gconstpointer data)
{
  Step step;
  int fds[2];

  make_pipe (fds);
  step_init (&step, self, 'r', NULL);
  step_watch (&step, fds[0], G_IO_IN);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*while 1 descriptors were watched*");
  anyio_loop_clear (&self->loop);
  g_test_assert_expected_messages ();
  close_both (fds);
}

static void
test_name (Fixture *self,
           gconstpointer data)
{
  g_assert_cmpstr (anyio_loop_get_backend (&self->loop), ==, data);
}

/* Not even one descriptor is left: that is an error and not a worse back end. */
static void
test_no_descriptors (gconstpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  struct rlimit before, limit;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &before));
  for (guint n_left = 0; n_left < 2; n_left++)
    {
      g_autoptr (GError) error = NULL;
      AnyioLoop loop;
      int next = dup (0);
      gboolean ok;

      close (next);
      limit = before;
      limit.rlim_cur = next + n_left;
      g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limit));
      ok = anyio_loop_init (&loop, context, data, &error);
      g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &before));
      if (n_left == 1 && g_strcmp0 (data, "glib") == 0)
        {
          g_assert_no_error (error);
          anyio_loop_clear (&loop);
          continue;
        }
      g_assert_false (ok);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES);

      /* And what the first attempt took it has given back. */
      next -= dup (0);
      g_assert_cmpint (next, ==, 0);
      close (limit.rlim_cur - n_left);
    }
}

static void
test_choice (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *before = g_strdup (g_getenv ("ANYIO_BACKEND"));
  AnyioLoop loop;

  g_assert_false (anyio_loop_init (&loop, context, "kqueue", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "kqueue"));
  g_assert_nonnull (strstr (error->message, "epoll, glib"));
  g_clear_error (&error);

  g_setenv ("ANYIO_BACKEND", "nonsense", TRUE);
  g_assert_false (anyio_loop_init (&loop, context, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_true (anyio_loop_init (&loop, context, "glib", NULL)); /* the argument wins */
  anyio_loop_clear (&loop);

  g_setenv ("ANYIO_BACKEND", "glib", TRUE);
  g_assert_true (anyio_loop_init (&loop, context, NULL, NULL));
  g_assert_cmpstr (anyio_loop_get_backend (&loop), ==, "glib");
  anyio_loop_clear (&loop);

  g_setenv ("ANYIO_BACKEND", "", TRUE);
  g_assert_true (anyio_loop_init (&loop, context, NULL, NULL));
#ifdef __linux__
  g_assert_cmpstr (anyio_loop_get_backend (&loop), ==, "epoll");
#endif
  anyio_loop_clear (&loop);

  if (before != NULL)
    g_setenv ("ANYIO_BACKEND", before, TRUE);
  else
    g_unsetenv ("ANYIO_BACKEND");
}

int
main (int argc,
      char **argv)
{
  static const char *backends[] = {
#ifdef __linux__
    "epoll",
#endif
    "glib",
  };
  static const struct
  {
    const char *path;
    void (*func) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "name/is-the-chosen-one", test_name },
    { "readable/fires-once", test_readable },
    { "writable/fires-once", test_writable },
    { "both-directions/fire-separately", test_both_directions },
    { "hang-up/wakes-both", test_hang_up },
    { "second-waiter/pending", test_pending },
    { "bad-descriptor/error", test_bad },
    { "regular-file/always-ready", test_regular_file },
    { "removed/does-not-fire", test_removed },
    { "removed-by-another/does-not-fire", test_removed_by_another },
    { "added-again-inside/next-dispatch", test_added_again },
    { "notified-closing/fires-with-0", test_closing },
    { "number-reused/new-file-is-watched", test_reused },
    { "dup/old-file-neither-spins-nor-fires", test_dup },
    { "closed-under-two/both-wake", test_closed_under_two },
    { "nested-loop/goes-on-with-the-events", test_nested },
    { "many/all-fire", test_many },
    { "cleared-while-watched/critical", test_clear_watched },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_summary ("Watches fire when their descriptor is ready, once, with every back end");

  for (guint i = 0; i < G_N_ELEMENTS (backends); i++)
    {
      g_autofree char *path = g_strdup_printf ("/pollers/%s/no-descriptors/error", backends[i]);

      for (guint j = 0; j < G_N_ELEMENTS (tests); j++)
        {
          g_autofree char *name = g_strdup_printf ("/pollers/%s/%s", backends[i], tests[j].path);

          g_test_add (name, Fixture, backends[i], fixture_set_up, tests[j].func, fixture_tear_down);
        }
      g_test_add_data_func (path, backends[i], test_no_descriptors);
    }
  g_test_add_func ("/pollers/choice/argument-environment-default", test_choice);

  return g_test_run ();
}
