/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The C side of anyio-glib-1-custom.vala for signals: the iterator of a foreach. Only generated code includes it. */

#pragma once

#include <anyio.h>

G_BEGIN_DECLS

/* Of a foreach, which calls next and get in turn. */
typedef struct
{
  AnyioSignalReceiver *receiver; /* owned */
  int number;                    /* between the two */
} AnyioValaSignalIterator;

static inline AnyioValaSignalIterator *
anyio_vala_signal_iterator_new (AnyioSignalReceiver *receiver)
{
  AnyioValaSignalIterator *self = g_new0 (AnyioValaSignalIterator, 1);

  self->receiver = (AnyioSignalReceiver *) g_object_ref (receiver);

  return self;
}

static inline void
anyio_vala_signal_iterator_free (AnyioValaSignalIterator *self)
{
  g_object_unref (self->receiver);
  g_free (self);
}

static inline gboolean
anyio_vala_signal_iterator_next (AnyioValaSignalIterator *self, GError **error)
{
  self->number = anyio_signal_receiver_receive (self->receiver, error);

  return self->number != 0;
}

static inline int
anyio_vala_signal_iterator_get (AnyioValaSignalIterator *self)
{
  return self->number;
}

G_END_DECLS
