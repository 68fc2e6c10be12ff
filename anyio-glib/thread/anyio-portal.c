/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Portals: a task group whose tasks other threads start, and the calls through the loop's inbox (SEMANTICS 8.2).
 *
 * The tasks succeed as far as the group is concerned: what becomes of them goes to whoever asked for them, so that a failure does not end the portal. Whether the
 * portal is stopped is looked at twice, in the thread that calls and in the loop's thread when the message arrives, because it may be stopped in between; and a loop
 * that has ended takes no message. What one thread asked before it stopped the portal is done, because its messages stay in order.
 */

#include "thread/anyio-portal-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"
#include "thread/anyio-foreign-call-private.h"

typedef struct
{
  GObjectClass parent_class;
} AnyioPortalClass;

/**
 * AnyioPortal:
 *
 * The way into the tasks of a main context from any other thread. A portal is opened by a task and belongs to it as a task group does; other threads call
 * plain functions and start tasks through it. Widgets, for example, are used in one thread only: a worker thread sets them through a portal of that thread.
 *
 * ```c
 * static gboolean
 * report (gpointer data, GError **error)
 * {
 *   g_print ("%s\n", (const char *) data);
 *
 *   return TRUE;
 * }
 *
 * static gpointer
 * work (gpointer portal)
 * {
 *   anyio_portal_call (portal, report, (gpointer) "from another thread, in the thread of the portal", NULL);
 *   anyio_portal_stop (portal, FALSE);
 *
 *   return NULL;
 * }
 *
 * static gboolean
 * serve (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioPortal) portal = anyio_portal_open (error);
 *   GThread *thread = g_thread_new ("work", work, portal);
 *   gboolean success = anyio_portal_sleep_until_stopped (portal, error);
 *
 *   g_thread_join (thread);
 *
 *   return success && anyio_portal_join (portal, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (serve, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * A program that has no tasks of its own lets anyio_portal_start_thread() make a thread for them. Declare a portal as `g_autoptr (AnyioPortal)`: the end of the block
 * then leaves it.
 *
 * AnyIO: BlockingPortal.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AnyioPortal, anyio_portal, G_TYPE_OBJECT)

static void
anyio_portal_finalize (GObject *object)
{
  AnyioPortal *self = ANYIO_PORTAL (object);

  g_clear_object (&self->group);
  g_clear_pointer (&self->runtime, anyio_runtime_unref);
  g_clear_error (&self->thread_error);

  G_OBJECT_CLASS (anyio_portal_parent_class)->finalize (object);
}

static void
anyio_portal_class_init (AnyioPortalClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = anyio_portal_finalize;
}

static void
anyio_portal_init (AnyioPortal *self)
{
  anyio_list_init (&self->stop_waiters);
}

/* --- opening and leaving ----------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_portal_open: (skip)
 * @error: (nullable): the error location of the function that owns the portal
 *
 * Makes a portal and enters it, as anyio_task_group_open() does with a group. Declare it after everything that the functions borrow which other threads have it call.
 * The normal exit is anyio_portal_join(). AnyIO: BlockingPortal.__aenter__().
 *
 * Returns: (transfer full): a portal; outside tasks one that is stopped
 *
 * Since: 0.1
 */
AnyioPortal *
anyio_portal_open (GError **error)
{
  AnyioPortal *self = g_object_new (ANYIO_TYPE_PORTAL, NULL);

  self->group = anyio_task_group_open (error);
  if (self->group->runtime != NULL)
    self->runtime = anyio_runtime_ref (self->group->runtime);
  else
    self->is_stopped = TRUE;

  return self;
}

static void
stop (gpointer object,
      const char *reason)
{
  AnyioPortal *self = object;

  self->is_closing = TRUE;
  anyio_wait_wake_all (&self->stop_waiters);
  if (reason != NULL)
    anyio_task_group_cancel (self->group, reason);
}

/**
 * anyio_portal_stop:
 * @self: a portal
 * @cancel_remaining: whether the tasks that run are cancelled; otherwise they may end by themselves
 *
 * Stops the portal: nothing can be asked of it any more, and anyio_portal_sleep_until_stopped() returns. May be called in any thread, and again, to cancel what remains. Never
 * suspends. AnyIO: BlockingPortal.stop().
 *
 * Since: 0.1
 */
