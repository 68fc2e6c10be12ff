/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What becomes of a task that another thread started through a portal.
 *
 * Threads that wait and cancel share it with the task under its lock. It is complete when the task has ended and its group has been told, which is when it waits for
 * nothing more. A cancellation before the task begins is found by the task; later ones go to the task's handle.
 *
 * A worker of the same main context that waits is waiting for that loop's thread, and must not make a replaced clock stand still meanwhile. It tells the loop that it
 * waits, as in every foreign call.
 */

#include "thread/anyio-portal-future.h"

#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"
#include "thread/anyio-foreign-call-private.h"
#include "thread/anyio-portal-private.h"

/* A worker of the same main context that waits; on its stack. */
typedef struct _FutureWait FutureWait;

struct _FutureWait
{
  AnyioForeignCall call;     /* first */
  AnyioPortalFuture *future; /* borrowed from whoever waits */
  FutureWait *next;
};

struct _AnyioPortalFuture
{
  GObject parent_instance;

  AnyioRunnable message;  /* to spawn the task, then to complete us */
  AnyioRuntime *runtime;  /* owned */
  AnyioPortal *portal;    /* owned; NULL once the task has ended */
  const char *name;
  AnyioTaskFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
  GError *failure;        /* of the task, while it is not complete; owned; NULL. This and the next two are the thread's of the context */
  gboolean has_run;
  FutureWait *waits;      /* borrowed: those end when we are complete */

  GMutex lock;
  GCond cond;             /* it is done */
  /* Guarded by lock: */
  AnyioTask *task;        /* owned; NULL before it begins and when it is done */
  gboolean is_cancelled;  /* before it has begun */
  char *reason;           /* of that; owned; NULL */
  gboolean is_done;
  GValue value;           /* unset: none */
  GError *error;          /* owned; NULL: it succeeded */
};

/**
 * AnyioPortalFuture:
 *
 * What becomes of a task that was started through an #AnyioPortal. It may be waited for, asked and cancelled in any thread, by many, and again. Dropping it does
 * nothing to the task.
 *
 * AnyIO: concurrent.futures.Future.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AnyioPortalFuture, anyio_portal_future, G_TYPE_OBJECT)

static void
anyio_portal_future_finalize (GObject *object)
{
  AnyioPortalFuture *self = ANYIO_PORTAL_FUTURE (object);

  g_clear_object (&self->portal);
  g_clear_pointer (&self->runtime, anyio_runtime_unref);
  g_clear_error (&self->failure);
  g_clear_error (&self->error);
  g_clear_object (&self->task);
  g_free (self->reason);
  if (G_IS_VALUE (&self->value))
    g_value_unset (&self->value);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);

  G_OBJECT_CLASS (anyio_portal_future_parent_class)->finalize (object);
}

static void
anyio_portal_future_class_init (AnyioPortalFutureClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = anyio_portal_future_finalize;
}

static void
anyio_portal_future_init (AnyioPortalFuture *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
}

AnyioPortalFuture *
anyio_portal_future_new (AnyioPortal *portal,
                         const char *name,
                         AnyioTaskFunc func,
                         gpointer user_data,
                         GDestroyNotify destroy)
{
  AnyioPortalFuture *self = g_object_new (ANYIO_TYPE_PORTAL_FUTURE, NULL);

  self->portal = g_object_ref (portal);
  self->runtime = portal->runtime != NULL ? anyio_runtime_ref (portal->runtime) : NULL;
  self->name = name;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return self;
}

/* --- in the thread of the context ------------------------------------------------------------------------------------------------------ */

static void
complete (AnyioPortalFuture *self)
{
  g_autoptr (GObject) portal = NULL;

  if (!self->has_run && self->failure == NULL)
    self->failure = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "Task \"%s\" could not begin", self->name);
  g_mutex_lock (&self->lock);
  if (self->task != NULL && self->failure == NULL)
    anyio_task_get_result (self->task, &self->value, NULL);
  g_clear_object (&self->task);
  self->error = g_steal_pointer (&self->failure);
  self->is_done = TRUE;
  portal = G_OBJECT (g_steal_pointer (&self->portal));
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);

  while (self->waits != NULL)
    {
      FutureWait *wait = self->waits;

      self->waits = wait->next;
      anyio_foreign_call_end (&wait->call);
    }
  g_object_unref (self); /* the task's */
}

static void
task_ended (AnyioRunnable *message)
{
  complete (ANYIO_CONTAINER (message, AnyioPortalFuture, message));
}

void
anyio_portal_future_task_done (gpointer data)
{
  AnyioPortalFuture *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  self->message.run = task_ended; /* the task's record and its group come first */
  anyio_loop_push (&self->runtime->loop, &self->message);
}

gboolean
anyio_portal_future_run (gpointer data,
                         GError **error)
{
  AnyioPortalFuture *self = data;
  AnyioRecord *record = anyio_runtime_current ();

  self->has_run = TRUE;
  g_mutex_lock (&self->lock);
  if (self->is_cancelled)
    self->failure = g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Operation was cancelled%s%s", self->reason != NULL ? ": " : "", self->reason != NULL ? self->reason : "");
  else
    self->task = g_object_ref (anyio_record_get_handle (record));
  g_mutex_unlock (&self->lock);

  if (self->failure == NULL && self->func (self->user_data, &self->failure) != (self->failure == NULL))
    anyio_record_mend_result (record, &self->failure);
  if (self->failure == NULL || record->group->start == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (self->failure)); /* it is not ready yet, so this is an answer to start() */

  return FALSE;
}

