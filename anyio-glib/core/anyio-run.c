/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Entry points: running one main task to its end, and starting tasks on a context that runs already. */

#include "core/anyio-run.h"

#include <glib-unix.h>
#include <signal.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "base/anyio-signal-sink-private.h"
#include "core/anyio-error-private.h"
#include "core/anyio-fiber-private.h"
#include "core/anyio-run-options-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-tree-private.h"

#define MOST_DEADLOCKS 1000 /* after which a run gives up */

typedef struct _AnyioRun AnyioRun;

struct _AnyioRun
{
  AnyioTaskFunc func;
  gpointer user_data;
  GError *error;        /* what func returned; owned; NULL */
  gboolean done;        /* func has returned */
  AnyioRecord *main;    /* borrowed; valid until done */
  AnyioSignalSink *interrupts; /* for SIGINT; owned; NULL */
  GSource *interrupt;   /* that reads them; owned; NULL */
  AnyioRun *outer;      /* the run on the same context inside which this one is nested; borrowed; NULL */
  char *deadlock;       /* the task tree at the deadlock; owned; NULL: none */
  guint n_deadlocks;    /* how often it was found */
};

static gboolean
run_main (gpointer user_data,
          GError **error)
{
  AnyioRun *self = user_data;

  gboolean success = self->func (self->user_data, &self->error);

  if (success != (self->error == NULL))
    anyio_record_mend_result (self->main, &self->error);
  self->done = TRUE;

  return TRUE;
}

/* --- deadlocks ------------------------------------------------------------------------------------------------------------------------- */

static gboolean
lower_shields (AnyioRecord *record,
               guint depth,
               gpointer user_data)
{
  for (AnyioScope *scope = record->outermost; scope != NULL; scope = scope->inner)
    anyio_scope_set_shield (scope, FALSE);

  return TRUE;
}

static gboolean
find_callback_task (AnyioRecord *record,
                    guint depth,
                    gpointer found)
{
  *(gboolean *) found = record->kind == ANYIO_RECORD_CALLBACK;

  return !*(gboolean *) found;
}

/* A callback task may be ended by anybody, by a source that we know nothing of or by a thread: while there is one, it is no deadlock.
 *
 * First all tasks are cancelled. If that does not bring anything to run, because some wait behind shields, the shields go, and so they do whenever all stands still
 * once more: a cleanup may wait behind a shield of its own. If nothing helps, the run gives up. */
void
anyio_run_deadlocked (AnyioRuntime *runtime)
{
  AnyioRun *self = runtime->run;
  guint *n_deadlocks = self != NULL ? &self->n_deadlocks : &runtime->n_deadlocks;
  char **deadlock = self != NULL ? &self->deadlock : &runtime->deadlock;
  gboolean has_callback_task = FALSE;

  anyio_tree_foreach (&runtime->root, find_callback_task, &has_callback_task);
  if ((self == NULL && runtime->n_drivers == 0) || has_callback_task)
    return;

  if (*deadlock == NULL)
    {
      *deadlock = anyio_dump_tree ();
      anyio_scope_cancel (&runtime->root.scope, ANYIO_CANCEL_SHUTDOWN, "deadlock", NULL);
    }
  /* In the same call: the clock is not asked again before something has run. */
  if (!anyio_loop_has_work (&runtime->loop))
    anyio_tree_foreach (&runtime->root, lower_shields, NULL);
  if (!anyio_loop_has_work (&runtime->loop) || ++*n_deadlocks > MOST_DEADLOCKS)
    g_error ("Deadlock: tasks wait for each other and refuse to be cancelled\n%s", *deadlock);
}

/* --- running ---------------------------------------------------------------------------------------------------------------------------- */

static gboolean
is_main_thread (void)
{
#ifdef __linux__
  return getpid () == (pid_t) syscall (SYS_gettid);
#else
  return g_main_context_is_owner (g_main_context_default ());
#endif
}

/* The context to iterate: the caller's, or, in a thread that has none, a new one, which is pushed. */
static GMainContext *
ref_context (gboolean *pushed)
{
  GMainContext *context;

  *pushed = FALSE;
  if (g_main_context_get_thread_default () != NULL || is_main_thread ())
    return g_main_context_ref_thread_default ();

  context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  *pushed = TRUE;

  return context;
}

