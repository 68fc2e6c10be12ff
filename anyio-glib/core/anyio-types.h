/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The types that more than one public header names, so that no public header has to include another type's header. */

#pragma once

#include <gio/gio.h>

#include <anyio-glib/anyio-version-macros.h>

G_BEGIN_DECLS

typedef struct _AnyioAdopted AnyioAdopted;
typedef struct _AnyioBackoff AnyioBackoff;
typedef struct _AnyioCall AnyioCall;
typedef struct _AnyioCapacityLimiter AnyioCapacityLimiter;
typedef struct _AnyioCancelScope AnyioCancelScope;
typedef struct _AnyioClock AnyioClock;
typedef struct _AnyioLock AnyioLock;
typedef struct _AnyioMemoryObjectReceiveStream AnyioMemoryObjectReceiveStream;
typedef struct _AnyioMemoryObjectSendStream AnyioMemoryObjectSendStream;
typedef struct _AnyioPart AnyioPart;
typedef struct _AnyioPortal AnyioPortal;
typedef struct _AnyioPortalFuture AnyioPortalFuture;
typedef struct _AnyioPortalProvider AnyioPortalProvider;
typedef struct _AnyioProgress AnyioProgress;
typedef struct _AnyioRunOptions AnyioRunOptions;
typedef struct _AnyioSelectCase AnyioSelectCase;
typedef struct _AnyioSupervision AnyioSupervision;
typedef struct _AnyioTask AnyioTask;
typedef struct _AnyioTaskGroup AnyioTaskGroup;

/**
 * AnyioTaskFunc:
 * @user_data: what was given when the task was started
 * @error: return location for an error
 *
 * The body of a task: straight-line code that may call every function that suspends. It may borrow memory of the function that
 * owns its task group, because it cannot outlive it.
 *
 * Returns: %TRUE if the task succeeded, %FALSE with @error set if it failed
 *
 * Since: 0.1
 */
typedef gboolean (*AnyioTaskFunc) (gpointer user_data, GError **error);

G_END_DECLS
