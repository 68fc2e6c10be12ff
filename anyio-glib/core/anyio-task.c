/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The public handle of a task. It is made when somebody asks, and keeps name, number and outcome when the task has ended. Its functions belong to
 * the thread that iterates the task's context, except cancel().
 */

#include "core/anyio-task-private.h"

#include "core/anyio-enums.h"
#include "core/anyio-error-private.h"
#include "core/anyio-group-private.h"
#include "core/anyio-runtime-private.h"

/**
 * AnyioTask:
 *
 * A task: one function that runs in a task group. A handle to it is made only when somebody asks: by anyio_task_group_create_task(), for instance. It can be
 * waited for any number of times, by any number of tasks, and cancelled alone. It keeps name, number and outcome when the task has ended.
 *
 * ```c
 * static gboolean
 * compute (gpointer data, GError **error)
 * {
 *   g_auto (GValue) value = G_VALUE_INIT;
 *
 *   if (!anyio_sleep (0.01, error))
 *     return FALSE;
 *   g_value_init (&value, G_TYPE_INT);
 *   g_value_set_int (&value, 42);
 *   anyio_task_set_result (&value);
 *
 *   return TRUE;
 * }
 *
 * static gboolean
 * wait_for_it (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *   g_autoptr (AnyioTask) task = anyio_task_group_create_task (group, compute, NULL, NULL);
 *   g_auto (GValue) value = G_VALUE_INIT;
 *
 *   if (!anyio_task_wait (task, error))
 *     return FALSE;
 *   if (anyio_task_get_result (task, &value, NULL))
 *     g_print ("%s: %d\n", anyio_task_get_name (task), g_value_get_int (&value));
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (wait_for_it, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * AnyIO: TaskHandle and TaskInfo.
 *
 * Since: 0.1
 */
struct _AnyioTask
{
  GObject parent_instance;

  AnyioRecord *record;   /* borrowed; NULL once the task has ended */
  AnyioRuntime *runtime; /* owned */
  const char *name;      /* static or interned, once the task has ended */
  guint64 id;
  AnyioTaskStatus status; /* once the task has ended */
  GValue result;         /* unset: none */
  GError *error;         /* owned; NULL */
  AnyioDependent end_told; /* to whoever listens for notify::status */
  AnyioList waiters;     /* of AnyioOffer */
};

typedef struct
{
  GObjectClass parent_class;
} AnyioTaskClass;

enum
{
  PROP_NAME = 1,
  PROP_ID,
  PROP_STATUS,
  PROP_PARENT,
  PROP_GROUP,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];
static guint notify_signal;

static void anyio_task_async_result_init (GAsyncResultIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AnyioTask, anyio_task, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_ASYNC_RESULT, anyio_task_async_result_init))

typedef struct
{
  AnyioRunnable message;
  AnyioTask *task; /* owned */
} AbandonMessage;

static void
end_abandoned (AnyioRunnable *runnable)
{
  AbandonMessage *message = ANYIO_CONTAINER (runnable, AbandonMessage, message);
  g_autoptr (AnyioTask) task = message->task;
  AnyioRecord *record = task->record;

  g_free (message);
  if (record == NULL || record->kind != ANYIO_RECORD_CALLBACK || !record->begun)
    return;

  anyio_record_finish_at_home (record, g_error_new (ANYIO_ERROR, ANYIO_ERROR_ABANDONED,
                                                    "Task \"%s\" was dropped before it had returned; keep a reference until anyio_task_return_value() or anyio_task_return_error()",
                                                    record->name));
}

/* A callback task that was dropped unfinished ends from the inbox, not in here: this may be any thread, or the task's own end, which destroys its user data. The
 * message keeps the handle, so what the record points to is alive as long as the record is. */
static void
anyio_task_dispose (GObject *object)
{
  AnyioTask *self = ANYIO_TASK (object);

  if (self->record != NULL)
    {
      AbandonMessage *message = g_new (AbandonMessage, 1);

      message->message.run = end_abandoned;
      message->task = g_object_ref (self);
      if (!anyio_loop_post (&self->runtime->loop, &message->message))
        {
          g_object_unref (self);
          g_free (message);
        }
    }

  G_OBJECT_CLASS (anyio_task_parent_class)->dispose (object);
}

