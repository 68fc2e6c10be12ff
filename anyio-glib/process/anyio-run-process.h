/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Running a program to its end: what goes in, what comes out, and how it ended. */

#pragma once

#include <anyio-glib/core/anyio-types.h>
#include <anyio-glib/process/anyio-process.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_run_process                (const char * const *argv, GBytes *input, GBytes **stdout_bytes, GBytes **stderr_bytes, GError **error);
ANYIO_AVAILABLE_IN_0_1
void     anyio_run_process_async          (const char * const *argv, GBytes *input, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_run_process_finish         (GAsyncResult *result, GBytes **stdout_bytes, GBytes **stderr_bytes, GError **error);

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_process_communicate        (AnyioProcess *self, GBytes *input, GBytes **stdout_bytes, GBytes **stderr_bytes, GError **error);
ANYIO_AVAILABLE_IN_0_1
void     anyio_process_communicate_async  (AnyioProcess *self, GBytes *input, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_process_communicate_finish (AnyioProcess *self, GAsyncResult *result, GBytes **stdout_bytes, GBytes **stderr_bytes, GError **error);

G_END_DECLS
