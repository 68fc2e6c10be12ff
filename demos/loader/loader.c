/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A window with files that are being loaded. The loads are tasks in a group that is bound to the window: whenever it is closed, they end. The button cancels those that are
 * under way, and begins again when all have ended.
 *
 * The files are made for the occasion, and read in slices with a pause after each, as if they came from far away. The argument `--script cancel@0.3,close@0.6` does what a user
 * would do, after so many seconds each.
 */

#include <anyio.h>
#include <glib/gstdio.h>
#include <gtk/gtk.h>
#include <string.h>

#define SLICE_BYTES 65536

typedef struct
{
  const char *name;
  gsize n_slices;
  double pause; /* seconds after each slice */
} Source;

static const Source sources[] = {
  { "accounts.csv", 16, 0.06 }, { "letters.txt", 10, 0.04 }, { "maps.svg", 24, 0.06 }, { "photographs.tar", 48, 0.05 }, { "recordings.ogg", 36, 0.05 },
};

typedef struct
{
  const Source *source;
  GFile *file;                /* owned */
  GtkProgressBar *progress;   /* owned, as is state: a load may end after the window has gone */
  GtkLabel *state;
  double fraction;
  gboolean is_loaded;
} Load;

typedef struct
{
  const char *folder;
  const char *script; /* NULL if nobody but the user does anything */
} Options;

/* Owned by the window and by its tasks. */
typedef struct
{
  GApplication *app;          /* borrowed; it lasts */
  const Options *options;     /* borrowed from main() */
  AnyioTaskGroup *group;      /* owned; bound to the window, which nobody here owns */
  AnyioTask *task;            /* owned; that of load_all(), NULL if nothing is being loaded */
  GtkButton *button;          /* owned */
  GtkLabel *summary;          /* owned */
  Load loads[G_N_ELEMENTS (sources)];
} Loader;

static void
loader_clear (gpointer data)
{
  Loader *loader = data;

  for (guint i = 0; i < G_N_ELEMENTS (loader->loads); i++)
    {
      g_object_unref (loader->loads[i].file);
      g_object_unref (loader->loads[i].progress);
      g_object_unref (loader->loads[i].state);
    }
  g_object_unref (loader->group);
  g_object_unref (loader->button);
  g_object_unref (loader->summary);
}

static void
loader_release (gpointer data)
{
  g_rc_box_release_full (data, loader_clear);
}

/* --- loading ------------------------------------------------------------------------------------------------------------------------------ */

static void
show_state (Load *load, const char *state, gboolean is_alive)
{
  gtk_progress_bar_set_fraction (load->progress, load->fraction);
  gtk_widget_set_sensitive (GTK_WIDGET (load->progress), is_alive);
  gtk_label_set_text (load->state, state);
}

