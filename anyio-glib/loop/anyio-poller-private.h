/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The part of a loop that waits for descriptors: one table of functions per back end. */

#pragma once

#include "loop/anyio-loop-private.h"

typedef struct
{
  const char *name;
  /* NULL with an error if the back end is not available. @source is where GPollFDs are added. */
  AnyioPoller *(*new) (AnyioLoop *loop, GSource *source, GError **error);
  void (*free) (AnyioPoller *self);
  gboolean (*add) (AnyioPoller *self, AnyioWatch *watch, GError **error);
  void (*remove) (AnyioPoller *self, AnyioWatch *watch);
  void (*notify_closing) (AnyioPoller *self, int fd);
  gboolean (*is_ready) (AnyioPoller *self); /* from check(): did the context's poll find something? */
  void (*dispatch) (AnyioPoller *self);     /* fires what is ready, without waiting */
  guint (*get_n_watches) (AnyioPoller *self);
} AnyioPollerClass;

struct _AnyioPoller
{
  const AnyioPollerClass *klass;
  AnyioLoop *loop; /* borrowed; owns us */
};

extern const AnyioPollerClass anyio_poller_glib;
#ifdef __linux__
extern const AnyioPollerClass anyio_poller_epoll;
#endif
