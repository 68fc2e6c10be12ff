/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Twins: operations of the _async kind that wait without a fiber. A party (see core/anyio-offer-private.h) that ends a GTask. Some 200 bytes beside the GTask, where a fiber
 * would take a stack. What a twin acquires belongs to no task.
 *
 *   typedef struct { AnyioTwin twin; AnyioOffer offer; } Acquire;
 *
 *   Acquire *self = anyio_twin_new (sizeof *self, task, finish);
 *
 *   if (self == NULL) return;                                  it has failed already
 *   if (there is nothing to wait for) anyio_twin_succeed (&self->twin);
 *   else
 *     {
 *       self->offer.party = &self->twin.party;
 *       anyio_list_append (&lock->waiters, &self->offer.link);
 *       anyio_twin_wait (&self->twin, &self->offer);
 *     }
 *
 * When the offer has been committed, or the GTask's cancellable was cancelled before that, finish() is called once, on the home stack, with whether it was cancelled. It
 * returns the task with a `g_task_return_` function. What was committed stands: a cancellation that comes later is not looked at. The memory is the task data of the GTask,
 * so the _finish function still finds it.
 */

#pragma once

#include "core/anyio-cancellable-link-private.h"
#include "core/anyio-offer-private.h"
#include "core/anyio-runtime-private.h"

typedef struct _AnyioTwin AnyioTwin;

struct _AnyioTwin
{
  AnyioParty party;
  AnyioOffer *offer;      /* in a list until it was committed or withdrawn */
  GTask *task;            /* owned until it is returned; it owns us */
  AnyioRuntime *runtime;  /* borrowed, because of our use */
  AnyioRunnable runnable; /* in the ready queue once the offer was committed */
  AnyioCancellableLink *link; /* owned; NULL: it waits for no cancellable */
  gboolean is_awaited;    /* by a task that has counted it as outstanding; see core/anyio-operation-private.h */
  void (*finish) (AnyioTwin *self, gboolean cancelled);
  /* It was cancelled: takes the offer out of its list. TRUE: the twin waits on in another list, shielded, and reports the cancellation after that. NULL: that is all. */
  gboolean (*withdraw) (AnyioTwin *self);
};

/* Zeroed memory of @size bytes that begins with a twin. @task is taken; it was made in the thread that iterates its context. NULL if that is another one, or
 * the task is cancelled already: it has been returned with the error. Otherwise one of the next three follows at once. */
gpointer anyio_twin_new     (gsize size, GTask *task, void (*finish) (AnyioTwin *self, gboolean cancelled));
void     anyio_twin_succeed (AnyioTwin *self);
void     anyio_twin_fail    (AnyioTwin *self, GError *error); /* taken */
/* Begins to wait with @offer, which is in its list. */
void     anyio_twin_wait    (AnyioTwin *self, AnyioOffer *offer);

/* While it waits: its cancellable does not matter any more. */
void     anyio_twin_shield  (AnyioTwin *self);
/* For finish(): returns the task with TRUE, or with CANCELLED. */
void     anyio_twin_return  (AnyioTwin *self, gboolean cancelled);

/* All of an operation that only waits until the offers in @list are committed; NULL: that has happened. @task is taken. */
void     anyio_twin_wait_in_list (GTask *task, AnyioList *list);
/* For the _finish function. */
gboolean anyio_twin_finish  (gpointer object, GAsyncResult *result, gpointer tag, GError **error);
