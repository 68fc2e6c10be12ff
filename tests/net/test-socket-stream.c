/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Connected sockets as byte streams. */

#include "net-test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY 4000000 /* bytes: more than any socket buffer holds */

static gboolean
test_what_there_is (gpointer data,
                    GError **error)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  char buffer[16];

  g_test_summary ("Header: receive brings what there is, and waits if there is nothing; a piece that has no room is for the next call");

  create_pair (&one, &other);
  assert_sends (one, "hello");
  g_assert_cmpint (anyio_byte_stream_receive (other, buffer, 3, error), ==, 3);
  g_assert_cmpint (anyio_byte_stream_receive (other, buffer + 3, sizeof buffer - 3, error), ==, 2);
  g_assert_cmpmem (buffer, 5, "hello", 5);
  assert_fails (anyio_byte_stream_receive (other, buffer, 0, &failure) >= 0, G_IO_ERROR_INVALID_ARGUMENT);

  anyio_task_group_start_soon (group, receive_one, other, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_assert_trace ("");
  assert_sends (one, "x");
  assert_joins (group);
  anyio_assert_trace ("+x");

  return TRUE;
}

static gboolean
send_many (gpointer data,
           GError **error)
{
  g_autofree guint8 *bytes = g_malloc (MANY);

  for (gsize i = 0; i < MANY; i++)
    bytes[i] = i % 251;
  if (!anyio_byte_stream_send (data, bytes, MANY, error))
    return FALSE;
  anyio_trace ("sent");

  return anyio_byte_stream_close (data, error);
}

static gboolean
test_back_pressure (gpointer data,
                    GError **error)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autofree guint8 *buffer = g_malloc (100000);
  gsize total = 0;
  gssize n;

  g_test_summary ("ANYIO.md 11: send sends everything, and waits as long as nobody takes it; every byte comes, in order, and then the end, again and again");

  create_pair (&one, &other);
  anyio_task_group_start_soon (group, send_many, one, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_assert_trace ("");
  while ((n = anyio_byte_stream_receive (other, buffer, 100000, error)) > 0)
    {
      for (gssize i = 0; i < n; i++)
        g_assert_cmpint (buffer[i], ==, (total + i) % 251);
      total += n;
    }
  g_assert_cmpuint (total, ==, MANY);
  assert_ends (other);
  anyio_assert_trace ("sent");

  return anyio_task_group_join (group, error);
}

static gboolean
test_send_eof (gpointer data,
               GError **error)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;

  g_test_summary ("ANYIO.md 11: after send_eof the peer receives what was sent and the end; the other direction lives; twice is once; sending is CLOSED");

  create_pair (&one, &other);
  assert_sends (one, "last");
  g_assert_true (anyio_byte_stream_send_eof (one, error));
  g_assert_true (anyio_byte_stream_send_eof (one, error));
  assert_receives (other, "last");
  assert_ends (other);
  assert_sends (other, "answer");
  assert_receives (one, "answer");
  assert_fails (anyio_byte_stream_send (one, "x", 1, &failure), G_IO_ERROR_CLOSED);
  g_assert_true (anyio_byte_stream_close (one, error));
  assert_fails (anyio_byte_stream_send_eof (one, &failure), G_IO_ERROR_CLOSED);

  return TRUE;
}

static gboolean
send_until_closed (gpointer data,
                   GError **error)
{
  g_autofree guint8 *bytes = g_malloc0 (MANY);

  assert_fails (anyio_byte_stream_send (data, bytes, MANY, &failure), G_IO_ERROR_CLOSED);
  anyio_trace ("closed");

  return TRUE;
}

