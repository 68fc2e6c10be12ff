/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The base class of clocks that replace the monotonic one. */

#include "core/anyio-clock.h"

#include "base/anyio-clock-private.h"

/**
 * AnyioClock:
 *
 * A clock on which a run measures its deadlines. The default is the monotonic clock of the system; tests use one that jumps. A subclass implements the
 * virtual functions; give the clock to a run with anyio_run_options_set_clock().
 *
 * Since: 0.1
 */
G_DEFINE_TYPE (AnyioClock, anyio_clock, G_TYPE_OBJECT)

static gint64
anyio_clock_get_monotonic_time_ns (AnyioClock *self)
{
  return anyio_clock_monotonic_ns ();
}

static void
anyio_clock_stay_idle (AnyioClock *self,
                       gint64 next_ns)
{
}

static void
anyio_clock_ignore_suspending (AnyioClock *self)
{
}

static void
anyio_clock_class_init (AnyioClockClass *klass)
{
  klass->get_time_ns = anyio_clock_get_monotonic_time_ns;
  klass->idle = anyio_clock_stay_idle;
  klass->suspending = anyio_clock_ignore_suspending;
}

static void
anyio_clock_init (AnyioClock *self)
{
}
