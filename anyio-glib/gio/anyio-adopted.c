/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Operations in callback style as children of a task group: existing code joins in without a fiber. A keeper stands for the operation among the group's
 * children, with a scope of its own whose cancellable the operation gets. */

#include "gio/anyio-adopted.h"

#include "core/anyio-error-private.h"
#include "core/anyio-fiber-private.h"
#include "core/anyio-operation-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-task-group-private.h"

/**
 * AnyioAdopted: (skip)
 *
 * An operation under way that is a child of a task group. It frees itself when the operation has ended.
 */
struct _AnyioAdopted
{
  AnyioDependent dependent;  /* in the group's scope while not told to cancel */
  AnyioRecord *keeper;       /* owned; NULL if the group was closed */
  AnyioRuntime *runtime;     /* borrowed: the keeper keeps it */
  GCancellable *cancellable; /* owned */
  AnyioFinishFunc finish;
  gpointer user_data;
};

static void
cancel_adopted (AnyioList *link)
{
  AnyioAdopted *self = ANYIO_CONTAINER (link, AnyioAdopted, dependent.link);
  g_autoptr (GCancellable) cancellable = g_object_ref (self->cancellable);

  anyio_scope_set_told (self->keeper); /* the CANCELLED that follows answers us */
  g_cancellable_cancel (cancellable);
}

/**
 * anyio_task_group_adopt_named: (skip)
 * @group: a group that is open
 * @name: the name of the child; a literal
 * @finish: calls the `_finish` function of the operation
 * @user_data: its argument
 *
 * Makes an operation in callback style a child of @group: the group waits for it, its failure cancels the group, and cancelling the group cancels it. Give
 * `ANYIO_ADOPTED (adopted)`, with a variable, as the last three arguments of the operation. In C use the macro anyio_task_group_adopt(), which names the child after @finish.
 *
 * Returns: (transfer none): freed when the operation has called back
 *
 * Since: 0.1
 */
AnyioAdopted *
anyio_task_group_adopt_named (AnyioTaskGroup *group,
                              const char *name,
                              AnyioFinishFunc finish,
                              gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  AnyioAdopted *self;

  g_return_val_if_fail (ANYIO_IS_TASK_GROUP (group), NULL);
  g_return_val_if_fail (finish != NULL, NULL);

  self = g_new0 (AnyioAdopted, 1);
  self->finish = finish;
  self->user_data = user_data;
  self->dependent.cancel = cancel_adopted;
  anyio_list_init (&self->dependent.link);
  if (!anyio_group_check_open (&group->group, name, &error))
    {
      /* The operation is begun in the next moment, whatever we say; it is told to end at once. */
      g_critical ("%s", error->message);
      self->cancellable = g_cancellable_new ();
      g_cancellable_cancel (self->cancellable);
      return self;
    }

  self->runtime = group->group.scope.runtime;
  self->keeper = anyio_record_new (&group->group, ANYIO_RECORD_KEEPER, name, self, NULL);
  self->cancellable = anyio_runtime_take_cancellable (self->runtime);
  anyio_operation_begin (self->runtime, self->cancellable);
  if (self->keeper->scope->eff)
    anyio_runtime_doom (self->runtime, &self->dependent);
  else
    anyio_list_append (anyio_scope_get_dependents (self->keeper), &self->dependent.link);

  return self;
}

/**
 * anyio_adopted_get_cancellable: (skip)
 * @adopted: an adopted operation
 *
 * Gets the cancellable for the operation. Use the macro ANYIO_ADOPTED().
 *
 * Returns: (transfer none): the cancellable
 *
 * Since: 0.1
 */
GCancellable *
anyio_adopted_get_cancellable (AnyioAdopted *adopted)
{
  return adopted->cancellable;
}

typedef struct
{
  AnyioRunnable message;
  AnyioAdopted *adopted;
  GObject *source;      /* owned; NULL */
  GAsyncResult *result; /* owned */
} LateReady;

static void
take_late_ready (AnyioRunnable *runnable)
{
  LateReady *late = ANYIO_CONTAINER (runnable, LateReady, message);

  anyio_adopted_ready (late->source, late->result, late->adopted);
  g_clear_object (&late->source);
  g_object_unref (late->result);
  g_free (late);
}

/* The operation breaks the rule of GIO that it calls back in the context where it was begun. The group belongs to another thread: it is not touched here. */
static void
ready_in_other_thread (AnyioAdopted *self,
                       GObject *source,
                       GAsyncResult *result)
{
  LateReady *late = g_new (LateReady, 1);

  g_critical ("An adopted operation called back in another thread than the one in which it was begun; it should return through a GTask");
  late->message.run = take_late_ready;
  late->adopted = self;
  late->source = source != NULL ? g_object_ref (source) : NULL;
  late->result = g_object_ref (result);
  anyio_loop_post (&self->runtime->loop, &late->message); /* open, because the keeper lives */
}

/**
 * anyio_adopted_ready: (skip)
 * @source: (nullable): the object of the operation
 * @result: its result
 * @adopted: the adopted operation
 *
 * The callback of an adopted operation. Use the macro ANYIO_ADOPTED().
 *
 * Since: 0.1
 */
void
anyio_adopted_ready (GObject *source,
                     GAsyncResult *result,
                     gpointer adopted)
{
  AnyioAdopted *self = adopted;
  AnyioPlace place;
  GError *error = NULL;

  if (self->keeper == NULL)
    {
      g_autoptr (GError) dropped = NULL;

      self->finish (source, result, self->user_data, &dropped);
      g_object_unref (self->cancellable);
      g_free (self);
      return;
    }

  if (G_UNLIKELY (!anyio_runtime_is_owner (self->runtime)))
    {
      ready_in_other_thread (self, source, result);
      return;
    }

  anyio_runtime_enter_place (self->runtime, &place);
  self->runtime->visitor = self->keeper;
  if (!self->finish (source, result, self->user_data, &error) && error == NULL)
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "The finish function of \"%s\" returned FALSE without setting an error", self->keeper->name);
  anyio_runtime_leave_place (self->runtime, &place);

  anyio_list_remove (&self->dependent.link);
  anyio_operation_end (self->runtime, self->cancellable);
  anyio_runtime_give_cancellable (self->runtime, self->cancellable);
  anyio_record_finish (self->keeper, error);
  g_free (self);
}
