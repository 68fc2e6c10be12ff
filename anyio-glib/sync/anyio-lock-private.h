/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Locks: one owner at a time, who is a task, or nobody in particular outside tasks.
 *
 * A lock that nobody waits for costs a few stores: it hangs itself on its owner's record, so that the end of the owner breaks it instead of leaving
 * others waiting for ever. Who owns what is handed over is settled in the release.
 *
 * Invariants
 *   K1   owner != NULL implies is_locked, and the lock is in owner->held
 *   K2   nobody waits unless it is locked and not broken, but for operations whose cancellation is under way
 *   K3   nor on a condition of a lock that is broken
 */

#pragma once

#include "sync/anyio-lock.h"
#include "sync/anyio-wait-queue-private.h"

/* A condition's place in its lock, whose end is its waiters' end, too. */
typedef struct
{
  AnyioList link;         /* in lock->conditions; alone while nobody has waited */
  AnyioWaitQueue *queue;  /* borrowed: of those who were not notified */
} AnyioLockCondition;

struct _AnyioLock
{
  GObject parent_instance;

  AnyioWaitQueue queue;
  AnyioList conditions;  /* of AnyioLockCondition: those that were waited on */
  AnyioHolding holding;  /* of owner */
  AnyioRecord *owner;    /* borrowed: it tells when it ends; NULL: not locked, broken, or locked outside tasks */
  const char *broken_by; /* the name of the task that ended while it was the owner; NULL. The lock stays locked then */
  gboolean is_locked;
};

/* Whether the caller holds the lock; otherwise FALSE with MISUSE in @error, and a critical message. */
gboolean anyio_lock_check_held (AnyioLock *self, const char *function, GError **error);
/* It is held by the caller, and goes to the first who waits. */
void     anyio_lock_hand_over  (AnyioLock *self);
/* @waiter is in no queue: gives it the lock if that is free, otherwise puts it in the lock's queue, out of reach of cancellations. Whether it has the lock. */
gboolean anyio_lock_give       (AnyioLock *self, AnyioWaiter *waiter);
