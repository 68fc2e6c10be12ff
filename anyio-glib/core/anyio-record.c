/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The life of a task's record: spawn, end, and what is asked about it in between. */

#include "core/anyio-record-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-fiber-private.h"
#include "core/anyio-group-extra-private.h"
#include "core/anyio-group-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-task-private.h"
#include "core/anyio-values-private.h"

AnyioRecord *
anyio_record_get_parent (const AnyioRecord *self)
{
  return self->group->scope.host;
}

AnyioRecord *
anyio_record_new (AnyioGroup *group,
                  AnyioRecordKind kind,
                  const char *name,
                  gpointer user_data,
                  GDestroyNotify destroy)
{
  AnyioRuntime *runtime = group->scope.runtime;
  AnyioRecord *spawner = runtime->current != NULL ? runtime->current : runtime->visitor;
  AnyioRecord *self = anyio_runtime_alloc_record (runtime);

  self->runnable.run = anyio_fiber_run;
  self->group = group;
  self->scope = &group->scope;
  self->outermost = NULL;
  anyio_list_init (&self->dependents);
  self->wait = NULL;
  self->stack = NULL;
  self->user_data = user_data;
  self->destroy = destroy;
  self->name = name;
  self->handle = NULL;
  self->held = NULL;
  self->values = spawner != NULL && spawner->values != NULL ? anyio_values_ref (spawner->values) : NULL;
  self->id = ++runtime->last_id;
  self->kind = kind;
  self->stack_class = group->stack_class;
  self->told = FALSE;
  self->has_task_scope = FALSE;
  self->run_by_start = FALSE;
  self->called_started = FALSE;
  self->begun = FALSE;
  self->streak = 0;

  anyio_list_append (&group->children, &self->link);
  group->n_children++;
  if (G_UNLIKELY (group == &runtime->root))
    anyio_runtime_add_use (runtime);
  anyio_group_changed (group);

  return self;
}

gboolean
anyio_record_owns_cancellation (const AnyioRecord *self,
                                const GError *error)
{
  return anyio_error_is_cancelled (error) && (self->scope->eff || anyio_scope_is_told (self));
}

/* The scope that anyio_task_cancel() put around the task absorbs what is its own. */
static void
leave_task_scope (AnyioRecord *self,
                  GError **error)
{
  AnyioScope *scope = self->outermost;

  anyio_scope_close (scope, error);
  anyio_scope_clear (scope);
  g_free (scope);
  self->has_task_scope = FALSE;
}

/* It ended without giving them back. */
static void
let_go (AnyioRecord *self)
{
  AnyioHolding *holding;

  while ((holding = self->held) != NULL)
    {
      anyio_holding_remove (holding);
      holding->owner_ended (holding, self->name);
    }
}

/* @is_own: @error is a CANCELLED of ours, whatever the state says now. TRUE if the task scope absorbed @error. */
static gboolean
finish (AnyioRecord *self,
        GError *error,
        gboolean is_own)
{
  AnyioGroup *group = self->group;
  g_autoptr (AnyioTask) handle = NULL; /* for groups that want to know who it was */
  gboolean was_cancelled = FALSE;

  if (G_UNLIKELY (self->held != NULL))
    let_go (self);
  if (G_UNLIKELY (self->values != NULL)) /* first: their destroy functions may look at the task */
    anyio_values_unref (g_steal_pointer (&self->values));
  if (G_UNLIKELY (self->has_task_scope))
    {
      was_cancelled = error != NULL;
      leave_task_scope (self, &error);
      was_cancelled = was_cancelled && error == NULL;
    }
  if (G_UNLIKELY (error != NULL))
    is_own = is_own || anyio_record_owns_cancellation (self, error);
  if (G_UNLIKELY (group->extra != NULL))
    handle = g_object_ref (anyio_record_get_handle (self));
  if (G_UNLIKELY (self->handle != NULL))
    anyio_task_finished (self, error, was_cancelled || is_own);

  anyio_list_remove (&self->link);
  group->n_children--;
  anyio_group_changed (group);
  if (G_UNLIKELY (handle != NULL))
    anyio_group_child_ended (group, handle, self->name, error, is_own, error == NULL && !was_cancelled);
  else if (G_UNLIKELY (error != NULL))
    anyio_group_add_failure (group, ANYIO_CANCEL_CHILD_FAILED, self->name, error, is_own);
  anyio_runtime_free_record (group->scope.runtime, self);
  if (G_UNLIKELY (group == &group->scope.runtime->root))
    anyio_runtime_end_use (group->scope.runtime);
  else
    anyio_group_check_closed (group);

  return was_cancelled;
}

void
anyio_record_finish (AnyioRecord *self,
                     GError *error)
{
  finish (self, error, FALSE);
}

gboolean
anyio_record_finish_cancelled (AnyioRecord *self,
                               GError *error)
{
  return finish (self, error, TRUE);
}

static void
destroy_data (gpointer data)
{
  AnyioRecord *self = data;

  g_steal_pointer (&self->destroy) (self->user_data);
}

void
anyio_record_destroy_data (AnyioRecord *self)
{
  anyio_fiber_call_home (anyio_record_get_runtime (self), destroy_data, self);
}

void
anyio_record_finish_at_home (AnyioRecord *self,
                             GError *error)
{
  if (G_UNLIKELY (self->outermost != NULL))
    anyio_record_unwind (self, &error);
  if (self->destroy != NULL)
    anyio_record_destroy_data (self);
  anyio_runtime_forget_visitor (anyio_record_get_runtime (self), self); /* its callback may go on, but no longer on its behalf */
  anyio_record_finish (self, error);
}

void
anyio_record_mend_result (const AnyioRecord *self,
                          GError **error)
{
  if (*error != NULL)
    g_critical ("A function of task \"%s\" returned TRUE although it set an error (%s); the error counts", self->name, (*error)->message);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "A function of task \"%s\" returned FALSE without setting an error", self->name);
}

void
anyio_record_unwind (AnyioRecord *self,
                     GError **error)
{
  AnyioScope *last = self->has_task_scope ? self->outermost : NULL;

  while (self->outermost != NULL && self->scope != last)
    anyio_scope_close_forgotten (self->scope);
  if (last != NULL)
    anyio_scope_join_cleanups (last, error);
}

AnyioTask *
anyio_record_get_handle (AnyioRecord *self)
{
  if (self->handle == NULL)
    self->handle = anyio_task_new (self);

  return self->handle;
}

/* The scope around all that the task does; made now if need be. */
static void
ensure_task_scope (AnyioRecord *self)
{
  AnyioScope *scope;

  if (self->has_task_scope)
    return;

  scope = g_new (AnyioScope, 1);
  anyio_scope_init (scope);
  anyio_scope_insert_outermost (scope, self);
  self->has_task_scope = TRUE;
}

void
anyio_record_cancel_by (AnyioRecord *self,
                        AnyioCancelKind kind,
                        const char *reason,
                        const char *by_task)
{
  ensure_task_scope (self);
  anyio_scope_cancel (self->outermost, kind, reason, by_task);
}

void
anyio_record_cancel (AnyioRecord *self,
                     AnyioCancelKind kind,
                     const char *reason)
{
  AnyioRecord *by = anyio_runtime_current_or_visitor ();

  anyio_record_cancel_by (self, kind, reason, by != NULL ? by->name : NULL);
}

AnyioScope *
anyio_record_get_own_scope (AnyioRecord *self)
{
  if (self->outermost == NULL)
    ensure_task_scope (self);

  return self->scope;
}
