/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The inbox: what other threads post runs once, in order, soon, and wakes the context no more than needed. */

#include "loop-fixture.h"

#include <semaphore.h>
#include <unistd.h>

enum
{
  N_THREADS = 4
};

typedef struct
{
  AnyioRunnable runnable;
  guint thread;
  guint number;
  guint *next_numbers; /* of all threads */
  guint *n_received;
} Message;

typedef struct
{
  Fixture *fixture;
  Message *messages;
  guint n_messages;
  guint n_posted; /* atomic */
} Poster;

static void
receive (AnyioRunnable *runnable)
{
  Message *self = ANYIO_CONTAINER (runnable, Message, runnable);

  g_assert_cmpuint (self->number, ==, self->next_numbers[self->thread]);
  self->next_numbers[self->thread]++;
  (*self->n_received)++;
}

static gpointer
post_all (gpointer data)
{
  Poster *self = data;

  for (guint i = 0; i < self->n_messages; i++)
    {
      if (!anyio_loop_post (&self->fixture->loop, &self->messages[i].runnable))
        break;
      self->n_posted++;
    }

  return NULL;
}

/* Makes N_THREADS threads that each post @n_messages; runs @meanwhile. Returns how many messages were accepted. */
static guint
post_from_threads (Fixture *self,
                   guint n_messages,
                   guint *n_received,
                   void (*meanwhile) (Fixture *fixture, guint *n_received))
{
  guint next_numbers[N_THREADS] = { 0 };
  Poster posters[N_THREADS];
  GThread *threads[N_THREADS];
  guint n_posted = 0;

  for (guint i = 0; i < N_THREADS; i++)
    {
      posters[i] = (Poster){ .fixture = self, .messages = g_new (Message, n_messages), .n_messages = n_messages };
      for (guint j = 0; j < n_messages; j++)
        posters[i].messages[j] = (Message){ { NULL, receive }, i, j, next_numbers, n_received };
    }
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("poster", post_all, &posters[i]);
  meanwhile (self, n_received);
  for (guint i = 0; i < N_THREADS; i++)
    {
      g_thread_join (threads[i]);
      n_posted += posters[i].n_posted;
      g_assert_cmpuint (next_numbers[i], ==, posters[i].n_posted);
      g_free (posters[i].messages);
    }

  return n_posted;
}

static void
receive_all (Fixture *self,
             guint *n_received)
{
  /* A lost wake-up hangs here. */
  while (*n_received < N_THREADS * 10000)
    g_main_context_iteration (self->context, TRUE);
}

static void
test_threads (Fixture *self,
              gconstpointer data)
{
  guint n_received = 0;

  g_assert_cmpuint (post_from_threads (self, 10000, &n_received, receive_all), ==, N_THREADS * 10000);
  g_assert_cmpuint (n_received, ==, N_THREADS * 10000);
}

static void
receive_million (Fixture *self,
                 guint *n_received)
{
  while (*n_received < N_THREADS * 250000)
    g_main_context_iteration (self->context, TRUE);
}

static void
test_million (Fixture *self,
              gconstpointer data)
{
  if (!g_test_slow ())
    {
      g_test_skip ("slow");
      return;
    }
  for (guint i = 0; i < 10; i++)
    {
      guint n_received = 0;

      g_assert_cmpuint (post_from_threads (self, 250000, &n_received, receive_million), ==, N_THREADS * 250000);
    }
}

static void
receive_some_and_clear (Fixture *self,
                        guint *n_received)
{
  while (*n_received < 1000)
    g_main_context_iteration (self->context, TRUE);
  /* What was popped for the budget's sake may still be queued, which clear() would complain of. */
  while (self->loop.batch.head != NULL || self->loop.arrivals.head != NULL)
    g_main_context_iteration (self->context, FALSE);
  anyio_loop_clear (&self->loop);
}

/* A message is either refused or runs, whoever is quicker. */
static void
test_closed_meanwhile (Fixture *self,
                       gconstpointer data)
{
  guint n_received = 0;

  g_assert_cmpuint (post_from_threads (self, 100000, &n_received, receive_some_and_clear), ==, n_received);
}

static void
test_order (Fixture *self,
            gconstpointer data)
{
  Step a, b, c, d;

  step_init (&a, self, 'a', NULL);
  step_init (&b, self, 'b', NULL);
  step_init (&c, self, 'c', NULL);
  step_init (&d, self, 'd', NULL);
  step_push (&a);
  g_assert_true (anyio_loop_post (&self->loop, &c.runnable));
  g_assert_true (anyio_loop_post (&self->loop, &d.runnable));
  step_push (&b);
  fixture_settle (self);
  fixture_assert_trace (self, "abcd");
}

static void
test_clear (Fixture *self,
            gconstpointer data)
{
  Step a, b;

  step_init (&a, self, 'a', NULL);
  step_init (&b, self, 'b', NULL);
  anyio_loop_post (&self->loop, &a.runnable);
  anyio_loop_post (&self->loop, &b.runnable);
  anyio_loop_clear (&self->loop);
  fixture_assert_trace (self, "ab");
  g_assert_false (anyio_loop_post (&self->loop, &a.runnable));
  g_assert_false (anyio_loop_post (&self->loop, &b.runnable));
  fixture_assert_trace (self, "");
}

/* One message at a time to a loop that sleeps for it. */
typedef struct
{
  Step step;
  sem_t questions; /* not a GAsyncQueue, of which ThreadSanitizer knows nothing */
  guint n_rounds;
} Answerer;

