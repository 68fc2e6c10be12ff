/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rate limiters: so many tokens a second, and some of them at once after a pause.
 *
 * There is no bucket that is filled: the limiter keeps the time at which it would be full again. Taking n tokens moves that time by n times the interval of one, and
 * is allowed if it then lies no more than a whole burst ahead. So nothing is added up over time but whole nanoseconds.
 *
 * One timer serves the first of those who wait. Its scheduler is that of the first who came; it is kept in use meanwhile, for operations outside tasks have no other.
 *
 * Invariants
 *   R1   full_ns is at most burst intervals after now
 *   R2   the timer is armed, for the first who waits, while somebody waits; runtime is not NULL then
 */

#include "sync/anyio-rate-limiter.h"

#include <math.h>

#include "core/anyio-error-private.h"
#include "sync/anyio-wait-operation-private.h"

/**
 * AnyioRateLimiter:
 *
 * Lets so many things happen in a second, on average. Up to a whole burst may happen at once after a pause. Those who wait get their tokens in the order in
 * which they came, whatever number they want. Time is that of anyio_current_time(), so tests with a virtual clock do not wait.
 *
 * ```c
 * static gboolean
 * ask_server (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioRateLimiter) limiter = anyio_rate_limiter_new (100, 5);
 *
 *   for (guint i = 0; i < 10; i++)
 *     if (!anyio_rate_limiter_acquire (limiter, 1, error))
 *       return FALSE;
 *
 *   return TRUE;
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (ask_server, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * It may be made anywhere, and belongs to the thread that uses it first.
 *
 * Since: 0.1
 */
struct _AnyioRateLimiter
{
  GObject parent_instance;

  AnyioWaitQueue queue;     /* the data of a waiter is how many tokens it wants */
  double tokens_per_second;
  guint burst;
  gint64 full_ns;           /* when the burst would be whole again */
  AnyioTimer timer;
  AnyioRuntime *runtime;    /* where the timer is armed, in use; NULL while nobody waits */
};

G_DEFINE_FINAL_TYPE (AnyioRateLimiter, anyio_rate_limiter, G_TYPE_OBJECT)

