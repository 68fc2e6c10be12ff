/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Slabs: the stretches of address space that stacks are carved from. For anyio-stack*.c only.
 *
 * A slab is divided into slots of one class's size:
 *
 *   slot base                                                          slot base + slot_bytes
 *   | guard | usable: low ... high                     | AnyioStack | colour |
 *
 * A slot is *blank* while its memory belongs to the kernel: it was never handed out, or its memory was given back. A blank slot costs
 * nothing and has no AnyioStack; anyio_stack_slab_take() writes a new one. All that must be known about blank slots stands here in
 * the slab's record, on the heap, and never in the slots.
 *
 * Threads: a slab belongs to the pool of one thread. anyio_stack_slab_find_guard() alone may be called from anywhere, also from a signal handler.
 */

#pragma once

#include <glib.h>

#include "base/anyio-list-private.h"
#include "base/anyio-stack-private.h"

#define ANYIO_STACK_SLAB_BYTES (64 * 1024 * 1024)
#define ANYIO_STACK_SLAB_MAX_SLOTS 1024

typedef struct _AnyioStackSlab AnyioStackSlab;

struct _AnyioStackSlab
{
  AnyioList link;          /* in the pool's list for the class; slabs with blank slots come first */
  char *base;              /* atomic; NULL: a spare record */
  gsize size_bytes;
  gsize slot_bytes;
  gsize guard_bytes;
  AnyioStackClass class;
  guint n_slots;
  guint n_blank;
  guint n_guarded;         /* slots [0, n_guarded) have their guard */
  guint first_maybe_blank; /* no word of @blank before this one has a bit set */
  guint64 blank[ANYIO_STACK_SLAB_MAX_SLOTS / 64];
  guint *valgrind_ids;     /* owned; NULL when not under Valgrind */
  AnyioStackSlab *next;    /* in the process-wide table; constant once published */
};

AnyioStackSlab *anyio_stack_slab_new  (AnyioStackClass class, GError **error);
void            anyio_stack_slab_free (AnyioStackSlab *self); /* all slots are blank */

/* Makes a blank slot a stack. The slab has one; NULL with G_IO_ERROR_NO_SPACE: no guard could be made, and the slot is blank as before. */
AnyioStack     *anyio_stack_slab_take (AnyioStackSlab *self, GError **error);

/* Gives all memory of @stack back to the kernel and makes the slot blank. */
void            anyio_stack_slab_drop (AnyioStackSlab *self, AnyioStack *stack);

/* The stack in whose guard @address lies, or NULL. Async-signal-safe. */
AnyioStack     *anyio_stack_slab_find_guard (gconstpointer address);

/* For tests: make guards as on a kernel without MADV_GUARD_INSTALL from now on (TRUE), or as found out (FALSE). */
void            anyio_stack_slab_force_mprotect (gboolean force);

/* For tests: each guard is a mapping of its own, of which a process has some 65,000. Known when the first stack was made. */
gboolean        anyio_stack_slab_guards_are_mappings (void);
