/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The window of gtk_frames, ours and the peers': it redraws in every frame and counts frames, first without load, then with what the program
 * under test puts beside it on the same main context. */
#pragma once

#include <gtk/gtk.h>

#include "bench.h"

#define GTK_FRAMES_TASKS   4
#define GTK_FRAMES_SECONDS 2

static guint gtk_frames_counter;

static inline gboolean
gtk_frames_on_tick (GtkWidget *widget, GdkFrameClock *frame_clock, gpointer user_data)
{
  gtk_frames_counter++;
  gtk_widget_queue_draw (widget);

  return G_SOURCE_CONTINUE;
}

static inline void
gtk_frames_draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer user_data)
{
  cairo_rectangle (cr, gtk_frames_counter % MAX (1, width - 20), 10, 20, 20);
  cairo_fill (cr);
}

static inline gboolean
gtk_frames_wake (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Frames a second over the next @seconds; the main loop runs meanwhile. */
static inline double
gtk_frames_count (double seconds)
{
  gint64 begin_ns = bench_now_ns ();
  gint64 passed_ns;
  guint before = gtk_frames_counter;
  guint wake = g_timeout_add (100, gtk_frames_wake, NULL); /* ends the wait even where no frame ever comes */

  do
    {
      g_main_context_iteration (NULL, TRUE);
      passed_ns = bench_now_ns () - begin_ns;
    }
  while (passed_ns < seconds * 1e9);
  g_source_remove (wake);

  return (gtk_frames_counter - before) * 1e9 / passed_ns;
}

/* @load puts @n of what is to be measured on the default context, @unload takes it off again. */
static inline int
gtk_frames_main (int argc, char **argv, void (*load) (gsize n), void (*unload) (void))
{
  gsize n = bench_size (argc, argv, GTK_FRAMES_TASKS);
  GtkWidget *window;
  GtkWidget *area;
  double free_fps, loaded_fps;

  if (!gtk_init_check ())
    {
      fprintf (stderr, "gtk_frames: no display; tests/bench/run starts one with xvfb-run\n");
      return 1;
    }
  window = gtk_window_new ();
  area = gtk_drawing_area_new ();
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), gtk_frames_draw, NULL, NULL);
  gtk_widget_add_tick_callback (area, gtk_frames_on_tick, NULL, NULL);
  gtk_window_set_child (GTK_WINDOW (window), area);
  gtk_window_set_default_size (GTK_WINDOW (window), 200, 200);
  gtk_window_present (GTK_WINDOW (window));

  gtk_frames_count (0.5); /* mapping and the first frames */
  free_fps = gtk_frames_count (GTK_FRAMES_SECONDS);
  load (n);
  loaded_fps = gtk_frames_count (GTK_FRAMES_SECONDS);
  unload ();
  gtk_window_destroy (GTK_WINDOW (window));

  printf ("# gtk_frames" BENCH_SUFFIX ": %.1f frames/s without load, %.1f with it\n", free_fps, loaded_fps);
  bench_print ("gtk_frames", n, 100 * loaded_fps / free_fps, "%");

  return 0;
}
