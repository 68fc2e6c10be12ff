/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A computation in a worker thread, with a progress bar. A task waits for the thread. No thread can be stopped from outside: the button, and closing the window, cancel the
 * task; the thread asks now and then whether it was, and ends; only then does the task end.
 *
 * The computation rests after each step, so that there is something to see. The argument `--script start@0,cancel@0.5,close@1` does what a user would do, after so many
 * seconds each.
 */

#include <anyio.h>
#include <gtk/gtk.h>
#include <string.h>

#define N_STEPS 100
#define NUMBERS_PER_STEP 1000
#define REST_MICROSECONDS 10000

/* On the stack of the task that waits for the thread. */
typedef struct
{
  AnyioProgress *progress; /* borrowed */
  guint n_primes;
} Count;

/* Owned by the window and by its tasks. */
typedef struct
{
  GtkApplication *app;   /* borrowed; it lasts */
  const char *script;    /* borrowed from main(); NULL if nobody but the user does anything */
  AnyioTaskGroup *group; /* owned; bound to the window, which nobody here owns */
  AnyioTask *task;       /* owned; that of count(), NULL if nothing is being counted */
  GtkButton *button;     /* owned, as are the others: the task may end after the window has gone */
  GtkProgressBar *bar;
  GtkLabel *state;
} Counter;

static void
counter_clear (gpointer data)
{
  Counter *self = data;

  g_object_unref (self->group);
  g_object_unref (self->button);
  g_object_unref (self->bar);
  g_object_unref (self->state);
}

static void
counter_release (gpointer data)
{
  g_rc_box_release_full (data, counter_clear);
}

/* --- in the thread ------------------------------------------------------------------------------------------------------------------------ */

static gboolean
is_prime (guint number)
{
  if (number < 2)
    return FALSE;
  for (guint divisor = 2; divisor * divisor <= number; divisor++)
    if (number % divisor == 0)
      return FALSE;

  return TRUE;
}

static gboolean
count_primes (gpointer data, GError **error)
{
  Count *self = data;
  gboolean success = TRUE;

  for (guint step = 0; success && step < N_STEPS; step++)
    {
      for (guint i = 0; i < NUMBERS_PER_STEP; i++)
        self->n_primes += is_prime (step * NUMBERS_PER_STEP + i);
      anyio_progress_report (self->progress, (step + 1.0) / N_STEPS, NULL);
      g_usleep (REST_MICROSECONDS);
      success = anyio_thread_check_cancelled (error);
    }
  g_print ("The thread ends\n");

  return success;
}

/* --- in the task -------------------------------------------------------------------------------------------------------------------------- */

static gboolean
count (gpointer data, GError **error)
{
  Counter *self = data;
  g_autoptr (AnyioProgress) progress = anyio_progress_new ();
  Count primes = { progress };
  g_autofree char *state = NULL;
  gboolean success;

  g_object_bind_property (progress, "fraction", self->bar, "fraction", G_BINDING_SYNC_CREATE);
  success = anyio_to_thread (count_primes, &primes, error);
  if (success)
    state = g_strdup_printf ("%u primes below %u", primes.n_primes, N_STEPS * NUMBERS_PER_STEP);
  else
    state = g_strdup_printf ("Cancelled at %.0f %%", 100 * anyio_progress_get_fraction (progress));
  g_print ("%s\n", state);
  gtk_label_set_text (self->state, state);
  gtk_button_set_label (self->button, "Start");
  gtk_widget_set_sensitive (GTK_WIDGET (self->button), TRUE);
  g_clear_object (&self->task);

  return success;
}

static void
button_clicked_cb (GtkButton *button, gpointer data)
{
  Counter *self = data;

  if (self->task == NULL)
    {
      gtk_button_set_label (button, "Cancel");
      gtk_label_set_text (self->state, "Counting primes ...");
      self->task = anyio_task_group_create_task (self->group, count, g_rc_box_acquire (self), counter_release);
    }
  else
    {
      gtk_widget_set_sensitive (GTK_WIDGET (button), FALSE); /* until the thread has ended */
      gtk_label_set_text (self->state, "Waiting for the thread ...");
      anyio_task_cancel (self->task, "the button was clicked");
    }
}

/* --- the window --------------------------------------------------------------------------------------------------------------------------- */

static GtkWidget *
make_window (Counter *self)
{
  GtkWidget *window = gtk_application_window_new (self->app);
  GtkWidget *header = gtk_header_bar_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->button = g_object_ref_sink (GTK_BUTTON (gtk_button_new_with_label ("Start")));
  self->bar = g_object_ref_sink (GTK_PROGRESS_BAR (gtk_progress_bar_new ()));
  self->state = g_object_ref_sink (GTK_LABEL (gtk_label_new ("Nothing is being counted")));
  gtk_widget_add_css_class (GTK_WIDGET (self->state), "dim-label");
  gtk_widget_set_margin_top (box, 18);
  gtk_widget_set_margin_bottom (box, 18);
  gtk_widget_set_margin_start (box, 18);
  gtk_widget_set_margin_end (box, 18);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->bar));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->state));
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), GTK_WIDGET (self->button));
  gtk_window_set_title (GTK_WINDOW (window), "Primes");
  gtk_window_set_default_size (GTK_WINDOW (window), 360, -1);
  gtk_window_set_titlebar (GTK_WINDOW (window), header);
  gtk_window_set_child (GTK_WINDOW (window), box);
  g_signal_connect (self->button, "clicked", G_CALLBACK (button_clicked_cb), self);

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
  Counter *self = data;
  g_auto (GStrv) steps = g_strsplit (self->script, ",", -1);
  double start = anyio_current_time ();

  for (guint i = 0; steps[i] != NULL; i++)
    {
      g_auto (GStrv) step = g_strsplit (steps[i], "@", 2);

      if (!anyio_sleep_until (start + g_ascii_strtod (step[1], NULL), error))
        return FALSE;
      if (strcmp (step[0], "close") == 0)
        anyio_call_home (close_window, self->app);
      else
        g_signal_emit_by_name (self->button, "clicked");
    }

  return TRUE;
}

static void
activate_cb (GtkApplication *app, gpointer script)
{
  Counter *self = g_rc_box_new0 (Counter);
  GtkWidget *window;

  self->app = app;
  self->script = script;
  window = make_window (self);
  self->group = anyio_task_group_new_for_object (G_OBJECT (window));
  g_object_set_data_full (G_OBJECT (window), "counter", self, counter_release);
  if (script != NULL)
    anyio_task_group_start_soon (self->group, follow_script, g_rc_box_acquire (self), counter_release);
  gtk_window_present (GTK_WINDOW (window));
}

int
main (int argc, char *argv[])
{
  g_autoptr (GtkApplication) app = gtk_application_new ("org.example.Primes", G_APPLICATION_NON_UNIQUE);
  g_autoptr (GListModel) left = NULL;
  char *script = argc == 3 && strcmp (argv[1], "--script") == 0 ? argv[2] : NULL;
  int status;

  g_signal_connect (app, "activate", G_CALLBACK (activate_cb), script);
  anyio_bind_application (G_APPLICATION (app));
  status = g_application_run (G_APPLICATION (app), 1, argv);
  left = anyio_get_running_tasks ();
  g_print ("%u tasks are left\n", g_list_model_get_n_items (left));

  return status != 0 || g_list_model_get_n_items (left) > 0;
}