static void
forget_sigint (AnyioRun *self)
{
  if (self->interrupts == NULL)
    return;
  g_source_destroy (self->interrupt);
  g_clear_pointer (&self->interrupt, g_source_unref);
  g_clear_pointer (&self->interrupts, anyio_signal_sink_free);
}

static gboolean
interrupted_cb (int fd,
                GIOCondition condition,
                gpointer user_data)
{
  AnyioRun *self = user_data;

  if (!self->done)
    anyio_record_cancel (self->main, ANYIO_CANCEL_SHUTDOWN, "interrupted");
  forget_sigint (self); /* the next SIGINT ends the program */

  return G_SOURCE_REMOVE;
}

/* Without a descriptor to spare the first SIGINT ends the program. */
static void
watch_sigint (AnyioRun *self,
              GMainContext *context)
{
  static const int number = SIGINT;
  struct sigaction action;

  if (context != g_main_context_default () || sigaction (SIGINT, NULL, &action) != 0 || (action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_DFL)
    return;

  self->interrupts = anyio_signal_sink_new (&number, 1, ANYIO_SIGNAL_SINK_RUN, FALSE, NULL);
  if (self->interrupts == NULL)
    return;
  self->interrupt = g_unix_fd_source_new (anyio_signal_sink_get_fd (self->interrupts), G_IO_IN);
  g_source_set_callback (self->interrupt, G_SOURCE_FUNC (interrupted_cb), self, NULL);
  g_source_attach (self->interrupt, context);
}

void
anyio_run_end_tasks (AnyioRuntime *runtime)
{
  anyio_scope_cancel (&runtime->root.scope, ANYIO_CANCEL_SHUTDOWN, NULL, NULL);
  while (runtime->root.n_children > 0)
    g_main_context_iteration (runtime->context, TRUE);
}

static void
run_in (AnyioRun *self,
        AnyioRuntime *runtime,
        const char *name,
        gboolean created)
{
  self->main = anyio_record_new (&runtime->root, ANYIO_RECORD_FIBER, name, self, NULL);
  self->main->func.fiber = run_main;
  self->main->stack_class = ANYIO_STACK_LARGE;
  if (!anyio_fiber_prepare (self->main, &self->error))
    {
      anyio_record_finish (self->main, NULL);
      return;
    }
  anyio_record_make_ready (self->main);

  self->outer = runtime->run;
  runtime->run = self;
  while (!self->done)
    g_main_context_iteration (runtime->context, TRUE);
  if (created)
    anyio_run_end_tasks (runtime);
  runtime->run = self->outer;
}

/**
 * anyio_run_named: (skip)
 * @name: the name of the main task; a literal
 * @func: the body of the main task
 * @user_data: its argument
 * @options: (nullable): how to run
 * @error: return location for an error
 *
 * Runs @func as a task on the thread's default main context, which it iterates until the task has ended; what else lives on that context goes on meanwhile. A thread without a
 * default context gets one of its own. At the end all tasks that were started with anyio_start() meanwhile are cancelled and waited for, so that nothing
 * is left over; unless tasks ran on that context before, which then go on, as do those that were started. In C use the macros anyio_run() and anyio_run_full().
 * AnyIO: run().
 *
 * The first SIGINT cancels the main task, the second one ends the program; but who receives SIGINT, see #AnyioSignalReceiver, has it to itself.
 *
 * Errors: those of @func; %ANYIO_ERROR_DEADLOCK if a replaced clock finds that nothing can ever run again; %ANYIO_ERROR_MISUSE inside a task;
 * %G_IO_ERROR_INVALID_ARGUMENT for an unknown back end; others of the system if it cannot be set up.
 *
 * Returns: %TRUE if @func succeeded
 *
 * Since: 0.1
 */
gboolean
anyio_run_named (const char *name,
                 AnyioTaskFunc func,
                 gpointer user_data,
                 const AnyioRunOptions *options,
                 GError **error)
{
  AnyioRecord *record = anyio_runtime_current_or_visitor ();
  AnyioRun self = { .func = func, .user_data = user_data };
  GMainContext *context;
  AnyioRuntime *runtime;
  gboolean created;
  gboolean pushed;

  if (record != NULL)
    return anyio_misuse (error, "anyio_run() was called inside task \"%s\"; call the function itself, or start it in a task group", record->name);

  context = ref_context (&pushed);
  runtime = anyio_runtime_use (context, options, &created, error);
  if (runtime != NULL)
    {
      if (options == NULL || options->handle_sigint)
        watch_sigint (&self, context);
      run_in (&self, runtime, name, created);
      forget_sigint (&self);
      anyio_runtime_end_use (runtime);
      if (created)
        anyio_runtime_close_now (runtime);
      if (self.deadlock != NULL)
        {
          g_clear_error (&self.error);
          self.error = g_error_new (ANYIO_ERROR, ANYIO_ERROR_DEADLOCK, "Nothing can run and nothing is outstanding:\n%s", self.deadlock);
          g_free (self.deadlock);
        }
    }

  if (pushed)
    g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  if (self.error == NULL)
    return runtime != NULL;
  g_propagate_error (error, self.error);

  return FALSE;
}

/**
 * anyio_start_named: (skip)
 * @name: the name of the task; a literal or an interned string
 * @func: the body of the task
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data when the task has ended
 *
 * Starts a task at the root of the thread's default main context, which somebody iterates already: a GtkApplication, say. Nobody waits for the task; its failure
 * goes to the handler of background errors. Prefer a group bound to an object, anyio_task_group_new_for_object(). In C use the macro anyio_start().
 *
 * Returns: (transfer none) (nullable): the task, valid until it has ended; it does not begin before you return to the main loop. Reference it to keep it.
 *   %NULL with a critical message if no scheduler can be set up, or if another thread iterates that context
 *
 * Since: 0.1
 */
AnyioTask *
anyio_start_named (const char *name,
                   AnyioTaskFunc func,
                   gpointer user_data,
                   GDestroyNotify destroy)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GError) error = NULL;
  AnyioRuntime *runtime = anyio_runtime_use (context, NULL, NULL, &error);
  AnyioRecord *record;

  if (runtime == NULL)
    {
      g_critical ("Task \"%s\" could not be started: %s", name, error->message);
      if (destroy != NULL)
        destroy (user_data);
      return NULL;
    }

  record = anyio_group_spawn (&runtime->root, name, func, user_data, destroy);
  anyio_runtime_end_use (runtime); /* the task is one */

  return record != NULL ? anyio_record_get_handle (record) : NULL;
}

