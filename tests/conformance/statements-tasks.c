/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Statements about task groups and tasks. */

#include "interpreter.h"

AnyioTaskGroup *
find_group (Frame *frame,
            const Node *node)
{
  return look_up (frame->run->groups, node->words[1]);
}

static gboolean
run_group_body (Frame *frame,
                const Node *node,
                GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  set_group_options (group, node);
  g_hash_table_insert (frame->run->groups, node->words[1], g_object_ref (group));
  if (!run_block (frame, node->body, error))
    return anyio_task_group_join (group, error);
  if (frame->has_left)
    {
      frame->has_left = FALSE;
      return TRUE; /* the cleanup cancels and joins */
    }

  return anyio_task_group_join (group, error);
}

/* With a location of its own, because "leave" may be given none in which an error can be seen. */
static gboolean
run_group (Frame *frame,
           const Node *node,
           GError **error)
{
  g_autoptr (GError) local = NULL;

  run_group_body (frame, node, &local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

static gboolean
run_leave (Frame *frame,
           const Node *node,
           GError **error)
{
  frame->has_left = TRUE;

  return TRUE;
}

static gboolean
fail_if_misused (GError **error)
{
  if (!was_misused ())
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The group is closed");

  return FALSE;
}

static gboolean
run_spawn (Frame *frame,
           const Node *node,
           GError **error)
{
  expect_misuse ();
  anyio_task_group_start_soon_named (find_group (frame, node), node->words[2], run_child, frame_new (frame->run, node->body), g_free);

  return fail_if_misused (error);
}

static gboolean
run_create (Frame *frame,
            const Node *node,
            GError **error)
{
  AnyioTask *task;

  expect_misuse ();
  task = anyio_task_group_create_task_named (find_group (frame, node), node->words[2], run_child, frame_new (frame->run, node->body), g_free);
  if (task != NULL)
    g_hash_table_insert (frame->run->tasks, node->words[2], task);

  return fail_if_misused (error);
}

static gboolean
run_start (Frame *frame,
           const Node *node,
           GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean success;

  expect_misuse ();
  success = anyio_task_group_start_named (find_group (frame, node), node->words[2], run_child, frame_new (frame->run, node->body), g_free, &value, error);
  was_misused ();
  if (success)
    g_hash_table_insert (frame->run->values, node->words[2], G_IS_VALUE (&value) ? g_value_dup_string (&value) : g_strdup ("none"));

  return success;
}

static gboolean
run_started (Frame *frame,
             const Node *node,
             GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean success;

  if (node->n_words > 1)
    {
      g_value_init (&value, G_TYPE_STRING);
      g_value_set_string (&value, node->words[1]);
    }
  expect_misuse ();
  success = anyio_task_started (node->n_words > 1 ? &value : NULL, error);
  was_misused ();

  return success;
}

static gboolean
run_give (Frame *frame,
          const Node *node,
          GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, node->words[1]);
  anyio_task_set_result (&value);

  return TRUE;
}

static gboolean
run_wait (Frame *frame,
          const Node *node,
          GError **error)
{
  return anyio_task_wait (find_task (frame, node), error);
}

static gboolean
run_cancel_task (Frame *frame,
                 const Node *node,
                 GError **error)
{
  anyio_task_cancel (find_task (frame, node), word_at (node, 2));

  return TRUE;
}

const Statement task_statements[] = {
  { "cancel-task", run_cancel_task },
  { "create", run_create },
  { "give", run_give },
  { "group", run_group },
  { "leave", run_leave },
  { "spawn", run_spawn },
  { "start", run_start },
  { "started", run_started },
  { "wait", run_wait },
  { NULL, NULL },
};
