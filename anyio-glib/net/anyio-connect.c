/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Connecting: one address, and a host with several of them. */

#include "net/anyio-connect.h"

#include "combinators/anyio-gather.h"
#include "core/anyio-fd.h"
#include "core/anyio-time.h"
#include "core/anyio-wait-private.h"
#include "gio/anyio-async-private.h"
#include "gio/anyio-async.h"
#include "gio/anyio-call.h"
#include "net/anyio-socket-private.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* Seconds between two attempts at a UNIX socket whose queue is full: the system does not tell when there is room again. */
#define UNIX_RETRY_DELAY 0.01

/* --- one address ------------------------------------------------------------------------------------------------------------------------------ */

/* FALSE with @error set, and CANCELLED among it. */
static gboolean
connect_socket (int fd,
                GSocketAddress *address,
                GError **error)
{
  struct sockaddr_storage native;
  int code = 0;
  socklen_t size = sizeof code;

  if (!g_socket_address_to_native (address, &native, sizeof native, error))
    return FALSE;
  while (connect (fd, (struct sockaddr *) &native, g_socket_address_get_native_size (address)) < 0)
    {
      if (errno == EAGAIN && native.ss_family == AF_UNIX)
        {
          if (!anyio_sleep (UNIX_RETRY_DELAY, error))
            return FALSE;
        }
      else if (errno == EINPROGRESS || errno == EINTR)
        {
          if (!anyio_wait_writable (fd, error))
            return FALSE;
          getsockopt (fd, SOL_SOCKET, SO_ERROR, &code, &size);
          return code == 0 || anyio_socket_fail ("Could not connect to", address, code, error);
        }
      else
        {
          return anyio_socket_fail ("Could not connect to", address, errno, error);
        }
    }

  return TRUE;
}

static AnyioByteStream *
connect_from (GSocketAddress *local_address,
              GSocketAddress *address,
              GError **error)
{
  int fd = anyio_socket_open (address, error);

  if (fd < 0)
    return NULL;
  if ((local_address != NULL && !anyio_socket_bind (fd, local_address, error)) || !connect_socket (fd, address, error))
    {
      anyio_notify_closing (fd);
      close (fd);
      return NULL;
    }

  return anyio_socket_stream_wrap (fd);
}

/**
 * anyio_connect_address: (skip)
 * @address: where to
 * @error: return location for an error
 *
 * Connects to one address, TCP or UNIX. Cancel point.
 *
 * Errors: those of the system in #GIOErrorEnum, such as %G_IO_ERROR_CONNECTION_REFUSED, with the address in the message; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK
 * outside tasks.
 *
 * Returns: (transfer full): the stream, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioByteStream *
anyio_connect_address (GSocketAddress *address,
                       GError **error)
{
  AnyioRecord *record;

  g_return_val_if_fail (G_IS_SOCKET_ADDRESS (address), NULL);

  record = anyio_wait_begin (G_STRFUNC, error);

  return record != NULL && anyio_wait_pass (record, error) ? connect_from (NULL, address, error) : NULL;
}

static gboolean
connect_address_body (gpointer data,
                      GError **error)
{
  AnyioByteStream *stream = anyio_connect_address (g_task_get_task_data (data), error);

  return stream != NULL && anyio_async_return_pointer (data, stream, g_object_unref);
}

/**
 * anyio_connect_address_async:
 * @address: where to
 * @cancellable: (nullable): ends the attempt
 * @callback: (scope async) (closure user_data): called when it is connected
 * @user_data: its argument
 *
 * anyio_connect_address() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_connect_address_async (GSocketAddress *address,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (G_IS_SOCKET_ADDRESS (address));

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_connect_address_async);
  g_task_set_task_data (task, g_object_ref (address), g_object_unref);
  anyio_run_in_task (task, connect_address_body);
}

static AnyioByteStream *
finish (GAsyncResult *result,
        GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * anyio_connect_address_finish:
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_connect_address_async().
 *
 * Errors: as anyio_connect_address().
 *
 * Returns: (transfer full): the stream, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioByteStream *
anyio_connect_address_finish (GAsyncResult *result,
                              GError **error)
{
  return finish (result, error);
}

/* --- a host ----------------------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  GSocketAddress *local_address; /* borrowed; NULL */
  GSocketAddress *address;       /* owned */
  AnyioByteStream *stream;       /* owned; NULL if it did not get so far */
} Attempt;

static void
attempt_clear (gpointer data)
{
  Attempt *self = data;

  g_clear_object (&self->address);
  g_clear_object (&self->stream); /* of one who came too late: closed by this */
}

static gboolean
try_address (gpointer data,
             GError **error)
{
  Attempt *self = data;

  self->stream = connect_from (self->local_address, self->address, error);

  return self->stream != NULL;
}

