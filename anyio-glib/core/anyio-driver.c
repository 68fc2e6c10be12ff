/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The driver of a language: its place in the scheduler, the numbers, and the events.
 *
 * A number finds its slot by two additions; slots do not move, because timers and scopes are linked into the core's structures. An event costs an
 * unsigned number in an array. Nothing here makes an object per task.
 *
 * While a language's code runs on the home stack the runtime has no current task: the language says in each call which of its tasks it speaks for.
 */

#include "core/anyio-driver-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-invariants-private.h"
#include "core/anyio-operation-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-task-group-private.h"

#define SLOTS_PER_CHUNK 256

/**
 * AnyioDriver:
 *
 * Makes the coroutines of another language tasks like all others. Each language binding has one for each main context on which its tasks run. The
 * class is for bindings; programs have no use for it.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AnyioDriver, anyio_driver, G_TYPE_OBJECT)

/* --- numbers ----------------------------------------------------------------------------------------------------------------------------- */

static void
slots_init (AnyioSlots *self,
            gsize slot_size)
{
  self->chunks = g_ptr_array_new_with_free_func (g_free);
  self->slot_size = slot_size;
  self->n_slots = 1;
}

gpointer
anyio_slots_get (AnyioSlots *self,
                 guint id)
{
  if (G_UNLIKELY (id == 0 || id >= self->n_slots))
    return NULL;

  return (char *) self->chunks->pdata[id / SLOTS_PER_CHUNK] + id % SLOTS_PER_CHUNK * self->slot_size;
}

gpointer
anyio_slots_take (AnyioSlots *self,
                  guint *id,
                  guint *(*get_next_free) (gpointer slot))
{
  gpointer slot;

  if (self->first_free != 0)
    {
      *id = self->first_free;
      slot = anyio_slots_get (self, *id);
      self->first_free = *get_next_free (slot);
      return slot;
    }

  *id = self->n_slots++;
  if (*id / SLOTS_PER_CHUNK == self->chunks->len)
    g_ptr_array_add (self->chunks, g_malloc0_n (SLOTS_PER_CHUNK, self->slot_size));

  return anyio_slots_get (self, *id);
}

AnyioDriverTask *
anyio_driver_find_task (AnyioDriver *self,
                        guint id,
                        const char *function)
{
  AnyioDriverTask *slot = anyio_slots_get (&self->tasks, id);

  if (G_LIKELY (slot != NULL && slot->record != NULL))
    return slot;
  g_critical ("%s() was called with %u, which is not the number of a live task", function, id);

  return NULL;
}

AnyioDriverScope *
anyio_driver_find_scope (AnyioDriver *self,
                         guint id,
                         const char *function)
{
  AnyioDriverScope *slot = anyio_slots_get (&self->scopes, id);

  if (G_LIKELY (slot != NULL && slot->scope != NULL))
    return slot;
  g_critical ("%s() was called with %u, which is not the number of a scope", function, id);

  return NULL;
}

AnyioGroup *
anyio_driver_find_group (AnyioDriver *self,
                         guint id,
                         const char *function)
{
  AnyioDriverScope *slot;

  if (id == 0 && self->runtime != NULL)
    return &self->runtime->root;
  slot = anyio_driver_find_scope (self, id, function);
  if (slot == NULL)
    return NULL;
  if (slot->scope->group == NULL)
    g_critical ("%s() was called with %u, which is the number of a scope that is no task group", function, id);

  return slot->scope->group;
}

void
anyio_driver_free_task (AnyioDriver *self,
                        AnyioDriverTask *slot)
{
  slot->record = NULL;
  slot->next_free = self->tasks.first_free;
  self->tasks.first_free = slot->id;
  self->n_live--;
}

void
anyio_driver_free_scope (AnyioDriver *self,
                         AnyioDriverScope *slot)
{
  if (slot->scope == &slot->own)
    anyio_scope_clear (&slot->own);
  slot->scope = NULL;
  g_clear_object (&slot->group);
  g_clear_pointer (&slot->start, g_free);
  slot->next_free = self->scopes.first_free;
  self->scopes.first_free = slot->id;
}

