/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The soft stop of a scope (SEMANTICS 8.7): a flag that those below look at or wait for, and the hard cancel after the grace period. */

#pragma once

#include "core/anyio-scope-private.h"

struct _AnyioStop
{
  AnyioTimer timer;  /* the end of the grace period, armed unless there is none */
  gint64 due_ns;     /* when it is due; ANYIO_TIME_NEVER */
  AnyioScope *scope; /* borrowed: it owns us; not looked at once it is closed */
  char *reason;      /* owned; NULL */
};

/* Whether a stop of @self or of a scope further out was requested; shields do not matter. */
gboolean anyio_scope_is_stopping  (const AnyioScope *self);
/* As anyio_cancel_scope_request_stop(), for a scope that is entered. */
void     anyio_scope_request_stop (AnyioScope *self, double grace, const char *reason);
/* Wakes those who wait for a stop and find that one was requested: after a request, or when a task has moved. */
void     anyio_stop_wake_waiters  (AnyioRuntime *runtime);
/* The scope is closing: ends the operations that wait for a request to it. */
void     anyio_stop_end_operations (AnyioScope *scope);
/* The scope is closing. */
void     anyio_stop_retire        (AnyioStop *self);
void     anyio_stop_free          (AnyioStop *self);
