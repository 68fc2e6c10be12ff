/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The task group's object, for the files of this folder that build on it. */

#pragma once

#include "core/anyio-failure-log-private.h"
#include "core/anyio-group-private.h"

struct _AnyioTaskGroup
{
  GObject parent_instance;

  AnyioGroup group;
  AnyioRuntime *runtime; /* owned; NULL before entry */
  GError **location;     /* borrowed; the error location of the function that opened us; NULL */
  GError *result;        /* of the exit, for a second one; owned; NULL: success or not exited */
  AnyioFailureLog failures;
  GPtrArray *snapshot;   /* of AnyioTask, what the list model shows; owned; NULL while nobody looks */
  GObject *owner;        /* of a bound group; weak; NULL once disposed */
  AnyioDependent bound_end; /* of a bound group: hears of the cancellation of its scope; then drops the keeper's reference */
};

typedef struct
{
  GObjectClass parent_class;
} AnyioTaskGroupClass;

/* Keeps for those who look that the code of @name, in the group or its body, failed. */
void anyio_task_group_note_failure  (AnyioTaskGroup *self, const char *name, const GError *error);
/* Notifies the property closed. On the home stack. */
void anyio_task_group_tell_closed   (AnyioTaskGroup *self);
/* Emits items-changed for what has changed since the last time. On the home stack. */
void anyio_task_group_flush_changes (AnyioTaskGroup *self);
/* Tells whoever is connected to child-failed; FALSE if nobody is. On the home stack. */
gboolean anyio_task_group_emit_child_failed (AnyioTaskGroup *self, AnyioTask *task, const GError *error);
