/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Included before every file of a ThreadSanitizer build: tells it what GLib's locks, queues and reference counts order.
 *
 * Debian's GLib is not instrumented and its locks are futexes of its own, so that ThreadSanitizer sees neither and would report
 * whatever they protect. Each wrapper calls the real function and names the happens-before edge that it makes. Only calls that are
 * compiled here are seen, not those that GLib makes itself.
 */

#pragma once

/* Assembly is compiled with the same options. */
#ifndef __ASSEMBLER__

#include <glib-object.h>
#include <sanitizer/tsan_interface.h>

static inline void
anyio_tsan_mutex_lock (GMutex *mutex)
{
  g_mutex_lock (mutex);
  __tsan_acquire (mutex);
}

static inline gboolean
anyio_tsan_mutex_trylock (GMutex *mutex)
{
  if (!g_mutex_trylock (mutex))
    return FALSE;
  __tsan_acquire (mutex);

  return TRUE;
}

static inline void
anyio_tsan_mutex_unlock (GMutex *mutex)
{
  __tsan_release (mutex);
  g_mutex_unlock (mutex);
}

static inline void
anyio_tsan_cond_wait (GCond *cond, GMutex *mutex)
{
  __tsan_release (mutex);
  g_cond_wait (cond, mutex);
  __tsan_acquire (mutex);
}

static inline gboolean
anyio_tsan_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean woken;

  __tsan_release (mutex);
  woken = g_cond_wait_until (cond, mutex, end_time);
  __tsan_acquire (mutex);

  return woken;
}

static inline GMutexLocker *
anyio_tsan_mutex_locker_new (GMutex *mutex)
{
  anyio_tsan_mutex_lock (mutex);

  return (GMutexLocker *) mutex;
}

static inline void
anyio_tsan_mutex_locker_free (GMutexLocker *locker)
{
  anyio_tsan_mutex_unlock ((GMutex *) locker);
}

static inline void
anyio_tsan_async_queue_push (GAsyncQueue *queue, gpointer data)
{
  __tsan_release (queue);
  g_async_queue_push (queue, data);
}

static inline gpointer
anyio_tsan_async_queue_pop (GAsyncQueue *queue)
{
  gpointer data = g_async_queue_pop (queue);

  __tsan_acquire (queue);

  return data;
}

static inline gpointer
anyio_tsan_async_queue_try_pop (GAsyncQueue *queue)
{
  gpointer data = g_async_queue_try_pop (queue);

  __tsan_acquire (queue);

  return data;
}

static inline gpointer
anyio_tsan_async_queue_timeout_pop (GAsyncQueue *queue, guint64 timeout)
{
  gpointer data = g_async_queue_timeout_pop (queue, timeout);

  __tsan_acquire (queue);

  return data;
}

static inline gboolean
anyio_tsan_once_init_enter (volatile void *location)
{
  gboolean first = (g_once_init_enter) (location);

  __tsan_acquire ((void *) location);

  return first;
}

static inline void
anyio_tsan_once_init_leave (volatile void *location, gsize result)
{
  __tsan_release ((void *) location);
  (g_once_init_leave) (location, result);
}

/* What each thread did to an object comes before its disposal by whichever drops it last. The count is taken down here, in an operation that is seen; GLib gets the
 * last reference. No program of a ThreadSanitizer build has toggle references, which alone would want to know of the others. */
static inline void
anyio_tsan_object_unref (gpointer object)
{
  GObject *self = object;
  guint count = __atomic_load_n (&self->ref_count, __ATOMIC_ACQUIRE);

  while (count > 1)
    {
      if (__atomic_compare_exchange_n (&self->ref_count, &count, count - 1, FALSE, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return;
    }
  g_object_unref (self);
}

/* What g_autoptr() of each class ends in. */
static inline void
anyio_tsan_autoptr_clear_object (GObject *object)
{
  if (object != NULL)
    anyio_tsan_object_unref (object);
}

#undef g_once_init_enter
#undef g_once_init_leave
#define g_once_init_enter(location) anyio_tsan_once_init_enter (location)
#define g_once_init_leave(location, result) anyio_tsan_once_init_leave (location, (gsize) (result))
#define g_mutex_lock anyio_tsan_mutex_lock
#define g_mutex_trylock anyio_tsan_mutex_trylock
#define g_mutex_unlock anyio_tsan_mutex_unlock
#define g_mutex_locker_new anyio_tsan_mutex_locker_new
#define g_mutex_locker_free anyio_tsan_mutex_locker_free
#define g_cond_wait anyio_tsan_cond_wait
#define g_cond_wait_until anyio_tsan_cond_wait_until
#define g_async_queue_push anyio_tsan_async_queue_push
#define g_async_queue_pop anyio_tsan_async_queue_pop
#define g_async_queue_try_pop anyio_tsan_async_queue_try_pop
#define g_async_queue_timeout_pop anyio_tsan_async_queue_timeout_pop
#define g_object_unref anyio_tsan_object_unref
#define glib_autoptr_clear_GObject anyio_tsan_autoptr_clear_object

#endif
