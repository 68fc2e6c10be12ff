/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For C code that valac writes: a Vala function that throws returns nothing, an AnyioTaskFunc returns whether it succeeded. A closure of three words stands between
 * them. The Vala side of each function is in anyio-glib-1-custom.vala; programs in C have no use for this. */

#pragma once

#include <anyio.h>

G_BEGIN_DECLS

typedef void (*AnyioValaFunc) (gpointer target, GError **error);
typedef void (*AnyioValaGroupFunc) (AnyioTaskGroup *group, gpointer target, GError **error);

typedef struct
{
  gpointer func;          /* AnyioValaFunc or AnyioValaGroupFunc */
  gpointer target;
  GDestroyNotify destroy; /* of target; NULL */
} AnyioValaClosure;

static inline gboolean
anyio_vala_call (gpointer data, GError **error)
{
  const AnyioValaClosure *closure = data;
  GError *raised = NULL;

  ((AnyioValaFunc) closure->func) (closure->target, &raised);
  if (raised == NULL)
    return TRUE;
  g_propagate_error (error, raised);

  return FALSE;
}

static inline gboolean
anyio_vala_call_group (AnyioTaskGroup *group, gpointer data, GError **error)
{
  const AnyioValaClosure *closure = data;
  GError *raised = NULL;

  ((AnyioValaGroupFunc) closure->func) (group, closure->target, &raised);
  if (raised == NULL)
    return TRUE;
  g_propagate_error (error, raised);

  return FALSE;
}

static inline AnyioValaClosure *
anyio_vala_closure_new (AnyioValaFunc func, gpointer target, GDestroyNotify destroy)
{
  AnyioValaClosure *closure = g_new (AnyioValaClosure, 1);

  closure->func = (gpointer) func;
  closure->target = target;
  closure->destroy = destroy;

  return closure;
}

static inline void
anyio_vala_closure_free (gpointer data)
{
  AnyioValaClosure *closure = data;

  if (closure->destroy != NULL)
    closure->destroy (closure->target);
  g_free (closure);
}

static inline void
anyio_vala_run (AnyioValaFunc func, gpointer target, const char *name, const AnyioRunOptions *options, GError **error)
{
  AnyioValaClosure closure = { (gpointer) func, target, NULL };

  anyio_run_named (name, anyio_vala_call, &closure, options, error);
}

static inline AnyioTask *
anyio_vala_start (AnyioValaFunc func, gpointer target, GDestroyNotify destroy, const char *name)
{
  return anyio_start_named (name, anyio_vala_call, anyio_vala_closure_new (func, target, destroy), anyio_vala_closure_free);
}

/* Enters the scope, calls, and exits with what was raised. */
static inline gboolean
anyio_vala_cancel_scope_finish (AnyioCancelScope *scope, AnyioValaFunc func, gpointer target, GError **error)
{
  GError *raised = NULL;

  func (target, &raised);
  anyio_cancel_scope_exit (scope, &raised);
  if (raised != NULL)
    g_propagate_error (error, raised);

  return anyio_cancel_scope_get_cancelled_caught (scope);
}

static inline gboolean
anyio_vala_cancel_scope_run (AnyioCancelScope *scope, AnyioValaFunc func, gpointer target, GError **error)
{
  anyio_cancel_scope_enter (scope);

  return anyio_vala_cancel_scope_finish (scope, func, target, error);
}

static inline gboolean
anyio_vala_move_on_after (double seconds, AnyioValaFunc func, gpointer target, GError **error)
{
  AnyioCancelScope *scope = anyio_move_on_after (seconds);
  gboolean caught = anyio_vala_cancel_scope_finish (scope, func, target, error);

  g_object_unref (scope);

  return caught;
}

static inline gboolean
anyio_vala_move_on_at (double deadline, AnyioValaFunc func, gpointer target, GError **error)
{
  AnyioCancelScope *scope = anyio_move_on_at (deadline);
  gboolean caught = anyio_vala_cancel_scope_finish (scope, func, target, error);

  g_object_unref (scope);

  return caught;
}

