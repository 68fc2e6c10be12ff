/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_PROGRESS (anyio_progress_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioProgress, anyio_progress, ANYIO, PROGRESS, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioProgress *anyio_progress_new          (void);
ANYIO_AVAILABLE_IN_0_1
void           anyio_progress_report       (AnyioProgress *self, double fraction, const char *text);
ANYIO_AVAILABLE_IN_0_1
double         anyio_progress_get_fraction (AnyioProgress *self);
ANYIO_AVAILABLE_IN_0_1
const char    *anyio_progress_get_text     (AnyioProgress *self);

G_END_DECLS
