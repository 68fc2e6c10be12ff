/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Making, finding and closing runtimes, and the small pools that they keep. */

#include "core/anyio-runtime-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-failure-log-private.h"
#include "core/anyio-fiber-private.h"
#include "core/anyio-run-options-private.h"
#include "core/anyio-task-group-private.h"
#include "core/anyio-task-list-private.h"

#define RECORDS_PER_SLAB 256
#define MAX_CLEAN_CANCELLABLES 64
#define TRIM_INTERVAL_MS 50 /* a stack that was not needed for so long is given back */

__thread AnyioRuntime *anyio_thread_runtime __attribute__ ((tls_model ("initial-exec")));

static GMutex registry_lock;
static GHashTable *registry; /* GMainContext to AnyioRuntime, both borrowed; guarded by registry_lock */

/* --- the clock ---------------------------------------------------------------------------------------------------------------------- */

static gint64
get_replaced_time_ns (AnyioLoopClock *clock)
{
  AnyioRuntime *self = ANYIO_CONTAINER (clock, AnyioRuntime, loop_clock);

  return ANYIO_CLOCK_GET_CLASS (self->clock)->get_time_ns (self->clock);
}

static void
replaced_clock_idle (AnyioLoopClock *clock,
                     gint64 next_ns)
{
  AnyioRuntime *self = ANYIO_CONTAINER (clock, AnyioRuntime, loop_clock);

  if (next_ns == ANYIO_TIME_NEVER && anyio_loop_get_n_watches (&self->loop) == 0)
    anyio_run_deadlocked (self);
  else
    ANYIO_CLOCK_GET_CLASS (self->clock)->idle (self->clock, next_ns);
}

/* --- what is done on the home stack ---------------------------------------------------------------------------------------------------- */

static void
cancel_doomed (AnyioRunnable *runnable)
{
  AnyioRuntime *self = ANYIO_CONTAINER (runnable, AnyioRuntime, doom);
  AnyioList *link;

  self->doom_queued = FALSE;
  while ((link = anyio_list_first (&self->doomed)) != NULL)
    {
      anyio_list_remove (link);
      ANYIO_CONTAINER (link, AnyioDependent, link)->cancel (link);
    }
}

void
anyio_runtime_doom (AnyioRuntime *self,
                    AnyioDependent *dependent)
{
  anyio_list_remove (&dependent->link);
  anyio_list_append (&self->doomed, &dependent->link);
  if (self->doom_queued)
    return;
  self->doom_queued = TRUE;
  anyio_loop_push (&self->loop, &self->doom);
}

typedef struct
{
  AnyioRunnable message;
  gpointer object; /* owned */
  AnyioCancelObjectFunc cancel;
  char *reason;    /* owned; NULL */
} CancelMessage;

static void
cancel_message_free (CancelMessage *self)
{
  g_object_unref (self->object);
  g_free (self->reason);
  g_free (self);
}

static void
take_cancel_message (AnyioRunnable *runnable)
{
  CancelMessage *self = ANYIO_CONTAINER (runnable, CancelMessage, message);

  self->cancel (self->object, self->reason);
  cancel_message_free (self);
}

void
anyio_runtime_post_cancel (AnyioRuntime *self,
                           gpointer object,
                           AnyioCancelObjectFunc cancel,
                           const char *reason)
{
  CancelMessage *message = g_new (CancelMessage, 1);

  message->message.run = take_cancel_message;
  message->object = g_object_ref (object);
  message->cancel = cancel;
  message->reason = g_strdup (reason);
  if (!anyio_loop_post (&self->loop, &message->message))
    cancel_message_free (message);
}

typedef struct
{
  AnyioDependent dependent;
  GCancellable *cancellable; /* owned */
} DoomedCancellable;

static void
cancel_doomed_cancellable (AnyioList *link)
{
  DoomedCancellable *doomed = ANYIO_CONTAINER (link, DoomedCancellable, dependent.link);

  g_cancellable_cancel (doomed->cancellable);
  g_object_unref (doomed->cancellable);
  g_free (doomed);
}

void
anyio_runtime_doom_cancellable (AnyioRuntime *self,
                                GCancellable *cancellable)
{
  DoomedCancellable *doomed = g_new (DoomedCancellable, 1);

  doomed->cancellable = cancellable;
  doomed->dependent.cancel = cancel_doomed_cancellable;
  anyio_list_init (&doomed->dependent.link);
  anyio_runtime_doom (self, &doomed->dependent);
}

