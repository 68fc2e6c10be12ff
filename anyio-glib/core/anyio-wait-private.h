/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The one way to suspend a task. Sleep is a wait with a timer, accept a wait with a watch, lock a wait in a list.
 *
 *   AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);   checks where we are
 *   wait.abort = my_abort;                                        how to withdraw
 *   ... hand out a pointer to the wait ...
 *   if (!anyio_wait_suspend (&wait, record)) return anyio_scope_fail_cancelled (record, error);
 *
 * and whoever ends the wait calls anyio_wait_complete(). The wait stands on the waiter's stack. After complete() the result stands:
 * a cancellation no longer reaches this suspension.
 *
 * Invariant I6: at most one abort attempt per suspension; there is no polling and no second delivery.
 */

#pragma once

#include "core/anyio-record-private.h"

typedef enum
{
  ANYIO_ABORT_DONE,   /* withdrawn: nothing holds the wait any more, the task resumes with CANCELLED */
  ANYIO_ABORT_REFUSED /* the operation goes on, or its abort is under way: only its own end resumes the task */
} AnyioAbort;

struct _AnyioWait
{
  AnyioRecord *record;                    /* borrowed: it owns the stack on which we stand */
  AnyioAbort (*abort) (AnyioWait *self);  /* called when eff rises; no user code in it. NULL: refuses */
  void (*changed) (AnyioWait *self, gboolean eff); /* eff of the task's scope has risen, each time, or fallen; no user code in it. NULL: does not care */
  guint8 attempted;                       /* the abort was tried */
  guint8 cancelled;                       /* and it was done */
};

#define ANYIO_FAIRNESS_STREAK 256 /* SEMANTICS 1.7 */

/* The same as begin(), for a function that does not suspend itself but will have to be followed by one that does. */
AnyioRecord *anyio_wait_check_place (const char *function, GError **error);
/* The running task, if it may suspend here; otherwise NULL, with the error set and a critical message logged. @function is for the message. */
AnyioRecord *anyio_wait_begin    (const char *function, GError **error);

/* Suspends until anyio_wait_complete(). FALSE if it was aborted instead. @self->abort is set. */
gboolean     anyio_wait_suspend  (AnyioWait *self, AnyioRecord *record);
void         anyio_wait_complete (AnyioWait *self);

/* Suspends @record with an AnyioOffer (see anyio-offer-private.h) in @list. FALSE with CANCELLED if it was aborted. */
gboolean     anyio_wait_in_list  (AnyioRecord *record, AnyioList *list, GError **error);
/* Commits all offers of @list, in order. */
void         anyio_wait_wake_all (AnyioList *list);

/* eff of the task's scope has risen: tries the abort, once. */
void         anyio_wait_deliver  (AnyioRecord *record);
/* eff of the task's scope has fallen: tells who keeps a copy of it. */
void         anyio_wait_fallen   (AnyioRecord *record);

/* To the back of the queue; never fails. */
void         anyio_wait_yield    (AnyioRecord *record);

/* For operations that complete at once. FALSE with CANCELLED (after a yield) if the task is cancelled; otherwise yields only every 256th time. */
gboolean     anyio_wait_pass     (AnyioRecord *record, GError **error);