void
anyio_portal_stop (AnyioPortal *self,
                   gboolean cancel_remaining)
{
  const char *reason = cancel_remaining ? "the portal was stopped" : NULL;

  g_return_if_fail (ANYIO_IS_PORTAL (self));

  g_atomic_int_set (&self->is_stopped, TRUE);
  if (self->runtime == NULL)
    return;
  if (anyio_runtime_is_owner (self->runtime))
    stop (self, reason);
  else
    anyio_runtime_post_cancel (self->runtime, self, stop, reason);
}

/**
 * anyio_portal_is_running:
 * @self: a portal
 *
 * Tells whether the portal can be asked for something. The answer may be out of date when it arrives. May be called in any thread.
 *
 * Returns: %TRUE unless it was stopped
 *
 * Since: 0.1
 */
gboolean
anyio_portal_is_running (AnyioPortal *self)
{
  g_return_val_if_fail (ANYIO_IS_PORTAL (self), FALSE);

  return !g_atomic_int_get (&self->is_stopped);
}

/**
 * anyio_portal_sleep_until_stopped: (skip)
 * @self: a portal of this thread
 * @error: return location for an error
 *
 * Waits until anyio_portal_stop() is called. A replaced clock stands still meanwhile, because other threads may have work. Cancel point. AnyIO:
 * BlockingPortal.sleep_until_stopped().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when the portal was stopped
 *
 * Since: 0.1
 */
gboolean
anyio_portal_sleep_until_stopped (AnyioPortal *self,
                                  GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  gboolean success;

  g_return_val_if_fail (ANYIO_IS_PORTAL (self), FALSE);

  if (record == NULL)
    return FALSE;
  if (g_atomic_int_get (&self->is_stopped))
    return anyio_wait_pass (record, error);

  anyio_loop_add_outstanding (&self->runtime->loop);
  success = anyio_wait_in_list (record, &self->stop_waiters, error);
  anyio_loop_remove_outstanding (&self->runtime->loop);

  return success;
}

/**
 * anyio_portal_join: (skip)
 * @self: a portal
 * @error: (inout) (optional) (nullable): the error of the code that opened the portal, if it failed
 *
 * Stops the portal and waits until its tasks have ended. In the task that opened it this suspends and is like anyio_task_group_join(). A portal that has a thread of
 * its own is joined by any other thread, which waits for the tasks and for the thread.
 *
 * Errors: those of anyio_task_group_join(); for a portal with a thread, those of its run, and %ANYIO_ERROR_MISUSE in that thread.
 *
 * Returns: %TRUE if nothing failed; failures of tasks are in their futures
 *
 * Since: 0.1
 */
gboolean
anyio_portal_join (AnyioPortal *self,
                   GError **error)
{
  g_return_val_if_fail (ANYIO_IS_PORTAL (self), FALSE);

  if (self->thread != NULL)
    {
      if (!anyio_portal_join_thread (self, FALSE, "anyio_portal_join", error))
        return FALSE;
      if (self->thread_error != NULL && error != NULL && *error == NULL)
        *error = g_error_copy (self->thread_error);
      return self->thread_error == NULL && (error == NULL || *error == NULL);
    }
  anyio_portal_stop (self, FALSE);

  return anyio_task_group_join (self->group, error);
}

/**
 * anyio_portal_leave: (skip)
 * @self: (transfer full): a portal
 *
 * What `g_autoptr (AnyioPortal)` does at the end of the block: a portal that was not joined is stopped, its tasks are cancelled and waited for, and so is its thread,
 * if it has one; then the reference is dropped.
 *
 * Since: 0.1
 */
void
anyio_portal_leave (AnyioPortal *self)
{
  if (self->thread != NULL)
    {
      if (!anyio_portal_join_thread (self, TRUE, "anyio_portal_leave", NULL))
        {
          anyio_portal_stop (self, TRUE);
          g_clear_pointer (&self->thread, g_thread_unref); /* it ends by itself */
        }
    }
  else if (self->group->group.scope.state == ANYIO_SCOPE_LIVE && anyio_runtime_is_owner (self->runtime))
    {
      anyio_portal_stop (self, FALSE);
      anyio_task_group_leave (g_object_ref (self->group)); /* cancels, and puts a failure into the owner's error */
    }

  g_object_unref (self);
}

