/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cancel scopes: entering, leaving, cancelling, and the walk that keeps eff true.
 *
 * No user code runs in here: what a cancellation means for foreign code (GCancellables) is put on the runtime's list of the doomed and done on the
 * home stack in the scheduler's next step. So cancel() may be called from anywhere on the owner thread.
 *
 * Costs: entering and leaving are O(1), plus the clock and the heap if there is a deadline; a change of eff visits what lies below, and stops
 * where eff does not change. The walk needs no memory and no recursion, however deep the scopes or many the tasks.
 */

#include "core/anyio-scope-private.h"

#include "core/anyio-cancel-scope-private.h"
#include "core/anyio-driver-private.h"
#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"

static void
deadline_passed (AnyioTimer *timer)
{
  anyio_scope_cancel (ANYIO_CONTAINER (timer, AnyioScope, timer), ANYIO_CANCEL_DEADLINE, NULL, NULL);
}

void
anyio_scope_init (AnyioScope *self)
{
  memset (self, 0, sizeof *self);
  self->deadline = INFINITY;
  anyio_list_init (&self->dependents);
  anyio_timer_init (&self->timer, 0, deadline_passed);
}

void
anyio_scope_clear (AnyioScope *self)
{
  if (self->extra != NULL)
    anyio_scope_free_extra (self);
}

void
anyio_scope_doom (AnyioRuntime *runtime,
                  AnyioList *dependents)
{
  AnyioList *link;

  while ((link = anyio_list_first (dependents)) != NULL)
    anyio_runtime_doom (runtime, ANYIO_CONTAINER (link, AnyioDependent, link));
}

static void
move_dependents (AnyioList *from,
                 AnyioList *to)
{
  AnyioList *link;

  while ((link = anyio_list_first (from)) != NULL)
    {
      anyio_list_remove (link);
      anyio_list_append (to, link);
    }
}

/* Hangs the scope, whose host and place in the chain are set, below its parent. */
static void
go_live (AnyioScope *self,
         AnyioRuntime *runtime,
         AnyioScope *parent)
{
  self->runtime = runtime;
  self->parent = parent;
  if (G_UNLIKELY (self->handle != NULL))
    anyio_cancel_scope_set_runtime (self->handle, runtime); /* from here on other threads go through the inbox */
  self->state = ANYIO_SCOPE_LIVE;
  self->timer.node.seq = anyio_loop_next_seq (&runtime->loop);

  if (self->deadline != INFINITY && !self->called)
    {
      gint64 now_ns = anyio_loop_now (&runtime->loop);
      gint64 due_ns = anyio_seconds_to_ns (self->deadline);

      if (self->has_timeout)
        {
          due_ns = anyio_ns_add (now_ns, due_ns);
          self->deadline = anyio_ns_to_seconds (due_ns);
        }
      if (due_ns <= now_ns)
        {
          self->called = TRUE;
          self->reason = ANYIO_CANCEL_DEADLINE;
        }
      else
        {
          anyio_loop_arm (&runtime->loop, &self->timer, due_ns);
        }
    }
  self->has_timeout = FALSE;
  self->eff = self->called || anyio_scope_parent_visible (self);
  if (G_UNLIKELY (self->eff)) /* a GCancellable that was handed out before the entry */
    anyio_scope_doom (runtime, &self->dependents);
}

void
anyio_scope_enter (AnyioScope *self,
                   AnyioRecord *host)
{
  AnyioScope *parent = host->scope;

  self->host = host;
  if (host->outermost == NULL)
    host->outermost = self;
  else
    parent->inner = self;
  host->scope = self;
  go_live (self, anyio_record_get_runtime (host), parent);
}

void
anyio_scope_insert_outermost (AnyioScope *self,
                              AnyioRecord *host)
{
  self->host = host;
  self->told = host->told;
  self->inner = host->outermost;
  if (self->inner != NULL)
    self->inner->parent = self;
  else
    host->scope = self;
  host->outermost = self;
  move_dependents (&host->dependents, &self->dependents);
  go_live (self, anyio_record_get_runtime (host), &host->group->scope);
}

