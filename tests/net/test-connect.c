/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Connecting: one address, hosts with several of them, UNIX sockets. */

#include "mock-resolver.h"
#include "net-test.h"

#include <arpa/inet.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <math.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A TCP socket that is bound to @host and @port (0: any), and listens if @backlog is not negative. */
static int
bind_at (const char *host,
         guint16 *port,
         int backlog)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (*port) };
  socklen_t size = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (inet_pton (AF_INET, host, &address.sin_addr), ==, 1);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  if (backlog >= 0)
    g_assert_cmpint (listen (fd, backlog), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &size), ==, 0);
  *port = ntohs (address.sin_port);

  return fd;
}

/* Who connects to it never hears anything: its queue is full, and Linux drops what does not fit. */
typedef struct
{
  int listening;
  int filling; /* the one in the queue */
} Hole;

static Hole
open_hole (const char *host,
           guint16 *port)
{
  Hole hole = { bind_at (host, port, 0), socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (*port) };

  g_assert_cmpint (inet_pton (AF_INET, host, &address.sin_addr), ==, 1);
  g_assert_cmpint (connect (hole.filling, (struct sockaddr *) &address, sizeof address), ==, 0);

  return hole;
}

static void
close_hole (Hole hole)
{
  g_assert_cmpint (close (hole.listening) + close (hole.filling), ==, 0);
}

static void
assert_peer (AnyioByteStream *stream,
             const char *host)
{
  GSocketAddress *address = anyio_socket_stream_get_remote_address (ANYIO_SOCKET_STREAM (stream));
  g_autofree char *text = g_inet_address_to_string (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));

  g_assert_cmpstr (text, ==, host);
}

