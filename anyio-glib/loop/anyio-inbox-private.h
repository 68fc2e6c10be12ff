/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The inbox of a loop: runnables that other threads hand to the thread that iterates the context.
 *
 * Any number of threads push, one takes. See anyio-inbox.c for why no wake-up gets lost. */

#pragma once

#include <glib.h>

#include "loop/anyio-queue-private.h"

typedef struct _AnyioInbox AnyioInbox;

/* The padding keeps what other threads write on cache lines of its own, away from the ready queue beside it. */
struct _AnyioInbox
{
  char padding_before[64];
  GMainContext *context; /* borrowed from the loop; what is woken. Only threads counted in n_wakers use it */
  AnyioRunnable *newest; /* atomic; linked from the newest to the oldest; a special value once closed */
  guint n_wakers;        /* atomic; threads that may be about to touch the GMainContext */
  gboolean may_sleep;    /* atomic; written by the owner thread only: it may be in poll(), or about to go there */
  char padding_after[64];
};

void     anyio_inbox_init      (AnyioInbox *self, GMainContext *context);

/* Any thread. Wakes the context if its owner may be asleep. FALSE, and nothing done, once closed. */
gboolean anyio_inbox_push      (AnyioInbox *self, AnyioRunnable *runnable);

/* Any thread. */
gboolean anyio_inbox_is_closed (AnyioInbox *self);

/* The rest belongs to the owner thread. */
void     anyio_inbox_take      (AnyioInbox *self, AnyioQueue *queue); /* appends everything to @queue, in the order of pushing */
gboolean anyio_inbox_is_empty  (AnyioInbox *self);
void     anyio_inbox_close     (AnyioInbox *self, AnyioQueue *queue); /* takes for the last time; afterwards no thread uses the context any more */

/* From now on a push wakes the context. To be called before the last look at anyio_inbox_is_empty() before sleeping. */
static inline void
anyio_inbox_expect_sleep (AnyioInbox *self)
{
  __atomic_store_n (&self->may_sleep, TRUE, __ATOMIC_SEQ_CST);
}

/* From now on a push need not wake. To be called before anyio_inbox_take() or anyio_inbox_is_empty(). */
static inline void
anyio_inbox_expect_no_sleep (AnyioInbox *self)
{
  __atomic_store_n (&self->may_sleep, FALSE, __ATOMIC_SEQ_CST);
}
