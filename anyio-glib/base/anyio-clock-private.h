/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Time as the library counts it: signed 64-bit nanoseconds inside, double seconds in the API.
 *
 * Conversions round up, so that nothing wakes before its deadline, and saturate: infinity is G_MAXINT64.
 */

#pragma once

#include <glib.h>
#include <math.h>
#include <time.h>

#define ANYIO_TIME_NEVER G_MAXINT64
#define ANYIO_NSEC_PER_SEC G_GINT64_CONSTANT (1000000000)

static inline gint64
anyio_clock_monotonic_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);

  return now.tv_sec * ANYIO_NSEC_PER_SEC + now.tv_nsec;
}

/* Rounds up, but not for less than a thousandth of a nanosecond: 1.1 s is not one binary digit more than 1,100,000,000 ns. Infinity and what
 * lies beyond 292 years is ANYIO_TIME_NEVER. NaN is the caller's to refuse. */
static inline gint64
anyio_seconds_to_ns (double seconds)
{
  double ns = ceil (seconds * 1e9 - 1e-3);

  if (ns >= 9.2e18)
    return ANYIO_TIME_NEVER;
  if (ns <= -9.2e18)
    return -ANYIO_TIME_NEVER;

  return (gint64) ns;
}

static inline double
anyio_ns_to_seconds (gint64 ns)
{
  return ns == ANYIO_TIME_NEVER ? INFINITY : (double) ns / 1e9;
}

/* @base + @delta without overflow. */
static inline gint64
anyio_ns_add (gint64 base,
              gint64 delta)
{
  if (delta >= 0 && base > ANYIO_TIME_NEVER - delta)
    return ANYIO_TIME_NEVER;

  return base + delta;
}
