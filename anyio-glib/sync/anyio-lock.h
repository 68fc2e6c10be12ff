/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

#define ANYIO_TYPE_LOCK (anyio_lock_get_type ())

ANYIO_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (AnyioLock, anyio_lock, ANYIO, LOCK, GObject)

ANYIO_AVAILABLE_IN_0_1
AnyioLock *anyio_lock_new               (void);
ANYIO_AVAILABLE_IN_0_1
gboolean   anyio_lock_acquire           (AnyioLock *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
gboolean   anyio_lock_acquire_nowait    (AnyioLock *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void       anyio_lock_acquire_async     (AnyioLock *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
ANYIO_AVAILABLE_IN_0_1
gboolean   anyio_lock_acquire_finish    (AnyioLock *self, GAsyncResult *result, GError **error);
ANYIO_AVAILABLE_IN_0_1
void       anyio_lock_release           (AnyioLock *self);
ANYIO_AVAILABLE_IN_0_1
gboolean   anyio_lock_is_locked         (AnyioLock *self);
ANYIO_AVAILABLE_IN_0_1
AnyioTask *anyio_lock_get_owner         (AnyioLock *self);
ANYIO_AVAILABLE_IN_0_1
guint      anyio_lock_get_tasks_waiting (AnyioLock *self);

/**
 * ANYIO_SELECT_LOCK: (skip)
 * @lock: an #AnyioLock
 *
 * A case of anyio_select() that is chosen when the task has the lock, as anyio_lock_acquire().
 *
 * Since: 0.1
 */
#define ANYIO_SELECT_LOCK(lock) (anyio_select_case_lock (lock))
ANYIO_AVAILABLE_IN_0_1
AnyioSelectCase anyio_select_case_lock (AnyioLock *self);

#ifndef __GI_SCANNER__ /* the rest is for C */

/* Holds @lock until the end of the block, as GMutexLocker does:
 *
 *   g_autoptr (AnyioLockLocker) locker = anyio_lock_locker_new (lock, error);
 *
 *   if (locker == NULL) return FALSE;
 *
 * Nothing is allocated, and @lock must outlive the block. */
typedef void AnyioLockLocker;

static inline AnyioLockLocker *
anyio_lock_locker_new (AnyioLock *lock, GError **error)
{
  return anyio_lock_acquire (lock, error) ? (AnyioLockLocker *) lock : NULL;
}

static inline void
anyio_lock_locker_free (AnyioLockLocker *locker)
{
  if (locker != NULL)
    anyio_lock_release ((AnyioLock *) locker);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AnyioLockLocker, anyio_lock_locker_free)

#endif /* __GI_SCANNER__ */

G_END_DECLS
