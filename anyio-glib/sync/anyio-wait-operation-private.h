/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting in callback style: a waiter with a GTask around it instead of a stack under it. For callers without a fiber, so no fiber is made for
 * them; what they acquire belongs to no task.
 *
 *   AnyioWaitOperation *operation = anyio_wait_operation_new (&self->queue, anyio_event_wait_async, G_STRFUNC, cancellable, callback, user_data);
 *
 *   if (operation == NULL) return;                                        it has failed already
 *   if (self->is_set) anyio_wait_operation_succeed (operation);           completed at once; the callback runs in a later iteration all the same
 *   else anyio_wait_operation_queue (operation);
 *
 * Callbacks come from sources of the GTask's main context, so no scheduler is needed, and they never run on a fiber's stack nor inside the call that serves.
 * The cancellable is watched by a source, too, and may be cancelled in any thread.
 */

#pragma once

#include "sync/anyio-wait-queue-private.h"

typedef struct
{
  AnyioWaiter waiter;
  AnyioParty party;
  GTask *task;           /* owned while it waits; it owns us, as its task data */
  GSource *cancellation; /* owned; NULL: it waits for no cancellable */
  AnyioRuntime *awaiting; /* borrowed: that of a task which has counted it as outstanding, see core/anyio-operation-private.h; NULL */
} AnyioWaitOperation;

/* NULL if the operation has failed: it is cancelled already, or this is the wrong thread. Otherwise one of the next three follows at once. */
AnyioWaitOperation *anyio_wait_operation_new     (AnyioWaitQueue *queue, gpointer tag, const char *function, GCancellable *cancellable,
                                                  GAsyncReadyCallback callback, gpointer user_data);
void                anyio_wait_operation_succeed (AnyioWaitOperation *self);
void                anyio_wait_operation_fail    (AnyioWaitOperation *self, GError *error); /* taken */
void                anyio_wait_operation_queue   (AnyioWaitOperation *self); /* data and withdrawn of the waiter are set before, if at all */

/* For the _finish function. @data (optional): of the waiter. */
gboolean            anyio_wait_operation_finish  (gpointer object, GAsyncResult *result, gpointer tag, gpointer *data, GError **error);

/* For the queue. */
void                anyio_wait_operation_shield  (AnyioWaiter *waiter); /* its cancellable does not matter any more */
