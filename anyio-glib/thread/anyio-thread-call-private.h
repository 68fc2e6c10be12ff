/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A call in a worker thread, as the worker and its host, the task that waits for it, share it.
 *
 * An ordinary one stands on the host's stack: the host cannot go on before the function has returned. One that may be abandoned stands on the heap, counted by both
 * sides (see anyio-to-thread.c).
 */

#pragma once

#include "core/anyio-wait-private.h"
#include "thread/anyio-thread-pool-private.h"

typedef struct _AnyioForeignTask AnyioForeignTask;
typedef struct _AnyioThreadCall AnyioThreadCall;

struct _AnyioThreadCall
{
  AnyioThreadJob job;
  AnyioWait wait;            /* of the host */
  AnyioRuntime *runtime;     /* borrowed: the host keeps it; a reference if the call may be abandoned */
  const char *name;
  int is_cancelled;          /* atomic; a copy of eff of the host's scope */
  GCancellable *cancellable; /* atomic; owned; made when the function asks */

  /* The rest is the thread's of the context. */
  AnyioRecord *host;         /* NULL once abandoned */
  AnyioForeignTask *task;    /* what the function has the host's loop run and waits for; on the worker's stack; NULL */
  gboolean was_cancelled;    /* eff has been TRUE meanwhile: a CANCELLED that the function returns answers that */
  gboolean is_outstanding;   /* it holds a replaced clock */
};

/* The call for which this thread works; NULL in all threads but workers. */
AnyioThreadCall *anyio_thread_call_get_current  (void);
void             anyio_thread_call_set_current  (AnyioThreadCall *call);
/* The same; where there is none, @error is set and a critical message logged. @function is for the message. */
AnyioThreadCall *anyio_thread_call_check_current (const char *function, GError **error);

void             anyio_thread_call_init         (AnyioThreadCall *self, AnyioRecord *host, const char *name);
void             anyio_thread_call_clear        (AnyioThreadCall *self);
void             anyio_thread_call_set_outstanding (AnyioThreadCall *self, gboolean is_outstanding);