static inline void
anyio_vala_with_timeout (double seconds, AnyioValaFunc func, gpointer target, GError **error)
{
  AnyioValaClosure closure = { (gpointer) func, target, NULL };

  anyio_with_timeout (seconds, anyio_vala_call, &closure, error);
}

static inline void
anyio_vala_with_deadline (double deadline, AnyioValaFunc func, gpointer target, GError **error)
{
  AnyioCancelScope *scope = anyio_fail_at (deadline, NULL);

  anyio_vala_cancel_scope_finish (scope, func, target, error);
  g_object_unref (scope);
}

static inline void
anyio_vala_with_task_group (AnyioValaGroupFunc func, gpointer target, GError **error)
{
  AnyioValaClosure closure = { (gpointer) func, target, NULL };

  anyio_with_task_group (anyio_vala_call_group, &closure, error);
}

static inline void
anyio_vala_task_group_start_soon (AnyioTaskGroup *group, AnyioValaFunc func, gpointer target, GDestroyNotify destroy, const char *name)
{
  anyio_task_group_start_soon_named (group, name, anyio_vala_call, anyio_vala_closure_new (func, target, destroy), anyio_vala_closure_free);
}

static inline void
anyio_vala_task_slot_start (AnyioTaskSlot *slot, AnyioValaFunc func, gpointer target, GDestroyNotify destroy, const char *name)
{
  anyio_task_slot_start_named (slot, name, anyio_vala_call, anyio_vala_closure_new (func, target, destroy), anyio_vala_closure_free);
}

static inline void
anyio_vala_retry (AnyioValaFunc func, gpointer target, const AnyioBackoff *backoff, GError **error)
{
  AnyioValaClosure closure = { (gpointer) func, target, NULL };

  anyio_retry (anyio_vala_call, &closure, NULL, backoff, error);
}

static inline gboolean
anyio_vala_task_group_try_start_soon (AnyioTaskGroup *group, AnyioValaFunc func, gpointer target, GDestroyNotify destroy, const char *name)
{
  AnyioValaClosure *closure = anyio_vala_closure_new (func, target, destroy);
  gboolean started = anyio_task_group_try_start_soon_named (group, name, anyio_vala_call, closure, anyio_vala_closure_free);

  if (!started)
    anyio_vala_closure_free (closure);

  return started;
}

static inline AnyioTask *
anyio_vala_task_group_create_task (AnyioTaskGroup *group, AnyioValaFunc func, gpointer target, GDestroyNotify destroy, const char *name)
{
  return anyio_task_group_create_task_named (group, name, anyio_vala_call, anyio_vala_closure_new (func, target, destroy), anyio_vala_closure_free);
}

static inline void
anyio_vala_task_group_start (AnyioTaskGroup *group, AnyioValaFunc func, gpointer target, GDestroyNotify destroy, const char *name, GValue *value, GError **error)
{
  anyio_task_group_start_named (group, name, anyio_vala_call, anyio_vala_closure_new (func, target, destroy), anyio_vala_closure_free, value, error);
}

static inline void
anyio_vala_task_get_result (AnyioTask *task, GValue *value, GError **error)
{
  anyio_task_get_result (task, value, error);
}

static inline void
anyio_vala_cancel_scope_defer (AnyioCancelScope *scope, AnyioValaFunc func, gpointer target, GDestroyNotify destroy)
{
  anyio_cancel_scope_defer (scope, anyio_vala_call, anyio_vala_closure_new (func, target, destroy), anyio_vala_closure_free);
}

static inline void
anyio_vala_call_async (AnyioValaFunc func, gpointer target, GDestroyNotify destroy, const char *name, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer callback_data)
{
  anyio_call_func_async (NULL, name, anyio_vala_call, anyio_vala_closure_new (func, target, destroy), anyio_vala_closure_free, cancellable, callback, callback_data);
}

static inline void
anyio_vala_call_finish (GAsyncResult *result, GError **error)
{
  anyio_call_func_finish (NULL, result, error);
}

