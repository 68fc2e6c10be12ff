/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For the bindings of languages that have coroutines of their own. Programs do not need it.
 *
 * A language steps its coroutines itself; what they belong to is ours: one tree of tasks, one heap of deadlines, one cancellation for all languages.
 *
 * Numbers. A task or scope of a driver is an unsigned number, unique among the live ones, never 0: no object is made for it. Scope 0 is the root of
 * the main context. A task that waits is nothing but a task that the language does not step.
 *
 * Batches. The driver's function is called once per step of the scheduler, on the home stack, if anyio_driver_wake() was called, if it returned %TRUE the last time, or if
 * something happened to its tasks. What happened is fetched with anyio_driver_take_events(), as plain numbers: `8 * id + kind`.
 *
 * The mirror. Whether a task is cancelled now is a bit that the language keeps with each task, so that a checkpoint calls nothing: it is FALSE at spawn unless that said otherwise,
 * changes by what enter, exit and started() return, and by the events. Who calls a function that may cancel something takes the events right afterwards.
 */

#pragma once

#include <anyio-glib/core/anyio-cancel-scope.h>
#include <anyio-glib/core/anyio-task.h>
#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioDriverEvent:
 * @ANYIO_DRIVER_RESTORED: the task is not cancelled any more (a shield was raised above it)
 * @ANYIO_DRIVER_CANCELLED: the task is cancelled now: a waiting one is to be woken, if what it waits for can be withdrawn
 * @ANYIO_DRIVER_TIMER: the time of anyio_driver_arm() has come
 * @ANYIO_DRIVER_CLOSED: all that was in this group has ended, its body included; here the number is that of the group's scope
 * @ANYIO_DRIVER_STOP_REQUESTED: the task was asked to come to an end; told to those that watch with anyio_driver_watch_stop()
 *
 * What happened to a task or group.
 *
 * Since: 0.1
 */
typedef enum
{
  ANYIO_DRIVER_RESTORED,
  ANYIO_DRIVER_CANCELLED,
  ANYIO_DRIVER_TIMER,
  ANYIO_DRIVER_CLOSED,
  ANYIO_DRIVER_STOP_REQUESTED
} AnyioDriverEvent;

/**
 * AnyioDriverFlags:
 * @ANYIO_DRIVER_NONE: nothing of all this
 * @ANYIO_DRIVER_IS_CANCELLED: from spawn, enter and exit, the task is cancelled: the bit to keep with it
 * @ANYIO_DRIVER_ABSORBS: from exit, a cancellation that leaves the scope now ends here
 * @ANYIO_DRIVER_CALLED: from exit, the scope itself was cancelled; its number stays valid until anyio_driver_drop_scope()
 * @ANYIO_DRIVER_EXPIRED: from exit, and it was by the deadline
 * @ANYIO_DRIVER_GROUP_CLOSED: from end, the group of the task has closed by this
 * @ANYIO_DRIVER_ABSORBED: from end, the cancellation was that of the task alone, so the group does not learn of it
 * @ANYIO_DRIVER_SHIELD: for enter, the scope is shielded
 * @ANYIO_DRIVER_TIMEOUT: for enter, the deadline is in seconds from now
 *
 * What is given to and returned by the functions of #AnyioDriver. The functions that make a task or scope return `2 * id`, plus
 * @ANYIO_DRIVER_IS_CANCELLED; 0 if they failed.
 *
 * Since: 0.1
 */
typedef enum
{
  ANYIO_DRIVER_NONE = 0,
  ANYIO_DRIVER_IS_CANCELLED = 1 << 0,
  ANYIO_DRIVER_ABSORBS = 1 << 1,
  ANYIO_DRIVER_CALLED = 1 << 2,
  ANYIO_DRIVER_EXPIRED = 1 << 3,
  ANYIO_DRIVER_GROUP_CLOSED = 1 << 4,
  ANYIO_DRIVER_ABSORBED = 1 << 5,
  ANYIO_DRIVER_SHIELD = 1 << 6,
  ANYIO_DRIVER_TIMEOUT = 1 << 7
} AnyioDriverFlags;

/**
 * AnyioDriverFunc:
 * @n_events: how many events there are to take
 * @user_data: what was given to anyio_driver_new()
 *
 * Steps what is ready. It must not throw.
 *
 * Returns: %TRUE to be called again in the next step of the scheduler
 *
 * Since: 0.1
 */
typedef gboolean (*AnyioDriverFunc) (guint n_events, gpointer user_data);

#define ANYIO_TYPE_DRIVER (anyio_driver_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioDriver, anyio_driver, ANYIO, DRIVER, GObject)

