/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The queue of those who wait for a primitive: first come, first served. Each primitive has one of these inside, and nothing else waits in this folder.
 *
 * A waiter is an offer (core/anyio-offer-private.h) of a suspended task, and then stands on its stack, of an anyio_select(), or of an operation in callback style
 * (anyio-wait-operation-private.h). Whoever serves does not need to know which. What is handed over is handed over in anyio_waiter_serve(): the primitive changes its
 * own state right there, so no third party can slip in, and from then on the waiter has it. A cancellation that comes later strikes at the task's next suspension
 * point (SEMANTICS 1.4), so nothing that was handed over ever has to be passed on.
 *
 * Invariants
 *   Q1   n_waiters is the length of the list
 *   Q2   a task in the list has not been aborted: an abort takes it out at once
 *   Q3   all happens in one thread, that of the first use
 *
 * Every operation is O(1), but for those that serve or fail all.
 */

#pragma once

#include "core/anyio-offer-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-select-private.h"

typedef struct _AnyioWaiter AnyioWaiter;

typedef struct
{
  AnyioList waiters; /* of AnyioWaiter.offer, the one that came first in front */
  guint n_waiters;
  gpointer thread;   /* identity of the thread that uses it, as in AnyioRuntime; NULL before the first use */
  GObject *object;   /* borrowed: the primitive that this is a part of */
} AnyioWaitQueue;

struct _AnyioWaiter
{
  AnyioOffer offer;      /* in queue->waiters; its party is who waits */
  AnyioWaitQueue *queue; /* borrowed: whoever waits keeps the primitive */
  gpointer data;         /* the primitive's: on whose behalf it waits, or what it was served with */
  /* It has left the queue because it was cancelled, or because another operation of its anyio_select() was chosen. TRUE: it waits on in another queue, shielded, and
   * reports the cancellation after that. NULL: nothing to do, and FALSE. No user code in it. */
  gboolean (*withdrawn) (AnyioWaiter *self);
  GError *error;         /* why it was not served; owned; NULL */
  gboolean was_cancelled; /* it waits on after that */
};

void     anyio_wait_queue_init        (AnyioWaitQueue *self, gpointer object);

/* Binds the queue to this thread if it is not bound. FALSE with MISUSE in @error, and a critical message, in another one. */
gboolean anyio_wait_queue_check_bound (AnyioWaitQueue *self, const char *function, GError **error);

static inline gboolean
anyio_wait_queue_check (AnyioWaitQueue *self,
                        const char *function,
                        GError **error)
{
  return G_LIKELY (self->thread == (gpointer) &anyio_thread_runtime) || anyio_wait_queue_check_bound (self, function, error);
}

/* The task for which the caller acts: the fiber that runs, or that called home. NULL for callbacks, also those of tasks that are not fibers: nobody could tell
 * later that it is the same one. */
AnyioRecord *anyio_wait_queue_get_task  (void);

/* For functions with _nowait that cannot have it now. Returns FALSE. */
gboolean     anyio_wait_queue_would_block (AnyioWaitQueue *self, GError **error);

/* Suspends @record at the end of the queue until it is served. FALSE with CANCELLED, or with the error that it was failed with. @waiter may have data and withdrawn
 * set, the rest is 0. */
gboolean     anyio_wait_queue_wait      (AnyioWaitQueue *self, AnyioWaiter *waiter, AnyioRecord *record, GError **error);
void         anyio_wait_queue_append    (AnyioWaitQueue *self, AnyioWaiter *waiter, AnyioParty *party);
/* The same for one that has left another queue: a cancellation does not reach it any more. */
void         anyio_wait_queue_take_over (AnyioWaitQueue *self, AnyioWaiter *waiter);

/* The task that waits; NULL if it is an operation. */
static inline AnyioRecord *
anyio_waiter_get_task (const AnyioWaiter *self)
{
  return self->offer.party->wait.record;
}

/* Who comes next; NULL if nobody waits who is not being cancelled. */
AnyioWaiter *anyio_wait_queue_get_first (AnyioWaitQueue *self);
/* How many there are of these. O(n). */
guint        anyio_wait_queue_count     (AnyioWaitQueue *self);
/* Off the queue: only what follows may be done with it. */
void         anyio_wait_queue_remove    (AnyioWaiter *waiter);

/* It has got what it waited for, and is off the queue. */
void         anyio_waiter_serve         (AnyioWaiter *self);
/* It will never get it, because of @error (taken). */
void         anyio_waiter_fail          (AnyioWaiter *self, GError *error);
void         anyio_wait_queue_serve_all (AnyioWaitQueue *self);
void         anyio_wait_queue_fail_all  (AnyioWaitQueue *self, const GError *error);

/* For AnyioSelectOps: the private memory of the case is a waiter, to which enqueue() may add data and withdrawn. */
ANYIO_SELECT_CHECK_STATE (AnyioWaiter);
AnyioWaiter *anyio_wait_queue_append_case   (AnyioWaitQueue *self, AnyioSelectCase *each, AnyioParty *party);
void         anyio_wait_queue_withdraw_case (AnyioSelectCase *each);
void         anyio_wait_queue_finish_case   (AnyioSelectCase *each, GError **error);
