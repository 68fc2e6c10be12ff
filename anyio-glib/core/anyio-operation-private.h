/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Operations that tasks await, for replaced clocks.
 *
 * While an operation is under way elsewhere (a GIO call, say) a replaced clock stands still. But an operation may be a task itself: the `_async` half of a pair that
 * is a fiber inside. Then what the clock waits for waits for the clock. The two ends know nothing of each other but the GCancellable: who awaits marks it,
 * and the body of the fiber takes the mark, so that time goes on meanwhile.
 *
 * With the monotonic clock nothing is marked. The GCancellable that calls share because they begin cancelled cannot be.
 */

#pragma once

#include "core/anyio-runtime-private.h"

void     anyio_operation_begin (AnyioRuntime *runtime, GCancellable *cancellable);
void     anyio_operation_end   (AnyioRuntime *runtime, GCancellable *cancellable);

/* The operation that got @cancellable (NULL: none) goes on in a task of ours. FALSE if nobody awaits it, or another task took it. */
gboolean anyio_operation_take  (AnyioRuntime *runtime, GCancellable *cancellable);
/* And leaves it. */
void     anyio_operation_give  (AnyioRuntime *runtime, GCancellable *cancellable);
