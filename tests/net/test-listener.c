/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Listeners: making, accepting, serving. */

#include "mock-resolver.h"
#include "net-test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static AnyioSocketListener *
listen_here (void)
{
  g_autoptr (GError) error = NULL;
  AnyioSocketListener *listener = anyio_create_tcp_listener ("127.0.0.1", 0, ANYIO_LISTEN_NONE, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (anyio_socket_listener_get_local_port (listener), !=, 0);

  return listener;
}

static AnyioByteStream *
connect_to (AnyioSocketListener *listener)
{
  g_autoptr (GError) error = NULL;
  AnyioByteStream *stream = anyio_connect_address (anyio_socket_listener_get_local_address (listener), &error);

  g_assert_no_error (error);

  return stream;
}

/* Accepts one connection in a task: "+", "#" closed, "!" cancelled. */
static gboolean
accept_one (gpointer data,
            GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioByteStream) stream = anyio_socket_listener_accept (data, &failure);

  if (stream != NULL)
    anyio_trace ("+");
  else if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CLOSED))
    anyio_trace ("#");
  else if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    anyio_trace ("!");
  else
    g_assert_no_error (failure);

  return TRUE;
}

/* --- accepting ----------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
test_accept (gpointer data,
             GError **error)
{
  g_autoptr (AnyioSocketListener) listener = listen_here ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioByteStream) client = NULL;
  g_autoptr (AnyioTask) task = NULL;

  g_test_summary ("SEMANTICS 1.6, 8.3, 8.4: accept waits; a second task gets PENDING; a cancelled one takes nobody; closing wakes with CLOSED, twice is once");

  task = anyio_task_group_create_task (group, accept_one, listener, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  assert_fails (anyio_socket_listener_accept (listener, &failure) != NULL, G_IO_ERROR_PENDING);
  anyio_task_cancel (task, NULL);
  client = connect_to (listener);
  g_assert_true (anyio_task_wait (task, error));
  g_assert_true (accept_one (listener, error));
  anyio_task_group_start_soon (group, accept_one, listener, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_assert_trace ("! +");
  g_assert_true (anyio_async_resource_close (ANYIO_ASYNC_RESOURCE (listener), error));
  assert_fails (anyio_socket_listener_accept (listener, &failure) != NULL, G_IO_ERROR_CLOSED);
  assert_joins (group);
  anyio_assert_trace ("! + #");
  g_assert_true (anyio_socket_listener_is_closed (listener));
  g_assert_true (anyio_async_resource_close (ANYIO_ASYNC_RESOURCE (listener), error));
  g_assert_cmpuint (anyio_socket_listener_get_local_port (listener), !=, 0);

  return TRUE;
}

static gboolean
test_many (gpointer data,
           GError **error)
{
  g_autoptr (AnyioSocketListener) listener = listen_here ();
  g_autoptr (GPtrArray) streams = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("PEERS.md, TCP echo: who waits in the queue is accepted without a turn of the loop");

  for (guint i = 0; i < 200; i++)
    g_ptr_array_add (streams, connect_to (listener));
  anyio_task_group_start_soon (group, accept_one, listener, NULL); /* runs as soon as this task waits, and finds nobody */
  for (guint i = 0; i < 200; i++)
    {
      AnyioByteStream *stream = anyio_socket_listener_accept (listener, error);

      g_assert_nonnull (stream);
      g_ptr_array_add (streams, stream);
    }
  anyio_assert_trace ("");
  anyio_cancel_scope_cancel (anyio_task_group_get_cancel_scope (group), NULL);
  assert_joins (group);
  anyio_assert_trace ("!");

  return TRUE;
}

