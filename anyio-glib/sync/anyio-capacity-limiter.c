/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The object of a capacity limiter, and what can be asked about it. Borrowing is in anyio-capacity-limiter-acquire.c. */

#include "sync/anyio-capacity-limiter-private.h"

#include <math.h>

/**
 * AnyioCapacityLimiter:
 *
 * Limits how many tasks do something at the same time. Each borrower has one token at most. The total may be changed at any time: raising it lets those in
 * who wait, lowering it takes nothing away, so that fewer than none may be available for a while. A token that a task has when it ends
 * goes back.
 *
 * ```c
 * static gboolean
 * download (gpointer data, GError **error)
 * {
 *   AnyioCapacityLimiter *limiter = data;
 *   gboolean success;
 *
 *   if (!anyio_capacity_limiter_acquire (limiter, error))
 *     return FALSE;
 *   success = anyio_sleep (0.01, error);
 *   anyio_capacity_limiter_release (limiter);
 *
 *   return success;
 * }
 *
 * static gboolean
 * download_all (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (2);
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *
 *   for (guint i = 0; i < 6; i++)
 *     anyio_task_group_start_soon (group, download, limiter, NULL);
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (download_all, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * It may be made anywhere, and belongs to the thread that uses it first.
 *
 * AnyIO: CapacityLimiter.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AnyioCapacityLimiter, anyio_capacity_limiter, G_TYPE_OBJECT)

enum
{
  PROP_TOTAL_TOKENS = 1,
  PROP_BORROWED_TOKENS,
  PROP_AVAILABLE_TOKENS,
  PROP_TASKS_WAITING,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* --- life ---------------------------------------------------------------------------------------------------------------------------------- */

static void
anyio_capacity_limiter_finalize (GObject *object)
{
  anyio_capacity_limiter_free_tokens (ANYIO_CAPACITY_LIMITER (object));

  G_OBJECT_CLASS (anyio_capacity_limiter_parent_class)->finalize (object);
}

