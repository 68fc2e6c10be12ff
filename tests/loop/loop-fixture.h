/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A loop on a context of its own and a trace of what happened in it, for the tests of this folder. */

#pragma once

#include "loop/anyio-loop-private.h"
#include "loop/anyio-poller-private.h"

#include <gio/gio.h>

typedef struct
{
  GMainContext *context; /* owned */
  AnyioLoop loop;
  GString *trace; /* owned */
} Fixture;

/* @backend: a name, or NULL for what the environment says. */
static inline void
fixture_set_up (Fixture *self,
                gconstpointer backend)
{
  g_autoptr (GError) error = NULL;

  self->context = g_main_context_new ();
  self->trace = g_string_new (NULL);
  anyio_loop_init (&self->loop, self->context, backend, &error);
  g_assert_no_error (error);
}

static inline void
fixture_tear_down (Fixture *self,
                   gconstpointer backend)
{
  if (self->loop.source != NULL)
    anyio_loop_clear (&self->loop);
  /* A GSource that leaked would hold the context. */
  g_assert_false (g_main_context_pending (self->context));
  g_main_context_unref (self->context);
  g_string_free (self->trace, TRUE);
}

#define fixture_test(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

/* Iterates without waiting until an iteration has dispatched nothing; a source that spins fails here. Returns the number of the others. */
static inline guint
fixture_settle (Fixture *self)
{
  guint n = 0;

  /* The budget makes the loop sit out single iterations, so one quiet iteration is not enough. */
  for (guint n_quiet = 0; n_quiet < 2;)
    {
      if (g_main_context_iteration (self->context, FALSE))
        {
          n++;
          n_quiet = 0;
        }
      else
        {
          n_quiet++;
        }
      g_assert_cmpuint (n, <, 1000);
    }

  return n;
}

/* Waits until @flag is TRUE. */
#define fixture_wait_until(self, condition)                  \
  G_STMT_START                                               \
  {                                                          \
    while (!(condition))                                     \
      g_main_context_iteration ((self)->context, TRUE);      \
  }                                                          \
  G_STMT_END

#define fixture_assert_trace(self, expected)                 \
  G_STMT_START                                               \
  {                                                          \
    g_assert_cmpstr ((self)->trace->str, ==, expected);      \
    g_string_truncate ((self)->trace, 0);                    \
  }                                                          \
  G_STMT_END

/* A runnable, a timer and a watch that write a letter, and then do what they are told. */
typedef struct _Step Step;

struct _Step
{
  AnyioRunnable runnable;
  AnyioTimer timer;
  AnyioWatch watch;
  Fixture *fixture; /* borrowed */
  char name;
  void (*then) (Step *self);
  guint n_runs;
  gint64 due_ns;        /* of step_arm() */
  gint64 late_ns;       /* how much later the timer fired, by the real clock */
  GIOCondition revents;
  gpointer data;
};

static inline void
step_happened (Step *self)
{
  self->n_runs++;
  g_string_append_c (self->fixture->trace, self->name);
  if (self->then != NULL)
    self->then (self);
}

static inline void
step_run (AnyioRunnable *runnable)
{
  step_happened (ANYIO_CONTAINER (runnable, Step, runnable));
}

static inline void
step_fire_timer (AnyioTimer *timer)
{
  Step *self = ANYIO_CONTAINER (timer, Step, timer);

  self->late_ns = anyio_clock_monotonic_ns () - self->due_ns;
  step_happened (self);
}

static inline void
step_fire_watch (AnyioWatch *watch,
                 GIOCondition revents)
{
  Step *self = ANYIO_CONTAINER (watch, Step, watch);

  self->revents = revents;
  step_happened (self);
}

static inline void
step_init (Step *self,
           Fixture *fixture,
           char name,
           void (*then) (Step *step))
{
  memset (self, 0, sizeof *self);
  self->runnable.run = step_run;
  anyio_timer_init (&self->timer, anyio_loop_next_seq (&fixture->loop), step_fire_timer);
  self->watch.fire = step_fire_watch;
  self->fixture = fixture;
  self->name = name;
  self->then = then;
}

static inline void
step_push (Step *self)
{
  anyio_loop_push (&self->fixture->loop, &self->runnable);
}

static inline void
step_arm (Step *self,
          gint64 due_ns)
{
  self->due_ns = due_ns;
  anyio_loop_arm (&self->fixture->loop, &self->timer, due_ns);
}

static inline void
step_watch (Step *self,
            int fd,
            GIOCondition condition)
{
  g_autoptr (GError) error = NULL;

  self->watch.fd = fd;
  self->watch.condition = condition;
  anyio_loop_add_watch (&self->fixture->loop, &self->watch, &error);
  g_assert_no_error (error);
}