static inline void
anyio_vala_to_thread (AnyioValaFunc func, gpointer target, const char *name, AnyioCapacityLimiter *limiter, GError **error)
{
  AnyioValaClosure closure = { (gpointer) func, target, NULL };

  anyio_to_thread_named (name, anyio_vala_call, &closure, limiter, error);
}

static inline gpointer
anyio_vala_call_for_nothing (gpointer data, GError **error)
{
  anyio_vala_call (data, error);

  return NULL;
}

static inline void
anyio_vala_to_thread_abandon_on_cancel (AnyioValaFunc func, gpointer target, GDestroyNotify destroy, const char *name, AnyioCapacityLimiter *limiter, GError **error)
{
  anyio_to_thread_abandon_on_cancel_named (name, anyio_vala_call_for_nothing, anyio_vala_closure_new (func, target, destroy), anyio_vala_closure_free, NULL, limiter, error);
}

static inline void
anyio_vala_from_thread_call (AnyioValaFunc func, gpointer target, const char *name, GError **error)
{
  AnyioValaClosure closure = { (gpointer) func, target, NULL };

  anyio_from_thread_call_named (name, anyio_vala_call, &closure, error);
}

static inline void
anyio_vala_from_thread_run (AnyioValaFunc func, gpointer target, const char *name, GError **error)
{
  AnyioValaClosure closure = { (gpointer) func, target, NULL };

  anyio_from_thread_run_named (name, anyio_vala_call, &closure, error);
}

static inline void
anyio_vala_portal_call (AnyioPortal *portal, AnyioValaFunc func, gpointer target, const char *name, GError **error)
{
  AnyioValaClosure closure = { (gpointer) func, target, NULL };

  anyio_portal_call_named (portal, name, anyio_vala_call, &closure, error);
}

static inline void
anyio_vala_portal_run (AnyioPortal *portal, AnyioValaFunc func, gpointer target, const char *name, GError **error)
{
  AnyioValaClosure closure = { (gpointer) func, target, NULL };

  anyio_portal_run_named (portal, name, anyio_vala_call, &closure, error);
}

static inline AnyioPortalFuture *
anyio_vala_portal_start_task_soon (AnyioPortal *portal, AnyioValaFunc func, gpointer target, GDestroyNotify destroy, const char *name, GError **error)
{
  return anyio_portal_start_task_soon_named (portal, name, anyio_vala_call, anyio_vala_closure_new (func, target, destroy), anyio_vala_closure_free, error);
}

static inline AnyioPortalFuture *
anyio_vala_portal_start_task (AnyioPortal *portal, AnyioValaFunc func, gpointer target, GDestroyNotify destroy, GValue *value, const char *name, GError **error)
{
  return anyio_portal_start_task_named (portal, name, anyio_vala_call, anyio_vala_closure_new (func, target, destroy), anyio_vala_closure_free, value, error);
}

static inline void
anyio_vala_portal_future_wait (AnyioPortalFuture *future, GValue *value, GError **error)
{
  anyio_portal_future_wait (future, value, error);
}

/* A call on the heap: Vala gives a delegate the address of an object, but a copy of a struct. */
static inline AnyioCall *
anyio_vala_await_new (void)
{
  return g_new0 (AnyioCall, 1);
}

static inline void
anyio_vala_await_free (AnyioCall *call)
{
  anyio_call_clear (call);
  g_free (call);
}

/* --- streams: what Vala knows of the type of an item stands before the arguments --------------------------------------------------------------- */

static inline gboolean
anyio_vala_is_item_type (GType type)
{
  return type == G_TYPE_STRING || type == G_TYPE_VARIANT || G_TYPE_IS_BOXED (type) || g_type_is_a (type, G_TYPE_OBJECT);
}

static inline void
anyio_vala_create_memory_object_stream (GType type, GBoxedCopyFunc copy, GDestroyNotify destroy, gsize max_buffer_size, AnyioMemoryObjectSendStream **send,
                                        AnyioMemoryObjectReceiveStream **receive)
{
  if (anyio_vala_is_item_type (type))
    anyio_create_memory_object_stream (max_buffer_size, type, send, receive);
  else
    anyio_create_memory_pointer_stream (max_buffer_size, destroy, send, receive);
}

