/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a task holds and ought to give back before it ends: a lock, a token. The links stand in what is held and hang on the record in a list without a
 * head, so that a task which holds nothing pays for one pointer. Everything is O(1). */

#pragma once

#include <glib.h>

typedef struct _AnyioHolding AnyioHolding;

struct _AnyioHolding
{
  AnyioHolding *next;
  AnyioHolding **link; /* what points at us: record->held or the next of another one; NULL: no task holds it */
  void (*owner_ended) (AnyioHolding *self, const char *name); /* the task of this name has ended, and @self is off its list. No user code in it */
};

static inline void
anyio_holding_add (AnyioHolding *self,
                   AnyioHolding **list)
{
  self->next = *list;
  self->link = list;
  if (self->next != NULL)
    self->next->link = &self->next;
  *list = self;
}

static inline void
anyio_holding_remove (AnyioHolding *self)
{
  if (self->next != NULL)
    self->next->link = self->link;
  *self->link = self->next;
  self->link = NULL;
}
