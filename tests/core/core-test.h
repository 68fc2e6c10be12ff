/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What most tests of tasks and scopes need: suspension points that must succeed or must be cancelled, and tests whose order is fixed (ordered.h). */

#pragma once

#include "ordered.h"

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

typedef struct
{
  AnyioTaskFunc func;
  gpointer user_data;
  gboolean is_done;
} OtherContext;

static inline gboolean
run_on_other_context (gpointer data)
{
  OtherContext *self = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;

  g_main_context_push_thread_default (context);
  anyio_run_named ("foreigner", self->func, self->user_data, NULL, &error);
  g_assert_no_error (error);
  g_main_context_pop_thread_default (context);
  self->is_done = TRUE;

  return G_SOURCE_REMOVE;
}

/* Has a source of this context, which is no part of the task, run @func as a task of another context of this thread. */
static inline void
core_run_on_other_context (AnyioTaskFunc func,
                           gpointer user_data)
{
  OtherContext self = { func, user_data, FALSE };
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, run_on_other_context, &self, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  assert_sleeps (1);
  g_assert_true (self.is_done);
}
