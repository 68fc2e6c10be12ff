/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The runtime of one GMainContext: the loop, the stacks, the root group, and who runs now.
 *
 * Lifetime. There are users (each anyio_run() and each task at the root) and references (handles that other threads
 * may use). When the last user is gone the runtime closes: an idle source of low priority destroys the loop and frees the stacks, unless somebody came
 * back until then. The memory lives until the last reference is gone, and posting to a closed runtime fails.
 *
 * Threads. All but the reference count, post() and find() belongs to the thread that iterates the context.
 */

#pragma once

#include "base/anyio-context-private.h"
#include "core/anyio-clock.h"
#include "core/anyio-group-private.h"
#include "core/anyio-record-private.h"
#include "loop/anyio-loop-private.h"

typedef struct _AnyioPlace AnyioPlace;

struct _AnyioRuntime
{
  AnyioLoop loop;          /* first, so that a loop is its runtime */
  AnyioRecord *current;    /* the fiber that runs now; NULL on the home stack */
  AnyioRecord *visitor;    /* the task on whose behalf code runs on the home stack; NULL */
  AnyioPlace *place;       /* of the innermost dispatch that runs tasks; NULL */
  AnyioContext *home;      /* of the innermost dispatch that runs fibers */
  AnyioRunnable *handover; /* what the home stack runs first when a fiber came back; NULL */
  AnyioRecord *caller;     /* the fiber that waits for home_func */
  void (*home_func) (gpointer user_data); /* to be run on the home stack for caller; NULL */
  gpointer home_data;
  int main_depth;          /* g_main_depth() of the innermost dispatch that runs fibers */
  GMainContext *thread_default; /* borrowed; in force when the fibers run */
  gpointer thread;         /* identity of the owner thread; see anyio_runtime_is_owner(); atomic */
  AnyioStackPool *stacks;  /* owned */
  AnyioGroup root;         /* parent of everything; never joined */
  AnyioList stop_waiters;  /* of AnyioOffer: tasks in anyio_wait_stop_requested(), selects, operations */
  AnyioList stop_watchers; /* of AnyioDriverTask.stop_link */
  AnyioList doomed;        /* of AnyioDependent.link: to be cancelled on the home stack */
  AnyioRunnable doom;      /* queued while doomed is not empty */
  gboolean doom_queued;
  GPtrArray *cancellables; /* clean GCancellables for GIO calls; owned */
  GCancellable *cancelled; /* one that is cancelled, for calls begun in a cancelled scope; owned, lazily made */
  AnyioRecord *free_records; /* linked through runnable.next */
  GPtrArray *record_slabs; /* owned */
  guint n_records;         /* live */
  guint n_told;            /* of them, those that have ended, and whose failure a handler is being told */
  guint64 last_id;         /* of tasks */
  guint n_selects;         /* each begins its scan at another case */
  GHashTable *values;      /* of the run, by quark; owned; NULL */
  GPtrArray *observed;     /* of list models whose items-changed is due; NULL */
  GListModel *task_list;   /* borrowed: it tells when it goes; what anyio_get_running_tasks() gave; NULL */
  AnyioRunnable observe;
  gboolean observe_queued;
  AnyioClock *clock;       /* owned; NULL: monotonic */
  AnyioLoopClock loop_clock;
  struct _AnyioRun *run;   /* the innermost anyio_run() here; borrowed; NULL */
  guint n_drivers;         /* see anyio-driver.h */
  guint n_deadlocks;       /* found while drivers run and no anyio_run() does */
  char *deadlock;          /* the tree of tasks at the first of them; owned; NULL */
  GMainContext *context;   /* owned; loop.context outlives the loop through it */
  GSource *reaper;         /* closes when unused, or trims the stacks; owned; NULL */
  guint n_users;
  int ref_count;           /* atomic */
};

/* What a dispatch that runs tasks finds in the runtime and puts back at its end, so that main loops may be nested anywhere. */
struct _AnyioPlace
{
  AnyioPlace *outer; /* of the same runtime; NULL */
  AnyioRuntime *thread_runtime;
  AnyioRecord *current;
  AnyioRecord *visitor;
  AnyioContext *home;
  int main_depth;
  GMainContext *thread_default;
};

void anyio_runtime_enter_place (AnyioRuntime *self, AnyioPlace *place);
void anyio_runtime_leave_place (AnyioRuntime *self, const AnyioPlace *place);
/* @record has ended; whoever works on its behalf further out goes on without. */
void anyio_runtime_forget_visitor (AnyioRuntime *self, const AnyioRecord *record);

/* The runtime whose context this thread iterates or last used; the only thread-local of the library. */
extern __thread AnyioRuntime *anyio_thread_runtime __attribute__ ((tls_model ("initial-exec")));

/* A new use of the runtime of @context, which is made if there is none; @created (optional) tells. Options (NULL: none) are for one that is made;
 * where there is one already, they must not ask for anything else. Not while another thread iterates @context. */
