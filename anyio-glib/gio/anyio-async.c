/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fiber functions for the rest of the GIO world: as the body of a GTask, and as a pair of _async and _finish. A cancellable that comes in is linked to
 * the task's scope. GTask's own check of it is switched off, because that would replace a finished result by CANCELLED when the cancellable fires late. */

#include "gio/anyio-async.h"

#include "core/anyio-cancel-scope-private.h"
#include "core/anyio-error-private.h"
#include "core/anyio-run.h"
#include "core/anyio-group-private.h"
#include "core/anyio-operation-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-time.h"
#include "gio/anyio-async-private.h"

/* --- the body of a GTask ------------------------------------------------------------------------------------------------------------------ */

typedef struct
{
  GTask *task;         /* owned */
  const char *name;
  AnyioTaskFunc func;
  gpointer user_data;  /* of func: the task itself, or what belongs to it */
  gboolean returns;    /* func only says whether it succeeded; the task is returned for it */
  gboolean ended;      /* func has returned, and this is what: */
  gboolean success;
  GError *failure;     /* owned; NULL */
} Body;

/* Callbacks run on the home stack. */
static void
return_task (gpointer data)
{
  Body *self = data;

  if (self->failure != NULL)
    {
      g_task_return_error (self->task, g_steal_pointer (&self->failure));
    }
  else if (!self->success)
    {
      g_task_return_new_error (self->task, G_IO_ERROR, G_IO_ERROR_FAILED, "Task \"%s\" returned FALSE without setting an error", self->name);
    }
  else if (self->returns)
    {
      g_task_return_boolean (self->task, TRUE);
    }
  else if (!g_task_get_completed (self->task) && !g_task_had_error (self->task) && G_OBJECT (self->task)->ref_count == 1)
    {
      g_critical ("Task \"%s\" returned TRUE without a g_task_return_*() function; the operation would never end", self->name);
      g_task_return_new_error (self->task, ANYIO_ERROR, ANYIO_ERROR_MISUSE, "Task \"%s\" ended without a result", self->name);
    }
}

static void
body_free (gpointer data)
{
  Body *self = data;

  if (!self->ended) /* no stack was left for it; the background error says more */
    g_task_return_new_error (self->task, G_IO_ERROR, G_IO_ERROR_FAILED, "Task \"%s\" could not begin", self->name);
  g_object_unref (self->task);
  g_free (self);
}

static gboolean
run_body (gpointer user_data,
          GError **error)
{
  Body *self = user_data;
  GCancellable *cancellable = g_task_get_cancellable (self->task);
  AnyioRecord *record = anyio_runtime_current ();
  AnyioRuntime *runtime = anyio_record_get_runtime (record);
  gboolean is_awaited = anyio_operation_take (runtime, cancellable);
  AnyioScope scope;

  anyio_scope_init (&scope);
  scope.where = self->func;
  anyio_scope_enter (&scope, record);
  if (cancellable != NULL)
    anyio_scope_add_link (&scope, cancellable);
  self->success = self->func (self->user_data, &self->failure);
  self->ended = TRUE;
  if (anyio_scope_check_exit (&scope, NULL))
    anyio_scope_unlink (&scope);
  anyio_scope_clear (&scope);
  if (is_awaited && !g_task_get_completed (self->task))
    anyio_operation_give (runtime, cancellable);

  anyio_call_home (return_task, self);

  return TRUE;
}

static void
start_body (GTask *task,
            const char *name,
            AnyioTaskFunc func,
            gpointer user_data,
            gboolean returns)
{
  GMainContext *context = g_task_get_context (task);
  AnyioRuntime *runtime;
  GError *error = NULL;
  Body *self;

  g_task_set_check_cancellable (task, FALSE);
  if (!g_main_context_acquire (context))
    {
      anyio_misuse (&error, "Task \"%s\" cannot be run in a GTask whose main context another thread iterates; make the GTask in that thread", name);
      g_task_return_error (task, error);
      return;
    }

  runtime = anyio_runtime_use (context, NULL, NULL, &error);
  if (runtime != NULL)
    {
      self = g_new (Body, 1);
      *self = (Body){ .task = g_object_ref (task), .name = name, .func = func, .user_data = user_data, .returns = returns };
      anyio_group_spawn (&runtime->root, name, run_body, self, body_free);
      anyio_runtime_end_use (runtime); /* the fiber is one */
    }
  else
    {
      g_task_return_error (task, error);
    }
  g_main_context_release (context);
}

