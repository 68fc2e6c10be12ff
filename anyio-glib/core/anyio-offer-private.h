/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who waits, and for what, where one waits for another: locks, streams, the end of a task.
 *
 * An *offer* is an operation that could not be done at once. It stands in a list of the object that it is for: a receiver in the list of a channel. A *party* is who made
 * it: a task, which is suspended, or an operation of the _async kind, which has no stack. A party may make several offers, and accepts exactly one of them or
 * none (anyio_select()). Both stand on the waiter's stack, or in the memory of the operation.
 *
 * Who can fulfil an offer takes the first live one, does what it is for (puts an item into it, say), and commits it:
 *
 *   AnyioOffer *offer = anyio_offer_first (&self->waiters, NULL);
 *
 *   if (offer != NULL)
 *     anyio_offer_commit (offer);
 *
 * Committing unlinks the offer, withdraws the other offers of its party and lets the party go on. From then on the result stands: a cancellation strikes at the party's
 * next wait (SEMANTICS 1.4). No user code runs in it. It may unlink other offers from the same list, so a list is worked off from its front and never walked.
 *
 * Invariants
 *   O1   a party is committed at most once, and what stands in lists belongs to parties that are not
 *   O2   a task whose scope is eff has no offers: the abort withdraws them, so whoever looks for an offer never finds one that cannot be accepted
 *   O3   an operation without a task may be cancelled in another thread; until the inbox brings that, its offers stand in lists but are not live
 */

#pragma once

#include "core/anyio-wait-private.h"

typedef struct _AnyioOffer AnyioOffer;
typedef struct _AnyioParty AnyioParty;

struct _AnyioParty
{
  AnyioWait wait;               /* of the task; record is NULL if there is none */
  AnyioOffer *offer;            /* the only one, of a task that waits in anyio_offer_wait(); NULL */
  AnyioOffer *committed;        /* the one that was accepted; NULL until then */
  void (*accept) (AnyioParty *self); /* called with committed set: withdraws the other offers and goes on. NULL: a task with one offer */
  GCancellable *cancellable;    /* of a party that is no task; borrowed; NULL */
};

struct _AnyioOffer
{
  AnyioList link;    /* in a list of the object; alone otherwise */
  AnyioParty *party;
};

static inline gboolean
anyio_offer_is_live (const AnyioOffer *self)
{
  return G_LIKELY (self->party->cancellable == NULL) || !g_cancellable_is_cancelled (self->party->cancellable);
}

/* The first live offer of @list that is not one of @self's own (NULL: of anybody); NULL if there is none. */
static inline AnyioOffer *
anyio_offer_first (const AnyioList *list,
                   const AnyioParty *self)
{
  for (AnyioList *link = list->next; link != list; link = link->next)
    {
      AnyioOffer *offer = ANYIO_CONTAINER (link, AnyioOffer, link);

      if (G_LIKELY (offer->party != self) && anyio_offer_is_live (offer))
        return offer;
    }

  return NULL;
}

static inline void
anyio_offer_commit (AnyioOffer *self)
{
  AnyioParty *party = self->party;

  anyio_list_remove (&self->link);
  party->committed = self;
  if (G_LIKELY (party->accept == NULL))
    anyio_wait_complete (&party->wait);
  else
    party->accept (party);
}

/* Commits all that stand in @list, in order, live or not: for what happened to the object as a whole. */
static inline void
anyio_offer_commit_all (AnyioList *list)
{
  AnyioList *link;

  while ((link = anyio_list_first (list)) != NULL)
    anyio_offer_commit (ANYIO_CONTAINER (link, AnyioOffer, link));
}

/* Suspends @record with the one offer @self in @list; the rest of @party is made here. FALSE, without an error, if it was aborted. */
gboolean anyio_offer_wait (AnyioOffer *self, AnyioParty *party, AnyioRecord *record, AnyioList *list);