static void
spawn (AnyioRunnable *message)
{
  AnyioPortalFuture *self = ANYIO_CONTAINER (message, AnyioPortalFuture, message);

  if (anyio_portal_check_open (self->portal, self->name, &self->failure))
    {
      anyio_group_spawn (&self->portal->group->group, self->name, anyio_portal_future_run, self, anyio_portal_future_task_done);
      return;
    }
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  complete (self);
}

gboolean
anyio_portal_future_post (AnyioPortalFuture *self,
                          GError **error)
{
  self->message.run = spawn;
  g_object_ref (self);
  if (anyio_loop_post (&self->runtime->loop, &self->message))
    return TRUE;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_object_unref (self);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "\"%s\" was asked of a portal whose main context has no tasks any more", self->name);

  return FALSE;
}

static void
take_wait (AnyioRunnable *message)
{
  FutureWait *self = (FutureWait *) message;

  self->call.success = TRUE;
  if (self->future->portal == NULL)
    {
      anyio_signal_set (&self->call.done);
      return;
    }
  anyio_foreign_call_begin (&self->call);
  self->next = self->future->waits;
  self->future->waits = self;
}

/* --- in any thread --------------------------------------------------------------------------------------------------------------------- */

/* In a worker: until it is complete, or the loop has ended, and then it is. */
static void
wait_as_worker (AnyioPortalFuture *self)
{
  FutureWait wait = { .call = { .message.run = take_wait, .runtime = self->runtime, .name = self->name }, .future = self };

  anyio_foreign_call_wait (&wait.call, NULL);
}

/**
 * anyio_portal_future_wait: (skip)
 * @self: a future
 * @value: (out caller-allocates) (optional): uninitialized; set to the task's result, if it set one
 * @error: return location for an error
 *
 * Blocks until the task has ended. In any thread but that of the portal's main context, unless the task has ended. AnyIO: Future.result().
 *
 * Errors: those of the task; %G_IO_ERROR_CANCELLED; %G_IO_ERROR_CLOSED if the portal was stopped before the task could be started; %ANYIO_ERROR_MISUSE in the thread of
 * the portal.
 *
 * Returns: %TRUE if the task succeeded
 *
 * Since: 0.1
 */
gboolean
anyio_portal_future_wait (AnyioPortalFuture *self,
                          GValue *value,
                          GError **error)
{
  AnyioThreadCall *caller = anyio_thread_call_get_current ();
  gboolean success;

  g_return_val_if_fail (ANYIO_IS_PORTAL_FUTURE (self), FALSE);

  if (caller != NULL && caller->runtime == self->runtime && !anyio_portal_future_is_done (self))
    wait_as_worker (self);
  g_mutex_lock (&self->lock);
  if (!self->is_done && anyio_runtime_is_owner (self->runtime))
    {
      g_mutex_unlock (&self->lock);
      return anyio_misuse (error, "anyio_portal_future_wait() was called in the thread of the portal's own main context, which it would wait for");
    }
  while (!self->is_done)
    g_cond_wait (&self->cond, &self->lock);
  success = self->error == NULL;
  if (!success)
    {
      g_propagate_error (error, g_error_copy (self->error));
    }
  else if (value != NULL && G_IS_VALUE (&self->value))
    {
      g_value_init (value, G_VALUE_TYPE (&self->value));
      g_value_copy (&self->value, value);
    }
  g_mutex_unlock (&self->lock);

  return success;
}

/**
 * anyio_portal_future_cancel:
 * @self: a future
 * @reason: (nullable): why
 *
 * Cancels the task alone. A task that has not begun is not begun at all. Nothing happens if it has ended; until it has, the future is not done. May be called in any
 * thread, also after the portal was stopped. AnyIO: Future.cancel().
 *
 * Since: 0.1
 */
void
anyio_portal_future_cancel (AnyioPortalFuture *self,
                            const char *reason)
{
  g_autoptr (AnyioTask) task = NULL;

  g_return_if_fail (ANYIO_IS_PORTAL_FUTURE (self));

  g_mutex_lock (&self->lock);
  if (self->task != NULL)
    {
      task = g_object_ref (self->task);
    }
  else if (!self->is_done && !self->is_cancelled)
    {
      self->is_cancelled = TRUE;
      self->reason = g_strdup (reason);
    }
  g_mutex_unlock (&self->lock);
  if (task != NULL)
    anyio_task_cancel (task, reason);
}

/**
 * anyio_portal_future_is_done:
 * @self: a future
 *
 * Tells whether the task has ended, however it ended. May be called in any thread. AnyIO: Future.done().
 *
 * Returns: %TRUE if anyio_portal_future_wait() returns at once
 *
 * Since: 0.1
 */
gboolean
anyio_portal_future_is_done (AnyioPortalFuture *self)
{
  gboolean is_done;

  g_return_val_if_fail (ANYIO_IS_PORTAL_FUTURE (self), FALSE);

  g_mutex_lock (&self->lock);
  is_done = self->is_done;
  g_mutex_unlock (&self->lock);

  return is_done;
}