static void
flush_observed (AnyioRunnable *runnable)
{
  AnyioRuntime *self = ANYIO_CONTAINER (runnable, AnyioRuntime, observe);
  g_autoptr (GPtrArray) observed = g_steal_pointer (&self->observed);

  self->observe_queued = FALSE;
  for (guint i = 0; i < observed->len; i++)
    if (ANYIO_IS_TASK_GROUP (observed->pdata[i]))
      anyio_task_group_flush_changes (observed->pdata[i]);
    else if (ANYIO_IS_FAILURE_LIST (observed->pdata[i]))
      anyio_failure_list_flush (observed->pdata[i]);
    else
      anyio_running_tasks_flush (observed->pdata[i]);
}

void
anyio_runtime_observe (AnyioRuntime *self,
                       gpointer object)
{
  if (self->observed == NULL)
    self->observed = g_ptr_array_new_with_free_func (g_object_unref);
  if (!g_ptr_array_find (self->observed, object, NULL))
    g_ptr_array_add (self->observed, g_object_ref (object));
  if (self->observe_queued)
    return;
  self->observe_queued = TRUE;
  anyio_loop_push (&self->loop, &self->observe);
}

void
anyio_runtime_enter_place (AnyioRuntime *self,
                           AnyioPlace *place)
{
  place->outer = self->place;
  place->thread_runtime = anyio_thread_runtime;
  place->current = self->current;
  place->visitor = self->visitor;
  place->home = self->home;
  place->main_depth = self->main_depth;
  place->thread_default = self->thread_default;

  self->place = place;
  anyio_thread_runtime = self;
  if (G_UNLIKELY (!anyio_runtime_is_owner (self)))
    g_atomic_pointer_set (&self->thread, &anyio_thread_runtime);
  self->current = NULL;
  self->visitor = NULL;
  self->main_depth = g_main_depth ();
  self->thread_default = g_main_context_get_thread_default ();
}

void
anyio_runtime_leave_place (AnyioRuntime *self,
                           const AnyioPlace *place)
{
  self->place = place->outer;
  self->current = place->current;
  self->visitor = place->visitor;
  self->home = place->home;
  self->main_depth = place->main_depth;
  self->thread_default = place->thread_default;
  anyio_thread_runtime = place->thread_runtime;
}

void
anyio_runtime_forget_visitor (AnyioRuntime *self,
                              const AnyioRecord *record)
{
  if (self->visitor == record)
    self->visitor = NULL;
  for (AnyioPlace *place = self->place; place != NULL; place = place->outer)
    if (place->visitor == record)
      place->visitor = NULL;
}

AnyioRecord *
anyio_runtime_current_or_visitor (void)
{
  AnyioRuntime *runtime = anyio_thread_runtime;

  if (runtime == NULL)
    return NULL;

  return runtime->current != NULL ? runtime->current : runtime->visitor;
}

/* --- pools ------------------------------------------------------------------------------------------------------------------------------ */

AnyioRecord *
anyio_runtime_alloc_record (AnyioRuntime *self)
{
  AnyioRecord *record;

  self->n_records++;
  if (G_UNLIKELY (self->free_records == NULL))
    {
      AnyioRecord *slab = g_new (AnyioRecord, RECORDS_PER_SLAB);

      g_ptr_array_add (self->record_slabs, slab);
      for (guint i = RECORDS_PER_SLAB; i-- > 0;)
        {
          slab[i].runnable.next = (AnyioRunnable *) self->free_records;
          self->free_records = &slab[i];
        }
    }
  record = self->free_records;
  self->free_records = (AnyioRecord *) record->runnable.next;

  return record;
}

void
anyio_runtime_free_record (AnyioRuntime *self,
                           AnyioRecord *record)
{
  self->n_records--;
  record->runnable.next = (AnyioRunnable *) self->free_records;
  self->free_records = record;
}

GCancellable *
anyio_runtime_take_cancellable (AnyioRuntime *self)
{
  if (self->cancellables->len > 0)
    return g_ptr_array_steal_index_fast (self->cancellables, self->cancellables->len - 1);

  return g_cancellable_new ();
}

void
anyio_runtime_give_cancellable (AnyioRuntime *self,
                                GCancellable *cancellable)
{
  /* Nobody else may hold it, and it must never have been cancelled: there is no way back for a GCancellable that is safe. */
  if (G_OBJECT (cancellable)->ref_count == 1 && !g_cancellable_is_cancelled (cancellable) && self->cancellables->len < MAX_CLEAN_CANCELLABLES)
    g_ptr_array_add (self->cancellables, cancellable);
  else
    g_object_unref (cancellable);
}

