/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ends the sleep of a GMainContext at a point in time that milliseconds cannot express. See anyio-alarm.c. */

#pragma once

#include <glib.h>

typedef struct _AnyioAlarm AnyioAlarm;

struct _AnyioAlarm
{
  int fd;          /* becomes readable when the alarm goes off; polled by the poller. -1: there is none */
  gint64 armed_ns; /* when it becomes, or became, readable; ANYIO_TIME_NEVER while it is not armed */
  gint64 last_ns;  /* when it went off last */
};

/* How late the alarm may be soon after the last one: for each armed timer, and at most. See anyio-alarm.c. */
#define ANYIO_ALARM_SLACK_NS 1000
#define ANYIO_ALARM_MAX_SLACK_NS (1000 * 1000)

#define ANYIO_ALARM_INIT { -1, ANYIO_TIME_NEVER, G_MININT64 / 2 }

/* FALSE with an error only if no descriptor is left; where there are no timerfds the alarm works with milliseconds. */
gboolean anyio_alarm_init   (AnyioAlarm *self, GError **error);
void     anyio_alarm_clear  (AnyioAlarm *self);

/* From prepare(): the timeout in milliseconds (-1: none) with which a sleep from @now_ns ends at @due_ns, up to the slack of @n_timers later, or,
 * rarely, earlier for nothing. No slack if it has not gone off in the last millisecond. @due_ns is later than @now_ns, or ANYIO_TIME_NEVER. */
int      anyio_alarm_set    (AnyioAlarm *self, gint64 now_ns, gint64 due_ns, guint n_timers);
void     anyio_alarm_disarm (AnyioAlarm *self);
