/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_CLOCK (anyio_clock_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_DERIVABLE_TYPE (AnyioClock, anyio_clock, ANYIO, CLOCK, GObject)

/**
 * AnyioClockClass:
 * @parent_class: the parent class
 * @get_time_ns: returns the time in nanoseconds; it must never go back
 * @idle: called while nothing in the whole main context can run and nothing is outstanding; @next_ns is when the next timer is due,
 *   `G_MAXINT64` if there is none. A clock that makes time pass in tests goes on to @next_ns here.
 * @suspending: called right before the current task suspends; tests cancel a scope here, to see what becomes of it
 *
 * The class of a clock that replaces the monotonic clock of a run.
 *
 * Since: 0.1
 */
struct _AnyioClockClass
{
  GObjectClass parent_class;

  gint64 (*get_time_ns) (AnyioClock *self);
  void (*idle) (AnyioClock *self, gint64 next_ns);
  void (*suspending) (AnyioClock *self);

  /*< private >*/
  gpointer padding[8];
};

G_END_DECLS
