/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The scopes and groups of drivers. They are those of the core; only the waiting in a group's exit is the language's own. */

#include "core/anyio-driver-private.h"

#include "core/anyio-cancel-scope-private.h"
#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-task-group-private.h"

static guint *
get_next_free (gpointer slot)
{
  return &((AnyioDriverScope *) slot)->next_free;
}

static AnyioDriverScope *
take_slot (AnyioDriver *self)
{
  guint id;
  AnyioDriverScope *slot = anyio_slots_take (&self->scopes, &id, get_next_free);

  slot->id = id;

  return slot;
}

/* What is set before a scope is entered. */
static void
prepare (AnyioScope *scope,
         double deadline,
         guint flags)
{
  scope->deadline = isnan (deadline) ? INFINITY : deadline;
  scope->shield = (flags & ANYIO_DRIVER_SHIELD) != 0;
  scope->has_timeout = (flags & ANYIO_DRIVER_TIMEOUT) != 0;
}

/**
 * anyio_driver_enter:
 * @self: a driver
 * @task: the number of a task
 * @deadline: the scope's deadline; infinity: none
 * @flags: #AnyioDriverFlags for the scope
 *
 * Enters a new scope in @task.
 *
 * Returns: twice its number, plus %ANYIO_DRIVER_IS_CANCELLED
 *
 * Since: 0.1
 */
guint
anyio_driver_enter (AnyioDriver *self,
                    guint task,
                    double deadline,
                    guint flags)
{
  AnyioDriverTask *host = anyio_driver_find_task (self, task, G_STRFUNC);
  AnyioDriverScope *slot;

  if (host == NULL)
    return 0;

  slot = take_slot (self);
  slot->scope = &slot->own;
  anyio_scope_init (&slot->own);
  prepare (&slot->own, deadline, flags);
  anyio_scope_enter (&slot->own, host->record);

  return 2 * slot->id + slot->own.eff;
}

/**
 * anyio_driver_enter_group:
 * @self: a driver
 * @task: the number of a task
 * @deadline: the deadline of the group's scope; infinity: none
 * @flags: #AnyioDriverFlags for the group's scope
 *
 * Enters a new task group in @task. It is left by anyio_driver_end_body() and, once it has closed, anyio_driver_exit().
 *
 * Returns: as anyio_driver_enter()
 *
 * Since: 0.1
 */
guint
anyio_driver_enter_group (AnyioDriver *self,
                          guint task,
                          double deadline,
                          guint flags)
{
  AnyioDriverTask *host = anyio_driver_find_task (self, task, G_STRFUNC);
  AnyioDriverScope *slot;

  if (host == NULL)
    return 0;

  slot = take_slot (self);
  slot->group = anyio_task_group_new ();
  slot->group->runtime = anyio_runtime_ref (self->runtime);
  slot->scope = &slot->group->group.scope;
  prepare (slot->scope, deadline, flags);
  anyio_group_enter (&slot->group->group, host->record);

  return 2 * slot->id + slot->scope->eff;
}

/**
 * anyio_driver_enter_start:
 * @self: a driver
 * @task: the number of a task
 * @target: the number of the group that the child is meant for
 *
 * Enters the hidden group of a pending start(), as anyio_task_group_start_named() does. The child is spawned in it, then the body ends at once; left like a
 * group.
 *
 * Returns: as anyio_driver_enter(); 0 if the target is closed
 *
 * Since: 0.1
 */
guint
anyio_driver_enter_start (AnyioDriver *self,
                          guint task,
                          guint target)
{
  AnyioDriverTask *host = anyio_driver_find_task (self, task, G_STRFUNC);
  AnyioGroup *group = anyio_driver_find_group (self, target, G_STRFUNC);
  AnyioDriverScope *slot;

  if (host == NULL || group == NULL || !anyio_group_check_open (group, "start", NULL))
    return 0;

  slot = take_slot (self);
  slot->start = g_new0 (AnyioStart, 1);
  slot->scope = &slot->start->hidden.scope;
  anyio_start_begin (slot->start, group, host->record);

  return 2 * slot->id + slot->scope->eff;
}

/**
 * anyio_driver_fail_body:
 * @self: a driver
 * @scope: the number of a group
 * @outcome: %ANYIO_TASK_FAILED or %ANYIO_TASK_CANCELLED
 * @message: (nullable): of the failure
 *
 * Cancels the group because its body failed. The language keeps the failure.
 *
 * Since: 0.1
 */
