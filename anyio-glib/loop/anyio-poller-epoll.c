/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for descriptors with epoll: the GMainContext polls one descriptor, however many are watched.
 *
 * GLib copies and scans all its GPollFDs in every iteration, so 10,000 idle sockets cost it 1.3 to 3.2 ms each time. Here
 * they cost nothing: what counts is only how many became ready.
 *
 * A registration is what the kernel knows of one descriptor number: one for both directions, EPOLLONESHOT. It stays in the epoll set
 * after it fired or its watch was removed, and is only disarmed, so that the next wait is one EPOLL_CTL_MOD. The table
 * of registrations is indexed by the number.
 *
 * What makes epoll difficult is that it keys its entries on (number, open file), not on the number:
 *
 *  - A closed descriptor leaves the set by itself, but only with the last descriptor of the same open file. The number is then soon given to
 *    another file, which is not in the set, whatever our table says: MOD fails with ENOENT, and ADD it is.
 *  - If the file lives on, through dup() or in a child process, its entry stays, keeps on reporting under the old number, and cannot be
 *    removed: EPOLL_CTL_DEL needs a descriptor that no longer exists (or, worse, now belongs to another file). This is why registrations
 *    are one-shot: such an orphan reports at most once. A level-triggered one would make the loop spin for ever.
 *  - So two entries may report under one number. Each ADD gets a new generation, which comes back in the event's data: events of another
 *    generation than the newest are orphans' and are ignored.
 *  - For the same reason the table never tells whether a system call can be saved: only the kernel knows what is armed for this number now.
 *
 * Regular files and directories are refused by epoll (EPERM), since they are always ready; they are kept in a list and fired in the next dispatch.
 *
 * Nested main loops. An event that the kernel has reported once is reported never again, so an inner dispatch must not miss what the outer one
 * has still in hand: the events are the poller's and not the dispatch's, and whoever comes first handles them.
 *
 * Invariants: a watch is in the slot of its direction from add() until it fires, is removed, or its descriptor is closing. Whenever
 * dispatch() calls out, every direction in which somebody waits is armed in the kernel, reported in the events not dispatched yet, or in always_ready.
 * parent.n_ready is the number of these two.
 *
 * Costs: a wait is one epoll_ctl (200-300 ns); removing is none; a dispatch is one epoll_wait for up to 256 events. 24 bytes for every number up to
 * the highest ever watched.
 */

#include "loop/anyio-poller-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define MAX_EVENTS 256
#define ALARM_DATA G_MAXUINT64 /* no descriptor is -1 */

/* Our own marks in an event that waits to be dispatched; the kernel never reports these two bits. */
#define IN_IS_DONE EPOLLONESHOT /* only G_IO_OUT is still to be fired */
#define IS_GONE ((guint32) EPOLLET) /* the descriptor was found closed */

typedef struct
{
  AnyioWatch *in;  /* who waits for G_IO_IN; borrowed; NULL: nobody */
  AnyioWatch *out; /* who waits for G_IO_OUT */
  guint32 generation;
  gboolean is_known; /* we have added this number, and not removed it; the kernel may know better */
} Registration;

typedef struct
{
  AnyioPoller parent;
  GSource *source; /* borrowed; owned by the loop */
  GPollFD pollfd;  /* the epoll descriptor */
  Registration *registrations; /* indexed by descriptor */
  guint n_registrations;
  AnyioList always_ready; /* watches that epoll refuses; each is in its slot as well */
  guint n_watches;
  struct epoll_event events[MAX_EVENTS]; /* what the kernel said last */
  guint n_events;
  guint next_event; /* the first that was not dispatched yet */
  guint32 last_generation;
} EpollPoller;

static AnyioPoller *
epoll_new (AnyioLoop *loop,
           GSource *source,
           GError **error)
{
  EpollPoller *self;
  int fd = epoll_create1 (EPOLL_CLOEXEC);

  if (fd < 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "Cannot make an epoll descriptor: %s", g_strerror (code));
      return NULL;
    }

  if (loop->alarm.fd >= 0)
    {
      struct epoll_event event = { .events = EPOLLIN, .data.u64 = ALARM_DATA };

      if (epoll_ctl (fd, EPOLL_CTL_ADD, loop->alarm.fd, &event) < 0)
        {
          int code = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "Cannot watch the timer descriptor: %s", g_strerror (code));
          close (fd);
          return NULL;
        }
    }

  self = g_new0 (EpollPoller, 1);
  self->parent.klass = &anyio_poller_epoll;
  self->parent.loop = loop;
  self->source = source;
  self->pollfd.fd = fd;
  self->pollfd.events = G_IO_IN;
  anyio_list_init (&self->always_ready);
  g_source_add_poll (source, &self->pollfd);

  return &self->parent;
}

