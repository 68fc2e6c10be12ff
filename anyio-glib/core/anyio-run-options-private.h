/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What stands in run options. */

#pragma once

#include "base/anyio-stack-private.h"
#include "core/anyio-run-options.h"

struct _AnyioRunOptions
{
  char *backend;     /* owned; NULL: $ANYIO_BACKEND, else the best */
  AnyioClock *clock; /* owned; NULL: monotonic */
  guint seed;        /* 0: order of spawning */
  gboolean has_seed; /* else $ANYIO_SCHEDULE_SEED */
  AnyioStackClass stack_class;
  gboolean handle_sigint;
};