void
anyio_scope_attach (AnyioScope *self,
                    AnyioRuntime *runtime,
                    AnyioScope *parent)
{
  go_live (self, runtime, parent);
}

/* What hangs on a closing scope and is still under way answers to the next outer one from now on. */
static void
hand_over_dependents (AnyioScope *self)
{
  AnyioList *to = self->host->outermost == self ? &self->host->dependents : &self->parent->dependents;

  move_dependents (&self->dependents, to);
  if (self->parent->eff)
    anyio_scope_doom (self->runtime, to);
}

void
anyio_scope_unlink (AnyioScope *self)
{
  AnyioRecord *host = self->host;

  if (anyio_timer_is_armed (&self->timer))
    anyio_loop_disarm (&self->runtime->loop, &self->timer);
  if (G_UNLIKELY (self->extra != NULL))
    anyio_scope_retire_extra (self);
  if (G_UNLIKELY (!anyio_list_is_empty (&self->dependents)) && host != NULL)
    hand_over_dependents (self);

  if (host != NULL)
    {
      /* A CANCELLED that would have been absorbed here and was not, because a cleanup leaves, is an ordinary error from now on. */
      gboolean told = self->told && !anyio_scope_absorbs (self);

      host->scope = self->parent;
      if (host->outermost == self)
        host->outermost = NULL;
      else
        self->parent->inner = NULL;
      if (G_UNLIKELY (told))
        anyio_scope_set_told (host);
    }
  self->parent = NULL;
  self->host = NULL;
  self->state = ANYIO_SCOPE_CLOSED;
  if (G_UNLIKELY (self->handle != NULL))
    {
      if (!self->owns_handle)
        g_object_unref (self->handle); /* taken at entry */
      else if (self->group == NULL || self->group->handle == NULL)
        anyio_cancel_scope_detach (self->handle); /* that of a public group lives as long as the group */
    }
}

gboolean
anyio_scope_absorbs (const AnyioScope *self)
{
  return self->eff && !anyio_scope_parent_visible (self);
}

gboolean
anyio_scope_close (AnyioScope *self,
                   GError **error)
{
  if (anyio_scope_has_cleanups (self))
    return anyio_scope_close_with_cleanups (self, error);

  if (G_UNLIKELY (self->eff) && anyio_error_is_cancelled (*error) && anyio_scope_absorbs (self))
    {
      g_clear_error (error);
      self->caught = TRUE;
      if (self->fails && self->reason == ANYIO_CANCEL_DEADLINE)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "The deadline passed");
    }
  if (!anyio_error_is_cancelled (*error))
    self->told = FALSE;
  anyio_scope_unlink (self);

  return *error == NULL;
}

void
anyio_scope_leave_by_cleanup (AnyioScope *self,
                              GError **location)
{
  if (anyio_scope_has_cleanups (self))
    anyio_scope_leave_with_cleanups (self, location);
  else if (G_UNLIKELY (self->eff) && self->fails && self->reason == ANYIO_CANCEL_DEADLINE && location != NULL && anyio_error_is_cancelled (*location))
    anyio_scope_close (self, location);
  else
    anyio_scope_unlink (self);
}

/* --- cancelling ---------------------------------------------------------------------------------------------------------------------- */

/* eff has risen: whoever waits directly in this scope is told, the host first, then the children in the order in which they joined. */
static void
deliver (AnyioScope *self)
{
  if (self->host != NULL && self->host->scope == self)
    anyio_wait_deliver (self->host);
  if (self->group != NULL)
    ANYIO_LIST_FOREACH (&self->group->children, link)
      {
        AnyioRecord *child = ANYIO_CONTAINER (link, AnyioRecord, link);

        if (child->scope == self)
          anyio_wait_deliver (child);
        anyio_scope_doom (self->runtime, &child->dependents);
      }
  anyio_scope_doom (self->runtime, &self->dependents);
}

