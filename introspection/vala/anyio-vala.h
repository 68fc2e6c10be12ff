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

/* --- combinators --------------------------------------------------------------------------------------------------------------- */

typedef void (*AnyioValaFailureFunc) (const GError *error, guint n_failures, gpointer target);

/* What is called again and again; the closure comes first, so that the address is that of both. */
typedef struct
{
  AnyioValaClosure closure;
  gpointer func; /* AnyioRetryFunc or AnyioValaFailureFunc, about its failures; NULL */
  gpointer target;
} AnyioValaAgain;

static inline gboolean
anyio_vala_decide (const GError *error, guint n_failures, gpointer data)
{
  const AnyioValaAgain *again = data;

  return ((AnyioRetryFunc) again->func) (error, n_failures, again->target);
}

static inline void
anyio_vala_retry (AnyioValaFunc func, gpointer target, const AnyioBackoff *backoff, AnyioRetryFunc decide, gpointer decide_target, GError **error)
{
  AnyioValaAgain again = { { (gpointer) func, target, NULL }, (gpointer) decide, decide_target };

  anyio_retry (anyio_vala_call, &again, decide != NULL ? anyio_vala_decide : NULL, backoff, error);
}

static inline void
anyio_vala_tell_failure (const GError *error, guint n_failures, gpointer data)
{
  const AnyioValaAgain *again = data;

  ((AnyioValaFailureFunc) again->func) (error, n_failures, again->target);
}

static inline void
anyio_vala_supervise (AnyioValaFunc func, gpointer target, const AnyioBackoff *backoff, AnyioRestart restart, double stable_after, AnyioValaFailureFunc failed,
                      gpointer failed_target, GError **error)
{
  AnyioValaAgain again = { { (gpointer) func, target, NULL }, (gpointer) failed, failed_target };
  AnyioSupervision supervision = { anyio_vala_call, &again, restart, backoff, stable_after, failed != NULL ? anyio_vala_tell_failure : NULL };

  anyio_supervise (&supervision, error);
}

typedef struct
{
  GArray *parts; /* of AnyioPart; owned, as their closures */
} AnyioValaParts;

static inline AnyioValaParts *
anyio_vala_parts_new (void)
{
  AnyioValaParts *self = g_new (AnyioValaParts, 1);

  self->parts = g_array_new (FALSE, FALSE, sizeof (AnyioPart));

  return self;
}

static inline void
anyio_vala_parts_free (AnyioValaParts *self)
{
  for (guint i = 0; i < self->parts->len; i++)
    anyio_vala_closure_free (g_array_index (self->parts, AnyioPart, i).user_data);
  g_array_unref (self->parts);
  g_free (self);
}

static inline void
anyio_vala_parts_add (AnyioValaParts *self, AnyioValaFunc func, gpointer target, GDestroyNotify destroy, const char *name)
{
  AnyioPart part = { name, anyio_vala_call, anyio_vala_closure_new (func, target, destroy) };

  g_array_append_val (self->parts, part);
}

static inline void
anyio_vala_parts_gather (AnyioValaParts *self, GError **error)
{
  anyio_gather ((AnyioPart *) self->parts->data, self->parts->len, error);
}

static inline int
anyio_vala_parts_race (AnyioValaParts *self, GError **error)
{
  return anyio_race ((AnyioPart *) self->parts->data, self->parts->len, error);
}

static inline int
anyio_vala_parts_first_success (AnyioValaParts *self, double stagger, GError **error)
{
  return anyio_first_success ((AnyioPart *) self->parts->data, self->parts->len, stagger, error);
}

typedef void (*AnyioValaMapFunc) (gconstpointer item, gpointer target, GError **error);

typedef struct
{
  AnyioValaMapFunc func;
  gpointer target;
  gpointer item; /* borrowed */
} AnyioValaMapItem;

static inline gboolean
anyio_vala_call_for_item (gpointer data, GError **error)
{
  const AnyioValaMapItem *self = data;
  GError *raised = NULL;

  self->func (self->item, self->target, &raised);
  if (raised == NULL)
    return TRUE;
  g_propagate_error (error, raised);

  return FALSE;
}

static inline void
anyio_vala_map (GType type, GBoxedCopyFunc copy, GDestroyNotify destroy, gpointer *items, int n_items, AnyioValaMapFunc func, gpointer target, guint limit, const char *name,
                GError **error)
{
  AnyioValaMapItem *calls = g_new (AnyioValaMapItem, n_items);

  for (int i = 0; i < n_items; i++)
    calls[i] = (AnyioValaMapItem){ func, target, items[i] };
  anyio_map_named (name, anyio_vala_call_for_item, calls, sizeof *calls, (guint) n_items, limit, error);
  g_free (calls);
}