static gboolean
test_own_close (gpointer data,
                GError **error)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  int fd;

  g_test_summary ("SEMANTICS 8.3, 8.4: closing wakes the reader and the writer with CLOSED and releases the descriptor; twice is once; each function says CLOSED");

  create_pair (&one, &other);
  fd = get_fd (one);
  anyio_task_group_start_soon (group, receive_one, one, NULL);
  anyio_task_group_start_soon (group, send_until_closed, one, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  g_assert_false (anyio_socket_stream_is_closed (ANYIO_SOCKET_STREAM (one)));
  g_assert_true (anyio_byte_stream_close (one, error));
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, -1);
  g_assert_true (anyio_socket_stream_is_closed (ANYIO_SOCKET_STREAM (one)));
  assert_receive_fails (one, G_IO_ERROR_CLOSED); /* not PENDING, although the others have not run yet */
  assert_fails (anyio_byte_stream_send (one, "x", 1, &failure), G_IO_ERROR_CLOSED);
  assert_joins (group);
  g_assert_nonnull (strchr (anyio_trace_get (), '#'));
  g_assert_nonnull (strstr (anyio_trace_get (), "closed"));
  g_assert_true (anyio_byte_stream_close (one, error));
  g_assert_cmpint (get_fd (one), ==, -1);
  assert_fails (anyio_socket_stream_receive_nowait (ANYIO_SOCKET_STREAM (one), 1, &failure) != NULL, G_IO_ERROR_CLOSED);

  return TRUE;
}

static gboolean
test_broken (gpointer data,
             GError **error)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;

  g_test_summary ("SEMANTICS 8.4: a peer that resets the connection is BROKEN_PIPE, each time and not once; after one's own close it is CLOSED");

  create_pair (&one, &other);
  assert_sends (one, "unread");
  anyio_socket_stream_close_now (ANYIO_SOCKET_STREAM (other));
  assert_receive_fails (one, G_IO_ERROR_BROKEN_PIPE);
  assert_receive_fails (one, G_IO_ERROR_BROKEN_PIPE);
  assert_fails (anyio_socket_stream_receive_nowait (ANYIO_SOCKET_STREAM (one), 1, &failure) != NULL, G_IO_ERROR_BROKEN_PIPE);
  assert_fails (anyio_byte_stream_send (one, "x", 1, &failure), G_IO_ERROR_BROKEN_PIPE);
  g_assert_true (anyio_byte_stream_send_eof (one, error)); /* there is nobody to be told */
  anyio_socket_stream_close_now (ANYIO_SOCKET_STREAM (one));
  assert_receive_fails (one, G_IO_ERROR_CLOSED);

  return TRUE;
}

static gboolean
test_peer_gone (gpointer data,
                GError **error)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;

  g_test_summary ("SEMANTICS 8.4: sending to a peer that has closed is BROKEN_PIPE; what it had sent before is received, and then the end");

  create_pair (&one, &other);
  assert_sends (other, "will");
  anyio_socket_stream_close_now (ANYIO_SOCKET_STREAM (other));
  assert_fails (anyio_byte_stream_send (one, "x", 1, &failure), G_IO_ERROR_BROKEN_PIPE);
  assert_receives (one, "will");
  assert_ends (one);

  return TRUE;
}

static gboolean
send_and_say (gpointer data,
              GError **error)
{
  g_autofree guint8 *bytes = g_malloc0 (MANY);

  if (!anyio_byte_stream_send (data, bytes, MANY, error))
    return FALSE;
  anyio_trace ("sent");

  return TRUE;
}

static gboolean
test_pending (gpointer data,
              GError **error)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autofree char *buffer = g_malloc (MANY);
  gsize total = 0;

  g_test_summary ("SEMANTICS 8.4: one reader and one writer at once; a second of a kind gets PENDING, and the first is not disturbed");

  create_pair (&one, &other);
  anyio_task_group_start_soon (group, receive_one, one, NULL);
  anyio_task_group_start_soon (group, send_and_say, one, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  assert_receive_fails (one, G_IO_ERROR_PENDING);
  assert_fails (anyio_socket_stream_receive_nowait (ANYIO_SOCKET_STREAM (one), 1, &failure) != NULL, G_IO_ERROR_PENDING);
  assert_fails (anyio_byte_stream_send (one, "x", 1, &failure), G_IO_ERROR_PENDING);
  assert_fails (anyio_byte_stream_send_eof (one, &failure), G_IO_ERROR_PENDING);
  anyio_assert_trace ("");
  assert_sends (other, "y");
  while (total < MANY)
    {
      gssize n = anyio_byte_stream_receive (other, buffer, MANY, error);

      g_assert_cmpint (n, >, 0);
      total += n;
    }
  assert_joins (group);
  g_assert_cmpuint (total, ==, MANY);
  anyio_assert_trace ("+y sent");

  return TRUE;
}

