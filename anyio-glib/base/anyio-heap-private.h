/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A 4-ary min-heap of intrusive nodes, ordered by (key, seq).
 *
 * The keys stand in the array beside the pointers, so that the four children of an entry fill one cache line and a comparison
 * touches a node only when two keys are equal. A node knows its index, so that removal needs no search. Insertion of a
 * key that is later than most, and the removal of the node inserted last, are O(1); everything else is O(log n).
 * Memory: 16 bytes an entry. The array grows by doubling and shrinks when a quarter is used.
 */

#pragma once

#include <glib.h>

typedef struct _AnyioHeap AnyioHeap;
typedef struct _AnyioHeapNode AnyioHeapNode;

struct _AnyioHeapNode
{
  guint64 seq;  /* breaks ties: the smaller one comes first; set by the owner before insertion */
  guint32 slot; /* the index in the heap plus 1; 0 while in no heap */
};

typedef struct
{
  gint64 key;
  AnyioHeapNode *node; /* borrowed: a node removes itself before it dies */
} AnyioHeapEntry;

struct _AnyioHeap
{
  AnyioHeapEntry *entries;
  guint n_entries;
  guint n_allocated;
};

#define ANYIO_HEAP_INIT { NULL, 0, 0 }

void anyio_heap_clear  (AnyioHeap *self); /* frees the array; the heap must be empty */
void anyio_heap_insert (AnyioHeap *self, AnyioHeapNode *node, gint64 key); /* the node is in no heap */
void anyio_heap_remove (AnyioHeap *self, AnyioHeapNode *node);             /* nothing if it is in none */

static inline AnyioHeapNode *
anyio_heap_peek (const AnyioHeap *self)
{
  return self->n_entries > 0 ? self->entries[0].node : NULL;
}

/* The smallest key; G_MAXINT64 if the heap is empty. */
static inline gint64
anyio_heap_peek_key (const AnyioHeap *self)
{
  return self->n_entries > 0 ? self->entries[0].key : G_MAXINT64;
}
