/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tests of primitives share: calls that must succeed, several tasks at a time, operations in callback style, and functions that run in another thread. */

#pragma once

#include <math.h>

#include "../core/core-test.h"

#define EXPECT_CRITICAL(pattern) g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, pattern)

/* @expression is evaluated before @error, a GError * that is NULL, is looked at. */
#define assert_succeeds(expression, error) \
  G_STMT_START                             \
  {                                        \
    gboolean has_succeeded = (expression); \
                                           \
    g_assert_no_error (error);             \
    g_assert_true (has_succeeded);         \
  }                                        \
  G_STMT_END

#define assert_fails(expression, error, domain, code) \
  G_STMT_START                                        \
  {                                                   \
    gboolean has_succeeded = (expression);            \
                                                      \
    g_assert_error (error, domain, code);             \
    g_assert_false (has_succeeded);                   \
    g_clear_error (&error);                           \
  }                                                   \
  G_STMT_END

/* The end of an operation in callback style. */
typedef struct
{
  GAsyncResult *result; /* owned; NULL while under way */
  gboolean in_task;     /* the callback ran on a task's stack */
} Ready;

G_GNUC_UNUSED static void
ready_cb (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  Ready *self = user_data;

  g_assert_null (self->result);
  self->result = g_object_ref (result);
  self->in_task = anyio_get_current_task () != NULL;
}

G_GNUC_UNUSED static void
ready_clear (Ready *self)
{
  g_clear_object (&self->result);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ready, ready_clear)

/* Several of them. */
typedef Ready Readies[6];

G_GNUC_UNUSED static void
readies_clear (Readies *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (*self); i++)
    ready_clear (&(*self)[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Readies, readies_clear)

/* In a task: waits until the operation has called back. */
G_GNUC_UNUSED static GAsyncResult *
ready_await (Ready *self)
{
  while (self->result == NULL)
    g_assert_true (anyio_checkpoint (NULL));
  g_assert_false (self->in_task);

  return self->result;
}

/* Outside tasks: the same. */
G_GNUC_UNUSED static GAsyncResult *
ready_iterate (Ready *self)
{
  while (self->result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return self->result;
}

/* Starts a task for each of the elements at @items. */
G_GNUC_UNUSED static void
start_each (AnyioTaskGroup *group, const char *name, AnyioTaskFunc func, gpointer items, gsize item_size, gsize n_items)
{
  for (gsize i = 0; i < n_items; i++)
    anyio_task_group_start_soon_named (group, name, func, (char *) items + i * item_size, NULL);
}

/* @items is an array. */
#define START_EACH(group, func, items) start_each (group, #func, func, items, sizeof (items)[0], G_N_ELEMENTS (items))

/* The same; goes on when all wait. */
#define START_WAITING(group, func, items)                \
  G_STMT_START                                           \
  {                                                      \
    START_EACH (group, func, items);                     \
    g_assert_true (anyio_wait_all_tasks_blocked (NULL)); \
  }                                                      \
  G_STMT_END

/* A task that tells that it had its turn. */
G_GNUC_UNUSED static gboolean
trace_turn (gpointer user_data, GError **error)
{
  anyio_trace ("other");

  return TRUE;
}

/* Lets the other tasks and the sources of the main context do what is due: virtual time does not pass before. */
G_GNUC_UNUSED static void
settle (void)
{
  assert_sleeps (0.001);
}

/* Has the main context call @func, outside tasks. */
G_GNUC_UNUSED static void
call_outside (GSourceFunc func, gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, context);
}

G_GNUC_UNUSED static void
run_in_thread (GThreadFunc func, gpointer data)
{
  g_thread_join (g_thread_new ("other", func, data));
}

/* The end of a run that is cancelled somewhere: joins @group; nobody must be left waiting for the primitive @object. */
G_GNUC_UNUSED static gboolean
join_without_waiters (AnyioTaskGroup *group, gpointer object, GError **error)
{
  gboolean success = anyio_task_group_join (group, error);
  guint n_waiting = 1;

  g_object_get (object, "tasks-waiting", &n_waiting, NULL);
  g_assert_cmpuint (n_waiting, ==, 0);

  return success;
}
