/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioCancelKind:
 * @ANYIO_CANCEL_NONE: not cancelled
 * @ANYIO_CANCEL_EXPLICIT: by a call of cancel()
 * @ANYIO_CANCEL_DEADLINE: the deadline passed
 * @ANYIO_CANCEL_CHILD_FAILED: a child of the group failed
 * @ANYIO_CANCEL_BODY_FAILED: the function that owns the group failed
 * @ANYIO_CANCEL_LINKED: through a foreign #GCancellable
 * @ANYIO_CANCEL_OBJECT_DISPOSED: the object that the group is bound to was disposed
 * @ANYIO_CANCEL_SHUTDOWN: the run is ending, or the user interrupted it
 *
 * Why a scope was cancelled.
 *
 * Since: 0.1
 */
typedef enum
{
  ANYIO_CANCEL_NONE,
  ANYIO_CANCEL_EXPLICIT,
  ANYIO_CANCEL_DEADLINE,
  ANYIO_CANCEL_CHILD_FAILED,
  ANYIO_CANCEL_BODY_FAILED,
  ANYIO_CANCEL_LINKED,
  ANYIO_CANCEL_OBJECT_DISPOSED,
  ANYIO_CANCEL_SHUTDOWN
} AnyioCancelKind;

#define ANYIO_TYPE_CANCEL_SCOPE (anyio_cancel_scope_get_type ())

/* Declared by hand and not by G_DECLARE_FINAL_TYPE(): g_autoptr (AnyioCancelScope) leaves the scope. */
ANYIO_AVAILABLE_IN_0_1
GType             anyio_cancel_scope_get_type             (void);
#define ANYIO_CANCEL_SCOPE(object) (G_TYPE_CHECK_INSTANCE_CAST ((object), ANYIO_TYPE_CANCEL_SCOPE, AnyioCancelScope))
#define ANYIO_IS_CANCEL_SCOPE(object) (G_TYPE_CHECK_INSTANCE_TYPE ((object), ANYIO_TYPE_CANCEL_SCOPE))

ANYIO_AVAILABLE_IN_0_1
AnyioCancelScope *anyio_cancel_scope_new                  (void);
ANYIO_AVAILABLE_IN_0_1
void              anyio_cancel_scope_enter                (AnyioCancelScope *self);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_cancel_scope_exit                 (AnyioCancelScope *self, GError **error);
ANYIO_AVAILABLE_IN_0_1
void              anyio_cancel_scope_leave                (AnyioCancelScope *self);
ANYIO_AVAILABLE_IN_0_1
AnyioCancelScope *anyio_move_on_after                     (double seconds);
ANYIO_AVAILABLE_IN_0_1
AnyioCancelScope *anyio_move_on_at                        (double deadline);
ANYIO_AVAILABLE_IN_0_1
AnyioCancelScope *anyio_fail_after                        (double seconds, GError **error);
ANYIO_AVAILABLE_IN_0_1
AnyioCancelScope *anyio_fail_at                           (double deadline, GError **error);

ANYIO_AVAILABLE_IN_0_1
void              anyio_cancel_scope_cancel               (AnyioCancelScope *self, const char *reason);
ANYIO_AVAILABLE_IN_0_1
void              anyio_cancel_scope_set_timeout          (AnyioCancelScope *self, double seconds);
ANYIO_AVAILABLE_IN_0_1
double            anyio_cancel_scope_get_deadline         (AnyioCancelScope *self);
ANYIO_AVAILABLE_IN_0_1
void              anyio_cancel_scope_set_deadline         (AnyioCancelScope *self, double deadline);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_cancel_scope_get_shield           (AnyioCancelScope *self);
ANYIO_AVAILABLE_IN_0_1
void              anyio_cancel_scope_set_shield           (AnyioCancelScope *self, gboolean shield);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_cancel_scope_get_cancel_called    (AnyioCancelScope *self);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_cancel_scope_get_cancelled_caught (AnyioCancelScope *self);
ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_cancel_scope_is_cancelled         (AnyioCancelScope *self);
ANYIO_AVAILABLE_IN_0_1
AnyioCancelKind   anyio_cancel_scope_get_reason           (AnyioCancelScope *self, const char **text, const char **by_task);
ANYIO_AVAILABLE_IN_0_1
GCancellable     *anyio_cancel_scope_get_cancellable      (AnyioCancelScope *self);
ANYIO_AVAILABLE_IN_0_1
void              anyio_cancel_scope_link                 (AnyioCancelScope *self, GCancellable *cancellable);
ANYIO_AVAILABLE_IN_0_1
void              anyio_cancel_scope_defer                (AnyioCancelScope *self, AnyioTaskFunc func, gpointer user_data, GDestroyNotify destroy);
ANYIO_AVAILABLE_IN_0_1
void              anyio_cancel_scope_set_grace            (AnyioCancelScope *self, double seconds);
ANYIO_AVAILABLE_IN_0_1
AnyioCancelScope *anyio_current_cancel_scope              (void);

ANYIO_AVAILABLE_IN_0_1
gboolean          anyio_with_timeout                      (double seconds, AnyioTaskFunc body, gpointer user_data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AnyioCancelScope, anyio_cancel_scope_leave)

G_END_DECLS
