/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Capacity limiters: how many may do something at the same time, with a book about who does.
 *
 * The book has a token for each borrower, lent or waited for, so asking twice is found out at once. A borrower is a task (its record), or any pointer that the
 * caller chose. Callers that are neither, callbacks outside tasks, have tokens that are only counted. Tokens that came back are used again, so in
 * the long run nothing is allocated. A task that ends gives its token back.
 *
 * Invariants
 *   L1   n_borrowed is the number of lent tokens in the book, plus n_anonymous
 *   L2   while n_borrowed < total nobody waits, but for operations whose cancellation is under way
 *   L3   n_borrowed > total only because total was lowered
 */

#pragma once

#include "sync/anyio-capacity-limiter.h"
#include "sync/anyio-wait-queue-private.h"

typedef struct
{
  AnyioHolding holding; /* of the task that has it; its next links the spare ones */
  AnyioCapacityLimiter *limiter; /* borrowed */
  gpointer borrower;    /* the key in the book */
  AnyioRecord *record;  /* the borrower, if that is a task; NULL */
  gboolean is_lent;     /* otherwise it is waited for */
} AnyioToken;

struct _AnyioCapacityLimiter
{
  GObject parent_instance;

  AnyioWaitQueue queue; /* the data of a waiter is its Token; NULL: an anonymous one */
  double total;         /* whole, or infinity */
  guint n_borrowed;
  guint n_anonymous;    /* lent outside tasks, on nobody's behalf */
  GHashTable *book;     /* borrower to Token (owned) */
  AnyioHolding *spare;  /* of Token; owned */
};

/* Serves those who wait while there are tokens. */
void anyio_capacity_limiter_lend_to_waiters (AnyioCapacityLimiter *self);
/* Frees all tokens; those that are lent are no longer any task's. */
void anyio_capacity_limiter_free_tokens     (AnyioCapacityLimiter *self);