typedef gpointer (*AnyioValaCacheFunc) (gconstpointer key, gpointer target, GError **error);

static inline gpointer
anyio_vala_copy_nothing (gpointer value)
{
  return value;
}

static inline void
anyio_vala_free_nothing (gpointer value)
{
}

static inline AnyioCache *
anyio_vala_cache_new (GType key_type, GBoxedCopyFunc key_copy, GDestroyNotify key_free, GType value_type, GBoxedCopyFunc value_copy, GDestroyNotify value_free,
                      AnyioValaCacheFunc load, gpointer target, GDestroyNotify destroy)
{
  const AnyioCacheFuncs funcs = {
    key_type == G_TYPE_STRING ? g_str_hash : g_direct_hash,
    key_type == G_TYPE_STRING ? g_str_equal : g_direct_equal,
    key_copy != NULL ? key_copy : anyio_vala_copy_nothing,
    key_free != NULL ? key_free : anyio_vala_free_nothing,
    value_copy != NULL ? value_copy : anyio_vala_copy_nothing,
    value_free != NULL ? value_free : anyio_vala_free_nothing,
    load,
  };

  return anyio_cache_new (&funcs, target, destroy);
}

/* --- groups ---------------------------------------------------------------------------------------------------------------------- */

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

static inline void
anyio_vala_broadcast_nowait (AnyioBroadcastStream *self, gpointer item, GError **error)
{
  if (!anyio_broadcast_stream_send_nowait (self, item, error))
    anyio_broadcast_stream_free_item (self, item);
}

/* --- select ---------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  gpointer object;        /* owned; NULL */
  gpointer item;          /* to send; owned; NULL */
  GDestroyNotify destroy; /* of what is received; NULL */
  gboolean is_send;
} AnyioValaOption;

typedef struct
{
  GArray *cases;   /* of AnyioSelectCase; owned */
  GArray *options; /* of AnyioValaOption, the same number; owned */
  gpointer item;   /* that was received; owned */
  GDestroyNotify destroy; /* of it; NULL */
} AnyioValaSelect;

static inline void
anyio_vala_select_drop_item (AnyioValaSelect *self)
{
  if (self->item != NULL && self->destroy != NULL)
    self->destroy (self->item);
  self->item = NULL;
}

static inline void
anyio_vala_select_drop_option (AnyioValaOption *option)
{
  if (option->is_send && ANYIO_IS_BROADCAST_STREAM (option->object))
    anyio_broadcast_stream_free_item ((AnyioBroadcastStream *) option->object, option->item);
  else if (option->is_send)
    anyio_memory_object_send_stream_free_item ((AnyioMemoryObjectSendStream *) option->object, option->item);
  g_clear_object (&option->object);
}

static inline AnyioValaSelect *
anyio_vala_select_new (void)
{
  AnyioValaSelect *self = g_new0 (AnyioValaSelect, 1);

  self->cases = g_array_new (FALSE, FALSE, sizeof (AnyioSelectCase));
  self->options = g_array_new (FALSE, FALSE, sizeof (AnyioValaOption));

  return self;
}

static inline void
anyio_vala_select_free (AnyioValaSelect *self)
{
  anyio_vala_select_drop_item (self);
  for (guint i = 0; i < self->options->len; i++)
    anyio_vala_select_drop_option (&g_array_index (self->options, AnyioValaOption, i));
  g_array_unref (self->cases);
  g_array_unref (self->options);
  g_free (self);
}

static inline int
anyio_vala_select_add (AnyioValaSelect *self, AnyioSelectCase added, gpointer object)
{
  AnyioValaOption option = { object != NULL ? g_object_ref (object) : NULL, NULL, NULL, FALSE };

  g_array_append_val (self->cases, added);
  g_array_append_val (self->options, option);

  return (int) self->cases->len - 1;
}

static inline int
anyio_vala_select_add_sleep (AnyioValaSelect *self, double seconds)
{
  return anyio_vala_select_add (self, anyio_select_case_sleep (seconds), NULL);
}

static inline int
anyio_vala_select_add_sleep_until (AnyioValaSelect *self, double deadline)
{
  return anyio_vala_select_add (self, anyio_select_case_sleep_until (deadline), NULL);
}

static inline int
anyio_vala_select_add_stop_requested (AnyioValaSelect *self)
{
  return anyio_vala_select_add (self, anyio_select_case_stop_requested (), NULL);
}