/* --- life --------------------------------------------------------------------------------------------------------------------------------- */

static const char *
get_owner_name (gpointer owner)
{
  return owner != NULL ? ((AnyioRecord *) owner)->name : "?";
}

static AnyioRuntime *
runtime_new (GMainContext *context,
             const AnyioRunOptions *options,
             GError **error)
{
  AnyioRuntime *self = g_new0 (AnyioRuntime, 1);
  const char *seed = g_getenv ("ANYIO_SCHEDULE_SEED");

  if (!anyio_loop_init (&self->loop, context, options != NULL ? options->backend : NULL, error))
    {
      g_free (self);
      return NULL;
    }

  self->ref_count = 1;
  self->context = g_main_context_ref (context);
  self->thread = &anyio_thread_runtime;
  self->stacks = anyio_stack_pool_new ();
  anyio_stack_report_overflows (get_owner_name);
  anyio_list_init (&self->stop_waiters);
  anyio_list_init (&self->stop_watchers);
  anyio_list_init (&self->doomed);
  self->doom.run = cancel_doomed;
  self->observe.run = flush_observed;
  self->cancellables = g_ptr_array_new_with_free_func (g_object_unref);
  self->record_slabs = g_ptr_array_new_with_free_func (g_free);
  if (options != NULL && options->clock != NULL)
    {
      self->clock = g_object_ref (options->clock);
      self->loop_clock.get_time_ns = get_replaced_time_ns;
      self->loop_clock.idle = replaced_clock_idle;
      anyio_loop_set_clock (&self->loop, &self->loop_clock);
    }
  if (options != NULL && options->has_seed)
    anyio_loop_set_seed (&self->loop, options->seed);
  else if (seed != NULL)
    anyio_loop_set_seed (&self->loop, (guint) g_ascii_strtoull (seed, NULL, 10));

  anyio_group_init (&self->root);
  self->root.is_background = TRUE;
  self->root.body_runs = TRUE;
  if (options != NULL)
    self->root.stack_class = options->stack_class;
  anyio_scope_attach (&self->root.scope, self, NULL);

  return self;
}

AnyioRuntime *
anyio_runtime_ref (AnyioRuntime *self)
{
  g_atomic_int_inc (&self->ref_count);

  return self;
}

void
anyio_runtime_unref (AnyioRuntime *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;

  g_main_context_unref (self->context);
  g_free (self->deadlock);
  g_free (self);
}

/* No task is left, but small work of theirs may be: foreign cancellables to cancel, list models to update. */
static void
run_leftovers (AnyioRuntime *self)
{
  AnyioRunnable *runnable;

  do
    {
      self->loop.until_look = G_MAXUINT;
      while ((runnable = anyio_loop_pop (&self->loop)) != NULL)
        runnable->run (runnable);
      runnable = anyio_queue_pop (&self->loop.when_idle);
      if (runnable != NULL)
        runnable->run (runnable);
    }
  while (runnable != NULL);
}

static void
runtime_close (AnyioRuntime *self)
{
  g_mutex_lock (&registry_lock);
  g_hash_table_remove (registry, self->context);
  g_mutex_unlock (&registry_lock);

  if (self->reaper != NULL)
    {
      g_source_destroy (self->reaper);
      g_clear_pointer (&self->reaper, g_source_unref);
    }
  run_leftovers (self);
  anyio_scope_unlink (&self->root.scope);
  anyio_group_clear (&self->root);
  anyio_loop_clear (&self->loop);
  g_clear_pointer (&self->values, g_hash_table_unref);
  anyio_stack_pool_free (self->stacks);
  g_ptr_array_unref (self->cancellables);
  g_clear_object (&self->cancelled);
  g_ptr_array_unref (self->record_slabs);
  g_clear_object (&self->clock);
  anyio_running_tasks_detach (self);
  if (anyio_thread_runtime == self)
    anyio_thread_runtime = NULL;

  anyio_runtime_unref (self);
}

/* Makes @source the one that looks after us when there is little to do. */
static void
set_reaper (AnyioRuntime *self,
            GSource *source,
            GSourceFunc func)
{
  if (self->reaper != NULL)
    {
      g_source_destroy (self->reaper);
      g_source_unref (self->reaper);
    }

  self->reaper = source;
  g_source_set_priority (source, G_PRIORITY_LOW);
  g_source_set_static_name (source, "anyio-glib reaper");
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, self->context);
}

