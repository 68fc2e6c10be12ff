/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tests of processes share. */

#pragma once

#include <anyio-testing.h>

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define ALL_PIPES (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE)

/* A child that runs a line of the shell. */
static inline AnyioProcess *
open_shell (const char *line,
            GSubprocessFlags flags,
            GError **error)
{
  return anyio_open_process ((const char *[]){ "/bin/sh", "-c", line, NULL }, flags, error);
}

/* No such process is left: neither alive nor as a zombie. */
static inline void
assert_reaped (int pid)
{
  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (waitpid (pid, NULL, WNOHANG), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
  g_assert_cmpint (kill (pid, 0), ==, -1);
  g_assert_cmpint (errno, ==, ESRCH);
}

/* Receives until there is as much as in @expected. */
static inline gboolean
expect (AnyioByteReceiveStream *stream,
        const char *expected,
        GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  while (text->len < strlen (expected))
    {
      char buffer[256];
      gssize n = anyio_byte_receive_stream_receive (stream, buffer, MIN (sizeof buffer, strlen (expected) - text->len), error);

      if (n < 0)
        return FALSE;
      g_assert_cmpint (n, >, 0);
      g_string_append_len (text, buffer, n);
    }
  g_assert_cmpstr (text->str, ==, expected);

  return TRUE;
}

static inline gboolean
send_text (AnyioProcess *process,
           const char *text,
           GError **error)
{
  return anyio_byte_send_stream_send (anyio_process_get_stdin (process), text, strlen (text), error);
}

static inline void
assert_bytes (GBytes *bytes,
              const char *expected)
{
  g_assert_nonnull (bytes);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected, strlen (expected));
}
