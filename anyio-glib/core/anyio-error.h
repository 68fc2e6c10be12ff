/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioError:
 * @ANYIO_ERROR_GROUP: two or more failures of one task group; see anyio_error_group_get_errors()
 * @ANYIO_ERROR_NO_TASK: a function that suspends was called outside a task
 * @ANYIO_ERROR_NOT_STARTED: the child ended without calling anyio_task_started()
 * @ANYIO_ERROR_ABANDONED: the handle of a callback task was dropped before the task had returned
 * @ANYIO_ERROR_EMPTY: there was nothing to wait for
 * @ANYIO_ERROR_END_OF_STREAM: every sender is closed and the stream is drained
 * @ANYIO_ERROR_BROKEN: the owner of what was waited for has ended
 * @ANYIO_ERROR_DEADLOCK: nothing can run and nothing is outstanding
 * @ANYIO_ERROR_MISUSE: a function was called out of order, from the wrong task, or twice; a critical message tells more
 * @ANYIO_ERROR_LAGGED: items of a broadcast were lost, because their receiver was too slow
 *
 * What GIO has no code for. Everything else is in GIO's own domain: cancelled is %G_IO_ERROR_CANCELLED, a deadline that passed
 * %G_IO_ERROR_TIMED_OUT, a busy resource %G_IO_ERROR_PENDING, one's own closed end %G_IO_ERROR_CLOSED.
 *
 * Since: 0.1
 */
typedef enum
{
  ANYIO_ERROR_GROUP,
  ANYIO_ERROR_NO_TASK,
  ANYIO_ERROR_NOT_STARTED,
  ANYIO_ERROR_ABANDONED,
  ANYIO_ERROR_EMPTY,
  ANYIO_ERROR_END_OF_STREAM,
  ANYIO_ERROR_BROKEN,
  ANYIO_ERROR_DEADLOCK,
  ANYIO_ERROR_MISUSE,
  ANYIO_ERROR_LAGGED
} AnyioError;

#define ANYIO_ERROR (anyio_error_quark ())

ANYIO_AVAILABLE_IN_0_1
GQuark     anyio_error_quark            (void);
ANYIO_AVAILABLE_IN_0_1
gboolean   anyio_error_is_cancelled     (const GError *error);
ANYIO_AVAILABLE_IN_0_1
gboolean   anyio_error_matches          (const GError *error,
                                         GQuark        domain,
                                         int           code);
ANYIO_AVAILABLE_IN_0_1
GPtrArray *anyio_error_group_get_errors (const GError *error);

G_END_DECLS
