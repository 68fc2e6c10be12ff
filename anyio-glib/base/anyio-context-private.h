/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Execution contexts: the saved registers of a fiber, and the switch from one to another.
 *
 * This is the only place that knows how a stack is switched (assembly for x86-64 and aarch64, ucontext elsewhere or with
 * -Dfiber=ucontext) and the only one that knows the annotations that AddressSanitizer, ThreadSanitizer and Valgrind want.
 * The callee-saved registers, the stack pointer and the floating-point control words are saved; signal masks, errno
 * and thread-local storage are not: they belong to the thread.
 *
 * Without sanitizers the four verbs are inline and nothing stands between the caller and the assembly.
 */

#pragma once

#include <glib.h>

#include "base/anyio-sanitizers-private.h"

#define ANYIO_CONTEXT_IS_PLAIN (!ANYIO_WITH_ASAN && !ANYIO_WITH_TSAN)

typedef struct _AnyioContext AnyioContext;

struct _AnyioContext
{
  gpointer sp;            /* saved stack pointer; with ucontext: the ucontext_t. NULL until the context was first left or made */
#if ANYIO_WITH_ASAN
  gconstpointer low;      /* bounds of the stack, for AddressSanitizer; found out when a running context is left */
  gsize size_bytes;
  gpointer fake_stack;
#endif
#if ANYIO_WITH_TSAN
  gpointer fiber;         /* ThreadSanitizer's fiber; owned if the context was made, until it exits or is cleared */
  gboolean owns_fiber;
#endif
#if !ANYIO_CONTEXT_IS_PLAIN
  void (*entry) (gpointer data);
  gpointer data;
#endif
};

/* The bare switch and the making of a first frame: assembly or ucontext. For anyio-context.c and the inline functions below only. */
G_GNUC_INTERNAL void anyio_context_swap    (AnyioContext *from, AnyioContext *to);
G_GNUC_INTERNAL void anyio_context_prepare (AnyioContext *self, char *low, char *high, void (*entry) (gpointer data), gpointer data);

#if ANYIO_CONTEXT_IS_PLAIN

/* Makes a context that runs @entry (@data) on the memory [low, high) when it is first switched to. @entry must not return: it ends
 * with anyio_context_exit(). No allocation. */
static inline void
anyio_context_make (AnyioContext *self,
                    char *low,
                    char *high,
                    void (*entry) (gpointer data),
                    gpointer data)
{
  anyio_context_prepare (self, low, high, entry, data);
}

/* Frees what the sanitizers hold for a made context that will never run again. Needless after anyio_context_exit(), and harmless.
 * Cheap, and nothing without them. */
static inline void
anyio_context_clear (AnyioContext *self)
{
}

/* Saves the running context in @from and goes on in @to; returns when somebody switches to @from. Same thread only. */
static inline void
anyio_context_switch (AnyioContext *from,
                      AnyioContext *to)
{
  anyio_context_swap (from, to);
}

/* As switch, but the running context @from has ended and is never gone back to: its memory may be used again at once. */
G_GNUC_NORETURN static inline void
anyio_context_exit (AnyioContext *from,
                    AnyioContext *to)
{
  anyio_context_swap (from, to);
  __builtin_unreachable ();
}

/* Makes @self a context for the stack that is running now (a thread's own, or a fiber's under a nested main loop). */
static inline void
anyio_context_init_running (AnyioContext *self)
{
  self->sp = NULL;
}

#else

void anyio_context_make         (AnyioContext *self, char *low, char *high, void (*entry) (gpointer data), gpointer data);
void anyio_context_clear        (AnyioContext *self);
void anyio_context_switch       (AnyioContext *from, AnyioContext *to);
void anyio_context_exit         (AnyioContext *from, AnyioContext *to) G_GNUC_NORETURN;
void anyio_context_init_running (AnyioContext *self);

#endif
