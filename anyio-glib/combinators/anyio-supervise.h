/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A function that is started again when it ends. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioRestart: (skip)
 * @ANYIO_RESTART_ON_FAILURE: again when it failed
 * @ANYIO_RESTART_ALWAYS: again also when it succeeded
 *
 * When a supervised function is called again.
 *
 * Since: 0.1
 */
typedef enum
{
  ANYIO_RESTART_ON_FAILURE,
  ANYIO_RESTART_ALWAYS
} AnyioRestart;

/**
 * AnyioSupervision: (skip)
 * @func: the function
 * @user_data: its argument
 * @restart: when it is called again
 * @backoff: how long to wait before, and how many failures in a row are too many (@max_attempts)
 * @stable_after: seconds; a call that lasted as long ends the row of failures; 0: only a success ends it
 * @failed: (nullable): told of each failure that is followed by a restart, on the home stack; %NULL: the background error handler is
 *
 * A function under supervision.
 *
 * Since: 0.1
 */
struct _AnyioSupervision
{
  AnyioTaskFunc func;
  gpointer user_data;
  AnyioRestart restart;
  const AnyioBackoff *backoff;
  double stable_after;
  void (*failed) (const GError *error, guint n_failures, gpointer user_data);
};

ANYIO_AVAILABLE_IN_0_1
gboolean anyio_supervise (gpointer supervision, GError **error);

G_END_DECLS
