/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/anyio-list-private.h"

typedef struct
{
  char name;
  AnyioList link;
} Item;

static void
append_items (AnyioList *list,
              Item *items,
              guint n_items)
{
  for (guint i = 0; i < n_items; i++)
    {
      items[i].name = 'a' + i;
      anyio_list_append (list, &items[i].link);
    }
}

static void
assert_names (AnyioList *list,
              const char *expected)
{
  g_autoptr (GString) forward = g_string_new (NULL);
  g_autoptr (GString) backward = g_string_new (NULL);

  ANYIO_LIST_FOREACH (list, node)
    g_string_append_c (forward, ANYIO_CONTAINER (node, Item, link)->name);
  for (AnyioList *node = list->prev; node != list; node = node->prev)
    g_string_prepend_c (backward, ANYIO_CONTAINER (node, Item, link)->name);

  g_assert_cmpstr (forward->str, ==, expected);
  g_assert_cmpstr (backward->str, ==, expected);
}

static void
test_empty (void)
{
  AnyioList list;

  g_test_summary ("An empty list says so.");

  anyio_list_init (&list);
  g_assert_true (anyio_list_is_empty (&list));
  g_assert_null (anyio_list_first (&list));
  assert_names (&list, "");
}

static void
test_append (void)
{
  AnyioList list;
  Item items[4];

  g_test_summary ("Nodes come in the order in which they were appended, and in reverse backwards.");

  anyio_list_init (&list);
  append_items (&list, items, G_N_ELEMENTS (items));
  g_assert_false (anyio_list_is_empty (&list));
  g_assert_true (anyio_list_first (&list) == &items[0].link);
  assert_names (&list, "abcd");
}

static void
test_remove (void)
{
  AnyioList list;
  Item items[4];

  g_test_summary ("A removed node may be removed again, and appended again.");

  anyio_list_init (&list);
  append_items (&list, items, G_N_ELEMENTS (items));
  anyio_list_remove (&items[1].link);
  assert_names (&list, "acd");
  anyio_list_remove (&items[1].link);
  assert_names (&list, "acd");
  g_assert_true (anyio_list_is_empty (&items[1].link));
  anyio_list_append (&list, &items[1].link);
  assert_names (&list, "acdb");
}

static void
test_remove_in_loop (void)
{
  AnyioList list;
  Item items[5];

  g_test_summary ("The body of a loop may remove the node that it was given.");

  anyio_list_init (&list);
  append_items (&list, items, G_N_ELEMENTS (items));
  ANYIO_LIST_FOREACH (&list, node)
    if (ANYIO_CONTAINER (node, Item, link)->name != 'c')
      anyio_list_remove (node);
  assert_names (&list, "c");
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/list/empty/has-no-first", test_empty);
  g_test_add_func ("/list/append/keeps-order", test_append);
  g_test_add_func ("/list/removed-twice/does-nothing", test_remove);
  g_test_add_func ("/list/removed-under-iteration/goes-on", test_remove_in_loop);

  return g_test_run ();
}
