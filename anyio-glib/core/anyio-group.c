/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Task groups: spawning, waiting for the end, and what becomes of the failures.
 *
 * Nothing here is done per child that is not needed to find it again: a spawn links a record into a list and counts; an end unlinks it.
 */

#include "core/anyio-group-private.h"

#include "core/anyio-driver-private.h"
#include "core/anyio-error-private.h"
#include "core/anyio-fiber-private.h"
#include "core/anyio-group-extra-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-task-group-private.h"

void
anyio_group_init (AnyioGroup *self)
{
  memset (self, 0, sizeof *self);
  anyio_scope_init (&self->scope);
  self->scope.group = self;
  self->stack_class = ANYIO_STACK_NORMAL;
  anyio_list_init (&self->children);
  anyio_list_init (&self->close_waiters);
}

void
anyio_group_clear (AnyioGroup *self)
{
  g_clear_pointer (&self->errors, g_ptr_array_unref);
  g_clear_error (&self->cancellation);
  g_clear_pointer (&self->extra, anyio_group_extra_free);
  anyio_scope_clear (&self->scope);
}

void
anyio_group_enter (AnyioGroup *self,
                   AnyioRecord *host)
{
  anyio_scope_enter (&self->scope, host);
  self->stack_class = host->group->stack_class;
  self->body_runs = TRUE;
}

gboolean
anyio_group_check_open (AnyioGroup *self,
                        const char *name,
                        GError **error)
{
  if (G_LIKELY (self->scope.state == ANYIO_SCOPE_LIVE && !self->closed))
    {
      if (G_LIKELY (anyio_runtime_is_owner (self->scope.runtime)) || anyio_runtime_may_own (self->scope.runtime->context))
        return TRUE;
      g_set_error (error, ANYIO_ERROR, ANYIO_ERROR_MISUSE,
                   "Task \"%s\" cannot be started in a task group of another thread; tasks are started in the thread that iterates the group's main context", name);
      return FALSE;
    }

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED,
               "Task \"%s\" cannot be started in a task group that %s", name, self->scope.state == ANYIO_SCOPE_NEW ? "was not entered" : "is closed");

  return FALSE;
}

void
anyio_group_make_child_ready (AnyioGroup *self,
                              AnyioRecord *child)
{
  if (G_LIKELY (self->extra == NULL) || !anyio_group_hold_back (self, child))
    anyio_record_make_ready (child);
}

AnyioRecord *
anyio_group_spawn (AnyioGroup *self,
                   const char *name,
                   AnyioTaskFunc func,
                   gpointer user_data,
                   GDestroyNotify destroy)
{
  g_autoptr (GError) error = NULL;
  AnyioRecord *record;

  if (G_UNLIKELY (!anyio_group_check_open (self, name, &error)))
    {
      g_critical ("%s", error->message);
      if (destroy != NULL)
        anyio_call_home (destroy, user_data);
      return NULL;
    }

  record = anyio_record_new (self, ANYIO_RECORD_FIBER, name, user_data, destroy);
  record->func.fiber = func;
  anyio_group_make_child_ready (self, record);

  return record;
}

void
anyio_group_report_background (const char *name,
                               GError *error)
{
  if (!anyio_error_is_cancelled (error))
    anyio_run_background_error (name, error);
  g_error_free (error);
}

void
anyio_group_note_failure (AnyioGroup *self,
                          const char *name,
                          const GError *error)
{
  if (self->handle != NULL)
    anyio_task_group_note_failure (self->handle, name, error);
}

void
anyio_group_add_failure (AnyioGroup *self,
                         AnyioCancelKind kind,
                         const char *name,
                         GError *error,
                         gboolean is_own)
{
  if (self->is_background)
    {
      anyio_group_report_background (name, error);
      return;
    }

  /* Unconditionally, also below a cancelled scope; but who is being cancelled from further out reports that reason. */
  if (is_own && self->scope.eff)
    anyio_scope_cancel_inherit (&self->scope);
  else
    anyio_scope_cancel (&self->scope, kind, error->message, name);

  if (!is_own)
    {
      if (self->errors == NULL)
        self->errors = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
      g_ptr_array_add (self->errors, error);
      anyio_group_note_failure (self, name, error);
    }
  else if (self->cancellation == NULL)
    {
      self->cancellation = error;
    }
  else
    {
      g_error_free (error);
    }
}

void
anyio_group_check_closed (AnyioGroup *self)
{
  if (G_UNLIKELY (self->extra != NULL))
    anyio_group_tell_empty (self);
  if (self->body_runs || self->n_children > 0 || self->n_pending_starts > 0 || self->closed)
    return;

  self->closed = TRUE;
  if (self->joiner != NULL)
    anyio_wait_complete (g_steal_pointer (&self->joiner));
  else if (G_UNLIKELY (self->scope.host != NULL && self->scope.host->kind == ANYIO_RECORD_DRIVEN))
    anyio_driver_group_closed (self);
  anyio_wait_wake_all (&self->close_waiters);
  if (G_UNLIKELY (self->is_bound))
    anyio_bound_group_closed (self);
}

/* The failures that go out together, with the array; NULL if there is none. */
static GError *
take_errors (AnyioGroup *self)
{
  GPtrArray *errors = g_steal_pointer (&self->errors);
  GError *error;

  if (errors == NULL)
    return NULL;
  if (errors->len > 1 || self->strict)
    return anyio_error_group_new (errors);

  error = g_ptr_array_steal_index (errors, 0);
  g_ptr_array_unref (errors);

  return error;
}

GError *
anyio_group_exit (AnyioGroup *self)
{
  AnyioRecord *host = self->scope.host;
  guint n_failed;
  gboolean absorbs;
  GError *error;

  self->body_runs = FALSE;
  anyio_group_check_closed (self);
  if (!self->closed)
    {
      AnyioWait wait = { .abort = NULL };

      self->joiner = &wait;
      anyio_wait_suspend (&wait, host);
    }
  else
    {
      anyio_wait_yield (host);
    }
  n_failed = self->errors != NULL ? self->errors->len : 0;
  anyio_scope_run_cleanups (&self->scope, &self->errors);
  for (guint i = n_failed; self->errors != NULL && i < self->errors->len; i++)
    anyio_group_note_failure (self, host->name, self->errors->pdata[i]);
  if (G_UNLIKELY (self->extra != NULL))
    anyio_group_policy_closing (self);

  anyio_runtime_trim_later (self->scope.runtime);

  absorbs = anyio_scope_absorbs (&self->scope);
  self->scope.told = FALSE; /* what goes out is decided below */
  anyio_scope_unlink (&self->scope);
  if (self->cancellation != NULL && absorbs)
    {
      g_clear_error (&self->cancellation);
      self->scope.caught = TRUE;
    }
  error = take_errors (self);
  if (error != NULL)
    {
      g_clear_error (&self->cancellation);
    }
  else if (self->cancellation != NULL)
    {
      anyio_scope_set_told (host);
      error = g_error_copy (self->cancellation);
    }

  return error;
}
