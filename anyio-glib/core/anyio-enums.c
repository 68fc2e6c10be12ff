/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The types of the enumerations: written by hand, since GLib has macros that are as short as the input of a generator. */

#include "core/anyio-enums.h"

#include "core/anyio-cancel-scope.h"
#include "core/anyio-driver.h"
#include "core/anyio-error.h"
#include "core/anyio-join-policy.h"
#include "core/anyio-task.h"

G_DEFINE_ENUM_TYPE (AnyioCancelKind, anyio_cancel_kind,
                    G_DEFINE_ENUM_VALUE (ANYIO_CANCEL_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (ANYIO_CANCEL_EXPLICIT, "explicit"),
                    G_DEFINE_ENUM_VALUE (ANYIO_CANCEL_DEADLINE, "deadline"),
                    G_DEFINE_ENUM_VALUE (ANYIO_CANCEL_CHILD_FAILED, "child-failed"),
                    G_DEFINE_ENUM_VALUE (ANYIO_CANCEL_BODY_FAILED, "body-failed"),
                    G_DEFINE_ENUM_VALUE (ANYIO_CANCEL_LINKED, "linked"),
                    G_DEFINE_ENUM_VALUE (ANYIO_CANCEL_OBJECT_DISPOSED, "object-disposed"),
                    G_DEFINE_ENUM_VALUE (ANYIO_CANCEL_SHUTDOWN, "shutdown"))

G_DEFINE_ENUM_TYPE (AnyioDriverEvent, anyio_driver_event,
                    G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_RESTORED, "restored"),
                    G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_CANCELLED, "cancelled"),
                    G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_TIMER, "timer"),
                    G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_CLOSED, "closed"),
                    G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_STOP_REQUESTED, "stop-requested"))

G_DEFINE_FLAGS_TYPE (AnyioDriverFlags, anyio_driver_flags,
                     G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_NONE, "none"),
                     G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_IS_CANCELLED, "is-cancelled"),
                     G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_ABSORBS, "absorbs"),
                     G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_CALLED, "called"),
                     G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_EXPIRED, "expired"),
                     G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_GROUP_CLOSED, "group-closed"),
                     G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_ABSORBED, "absorbed"),
                     G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_SHIELD, "shield"),
                     G_DEFINE_ENUM_VALUE (ANYIO_DRIVER_TIMEOUT, "timeout"))

G_DEFINE_ENUM_TYPE (AnyioError, anyio_error,
                    G_DEFINE_ENUM_VALUE (ANYIO_ERROR_GROUP, "group"),
                    G_DEFINE_ENUM_VALUE (ANYIO_ERROR_NO_TASK, "no-task"),
                    G_DEFINE_ENUM_VALUE (ANYIO_ERROR_NOT_STARTED, "not-started"),
                    G_DEFINE_ENUM_VALUE (ANYIO_ERROR_ABANDONED, "abandoned"),
                    G_DEFINE_ENUM_VALUE (ANYIO_ERROR_EMPTY, "empty"),
                    G_DEFINE_ENUM_VALUE (ANYIO_ERROR_END_OF_STREAM, "end-of-stream"),
                    G_DEFINE_ENUM_VALUE (ANYIO_ERROR_BROKEN, "broken"),
                    G_DEFINE_ENUM_VALUE (ANYIO_ERROR_DEADLOCK, "deadlock"),
                    G_DEFINE_ENUM_VALUE (ANYIO_ERROR_MISUSE, "misuse"),
                    G_DEFINE_ENUM_VALUE (ANYIO_ERROR_LAGGED, "lagged"))

G_DEFINE_ENUM_TYPE (AnyioJoinPolicy, anyio_join_policy,
                    G_DEFINE_ENUM_VALUE (ANYIO_JOIN_ALL, "all"),
                    G_DEFINE_ENUM_VALUE (ANYIO_JOIN_COLLECT, "collect"),
                    G_DEFINE_ENUM_VALUE (ANYIO_JOIN_FIRST_DONE, "first-done"),
                    G_DEFINE_ENUM_VALUE (ANYIO_JOIN_FIRST_SUCCESS, "first-success"),
                    G_DEFINE_ENUM_VALUE (ANYIO_JOIN_SUPERVISE, "supervise"))

G_DEFINE_ENUM_TYPE (AnyioTaskStatus, anyio_task_status,
                    G_DEFINE_ENUM_VALUE (ANYIO_TASK_PENDING, "pending"),
                    G_DEFINE_ENUM_VALUE (ANYIO_TASK_CANCELLING, "cancelling"),
                    G_DEFINE_ENUM_VALUE (ANYIO_TASK_FINISHED, "finished"),
                    G_DEFINE_ENUM_VALUE (ANYIO_TASK_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (ANYIO_TASK_CANCELLED, "cancelled"))
