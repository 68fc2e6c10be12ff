/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting in a queue in callback style: a waiter with a twin around it (core/anyio-twin-private.h) instead of a stack under it.
 *
 *   AnyioWaitOperation *operation = anyio_wait_operation_new (&self->queue, anyio_event_wait_async, G_STRFUNC, cancellable, callback, user_data);
 *
 *   if (operation == NULL) return;                                      it has failed already
 *   if (self->is_set) anyio_twin_succeed (&operation->twin);            the callback runs in a later iteration all the same
 *   else anyio_wait_operation_queue (operation);
 *
 * Callbacks run on the home stack, never on a fiber's nor inside the call that serves.
 */

#pragma once

#include "core/anyio-twin-private.h"
#include "sync/anyio-wait-queue-private.h"

typedef struct
{
  AnyioTwin twin;
  AnyioWaiter waiter; /* data and withdrawn are set before it is queued, if at all */
} AnyioWaitOperation;

/* NULL if the operation has failed: it is cancelled already, or this is the wrong thread. Otherwise it is queued, or the twin succeeds or fails at once. */
AnyioWaitOperation *anyio_wait_operation_new   (AnyioWaitQueue *queue, gpointer tag, const char *function, GCancellable *cancellable,
                                                GAsyncReadyCallback callback, gpointer user_data);
void                anyio_wait_operation_queue (AnyioWaitOperation *self);
