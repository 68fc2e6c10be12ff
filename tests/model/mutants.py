# SPDX-License-Identifier: LGPL-2.1-or-later
"""Faults to be put into the library, each of which the random programs must find: (name, file, old text, new text). The old text stands in the file
exactly once; long ones say where they are, so that a change of the code shows here and not in a mutant that does nothing."""

SCOPE = "anyio-glib/core/anyio-scope.c"
PRIVATE = "anyio-glib/core/anyio-scope-private.h"
GROUP = "anyio-glib/core/anyio-group.c"
START = "anyio-glib/core/anyio-start.c"
RECORD = "anyio-glib/core/anyio-record.c"
WAIT = "anyio-glib/core/anyio-wait.c"
TIME = "anyio-glib/core/anyio-time.c"

ABSORBS = "  return self->eff && !anyio_scope_parent_visible (self);"
EXIT_YIELD = "  else\n    {\n      anyio_wait_yield (host);\n    }\n"
JOIN = """GError *
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
"""
ABORTABLE_JOIN = """static AnyioAbort
abort_join (AnyioWait *wait)
{
  wait->record->scope->group->joiner = NULL;

  return ANYIO_ABORT_DONE;
}

""" + JOIN.replace(".abort = NULL", ".abort = abort_join").replace("      anyio_wait_suspend (&wait, host);\n", """      if (!anyio_wait_suspend (&wait, host))
        {
          host->told = TRUE;
          if (self->cancellation == NULL)
            self->cancellation = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "In the join");
          if (!self->closed)
            {
              AnyioWait again = { .abort = NULL };

              self->joiner = &again;
              anyio_wait_suspend (&again, host);
            }
        }
""")
CANCEL_GROUP = """  if (is_own && self->scope.eff)
    anyio_scope_cancel_inherit (&self->scope);
  else
    anyio_scope_cancel (&self->scope, kind, error->message, name);
"""
BORN = "  self->eff = self->called || anyio_scope_parent_visible (self);\n  if"
MOVE = "  self->parent = parent;\n  anyio_scope_recalculate (self);"