static void
epoll_free (AnyioPoller *poller)
{
  EpollPoller *self = (EpollPoller *) poller;

  g_source_remove_poll (self->source, &self->pollfd);
  close (self->pollfd.fd);
  g_free (self->registrations);
  g_free (self);
}

/* NULL for a number that was never watched. Valid until the next add(). */
static Registration *
lookup (EpollPoller *self,
        int fd)
{
  return (guint) fd < self->n_registrations ? &self->registrations[fd] : NULL;
}

static Registration *
ensure (EpollPoller *self,
        int fd)
{
  if ((guint) fd >= self->n_registrations)
    {
      guint n = MAX (64, self->n_registrations);

      while (n <= (guint) fd)
        n *= 2;
      self->registrations = g_renew (Registration, self->registrations, n);
      memset (&self->registrations[self->n_registrations], 0, (n - self->n_registrations) * sizeof (Registration));
      self->n_registrations = n;
    }

  return &self->registrations[fd];
}

/* Arms what is waited for, in one system call as a rule. Returns 0 or an errno. */
static int
arm (EpollPoller *self,
     int fd,
     Registration *registration)
{
  struct epoll_event event = {
    .events = EPOLLONESHOT | (registration->in != NULL ? EPOLLIN : 0) | (registration->out != NULL ? EPOLLOUT : 0),
    .data.u64 = (guint64) registration->generation << 32 | (guint32) fd,
  };

  if (registration->is_known)
    {
      if (epoll_ctl (self->pollfd.fd, EPOLL_CTL_MOD, fd, &event) == 0)
        return 0;
      if (errno != ENOENT)
        return errno;
      registration->is_known = FALSE; /* another file has got this number */
    }

  registration->generation = ++self->last_generation;
  event.data.u64 = (guint64) registration->generation << 32 | (guint32) fd;
  if (epoll_ctl (self->pollfd.fd, EPOLL_CTL_ADD, fd, &event) < 0)
    {
      /* An orphan found again: its file has got its old number back, through dup2(). */
      if (errno != EEXIST || epoll_ctl (self->pollfd.fd, EPOLL_CTL_MOD, fd, &event) < 0)
        return errno;
    }
  registration->is_known = TRUE;

  return 0;
}

static void
forget_watch (EpollPoller *self,
              AnyioWatch **slot)
{
  AnyioWatch *watch = *slot;

  *slot = NULL;
  self->n_watches--;
  if (!anyio_list_is_empty (&watch->link))
    {
      anyio_list_remove (&watch->link);
      self->parent.n_ready--;
    }
}

static AnyioWatch **
get_slot (Registration *registration,
          GIOCondition condition)
{
  return condition == G_IO_IN ? &registration->in : &registration->out;
}

static void
fire (EpollPoller *self,
      AnyioWatch **slot,
      GIOCondition revents)
{
  AnyioWatch *watch = *slot;

  forget_watch (self, slot);
  watch->fire (watch, anyio_watch_mask (watch, revents));
}

static gboolean
epoll_add (AnyioPoller *poller,
           AnyioWatch *watch,
           GError **error)
{
  EpollPoller *self = (EpollPoller *) poller;
  Registration *registration = ensure (self, watch->fd);
  AnyioWatch **slot = get_slot (registration, watch->condition);
  int code;

  if (*slot != NULL)
    return anyio_poller_fail_pending (watch, error);

  *slot = watch;
  anyio_list_init (&watch->link);
  code = arm (self, watch->fd, registration);
  if (code == EPERM)
    {
      anyio_list_append (&self->always_ready, &watch->link);
      self->parent.n_ready++;
    }
  else if (code != 0)
    {
      *slot = NULL;
      return anyio_poller_fail_errno (watch, code, error);
    }
  self->n_watches++;

  return TRUE;
}

/* Leaves the registration armed: the event that may still come finds nobody waiting, and disarms it. */
static void
epoll_remove (AnyioPoller *poller,
              AnyioWatch *watch)
{
  EpollPoller *self = (EpollPoller *) poller;
  Registration *registration = lookup (self, watch->fd);
  AnyioWatch **slot = registration != NULL ? get_slot (registration, watch->condition) : NULL;

  g_return_if_fail (slot != NULL && *slot == watch);
  forget_watch (self, slot);
}

