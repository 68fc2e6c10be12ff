/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cancel scopes: the state, and the rules of SEMANTICS 2. The memory belongs to whoever enters: a block on the stack, a group, an
 * AnyioCancelScope.
 *
 * The tree. The scopes that one task entered form a chain (parent, inner). A task's outermost scope hangs below the scope of its group. So
 * the kids of a scope are: the next inner scope of the same host, and, if it is a group's, the outermost scope of each child. There are no
 * other lists to maintain: entering and leaving a scope links nothing but the chain, and a walk needs neither recursion nor memory.
 *
 * Invariants
 *   I4   called is monotonic; eff == called or (not shield and parent and parent->eff), for every live scope, after every step
 *   S1   scope->inner->parent == scope, and both have the same host
 *   S2   the host's record->scope is the innermost of the chain
 */

#pragma once

#include "core/anyio-cancel-scope.h"
#include "core/anyio-record-private.h"
#include "loop/anyio-loop-private.h"

typedef struct _AnyioScopeExtra AnyioScopeExtra;
typedef struct _AnyioStop AnyioStop;

typedef enum
{
  ANYIO_SCOPE_NEW,
  ANYIO_SCOPE_LIVE,
  ANYIO_SCOPE_CLOSED
} AnyioScopeState;

struct _AnyioScope
{
  AnyioScope *parent;       /* NULL: the root scope, or not live */
  AnyioScope *inner;        /* of the same host; NULL if this is the innermost of its host */
  AnyioRecord *host;        /* the task that entered; NULL for the root scope */
  AnyioRuntime *runtime;    /* borrowed; NULL before entry */
  AnyioGroup *group;        /* the group whose scope this is; NULL for others */
  AnyioTimer timer;         /* armed while live, not called, and with a deadline */
  double deadline;          /* exactly as it was set; INFINITY: none */
  AnyioList dependents;     /* of AnyioDependent: what its host began in it and is cancelled when eff rises, such as a GIO call */
  AnyioScopeExtra *extra;   /* what few scopes have; owned; NULL */
  AnyioCancelScope *handle; /* the public object: the one that this is a part of (a reference while live), or one made when asked for; see owns_handle */
  gconstpointer where;      /* return address of the call that entered, for messages */
  guint state : 2;          /* AnyioScopeState */
  guint called : 1;         /* cancelled itself; for good */
  guint eff : 1;            /* effectively cancelled, cached */
  guint shield : 1;
  guint caught : 1;
  guint reason : 4;         /* AnyioCancelKind; NONE while not called */
  guint has_timeout : 1;    /* deadline holds seconds from entry; only before entry */
  guint fails : 1;          /* its own expiry leaves as TIMED_OUT */
  guint owns_handle : 1;    /* the handle was made for this scope and is released when it closes, or with the AnyioTaskGroup */
  guint told : 1;           /* the host, while this was its innermost scope, was given a CANCELLED of ours, which may be on its way out */
  guint stopping : 1;       /* a soft stop of it was requested; for good */
  guint leaving : 1;        /* its deferred cleanups run: nobody else can close it */
};

/* What is told when eff rises, by moving it to the runtime's list of the doomed, which is worked off on the home stack. What a task began while it was in no
 * scope of its own hangs on its record, because the task may be cancelled alone, or handed to another group. */
typedef struct
{
  AnyioList link;                           /* in scope->dependents, record->dependents or runtime->doomed; alone otherwise */
  void (*cancel) (AnyioList *link);         /* on the home stack */
} AnyioDependent;

struct _AnyioScopeExtra
{
  char *text;               /* of the reason */
  char *message;            /* what tasks get to read, made when the first of them does */
  const char *by_task;      /* static or interned */
  GCancellable *cancellable; /* handed out to foreign code (SEMANTICS 2.17) */
  AnyioDependent cancellable_dependent;
  GSList *links;            /* of AnyioCancellableLink: foreign cancellables that cancel us */
  GSList *cleanups;         /* of AnyioCleanup, the last one first */
  double grace;             /* seconds for the cleanups */
  AnyioStop *stop;          /* owned; NULL while no stop was requested */
  guint n_stop_operations;  /* how many operations without a fiber wait for a request */
};

void     anyio_scope_init          (AnyioScope *self);
void     anyio_scope_clear         (AnyioScope *self); /* not live */
void     anyio_scope_enter         (AnyioScope *self, AnyioRecord *host);
/* Puts @self around all that @host does, below the scope of its group. */
void     anyio_scope_insert_outermost (AnyioScope *self, AnyioRecord *host);
/* Makes it live below @parent without a host of its own (the root scope: NULL). */
void     anyio_scope_attach        (AnyioScope *self, AnyioRuntime *runtime, AnyioScope *parent);

