/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* inbox_message@glib: N functions that another thread has a main context call, until all have run. Nanoseconds each. */
#define BENCH_PEER "glib"
#include "bench.h"

static gsize n_run;

static gboolean
run_message (gpointer data)
{
  n_run++;

  return G_SOURCE_REMOVE;
}

typedef struct
{
  GMainContext *context;
  gsize n;
} Inbox;

static gpointer
invoke_all (gpointer data)
{
  Inbox *self = data;

  for (gsize i = 0; i < self->n; i++)
    g_main_context_invoke (self->context, run_message, NULL);

  return NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Inbox inbox = { context, bench_size (argc, argv, 10000000) };
  gint64 begin_ns;
  GThread *thread;

  g_main_context_acquire (context); /* or the calls would be made in the other thread */
  begin_ns = bench_now_ns ();
  thread = g_thread_new ("invokes", invoke_all, &inbox);
  while (n_run < inbox.n)
    g_main_context_iteration (context, TRUE);
  bench_print ("inbox_message", inbox.n, (bench_now_ns () - begin_ns) / (double) inbox.n, "ns");
  g_thread_join (thread);
  g_main_context_release (context);

  return 0;
}
