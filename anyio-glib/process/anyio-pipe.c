/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pipes as streams. A pipe has one direction, so there is a type for each, and what is the same for both is in their parent. They are known by their interfaces only. */

#include "process/anyio-pipe-private.h"

#include "stream/anyio-descriptor-private.h"

#include <unistd.h>

typedef struct
{
  GObject parent_instance;

  AnyioDescriptor descriptor;
} AnyioPipe;

typedef GObjectClass AnyioPipeClass;
typedef AnyioPipe AnyioPipeSend;
typedef AnyioPipeClass AnyioPipeSendClass;
typedef AnyioPipe AnyioPipeReceive;
typedef AnyioPipeClass AnyioPipeReceiveClass;

static gboolean
pipe_close (AnyioAsyncResource *resource,
            GError **error)
{
  anyio_pipe_close (resource);

  return TRUE;
}

static void
async_resource_init (AnyioAsyncResourceInterface *iface)
{
  iface->close = pipe_close;
}

GType anyio_pipe_get_type (void);
GType anyio_pipe_send_get_type (void);
GType anyio_pipe_receive_get_type (void);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (AnyioPipe, anyio_pipe, G_TYPE_OBJECT,
                                  G_IMPLEMENT_INTERFACE (ANYIO_TYPE_ASYNC_RESOURCE, async_resource_init))

static void
anyio_pipe_dispose (GObject *object)
{
  anyio_pipe_close (object);

  G_OBJECT_CLASS (anyio_pipe_parent_class)->dispose (object);
}

static void
anyio_pipe_class_init (AnyioPipeClass *klass)
{
  klass->dispose = anyio_pipe_dispose;
}

static void
anyio_pipe_init (AnyioPipe *self)
{
  self->descriptor = (AnyioDescriptor) ANYIO_DESCRIPTOR_INIT;
}

/* --- the two directions ----------------------------------------------------------------------------------------------------------------------- */

static gboolean
pipe_send (AnyioByteSendStream *stream,
           gconstpointer buffer,
           gsize count,
           GError **error)
{
  return anyio_descriptor_send (&((AnyioPipe *) stream)->descriptor, buffer, count, "anyio_byte_send_stream_send", error);
}

static void
byte_send_stream_init (AnyioByteSendStreamInterface *iface)
{
  iface->send = pipe_send;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (AnyioPipeSend, anyio_pipe_send, anyio_pipe_get_type (),
                               G_IMPLEMENT_INTERFACE (ANYIO_TYPE_BYTE_SEND_STREAM, byte_send_stream_init))

static void
anyio_pipe_send_class_init (AnyioPipeSendClass *klass)
{
}

static void
anyio_pipe_send_init (AnyioPipeSend *self)
{
}

static gssize
pipe_receive (AnyioByteReceiveStream *stream,
              gpointer buffer,
              gsize count,
              GError **error)
{
  return anyio_descriptor_receive (&((AnyioPipe *) stream)->descriptor, buffer, count, "anyio_byte_receive_stream_receive", error);
}

static void
byte_receive_stream_init (AnyioByteReceiveStreamInterface *iface)
{
  iface->receive = pipe_receive;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (AnyioPipeReceive, anyio_pipe_receive, anyio_pipe_get_type (),
                               G_IMPLEMENT_INTERFACE (ANYIO_TYPE_BYTE_RECEIVE_STREAM, byte_receive_stream_init))

static void
anyio_pipe_receive_class_init (AnyioPipeReceiveClass *klass)
{
}

static void
anyio_pipe_receive_init (AnyioPipeReceive *self)
{
}

/* --- making and closing ----------------------------------------------------------------------------------------------------------------------- */

static gpointer
pipe_new (GType type,
          int fd,
          GError **error)
{
  AnyioDescriptor descriptor;
  AnyioPipe *self;

  if (!anyio_descriptor_open (&descriptor, fd, error))
    {
      close (fd);
      return NULL;
    }
  self = g_object_new (type, NULL);
  self->descriptor = descriptor;

  return self;
}

AnyioByteSendStream *
anyio_pipe_new_send (int fd,
                     GError **error)
{
  return pipe_new (anyio_pipe_send_get_type (), fd, error);
}

AnyioByteReceiveStream *
anyio_pipe_new_receive (int fd,
                        GError **error)
{
  return pipe_new (anyio_pipe_receive_get_type (), fd, error);
}

void
anyio_pipe_close (gpointer stream)
{
  AnyioPipe *self = stream;

  if (self != NULL)
    anyio_descriptor_close (&self->descriptor);
}