static gboolean
test_several_addresses (gpointer data,
                        GError **error)
{
  static const char *const addresses[] = { "127.0.0.1", "127.0.0.2", NULL };
  g_autoptr (AnyioSocketListener) listener = NULL;
  guint16 port;

  g_test_summary ("ANYIO.md 14: a listener at all addresses of a host, all at the same port; each of them is served");

  mock_resolver_set (addresses);
  listener = anyio_create_tcp_listener (MOCK_HOST, 0, ANYIO_LISTEN_NONE, error);
  port = anyio_socket_listener_get_local_port (listener);
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < 2; i++)
      {
        g_autoptr (AnyioByteStream) client = anyio_connect_tcp (addresses[i], port, error);
        g_autoptr (AnyioByteStream) server = anyio_socket_listener_accept (listener, error);
        GSocketAddress *address = anyio_socket_stream_get_local_address (ANYIO_SOCKET_STREAM (server));
        g_autofree char *text = g_inet_address_to_string (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));

        g_assert_nonnull (client);
        g_assert_cmpstr (text, ==, addresses[i]);
      }

  return TRUE;
}

static gboolean
has_ipv6 (void)
{
  struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
  int fd = socket (AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean success = fd >= 0 && bind (fd, (struct sockaddr *) &address, sizeof address) == 0;

  if (fd >= 0)
    close (fd);

  return success;
}

static gboolean
test_missing_ipv6 (gpointer data,
                   GError **error)
{
  static const char *const both[] = { "2001:db8::1", "127.0.0.1", NULL };
  static const char *const only[] = { "2001:db8::1", NULL };
  g_autoptr (AnyioSocketListener) listener = NULL;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("Header: an IPv6 address that this machine has not is passed over if there is another one, and is an error if not; so is an IPv4 address");

  mock_resolver_set (both);
  listener = anyio_create_tcp_listener (MOCK_HOST, 0, ANYIO_LISTEN_NONE, error);
  g_assert_nonnull (listener);
  mock_resolver_set (only);
  g_assert_null (anyio_create_tcp_listener (MOCK_HOST, 0, ANYIO_LISTEN_NONE, &failure));
  g_assert_nonnull (strstr (failure->message, "2001:db8::1"));
  g_clear_error (&failure);
  g_assert_null (anyio_create_tcp_listener ("192.0.2.1", 0, ANYIO_LISTEN_NONE, &failure));
  g_assert_nonnull (strstr (failure->message, "192.0.2.1"));
  g_clear_error (&failure);
  g_assert_null (anyio_create_tcp_listener ("nobody.example", 0, ANYIO_LISTEN_NONE, &failure));
  g_assert_error (failure, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND);

  return TRUE;
}

static gboolean
test_everywhere_at (gpointer data,
                    GError **error)
{
  g_autoptr (AnyioSocketListener) listener = anyio_create_tcp_listener (NULL, 0, ANYIO_LISTEN_NONE, error);
  guint16 port = anyio_socket_listener_get_local_port (listener);
  g_autoptr (AnyioByteStream) client = anyio_connect_tcp ("127.0.0.9", port, error);
  g_autoptr (AnyioByteStream) server = anyio_socket_listener_accept (listener, error);

  g_test_summary ("ANYIO.md 14: without a host it listens at every address, with one socket for IPv4 and IPv6");

  g_assert_nonnull (client);
  g_assert_nonnull (server);
  if (!has_ipv6 ())
    {
      g_test_message ("The part with ::1 is left out: this machine has no IPv6");
      return TRUE;
    }
  g_clear_object (&client);
  client = anyio_connect_tcp ("::1", port, error);
  g_clear_object (&server);
  server = anyio_socket_listener_accept (listener, error);
  g_assert_nonnull (client);
  g_assert_nonnull (server);

  return TRUE;
}

static gboolean
test_in_use (gpointer data,
             GError **error)
{
  g_autoptr (AnyioSocketListener) listener = listen_here ();
  g_autoptr (AnyioSocketListener) shared = anyio_create_tcp_listener ("127.0.0.1", 0, ANYIO_LISTEN_REUSE_PORT, error);
  g_autoptr (AnyioSocketListener) sharing = NULL;
  guint16 port = anyio_socket_listener_get_local_port (listener);

  g_test_summary ("Header, ANYIO.md 14: a port that is taken is ADDRESS_IN_USE; with REUSE_PORT two listen at it; after closing it is free at once");

  assert_fails (anyio_create_tcp_listener ("127.0.0.1", port, ANYIO_LISTEN_NONE, &failure) != NULL, G_IO_ERROR_ADDRESS_IN_USE);
  assert_fails (anyio_create_tcp_listener ("127.0.0.1", port, ANYIO_LISTEN_REUSE_PORT, &failure) != NULL, G_IO_ERROR_ADDRESS_IN_USE);
  sharing = anyio_create_tcp_listener ("127.0.0.1", anyio_socket_listener_get_local_port (shared), ANYIO_LISTEN_REUSE_PORT, error);
  g_assert_nonnull (sharing);
  anyio_socket_listener_close_now (listener);
  g_clear_object (&listener);
  listener = anyio_create_tcp_listener ("127.0.0.1", port, ANYIO_LISTEN_NONE, error);
  g_assert_nonnull (listener);

  return TRUE;
}

static gboolean
test_existing (gpointer data,
               GError **error)
{
  g_autoptr (AnyioSocketListener) listener = NULL;
  g_autoptr (AnyioByteStream) client = NULL, server = NULL;
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  g_test_summary ("ANYIO.md 14: a socket that listens already is taken over; one that does not stays the caller's");

  assert_fails (anyio_socket_listener_new_from_fd (fd, &failure) != NULL, G_IO_ERROR_INVALID_ARGUMENT);
  assert_fails (anyio_socket_listener_new_from_fd (-1, &failure) != NULL, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 5), ==, 0);
  listener = anyio_socket_listener_new_from_fd (fd, error);
  client = connect_to (listener);
  server = anyio_socket_listener_accept (listener, error);
  assert_sends (server, "hi");
  assert_receives (client, "hi");

  return TRUE;
}

