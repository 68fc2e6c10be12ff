/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Several functions at once. Each is a task of a group that lives as long as the call; the group's policy says what an end means. */

#include "combinators/anyio-gather.h"

#include "core/anyio-cancel-scope.h"
#include "core/anyio-completions.h"
#include "core/anyio-error.h"
#include "core/anyio-join-policy.h"
#include "core/anyio-task-group.h"
#include "core/anyio-task.h"

/**
 * anyio_gather: (skip)
 * @parts: (array length=n_parts): what to run
 * @n_parts: how many there are; none is a success
 * @error: return location for an error
 *
 * Runs all parts at once and waits for all. The first failure cancels the others. Cancel point.
 *
 * ```c
 * static gboolean
 * square (gpointer data, GError **error)
 * {
 *   int *number = data;
 *
 *   if (!anyio_sleep (0.01, error))
 *     return FALSE;
 *   *number *= *number;
 *
 *   return TRUE;
 * }
 *
 * static gboolean
 * square_both (gpointer data, GError **error)
 * {
 *   int a = 3;
 *   int b = 4;
 *   const AnyioPart parts[] = { ANYIO_PART (square, &a), ANYIO_PART (square, &b) };
 *
 *   if (!anyio_gather (parts, G_N_ELEMENTS (parts), error))
 *     return FALSE;
 *   g_print ("%d\n", a + b);
 *
 *   return TRUE;
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (square_both, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * AnyIO: gather().
 *
 * Errors: those of the parts, several as %ANYIO_ERROR_GROUP; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE if all have succeeded
 *
 * Since: 0.1
 */
gboolean
anyio_gather (const AnyioPart *parts,
              guint n_parts,
              GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_new ();

  g_return_val_if_fail (parts != NULL || n_parts == 0, FALSE);

  if (!anyio_task_group_enter (group, error))
    return FALSE;
  for (guint i = 0; i < n_parts; i++)
    anyio_task_group_start_soon_named (group, parts[i].name, parts[i].func, parts[i].user_data, NULL);

  return anyio_task_group_join (group, error);
}

typedef struct
{
  AnyioTaskGroup *group;
  const AnyioPart *parts;
  int winner; /* the first that succeeded; -1: none did */
} Race;

typedef struct
{
  Race *race;
  guint index;
} Runner;

static gboolean
run_part (gpointer data,
          GError **error)
{
  const Runner *self = data;
  const AnyioPart *part = &self->race->parts[self->index];

  if (!part->func (part->user_data, error))
    return FALSE;
  if (self->race->winner < 0)
    self->race->winner = (int) self->index;

  return TRUE;
}

/* One that fails decides, too, but then there is an error and no winner. */
static int
finish_race (Race *self,
             GError **error)
{
  if (!anyio_task_group_join (self->group, error))
    return -1;
  if (self->winner < 0)
    g_set_error_literal (error, ANYIO_ERROR, ANYIO_ERROR_EMPTY, "There is no winner: the part that was done first was cancelled alone");

  return self->winner;
}

/**
 * anyio_race: (skip)
 * @parts: (array length=n_parts): what to run
 * @n_parts: how many there are
 * @error: return location for an error
 *
 * Runs all parts at once. The first that ends decides, be it a success or a failure; the others are cancelled, and the call returns when they have ended. Cancel point.
 *
 * Errors: that of the first part; those of others whose cleanup failed; %ANYIO_ERROR_EMPTY if there are no parts or the first was cancelled
 * alone; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: the index of the part that was done first, -1 with @error set
 *
 * Since: 0.1
 */
int
anyio_race (const AnyioPart *parts,
            guint n_parts,
            GError **error)
{
  g_autofree Runner *runners = g_new (Runner, n_parts);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_new ();
  Race race = { group, parts, -1 };

  g_return_val_if_fail (parts != NULL || n_parts == 0, -1);

  if (!anyio_task_group_enter (group, error))
    return -1;
  anyio_task_group_set_policy (group, ANYIO_JOIN_FIRST_DONE);
  for (guint i = 0; i < n_parts; i++)
    {
      runners[i] = (Runner){ &race, i };
      anyio_task_group_start_soon_named (group, parts[i].name, run_part, &runners[i], NULL);
    }

  return finish_race (&race, error);
}

/* Until the newest part may have a successor: the time is over or a part has ended. FALSE: nothing more is to be started. */
static gboolean
wait_for_turn (AnyioTaskGroup *group,
               double stagger,
               GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (stagger);
  g_autoptr (AnyioTask) task = anyio_task_group_next_completed (group, error);

  if (!anyio_cancel_scope_exit (scope, error))
    return FALSE;

  return task == NULL || anyio_task_get_status (task) != ANYIO_TASK_FINISHED;
}

/**
 * anyio_first_success: (skip)
 * @parts: (array length=n_parts): what to run, the best first
 * @n_parts: how many there are
 * @stagger: seconds after which the next part is started beside those that run; 0 starts all at once, infinity starts one after another
 * @error: return location for an error
 *
 * Runs the parts until one succeeds. The next one is started @stagger seconds after the last, or at once when one has failed. When one has succeeded the
 * others are cancelled, and the call returns when they have ended. Cancel point: who is cancelled before all parts have failed is cancelled, whatever failed before.
 *
 * Errors: those of all parts if none succeeds, several as %ANYIO_ERROR_GROUP; %ANYIO_ERROR_EMPTY if there are no parts; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK
 * outside tasks.
 *
 * Returns: the index of the part that succeeded first, -1 with @error set
 *
 * Since: 0.1
 */
int
anyio_first_success (const AnyioPart *parts,
                     guint n_parts,
                     double stagger,
                     GError **error)
{
  g_autofree Runner *runners = g_new (Runner, n_parts);
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_new ();
  Race race = { group, parts, -1 };
  int winner;

  g_return_val_if_fail (parts != NULL || n_parts == 0, -1);

  if (!anyio_task_group_enter (group, error))
    return -1;
  anyio_task_group_set_policy (group, ANYIO_JOIN_FIRST_SUCCESS);
  anyio_task_group_keep_completed (group);
  for (guint i = 0; i < n_parts; i++)
    {
      if (i > 0 && stagger > 0 && !wait_for_turn (group, stagger, &failure))
        break;
      runners[i] = (Runner){ &race, i };
      anyio_task_group_start_soon_named (group, parts[i].name, run_part, &runners[i], NULL);
    }

  winner = finish_race (&race, &failure);
  if (winner < 0)
    g_propagate_error (error, g_steal_pointer (&failure));

  return winner;
}
