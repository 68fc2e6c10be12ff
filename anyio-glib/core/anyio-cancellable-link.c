/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the handler of a GCancellable through the inbox to the home stack. */

#include "core/anyio-cancellable-link-private.h"

struct _AnyioCancellableLink
{
  AnyioRunnable message;
  void (*func) (gpointer user_data); /* NULL once it is undone; owner thread */
  gpointer user_data;
  AnyioRuntime *runtime;      /* owned */
  GCancellable *cancellable;  /* owned */
  gulong handler;             /* 0: it was cancelled in the moment of connecting */
  int posted;                 /* atomic: the message is on its way or has been */
  int ref_count;              /* atomic; the owner's, the handler's and the message's */
};

static void
unref_link (gpointer data)
{
  AnyioCancellableLink *self = data;

  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;

  g_object_unref (self->cancellable);
  anyio_runtime_unref (self->runtime);
  g_free (self);
}

static void
take_message (AnyioRunnable *runnable)
{
  AnyioCancellableLink *self = ANYIO_CONTAINER (runnable, AnyioCancellableLink, message);

  if (self->func != NULL)
    self->func (self->user_data);
  unref_link (self);
}

static void
cancelled_cb (GCancellable *cancellable,
              gpointer user_data)
{
  AnyioCancellableLink *self = user_data;

  if (!g_atomic_int_compare_and_exchange (&self->posted, FALSE, TRUE))
    return;

  g_atomic_int_inc (&self->ref_count);
  if (!anyio_loop_post (&self->runtime->loop, &self->message))
    unref_link (self);
}

AnyioCancellableLink *
anyio_cancellable_link_new (AnyioRuntime *runtime,
                            GCancellable *cancellable,
                            void (*func) (gpointer user_data),
                            gpointer user_data)
{
  AnyioCancellableLink *self = g_new0 (AnyioCancellableLink, 1);

  self->message.run = take_message;
  self->func = func;
  self->user_data = user_data;
  self->runtime = anyio_runtime_ref (runtime);
  self->cancellable = g_object_ref (cancellable);
  self->ref_count = 2;
  g_atomic_int_set (&self->posted, FALSE); /* publishes the link to the thread that cancels */
  self->handler = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, unref_link);

  return self;
}

void
anyio_cancellable_link_free (AnyioCancellableLink *self)
{
  self->func = NULL;
  if (self->handler != 0)
    g_signal_handler_disconnect (self->cancellable, self->handler);
  unref_link (self);
}
