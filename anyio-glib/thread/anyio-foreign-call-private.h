/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a thread has the thread of a main context do, and waits for: a plain function, or a task. All of it stands on the waiting thread's stack.
 *
 * See anyio-from-thread.c and anyio-portal.c, which differ in the scope in which the task runs.
 */

#pragma once

#include "core/anyio-group-private.h"
#include "thread/anyio-thread-call-private.h"

/* One thread waits until another says so. */
typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean is_set; /* guarded by lock */
} AnyioSignal;

typedef struct
{
  AnyioRunnable message;
  AnyioRuntime *runtime;  /* borrowed: whoever waits keeps it */
  AnyioThreadCall *caller; /* borrowed; the call in whose thread we stand; NULL if it is no worker, or one of another runtime */
  const char *name;
  AnyioTaskFunc func;
  gpointer user_data;
  GError *error;          /* owned; NULL */
  gboolean success;
  AnyioSignal done;
} AnyioForeignCall;

struct _AnyioForeignTask
{
  AnyioForeignCall call;  /* first */
  AnyioGroup group;       /* the hidden group of the task; its host is the caller's, or the keeper */
  AnyioRecord *keeper;    /* stands for the task among the children of the root if its caller may be abandoned; NULL */
  AnyioRunnable closing;
};

void     anyio_signal_init         (AnyioSignal *self);
void     anyio_signal_clear        (AnyioSignal *self);
void     anyio_signal_set          (AnyioSignal *self);
void     anyio_signal_wait         (AnyioSignal *self);

/* Has @self->message.run called in the thread of the context and waits for anyio_signal_set (&self->done). FALSE with the outcome's error, or CLOSED if the loop has ended. */
gboolean anyio_foreign_call_wait   (AnyioForeignCall *self, GError **error);
/* A message: calls the function on the home stack, on behalf of the caller's host, if there is one. */
void     anyio_foreign_call_at_home (AnyioRunnable *message);
/* The body of a task that runs it; always succeeds. @self: the call. */
gboolean anyio_foreign_call_run    (gpointer self, GError **error);

/* FALSE, with CLOSED in @self->error, if the runtime is closing. Owner thread. */
gboolean anyio_foreign_call_check_open (AnyioForeignCall *self);
/* While the loop's thread works for the caller, that one is no reason for a replaced clock to stand still. Owner thread. */
void     anyio_foreign_call_begin  (AnyioForeignCall *self);
void     anyio_foreign_call_end    (AnyioForeignCall *self); /* wakes the caller; @self may be gone then */

/* The caller of @self was abandoned. */
void     anyio_foreign_task_cancel (AnyioForeignTask *self);