GError *
anyio_driver_make_error (const AnyioScope *scope,
                         AnyioTaskStatus outcome,
                         const char *message)
{
  if (outcome == ANYIO_TASK_CANCELLED)
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, anyio_scope_get_message (anyio_scope_get_source (scope)));
  if (outcome == ANYIO_TASK_FAILED)
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, message != NULL ? message : "The task failed");

  return NULL;
}

void
anyio_driver_note_failure (AnyioGroup *group,
                           const char *name,
                           const char *message)
{
  g_autoptr (GError) error = NULL;

  if (group->handle == NULL)
    return;
  error = anyio_driver_make_error (&group->scope, ANYIO_TASK_FAILED, message);
  anyio_task_group_note_failure (group->handle, name, error);
}

/* --- events ------------------------------------------------------------------------------------------------------------------------------- */

static void
make_ready (AnyioDriver *self)
{
  if (self->is_queued)
    return;
  self->is_queued = TRUE;
  g_object_ref (self);
  anyio_loop_push (&self->runtime->loop, &self->runnable);
}

void
anyio_driver_add_event (AnyioDriver *self,
                        guint id,
                        AnyioDriverEvent event)
{
  guint word = 8 * id + event;

  g_array_append_val (self->events, word);
  make_ready (self);
}

/* The event says what holds when it is taken, so one is enough. */
void
anyio_driver_tell (AnyioRecord *record)
{
  AnyioDriverTask *task = record->user_data;

  if (task->is_told)
    return;
  task->is_told = TRUE;
  anyio_driver_add_event (task->driver, task->id, ANYIO_DRIVER_CANCELLED);
}

void
anyio_driver_group_closed (AnyioGroup *group)
{
  AnyioDriverTask *host = group->scope.host->user_data;

  if (host->driver->ending != group)
    anyio_driver_add_event (host->driver, host->joins, ANYIO_DRIVER_CLOSED);
}

void
anyio_driver_forget_task (AnyioDriver *self,
                          AnyioDriverTask *task)
{
  guint n = 0;

  if (anyio_timer_is_armed (&task->timer))
    anyio_loop_disarm (&self->runtime->loop, &task->timer);
  anyio_list_remove (&task->stop_link);
  task->is_told = FALSE;
  for (guint i = 0; i < self->events->len; i++)
    {
      guint word = g_array_index (self->events, guint, i);

      if (word / 8 != task->id || word % 8 == ANYIO_DRIVER_CLOSED)
        g_array_index (self->events, guint, n++) = word;
    }
  g_array_set_size (self->events, n);
}

/**
 * anyio_driver_take_events:
 * @self: a driver
 * @n_events: (out): how many
 *
 * Takes what happened since the last time, in order.
 *
 * Returns: (array length=n_events) (transfer full) (nullable): numbers, `8 * id + kind`, the kind being an #AnyioDriverEvent
 *
 * Since: 0.1
 */
guint *
anyio_driver_take_events (AnyioDriver *self,
                          gsize *n_events)
{
  guint *words;

  g_return_val_if_fail (ANYIO_IS_DRIVER (self), NULL);

  *n_events = self->events->len;
  words = g_memdup2 (self->events->data, self->events->len * sizeof *words);
  for (guint i = 0; i < self->events->len; i++)
    if (words[i] % 8 == ANYIO_DRIVER_CANCELLED)
      {
        AnyioDriverTask *task = anyio_slots_get (&self->tasks, words[i] / 8);

        task->is_told = FALSE;
        if (!task->record->scope->eff)
          words[i] += ANYIO_DRIVER_RESTORED - ANYIO_DRIVER_CANCELLED;
      }
  g_array_set_size (self->events, 0);

  return words;
}

/**
 * anyio_driver_wake:
 * @self: a driver
 *
 * Has the driver's function called in the next step of the scheduler.
 *
 * Since: 0.1
 */
void
anyio_driver_wake (AnyioDriver *self)
{
  g_return_if_fail (ANYIO_IS_DRIVER (self));

  if (self->runtime != NULL)
    make_ready (self);
}

