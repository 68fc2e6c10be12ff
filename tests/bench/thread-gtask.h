/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What GLib does for thread_round_trip and thread_100_tasks: chains of GTasks, each of which runs a function that does nothing in
 * GTask's threads; the callback of one begins the next. */
#pragma once

#include <gio/gio.h>

#include "bench.h"

typedef struct
{
  gsize left;
  guint *n_chains; /* that go on */
  GMainLoop *loop;
} ThreadChain;

static inline void
do_nothing_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_boolean (task, TRUE);
}

static inline void thread_chain_ready (GObject *source, GAsyncResult *result, gpointer data);

static inline void
thread_chain_begin (ThreadChain *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, thread_chain_ready, self);

  g_task_run_in_thread (task, do_nothing_in_thread);
}

static inline void
thread_chain_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  ThreadChain *self = data;

  if (g_task_propagate_boolean (G_TASK (result), NULL) && --self->left > 0)
    thread_chain_begin (self);
  else if (--*self->n_chains == 0)
    g_main_loop_quit (self->loop);
}

/* Nanoseconds until @n_chains chains have made @n_each calls each. */
static inline gint64
thread_chains_ns (guint n_chains, gsize n_each)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree ThreadChain *chains = g_new (ThreadChain, n_chains);
  guint n_live = n_chains;
  gint64 begin_ns = bench_now_ns ();

  for (guint i = 0; i < n_chains; i++)
    {
      chains[i] = (ThreadChain){ n_each, &n_live, loop };
      thread_chain_begin (&chains[i]);
    }
  g_main_loop_run (loop);

  return bench_now_ns () - begin_ns;
}