static gpointer
answer (gpointer data)
{
  Answerer *self = data;

  for (guint i = 0; i < self->n_rounds; i++)
    {
      while (sem_wait (&self->questions) < 0)
        continue;
      anyio_loop_post (&self->step.fixture->loop, &self->step.runnable);
    }

  return NULL;
}

static void
test_sleeping (Fixture *self,
               gconstpointer data)
{
  Answerer answerer = { .n_rounds = 5000 };
  GThread *thread;

  step_init (&answerer.step, self, 'x', NULL);
  g_assert_no_errno (sem_init (&answerer.questions, 0, 0));
  thread = g_thread_new ("answerer", answer, &answerer);
  for (guint i = 0; i < answerer.n_rounds; i++)
    {
      g_assert_no_errno (sem_post (&answerer.questions));
      fixture_wait_until (self, answerer.step.n_runs == i + 1);
    }
  g_thread_join (thread);
  sem_destroy (&answerer.questions);
}

/* What happens in the next poll of the context; its result is how often it was woken in there. */
static struct
{
  void (*func) (Step *step);
  Step *step;
  guint64 n_wake_ups;
} in_poll;

static int
poll_func (GPollFD *fds,
           guint n_fds,
           int timeout)
{
  int n;

  if (in_poll.func != NULL)
    in_poll.func (in_poll.step);
  in_poll.func = NULL;

  n = g_poll (fds, n_fds, 0);
  in_poll.n_wake_ups = 0;
  /* Nothing else than GLib's eventfd can be readable here; reading tells how often it was written. */
  for (guint i = 0; i < n_fds; i++)
    if (fds[i].revents != 0)
      {
        g_assert_cmpint (read (fds[i].fd, &in_poll.n_wake_ups, 8), ==, 8);
        g_assert_cmpint (write (fds[i].fd, &in_poll.n_wake_ups, 8), ==, 8);
      }

  return n;
}

static guint
count_wake_ups (Fixture *self,
                void (*func) (Step *step),
                Step *step)
{
  in_poll.func = func;
  in_poll.step = step;
  g_main_context_set_poll_func (self->context, poll_func);
  g_main_context_iteration (self->context, TRUE);
  g_main_context_set_poll_func (self->context, g_poll);

  return in_poll.n_wake_ups;
}

static gpointer
post_three (gpointer data)
{
  Step *steps = data;

  for (guint i = 0; i < 3; i++)
    g_assert_true (anyio_loop_post (&steps[0].fixture->loop, &steps[i].runnable));

  return NULL;
}

static void
post_three_elsewhere (Step *steps)
{
  g_thread_join (g_thread_new ("poster", post_three, steps));
}

static void
arm_past (Step *step)
{
  step_arm (step, 1);
}

static void
start_waiting (Step *step)
{
  step_watch (step, GPOINTER_TO_INT (step->data), G_IO_IN);
}

static void
test_wakes_once (Fixture *self,
                 gconstpointer data)
{
  Step steps[3];

  for (guint i = 0; i < 3; i++)
    step_init (&steps[i], self, 'a' + i, NULL);

  /* Asleep: once for all three. */
  fixture_settle (self);
  g_assert_cmpuint (count_wake_ups (self, post_three_elsewhere, steps), ==, 1);
  fixture_assert_trace (self, "abc");
}

static void
post_data_elsewhere (Step *self)
{
  post_three_elsewhere (self->data);
}

static void
test_awake (Fixture *self,
            gconstpointer data)
{
  Step steps[3], poster;

  for (guint i = 0; i < 3; i++)
    step_init (&steps[i], self, 'a' + i, NULL);
  step_init (&poster, self, 'p', post_data_elsewhere);
  poster.data = steps;

  /* Awake, because it runs something: not at all. One dispatch, or two if the thread has used up the budget of the first. */
  step_push (&poster);
  fixture_wait_until (self, steps[2].n_runs > 0);
  fixture_assert_trace (self, "pabc");
  g_assert_cmpuint (count_wake_ups (self, NULL, NULL), ==, 0);
}

/* The owner thread itself, between prepare and poll. */
static void
test_own_thread (Fixture *self,
                 gconstpointer data)
{
  Step step;
  int fds[2];

  step_init (&step, self, 'x', NULL);
  fixture_settle (self);
  g_assert_cmpuint (count_wake_ups (self, step_push, &step), ==, 1);
  fixture_assert_trace (self, "x");
  g_assert_cmpuint (count_wake_ups (self, arm_past, &step), ==, 1);
  fixture_settle (self);
  fixture_assert_trace (self, "x");
  fixture_settle (self);

  g_assert_no_errno (pipe (fds));
  step.data = GINT_TO_POINTER (fds[0]);
  g_assert_cmpuint (count_wake_ups (self, start_waiting, &step), >=, 1);
  anyio_loop_remove_watch (&self->loop, &step.watch);
  close (fds[0]);
  close (fds[1]);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_summary ("Messages from other threads arrive once, in order, and wake the context");

  fixture_test ("/inbox/one-thread/in-order-after-what-is-queued", test_order);
  fixture_test ("/inbox/threads/each-in-order", test_threads);
  fixture_test ("/inbox/ten-million/each-in-order", test_million);
  fixture_test ("/inbox/cleared/runs-then-refuses", test_clear);
  fixture_test ("/inbox/cleared-meanwhile/runs-or-refuses", test_closed_meanwhile);
  fixture_test ("/wake-up/sleeping-loop/each-time", test_sleeping);
  fixture_test ("/wake-up/several-messages/once", test_wakes_once);
  fixture_test ("/wake-up/awake-loop/never", test_awake);
  fixture_test ("/wake-up/own-thread-in-poll/wakes", test_own_thread);

  return g_test_run ();
}
