/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Awaiting GIO-style operations.
 *
 * The operation gets a GCancellable of its own, one that was never cancelled, and the call hangs on the scope that is current at begin: when that scope is
 * cancelled, so is the operation. The task resumes when the ready callback has come, always: only then does the operation no longer use the task's
 * memory, and its own result says what happened. The task is resumed by the scheduler and not inside the callback, because that may come from inside
 * g_cancellable_cancel(), which holds a lock.
 *
 * A GCancellable that was never cancelled, and that nobody else holds any more, is used again: making one costs more than the rest of the call.
 */

#include "gio/anyio-call.h"

#include "core/anyio-error-private.h"
#include "core/anyio-operation-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-scope-private.h"
#include "core/anyio-wait-private.h"

typedef enum
{
  CALL_NEW,
  CALL_BEGUN,
  CALL_DONE
} CallState;

typedef struct
{
  AnyioDependent dependent;  /* in the scope's list while begun and not told to cancel */
  AnyioRuntime *runtime;     /* borrowed: the task that owns us keeps it; NULL before begin */
  GCancellable *cancellable; /* owned; NULL before begin */
  GAsyncResult *result;      /* owned; NULL until done */
  AnyioWait *waiter;         /* borrowed, on the same stack; NULL while nobody awaits */
  guint state : 2;           /* CallState */
  guint aborted : 1;         /* we have cancelled it */
} Call;

G_STATIC_ASSERT (sizeof (Call) <= sizeof (AnyioCall));

/* The scope has been cancelled; on the home stack. */
static void
cancel_call (AnyioList *link)
{
  Call *self = ANYIO_CONTAINER (link, Call, dependent.link);
  /* The operation may end inside, and with it the call's memory. */
  g_autoptr (GCancellable) cancellable = g_object_ref (self->cancellable);

  self->aborted = TRUE;
  g_cancellable_cancel (cancellable);
}

static GCancellable *
get_cancelled (AnyioRuntime *runtime)
{
  if (runtime->cancelled == NULL)
    {
      runtime->cancelled = g_cancellable_new ();
      g_cancellable_cancel (runtime->cancelled);
    }

  return runtime->cancelled;
}

/**
 * anyio_call_begin: (skip)
 * @call: a call on the stack of the current task
 *
 * Begins a call. Use the macro ANYIO_CALL(), which stands for the last three arguments of the operation; a function with further arguments behind the callback takes
 * anyio_call_begin(), anyio_call_ready() and @call by hand. Never suspends.
 *
 * Returns: (transfer none) (nullable): the cancellable for the operation; %NULL after misuse
 *
 * Since: 0.1
 */
GCancellable *
anyio_call_begin (AnyioCall *call)
{
  AnyioRecord *record = anyio_wait_begin ("ANYIO_CALL", NULL);
  Call *self = (Call *) call;

  if (record == NULL)
    return NULL;
  if (self->state == CALL_BEGUN)
    {
      anyio_misuse (NULL, "Task \"%s\" began a call that is under way; await or clear it first, or use another one", record->name);
      return NULL;
    }

  anyio_call_clear (call);
  self->runtime = anyio_record_get_runtime (record);
  self->state = CALL_BEGUN;
  self->dependent.cancel = cancel_call;
  anyio_list_init (&self->dependent.link);
  if (G_UNLIKELY (record->scope->eff))
    {
      self->cancellable = g_object_ref (get_cancelled (self->runtime));
      self->aborted = TRUE;
    }
  else
    {
      self->cancellable = anyio_runtime_take_cancellable (self->runtime);
      anyio_list_append (anyio_scope_get_dependents (record), &self->dependent.link);
    }
  anyio_operation_begin (self->runtime, self->cancellable);

  return self->cancellable;
}

typedef struct
{
  AnyioRunnable message;
  Call *call;
  GAsyncResult *result; /* owned */
} LateReady;

static void
take_late_ready (AnyioRunnable *runnable)
{
  LateReady *late = ANYIO_CONTAINER (runnable, LateReady, message);

  anyio_call_ready (NULL, late->result, late->call);
  g_object_unref (late->result);
  g_free (late);
}