static gboolean
test_cancelled (gpointer data,
                GError **error)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioCancelScope) scope = NULL;

  g_test_summary ("SEMANTICS 1.5, 1.6, 8.3: a cancelled receive takes no byte, also if one comes in the same turn; in a cancelled scope closing closes");

  create_pair (&one, &other);
  task = anyio_task_group_create_task (group, receive_one, one, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_task_cancel (task, NULL);
  assert_sends (other, "abc");
  assert_joins (group);
  anyio_assert_trace ("!");
  assert_receives (one, "a");

  scope = open_scope ();
  anyio_cancel_scope_cancel (scope, NULL);
  assert_receive_fails (one, G_IO_ERROR_CANCELLED);
  assert_fails (anyio_byte_stream_send (one, "x", 1, &failure), G_IO_ERROR_CANCELLED);
  assert_fails (anyio_byte_stream_send_eof (one, &failure), G_IO_ERROR_CANCELLED);
  g_assert_cmpint (get_fd (one), >=, 0);
  g_assert_true (anyio_byte_stream_close (other, error));
  g_assert_cmpint (get_fd (other), ==, -1);
  assert_exits (scope);
  assert_receives (one, "bc");
  assert_ends (one);

  return TRUE;
}

static gboolean
test_dropped (gpointer data,
              GError **error)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;
  int fd;

  g_test_summary ("Header: the last reference closes");

  create_pair (&one, &other);
  fd = get_fd (other);
  g_clear_object (&other);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, -1);
  assert_ends (one);

  return TRUE;
}

static gboolean
test_nowait (gpointer data,
             GError **error)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;
  g_autoptr (GBytes) first = NULL, rest = NULL, end = NULL;
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("Header: receive_nowait brings what there is, WOULD_BLOCK, or no bytes at the end; it is no cancel point");

  anyio_cancel_scope_cancel (scope, NULL);
  create_pair (&one, &other);
  assert_fails (anyio_socket_stream_receive_nowait (ANYIO_SOCKET_STREAM (one), 10, &failure) != NULL, G_IO_ERROR_WOULD_BLOCK);
  g_assert_cmpint (write (get_fd (other), "abc", 3), ==, 3);
  first = anyio_socket_stream_receive_nowait (ANYIO_SOCKET_STREAM (one), 2, error);
  g_assert_cmpmem (g_bytes_get_data (first, NULL), g_bytes_get_size (first), "ab", 2);
  rest = anyio_socket_stream_receive_nowait (ANYIO_SOCKET_STREAM (one), 10, error);
  g_assert_cmpmem (g_bytes_get_data (rest, NULL), g_bytes_get_size (rest), "c", 1);
  anyio_socket_stream_close_now (ANYIO_SOCKET_STREAM (other));
  end = anyio_socket_stream_receive_nowait (ANYIO_SOCKET_STREAM (one), 10, error);
  g_assert_cmpuint (g_bytes_get_size (end), ==, 0);
  assert_exits (scope);

  return TRUE;
}