static gboolean
test_unix (gpointer data,
           GError **error)
{
  g_autofree char *folder = g_dir_make_tmp (NULL, error);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *file = g_build_filename (folder, "file", NULL);
  g_autofree char *long_path = g_strnfill (200, 'x');
  g_autoptr (AnyioSocketListener) first = anyio_socket_listener_new_unix (path, 0600, error);
  g_autoptr (AnyioSocketListener) second = NULL;
  g_autoptr (AnyioByteStream) client = NULL, server = NULL;
  GStatBuf info;

  g_test_summary ("ANYIO.md 14, 27.14: a UNIX listener replaces an old socket but no other file, and on closing removes its own file and nobody else's");

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (anyio_socket_listener_get_local_port (first), ==, 0);
  second = anyio_socket_listener_new_unix (path, -1, error);
  anyio_socket_listener_close_now (first);
  client = anyio_connect_unix (path, error);
  server = anyio_socket_listener_accept (second, error);
  assert_sends (client, "hi");
  assert_receives (server, "hi");
  g_clear_object (&second);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  g_assert_true (g_file_set_contents (file, "precious", -1, error));
  assert_fails (anyio_socket_listener_new_unix (file, -1, &failure) != NULL, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_true (g_file_test (file, G_FILE_TEST_IS_REGULAR));
  assert_fails (anyio_socket_listener_new_unix (long_path, -1, &failure) != NULL, G_IO_ERROR_FILENAME_TOO_LONG);
  assert_fails (anyio_socket_listener_new_unix ("/nowhere/at/all", -1, &failure) != NULL, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);

  return TRUE;
}

/* --- too many open files ------------------------------------------------------------------------------------------------------------------------- */

static guint n_polls;

static gint
count_polls (GPollFD *fds,
             guint n_fds,
             gint timeout_ms)
{
  n_polls++;

  return g_poll (fds, n_fds, timeout_ms);
}

/* No descriptor can be opened until the old limit is set again. */
static struct rlimit
forbid_descriptors (void)
{
  struct rlimit old, new;
  int lowest_free = dup (0);

  g_assert_cmpint (lowest_free, >=, 0);
  close (lowest_free);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &old), ==, 0);
  new = (struct rlimit){ lowest_free, old.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &new), ==, 0);

  return old;
}