static void
epoll_notify_closing (AnyioPoller *poller,
                      int fd)
{
  EpollPoller *self = (EpollPoller *) poller;
  Registration *registration = lookup (self, fd);

  if (registration == NULL)
    return;

  if (registration->is_known)
    {
      registration->is_known = FALSE;
      epoll_ctl (self->pollfd.fd, EPOLL_CTL_DEL, fd, NULL);
    }

  if (registration->in != NULL)
    fire (self, &registration->in, 0);

  registration = lookup (self, fd); /* the table may have moved */
  if (registration->out != NULL)
    fire (self, &registration->out, 0);
}

static gboolean
epoll_is_ready (AnyioPoller *poller)
{
  EpollPoller *self = (EpollPoller *) poller;

  return self->pollfd.revents != 0 || self->parent.n_ready > 0;
}

/* Fires one watch at most: a handler may run a nested main loop and wait there for the other direction, so what is left of the event must
 * be in the array again before it is called. */
static void
dispatch_event (EpollPoller *self)
{
  struct epoll_event event = self->events[self->next_event];
  int fd = (int) (guint32) event.data.u64;
  guint32 generation = event.data.u64 >> 32;
  GIOCondition trouble = (event.events & EPOLLERR ? G_IO_ERR : 0) | (event.events & EPOLLHUP ? G_IO_HUP : 0) | (event.events & IS_GONE ? G_IO_NVAL : 0);
  GIOCondition revents = trouble | (event.events & EPOLLIN ? G_IO_IN : 0) | (event.events & EPOLLOUT ? G_IO_OUT : 0);
  Registration *registration = lookup (self, fd);
  gboolean is_current = registration != NULL && registration->generation == generation; /* not an orphan's, nor the alarm's */
  gboolean wakes_in = is_current && registration->in != NULL && ((revents & G_IO_IN) || trouble) && !(event.events & IN_IS_DONE);
  gboolean wakes_out = is_current && registration->out != NULL && ((revents & G_IO_OUT) || trouble);

  /* The event has disarmed both directions; whoever goes on waiting must be armed again. */
  if (wakes_in != wakes_out && !(event.events & IN_IS_DONE) && registration->in != NULL && registration->out != NULL)
    {
      AnyioWatch **woken = wakes_in ? &registration->in : &registration->out;
      AnyioWatch *watch = *woken;

      *woken = NULL;
      if (arm (self, fd, registration) != 0)
        {
          /* Closed behind our back: nobody would ever wake the other one. */
          wakes_in = wakes_out = TRUE;
          revents |= G_IO_NVAL;
          event.events |= IS_GONE;
        }
      *woken = watch;
      event.data.u64 = (guint64) registration->generation << 32 | (guint32) fd;
    }

  if (wakes_in && wakes_out)
    {
      event.events |= IN_IS_DONE;
      self->events[self->next_event] = event;
    }
  else
    {
      self->next_event++;
      self->parent.n_ready--;
    }

  if (wakes_in)
    fire (self, &registration->in, revents);
  else if (wakes_out)
    fire (self, &registration->out, revents);
}

static void
epoll_dispatch (AnyioPoller *poller)
{
  EpollPoller *self = (EpollPoller *) poller;
  guint n_always_ready = self->parent.n_ready - (self->n_events - self->next_event);

  /* Only those of now: their handlers may add others. */
  for (; n_always_ready > 0 && !anyio_list_is_empty (&self->always_ready); n_always_ready--)
    {
      AnyioWatch *watch = ANYIO_CONTAINER (anyio_list_first (&self->always_ready), AnyioWatch, link);

      fire (self, get_slot (lookup (self, watch->fd), watch->condition), watch->condition);
    }

  /* In a nested main loop: first what the outer one has begun. */
  while (self->next_event < self->n_events)
    dispatch_event (self);

  if (self->pollfd.revents == 0)
    return;
  self->pollfd.revents = 0;

  for (;;)
    {
      int n_events = epoll_wait (self->pollfd.fd, self->events, MAX_EVENTS, 0);

      if (n_events < 0 && errno == EINTR)
        continue;
      self->next_event = 0;
      self->n_events = MAX (n_events, 0);
      self->parent.n_ready += self->n_events;
      break;
    }

  while (self->next_event < self->n_events)
    dispatch_event (self);
}

static guint
epoll_get_n_watches (AnyioPoller *poller)
{
  return ((EpollPoller *) poller)->n_watches;
}

const AnyioPollerClass anyio_poller_epoll = {
  .name = "epoll",
  .new = epoll_new,
  .free = epoll_free,
  .add = epoll_add,
  .remove = epoll_remove,
  .notify_closing = epoll_notify_closing,
  .is_ready = epoll_is_ready,
  .dispatch = epoll_dispatch,
  .get_n_watches = epoll_get_n_watches,
};
