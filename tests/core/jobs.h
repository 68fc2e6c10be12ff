/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tests of groups and starts have their tasks do: a job sleeps, then succeeds or fails, and leaves words in the trace:
 * "a+" it begins, "a-" it succeeds, "ax" it fails, "a!" it is cancelled, "a~" it has cleaned up after that. */

#pragma once

#include "ordered.h"

#include <math.h>

typedef struct
{
  const char *name;
  double delay;        /* seconds */
  const char *failure; /* message of the G_IO_ERROR_NOT_FOUND with which it fails after the delay; NULL: it succeeds */
  double cleanup;      /* seconds of shielded work once it was cancelled; 0: none */
  const char *broken;  /* message of the G_IO_ERROR_BROKEN_PIPE with which the cleanup fails; NULL: it passes CANCELLED on */
} Job;

G_GNUC_UNUSED static gboolean
fail_with (GError **error, int code, const char *message)
{
  g_set_error_literal (error, G_IO_ERROR, code, message);

  return FALSE;
}

G_GNUC_UNUSED static void
sleep_shielded (double seconds)
{
  ANYIO_SHIELD_FOR (INFINITY);

  g_assert_true (anyio_sleep (seconds, NULL));
}

G_GNUC_UNUSED static gboolean
do_job (gpointer data, GError **error)
{
  const Job *job = data;

  anyio_trace ("%s+", job->name);
  if (!anyio_sleep (job->delay, error))
    {
      anyio_trace ("%s!", job->name);
      if (job->cleanup > 0)
        {
          sleep_shielded (job->cleanup);
          anyio_trace ("%s~", job->name);
        }
      if (job->broken == NULL)
        return FALSE;
      g_clear_error (error);
      return fail_with (error, G_IO_ERROR_BROKEN_PIPE, job->broken);
    }
  if (job->failure != NULL)
    {
      anyio_trace ("%sx", job->name);
      return fail_with (error, G_IO_ERROR_NOT_FOUND, job->failure);
    }
  anyio_trace ("%s-", job->name);

  return TRUE;
}

G_GNUC_UNUSED static void
start_jobs (AnyioTaskGroup *group, Job *jobs, guint n_jobs)
{
  for (guint i = 0; i < n_jobs; i++)
    anyio_task_group_start_soon_named (group, jobs[i].name, do_job, &jobs[i], NULL);
}

G_GNUC_UNUSED static void
expect_critical (const char *pattern)
{
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, pattern);
}

#define assert_time(seconds) g_assert_cmpfloat (anyio_current_time (), ==, (seconds))

/* The error is that one of G_IO_ERROR, with this message; clears it. */
#define assert_and_clear(error, code_, message_) \
  G_STMT_START \
  { \
    g_assert_error (*(error), G_IO_ERROR, (code_)); \
    g_assert_cmpstr ((*(error))->message, ==, (message_)); \
    g_clear_error (error); \
  } \
  G_STMT_END
