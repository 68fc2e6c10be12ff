/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Joiner policies (SEMANTICS 3.9): what the end of a child means for its group.
 *
 * The policy sees ends in the order in which they happen, so a tie goes to the earlier one. A cancellation that answers our own abort decides nothing: it is recorded as
 * in every group. Nor does a failure decide anything under FIRST_SUCCESS while another child may succeed: if that is kept from it by a cancellation, the group is
 * cancelled, and what failed before is no answer. A body that fails cancels the group under every policy.
 */

#include "core/anyio-join-policy.h"

#include "core/anyio-error-private.h"
#include "core/anyio-fiber-private.h"
#include "core/anyio-group-extra-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-task-group-private.h"

static void
keep (AnyioGroupExtra *self,
      GError *error)
{
  if (self->kept == NULL)
    self->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
  g_ptr_array_add (self->kept, error);
}

static void
win (AnyioGroup *self,
     AnyioTask *handle,
     const char *name,
     const char *reason)
{
  self->extra->winner = g_object_ref (handle);
  anyio_scope_cancel (&self->scope, ANYIO_CANCEL_EXPLICIT, reason, name);
}

typedef struct
{
  AnyioTaskGroup *group;
  AnyioTask *task;
  const GError *error;
} Failure;

static void
tell_failure (gpointer data)
{
  Failure *self = data;
  AnyioRuntime *runtime = self->group->runtime;
  AnyioRecord *ended = g_steal_pointer (&runtime->visitor); /* nobody can act on behalf of a task that has ended */

  runtime->n_told++;
  if (!anyio_task_group_emit_child_failed (self->group, self->task, self->error))
    anyio_run_background_error (anyio_task_get_name (self->task), self->error);
  runtime->n_told--;
  runtime->visitor = ended;
}

void
anyio_group_policy_ended (AnyioGroup *self,
                          AnyioTask *handle,
                          const char *name,
                          GError *error,
                          gboolean is_own,
                          gboolean succeeded)
{
  AnyioGroupExtra *extra = self->extra;

  if (error != NULL && is_own)
    {
      anyio_group_add_failure (self, ANYIO_CANCEL_CHILD_FAILED, name, error, TRUE);
      return;
    }

  switch (extra->policy)
    {
    case ANYIO_JOIN_ALL:
      if (error != NULL)
        anyio_group_add_failure (self, ANYIO_CANCEL_CHILD_FAILED, name, error, FALSE);
      break;
    case ANYIO_JOIN_COLLECT:
      if (error != NULL)
        {
          anyio_group_note_failure (self, name, error);
          g_error_free (error);
        }
      break;
    case ANYIO_JOIN_FIRST_DONE:
      if (extra->winner == NULL)
        win (self, handle, name, "another task of the group was done first");
      if (error != NULL)
        anyio_group_add_failure (self, ANYIO_CANCEL_CHILD_FAILED, name, error, FALSE);
      break;
    case ANYIO_JOIN_FIRST_SUCCESS:
      if (error != NULL)
        {
          anyio_group_note_failure (self, name, error);
          keep (extra, error);
        }
      else if (succeeded && extra->winner == NULL)
        win (self, handle, name, "another task of the group succeeded first");
      break;
    case ANYIO_JOIN_SUPERVISE:
      if (error != NULL)
        {
          Failure failure = { self->handle, handle, error };

          self->n_pending_starts++; /* what the handler starts in the last child's place has a group, also if the handler runs a main loop */
          anyio_fiber_call_home (self->scope.runtime, tell_failure, &failure);
          self->n_pending_starts--;
          g_error_free (error);
        }
      break;
    }
}

void
anyio_group_policy_closing (AnyioGroup *self)
{
  AnyioGroupExtra *extra = self->extra;

  if (extra->winner != NULL || (extra->policy != ANYIO_JOIN_FIRST_DONE && extra->policy != ANYIO_JOIN_FIRST_SUCCESS))
    return;

  if (self->errors == NULL && self->cancellation != NULL)
    return;
  if (self->errors == NULL)
    self->errors = g_steal_pointer (&extra->kept);
  else if (extra->kept != NULL)
    g_ptr_array_extend_and_steal (self->errors, g_steal_pointer (&extra->kept));
  if (self->errors == NULL)
    {
      self->errors = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
      g_ptr_array_add (self->errors, g_error_new_literal (ANYIO_ERROR, ANYIO_ERROR_EMPTY, "No task of the task group came to an end of its own that could decide"));
    }
}

/**
 * anyio_task_group_get_policy:
 * @self: a group
 *
 * Tells what the end of a child means for the group.
 *
 * Returns: the policy
 *
 * Since: 0.1
 */
AnyioJoinPolicy
anyio_task_group_get_policy (AnyioTaskGroup *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), ANYIO_JOIN_ALL);

  return self->group.extra != NULL ? self->group.extra->policy : ANYIO_JOIN_ALL;
}

/**
 * anyio_task_group_set_policy:
 * @self: a group that has no children yet
 * @policy: the policy
 *
 * Chooses what the end of a child means for the group; %ANYIO_JOIN_ALL at first. With %ANYIO_JOIN_COLLECT, and with %ANYIO_JOIN_FIRST_SUCCESS if there is a winner, the
 * failures of children do not come out of anyio_task_group_join(); they are among #AnyioTaskGroup:failures, and each is its task's result. The same holds with
 * %ANYIO_JOIN_FIRST_SUCCESS if the body or a child was cancelled before all had failed: the join is cancelled then. The first-of policies
 * fail with %ANYIO_ERROR_EMPTY if there was nothing to wait for.
 *
 * Since: 0.1
 */
void
anyio_task_group_set_policy (AnyioTaskGroup *self,
                             AnyioJoinPolicy policy)
{
  g_return_if_fail (ANYIO_IS_TASK_GROUP (self));
  g_return_if_fail (policy >= ANYIO_JOIN_ALL && policy <= ANYIO_JOIN_SUPERVISE);
  g_return_if_fail (self->group.n_children == 0);

  anyio_group_get_extra (&self->group)->policy = policy;
}

/**
 * anyio_task_group_get_winner:
 * @self: a group with the policy %ANYIO_JOIN_FIRST_DONE or %ANYIO_JOIN_FIRST_SUCCESS
 *
 * Gets the task whose end decided. Its outcome is told by anyio_task_get_result().
 *
 * Returns: (transfer none) (nullable): the task; %NULL if none has decided
 *
 * Since: 0.1
 */
AnyioTask *
anyio_task_group_get_winner (AnyioTaskGroup *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (self), NULL);

  return self->group.extra != NULL ? self->group.extra->winner : NULL;
}
