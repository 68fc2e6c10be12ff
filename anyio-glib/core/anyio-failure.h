/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_FAILURE (anyio_failure_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioFailure, anyio_failure, ANYIO, FAILURE, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioFailure *anyio_failure_new           (const char *task_name, const GError *error);
ANYIO_AVAILABLE_IN_0_1
const char   *anyio_failure_get_task_name (AnyioFailure *self);
ANYIO_AVAILABLE_IN_0_1
const GError *anyio_failure_get_error     (AnyioFailure *self);
ANYIO_AVAILABLE_IN_0_1
const char   *anyio_failure_get_message   (AnyioFailure *self);
ANYIO_AVAILABLE_IN_0_1
GListModel   *anyio_failure_get_members   (AnyioFailure *self);

G_END_DECLS