/**
 * anyio_run_in_task_named: (skip)
 * @task: a task, made in the thread that iterates its context
 * @name: a literal, for messages
 * @func: the body; its user data is @task, and it calls one of the `g_task_return_` functions unless it fails
 *
 * Runs @func as a fiber that fills @task, as g_task_run_in_thread() does in a thread. The task's cancellable cancels it. In C use the macro anyio_run_in_task(). So the
 * `_async` half of a GIO-style pair takes five lines.
 *
 * A GTask calls back at once when it can, so the caller's callback may run inside the `g_task_return_` function, on the fiber's stack. Return last, and do it through
 * anyio_call_home() if the callback may be a script's. Failures are returned on the home stack.
 *
 * Since: 0.1
 */
void
anyio_run_in_task_named (GTask *task,
                         const char *name,
                         AnyioTaskFunc func)
{
  g_return_if_fail (G_IS_TASK (task));
  g_return_if_fail (func != NULL);

  start_body (task, name, func, task, FALSE);
}

typedef struct
{
  GTask *task;
  gpointer result;
  GDestroyNotify destroy;
} Result;

static void
return_pointer (gpointer data)
{
  Result *self = data;

  g_task_return_pointer (self->task, self->result, self->destroy);
}

gboolean
anyio_async_return_pointer (GTask *task,
                            gpointer result,
                            GDestroyNotify destroy)
{
  anyio_call_home (return_pointer, &(Result){ task, result, destroy });

  return TRUE;
}

static void
return_boolean (gpointer data)
{
  Result *self = data;

  g_task_return_boolean (self->task, GPOINTER_TO_INT (self->result));
}

gboolean
anyio_async_return_boolean (GTask *task,
                            gboolean result)
{
  anyio_call_home (return_boolean, &(Result){ task, GINT_TO_POINTER (result), NULL });

  return TRUE;
}

/* --- any function as a pair ------------------------------------------------------------------------------------------------------------------ */

/**
 * anyio_call_func_async: (skip)
 * @source_object: (nullable) (type GObject): the object to which the operation belongs
 * @name: a literal, for messages
 * @func: a function that suspends
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the operation has ended
 * @cancellable: (nullable): cancels @func
 * @callback: (nullable): called when @func has returned
 * @callback_data: its argument
 *
 * Offers any function for tasks as a GIO-style operation.
 *
 * Since: 0.1
 */
void
anyio_call_func_async (gpointer source_object,
                       const char *name,
                       AnyioTaskFunc func,
                       gpointer user_data,
                       GDestroyNotify destroy,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer callback_data)
{
  g_autoptr (GTask) task = g_task_new (source_object, cancellable, callback, callback_data);

  g_return_if_fail (func != NULL);

  g_task_set_source_tag (task, anyio_call_func_async);
  g_task_set_name (task, name);
  g_task_set_task_data (task, user_data, destroy);
  start_body (task, name, func, user_data, TRUE);
}

/**
 * anyio_call_func_finish: (skip)
 * @source_object: (nullable) (type GObject): the object to which the operation belongs
 * @result: the result
 * @error: return location for an error
 *
 * Finishes an operation begun by anyio_call_func_async().
 *
 * Errors: those of the function.
 *
 * Returns: %TRUE if the function succeeded
 *
 * Since: 0.1
 */
gboolean
anyio_call_func_finish (gpointer source_object,
                        GAsyncResult *result,
                        GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, source_object), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- twins ------------------------------------------------------------------------------------------------------------------------------------ */

static gboolean
sleep_body (gpointer user_data,
            GError **error)
{
  double *seconds = user_data;

  return anyio_sleep (*seconds, error);
}

/**
 * anyio_sleep_async:
 * @seconds: for how long
 * @cancellable: (nullable): ends the sleep
 * @callback: (scope async) (closure user_data): called when the time has passed
 * @user_data: its argument
 *
 * anyio_sleep() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_sleep_async (double seconds,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, anyio_sleep_async);
  g_task_set_task_data (task, g_memdup2 (&seconds, sizeof seconds), g_free);
  start_body (task, "sleep", sleep_body, g_task_get_task_data (task), TRUE);
}

/**
 * anyio_sleep_finish:
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_sleep_async().
 *
 * Errors: %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE when the time has passed
 *
 * Since: 0.1
 */
gboolean
anyio_sleep_finish (GAsyncResult *result,
                    GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