static gboolean
test_shortage (gpointer data,
               GError **error)
{
  g_autoptr (AnyioSocketListener) listener = listen_here ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) }, .sin_port = htons (anyio_socket_listener_get_local_port (listener)) };
  struct rlimit limit;
  int client = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_test_summary ("SEMANTICS 8.6: without a free descriptor it waits, one warning, ten attempts a second, and recovers; nobody in the queue is no shortage");

  if (g_getenv ("ANYIO_UNDER_VALGRIND") != NULL)
    {
      g_test_skip ("Valgrind keeps the limit to itself");
      close (client);
      return TRUE;
    }

  limit = forbid_descriptors ();
  anyio_task_group_start_soon (group, accept_one, listener, NULL);
  assert_sleeps (1); /* nobody is there: no warning */
  g_assert_cmpint (connect (client, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_WARNING, "A connection has to wait: *");
  assert_sleeps (1);
  g_test_assert_expected_messages ();
  n_polls = 0;
  g_main_context_set_poll_func (g_main_context_get_thread_default (), count_polls);
  assert_sleeps (10);
  g_main_context_set_poll_func (g_main_context_get_thread_default (), NULL);
  g_assert_cmpuint (n_polls, >=, 10);
  g_assert_cmpuint (n_polls, <=, 1000); /* ten for each attempt: far from a loop that spins */
  anyio_assert_trace ("");
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  assert_joins (group);
  anyio_assert_trace ("+");
  g_assert_cmpint (close (client), ==, 0);

  return TRUE;
}

/* --- serving ------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  AnyioSocketListener *listener; /* borrowed */
  AnyioConnectionFunc handler_func;
} Server;

static gboolean
serve (gpointer data,
       GError **error)
{
  Server *self = data;
  gboolean success = anyio_socket_listener_serve (self->listener, self->handler_func, NULL, error);

  anyio_trace (success ? "stopped" : "ended");

  return success;
}

/* Sends everything back; "f" fails, "c" fails with a cancellation that nobody asked for. */
static gboolean
echo (AnyioByteStream *stream,
      gpointer data,
      GError **error)
{
  char byte;
  gssize n;

  while ((n = anyio_byte_stream_receive (stream, &byte, 1, error)) > 0)
    {
      if (byte == 'f')
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "out of order");
      if (byte == 'c')
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "somebody else's");
      if (byte == 'f' || byte == 'c' || byte == 'n' || !anyio_byte_stream_send (stream, &byte, 1, error))
        return FALSE;
    }
  anyio_trace (n == 0 ? "bye" : "broken-off");

  return n == 0;
}

static void
connection_failed_cb (AnyioSocketListener *listener,
                      AnyioByteStream *stream,
                      const GError *failure,
                      gpointer data)
{
  g_assert_true (anyio_socket_stream_is_closed (ANYIO_SOCKET_STREAM (stream)));
  anyio_trace ("[%s]", failure->message);
}

static void
background_failed (const char *task_name,
                   const GError *failure,
                   gpointer data)
{
  anyio_trace ("{%s: %s}", task_name, failure->message);
}

static gboolean
test_serve_failures (gpointer data,
                     GError **error)
{
  g_autoptr (AnyioSocketListener) listener = listen_here ();
  Server server = { listener, echo };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioByteStream) good = NULL;
  const char *bad[] = { "f", "c", "n", "f" };
  gulong id;

  g_test_summary ("SEMANTICS 8.6, 2.11: a connection that fails, also with somebody else's cancellation, ends neither the server nor the others; a signal tells, "
                  "or the background error handler");

  anyio_set_background_error_handler (background_failed, NULL, NULL);
  id = g_signal_connect (listener, "connection-failed", G_CALLBACK (connection_failed_cb), NULL);
  anyio_task_group_start_soon (group, serve, &server, NULL);
  good = connect_to (listener);
  assert_sends (good, "1");
  assert_receives (good, "1");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (AnyioByteStream) stream = connect_to (listener);

      if (i == 3)
        g_signal_handler_disconnect (listener, id);
      assert_sends (stream, bad[i]);
      assert_ends (stream);
    }
  assert_sends (good, "2");
  assert_receives (good, "2");
  g_assert_true (anyio_byte_stream_close (good, error));
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_cancel_scope_request_stop (anyio_task_group_get_cancel_scope (group), INFINITY, NULL);
  assert_joins (group);
  anyio_assert_trace ("[out of order] [somebody else's] [The function of a connection returned FALSE without setting an error] {connection: out of order} bye stopped");
  anyio_set_background_error_handler (NULL, NULL, NULL);

  return TRUE;
}

