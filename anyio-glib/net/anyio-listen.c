/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How listeners are made: TCP at the addresses of a host, UNIX at a path, and from a descriptor that listens already. */

#include "net/anyio-socket-listener-private.h"

#include "core/anyio-time.h"
#include "gio/anyio-async-private.h"
#include "gio/anyio-async.h"
#include "gio/anyio-call.h"
#include "net/anyio-socket-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often another port is tried if the one that the system chose for the first address is taken at another one. */
#define MAX_ATTEMPTS 10

G_DEFINE_FLAGS_TYPE (AnyioListenFlags, anyio_listen_flags,
                     G_DEFINE_ENUM_VALUE (ANYIO_LISTEN_NONE, "none"),
                     G_DEFINE_ENUM_VALUE (ANYIO_LISTEN_REUSE_PORT, "reuse-port"))

static void
close_all (GArray *fds)
{
  for (guint i = 0; i < fds->len; i++)
    close (g_array_index (fds, int, i));
  g_array_set_size (fds, 0);
}

/* The socket of one address, or -1 with @error set. @is_dual: it takes IPv4 as well. */
static int
listen_at (GSocketAddress *address,
           AnyioListenFlags flags,
           gboolean is_dual,
           GError **error)
{
  int fd = anyio_socket_open (address, error);
  int yes = 1, v6_only = !is_dual;

  if (fd < 0)
    return -1;
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if ((flags & ANYIO_LISTEN_REUSE_PORT) != 0)
    setsockopt (fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  if (g_socket_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
  if (anyio_socket_bind (fd, address, error) && (listen (fd, SOMAXCONN) == 0 || anyio_socket_fail ("Could not listen at", address, errno, error)))
    return fd;
  close (fd);

  return -1;
}

/* At all @addresses (GInetAddress), and at the same port everywhere. A name may have an IPv6 address although the machine has none: it is passed over if there is another one. */
static gboolean
listen_at_all (GList *addresses,
               guint16 port,
               AnyioListenFlags flags,
               GArray *fds,
               GError **error)
{
  g_autoptr (GError) missing = NULL;

  for (GList *l = addresses; l != NULL; l = l->next)
    {
      g_autoptr (GSocketAddress) address = g_inet_socket_address_new (l->data, port);
      GError *failure = NULL;
      int fd = listen_at (address, flags, FALSE, &failure);

      if (fd < 0 && g_socket_address_get_family (address) == G_SOCKET_FAMILY_IPV6 && !g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        {
          g_clear_error (&missing);
          missing = failure;
          continue;
        }
      if (fd < 0)
        {
          g_propagate_error (error, failure);
          return FALSE;
        }
      g_array_append_val (fds, fd);
      if (port == 0)
        {
          g_autoptr (GSocketAddress) local = anyio_socket_get_local_address (fd);

          port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local));
        }
    }
  if (fds->len == 0)
    g_propagate_error (error, g_steal_pointer (&missing));

  return fds->len > 0;
}

/* Every address of this machine: one socket for both families if there is IPv6. */
static gboolean
listen_everywhere (guint16 port,
                   AnyioListenFlags flags,
                   GArray *fds,
                   GError **error)
{
  const GSocketFamily families[] = { G_SOCKET_FAMILY_IPV6, G_SOCKET_FAMILY_IPV4 };
  int fd = -1;

  for (guint i = 0; i < G_N_ELEMENTS (families) && fd < 0; i++)
    {
      g_autoptr (GInetAddress) any = g_inet_address_new_any (families[i]);
      g_autoptr (GSocketAddress) address = g_inet_socket_address_new (any, port);

      g_clear_error (error);
      fd = listen_at (address, flags, TRUE, error);
      if (fd < 0 && error != NULL && g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        break;
    }
  if (fd >= 0)
    g_array_append_val (fds, fd);

  return fd >= 0;
}

static gboolean
listen_at_host (const char *host,
                guint16 port,
                AnyioListenFlags flags,
                GArray *fds,
                GError **error)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  GList *addresses;
  gboolean success = FALSE;

  g_resolver_lookup_by_name_async (resolver, host, ANYIO_CALL (&call)); /* answers literals itself */
  addresses = g_resolver_lookup_by_name_finish (resolver, anyio_call_await (&call), error);
  if (addresses == NULL)
    return FALSE;

  for (guint i = 0; i < MAX_ATTEMPTS && !success; i++)
    {
      GError *failure = NULL;

      success = listen_at_all (addresses, port, flags, fds, &failure);
      if (success)
        break;
      close_all (fds);
      if (i + 1 < MAX_ATTEMPTS && port == 0 && g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        {
          g_error_free (failure);
          continue;
        }
      g_propagate_error (error, failure);
      break;
    }
  g_resolver_free_addresses (addresses);

  return success;
}

/**
 * anyio_create_tcp_listener: (skip)
 * @local_host: (nullable): a name or address of this machine; %NULL: all of them
 * @local_port: the port; 0: one that the system chooses, the same at all addresses
 * @flags: how
 * @error: return location for an error
 *
 * Listens at a TCP port. Cancel point. AnyIO: create_tcp_listener().
 *
 * Errors: those of #GResolver and of the system in #GIOErrorEnum, such as %G_IO_ERROR_ADDRESS_IN_USE, with the address in the message; %G_IO_ERROR_CANCELLED;
 * %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: (transfer full): the listener, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioSocketListener *
anyio_create_tcp_listener (const char *local_host,
                           guint16 local_port,
                           AnyioListenFlags flags,
                           GError **error)
{
  g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GError) failure = NULL;
  gboolean success;
  guint n_fds;

  if (!anyio_checkpoint_if_cancelled (error))
    return NULL;
  success = local_host != NULL ? listen_at_host (local_host, local_port, flags, fds, &failure) : listen_everywhere (local_port, flags, fds, &failure);
  if (!success)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  n_fds = fds->len;

  return anyio_socket_listener_new_take ((int *) (gpointer) g_array_free (g_steal_pointer (&fds), FALSE), n_fds, NULL);
}

typedef struct
{
  char *host;
  guint16 port;
  AnyioListenFlags flags;
} Place;

static void
place_free (gpointer data)
{
  Place *self = data;

  g_free (self->host);
  g_free (self);
}

static gboolean
create_body (gpointer data,
             GError **error)
{
  Place *place = g_task_get_task_data (data);
  AnyioSocketListener *listener = anyio_create_tcp_listener (place->host, place->port, place->flags, error);

  return listener != NULL && anyio_async_return_pointer (data, listener, g_object_unref);
}

/**
 * anyio_create_tcp_listener_async:
 * @local_host: (nullable): a name or address of this machine; %NULL: all of them
 * @local_port: the port; 0: one that the system chooses, the same at all addresses
 * @flags: how
 * @cancellable: (nullable): ends the attempt
 * @callback: (scope async) (closure user_data): called when it listens
 * @user_data: its argument
 *
 * anyio_create_tcp_listener() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_create_tcp_listener_async (const char *local_host,
                                 guint16 local_port,
                                 AnyioListenFlags flags,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Place *place = g_new (Place, 1);

  *place = (Place){ g_strdup (local_host), local_port, flags };
  g_task_set_source_tag (task, anyio_create_tcp_listener_async);
  g_task_set_task_data (task, place, place_free);
  anyio_run_in_task (task, create_body);
}

/**
 * anyio_create_tcp_listener_finish:
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_create_tcp_listener_async().
 *
 * Errors: as anyio_create_tcp_listener().
 *
 * Returns: (transfer full): the listener, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioSocketListener *
anyio_create_tcp_listener_finish (GAsyncResult *result,
                                  GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* A socket that another process has left behind may be replaced, any other file not. */
static void
remove_old_socket (const char *path)
{
  GStatBuf info;

  if (g_lstat (path, &info) == 0 && S_ISSOCK (info.st_mode))
    g_unlink (path);
}

/**
 * anyio_socket_listener_new_unix:
 * @path: (type filename): the path of the socket; an old socket there is replaced, any other file is not
 * @mode: its permissions, such as 0600; -1: as the process creates files
 * @error: return location for an error
 *
 * Listens at a UNIX socket. Its file is removed when the listener is closed. Never suspends. AnyIO: create_unix_listener().
 *
 * Errors: %G_IO_ERROR_FILENAME_TOO_LONG; those of the system in #GIOErrorEnum, such as %G_IO_ERROR_ADDRESS_IN_USE, with the path in the message.
 *
 * Returns: (transfer full): the listener, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioSocketListener *
anyio_socket_listener_new_unix (const char *path,
                                int mode,
                                GError **error)
{
  g_autoptr (GSocketAddress) address = NULL;
  int fd;

  g_return_val_if_fail (path != NULL, NULL);

  address = anyio_socket_new_unix_address (path, error);
  if (address == NULL)
    return NULL;
  remove_old_socket (path);
  fd = anyio_socket_open (address, error);
  if (fd < 0)
    return NULL;
  if (!anyio_socket_bind (fd, address, error))
    {
      close (fd);
      return NULL;
    }
  if ((mode >= 0 && g_chmod (path, mode) < 0 && !anyio_socket_fail ("Could not set the permissions of", address, errno, error)) ||
      (listen (fd, SOMAXCONN) < 0 && !anyio_socket_fail ("Could not listen at", address, errno, error)))
    {
      g_unlink (path);
      close (fd);
      return NULL;
    }

  return anyio_socket_listener_new_take (g_memdup2 (&fd, sizeof fd), 1, g_strdup (path));
}

/**
 * anyio_socket_listener_new_from_fd:
 * @fd: a stream socket that listens already, which is taken over, and made non-blocking
 * @error: return location for an error
 *
 * Makes a listener of a socket that exists already, such as one that systemd passes on. AnyIO: SocketListener.from_socket().
 *
 * Errors: %G_IO_ERROR_INVALID_ARGUMENT if it is something else, or does not listen; then it stays the caller's.
 *
 * Returns: (transfer full): the listener, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioSocketListener *
anyio_socket_listener_new_from_fd (int fd,
                                   GError **error)
{
  int type = 0, listens = 0;
  socklen_t type_size = sizeof type, listens_size = sizeof listens;

  if (getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &type_size) < 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "Descriptor %d is no socket: %s", fd, g_strerror (errno));
  else if (type != SOCK_STREAM || getsockopt (fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) < 0 || !listens)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "The socket %d does not listen", fd);
  else if (g_unix_set_fd_nonblocking (fd, TRUE, error))
    return anyio_socket_listener_new_take (g_memdup2 (&fd, sizeof fd), 1, NULL);

  return NULL;
}
