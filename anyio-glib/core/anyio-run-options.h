/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_RUN_OPTIONS (anyio_run_options_get_type ())

ANYIO_AVAILABLE_IN_0_1
GType            anyio_run_options_get_type          (void);
ANYIO_AVAILABLE_IN_0_1
AnyioRunOptions *anyio_run_options_new               (void);
ANYIO_AVAILABLE_IN_0_1
AnyioRunOptions *anyio_run_options_copy              (const AnyioRunOptions *self);
ANYIO_AVAILABLE_IN_0_1
void             anyio_run_options_free              (AnyioRunOptions *self);
ANYIO_AVAILABLE_IN_0_1
void             anyio_run_options_set_backend       (AnyioRunOptions *self, const char *backend);
ANYIO_AVAILABLE_IN_0_1
void             anyio_run_options_set_clock         (AnyioRunOptions *self, AnyioClock *clock);
ANYIO_AVAILABLE_IN_0_1
void             anyio_run_options_set_seed          (AnyioRunOptions *self, guint seed);
ANYIO_AVAILABLE_IN_0_1
void             anyio_run_options_set_stack_size    (AnyioRunOptions *self, gsize size_bytes);
ANYIO_AVAILABLE_IN_0_1
void             anyio_run_options_set_handle_sigint (AnyioRunOptions *self, gboolean handle_sigint);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AnyioRunOptions, anyio_run_options_free)

G_END_DECLS
