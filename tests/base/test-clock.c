/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/anyio-clock-private.h"

static void
test_monotonic (void)
{
  gint64 last = anyio_clock_monotonic_ns ();

  g_test_summary ("The clock never goes back and is GLib's monotonic clock.");

  for (guint i = 0; i < 1000; i++)
    {
      gint64 now = anyio_clock_monotonic_ns ();

      g_assert_cmpint (now, >=, last);
      last = now;
    }

  /* The same clock as GLib's, in other units. */
  g_assert_cmpint (ABS (last / 1000 - g_get_monotonic_time ()), <, 10 * G_USEC_PER_SEC);
}

static void
test_rounding (void)
{
  g_test_summary ("Seconds become nanoseconds rounded up, without paying for binary fractions.");

  g_assert_cmpint (anyio_seconds_to_ns (0), ==, 0);
  g_assert_cmpint (anyio_seconds_to_ns (1), ==, 1000000000);
  g_assert_cmpint (anyio_seconds_to_ns (1.1), ==, 1100000000);
  g_assert_cmpint (anyio_seconds_to_ns (-1.5), ==, -1500000000);
  g_assert_cmpint (anyio_seconds_to_ns (1e-10), ==, 1);
  g_assert_cmpint (anyio_seconds_to_ns (1.2e-9), ==, 2);
}

static void
test_saturation (void)
{
  g_test_summary ("What does not fit is never, and never stays never.");

  g_assert_cmpint (anyio_seconds_to_ns (INFINITY), ==, ANYIO_TIME_NEVER);
  g_assert_cmpint (anyio_seconds_to_ns (1e300), ==, ANYIO_TIME_NEVER);
  g_assert_cmpint (anyio_seconds_to_ns (-INFINITY), ==, -ANYIO_TIME_NEVER);
  g_assert_true (isinf (anyio_ns_to_seconds (ANYIO_TIME_NEVER)));
  g_assert_cmpfloat (anyio_ns_to_seconds (1500000000), ==, 1.5);

  g_assert_cmpint (anyio_ns_add (1, 2), ==, 3);
  g_assert_cmpint (anyio_ns_add (5, -7), ==, -2);
  g_assert_cmpint (anyio_ns_add (ANYIO_TIME_NEVER - 1, 2), ==, ANYIO_TIME_NEVER);
  g_assert_cmpint (anyio_ns_add (7, ANYIO_TIME_NEVER), ==, ANYIO_TIME_NEVER);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/clock/read-again/never-goes-back", test_monotonic);
  g_test_add_func ("/clock/seconds/round-up", test_rounding);
  g_test_add_func ("/clock/out-of-range/saturates", test_saturation);

  return g_test_run ();
}