void
anyio_driver_fail_body (AnyioDriver *self,
                        guint scope,
                        AnyioTaskStatus outcome,
                        const char *message)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);
  const char *name;

  if (slot == NULL)
    return;
  name = slot->scope->host != NULL ? slot->scope->host->name : NULL;
  if (outcome == ANYIO_TASK_CANCELLED && slot->scope->eff)
    anyio_scope_cancel_inherit (slot->scope);
  else
    anyio_scope_cancel (slot->scope, ANYIO_CANCEL_BODY_FAILED, message, name);
  if (outcome == ANYIO_TASK_FAILED && slot->group != NULL)
    anyio_driver_note_failure (&slot->group->group, name, message);
}

/**
 * anyio_driver_end_body:
 * @self: a driver
 * @scope: the number of a group
 *
 * Ends the body of the group. If this returns %FALSE, %ANYIO_DRIVER_CLOSED will be told, or %ANYIO_DRIVER_GROUP_CLOSED returned, when all has ended.
 *
 * Returns: whether nothing is left in the group
 *
 * Since: 0.1
 */
gboolean
anyio_driver_end_body (AnyioDriver *self,
                       guint scope)
{
  AnyioGroup *group = anyio_driver_find_group (self, scope, G_STRFUNC);

  if (group == NULL || group->closed)
    return TRUE;

  ((AnyioDriverTask *) group->scope.host->user_data)->joins = scope;
  group->body_runs = FALSE;
  self->ending = group;
  anyio_group_check_closed (group);
  self->ending = NULL;

  return group->closed;
}

/**
 * anyio_driver_take_failure:
 * @self: a driver
 * @scope: the number of a group that has closed
 * @error: return location for an error
 *
 * Takes the next failure of the tasks of other languages that were in the group, as the error of this function.
 *
 * Returns: %TRUE if there is none left
 *
 * Since: 0.1
 */
gboolean
anyio_driver_take_failure (AnyioDriver *self,
                           guint scope,
                           GError **error)
{
  AnyioGroup *group = anyio_driver_find_group (self, scope, G_STRFUNC);

  if (group == NULL || group->errors == NULL || group->errors->len == 0)
    return TRUE;
  g_propagate_error (error, g_ptr_array_steal_index (group->errors, 0));

  return FALSE;
}

/* The scope's object, if there is one, takes the reason with it; the language asks the number. */
static void
unlink_with_reason (AnyioScope *self)
{
  const AnyioScopeExtra *extra = self->handle != NULL ? self->extra : NULL;
  g_autofree char *text = extra != NULL ? g_strdup (extra->text) : NULL;
  const char *by_task = extra != NULL ? extra->by_task : NULL;

  anyio_scope_unlink (self);
  if (self->extra != NULL || (text == NULL && by_task == NULL))
    return;
  anyio_scope_get_extra (self)->text = g_steal_pointer (&text);
  self->extra->by_task = by_task;
}

/**
 * anyio_driver_exit:
 * @self: a driver
 * @scope: the number of a scope that is the innermost of its task; a group has closed
 * @cancelled: whether a cancellation, alone or among others, is leaving the scope
 *
 * Exits the scope. Its number is valid no more, unless %ANYIO_DRIVER_CALLED is returned.
 *
 * Returns: #AnyioDriverFlags
 *
 * Since: 0.1
 */
guint
anyio_driver_exit (AnyioDriver *self,
                   guint scope,
                   gboolean cancelled)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);
  AnyioScope *core;
  AnyioRecord *host;
  guint flags = 0;

  if (slot == NULL)
    return 0;
  core = slot->scope;
  host = core->host;
  if (host == NULL || host->scope != core)
    {
      g_critical ("A scope was exited that is not the innermost one of its task");
      return 0;
    }

  if (G_UNLIKELY (core->eff))
    {
      if (anyio_scope_absorbs (core))
        {
          flags |= ANYIO_DRIVER_ABSORBS;
          core->caught = cancelled;
        }
      if (core->called)
        flags |= core->reason == ANYIO_CANCEL_DEADLINE ? ANYIO_DRIVER_CALLED | ANYIO_DRIVER_EXPIRED : ANYIO_DRIVER_CALLED;
    }
  core->told = FALSE;
  unlink_with_reason (core);
  if (slot->start != NULL)
    anyio_start_end (slot->start);
  if (G_UNLIKELY (host->scope->eff))
    flags |= ANYIO_DRIVER_IS_CANCELLED;
  if (G_LIKELY (!(flags & ANYIO_DRIVER_CALLED)))
    anyio_driver_free_scope (self, slot);

  return flags;
}

/**
 * anyio_driver_drop_scope:
 * @self: a driver
 * @scope: the number of a scope that was exited and had been cancelled
 *
 * Forgets the scope.
 *
 * Since: 0.1
 */
void
anyio_driver_drop_scope (AnyioDriver *self,
                         guint scope)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);

  if (slot == NULL)
    return;
  if (slot->scope->state == ANYIO_SCOPE_LIVE)
    g_critical ("A scope was dropped that was not exited");
  else
    anyio_driver_free_scope (self, slot);
}

