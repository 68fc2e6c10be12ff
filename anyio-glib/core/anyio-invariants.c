/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sentences about scopes, tasks and groups that hold after every step of every task; see SEMANTICS 10 and the invariants in the private headers. A look costs as
 * much as there are tasks and scopes, so with very many of them only a part of the steps is followed by one.
 */

#include "core/anyio-invariants-private.h"

#include "core/anyio-runtime-private.h"
#include "core/anyio-tree-private.h"

#define FEW_TASKS 64 /* up to so many every step is checked, above one in as many steps as there are tasks */

#define check(record, condition) \
  do \
    if (G_UNLIKELY (!(condition))) \
      g_error ("Invariant violated at task \"%s\" (#%" G_GUINT64_FORMAT "): %s", (record)->name, (record)->id, #condition); \
  while (0)

static void
check_group (AnyioRecord *host,
             AnyioGroup *group)
{
  guint n_children = 0;

  ANYIO_LIST_FOREACH (&group->children, link)
    n_children++;
  check (host, group->n_children == n_children);
  /* I1: closed means that nothing runs in it */
  check (host, !group->closed || (n_children == 0 && group->n_pending_starts == 0 && !group->body_runs));
  check (host, group->joiner == NULL || !group->closed);
  check (host, group->scope.group == group);
}

static void
check_scope (AnyioRecord *host,
             AnyioScope *scope)
{
  check (host, scope->state == ANYIO_SCOPE_LIVE);
  check (host, scope->host == host);
  check (host, scope->inner == NULL || scope->inner->parent == scope);
  /* I4 */
  check (host, scope->eff == (scope->called || (!scope->shield && scope->parent->eff)));
  check (host, scope->called == (scope->reason != ANYIO_CANCEL_NONE));
  /* A cancelled scope waits for no deadline, and nobody who depends on it was forgotten. */
  check (host, !scope->called || !anyio_timer_is_armed (&scope->timer));
  check (host, !scope->eff || anyio_list_is_empty (&scope->dependents));
  if (scope->group != NULL)
    check_group (host, scope->group);
}

static gboolean
check_record (AnyioRecord *record,
              guint depth,
              gpointer user_data)
{
  AnyioScope *innermost = &record->group->scope;
  guint *n_records = user_data;

  (*n_records)++;
  check (record, record->outermost == NULL || record->outermost->parent == &record->group->scope);
  for (AnyioScope *scope = record->outermost; scope != NULL; scope = scope->inner)
    {
      check_scope (record, scope);
      innermost = scope;
    }
  check (record, record->scope == innermost);
  check (record, !record->has_task_scope || record->outermost != NULL);
  /* I6, I7: whoever waits in a cancelled scope was told, once */
  check (record, record->wait == NULL || !record->scope->eff || record->wait->attempted);
  check (record, record->wait == NULL || record->wait->record == record);

  return TRUE;
}

void
anyio_invariants_check (AnyioRuntime *runtime)
{
  static __thread guint n_steps;
  guint n_records = 0;

  n_steps++;
  if (runtime->n_records > FEW_TASKS && n_steps % runtime->n_records != 0)
    return;

  anyio_tree_foreach (&runtime->root, check_record, &n_records);
  if (n_records + runtime->n_told != runtime->n_records)
    g_error ("Invariant violated: %u tasks are alive and %u are in the tree", runtime->n_records - runtime->n_told, n_records);
}