static gboolean
read_slices (Load *load, GInputStream *stream, GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  for (gsize n_read = 1;; n_read++)
    {
      g_autoptr (GBytes) slice = NULL;
      g_autofree char *percent = NULL;

      g_input_stream_read_bytes_async (stream, SLICE_BYTES, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
      slice = g_input_stream_read_bytes_finish (stream, anyio_call_await (&call), error);
      if (slice == NULL)
        return FALSE;
      if (g_bytes_get_size (slice) == 0)
        return TRUE;

      load->fraction = (double) n_read / load->source->n_slices;
      percent = g_strdup_printf ("%.0f %%", 100 * load->fraction);
      show_state (load, percent, TRUE);
      if (!anyio_sleep (load->source->pause, error))
        return FALSE;
    }
}

/* Under a shield, because it is also done when the load is cancelled. */
static void
close_stream (GInputStream *stream)
{
  ANYIO_SHIELD_FOR (1.0);
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_input_stream_close_async (stream, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
  g_input_stream_close_finish (stream, anyio_call_await (&call), NULL);
}

static gboolean
read_file (Load *load, GError **error)
{
  g_autoptr (GFileInputStream) stream = NULL;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  gboolean success;

  g_file_read_async (load->file, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
  stream = g_file_read_finish (load->file, anyio_call_await (&call), error);
  if (stream == NULL)
    return FALSE;

  success = read_slices (load, G_INPUT_STREAM (stream), error);
  close_stream (G_INPUT_STREAM (stream));

  return success;
}

/* What goes wrong with one file is shown in its row and is no matter of the others; a cancellation is passed on. */
static gboolean
load_file (gpointer data, GError **error)
{
  Load *load = data;
  g_autoptr (GError) failure = NULL;

  load->fraction = 0;
  load->is_loaded = read_file (load, &failure);
  if (load->is_loaded)
    {
      show_state (load, "Loaded", TRUE);
      g_print ("%s: loaded\n", load->source->name);
    }
  else if (anyio_error_is_cancelled (failure))
    {
      show_state (load, "Cancelled", FALSE);
      g_print ("%s: cancelled at %.0f %%\n", load->source->name, 100 * load->fraction);
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  else
    {
      show_state (load, "Failed", FALSE);
      g_print ("%s: %s\n", load->source->name, failure->message);
    }

  return TRUE;
}

static void
show_summary (Loader *loader)
{
  g_autofree char *text = NULL;
  guint n_loaded = 0;

  for (guint i = 0; i < G_N_ELEMENTS (loader->loads); i++)
    n_loaded += loader->loads[i].is_loaded;
  text = g_strdup_printf ("%u of %u files loaded", n_loaded, (guint) G_N_ELEMENTS (loader->loads));
  gtk_label_set_text (loader->summary, text);
}

static gboolean
load_all (gpointer data, GError **error)
{
  Loader *loader = data;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  gboolean success;

  gtk_label_set_text (loader->summary, "Loading ...");
  for (guint i = 0; i < G_N_ELEMENTS (loader->loads); i++)
    {
      loader->loads[i].is_loaded = FALSE;
      show_state (&loader->loads[i], "Waiting", TRUE);
      anyio_task_group_start_soon (group, load_file, &loader->loads[i], NULL);
    }
  success = anyio_task_group_join (group, error);
  g_clear_object (&loader->task);
  gtk_button_set_label (loader->button, "Load again");
  show_summary (loader);
  g_application_release (loader->app);

  return success;
}

/* The application would end with its last window, before the files are closed: so each load_all() holds it. */
static void
start_loading (Loader *loader)
{
  g_application_hold (loader->app);
  gtk_button_set_label (loader->button, "Cancel");
  loader->task = anyio_task_group_create_task (loader->group, load_all, g_rc_box_acquire (loader), loader_release);
}

static void
button_clicked_cb (GtkButton *button, gpointer data)
{
  Loader *loader = data;

  if (loader->task != NULL)
    anyio_task_cancel (loader->task, "the button was clicked");
  else
    start_loading (loader);
}

/* --- the window --------------------------------------------------------------------------------------------------------------------------- */

static GtkWidget *
make_row (Load *load)
{
  GtkWidget *grid = gtk_grid_new ();
  GtkWidget *name = gtk_label_new (load->source->name);

  load->state = g_object_ref_sink (GTK_LABEL (gtk_label_new (NULL)));
  load->progress = g_object_ref_sink (GTK_PROGRESS_BAR (gtk_progress_bar_new ()));
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (load->state), "dim-label");
  gtk_widget_add_css_class (GTK_WIDGET (load->state), "numeric");
  gtk_grid_set_row_spacing (GTK_GRID (grid), 8);
  gtk_grid_attach (GTK_GRID (grid), name, 0, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (load->state), 1, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (load->progress), 0, 1, 2, 1);

  return grid;
}

static GtkWidget *
make_list (Loader *loader)
{
  GtkWidget *list = gtk_list_box_new ();
  GtkWidget *frame = gtk_frame_new (NULL);

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_list_box_set_show_separators (GTK_LIST_BOX (list), TRUE);
  gtk_widget_add_css_class (list, "rich-list");
  for (guint i = 0; i < G_N_ELEMENTS (loader->loads); i++)
    gtk_list_box_append (GTK_LIST_BOX (list), make_row (&loader->loads[i]));
  gtk_frame_set_child (GTK_FRAME (frame), list);

  return frame;
}

static GtkWidget *
make_window (Loader *loader)
{
  GtkWidget *window = gtk_application_window_new (GTK_APPLICATION (loader->app));
  GtkWidget *header = gtk_header_bar_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  loader->button = g_object_ref_sink (GTK_BUTTON (gtk_button_new ()));
  loader->summary = g_object_ref_sink (GTK_LABEL (gtk_label_new (NULL)));
  gtk_widget_add_css_class (GTK_WIDGET (loader->summary), "dim-label");
  gtk_widget_set_margin_top (box, 18);
  gtk_widget_set_margin_bottom (box, 18);
  gtk_widget_set_margin_start (box, 18);
  gtk_widget_set_margin_end (box, 18);
  gtk_box_append (GTK_BOX (box), make_list (loader));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (loader->summary));
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), GTK_WIDGET (loader->button));
  gtk_window_set_title (GTK_WINDOW (window), "Loader");
  gtk_window_set_default_size (GTK_WINDOW (window), 420, -1);
  gtk_window_set_titlebar (GTK_WINDOW (window), header);
  gtk_window_set_child (GTK_WINDOW (window), box);
  g_signal_connect (loader->button, "clicked", G_CALLBACK (button_clicked_cb), loader);

  return window;
}