/* --- background errors --------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  AnyioBackgroundErrorFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} Handler;

static Handler handler; /* main thread's to set, before tasks run */

/**
 * anyio_set_background_error_handler:
 * @handler_func: (nullable) (scope notified) (closure user_data) (destroy destroy): the handler; %NULL for the default, a critical message
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data
 *
 * Chooses what becomes of the failures of tasks that nobody waits for: those started with anyio_start() or in a group bound to an object. A
 * cancellation is no failure. Call it before tasks are started; the handler runs in the thread of the task.
 *
 * Since: 0.1
 */
void
anyio_set_background_error_handler (AnyioBackgroundErrorFunc handler_func,
                                    gpointer user_data,
                                    GDestroyNotify destroy)
{
  Handler old = handler;

  handler = (Handler){ handler_func, user_data, destroy };
  if (old.destroy != NULL)
    old.destroy (old.user_data);
}

typedef struct
{
  const char *task_name;
  const GError *error;
} Report;

static void
report (gpointer data)
{
  Report *self = data;
  AnyioRuntime *runtime = anyio_thread_runtime;
  AnyioRecord *visitor = NULL;

  /* The task has ended, so nobody may ask for it any more. */
  if (runtime != NULL)
    visitor = g_steal_pointer (&runtime->visitor);
  if (handler.func != NULL)
    handler.func (self->task_name, self->error, handler.user_data);
  else
    g_critical ("Task \"%s\" failed: %s", self->task_name, self->error->message);
  if (runtime != NULL)
    runtime->visitor = visitor;
}

void
anyio_run_background_error (const char *task_name,
                            const GError *error)
{
  Report self = { task_name, error };

  anyio_call_home (report, &self);
}
