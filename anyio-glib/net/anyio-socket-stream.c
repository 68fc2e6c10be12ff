/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Connected stream sockets. */

#include "net/anyio-socket-stream.h"

#include "net/anyio-socket-private.h"
#include "stream/anyio-descriptor-private.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * AnyioSocketStream:
 *
 * A connected socket, TCP or UNIX, as an #AnyioByteStream. Small messages are sent at once (TCP_NODELAY).
 *
 * ```c
 * static gboolean
 * greet (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioByteStream) one = NULL, other = NULL;
 *   char buffer[16];
 *   gssize n;
 *
 *   if (!anyio_socket_stream_new_pair (&one, &other, error))
 *     return FALSE;
 *   if (!anyio_byte_stream_send (one, "hello", 5, error))
 *     return FALSE;
 *   n = anyio_byte_stream_receive (other, buffer, sizeof buffer, error);
 *   if (n < 0)
 *     return FALSE;
 *   g_print ("%.*s\n", (int) n, buffer);
 *
 *   return TRUE;
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (greet, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * Closing it never waits. It belongs to one thread at a time.
 *
 * AnyIO: abc.SocketStream, abc.UNIXSocketStream.
 *
 * Since: 0.1
 */
struct _AnyioSocketStream
{
  GObject parent_instance;

  AnyioDescriptor descriptor;
  GSocket *socket;                /* owned; the descriptor is its; NULL if it is ours alone */
  GSocketAddress *local_address;  /* owned; NULL while nobody has asked */
  GSocketAddress *remote_address; /* owned; NULL while nobody has asked */
};

static gssize
socket_stream_receive (AnyioByteReceiveStream *stream,
                       gpointer buffer,
                       gsize count,
                       GError **error)
{
  return anyio_descriptor_receive (&ANYIO_SOCKET_STREAM (stream)->descriptor, buffer, count, "anyio_byte_receive_stream_receive", error);
}

static gboolean
socket_stream_send (AnyioByteSendStream *stream,
                    gconstpointer buffer,
                    gsize count,
                    GError **error)
{
  return anyio_descriptor_send (&ANYIO_SOCKET_STREAM (stream)->descriptor, buffer, count, "anyio_byte_send_stream_send", error);
}

static gboolean
socket_stream_send_eof (AnyioByteStream *stream,
                        GError **error)
{
  return anyio_descriptor_send_eof (&ANYIO_SOCKET_STREAM (stream)->descriptor, "anyio_byte_stream_send_eof", error);
}

/* Nothing is waited for, and so nothing is done forcefully. */
static gboolean
socket_stream_close (AnyioAsyncResource *resource,
                     GError **error)
{
  anyio_socket_stream_close_now (ANYIO_SOCKET_STREAM (resource));

  return TRUE;
}

static void
async_resource_init (AnyioAsyncResourceInterface *iface)
{
  iface->close = socket_stream_close;
}

static void
byte_receive_stream_init (AnyioByteReceiveStreamInterface *iface)
{
  iface->receive = socket_stream_receive;
}

static void
byte_send_stream_init (AnyioByteSendStreamInterface *iface)
{
  iface->send = socket_stream_send;
}

static void
byte_stream_init (AnyioByteStreamInterface *iface)
{
  iface->send_eof = socket_stream_send_eof;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (AnyioSocketStream, anyio_socket_stream, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (ANYIO_TYPE_ASYNC_RESOURCE, async_resource_init)
                               G_IMPLEMENT_INTERFACE (ANYIO_TYPE_BYTE_RECEIVE_STREAM, byte_receive_stream_init)
                               G_IMPLEMENT_INTERFACE (ANYIO_TYPE_BYTE_SEND_STREAM, byte_send_stream_init)
                               G_IMPLEMENT_INTERFACE (ANYIO_TYPE_BYTE_STREAM, byte_stream_init))

enum
{
  PROP_CLOSED = 1,
  PROP_FD,
  PROP_LOCAL_ADDRESS,
  PROP_REMOTE_ADDRESS,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
anyio_socket_stream_dispose (GObject *object)
{
  anyio_socket_stream_close_now (ANYIO_SOCKET_STREAM (object));

  G_OBJECT_CLASS (anyio_socket_stream_parent_class)->dispose (object);
}

static void
anyio_socket_stream_finalize (GObject *object)
{
  AnyioSocketStream *self = ANYIO_SOCKET_STREAM (object);

  g_clear_object (&self->local_address);
  g_clear_object (&self->remote_address);

  G_OBJECT_CLASS (anyio_socket_stream_parent_class)->finalize (object);
}

static void
anyio_socket_stream_get_property (GObject *object,
                                  guint id,
                                  GValue *value,
                                  GParamSpec *pspec)
{
  AnyioSocketStream *self = ANYIO_SOCKET_STREAM (object);

  switch (id)
    {
    case PROP_CLOSED:
      g_value_set_boolean (value, anyio_socket_stream_is_closed (self));
      break;
    case PROP_FD:
      g_value_set_int (value, anyio_socket_stream_get_fd (self));
      break;
    case PROP_LOCAL_ADDRESS:
      g_value_set_object (value, anyio_socket_stream_get_local_address (self));
      break;
    case PROP_REMOTE_ADDRESS:
      g_value_set_object (value, anyio_socket_stream_get_remote_address (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_socket_stream_class_init (AnyioSocketStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = anyio_socket_stream_dispose;
  object_class->finalize = anyio_socket_stream_finalize;
  object_class->get_property = anyio_socket_stream_get_property;

  /**
   * AnyioSocketStream:closed: (getter is_closed)
   *
   * Whether the stream was closed here. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_CLOSED] = g_param_spec_boolean ("closed", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioSocketStream:fd:
   *
   * The descriptor; -1 once closed. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_FD] = g_param_spec_int ("fd", NULL, NULL, -1, G_MAXINT, -1, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioSocketStream:local-address:
   *
   * The address of this side.
   *
   * Since: 0.1
   */
  properties[PROP_LOCAL_ADDRESS] = g_param_spec_object ("local-address", NULL, NULL, G_TYPE_SOCKET_ADDRESS, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioSocketStream:remote-address:
   *
   * The address of the other side.
   *
   * Since: 0.1
   */
  properties[PROP_REMOTE_ADDRESS] = g_param_spec_object ("remote-address", NULL, NULL, G_TYPE_SOCKET_ADDRESS, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_socket_stream_init (AnyioSocketStream *self)
{
  self->descriptor = (AnyioDescriptor) ANYIO_DESCRIPTOR_INIT;
}

/* Is @fd a socket that can be used as a stream? */
static gboolean
check_socket (int fd,
              GError **error)
{
  int type = 0;
  socklen_t size = sizeof type;
  struct sockaddr_storage peer;
  socklen_t peer_size = sizeof peer;

  if (getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "Descriptor %d is no socket: %s", fd, g_strerror (errno));
  else if (type != SOCK_STREAM)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "Descriptor %d is no stream socket", fd);
  else if (getpeername (fd, (struct sockaddr *) &peer, &peer_size) < 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "The socket %d is not connected: %s", fd, g_strerror (errno));
  else
    return TRUE;

  return FALSE;
}

static AnyioByteStream *
wrap (const AnyioDescriptor *descriptor)
{
  AnyioSocketStream *self = g_object_new (ANYIO_TYPE_SOCKET_STREAM, NULL);
  int yes = 1;

  self->descriptor = *descriptor;
  setsockopt (descriptor->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* fails on UNIX sockets, which do not collect anything either */

  return ANYIO_BYTE_STREAM (self);
}

AnyioByteStream *
anyio_socket_stream_wrap (int fd)
{
  return wrap (&(AnyioDescriptor){ .fd = fd, .is_socket = TRUE });
}

/**
 * anyio_socket_stream_new_from_fd:
 * @fd: a connected stream socket, which is taken over, and made non-blocking
 * @error: return location for an error
 *
 * Makes a stream of a socket that exists already. AnyIO: SocketStream.from_socket().
 *
 * Errors: %G_IO_ERROR_INVALID_ARGUMENT if it is something else, or not connected; then it stays the caller's.
 *
 * Returns: (transfer full): the stream, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioByteStream *
anyio_socket_stream_new_from_fd (int fd,
                                 GError **error)
{
  AnyioDescriptor descriptor;

  return check_socket (fd, error) && anyio_descriptor_open (&descriptor, fd, error) ? wrap (&descriptor) : NULL;
}

/**
 * anyio_socket_stream_new_from_socket:
 * @socket: a connected stream socket; nobody else may use it any more
 * @error: return location for an error
 *
 * Makes a stream of a #GSocket, which is closed with it. AnyIO: SocketStream.from_socket().
 *
 * Errors: %G_IO_ERROR_INVALID_ARGUMENT if it is something else, or not connected.
 *
 * Returns: (transfer full): the stream, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioByteStream *
anyio_socket_stream_new_from_socket (GSocket *socket,
                                     GError **error)
{
  AnyioByteStream *self;

  g_return_val_if_fail (G_IS_SOCKET (socket), NULL);

  self = anyio_socket_stream_new_from_fd (g_socket_get_fd (socket), error);
  if (self == NULL)
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  ANYIO_SOCKET_STREAM (self)->socket = g_object_ref (socket);

  return self;
}

/**
 * anyio_socket_stream_new_pair:
 * @one: (out) (transfer full): the one end
 * @other: (out) (transfer full): the other end
 * @error: return location for an error
 *
 * Makes two streams that are connected with each other.
 *
 * Errors: those of the system, in #GIOErrorEnum, such as %G_IO_ERROR_TOO_MANY_OPEN_FILES.
 *
 * Returns: %TRUE if they were made
 *
 * Since: 0.1
 */
gboolean
anyio_socket_stream_new_pair (AnyioByteStream **one,
                              AnyioByteStream **other,
                              GError **error)
{
  int fds[2];

  g_return_val_if_fail (one != NULL && other != NULL, FALSE);

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "A pair of sockets could not be made: %s", g_strerror (code));
      return FALSE;
    }
  *one = anyio_socket_stream_wrap (fds[0]);
  *other = anyio_socket_stream_wrap (fds[1]);

  return TRUE;
}

/**
 * anyio_socket_stream_receive_nowait:
 * @self: a stream
 * @max_bytes: the most that is to be received, at least 1
 * @error: return location for an error
 *
 * Receives what there is. Never suspends, is no cancel point, and needs no task.
 *
 * Errors: %G_IO_ERROR_WOULD_BLOCK if there is nothing; those of #AnyioByteReceiveStream.
 *
 * Returns: (transfer full): the bytes, none at the end of the stream; %NULL with @error set
 *
 * Since: 0.1
 */
GBytes *
anyio_socket_stream_receive_nowait (AnyioSocketStream *self,
                                    gsize max_bytes,
                                    GError **error)
{
  g_autofree guint8 *buffer = NULL;
  gssize n;

  g_return_val_if_fail (ANYIO_IS_SOCKET_STREAM (self), NULL);

  max_bytes = CLAMP (max_bytes, 1, 65536);
  buffer = g_malloc (max_bytes);
  n = anyio_descriptor_receive_nowait (&self->descriptor, buffer, max_bytes, error);
  if (n < 0)
    return NULL;

  return g_bytes_new_take (g_realloc (g_steal_pointer (&buffer), n), n);
}

/**
 * anyio_socket_stream_close_now:
 * @self: a stream
 *
 * Closes the stream, as anyio_async_resource_close() does, anywhere: a socket needs no time for it. Bytes that the kernel has not sent yet it still sends. Never suspends.
 *
 * Since: 0.1
 */
void
anyio_socket_stream_close_now (AnyioSocketStream *self)
{
  g_return_if_fail (ANYIO_IS_SOCKET_STREAM (self));

  if (self->socket == NULL)
    {
      anyio_descriptor_close (&self->descriptor);
      return;
    }
  anyio_descriptor_release (&self->descriptor);
  g_socket_close (self->socket, NULL); /* it closes even if it fails */
  g_clear_object (&self->socket);
}

/**
 * anyio_socket_stream_is_closed: (get-property closed)
 * @self: a stream
 *
 * Tells whether the stream was closed here.
 *
 * Returns: %TRUE if it was
 *
 * Since: 0.1
 */
gboolean
anyio_socket_stream_is_closed (AnyioSocketStream *self)
{
  g_return_val_if_fail (ANYIO_IS_SOCKET_STREAM (self), TRUE);

  return self->descriptor.fd < 0;
}

/**
 * anyio_socket_stream_get_fd:
 * @self: a stream
 *
 * Gets the descriptor, for options of the socket. It stays the stream's.
 *
 * Returns: the descriptor; -1 once closed
 *
 * Since: 0.1
 */
int
anyio_socket_stream_get_fd (AnyioSocketStream *self)
{
  g_return_val_if_fail (ANYIO_IS_SOCKET_STREAM (self), -1);

  return self->descriptor.fd;
}

static GSocketAddress *
get_address (AnyioSocketStream *self,
             int (*get_name) (int fd, struct sockaddr *address, socklen_t *size),
             GSocketAddress **location)
{
  struct sockaddr_storage address;
  socklen_t size = sizeof address;

  if (*location == NULL && self->descriptor.fd >= 0 && get_name (self->descriptor.fd, (struct sockaddr *) &address, &size) == 0)
    *location = g_socket_address_new_from_native (&address, size);

  return *location;
}

/**
 * anyio_socket_stream_get_local_address:
 * @self: a stream
 *
 * Gets the address of this side. It stays known once somebody has asked.
 *
 * Returns: (transfer none) (nullable): the address; %NULL if nobody asked before the stream was closed
 *
 * Since: 0.1
 */
GSocketAddress *
anyio_socket_stream_get_local_address (AnyioSocketStream *self)
{
  g_return_val_if_fail (ANYIO_IS_SOCKET_STREAM (self), NULL);

  return get_address (self, getsockname, &self->local_address);
}

/**
 * anyio_socket_stream_get_remote_address:
 * @self: a stream
 *
 * Gets the address of the other side. It stays known once somebody has asked, also when the other side has gone.
 *
 * Returns: (transfer none) (nullable): the address; %NULL if nobody asked before the stream was closed
 *
 * Since: 0.1
 */
GSocketAddress *
anyio_socket_stream_get_remote_address (AnyioSocketStream *self)
{
  g_return_val_if_fail (ANYIO_IS_SOCKET_STREAM (self), NULL);

  return get_address (self, getpeername, &self->remote_address);
}
