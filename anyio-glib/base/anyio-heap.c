/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The 4-ary min-heap of the timers.
 *
 * Invariants: entries[i] comes no earlier than entries[(i - 1) / 4]; entries[i].node->slot == i + 1.
 *
 * Entries 4i + 1 to 4i + 4 are the children of entry i. They share one cache line because entry 1, not entry 0, is aligned: the block
 * begins PAD entries before entry 0. Four children a level halve the depth of a binary heap (9 levels for 100,000 timers), and a step
 * down reads one line. Both sifts move a hole instead of swapping: each level writes one entry and one slot.
 */

#include "base/anyio-heap-private.h"

#include <string.h>

#define ARITY 4
#define PAD (ARITY - 1)
#define CACHE_LINE_BYTES 64
#define MIN_ALLOCATED 16

G_STATIC_ASSERT (sizeof (gpointer) != 8 || ARITY * sizeof (AnyioHeapEntry) == CACHE_LINE_BYTES);

static void
free_entries (AnyioHeapEntry *entries)
{
  if (entries != NULL)
    g_aligned_free (entries - PAD);
}

static void
resize (AnyioHeap *self,
        guint n_allocated)
{
  AnyioHeapEntry *entries = (AnyioHeapEntry *) g_aligned_alloc ((gsize) n_allocated + PAD, sizeof (AnyioHeapEntry), CACHE_LINE_BYTES) + PAD;

  if (self->n_entries > 0)
    memcpy (entries, self->entries, self->n_entries * sizeof (AnyioHeapEntry));
  free_entries (self->entries);
  self->entries = entries;
  self->n_allocated = n_allocated;
}

static inline gboolean
comes_before (const AnyioHeapEntry *a,
              const AnyioHeapEntry *b)
{
  return a->key < b->key || (a->key == b->key && a->node->seq < b->node->seq);
}

static inline void
put (AnyioHeap *self,
     guint index,
     AnyioHeapEntry entry)
{
  self->entries[index] = entry;
  entry.node->slot = index + 1;
}

/* Fills the hole at @index with @entry or, while @entry comes before the hole's parent, with the parent. */
static void
sift_up (AnyioHeap *self,
         guint index,
         AnyioHeapEntry entry)
{
  while (index > 0)
    {
      guint parent = (index - 1) / ARITY;

      if (!comes_before (&entry, &self->entries[parent]))
        break;
      put (self, index, self->entries[parent]);
      index = parent;
    }

  put (self, index, entry);
}

/* Fills the hole at @index with @entry or, while a child of the hole comes before @entry, with the first such child. */
static void
sift_down (AnyioHeap *self,
           guint index,
           AnyioHeapEntry entry)
{
  const AnyioHeapEntry *entries = self->entries;

  while (index <= (self->n_entries - 1) / ARITY)
    {
      guint child = index * ARITY + 1;
      guint end = MIN (child + ARITY, self->n_entries);
      guint first = child;

      if (child >= end)
        break;
      while (++child < end)
        if (comes_before (&entries[child], &entries[first]))
          first = child;
      if (!comes_before (&entries[first], &entry))
        break;
      put (self, index, entries[first]);
      index = first;
    }

  put (self, index, entry);
}

void
anyio_heap_clear (AnyioHeap *self)
{
  g_assert (self->n_entries == 0);

  free_entries (g_steal_pointer (&self->entries));
  self->n_allocated = 0;
}

void
anyio_heap_insert (AnyioHeap *self,
                   AnyioHeapNode *node,
                   gint64 key)
{
  AnyioHeapEntry entry = { key, node };

  g_assert (node->slot == 0);

  if (self->n_entries == self->n_allocated)
    resize (self, MAX (MIN_ALLOCATED, self->n_allocated * 2));

  sift_up (self, self->n_entries++, entry);
}

void
anyio_heap_remove (AnyioHeap *self,
                   AnyioHeapNode *node)
{
  guint index;
  AnyioHeapEntry last;

  if (node->slot == 0)
    return;

  index = node->slot - 1;
  node->slot = 0;
  last = self->entries[--self->n_entries];

  if (index < self->n_entries)
    {
      if (index > 0 && comes_before (&last, &self->entries[(index - 1) / ARITY]))
        sift_up (self, index, last);
      else
        sift_down (self, index, last);
    }

  /* A quarter, not a half: a heap that goes up and down around one size does not move at each step. */
  if (self->n_allocated > MIN_ALLOCATED && self->n_entries < self->n_allocated / 4)
    resize (self, self->n_allocated / 2);
}
