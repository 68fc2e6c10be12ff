/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Suspending and resuming tasks: the one primitive under everything that waits. Knows nothing of what is waited for. */

#include "core/anyio-wait-private.h"

#include "core/anyio-driver-private.h"
#include "core/anyio-error-private.h"
#include "core/anyio-fiber-private.h"
#include "core/anyio-offer-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-scope-private.h"

/* Suspending would leave something behind that belongs to the thread and not to the fiber. */
static AnyioRecord *
refuse_place (AnyioRuntime *runtime,
              const char *function,
              GError **error)
{
  if (g_main_depth () != runtime->main_depth)
    anyio_misuse (error,
                  "%s() was called from a callback of a main loop that task \"%s\" runs inside itself, and suspending would stop that loop; "
                  "start a task for the callback with anyio_start(), or do not nest main loops in tasks",
                  function, runtime->current->name);
  else
    anyio_misuse (error,
                  "%s() was called in task \"%s\" while a thread-default main context that it pushed is in force; "
                  "pop it before the task suspends, because the next task would find it",
                  function, runtime->current->name);

  return NULL;
}

AnyioRecord *
anyio_wait_check_place (const char *function,
                        GError **error)
{
  AnyioRuntime *runtime = anyio_thread_runtime;

  if (G_UNLIKELY (runtime == NULL || runtime->current == NULL))
    {
      anyio_misuse_no_task (error, function);
      return NULL;
    }
  if (G_UNLIKELY (g_main_depth () != runtime->main_depth || g_main_context_get_thread_default () != runtime->thread_default))
    return refuse_place (runtime, function, error);

  return runtime->current;
}

AnyioRecord *
anyio_wait_begin (const char *function,
                  GError **error)
{
  AnyioRecord *record = anyio_wait_check_place (function, error);
  AnyioClock *clock;

  if (G_UNLIKELY (record == NULL))
    return NULL;
  clock = anyio_thread_runtime->clock;
  if (G_UNLIKELY (clock != NULL))
    ANYIO_CLOCK_GET_CLASS (clock)->suspending (clock);

  return record;
}

void
anyio_wait_deliver (AnyioRecord *record)
{
  AnyioWait *wait = record->wait;

  if (G_UNLIKELY (record->kind == ANYIO_RECORD_DRIVEN))
    {
      anyio_driver_tell (record);
      return;
    }
  if (wait == NULL)
    return;
  if (G_UNLIKELY (wait->changed != NULL))
    wait->changed (wait, TRUE);
  if (wait->attempted)
    return;

  wait->attempted = TRUE;
  if (wait->abort != NULL && wait->abort (wait) == ANYIO_ABORT_DONE)
    {
      wait->cancelled = TRUE;
      anyio_wait_complete (wait);
    }
}

void
anyio_wait_fallen (AnyioRecord *record)
{
  AnyioWait *wait = record->wait;

  if (record->kind == ANYIO_RECORD_DRIVEN)
    anyio_driver_tell (record);
  else if (G_UNLIKELY (wait != NULL && wait->changed != NULL))
    wait->changed (wait, FALSE);
}

gboolean
anyio_wait_suspend (AnyioWait *self,
                    AnyioRecord *record)
{
  self->record = record;
  self->attempted = FALSE;
  self->cancelled = FALSE;
  record->wait = self;
  record->streak = 0;
  if (G_UNLIKELY (record->scope->eff))
    anyio_wait_deliver (record);
  anyio_fiber_suspend (record);

  return !self->cancelled;
}

void
anyio_wait_complete (AnyioWait *self)
{
  AnyioRecord *record = self->record;

  record->wait = NULL;
  anyio_record_make_ready (record);
}

gboolean
anyio_wait_in_list (AnyioRecord *record,
                    AnyioList *list,
                    GError **error)
{
  AnyioOffer self;
  AnyioParty party;

  if (!anyio_offer_wait (&self, &party, record, list))
    return anyio_scope_fail_cancelled (record, error);

  return TRUE;
}

void
anyio_wait_wake_all (AnyioList *list)
{
  anyio_offer_commit_all (list);
}

void
anyio_wait_yield (AnyioRecord *record)
{
  record->streak = 0;
  anyio_record_make_ready (record);
  anyio_fiber_suspend (record);
}

gboolean
anyio_wait_pass (AnyioRecord *record,
                 GError **error)
{
  gboolean was_cancelled = record->scope->eff;

  if (G_LIKELY (!was_cancelled && ++record->streak < ANYIO_FAIRNESS_STREAK))
    return TRUE;
  anyio_wait_yield (record);

  return (!was_cancelled && !record->scope->eff) || anyio_scope_fail_cancelled (record, error);
}
