/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The pool of warm stacks: which stack the next fiber gets, and when memory goes back. Where stacks come from is anyio-stack-slab.c's
 * business.
 *
 * A released stack goes on top of its class's ring and is the first to be acquired again: its top page is resident and probably in the
 * cache. So the bottom of the ring is what has been idle longest, and trim() takes from there. A stack that was trimmed has no memory
 * and no record any more; it is a blank slot of its slab (anyio-stack-slab-private.h) and costs a page fault when it is taken again.
 *
 * Giving memory back at each exit costs a system call and a page fault per task: 3,378 against 37 ns per spawn. Never giving it back keeps
 * the peak for ever. Hence trim(), which gives back only what the ring did not need since the last trim(): `n_warm_least` is
 * the lowest water mark since then, and the stacks below it were not touched in between.
 *
 * Invariants, for each class: n_warm <= n_taken <= n_allocated (so release never allocates); n_warm_least <= n_warm;
 * the sum over slabs of (n_slots - n_blank) == n_taken; the first slab has a blank slot if any slab has.
 *
 * Costs: acquire and release of a warm stack 3 ns together; no system call, no allocation, and no memory touched but the ring's top
 * and, in release, the stack's own record.
 */

#include "base/anyio-stack-private.h"

#include "base/anyio-stack-slab-private.h"

#include <gio/gio.h>

#include <string.h>

#if ANYIO_WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* How many stacks one trim() gives back: about 1 ms of work. */
#define TRIM_BATCH 512

typedef struct
{
  AnyioList slabs;
  guint n_slabs;
  guint n_taken;      /* stacks that have a record: in use or warm */
  AnyioStack **ring;  /* warm stack number i since the start is ring[i & (n_allocated - 1)], for i in [bottom, top) */
  guint n_allocated;  /* a power of two, or 0 */
  guint bottom;
  guint top;
  guint n_warm_least; /* the least that top - bottom was since the last trim() */
} ClassPool;

struct _AnyioStackPool
{
  ClassPool classes[ANYIO_STACK_N_CLASSES];
  guint n_used;
};

static const struct
{
  gsize size_bytes;
  guint n_kept; /* this many stay warm whatever trim() is asked for: 8 MiB of memory at most */
} classes[] = {
  [ANYIO_STACK_SMALL] = { 64 * 1024, 128 },
  [ANYIO_STACK_NORMAL] = { 1024 * 1024, 8 },
  [ANYIO_STACK_LARGE] = { 8 * 1024 * 1024, 1 },
};

gsize
anyio_stack_class_get_size (AnyioStackClass class)
{
  return classes[class].size_bytes;
}

AnyioStackClass
anyio_stack_class_for_size (gsize size_bytes)
{
  AnyioStackClass class = ANYIO_STACK_SMALL;

  while (class < ANYIO_STACK_N_CLASSES - 1 && classes[class].size_bytes < size_bytes)
    class++;

  return class;
}

AnyioStackPool *
anyio_stack_pool_new (void)
{
  AnyioStackPool *self = g_new0 (AnyioStackPool, 1);

  for (guint i = 0; i < ANYIO_STACK_N_CLASSES; i++)
    anyio_list_init (&self->classes[i].slabs);

  return self;
}

/* Makes the stack at the bottom of the ring blank. */
static void
drop_bottom (ClassPool *pool)
{
  AnyioStack *stack = pool->ring[pool->bottom++ & (pool->n_allocated - 1)];
  AnyioStackSlab *slab = stack->slab;

  anyio_stack_slab_drop (slab, stack);
  pool->n_taken--;

  if (slab->n_blank == 1)
    {
      anyio_list_remove (&slab->link);
      anyio_list_append (pool->slabs.next, &slab->link);
    }
  if (slab->n_blank == slab->n_slots && pool->n_slabs > 1)
    {
      anyio_stack_slab_free (slab);
      pool->n_slabs--;
    }
}

void
anyio_stack_pool_free (AnyioStackPool *self)
{
  g_assert (self->n_used == 0);

  for (guint i = 0; i < ANYIO_STACK_N_CLASSES; i++)
    {
      ClassPool *pool = &self->classes[i];

      while (pool->bottom != pool->top)
        drop_bottom (pool);
      ANYIO_LIST_FOREACH (&pool->slabs, link)
        anyio_stack_slab_free (ANYIO_CONTAINER (link, AnyioStackSlab, link));
      g_free (pool->ring);
    }

  g_free (self);
}

