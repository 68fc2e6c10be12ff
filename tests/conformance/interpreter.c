/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The interpreter of the conformance programs in C: README.md says what each statement does. Reads cases from standard input, writes their traces. */

#include "interpreter.h"

#include <anyio-testing.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- names ---------------------------------------------------------------------------------------------------- */

double
number (const char *word)
{
  return g_str_equal (word, "never") ? INFINITY : g_ascii_strtod (word, NULL);
}

const char *
word_at (const Node *node,
         guint i)
{
  return i < node->n_words ? node->words[i] : NULL;
}

gpointer
look_up (GHashTable *table,
         const char *name)
{
  gpointer value = g_hash_table_lookup (table, name);

  if (value == NULL)
    g_error ("There is no \"%s\" in this program", name);

  return value;
}

AnyioCancelScope *
find_scope (Frame *frame,
            const Node *node)
{
  AnyioTaskGroup *group = g_hash_table_lookup (frame->run->groups, node->words[1]);

  return group != NULL ? anyio_task_group_get_cancel_scope (group) : look_up (frame->run->scopes, node->words[1]);
}

AnyioTask *
find_task (Frame *frame,
           const Node *node)
{
  return look_up (frame->run->tasks, node->words[1]);
}

gpointer
find_object (Frame *frame,
             const Node *node)
{
  return look_up (frame->run->objects, node->words[1]);
}

/* --- programs ------------------------------------------------------------------------------------------------- */

Frame *
frame_new (Run *run,
           GPtrArray *body)
{
  Frame *frame = g_new0 (Frame, 1);

  frame->run = run;
  frame->body = body;

  return frame;
}

static StatementFunc
find_statement (const char *name)
{
  const Statement *tables[] = { scope_statements, task_statements, question_statements, toolbox_statements, stream_statements,
                                select_statements, combinator_statements, policy_statements };

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const Statement *statement = tables[i]; statement->name != NULL; statement++)
      if (g_str_equal (statement->name, name))
        return statement->func;
  g_error ("There is no statement \"%s\"", name);
}

gboolean
run_block (Frame *frame,
           GPtrArray *nodes,
           GError **error)
{
  for (guint i = 0; i < nodes->len && !frame->has_left; i++)
    {
      const Node *node = g_ptr_array_index (nodes, i);

      if (!find_statement (node->words[0]) (frame, node, error))
        return FALSE;
    }

  return TRUE;
}

gboolean
run_child (gpointer user_data,
           GError **error)
{
  Frame *frame = user_data;

  return run_block (frame, frame->body, error);
}

static gboolean
run_main (gpointer user_data,
          GError **error)
{
  Frame *frame = user_data;
  Run *run = frame->run;
  gboolean success;

  run->scopes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  run->groups = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  run->tasks = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  run->values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  run->foreign = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  run->objects = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  run->counts = g_hash_table_new (NULL, NULL);
  success = run_block (frame, frame->body, error);
  g_hash_table_unref (run->scopes);
  g_hash_table_unref (run->groups);
  g_hash_table_unref (run->tasks);
  g_hash_table_unref (run->values);
  g_hash_table_unref (run->foreign);
  g_hash_table_unref (run->objects);
  g_hash_table_unref (run->counts);

  return success;
}

static void
run_case (const char *name,
          GPtrArray *lines)
{
  g_autoptr (GPtrArray) program = program_parse (lines);
  g_autoptr (GError) error = NULL;
  g_autofree char *word = NULL;
  Run run = { 0 };
  Frame frame = { .run = &run, .body = program };

  printf ("case %s\n", name);
  fflush (stdout);
  if (anyio_test_run (run_main, &frame, 0, &error))
    return;
  word = describe (error);
  printf ("= %s\n", word);
}

int
main (void)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *name = NULL;
  char *line = NULL;
  size_t size = 0;

  trace_init ();
  while (getline (&line, &size, stdin) > 0)
    if (g_str_has_prefix (g_strchomp (line), "case "))
      {
        if (name != NULL)
          run_case (name, lines);
        g_free (name);
        name = g_strdup (line + strlen ("case "));
        g_ptr_array_set_size (lines, 0);
      }
    else
      {
        g_ptr_array_add (lines, g_strdup (line + 2)); /* a program is indented below its name */
      }
  if (name != NULL)
    run_case (name, lines);
  free (line);
  printf ("end\n");

  return 0;
}