MUTANTS = (
    # The list of the specification.
    ("absorb ignoring the parent", SCOPE, ABSORBS, "  return self->eff;"),
    ("absorb only the own cancel, though a parent is cancelled too", SCOPE, ABSORBS, "  return self->called;"),
    ("shield set but not re-evaluated", SCOPE,
     "  self->shield = shield != FALSE;\n  if (self->state == ANYIO_SCOPE_LIVE)",
     "  self->shield = shield != FALSE;\n  if (self->state == ANYIO_SCOPE_LIVE && !shield)"),
    ("unshield not re-evaluated", SCOPE,
     "  self->shield = shield != FALSE;\n  if (self->state == ANYIO_SCOPE_LIVE)",
     "  self->shield = shield != FALSE;\n  if (self->state == ANYIO_SCOPE_LIVE && shield)"),
    ("edge-triggered delivery", TIME,
     "G_LIKELY (!record->scope->eff) || anyio_scope_fail_cancelled (record, error);\n}\n\nstatic gboolean\nsleep_until_ns",
     "G_LIKELY (!record->scope->eff || record->told) || anyio_scope_fail_cancelled (record, error);\n}\n\nstatic gboolean\nsleep_until_ns"),
    ("the join can be aborted", GROUP, JOIN, ABORTABLE_JOIN),
    ("siblings not cancelled", GROUP, CANCEL_GROUP, ""),
    ("siblings not cancelled below a cancelled scope", GROUP, CANCEL_GROUP, "  if (!self->scope.eff)\n    anyio_scope_cancel (&self->scope, kind, error->message, name);\n"),
    ("only the first error kept", GROUP,
     "      g_ptr_array_add (self->errors, error);",
     "      if (self->errors->len == 0)\n        g_ptr_array_add (self->errors, error);\n      else\n        g_error_free (error);"),
    ("started() ignoring a cancelled start", START, "  if (!self->hidden.scope.eff)\n", ""),
    ("a pending start does not hold the group open", GROUP, "self->n_children > 0 || self->n_pending_starts > 0 ||", "self->n_children > 0 ||"),
    ("scopes below not moved at the handoff", SCOPE, MOVE, ""),
    ("scopes below not recalculated at the handoff", SCOPE, MOVE, "  self->parent = parent;"),
    ("strict comparison of deadlines at entry", SCOPE, "      if (due_ns <= now_ns)", "      if (due_ns < now_ns)"),
    ("strict comparison of deadlines at a look", SCOPE, "(self->deadline) <= *now_ns)", "(self->deadline) < *now_ns)"),
    ("spawn into a cancelled group skipped", GROUP,
     "  record->func.fiber = func;\n  anyio_group_make_child_ready (self, record);",
     "  record->func.fiber = func;\n  if (self->scope.eff)\n    {\n      anyio_record_finish (record, NULL);\n      return NULL;\n    }\n"
     "  anyio_group_make_child_ready (self, record);"),
    ("scope not born cancelled", SCOPE, BORN, BORN.replace("self->called || ", "")),
    ("scope not born cancelled by its parent", SCOPE, BORN, BORN.replace(" || anyio_scope_parent_visible (self)", "")),
    # Without the look at "attempted" alone nothing would be seen: a wait that was aborted is gone from the record, and a join cannot be aborted.
    ("two deliveries", WAIT,
     "      wait->cancelled = TRUE;\n      anyio_wait_complete (wait);",
     "      wait->cancelled = TRUE;\n      anyio_wait_complete (wait);\n      record->wait = wait;\n      wait->attempted = FALSE;"),
    ("no yield at the group's exit", GROUP, EXIT_YIELD, ""),
    # More.
    ("the host comes last in a delivery", SCOPE,
     "  if (self->inner != NULL)\n    return self->inner;\n\n  return self->group != NULL ? first_outermost",
     "  if (self->inner != NULL && self->group == NULL)\n    return self->inner;\n\n  return self->group != NULL ? first_outermost"),
    ("every CANCELLED is own", RECORD, "anyio_error_is_cancelled (error) && (self->scope->eff || anyio_scope_is_told (self))", "anyio_error_is_cancelled (error)"),
    ("told is not looked at", RECORD, "(self->scope->eff || anyio_scope_is_told (self))", "self->scope->eff"),
    ("the mark does not go outwards", SCOPE, "      if (G_UNLIKELY (told))\n        anyio_scope_set_told (host);\n", "      (void) told;\n"),
    ("the mark goes outwards without its error", SCOPE, "  if (!anyio_error_is_cancelled (*error))\n    self->told = FALSE;\n", ""),
    ("the mark of a group's body goes outwards", GROUP, "  self->scope.told = FALSE; /* what goes out is decided below */\n", ""),
    ("told not set by a group", GROUP, "      anyio_scope_set_told (host);\n", ""),
    ("told not set at a suspension point", SCOPE, "  anyio_scope_set_told (record);\n", ""),
    ("a sleep that ran out ignores eff", TIME, "record->scope->eff || (aborted && anyio_loop_now (loop) < due_ns)", "aborted && anyio_loop_now (loop) < due_ns"),
    ("the target is not looked at when a start ends", START, "  self->target->n_pending_starts--;\n  anyio_group_check_closed (self->target);",
     "  self->target->n_pending_starts--;"),
    ("the hidden group is not looked at after the handoff", START, "  anyio_group_check_closed (hidden);", ""),
    ("no NOT_STARTED", START, "if (failure == NULL && !start.done)", "if (FALSE)"),
    ("NOT_STARTED in the place of the failure", START, "if (failure == NULL && !start.done)", "if (!start.done)"),
    ("started() twice accepted", START, "  if (child->called_started)", "  if (FALSE)"),
    ("the handed-over child keeps its group's scope", START, "    child->scope = &target->scope;", "    (void) target;"),
    ("the timer of an aborted sleep stays", TIME, "  anyio_loop_disarm (&anyio_record_get_runtime (wait->record)->loop, &self->timer);\n", ""),
    ("a suspension while eff is not aborted", WAIT, "  if (G_UNLIKELY (record->scope->eff))\n    anyio_wait_deliver (record);\n  anyio_fiber_suspend", "  anyio_fiber_suspend"),
    ("the yield of a checkpoint is left out", TIME, "  anyio_wait_yield (record);\n\n  return G_LIKELY (!record->scope->eff)", "  return G_LIKELY (!record->scope->eff)"),
    ("spawn into a closed group accepted", GROUP, "ANYIO_SCOPE_LIVE && !self->closed", "ANYIO_SCOPE_LIVE"),
)
