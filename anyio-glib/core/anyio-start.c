/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* start(): a child is spawned and waited for until it says that it is ready (SEMANTICS 4).
 *
 * Until then the child lives in a hidden group on the caller's stack, below the caller's scope: so the caller's cancellation reaches it, its failure comes
 * out of start(), and start() cannot return before it has ended. started() moves the child, with all scopes below it, to the target group; the
 * hidden group is empty then, and the caller's join returns.
 */

#include "core/anyio-start-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-fiber-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-stop-private.h"

void
anyio_start_begin (AnyioStart *self,
                   AnyioGroup *target,
                   AnyioRecord *caller)
{
  self->target = target;
  target->n_pending_starts++;
  anyio_group_init (&self->hidden);
  self->hidden.start = self;
  anyio_group_enter (&self->hidden, caller);
  self->hidden.stack_class = target->stack_class;
}

void
anyio_start_end (AnyioStart *self)
{
  anyio_group_clear (&self->hidden);
  self->target->n_pending_starts--;
  anyio_group_check_closed (self->target);
}

static gboolean
check_target (AnyioGroup *target,
              const AnyioRecord *caller,
              const char *name,
              GError **error)
{
  if (G_UNLIKELY (target->scope.runtime != NULL && target->scope.runtime != anyio_record_get_runtime (caller)))
    return anyio_misuse (error, "Task \"%s\" starts task \"%s\" in a task group of another main context; the two cannot wait for each other", caller->name, name);

  return anyio_group_check_open (target, name, error);
}

gboolean
anyio_group_start (AnyioGroup *self,
                   const char *name,
                   AnyioTaskFunc func,
                   gpointer user_data,
                   GDestroyNotify destroy,
                   GValue *value,
                   GError **error)
{
  AnyioRecord *caller = anyio_wait_begin ("anyio_task_group_start", error);
  AnyioStart start = { .value = value };
  AnyioRecord *child;
  GError *failure;

  if (caller == NULL || !check_target (self, caller, name, error))
    {
      if (destroy != NULL)
        anyio_call_home (destroy, user_data);
      return FALSE;
    }

  anyio_start_begin (&start, self, caller);
  child = anyio_group_spawn (&start.hidden, name, func, user_data, destroy);
  child->run_by_start = TRUE;

  failure = anyio_group_exit (&start.hidden);
  anyio_start_end (&start);

  if (failure == NULL && !start.done)
    failure = g_error_new (ANYIO_ERROR, ANYIO_ERROR_NOT_STARTED, "Task \"%s\" ended without calling anyio_task_started()", name);
  if (failure != NULL)
    {
      if (start.done && value != NULL && G_IS_VALUE (value))
        g_value_unset (value); /* started() was refused */
      g_propagate_error (error, failure);
      return FALSE;
    }

  return TRUE;
}

/* The child is the only one in the hidden group. */
static void
hand_over (AnyioRecord *child,
           AnyioGroup *hidden,
           AnyioGroup *target)
{
  anyio_list_remove (&child->link);
  hidden->n_children--;
  anyio_list_append (&target->children, &child->link);
  target->n_children++;
  child->group = target;

  if (child->outermost != NULL)
    anyio_scope_move (child->outermost, &target->scope);
  else
    child->scope = &target->scope;
  if (child->scope->eff)
    anyio_wait_deliver (child);
  if (target->scope.eff)
    anyio_scope_doom (target->scope.runtime, &child->dependents);

  anyio_stop_wake_waiters (target->scope.runtime);
  anyio_group_changed (hidden);
  anyio_group_changed (target);
  anyio_group_check_closed (hidden);
}

void
anyio_start_done (AnyioStart *self,
                  AnyioRecord *child)
{
  child->called_started = TRUE;
  self->done = TRUE;
  /* If start() itself is being cancelled the child stays with it, and so do its later failures. */
  if (!self->hidden.scope.eff)
    hand_over (child, &self->hidden, self->target);
}

/**
 * anyio_task_started: (skip)
 * @value: (nullable): what start() returns
 * @error: return location for an error
 *
 * Says that the current task is ready, if it was started by anyio_task_group_start(): start() returns @value, and the task is an ordinary
 * child of the group from now on. In a task that was started otherwise this succeeds and does nothing, so that the same function can be used with
 * start_soon(). Never suspends. AnyIO: TaskStatus.started().
 *
 * Errors: %ANYIO_ERROR_MISUSE when called twice; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE on success, %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
anyio_task_started (const GValue *value,
                    GError **error)
{
  AnyioRecord *child = anyio_runtime_current_or_visitor ();
  AnyioStart *start;

  if (child == NULL)
    return anyio_misuse_no_task (error, G_STRFUNC);
  if (!child->run_by_start)
    return TRUE;
  if (child->called_started)
    return anyio_misuse (error, "anyio_task_started() was called twice in task \"%s\"", child->name);

  start = child->group->start;
  if (start->value != NULL && value != NULL)
    {
      g_value_init (start->value, G_VALUE_TYPE (value));
      g_value_copy (value, start->value);
    }
  anyio_start_done (start, child);

  return TRUE;
}
