/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioCall: (skip)
 *
 * One GIO-style asynchronous operation that a task waits for; it stands on the task's stack.
 */
struct _AnyioCall
{
  /*< private >*/
  gpointer opaque[8];
};

#define ANYIO_CALL_INIT { { NULL, } }

/* The last three arguments of any GIO-style _async function. */
#define ANYIO_CALL(call) anyio_call_begin (call), anyio_call_ready, (call)

ANYIO_AVAILABLE_IN_0_1
GCancellable *anyio_call_begin          (AnyioCall *call);
ANYIO_AVAILABLE_IN_0_1
void          anyio_call_ready          (GObject *source, GAsyncResult *result, gpointer call);
ANYIO_AVAILABLE_IN_0_1
GAsyncResult *anyio_call_await          (AnyioCall *call);
ANYIO_AVAILABLE_IN_0_1
void          anyio_call_clear          (AnyioCall *call);
ANYIO_AVAILABLE_IN_0_1
GCancellable *anyio_current_cancellable (void);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AnyioCall, anyio_call_clear)

G_END_DECLS
