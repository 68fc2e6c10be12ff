/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The part of a loop that waits for descriptors: one table of functions per back end.
 *
 * A watch is added while something waits for it and no longer: firing it takes it out first. The watch belongs to the waiter;
 * the poller only borrows it. anyio_loop_add_watch() has checked that the watch asks for exactly one direction and that the descriptor is not
 * negative. Besides the watches a poller ends the sleep when the loop's alarm goes off, of which nobody needs to be told.
 */

#pragma once

#include "loop/anyio-loop-private.h"

typedef struct
{
  const char *name;
  /* NULL with an error if the back end is not available. @source is where GPollFDs are added. The loop's alarm exists already. */
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
  guint n_ready;   /* what the next dispatch has to do whatever the kernel says: the loop does not sleep while there is any */
};

/* What @watch is told of @revents: its own direction, and trouble. */
static inline GIOCondition
anyio_watch_mask (const AnyioWatch *watch,
                  GIOCondition revents)
{
  return revents & (watch->condition | G_IO_ERR | G_IO_HUP | G_IO_NVAL);
}

/* By name, or the best one for NULL; see anyio_loop_init(). */
AnyioPoller *anyio_poller_new          (AnyioLoop *loop, GSource *source, const char *backend, GError **error);

/* The errors that all back ends report alike; always FALSE. */
gboolean     anyio_poller_fail_pending (const AnyioWatch *watch, GError **error);
gboolean     anyio_poller_fail_errno   (const AnyioWatch *watch, int code, GError **error);

extern const AnyioPollerClass anyio_poller_glib;
#ifdef __linux__
extern const AnyioPollerClass anyio_poller_epoll;
#endif
