/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcp_echo: a server with N connections, a task for each. Microseconds of CPU a round trip of 64 bytes; tcp-echo.h has the load. */
#include "bench-task.h"
#include "tcp-echo.h"

#include <math.h>

typedef struct
{
  AnyioCancelScope *scope; /* borrowed: where the server runs */
  gsize n_left;
} Echo;

static gboolean
echo (AnyioByteStream *stream, gpointer data, GError **error)
{
  Echo *self = data;
  char buffer[4096];
  gssize n;

  while ((n = anyio_byte_stream_receive (stream, buffer, sizeof buffer, error)) > 0)
    if (!anyio_byte_stream_send (stream, buffer, n, error))
      return FALSE;
  if (--self->n_left == 0)
    anyio_cancel_scope_request_stop (self->scope, INFINITY, NULL);

  return n == 0;
}

static gboolean
serve (gpointer data, GError **error)
{
  EchoLoad *load = data;
  g_autoptr (AnyioSocketListener) listener = anyio_socket_listener_new_from_fd (load->fd, error);
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();
  Echo self = { scope, load->n };

  if (listener == NULL)
    return FALSE;
  anyio_cancel_scope_enter (scope);
  anyio_socket_listener_serve (listener, echo, &self, error);
  echo_end (load);

  return anyio_cancel_scope_exit (scope, error);
}

int
main (int argc, char **argv)
{
  EchoLoad load;

  echo_begin (&load, bench_size (argc, argv, 500));

  return bench_run (serve, &load);
}