/* The addresses of both families in turn, each in the order of the resolver, which knows best with which family to begin; with @local_address those of its family only. Takes
 * @addresses (GInetAddress). */
static GArray *
interleave (GList *addresses,
            guint16 port,
            GSocketAddress *local_address)
{
  GArray *attempts = g_array_new (FALSE, TRUE, sizeof (Attempt));
  GSocketFamily wanted = g_inet_address_get_family (addresses->data);

  g_array_set_clear_func (attempts, attempt_clear);
  while (addresses != NULL)
    {
      GList *link = addresses;
      GSocketFamily family;

      for (GList *l = addresses; l != NULL; l = l->next)
        if (g_inet_address_get_family (l->data) == wanted)
          {
            link = l;
            break;
          }
      family = g_inet_address_get_family (link->data);
      if (local_address == NULL || family == g_socket_address_get_family (local_address))
        g_array_append_val (attempts, ((Attempt){ local_address, g_inet_socket_address_new (link->data, port), NULL }));
      g_object_unref (link->data);
      addresses = g_list_delete_link (addresses, link);
      wanted = family == G_SOCKET_FAMILY_IPV6 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6;
    }

  return attempts;
}

static GArray *
find_attempts (const char *host,
               guint16 port,
               GSocketAddress *local_address,
               GError **error)
{
  GSocketAddress *literal = g_inet_socket_address_new_from_string (host, port);
  g_autoptr (GResolver) resolver = NULL;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  GList *addresses;

  if (literal != NULL)
    {
      GArray *attempts = g_array_new (FALSE, TRUE, sizeof (Attempt));

      g_array_set_clear_func (attempts, attempt_clear);
      g_array_append_val (attempts, ((Attempt){ local_address, literal, NULL }));
      return attempts;
    }

  resolver = g_resolver_get_default ();
  g_resolver_lookup_by_name_async (resolver, host, ANYIO_CALL (&call));
  addresses = g_resolver_lookup_by_name_finish (resolver, anyio_call_await (&call), error);

  return addresses != NULL ? interleave (addresses, port, local_address) : NULL;
}

/**
 * anyio_connect_tcp_from: (skip)
 * @local_address: (nullable): from where, and then only addresses of its family are tried; %NULL: what the system chooses
 * @host: a name, or an address as text
 * @port: the port
 * @happy_eyeballs_delay: seconds after which the next address is tried, too
 * @error: return location for an error
 *
 * Connects to a host, as anyio_connect_tcp(), with all there is to choose. AnyIO: connect_tcp().
 *
 * Errors: as anyio_connect_tcp(); %G_IO_ERROR_NETWORK_UNREACHABLE if the host has no address of that family.
 *
 * Returns: (transfer full): the stream, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioByteStream *
anyio_connect_tcp_from (GSocketAddress *local_address,
                        const char *host,
                        guint16 port,
                        double happy_eyeballs_delay,
                        GError **error)
{
  g_autoptr (GArray) attempts = NULL;
  g_autofree AnyioPart *parts = NULL;
  int winner;

  g_return_val_if_fail (local_address == NULL || G_IS_SOCKET_ADDRESS (local_address), NULL);
  g_return_val_if_fail (host != NULL, NULL);

  if (!anyio_checkpoint_if_cancelled (error))
    return NULL;
  attempts = find_attempts (host, port, local_address, error);
  if (attempts == NULL)
    return NULL;

  if (attempts->len == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE, "%s has no address of the family of the local address", host);
      return NULL;
    }

  parts = g_new (AnyioPart, attempts->len);
  for (guint i = 0; i < attempts->len; i++)
    parts[i] = (AnyioPart) ANYIO_PART (try_address, &g_array_index (attempts, Attempt, i));
  winner = anyio_first_success (parts, attempts->len, happy_eyeballs_delay, error);

  return winner >= 0 ? g_steal_pointer (&g_array_index (attempts, Attempt, winner).stream) : NULL;
}

/**
 * anyio_connect_tcp: (skip)
 * @host: a name, or an address as text
 * @port: the port
 * @error: return location for an error
 *
 * Connects to a host. If it has several addresses they are tried in turn, of both families alternately: the next one as soon as one has failed, and
 * %ANYIO_HAPPY_EYEBALLS_DELAY seconds after the one before in any case. The first that answers is taken, and the others are closed (RFC 8305). Cancel point. AnyIO: connect_tcp().
 *
 * Errors: those of #GResolver; the error of the attempt if there was one, such as %G_IO_ERROR_CONNECTION_REFUSED, and an %ANYIO_ERROR_GROUP of all of them if there were more (ask
 * with anyio_error_matches()); %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: (transfer full): the stream, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioByteStream *
anyio_connect_tcp (const char *host,
                   guint16 port,
                   GError **error)
{
  return anyio_connect_tcp_from (NULL, host, port, ANYIO_HAPPY_EYEBALLS_DELAY, error);
}

typedef struct
{
  GSocketAddress *local_address; /* owned; NULL */
  char *host;
  guint16 port;
  double happy_eyeballs_delay;
} Destination;