static gboolean
test_serve_stop (gpointer data,
                 GError **error)
{
  g_autoptr (AnyioSocketListener) listener = listen_here ();
  Server server = { listener, echo };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioByteStream) client = NULL, late = NULL;

  g_test_summary ("SEMANTICS 8.7: a soft stop ends accepting, connections go on to their end, and then serve() ends with success; the listener stays open");

  anyio_task_group_start_soon (group, serve, &server, NULL);
  client = connect_to (listener);
  assert_sends (client, "1");
  assert_receives (client, "1");
  anyio_cancel_scope_request_stop (anyio_task_group_get_cancel_scope (group), INFINITY, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  late = connect_to (listener);
  assert_sends (late, "9");
  assert_sends (client, "2");
  assert_receives (client, "2");
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  assert_fails (anyio_socket_stream_receive_nowait (ANYIO_SOCKET_STREAM (late), 1, &failure) != NULL, G_IO_ERROR_WOULD_BLOCK);
  anyio_assert_trace ("");
  g_assert_true (anyio_byte_stream_send_eof (client, error));
  assert_ends (client);
  assert_joins (group);
  anyio_assert_trace ("bye stopped");
  g_assert_false (anyio_socket_listener_is_closed (listener));

  return TRUE;
}

static gboolean
test_serve_cancel (gpointer data,
                   GError **error)
{
  g_autoptr (AnyioSocketListener) listener = listen_here ();
  Server server = { listener, echo };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioByteStream) client = NULL;

  g_test_summary ("SEMANTICS 2, 8.3: cancellation ends the server with its connections, and closes them; a listener closed in the same turn makes no error of it");

  anyio_task_group_start_soon (group, serve, &server, NULL);
  client = connect_to (listener);
  assert_sends (client, "1");
  assert_receives (client, "1");
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_cancel_scope_cancel (anyio_task_group_get_cancel_scope (group), NULL);
  anyio_socket_listener_close_now (listener);
  assert_joins (group);
  anyio_assert_trace ("broken-off ended");
  assert_ends (client);

  return TRUE;
}

static gboolean
test_serve_close (gpointer data,
                  GError **error)
{
  g_autoptr (AnyioSocketListener) listener = listen_here ();
  Server server = { listener, echo };
  g_autoptr (AnyioByteStream) client = NULL;
  g_autoptr (GError) failure = NULL;
  AnyioTaskGroup *group = anyio_task_group_open (&failure);

  g_test_summary ("Header: closing the listener makes serve() fail with CLOSED, and cancels its connections");

  anyio_task_group_start_soon (group, serve, &server, NULL);
  client = connect_to (listener);
  assert_sends (client, "1");
  assert_receives (client, "1");
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_socket_listener_close_now (listener);
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  anyio_assert_trace ("broken-off ended");
  g_object_unref (group);

  return TRUE;
}

/* --- twins, and cancelled everywhere ---------------------------------------------------------------------------------------------------------------- */