/* Makes room for one more warm stack. FALSE: no memory. */
static gboolean
grow_ring (ClassPool *pool)
{
  guint n_allocated = MAX (16, pool->n_allocated * 2);
  AnyioStack **ring = g_try_new (AnyioStack *, n_allocated);

  if (ring == NULL)
    return FALSE;

  for (guint i = pool->bottom; i != pool->top; i++)
    ring[i & (n_allocated - 1)] = pool->ring[i & (pool->n_allocated - 1)];
  g_free (pool->ring);
  pool->ring = ring;
  pool->n_allocated = n_allocated;

  return TRUE;
}

/* Takes a blank slot, from a new slab if need be. */
static AnyioStack *
take_blank (ClassPool *pool,
            AnyioStackClass class,
            GError **error)
{
  AnyioList *first = anyio_list_first (&pool->slabs);
  AnyioStackSlab *slab = first != NULL ? ANYIO_CONTAINER (first, AnyioStackSlab, link) : NULL;
  AnyioStack *stack;

  if (pool->n_taken == pool->n_allocated && !grow_ring (pool))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "No memory to keep track of another stack");
      return NULL;
    }

  if (slab == NULL || slab->n_blank == 0)
    {
      slab = anyio_stack_slab_new (class, error);
      if (slab == NULL)
        return NULL;
      anyio_list_append (pool->slabs.next, &slab->link);
      pool->n_slabs++;
    }

  /* When this fails the slab stays: it costs address space only, and what failed may work later. */
  stack = anyio_stack_slab_take (slab, error);
  if (stack == NULL)
    return NULL;

  if (slab->n_blank == 0)
    {
      anyio_list_remove (&slab->link);
      anyio_list_append (&pool->slabs, &slab->link);
    }
  pool->n_taken++;

  return stack;
}

AnyioStack *
anyio_stack_pool_acquire (AnyioStackPool *self,
                          AnyioStackClass class,
                          GError **error)
{
  ClassPool *pool = &self->classes[class];
  AnyioStack *stack;

  if (G_LIKELY (pool->top != pool->bottom))
    {
      guint n_warm = --pool->top - pool->bottom;

      stack = pool->ring[pool->top & (pool->n_allocated - 1)];
      if (n_warm < pool->n_warm_least)
        pool->n_warm_least = n_warm;
#if ANYIO_WITH_ASAN
      /* The frames that a fiber left behind by its exit never took their poison away. */
      ASAN_UNPOISON_MEMORY_REGION (stack->low, stack->high - stack->low);
#endif
    }
  else
    {
      stack = take_blank (pool, class, error);
      if (stack == NULL)
        return NULL;
    }

  self->n_used++;

  return stack;
}

void
anyio_stack_pool_release (AnyioStackPool *self,
                          AnyioStack *stack)
{
  ClassPool *pool = &self->classes[stack->class];

  stack->owner = NULL;
  pool->ring[pool->top++ & (pool->n_allocated - 1)] = stack;
  self->n_used--;
}

gboolean
anyio_stack_pool_trim (AnyioStackPool *self)
{
  guint budget = TRIM_BATCH;
  gboolean more = FALSE;

  for (guint i = 0; i < ANYIO_STACK_N_CLASSES; i++)
    {
      ClassPool *pool = &self->classes[i];

      for (; pool->n_warm_least > classes[i].n_kept && budget > 0; pool->n_warm_least--, budget--)
        drop_bottom (pool);

      pool->n_warm_least = pool->top - pool->bottom;
      if (pool->n_warm_least > classes[i].n_kept)
        more = TRUE;
    }

  return more;
}

gboolean
anyio_stack_pool_wants_trim (AnyioStackPool *self)
{
  for (guint i = 0; i < ANYIO_STACK_N_CLASSES; i++)
    if (self->classes[i].top - self->classes[i].bottom > classes[i].n_kept)
      return TRUE;

  return FALSE;
}

guint
anyio_stack_pool_get_n_used (AnyioStackPool *self)
{
  return self->n_used;
}
