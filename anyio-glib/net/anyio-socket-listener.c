/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Listening sockets: accepting from one or several descriptors, and serving the connections in tasks. How they are made stands in anyio-listen.c. */

#include "net/anyio-socket-listener-private.h"

#include "core/anyio-error.h"
#include "core/anyio-fd.h"
#include "core/anyio-run.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-select.h"
#include "core/anyio-stop.h"
#include "core/anyio-task-group.h"
#include "core/anyio-time.h"
#include "core/anyio-wait-private.h"
#include "gio/anyio-async-private.h"
#include "gio/anyio-async.h"
#include "net/anyio-socket-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <sys/socket.h>
#include <unistd.h>

/* Seconds before the next attempt when the system has no descriptor or memory for a connection. The connection waits in the queue of the socket meanwhile. */
#define SHORTAGE_DELAY 0.1

/**
 * AnyioSocketListener:
 *
 * Sockets that others connect to, TCP or UNIX: usually one, or one for each address of a host, all at the same port.
 *
 * ```c
 * static gboolean
 * echo (AnyioByteStream *stream, gpointer data, GError **error)
 * {
 *   char buffer[4096];
 *   gssize n;
 *
 *   while ((n = anyio_byte_stream_receive (stream, buffer, sizeof buffer, error)) > 0)
 *     if (!anyio_byte_stream_send (stream, buffer, n, error))
 *       return FALSE;
 *
 *   return n == 0;
 * }
 *
 * static gboolean
 * serve (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioSocketListener) listener = anyio_create_tcp_listener ("127.0.0.1", 0, ANYIO_LISTEN_NONE, error);
 *   ANYIO_FAIL_AFTER (0.01, error);
 *
 *   return listener != NULL && anyio_socket_listener_serve (listener, echo, NULL, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   anyio_run (serve, NULL, &error);
 *   g_print ("%s\n", error->message);
 *
 *   return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ? 0 : 1;
 * }
 * ```
 *
 * No client can end the server: a connection that broke before it was accepted is passed over; one that cannot be accepted because there are too many open files stays in the
 * queue, and is tried again 10 times a second, with one warning at the beginning. Closing never waits, and removes the file of a UNIX socket.
 *
 * AnyIO: abc.SocketListener, MultiListener.
 *
 * Since: 0.1
 */
struct _AnyioSocketListener
{
  GObject parent_instance;

  int *fds;                      /* owned; non-blocking, listening; NULL once closed */
  guint n_fds;
  guint next;                    /* where the next round of accepting begins */
  AnyioSelectCase *cases;        /* owned; one more than descriptors: for who accepts */
  char *path;                    /* owned; the file to remove; NULL */
  GStatBuf file;                 /* that which was made at @path: somebody may have put another one there */
  GSocketAddress *local_address; /* owned; of the first */
  gboolean is_accepting;
  gboolean is_short;             /* the last attempt failed for want of a descriptor */
  double next_warning;           /* seconds on the scheduler's clock: no warning before */
};

static gboolean
socket_listener_close (AnyioAsyncResource *resource,
                       GError **error)
{
  anyio_socket_listener_close_now (ANYIO_SOCKET_LISTENER (resource));

  return TRUE;
}

