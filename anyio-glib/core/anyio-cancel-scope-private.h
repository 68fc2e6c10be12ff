/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The object side of cancel scopes, for the scopes and groups that it stands for. */

#pragma once

#include "core/anyio-scope-private.h"

struct _AnyioCancelScope
{
  GObject parent_instance;

  AnyioScope own;
  AnyioScope *scope;     /* &own, or the scope elsewhere that this stands for */
  AnyioRuntime *runtime; /* owned; NULL before entry; set under the lock */
  GError **location;     /* borrowed; where leave() finds and puts the error; NULL */
  GError *result;        /* of the exit, for a second one; owned; NULL: success or not exited */

  /* A cancellation before entry, which may come from any thread; under the lock until it is passed on to the scope. */
  gboolean early_called;
  char *early_text;
  const char *early_by_task; /* static or interned */
};

/* The scope of @handle has gone live. */
void              anyio_cancel_scope_set_runtime (AnyioCancelScope *handle, AnyioRuntime *runtime);
/* The scope that @handle was made for is going away: the handle keeps its last state. Releases the scope's reference. */
void              anyio_cancel_scope_detach      (AnyioCancelScope *handle);
/* The object for @scope; borrowed, made now if need be. */
AnyioCancelScope *anyio_cancel_scope_for         (AnyioScope *scope);

/* Seconds that are not NaN; NaN is a critical message and infinity. */
double            anyio_scope_check_seconds      (double seconds, const char *function);
/* The same, not negative. */
double            anyio_scope_check_timeout      (double seconds, const char *function);
