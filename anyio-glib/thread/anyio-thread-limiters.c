/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two limiters that each run has: one for calls that wait, one for calls that compute. They are values of the run, made when somebody asks. */

#include "thread/anyio-thread-limiters.h"

#include "core/anyio-runtime-private.h"
#include "core/anyio-values.h"
#include "sync/anyio-capacity-limiter.h"

#define N_BLOCKING_TOKENS 40

/* @quark: atomic; that of @name, once somebody asked. */
static AnyioCapacityLimiter *
get_limiter (GQuark *quark,
             const char *name,
             double total_tokens)
{
  AnyioCapacityLimiter *self;

  if (G_UNLIKELY (g_atomic_int_get (quark) == 0))
    g_atomic_int_set (quark, g_quark_from_static_string (name));
  self = anyio_run_get_value (g_atomic_int_get (quark));
  if (G_LIKELY (self != NULL) || anyio_runtime_find () == NULL)
    return self;

  self = anyio_capacity_limiter_new (total_tokens);
  anyio_run_set_value (g_atomic_int_get (quark), self, g_object_unref);

  return self;
}

/**
 * anyio_current_default_thread_limiter:
 *
 * Gets the limiter of which calls in worker threads take a token unless they name another one. Each run has its own, with 40 tokens at first. AnyIO:
 * to_thread.current_default_thread_limiter().
 *
 * Returns: (transfer none) (nullable): the limiter, valid until the run ends; %NULL where no tasks run
 *
 * Since: 0.1
 */
AnyioCapacityLimiter *
anyio_current_default_thread_limiter (void)
{
  static GQuark quark;

  return get_limiter (&quark, "anyio-thread-limiter", N_BLOCKING_TOKENS);
}

/**
 * anyio_current_compute_limiter:
 *
 * Gets a limiter for calls that keep a processor busy and do not wait: as many tokens as there are processors. Each run has its own.
 * AnyIO: to_interpreter.current_default_interpreter_limiter().
 *
 * Returns: (transfer none) (nullable): the limiter, valid until the run ends; %NULL where no tasks run
 *
 * Since: 0.1
 */
AnyioCapacityLimiter *
anyio_current_compute_limiter (void)
{
  static GQuark quark;

  return get_limiter (&quark, "anyio-compute-limiter", g_get_num_processors ());
}