static void
anyio_capacity_limiter_get_property (GObject *object,
                                     guint id,
                                     GValue *value,
                                     GParamSpec *pspec)
{
  AnyioCapacityLimiter *self = ANYIO_CAPACITY_LIMITER (object);

  switch (id)
    {
    case PROP_TOTAL_TOKENS:
      g_value_set_double (value, anyio_capacity_limiter_get_total_tokens (self));
      break;
    case PROP_BORROWED_TOKENS:
      g_value_set_uint (value, anyio_capacity_limiter_get_borrowed_tokens (self));
      break;
    case PROP_AVAILABLE_TOKENS:
      g_value_set_double (value, anyio_capacity_limiter_get_available_tokens (self));
      break;
    case PROP_TASKS_WAITING:
      g_value_set_uint (value, anyio_capacity_limiter_get_tasks_waiting (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_capacity_limiter_set_property (GObject *object,
                                     guint id,
                                     const GValue *value,
                                     GParamSpec *pspec)
{
  AnyioCapacityLimiter *self = ANYIO_CAPACITY_LIMITER (object);

  switch (id)
    {
    case PROP_TOTAL_TOKENS:
      anyio_capacity_limiter_set_total_tokens (self, g_value_get_double (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_capacity_limiter_class_init (AnyioCapacityLimiterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = anyio_capacity_limiter_finalize;
  object_class->get_property = anyio_capacity_limiter_get_property;
  object_class->set_property = anyio_capacity_limiter_set_property;

  /**
   * AnyioCapacityLimiter:total-tokens:
   *
   * How many tokens there are: a whole number, or infinity. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_TOTAL_TOKENS] = g_param_spec_double ("total-tokens", NULL, NULL, 0, INFINITY, 1, G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCapacityLimiter:borrowed-tokens:
   *
   * How many tokens are lent. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_BORROWED_TOKENS] = g_param_spec_uint ("borrowed-tokens", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCapacityLimiter:available-tokens:
   *
   * How many tokens can be borrowed; less than 0 after the total was lowered. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_AVAILABLE_TOKENS] = g_param_spec_double ("available-tokens", NULL, NULL, -INFINITY, INFINITY, 1, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCapacityLimiter:tasks-waiting:
   *
   * How many wait. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_TASKS_WAITING] = g_param_spec_uint ("tasks-waiting", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_capacity_limiter_init (AnyioCapacityLimiter *self)
{
  anyio_wait_queue_init (&self->queue, self);
  self->book = g_hash_table_new (NULL, NULL);
}

/**
 * anyio_capacity_limiter_new:
 * @total_tokens: how many tokens there are: a whole number, or infinity
 *
 * Makes a limiter.
 *
 * Returns: (transfer full): the limiter
 *
 * Since: 0.1
 */
AnyioCapacityLimiter *
anyio_capacity_limiter_new (double total_tokens)
{
  return g_object_new (ANYIO_TYPE_CAPACITY_LIMITER, "total-tokens", total_tokens, NULL);
}

/* --- what is asked about it ---------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_capacity_limiter_get_total_tokens:
 * @self: a limiter
 *
 * Gets how many tokens there are. AnyIO: CapacityLimiter.total_tokens.
 *
 * Returns: a whole number, or infinity
 *
 * Since: 0.1
 */
double
anyio_capacity_limiter_get_total_tokens (AnyioCapacityLimiter *self)
{
  g_return_val_if_fail (ANYIO_IS_CAPACITY_LIMITER (self), 0);

  return self->total;
}

/**
 * anyio_capacity_limiter_set_total_tokens:
 * @self: a limiter
 * @total_tokens: a whole number, or infinity
 *
 * Changes how many tokens there are. Those who wait get what is there now, in the order in which they came. Nothing is taken away from those who have
 * one. Never suspends. AnyIO: CapacityLimiter.total_tokens.
 *
 * Since: 0.1
 */
void
anyio_capacity_limiter_set_total_tokens (AnyioCapacityLimiter *self,
                                         double total_tokens)
{
  g_return_if_fail (ANYIO_IS_CAPACITY_LIMITER (self));
  g_return_if_fail (total_tokens >= 0 && (isinf (total_tokens) || total_tokens == floor (total_tokens)));

  if (self->queue.thread != NULL && !anyio_wait_queue_check (&self->queue, G_STRFUNC, NULL))
    return; /* to be set up is not to be used */
  self->total = total_tokens;
  anyio_capacity_limiter_lend_to_waiters (self);
}

/**
 * anyio_capacity_limiter_get_borrowed_tokens:
 * @self: a limiter
 *
 * Counts the tokens that are lent. AnyIO: CapacityLimiter.borrowed_tokens.
 *
 * Returns: how many
 *
 * Since: 0.1
 */
guint
anyio_capacity_limiter_get_borrowed_tokens (AnyioCapacityLimiter *self)
{
  g_return_val_if_fail (ANYIO_IS_CAPACITY_LIMITER (self), 0);

  return self->n_borrowed;
}

/**
 * anyio_capacity_limiter_get_available_tokens:
 * @self: a limiter
 *
 * Counts the tokens that can be borrowed. AnyIO: CapacityLimiter.available_tokens.
 *
 * Returns: the total minus those that are lent; less than 0 after the total was lowered
 *
 * Since: 0.1
 */
double
anyio_capacity_limiter_get_available_tokens (AnyioCapacityLimiter *self)
{
  g_return_val_if_fail (ANYIO_IS_CAPACITY_LIMITER (self), 0);

  return self->total - self->n_borrowed;
}

/**
 * anyio_capacity_limiter_get_borrowers: (skip)
 * @self: a limiter
 *
 * Gets who has a token: tasks as #AnyioTask, others as they were given. Tokens that are nobody's are not in it. AnyIO: CapacityLimiterStatistics.borrowers.
 *
 * Returns: (transfer container) (element-type gpointer): the borrowers, in no order; nothing in it is referenced
 *
 * Since: 0.1
 */
GPtrArray *
anyio_capacity_limiter_get_borrowers (AnyioCapacityLimiter *self)
{
  GPtrArray *borrowers = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_return_val_if_fail (ANYIO_IS_CAPACITY_LIMITER (self), borrowers);

  g_hash_table_iter_init (&iter, self->book);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      AnyioToken *token = value;

      if (token->is_lent)
        g_ptr_array_add (borrowers, token->record != NULL ? (gpointer) anyio_record_get_handle (token->record) : token->borrower);
    }

  return borrowers;
}

/**
 * anyio_capacity_limiter_get_tasks_waiting:
 * @self: a limiter
 *
 * Counts those who wait. AnyIO: CapacityLimiterStatistics.tasks_waiting.
 *
 * Returns: how many tasks, and operations in callback style
 *
 * Since: 0.1
 */
guint
anyio_capacity_limiter_get_tasks_waiting (AnyioCapacityLimiter *self)
{
  g_return_val_if_fail (ANYIO_IS_CAPACITY_LIMITER (self), 0);

  return self->queue.n_waiters;
}
