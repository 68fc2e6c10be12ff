/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The public object of a task group. The work is done in anyio-group.c; here stand entering, joining and leaving as the user sees them, and the
 * object's life: it is dropped by *leave*, because in C a group that goes out of scope must have been joined. */

#include "core/anyio-task-group-private.h"

#include "core/anyio-cancel-scope-private.h"
#include "core/anyio-enums.h"
#include "core/anyio-error-private.h"
#include "core/anyio-group-extra-private.h"
#include "core/anyio-max-concurrency.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-task-list-private.h"
#include "core/anyio-task-private.h"

static void anyio_task_group_list_model_init (GListModelInterface *iface);

/**
 * AnyioTaskGroup:
 *
 * Owns tasks, and does not return before the last of them has ended. A task group is a cancel scope with children: the first failure cancels the function that
 * opened it and all its tasks, and anyio_task_group_join() waits for them, whatever becomes of them, and reports what failed. So tasks may borrow locals of the
 * function that owns the group. Groups nest, and a group may be handed to functions and tasks that start more tasks in it.
 *
 * Declare it as `g_autoptr (AnyioTaskGroup)`, after everything that its tasks borrow: the end of the block then cancels and joins a group that was not joined.
 *
 * ```c
 * static gboolean
 * count (gpointer data, GError **error)
 * {
 *   int *number = data;
 *
 *   if (!anyio_sleep (0.01, error))
 *     return FALSE;
 *   *number += 1;
 *
 *   return TRUE;
 * }
 *
 * static gboolean
 * count_together (gpointer data, GError **error)
 * {
 *   int numbers[] = { 1, 2, 3 };
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *
 *   for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
 *     anyio_task_group_start_soon (group, count, &numbers[i], NULL);
 *   if (!anyio_task_group_join (group, error))
 *     return FALSE;
 *   g_print ("%d %d %d\n", numbers[0], numbers[1], numbers[2]);
 *
 *   return TRUE;
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (count_together, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * As a #GListModel it lists its live tasks in the order in which they joined. All of it belongs to the thread that iterates the main context, except
 * anyio_task_group_cancel().
 *
 * AnyIO: TaskGroup.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE_WITH_CODE (AnyioTaskGroup, anyio_task_group, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, anyio_task_group_list_model_init))

enum
{
  PROP_CANCEL_SCOPE = 1,
  PROP_STRICT,
  PROP_STACK_SIZE,
  PROP_POLICY,
  PROP_MAX_CONCURRENCY,
  PROP_FAILURES,
  PROP_CLOSED,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];
static guint child_failed_signal;

/* A group that is dropped while its task is inside cannot go: the task and the children still hang on it. The end of the task joins and frees it. */
static void
anyio_task_group_dispose (GObject *object)
{
  AnyioTaskGroup *self = ANYIO_TASK_GROUP (object);

  if (self->group.scope.state == ANYIO_SCOPE_LIVE && !self->group.is_bound)
    {
      g_critical ("A task group was dropped while task \"%s\" was still inside it, with %u tasks that are alive; join it first",
                  self->group.scope.host->name, self->group.n_children);
      self->group.is_orphan = TRUE;
      g_object_ref (self);
      return;
    }

  G_OBJECT_CLASS (anyio_task_group_parent_class)->dispose (object);
}

static void
anyio_task_group_finalize (GObject *object)
{
  AnyioTaskGroup *self = ANYIO_TASK_GROUP (object);

  if (self->group.scope.owns_handle)
    anyio_cancel_scope_detach (self->group.scope.handle);
  anyio_group_clear (&self->group);
  g_clear_pointer (&self->runtime, anyio_runtime_unref);
  anyio_failure_log_clear (&self->failures);
  g_clear_pointer (&self->snapshot, g_ptr_array_unref);
  g_clear_error (&self->result);

  G_OBJECT_CLASS (anyio_task_group_parent_class)->finalize (object);
}

