/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A server that sends back what it receives, and a client in the same program. Each connection has a task of its own. When the client has heard its three answers it asks the
 * server to stop: it accepts no more, and ends when the connections have ended.
 */

#include <anyio.h>

static gboolean
echo (AnyioByteStream *stream, gpointer data, GError **error)
{
  char buffer[4096];
  gssize n;

  while ((n = anyio_byte_stream_receive (stream, buffer, sizeof buffer, error)) > 0)
    if (!anyio_byte_stream_send (stream, buffer, n, error))
      return FALSE;

  return n == 0;
}

static gboolean
serve (gpointer data, GError **error)
{
  return anyio_socket_listener_serve (data, echo, NULL, error);
}

static gboolean
say (AnyioByteStream *stream, const char *text, GError **error)
{
  char buffer[16];
  gssize n;

  if (!anyio_byte_stream_send (stream, text, strlen (text), error))
    return FALSE;
  n = anyio_byte_stream_receive (stream, buffer, sizeof buffer, error);
  if (n < 0)
    return FALSE;
  g_print ("The server says %.*s\n", (int) n, buffer);

  return TRUE;
}

static gboolean
talk (guint16 port, GError **error)
{
  g_autoptr (AnyioByteStream) stream = anyio_connect_tcp ("127.0.0.1", port, error);

  return stream != NULL && say (stream, "one", error) && say (stream, "two", error) && say (stream, "three", error);
}

static gboolean
run_all (gpointer data, GError **error)
{
  g_autoptr (AnyioSocketListener) listener = anyio_create_tcp_listener ("127.0.0.1", 0, ANYIO_LISTEN_NONE, error);
  g_autoptr (AnyioTaskGroup) group = listener != NULL ? anyio_task_group_open (error) : NULL;

  if (group == NULL)
    return FALSE;
  anyio_task_group_start_soon (group, serve, listener, NULL);
  if (!talk (anyio_socket_listener_get_local_port (listener), error))
    return FALSE;
  anyio_cancel_scope_request_stop (anyio_task_group_get_cancel_scope (group), 1, "the client has gone");

  if (!anyio_task_group_join (group, error))
    return FALSE;
  g_print ("The server has stopped\n");

  return TRUE;
}

int
main (void)
{
  g_autoptr (GError) error = NULL;

  if (!anyio_run (run_all, NULL, &error))
    g_printerr ("%s\n", error->message);

  return error != NULL;
}