static void
destination_free (gpointer data)
{
  Destination *self = data;

  g_clear_object (&self->local_address);
  g_free (self->host);
  g_free (self);
}

static gboolean
connect_tcp_body (gpointer data,
                  GError **error)
{
  Destination *destination = g_task_get_task_data (data);
  AnyioByteStream *stream = anyio_connect_tcp_from (destination->local_address, destination->host, destination->port, destination->happy_eyeballs_delay, error);

  return stream != NULL && anyio_async_return_pointer (data, stream, g_object_unref);
}

/**
 * anyio_connect_tcp_from_async:
 * @local_address: (nullable): from where; %NULL: what the system chooses
 * @host: a name, or an address as text
 * @port: the port
 * @happy_eyeballs_delay: seconds after which the next address is tried, too
 * @cancellable: (nullable): ends the attempt
 * @callback: (scope async) (closure user_data): called when it is connected
 * @user_data: its argument
 *
 * anyio_connect_tcp_from() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_connect_tcp_from_async (GSocketAddress *local_address,
                              const char *host,
                              guint16 port,
                              double happy_eyeballs_delay,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Destination *destination;

  g_return_if_fail (local_address == NULL || G_IS_SOCKET_ADDRESS (local_address));
  g_return_if_fail (host != NULL);

  destination = g_new (Destination, 1);
  *destination = (Destination){ local_address, g_strdup (host), port, happy_eyeballs_delay };
  if (local_address != NULL)
    g_object_ref (local_address);
  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_connect_tcp_from_async);
  g_task_set_task_data (task, destination, destination_free);
  anyio_run_in_task (task, connect_tcp_body);
}

/**
 * anyio_connect_tcp_from_finish:
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_connect_tcp_from_async().
 *
 * Errors: as anyio_connect_tcp().
 *
 * Returns: (transfer full): the stream, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioByteStream *
anyio_connect_tcp_from_finish (GAsyncResult *result,
                               GError **error)
{
  return finish (result, error);
}

/**
 * anyio_connect_tcp_async:
 * @host: a name, or an address as text
 * @port: the port
 * @cancellable: (nullable): ends the attempt
 * @callback: (scope async) (closure user_data): called when it is connected
 * @user_data: its argument
 *
 * anyio_connect_tcp() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_connect_tcp_async (const char *host,
                         guint16 port,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  anyio_connect_tcp_from_async (NULL, host, port, ANYIO_HAPPY_EYEBALLS_DELAY, cancellable, callback, user_data);
}

/**
 * anyio_connect_tcp_finish:
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_connect_tcp_async().
 *
 * Errors: as anyio_connect_tcp().
 *
 * Returns: (transfer full): the stream, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioByteStream *
anyio_connect_tcp_finish (GAsyncResult *result,
                          GError **error)
{
  return finish (result, error);
}

/* --- UNIX ------------------------------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_connect_unix: (skip)
 * @path: (type filename): the path of the socket
 * @error: return location for an error
 *
 * Connects to a UNIX socket. While the queue of the listener is full it tries again every 10 ms, because the system does not tell when there is room. Cancel point. For
 * abstract names use anyio_connect_address(). AnyIO: connect_unix().
 *
 * Errors: as anyio_connect_address(); %G_IO_ERROR_FILENAME_TOO_LONG.
 *
 * Returns: (transfer full): the stream, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioByteStream *
anyio_connect_unix (const char *path,
                    GError **error)
{
  g_autoptr (GSocketAddress) address = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  address = anyio_socket_new_unix_address (path, error);

  return address != NULL ? anyio_connect_address (address, error) : NULL;
}

static gboolean
connect_unix_body (gpointer data,
                   GError **error)
{
  AnyioByteStream *stream = anyio_connect_unix (g_task_get_task_data (data), error);

  return stream != NULL && anyio_async_return_pointer (data, stream, g_object_unref);
}

/**
 * anyio_connect_unix_async:
 * @path: (type filename): the path of the socket
 * @cancellable: (nullable): ends the attempt
 * @callback: (scope async) (closure user_data): called when it is connected
 * @user_data: its argument
 *
 * anyio_connect_unix() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_connect_unix_async (const char *path,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (path != NULL);

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_connect_unix_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  anyio_run_in_task (task, connect_unix_body);
}

/**
 * anyio_connect_unix_finish:
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_connect_unix_async().
 *
 * Errors: as anyio_connect_address().
 *
 * Returns: (transfer full): the stream, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioByteStream *
anyio_connect_unix_finish (GAsyncResult *result,
                           GError **error)
{
  return finish (result, error);
}
