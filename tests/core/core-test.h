/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What most tests of tasks and scopes need: tests whose order is fixed, and suspension points that must succeed or must be cancelled. */

#pragma once

#include <anyio-testing.h>

/* The trace of a test with several tasks holds for the order of spawning, so it must not follow the seed of the environment. */
static inline void
core_run_in_order (gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  anyio_test_run (*(AnyioTaskFunc *) data, NULL, 0, &error);
  g_assert_no_error (error);
}

static inline void
core_add_ordered (const char *path,
                  AnyioTaskFunc func)
{
  AnyioTaskFunc *copy = g_new (AnyioTaskFunc, 1);

  *copy = func;
  g_test_add_data_func_full (path, copy, core_run_in_order, g_free);
}

/* @expression is evaluated before @error is looked at. */
#define assert_is_cancelled(expression, error)                \
  G_STMT_START                                                \
  {                                                           \
    gboolean has_succeeded = (expression);                    \
                                                              \
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED); \
    g_assert_false (has_succeeded);                           \
  }                                                           \
  G_STMT_END

static inline void
assert_sleep_is_cancelled (void)
{
  g_autoptr (GError) error = NULL;

  assert_is_cancelled (anyio_sleep (1000, &error), error);
}

static inline void
assert_checkpoint_is_cancelled (void)
{
  g_autoptr (GError) error = NULL;

  assert_is_cancelled (anyio_checkpoint (&error), error);
}

static inline void
assert_sleeps (double seconds)
{
  g_autoptr (GError) error = NULL;
  gboolean success = anyio_sleep (seconds, &error);

  g_assert_no_error (error);
  g_assert_true (success);
}

static inline void
assert_joins (AnyioTaskGroup *group)
{
  g_autoptr (GError) error = NULL;
  gboolean success = anyio_task_group_join (group, &error);

  g_assert_no_error (error);
  g_assert_true (success);
}

static inline void
assert_exits (AnyioCancelScope *scope)
{
  g_autoptr (GError) error = NULL;
  gboolean success = anyio_cancel_scope_exit (scope, &error);

  g_assert_no_error (error);
  g_assert_true (success);
}

static inline AnyioCancelScope *
open_scope (void)
{
  AnyioCancelScope *scope = anyio_cancel_scope_new ();

  anyio_cancel_scope_enter (scope);

  return scope;
}

/* Exits @scope with a CANCELLED from its body. */
static inline gboolean
exit_cancelled (AnyioCancelScope *scope)
{
  g_autoptr (GError) error = NULL;

  assert_is_cancelled (anyio_sleep (1000, &error), error);

  return anyio_cancel_scope_exit (scope, &error);
}

static inline gboolean
sleep_forever (gpointer user_data,
               GError **error)
{
  return anyio_sleep_forever (error);
}

/* Ends at once. */
static inline gboolean
succeed (gpointer user_data,
         GError **error)
{
  return TRUE;
}
