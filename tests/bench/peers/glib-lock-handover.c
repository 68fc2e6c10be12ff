/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lock_handover@glib: two threads take turns by a GMutex and a GCond, which a GMutex alone does not make them do. N turns; nanoseconds for one. */
#define BENCH_PEER "glib"
#include "bench.h"

static GMutex mutex;
static GCond cond;
static guint whose_turn;
static gsize times;

static gpointer
take_turns (gpointer data)
{
  const guint me = GPOINTER_TO_UINT (data);

  for (gsize i = 0; i < times; i++)
    {
      g_mutex_lock (&mutex);
      while (whose_turn != me)
        g_cond_wait (&cond, &mutex);
      whose_turn = !me;
      g_cond_signal (&cond);
      g_mutex_unlock (&mutex);
    }

  return NULL;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 1000000);
  gint64 begin_ns = bench_now_ns ();
  GThread *other;

  times = MAX (1, n / 2);
  other = g_thread_new ("other", take_turns, GUINT_TO_POINTER (1));
  take_turns (GUINT_TO_POINTER (0));
  g_thread_join (other);
  bench_print ("lock_handover", n, (bench_now_ns () - begin_ns) / (2.0 * times), "ns");

  return 0;
}
