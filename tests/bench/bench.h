/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every benchmark program shares, ours and the peers' alike: the problem size from the command line, clocks, memory, and the one line
 * form "NAME N VALUE UNIT". A peer defines BENCH_PEER before it includes this file, and its rows are named NAME@PEER.
 *
 * Knows neither anyio nor a peer. bench-task.h adds what only our programs need.
 */
#pragma once

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#ifdef BENCH_PEER
#define BENCH_SUFFIX "@" BENCH_PEER
#else
#define BENCH_SUFFIX ""
#endif

/* Spreads 0 .. n-1 over itself without sorted runs, the same in every language: 7919 is a prime that divides no n in use here. */
#define BENCH_SHUFFLE(i, n) (((guint64) (i) *7919) % (n))

static inline gint64
bench_now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);

  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

/* User and system time of all threads, in seconds. */
static inline double
bench_cpu_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);

  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Resident pages and the page tables that map them (guard pages cost only the latter), in KiB. */
static inline double
bench_memory_kib (void)
{
  FILE *status = fopen ("/proc/self/status", "r");
  char line[256];
  double sum_kib = 0;

  while (status != NULL && fgets (line, sizeof line, status) != NULL)
    if (g_str_has_prefix (line, "VmRSS:") || g_str_has_prefix (line, "VmPTE:"))
      sum_kib += g_ascii_strtod (line + strlen ("VmRSS:"), NULL);
  if (status != NULL)
    fclose (status);

  return sum_kib;
}

/* The problem size: the first argument, or @usual. */
static inline gsize
bench_size (int argc, char **argv, gsize usual)
{
  gsize n = argc > 1 ? (gsize) g_ascii_strtoull (argv[1], NULL, 10) : usual;

  if (n == 0)
    {
      fprintf (stderr, "usage: %s [N], N a number from 1 up, usually %" G_GSIZE_FORMAT "\n", argv[0], usual);
      exit (2);
    }

  return n;
}

static inline void
bench_print (const char *name, gsize n, double value, const char *unit)
{
  printf ("%s" BENCH_SUFFIX " %" G_GSIZE_FORMAT " %.6g %s\n", name, n, value, unit);
  fflush (stdout);
}

/* An idle source that lets @total iterations of its context go by and notes what one of them took. */
typedef struct
{
  guint total;
  guint seen;
  gint64 begin_ns;
  double each_ns; /* 0 until finished */
  void (*finished) (gpointer user_data);
  gpointer user_data;
} BenchTicks;

static inline gboolean
bench_tick (gpointer data)
{
  BenchTicks *self = data;

  if (self->seen == 0)
    self->begin_ns = bench_now_ns ();

  if (self->seen++ < self->total)
    return G_SOURCE_CONTINUE;

  self->each_ns = (bench_now_ns () - self->begin_ns) / (double) self->total;
  if (self->finished != NULL)
    self->finished (self->user_data);

  return G_SOURCE_REMOVE;
}

static inline void
bench_ticks_attach (BenchTicks *self, GMainContext *context)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, bench_tick, self, NULL);
  g_source_attach (source, context);
}

/* What one iteration of a context costs on which nothing else lives, in nanoseconds. */
static inline double
bench_bare_iteration_ns (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  BenchTicks ticks = { .total = 20000, .finished = (void (*) (gpointer)) g_main_loop_quit, .user_data = loop };

  bench_ticks_attach (&ticks, context);
  g_main_loop_run (loop);

  return ticks.each_ns;
}
