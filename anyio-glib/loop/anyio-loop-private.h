/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The scheduler of one GMainContext: a ready queue, timers, a poller and an inbox behind one single GSource.
 *
 * It knows neither fibers nor GObjects: it runs AnyioRunnables, fires AnyioTimers and AnyioWatches. Whoever sleeps or waits embeds one
 * of these nodes in memory of its own (usually on its stack), so nothing here allocates on the common path.
 *
 * Threads: all functions belong to the thread that iterates the context, except anyio_loop_post().
 *
 * Order. Runnables run in batches: all that is in the queue when the last batch was used up is the next batch. Without a seed a batch
 * runs in the order of arrival, so that the whole is one FIFO; with a seed each batch is permuted by a PRNG of that seed. What other threads post keeps its order among
 * itself also then: a thread that posts two things may rely on the second finding the first done.
 * Between batches, and at least every ANYIO_LOOP_LOOK runnables, the clock is read and due timers fire in order of (time, seq).
 *
 * Fairness towards the other sources of the context: a dispatch ends after ANYIO_LOOP_BUDGET_NS; when work is left then, the source sits out
 * one iteration, so that sources of a lower priority (GTK's frame clock paints at 120) get their turn.
 */

#pragma once

#include <glib.h>

#include "base/anyio-clock-private.h"
#include "base/anyio-heap-private.h"
#include "base/anyio-list-private.h"
#include "loop/anyio-alarm-private.h"
#include "loop/anyio-inbox-private.h"
#include "loop/anyio-prng-private.h"
#include "loop/anyio-queue-private.h"

#define ANYIO_LOOP_BUDGET_NS (4 * 1000 * 1000)
#define ANYIO_LOOP_LOOK 128

typedef struct _AnyioLoop AnyioLoop;
typedef struct _AnyioLoopClock AnyioLoopClock;
typedef struct _AnyioPoller AnyioPoller;
typedef struct _AnyioTimer AnyioTimer;
typedef struct _AnyioWatch AnyioWatch;

struct _AnyioTimer
{
  AnyioHeapNode node;
  void (*fire) (AnyioTimer *self); /* on the home stack; the timer is no longer armed and may be armed again or freed */
};

struct _AnyioWatch
{
  AnyioList link;        /* the poller's */
  int fd;
  GIOCondition condition; /* G_IO_IN or G_IO_OUT: one direction only */
  void (*fire) (AnyioWatch *self, GIOCondition revents); /* once, on the home stack; the watch is no longer added. 0: the descriptor is being closed */
};

/* A replacement for the monotonic clock (tests). */
struct _AnyioLoopClock
{
  gint64 (*get_time_ns) (AnyioLoopClock *self);
  /* Nothing in the whole context can run, nothing is outstanding (see anyio_loop_add_outstanding()): the next timer is due at @next_ns, or
   * ANYIO_TIME_NEVER. A virtual clock jumps here. Called from a source of the lowest priority. If the call changes nothing (the time stands
   * where it stood, nothing was pushed, armed or posted), it is not repeated before something has changed. NULL: time passes by other means. */
  void (*idle) (AnyioLoopClock *self, gint64 next_ns);
};

struct _AnyioLoop
{
  /* What the inline functions use. */
  AnyioQueue batch;      /* runs now */
  AnyioQueue arrivals;   /* the next batch */
  guint until_look;      /* runnables until the clock must be looked at; counts down to 0 */
  guint seed;            /* 0: order of arrival */
  AnyioHeap timers;
  guint64 last_seq;      /* of timers; see anyio_loop_next_seq() */
  gint64 firing_ns;      /* the time up to which timers are being fired now; G_MININT64: none are */
  AnyioLoopClock *clock; /* borrowed; NULL: CLOCK_MONOTONIC */
  guint n_outstanding;

  GMainContext *context; /* owned */
  GSource *source;       /* owned */
  AnyioPoller *poller;   /* owned */
  AnyioAlarm alarm;
  AnyioQueue when_idle;  /* made ready when nothing else is */
  guint depth;           /* of dispatches: more than 1 under nested main loops */
  gboolean sits_out;     /* the budget ran out with work left: the next iteration belongs to the others */

  /* Under a seed. */
  AnyioPrng prng;
  AnyioQueue messages;   /* from the inbox; get places in the next batch, in their order */
  gpointer *shuffled;    /* owned; memory to permute a batch in */
  guint n_shuffled;      /* its room */

  /* Under a clock that has idle(). */
  GSource *idle_source;  /* owned; NULL: the clock has none */
  gboolean is_idle_told; /* idle() was called and nothing has happened since, unless one of the next two differs */
  gint64 idle_told_ns;   /* the time when it returned */
  gint64 idle_told_due_ns; /* when the first timer was due then */

  AnyioInbox inbox;
};

/* Attaches a source to @context (referenced). @backend: "epoll", "glib", or NULL for $ANYIO_BACKEND, else the best one; unknown or unavailable
 * names give G_IO_ERROR_INVALID_ARGUMENT / G_IO_ERROR_NOT_SUPPORTED with the names that exist; no descriptor left is the errno's G_IO_ERROR. */
gboolean      anyio_loop_init             (AnyioLoop *self, GMainContext *context, const char *backend, GError **error);
/* Destroys the source and frees what the loop holds. Nothing may be queued, armed or watched any more (g_critical otherwise). What was posted and
 * has not run runs now. */
void          anyio_loop_clear            (AnyioLoop *self);
const char   *anyio_loop_get_backend      (AnyioLoop *self);
void          anyio_loop_set_seed         (AnyioLoop *self, guint seed); /* while nothing is queued */
void          anyio_loop_set_clock        (AnyioLoop *self, AnyioLoopClock *clock);

/* Reads the clock; nanoseconds. */
static inline gint64
anyio_loop_now (AnyioLoop *self)
{
  return G_LIKELY (self->clock == NULL) ? anyio_clock_monotonic_ns () : self->clock->get_time_ns (self->clock);
}

static inline guint64
anyio_loop_next_seq (AnyioLoop *self)
{
  return ++self->last_seq;
}

void          anyio_loop_wake             (AnyioLoop *self); /* for anyio_loop_changed() */

/* For everything that the loop's prepare() looks at: when that has been called in this iteration already and poll() is still to come, because we
 * are called from another source's prepare() or from a poll function, then the coming sleep must not happen. */
static inline void
anyio_loop_changed (AnyioLoop *self)
{
  if (G_UNLIKELY (self->inbox.may_sleep))
    anyio_loop_wake (self);
}

/* Owner thread. The runnable must stay alive until it ran. */
static inline void
anyio_loop_push (AnyioLoop *self,
                 AnyioRunnable *runnable)
{
  anyio_queue_push (&self->arrivals, runnable);
  anyio_loop_changed (self);
}

void          anyio_loop_next_batch       (AnyioLoop *self); /* for anyio_loop_pop(): arrivals and messages become the batch, permuted */

/* The next runnable, for a runner that can go on to it directly instead of returning to the dispatch function; NULL when it must
 * return (nothing ready, or time for a look at the clock). The caller runs it. */
static inline AnyioRunnable *
anyio_loop_pop (AnyioLoop *self)
{
  if (G_UNLIKELY (self->until_look == 0))
    return NULL;
  self->until_look--;
  if (self->batch.head == NULL)
    {
      if (G_LIKELY (self->seed == 0))
        {
          self->batch = self->arrivals;
          self->arrivals.head = NULL;
        }
      else
        {
          anyio_loop_next_batch (self);
        }
    }

  return anyio_queue_pop (&self->batch);
}

/* Whether something can be done that needs neither time nor descriptors. */
gboolean      anyio_loop_has_work         (AnyioLoop *self);

/* Makes @runnable ready as soon as nothing else is ready, due or posted ("all tasks are blocked"). */
void          anyio_loop_push_when_idle   (AnyioLoop *self, AnyioRunnable *runnable);

/* Any thread; lock-free; wakes the context at most once per batch. Runs in the order of posting. FALSE, and nothing done, once the loop is
 * closed; the caller keeps the AnyioLoop's memory alive. */
gboolean      anyio_loop_post             (AnyioLoop *self, AnyioRunnable *runnable);

/* @self->fire is set and @self->node.seq given by anyio_loop_next_seq(). ANYIO_TIME_NEVER is allowed and arms nothing. Arming an armed timer moves it.
 * Timers fire in the order of (due_ns, seq). One that is armed by a timer that fires, for a time that is reached already, gets a new seq and its turn after
 * the next batch of runnables, so that it cannot keep the loop busy for ever. */
static inline void
anyio_timer_init (AnyioTimer *self,
                  guint64 seq,
                  void (*fire) (AnyioTimer *timer))
{
  self->node.seq = seq;
  self->node.slot = 0;
  self->fire = fire;
}

static inline gboolean
anyio_timer_is_armed (const AnyioTimer *self)
{
  return self->node.slot != 0;
}

static inline void
anyio_loop_arm (AnyioLoop *self,
                AnyioTimer *timer,
                gint64 due_ns)
{
  if (anyio_timer_is_armed (timer))
    anyio_heap_remove (&self->timers, &timer->node);
  if (due_ns == ANYIO_TIME_NEVER)
    return;
  if (G_UNLIKELY (due_ns <= self->firing_ns))
    {
      due_ns = self->firing_ns;
      timer->node.seq = anyio_loop_next_seq (self);
    }
  anyio_heap_insert (&self->timers, &timer->node, due_ns);
  anyio_loop_changed (self);
}

static inline void
anyio_loop_disarm (AnyioLoop *self,
                   AnyioTimer *timer)
{
  anyio_heap_remove (&self->timers, &timer->node);
}

/* Watches @watch->fd until it fires once or is removed. G_IO_ERROR_PENDING: the direction is watched already; other errors are the system's (EBADF ...).
 * A descriptor that cannot be polled (a regular file) is always ready: it fires in the next step. */
gboolean      anyio_loop_add_watch        (AnyioLoop *self, AnyioWatch *watch, GError **error);
void          anyio_loop_remove_watch     (AnyioLoop *self, AnyioWatch *watch); /* not if it has fired */
/* Call right before close(@fd): fires the watches of @fd with 0 and forgets the descriptor. */
void          anyio_loop_notify_closing   (AnyioLoop *self, int fd);

guint         anyio_loop_get_n_watches    (AnyioLoop *self);

/* Operations that will end outside this loop (a thread, a GIO call): while any are outstanding, a replaced clock's idle() is not called. */
static inline void
anyio_loop_add_outstanding (AnyioLoop *self)
{
  self->n_outstanding++;
}

void          anyio_loop_remove_outstanding (AnyioLoop *self);
