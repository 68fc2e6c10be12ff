/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The object side of cancel scopes, for the scopes and groups that it stands for. */

#pragma once

#include "core/anyio-scope-private.h"

/* The scope of @handle has gone live. */
void              anyio_cancel_scope_set_runtime (AnyioCancelScope *handle, AnyioRuntime *runtime);
/* The scope that @handle was made for is going away: the handle keeps its last state. Releases the scope's reference. */
void              anyio_cancel_scope_detach      (AnyioCancelScope *handle);
/* The object for @scope; borrowed, made now if need be. */
AnyioCancelScope *anyio_cancel_scope_for         (AnyioScope *scope);

/* Seconds that are not NaN; NaN is a critical message and infinity. */
double            anyio_scope_check_seconds      (double seconds, const char *function);