/* --- the application ---------------------------------------------------------------------------------------------------------------------- */

static void
close_window (gpointer app)
{
  g_print ("Closing\n");
  gtk_window_close (gtk_application_get_active_window (app));
}

/* Bound to the window, too: there is no more to do when that is closed. */
static gboolean
follow_script (gpointer data, GError **error)
{
  Loader *loader = data;
  g_auto (GStrv) steps = g_strsplit (loader->options->script, ",", -1);
  double start = anyio_current_time ();

  for (guint i = 0; steps[i] != NULL; i++)
    {
      g_auto (GStrv) step = g_strsplit (steps[i], "@", 2);

      if (!anyio_sleep_until (start + g_ascii_strtod (step[1], NULL), error))
        return FALSE;
      if (strcmp (step[0], "close") == 0)
        anyio_call_home (close_window, loader->app);
      else
        g_signal_emit_by_name (loader->button, "clicked");
    }

  return TRUE;
}

static void
activate_cb (GApplication *app, gpointer data)
{
  Loader *loader = g_rc_box_new0 (Loader);
  GtkWidget *window;

  loader->app = app;
  loader->options = data;
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      loader->loads[i].source = &sources[i];
      loader->loads[i].file = g_file_new_build_filename (loader->options->folder, sources[i].name, NULL);
    }
  window = make_window (loader);
  loader->group = anyio_task_group_new_for_object (G_OBJECT (window));
  g_object_set_data_full (G_OBJECT (window), "loader", loader, loader_release);
  if (loader->options->script != NULL)
    anyio_task_group_start_soon (loader->group, follow_script, g_rc_box_acquire (loader), loader_release);
  start_loading (loader);
  gtk_window_present (GTK_WINDOW (window));
}

static gboolean
make_files (const char *folder, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autofree char *path = g_build_filename (folder, sources[i].name, NULL);
      g_autofree char *contents = g_strnfill (sources[i].n_slices * SLICE_BYTES, 'x');

      if (!g_file_set_contents (path, contents, sources[i].n_slices * SLICE_BYTES, error))
        return FALSE;
    }

  return TRUE;
}

static void
remove_files (const char *folder)
{
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autofree char *path = g_build_filename (folder, sources[i].name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GtkApplication) app = gtk_application_new ("org.example.Loader", G_APPLICATION_NON_UNIQUE);
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("loader-XXXXXX", &error);
  g_autoptr (GListModel) left = NULL;
  Options options = { .folder = folder };
  int status;

  if (folder == NULL || !make_files (folder, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  if (argc == 3 && strcmp (argv[1], "--script") == 0)
    options.script = argv[2];
  g_signal_connect (app, "activate", G_CALLBACK (activate_cb), &options);
  status = g_application_run (G_APPLICATION (app), 1, argv);
  remove_files (folder);
  left = anyio_get_running_tasks ();
  g_print ("%u tasks are left\n", g_list_model_get_n_items (left));

  return status != 0 || g_list_model_get_n_items (left) > 0;
}
