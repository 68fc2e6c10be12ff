/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The asynchronous function that await_gtask waits for, and the plain way to call it N times in a row: each callback starts the next call.
 * Both sides hand over a cancellable, as a program does that can be cancelled at all. */
#pragma once

#include <gio/gio.h>

#include "bench.h"

/* Has its answer at once, so what is measured is the way back to the caller alone. */
static inline void
answer_async (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_return_boolean (task, TRUE);
}

static inline gboolean
answer_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

typedef struct
{
  gsize left;
  GCancellable *cancellable;
  GMainLoop *loop;
} PlainCalls;

static inline void
plain_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PlainCalls *self = user_data;

  if (answer_finish (result, NULL) && --self->left > 0)
    answer_async (self->cancellable, plain_answered, self);
  else
    g_main_loop_quit (self->loop);
}

/* Nanoseconds for one of @n calls. */
static inline double
plain_call_ns (gsize n)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  PlainCalls calls = { .left = n, .cancellable = cancellable, .loop = loop };
  gint64 begin_ns = bench_now_ns ();

  g_main_context_push_thread_default (context);
  answer_async (cancellable, plain_answered, &calls);
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (context);

  return (bench_now_ns () - begin_ns) / (double) n;
}