/**
 * anyio_driver_begin_operation:
 * @self: a driver
 * @cancellable: (nullable): what the operation got, if no other operation under way has it
 *
 * Says that an operation is under way elsewhere: a GIO call, say. Meanwhile a replaced clock does not jump, and tasks that wait for each other are no deadlock. If
 * the operation turns out to be one of this library, which its @cancellable tells, time goes on all the same; without a cancellable nothing tells, and time stands
 * still until it has ended. So give one to every operation that may wait for this library's own. Without a replaced clock there is no need to call this.
 *
 * Since: 0.1
 */
void
anyio_driver_begin_operation (AnyioDriver *self,
                              GCancellable *cancellable)
{
  g_return_if_fail (ANYIO_IS_DRIVER (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  if (self->runtime == NULL)
    return;
  g_ptr_array_add (self->operations, cancellable != NULL ? g_object_ref (cancellable) : NULL);
  anyio_operation_begin (self->runtime, cancellable);
}

static void
end_operation (AnyioDriver *self,
               guint index)
{
  g_autoptr (GCancellable) cancellable = g_ptr_array_steal_index_fast (self->operations, index);

  anyio_operation_end (self->runtime, cancellable);
}

/**
 * anyio_driver_end_operation:
 * @self: a driver
 * @cancellable: (nullable): what anyio_driver_begin_operation() was given
 *
 * Says that the operation has ended.
 *
 * Since: 0.1
 */
void
anyio_driver_end_operation (AnyioDriver *self,
                            GCancellable *cancellable)
{
  guint index;

  g_return_if_fail (ANYIO_IS_DRIVER (self));

  if (self->runtime != NULL && g_ptr_array_find (self->operations, cancellable, &index))
    end_operation (self, index);
}

/* Not while it runs: bindings free what runs with it. */
static void
release_func (AnyioDriver *self)
{
  if (self->n_running == 0 && self->destroy != NULL)
    g_steal_pointer (&self->destroy) (self->user_data);
}

/* A task of ours runs a main loop inside itself, and there is nothing else to do: the others are to go on. */
static void
go_on_nested (AnyioRunnable *runnable)
{
  AnyioDriver *self = ANYIO_CONTAINER (runnable, AnyioDriver, nested);

  self->is_nested_queued = FALSE;
  if (self->n_running > 0)
    anyio_driver_wake (self);
  g_object_unref (self);
}

static void
expect_nested (AnyioDriver *self)
{
  if (self->is_nested_queued)
    return;
  self->is_nested_queued = TRUE;
  g_object_ref (self);
  anyio_loop_push_when_idle (&self->runtime->loop, &self->nested);
}

/* It mostly stands alone there; otherwise it comes later, and does nothing. */
static void
expect_no_nested (AnyioDriver *self,
                  AnyioRuntime *runtime)
{
  if (runtime->loop.when_idle.head != &self->nested || self->nested.next != NULL)
    return;
  anyio_queue_pop (&runtime->loop.when_idle);
  self->is_nested_queued = FALSE;
  g_object_unref (self);
}

static void
run (AnyioRunnable *runnable)
{
  g_autoptr (AnyioDriver) self = ANYIO_CONTAINER (runnable, AnyioDriver, runnable); /* the queue's reference */
  AnyioRuntime *runtime = self->runtime;
  AnyioPlace place;
  gboolean again;

  self->is_queued = FALSE;
  if (runtime == NULL)
    return;

  self->n_running++;
  expect_nested (self);
  anyio_runtime_enter_place (runtime, &place);
  again = self->func (self->events->len, self->user_data);
  anyio_runtime_leave_place (runtime, &place);
  self->n_running--;
  expect_no_nested (self, runtime);
  anyio_invariants_check (runtime);

  if (self->runtime == NULL)
    release_func (self);
  if (self->runtime != NULL && (again || self->events->len > 0))
    make_ready (self);
}

/* --- life ---------------------------------------------------------------------------------------------------------------------------------- */

static void
anyio_driver_finalize (GObject *object)
{
  AnyioDriver *self = ANYIO_DRIVER (object);

  if (self->runtime != NULL)
    anyio_driver_close (self);
  g_ptr_array_unref (self->tasks.chunks);
  g_ptr_array_unref (self->scopes.chunks);
  g_array_unref (self->events);
  g_ptr_array_unref (self->operations);

  G_OBJECT_CLASS (anyio_driver_parent_class)->finalize (object);
}

static void
anyio_driver_class_init (AnyioDriverClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = anyio_driver_finalize;
}

static void
anyio_driver_init (AnyioDriver *self)
{
  slots_init (&self->tasks, sizeof (AnyioDriverTask));
  slots_init (&self->scopes, sizeof (AnyioDriverScope));
  self->events = g_array_new (FALSE, FALSE, sizeof (guint));
  self->operations = g_ptr_array_new ();
  self->runnable.run = run;
  self->nested.run = go_on_nested;
}

/**
 * anyio_driver_new:
 * @options: (nullable): how to run, if no task runs on this main context yet
 * @func: (scope notified) (closure user_data) (destroy destroy): steps what is ready
 * @user_data: its argument
 * @destroy: (nullable): frees @user_data
 * @error: return location for an error
 *
 * Makes a driver for the tasks of one language on the thread's default main context. It belongs to that thread, and lives until
 * anyio_driver_close().
 *
 * Errors: as anyio_run_named().
 *
 * Returns: (transfer full): the driver, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioDriver *
anyio_driver_new (const AnyioRunOptions *options,
                  AnyioDriverFunc func,
                  gpointer user_data,
                  GDestroyNotify destroy,
                  GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  AnyioDriver *self;
  AnyioRuntime *runtime;
  gboolean created;

  g_return_val_if_fail (func != NULL, NULL);

  runtime = anyio_runtime_use (context, options, &created, error);
  if (runtime == NULL)
    {
      if (destroy != NULL)
        destroy (user_data);
      return NULL;
    }

  self = g_object_new (ANYIO_TYPE_DRIVER, NULL);
  self->runtime = runtime;
  self->owns_runtime = created;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
  runtime->n_drivers++;

  return self;
}

/**
 * anyio_driver_is_finished:
 * @self: a driver
 *
 * Looks whether the main context may be left: the end of a run. If the context had no tasks when the driver was made, all that are left on it are
 * cancelled the first time; iterate the main context until this returns %TRUE.
 *
 * Returns: whether nothing is left that belongs to this run
 *
 * Since: 0.1
 */
gboolean
anyio_driver_is_finished (AnyioDriver *self)
{
  g_return_val_if_fail (ANYIO_IS_DRIVER (self), TRUE);

  if (self->runtime == NULL || !self->owns_runtime)
    return TRUE;
  if (!self->is_shutting_down)
    {
      self->is_shutting_down = TRUE;
      anyio_scope_cancel (&self->runtime->root.scope, ANYIO_CANCEL_SHUTDOWN, NULL, NULL);
    }

  return self->runtime->root.n_children == 0;
}

/**
 * anyio_driver_get_deadlock:
 * @self: a driver
 *
 * Looks whether a replaced clock has found that nothing could ever run again; all tasks were cancelled then.
 *
 * Returns: (transfer full) (nullable): the tree of tasks at that moment, as anyio_dump_tree() prints it; %NULL if all went well
 *
 * Since: 0.1
 */
char *
anyio_driver_get_deadlock (AnyioDriver *self)
{
  g_return_val_if_fail (ANYIO_IS_DRIVER (self), NULL);

  return self->runtime != NULL ? g_strdup (self->runtime->deadlock) : NULL;
}

/**
 * anyio_driver_close:
 * @self: a driver
 *
 * Ends the use of the main context. No task of the driver is alive any more.
 *
 * Since: 0.1
 */
void
anyio_driver_close (AnyioDriver *self)
{
  AnyioRuntime *runtime;

  g_return_if_fail (ANYIO_IS_DRIVER (self));

  if (self->runtime == NULL)
    return;
  if (self->n_live > 0)
    {
      g_critical ("A driver was closed while %u of its tasks were alive", self->n_live);
      return;
    }

  while (self->operations->len > 0)
    end_operation (self, self->operations->len - 1);
  runtime = g_steal_pointer (&self->runtime);
  runtime->n_drivers--;
  anyio_runtime_end_use (runtime);
  if (self->owns_runtime && self->is_shutting_down)
    anyio_runtime_close_now (runtime);
  release_func (self);
}
