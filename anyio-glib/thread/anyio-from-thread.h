/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From a worker thread back into the thread of the main context. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_from_thread_call_named (const char *name, AnyioTaskFunc func, gpointer user_data, GError **error);
#define anyio_from_thread_call(func, user_data, error) anyio_from_thread_call_named (#func, func, user_data, error)
ANYIO_AVAILABLE_IN_0_1
gboolean anyio_from_thread_run_named  (const char *name, AnyioTaskFunc func, gpointer user_data, GError **error);
#define anyio_from_thread_run(func, user_data, error) anyio_from_thread_run_named (#func, func, user_data, error)

G_END_DECLS
