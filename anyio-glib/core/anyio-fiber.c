/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fibers on top of stacks and contexts.
 *
 * A stack is an executor: it runs a task to its end and then, when the next runnable is a task that has not begun, runs that one in the same place, without any
 * switch. Therefore tasks that never wait share one hot stack, and a stack is taken from the pool only when a task begins while
 * another one is suspended on the stack at hand. A suspended task gives way directly to the next fiber; the home stack comes in only for what must run there, and
 * when the loop wants a look at the clock (anyio_loop_pop() returns NULL then).
 *
 * The home stack is whichever stack the innermost dispatch runs on that started fibers: the thread's own, or, under a main loop that a
 * fiber nested, that fiber's. Each dispatch saves what it finds in the runtime and puts it back, so nesting needs no other care.
 *
 * Costs: a suspension is one context switch plus the queue; a visit to the home stack is two switches; a task that does not wait costs no switch.
 */

#include "core/anyio-fiber-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-invariants-private.h"
#include "core/anyio-runtime-private.h"

static void fiber_main (gpointer data) G_GNUC_NORETURN;

static gboolean
take_stack (AnyioRuntime *runtime,
            AnyioRecord *record,
            GError **error)
{
  AnyioStack *stack = anyio_stack_pool_acquire (runtime->stacks, record->stack_class, error);

  if (stack == NULL)
    return FALSE;

  stack->owner = record;
  record->stack = stack;
  anyio_context_make (&stack->context, stack->low, stack->high, fiber_main, runtime);

  return TRUE;
}

gboolean
anyio_fiber_prepare (AnyioRecord *record,
                     GError **error)
{
  if (take_stack (anyio_record_get_runtime (record), record, error))
    return TRUE;
  g_prefix_error (error, "Task \"%s\" could not begin: ", record->name);

  return FALSE;
}

/* The fiber that the runnable is the record of, with a stack to go on with; NULL if the home stack must see to it. */
static AnyioRecord *
as_ready_fiber (AnyioRuntime *runtime,
                AnyioRunnable *runnable)
{
  AnyioRecord *record;

  if (runnable == NULL || runnable->run != anyio_fiber_run)
    return NULL;

  record = ANYIO_CONTAINER (runnable, AnyioRecord, runnable);
  if (G_UNLIKELY (record->stack == NULL) && !take_stack (runtime, record, NULL))
    return NULL; /* the home stack tries again and reports */

  return record;
}

/* What hangs there stood on the stack that the task has just left, and must not be touched any more. */
static void
report_calls (AnyioRecord *record)
{
  g_critical ("Task \"%s\" returned with a GIO call under way, which will write into memory that is no longer the task's; declare it with g_auto (AnyioCall)",
              record->name);
  anyio_list_init (&record->dependents);
}

static void
execute (AnyioRuntime *runtime,
         AnyioRecord *record)
{
  GError *error = NULL;
  gboolean success;

  record->begun = TRUE;
  success = record->func.fiber (record->user_data, &error);
  if (G_UNLIKELY (success != (error == NULL)))
    anyio_record_mend_result (record, &error);
  if (G_UNLIKELY (record->outermost != NULL))
    anyio_record_unwind (record, &error);
  if (G_UNLIKELY (!anyio_list_is_empty (&record->dependents)))
    report_calls (record);
  if (record->destroy != NULL)
    anyio_record_destroy_data (record);

  anyio_record_finish (record, error);
}

static void
fiber_main (gpointer data)
{
  AnyioRuntime *runtime = data;
  AnyioStack *stack = runtime->current->stack;
  AnyioContext *to = runtime->home;

  for (;;)
    {
      AnyioRunnable *next;
      AnyioRecord *record;

      execute (runtime, runtime->current);
      anyio_invariants_check (runtime);

      next = anyio_loop_pop (&runtime->loop);
      if (next != NULL && next->run == anyio_fiber_run)
        {
          record = ANYIO_CONTAINER (next, AnyioRecord, runnable);
          if (record->stack == NULL && record->stack_class == stack->class)
            {
              record->stack = stack;
              stack->owner = record;
              runtime->current = record;
              continue;
            }
        }

      record = as_ready_fiber (runtime, next);
      runtime->current = record;
      runtime->handover = record == NULL ? next : NULL;
      to = record == NULL ? runtime->home : &record->stack->context;
      break;
    }

  anyio_stack_pool_release (runtime->stacks, stack);
  anyio_context_exit (&stack->context, to);
}