/* The operation breaks the rule of GIO that it calls back in the context where it was begun. The call belongs to the task's thread: it is not touched here. */
static void
ready_in_other_thread (Call *self,
                       GAsyncResult *result)
{
  LateReady *late = g_new (LateReady, 1);

  g_critical ("A GIO operation called back in another thread than the one in which it was begun; it should return through a GTask");
  late->message.run = take_late_ready;
  late->call = self;
  late->result = g_object_ref (result);
  if (anyio_loop_post (&self->runtime->loop, &late->message))
    return;
  g_object_unref (late->result);
  g_free (late);
}

/**
 * anyio_call_ready: (skip)
 * @source: (nullable): the object of the operation
 * @result: its result
 * @call: the call
 *
 * The callback of an awaited operation. Use the macro ANYIO_CALL().
 *
 * Since: 0.1
 */
void
anyio_call_ready (GObject *source,
                  GAsyncResult *result,
                  gpointer call)
{
  Call *self = call;

  if (G_UNLIKELY (self->runtime != NULL && !anyio_runtime_is_owner (self->runtime)))
    {
      ready_in_other_thread (self, result);
      return;
    }
  if (G_UNLIKELY (self->state != CALL_BEGUN))
    {
      g_critical ("A GIO operation called back twice, or was given a call that was not begun");
      return;
    }

  self->state = CALL_DONE;
  self->result = g_object_ref (result);
  anyio_list_remove (&self->dependent.link);
  anyio_operation_end (self->runtime, self->cancellable);
  if (self->waiter != NULL)
    anyio_wait_complete (g_steal_pointer (&self->waiter));
}

static void
wait_ready (Call *self,
            AnyioRecord *record)
{
  AnyioWait wait = { .abort = NULL };

  self->waiter = &wait;
  anyio_wait_suspend (&wait, record);
}

/**
 * anyio_call_await: (skip)
 * @call: a call that was begun
 *
 * Waits until the operation has ended, also when it was cancelled; its `_finish` function then tells the outcome. It is a cancel point in that the
 * cancellation of the scope in which the call was begun cancels the operation.
 *
 * Returns: (transfer none): the result for the `_finish` function, until the call is cleared; %NULL after misuse
 *
 * Since: 0.1
 */
GAsyncResult *
anyio_call_await (AnyioCall *call)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, NULL);
  Call *self = (Call *) call;

  if (record == NULL)
    return NULL;
  if (self->state == CALL_NEW)
    {
      anyio_misuse (NULL, "Task \"%s\" awaits a call that was not begun; give ANYIO_CALL (&call) to the operation first", record->name);
      return NULL;
    }

  if (G_UNLIKELY (self->waiter != NULL))
    {
      anyio_misuse (NULL, "Task \"%s\" awaits a call that another task awaits already", record->name);
      return NULL;
    }

  if (self->state == CALL_BEGUN)
    wait_ready (self, record);
  else if (G_UNLIKELY (record->scope->eff))
    anyio_wait_yield (record); /* the call's own result comes all the same */
  else
    anyio_wait_pass (record, NULL);
  if (G_UNLIKELY (self->aborted))
    anyio_scope_set_told (record);

  return self->result;
}

/**
 * anyio_call_clear: (skip)
 * @call: a call
 *
 * Clears the call; `g_auto (AnyioCall)` does. One that is under way is cancelled, waited for, shielded, and its result dropped.
 *
 * Since: 0.1
 */
void
anyio_call_clear (AnyioCall *call)
{
  Call *self = (Call *) call;

  if (self->state == CALL_BEGUN)
    {
      AnyioRecord *record = anyio_wait_begin ("anyio_call_clear", NULL);

      if (record == NULL)
        return;
      anyio_runtime_doom (self->runtime, &self->dependent);
      wait_ready (self, record);
    }

  g_clear_object (&self->result);
  if (self->cancellable != NULL) /* only now has the GTask behind the result let go of it */
    anyio_runtime_give_cancellable (self->runtime, self->cancellable);
  memset (self, 0, sizeof *self);
}

/**
 * anyio_current_cancellable: (skip)
 *
 * Gets a cancellable for code that knows nothing of tasks; it is cancelled when the current scope effectively is. To await a GIO operation use ANYIO_CALL().
 *
 * Returns: (transfer none) (nullable): the cancellable; %NULL outside tasks
 *
 * Since: 0.1
 */
GCancellable *
anyio_current_cancellable (void)
{
  AnyioRecord *record = anyio_runtime_current_or_visitor ();

  return record != NULL ? anyio_scope_get_cancellable (record->scope) : NULL;
}
