/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tree of tasks, walked and printed. */

#include "core/anyio-tree-private.h"

#include "core/anyio-runtime-private.h"

/* The first child in the groups that a task opened from @scope inwards; NULL if there is none. */
static AnyioRecord *
first_child_from (AnyioScope *scope)
{
  for (; scope != NULL; scope = scope->inner)
    if (scope->group != NULL && !anyio_list_is_empty (&scope->group->children))
      return ANYIO_CONTAINER (scope->group->children.next, AnyioRecord, link);

  return NULL;
}

void
anyio_tree_foreach (AnyioGroup *root,
                    gboolean (*func) (AnyioRecord *record, guint depth, gpointer user_data),
                    gpointer user_data)
{
  AnyioRecord *record = first_child_from (&root->scope);
  guint depth = 0;

  while (record != NULL)
    {
      AnyioRecord *next;

      if (!func (record, depth, user_data))
        return;

      next = first_child_from (record->outermost);
      if (next != NULL)
        {
          record = next;
          depth++;
          continue;
        }

      /* The next sibling, else the first child of the host's next group inwards, else the host's next sibling, and so on. */
      while (record != NULL)
        {
          AnyioGroup *group = record->group;

          if (record->link.next != &group->children)
            {
              record = ANYIO_CONTAINER (record->link.next, AnyioRecord, link);
              break;
            }
          if (group == root)
            return;
          next = first_child_from (group->scope.inner);
          if (next != NULL)
            {
              record = next;
              break;
            }
          record = group->scope.host;
          depth--;
        }
    }
}

static gboolean
print_task (AnyioRecord *record,
            guint depth,
            gpointer user_data)
{
  GString *text = user_data;
  AnyioRuntime *runtime = anyio_record_get_runtime (record);
  const char *state;

  if (record == runtime->current || record == runtime->visitor)
    state = "running";
  else if (record->wait != NULL)
    state = record->wait->attempted ? "waiting, abort under way" : "waiting";
  else if (record->kind == ANYIO_RECORD_FIBER)
    state = record->begun ? "ready" : "new";
  else
    state = "outside";

  g_string_append_printf (text, "%*s%s (#%" G_GUINT64_FORMAT ", %s%s)\n", (int) depth * 2, "", record->name, record->id, state, record->scope->eff ? ", cancelled" : "");

  return TRUE;
}

/**
 * anyio_dump_tree:
 *
 * Describes the live tasks of the thread's default main context, one a line, children indented below their parents: name, number, and what each is
 * doing. For logs and debuggers.
 *
 * Returns: (transfer full): the text; empty if there are no tasks
 *
 * Since: 0.1
 */
char *
anyio_dump_tree (void)
{
  AnyioRuntime *runtime = anyio_runtime_find ();
  GString *text = g_string_new (NULL);

  if (runtime != NULL)
    anyio_tree_foreach (&runtime->root, print_task, text);

  return g_string_free (text, FALSE);
}