/* @record enters a scope that was entered before: logs that it is misuse, and returns FALSE with MISUSE in @error. */
gboolean anyio_scope_refuse_entry  (const AnyioScope *self, const AnyioRecord *record, GError **error);
/* May the running task leave @self now? Otherwise FALSE with MISUSE in @error; a scope of the running task with open inner ones is closed then, and so are they. */
gboolean anyio_scope_check_exit    (AnyioScope *self, GError **error);
/* The innermost scope of a task that has returned: says so, then as below. */
void     anyio_scope_close_forgotten (AnyioScope *self);
/* Cancels and closes a scope that its task did not leave, the innermost one; joins first if it is a group's. Reports what failed. May suspend. */
void     anyio_scope_force_close   (AnyioScope *self);
/* Runs the deferred cleanups, in reverse order; may suspend. Their failures are added to @errors (created if need be). */
void     anyio_scope_run_cleanups  (AnyioScope *self, GPtrArray **errors);
/* The same; their failures join @error. */
void     anyio_scope_join_cleanups (AnyioScope *self, GError **error);
/* Unlinks the scope from its host and the tree. No error is looked at. */
void     anyio_scope_unlink        (AnyioScope *self);
/* TRUE if a cancellation that leaves @self now is its own to absorb (SEMANTICS 2.9). */
gboolean anyio_scope_absorbs       (const AnyioScope *self);
/* Absorbs a CANCELLED in @error if it is its own, turning it into TIMED_OUT if the scope fails; closes. Runs the deferred cleanups before, so it may suspend. TRUE
 * if no error is left. */
gboolean anyio_scope_close         (AnyioScope *self, GError **error);
/* Parts of these two, for scopes with deferred cleanups. */
gboolean anyio_scope_close_with_cleanups (AnyioScope *self, GError **error);
void     anyio_scope_leave_with_cleanups (AnyioScope *self, GError **location);

/* As from a cleanup, which cannot absorb (SEMANTICS 3.8): only its own expiry becomes TIMED_OUT in @location, which may be NULL. Runs the deferred cleanups. */
void     anyio_scope_leave_by_cleanup (AnyioScope *self, GError **location);

void     anyio_scope_cancel        (AnyioScope *self, AnyioCancelKind kind, const char *text, const char *by_task);
void     anyio_scope_cancel_inherit (AnyioScope *self); /* with the reason of the scope that cancels it already */
void     anyio_scope_set_shield    (AnyioScope *self, gboolean shield);
void     anyio_scope_set_deadline  (AnyioScope *self, double deadline);
void     anyio_scope_look          (AnyioScope *self); /* a passed deadline of it or an outer scope counts now */
void     anyio_scope_recalculate   (AnyioScope *self); /* eff of it and of all below; delivers where it rises */
void     anyio_scope_move          (AnyioScope *self, AnyioScope *parent); /* the outermost scope of a task: below another group's */

/* The scope whose own cancellation makes @self eff; @self if none does. */
const AnyioScope *anyio_scope_get_source (const AnyioScope *self);
/* The text of the CANCELLED that the own cancellation of @self gives to tasks. Borrowed. */
const char *anyio_scope_get_message (const AnyioScope *self);
double   anyio_scope_effective_deadline (AnyioScope *self);
/* Owned by the scope; NULL only if there is no runtime yet. */
GCancellable *anyio_scope_get_cancellable (AnyioScope *self);
void     anyio_scope_add_link      (AnyioScope *self, GCancellable *cancellable);
void     anyio_scope_remove_links  (AnyioScope *self);
void     anyio_scope_defer         (AnyioScope *self, AnyioTaskFunc func, gpointer user_data, GDestroyNotify destroy);
/* The extra part: made when needed; retired when the scope closes; freed with it. */
AnyioScopeExtra *anyio_scope_get_extra (AnyioScope *self);
void     anyio_scope_retire_extra  (AnyioScope *self);
void     anyio_scope_free_extra    (AnyioScope *self);
void     anyio_scope_drop_cancellable (AnyioScope *self); /* eff has fallen: the next one who asks gets a fresh one */

/* Puts "cancelled", with the reason that holds for @record now, into @error; marks the task as told. Returns FALSE. */
gboolean anyio_scope_fail_cancelled (AnyioRecord *record, GError **error);

/* A CANCELLED that answers our own abort is never stray, whatever shields do meanwhile (SEMANTICS 2.11). A GError cannot be marked, so the place is: the innermost scope
 * of the task that gets it. The mark goes outwards with the error, and ends where the error does. */
static inline void
anyio_scope_set_told (AnyioRecord *host)
{
  if (host->outermost == NULL)
    host->told = TRUE;
  else
    host->scope->told = TRUE;
}

static inline gboolean
anyio_scope_is_told (const AnyioRecord *host)
{
  return host->outermost == NULL ? host->told : host->scope->told;
}

/* Where what @record begins now hangs. */
static inline AnyioList *
anyio_scope_get_dependents (AnyioRecord *record)
{
  return record->outermost != NULL ? &record->scope->dependents : &record->dependents;
}

/* Has all that hangs on @dependents cancelled on the home stack, soon. */
void     anyio_scope_doom          (AnyioRuntime *runtime, AnyioList *dependents);

static inline gboolean
anyio_scope_has_cleanups (const AnyioScope *self)
{
  return G_UNLIKELY (self->extra != NULL) && self->extra->cleanups != NULL;
}

static inline gboolean
anyio_scope_parent_visible (const AnyioScope *self)
{
  return !self->shield && self->parent != NULL && self->parent->eff;
}

/* Part of the walk: the first kid of @self, and the kid of self->parent after @self; NULL at the end. */
AnyioScope *anyio_scope_first_kid  (AnyioScope *self);
AnyioScope *anyio_scope_next_kid   (AnyioScope *self);
