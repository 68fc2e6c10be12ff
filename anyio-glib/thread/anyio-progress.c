/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reports of progress from any thread to the thread of a main context, the newest only.
 *
 * A report replaces the one that has not been seen yet. One message at most is on its way to the loop, so a thread that reports a million times costs the loop as many
 * steps as it has time for. The message comes before that of the call's end, because the inbox keeps the order of one thread: when the task goes on, the last report
 * has been seen.
 */

#include "thread/anyio-progress.h"

#include "core/anyio-runtime-private.h"

struct _AnyioProgress
{
  GObject parent_instance;

  AnyioRuntime *runtime; /* owned; NULL: made where no tasks run */
  AnyioRunnable message;
  double fraction;       /* this and the next are the thread's of the context */
  char *text;            /* owned; NULL */

  GMutex lock;
  /* Guarded by lock: */
  gboolean is_posted;    /* the message is on its way, with a reference, to fetch: */
  double new_fraction;
  char *new_text;        /* owned; NULL */
};

enum
{
  PROP_FRACTION = 1,
  PROP_TEXT,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/**
 * AnyioProgress:
 *
 * How far a long piece of work has come. It is made in a task; any thread reports, and the properties change in the task's thread, at most once in each step of its
 * main loop, to the newest report. So a progress bar is bound to it with g_object_bind_property().
 *
 * ```c
 * static gboolean
 * count (gpointer progress, GError **error)
 * {
 *   for (guint i = 1; i <= 1000; i++)
 *     anyio_progress_report (progress, i / 1000.0, NULL);
 *
 *   return TRUE;
 * }
 *
 * static void
 * show (AnyioProgress *progress)
 * {
 *   g_print ("%.0f %%\n", 100 * anyio_progress_get_fraction (progress));
 * }
 *
 * static gboolean
 * count_elsewhere (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioProgress) progress = anyio_progress_new ();
 *
 *   g_signal_connect (progress, "notify::fraction", G_CALLBACK (show), NULL);
 *
 *   return anyio_to_thread (count, progress, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (count_elsewhere, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AnyioProgress, anyio_progress, G_TYPE_OBJECT)

static void
anyio_progress_finalize (GObject *object)
{
  AnyioProgress *self = ANYIO_PROGRESS (object);

  g_clear_pointer (&self->runtime, anyio_runtime_unref);
  g_free (self->text);
  g_free (self->new_text);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (anyio_progress_parent_class)->finalize (object);
}

static void
anyio_progress_get_property (GObject *object,
                             guint id,
                             GValue *value,
                             GParamSpec *pspec)
{
  AnyioProgress *self = ANYIO_PROGRESS (object);

  switch (id)
    {
    case PROP_FRACTION:
      g_value_set_double (value, self->fraction);
      break;
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_progress_class_init (AnyioProgressClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = anyio_progress_finalize;
  object_class->get_property = anyio_progress_get_property;

  /**
   * AnyioProgress:fraction:
   *
   * How much is done, from 0 to 1. Notified on the thread's own stack.
   *
   * Since: 0.1
   */
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, 0, 1, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioProgress:text:
   *
   * What is being done. Notified on the thread's own stack.
   *
   * Since: 0.1
   */
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
fetch (AnyioRunnable *message)
{
  AnyioProgress *self = ANYIO_CONTAINER (message, AnyioProgress, message);
  g_autofree char *text = NULL;
  gboolean fraction_changed;
  gboolean text_changed;

  g_mutex_lock (&self->lock);
  self->is_posted = FALSE;
  fraction_changed = self->fraction != self->new_fraction;
  self->fraction = self->new_fraction;
  text = g_steal_pointer (&self->new_text);
  g_mutex_unlock (&self->lock);

  text_changed = g_strcmp0 (self->text, text) != 0;
  if (text_changed)
    {
      char *old = self->text;

      self->text = g_steal_pointer (&text);
      text = old;
    }
  if (fraction_changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRACTION]);
  if (text_changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT]);
  g_object_unref (self);
}

static void
anyio_progress_init (AnyioProgress *self)
{
  AnyioRuntime *runtime = anyio_runtime_find ();

  g_mutex_init (&self->lock);
  self->message.run = fetch;
  if (runtime != NULL)
    self->runtime = anyio_runtime_ref (runtime);
  else
    g_critical ("A progress object was made where no tasks run, and will show no reports; make it in the task that starts the work");
}

/**
 * anyio_progress_new:
 *
 * Makes a progress object for reports to this thread. In a task, or where tasks run.
 *
 * Returns: (transfer full): the object
 *
 * Since: 0.1
 */
AnyioProgress *
anyio_progress_new (void)
{
  return g_object_new (ANYIO_TYPE_PROGRESS, NULL);
}

/**
 * anyio_progress_report:
 * @self: a progress object
 * @fraction: how much is done, from 0 to 1
 * @text: (nullable): what is being done
 *
 * Reports how far the work has come. May be called in any thread and as often as one likes; never waits for anybody to look. Nothing happens if the run has ended.
 *
 * Since: 0.1
 */
void
anyio_progress_report (AnyioProgress *self,
                       double fraction,
                       const char *text)
{
  g_autofree char *old = NULL;
  gboolean is_first;

  g_return_if_fail (ANYIO_IS_PROGRESS (self));
  g_return_if_fail (fraction >= 0 && fraction <= 1);

  if (self->runtime == NULL)
    return;

  g_mutex_lock (&self->lock);
  self->new_fraction = fraction;
  old = self->new_text;
  self->new_text = g_strdup (text);
  is_first = !self->is_posted;
  self->is_posted = TRUE;
  g_mutex_unlock (&self->lock);

  if (!is_first)
    return;
  g_object_ref (self);
  if (!anyio_loop_post (&self->runtime->loop, &self->message))
    g_object_unref (self);
}

/**
 * anyio_progress_get_fraction:
 * @self: a progress object
 *
 * Gets how much is done. In the thread in which it was made.
 *
 * Returns: from 0 to 1
 *
 * Since: 0.1
 */
double
anyio_progress_get_fraction (AnyioProgress *self)
{
  g_return_val_if_fail (ANYIO_IS_PROGRESS (self), 0);

  return self->fraction;
}

/**
 * anyio_progress_get_text:
 * @self: a progress object
 *
 * Gets what is being done. In the thread in which it was made.
 *
 * Returns: (transfer none) (nullable): the text, valid until the next report arrives
 *
 * Since: 0.1
 */
const char *
anyio_progress_get_text (AnyioProgress *self)
{
  g_return_val_if_fail (ANYIO_IS_PROGRESS (self), NULL);

  return self->text;
}
