/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Statements that say something, and those about other code's cancellables and the values of a task. */

#include "interpreter.h"

static gboolean
run_say (Frame *frame,
         const Node *node,
         GError **error)
{
  say ("%s", node->words[1]);

  return TRUE;
}

static gboolean
run_state (Frame *frame,
           const Node *node,
           GError **error)
{
  AnyioCancelScope *scope = find_scope (frame, node);
  gboolean called = anyio_cancel_scope_get_cancel_called (scope);
  gboolean caught = anyio_cancel_scope_get_cancelled_caught (scope);

  say ("%s=%s%s%s%s", node->words[1], called ? "called" : "", called && caught ? "+" : "", caught ? "caught" : "", called || caught ? "" : "quiet");

  return TRUE;
}

static gboolean
run_reason (Frame *frame,
            const Node *node,
            GError **error)
{
  static const char *const kinds[] = {
    [ANYIO_CANCEL_NONE] = "none",
    [ANYIO_CANCEL_EXPLICIT] = "explicit",
    [ANYIO_CANCEL_DEADLINE] = "deadline",
    [ANYIO_CANCEL_CHILD_FAILED] = "child-failed",
    [ANYIO_CANCEL_BODY_FAILED] = "body-failed",
    [ANYIO_CANCEL_LINKED] = "linked",
  };
  const char *text;
  AnyioCancelKind kind = anyio_cancel_scope_get_reason (find_scope (frame, node), &text, NULL);

  if (kind == ANYIO_CANCEL_EXPLICIT && text != NULL)
    say ("%s=explicit:%s", node->words[1], text);
  else
    say ("%s=%s", node->words[1], kinds[kind]);

  return TRUE;
}

static gboolean
run_by (Frame *frame,
        const Node *node,
        GError **error)
{
  const char *by_task;

  anyio_cancel_scope_get_reason (find_scope (frame, node), NULL, &by_task);
  say ("%s=by:%s", node->words[1], by_task);

  return TRUE;
}

static gboolean
run_deadline_of (Frame *frame,
                 const Node *node,
                 GError **error)
{
  say ("%s=%g", node->words[1], anyio_cancel_scope_get_deadline (find_scope (frame, node)));

  return TRUE;
}

static gboolean
run_effective_deadline (Frame *frame,
                        const Node *node,
                        GError **error)
{
  say ("%g", anyio_current_effective_deadline ());

  return TRUE;
}

static gboolean
run_pending (Frame *frame,
             const Node *node,
             GError **error)
{
  say ("%s", anyio_task_has_pending_cancellation (anyio_get_current_task ()) ? "cancelling" : "going-on");

  return TRUE;
}

static gboolean
run_status (Frame *frame,
            const Node *node,
            GError **error)
{
  static const char *const words[] = {
    [ANYIO_TASK_PENDING] = "pending",
    [ANYIO_TASK_CANCELLING] = "cancelling",
    [ANYIO_TASK_FINISHED] = "finished",
    [ANYIO_TASK_FAILED] = "failed",
    [ANYIO_TASK_CANCELLED] = "cancelled",
  };
  AnyioFuture *future = g_hash_table_lookup (frame->run->objects, node->words[1]);

  say ("%s=%s", node->words[1], words[future != NULL ? anyio_future_get_status (future) : anyio_task_get_status (find_task (frame, node))]);

  return TRUE;
}

static gboolean
run_result (Frame *frame,
            const Node *node,
            GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) local = NULL;
  g_autofree char *word = NULL;
  AnyioFuture *future = g_hash_table_lookup (frame->run->objects, node->words[1]);

  if (future != NULL ? !anyio_future_get_result (future, &value, &local) : !anyio_task_get_result (find_task (frame, node), &value, &local))
    word = describe (local);
  else
    word = G_IS_VALUE (&value) ? g_value_dup_string (&value) : g_strdup ("none");
  say ("%s=%s", node->words[1], word);

  return TRUE;
}

static gboolean
run_value (Frame *frame,
           const Node *node,
           GError **error)
{
  say ("%s=%s", node->words[1], (const char *) look_up (frame->run->values, node->words[1]));

  return TRUE;
}

/* --- cancellables and values -------------------------------------------------------------------------------- */

static GCancellable *
find_foreign (Frame *frame,
              const char *name)
{
  GCancellable *cancellable = g_hash_table_lookup (frame->run->foreign, name);

  if (cancellable == NULL)
    {
      cancellable = g_cancellable_new ();
      g_hash_table_insert (frame->run->foreign, (gpointer) name, cancellable);
    }

  return cancellable;
}

static gboolean
run_link (Frame *frame,
          const Node *node,
          GError **error)
{
  anyio_cancel_scope_link (find_scope (frame, node), find_foreign (frame, node->words[2]));

  return TRUE;
}

static gboolean
run_hand_out (Frame *frame,
              const Node *node,
              GError **error)
{
  g_hash_table_insert (frame->run->foreign, node->words[2], g_object_ref (anyio_cancel_scope_get_cancellable (find_scope (frame, node))));

  return TRUE;
}

static gboolean
run_cancel_foreign (Frame *frame,
                    const Node *node,
                    GError **error)
{
  g_cancellable_cancel (find_foreign (frame, node->words[1]));

  return TRUE;
}

static gboolean
run_foreign (Frame *frame,
             const Node *node,
             GError **error)
{
  say ("%s=%s", node->words[1], g_cancellable_is_cancelled (find_foreign (frame, node->words[1])) ? "cancelled" : "clear");

  return TRUE;
}

static gboolean
run_set (Frame *frame,
         const Node *node,
         GError **error)
{
  anyio_task_set_value (g_quark_from_string (node->words[1]), g_strdup (node->words[2]), g_free);

  return TRUE;
}

static gboolean
run_get (Frame *frame,
         const Node *node,
         GError **error)
{
  const char *value = anyio_task_get_value (g_quark_from_string (node->words[1]));

  say ("%s=%s", node->words[1], value != NULL ? value : "none");

  return TRUE;
}

const Statement question_statements[] = {
  { "by", run_by },
  { "cancel-foreign", run_cancel_foreign },
  { "deadline-of", run_deadline_of },
  { "effective-deadline", run_effective_deadline },
  { "foreign", run_foreign },
  { "get", run_get },
  { "hand-out", run_hand_out },
  { "link", run_link },
  { "pending", run_pending },
  { "reason", run_reason },
  { "result", run_result },
  { "say", run_say },
  { "set", run_set },
  { "state", run_state },
  { "status", run_status },
  { "value", run_value },
  { NULL, NULL },
};