static void
anyio_task_finalize (GObject *object)
{
  AnyioTask *self = ANYIO_TASK (object);

  anyio_runtime_unref (self->runtime);
  if (G_IS_VALUE (&self->result))
    g_value_unset (&self->result);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (anyio_task_parent_class)->finalize (object);
}

static void
anyio_task_get_property (GObject *object,
                         guint id,
                         GValue *value,
                         GParamSpec *pspec)
{
  AnyioTask *self = ANYIO_TASK (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, anyio_task_get_name (self));
      break;
    case PROP_ID:
      g_value_set_uint64 (value, self->id);
      break;
    case PROP_STATUS:
      g_value_set_enum (value, anyio_task_get_status (self));
      break;
    case PROP_PARENT:
      g_value_set_object (value, anyio_task_get_parent (self));
      break;
    case PROP_GROUP:
      g_value_set_object (value, anyio_task_get_group (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_task_set_property (GObject *object,
                         guint id,
                         const GValue *value,
                         GParamSpec *pspec)
{
  AnyioTask *self = ANYIO_TASK (object);

  switch (id)
    {
    case PROP_NAME:
      anyio_task_set_name (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_task_class_init (AnyioTaskClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = anyio_task_dispose;
  object_class->finalize = anyio_task_finalize;
  object_class->get_property = anyio_task_get_property;
  object_class->set_property = anyio_task_set_property;

  /**
   * AnyioTask:name:
   *
   * The task's name: that of its function, unless it was named otherwise.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioTask:id:
   *
   * A number that no other task of this run has.
   *
   * Since: 0.1
   */
  properties[PROP_ID] = g_param_spec_uint64 ("id", NULL, NULL, 0, G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioTask:status:
   *
   * How far the task has got. Notified when it has ended.
   *
   * Since: 0.1
   */
  properties[PROP_STATUS] = g_param_spec_enum ("status", NULL, NULL, ANYIO_TYPE_TASK_STATUS, ANYIO_TASK_PENDING, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioTask:parent:
   *
   * The task that owns the group in which this one runs.
   *
   * Since: 0.1
   */
  properties[PROP_PARENT] = g_param_spec_object ("parent", NULL, NULL, ANYIO_TYPE_TASK, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioTask:group:
   *
   * The group in which the task runs.
   *
   * Since: 0.1
   */
  properties[PROP_GROUP] = g_param_spec_object ("group", NULL, NULL, ANYIO_TYPE_TASK_GROUP, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  notify_signal = g_signal_lookup ("notify", G_TYPE_OBJECT);
}

static void
anyio_task_init (AnyioTask *self)
{
  anyio_list_init (&self->waiters);
  anyio_list_init (&self->end_told.link);
}

static gpointer
anyio_task_get_user_data (GAsyncResult *result)
{
  return NULL;
}

static GObject *
anyio_task_get_source_object (GAsyncResult *result)
{
  return NULL;
}

static gboolean
anyio_task_is_tagged (GAsyncResult *result,
                      gpointer tag)
{
  return FALSE;
}

static void
anyio_task_async_result_init (GAsyncResultIface *iface)
{
  iface->get_user_data = anyio_task_get_user_data;
  iface->get_source_object = anyio_task_get_source_object;
  iface->is_tagged = anyio_task_is_tagged;
}

AnyioTask *
anyio_task_new (AnyioRecord *record)
{
  AnyioTask *self = g_object_new (ANYIO_TYPE_TASK, NULL);

  self->record = record;
  self->runtime = anyio_runtime_ref (anyio_record_get_runtime (record));
  self->id = record->id;

  return self;
}

/* On the home stack: the task may have ended on its own. */
static void
tell_end (AnyioList *link)
{
  AnyioTask *self = ANYIO_CONTAINER (link, AnyioTask, end_told.link);

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
  g_object_unref (self);
}

/* Whether anybody listens for a property, whichever. */
static gboolean
is_listened_to (AnyioTask *self)
{
  if (G_OBJECT (self)->ref_count == 1)
    return FALSE; /* nobody else has it */

  return g_signal_has_handler_pending (self, notify_signal, 0, TRUE);
}

void
anyio_task_finished (AnyioRecord *record,
                     const GError *error,
                     gboolean was_cancelled)
{
  AnyioTask *self = record->handle;
  gboolean is_weak = record->kind == ANYIO_RECORD_CALLBACK && record->begun;

  record->handle = NULL;
  self->record = NULL;
  self->name = record->name;
  self->status = was_cancelled ? ANYIO_TASK_CANCELLED : error != NULL ? ANYIO_TASK_FAILED
                                                                      : ANYIO_TASK_FINISHED;
  if (error != NULL)
    self->error = g_error_copy (error);
  else if (was_cancelled)
    self->error = g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Task \"%s\" was cancelled", self->name);
  anyio_wait_wake_all (&self->waiters);
  if (is_listened_to (self))
    {
      self->end_told.cancel = tell_end;
      anyio_runtime_doom (self->runtime, &g_object_ref (self)->end_told);
    }
  if (!is_weak)
    g_object_unref (self);
}

/**
 * anyio_get_current_task:
 *
 * Gets the task that runs now. AnyIO: get_current_task().
 *
 * Returns: (transfer none) (nullable): the task; %NULL outside tasks
 *
 * Since: 0.1
 */
AnyioTask *
anyio_get_current_task (void)
{
  AnyioRecord *record = anyio_runtime_current_or_visitor ();

  return record != NULL ? anyio_record_get_handle (record) : NULL;
}

/**
 * anyio_task_get_name:
 * @self: a task
 *
 * Gets the task's name: that of its function, unless it was named otherwise.
 *
 * Returns: (transfer none): the name
 *
 * Since: 0.1
 */
const char *
anyio_task_get_name (AnyioTask *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK (self), NULL);

  return self->record != NULL ? self->record->name : self->name;
}

/**
 * anyio_task_set_name:
 * @self: a task
 * @name: its name
 *
 * Names the task, for error messages and the task tree. The string is interned.
 *
 * Since: 0.1
 */
void
anyio_task_set_name (AnyioTask *self,
                     const char *name)
{
  g_return_if_fail (ANYIO_IS_TASK (self));
  g_return_if_fail (name != NULL);

  if (self->record != NULL)
    self->record->name = g_intern_string (name);
  else
    self->name = g_intern_string (name);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NAME]);
}

/**
 * anyio_task_get_id:
 * @self: a task
 *
 * Gets a number that no other task of this run has.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
anyio_task_get_id (AnyioTask *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK (self), 0);

  return self->id;
}

/**
 * anyio_task_get_parent:
 * @self: a task
 *
 * Gets the task that owns the group in which @self runs; until anyio_task_started(), the one that called start().
 *
 * Returns: (transfer none) (nullable): the parent; %NULL for tasks at the root and for those that have ended
 *
 * Since: 0.1
 */
AnyioTask *
anyio_task_get_parent (AnyioTask *self)
{
  AnyioRecord *parent;

  g_return_val_if_fail (ANYIO_IS_TASK (self), NULL);

  parent = self->record != NULL ? anyio_record_get_parent (self->record) : NULL;

  return parent != NULL && parent->kind != ANYIO_RECORD_KEEPER ? anyio_record_get_handle (parent) : NULL;
}

/**
 * anyio_task_get_group:
 * @self: a task
 *
 * Gets the group in which the task runs.
 *
 * Returns: (transfer none) (nullable): the group; %NULL for tasks at the root, those that start() still waits for, and those that have ended
 *
 * Since: 0.1
 */
AnyioTaskGroup *
anyio_task_get_group (AnyioTask *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK (self), NULL);

  return self->record != NULL ? self->record->group->handle : NULL;
}

/**
 * anyio_task_get_cancellable:
 * @self: a task
 *
 * Gets the cancellable of the task's current scope: how a callback task learns that it is cancelled.
 *
 * Returns: (transfer none) (nullable): the cancellable; %NULL if the task has ended
 *
 * Since: 0.1
 */
GCancellable *
anyio_task_get_cancellable (AnyioTask *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK (self), NULL);

  /* The group's would be everybody's, and deaf to a cancellation of this task alone. */
  return self->record != NULL ? anyio_scope_get_cancellable (anyio_record_get_own_scope (self->record)) : NULL;
}

/**
 * anyio_task_get_status:
 * @self: a task
 *
 * Tells how far the task has got.
 *
 * Returns: the status
 *
 * Since: 0.1
 */
AnyioTaskStatus
anyio_task_get_status (AnyioTask *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK (self), ANYIO_TASK_PENDING);

  if (self->record == NULL)
    return self->status;

  return anyio_task_has_pending_cancellation (self) ? ANYIO_TASK_CANCELLING : ANYIO_TASK_PENDING;
}

/**
 * anyio_task_has_pending_cancellation:
 * @self: a task
 *
 * Tells whether the next suspension point of the task will fail with CANCELLED. AnyIO: TaskInfo.has_pending_cancellation().
 *
 * Returns: %TRUE if its current scope is cancelled
 *
 * Since: 0.1
 */
gboolean
anyio_task_has_pending_cancellation (AnyioTask *self)
{
  g_return_val_if_fail (ANYIO_IS_TASK (self), FALSE);

  if (self->record == NULL)
    return FALSE;
  anyio_scope_look (self->record->scope);

  return self->record->scope->eff;
}

/**
 * anyio_task_cancel:
 * @self: a task
 * @reason: (nullable): why
 *
 * Cancels this task alone; its group and its siblings are not disturbed. Nothing happens if it has ended. May be called in any thread.
 * AnyIO: TaskHandle.cancel().
 *
 * Since: 0.1
 */
void
anyio_task_cancel (AnyioTask *self,
                   const char *reason)
{
  g_return_if_fail (ANYIO_IS_TASK (self));

  if (!anyio_runtime_is_owner (self->runtime))
    anyio_runtime_post_cancel (self->runtime, self, (AnyioCancelObjectFunc) anyio_task_cancel, reason);
  else if (self->record != NULL)
    anyio_record_cancel (self->record, ANYIO_CANCEL_EXPLICIT, reason);
}

AnyioList *
anyio_task_get_waiters (AnyioTask *self)
{
  return self->record != NULL ? &self->waiters : NULL;
}

AnyioRuntime *
anyio_task_get_runtime (AnyioTask *self)
{
  return self->runtime;
}

gboolean
anyio_task_check_waiter (AnyioTask *self,
                         AnyioRecord *record,
                         GError **error)
{
  if (self->runtime != anyio_record_get_runtime (record))
    return anyio_misuse (error, "Task \"%s\" waits for a task of another main context", record->name);
  if (self->record == record)
    return anyio_misuse (error, "Task \"%s\" waits for itself", record->name);

  return TRUE;
}

/**
 * anyio_task_wait: (skip)
 * @self: a task of the same context
 * @error: return location for an error
 *
 * Waits until the task has ended, however it ended. Its failure stays in its group and does not come out here; ask with
 * anyio_task_get_result(). Cancelling the waiter does not cancel the task. Cancel point. AnyIO: TaskHandle.wait().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE when a task waits for itself; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when the task has ended
 *
 * Since: 0.1
 */
gboolean
anyio_task_wait (AnyioTask *self,
                 GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  g_autoptr (AnyioTask) kept = NULL;

  g_return_val_if_fail (ANYIO_IS_TASK (self), FALSE);

  if (record == NULL)
    return FALSE;
  if (!anyio_task_check_waiter (self, record, error))
    return FALSE;
  if (self->record == NULL)
    return anyio_wait_pass (record, error);

  kept = g_object_ref (self);

  return anyio_wait_in_list (record, &self->waiters, error);
}

/**
 * anyio_task_get_result: (skip)
 * @self: a task
 * @value: (out caller-allocates) (optional): uninitialized; set to the result, if there is one
 * @error: return location for an error
 *
 * Gets the outcome of a task that has ended, as often as wanted. Reading an error does not take it away from the group. Never suspends.
 *
 * Errors: %G_IO_ERROR_PENDING if it has not ended; the task's own error if it failed; %G_IO_ERROR_CANCELLED if it was cancelled.
 *
 * Returns: %TRUE if the task succeeded
 *
 * Since: 0.1
 */
gboolean
anyio_task_get_result (AnyioTask *self,
                       GValue *value,
                       GError **error)
{
  g_return_val_if_fail (ANYIO_IS_TASK (self), FALSE);

  if (self->record != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PENDING, "Task \"%s\" has not ended", self->record->name);
      return FALSE;
    }
  if (self->error != NULL)
    {
      g_propagate_error (error, g_error_copy (self->error));
      return FALSE;
    }
  if (value != NULL && G_IS_VALUE (&self->result))
    {
      g_value_init (value, G_VALUE_TYPE (&self->result));
      g_value_copy (&self->result, value);
    }

  return TRUE;
}

static void
set_result (AnyioTask *self,
            const GValue *value)
{
  if (G_IS_VALUE (&self->result))
    g_value_unset (&self->result);
  g_value_init (&self->result, G_VALUE_TYPE (value));
  g_value_copy (value, &self->result);
}

/**
 * anyio_task_set_result: (skip)
 * @value: the result
 *
 * Gives the current task a result, for those who hold its handle. The last one counts.
 *
 * Since: 0.1
 */
void
anyio_task_set_result (const GValue *value)
{
  AnyioRecord *record = anyio_runtime_current_or_visitor ();

  g_return_if_fail (G_IS_VALUE (value));

  if (record == NULL)
    anyio_misuse_no_task (NULL, G_STRFUNC);
  else
    set_result (anyio_record_get_handle (record), value);
}

/* The live callback task that may return now; NULL with a critical message otherwise. */
static AnyioRecord *
check_return (AnyioTask *self,
              const char *function)
{
  if (self->record == NULL)
    {
      g_critical ("%s() was called for task \"%s\", which has returned already; a callback task returns exactly once", function, self->name);
      return NULL;
    }
  if (self->record->kind != ANYIO_RECORD_CALLBACK)
    {
      g_critical ("%s() was called for task \"%s\", which is a function and returns by itself; it is for callback tasks only", function, self->record->name);
      return NULL;
    }
  if (!self->record->begun)
    {
      g_critical ("%s() was called for task \"%s\", which has not begun; its callback runs first", function, self->record->name);
      return NULL;
    }
  if (!anyio_runtime_is_owner (self->runtime))
    {
      g_critical ("%s() was called for task \"%s\" in a thread that does not iterate its main context; use g_main_context_invoke()", function, self->record->name);
      return NULL;
    }

  return self->record;
}

/**
 * anyio_task_return_value:
 * @self: a callback task
 * @value: (nullable): its result
 *
 * Ends a callback task successfully. Exactly once, in the thread of its context. Never suspends.
 *
 * Since: 0.1
 */
void
anyio_task_return_value (AnyioTask *self,
                         const GValue *value)
{
  AnyioRecord *record;

  g_return_if_fail (ANYIO_IS_TASK (self));

  record = check_return (self, G_STRFUNC);
  if (record == NULL)
    return;
  if (value != NULL)
    set_result (self, value);
  anyio_record_finish_at_home (record, NULL);
}

/**
 * anyio_task_return_error:
 * @self: a callback task
 * @error: (transfer full): why it failed
 *
 * Ends a callback task with an error. Exactly once, in the thread of its context. Never suspends.
 *
 * Since: 0.1
 */
void
anyio_task_return_error (AnyioTask *self,
                         GError *error)
{
  AnyioRecord *record;

  g_return_if_fail (ANYIO_IS_TASK (self));
  g_return_if_fail (error != NULL);

  record = check_return (self, G_STRFUNC);
  if (record != NULL)
    anyio_record_finish_at_home (record, error);
  else
    g_error_free (error);
}