static void
keep_result (GObject *source,
             GAsyncResult *result,
             gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

static void
test_twins (void)
{
  g_autoptr (GAsyncResult) created = NULL, accepted = NULL, cancelled = NULL, connected = NULL, closed = NULL;
  g_autoptr (AnyioSocketListener) listener = NULL;
  g_autoptr (AnyioByteStream) client = NULL, server = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("Header: outside tasks a listener is created, accepts, and is closed by the pairs of _async and _finish; a GCancellable ends the waiting");

  anyio_create_tcp_listener_async ("127.0.0.1", 0, ANYIO_LISTEN_NONE, NULL, keep_result, &created);
  listener = anyio_create_tcp_listener_finish (wait_for (&created), &error);
  g_assert_no_error (error);
  anyio_socket_listener_accept_async (listener, cancellable, keep_result, &cancelled);
  g_cancellable_cancel (cancellable);
  g_assert_null (anyio_socket_listener_accept_finish (listener, wait_for (&cancelled), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  anyio_socket_listener_accept_async (listener, NULL, keep_result, &accepted);
  anyio_connect_address_async (anyio_socket_listener_get_local_address (listener), NULL, keep_result, &connected);
  client = anyio_connect_address_finish (wait_for (&connected), &error);
  server = anyio_socket_listener_accept_finish (listener, wait_for (&accepted), &error);
  g_assert_no_error (error);
  g_assert_nonnull (client);
  g_assert_nonnull (server);
  anyio_async_resource_close_async (ANYIO_ASYNC_RESOURCE (listener), cancellable, keep_result, &closed);
  anyio_async_resource_close_finish (ANYIO_ASYNC_RESOURCE (listener), wait_for (&closed), NULL);
  g_assert_true (anyio_socket_listener_is_closed (listener));
}

static gboolean
client_of_sweep (gpointer data,
                 GError **error)
{
  g_autoptr (AnyioByteStream) stream = anyio_connect_address (anyio_socket_listener_get_local_address (data), error);
  char byte;

  return stream != NULL && anyio_byte_stream_send (stream, "x", 1, error) && anyio_byte_stream_receive (stream, &byte, 1, error) == 1;
}

static gboolean
serve_of_sweep (gpointer data,
                GError **error)
{
  return anyio_socket_listener_serve (data, echo, NULL, error);
}

static gboolean
listen_and_serve (gpointer data,
                  GError **error)
{
  g_autoptr (AnyioSocketListener) listener = anyio_create_tcp_listener ("127.0.0.1", 0, ANYIO_LISTEN_NONE, error);
  g_autoptr (AnyioTaskGroup) group = listener != NULL ? anyio_task_group_open (error) : NULL;
  g_autoptr (AnyioByteStream) stream = NULL;

  if (group == NULL)
    return FALSE;
  anyio_task_group_start_soon (group, client_of_sweep, listener, NULL);
  stream = anyio_socket_listener_accept (listener, error);
  if (stream == NULL || !anyio_byte_stream_send (stream, "y", 1, error))
    return FALSE;
  anyio_task_group_start_soon (group, serve_of_sweep, listener, NULL);
  if (!client_of_sweep (listener, error))
    return FALSE;
  anyio_cancel_scope_request_stop (anyio_task_group_get_cancel_scope (group), INFINITY, NULL);

  return anyio_task_group_join (group, error);
}

static void
test_everywhere (void)
{
  g_test_summary ("SEMANTICS 1.5, 8.3: cancelled at each suspension point, and nothing is left open or hangs");

  g_assert_cmpuint (anyio_test_cancel_everywhere (listen_and_serve, NULL, NULL), >=, 6);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  mock_resolver_install ();
  anyio_test_add_func ("/listener/accept/one", test_accept);
  anyio_test_add_func ("/listener/accept/many", test_many);
  anyio_test_add_func ("/listener/accept/shortage", test_shortage);
  anyio_test_add_func ("/listener/tcp/several-addresses", test_several_addresses);
  anyio_test_add_func ("/listener/tcp/missing-ipv6", test_missing_ipv6);
  anyio_test_add_func ("/listener/tcp/everywhere", test_everywhere_at);
  anyio_test_add_func ("/listener/tcp/in-use", test_in_use);
  anyio_test_add_func ("/listener/existing/taken-over", test_existing);
  anyio_test_add_func ("/listener/unix/file", test_unix);
  core_add_ordered ("/listener/serve/failures", test_serve_failures);
  core_add_ordered ("/listener/serve/soft-stop", test_serve_stop);
  core_add_ordered ("/listener/serve/cancel", test_serve_cancel);
  core_add_ordered ("/listener/serve/close", test_serve_close);
  g_test_add_func ("/listener/twins/outside-tasks", test_twins);
  g_test_add_func ("/listener/cancel/everywhere", test_everywhere);

  return g_test_run ();
}