static gboolean
test_one (gpointer data,
          GError **error)
{
  static const char *const addresses[] = { "127.0.0.1", NULL };
  guint16 port = 0;
  int fd = bind_at ("127.0.0.1", &port, 5);
  g_autoptr (AnyioByteStream) literal = anyio_connect_tcp ("127.0.0.1", port, error);
  g_autoptr (AnyioByteStream) named = NULL;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("ANYIO.md 14: a literal needs no resolver; refused is CONNECTION_REFUSED with the address; the resolver's error is the error");

  g_assert_no_error (*error);
  assert_peer (literal, "127.0.0.1");
  mock_resolver_set (addresses);
  named = anyio_connect_tcp (MOCK_HOST, port, error);
  assert_peer (named, "127.0.0.1");
  close (fd);
  g_assert_null (anyio_connect_tcp ("127.0.0.1", port, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_nonnull (strstr (failure->message, "127.0.0.1"));
  g_clear_error (&failure);
  g_assert_null (anyio_connect_tcp (MOCK_HOST, port, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_clear_error (&failure);
  g_assert_null (anyio_connect_tcp ("nobody.example", port, &failure));
  g_assert_error (failure, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND);

  return TRUE;
}

static gboolean
test_next_at_once (gpointer data,
                   GError **error)
{
  static const char *const addresses[] = { "127.0.0.2", "127.0.0.3", "127.0.0.4", NULL };
  guint16 port = 0;
  int fd = bind_at ("127.0.0.4", &port, 5);
  g_autoptr (AnyioByteStream) stream = NULL;
  double start = anyio_current_time ();

  g_test_summary ("SEMANTICS 8.6: the next address is tried as soon as one has failed: with a delay of 1000 seconds no time passes");

  mock_resolver_set (addresses);
  stream = anyio_connect_tcp_from (NULL, MOCK_HOST, port, 1000, error);
  g_assert_no_error (*error);
  assert_peer (stream, "127.0.0.4");
  g_assert_cmpfloat (anyio_current_time () - start, <, 1000);
  close (fd);

  return TRUE;
}

static gboolean
test_all_fail (gpointer data,
               GError **error)
{
  static const char *const addresses[] = { "127.0.0.2", "127.0.0.3", NULL };
  guint16 port = 0;
  int fd = bind_at ("127.0.0.4", &port, -1);
  g_autoptr (GError) failure = NULL;
  GPtrArray *errors;

  g_test_summary ("SEMANTICS 8.6: if all fail, the error is a group with the error of each address");

  mock_resolver_set (addresses);
  g_assert_null (anyio_connect_tcp (MOCK_HOST, port, &failure));
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  errors = anyio_error_group_get_errors (failure);
  g_assert_cmpuint (errors->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      const GError *each = errors->pdata[i];

      g_assert_error (each, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
      g_assert_nonnull (strstr (each->message, addresses[i]));
    }
  close (fd);

  return TRUE;
}

static gboolean
test_after_the_delay (gpointer data,
                      GError **error)
{
  static const char *const addresses[] = { "127.0.0.2", "127.0.0.3", NULL };
  guint16 port = 0;
  Hole hole = open_hole ("127.0.0.2", &port);
  int fd = bind_at ("127.0.0.3", &port, 5);
  g_autoptr (AnyioByteStream) stream = NULL;
  double start = anyio_current_time ();

  g_test_summary ("SEMANTICS 8.6, RFC 8305: an address that does not answer holds the next one up for the delay and no longer; the loser is closed");

  mock_resolver_set (addresses);
  stream = anyio_connect_tcp (MOCK_HOST, port, error);
  g_assert_no_error (*error);
  assert_peer (stream, "127.0.0.3");
  g_assert_cmpfloat_with_epsilon (anyio_current_time () - start, ANYIO_HAPPY_EYEBALLS_DELAY, 1e-6);
  close (fd);
  close_hole (hole);

  return TRUE;
}

static gboolean
test_all_at_once (gpointer data,
                  GError **error)
{
  static const char *const addresses[] = { "127.0.0.2", "127.0.0.3", NULL };
  guint16 port = 0;
  Hole hole = open_hole ("127.0.0.2", &port);
  int fd = bind_at ("127.0.0.3", &port, 5);
  g_autoptr (AnyioByteStream) stream = NULL;
  double start = anyio_current_time ();

  g_test_summary ("Header: with a delay of 0 all addresses are tried at once; a second one that answers in the same turn is closed");

  mock_resolver_set (addresses);
  stream = anyio_connect_tcp_from (NULL, MOCK_HOST, port, 0, error);
  assert_peer (stream, "127.0.0.3");
  g_assert_cmpfloat (anyio_current_time (), ==, start);
  close_hole (hole);
  hole.listening = bind_at ("127.0.0.2", &port, 5);
  g_clear_object (&stream);
  stream = anyio_connect_tcp_from (NULL, MOCK_HOST, port, 0, error); /* whoever of them: the harness counts descriptors */
  g_assert_nonnull (stream);
  close (hole.listening);
  close (fd);

  return TRUE;
}

static gboolean
test_timeout (gpointer data,
              GError **error)
{
  guint16 port = 0;
  Hole hole = open_hole ("127.0.0.2", &port);
  g_autoptr (GError) failure = NULL;
  double start = anyio_current_time ();

  g_test_summary ("SEMANTICS 2.13: a deadline ends an attempt that nobody answers");

  {
    ANYIO_FAIL_AFTER (5, &failure);
    g_assert_null (anyio_connect_tcp ("127.0.0.2", port, &failure));
  }
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpfloat (anyio_current_time () - start, ==, 5);
  close_hole (hole);

  return TRUE;
}

static gboolean
test_from (gpointer data,
           GError **error)
{
  guint16 port = 0;
  int fd = bind_at ("127.0.0.1", &port, 5);
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string ("127.0.0.7", 0);
  g_autoptr (AnyioByteStream) stream = anyio_connect_tcp_from (local, "127.0.0.1", port, 1, error);
  GSocketAddress *address = anyio_socket_stream_get_local_address (ANYIO_SOCKET_STREAM (stream));
  g_autofree char *text = g_inet_address_to_string (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));

  g_test_summary ("ANYIO.md 14: local_host");

  g_assert_cmpstr (text, ==, "127.0.0.7");
  close (fd);

  return TRUE;
}

static gboolean
test_from_family (gpointer data,
                  GError **error)
{
  static const char *const both[] = { "2001:db8::1", "127.0.0.1", NULL };
  static const char *const other[] = { "2001:db8::1", NULL };
  guint16 port = 0;
  int fd = bind_at ("127.0.0.1", &port, 5);
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string ("127.0.0.7", 0);
  g_autoptr (AnyioByteStream) stream = NULL;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("Header: from an address of one family only addresses of that family are tried");

  mock_resolver_set (both);
  stream = anyio_connect_tcp_from (local, MOCK_HOST, port, 1, error);
  assert_peer (stream, "127.0.0.1");
  mock_resolver_set (other);
  g_assert_null (anyio_connect_tcp_from (local, MOCK_HOST, port, 1, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE);
  close (fd);

  return TRUE;
}

/* --- UNIX ---------------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
accept_later (gpointer data,
              GError **error)
{
  if (!anyio_sleep (1, error))
    return FALSE;
  for (guint i = 0; i < 3; i++) /* Linux lets one more in than it was told */
    {
      int fd = accept (GPOINTER_TO_INT (data), NULL, NULL);

      if (fd >= 0)
        close (fd);
      if (!anyio_sleep (1, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
test_unix (gpointer data,
           GError **error)
{
  g_autofree char *folder = g_dir_make_tmp (NULL, error);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *long_path = g_strnfill (108, 'x');
  g_autoptr (GSocketAddress) abstract = NULL;
  g_autoptr (AnyioByteStream) one = NULL, two = NULL, three = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  double start = anyio_current_time ();

  g_test_summary ("ANYIO.md 14: a UNIX socket; no socket is NOT_FOUND, a path too long FILENAME_TOO_LONG; a full queue is waited for");

  assert_fails (anyio_connect_unix (path, &failure) != NULL, G_IO_ERROR_NOT_FOUND);
  assert_fails (anyio_connect_unix (long_path, &failure) != NULL, G_IO_ERROR_FILENAME_TOO_LONG);
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  assert_fails (anyio_connect_unix (path, &failure) != NULL, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  one = anyio_connect_unix (path, error);
  two = anyio_connect_unix (path, error);
  g_assert_nonnull (two);
  anyio_task_group_start_soon (group, accept_later, GINT_TO_POINTER (fd), NULL);
  three = anyio_connect_unix (path, error);
  g_assert_nonnull (three);
  g_assert_cmpfloat (anyio_current_time () - start, >=, 1);
  g_assert_cmpfloat (anyio_current_time () - start, <=, 1.1);
  anyio_cancel_scope_cancel (anyio_task_group_get_cancel_scope (group), NULL);
  assert_joins (group);
  close (fd);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);

  abstract = g_unix_socket_address_new_with_type ("anyio-nobody-listens", -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  assert_fails (anyio_connect_address (abstract, &failure) != NULL, G_IO_ERROR_CONNECTION_REFUSED);

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
  guint16 port = 0, hole_port = 0;
  int fd = bind_at ("127.0.0.1", &port, 5);
  Hole hole = open_hole ("127.0.0.2", &hole_port);
  g_autoptr (GAsyncResult) tcp = NULL, missing = NULL, too_long = NULL, cancelled = NULL;
  g_autoptr (AnyioByteStream) stream = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *long_path = g_strnfill (200, 'x');

  g_test_summary ("Header: the pairs of _async and _finish connect outside tasks, tell errors, and are ended by a GCancellable");

  anyio_connect_tcp_async ("127.0.0.1", port, NULL, keep_result, &tcp);
  stream = anyio_connect_tcp_finish (wait_for (&tcp), &error);
  g_assert_no_error (error);
  assert_peer (stream, "127.0.0.1");
  anyio_connect_unix_async ("/nowhere/at/all", NULL, keep_result, &missing);
  g_assert_null (anyio_connect_unix_finish (wait_for (&missing), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  anyio_connect_unix_async (long_path, NULL, keep_result, &too_long);
  g_assert_null (anyio_connect_unix_finish (wait_for (&too_long), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG);
  g_clear_error (&error);
  anyio_connect_tcp_async ("127.0.0.2", hole_port, cancellable, keep_result, &cancelled);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_null (cancelled);
  g_cancellable_cancel (cancellable);
  g_assert_null (anyio_connect_tcp_finish (wait_for (&cancelled), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  close (fd);
  close_hole (hole);
}

static gboolean
connect_all (gpointer data,
             GError **error)
{
  static const char *const addresses[] = { "127.0.0.2", "127.0.0.3", NULL };
  g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autoptr (AnyioSocketListener) listener = anyio_socket_listener_new_unix (path, -1, NULL);
  g_autoptr (AnyioByteStream) tcp = NULL, from = NULL, by_path = NULL, direct = NULL;
  guint16 port = 0;
  Hole hole = open_hole ("127.0.0.2", &port);
  int fd = bind_at ("127.0.0.3", &port, 50);
  gboolean success;

  mock_resolver_set (addresses);
  success = (tcp = anyio_connect_tcp (MOCK_HOST, port, error)) != NULL && (from = anyio_connect_tcp_from (NULL, MOCK_HOST, port, 1, error)) != NULL &&
            (by_path = anyio_connect_unix (path, error)) != NULL && (direct = anyio_connect_address (anyio_socket_listener_get_local_address (listener), error)) != NULL;
  close_hole (hole);
  close (fd);
  g_clear_object (&listener);
  g_assert_cmpint (g_rmdir (folder), ==, 0);

  return success;
}

static void
test_everywhere (void)
{
  g_test_summary ("SEMANTICS 1.5: cancelled at each suspension point, and no socket is left open");

  g_assert_cmpuint (anyio_test_cancel_everywhere (connect_all, NULL, NULL), >=, 6);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  mock_resolver_install ();
  anyio_test_add_func ("/connect/tcp/one-address", test_one);
  anyio_test_add_func ("/connect/tcp/next-at-once", test_next_at_once);
  anyio_test_add_func ("/connect/tcp/all-fail", test_all_fail);
  anyio_test_add_func ("/connect/tcp/after-the-delay", test_after_the_delay);
  anyio_test_add_func ("/connect/tcp/all-at-once", test_all_at_once);
  anyio_test_add_func ("/connect/tcp/timeout", test_timeout);
  anyio_test_add_func ("/connect/tcp/from", test_from);
  anyio_test_add_func ("/connect/tcp/from-one-family", test_from_family);
  anyio_test_add_func ("/connect/unix/path", test_unix);
  g_test_add_func ("/connect/twins/outside-tasks", test_twins);
  g_test_add_func ("/connect/cancel/everywhere", test_everywhere);

  return g_test_run ();
}