static inline int
anyio_vala_select_add_task (AnyioValaSelect *self, AnyioTask *task)
{
  return anyio_vala_select_add (self, anyio_select_case_task (task), task);
}

static inline int
anyio_vala_select_add_event (AnyioValaSelect *self, AnyioEvent *event)
{
  return anyio_vala_select_add (self, anyio_select_case_event (event), event);
}

static inline int
anyio_vala_select_add_future (AnyioValaSelect *self, AnyioFuture *future)
{
  return anyio_vala_select_add (self, anyio_select_case_future (future), future);
}

static inline int
anyio_vala_select_add_lock (AnyioValaSelect *self, AnyioLock *lock)
{
  return anyio_vala_select_add (self, anyio_select_case_lock (lock), lock);
}

static inline int
anyio_vala_select_add_semaphore (AnyioValaSelect *self, AnyioSemaphore *semaphore)
{
  return anyio_vala_select_add (self, anyio_select_case_semaphore (semaphore), semaphore);
}

static inline int
anyio_vala_select_add_capacity_limiter (AnyioValaSelect *self, AnyioCapacityLimiter *limiter)
{
  return anyio_vala_select_add (self, anyio_select_case_capacity_limiter (limiter), limiter);
}

static inline int
anyio_vala_select_add_readable (AnyioValaSelect *self, int fd)
{
  return anyio_vala_select_add (self, anyio_select_case_readable (fd), NULL);
}

static inline int
anyio_vala_select_add_writable (AnyioValaSelect *self, int fd)
{
  return anyio_vala_select_add (self, anyio_select_case_writable (fd), NULL);
}

static inline int
anyio_vala_select_add_receive (AnyioValaSelect *self, GType type, GBoxedCopyFunc copy, GDestroyNotify destroy, AnyioMemoryObjectReceiveStream *stream)
{
  int i = anyio_vala_select_add (self, anyio_memory_object_receive_stream_select (stream, &self->item), stream);

  g_array_index (self->options, AnyioValaOption, i).destroy = destroy;

  return i;
}

static inline int
anyio_vala_select_keep_item (AnyioValaSelect *self, int i, gpointer item)
{
  AnyioValaOption *option = &g_array_index (self->options, AnyioValaOption, i);

  option->item = item;
  option->is_send = TRUE;

  return i;
}

static inline int
anyio_vala_select_add_send (AnyioValaSelect *self, GType type, GBoxedCopyFunc copy, GDestroyNotify destroy, AnyioMemoryObjectSendStream *stream, gpointer item)
{
  return anyio_vala_select_keep_item (self, anyio_vala_select_add (self, anyio_memory_object_send_stream_select (stream, item), stream), item);
}

static inline int
anyio_vala_select_add_broadcast (AnyioValaSelect *self, GType type, GBoxedCopyFunc copy, GDestroyNotify destroy, AnyioBroadcastStream *stream, gpointer item)
{
  return anyio_vala_select_keep_item (self, anyio_vala_select_add (self, anyio_broadcast_stream_select (stream, item), stream), item);
}

/* What the operation at i came to, none if i is negative. */
static inline int
anyio_vala_select_finish (AnyioValaSelect *self, int i)
{
  AnyioValaOption *option;

  if (i < 0)
    return i;
  option = &g_array_index (self->options, AnyioValaOption, i);
  self->destroy = option->destroy;
  if (option->is_send)
    {
      option->is_send = FALSE; /* the item is the stream's */
      g_array_index (self->cases, AnyioSelectCase, i) = anyio_select_case_never ();
    }

  return i;
}

static inline int
anyio_vala_select_wait (AnyioValaSelect *self, GError **error)
{
  anyio_vala_select_drop_item (self);

  return anyio_vala_select_finish (self, anyio_select ((AnyioSelectCase *) self->cases->data, self->cases->len, error));
}

static inline int
anyio_vala_select_try_now (AnyioValaSelect *self, GError **error)
{
  anyio_vala_select_drop_item (self);

  return anyio_vala_select_finish (self, anyio_select_nowait ((AnyioSelectCase *) self->cases->data, self->cases->len, error));
}

static inline int
anyio_vala_select_get_failed (AnyioValaSelect *self)
{
  for (guint i = 0; i < self->cases->len; i++)
    if (g_array_index (self->cases, AnyioSelectCase, i).failed)
      return (int) i;

  return -1;
}

static inline gpointer
anyio_vala_select_take (AnyioValaSelect *self, GType type, GBoxedCopyFunc copy, GDestroyNotify destroy)
{
  return g_steal_pointer (&self->item);
}

G_END_DECLS