/**
 * anyio_driver_cancel:
 * @self: a driver
 * @scope: the number of a scope
 * @by_task: the number of the task that cancels; 0: none
 * @reason: (nullable): why
 *
 * Cancels the scope, as anyio_cancel_scope_cancel().
 *
 * Since: 0.1
 */
void
anyio_driver_cancel (AnyioDriver *self,
                     guint scope,
                     guint by_task,
                     const char *reason)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);
  AnyioDriverTask *by = by_task != 0 ? anyio_driver_find_task (self, by_task, G_STRFUNC) : NULL;

  if (slot == NULL)
    return;
  anyio_scope_look (slot->scope);
  anyio_scope_cancel (slot->scope, ANYIO_CANCEL_EXPLICIT, reason, by != NULL ? by->record->name : NULL);
}

/**
 * anyio_driver_set_shield:
 * @self: a driver
 * @scope: the number of a scope
 * @shield: whether the cancellation of outer scopes stops here
 *
 * As anyio_cancel_scope_set_shield().
 *
 * Since: 0.1
 */
void
anyio_driver_set_shield (AnyioDriver *self,
                         guint scope,
                         gboolean shield)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);

  if (slot != NULL)
    anyio_scope_set_shield (slot->scope, shield);
}

/**
 * anyio_driver_set_deadline:
 * @self: a driver
 * @scope: the number of a scope
 * @deadline: the deadline; infinity: none
 *
 * As anyio_cancel_scope_set_deadline().
 *
 * Since: 0.1
 */
void
anyio_driver_set_deadline (AnyioDriver *self,
                           guint scope,
                           double deadline)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);

  if (slot != NULL)
    anyio_scope_set_deadline (slot->scope, anyio_scope_check_seconds (deadline, G_STRFUNC));
}

/**
 * anyio_driver_get_deadline:
 * @self: a driver
 * @scope: the number of a scope
 *
 * As anyio_cancel_scope_get_deadline().
 *
 * Returns: the deadline
 *
 * Since: 0.1
 */
double
anyio_driver_get_deadline (AnyioDriver *self,
                           guint scope)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);

  return slot != NULL ? slot->scope->deadline : INFINITY;
}

/**
 * anyio_driver_get_called:
 * @self: a driver
 * @scope: the number of a scope
 *
 * As anyio_cancel_scope_get_cancel_called(): it looks at the clock.
 *
 * Returns: whether the scope itself was cancelled
 *
 * Since: 0.1
 */
gboolean
anyio_driver_get_called (AnyioDriver *self,
                         guint scope)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);

  if (slot == NULL)
    return FALSE;
  anyio_scope_look (slot->scope);

  return slot->scope->called;
}

/**
 * anyio_driver_get_reason:
 * @self: a driver
 * @scope: the number of a scope
 * @text: (out) (optional) (nullable) (transfer none): the reason in words
 * @by_task: (out) (optional) (nullable) (transfer none): the name of the task that cancelled
 *
 * As anyio_cancel_scope_get_reason().
 *
 * Returns: the kind of reason
 *
 * Since: 0.1
 */
AnyioCancelKind
anyio_driver_get_reason (AnyioDriver *self,
                         guint scope,
                         const char **text,
                         const char **by_task)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);
  const AnyioScope *source;

  if (slot != NULL)
    anyio_scope_look (slot->scope);
  source = slot != NULL ? anyio_scope_get_source (slot->scope) : NULL;
  if (text != NULL)
    *text = source != NULL && source->extra != NULL ? source->extra->text : NULL;
  if (by_task != NULL)
    *by_task = source != NULL && source->extra != NULL ? source->extra->by_task : NULL;

  return source != NULL ? source->reason : ANYIO_CANCEL_NONE;
}

/**
 * anyio_driver_get_scope:
 * @self: a driver
 * @scope: the number of a scope
 *
 * Makes an object for the scope. Take it only when it is needed.
 *
 * Returns: (transfer none) (nullable): the scope's object
 *
 * Since: 0.1
 */
AnyioCancelScope *
anyio_driver_get_scope (AnyioDriver *self,
                        guint scope)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);

  return slot != NULL ? anyio_cancel_scope_for (slot->scope) : NULL;
}

/**
 * anyio_driver_get_group:
 * @self: a driver
 * @scope: the number of a group
 *
 * The object of the group, for functions of other languages that start tasks in it.
 *
 * Returns: (transfer none) (nullable): the group; %NULL if the scope is none
 *
 * Since: 0.1
 */
AnyioTaskGroup *
anyio_driver_get_group (AnyioDriver *self,
                        guint scope)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);

  return slot != NULL ? slot->group : NULL;
}
