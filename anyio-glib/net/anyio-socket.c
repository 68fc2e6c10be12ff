/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sockets of the system. */

#include "net/anyio-socket-private.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

gboolean
anyio_socket_fail (const char *what,
                   GSocketAddress *address,
                   int code,
                   GError **error)
{
  g_autofree char *text = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s %s: %s", what, text, g_strerror (code));

  return FALSE;
}

/* GUnixSocketAddress cuts off what does not fit, without a word. */
GSocketAddress *
anyio_socket_new_unix_address (const char *path,
                               GError **error)
{
  gsize most = sizeof ((struct sockaddr_un *) NULL)->sun_path - 1;

  if (strlen (path) <= most)
    return g_unix_socket_address_new (path);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG, "The path of a UNIX socket has at most %" G_GSIZE_FORMAT " bytes: %s", most, path);

  return NULL;
}

int
anyio_socket_open (GSocketAddress *address,
                   GError **error)
{
  struct sockaddr_storage native;
  int fd;

  if (!g_socket_address_to_native (address, &native, sizeof native, error))
    return -1;
  fd = socket (native.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    anyio_socket_fail ("No socket for", address, errno, error);

  return fd;
}

gboolean
anyio_socket_bind (int fd,
                   GSocketAddress *address,
                   GError **error)
{
  struct sockaddr_storage native;

  if (!g_socket_address_to_native (address, &native, sizeof native, error))
    return FALSE;
  if (bind (fd, (struct sockaddr *) &native, g_socket_address_get_native_size (address)) < 0)
    return anyio_socket_fail ("Could not bind to", address, errno, error);

  return TRUE;
}

GSocketAddress *
anyio_socket_get_local_address (int fd)
{
  struct sockaddr_storage address;
  socklen_t size = sizeof address;

  return getsockname (fd, (struct sockaddr *) &address, &size) == 0 ? g_socket_address_new_from_native (&address, size) : NULL;
}
