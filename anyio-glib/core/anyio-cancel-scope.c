/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The public object of a cancel scope.
 *
 * There are two kinds. One that the program made (anyio_cancel_scope_new(), anyio_move_on_after()) contains its scope. One that was asked of a group, a
 * block or the current task stands for a scope elsewhere; that scope owns a reference, and when it goes away the object keeps a copy of its last state.
 *
 * Threads: cancel() works from any; from another thread it goes through the loop's inbox. Before entry the scope belongs to no thread, so
 * the flag is set under a lock that entering takes, too.
 */

#include "core/anyio-cancel-scope-private.h"

#include "core/anyio-enums.h"
#include "core/anyio-error-private.h"
#include "core/anyio-group-private.h"
#include "core/anyio-run.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-stop.h"
#include "core/anyio-time.h"

typedef struct
{
  GObjectClass parent_class;
} AnyioCancelScopeClass;

enum
{
  PROP_DEADLINE = 1,
  PROP_SHIELD,
  PROP_CANCEL_CALLED,
  PROP_CANCELLED_CAUGHT,
  PROP_STOP_REQUESTED,
  PROP_CANCELLED,
  PROP_REASON,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];
static GMutex entry_lock; /* guards the setting of runtime, and what comes before entry */

/**
 * AnyioCancelScope:
 *
 * Bounds a stretch of code in time and lets others cancel it. Scopes nest; a cancelled scope cancels what runs inside it, tasks of groups
 * opened inside included. While it is cancelled, every function that suspends in it fails with %G_IO_ERROR_CANCELLED. The scope absorbs that error when it is
 * left with anyio_cancel_scope_exit().
 *
 * ```c
 * static gboolean
 * wait_a_little (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (0.01);
 *
 *   anyio_sleep (3600, error);
 *   if (!anyio_cancel_scope_exit (scope, error))
 *     return FALSE;
 *   if (anyio_cancel_scope_get_cancelled_caught (scope))
 *     g_print ("No answer in time\n");
 *
 *   return TRUE;
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (wait_a_little, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * For a time limit that fails, ANYIO_FAIL_AFTER() is shorter. A scope is used once, and left by the task that entered it, the innermost first.
 *
 * AnyIO: CancelScope.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AnyioCancelScope, anyio_cancel_scope, G_TYPE_OBJECT)

static void
anyio_cancel_scope_finalize (GObject *object)
{
  AnyioCancelScope *self = ANYIO_CANCEL_SCOPE (object);

  anyio_scope_clear (&self->own);
  g_clear_pointer (&self->runtime, anyio_runtime_unref);
  g_clear_error (&self->result);
  g_free (self->early_text);

  G_OBJECT_CLASS (anyio_cancel_scope_parent_class)->finalize (object);
}

static void
anyio_cancel_scope_get_property (GObject *object,
                                 guint id,
                                 GValue *value,
                                 GParamSpec *pspec)
{
  AnyioCancelScope *self = ANYIO_CANCEL_SCOPE (object);

  switch (id)
    {
    case PROP_DEADLINE:
      g_value_set_double (value, anyio_cancel_scope_get_deadline (self));
      break;
    case PROP_SHIELD:
      g_value_set_boolean (value, anyio_cancel_scope_get_shield (self));
      break;
    case PROP_CANCEL_CALLED:
      g_value_set_boolean (value, anyio_cancel_scope_get_cancel_called (self));
      break;
    case PROP_CANCELLED_CAUGHT:
      g_value_set_boolean (value, anyio_cancel_scope_get_cancelled_caught (self));
      break;
    case PROP_STOP_REQUESTED:
      g_value_set_boolean (value, anyio_cancel_scope_get_stop_requested (self));
      break;
    case PROP_CANCELLED:
      g_value_set_boolean (value, anyio_cancel_scope_is_cancelled (self));
      break;
    case PROP_REASON:
      g_value_set_enum (value, anyio_cancel_scope_get_reason (self, NULL, NULL));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_cancel_scope_set_property (GObject *object,
                                 guint id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  AnyioCancelScope *self = ANYIO_CANCEL_SCOPE (object);

  switch (id)
    {
    case PROP_DEADLINE:
      anyio_cancel_scope_set_deadline (self, g_value_get_double (value));
      break;
    case PROP_SHIELD:
      anyio_cancel_scope_set_shield (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_cancel_scope_class_init (AnyioCancelScopeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = anyio_cancel_scope_finalize;
  object_class->get_property = anyio_cancel_scope_get_property;
  object_class->set_property = anyio_cancel_scope_set_property;

  /**
   * AnyioCancelScope:deadline:
   *
   * When the scope cancels itself, in seconds on the clock of anyio_current_time(). Infinity: never.
   *
   * Since: 0.1
   */
  properties[PROP_DEADLINE] = g_param_spec_double ("deadline", NULL, NULL, -INFINITY, INFINITY, INFINITY, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCancelScope:shield:
   *
   * Whether the cancellation of outer scopes stops here.
   *
   * Since: 0.1
   */
  properties[PROP_SHIELD] = g_param_spec_boolean ("shield", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCancelScope:cancel-called:
   *
   * Whether the scope itself was cancelled, by a call or by its deadline.
   *
   * Since: 0.1
   */
  properties[PROP_CANCEL_CALLED] = g_param_spec_boolean ("cancel-called", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCancelScope:cancelled-caught:
   *
   * Whether the scope absorbed a cancellation when it was left.
   *
   * Since: 0.1
   */
  properties[PROP_CANCELLED_CAUGHT] = g_param_spec_boolean ("cancelled-caught", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCancelScope:stop-requested:
   *
   * Whether what runs inside was asked to come to an end by itself.
   *
   * Since: 0.1
   */
  properties[PROP_STOP_REQUESTED] = g_param_spec_boolean ("stop-requested", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCancelScope:cancelled:
   *
   * Whether the code in the scope is cancelled now, by the scope itself or by one around it.
   *
   * Since: 0.1
   */
  properties[PROP_CANCELLED] = g_param_spec_boolean ("cancelled", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCancelScope:reason:
   *
   * Why it is cancelled; the words and the task are told by anyio_cancel_scope_get_reason().
   *
   * Since: 0.1
   */
  properties[PROP_REASON] = g_param_spec_enum ("reason", NULL, NULL, ANYIO_TYPE_CANCEL_KIND, ANYIO_CANCEL_NONE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_cancel_scope_init (AnyioCancelScope *self)
{
  anyio_scope_init (&self->own);
  self->own.handle = self;
  self->scope = &self->own;
}

/* --- for scopes elsewhere ------------------------------------------------------------------------------------------------------------------ */

/* What other threads have said before entry counts from now on. */
static void
take_early_cancel (AnyioCancelScope *self)
{
  g_autofree char *text = NULL;
  const char *by_task;
  gboolean called;

  g_mutex_lock (&entry_lock);
  called = self->early_called;
  text = g_steal_pointer (&self->early_text);
  by_task = self->early_by_task;
  self->early_called = FALSE;
  g_mutex_unlock (&entry_lock);

  if (called)
    anyio_scope_cancel (self->scope, ANYIO_CANCEL_EXPLICIT, text, by_task);
}

static void
look (AnyioCancelScope *self)
{
  if (g_atomic_pointer_get (&self->runtime) == NULL)
    take_early_cancel (self);
  anyio_scope_look (self->scope);
}

void
anyio_cancel_scope_set_runtime (AnyioCancelScope *handle,
                                AnyioRuntime *runtime)
{
  g_mutex_lock (&entry_lock);
  if (handle->runtime == NULL)
    g_atomic_pointer_set (&handle->runtime, anyio_runtime_ref (runtime));
  g_mutex_unlock (&entry_lock);
  take_early_cancel (handle);
}

AnyioCancelScope *
anyio_cancel_scope_for (AnyioScope *scope)
{
  if (scope->handle == NULL)
    {
      scope->handle = g_object_new (ANYIO_TYPE_CANCEL_SCOPE, NULL);
      scope->handle->scope = scope;
      scope->owns_handle = TRUE;
      if (scope->runtime != NULL)
        anyio_cancel_scope_set_runtime (scope->handle, scope->runtime);
    }

  return scope->handle;
}

void
anyio_cancel_scope_detach (AnyioCancelScope *handle)
{
  AnyioScope *scope = handle->scope;
  AnyioScope *own = &handle->own;

  own->deadline = scope->deadline;
  own->state = ANYIO_SCOPE_CLOSED;
  own->called = scope->called;
  own->eff = scope->eff;
  own->shield = scope->shield;
  own->caught = scope->caught;
  own->stopping = scope->stopping;
  own->reason = scope->reason;
  own->runtime = scope->runtime;
  own->extra = g_steal_pointer (&scope->extra);
  handle->scope = own;
  scope->handle = NULL;
  scope->owns_handle = FALSE;
  g_object_unref (handle);
}

/**
 * anyio_cancel_scope_new:
 *
 * Makes a scope that is not entered yet. It can be given a deadline, shielded, linked, and cancelled before.
 *
 * Returns: (transfer full): a scope
 *
 * Since: 0.1
 */
AnyioCancelScope *
anyio_cancel_scope_new (void)
{
  return g_object_new (ANYIO_TYPE_CANCEL_SCOPE, NULL);
}

/* --- asking and telling ------------------------------------------------------------------------------------------------------------------------ */

/* TRUE if the scope is not entered yet, and was marked. */
static gboolean
cancel_before_entry (AnyioCancelScope *self,
                     const char *reason,
                     const char *by_task)
{
  gboolean is_new;

  g_mutex_lock (&entry_lock);
  is_new = self->runtime == NULL;
  if (is_new && !self->early_called)
    {
      self->early_called = TRUE;
      self->early_text = g_strdup (reason);
      self->early_by_task = by_task;
    }
  g_mutex_unlock (&entry_lock);

  return is_new;
}

/**
 * anyio_cancel_scope_cancel:
 * @self: a scope
 * @reason: (nullable): why, for the error messages of those who are cancelled
 *
 * Cancels everything inside the scope: what suspends in it fails with %G_IO_ERROR_CANCELLED, now and at every later attempt. Never suspends and runs no other
 * code. The first cancellation wins; later ones do nothing. Before entry the scope is born cancelled. May be called in any thread. AnyIO: CancelScope.cancel().
 *
 * Since: 0.1
 */
void
anyio_cancel_scope_cancel (AnyioCancelScope *self,
                           const char *reason)
{
  AnyioRecord *by = anyio_runtime_current_or_visitor ();
  const char *by_task = by != NULL ? by->name : NULL;
  AnyioRuntime *runtime;

  g_return_if_fail (ANYIO_IS_CANCEL_SCOPE (self));

  runtime = g_atomic_pointer_get (&self->runtime);
  if (runtime == NULL && cancel_before_entry (self, reason, by_task))
    return;
  runtime = g_atomic_pointer_get (&self->runtime);
  if (anyio_runtime_is_owner (runtime))
    anyio_scope_cancel (self->scope, ANYIO_CANCEL_EXPLICIT, reason, by_task);
  else
    anyio_runtime_post_cancel (runtime, self, (AnyioCancelObjectFunc) anyio_cancel_scope_cancel, reason);
}

/**
 * anyio_cancel_scope_set_timeout:
 * @self: a scope
 * @seconds: how long; negative counts as 0, infinity is never
 *
 * Sets the deadline to @seconds from now, or, before entry, from the moment of entry.
 *
 * Since: 0.1
 */
void
anyio_cancel_scope_set_timeout (AnyioCancelScope *self,
                                double seconds)
{
  g_return_if_fail (ANYIO_IS_CANCEL_SCOPE (self));

  seconds = anyio_scope_check_timeout (seconds, G_STRFUNC);
  if (self->scope->state == ANYIO_SCOPE_NEW)
    {
      self->scope->deadline = seconds;
      self->scope->has_timeout = seconds != INFINITY;
    }
  else
    {
      anyio_scope_set_deadline (self->scope, anyio_current_time () + seconds);
    }
}

/**
 * anyio_cancel_scope_get_deadline:
 * @self: a scope
 *
 * Gets when the scope cancels itself; for a timeout before entry: when it would if it were entered now.
 *
 * Returns: seconds on the clock of anyio_current_time(), exactly as they were set; infinity if there is no deadline
 *
 * Since: 0.1
 */
double
anyio_cancel_scope_get_deadline (AnyioCancelScope *self)
{
  g_return_val_if_fail (ANYIO_IS_CANCEL_SCOPE (self), INFINITY);

  if (self->scope->has_timeout)
    return anyio_current_time () + self->scope->deadline;

  return self->scope->deadline;
}

/**
 * anyio_cancel_scope_set_deadline:
 * @self: a scope
 * @deadline: seconds on the clock of anyio_current_time(); infinity is never
 *
 * Moves the deadline. The past cancels the scope at once.
 *
 * Since: 0.1
 */
void
anyio_cancel_scope_set_deadline (AnyioCancelScope *self,
                                 double deadline)
{
  g_return_if_fail (ANYIO_IS_CANCEL_SCOPE (self));

  anyio_scope_set_deadline (self->scope, anyio_scope_check_seconds (deadline, G_STRFUNC));
}

/**
 * anyio_cancel_scope_get_shield:
 * @self: a scope
 *
 * Tells whether the cancellation of outer scopes stops here.
 *
 * Returns: %TRUE if the scope is shielded
 *
 * Since: 0.1
 */
gboolean
anyio_cancel_scope_get_shield (AnyioCancelScope *self)
{
  g_return_val_if_fail (ANYIO_IS_CANCEL_SCOPE (self), FALSE);

  return self->scope->shield;
}

/**
 * anyio_cancel_scope_set_shield:
 * @self: a scope
 * @shield: whether the cancellation of outer scopes stops here
 *
 * Shields the scope, or lets the cancellation of outer scopes through again, at once. The scope's own cancellation and deadline are not
 * affected. AnyIO: CancelScope.shield.
 *
 * Since: 0.1
 */
void
anyio_cancel_scope_set_shield (AnyioCancelScope *self,
                               gboolean shield)
{
  g_return_if_fail (ANYIO_IS_CANCEL_SCOPE (self));

  anyio_scope_set_shield (self->scope, shield);
}

/**
 * anyio_cancel_scope_get_cancel_called:
 * @self: a scope
 *
 * Tells whether the scope itself was cancelled, by a call or by its deadline.
 *
 * Returns: %TRUE if so; for good
 *
 * Since: 0.1
 */
gboolean
anyio_cancel_scope_get_cancel_called (AnyioCancelScope *self)
{
  g_return_val_if_fail (ANYIO_IS_CANCEL_SCOPE (self), FALSE);

  look (self);

  return self->scope->called;
}

/**
 * anyio_cancel_scope_get_cancelled_caught:
 * @self: a scope
 *
 * Tells whether the scope absorbed a cancellation when it was exited. A cancellation that never met a suspension point was not caught.
 *
 * Returns: %TRUE if so
 *
 * Since: 0.1
 */
gboolean
anyio_cancel_scope_get_cancelled_caught (AnyioCancelScope *self)
{
  g_return_val_if_fail (ANYIO_IS_CANCEL_SCOPE (self), FALSE);

  return self->scope->caught;
}

/**
 * anyio_cancel_scope_is_cancelled:
 * @self: a scope
 *
 * Tells whether what suspends in the scope fails: because the scope was cancelled, or an outer one that no shield cuts off.
 *
 * Returns: %TRUE if so
 *
 * Since: 0.1
 */
gboolean
anyio_cancel_scope_is_cancelled (AnyioCancelScope *self)
{
  g_return_val_if_fail (ANYIO_IS_CANCEL_SCOPE (self), FALSE);

  look (self);

  return self->scope->state == ANYIO_SCOPE_NEW ? self->scope->called : self->scope->eff;
}

/**
 * anyio_cancel_scope_get_reason:
 * @self: a scope
 * @text: (out) (optional) (nullable) (transfer none): the text that was given
 * @by_task: (out) (optional) (nullable) (transfer none): the name of the task that cancelled, or that failed
 *
 * Tells why the scope is cancelled; if an outer scope cancels it, why that one is.
 *
 * Returns: the kind of the reason
 *
 * Since: 0.1
 */
AnyioCancelKind
anyio_cancel_scope_get_reason (AnyioCancelScope *self,
                               const char **text,
                               const char **by_task)
{
  const AnyioScope *source;

  g_return_val_if_fail (ANYIO_IS_CANCEL_SCOPE (self), ANYIO_CANCEL_NONE);

  look (self);
  source = anyio_scope_get_source (self->scope);
  if (text != NULL)
    *text = source->extra != NULL ? source->extra->text : NULL;
  if (by_task != NULL)
    *by_task = source->extra != NULL ? source->extra->by_task : NULL;

  return source->reason;
}

/**
 * anyio_cancel_scope_get_cancellable:
 * @self: a scope
 *
 * Gets a cancellable for code that knows nothing of scopes; it is cancelled when the scope effectively is. Output only: cancelling it by hand does not
 * cancel the scope. When a shield raised later ends the cancellation, the next call gives a fresh one.
 *
 * Returns: (transfer none): a cancellable; reference it to keep it
 *
 * Since: 0.1
 */
GCancellable *
anyio_cancel_scope_get_cancellable (AnyioCancelScope *self)
{
  g_return_val_if_fail (ANYIO_IS_CANCEL_SCOPE (self), NULL);

  look (self);

  return anyio_scope_get_cancellable (self->scope);
}

/**
 * anyio_cancel_scope_link:
 * @self: a scope that is entered
 * @cancellable: (nullable): a cancellable that belongs to others
 *
 * Lets @cancellable cancel the scope too, until the scope is left; at once if it is cancelled already.
 *
 * Since: 0.1
 */
void
anyio_cancel_scope_link (AnyioCancelScope *self,
                         GCancellable *cancellable)
{
  g_return_if_fail (ANYIO_IS_CANCEL_SCOPE (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));
  g_return_if_fail (self->scope->state == ANYIO_SCOPE_LIVE);

  if (cancellable != NULL)
    anyio_scope_add_link (self->scope, cancellable);
}

/**
 * anyio_cancel_scope_defer: (skip)
 * @self: a scope that is entered
 * @func: the cleanup; it may suspend
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data
 *
 * Has @func called when the scope is left. Cleanups run in reverse order, shielded from cancellation, all together for no longer than the
 * grace period; their failures join the error of the scope. AnyIO: AsyncExitStack.
 *
 * Since: 0.1
 */
void
anyio_cancel_scope_defer (AnyioCancelScope *self,
                          AnyioTaskFunc func,
                          gpointer user_data,
                          GDestroyNotify destroy)
{
  g_return_if_fail (ANYIO_IS_CANCEL_SCOPE (self));
  g_return_if_fail (func != NULL);
  g_return_if_fail (self->scope->state == ANYIO_SCOPE_LIVE);

  if (self->scope->group != NULL && self->scope->group->is_bound)
    {
      g_critical ("A task group that is bound to an object is left by no task, so nobody can run a deferred cleanup; start a task that waits and cleans up");
      if (destroy != NULL)
        anyio_call_home (destroy, user_data);
      return;
    }

  anyio_scope_defer (self->scope, func, user_data, destroy);
}

/**
 * anyio_cancel_scope_set_grace:
 * @self: a scope
 * @seconds: how long the deferred cleanups may take together; 5 at first
 *
 * Bounds the deferred cleanups in time. What they wait for is cancelled then, and the scope fails with %G_IO_ERROR_TIMED_OUT.
 *
 * Since: 0.1
 */
void
anyio_cancel_scope_set_grace (AnyioCancelScope *self,
                              double seconds)
{
  g_return_if_fail (ANYIO_IS_CANCEL_SCOPE (self));

  anyio_scope_get_extra (self->scope)->grace = anyio_scope_check_timeout (seconds, G_STRFUNC);
}

/**
 * anyio_current_cancel_scope:
 *
 * Gets the innermost scope of the current task, whoever entered it.
 *
 * Returns: (transfer none) (nullable): the scope; %NULL outside tasks
 *
 * Since: 0.1
 */
AnyioCancelScope *
anyio_current_cancel_scope (void)
{
  AnyioRecord *record = anyio_runtime_current_or_visitor ();

  if (record == NULL)
    return NULL;

  /* A task at the root gets one of its own, because the root's is that of the whole program and is never left. */
  return anyio_cancel_scope_for (record->scope->parent != NULL ? record->scope : anyio_record_get_own_scope (record));
}