AnyioRuntime *anyio_runtime_use     (GMainContext *context, const AnyioRunOptions *options, gboolean *created, GError **error);
void          anyio_runtime_add_use (AnyioRuntime *self);
void          anyio_runtime_end_use (AnyioRuntime *self);
void          anyio_runtime_close_now (AnyioRuntime *self); /* closes without waiting for the idle source, if no use is left */
AnyioRuntime *anyio_runtime_ref     (AnyioRuntime *self);
void          anyio_runtime_unref   (AnyioRuntime *self);
/* Of the thread's default context, if it is this thread's; NULL if it has none. Borrowed. */
AnyioRuntime *anyio_runtime_find    (void);
void          anyio_runtime_trim_later (AnyioRuntime *self); /* if there are many unused stacks */

static inline gboolean
anyio_runtime_is_owner (AnyioRuntime *self)
{
  return g_atomic_pointer_get (&self->thread) == (gpointer) &anyio_thread_runtime;
}

/* The same; FALSE with MISUSE in @error, and a critical message, in another thread. @function is for the message. */
gboolean anyio_runtime_check_owner (AnyioRuntime *self, const char *function, GError **error);

/* Whether this thread may iterate @context: it does already, or nobody does. */
gboolean      anyio_runtime_may_own (GMainContext *context);

/* The running fiber of this thread; NULL elsewhere. */
static inline AnyioRecord *
anyio_runtime_current (void)
{
  return anyio_thread_runtime != NULL ? anyio_thread_runtime->current : NULL;
}

/* The same, or the task for which the home stack works. */
AnyioRecord  *anyio_runtime_current_or_visitor (void);

AnyioRecord  *anyio_runtime_alloc_record (AnyioRuntime *self);
void          anyio_runtime_free_record  (AnyioRuntime *self, AnyioRecord *record);

/* From a thread that is not the owner: has @cancel (@object, @reason) called on the home stack, soon. Nothing if the runtime is closed. */
typedef void (*AnyioCancelObjectFunc) (gpointer object, const char *reason);
void          anyio_runtime_post_cancel (AnyioRuntime *self, gpointer object, AnyioCancelObjectFunc cancel, const char *reason);

/* Has @dependent cancelled on the home stack, soon. It is in no list, or in that of a scope. */
void          anyio_runtime_doom    (AnyioRuntime *self, AnyioDependent *dependent);
/* Cancels @cancellable (taken) on the home stack, soon. */
void          anyio_runtime_doom_cancellable (AnyioRuntime *self, GCancellable *cancellable);
/* @object's items-changed is due: an AnyioTaskGroup, its failures, or the list of all tasks. */
void          anyio_runtime_observe (AnyioRuntime *self, gpointer object);

/* GCancellables that were never cancelled; take gives a reference that the caller gives back or drops. */
GCancellable *anyio_runtime_take_cancellable (AnyioRuntime *self);
void          anyio_runtime_give_cancellable (AnyioRuntime *self, GCancellable *cancellable);

/* At the back of the queue. */
static inline void
anyio_record_make_ready (AnyioRecord *self)
{
  anyio_loop_push (&anyio_record_get_runtime (self)->loop, &self->runnable);
}

/* For operations that mostly complete at once: the running task, if it may perform one without further ado. NULL where the long way has to be gone, anyio_wait_begin() and
 * anyio_wait_pass(): outside tasks, in a cancelled scope, when fairness wants a yield, under a clock that counts suspension points. Whether the place allows a suspension is
 * looked at on the long way only, which the operation goes also when it turns out that it has to wait: the look costs as much as all the rest. */
static inline AnyioRecord *
anyio_wait_pass_quickly (void)
{
  AnyioRuntime *runtime = anyio_thread_runtime;
  AnyioRecord *record = G_LIKELY (runtime != NULL) ? runtime->current : NULL;

  if (G_UNLIKELY (record == NULL || record->scope->eff || record->streak == ANYIO_FAIRNESS_STREAK - 1 || runtime->clock != NULL))
    return NULL;
  record->streak++;

  return record;
}

/* The children of @group changed: whoever looks at a list of them is told. */
static inline void
anyio_group_changed (AnyioGroup *group)
{
  AnyioRuntime *runtime = group->scope.runtime;

  if (G_UNLIKELY (group->is_observed))
    anyio_runtime_observe (runtime, group->handle);
  if (G_UNLIKELY (runtime->task_list != NULL))
    anyio_runtime_observe (runtime, runtime->task_list);
}

/* The clock has nothing to jump to: no task can run and nothing is outstanding. */
void anyio_run_deadlocked (AnyioRuntime *runtime);

/* Cancels all tasks and iterates the context until the last of them has ended. On the home stack, with a use. */
void anyio_run_end_tasks (AnyioRuntime *runtime);

/* Tells the background error handler. */
void anyio_run_background_error (const char *task_name, const GError *error);
