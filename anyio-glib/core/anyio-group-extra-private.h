/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What few task groups have: a policy other than ALL, a bound on the children that run, a record of those that ended. It is allocated when the first of these is
 * asked for, so other groups pay one look at a NULL pointer for each child that starts or ends.
 */

#pragma once

#include "base/anyio-list-private.h"
#include "core/anyio-group-private.h"
#include "core/anyio-join-policy.h"
#include "loop/anyio-queue-private.h"

struct _AnyioGroupExtra
{
  /* anyio-join-policy.c */
  AnyioJoinPolicy policy;
  AnyioTask *winner;          /* whose end decided; owned; NULL: none did */
  GPtrArray *kept;            /* of GError: FIRST_SUCCESS: failures that count only if nobody succeeds; owned; NULL: none */

  /* anyio-max-concurrency.c */
  guint max_concurrency;      /* G_MAXUINT: no bound */
  guint n_held;               /* children in held */
  AnyioQueue held;            /* of AnyioRecord.runnable: NEW, in the order of their spawn */

  /* anyio-completions.c */
  gboolean keeps_completed;
  GQueue completed;           /* of AnyioTask, owned */
  AnyioList completion_waiters; /* of CompletionWait.link */
};

AnyioGroupExtra *anyio_group_get_extra        (AnyioGroup *self); /* made if need be */
void             anyio_group_extra_free       (AnyioGroupExtra *self);

/* All of what follows for a child that has ended. */
void             anyio_group_child_ended      (AnyioGroup *self, AnyioTask *handle, const char *name, GError *error, gboolean is_own, gboolean succeeded);

/* The child behind @handle (borrowed) has ended with @error (taken; NULL: none), and is out of the list of children. @is_own: that is a cancellation which is not stray.
 * @succeeded: neither failed nor cancelled. Runs handlers on the home stack. */
void             anyio_group_policy_ended     (AnyioGroup *self, AnyioTask *handle, const char *name, GError *error, gboolean is_own, gboolean succeeded);
/* All have ended: what the policy has to say goes to the errors. */
void             anyio_group_policy_closing   (AnyioGroup *self);

/* FALSE: the child, which is new, may run now. */
gboolean         anyio_group_hold_back        (AnyioGroup *self, AnyioRecord *child);
void             anyio_group_release_held     (AnyioGroup *self); /* as many as may run */

void             anyio_group_child_completed  (AnyioGroup *self, AnyioTask *handle);
void             anyio_group_tell_empty       (AnyioGroup *self); /* those who wait for a completion, if there is none to come */
