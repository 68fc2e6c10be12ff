/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The failures of a task group, for those who look at the group.
 *
 * While nobody does, a failure is a name and a copy of the error in an array, and without failures there is no array. The list model is made when somebody asks; from then on it is
 * told of each failure, and shows it on the home stack with an items-changed. It lives on when the group is gone.
 */

#pragma once

#include "core/anyio-types.h"

typedef struct _AnyioRuntime AnyioRuntime;

typedef struct
{
  GArray *entries;   /* of name and error; owned; NULL: none, or they are in list */
  GListModel *list;  /* an AnyioFailureList; owned; NULL while nobody looks */
} AnyioFailureLog;

#define ANYIO_TYPE_FAILURE_LIST (anyio_failure_list_get_type ())
G_DECLARE_FINAL_TYPE (AnyioFailureList, anyio_failure_list, ANYIO, FAILURE_LIST, GObject)

/* @name is static or interned; @error is copied. */
void        anyio_failure_log_add      (AnyioFailureLog *self, AnyioRuntime *runtime, const char *name, const GError *error);
GListModel *anyio_failure_log_get_list (AnyioFailureLog *self); /* borrowed */
void        anyio_failure_log_clear    (AnyioFailureLog *self);

/* Shows what was added since the last time. On the home stack. */
void        anyio_failure_list_flush   (AnyioFailureList *self);