static gboolean
test_existing (gpointer data,
               GError **error)
{
  g_autoptr (AnyioByteStream) stream = NULL, wrapped = NULL;
  g_autoptr (GSocket) socket_object = NULL;
  int fds[2], datagrams[2], unconnected, file;

  g_test_summary ("ANYIO.md 14: from_socket takes a connected stream socket over and nothing else; what it refuses stays the caller's");

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_DGRAM, 0, datagrams), ==, 0);
  unconnected = socket (AF_INET, SOCK_STREAM, 0);
  file = open ("/dev/null", O_RDONLY);
  assert_fails (anyio_socket_stream_new_from_fd (file, &failure) != NULL, G_IO_ERROR_INVALID_ARGUMENT);
  assert_fails (anyio_socket_stream_new_from_fd (datagrams[0], &failure) != NULL, G_IO_ERROR_INVALID_ARGUMENT);
  assert_fails (anyio_socket_stream_new_from_fd (unconnected, &failure) != NULL, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_cmpint (close (file) + close (datagrams[0]) + close (datagrams[1]) + close (unconnected), ==, 0);

  stream = anyio_socket_stream_new_from_fd (fds[0], error);
  g_assert_cmpint (get_fd (stream), ==, fds[0]);
  g_assert_cmpint (fcntl (fds[0], F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (fcntl (fds[0], F_GETFD) & FD_CLOEXEC, !=, 0);
  socket_object = g_socket_new_from_fd (fds[1], error);
  wrapped = anyio_socket_stream_new_from_socket (socket_object, error);
  assert_sends (stream, "hi");
  assert_receives (wrapped, "hi");
  g_assert_true (anyio_byte_stream_close (wrapped, error));
  g_assert_true (g_socket_is_closed (socket_object));
  assert_ends (stream);

  return TRUE;
}

static gboolean
test_addresses (gpointer data,
                GError **error)
{
  g_autoptr (AnyioSocketListener) listener = anyio_create_tcp_listener ("127.0.0.1", 0, ANYIO_LISTEN_NONE, error);
  guint16 port = anyio_socket_listener_get_local_port (listener);
  g_autoptr (AnyioByteStream) client = anyio_connect_tcp ("127.0.0.1", port, error);
  g_autoptr (AnyioByteStream) server = anyio_socket_listener_accept (listener, error);
  GSocketAddress *address;

  g_test_summary ("ANYIO.md 14: addresses of both sides, as properties, too; once asked for they stay known when the connection has ended");

  address = anyio_socket_stream_get_remote_address (ANYIO_SOCKET_STREAM (client));
  g_assert_cmpint (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)), ==, port);
  address = anyio_socket_stream_get_local_address (ANYIO_SOCKET_STREAM (server));
  g_assert_cmpint (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)), ==, port);
  g_object_get (server, "remote-address", &address, NULL);
  anyio_socket_stream_close_now (ANYIO_SOCKET_STREAM (client));
  anyio_socket_stream_close_now (ANYIO_SOCKET_STREAM (server));
  g_assert_true (anyio_socket_stream_get_remote_address (ANYIO_SOCKET_STREAM (server)) == address);
  g_assert_null (anyio_socket_stream_get_local_address (ANYIO_SOCKET_STREAM (client)));
  g_object_unref (address);

  return TRUE;
}

/* --- cancelled everywhere ------------------------------------------------------------------------------------------------------------------------ */

typedef struct
{
  AnyioByteStream *stream; /* borrowed */
  guint n_received;
} Reader;

static gboolean
read_all (gpointer data,
          GError **error)
{
  Reader *self = data;
  gssize n = 0;
  char byte;

  while ((n = anyio_byte_stream_receive (self->stream, &byte, 1, error)) > 0)
    {
      g_assert_cmpint (byte, ==, 'a' + self->n_received); /* the next one, although an attempt before was cancelled */
      self->n_received++;
    }

  return n == 0;
}

