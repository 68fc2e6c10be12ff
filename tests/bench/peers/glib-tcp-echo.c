/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcp_echo: GIO with callbacks, GSocketService and the asynchronous streams of its connections. */
#define BENCH_PEER "glib"
#include "tcp-echo.h"

#include <gio/gio.h>

typedef struct
{
  GSocketConnection *connection; /* owned */
  char buffer[4096];
} Connection;

static GMainLoop *loop;
static gsize n_left;

static void receive (Connection *self);

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    receive (data);
  else
    fprintf (stderr, "%s\n", error->message);
}

static void
received_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Connection *self = data;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (n > 0)
    {
      g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (self->connection)), self->buffer, n, G_PRIORITY_DEFAULT, NULL, sent_cb, self);
      return;
    }
  g_object_unref (self->connection);
  g_free (self);
  if (--n_left == 0)
    g_main_loop_quit (loop);
}

static void
receive (Connection *self)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (self->connection)), self->buffer, sizeof self->buffer, G_PRIORITY_DEFAULT, NULL, received_cb, self);
}

static gboolean
incoming_cb (GSocketService *service, GSocketConnection *connection, GObject *source, gpointer data)
{
  Connection *self = g_new (Connection, 1);

  self->connection = g_object_ref (connection);
  g_socket_set_option (g_socket_connection_get_socket (connection), IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  receive (self);

  return TRUE;
}

int
main (int argc, char **argv)
{
  EchoLoad load;
  g_autoptr (GSocketService) service = g_socket_service_new ();
  g_autoptr (GSocket) listening = NULL;

  echo_begin (&load, bench_size (argc, argv, 500));
  n_left = load.n;
  loop = g_main_loop_new (NULL, FALSE);
  listening = g_socket_new_from_fd (load.fd, NULL);
  echo_check (g_socket_listener_add_socket (G_SOCKET_LISTENER (service), listening, NULL, NULL), "add_socket");
  g_signal_connect (service, "incoming", G_CALLBACK (incoming_cb), NULL);
  g_main_loop_run (loop);
  echo_end (&load);

  return 0;
}