/* --- calls ----------------------------------------------------------------------------------------------------------------------------------- */

gboolean
anyio_portal_check (AnyioPortal *self,
                    const char *function,
                    GError **error)
{
  if (g_atomic_int_get (&self->is_stopped))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "%s() was called, but the portal is not running", function);
      return FALSE;
    }
  if (anyio_runtime_is_owner (self->runtime))
    return anyio_misuse (error, "%s() was called in the thread of the portal's own main context, which it would wait for; call the function itself, or start a task", function);

  return TRUE;
}

gboolean
anyio_portal_check_open (AnyioPortal *self,
                         const char *name,
                         GError **error)
{
  if (!self->is_closing && self->group->group.scope.state == ANYIO_SCOPE_LIVE && !self->group->group.closed)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "\"%s\" was asked of a portal that is not running any more", name);

  return FALSE;
}

typedef struct
{
  AnyioForeignCall call; /* first */
  AnyioPortal *portal;   /* borrowed */
} PortalCall;

static gboolean
ask (PortalCall *self,
     AnyioPortal *portal,
     void (*take_message) (AnyioRunnable *message),
     const char *name,
     AnyioTaskFunc func,
     gpointer user_data,
     GError **error)
{
  self->portal = portal;
  self->call.message.run = take_message;
  self->call.runtime = portal->runtime;
  self->call.name = name;
  self->call.func = func;
  self->call.user_data = user_data;

  return anyio_foreign_call_wait (&self->call, error);
}

/* The call @function, which is of another thread and blocks it. */
static gboolean
check_and_ask (AnyioPortal *self,
               const char *function,
               void (*take_message) (AnyioRunnable *message),
               const char *name,
               AnyioTaskFunc func,
               gpointer user_data,
               GError **error)
{
  PortalCall call;

  g_return_val_if_fail (ANYIO_IS_PORTAL (self), FALSE);
  g_return_val_if_fail (func != NULL, FALSE);

  return anyio_portal_check (self, function, error) && ask (&call, self, take_message, name, func, user_data, error);
}

static void
take_call (AnyioRunnable *message)
{
  PortalCall *self = (PortalCall *) message;

  if (anyio_portal_check_open (self->portal, self->call.name, &self->call.error))
    anyio_foreign_call_at_home (message);
  else
    anyio_signal_set (&self->call.done);
}

/**
 * anyio_portal_call_named: (skip)
 * @self: a portal
 * @name: a literal, for messages
 * @func: a function that does not suspend
 * @user_data: its argument; it may be a variable of the caller
 * @error: return location for an error
 *
 * Calls @func in the thread of the portal's main context, on that thread's own stack, and blocks until it has returned. In any thread but that one. In C use the macro
 * `anyio_portal_call (self, func, user_data, error)`. AnyIO: BlockingPortal.call().
 *
 * Errors: those of @func; %G_IO_ERROR_CLOSED if the portal is stopped; %ANYIO_ERROR_MISUSE in the thread of the portal.
 *
 * Returns: what @func returned; %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
anyio_portal_call_named (AnyioPortal *self,
                         const char *name,
                         AnyioTaskFunc func,
                         gpointer user_data,
                         GError **error)
{
  return check_and_ask (self, "anyio_portal_call", take_call, name, func, user_data, error);
}

static void
task_done (gpointer call)
{
  anyio_foreign_call_end (call);
}

static void
take_run (AnyioRunnable *message)
{
  PortalCall *self = (PortalCall *) message;

  if (!anyio_portal_check_open (self->portal, self->call.name, &self->call.error))
    {
      anyio_signal_set (&self->call.done);
      return;
    }
  anyio_foreign_call_begin (&self->call);
  anyio_group_spawn (&self->portal->group->group, self->call.name, anyio_foreign_call_run, self, task_done);
}

/**
 * anyio_portal_run_named: (skip)
 * @self: a portal
 * @name: the name of the task; a literal
 * @func: a function for tasks
 * @user_data: its argument; it may be a variable of the caller
 * @error: return location for an error
 *
 * Runs @func as a task of the portal and blocks until it has ended. In any thread but that of the portal's main context. In C use the macro `anyio_portal_run (self,
 * func, user_data, error)`. AnyIO: BlockingPortal.call().
 *
 * Errors: those of @func; %G_IO_ERROR_CLOSED if the portal is stopped; %ANYIO_ERROR_MISUSE in the thread of the portal.
 *
 * Returns: what @func returned; %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
anyio_portal_run_named (AnyioPortal *self,
                        const char *name,
                        AnyioTaskFunc func,
                        gpointer user_data,
                        GError **error)
{
  return check_and_ask (self, "anyio_portal_run", take_run, name, func, user_data, error);
}

/**
 * anyio_portal_start_task_soon_named: (skip)
 * @self: a portal
 * @name: the name of the task; a literal
 * @func: a function for tasks
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended, in the thread of the portal's main context
 * @error: return location for an error
 *
 * Starts @func as a task of the portal and does not wait. The task's failure goes to the future alone. In any thread but that of the portal's main context. In C use the macro
 * `anyio_portal_start_task_soon (self, func, user_data, destroy, error)`. AnyIO: BlockingPortal.start_task_soon().
 *
 * Errors: %G_IO_ERROR_CLOSED if the portal is stopped; %ANYIO_ERROR_MISUSE in the thread of the portal. @destroy is called then, here.
 *
 * Returns: (transfer full): what becomes of the task; %NULL with @error set
 *
 * Since: 0.1
 */
