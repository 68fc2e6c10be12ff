/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The C side of anyio-glib-1-custom.vala for sockets: the function of a connection throws. Only generated code includes it. */

#pragma once

#include "anyio-vala.h"

G_BEGIN_DECLS

typedef void (*AnyioValaConnectionFunc) (AnyioByteStream *stream, gpointer target, GError **error);

static inline gboolean
anyio_vala_run_connection (AnyioByteStream *stream, gpointer data, GError **error)
{
  const AnyioValaClosure *closure = data;
  GError *raised = NULL;

  ((AnyioValaConnectionFunc) closure->func) (stream, closure->target, &raised);
  if (raised == NULL)
    return TRUE;
  g_propagate_error (error, raised);

  return FALSE;
}

static inline void
anyio_vala_socket_listener_serve (AnyioSocketListener *self, AnyioValaConnectionFunc handler, gpointer target, GError **error)
{
  AnyioValaClosure closure = { (gpointer) handler, target, NULL };

  anyio_socket_listener_serve (self, anyio_vala_run_connection, &closure, error);
}

G_END_DECLS
