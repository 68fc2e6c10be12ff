/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can run, and the queue of it: singly linked, first in, first out. A runnable is in one queue at most and cannot be taken out of
 * the middle: its owner keeps it alive until it has run. */

#pragma once

#include <glib.h>

typedef struct _AnyioRunnable AnyioRunnable;
typedef struct _AnyioQueue AnyioQueue;

struct _AnyioRunnable
{
  AnyioRunnable *next;
  void (*run) (AnyioRunnable *self); /* on the home stack; may free the runnable */
};

struct _AnyioQueue
{
  AnyioRunnable *head; /* NULL: empty, and tail is then meaningless */
  AnyioRunnable *tail;
};

#define ANYIO_QUEUE_INIT { NULL, NULL }

static inline void
anyio_queue_push (AnyioQueue *self,
                  AnyioRunnable *runnable)
{
  runnable->next = NULL;
  if (self->head == NULL)
    self->head = runnable;
  else
    self->tail->next = runnable;
  self->tail = runnable;
}

static inline AnyioRunnable *
anyio_queue_pop (AnyioQueue *self)
{
  AnyioRunnable *runnable = self->head;

  if (runnable != NULL)
    self->head = runnable->next;

  return runnable;
}
