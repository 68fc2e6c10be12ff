/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cancel scopes that last to the closing brace and stand on the stack: no allocation, no object. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioBlock: (skip)
 *
 * The memory of a cancel scope on the stack. Use the macros.
 *
 * Since: 0.1
 */
typedef struct
{
  /*< private >*/
  gpointer opaque[20];
} AnyioBlock;

ANYIO_AVAILABLE_IN_0_1
AnyioBlock *anyio_block_fail_after (AnyioBlock *block, double seconds, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioBlock *anyio_block_shield_for (AnyioBlock *block, double seconds);
ANYIO_AVAILABLE_IN_0_1
void        anyio_block_leave      (AnyioBlock *block);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AnyioBlock, anyio_block_leave)

#define ANYIO_BLOCK_ENTER(function, name, ...) \
  AnyioBlock G_PASTE (name, _memory); \
  g_autoptr (AnyioBlock) name G_GNUC_UNUSED = function (&G_PASTE (name, _memory), __VA_ARGS__)

/**
 * ANYIO_FAIL_AFTER: (skip)
 * @seconds: how long the rest of the block may take
 * @error: the error location of the surrounding function; may be %NULL
 *
 * Bounds the rest of the enclosing block in time. When the time is up, what suspends in it fails with %G_IO_ERROR_CANCELLED; when that error then leaves
 * the block through @error, it becomes %G_IO_ERROR_TIMED_OUT. A cancellation from outside stays what it is.
 *
 * ```c
 * static gboolean
 * wait_for_long (gpointer data, GError **error)
 * {
 *   ANYIO_FAIL_AFTER (0.01, error);
 *
 *   return anyio_sleep (3600, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   anyio_run (wait_for_long, NULL, &error);
 *   g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
 *
 *   return 0;
 * }
 * ```
 *
 * It is a declaration: it needs braces around it where the language wants a statement, and one line has room for one of them.
 *
 * AnyIO: fail_after().
 *
 * Since: 0.1
 */
#define ANYIO_FAIL_AFTER(seconds, error) ANYIO_BLOCK_ENTER (anyio_block_fail_after, G_PASTE (anyio_block_, __LINE__), seconds, error)

/**
 * ANYIO_SHIELD_FOR: (skip)
 * @seconds: how long the rest of the block may take
 *
 * Shields the rest of the enclosing block from the cancellation of outer scopes, but not for longer than @seconds: for cleanup that has to wait.
 *
 * AnyIO: move_on_after (seconds, shield=True).
 *
 * Since: 0.1
 */
#define ANYIO_SHIELD_FOR(seconds) ANYIO_BLOCK_ENTER (anyio_block_shield_for, G_PASTE (anyio_block_, __LINE__), seconds)

G_END_DECLS
