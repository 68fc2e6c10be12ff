/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Search as you type. Each key puts a search into a slot, where the newest wins: it begins when the user pauses, and replaces the one before, whether that waits or runs. The
 * group of the slot is bound to the window: whenever it is closed, the search ends.
 *
 * The index takes its time, as if it were far away. The argument `--script g@0,gl@0.1,close@1` types what a user would, after so many seconds each.
 */

#include <anyio.h>
#include <gtk/gtk.h>
#include <string.h>

#define PAUSE_SECONDS 0.2
#define SEARCH_SECONDS 0.3

static const char *const rivers[] = {
  "Amazon", "Amur", "Colorado", "Congo", "Danube", "Darling", "Dnieper", "Don", "Elbe", "Euphrates", "Ganges", "Indus", "Loire", "Mekong", "Mississippi", "Murray",
  "Niger", "Nile", "Oder", "Orinoco", "Po", "Rhine", "Rhone", "Seine", "Tagus", "Thames", "Tiber", "Tigris", "Vistula", "Volga", "Yangtze", "Zambezi", NULL,
};

#define N_RIVERS (G_N_ELEMENTS (rivers) - 1)

/* Owned by the window and by its tasks. */
typedef struct
{
  GtkApplication *app;   /* borrowed; it lasts */
  const char *script;    /* borrowed from main(); NULL if nobody but the user types */
  AnyioTaskGroup *group; /* owned; bound to the window, which nobody here owns */
  AnyioTaskSlot *slot;   /* owned */
  GtkEditable *entry;    /* owned, as are the others: a search may end after the window has gone */
  GtkStringList *found;
  GtkLabel *state;
} Search;

static void
search_clear (gpointer data)
{
  Search *self = data;

  g_object_unref (self->group);
  g_object_unref (self->slot);
  g_object_unref (self->entry);
  g_object_unref (self->found);
  g_object_unref (self->state);
}

static void
search_release (gpointer data)
{
  g_rc_box_release_full (data, search_clear);
}

/* --- searching ---------------------------------------------------------------------------------------------------------------------------- */

/* Asks the index, which answers after a while. */
static GStrv
look_up (const char *word, GError **error)
{
  g_autoptr (GStrvBuilder) found = g_strv_builder_new ();
  g_autofree char *folded = g_utf8_casefold (word, -1);

  if (!anyio_sleep (SEARCH_SECONDS, error))
    return NULL;
  for (guint i = 0; i < N_RIVERS; i++)
    {
      g_autofree char *river = g_utf8_casefold (rivers[i], -1);

      if (strstr (river, folded) != NULL)
        g_strv_builder_add (found, rivers[i]);
    }

  return g_strv_builder_end (found);
}

static gboolean
search (gpointer data, GError **error)
{
  Search *self = data;
  g_autofree char *word = g_strdup (gtk_editable_get_text (self->entry));
  g_autofree char *state = NULL;
  g_auto (GStrv) found = NULL;

  g_print ("%s ...\n", word);
  gtk_label_set_text (self->state, "Searching ...");
  found = look_up (word, error);
  if (found == NULL)
    {
      g_print ("%s: not wanted any more\n", word);
      return FALSE;
    }
  g_print ("%s: %u found\n", word, g_strv_length (found));
  state = g_strdup_printf ("%u of %u rivers", g_strv_length (found), (guint) N_RIVERS);
  gtk_label_set_text (self->state, state);
  gtk_string_list_splice (self->found, 0, g_list_model_get_n_items (G_LIST_MODEL (self->found)), (const char *const *) found);

  return TRUE;
}

static void
changed_cb (GtkEditable *entry, gpointer data)
{
  Search *self = data;

  anyio_task_slot_start (self->slot, search, g_rc_box_acquire (self), search_release);
}

/* --- the window --------------------------------------------------------------------------------------------------------------------------- */

static GtkWidget *
make_row (gpointer item, gpointer data)
{
  GtkWidget *label = gtk_label_new (gtk_string_object_get_string (item));

  gtk_label_set_xalign (GTK_LABEL (label), 0);

  return label;
}

static GtkWidget *
make_list (GtkStringList *found)
{
  GtkWidget *list = gtk_list_box_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_list_box_bind_model (GTK_LIST_BOX (list), G_LIST_MODEL (found), make_row, NULL, NULL);
  gtk_widget_add_css_class (list, "rich-list");
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), list);
  gtk_scrolled_window_set_has_frame (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_widget_set_vexpand (scrolled, TRUE);

  return scrolled;
}

static GtkWidget *
make_window (Search *self)
{
  GtkWidget *window = gtk_application_window_new (self->app);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->entry = g_object_ref_sink (GTK_EDITABLE (gtk_search_entry_new ()));
  self->found = gtk_string_list_new (rivers);
  self->state = g_object_ref_sink (GTK_LABEL (gtk_label_new ("Type a part of a river's name")));
  gtk_widget_add_css_class (GTK_WIDGET (self->state), "dim-label");
  gtk_widget_set_margin_top (box, 18);
  gtk_widget_set_margin_bottom (box, 18);
  gtk_widget_set_margin_start (box, 18);
  gtk_widget_set_margin_end (box, 18);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->entry));
  gtk_box_append (GTK_BOX (box), make_list (self->found));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->state));
  gtk_window_set_title (GTK_WINDOW (window), "Search");
  gtk_window_set_default_size (GTK_WINDOW (window), 360, 400);
  gtk_window_set_child (GTK_WINDOW (window), box);
  g_signal_connect (self->entry, "changed", G_CALLBACK (changed_cb), self);

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
  Search *self = data;
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
        gtk_editable_set_text (self->entry, step[0]);
    }

  return TRUE;
}

static void
activate_cb (GtkApplication *app, gpointer script)
{
  Search *self = g_rc_box_new0 (Search);
  GtkWidget *window;

  self->app = app;
  self->script = script;
  window = make_window (self);
  self->group = anyio_task_group_new_for_object (G_OBJECT (window));
  self->slot = anyio_task_slot_new (self->group, PAUSE_SECONDS);
  g_object_set_data_full (G_OBJECT (window), "search", self, search_release);
  if (script != NULL)
    anyio_task_group_start_soon (self->group, follow_script, g_rc_box_acquire (self), search_release);
  gtk_window_present (GTK_WINDOW (window));
}

int
main (int argc, char *argv[])
{
  g_autoptr (GtkApplication) app = gtk_application_new ("org.example.Search", G_APPLICATION_NON_UNIQUE);
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
