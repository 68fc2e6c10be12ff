/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Intrusive lists: the links stand inside what is linked, so linking allocates nothing and cannot fail.
 *
 * AnyioList is a circular doubly linked list with a sentinel head. A node that is in no list points at itself, so that
 * anyio_list_remove() may be called twice. Every operation is O(1).
 */

#pragma once

#include <glib.h>

typedef struct _AnyioList AnyioList;

struct _AnyioList
{
  AnyioList *next;
  AnyioList *prev;
};

/* The struct of @type whose member @member is @node. */
#define ANYIO_CONTAINER(node, type, member) ((type *) (gpointer) ((char *) (node) - G_STRUCT_OFFSET (type, member)))

/* Visits the nodes from the first to the last; the body may remove @node itself, but no other node. */
#define ANYIO_LIST_FOREACH(list, node) \
  for (AnyioList *node = (list)->next, *node##_next = node->next; node != (list); node = node##_next, node##_next = node->next)

static inline void
anyio_list_init (AnyioList *self)
{
  self->next = self;
  self->prev = self;
}

static inline gboolean
anyio_list_is_empty (const AnyioList *self)
{
  return self->next == self;
}

static inline void
anyio_list_append (AnyioList *self,
                   AnyioList *node)
{
  node->next = self;
  node->prev = self->prev;
  self->prev->next = node;
  self->prev = node;
}

static inline void
anyio_list_remove (AnyioList *node)
{
  node->next->prev = node->prev;
  node->prev->next = node->next;
  node->next = node;
  node->prev = node;
}

/* The first node, or NULL. */
static inline AnyioList *
anyio_list_first (const AnyioList *self)
{
  return self->next == self ? NULL : self->next;
}
