/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The record of a task: all that the scheduler knows of one. The public AnyioTask is a handle to it, made when somebody asks.
 *
 * A record lives from the spawn until the task is DONE and its group has been told. It costs no stack until the task runs for the first time, so a
 * thousand tasks that never wait share one hot stack, and no task pays for another's.
 *
 * States (SEMANTICS 9):   NEW -> READY -> RUNNING -> READY (yields) | BLOCKED (waits) -> READY ... RUNNING -> DONE
 * ABORTING is BLOCKED with AnyioWait.attempted set and the wait still there.
 */

#pragma once

#include "base/anyio-list-private.h"
#include "base/anyio-stack-private.h"
#include "core/anyio-cancel-scope.h"
#include "core/anyio-holding-private.h"
#include "core/anyio-task.h"
#include "loop/anyio-queue-private.h"

typedef struct _AnyioGroup AnyioGroup;
typedef struct _AnyioRecord AnyioRecord;
typedef struct _AnyioRuntime AnyioRuntime;
typedef struct _AnyioScope AnyioScope;
typedef struct _AnyioValues AnyioValues;
typedef struct _AnyioWait AnyioWait;

typedef enum
{
  ANYIO_RECORD_FIBER,    /* has a function and, once it ran, a stack */
  ANYIO_RECORD_CALLBACK, /* begun by a callback, ended by anyio_task_return_*() */
  ANYIO_RECORD_KEEPER,   /* stands for something that runs elsewhere: an adopted operation, a bound group */
  ANYIO_RECORD_DRIVEN    /* a coroutine of another language; its AnyioDriver is told what happens to it */
} AnyioRecordKind;

struct _AnyioRecord
{
  AnyioRunnable runnable; /* in the ready queue while READY; its run function tells fibers from others */
  AnyioList link;         /* in group->children */
  AnyioGroup *group;      /* whose child this is; changes at most once, when started() hands it over */
  AnyioScope *scope;      /* the innermost scope: own, or the group's; never NULL */
  AnyioScope *outermost;  /* the outermost of its own scopes; NULL if it runs directly in the group's */
  AnyioList dependents;   /* of AnyioDependent: what it began directly in the group's scope and is cancelled with it; moves with the task */
  AnyioWait *wait;        /* what it waits for, on its own stack; NULL unless BLOCKED */
  AnyioStack *stack;      /* NULL before the first run and after the last */
  union
  {
    AnyioTaskFunc fiber;
    void (*callback) (AnyioTask *task, gpointer user_data);
  } func;
  gpointer user_data;
  GDestroyNotify destroy; /* called on the home stack once the task is DONE, before the group is told */
  const char *name;       /* static or interned */
  AnyioTask *handle;      /* fibers: owned; callback tasks: borrowed once they have begun. NULL while nobody asked */
  AnyioValues *values;    /* owned reference; inherited from the spawner; NULL: none */
  AnyioHolding *held;     /* the first of what it holds; NULL: nothing */
  guint64 id;
  guint kind : 2;         /* AnyioRecordKind */
  guint stack_class : 2;  /* AnyioStackClass */
  guint told : 1;         /* as AnyioScope.told, for what it does outside scopes of its own */
  guint has_task_scope : 1; /* outermost is one that was put there to cancel this task alone */
  guint run_by_start : 1; /* begun by anyio_task_group_start() */
  guint called_started : 1;
  guint begun : 1;        /* it has run */
  guint streak : 9;       /* suspension points passed without waiting, for fairness (SEMANTICS 1.7) */
};

/* Makes a child of @group, for the caller to queue. Never fails. Inherits the values of the current task. */
AnyioRecord *anyio_record_new      (AnyioGroup *group, AnyioRecordKind kind, const char *name, gpointer user_data, GDestroyNotify destroy);

/* The task has ended with @error (taken; NULL: success): leaves its task scope, tells handle and group, and frees the record. Not on
 * its own account: a fiber calls this through anyio_fiber's executor, others from the home stack. */
void         anyio_record_finish   (AnyioRecord *self, GError *error);

/* The same for one that ends with a cancellation known to be our own. TRUE if that was the task's alone, so that its group does not learn of it. */
gboolean     anyio_record_finish_cancelled (AnyioRecord *self, GError *error);

/* Destroys its user data, which has a destroy function, on the home stack. */
void         anyio_record_destroy_data (AnyioRecord *self);

/* The end of a task that is not a fiber, or did not begin; destroys its user data first. From any stack of the owner thread. */
void         anyio_record_finish_at_home (AnyioRecord *self, GError *error);

/* TRUE with an error and FALSE without one are both wrong, and neither may pass for a success in silence: after one of these there is an error. */
void         anyio_record_mend_result (const AnyioRecord *self, GError **error);

/* The task returned inside of scopes: cancels, joins and closes those that it entered, and says so; runs the cleanups of the one that was put around it. */
void         anyio_record_unwind   (AnyioRecord *self, GError **error);

/* TRUE if @error is a CANCELLED that answers our own abort, not a stray one (SEMANTICS 2.11). */
gboolean     anyio_record_owns_cancellation (const AnyioRecord *self, const GError *error);

AnyioTask   *anyio_record_get_handle (AnyioRecord *self); /* borrowed; made now if need be */

/* The task of which @self is a child: the host of its group; NULL for roots. */
AnyioRecord *anyio_record_get_parent (const AnyioRecord *self);

/* Cancels this task alone: puts a scope around all that it does and cancels that. On the account of the current task, or of another (NULL: none). */
void         anyio_record_cancel    (AnyioRecord *self, AnyioCancelKind kind, const char *reason);
void         anyio_record_cancel_by (AnyioRecord *self, AnyioCancelKind kind, const char *reason, const char *by_task);

/* Its current scope, which is not its group's: one is put around all that it does if need be. */
AnyioScope  *anyio_record_get_own_scope (AnyioRecord *self);
