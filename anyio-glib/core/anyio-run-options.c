/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a run is to be run: back end, clock, schedule, stacks, Ctrl-C. A boxed type. */

#include "core/anyio-run-options-private.h"

#include "core/anyio-clock.h"

/**
 * AnyioRunOptions:
 *
 * How anyio_run_full() is to run: on which back end, by which clock, in which order. They are for a main context on which no tasks run yet. For another one a clock
 * or a different back end is %G_IO_ERROR_INVALID_ARGUMENT, and seed and stack size are not looked at.
 *
 * Since: 0.1
 */
G_DEFINE_BOXED_TYPE (AnyioRunOptions, anyio_run_options, anyio_run_options_copy, anyio_run_options_free)

/**
 * anyio_run_options_new:
 *
 * Makes options that say what anyio_run() does.
 *
 * Returns: (transfer full): options
 *
 * Since: 0.1
 */
AnyioRunOptions *
anyio_run_options_new (void)
{
  AnyioRunOptions *self = g_new0 (AnyioRunOptions, 1);

  self->stack_class = ANYIO_STACK_NORMAL;
  self->handle_sigint = TRUE;

  return self;
}

/**
 * anyio_run_options_copy:
 * @self: options
 *
 * Copies options.
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
AnyioRunOptions *
anyio_run_options_copy (const AnyioRunOptions *self)
{
  AnyioRunOptions *copy = g_new (AnyioRunOptions, 1);

  *copy = *self;
  copy->backend = g_strdup (self->backend);
  if (copy->clock != NULL)
    g_object_ref (copy->clock);

  return copy;
}

/**
 * anyio_run_options_free:
 * @self: options
 *
 * Frees options.
 *
 * Since: 0.1
 */
void
anyio_run_options_free (AnyioRunOptions *self)
{
  g_free (self->backend);
  g_clear_object (&self->clock);
  g_free (self);
}

/**
 * anyio_run_options_set_backend:
 * @self: options
 * @backend: (nullable): "epoll" or "glib"; %NULL for what `ANYIO_BACKEND` says, else the best one that the system has
 *
 * Chooses what waits for descriptors. Programs behave the same on each.
 *
 * Since: 0.1
 */
void
anyio_run_options_set_backend (AnyioRunOptions *self,
                               const char *backend)
{
  g_free (self->backend);
  self->backend = g_strdup (backend);
}

/**
 * anyio_run_options_set_clock:
 * @self: options
 * @clock: (nullable): a clock; %NULL for the monotonic one
 *
 * Chooses the clock on which deadlines are measured.
 *
 * Since: 0.1
 */
void
anyio_run_options_set_clock (AnyioRunOptions *self,
                             AnyioClock *clock)
{
  g_set_object (&self->clock, clock);
}

/**
 * anyio_run_options_set_seed:
 * @self: options
 * @seed: 0 for the order of spawning
 *
 * Chooses the order in which tasks that are ready run: each batch is permuted by a generator with this seed, and the same seed gives the same run. Otherwise
 * `ANYIO_SCHEDULE_SEED` chooses.
 *
 * Since: 0.1
 */
void
anyio_run_options_set_seed (AnyioRunOptions *self,
                            guint seed)
{
  self->seed = seed;
  self->has_seed = TRUE;
}

/**
 * anyio_run_options_set_stack_size:
 * @self: options
 * @size_bytes: at least so much stack
 *
 * Chooses the stack of the tasks of the run, other than the main task, which has 8 MiB; see anyio_task_group_set_stack_size().
 *
 * Since: 0.1
 */
void
anyio_run_options_set_stack_size (AnyioRunOptions *self,
                                  gsize size_bytes)
{
  self->stack_class = anyio_stack_class_for_size (size_bytes);
}

/**
 * anyio_run_options_set_handle_sigint:
 * @self: options
 * @handle_sigint: whether Ctrl-C cancels the main task
 *
 * Chooses whether the first SIGINT cancels the main task; the second one ends the program. %TRUE at first; it applies to runs on the default main context
 * of a program that has not chosen its own handling of SIGINT.
 *
 * Since: 0.1
 */
void
anyio_run_options_set_handle_sigint (AnyioRunOptions *self,
                                     gboolean handle_sigint)
{
  self->handle_sigint = handle_sigint;
}
