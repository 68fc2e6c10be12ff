/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The portal's object, for the files of this folder that build on it. */

#pragma once

#include "core/anyio-task-group-private.h"
#include "thread/anyio-portal-future.h"
#include "thread/anyio-portal.h"

struct _AnyioPortal
{
  GObject parent_instance;

  AnyioRuntime *runtime;    /* owned; NULL if it could not be opened */
  int is_stopped;           /* atomic; nothing can be asked of it any more */
  GThread *thread;          /* its own, which is joined by the first who joins or leaves; NULL */
  GError *thread_error;     /* of the run in there; owned; NULL */

  /* The thread's of the context. */
  AnyioTaskGroup *group;    /* owned */
  AnyioList stop_waiters;   /* of AnyioOffer: tasks in anyio_portal_sleep_until_stopped() */
  gboolean is_closing;      /* it was stopped, and that has arrived here, behind all that the same thread asked before */
};

/* FALSE with CLOSED or MISUSE in @error if @function cannot be called in this thread, or not any more. */
gboolean           anyio_portal_check       (AnyioPortal *self, const char *function, GError **error);
/* FALSE with CLOSED in @error if nothing can be spawned any more. Owner thread. */
gboolean           anyio_portal_check_open  (AnyioPortal *self, const char *name, GError **error);
/* Stops a portal with a thread of its own that nobody joined, and waits for that. FALSE with MISUSE in @error, and nothing done, in that thread. */
gboolean           anyio_portal_join_thread (AnyioPortal *self, gboolean cancel_remaining, const char *function, GError **error);

/* Its task is still to be spawned, with the next two. */
AnyioPortalFuture *anyio_portal_future_new  (AnyioPortal *portal, const char *name, AnyioTaskFunc func, gpointer user_data, GDestroyNotify destroy);
gboolean           anyio_portal_future_run  (gpointer self, GError **error); /* the body of the task */
void               anyio_portal_future_task_done (gpointer self); /* its destroy function; drops the task's reference */
/* Has the task spawned in the thread of the context; takes a reference. FALSE with CLOSED in @error. */
gboolean           anyio_portal_future_post (AnyioPortalFuture *self, GError **error);
