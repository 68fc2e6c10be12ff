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
RUN = "anyio-glib/core/anyio-run.c"
QUEUE = "anyio-glib/sync/anyio-wait-queue.c"
EVENT = "anyio-glib/sync/anyio-event.c"
LOCK = "anyio-glib/sync/anyio-lock.c"
SEMAPHORE = "anyio-glib/sync/anyio-semaphore.c"
LIMITER = "anyio-glib/sync/anyio-capacity-limiter-acquire.c"
LIMITER_OBJECT = "anyio-glib/sync/anyio-capacity-limiter.c"
CONDITION = "anyio-glib/sync/anyio-condition.c"
OFFER = "anyio-glib/core/anyio-offer.c"
CHANNEL = "anyio-glib/stream/anyio-channel.c"
CHANNEL_PRIVATE = "anyio-glib/stream/anyio-channel-private.h"
END = "anyio-glib/stream/anyio-channel-end.c"

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
    # Primitives: what waits in general.
    ("last come, first served", QUEUE, "  anyio_list_append (&self->waiters, &waiter->offer.link);", "  anyio_list_append (self->waiters.next, &waiter->offer.link);"),
    ("a wait cannot be aborted", QUEUE, ".abort = abort_wait }", ".abort = NULL }"),
    ("a cancelled waiter stays in the queue's number", QUEUE,
     "  anyio_wait_queue_remove (self);\n  if (self->withdrawn == NULL", "  anyio_list_remove (&self->offer.link);\n  if (self->withdrawn == NULL"),
    ("a waiter that was served fails if it is cancelled then", QUEUE, "if (G_UNLIKELY (was_aborted || waiter->was_cancelled))",
     "if (G_UNLIKELY (was_aborted || waiter->was_cancelled || record->scope->eff))"),
    # Events, locks, semaphores, the limiter.
    ("an event wakes one only", EVENT, "  anyio_wait_queue_serve_all (&self->queue);",
     "  {\n    AnyioWaiter *waiter = anyio_wait_queue_get_first (&self->queue);\n\n    if (waiter != NULL)\n      anyio_waiter_serve (waiter);\n  }"),
    ("an event that is set is no cancel point", EVENT, "    return anyio_wait_pass (record, error);", "    return TRUE;"),
    ("a lock is not handed over, but free", LOCK,
     "  take (self, anyio_waiter_get_task (waiter));\n  anyio_waiter_serve (waiter);", "  self->is_locked = FALSE;\n  anyio_waiter_serve (waiter);"),
    ("a lock that is released wakes nobody", LOCK, "if (G_LIKELY (self->queue.n_waiters == 0) ||", "if (TRUE ||"),
    ("a free lock is acquired in a cancelled scope", LOCK,
     "  if (!anyio_wait_pass (record, error))\n    return FALSE;\n  if (self->is_locked) /* it gave others their turn */",
     "  if (self->is_locked) /* it gave others their turn */"),
    ("a lock whose owner ends goes to the next", LOCK, "  self->owner = NULL;\n  self->broken_by = name;",
     "  if (self->queue.n_waiters == 0)\n    {\n      self->owner = NULL;\n      self->is_locked = FALSE;\n      return;\n    }\n  self->owner = NULL;\n  self->broken_by = name;"),
    ("a lock that breaks does not tell its waiters", LOCK, "  anyio_wait_queue_fail_all (&self->queue, error);", "  (void) error;"),
    ("nor those of its conditions", LOCK, "    anyio_wait_queue_fail_all (ANYIO_CONTAINER (link, AnyioLockCondition, link)->queue, error);", "    (void) link;"),
    ("a semaphore counts up although somebody waits", SEMAPHORE, "    anyio_waiter_serve (waiter);\n  else if", "    anyio_waiter_serve (waiter), self->value++;\n  else if"),
    ("a semaphore forgets its maximum", SEMAPHORE, "self->max_value != 0 ? self->max_value : G_MAXUINT))", "G_MAXUINT))"),
    ("a cancelled acquire takes from the semaphore", SEMAPHORE, "  if (self->value > 0 && !anyio_wait_pass (record, error))\n    return FALSE;",
     "  if (self->value > 0 && !anyio_wait_pass (record, error))\n    {\n      self->value--;\n      return FALSE;\n    }"),
    ("the token of a cancelled waiter stays in the book", LIMITER, "  forget (waiter->data);\n\n  return FALSE;", "  (void) waiter;\n\n  return FALSE;"),
    ("the token of a task that ends is lost", LIMITER, "  give_back (token->limiter, token);", "  forget (token);"),
    ("a token that comes back is not lent again", LIMITER,
     "      forget (token);\n    }\n  anyio_capacity_limiter_lend_to_waiters (self);", "      forget (token);\n    }"),
    ("a higher total wakes nobody", LIMITER_OBJECT, "  self->total = total_tokens;\n  anyio_capacity_limiter_lend_to_waiters (self);", "  self->total = total_tokens;"),
    ("a higher total wakes all", LIMITER, "  while (has_room (self) && (waiter", "  while ((waiter"),
    # Conditions.
    ("a condition is waited on with the lock", CONDITION, "  anyio_lock_hand_over (self->lock);\n}", "}"),
    ("a cancelled waiter of a condition comes back without the lock", CONDITION, "  return self->lock->broken_by == NULL && !anyio_lock_give (self->lock, waiter);",
     "  return FALSE;"),
    ("a waiter that was notified can be cancelled before it has the lock", QUEUE, "  party->wait.abort = NULL;\n", "  party->wait.abort = abort_wait;\n"),
    ("a notification wakes one more", CONDITION, "  while (n_waiters-- > 0)", "  while (n_waiters == G_MAXUINT || n_waiters-- + 1 > 0)"),
    ("the lock is released in a cancelled scope", CONDITION, "  if (record->scope->eff) /* the lock is not released */\n    return anyio_wait_pass (record, error);\n", ""),
    # Streams.
    ("an item goes to a receiver that was cancelled", OFFER, "  anyio_list_remove (&ANYIO_CONTAINER (wait, AnyioParty, wait)->offer->link);\n", ""),
    ("an item that was received is reported as cancelled", END, "  return G_LIKELY (offer->status == ANYIO_CHANNEL_OK) || anyio_channel_report",
     "  if (record->scope->eff && list == &self->channel->receivers)\n    return anyio_scope_fail_cancelled (record, error);\n\n"
     "  return G_LIKELY (offer->status == ANYIO_CHANNEL_OK) || anyio_channel_report"),
    ("an item that was taken is reported as not sent", END, "  return G_LIKELY (offer->status == ANYIO_CHANNEL_OK) || anyio_channel_report",
     "  if (record->scope->eff && list == &self->channel->senders)\n    return anyio_scope_fail_cancelled (record, error);\n\n"
     "  return G_LIKELY (offer->status == ANYIO_CHANNEL_OK) || anyio_channel_report"),
    ("what a blocked sender has is not moved into the buffer", CHANNEL,
     "  self->items[(self->head + self->n_items++) & (self->n_slots - 1)] = sender->item;\n  commit (sender", "  commit (sender"),
    ("an item is sent twice", CHANNEL, "      receiver->item = item;\n      commit (receiver, ANYIO_CHANNEL_OK);\n",
     "      receiver->item = item;\n      commit (receiver, ANYIO_CHANNEL_OK);\n      receiver = first_offer (&self->receivers, party);\n"
     "      if (receiver != NULL)\n        {\n          receiver->item = item;\n          commit (receiver, ANYIO_CHANNEL_OK);\n        }\n"),
    ("the buffer holds one more", CHANNEL, "  if (self->n_items >= self->max_items)\n    return FALSE;", "  if (self->n_items > self->max_items)\n    return FALSE;"),
    ("the last sender that is closed does not wake receivers", CHANNEL, "  commit_some (&self->receivers, NULL, ANYIO_CHANNEL_END);\n", ""),
    ("the last receiver that is closed does not wake senders", CHANNEL, "  commit_some (&self->senders, NULL, ANYIO_CHANNEL_BROKEN);\n", ""),
    ("closing does not wake who waits at that very end", CHANNEL, "  commit_some (&self->receivers, end, ANYIO_CHANNEL_CLOSED);\n", ""),
    ("closing one end wakes all others, too", CHANNEL, "  commit_some (&self->senders, end, ANYIO_CHANNEL_CLOSED);\n",
     "  commit_some (&self->senders, NULL, ANYIO_CHANNEL_CLOSED);\n"),
    ("the end comes before the buffer is drained", CHANNEL_PRIVATE, "  if (G_UNLIKELY (self->n_items == 0 || self->is_fed))",
     "  if (self->n_send_ends == 0)\n    return ANYIO_CHANNEL_END;\n  if (G_UNLIKELY (self->n_items == 0 || self->is_fed))"),
    ("a clone is not counted", END, "  if (sends)\n    channel->n_send_ends++;", "  if (sends)\n    channel->n_send_ends = 1;"),
    ("an end that was closed can be used", END, "  self->closed = TRUE;\n  if (self->sends)", "  if (self->sends)"),
    ("a stream is no cancel point when it need not wait", END, "  return record != NULL && anyio_wait_pass (record, error) && bind_open", "  return record != NULL && bind_open"),
    # Deadlocks.
    ("shields hold at a deadlock", RUN, "    anyio_tree_foreach (&runtime->root, lower_shields, NULL);", "    (void) lower_shields;"),
    ("shields go at once at a deadlock", RUN, "  if (!anyio_loop_has_work (&runtime->loop))\n    anyio_tree_foreach", "  anyio_tree_foreach"),
)
