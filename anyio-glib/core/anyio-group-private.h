/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Task groups: a scope plus children, and the rules of SEMANTICS 3. The public AnyioTaskGroup has one of these inside; a pending start() has one on
 * its caller's stack; each runtime has one at the root.
 *
 * Invariants
 *   I1   the group closes after the last child, pending start and the body have ended
 *   I10  a failure of a child is in errors or cancellation, once, until the group's exit takes it out
 */

#pragma once

#include "core/anyio-record-private.h"
#include "core/anyio-scope-private.h"
#include "core/anyio-task-group.h"
#include "core/anyio-wait-private.h"

typedef struct _AnyioGroupExtra AnyioGroupExtra;
typedef struct _AnyioStart AnyioStart;

struct _AnyioGroup
{
  AnyioScope scope;         /* scope.host is the group's host */
  AnyioList children;       /* of AnyioRecord.link, in the order in which they joined */
  guint n_children;
  guint n_pending_starts;   /* anyio_task_group_start() under way, and handlers of failures: what is no child, but keeps the group open */
  AnyioWait *joiner;        /* the host, waiting in the exit; NULL otherwise */
  AnyioList close_waiters;  /* of AnyioOffer: tasks in anyio_task_group_wait_closed() */
  GPtrArray *errors;        /* failures in order of arrival, stray cancellations included; owned; NULL while there is none */
  GError *cancellation;     /* the first CANCELLED that answers our own abort; owned; NULL. After the exit: set if that was all there was */
  AnyioTaskGroup *handle;   /* the object that this is a part of; NULL for the root and for pending starts */
  AnyioGroupExtra *extra;   /* what few groups have; owned; NULL */
  AnyioStart *start;        /* the pending start() whose hidden group this is; NULL for others */
  guint stack_class : 2;    /* AnyioStackClass of the children */
  guint body_runs : 1;      /* from entry to exit; a bound group: until it is cancelled */
  guint closed : 1;         /* nothing can join any more */
  guint strict : 1;         /* wrap a single failure, too */
  guint is_observed : 1;    /* somebody uses the handle as a list model */
  guint is_bound : 1;       /* lives as long as an object; scope.host is its keeper */
  guint is_orphan : 1;      /* the handle was dropped while live, and owns itself until it is closed by force */
  guint is_background : 1;  /* nobody joins: failures go to the background handler */
};

static inline AnyioRuntime *
anyio_record_get_runtime (const AnyioRecord *self)
{
  return self->group->scope.runtime;
}

void     anyio_group_init          (AnyioGroup *self);
void     anyio_group_clear         (AnyioGroup *self);
/* Enters it in @host; the children inherit the stack class of the host's group. */
void     anyio_group_enter         (AnyioGroup *self, AnyioRecord *host);
/* Ends the body, waits for all, and closes. Returns the group's error (transfer full), NULL for success. Suspends; cannot be aborted. */
GError  *anyio_group_exit          (AnyioGroup *self);
/* Takes over @error, with which the code of @name ended; @is_own: a cancellation that is not stray. Cancels the group. */
void     anyio_group_add_failure   (AnyioGroup *self, AnyioCancelKind kind, const char *name, GError *error, gboolean is_own);
/* Puts the failure in the list that the group shows; no more. */
void     anyio_group_note_failure  (AnyioGroup *self, const char *name, const GError *error);
void     anyio_group_check_closed  (AnyioGroup *self); /* after something ended */
/* Of a group bound to an object: it lets go of its owner and its keeper. */
void     anyio_bound_group_closed  (AnyioGroup *self);
/* @child, which was made for @self, may run: now, or when its turn comes. */
void     anyio_group_make_child_ready (AnyioGroup *self, AnyioRecord *child);
/* Spawns a fiber. NULL into a closed group and from another thread, with a critical message; @destroy has run then. */
AnyioRecord *anyio_group_spawn     (AnyioGroup *self, const char *name, AnyioTaskFunc func, gpointer user_data, GDestroyNotify destroy);
gboolean anyio_group_start         (AnyioGroup *self, const char *name, AnyioTaskFunc func, gpointer user_data, GDestroyNotify destroy, GValue *value, GError **error);
/* FALSE with CLOSED in @error once nothing can join any more, with MISUSE in a thread that has no business here. */
gboolean anyio_group_check_open    (AnyioGroup *self, const char *name, GError **error);
/* Reports a failure that nobody waits for (SEMANTICS 11.16). Takes @error. */
void     anyio_group_report_background (const char *name, GError *error);
