/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioCall: (skip)
 *
 * One GIO-style asynchronous operation that a task waits for; it stands on the task's stack. ANYIO_CALL() stands for the last three arguments of the operation,
 * anyio_call_await() for the result that its `_finish` function wants.
 *
 * ```c
 * static gboolean
 * show_size (gpointer data, GError **error)
 * {
 *   g_autoptr (GFile) file = g_file_new_for_path (data);
 *   g_autoptr (GFileInfo) info = NULL;
 *   g_auto (AnyioCall) call = ANYIO_CALL_INIT;
 *
 *   g_file_query_info_async (file, G_FILE_ATTRIBUTE_STANDARD_SIZE, G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
 *   info = g_file_query_info_finish (file, anyio_call_await (&call), error);
 *   if (info == NULL)
 *     return FALSE;
 *   g_print ("%s: %" G_GOFFSET_FORMAT " bytes\n", (char *) data, g_file_info_get_size (info));
 *
 *   return TRUE;
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (show_size, (gpointer) "/", &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * The operation is cancelled with the scope in which it was begun. The task goes on only when the operation has ended, so what the operation writes to may stand
 * on the task's stack; `g_auto (AnyioCall)` sees to that on every way out. After its `_finish` function the same call may be used for the next operation.
 *
 * AnyIO: `await`.
 *
 * Since: 0.1
 */
struct _AnyioCall
{
  /*< private >*/
  gpointer opaque[8];
};

#define ANYIO_CALL_INIT { { NULL, } }

/**
 * ANYIO_CALL: (skip)
 * @call: a call that is not under way; evaluated twice, so a variable or its address
 *
 * Stands for the last three arguments of any GIO-style `_async` function, and begins the call.
 *
 * Since: 0.1
 */
#define ANYIO_CALL(call) anyio_call_begin (call), anyio_call_ready, (call)

ANYIO_AVAILABLE_IN_0_1
GCancellable *anyio_call_begin          (AnyioCall *call);
ANYIO_AVAILABLE_IN_0_1
void          anyio_call_ready          (GObject *source, GAsyncResult *result, gpointer call);
ANYIO_AVAILABLE_IN_0_1
GAsyncResult *anyio_call_await          (AnyioCall *call);
ANYIO_AVAILABLE_IN_0_1
void          anyio_call_clear          (AnyioCall *call);
ANYIO_AVAILABLE_IN_0_1
GCancellable *anyio_current_cancellable (void);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AnyioCall, anyio_call_clear)

G_END_DECLS
