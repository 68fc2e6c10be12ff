/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Receiving Unix signals in tasks. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_SIGNAL_RECEIVER (anyio_signal_receiver_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioSignalReceiver, anyio_signal_receiver, ANYIO, SIGNAL_RECEIVER, GObject)

/**
 * ANYIO_SIGNALS: (skip)
 * @...: the numbers of signals: SIGTERM, SIGHUP
 *
 * Stands for the first two arguments of anyio_signal_receiver_open(): an array, and how many there are in it.
 *
 * Since: 0.1
 */
#define ANYIO_SIGNALS(...) ((const int[]){ __VA_ARGS__ }), (sizeof ((const int[]){ __VA_ARGS__ }) / sizeof (int))

ANYIO_AVAILABLE_IN_0_1
AnyioSignalReceiver *anyio_signal_receiver_open              (const int *signals, gsize n_signals, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioSignalReceiver *anyio_signal_receiver_open_exclusive    (const int *signals, gsize n_signals, GError **error);
ANYIO_AVAILABLE_IN_0_1
int                  anyio_signal_receiver_receive           (AnyioSignalReceiver *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
int                  anyio_signal_receiver_receive_nowait    (AnyioSignalReceiver *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                 anyio_signal_receiver_receive_async     (AnyioSignalReceiver *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
int                  anyio_signal_receiver_receive_finish    (AnyioSignalReceiver *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                 anyio_signal_receiver_close             (AnyioSignalReceiver *self);
ANYIO_AVAILABLE_IN_0_1
gboolean             anyio_signal_receiver_is_closed         (AnyioSignalReceiver *self);
ANYIO_AVAILABLE_IN_0_1
guint                anyio_signal_receiver_get_pending       (AnyioSignalReceiver *self);
ANYIO_AVAILABLE_IN_0_1
guint                anyio_signal_receiver_get_lost          (AnyioSignalReceiver *self);
ANYIO_AVAILABLE_IN_0_1
guint                anyio_signal_receiver_get_tasks_waiting (AnyioSignalReceiver *self);

/**
 * ANYIO_SELECT_SIGNAL: (skip)
 * @receiver: an #AnyioSignalReceiver
 * @location: the address of an int for the number of the signal
 *
 * A case of anyio_select() that is chosen when a signal has been received.
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_SIGNAL(receiver, location) (anyio_select_case_signal ((receiver), (location)))
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase      anyio_select_case_signal                (AnyioSignalReceiver *self, int *location);

G_END_DECLS