static gboolean
talk (gpointer data,
      GError **error)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  Reader reader = { NULL, 0 };

  create_pair (&one, &other);
  reader.stream = other;
  anyio_task_group_start_soon (group, read_all, &reader, NULL);
  for (const char *text = "abc"; *text != '\0'; text++)
    if (!anyio_byte_send_stream_send (ANYIO_BYTE_SEND_STREAM (one), text, 1, error) || !anyio_sleep (1, error))
      return FALSE;
  if (!anyio_byte_stream_send (other, "answer", 6, error))
    return FALSE;
  bytes = anyio_byte_receive_stream_receive_bytes (ANYIO_BYTE_RECEIVE_STREAM (one), 100, error);
  if (bytes == NULL)
    return FALSE;
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 6);
  if (!anyio_byte_stream_send_eof (one, error) || !anyio_task_group_join (group, error))
    return FALSE;
  g_assert_cmpuint (reader.n_received, ==, 3);

  return anyio_byte_stream_close (one, error) && anyio_async_resource_close (ANYIO_ASYNC_RESOURCE (one), error) &&
         anyio_async_resource_close_forcefully (ANYIO_ASYNC_RESOURCE (other), error);
}

static void
test_everywhere (void)
{
  g_test_summary ("SEMANTICS 1.5, 8.3: cancelled at each suspension point, and nothing is lost, left open, or hangs");

  g_assert_cmpuint (anyio_test_cancel_everywhere (talk, NULL, NULL), >=, 6);
}

typedef struct
{
  AnyioByteStream *one;
  AnyioByteStream *other;
  guint n_received;
} Lossless;

static gboolean
receive_three (gpointer data,
               GError **error)
{
  Lossless *self = data;
  char byte;

  while (self->n_received < 3)
    {
      gssize n = anyio_byte_receive_stream_receive (ANYIO_BYTE_RECEIVE_STREAM (self->other), &byte, 1, error);

      if (n < 0)
        return FALSE;
      g_assert_cmpint (byte, ==, 'a' + self->n_received);
      self->n_received++;
    }

  return TRUE;
}

static gboolean
receive_twice (gpointer data,
               GError **error)
{
  Lossless lossless = { NULL, NULL, 0 };
  gboolean success;

  create_pair (&lossless.one, &lossless.other);
  g_assert_cmpint (write (get_fd (lossless.one), "abc", 3), ==, 3);
  success = receive_three (&lossless, error);
  if (!success)
    {
      g_autoptr (GBytes) rest = anyio_socket_stream_receive_nowait (ANYIO_SOCKET_STREAM (lossless.other), 10, NULL);

      g_assert_cmpuint (lossless.n_received + g_bytes_get_size (rest), ==, 3);
    }
  g_object_unref (lossless.one);
  g_object_unref (lossless.other);

  return success;
}

static void
test_no_byte_lost (void)
{
  g_test_summary ("SEMANTICS 8.4, 1.5: wherever receiving is cancelled, what was not received is there");

  g_assert_cmpuint (anyio_test_cancel_everywhere (receive_twice, NULL, NULL), >=, 3);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  anyio_test_add_func ("/socket-stream/receive/what-there-is", test_what_there_is);
  anyio_test_add_func ("/socket-stream/send/back-pressure", test_back_pressure);
  anyio_test_add_func ("/socket-stream/send-eof/half-close", test_send_eof);
  anyio_test_add_func ("/socket-stream/close/wakes", test_own_close);
  anyio_test_add_func ("/socket-stream/close/dropped", test_dropped);
  anyio_test_add_func ("/socket-stream/peer/resets", test_broken);
  anyio_test_add_func ("/socket-stream/peer/gone", test_peer_gone);
  anyio_test_add_func ("/socket-stream/two-tasks/pending", test_pending);
  anyio_test_add_func ("/socket-stream/cancel/loses-nothing", test_cancelled);
  anyio_test_add_func ("/socket-stream/nowait/three-outcomes", test_nowait);
  anyio_test_add_func ("/socket-stream/existing/taken-over", test_existing);
  anyio_test_add_func ("/socket-stream/addresses/stay-known", test_addresses);
  g_test_add_func ("/socket-stream/cancel/everywhere", test_everywhere);
  g_test_add_func ("/socket-stream/cancel/no-byte-lost", test_no_byte_lost);

  return g_test_run ();
}