static gboolean
close_unused_cb (gpointer user_data)
{
  AnyioRuntime *self = user_data;

  if (self->n_users == 0 && self->loop.depth > 0)
    {
      set_reaper (self, g_timeout_source_new (TRIM_INTERVAL_MS), close_unused_cb); /* something that the loop runs iterates the context; it will end */
      return G_SOURCE_REMOVE;
    }

  g_clear_pointer (&self->reaper, g_source_unref);
  if (self->n_users == 0)
    runtime_close (self);

  return G_SOURCE_REMOVE;
}

static gboolean
trim_cb (gpointer user_data)
{
  AnyioRuntime *self = user_data;

  if (anyio_stack_pool_trim (self->stacks))
    return G_SOURCE_CONTINUE;

  g_clear_pointer (&self->reaper, g_source_unref);

  return G_SOURCE_REMOVE;
}

void
anyio_runtime_trim_later (AnyioRuntime *self)
{
  if (self->reaper == NULL && anyio_stack_pool_wants_trim (self->stacks))
    set_reaper (self, g_timeout_source_new (TRIM_INTERVAL_MS), trim_cb);
}

void
anyio_runtime_add_use (AnyioRuntime *self)
{
  self->n_users++;
}

void
anyio_runtime_end_use (AnyioRuntime *self)
{
  if (--self->n_users == 0)
    set_reaper (self, g_idle_source_new (), close_unused_cb);
}

void
anyio_runtime_close_now (AnyioRuntime *self)
{
  if (self->n_users == 0)
    runtime_close (self);
}

gboolean
anyio_runtime_check_owner (AnyioRuntime *self,
                           const char *function,
                           GError **error)
{
  return anyio_runtime_is_owner (self)
         || anyio_misuse (error, "%s() was called in another thread than that of the tasks; do it there, through g_main_context_invoke() for example", function);
}

gboolean
anyio_runtime_may_own (GMainContext *context)
{
  if (!g_main_context_acquire (context))
    return FALSE;
  g_main_context_release (context);

  return TRUE;
}

AnyioRuntime *
anyio_runtime_use (GMainContext *context,
                   const AnyioRunOptions *options,
                   gboolean *created,
                   GError **error)
{
  AnyioRuntime *self;

  if (!anyio_runtime_may_own (context))
    {
      g_set_error_literal (error, ANYIO_ERROR, ANYIO_ERROR_MISUSE, "Another thread iterates this main context; tasks are started in that thread");
      return NULL;
    }

  g_mutex_lock (&registry_lock);
  self = registry != NULL ? g_hash_table_lookup (registry, context) : NULL;
  g_mutex_unlock (&registry_lock);

  /* One that nobody uses any more is there only because its idle source has not run yet. */
  if (self != NULL && self->n_users == 0 && options != NULL && self->loop.depth == 0)
    {
      runtime_close (self);
      self = NULL;
    }
  if (created != NULL)
    *created = self == NULL || self->n_users == 0;
  if (self != NULL && options != NULL && (options->clock != NULL || (options->backend != NULL && g_strcmp0 (options->backend, anyio_loop_get_backend (&self->loop)) != 0)))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           "Tasks run on this main context already; their clock and back end cannot be changed");
      return NULL;
    }
  if (self == NULL)
    {
      self = runtime_new (context, options, error);
      if (self == NULL)
        return NULL;
      g_mutex_lock (&registry_lock);
      if (registry == NULL)
        registry = g_hash_table_new (NULL, NULL);
      g_hash_table_insert (registry, context, self);
      g_mutex_unlock (&registry_lock);
      anyio_running_tasks_attach (self);
    }
  anyio_runtime_add_use (self);

  return self;
}

AnyioRuntime *
anyio_runtime_find (void)
{
  AnyioRuntime *self = anyio_thread_runtime;
  GMainContext *context = g_main_context_get_thread_default ();

  if (context == NULL)
    context = g_main_context_default ();
  if (self != NULL && self->context == context)
    return self;

  /* Under the lock it cannot be closed. A thread without a context of its own gets the global one, whose runtime is the main thread's. */
  g_mutex_lock (&registry_lock);
  self = registry != NULL ? g_hash_table_lookup (registry, context) : NULL;
  if (self != NULL && !anyio_runtime_is_owner (self) && !g_main_context_is_owner (context))
    self = NULL;
  g_mutex_unlock (&registry_lock);

  return self;
}