enum
{
  PROP_TOKENS_PER_SECOND = 1,
  PROP_BURST,
  PROP_AVAILABLE_TOKENS,
  PROP_TASKS_WAITING,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* --- arithmetic ---------------------------------------------------------------------------------------------------------------------------- */

/* In how much time @n_tokens come. That of one is whole nanoseconds, so that a burst is the same taken at once and one by one. */
static gint64
interval_ns (AnyioRateLimiter *self,
             guint n_tokens)
{
  gint64 one_ns = anyio_seconds_to_ns (1 / self->tokens_per_second);

  return n_tokens == 0 || one_ns < ANYIO_TIME_NEVER / n_tokens ? n_tokens * one_ns : ANYIO_TIME_NEVER;
}

static gint64
get_now_ns (AnyioRateLimiter *self)
{
  AnyioRuntime *runtime = self->runtime != NULL ? self->runtime : anyio_runtime_find ();

  return runtime != NULL ? anyio_loop_now (&runtime->loop) : anyio_clock_monotonic_ns ();
}

/* When @n_tokens can be had, if nobody else takes any. The clock may be another one than the last time. */
static gint64
get_due_ns (AnyioRateLimiter *self,
            guint n_tokens,
            gint64 now_ns)
{
  gint64 burst_ns = interval_ns (self, self->burst);

  self->full_ns = CLAMP (self->full_ns, now_ns, anyio_ns_add (now_ns, burst_ns));

  return anyio_ns_add (self->full_ns, interval_ns (self, n_tokens)) - burst_ns;
}

static gboolean
take (AnyioRateLimiter *self,
      guint n_tokens)
{
  gint64 now_ns = get_now_ns (self);

  if (get_due_ns (self, n_tokens, now_ns) > now_ns)
    return FALSE;
  self->full_ns = anyio_ns_add (self->full_ns, interval_ns (self, n_tokens));

  return TRUE;
}

/* --- the timer ------------------------------------------------------------------------------------------------------------------------------ */

static void
arm (AnyioRateLimiter *self,
     guint n_tokens)
{
  self->timer.node.seq = anyio_loop_next_seq (&self->runtime->loop);
  anyio_loop_arm (&self->runtime->loop, &self->timer, get_due_ns (self, n_tokens, get_now_ns (self)));
}

/* The first who waits may be another one now, or nobody. */
static void
arm_for_first (AnyioRateLimiter *self)
{
  AnyioWaiter *waiter = anyio_wait_queue_get_first (&self->queue);

  if (waiter != NULL)
    {
      arm (self, GPOINTER_TO_UINT (waiter->data));
    }
  else if (self->runtime != NULL)
    {
      if (anyio_timer_is_armed (&self->timer))
        anyio_loop_disarm (&self->runtime->loop, &self->timer);
      anyio_runtime_end_use (g_steal_pointer (&self->runtime));
    }
}

static void
time_has_come (AnyioTimer *timer)
{
  AnyioRateLimiter *self = ANYIO_CONTAINER (timer, AnyioRateLimiter, timer);
  g_autoptr (AnyioRateLimiter) kept G_GNUC_UNUSED = g_object_ref (self);
  AnyioWaiter *waiter;

  while ((waiter = anyio_wait_queue_get_first (&self->queue)) != NULL && take (self, GPOINTER_TO_UINT (waiter->data)))
    anyio_waiter_serve (waiter);
  arm_for_first (self);
}

static gboolean
withdraw (AnyioWaiter *waiter)
{
  arm_for_first (ANYIO_RATE_LIMITER (waiter->queue->object));

  return FALSE;
}

/* --- life ---------------------------------------------------------------------------------------------------------------------------------- */

static void
anyio_rate_limiter_get_property (GObject *object,
                                 guint id,
                                 GValue *value,
                                 GParamSpec *pspec)
{
  AnyioRateLimiter *self = ANYIO_RATE_LIMITER (object);

  switch (id)
    {
    case PROP_TOKENS_PER_SECOND:
      g_value_set_double (value, self->tokens_per_second);
      break;
    case PROP_BURST:
      g_value_set_uint (value, self->burst);
      break;
    case PROP_AVAILABLE_TOKENS:
      g_value_set_double (value, anyio_rate_limiter_get_available_tokens (self));
      break;
    case PROP_TASKS_WAITING:
      g_value_set_uint (value, anyio_rate_limiter_get_tasks_waiting (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_rate_limiter_set_property (GObject *object,
                                 guint id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  AnyioRateLimiter *self = ANYIO_RATE_LIMITER (object);

  switch (id)
    {
    case PROP_TOKENS_PER_SECOND:
      self->tokens_per_second = g_value_get_double (value);
      break;
    case PROP_BURST:
      self->burst = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_rate_limiter_class_init (AnyioRateLimiterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = anyio_rate_limiter_get_property;
  object_class->set_property = anyio_rate_limiter_set_property;

  /**
   * AnyioRateLimiter:tokens-per-second:
   *
   * How many tokens come in a second; infinity: it limits nothing.
   *
   * Since: 0.1
   */
  properties[PROP_TOKENS_PER_SECOND] =
    g_param_spec_double ("tokens-per-second", NULL, NULL, 1e-9, INFINITY, 1, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioRateLimiter:burst:
   *
   * How many tokens can be had at once after a pause.
   *
   * Since: 0.1
   */
  properties[PROP_BURST] = g_param_spec_uint ("burst", NULL, NULL, 1, G_MAXUINT, 1, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioRateLimiter:available-tokens:
   *
   * How many tokens can be had now. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_AVAILABLE_TOKENS] = g_param_spec_double ("available-tokens", NULL, NULL, 0, INFINITY, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioRateLimiter:tasks-waiting:
   *
   * How many wait. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_TASKS_WAITING] = g_param_spec_uint ("tasks-waiting", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_rate_limiter_init (AnyioRateLimiter *self)
{
  anyio_wait_queue_init (&self->queue, self);
  anyio_timer_init (&self->timer, 0, time_has_come);
  self->full_ns = G_MININT64;
}

/**
 * anyio_rate_limiter_new:
 * @tokens_per_second: how many tokens come in a second; more than 0; infinity: it limits nothing. The time of one is rounded up to whole nanoseconds
 * @burst: how many tokens can be had at once after a pause; at least 1
 *
 * Makes a limiter with a whole burst of tokens.
 *
 * Returns: (transfer full): the limiter
 *
 * Since: 0.1
 */
AnyioRateLimiter *
anyio_rate_limiter_new (double tokens_per_second,
                        guint burst)
{
  g_return_val_if_fail (tokens_per_second >= 1e-9, NULL);
  g_return_val_if_fail (burst > 0, NULL);

  return g_object_new (ANYIO_TYPE_RATE_LIMITER, "tokens-per-second", tokens_per_second, "burst", burst, NULL);
}

/* --- taking tokens --------------------------------------------------------------------------------------------------------------------------- */

static gboolean
check_number (AnyioRateLimiter *self,
              guint n_tokens,
              GError **error)
{
  return n_tokens <= self->burst || anyio_misuse (error, "%u tokens can never be had at once from a rate limiter with a burst of %u", n_tokens, self->burst);
}

static gboolean
may_take (AnyioRateLimiter *self,
          guint n_tokens)
{
  gint64 now_ns;

  if (anyio_wait_queue_get_first (&self->queue) != NULL)
    return FALSE;
  now_ns = get_now_ns (self);

  return get_due_ns (self, n_tokens, now_ns) <= now_ns;
}

/* Somebody is about to wait. */
static void
use_runtime (AnyioRateLimiter *self,
             AnyioRuntime *runtime)
{
  if (self->runtime != NULL)
    return;
  self->runtime = runtime;
  anyio_runtime_add_use (runtime);
}

/**
 * anyio_rate_limiter_acquire: (skip)
 * @self: a limiter
 * @n_tokens: how many; at most a burst
 * @error: return location for an error
 *
 * Takes @n_tokens, and waits until they are there. Does not suspend if they are and nobody waits. Tokens do not come back. Cancel point.
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE for more than a burst, and in another thread; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when they were taken
 *
 * Since: 0.1
 */
gboolean
anyio_rate_limiter_acquire (AnyioRateLimiter *self,
                            guint n_tokens,
                            GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  AnyioWaiter waiter = { .withdrawn = withdraw, .data = GUINT_TO_POINTER (n_tokens) };

  g_return_val_if_fail (ANYIO_IS_RATE_LIMITER (self), FALSE);

  if (record == NULL || !anyio_wait_queue_check (&self->queue, G_STRFUNC, error) || !check_number (self, n_tokens, error))
    return FALSE;
  if (record->scope->eff || may_take (self, n_tokens))
    {
      if (!anyio_wait_pass (record, error))
        return FALSE;
      if (may_take (self, n_tokens) && take (self, n_tokens))
        return TRUE;
    }

  use_runtime (self, anyio_record_get_runtime (record));
  if (anyio_wait_queue_get_first (&self->queue) == NULL)
    arm (self, n_tokens);

  return anyio_wait_queue_wait (&self->queue, &waiter, record, error);
}

/**
 * anyio_rate_limiter_acquire_nowait:
 * @self: a limiter
 * @n_tokens: how many; at most a burst
 * @error: return location for an error
 *
 * Takes @n_tokens if they are there and nobody waits. Never suspends.
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK; %ANYIO_ERROR_MISUSE for more than a burst, and in another thread.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
anyio_rate_limiter_acquire_nowait (AnyioRateLimiter *self,
                                   guint n_tokens,
                                   GError **error)
{
  g_return_val_if_fail (ANYIO_IS_RATE_LIMITER (self), FALSE);

  if (!anyio_wait_queue_check (&self->queue, G_STRFUNC, error) || !check_number (self, n_tokens, error))
    return FALSE;

  return (may_take (self, n_tokens) && take (self, n_tokens)) || anyio_wait_queue_would_block (&self->queue, error);
}

/**
 * anyio_rate_limiter_acquire_async:
 * @self: a limiter
 * @n_tokens: how many; at most a burst
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async) (closure user_data): called when they were taken
 * @user_data: its argument
 *
 * anyio_rate_limiter_acquire() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_rate_limiter_acquire_async (AnyioRateLimiter *self,
                                  guint n_tokens,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  AnyioWaitOperation *operation;
  GError *error = NULL;

  g_return_if_fail (ANYIO_IS_RATE_LIMITER (self));

  operation = anyio_wait_operation_new (&self->queue, anyio_rate_limiter_acquire_async, G_STRFUNC, cancellable, callback, user_data);
  if (operation == NULL)
    return;
  if (!check_number (self, n_tokens, &error))
    {
      anyio_twin_fail (&operation->twin, error);
      return;
    }
  if (may_take (self, n_tokens) && take (self, n_tokens))
    {
      anyio_twin_succeed (&operation->twin);
      return;
    }

  use_runtime (self, operation->twin.runtime);
  operation->waiter.withdrawn = withdraw;
  operation->waiter.data = GUINT_TO_POINTER (n_tokens);
  anyio_wait_operation_queue (operation);
  arm_for_first (self);
}

/**
 * anyio_rate_limiter_acquire_finish:
 * @self: a limiter
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_rate_limiter_acquire_async().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE for more than a burst, and in another thread.
 *
 * Returns: %TRUE if they were taken
 *
 * Since: 0.1
 */
gboolean
anyio_rate_limiter_acquire_finish (AnyioRateLimiter *self,
                                   GAsyncResult *result,
                                   GError **error)
{
  return anyio_twin_finish (self, result, anyio_rate_limiter_acquire_async, error);
}

/* --- what is asked about it ---------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_rate_limiter_get_tokens_per_second:
 * @self: a limiter
 *
 * Gets how many tokens come in a second.
 *
 * Returns: the rate
 *
 * Since: 0.1
 */
double
anyio_rate_limiter_get_tokens_per_second (AnyioRateLimiter *self)
{
  g_return_val_if_fail (ANYIO_IS_RATE_LIMITER (self), 0);

  return self->tokens_per_second;
}

/**
 * anyio_rate_limiter_get_burst:
 * @self: a limiter
 *
 * Gets how many tokens can be had at once after a pause.
 *
 * Returns: the burst
 *
 * Since: 0.1
 */
guint
anyio_rate_limiter_get_burst (AnyioRateLimiter *self)
{
  g_return_val_if_fail (ANYIO_IS_RATE_LIMITER (self), 0);

  return self->burst;
}

/**
 * anyio_rate_limiter_get_available_tokens:
 * @self: a limiter
 *
 * Computes how many tokens can be had now, if nobody waits for them.
 *
 * Returns: the number of tokens, with the part of the next one that has come
 *
 * Since: 0.1
 */
double
anyio_rate_limiter_get_available_tokens (AnyioRateLimiter *self)
{
  gint64 now_ns;
  gint64 missing_ns;

  g_return_val_if_fail (ANYIO_IS_RATE_LIMITER (self), 0);

  now_ns = get_now_ns (self);
  missing_ns = CLAMP (self->full_ns, now_ns, anyio_ns_add (now_ns, interval_ns (self, self->burst))) - now_ns;

  return missing_ns > 0 ? self->burst - anyio_ns_to_seconds (missing_ns) * self->tokens_per_second : self->burst;
}

/**
 * anyio_rate_limiter_get_tasks_waiting:
 * @self: a limiter
 *
 * Counts those who wait.
 *
 * Returns: how many tasks, and operations in callback style
 *
 * Since: 0.1
 */
guint
anyio_rate_limiter_get_tasks_waiting (AnyioRateLimiter *self)
{
  g_return_val_if_fail (ANYIO_IS_RATE_LIMITER (self), 0);

  return self->queue.n_waiters;
}
