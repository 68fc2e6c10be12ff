/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Making errors: groups of them, and the two forms of misuse. */

#pragma once

#include "core/anyio-error.h"

/* An ANYIO_ERROR_GROUP of @errors: GError, at least one, taken over with the array. */
GError  *anyio_error_group_new (GPtrArray *errors);

/* Logs a critical message and puts the same text into @error as ANYIO_ERROR_MISUSE. Always returns FALSE. */
gboolean anyio_misuse          (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* As above, with ANYIO_ERROR_NO_TASK: @function suspends and was called where no task runs. */
gboolean anyio_misuse_no_task  (GError **error, const char *function);
