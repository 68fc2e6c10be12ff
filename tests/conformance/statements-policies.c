/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Statements about what the end of a child means for its group, how many run at once, and the soft stop. */

#include "interpreter.h"

static void
tell_child_failed (AnyioTaskGroup *group,
                   AnyioTask *task,
                   const GError *error,
                   gpointer user_data)
{
  g_autofree char *word = describe (error);

  say ("%s!%s", anyio_task_get_name (task), word);
}

/* The words after the name of the group. */
void
set_group_options (AnyioTaskGroup *group,
                   const Node *node)
{
  static const struct
  {
    const char *word;
    AnyioJoinPolicy policy;
  } policies[] = {
    { "collect", ANYIO_JOIN_COLLECT },
    { "first-done", ANYIO_JOIN_FIRST_DONE },
    { "first-success", ANYIO_JOIN_FIRST_SUCCESS },
    { "supervise", ANYIO_JOIN_SUPERVISE },
  };

  for (guint i = 2; i < node->n_words; i++)
    {
      if (g_str_equal (node->words[i], "limit"))
        anyio_task_group_set_max_concurrency (group, (guint) number (node->words[++i]));
      for (guint k = 0; k < G_N_ELEMENTS (policies); k++)
        if (g_str_equal (node->words[i], policies[k].word))
          anyio_task_group_set_policy (group, policies[k].policy);
    }
  if (anyio_task_group_get_policy (group) == ANYIO_JOIN_SUPERVISE)
    g_signal_connect (group, "child-failed", G_CALLBACK (tell_child_failed), NULL);
}

static gboolean
run_try_spawn (Frame *frame,
               const Node *node,
               GError **error)
{
  Frame *child = frame_new (frame->run, node->body);

  if (!anyio_task_group_try_start_soon_named (find_group (frame, node), node->words[2], run_child, child, g_free))
    {
      g_free (child);
      say ("%s=refused", node->words[2]);
    }

  return TRUE;
}

static gboolean
run_bound (Frame *frame,
           const Node *node,
           GError **error)
{
  anyio_task_group_set_max_concurrency (find_group (frame, node), (guint) number (node->words[2]));

  return TRUE;
}

static gboolean
run_winner (Frame *frame,
            const Node *node,
            GError **error)
{
  AnyioTask *winner = anyio_task_group_get_winner (find_group (frame, node));

  say ("%s=%s", node->words[1], winner != NULL ? anyio_task_get_name (winner) : "none");

  return TRUE;
}

static gboolean
run_failures (Frame *frame,
              const Node *node,
              GError **error)
{
  GListModel *failures = anyio_task_group_get_failures (find_group (frame, node));
  g_autoptr (GString) words = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (failures); i++)
    {
      g_autoptr (AnyioFailure) failure = g_list_model_get_item (failures, i);
      g_autofree char *word = describe (anyio_failure_get_error (failure));

      g_string_append_printf (words, "%s%s", i > 0 ? "," : "", word);
    }
  say ("%s=%s", node->words[1], words->len > 0 ? words->str : "none");

  return TRUE;
}

/* --- the soft stop --------------------------------------------------------------------------------------- */

static gboolean
run_request_stop (Frame *frame,
                  const Node *node,
                  GError **error)
{
  anyio_cancel_scope_request_stop (find_scope (frame, node), number (node->words[2]), word_at (node, 3));

  return TRUE;
}

static gboolean
run_stopping (Frame *frame,
              const Node *node,
              GError **error)
{
  say ("%s", anyio_is_stop_requested () ? "stopping" : "going-on");

  return TRUE;
}

static gboolean
run_await_stop (Frame *frame,
                const Node *node,
                GError **error)
{
  return anyio_wait_stop_requested (error);
}

const Statement policy_statements[] = {
  { "await-stop", run_await_stop },
  { "bound", run_bound },
  { "failures", run_failures },
  { "request-stop", run_request_stop },
  { "stopping", run_stopping },
  { "try-spawn", run_try_spawn },
  { "winner", run_winner },
  { NULL, NULL },
};
