/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Resource guards: what is meant for one user at a time finds out when there are two. Nobody waits here; that would be a lock. */

#include "sync/anyio-resource-guard.h"

#include "sync/anyio-wait-queue-private.h"

/**
 * AnyioResourceGuard:
 *
 * Finds out that two tasks use something at the same time that is meant for one, such as the receiving end of a socket: the second one fails at once with
 * %G_IO_ERROR_PENDING.
 *
 * ```c
 * static gboolean
 * read_from (gpointer data, GError **error)
 * {
 *   AnyioResourceGuard *guard = data;
 *   g_autoptr (AnyioResourceGuardLocker) locker = anyio_resource_guard_locker_new (guard, error);
 *
 *   return locker != NULL && anyio_sleep (0.01, error);
 * }
 *
 * static gboolean
 * read_twice (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioResourceGuard) guard = anyio_resource_guard_new ("reading from");
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *
 *   for (guint i = 0; i < 2; i++)
 *     anyio_task_group_start_soon (group, read_from, guard, NULL);
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (read_twice, NULL, &error))
 *     g_print ("%s\n", error->message);
 *
 *   return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PENDING) ? 0 : 1;
 * }
 * ```
 *
 * It may be made anywhere, and belongs to the thread that uses it first.
 *
 * AnyIO: ResourceGuard.
 *
 * Since: 0.1
 */
struct _AnyioResourceGuard
{
  GObject parent_instance;

  AnyioWaitQueue queue; /* nobody waits in it; it knows the thread */
  char *action;         /* owned */
  gboolean is_busy;
};

G_DEFINE_FINAL_TYPE (AnyioResourceGuard, anyio_resource_guard, G_TYPE_OBJECT)

enum
{
  PROP_ACTION = 1,
  PROP_BUSY,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
anyio_resource_guard_finalize (GObject *object)
{
  g_free (ANYIO_RESOURCE_GUARD (object)->action);

  G_OBJECT_CLASS (anyio_resource_guard_parent_class)->finalize (object);
}

static void
anyio_resource_guard_get_property (GObject *object,
                                   guint id,
                                   GValue *value,
                                   GParamSpec *pspec)
{
  AnyioResourceGuard *self = ANYIO_RESOURCE_GUARD (object);

  switch (id)
    {
    case PROP_ACTION:
      g_value_set_string (value, anyio_resource_guard_get_action (self));
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, anyio_resource_guard_is_busy (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_resource_guard_set_property (GObject *object,
                                   guint id,
                                   const GValue *value,
                                   GParamSpec *pspec)
{
  AnyioResourceGuard *self = ANYIO_RESOURCE_GUARD (object);

  switch (id)
    {
    case PROP_ACTION:
      self->action = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_resource_guard_class_init (AnyioResourceGuardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = anyio_resource_guard_finalize;
  object_class->get_property = anyio_resource_guard_get_property;
  object_class->set_property = anyio_resource_guard_set_property;

  /**
   * AnyioResourceGuard:action:
   *
   * What the user does to the resource, for the message: "reading from", say.
   *
   * Since: 0.1
   */
  properties[PROP_ACTION] = g_param_spec_string ("action", NULL, NULL, "using", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioResourceGuard:busy: (getter is_busy)
   *
   * Whether somebody uses the resource. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_resource_guard_init (AnyioResourceGuard *self)
{
  anyio_wait_queue_init (&self->queue, self);
}

/**
 * anyio_resource_guard_new:
 * @action: (nullable): what the user does to the resource, for the message; %NULL: "using"
 *
 * Makes a guard for something that nobody uses.
 *
 * Returns: (transfer full): the guard
 *
 * Since: 0.1
 */
AnyioResourceGuard *
anyio_resource_guard_new (const char *action)
{
  return g_object_new (ANYIO_TYPE_RESOURCE_GUARD, "action", action != NULL ? action : "using", NULL);
}

/**
 * anyio_resource_guard_enter:
 * @self: a guard
 * @error: return location for an error
 *
 * Begins to use the resource. Never suspends, and is no cancel point. In C prefer anyio_resource_guard_locker_new().
 *
 * Errors: %G_IO_ERROR_PENDING if somebody uses it; %ANYIO_ERROR_MISUSE in another thread.
 *
 * Returns: %TRUE if the caller may use the resource, until anyio_resource_guard_leave()
 *
 * Since: 0.1
 */
gboolean
anyio_resource_guard_enter (AnyioResourceGuard *self,
                            GError **error)
{
  g_return_val_if_fail (ANYIO_IS_RESOURCE_GUARD (self), FALSE);

  if (!anyio_wait_queue_check (&self->queue, G_STRFUNC, error))
    return FALSE;
  if (self->is_busy)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PENDING, "Another task is already %s this resource", self->action);
      return FALSE;
    }
  self->is_busy = TRUE;

  return TRUE;
}

/**
 * anyio_resource_guard_leave:
 * @self: a guard that was entered
 *
 * Ends the use of the resource. A critical message is logged if nobody uses it.
 *
 * Since: 0.1
 */
void
anyio_resource_guard_leave (AnyioResourceGuard *self)
{
  g_return_if_fail (ANYIO_IS_RESOURCE_GUARD (self));

  if (!anyio_wait_queue_check (&self->queue, G_STRFUNC, NULL))
    return;
  if (!self->is_busy)
    g_critical ("%s() was called although nobody is %s this resource", G_STRFUNC, self->action);
  self->is_busy = FALSE;
}

/**
 * anyio_resource_guard_is_busy: (get-property busy)
 * @self: a guard
 *
 * Tells whether somebody uses the resource.
 *
 * Returns: %TRUE between enter and leave
 *
 * Since: 0.1
 */
gboolean
anyio_resource_guard_is_busy (AnyioResourceGuard *self)
{
  g_return_val_if_fail (ANYIO_IS_RESOURCE_GUARD (self), FALSE);

  return self->is_busy;
}

/**
 * anyio_resource_guard_get_action:
 * @self: a guard
 *
 * Gets what the user does to the resource.
 *
 * Returns: (transfer none): the words for the message
 *
 * Since: 0.1
 */
const char *
anyio_resource_guard_get_action (AnyioResourceGuard *self)
{
  g_return_val_if_fail (ANYIO_IS_RESOURCE_GUARD (self), NULL);

  return self->action;
}
