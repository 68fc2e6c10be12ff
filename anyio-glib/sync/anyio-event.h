/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_EVENT (anyio_event_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioEvent, anyio_event, ANYIO, EVENT, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioEvent *anyio_event_new               (void);
ANYIO_AVAILABLE_IN_0_1
void        anyio_event_set               (AnyioEvent *self);
ANYIO_AVAILABLE_IN_0_1
gboolean    anyio_event_is_set            (AnyioEvent *self);
ANYIO_AVAILABLE_IN_0_1
gboolean    anyio_event_wait              (AnyioEvent *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void        anyio_event_wait_async        (AnyioEvent *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean    anyio_event_wait_finish       (AnyioEvent *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
guint       anyio_event_get_tasks_waiting (AnyioEvent *self);

/**
 * ANYIO_SELECT_EVENT: (skip)
 * @event: an #AnyioEvent
 *
 * A case of anyio_select() that is chosen when the event has happened.
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_EVENT(event) (anyio_select_case_event (event))
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase anyio_select_case_event (AnyioEvent *self);

G_END_DECLS
