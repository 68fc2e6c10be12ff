/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The worker threads of one runtime. They run AnyioRunnables, each as soon as there is a thread for it; how many run at once is the limiters' business.
 *
 * Threads: push() and the life of the pool belong to the thread that iterates the context. See anyio-thread-pool.c for how workers are woken.
 *
 * Invariants
 *   P1   while a job is queued a worker is on its way to it (is_searching), or flush is queued, or the system has no thread left for another worker
 *   P2   when the pool is closed no worker touches the runtime but those whose job may outlive it
 */

#pragma once

#include "base/anyio-list-private.h"
#include "core/anyio-runtime-private.h"
#include "loop/anyio-queue-private.h"

typedef struct _AnyioThreadJob AnyioThreadJob;
typedef struct _AnyioThreadPool AnyioThreadPool;
typedef struct _AnyioWorker AnyioWorker;

struct _AnyioThreadJob
{
  AnyioRunnable runnable; /* queued in the pool; its run function is called in the worker */
  void (*end) (AnyioThreadJob *self); /* then this; the job may be gone afterwards */
  AnyioList link;         /* in pool->abandoned, if nobody waits for it any more; the owner's */
  void (*orphaned) (AnyioThreadJob *self); /* the runtime closes, and the job is in pool->abandoned. NULL: somebody waits for it, always */
};

struct _AnyioWorker
{
  AnyioThreadPool *pool;
  GThread *thread;
  GCond wake;
  AnyioList link;       /* in pool->workers */
  AnyioList idle_link;  /* in pool->idle; alone while it works */
  gboolean may_outlive; /* the job that it runs now may be one that nobody waits for */
};

struct _AnyioThreadPool
{
  char padding_before[64];
  AnyioRunnable *newest; /* atomic; what was pushed since a worker looked last, linked from the newest to the oldest */
  int is_searching;      /* atomic; a worker is on its way, and will look at newest before it sleeps */
  char padding_after[64];

  /* The owner's: */
  AnyioList abandoned;   /* of AnyioThreadJob.link */
  AnyioLoop *loop;       /* borrowed: it outlives us but for its sources */
  AnyioRunnable flush;   /* sends a worker at the end of the loop's turn */
  gboolean flush_queued;

  GMutex lock;
  /* Guarded by lock: */
  AnyioQueue queue;      /* what a worker took from newest and nobody runs yet */
  AnyioList workers;     /* of AnyioWorker.link */
  AnyioList idle;        /* of AnyioWorker.idle_link; the one that worked last comes first */
  guint n_workers;
  guint n_started;       /* since the beginning */
  gboolean is_closing;
  gint64 most_idle_us;   /* after which a worker ends */
  guint ref_count;       /* the runtime's and the workers' */
};

/* That of the current task's runtime, made now if need be; it closes with the runtime. */
AnyioThreadPool *anyio_thread_pool_get  (void);

/* Runs @job in a worker, soon. FALSE, and nothing done, if there is none and the system has no thread for a new one. */
gboolean         anyio_thread_pool_push (AnyioThreadPool *self, AnyioThreadJob *job, GError **error);