/* eff has fallen. Fibers look when they need to know; drivers keep a copy, and so do waits for other threads. */
static void
fallen (AnyioScope *self)
{
  if (self->extra != NULL)
    anyio_scope_drop_cancellable (self);
  if (self->host != NULL && self->host->scope == self)
    anyio_wait_fallen (self->host);
  if (self->group != NULL)
    ANYIO_LIST_FOREACH (&self->group->children, link)
      {
        AnyioRecord *child = ANYIO_CONTAINER (link, AnyioRecord, link);

        if (child->scope == self)
          anyio_wait_fallen (child);
      }
}

static AnyioScope *
first_outermost (AnyioGroup *group,
                 AnyioList *from)
{
  for (AnyioList *link = from; link != &group->children; link = link->next)
    {
      AnyioRecord *child = ANYIO_CONTAINER (link, AnyioRecord, link);

      if (child->outermost != NULL)
        return child->outermost;
    }

  return NULL;
}

AnyioScope *
anyio_scope_first_kid (AnyioScope *self)
{
  if (self->inner != NULL)
    return self->inner;

  return self->group != NULL ? first_outermost (self->group, self->group->children.next) : NULL;
}

AnyioScope *
anyio_scope_next_kid (AnyioScope *self)
{
  AnyioScope *parent = self->parent;

  if (parent->group == NULL)
    return NULL;
  if (parent->inner == self)
    return first_outermost (parent->group, parent->group->children.next);

  return first_outermost (parent->group, self->host->link.next);
}

/* TRUE if eff changed. */
static gboolean
update (AnyioScope *self,
        gint64 *now_ns)
{
  gboolean eff;

  if (anyio_timer_is_armed (&self->timer))
    {
      if (*now_ns < 0)
        *now_ns = anyio_loop_now (&self->runtime->loop);
      if (anyio_seconds_to_ns (self->deadline) <= *now_ns)
        {
          anyio_loop_disarm (&self->runtime->loop, &self->timer);
          self->called = TRUE;
          self->reason = ANYIO_CANCEL_DEADLINE;
        }
    }

  eff = self->called || anyio_scope_parent_visible (self);
  if (eff == self->eff)
    return FALSE;

  self->eff = eff;
  if (eff)
    deliver (self);
  else
    fallen (self);

  return TRUE;
}

void
anyio_scope_recalculate (AnyioScope *self)
{
  AnyioScope *scope = self;
  gint64 now_ns = -1;

  for (;;)
    {
      AnyioScope *next = update (scope, &now_ns) ? anyio_scope_first_kid (scope) : NULL;

      while (next == NULL)
        {
          if (scope == self)
            return;
          next = anyio_scope_next_kid (scope);
          if (next == NULL)
            scope = scope->parent;
        }
      scope = next;
    }
}

void
anyio_scope_cancel (AnyioScope *self,
                    AnyioCancelKind kind,
                    const char *text,
                    const char *by_task)
{
  if (self->called)
    return;

  self->called = TRUE;
  self->reason = kind;
  if (text != NULL || by_task != NULL)
    {
      AnyioScopeExtra *extra = anyio_scope_get_extra (self);

      extra->text = g_strdup (text);
      extra->by_task = by_task;
    }
  if (self->state != ANYIO_SCOPE_LIVE)
    return;

  if (anyio_timer_is_armed (&self->timer))
    anyio_loop_disarm (&self->runtime->loop, &self->timer);
  anyio_scope_recalculate (self);
}

void
anyio_scope_cancel_inherit (AnyioScope *self)
{
  const AnyioScope *source = anyio_scope_get_source (self);

  if (source->extra != NULL)
    anyio_scope_cancel (self, source->reason, source->extra->text, source->extra->by_task);
  else
    anyio_scope_cancel (self, source->reason, NULL, NULL);
}

