/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lines to a tree: what is indented deeper belongs to the line above; "finally" belongs to the statement before it. */

#include "program.h"

#include <string.h>

#define MAX_DEPTH 32

static void
node_free (gpointer data)
{
  Node *self = data;

  g_strfreev (self->words);
  g_ptr_array_unref (self->body);
  g_clear_pointer (&self->cleanup, g_ptr_array_unref);
  g_free (self);
}

static Node *
node_new (const char *text)
{
  Node *self = g_new0 (Node, 1);

  self->words = g_strsplit (text, " ", -1);
  self->n_words = g_strv_length (self->words);
  self->body = g_ptr_array_new_with_free_func (node_free);

  return self;
}

GPtrArray *
program_parse (GPtrArray *lines)
{
  GPtrArray *blocks[MAX_DEPTH + 1] = { g_ptr_array_new_with_free_func (node_free) };

  for (guint i = 0; i < lines->len; i++)
    {
      const char *line = g_ptr_array_index (lines, i);
      gsize n_spaces = strspn (line, " ");
      gsize depth = n_spaces / 2;
      GPtrArray *parent;

      g_assert (depth < MAX_DEPTH && blocks[depth] != NULL);
      parent = blocks[depth];
      if (g_str_equal (line + n_spaces, "finally"))
        {
          Node *before = g_ptr_array_index (parent, parent->len - 1);

          before->cleanup = g_ptr_array_new_with_free_func (node_free);
          blocks[depth + 1] = before->cleanup;
        }
      else
        {
          Node *node = node_new (line + n_spaces);

          g_ptr_array_add (parent, node);
          blocks[depth + 1] = node->body;
        }
    }

  return blocks[0];
}
