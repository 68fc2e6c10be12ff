/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The heap against the most naive model there is: an array that is searched from one end to the other. */

#include "base/anyio-heap-private.h"

#define N_NODES 300
#define N_STEPS 20000

typedef struct
{
  AnyioHeapNode node;
  gint64 key;
  gboolean is_in;
} Item;

static Item *
find_first (Item *items)
{
  Item *first = NULL;

  for (guint i = 0; i < N_NODES; i++)
    if (items[i].is_in && (first == NULL || items[i].key < first->key || (items[i].key == first->key && items[i].node.seq < first->node.seq)))
      first = &items[i];

  return first;
}

static void
assert_is_heap (const AnyioHeap *heap)
{
  for (guint i = 0; i < heap->n_entries; i++)
    {
      const AnyioHeapEntry *entry = &heap->entries[i];
      const AnyioHeapEntry *parent = &heap->entries[i == 0 ? 0 : (i - 1) / 4];

      g_assert_cmpuint (entry->node->slot, ==, i + 1);
      g_assert_true (parent->key < entry->key || (parent->key == entry->key && parent->node->seq <= entry->node->seq));
    }
}

static void
test_random (void)
{
  AnyioHeap heap = ANYIO_HEAP_INIT;
  Item items[N_NODES] = { 0 };
  guint64 seq = 0;
  guint n_in = 0;

  g_test_summary ("Thousands of random insertions and removals keep the heap in step with a naive model.");

  for (guint step = 0; step < N_STEPS; step++)
    {
      Item *item = &items[g_test_rand_int_range (0, N_NODES)];
      Item *first;

      if (!item->is_in)
        {
          /* Few different keys, so that ties are common. */
          item->key = g_test_rand_int_range (-10, 10);
          item->node.seq = seq++;
          item->is_in = TRUE;
          n_in++;
          anyio_heap_insert (&heap, &item->node, item->key);
        }
      else
        {
          if (g_test_rand_bit ())
            item = find_first (items);
          item->is_in = FALSE;
          n_in--;
          anyio_heap_remove (&heap, &item->node);
          g_assert_cmpuint (item->node.slot, ==, 0);
        }

      first = find_first (items);
      g_assert_true (anyio_heap_peek (&heap) == (first != NULL ? &first->node : NULL));
      g_assert_cmpint (anyio_heap_peek_key (&heap), ==, first != NULL ? first->key : G_MAXINT64);
      g_assert_cmpuint (heap.n_entries, ==, n_in);
      if (step % 16 == 0)
        assert_is_heap (&heap);
    }

  for (guint i = 0; i < N_NODES; i++)
    anyio_heap_remove (&heap, &items[i].node);
  anyio_heap_clear (&heap);
}

static void
test_ties (void)
{
  AnyioHeap heap = ANYIO_HEAP_INIT;
  AnyioHeapNode nodes[50] = { 0 };

  g_test_summary ("Nodes of equal key come out by their sequence numbers, whatever the order of insertion.");

  /* Inserted in reverse, so that the order of insertion cannot stand in for that of the numbers. */
  for (guint i = G_N_ELEMENTS (nodes); i-- > 0;)
    {
      nodes[i].seq = i;
      anyio_heap_insert (&heap, &nodes[i], 7);
    }

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++)
    {
      g_assert_true (anyio_heap_peek (&heap) == &nodes[i]);
      anyio_heap_remove (&heap, &nodes[i]);
    }

  anyio_heap_clear (&heap);
}

static void
test_size (void)
{
  const guint n_nodes = 100000;
  AnyioHeap heap = ANYIO_HEAP_INIT;
  g_autofree AnyioHeapNode *nodes = g_new0 (AnyioHeapNode, n_nodes);

  g_test_summary ("The array grows and shrinks with the nodes, and children share a cache line.");

  for (guint i = 0; i < n_nodes; i++)
    anyio_heap_insert (&heap, &nodes[i], i);
  g_assert_cmpuint (heap.n_allocated, >=, n_nodes);
  g_assert_cmpuint (heap.n_allocated, <, 2 * n_nodes);
  /* The children of the first entry begin a cache line. */
  g_assert_cmpuint ((gsize) &heap.entries[1] % 64, ==, 0);

  for (guint i = 0; i < n_nodes - 10; i++)
    anyio_heap_remove (&heap, &nodes[i]);
  g_assert_cmpuint (heap.n_allocated, <=, 64);
  g_assert_cmpint (anyio_heap_peek_key (&heap), ==, n_nodes - 10);

  for (guint i = n_nodes - 10; i < n_nodes; i++)
    anyio_heap_remove (&heap, &nodes[i]);
  anyio_heap_clear (&heap);
  g_assert_null (heap.entries);
}

static void
test_remove_twice (void)
{
  AnyioHeap heap = ANYIO_HEAP_INIT;
  AnyioHeapNode first = { 0 };
  AnyioHeapNode second = { .seq = 1 };

  g_test_summary ("Removing a node that is in no heap does nothing.");

  anyio_heap_insert (&heap, &first, 1);
  anyio_heap_insert (&heap, &second, 2);
  anyio_heap_remove (&heap, &first);
  anyio_heap_remove (&heap, &first);
  g_assert_cmpuint (heap.n_entries, ==, 1);
  g_assert_true (anyio_heap_peek (&heap) == &second);

  anyio_heap_remove (&heap, &second);
  anyio_heap_clear (&heap);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/heap/random-operations/agree-with-model", test_random);
  g_test_add_func ("/heap/equal-keys/come-by-seq", test_ties);
  g_test_add_func ("/heap/many-nodes/grows-and-shrinks", test_size);
  g_test_add_func ("/heap/removed-twice/does-nothing", test_remove_twice);

  return g_test_run ();
}