void
anyio_scope_set_shield (AnyioScope *self,
                        gboolean shield)
{
  self->shield = shield != FALSE;
  if (self->state == ANYIO_SCOPE_LIVE)
    anyio_scope_recalculate (self);
}

void
anyio_scope_set_deadline (AnyioScope *self,
                          double deadline)
{
  gint64 due_ns;

  if (self->state == ANYIO_SCOPE_LIVE && anyio_timer_is_armed (&self->timer))
    anyio_scope_recalculate (self); /* looks first: what has passed stays passed */
  self->deadline = deadline;
  self->has_timeout = FALSE;
  if (self->called || self->state != ANYIO_SCOPE_LIVE)
    return;

  due_ns = anyio_seconds_to_ns (deadline);
  anyio_loop_arm (&self->runtime->loop, &self->timer, due_ns);
  if (due_ns != ANYIO_TIME_NEVER)
    anyio_scope_recalculate (self);
}

void
anyio_scope_look (AnyioScope *self)
{
  for (AnyioScope *scope = self; scope != NULL; scope = scope->parent)
    if (anyio_timer_is_armed (&scope->timer))
      anyio_scope_recalculate (scope);
}

void
anyio_scope_move (AnyioScope *self,
                  AnyioScope *parent)
{
  self->parent = parent;
  anyio_scope_recalculate (self);
}

double
anyio_scope_effective_deadline (AnyioScope *self)
{
  double deadline = INFINITY;

  anyio_scope_look (self);
  if (self->eff)
    return -INFINITY;

  for (AnyioScope *scope = self; scope != NULL; scope = scope->parent)
    {
      deadline = MIN (deadline, scope->deadline);
      if (scope->shield)
        break;
    }

  return deadline;
}

/* --- reasons -------------------------------------------------------------------------------------------------------------------------- */

const AnyioScope *
anyio_scope_get_source (const AnyioScope *self)
{
  const AnyioScope *scope = self;

  while (!scope->called)
    {
      if (!anyio_scope_parent_visible (scope))
        return self;
      scope = scope->parent;
    }

  return scope;
}

const char *
anyio_scope_get_message (const AnyioScope *scope)
{
  AnyioScopeExtra *extra = scope->extra;
  const char *by_task = extra != NULL ? extra->by_task : NULL;
  const char *text = extra != NULL ? extra->text : NULL;

  if (text == NULL && by_task == NULL)
    switch ((AnyioCancelKind) scope->reason)
      {
      case ANYIO_CANCEL_DEADLINE:
        return "Operation was cancelled: the deadline passed";
      case ANYIO_CANCEL_LINKED:
        return "Operation was cancelled: its GCancellable was cancelled";
      case ANYIO_CANCEL_OBJECT_DISPOSED:
        return "Operation was cancelled: the object that it belongs to was disposed";
      case ANYIO_CANCEL_SHUTDOWN:
        return "Operation was cancelled: the run is ending";
      default:
        return "Operation was cancelled";
      }

  if (extra->message == NULL)
    switch ((AnyioCancelKind) scope->reason)
      {
      case ANYIO_CANCEL_CHILD_FAILED:
        extra->message = g_strdup_printf ("Operation was cancelled: task \"%s\" failed%s%s", by_task, text != NULL ? ": " : "", text != NULL ? text : "");
        break;
      case ANYIO_CANCEL_BODY_FAILED:
        extra->message = g_strdup_printf ("Operation was cancelled: the owner of the task group failed%s%s", text != NULL ? ": " : "", text != NULL ? text : "");
        break;
      default:
        if (text != NULL)
          extra->message = g_strdup_printf ("Operation was cancelled: %s", text);
        else
          extra->message = g_strdup_printf ("Operation was cancelled by task \"%s\"", by_task);
        break;
      }

  return extra->message;
}

gboolean
anyio_scope_fail_cancelled (AnyioRecord *record,
                            GError **error)
{
  anyio_scope_set_told (record);
  if (error != NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, anyio_scope_get_message (anyio_scope_get_source (record->scope)));

  return FALSE;
}
