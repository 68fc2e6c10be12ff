/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The mark on the GCancellable of an awaited operation: the runtime that counts it as outstanding. */

#include "core/anyio-operation-private.h"

static GQuark
mark_quark (void)
{
  return g_quark_from_static_string ("anyio-operation");
}

static gboolean
can_mark (const AnyioRuntime *runtime,
          const GCancellable *cancellable)
{
  return G_UNLIKELY (runtime->clock != NULL) && cancellable != NULL && cancellable != runtime->cancelled;
}

void
anyio_operation_begin (AnyioRuntime *runtime,
                       GCancellable *cancellable)
{
  if (can_mark (runtime, cancellable))
    g_object_set_qdata (G_OBJECT (cancellable), mark_quark (), runtime);
  anyio_loop_add_outstanding (&runtime->loop);
}

void
anyio_operation_end (AnyioRuntime *runtime,
                     GCancellable *cancellable)
{
  if (!can_mark (runtime, cancellable))
    anyio_loop_remove_outstanding (&runtime->loop);
  else
    anyio_operation_take (runtime, cancellable);
}

gboolean
anyio_operation_take (AnyioRuntime *runtime,
                      GCancellable *cancellable)
{
  if (!can_mark (runtime, cancellable) || g_object_get_qdata (G_OBJECT (cancellable), mark_quark ()) != runtime)
    return FALSE;
  g_object_set_qdata (G_OBJECT (cancellable), mark_quark (), NULL);
  anyio_loop_remove_outstanding (&runtime->loop);

  return TRUE;
}

void
anyio_operation_give (AnyioRuntime *runtime,
                      GCancellable *cancellable)
{
  anyio_operation_begin (runtime, cancellable);
}
