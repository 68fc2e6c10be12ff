/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fiber functions for the rest of the GIO world: as the body of a GTask, and as a pair of _async and _finish. A cancellable that comes in is linked to
 * the task's scope. GTask's own check of it is switched off, because that would replace a finished result by CANCELLED when the cancellable fires late. */

#include "gio/anyio-async.h"

#include "core/anyio-cancel-scope-private.h"
#include "core/anyio-error-private.h"
#include "core/anyio-run.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-time.h"

/* --- the body of a GTask ------------------------------------------------------------------------------------------------------------------ */

typedef struct
{
  GTask *task; /* owned */
  const char *name;
  AnyioTaskFunc func;
} Body;

static void
body_free (gpointer data)
{
  Body *self = data;

  g_object_unref (self->task);
  g_free (self);
}

static gboolean
run_body (gpointer user_data,
          GError **error)
{
  Body *self = user_data;
  AnyioRecord *record = anyio_runtime_current ();
  GCancellable *cancellable = g_task_get_cancellable (self->task);
  GError *failure = NULL;
  AnyioScope scope;
  gboolean success;

  anyio_scope_init (&scope);
  anyio_scope_enter (&scope, record);
  if (cancellable != NULL)
    anyio_scope_add_link (&scope, cancellable);
  success = self->func (self->task, &failure);
  anyio_scope_unlink (&scope);
  anyio_scope_clear (&scope);

  if (failure != NULL)
    g_task_return_error (self->task, failure);
  else if (!success)
    g_task_return_new_error (self->task, G_IO_ERROR, G_IO_ERROR_FAILED, "Task \"%s\" returned FALSE without setting an error", self->name);
  else if (!g_task_get_completed (self->task) && !g_task_had_error (self->task) && G_OBJECT (self->task)->ref_count == 1)
    {
      g_critical ("Task \"%s\" returned TRUE without a g_task_return_*() function; the operation would never end", self->name);
      g_task_return_new_error (self->task, ANYIO_ERROR, ANYIO_ERROR_MISUSE, "Task \"%s\" ended without a result", self->name);
    }

  return TRUE;
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
 * Since: 0.1
 */
void
anyio_run_in_task_named (GTask *task,
                         const char *name,
                         AnyioTaskFunc func)
{
  Body *self;

  g_return_if_fail (G_IS_TASK (task));
  g_return_if_fail (func != NULL);

  self = g_new (Body, 1);
  self->task = g_object_ref (task);
  self->name = name;
  self->func = func;
  g_task_set_check_cancellable (task, FALSE);
  g_main_context_push_thread_default (g_task_get_context (task));
  anyio_start_named (name, run_body, self, body_free);
  g_main_context_pop_thread_default (g_task_get_context (task));
}

/* --- any function as a pair ------------------------------------------------------------------------------------------------------------------ */

typedef struct
{
  AnyioTaskFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} CallFunc;

static void
call_func_free (gpointer data)
{
  CallFunc *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

static gboolean
call_func (gpointer user_data,
           GError **error)
{
  GTask *task = user_data;
  CallFunc *self = g_task_get_task_data (task);

  if (!self->func (self->user_data, error))
    return FALSE;
  g_task_return_boolean (task, TRUE);

  return TRUE;
}

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
  CallFunc *self = g_new (CallFunc, 1);

  *self = (CallFunc){ func, user_data, destroy };
  g_task_set_source_tag (task, anyio_call_func_async);
  g_task_set_name (task, name);
  g_task_set_task_data (task, self, call_func_free);
  anyio_run_in_task_named (task, name, call_func);
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
  GTask *task = user_data;

  if (!anyio_sleep (*(double *) g_task_get_task_data (task), error))
    return FALSE;
  g_task_return_boolean (task, TRUE);

  return TRUE;
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
  anyio_run_in_task_named (task, "sleep", sleep_body);
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
