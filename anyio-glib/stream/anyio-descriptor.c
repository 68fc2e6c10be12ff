/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Receiving from and sending to a non-blocking descriptor in a task. */

#include "stream/anyio-descriptor-private.h"

#include "core/anyio-fd.h"
#include "core/anyio-wait-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

/* A pipe whose reader has gone is an error for the one who writes and no reason to end the program. GIO does the same as soon as a GSocket is made. */
static void
ignore_sigpipe (void)
{
  static gsize is_done;
  struct sigaction action;

  if (!g_once_init_enter (&is_done))
    return;
  if (sigaction (SIGPIPE, NULL, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL)
    signal (SIGPIPE, SIG_IGN);
  g_once_init_leave (&is_done, TRUE);
}

gboolean
anyio_descriptor_open (AnyioDescriptor *self,
                       int fd,
                       GError **error)
{
  int type;
  socklen_t size = sizeof type;

  if (!g_unix_set_fd_nonblocking (fd, TRUE, error))
    return FALSE;
  fcntl (fd, F_SETFD, FD_CLOEXEC);
  *self = (AnyioDescriptor){ .fd = fd, .is_socket = getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 };
  if (!self->is_socket)
    ignore_sigpipe ();

  return TRUE;
}

gboolean
anyio_descriptor_fail_closed (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The stream is closed");

  return FALSE;
}

gboolean
anyio_descriptor_fail_broken (int code,
                              GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "The stream is broken: %s", g_strerror (code));

  return FALSE;
}

static gboolean
fail_busy (const char *action,
           GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PENDING, "Another task is already %s this stream", action);

  return FALSE;
}

/* Waits for @direction. A descriptor that was closed here meanwhile is no descriptor any more, so it is not named. */
static gboolean
wait_until (AnyioDescriptor *self,
            gboolean (*direction) (int fd, GError **error),
            GError **error)
{
  GError *failure = NULL;

  if (direction (self->fd, &failure))
    return TRUE;
  if (self->fd >= 0 || !g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CLOSED))
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  g_error_free (failure);

  return anyio_descriptor_fail_closed (error);
}

/* --- receiving -------------------------------------------------------------------------------------------------------------------------------- */

static gssize
receive_now (AnyioDescriptor *self,
             void *buffer,
             gsize count)
{
  gssize n;

  do
    n = self->is_socket ? recv (self->fd, buffer, count, 0) : read (self->fd, buffer, count);
  while (n < 0 && errno == EINTR);
  self->is_drained = n >= 0 ? (gsize) n < count : errno == EAGAIN;

  return n;
}

static gssize
receive (AnyioDescriptor *self,
         void *buffer,
         gsize count,
         GError **error)
{
  gssize n = -1;

  while (n < 0)
    {
      if (self->fd < 0)
        return anyio_descriptor_fail_closed (error), -1;
      if (self->fault != 0)
        return anyio_descriptor_fail_broken (self->fault, error), -1;
      if (self->is_drained)
        {
          if (!wait_until (self, anyio_wait_readable, error))
            return -1;
          self->is_drained = FALSE;
          continue; /* it may have been closed in the same turn */
        }
      n = receive_now (self, buffer, count);
      if (n < 0 && errno != EAGAIN)
        self->fault = errno;
    }

  return n;
}

gssize
anyio_descriptor_receive (AnyioDescriptor *self,
                          void *buffer,
                          gsize count,
                          const char *function,
                          GError **error)
{
  AnyioRecord *record = anyio_wait_begin (function, error);
  gssize n = -1;

  if (record == NULL)
    return -1;
  if (self->fd < 0)
    return anyio_descriptor_fail_closed (error), -1;
  if (self->receiving)
    return fail_busy ("receiving from", error), -1;

  self->receiving = TRUE;
  if (anyio_wait_pass (record, error))
    n = receive (self, buffer, count, error);
  self->receiving = FALSE;

  return n;
}

