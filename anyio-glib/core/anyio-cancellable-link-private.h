/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Links from foreign GCancellables: what one of ours does when somebody else's is cancelled, in whatever thread that happens.
 *
 * GCancellable calls its handlers inside g_cancellable_cancel(), in the thread of the caller. Therefore the handler of a link only posts a message, and the function of the link
 * is called on the home stack. A cancellation counts as soon as it has been posted: g_cancellable_reset() does not take it back.
 *
 * g_cancellable_disconnect() waits for the running handlers, for ever if one of them iterates the main loop in which the link is undone. Therefore links are undone with
 * g_signal_handler_disconnect(), and the handler and the message have references of their own to the link.
 */

#pragma once

#include "core/anyio-runtime-private.h"

typedef struct _AnyioCancellableLink AnyioCancellableLink;

/* Calls @func once, later, on the home stack of @runtime, when @cancellable is or has been cancelled. It may undo the link. In the thread of @runtime. */
AnyioCancellableLink *anyio_cancellable_link_new  (AnyioRuntime *runtime, GCancellable *cancellable, void (*func) (gpointer user_data), gpointer user_data);
/* Undoes the link: the function is not called any more. In the same thread. */
void                  anyio_cancellable_link_free (AnyioCancellableLink *self);
