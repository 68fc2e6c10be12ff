/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an operation has to be able to do so that anyio_select() can choose it. Each type that can be waited for implements the four functions, and exports a function that
 * makes a case of them:
 *
 *   static const AnyioSelectOps ops = { try_it, enqueue, withdraw, NULL };
 *
 *   AnyioSelectCase
 *   anyio_select_case_event (AnyioEvent *event)
 *   {
 *     return (AnyioSelectCase){ .ops = &ops, .object = event };
 *   }
 *
 * What the case needs while it waits (an AnyioOffer first) stands in its private memory, see ANYIO_SELECT_STATE(). The order of the calls is
 *
 *   try of all cases, beginning anywhere, until one is done; if none is:
 *   enqueue of all cases; the task is suspended;
 *   somebody fulfils an offer and commits it: withdraw of all other cases, inside anyio_offer_commit();
 *   the task goes on: finish of the one that was committed.
 *
 * If an enqueue fails or the task is cancelled, all that were enqueued are withdrawn, and nothing has happened.
 */

#pragma once

#include "core/anyio-offer-private.h"
#include "core/anyio-select.h"

typedef struct _AnyioSelectOps AnyioSelectOps;

struct _AnyioSelectOps
{
  /* Does the operation if that needs no waiting. TRUE if it is done, also if that failed: @error is set then (an end that is closed, say). @party.wait.record is the
   * task, NULL in a nonblocking call outside tasks. It must not be matched with an offer of @party itself. */
  gboolean (*try) (AnyioSelectCase *self, AnyioParty *party, GError **error);
  /* Puts the case's offer (made here, with @party) where others find it. Must not commit anything. FALSE with @error: the operation has failed. */
  gboolean (*enqueue) (AnyioSelectCase *self, AnyioParty *party, GError **error);
  /* Takes it back: it was not chosen. No user code. */
  void (*withdraw) (AnyioSelectCase *self);
  /* It was chosen: moves the result to where it belongs, or sets @error. On the stack of the task. NULL: there is nothing to do. */
  void (*finish) (AnyioSelectCase *self, GError **error);
};

/* The private memory of @self as a @Type, whose first member is an AnyioOffer. */
#define ANYIO_SELECT_STATE(self, Type) ((Type *) (gpointer) (self)->opaque)
#define ANYIO_SELECT_CHECK_STATE(Type) G_STATIC_ASSERT (sizeof (Type) <= sizeof (((AnyioSelectCase *) NULL)->opaque))

/* For an operation that is nothing but a list of AnyioOffers which are all committed when something has happened. */
void anyio_select_enqueue_in_list   (AnyioSelectCase *self, AnyioParty *party, AnyioList *list);
void anyio_select_withdraw_from_list (AnyioSelectCase *self);
