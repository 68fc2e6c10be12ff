/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stacks for fibers: guarded, pooled, and cheap to have by the million.
 *
 * A pool belongs to one thread. Stacks are carved from large slabs of address space that cost nothing until they are touched.
 * The lowest page of each is a guard page (64 KiB in the larger classes, as big frames step over a page), so that an overflow is a SIGSEGV
 * at once instead of somebody else's memory.
 * The pool keeps released stacks warm, last in, first out, and gives memory back only in anyio_stack_pool_trim(), which the
 * owner calls now and then, never per release.
 *
 * The AnyioStack record stands in the topmost bytes of the stack that it describes, so a stack that runs a small task
 * touches exactly one page. Everything below `high` is the fiber's.
 */

#pragma once

#include <glib.h>

#include "base/anyio-context-private.h"

typedef struct _AnyioStack AnyioStack;
typedef struct _AnyioStackPool AnyioStackPool;

typedef enum
{
  ANYIO_STACK_SMALL,  /* 64 KiB: for tasks by the hundred thousand */
  ANYIO_STACK_NORMAL, /* 1 MiB, the default: a first GTK window fits */
  ANYIO_STACK_LARGE,  /* 8 MiB: main tasks */
  ANYIO_STACK_N_CLASSES
} AnyioStackClass;

struct _AnyioStack
{
  AnyioContext context;  /* of the fiber that lives here, while it does not run */
  char *low;             /* lowest usable byte, right above the guard page */
  char *high;            /* one past the highest byte that the fiber may use; 16-byte aligned, right below this record */
  AnyioStack *next;      /* free for the user of the stack */
  gpointer slab;         /* the pool's: which slab it was carved from */
  AnyioStackClass class;
  gpointer owner;        /* free for the user of the stack: who runs here now; read by the overflow report */
};

AnyioStackPool *anyio_stack_pool_new     (void);
void            anyio_stack_pool_free    (AnyioStackPool *self); /* every stack must have been released */
AnyioStack     *anyio_stack_pool_acquire (AnyioStackPool *self, AnyioStackClass class, GError **error); /* G_IO_ERROR_NO_SPACE: no memory map left */
void            anyio_stack_pool_release (AnyioStackPool *self, AnyioStack *stack); /* may be the stack that the caller runs on, if it is left before the next acquire or trim */
/* Gives back a batch of what is unused; only what was not needed since the last call. TRUE: call again, now or better in a while. */
gboolean        anyio_stack_pool_trim    (AnyioStackPool *self);
/* TRUE if there is more unused than is worth keeping, so that trim() should be called from time to time. */
gboolean        anyio_stack_pool_wants_trim (AnyioStackPool *self);
guint           anyio_stack_pool_get_n_used (AnyioStackPool *self);
gsize           anyio_stack_class_get_size (AnyioStackClass class);
AnyioStackClass anyio_stack_class_for_size (gsize size_bytes); /* the smallest class that is large enough, else the largest */

/* Installs, once per process, a SIGSEGV/SIGBUS handler that prints "stack overflow in task NAME" to stderr when the fault lies in a
 * guard page of a stack in use, and then lets the previous disposition have the signal (so core dumps, other handlers and sanitizers
 * still work). @describe turns AnyioStack.owner into a name and must be async-signal-safe. The calling thread gets an alternate signal stack. */
void            anyio_stack_report_overflows (const char *(*describe) (gpointer owner));
