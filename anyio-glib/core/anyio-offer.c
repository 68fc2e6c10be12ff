/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A task that waits with one offer. */

#include "core/anyio-offer-private.h"

static AnyioAbort
withdraw (AnyioWait *wait)
{
  anyio_list_remove (&ANYIO_CONTAINER (wait, AnyioParty, wait)->offer->link);

  return ANYIO_ABORT_DONE;
}

gboolean
anyio_offer_wait (AnyioOffer *self,
                  AnyioParty *party,
                  AnyioRecord *record,
                  AnyioList *list)
{
  *party = (AnyioParty){ .wait.abort = withdraw, .offer = self };
  self->party = party;
  anyio_list_append (list, &self->link);

  return anyio_wait_suspend (&party->wait, record);
}
