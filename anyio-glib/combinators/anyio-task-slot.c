/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A place for one task, where the newest wins: search as you type.
 *
 * Each start() is a task of the group that first sits out the delay, then waits until the one before has ended. One that is replaced is cancelled alone. So at most
 * one of them runs the user's function, at most one waits to do so, and the others are on their way out.
 */

#include "combinators/anyio-task-slot.h"

#include <math.h>

#include "core/anyio-task-group.h"
#include "core/anyio-task.h"
#include "core/anyio-time.h"

/**
 * AnyioTaskSlot:
 *
 * Holds one task at a time, the newest. Starting another one cancels it, and the other one begins when it has ended, but not before the slot's delay has passed without
 * a further one: debouncing. For what a user changes his mind about: a search as he types, a preview of what he points at.
 *
 * ```c
 * static gboolean
 * search (gpointer data, GError **error)
 * {
 *   const char *word = data;
 *
 *   if (!anyio_sleep (0.05, error))
 *     return FALSE;
 *   g_print ("Found %s\n", word);
 *
 *   return TRUE;
 * }
 *
 * static gboolean
 * type (gpointer data, GError **error)
 * {
 *   const char *const words[] = { "g", "gl", "gli", "glib" };
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *   g_autoptr (AnyioTaskSlot) slot = anyio_task_slot_new (group, 0.01);
 *
 *   for (guint i = 0; i < G_N_ELEMENTS (words); i++)
 *     anyio_task_slot_start (slot, search, (gpointer) words[i], NULL);
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (type, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * It belongs to the thread of its group.
 *
 * Since: 0.1
 */
struct _AnyioTaskSlot
{
  GObject parent_instance;

  AnyioTaskGroup *group; /* owned */
  double delay;          /* seconds */
  AnyioTask *newest;     /* owned; NULL: there is none, or it has ended */
  AnyioTask *running;    /* whose function runs; owned; NULL */
};

G_DEFINE_FINAL_TYPE (AnyioTaskSlot, anyio_task_slot, G_TYPE_OBJECT)

