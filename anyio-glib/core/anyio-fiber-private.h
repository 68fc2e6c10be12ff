/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fibers: how tasks get a stack, run, give way to each other, and visit the home stack. */

#pragma once

#include "core/anyio-record-private.h"
#include "core/anyio-run.h"

/* The run function of fibers in the ready queue; on the home stack. */
void     anyio_fiber_run     (AnyioRunnable *runnable);

/* Gives the fiber, which has none, its stack now instead of at its first run. FALSE with an error that names the task if there is no memory. */
gboolean anyio_fiber_prepare (AnyioRecord *self, GError **error);

/* Gives way to the next runnable fiber, directly, or to the home stack. Returns when somebody made @self ready and its turn came. */
void     anyio_fiber_suspend (AnyioRecord *self);

/* Runs @func on the home stack, now; the fiber continues directly afterwards, without passing through the queue. On the home stack: a plain call. */
void     anyio_fiber_call_home (AnyioRuntime *runtime, void (*func) (gpointer user_data), gpointer user_data);
