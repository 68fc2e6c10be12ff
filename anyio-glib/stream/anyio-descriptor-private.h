/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A descriptor from which bytes are received and to which they are sent: what sockets and pipes have in common. It is a part of the stream that has the interfaces.
 *
 * An operation is tried first and waits only if it must; but after one that brought less than there was room for, the next one waits first, because the kernel has no more: a
 * server that answers requests then makes three system calls for each (arm, receive, send) and not four. */

#pragma once

#include <gio/gio.h>

typedef struct
{
  int fd;                 /* non-blocking; owned; -1 once closed */
  int fault;              /* what broke the stream, an errno: the system tells it once, and after that an end; 0 */
  guint is_socket : 1;
  guint receiving : 1;    /* a task is in receive() */
  guint sending : 1;      /* a task is in send() */
  guint is_drained : 1;   /* the last receive took all there was */
  guint eof_sent : 1;     /* nothing more may be sent */
} AnyioDescriptor;

#define ANYIO_DESCRIPTOR_INIT { .fd = -1 }

/* Takes @fd over and makes it non-blocking and close-on-exec. FALSE, and nothing taken, if that is not possible. */
gboolean anyio_descriptor_open         (AnyioDescriptor *self, int fd, GError **error);
/* See the interfaces for the semantics. @function is for messages. */
gssize   anyio_descriptor_receive      (AnyioDescriptor *self, void *buffer, gsize count, const char *function, GError **error);
gssize   anyio_descriptor_receive_nowait (AnyioDescriptor *self, void *buffer, gsize count, GError **error);
gboolean anyio_descriptor_send         (AnyioDescriptor *self, const void *buffer, gsize count, const char *function, GError **error);
gboolean anyio_descriptor_send_eof     (AnyioDescriptor *self, const char *function, GError **error); /* of sockets */
/* Never suspends; who is in an operation gets CLOSED. The descriptor is free for reuse when it returns. A second time does nothing. */
void     anyio_descriptor_close        (AnyioDescriptor *self);
/* The same, but the caller closes what is returned (-1: it was closed already). */
int      anyio_descriptor_release      (AnyioDescriptor *self);
/* Always FALSE. */
gboolean anyio_descriptor_fail_closed  (GError **error);
gboolean anyio_descriptor_fail_broken  (int code, GError **error);
