/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tests of signals share. They raise signals in their own thread: the handler has run when raise() returns, so nothing depends on time. */

#pragma once

#include "../sync/sync-test.h"

#include "base/anyio-sanitizers-private.h"

#include <signal.h>

#define open_receiver(...) open_receiver_for (ANYIO_SIGNALS (__VA_ARGS__))

static inline AnyioSignalReceiver *
open_receiver_for (const int *signals,
                   gsize n_signals)
{
  g_autoptr (GError) error = NULL;
  AnyioSignalReceiver *receiver = anyio_signal_receiver_open (signals, n_signals, &error);

  g_assert_no_error (error);
  g_assert_nonnull (receiver);
  g_assert_false (anyio_signal_receiver_is_closed (receiver));

  return receiver;
}

static inline void
assert_next (AnyioSignalReceiver *receiver,
             int expected)
{
  g_autoptr (GError) error = NULL;
  int number = anyio_signal_receiver_receive_nowait (receiver, &error);

  g_assert_no_error (error);
  g_assert_cmpint (number, ==, expected);
}

static inline void
assert_none (AnyioSignalReceiver *receiver)
{
  g_autoptr (GError) error = NULL;

  assert_fails (anyio_signal_receiver_receive_nowait (receiver, &error) != 0, error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

/* A task that receives one. */
typedef struct
{
  const char *name;
  AnyioSignalReceiver *receiver;
} Waiter;

G_GNUC_UNUSED static gboolean
receive_one (gpointer user_data, GError **error)
{
  Waiter *self = user_data;
  int number = anyio_signal_receiver_receive (self->receiver, error);

  anyio_trace ("%s:%s", self->name, number != 0 ? anyio_signal_to_name (number) : "-");

  return number != 0;
}
