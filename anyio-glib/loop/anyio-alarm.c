/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sleeping until a point in time, more precisely than GLib's poll can.
 *
 * GMainContext counts in milliseconds. Rounded up, a sleep of 50 us takes 1 ms; rounded down, the last millisecond is
 * spent spinning. Therefore a timerfd on CLOCK_MONOTONIC goes off at the very nanosecond, and the poller watches it. It is the only
 * timer that the kernel knows of, whatever the number of AnyioTimers.
 *
 * The descriptor is set only when the loop is about to sleep, and then only if it would go off too late, or has gone off. If it would go off too
 * early it stays: timeouts are mostly cancelled before their time (every read has its five seconds and gets an answer after one
 * millisecond), so following the next due time would cost a system call per sleep. Like this it costs one sleep that ends for
 * nothing per expiry of such an alarm, after which the alarm is set anew.
 *
 * Waking a thread is what timers cost: 15 us of CPU on the machine where this was measured, without one line of ours. Ten thousand timers
 * within a second that each wake the thread cost 0.15 s, and 0.02 s if those of a millisecond share one. Therefore the alarm has a slack, of a microsecond for
 * each armed timer and a millisecond at most, when it went off less than a millisecond ago: a timer that stands alone is exact, also beside
 * thousands that are far away, and only those that come thick and fast wait for each other. Late, never early; and in order all the same.
 *
 * Setting it, also to never, makes the descriptor unreadable again, so it is never read.
 *
 * Where there is no timerfd the timeout is given in milliseconds, rounded up. Cost: setting takes 400 ns, leaving it as it is nothing.
 */

#include "loop/anyio-alarm-private.h"

#include "base/anyio-clock-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/timerfd.h>

static gboolean
set_timer (AnyioAlarm *self,
           gint64 due_ns)
{
  struct itimerspec spec = { 0 };

  /* All zero disarms, hence at least one nanosecond. */
  if (due_ns != ANYIO_TIME_NEVER)
    {
      due_ns = MAX (due_ns, 1);
      spec.it_value.tv_sec = due_ns / ANYIO_NSEC_PER_SEC;
      spec.it_value.tv_nsec = due_ns % ANYIO_NSEC_PER_SEC;
    }
  if (timerfd_settime (self->fd, TFD_TIMER_ABSTIME, &spec, NULL) < 0)
    return FALSE;
  self->armed_ns = due_ns;

  return TRUE;
}

gboolean
anyio_alarm_init (AnyioAlarm *self,
                  GError **error)
{
  *self = (AnyioAlarm) ANYIO_ALARM_INIT;
  self->fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

  if (self->fd < 0 && (errno == EMFILE || errno == ENFILE))
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "Cannot make a timer descriptor: %s", g_strerror (code));
      return FALSE;
    }

  return TRUE;
}

#else

static gboolean
set_timer (AnyioAlarm *self,
           gint64 due_ns)
{
  return FALSE;
}

gboolean
anyio_alarm_init (AnyioAlarm *self,
                  GError **error)
{
  *self = (AnyioAlarm) ANYIO_ALARM_INIT;

  return TRUE;
}

#endif

void
anyio_alarm_clear (AnyioAlarm *self)
{
  if (self->fd >= 0)
    close (self->fd);
  *self = (AnyioAlarm) ANYIO_ALARM_INIT;
}

int
anyio_alarm_set (AnyioAlarm *self,
                 gint64 now_ns,
                 gint64 due_ns,
                 guint n_timers)
{
  if (self->fd >= 0)
    {
      gint64 latest_ns = due_ns;
      gboolean is_pending;
      gboolean is_off;

      if (self->armed_ns <= now_ns)
        self->last_ns = self->armed_ns;
      if (due_ns - ANYIO_ALARM_MAX_SLACK_NS < self->last_ns)
        latest_ns = anyio_ns_add (due_ns, MIN ((gint64) n_timers * ANYIO_ALARM_SLACK_NS, ANYIO_ALARM_MAX_SLACK_NS));
      is_pending = self->armed_ns > now_ns && self->armed_ns <= latest_ns;
      is_off = self->armed_ns == ANYIO_TIME_NEVER && latest_ns == ANYIO_TIME_NEVER;
      if (is_pending || is_off || set_timer (self, latest_ns))
        return -1;
    }

  if (due_ns == ANYIO_TIME_NEVER)
    return -1;

  return (int) MIN ((due_ns - now_ns - 1) / 1000000 + 1, G_MAXINT);
}

void
anyio_alarm_disarm (AnyioAlarm *self)
{
  if (self->fd >= 0 && self->armed_ns != ANYIO_TIME_NEVER)
    set_timer (self, ANYIO_TIME_NEVER);
}
