/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Programs that run as children of this one. */

#pragma once

#include <anyio-glib/core/anyio-types.h>
#include <anyio-glib/stream/anyio-byte-stream.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_PROCESS (anyio_process_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioProcess, anyio_process, ANYIO, PROCESS, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioProcess           *anyio_open_process            (const char * const *argv, GSubprocessFlags flags, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioProcess           *anyio_open_process_from       (GSubprocessLauncher *launcher, const char * const *argv, GError **error);

ANYIO_AVAILABLE_IN_0_1
AnyioByteSendStream    *anyio_process_get_stdin       (AnyioProcess *self);
ANYIO_AVAILABLE_IN_0_1
AnyioByteReceiveStream *anyio_process_get_stdout      (AnyioProcess *self);
ANYIO_AVAILABLE_IN_0_1
AnyioByteReceiveStream *anyio_process_get_stderr      (AnyioProcess *self);
ANYIO_AVAILABLE_IN_0_1
int                     anyio_process_get_pid         (AnyioProcess *self);
ANYIO_AVAILABLE_IN_0_1
gboolean                anyio_process_has_exited      (AnyioProcess *self);
ANYIO_AVAILABLE_IN_0_1
int                     anyio_process_get_returncode  (AnyioProcess *self);
ANYIO_AVAILABLE_IN_0_1
int                     anyio_process_get_wait_status (AnyioProcess *self);
ANYIO_AVAILABLE_IN_0_1
gboolean                anyio_process_check_exit      (AnyioProcess *self, GError **error);

ANYIO_AVAILABLE_IN_0_1
gboolean                anyio_process_wait            (AnyioProcess *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                    anyio_process_wait_async      (AnyioProcess *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean                anyio_process_wait_finish     (AnyioProcess *self, GAsyncResult *result, GError **error);

ANYIO_AVAILABLE_IN_0_1
void                    anyio_process_send_signal     (AnyioProcess *self, int signal_number);
ANYIO_AVAILABLE_IN_0_1
void                    anyio_process_terminate       (AnyioProcess *self);
ANYIO_AVAILABLE_IN_0_1
void                    anyio_process_kill            (AnyioProcess *self);
ANYIO_AVAILABLE_IN_0_1
gboolean                anyio_process_stop            (AnyioProcess *self, double grace, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                    anyio_process_stop_async      (AnyioProcess *self, double grace, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean                anyio_process_stop_finish     (AnyioProcess *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean                anyio_process_close           (AnyioProcess *self, GError **error);

G_END_DECLS
