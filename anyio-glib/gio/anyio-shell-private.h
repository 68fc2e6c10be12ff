/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Operations of the _async kind that wait without a fiber: a party (see core/anyio-offer-private.h) that ends a GTask.
 *
 *   typedef struct { AnyioShell shell; AnyioOffer offer; } Acquire;
 *
 *   Acquire *self = g_new0 (Acquire, 1);
 *
 *   if (!anyio_shell_init (&self->shell, task, finish, &error)) ... g_free (self), return the error
 *   self->offer.party = &self->shell.party;
 *   anyio_list_append (&lock->waiters, &self->offer.link);
 *   anyio_shell_wait (&self->shell, &self->offer);
 *
 * When the offer has been committed, or the GTask's cancellable was cancelled before that, finish() is called once, on the home stack, with whether it was cancelled. It
 * returns the task with a `g_task_return_` function; the memory of the shell is freed afterwards with g_free(). What was committed stands: a cancellation that comes later
 * is not looked at.
 */

#pragma once

#include "core/anyio-offer-private.h"
#include "core/anyio-runtime-private.h"

typedef struct _AnyioShell AnyioShell;
typedef struct _AnyioShellLink AnyioShellLink;

struct _AnyioShell
{
  AnyioParty party;
  AnyioOffer *offer;     /* in a list until it was committed or withdrawn */
  GTask *task;           /* owned */
  AnyioRuntime *runtime; /* borrowed, because of our use */
  AnyioRunnable runnable; /* in the ready queue once it was committed */
  AnyioShellLink *link;  /* owned; to the cancellable; NULL: there is none */
  gboolean is_awaited;   /* by a task that has counted it as outstanding; see core/anyio-operation-private.h */
  void (*finish) (AnyioShell *self, gboolean cancelled);
};

/* @task (taken) was made in the thread that iterates its context. FALSE with @error, and nothing taken, if another thread does. */
gboolean anyio_shell_init (AnyioShell *self, GTask *task, void (*finish) (AnyioShell *self, gboolean cancelled), GError **error);
/* Begins to wait with @offer, which is in its list. */
void     anyio_shell_wait (AnyioShell *self, AnyioOffer *offer);