gssize
anyio_descriptor_receive_nowait (AnyioDescriptor *self,
                                 void *buffer,
                                 gsize count,
                                 GError **error)
{
  gssize n;

  if (self->fd < 0)
    return anyio_descriptor_fail_closed (error), -1;
  if (self->receiving)
    return fail_busy ("receiving from", error), -1;
  if (self->fault != 0)
    return anyio_descriptor_fail_broken (self->fault, error), -1;

  n = receive_now (self, buffer, count);
  if (n >= 0)
    return n;
  if (errno == EAGAIN)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "There is nothing to receive yet");
      return -1;
    }
  self->fault = errno;

  return anyio_descriptor_fail_broken (self->fault, error), -1;
}

/* --- sending ---------------------------------------------------------------------------------------------------------------------------------- */

static gssize
send_now (AnyioDescriptor *self,
          const void *buffer,
          gsize count)
{
  gssize n;

  do
    n = self->is_socket ? send (self->fd, buffer, count, MSG_NOSIGNAL) : write (self->fd, buffer, count);
  while (n < 0 && errno == EINTR);

  return n;
}

static gboolean
send_all (AnyioDescriptor *self,
          const guint8 *buffer,
          gsize count,
          GError **error)
{
  while (count > 0)
    {
      gssize n;

      if (self->fd < 0)
        return anyio_descriptor_fail_closed (error);
      n = send_now (self, buffer, count);
      if (n >= 0)
        {
          buffer += n;
          count -= n;
        }
      else if (errno != EAGAIN)
        {
          int code = errno;

          if (code != EPIPE) /* which is told again and again; and what the peer sent before it went may still be received */
            self->fault = code;
          return anyio_descriptor_fail_broken (code, error);
        }
      else if (!wait_until (self, anyio_wait_writable, error))
        {
          return FALSE;
        }
    }

  return TRUE;
}

gboolean
anyio_descriptor_send (AnyioDescriptor *self,
                       const void *buffer,
                       gsize count,
                       const char *function,
                       GError **error)
{
  AnyioRecord *record = anyio_wait_begin (function, error);
  gboolean success;

  if (record == NULL)
    return FALSE;
  if (self->fd < 0)
    return anyio_descriptor_fail_closed (error);
  if (self->sending)
    return fail_busy ("sending to", error);
  if (self->eof_sent)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The end of the stream was sent already");
      return FALSE;
    }

  self->sending = TRUE;
  success = anyio_wait_pass (record, error) && send_all (self, buffer, count, error);
  self->sending = FALSE;

  return success;
}

gboolean
anyio_descriptor_send_eof (AnyioDescriptor *self,
                           const char *function,
                           GError **error)
{
  AnyioRecord *record = anyio_wait_begin (function, error);
  gboolean success;

  if (record == NULL)
    return FALSE;
  if (self->sending)
    return fail_busy ("sending to", error);

  self->sending = TRUE;
  success = anyio_wait_pass (record, error);
  self->sending = FALSE;
  if (!success)
    return FALSE;
  if (self->fd < 0)
    return anyio_descriptor_fail_closed (error);
  if (self->eof_sent)
    return TRUE;

  self->eof_sent = TRUE;
  if (shutdown (self->fd, SHUT_WR) < 0 && errno != ENOTCONN) /* the peer may have gone, and needs not be told */
    return anyio_descriptor_fail_broken (errno, error);

  return TRUE;
}

/* --- closing ---------------------------------------------------------------------------------------------------------------------------------- */

int
anyio_descriptor_release (AnyioDescriptor *self)
{
  int fd = self->fd;

  self->fd = -1;
  if (fd >= 0)
    anyio_notify_closing (fd);

  return fd;
}

void
anyio_descriptor_close (AnyioDescriptor *self)
{
  int fd = anyio_descriptor_release (self);

  if (fd >= 0)
    close (fd);
}
