/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for the first of several operations: exactly one is done, or none (SEMANTICS 7).
 *
 * All cases are tried first, from a rotating position on, so that one that is always ready does not starve those behind it. If none can be done at once, each puts an offer
 * where others find it, and the task is suspended. Who commits one of the offers withdraws the others in the same moment, so nobody can fulfil a second one. Two tasks that
 * both select can therefore meet: the one that comes later finds the offer of the other. A task never meets itself, because offers are made only when nothing can be done,
 * and a try leaves its own out.
 *
 * Costs: one visit to each case when one is ready, three when none is. Nothing is allocated.
 */

#include "core/anyio-select-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"

typedef struct
{
  AnyioParty party;
  AnyioSelectCase *cases; /* borrowed: the caller's array */
  gsize n_cases;
  gsize n_enqueued;
} Select;

void
anyio_select_enqueue_in_list (AnyioSelectCase *self,
                              AnyioParty *party,
                              AnyioList *list)
{
  AnyioOffer *offer = ANYIO_SELECT_STATE (self, AnyioOffer);

  offer->party = party;
  anyio_list_append (list, &offer->link);
}

void
anyio_select_withdraw_from_list (AnyioSelectCase *self)
{
  anyio_list_remove (&ANYIO_SELECT_STATE (self, AnyioOffer)->link);
}

/* All but the one with @committed, which may be NULL. */
static void
withdraw (Select *self,
          const AnyioOffer *committed)
{
  for (gsize i = 0; i < self->n_enqueued; i++)
    {
      AnyioSelectCase *each = &self->cases[i];

      if (each->ops != NULL && ANYIO_SELECT_STATE (each, AnyioOffer) != committed)
        each->ops->withdraw (each);
    }
}

static void
accept_case (AnyioParty *party)
{
  withdraw (ANYIO_CONTAINER (party, Select, party), party->committed);
  anyio_wait_complete (&party->wait);
}

static AnyioAbort
abort_select (AnyioWait *wait)
{
  withdraw (ANYIO_CONTAINER (wait, Select, party.wait), NULL);

  return ANYIO_ABORT_DONE;
}

/* The case at @index is done. Returns what the caller returns. */
static int
conclude (Select *self,
          gsize index,
          GError *failure,
          GError **error)
{
  if (G_LIKELY (failure == NULL))
    return (int) index;

  self->cases[index].failed = TRUE;
  g_propagate_error (error, failure);

  return -1;
}

/* The index of the case that could be done at once, with @failure set if it failed; -1 if there is none. */
static int
try_all (Select *self,
         GError **failure)
{
  AnyioRuntime *runtime = anyio_thread_runtime;
  gsize index = runtime != NULL && self->n_cases > 0 ? runtime->n_selects++ % self->n_cases : 0;

  for (gsize i = 0; i < self->n_cases; i++)
    self->cases[i].failed = FALSE;
  for (gsize i = 0; i < self->n_cases; i++)
    {
      AnyioSelectCase *each = &self->cases[index];

      if (each->ops != NULL && each->ops->try (each, &self->party, failure))
        return (int) index;
      if (++index == self->n_cases)
        index = 0;
    }

  return -1;
}

static int
wait_for_one (Select *self,
              AnyioRecord *record,
              GError **error)
{
  GError *failure = NULL;
  AnyioSelectCase *chosen;

  while (self->n_enqueued < self->n_cases)
    {
      AnyioSelectCase *each = &self->cases[self->n_enqueued];

      if (each->ops != NULL && !each->ops->enqueue (each, &self->party, &failure))
        {
          withdraw (self, NULL);
          return conclude (self, self->n_enqueued, failure, error);
        }
      self->n_enqueued++;
    }
  if (!anyio_wait_suspend (&self->party.wait, record))
    {
      anyio_scope_fail_cancelled (record, error);
      return -1;
    }

  chosen = ANYIO_CONTAINER (self->party.committed, AnyioSelectCase, opaque);
  if (chosen->ops->finish != NULL)
    chosen->ops->finish (chosen, &failure);

  return conclude (self, chosen - self->cases, failure, error);
}

/**
 * anyio_select: (skip)
 * @cases: (array length=n_cases): the operations
 * @n_cases: how many
 * @error: return location for an error
 *
 * Waits until one of several operations can be done, and does exactly that one; the others have not happened. When several could be done at once, each has its turn: the
 * look at them begins at another one each time. Cancel point; a cancelled call has done none.
 *
 * An operation that fails counts as done: the call fails with its error, and `failed` of the case is %TRUE. With cases that are never ready, or none, it waits until it is
 * cancelled.
 *
 * ```c
 * static gboolean
 * work (gpointer data, GError **error)
 * {
 *   return anyio_sleep (0.01, error);
 * }
 *
 * static gboolean
 * wait_a_little (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *   g_autoptr (AnyioTask) task = anyio_task_group_create_task (group, work, NULL, NULL);
 *   AnyioSelectCase cases[] = { ANYIO_SELECT_TASK (task), ANYIO_SELECT_SLEEP (1.0) };
 *   int chosen = anyio_select (cases, G_N_ELEMENTS (cases), error);
 *
 *   if (chosen < 0)
 *     return FALSE;
 *   g_print ("%s\n", chosen == 0 ? "It has ended" : "It takes longer than a second");
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (wait_a_little, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * Errors: those of the operations; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: the index of the operation that was done; -1 with @error set
 *
 * Since: 0.1
 */
int
anyio_select (AnyioSelectCase *cases,
              gsize n_cases,
              GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  Select self = { .party = { .wait = { .record = record, .abort = abort_select }, .accept = accept_case }, .cases = cases, .n_cases = n_cases };
  GError *failure = NULL;
  int done;

  if (record == NULL || !anyio_wait_pass (record, error))
    return -1;

  done = try_all (&self, &failure);

  return done >= 0 ? conclude (&self, done, failure, error) : wait_for_one (&self, record, error);
}

/**
 * anyio_select_nowait: (skip)
 * @cases: (array length=n_cases): the operations
 * @n_cases: how many
 * @error: return location for an error
 *
 * Does one of several operations if one can be done at once. Never suspends, and is no cancel point. As anyio_select() otherwise.
 *
 * Errors: those of the operations; %G_IO_ERROR_WOULD_BLOCK if none can be done.
 *
 * Returns: the index of the operation that was done; -1 with @error set
 *
 * Since: 0.1
 */
int
anyio_select_nowait (AnyioSelectCase *cases,
                     gsize n_cases,
                     GError **error)
{
  Select self = { .party.wait.record = anyio_runtime_current_or_visitor (), .cases = cases, .n_cases = n_cases };
  GError *failure = NULL;
  int done = try_all (&self, &failure);

  if (done >= 0)
    return conclude (&self, done, failure, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "None of the operations can be done at once");

  return -1;
}
