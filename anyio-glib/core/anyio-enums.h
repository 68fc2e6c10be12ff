/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The types of the enumerations, for properties and for other languages. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_CANCEL_KIND (anyio_cancel_kind_get_type ())
ANYIO_AVAILABLE_IN_0_1
GType anyio_cancel_kind_get_type  (void);

#define ANYIO_TYPE_DRIVER_EVENT (anyio_driver_event_get_type ())
ANYIO_AVAILABLE_IN_0_1
GType anyio_driver_event_get_type (void);

#define ANYIO_TYPE_DRIVER_FLAGS (anyio_driver_flags_get_type ())
ANYIO_AVAILABLE_IN_0_1
GType anyio_driver_flags_get_type (void);

#define ANYIO_TYPE_ERROR (anyio_error_get_type ())
ANYIO_AVAILABLE_IN_0_1
GType anyio_error_get_type        (void);

#define ANYIO_TYPE_JOIN_POLICY (anyio_join_policy_get_type ())
ANYIO_AVAILABLE_IN_0_1
GType anyio_join_policy_get_type  (void);

#define ANYIO_TYPE_TASK_STATUS (anyio_task_status_get_type ())
ANYIO_AVAILABLE_IN_0_1
GType anyio_task_status_get_type  (void);

G_END_DECLS
