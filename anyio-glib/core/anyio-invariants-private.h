/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The invariants of the semantics, evaluated at run time in builds with -Dinvariants=true. */

#pragma once

#include "core/anyio-record-private.h"

#ifdef ANYIO_INVARIANTS
/* A step of a task has ended: everything must be in order. Aborts with a message if it is not. */
void anyio_invariants_check (AnyioRuntime *runtime);
#else
#define anyio_invariants_check(runtime) \
  do \
    { \
    } \
  while (0)
#endif