static void
anyio_task_group_get_property (GObject *object,
                               guint id,
                               GValue *value,
                               GParamSpec *pspec)
{
  AnyioTaskGroup *self = ANYIO_TASK_GROUP (object);

  switch (id)
    {
    case PROP_CANCEL_SCOPE:
      g_value_set_object (value, anyio_task_group_get_cancel_scope (self));
      break;
    case PROP_STRICT:
      g_value_set_boolean (value, anyio_task_group_get_strict (self));
      break;
    case PROP_STACK_SIZE:
      g_value_set_uint64 (value, anyio_task_group_get_stack_size (self));
      break;
    case PROP_POLICY:
      g_value_set_enum (value, anyio_task_group_get_policy (self));
      break;
    case PROP_MAX_CONCURRENCY:
      g_value_set_uint (value, anyio_task_group_get_max_concurrency (self));
      break;
    case PROP_FAILURES:
      g_value_set_object (value, anyio_task_group_get_failures (self));
      break;
    case PROP_CLOSED:
      g_value_set_boolean (value, anyio_task_group_get_closed (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_task_group_set_property (GObject *object,
                               guint id,
                               const GValue *value,
                               GParamSpec *pspec)
{
  AnyioTaskGroup *self = ANYIO_TASK_GROUP (object);

  switch (id)
    {
    case PROP_STRICT:
      anyio_task_group_set_strict (self, g_value_get_boolean (value));
      break;
    case PROP_STACK_SIZE:
      anyio_task_group_set_stack_size (self, g_value_get_uint64 (value));
      break;
    case PROP_POLICY:
      anyio_task_group_set_policy (self, g_value_get_enum (value));
      break;
    case PROP_MAX_CONCURRENCY:
      anyio_task_group_set_max_concurrency (self, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_task_group_class_init (AnyioTaskGroupClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = anyio_task_group_dispose;
  object_class->finalize = anyio_task_group_finalize;
  object_class->get_property = anyio_task_group_get_property;
  object_class->set_property = anyio_task_group_set_property;

  /**
   * AnyioTaskGroup:cancel-scope:
   *
   * The scope around the group's body and its tasks.
   *
   * Since: 0.1
   */
  properties[PROP_CANCEL_SCOPE] = g_param_spec_object ("cancel-scope", NULL, NULL, ANYIO_TYPE_CANCEL_SCOPE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioTaskGroup:strict:
   *
   * Whether a single failure is wrapped in an %ANYIO_ERROR_GROUP, too.
   *
   * Since: 0.1
   */
  properties[PROP_STRICT] = g_param_spec_boolean ("strict", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioTaskGroup:stack-size:
   *
   * How many bytes of stack the tasks get that are spawned from now on, at least.
   *
   * Since: 0.1
   */
  properties[PROP_STACK_SIZE] = g_param_spec_uint64 ("stack-size", NULL, NULL, 0, G_MAXUINT64, 1024 * 1024, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioTaskGroup:policy:
   *
   * What the end of a child means for the group: an #AnyioJoinPolicy.
   *
   * Since: 0.1
   */
  properties[PROP_POLICY] = g_param_spec_enum ("policy", NULL, NULL, ANYIO_TYPE_JOIN_POLICY, ANYIO_JOIN_ALL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioTaskGroup:max-concurrency:
   *
   * How many tasks of the group may run at once; the largest number is no bound.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_CONCURRENCY] = g_param_spec_uint ("max-concurrency", NULL, NULL, 1, G_MAXUINT, G_MAXUINT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioTaskGroup:failures:
   *
   * What has failed in the group so far: a list model of #AnyioFailure that keeps itself up to date.
   *
   * Since: 0.1
   */
  properties[PROP_FAILURES] = g_param_spec_object ("failures", NULL, NULL, G_TYPE_LIST_MODEL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioTaskGroup:closed:
   *
   * Whether all that was in the group has ended and nothing can join any more. A group that is bound to an object notifies; the others are told by their
   * join.
   *
   * Since: 0.1
   */
  properties[PROP_CLOSED] = g_param_spec_boolean ("closed", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  /**
   * AnyioTaskGroup::child-failed:
   * @self: the group
   * @task: the task, which has ended
   * @error: its failure
   *
   * A child of a group with the policy %ANYIO_JOIN_SUPERVISE has failed. The handler may start another one in its place. If nobody is connected the failure goes to the
   * background error handler.
   *
   * Since: 0.1
   */
  child_failed_signal = g_signal_new ("child-failed", ANYIO_TYPE_TASK_GROUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, ANYIO_TYPE_TASK, G_TYPE_ERROR);
}

gboolean
anyio_task_group_emit_child_failed (AnyioTaskGroup *self,
                                    AnyioTask *task,
                                    const GError *error)
{
  if (!g_signal_has_handler_pending (self, child_failed_signal, 0, TRUE))
    return FALSE;

  g_signal_emit (self, child_failed_signal, 0, task, error);

  return TRUE;
}

static void
anyio_task_group_init (AnyioTaskGroup *self)
{
  anyio_group_init (&self->group);
  self->group.handle = self;
}

/* --- entering and leaving ---------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_task_group_new:
 *
 * Makes a task group that is not entered yet. In C use anyio_task_group_open().
 *
 * Returns: (transfer full): a group
 *
 * Since: 0.1
 */
AnyioTaskGroup *
anyio_task_group_new (void)
{
  return g_object_new (ANYIO_TYPE_TASK_GROUP, NULL);
}

static gboolean
enter (AnyioTaskGroup *self,
       gconstpointer where,
       const char *function,
       GError **error)
{
  AnyioRecord *record = anyio_wait_check_place (function, error);

  if (record == NULL)
    return FALSE; /* where it cannot be joined it cannot be entered */
  if (self->group.scope.state != ANYIO_SCOPE_NEW)
    return anyio_scope_refuse_entry (&self->group.scope, record, error);

  self->runtime = anyio_runtime_ref (anyio_record_get_runtime (record));
  self->group.scope.where = where;
  anyio_group_enter (&self->group, record);

  return TRUE;
}

/**
 * anyio_task_group_enter: (skip)
 * @self: a group that was never entered
 * @error: return location for an error
 *
 * Enters the group: its scope becomes the current one of the current task, and tasks can be started in it. Never suspends.
 *
 * Errors: %ANYIO_ERROR_NO_TASK outside tasks; %ANYIO_ERROR_MISUSE when entered twice, or in a callback of a main loop that the task runs.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
anyio_task_group_enter (AnyioTaskGroup *self,
                        GError **error)
{
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), FALSE);

  return enter (self, __builtin_return_address (0), G_STRFUNC, error);
}

/**
 * anyio_task_group_open: (skip)
 * @error: (nullable): the error location of the function that owns the group
 *
 * Makes a task group and enters it. Declare it as `g_autoptr (AnyioTaskGroup)` *after* everything that its tasks borrow: C cleans up in reverse order.
 *
 * The normal exit is anyio_task_group_join(). A function that returns early leaves the group through the cleanup: the tasks are cancelled and
 * waited for, and if one of them had failed and thereby cancelled the function, its error takes the place of the CANCELLED in @error.
 * AnyIO: create_task_group().
 *
 * Returns: (transfer full): a group, entered; outside tasks one into which nothing can be spawned
 *
 * Since: 0.1
 */
AnyioTaskGroup *
anyio_task_group_open (GError **error)
{
  AnyioTaskGroup *self = anyio_task_group_new ();

  self->location = error;
  enter (self, __builtin_return_address (0), G_STRFUNC, NULL);

  return self;
}

/* What is asked of the group after its exit. */
static void
keep_result (AnyioTaskGroup *self,
             const GError *result)
{
  if (result != NULL)
    self->result = g_error_copy (result);
}

/**
 * anyio_task_group_join: (skip)
 * @self: the group, the innermost scope of the current task
 * @error: (inout) (optional) (nullable): the error of the code that opened the group, if it failed
 *
 * Waits until all tasks of the group have ended, and closes it. Returning means finished: nothing of the group runs any more, and no
 * memory that its tasks borrowed is in use. The wait itself cannot be aborted, because it waits for tasks that are being cancelled.
 *
 * The first failure cancels the others. A single failure comes out as it is; two or more come as %ANYIO_ERROR_GROUP. Cancellations vanish beside failures, and are
 * absorbed if the group's own scope was cancelled and no outer one is. A second join gives the same answer.
 *
 * Errors: those of the tasks; %ANYIO_ERROR_GROUP; %G_IO_ERROR_CANCELLED from an outer scope; %ANYIO_ERROR_MISUSE when joined by another task or out of order.
 *
 * Returns: %TRUE if everything succeeded
 *
 * Since: 0.1
 */
gboolean
anyio_task_group_join (AnyioTaskGroup *self,
                       GError **error)
{
  AnyioRecord *host;
  GError *body_error;
  GError *result;

  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), FALSE);

  if (self->group.scope.state == ANYIO_SCOPE_CLOSED)
    {
      if (self->result != NULL && error != NULL && *error == NULL)
        *error = g_error_copy (self->result);
      return self->result == NULL && (error == NULL || *error == NULL);
    }

  body_error = error != NULL ? g_steal_pointer (error) : NULL;
  if ((host = anyio_wait_begin (G_STRFUNC, error)) == NULL || !anyio_scope_check_exit (&self->group.scope, error))
    {
      g_clear_error (&body_error);
      return FALSE;
    }

  if (body_error != NULL)
    anyio_group_add_failure (&self->group, ANYIO_CANCEL_BODY_FAILED, host->name, body_error, anyio_record_owns_cancellation (host, body_error));
  result = anyio_group_exit (&self->group);
  keep_result (self, result);
  if (result == NULL)
    return TRUE;
  g_propagate_error (error, result);

  return FALSE;
}

/* The cleanup of a group that is still entered. */
static void
leave_early (AnyioTaskGroup *self)
{
  AnyioRecord *host = self->group.scope.host;
  gboolean failed = self->location != NULL && *self->location != NULL;
  g_autoptr (GError) own = NULL;
  GError *result;

  if (failed)
    {
      GError *body_error = g_steal_pointer (self->location);
      gboolean is_own = anyio_record_owns_cancellation (host, body_error);

      if (is_own)
        own = g_error_copy (body_error);
      anyio_group_add_failure (&self->group, ANYIO_CANCEL_BODY_FAILED, host->name, body_error, is_own);
    }
  else
    {
      anyio_scope_cancel (&self->group.scope, ANYIO_CANCEL_EXPLICIT, "the task group was left early", host->name);
    }

  result = anyio_group_exit (&self->group);
  if (result == NULL && own != NULL)
    {
      self->group.scope.caught = FALSE; /* a cleanup cannot make a success of it */
      result = g_steal_pointer (&own);
    }
  keep_result (self, result);
  if (result == NULL)
    return;

  if (failed)
    {
      *self->location = result;
      return;
    }
  if (self->location != NULL && !anyio_error_is_cancelled (result))
    g_critical ("Task \"%s\" left a task group without anyio_task_group_join() and returned success, but a task of the group had failed: %s", host->name, result->message);
  g_error_free (result);
}

/**
 * anyio_task_group_leave: (skip)
 * @self: (transfer full): a group
 *
 * What `g_autoptr (AnyioTaskGroup)` does at the end of the block: if the group is still entered, cancels its tasks, waits for them, and puts a real
 * failure in the place of the CANCELLED with which the function returned; then drops the reference.
 *
 * Since: 0.1
 */
void
anyio_task_group_leave (AnyioTaskGroup *self)
{
  if (self->group.scope.state == ANYIO_SCOPE_LIVE && !self->group.is_bound
      && anyio_wait_check_place (G_STRFUNC, NULL) != NULL && anyio_scope_check_exit (&self->group.scope, NULL))
    leave_early (self);

  g_object_unref (self);
}

/**
 * anyio_with_task_group: (skip)
 * @body: the function that starts the tasks
 * @user_data: its argument
 * @error: return location for an error
 *
 * Opens a group, calls @body with it, and joins. Exact, with no rule to remember.
 *
 * Errors: as anyio_task_group_join().
 *
 * Returns: %TRUE if everything succeeded
 *
 * Since: 0.1
 */
gboolean
anyio_with_task_group (AnyioGroupFunc body,
                       gpointer user_data,
                       GError **error)
{
  AnyioTaskGroup *self = anyio_task_group_new ();
  GError *result = NULL;
  gboolean success = FALSE;

  if (enter (self, __builtin_return_address (0), G_STRFUNC, &result))
    {
      success = body (self, user_data, &result);
      if (G_UNLIKELY (success != (result == NULL)))
        anyio_record_mend_result (self->group.scope.host, &result);
      success = anyio_task_group_join (self, &result);
    }
  g_object_unref (self);
  if (result != NULL)
    g_propagate_error (error, result);

  return success;
}

/* --- properties ------------------------------------------------------------------------------------------------------------------------------ */

/**
 * anyio_task_group_get_cancel_scope:
 * @self: a group
 *
 * Gets the scope around the group's body and its tasks. AnyIO: TaskGroup.cancel_scope.
 *
 * Returns: (transfer none): the scope
 *
 * Since: 0.1
 */
AnyioCancelScope *
anyio_task_group_get_cancel_scope (AnyioTaskGroup *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), NULL);

  return anyio_cancel_scope_for (&self->group.scope);
}

/**
 * anyio_task_group_cancel:
 * @self: a group that is entered
 * @reason: (nullable): why
 *
 * Cancels the body and all tasks of the group. May be called in any thread. AnyIO: TaskGroup.cancel().
 *
 * Since: 0.1
 */
void
anyio_task_group_cancel (AnyioTaskGroup *self,
                         const char *reason)
{
  AnyioRecord *by = anyio_runtime_current_or_visitor ();

  g_return_if_fail (ANYIO_IS_TASK_GROUP (self));

  if (self->runtime == NULL || anyio_runtime_is_owner (self->runtime))
    anyio_scope_cancel (&self->group.scope, ANYIO_CANCEL_EXPLICIT, reason, by != NULL ? by->name : NULL);
  else
    anyio_runtime_post_cancel (self->runtime, self, (AnyioCancelObjectFunc) anyio_task_group_cancel, reason);
}

/**
 * anyio_task_group_get_strict:
 * @self: a group
 *
 * Tells whether a single failure is wrapped in an %ANYIO_ERROR_GROUP, too.
 *
 * Returns: %TRUE if so
 *
 * Since: 0.1
 */
gboolean
anyio_task_group_get_strict (AnyioTaskGroup *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), FALSE);

  return self->group.strict;
}

/**
 * anyio_task_group_set_strict:
 * @self: a group
 * @strict: whether to wrap a single failure, too
 *
 * Chooses what a single failure comes out as. %FALSE at first.
 *
 * Since: 0.1
 */
void
anyio_task_group_set_strict (AnyioTaskGroup *self,
                             gboolean strict)
{
  g_return_if_fail (ANYIO_IS_TASK_GROUP (self));

  self->group.strict = strict != FALSE;
}

/**
 * anyio_task_group_get_stack_size:
 * @self: a group
 *
 * Gets how many bytes of stack the group's new tasks get.
 *
 * Returns: bytes
 *
 * Since: 0.1
 */
gsize
anyio_task_group_get_stack_size (AnyioTaskGroup *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), 0);

  return anyio_stack_class_get_size (self->group.stack_class);
}

/**
 * anyio_task_group_set_stack_size:
 * @self: a group
 * @size_bytes: at least so much stack
 *
 * Sets the stack of the tasks that are spawned from now on. There are three sizes, and the next larger one is taken: 64 KiB, for tasks by the hundred thousand;
 * 1 MiB, the default; 8 MiB. Memory is used only as far as it is touched. Groups that these tasks open inherit the size.
 *
 * Since: 0.1
 */
void
anyio_task_group_set_stack_size (AnyioTaskGroup *self,
                                 gsize size_bytes)
{
  g_return_if_fail (ANYIO_IS_TASK_GROUP (self));

  self->group.stack_class = anyio_stack_class_for_size (size_bytes);
}

/**
 * anyio_task_group_get_failures:
 * @self: a group
 *
 * Gets what has failed so far, in the order in which it happened, as a list model that keeps itself up to date: children, the body, deferred cleanups. Also
 * a language that cannot read what a group error carries gets all failures here. Cancellations are none, unless they came from elsewhere. A group
 * that is bound to an object lists none: it tells the background error handler.
 *
 * While nobody asks for the list no object is made. It stays as it is when the group is gone.
 *
 * Returns: (transfer none): a list model of #AnyioFailure
 *
 * Since: 0.1
 */
GListModel *
anyio_task_group_get_failures (AnyioTaskGroup *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), NULL);

  return anyio_failure_log_get_list (&self->failures);
}

/**
 * anyio_task_group_get_closed:
 * @self: a group
 *
 * Tells whether the group is over: all that was in it has ended, and nothing can be started in it any more.
 *
 * Returns: %TRUE if it is closed
 *
 * Since: 0.1
 */
gboolean
anyio_task_group_get_closed (AnyioTaskGroup *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), FALSE);

  return self->group.closed;
}

/* --- the list model ---------------------------------------------------------------------------------------------------------------------------------- */

static GType
anyio_task_group_get_item_type (GListModel *model)
{
  return ANYIO_TYPE_TASK;
}

static void
append_children (gpointer user_data,
                 GPtrArray *tasks)
{
  AnyioTaskGroup *self = user_data;

  anyio_task_list_append_children (&self->group, tasks);
}

static guint
anyio_task_group_get_n_items (GListModel *model)
{
  AnyioTaskGroup *self = ANYIO_TASK_GROUP (model);

  self->group.is_observed = TRUE;

  return anyio_task_list_get_n_items (&self->snapshot, append_children, self);
}

static gpointer
anyio_task_group_get_item (GListModel *model,
                           guint position)
{
  AnyioTaskGroup *self = ANYIO_TASK_GROUP (model);

  self->group.is_observed = TRUE;

  return anyio_task_list_get_item (&self->snapshot, append_children, self, position);
}

static void
anyio_task_group_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = anyio_task_group_get_item_type;
  iface->get_n_items = anyio_task_group_get_n_items;
  iface->get_item = anyio_task_group_get_item;
}

void
anyio_task_group_note_failure (AnyioTaskGroup *self,
                               const char *name,
                               const GError *error)
{
  anyio_failure_log_add (&self->failures, self->group.scope.runtime, name, error);
}

void
anyio_task_group_tell_closed (AnyioTaskGroup *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLOSED]);
}

void
anyio_task_group_flush_changes (AnyioTaskGroup *self)
{
  anyio_task_list_flush (G_LIST_MODEL (self), &self->snapshot, append_children, self);
}