enum
{
  PROP_GROUP = 1,
  PROP_DELAY,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
anyio_task_slot_finalize (GObject *object)
{
  AnyioTaskSlot *self = ANYIO_TASK_SLOT (object);

  g_object_unref (self->group);
  g_clear_object (&self->newest);

  G_OBJECT_CLASS (anyio_task_slot_parent_class)->finalize (object);
}

static void
anyio_task_slot_get_property (GObject *object,
                              guint id,
                              GValue *value,
                              GParamSpec *pspec)
{
  AnyioTaskSlot *self = ANYIO_TASK_SLOT (object);

  switch (id)
    {
    case PROP_GROUP:
      g_value_set_object (value, self->group);
      break;
    case PROP_DELAY:
      g_value_set_double (value, self->delay);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_task_slot_set_property (GObject *object,
                              guint id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  AnyioTaskSlot *self = ANYIO_TASK_SLOT (object);

  switch (id)
    {
    case PROP_GROUP:
      self->group = g_value_dup_object (value);
      break;
    case PROP_DELAY:
      anyio_task_slot_set_delay (self, g_value_get_double (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_task_slot_class_init (AnyioTaskSlotClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = anyio_task_slot_finalize;
  object_class->get_property = anyio_task_slot_get_property;
  object_class->set_property = anyio_task_slot_set_property;

  /**
   * AnyioTaskSlot:group:
   *
   * The group in which the tasks run.
   *
   * Since: 0.1
   */
  properties[PROP_GROUP] = g_param_spec_object ("group", NULL, NULL, ANYIO_TYPE_TASK_GROUP, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioTaskSlot:delay:
   *
   * How many seconds a task waits for a newer one before it begins.
   *
   * Since: 0.1
   */
  properties[PROP_DELAY] = g_param_spec_double ("delay", NULL, NULL, 0, INFINITY, 0, G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_task_slot_init (AnyioTaskSlot *self)
{
}

/**
 * anyio_task_slot_new:
 * @group: a group that is open: often one that is bound to a widget
 * @delay: seconds that a task waits for a newer one before it begins; 0 for none
 *
 * Makes a slot.
 *
 * Returns: (transfer full): a slot
 *
 * Since: 0.1
 */
AnyioTaskSlot *
anyio_task_slot_new (AnyioTaskGroup *group,
                     double delay)
{
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (group), NULL);

  return g_object_new (ANYIO_TYPE_TASK_SLOT, "group", group, "delay", delay, NULL);
}

typedef struct
{
  AnyioTaskSlot *slot; /* owned */
  double begins;       /* not before; on the clock of anyio_current_time() */
  AnyioTaskFunc func;
  gpointer user_data;
  GDestroyNotify destroy; /* NULL */
} Entrant;

static void
entrant_free (gpointer data)
{
  Entrant *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_object_unref (self->slot);
  g_free (self);
}

static gboolean
wait_for_place (AnyioTaskSlot *slot,
                GError **error)
{
  while (slot->running != NULL)
    if (!anyio_task_wait (slot->running, error))
      return FALSE;

  return anyio_checkpoint_if_cancelled (error); /* it may have been replaced in the same moment */
}

static gboolean
run_entrant (gpointer data,
             GError **error)
{
  const Entrant *self = data;
  AnyioTaskSlot *slot = self->slot;
  gboolean success;

  if (!anyio_sleep_until (self->begins, error) || !wait_for_place (slot, error))
    return FALSE;

  slot->running = g_object_ref (anyio_get_current_task ());
  success = self->func (self->user_data, error);
  if (slot->newest == slot->running)
    g_clear_object (&slot->newest);
  g_clear_object (&slot->running);

  return success;
}

/**
 * anyio_task_slot_start_named: (skip)
 * @self: a slot
 * @name: the task's name; a literal or an interned string
 * @func: the body of the task
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended or was replaced
 *
 * Puts a task into the slot. What is there is cancelled and ends; the new task begins after that, and after the slot's delay. In C use the macro
 * anyio_task_slot_start(). Never suspends.
 *
 * Since: 0.1
 */
void
anyio_task_slot_start_named (AnyioTaskSlot *self,
                             const char *name,
                             AnyioTaskFunc func,
                             gpointer user_data,
                             GDestroyNotify destroy)
{
  Entrant *entrant;

  g_return_if_fail (ANYIO_IS_TASK_SLOT (self));
  g_return_if_fail (func != NULL);

  anyio_task_slot_cancel (self);
  entrant = g_new (Entrant, 1);
  *entrant = (Entrant){ g_object_ref (self), anyio_current_time () + self->delay, func, user_data, destroy };
  self->newest = anyio_task_group_create_task_named (self->group, name, run_entrant, entrant, entrant_free);
}

/**
 * anyio_task_slot_cancel:
 * @self: a slot
 *
 * Cancels the task in the slot, if there is one. Never suspends.
 *
 * Since: 0.1
 */
void
anyio_task_slot_cancel (AnyioTaskSlot *self)
{
  g_return_if_fail (ANYIO_IS_TASK_SLOT (self));

  if (self->newest != NULL)
    anyio_task_cancel (self->newest, "it was replaced by a newer task");
  g_clear_object (&self->newest);
}

/**
 * anyio_task_slot_get_group:
 * @self: a slot
 *
 * Gets the group in which the tasks run.
 *
 * Returns: (transfer none): the group
 *
 * Since: 0.1
 */
AnyioTaskGroup *
anyio_task_slot_get_group (AnyioTaskSlot *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK_SLOT (self), NULL);

  return self->group;
}

/**
 * anyio_task_slot_get_delay:
 * @self: a slot
 *
 * Tells how long a task waits for a newer one before it begins.
 *
 * Returns: seconds
 *
 * Since: 0.1
 */
double
anyio_task_slot_get_delay (AnyioTaskSlot *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK_SLOT (self), 0);

  return self->delay;
}

/**
 * anyio_task_slot_set_delay:
 * @self: a slot
 * @seconds: how long a task waits for a newer one before it begins, at least 0
 *
 * Changes the delay for the tasks that are started from now on.
 *
 * Since: 0.1
 */
void
anyio_task_slot_set_delay (AnyioTaskSlot *self,
                           double seconds)
{
  g_return_if_fail (ANYIO_IS_TASK_SLOT (self));
  g_return_if_fail (seconds >= 0);

  if (self->delay == seconds)
    return;
  self->delay = seconds;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DELAY]);
}