static inline void
anyio_vala_send (AnyioMemoryObjectSendStream *self, gpointer item, GError **error)
{
  if (!anyio_memory_object_send_stream_send (self, item, error))
    anyio_memory_object_send_stream_free_item (self, item);
}

static inline void
anyio_vala_send_nowait (AnyioMemoryObjectSendStream *self, gpointer item, GError **error)
{
  if (!anyio_memory_object_send_stream_send_nowait (self, item, error))
    anyio_memory_object_send_stream_free_item (self, item);
}

static inline gpointer
anyio_vala_receive (AnyioMemoryObjectReceiveStream *self, GError **error)
{
  gpointer item;

  return anyio_memory_object_receive_stream_receive (self, &item, error) ? item : NULL;
}

static inline gpointer
anyio_vala_receive_nowait (AnyioMemoryObjectReceiveStream *self, GError **error)
{
  gpointer item;

  return anyio_memory_object_receive_stream_receive_nowait (self, &item, error) ? item : NULL;
}

/* Of a foreach, which calls next and get in turn. */
typedef struct
{
  AnyioMemoryObjectReceiveStream *stream; /* owned */
  gpointer item;                          /* between the two */
} AnyioValaReceiveIterator;

static inline AnyioValaReceiveIterator *
anyio_vala_receive_iterator_new (AnyioMemoryObjectReceiveStream *stream)
{
  AnyioValaReceiveIterator *self = g_new0 (AnyioValaReceiveIterator, 1);

  self->stream = (AnyioMemoryObjectReceiveStream *) g_object_ref (stream);

  return self;
}

static inline void
anyio_vala_receive_iterator_free (AnyioValaReceiveIterator *self)
{
  g_object_unref (self->stream);
  g_free (self);
}

static inline gboolean
anyio_vala_receive_iterator_next (AnyioValaReceiveIterator *self, GError **error)
{
  GError *failure = NULL;

  if (anyio_memory_object_receive_stream_receive (self->stream, &self->item, &failure))
    return TRUE;
  if (g_error_matches (failure, ANYIO_ERROR, ANYIO_ERROR_END_OF_STREAM))
    g_error_free (failure);
  else
    g_propagate_error (error, failure);

  return FALSE;
}

static inline gpointer
anyio_vala_receive_iterator_get (AnyioValaReceiveIterator *self)
{
  return g_steal_pointer (&self->item);
}

/* Of a foreach over signals. */
typedef struct
{
  AnyioSignalReceiver *receiver; /* owned */
  int number;                    /* between the two */
} AnyioValaSignalIterator;

static inline AnyioValaSignalIterator *
anyio_vala_signal_iterator_new (AnyioSignalReceiver *receiver)
{
  AnyioValaSignalIterator *self = g_new0 (AnyioValaSignalIterator, 1);

  self->receiver = (AnyioSignalReceiver *) g_object_ref (receiver);

  return self;
}

static inline void
anyio_vala_signal_iterator_free (AnyioValaSignalIterator *self)
{
  g_object_unref (self->receiver);
  g_free (self);
}

static inline gboolean
anyio_vala_signal_iterator_next (AnyioValaSignalIterator *self, GError **error)
{
  self->number = anyio_signal_receiver_receive (self->receiver, error);

  return self->number != 0;
}

static inline int
anyio_vala_signal_iterator_get (AnyioValaSignalIterator *self)
{
  return self->number;
}

static inline AnyioBroadcastStream *
anyio_vala_broadcast_stream_new (GType type, GBoxedCopyFunc copy, GDestroyNotify destroy)
{
  return anyio_vala_is_item_type (type) ? anyio_broadcast_stream_new (type) : anyio_broadcast_stream_new_for_pointers (copy, destroy);
}

static inline void
anyio_vala_broadcast (AnyioBroadcastStream *self, gpointer item, GError **error)
{
  if (!anyio_broadcast_stream_send (self, item, error))
    anyio_broadcast_stream_free_item (self, item);
}

G_END_DECLS
