/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where Unix signals go: each sink is a pipe that holds, in the order of arrival, one byte for every signal of a set that the process has handled.
 *
 * The pipe is the queue. What arrives is in the kernel at once, so the handler needs no memory and no lock, threads are ordered by the kernel, and the end to read from
 * can be polled. No thread serves it, unlike g_unix_signal_source_new(), and no thread needs to block the signals, unlike signalfd().
 *
 * A signal goes to all sinks of the highest level that ask for it. What was to happen at the signal before the first sink came (SIG_DFL, SIG_IGN or a handler) is
 * kept, and is back when the last one has gone, unless somebody else has set the signal's action meanwhile: that stays. Meanwhile the default action does not happen, and a
 * handler is called, too, unless one of the sinks that get the signal is exclusive.
 *
 * All functions may be called in any thread, but reading belongs to one.
 */

#pragma once

#include <glib.h>

typedef struct _AnyioSignalSink AnyioSignalSink;

typedef enum
{
  ANYIO_SIGNAL_SINK_RUN,     /* the SIGINT of anyio_run(): only when nobody receives it */
  ANYIO_SIGNAL_SINK_RECEIVER
} AnyioSignalSinkLevel;

/* Whether a handler can be set for @number, and may return. FALSE with INVALID_ARGUMENT. */
gboolean         anyio_signal_check         (int number, GError **error);

/* All of @numbers were checked. NULL with the system's error if there is no pipe. */
AnyioSignalSink *anyio_signal_sink_new      (const int *numbers, gsize n_numbers, AnyioSignalSinkLevel level, gboolean exclusive, GError **error);
/* What was not read is gone. */
void             anyio_signal_sink_free     (AnyioSignalSink *self);
/* To be polled for reading; never blocks. */
int              anyio_signal_sink_get_fd   (const AnyioSignalSink *self);
/* The next signal; 0 if there is none. */
int              anyio_signal_sink_read     (AnyioSignalSink *self);
guint            anyio_signal_sink_get_pending (const AnyioSignalSink *self);
/* Those that came when the pipe was full. */
guint            anyio_signal_sink_get_lost (const AnyioSignalSink *self);