/* The driver. */
ANYIO_AVAILABLE_IN_0_1
AnyioDriver      *anyio_driver_new            (const AnyioRunOptions *options, AnyioDriverFunc func, gpointer user_data, GDestroyNotify destroy, GError **error);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_wake           (AnyioDriver *self);
ANYIO_AVAILABLE_IN_0_1
guint            *anyio_driver_take_events    (AnyioDriver *self, gsize *n_events);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_begin_operation (AnyioDriver *self, GCancellable *cancellable);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_end_operation  (AnyioDriver *self, GCancellable *cancellable);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_driver_is_finished    (AnyioDriver *self);
ANYIO_AVAILABLE_IN_0_1
char             *anyio_driver_get_deadlock   (AnyioDriver *self);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_close          (AnyioDriver *self);

/* Tasks. */
ANYIO_AVAILABLE_IN_0_1
guint             anyio_driver_spawn          (AnyioDriver *self, guint scope, const char *name);
ANYIO_AVAILABLE_IN_0_1
guint             anyio_driver_spawn_in       (AnyioDriver *self, AnyioTaskGroup *group, const char *name);
ANYIO_AVAILABLE_IN_0_1
guint             anyio_driver_end            (AnyioDriver *self, guint task, AnyioTaskStatus outcome, const char *message);
ANYIO_AVAILABLE_IN_0_1
guint             anyio_driver_fail           (AnyioDriver *self, guint task, const GError *error);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_cancel_task    (AnyioDriver *self, guint task, guint by_task, const char *reason);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_driver_started        (AnyioDriver *self, guint task);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_arm            (AnyioDriver *self, guint task, double time);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_disarm         (AnyioDriver *self, guint task);
ANYIO_AVAILABLE_IN_0_1
const char       *anyio_driver_get_message    (AnyioDriver *self, guint task);
ANYIO_AVAILABLE_IN_0_1
double            anyio_driver_get_effective_deadline (AnyioDriver *self, guint task);
ANYIO_AVAILABLE_IN_0_1
GCancellable     *anyio_driver_get_cancellable (AnyioDriver *self, guint task);
ANYIO_AVAILABLE_IN_0_1
AnyioTask        *anyio_driver_get_task       (AnyioDriver *self, guint task);

/* Scopes, and groups, which are scopes with children. */
ANYIO_AVAILABLE_IN_0_1
guint             anyio_driver_enter          (AnyioDriver *self, guint task, double deadline, guint flags);
ANYIO_AVAILABLE_IN_0_1
guint             anyio_driver_enter_group    (AnyioDriver *self, guint task, double deadline, guint flags);
ANYIO_AVAILABLE_IN_0_1
guint             anyio_driver_enter_start    (AnyioDriver *self, guint task, guint target);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_fail_body      (AnyioDriver *self, guint scope, AnyioTaskStatus outcome, const char *message);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_driver_end_body       (AnyioDriver *self, guint scope);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_driver_take_failure   (AnyioDriver *self, guint scope, GError **error);
ANYIO_AVAILABLE_IN_0_1
guint             anyio_driver_exit           (AnyioDriver *self, guint scope, gboolean cancelled);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_drop_scope     (AnyioDriver *self, guint scope);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_cancel         (AnyioDriver *self, guint scope, guint by_task, const char *reason);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_set_shield     (AnyioDriver *self, guint scope, gboolean shield);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_set_deadline   (AnyioDriver *self, guint scope, double deadline);
ANYIO_AVAILABLE_IN_0_1
double            anyio_driver_get_deadline   (AnyioDriver *self, guint scope);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_driver_get_called     (AnyioDriver *self, guint scope);
ANYIO_AVAILABLE_IN_0_1
AnyioCancelKind   anyio_driver_get_reason     (AnyioDriver *self, guint scope, const char **text, const char **by_task);
ANYIO_AVAILABLE_IN_0_1
AnyioCancelScope *anyio_driver_get_scope      (AnyioDriver *self, guint scope);
ANYIO_AVAILABLE_IN_0_1
AnyioTaskGroup   *anyio_driver_get_group      (AnyioDriver *self, guint scope);

/* The soft stop. */
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_request_stop   (AnyioDriver *self, guint scope, double grace, const char *reason);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_driver_get_stop_requested (AnyioDriver *self, guint scope);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_driver_is_stop_requested (AnyioDriver *self, guint task);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_driver_watch_stop     (AnyioDriver *self, guint task);
ANYIO_AVAILABLE_IN_0_1
void              anyio_driver_unwatch_stop   (AnyioDriver *self, guint task);

G_END_DECLS