static void
async_resource_init (AnyioAsyncResourceInterface *iface)
{
  iface->close = socket_listener_close;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (AnyioSocketListener, anyio_socket_listener, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (ANYIO_TYPE_ASYNC_RESOURCE, async_resource_init))

enum
{
  PROP_CLOSED = 1,
  PROP_LOCAL_ADDRESS,
  PROP_LOCAL_PORT,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];
static guint connection_failed_signal;

static void
anyio_socket_listener_dispose (GObject *object)
{
  anyio_socket_listener_close_now (ANYIO_SOCKET_LISTENER (object));

  G_OBJECT_CLASS (anyio_socket_listener_parent_class)->dispose (object);
}

static void
anyio_socket_listener_finalize (GObject *object)
{
  AnyioSocketListener *self = ANYIO_SOCKET_LISTENER (object);

  g_free (self->cases);
  g_clear_object (&self->local_address);

  G_OBJECT_CLASS (anyio_socket_listener_parent_class)->finalize (object);
}

static void
anyio_socket_listener_get_property (GObject *object,
                                    guint id,
                                    GValue *value,
                                    GParamSpec *pspec)
{
  AnyioSocketListener *self = ANYIO_SOCKET_LISTENER (object);

  switch (id)
    {
    case PROP_CLOSED:
      g_value_set_boolean (value, anyio_socket_listener_is_closed (self));
      break;
    case PROP_LOCAL_ADDRESS:
      g_value_set_object (value, anyio_socket_listener_get_local_address (self));
      break;
    case PROP_LOCAL_PORT:
      g_value_set_uint (value, anyio_socket_listener_get_local_port (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_socket_listener_class_init (AnyioSocketListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = anyio_socket_listener_dispose;
  object_class->finalize = anyio_socket_listener_finalize;
  object_class->get_property = anyio_socket_listener_get_property;

  /**
   * AnyioSocketListener:closed: (getter is_closed)
   *
   * Whether the listener was closed. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_CLOSED] = g_param_spec_boolean ("closed", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioSocketListener:local-address:
   *
   * Where it listens; if at several addresses, the first of them.
   *
   * Since: 0.1
   */
  properties[PROP_LOCAL_ADDRESS] = g_param_spec_object ("local-address", NULL, NULL, G_TYPE_SOCKET_ADDRESS, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioSocketListener:local-port:
   *
   * The TCP port, also if the system has chosen it; 0 for a UNIX socket.
   *
   * Since: 0.1
   */
  properties[PROP_LOCAL_PORT] = g_param_spec_uint ("local-port", NULL, NULL, 0, G_MAXUINT16, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  /**
   * AnyioSocketListener::connection-failed:
   * @self: the listener
   * @stream: the connection; closed
   * @error: what its function in anyio_socket_listener_serve() failed with
   *
   * A connection has failed; the others and the server go on. If nobody is connected to this signal the background error handler is told. It is emitted on the home stack.
   *
   * Since: 0.1
   */
  connection_failed_signal = g_signal_new ("connection-failed", ANYIO_TYPE_SOCKET_LISTENER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, ANYIO_TYPE_BYTE_STREAM,
                                           G_TYPE_ERROR);
}

static void
anyio_socket_listener_init (AnyioSocketListener *self)
{
  self->next_warning = -INFINITY;
}

AnyioSocketListener *
anyio_socket_listener_new_take (int *fds,
                                guint n_fds,
                                char *path)
{
  AnyioSocketListener *self = g_object_new (ANYIO_TYPE_SOCKET_LISTENER, NULL);

  self->fds = fds;
  self->n_fds = n_fds;
  self->cases = g_new (AnyioSelectCase, n_fds + 1);
  if (path != NULL && g_lstat (path, &self->file) == 0)
    self->path = g_steal_pointer (&path);
  g_free (path);
  self->local_address = anyio_socket_get_local_address (fds[0]);

  return self;
}

/* --- accepting -------------------------------------------------------------------------------------------------------------------------------- */

typedef enum
{
  NOTHING,   /* nobody wants to connect */
  ACCEPTED,
  SHORTAGE,  /* somebody does, but the system lacks what it takes */
  FAILED
} Outcome;

/* The system asks for a descriptor before it looks whether anybody wants to connect. */
static gboolean
is_anybody_there (int listening_fd)
{
  GPollFD poll_fd = { .fd = listening_fd, .events = G_IO_IN };

  return g_poll (&poll_fd, 1, 0) > 0;
}

static void
warn_of_shortage (AnyioSocketListener *self,
                  int code)
{
  double now = anyio_current_time ();

  if (!self->is_short && now >= self->next_warning)
    {
      g_warning ("A connection has to wait: %s", g_strerror (code));
      self->next_warning = now + 1;
    }
  self->is_short = TRUE;
}

static Outcome
accept_from (AnyioSocketListener *self,
             int listening_fd,
             int *fd,
             GError **error)
{
  for (;;)
    {
      int code;

      *fd = accept4 (listening_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (*fd >= 0)
        return ACCEPTED;

      switch (errno)
        {
        case EAGAIN:
          return NOTHING;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
          code = errno;
          if (!is_anybody_there (listening_fd))
            return NOTHING;
          warn_of_shortage (self, code);
          return SHORTAGE;
        case EBADF:
        case EINVAL:
        case ENOTSOCK:
        case EOPNOTSUPP:
          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "No connection can be accepted: %s", g_strerror (errno));
          return FAILED;
        default: /* of the one connection, which has gone, or EINTR */
          break;
        }
    }
}

static Outcome
accept_now (AnyioSocketListener *self,
            int *fd,
            GError **error)
{
  Outcome outcome = NOTHING;

  for (guint i = 0; i < self->n_fds && outcome == NOTHING; i++)
    {
      outcome = accept_from (self, self->fds[self->next], fd, error);
      self->next = (self->next + 1) % self->n_fds;
    }

  return outcome;
}

static gboolean
fail_closed (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The listener is closed");

  return FALSE;
}

/* Until somebody may want to connect. With @stops: TRUE, too, if a soft stop was requested. */
static gboolean
wait_for_connection (AnyioSocketListener *self,
                     gboolean stops,
                     GError **error)
{
  g_autoptr (GError) failure = NULL;
  guint n = 0;

  for (; n < self->n_fds; n++)
    self->cases[n] = ANYIO_SELECT_READABLE (self->fds[n]);
  if (stops)
    self->cases[n++] = ANYIO_SELECT_STOP_REQUESTED;
  anyio_select (self->cases, n, &failure);
  if (failure == NULL)
    return TRUE;
  if (self->n_fds == 0 && !anyio_error_is_cancelled (failure))
    return fail_closed (error);
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

/* The descriptor of a connection; -1 with @error set; with @stops also -1 without, if a soft stop was requested. */
static int
accept_next (AnyioSocketListener *self,
             gboolean stops,
             GError **error)
{
  for (;;)
    {
      int fd;

      if (self->n_fds == 0)
        return fail_closed (error), -1;
      if (stops && anyio_is_stop_requested ())
        return -1;
      switch (accept_now (self, &fd, error))
        {
        case ACCEPTED:
          self->is_short = FALSE;
          return fd;
        case NOTHING:
          if (!wait_for_connection (self, stops, error))
            return -1;
          break;
        case SHORTAGE:
          if (!anyio_sleep (SHORTAGE_DELAY, error))
            return -1;
          break;
        case FAILED:
          return -1;
        }
    }
}

static int
guarded_accept (AnyioSocketListener *self,
                gboolean stops,
                const char *function,
                GError **error)
{
  AnyioRecord *record = anyio_wait_begin (function, error);
  int fd = -1;

  if (record == NULL)
    return -1;
  if (self->n_fds == 0)
    return fail_closed (error), -1;
  if (self->is_accepting)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PENDING, "Another task is already accepting connections from this listener");
      return -1;
    }

  self->is_accepting = TRUE;
  if (anyio_wait_pass (record, error))
    fd = accept_next (self, stops, error);
  self->is_accepting = FALSE;

  return fd;
}

/**
 * anyio_socket_listener_accept: (skip)
 * @self: a listener
 * @error: return location for an error
 *
 * Accepts the next connection, and waits for it. Cancel point. AnyIO: SocketListener.accept().
 *
 * Errors: %G_IO_ERROR_CLOSED if the listener is closed, also meanwhile; %G_IO_ERROR_PENDING if another task accepts; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: (transfer full): the connection, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioByteStream *
anyio_socket_listener_accept (AnyioSocketListener *self,
                              GError **error)
{
  int fd;

  g_return_val_if_fail (ANYIO_IS_SOCKET_LISTENER (self), NULL);

  fd = guarded_accept (self, FALSE, G_STRFUNC, error);

  return fd >= 0 ? anyio_socket_stream_wrap (fd) : NULL;
}

static gboolean
accept_body (gpointer data,
             GError **error)
{
  AnyioByteStream *stream = anyio_socket_listener_accept (g_task_get_source_object (data), error);

  return stream != NULL && anyio_async_return_pointer (data, stream, g_object_unref);
}

/**
 * anyio_socket_listener_accept_async:
 * @self: a listener
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async) (closure user_data): called when somebody has connected
 * @user_data: its argument
 *
 * anyio_socket_listener_accept() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_socket_listener_accept_async (AnyioSocketListener *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (ANYIO_IS_SOCKET_LISTENER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_socket_listener_accept_async);
  anyio_run_in_task (task, accept_body);
}

/**
 * anyio_socket_listener_accept_finish:
 * @self: a listener
 * @result: the result
 * @error: return location for an error
 *
 * Finishes anyio_socket_listener_accept_async().
 *
 * Errors: as anyio_socket_listener_accept().
 *
 * Returns: (transfer full): the connection, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioByteStream *
anyio_socket_listener_accept_finish (AnyioSocketListener *self,
                                     GAsyncResult *result,
                                     GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- serving ---------------------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  AnyioSocketListener *listener; /* owned */
  AnyioByteStream *stream;       /* owned */
  AnyioConnectionFunc handler_func;
  gpointer user_data;
  GError *failure;               /* owned; NULL */
} Connection;

static void
connection_free (gpointer data)
{
  Connection *self = data;

  g_object_unref (self->listener);
  g_object_unref (self->stream);
  g_clear_error (&self->failure);
  g_free (self);
}

static void
tell_failure (gpointer data)
{
  Connection *self = data;

  if (g_signal_has_handler_pending (self->listener, connection_failed_signal, 0, FALSE))
    g_signal_emit (self->listener, connection_failed_signal, 0, self->stream, self->failure);
  else
    anyio_run_background_error ("connection", self->failure);
}

static gboolean
run_connection (gpointer data,
                GError **error)
{
  Connection *self = data;
  gboolean success = self->handler_func (self->stream, self->user_data, &self->failure);

  anyio_byte_stream_close (self->stream, NULL);
  if (success)
    return TRUE;
  if (anyio_error_is_cancelled (self->failure) && anyio_runtime_current ()->scope->eff) /* somebody else's cancellation is a failure like others (SEMANTICS 2.11) */
    {
      g_propagate_error (error, g_steal_pointer (&self->failure));
      return FALSE;
    }
  if (self->failure == NULL)
    g_set_error_literal (&self->failure, G_IO_ERROR, G_IO_ERROR_FAILED, "The function of a connection returned FALSE without setting an error");
  anyio_call_home (tell_failure, self);

  return TRUE;
}

/**
 * anyio_socket_listener_serve: (skip)
 * @self: a listener
 * @handler_func: serves a connection
 * @user_data: its argument
 * @error: return location for an error
 *
 * Accepts connections, and serves each of them in a task of its own, until a soft stop is requested (anyio_cancel_scope_request_stop()) or the task is cancelled. After a soft
 * stop it accepts no more, waits for the connections that there are, and returns %TRUE; the listener stays open. If it fails, or is cancelled, its connections are cancelled.
 * A connection that fails disturbs nobody: see #AnyioSocketListener::connection-failed. Cancel point. AnyIO: Listener.serve().
 *
 * Errors: as anyio_socket_listener_accept().
 *
 * Returns: %TRUE after a soft stop, %FALSE with @error set otherwise
 *
 * Since: 0.1
 */
gboolean
anyio_socket_listener_serve (AnyioSocketListener *self,
                             AnyioConnectionFunc handler_func,
                             gpointer user_data,
                             GError **error)
{
  GError *failure = NULL;
  g_autoptr (AnyioTaskGroup) group = NULL;
  int fd;

  g_return_val_if_fail (ANYIO_IS_SOCKET_LISTENER (self), FALSE);
  g_return_val_if_fail (handler_func != NULL, FALSE);

  group = anyio_task_group_open (error);
  while ((fd = guarded_accept (self, TRUE, G_STRFUNC, &failure)) >= 0)
    {
      Connection *connection = g_new (Connection, 1);

      *connection = (Connection){ g_object_ref (self), anyio_socket_stream_wrap (fd), handler_func, user_data, NULL };
      anyio_task_group_start_soon_named (group, "connection", run_connection, connection, connection_free);
    }
  if (failure == NULL)
    return anyio_task_group_join (group, error);
  g_propagate_error (error, failure);

  return FALSE;
}

/* --- state ------------------------------------------------------------------------------------------------------------------------------------ */

/**
 * anyio_socket_listener_close_now:
 * @self: a listener
 *
 * Closes the listener, as anyio_async_resource_close() does, anywhere. Who accepts gets %G_IO_ERROR_CLOSED; what was accepted lives on, except the connections of
 * anyio_socket_listener_serve(), which fails. The file of a UNIX socket is removed. Never suspends.
 *
 * Since: 0.1
 */
void
anyio_socket_listener_close_now (AnyioSocketListener *self)
{
  g_autofree int *fds = NULL;
  guint n_fds;
  GStatBuf file;

  g_return_if_fail (ANYIO_IS_SOCKET_LISTENER (self));

  fds = g_steal_pointer (&self->fds);
  n_fds = self->n_fds;
  self->n_fds = 0;
  self->next = 0;
  for (guint i = 0; i < n_fds; i++)
    {
      anyio_notify_closing (fds[i]);
      close (fds[i]);
    }
  if (self->path != NULL && g_lstat (self->path, &file) == 0 && file.st_dev == self->file.st_dev && file.st_ino == self->file.st_ino)
    g_unlink (self->path);
  g_clear_pointer (&self->path, g_free);
}

/**
 * anyio_socket_listener_is_closed: (get-property closed)
 * @self: a listener
 *
 * Tells whether the listener was closed.
 *
 * Returns: %TRUE if it was
 *
 * Since: 0.1
 */
gboolean
anyio_socket_listener_is_closed (AnyioSocketListener *self)
{
  g_return_val_if_fail (ANYIO_IS_SOCKET_LISTENER (self), TRUE);

  return self->n_fds == 0;
}

/**
 * anyio_socket_listener_get_local_address:
 * @self: a listener
 *
 * Gets where the listener listens. It stays known after closing.
 *
 * Returns: (transfer none): the address; if there are several, the first
 *
 * Since: 0.1
 */
GSocketAddress *
anyio_socket_listener_get_local_address (AnyioSocketListener *self)
{
  g_return_val_if_fail (ANYIO_IS_SOCKET_LISTENER (self), NULL);

  return self->local_address;
}

/**
 * anyio_socket_listener_get_local_port:
 * @self: a listener
 *
 * Gets the TCP port, also if the system has chosen it. It stays known after closing.
 *
 * Returns: the port; 0 for a UNIX socket
 *
 * Since: 0.1
 */
guint16
anyio_socket_listener_get_local_port (AnyioSocketListener *self)
{
  g_return_val_if_fail (ANYIO_IS_SOCKET_LISTENER (self), 0);

  return G_IS_INET_SOCKET_ADDRESS (self->local_address) ? g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (self->local_address)) : 0;
}
