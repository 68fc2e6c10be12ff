/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The soft stop of drivers. A request is a bit in a scope, as for all tasks, so spawning and entering cost nothing and cover what is begun below a scope that was asked
 * already. A task that is to be told stands in a list of the runtime; who does not watch is not looked at.
 */

#include "core/anyio-driver-private.h"

#include "core/anyio-cancel-scope-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-stop-private.h"

void
anyio_driver_tell_stop (AnyioRuntime *runtime)
{
  AnyioList others;
  AnyioList *link;

  if (anyio_list_is_empty (&runtime->stop_watchers))
    return;

  anyio_list_init (&others);
  while ((link = anyio_list_first (&runtime->stop_watchers)) != NULL)
    {
      AnyioDriverTask *task = ANYIO_CONTAINER (link, AnyioDriverTask, stop_link);

      anyio_list_remove (link);
      if (anyio_scope_is_stopping (task->record->scope))
        anyio_driver_add_event (task->driver, task->id, ANYIO_DRIVER_STOP_REQUESTED);
      else
        anyio_list_append (&others, link);
    }
  while ((link = anyio_list_first (&others)) != NULL)
    {
      anyio_list_remove (link);
      anyio_list_append (&runtime->stop_watchers, link);
    }
}

/**
 * anyio_driver_request_stop:
 * @self: a driver
 * @scope: the number of a scope
 * @grace: seconds until the scope is cancelled; infinity for never, 0 for now
 * @reason: (nullable): why, for those who are cancelled in the end
 *
 * Asks what runs in the scope to come to an end by itself, as anyio_cancel_scope_request_stop().
 *
 * Since: 0.1
 */
void
anyio_driver_request_stop (AnyioDriver *self,
                           guint scope,
                           double grace,
                           const char *reason)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);

  if (slot == NULL)
    return;
  grace = anyio_scope_check_timeout (grace, G_STRFUNC);
  if (slot->scope->state == ANYIO_SCOPE_LIVE)
    anyio_scope_request_stop (slot->scope, grace, reason);
}

/**
 * anyio_driver_get_stop_requested:
 * @self: a driver
 * @scope: the number of a scope
 *
 * As anyio_cancel_scope_get_stop_requested().
 *
 * Returns: whether a stop of the scope or of one further out was requested
 *
 * Since: 0.1
 */
gboolean
anyio_driver_get_stop_requested (AnyioDriver *self,
                                 guint scope)
{
  AnyioDriverScope *slot = anyio_driver_find_scope (self, scope, G_STRFUNC);

  return slot != NULL && anyio_scope_is_stopping (slot->scope);
}

/**
 * anyio_driver_is_stop_requested:
 * @self: a driver
 * @task: the number of a task
 *
 * As anyio_is_stop_requested(), for @task.
 *
 * Returns: whether the task was asked to come to an end
 *
 * Since: 0.1
 */
gboolean
anyio_driver_is_stop_requested (AnyioDriver *self,
                                guint task)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);

  return slot != NULL && anyio_scope_is_stopping (slot->record->scope);
}

/**
 * anyio_driver_watch_stop:
 * @self: a driver
 * @task: the number of a task
 *
 * Has %ANYIO_DRIVER_STOP_REQUESTED told once, when the task is asked to come to an end: by a request to the scope in which it is then or to one further out.
 *
 * Returns: whether it was asked already; then nothing will be told
 *
 * Since: 0.1
 */
gboolean
anyio_driver_watch_stop (AnyioDriver *self,
                         guint task)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);

  if (slot == NULL)
    return FALSE;
  if (anyio_scope_is_stopping (slot->record->scope))
    return TRUE;
  anyio_list_remove (&slot->stop_link);
  anyio_list_append (&self->runtime->stop_watchers, &slot->stop_link);

  return FALSE;
}

/**
 * anyio_driver_unwatch_stop:
 * @self: a driver
 * @task: the number of a task
 *
 * Takes anyio_driver_watch_stop() back, unless the event is among those to take already.
 *
 * Since: 0.1
 */
void
anyio_driver_unwatch_stop (AnyioDriver *self,
                           guint task)
{
  AnyioDriverTask *slot = anyio_driver_find_task (self, task, G_STRFUNC);

  if (slot != NULL)
    anyio_list_remove (&slot->stop_link);
}
