/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for descriptors with GLib's own poll: portable, and the fallback.
 *
 * A watched descriptor is one GPollFD of the loop's source, for both directions, present only while somebody waits. No descriptor of
 * its own and no system call per wait, but everything is linear in the number of watched descriptors: GLib scans them in every iteration, and
 * so does this file. For some dozens of descriptors that is nothing; for thousands use epoll.
 *
 * A descriptor that was closed without anyio_loop_notify_closing() is POLLNVAL, at once and for ever. The watch then fires with G_IO_NVAL,
 * which takes it out; a GSource that ignored it would spin.
 *
 * Regular files need no care: poll() calls them always ready. That a descriptor is none at all poll() tells too late, so add() asks.
 *
 * Invariants: an entry is in one of the two lists exactly while its in or out is set, its GPollFD is then in the source and asks for
 * what is set.
 */

#include "loop/anyio-poller-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>

typedef struct
{
  AnyioList link;
  GPollFD pollfd;
  AnyioWatch *in;  /* who waits for G_IO_IN; borrowed; NULL: nobody */
  AnyioWatch *out; /* who waits for G_IO_OUT */
} Entry;

typedef struct
{
  AnyioPoller parent;
  GSource *source;   /* borrowed; owned by the loop */
  AnyioList entries; /* one for each watched descriptor */
  AnyioList ready;   /* those that dispatch() still has to look at; a field, because a handler's nested main loop goes on with them */
  guint n_watches;
  GPollFD alarm;
} GlibPoller;

static AnyioPoller *
glib_new (AnyioLoop *loop,
          GSource *source,
          GError **error)
{
  GlibPoller *self = g_new0 (GlibPoller, 1);

  self->parent.klass = &anyio_poller_glib;
  self->parent.loop = loop;
  self->source = source;
  anyio_list_init (&self->entries);
  anyio_list_init (&self->ready);
  self->alarm.fd = loop->alarm.fd;
  self->alarm.events = G_IO_IN;
  if (self->alarm.fd >= 0)
    g_source_add_poll (source, &self->alarm);

  return &self->parent;
}

static void
entry_free (GlibPoller *self,
            Entry *entry)
{
  g_source_remove_poll (self->source, &entry->pollfd);
  anyio_list_remove (&entry->link);
  g_free (entry);
}

static void
glib_free (AnyioPoller *poller)
{
  GlibPoller *self = (GlibPoller *) poller;

  ANYIO_LIST_FOREACH (&self->entries, node)
    entry_free (self, ANYIO_CONTAINER (node, Entry, link));
  if (self->alarm.fd >= 0)
    g_source_remove_poll (self->source, &self->alarm);
  g_free (self);
}

static Entry *
find_in (AnyioList *list,
         int fd)
{
  ANYIO_LIST_FOREACH (list, node)
    {
      Entry *entry = ANYIO_CONTAINER (node, Entry, link);

      if (entry->pollfd.fd == fd)
        return entry;
    }

  return NULL;
}

static Entry *
find (GlibPoller *self,
      int fd)
{
  Entry *entry = find_in (&self->entries, fd);

  return entry != NULL ? entry : find_in (&self->ready, fd);
}

static AnyioWatch **
get_slot (Entry *entry,
          GIOCondition condition)
{
  return condition == G_IO_IN ? &entry->in : &entry->out;
}

/* Frees @entry with its last watch. */
static void
forget_watch (GlibPoller *self,
              Entry *entry,
              GIOCondition condition)
{
  *get_slot (entry, condition) = NULL;
  entry->pollfd.events &= ~condition;
  self->n_watches--;
  if (entry->pollfd.events == 0)
    entry_free (self, entry);
}

static gboolean
glib_add (AnyioPoller *poller,
          AnyioWatch *watch,
          GError **error)
{
  GlibPoller *self = (GlibPoller *) poller;
  Entry *entry = find (self, watch->fd);

  if (entry != NULL && *get_slot (entry, watch->condition) != NULL)
    return anyio_poller_fail_pending (watch, error);
  if (fcntl (watch->fd, F_GETFD) < 0)
    return anyio_poller_fail_errno (watch, errno, error);

  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      entry->pollfd.fd = watch->fd;
      anyio_list_append (&self->entries, &entry->link);
      g_source_add_poll (self->source, &entry->pollfd);
    }
  *get_slot (entry, watch->condition) = watch;
  entry->pollfd.events |= watch->condition;
  self->n_watches++;

  return TRUE;
}

static void
glib_remove (AnyioPoller *poller,
             AnyioWatch *watch)
{
  GlibPoller *self = (GlibPoller *) poller;
  Entry *entry = find (self, watch->fd);

  g_return_if_fail (entry != NULL && *get_slot (entry, watch->condition) == watch);
  forget_watch (self, entry, watch->condition);
}

/* Fires the watch of @fd for @condition if there is one. */
static void
fire (GlibPoller *self,
      int fd,
      GIOCondition condition,
      GIOCondition revents)
{
  Entry *entry = find (self, fd);
  AnyioWatch *watch = entry != NULL ? *get_slot (entry, condition) : NULL;

  if (watch == NULL)
    return;
  forget_watch (self, entry, condition);
  watch->fire (watch, anyio_watch_mask (watch, revents));
}

static void
glib_notify_closing (AnyioPoller *poller,
                     int fd)
{
  GlibPoller *self = (GlibPoller *) poller;

  fire (self, fd, G_IO_IN, 0);
  fire (self, fd, G_IO_OUT, 0);
}

static gboolean
glib_is_ready (AnyioPoller *poller)
{
  GlibPoller *self = (GlibPoller *) poller;

  if (self->alarm.revents != 0 || !anyio_list_is_empty (&self->ready))
    return TRUE;

  ANYIO_LIST_FOREACH (&self->entries, node)
    if (ANYIO_CONTAINER (node, Entry, link)->pollfd.revents != 0)
      return TRUE;

  return FALSE;
}

static void
glib_dispatch (AnyioPoller *poller)
{
  GlibPoller *self = (GlibPoller *) poller;
  AnyioList *node;

  ANYIO_LIST_FOREACH (&self->entries, candidate)
    if (ANYIO_CONTAINER (candidate, Entry, link)->pollfd.revents != 0)
      {
        anyio_list_remove (candidate);
        anyio_list_append (&self->ready, candidate);
      }

  while ((node = anyio_list_first (&self->ready)) != NULL)
    {
      Entry *entry = ANYIO_CONTAINER (node, Entry, link);
      int fd = entry->pollfd.fd;
      GIOCondition revents = entry->pollfd.revents;
      gboolean is_trouble = (revents & (G_IO_ERR | G_IO_HUP | G_IO_NVAL)) != 0;

      entry->pollfd.revents = 0;
      anyio_list_remove (node);
      anyio_list_append (&self->entries, node);
      if (is_trouble || (revents & G_IO_IN))
        fire (self, fd, G_IO_IN, revents);
      if (is_trouble || (revents & G_IO_OUT))
        fire (self, fd, G_IO_OUT, revents);
    }
}

static guint
glib_get_n_watches (AnyioPoller *poller)
{
  return ((GlibPoller *) poller)->n_watches;
}

const AnyioPollerClass anyio_poller_glib = {
  .name = "glib",
  .new = glib_new,
  .free = glib_free,
  .add = glib_add,
  .remove = glib_remove,
  .notify_closing = glib_notify_closing,
  .is_ready = glib_is_ready,
  .dispatch = glib_dispatch,
  .get_n_watches = glib_get_n_watches,
};
