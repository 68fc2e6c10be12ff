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

/**
 * AnyioClockClass::get_time_ns:
 * @self: a clock
 *
 * Tells the time. It must never go back.
 *
 * Returns: nanoseconds since any moment
 *
 * Since: 0.1
 */
static gint64
anyio_clock_get_monotonic_time_ns (AnyioClock *self)
{
  return anyio_clock_monotonic_ns ();
}

/**
 * AnyioClockClass::idle:
 * @self: a clock
 * @next_ns: when the next timer is due, in nanoseconds on this clock; `G_MAXINT64` if there is none
 *
 * Called while nothing in the whole main context can run and nothing is outstanding. A clock that makes time pass in tests goes on to @next_ns here.
 *
 * Since: 0.1
 */
static void
anyio_clock_stay_idle (AnyioClock *self,
                       gint64 next_ns)
{
}

/**
 * AnyioClockClass::suspending:
 * @self: a clock
 *
 * Called right before the current task suspends. Tests cancel a scope here, to see what becomes of it.
 *
 * Since: 0.1
 */
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
