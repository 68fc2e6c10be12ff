/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tests that hold for the order of spawning only: they run with the seed 0. All others hold for every seed, and the setups `stress...` run them with several. */

#pragma once

#include <anyio-testing.h>

/* The trace of a test with several tasks holds for the order of spawning, so it must not follow the seed of the environment. */
static inline void
core_run_in_order (gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  anyio_test_run ((AnyioTaskFunc) data, NULL, 0, &error);
  g_assert_no_error (error);
}

static inline void
core_add_ordered (const char *path,
                  AnyioTaskFunc func)
{
  g_test_add_data_func (path, (gconstpointer) func, core_run_in_order);
}
