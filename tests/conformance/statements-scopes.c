/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Statements that wait, fail, and open scopes. */

#include "interpreter.h"

#include <math.h>

/* --- what waits ------------------------------------------------------------------------------------------ */

static gboolean
run_sleep (Frame *frame,
           const Node *node,
           GError **error)
{
  return anyio_sleep (number (node->words[1]), error);
}

static gboolean
run_sleep_until (Frame *frame,
                 const Node *node,
                 GError **error)
{
  return anyio_sleep_until (number (node->words[1]), error);
}

static gboolean
run_sleep_forever (Frame *frame,
                   const Node *node,
                   GError **error)
{
  return anyio_sleep_forever (error);
}

static gboolean
run_checkpoint (Frame *frame,
                const Node *node,
                GError **error)
{
  return anyio_checkpoint (error);
}

static gboolean
run_checkpoint_if_cancelled (Frame *frame,
                             const Node *node,
                             GError **error)
{
  return anyio_checkpoint_if_cancelled (error);
}

static gboolean
run_shielded_checkpoint (Frame *frame,
                         const Node *node,
                         GError **error)
{
  anyio_shielded_checkpoint ();

  return TRUE;
}

/* --- errors ------------------------------------------------------------------------------------------ */

static gboolean
run_raise (Frame *frame,
           const Node *node,
           GError **error)
{
  g_set_error_literal (error, FAILURE, 0, node->words[1]);

  return FALSE;
}

static gboolean
run_raise_cancelled (Frame *frame,
                     const Node *node,
                     GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Raised by the program");

  return FALSE;
}

static gboolean
run_outcome (Frame *frame,
             const Node *node,
             GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *word = NULL;

  if (run_block (frame, node->body, &local))
    {
      say ("ok");
      return TRUE;
    }
  word = describe (local);
  say ("%s", word);

  return TRUE;
}

static gboolean
run_try (Frame *frame,
         const Node *node,
         GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean has_left;

  run_block (frame, node->body, &local);
  has_left = frame->has_left;
  frame->has_left = FALSE;
  if (!run_block (frame, node->cleanup, error))
    return FALSE;
  frame->has_left = has_left;
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

/* --- scopes ------------------------------------------------------------------------------------------ */

static gboolean
run_new (Frame *frame,
         const Node *node,
         GError **error)
{
  AnyioCancelScope *scope = anyio_cancel_scope_new ();

  for (guint i = 2; i < node->n_words; i++)
    if (g_str_equal (node->words[i], "shield"))
      anyio_cancel_scope_set_shield (scope, TRUE);
    else if (g_str_equal (node->words[i], "timeout"))
      anyio_cancel_scope_set_timeout (scope, number (node->words[++i]));
    else if (g_str_equal (node->words[i], "deadline"))
      anyio_cancel_scope_set_deadline (scope, number (node->words[++i]));
    else
      g_error ("What is \"%s\"?", node->words[i]);
  g_hash_table_insert (frame->run->scopes, node->words[1], scope);

  return TRUE;
}

/* The body of a scope that is entered, and its exit. */
static gboolean
finish_scope (Frame *frame,
              const Node *node,
              AnyioCancelScope *scope,
              GError **error)
{
  g_autoptr (GError) local = NULL;

  run_block (frame, node->body, &local);
  if (anyio_cancel_scope_exit (scope, &local))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

static gboolean
run_enter (Frame *frame,
           const Node *node,
           GError **error)
{
  AnyioCancelScope *scope = look_up (frame->run->scopes, node->words[1]);

  anyio_cancel_scope_enter (scope);

  return finish_scope (frame, node, scope, error);
}

static gboolean
run_scope (Frame *frame,
           const Node *node,
           GError **error)
{
  return run_new (frame, node, error) && run_enter (frame, node, error);
}

/* Keeps the scope by its name, if it has one. */
static void
keep_scope (Frame *frame,
            const Node *node,
            AnyioCancelScope *scope)
{
  g_hash_table_insert (frame->run->scopes, node->n_words > 2 ? node->words[2] : node->words[0], scope);
}

static gboolean
run_move_on_after (Frame *frame,
                   const Node *node,
                   GError **error)
{
  AnyioCancelScope *scope = anyio_move_on_after (number (node->words[1]));

  keep_scope (frame, node, scope);

  return finish_scope (frame, node, scope, error);
}

static gboolean
run_move_on_at (Frame *frame,
                const Node *node,
                GError **error)
{
  AnyioCancelScope *scope = anyio_move_on_at (number (node->words[1]));

  keep_scope (frame, node, scope);

  return finish_scope (frame, node, scope, error);
}

/* The one without a name is the block that needs no object. */
static gboolean
run_fail_after (Frame *frame,
                const Node *node,
                GError **error)
{
  if (node->n_words == 2)
    {
      ANYIO_FAIL_AFTER (number (node->words[1]), error);

      return run_block (frame, node->body, error);
    }
  else
    {
      AnyioCancelScope *scope = anyio_fail_after (number (node->words[1]), NULL);

      keep_scope (frame, node, scope);

      return finish_scope (frame, node, scope, error);
    }
}

static gboolean
run_fail_at (Frame *frame,
             const Node *node,
             GError **error)
{
  AnyioCancelScope *scope = anyio_fail_at (number (node->words[1]), NULL);

  keep_scope (frame, node, scope);

  return finish_scope (frame, node, scope, error);
}

static gboolean
run_shielded (Frame *frame,
              const Node *node,
              GError **error)
{
  ANYIO_SHIELD_FOR (INFINITY);

  return run_block (frame, node->body, error);
}

static gboolean
run_cancel (Frame *frame,
            const Node *node,
            GError **error)
{
  AnyioTaskGroup *group = g_hash_table_lookup (frame->run->groups, node->words[1]);

  if (group != NULL)
    anyio_task_group_cancel (group, word_at (node, 2));
  else
    anyio_cancel_scope_cancel (find_scope (frame, node), word_at (node, 2));

  return TRUE;
}

static gboolean
run_shield (Frame *frame,
            const Node *node,
            GError **error)
{
  anyio_cancel_scope_set_shield (find_scope (frame, node), g_str_equal (node->words[2], "on"));

  return TRUE;
}

static gboolean
run_deadline (Frame *frame,
              const Node *node,
              GError **error)
{
  anyio_cancel_scope_set_deadline (find_scope (frame, node), number (node->words[2]));

  return TRUE;
}

static gboolean
run_defer (Frame *frame,
           const Node *node,
           GError **error)
{
  anyio_cancel_scope_defer (find_scope (frame, node), run_child, frame_new (frame->run, node->body), g_free);

  return TRUE;
}

const Statement scope_statements[] = {
  { "cancel", run_cancel },
  { "checkpoint", run_checkpoint },
  { "checkpoint-if-cancelled", run_checkpoint_if_cancelled },
  { "deadline", run_deadline },
  { "defer", run_defer },
  { "enter", run_enter },
  { "fail-after", run_fail_after },
  { "fail-at", run_fail_at },
  { "move-on-after", run_move_on_after },
  { "move-on-at", run_move_on_at },
  { "new", run_new },
  { "outcome", run_outcome },
  { "raise", run_raise },
  { "raise-cancelled", run_raise_cancelled },
  { "scope", run_scope },
  { "shield", run_shield },
  { "shielded", run_shielded },
  { "shielded-checkpoint", run_shielded_checkpoint },
  { "sleep", run_sleep },
  { "sleep-forever", run_sleep_forever },
  { "sleep-until", run_sleep_until },
  { "try", run_try },
  { NULL, NULL },
};
