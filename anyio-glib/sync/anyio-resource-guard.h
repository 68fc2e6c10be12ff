/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_RESOURCE_GUARD (anyio_resource_guard_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioResourceGuard, anyio_resource_guard, ANYIO, RESOURCE_GUARD, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioResourceGuard *anyio_resource_guard_new        (const char *action);
ANYIO_AVAILABLE_IN_0_1
gboolean            anyio_resource_guard_enter      (AnyioResourceGuard *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void                anyio_resource_guard_leave      (AnyioResourceGuard *self);
ANYIO_AVAILABLE_IN_0_1
gboolean            anyio_resource_guard_is_busy    (AnyioResourceGuard *self);
ANYIO_AVAILABLE_IN_0_1
const char         *anyio_resource_guard_get_action (AnyioResourceGuard *self);

#ifndef __GI_SCANNER__ /* the rest is for C */

/* Uses the resource until the end of the block:
 *
 *   g_autoptr (AnyioResourceGuardLocker) locker = anyio_resource_guard_locker_new (guard, error);
 *
 *   if (locker == NULL) return FALSE;
 *
 * Nothing is allocated, and @guard must outlive the block. */
typedef void AnyioResourceGuardLocker;

static inline AnyioResourceGuardLocker *
anyio_resource_guard_locker_new (AnyioResourceGuard *guard, GError **error)
{
  return anyio_resource_guard_enter (guard, error) ? (AnyioResourceGuardLocker *) guard : NULL;
}

static inline void
anyio_resource_guard_locker_free (AnyioResourceGuardLocker *locker)
{
  if (locker != NULL)
    anyio_resource_guard_leave ((AnyioResourceGuard *) locker);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AnyioResourceGuardLocker, anyio_resource_guard_locker_free)

#endif /* __GI_SCANNER__ */

G_END_DECLS