void
anyio_fiber_suspend (AnyioRecord *self)
{
  AnyioRuntime *runtime = anyio_thread_runtime;
  AnyioRunnable *next;
  AnyioRecord *record;

  anyio_invariants_check (runtime);

  next = anyio_loop_pop (&runtime->loop);
  record = as_ready_fiber (runtime, next);
  if (record == self)
    return;

  runtime->current = record;
  if (record != NULL)
    {
      anyio_context_switch (&self->stack->context, &record->stack->context);
    }
  else
    {
      runtime->handover = next;
      anyio_context_switch (&self->stack->context, runtime->home);
    }
}

void
anyio_fiber_call_home (AnyioRuntime *runtime,
                       void (*func) (gpointer user_data),
                       gpointer user_data)
{
  AnyioRecord *self = runtime->current;

  if (self == NULL)
    {
      func (user_data);
      return;
    }

  runtime->home_func = func;
  runtime->home_data = user_data;
  runtime->caller = self;
  runtime->current = NULL;
  anyio_context_switch (&self->stack->context, runtime->home);
}

/* Runs the fiber until the home stack is wanted; returns what else the home stack has to run first, or NULL. */
static AnyioRunnable *
run_from_home (AnyioRuntime *runtime,
               AnyioRecord *record,
               AnyioContext *home)
{
  g_autoptr (GError) error = NULL;

  if (record->stack == NULL && !anyio_fiber_prepare (record, &error))
    {
      anyio_record_finish_at_home (record, g_steal_pointer (&error));
      return NULL;
    }

  runtime->current = record;
  anyio_context_switch (home, &record->stack->context);
  while (runtime->home_func != NULL)
    {
      AnyioRecord *caller = runtime->caller;
      void (*func) (gpointer) = g_steal_pointer (&runtime->home_func);

      runtime->visitor = caller;
      func (runtime->home_data);
      runtime->visitor = NULL;
      runtime->current = caller;
      anyio_context_switch (home, &caller->stack->context);
    }

  return g_steal_pointer (&runtime->handover);
}

void
anyio_fiber_run (AnyioRunnable *runnable)
{
  AnyioRecord *record = ANYIO_CONTAINER (runnable, AnyioRecord, runnable);
  AnyioRuntime *runtime = anyio_record_get_runtime (record);
  AnyioContext home;
  AnyioPlace place;

  anyio_runtime_enter_place (runtime, &place);
  anyio_context_init_running (&home);
  runtime->home = &home;
  do
    runnable = run_from_home (runtime, ANYIO_CONTAINER (runnable, AnyioRecord, runnable), &home);
  while (runnable != NULL && runnable->run == anyio_fiber_run);
  anyio_runtime_leave_place (runtime, &place);

  if (runnable != NULL)
    runnable->run (runnable);
}

/**
 * anyio_call_home: (skip)
 * @func: the function
 * @user_data: its argument
 *
 * Calls @func on the thread's own stack, and returns when it has returned.
 *
 * Callbacks into JavaScript or Python, nested main loops and deep recursion do not belong on a fiber's stack; a task that has to do such a thing (emit a
 * signal that a script listens to, say) does it through this function. It does not suspend: no other task runs meanwhile. Inside @func
 * functions that suspend fail. Outside tasks it is a plain call.
 *
 * Since: 0.1
 */
void
anyio_call_home (void (*func) (gpointer user_data),
                 gpointer user_data)
{
  if (anyio_runtime_current () != NULL)
    anyio_fiber_call_home (anyio_thread_runtime, func, user_data);
  else
    func (user_data);
}
