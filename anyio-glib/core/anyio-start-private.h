/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A pending start(), for fibers and for the tasks of drivers: the hidden group in which the child lives until it says that it is ready. */

#pragma once

#include "core/anyio-group-private.h"

struct _AnyioStart
{
  AnyioGroup hidden;  /* first */
  AnyioGroup *target; /* borrowed; kept open by its count of pending starts */
  GValue *value;      /* borrowed; NULL: not wanted */
  gboolean done;      /* started() was called */
};

/* @caller enters the hidden group; @target, which is open, stays so. */
void anyio_start_begin (AnyioStart *self, AnyioGroup *target, AnyioRecord *caller);
/* After the exit of the hidden group. */
void anyio_start_end   (AnyioStart *self);
/* @child, the only one of the hidden group, is ready: it moves to the target, unless start() is cancelled. */
void anyio_start_done  (AnyioStart *self, AnyioRecord *child);