AnyioPortalFuture *
anyio_portal_start_task_soon_named (AnyioPortal *self,
                                    const char *name,
                                    AnyioTaskFunc func,
                                    gpointer user_data,
                                    GDestroyNotify destroy,
                                    GError **error)
{
  g_autoptr (AnyioPortalFuture) future = NULL;

  g_return_val_if_fail (ANYIO_IS_PORTAL (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  if (!anyio_portal_check (self, "anyio_portal_start_task_soon", error))
    {
      if (destroy != NULL)
        destroy (user_data);
      return NULL;
    }
  future = anyio_portal_future_new (self, name, func, user_data, destroy);

  return anyio_portal_future_post (future, error) ? g_steal_pointer (&future) : NULL;
}

typedef struct
{
  AnyioPortal *portal;
  AnyioPortalFuture *future;
  const char *name;
  GValue *value;
  gboolean is_begun;
} Start;

/* A task of the portal; the other one, once it is ready, is its sibling. */
static gboolean
start (gpointer data,
       GError **error)
{
  Start *self = data;

  self->is_begun = TRUE;

  return anyio_task_group_start_named (self->portal->group, self->name, anyio_portal_future_run, g_object_ref (self->future), anyio_portal_future_task_done, self->value, error);
}

/**
 * anyio_portal_start_task_named: (skip)
 * @self: a portal
 * @name: the name of the task; a literal
 * @func: a function for tasks that calls anyio_task_started()
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended, in the thread of the portal's main context
 * @value: (out caller-allocates) (optional): uninitialized; set to what the task gave to anyio_task_started(), if anything
 * @error: return location for an error
 *
 * Starts @func as a task of the portal and blocks until it says that it is ready. In any thread but that of the portal's main context. In C use the macro
 * `anyio_portal_start_task (self, func, user_data, destroy, value, error)`. AnyIO: BlockingPortal.start_task().
 *
 * Errors: as anyio_task_group_start(); %G_IO_ERROR_CLOSED if the portal is stopped; %ANYIO_ERROR_MISUSE in the thread of the portal.
 *
 * Returns: (transfer full): what becomes of the task; %NULL with @error set
 *
 * Since: 0.1
 */
AnyioPortalFuture *
anyio_portal_start_task_named (AnyioPortal *self,
                               const char *name,
                               AnyioTaskFunc func,
                               gpointer user_data,
                               GDestroyNotify destroy,
                               GValue *value,
                               GError **error)
{
  g_autoptr (AnyioPortalFuture) future = NULL;
  Start args = { .portal = self, .name = name, .value = value };
  PortalCall call;

  g_return_val_if_fail (ANYIO_IS_PORTAL (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  args.future = future = anyio_portal_future_new (self, name, func, user_data, destroy);
  if (!anyio_portal_check (self, "anyio_portal_start_task", error) || !ask (&call, self, take_run, name, start, &args, error))
    {
      if (!args.is_begun && destroy != NULL)
        destroy (user_data);
      return NULL;
    }

  return g_steal_pointer (&future);
}
