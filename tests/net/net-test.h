/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tests of sockets share: pairs, and sending and receiving that must succeed. */

#pragma once

#include "../core/core-test.h"

#include <string.h>

static inline void
create_pair (AnyioByteStream **one,
             AnyioByteStream **other)
{
  g_autoptr (GError) error = NULL;
  gboolean success = anyio_socket_stream_new_pair (one, other, &error);

  g_assert_no_error (error);
  g_assert_true (success);
}

static inline void
assert_sends (AnyioByteStream *stream,
              const char *text)
{
  g_autoptr (GError) error = NULL;
  gboolean success = anyio_byte_stream_send (stream, text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_true (success);
}

/* Receives as many bytes as @text has, in as many pieces as they come. */
static inline void
assert_receives (AnyioByteStream *stream,
                 const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *buffer = g_malloc (strlen (text));

  for (gsize done = 0; done < strlen (text);)
    {
      gssize n = anyio_byte_stream_receive (stream, buffer + done, strlen (text) - done, &error);

      g_assert_no_error (error);
      g_assert_cmpint (n, >, 0);
      done += n;
    }
  g_assert_cmpmem (buffer, strlen (text), text, strlen (text));
}

static inline void
assert_ends (AnyioByteStream *stream)
{
  g_autoptr (GError) error = NULL;
  char byte;
  gssize n = anyio_byte_stream_receive (stream, &byte, 1, &error);

  g_assert_no_error (error);
  g_assert_cmpint (n, ==, 0);
}

#define assert_fails(expression, code)             \
  G_STMT_START                                     \
  {                                                \
    g_autoptr (GError) failure = NULL;             \
    gboolean has_succeeded = (expression);         \
                                                   \
    g_assert_error (failure, G_IO_ERROR, (code));  \
    g_assert_false (has_succeeded);                \
  }                                                \
  G_STMT_END

#define assert_receive_fails(stream, code)                                            \
  G_STMT_START                                                                        \
  {                                                                                   \
    char received_byte;                                                               \
                                                                                      \
    assert_fails (anyio_byte_stream_receive (stream, &received_byte, 1, &failure) >= 0, code); \
  }                                                                                   \
  G_STMT_END

static inline int
get_fd (AnyioByteStream *stream)
{
  return anyio_socket_stream_get_fd (ANYIO_SOCKET_STREAM (stream));
}

/* Receives one byte in a task: "+" and the byte, "$" at the end, "#" closed, "!" cancelled. */
static inline gboolean
receive_one (gpointer data,
             GError **error)
{
  char byte;
  GError *failure = NULL;
  gssize n = anyio_byte_stream_receive (data, &byte, 1, &failure);

  if (n > 0)
    anyio_trace ("+%c", byte);
  else if (n == 0)
    anyio_trace ("$");
  else if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CLOSED))
    anyio_trace ("#");
  else if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    anyio_trace ("!");
  else
    g_assert_no_error (failure);
  g_clear_error (&failure);

  return TRUE;
}
