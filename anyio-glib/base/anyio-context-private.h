/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Execution contexts: the saved registers of a fiber, and the switch from one to another.
 *
 * This is the only place that knows how a stack is switched (assembly for x86-64 and aarch64, ucontext elsewhere or with
 * -Dfiber=ucontext) and the only one that knows the annotations that AddressSanitizer, ThreadSanitizer and Valgrind want.
 * The callee-saved registers, the stack pointer and the floating-point control words are saved; signal masks, errno
 * and thread-local storage are not: they belong to the thread.
 */

#pragma once

#include <glib.h>

#include "base/anyio-sanitizers-private.h"

typedef struct _AnyioContext AnyioContext;

struct _AnyioContext
{
  gpointer sp;            /* saved stack pointer; with ucontext: the ucontext_t. NULL until the context was first left or made */
#if ANYIO_WITH_ASAN
  gconstpointer low;      /* bounds of the stack, for AddressSanitizer; found out at the first switch for a thread's own stack */
  gsize size_bytes;
  gpointer fake_stack;
#endif
#if ANYIO_WITH_TSAN
  gpointer fiber;         /* ThreadSanitizer's fiber */
#endif
};

/* Makes a context that runs @entry (@data) on the memory [low, high) when it is first switched to. @entry must not return: it ends
 * with anyio_context_exit(). No allocation. */
void anyio_context_make   (AnyioContext *self, char *low, char *high, void (*entry) (gpointer data), gpointer data);

/* Frees what the sanitizers hold for a made context which will never run again. Cheap, and nothing without them. */
void anyio_context_clear  (AnyioContext *self);

/* Saves the running context in @from and goes on in @to; returns when somebody switches to @from. Same thread only. */
void anyio_context_switch (AnyioContext *from, AnyioContext *to);

/* As switch, but the running context @from has ended and is never gone back to: its memory may be used again at once. */
void anyio_context_exit   (AnyioContext *from, AnyioContext *to) G_GNUC_NORETURN;

/* Makes @self a context for the stack that is running now (a thread's own, or a fiber's under a nested main loop). */
void anyio_context_init_running (AnyioContext *self);
