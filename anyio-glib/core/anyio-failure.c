/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A failure as an object, so that a list can hold it and a language that drops what an error carries besides its message can read all of it.
 * It never changes. */

#include "core/anyio-failure.h"

#include "core/anyio-error.h"

/**
 * AnyioFailure:
 *
 * A failure in a task group: whose it was, and the error. The items of anyio_task_group_get_failures(). It never changes.
 *
 * If the error is an %ANYIO_ERROR_GROUP its members are a list model of failures, too: a #GtkTreeListModel shows the whole tree.
 *
 * AnyIO: a member of an ExceptionGroup.
 *
 * Since: 0.1
 */
struct _AnyioFailure
{
  GObject parent_instance;

  const char *task_name; /* interned; NULL: unknown */
  GError *error;         /* owned; NULL: made without */
  GListModel *members;   /* of AnyioFailure; owned; NULL while nobody asked, and if error is no group */
};

G_DEFINE_FINAL_TYPE (AnyioFailure, anyio_failure, G_TYPE_OBJECT)

enum
{
  PROP_TASK_NAME = 1,
  PROP_ERROR,
  PROP_MESSAGE,
  PROP_MEMBERS,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
anyio_failure_finalize (GObject *object)
{
  AnyioFailure *self = ANYIO_FAILURE (object);

  g_clear_error (&self->error);
  g_clear_object (&self->members);

  G_OBJECT_CLASS (anyio_failure_parent_class)->finalize (object);
}

static void
anyio_failure_get_property (GObject *object,
                            guint id,
                            GValue *value,
                            GParamSpec *pspec)
{
  AnyioFailure *self = ANYIO_FAILURE (object);

  switch (id)
    {
    case PROP_TASK_NAME:
      g_value_set_string (value, self->task_name);
      break;
    case PROP_ERROR:
      g_value_set_boxed (value, self->error);
      break;
    case PROP_MESSAGE:
      g_value_set_string (value, anyio_failure_get_message (self));
      break;
    case PROP_MEMBERS:
      g_value_set_object (value, anyio_failure_get_members (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_failure_set_property (GObject *object,
                            guint id,
                            const GValue *value,
                            GParamSpec *pspec)
{
  AnyioFailure *self = ANYIO_FAILURE (object);

  switch (id)
    {
    case PROP_TASK_NAME:
      self->task_name = g_intern_string (g_value_get_string (value));
      break;
    case PROP_ERROR:
      self->error = g_value_dup_boxed (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_failure_class_init (AnyioFailureClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = anyio_failure_finalize;
  object_class->get_property = anyio_failure_get_property;
  object_class->set_property = anyio_failure_set_property;

  /**
   * AnyioFailure:task-name:
   *
   * The name of the task that failed.
   *
   * Since: 0.1
   */
  properties[PROP_TASK_NAME] = g_param_spec_string ("task-name", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioFailure:error:
   *
   * The error with which it failed.
   *
   * Since: 0.1
   */
  properties[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioFailure:message:
   *
   * The error's message, for a list that shows it.
   *
   * Since: 0.1
   */
  properties[PROP_MESSAGE] = g_param_spec_string ("message", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioFailure:members:
   *
   * The failures of which it consists, if it is an %ANYIO_ERROR_GROUP.
   *
   * Since: 0.1
   */
  properties[PROP_MEMBERS] = g_param_spec_object ("members", NULL, NULL, G_TYPE_LIST_MODEL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_failure_init (AnyioFailure *self)
{
}

/**
 * anyio_failure_new:
 * @task_name: (nullable): the name of the task that failed; interned
 * @error: its error
 *
 * Makes a failure. The library does this for you; a program that has lists of its own may want to put some beside.
 *
 * Returns: (transfer full): a failure
 *
 * Since: 0.1
 */
AnyioFailure *
anyio_failure_new (const char *task_name,
                   const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);

  return g_object_new (ANYIO_TYPE_FAILURE, "task-name", task_name, "error", error, NULL);
}

/**
 * anyio_failure_get_task_name:
 * @self: a failure
 *
 * Gets the name of the task that failed: of the child, or of the task that opened the group if its own code did.
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 0.1
 */
const char *
anyio_failure_get_task_name (AnyioFailure *self)
{
  g_return_val_if_fail (ANYIO_IS_FAILURE (self), NULL);

  return self->task_name;
}

/**
 * anyio_failure_get_error:
 * @self: a failure
 *
 * Gets the error with which the task failed. A task of another language has %G_IO_ERROR_FAILED here, with the text of what it threw.
 *
 * Returns: (transfer none) (nullable): the error; %NULL only in an object that was made without
 *
 * Since: 0.1
 */
const GError *
anyio_failure_get_error (AnyioFailure *self)
{
  g_return_val_if_fail (ANYIO_IS_FAILURE (self), NULL);

  return self->error;
}

/**
 * anyio_failure_get_message:
 * @self: a failure
 *
 * Gets the message of its error.
 *
 * Returns: (transfer none) (nullable): the message; %NULL only in an object that was made without an error
 *
 * Since: 0.1
 */
const char *
anyio_failure_get_message (AnyioFailure *self)
{
  g_return_val_if_fail (ANYIO_IS_FAILURE (self), NULL);

  return self->error != NULL ? self->error->message : NULL;
}

/**
 * anyio_failure_get_members:
 * @self: a failure
 *
 * Gets the failures of which it consists, if its error is an %ANYIO_ERROR_GROUP. They have the name of the same task: who else failed is not
 * known any more.
 *
 * Returns: (transfer none) (nullable): a list model of #AnyioFailure; %NULL if the error is no group
 *
 * Since: 0.1
 */
GListModel *
anyio_failure_get_members (AnyioFailure *self)
{
  GPtrArray *errors;

  g_return_val_if_fail (ANYIO_IS_FAILURE (self), NULL);

  errors = anyio_error_group_get_errors (self->error);
  if (self->members == NULL && errors != NULL)
    {
      GListStore *members = g_list_store_new (ANYIO_TYPE_FAILURE);

      for (guint i = 0; i < errors->len; i++)
        {
          g_autoptr (AnyioFailure) member = anyio_failure_new (self->task_name, errors->pdata[i]);

          g_list_store_append (members, member);
        }
      self->members = G_LIST_MODEL (members);
    }

  return self->members;
}
