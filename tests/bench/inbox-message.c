/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* inbox_message: N messages that another thread posts to a loop, until all have run. Nanoseconds a message. */
#include "bench-task.h"

#include "loop/anyio-loop-private.h"

typedef struct
{
  AnyioLoop loop;
  AnyioRunnable *messages;
  gsize n;
} Inbox;

static gsize n_run;

static void
run_message (AnyioRunnable *message)
{
  n_run++;
}

static gpointer
post_all (gpointer data)
{
  Inbox *self = data;

  for (gsize i = 0; i < self->n; i++)
    anyio_loop_post (&self->loop, &self->messages[i]);

  return NULL;
}

int
main (int argc, char **argv)
{
  Inbox inbox = { .n = bench_size (argc, argv, 10000000) };
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread;
  gint64 begin_ns;

  if (!anyio_loop_init (&inbox.loop, context, NULL, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return 1;
    }
  inbox.messages = g_new (AnyioRunnable, inbox.n);
  for (gsize i = 0; i < inbox.n; i++)
    inbox.messages[i] = (AnyioRunnable){ NULL, run_message };

  begin_ns = bench_now_ns ();
  thread = g_thread_new ("posts", post_all, &inbox);
  while (n_run < inbox.n)
    g_main_context_iteration (context, TRUE);
  bench_print ("inbox_message", inbox.n, (bench_now_ns () - begin_ns) / (double) inbox.n, "ns");

  g_thread_join (thread);
  anyio_loop_clear (&inbox.loop);
  g_free (inbox.messages);

  return 0;
}
