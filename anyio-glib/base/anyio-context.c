/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The switch as the sanitizers see it. In other builds this file is empty and the header's inline functions do all.
 *
 * AddressSanitizer must know the bounds of the stack in use (to print reports, to clear poison before a function that does not return) and keeps a
 * heap copy of the frames of each stack, the "fake stack". It wants a call before each switch, with the bounds of the target,
 * and one after it, on the target, with the fake stack that it handed out when the target was left. The second call says
 * which bounds the stack just left has: that is how the bounds of a thread's own stack become known, without asking the system for them.
 *
 * ThreadSanitizer keeps a shadow of the call stack and a vector clock per fiber. A shadow stack is not wound back when a fiber ends in the
 * middle of its calls, so its fiber cannot serve the next context on the same memory: each made context has its own, freed
 * by whoever runs next, because the fiber in use cannot be.
 *
 * What must pass from the leaving to the arriving side goes through two thread-local variables, which only these builds have.
 */

#include "base/anyio-context-private.h"

#if !ANYIO_CONTEXT_IS_PLAIN

#if ANYIO_WITH_ASAN
#include <sanitizer/common_interface_defs.h>

/* Set on leaving, read on arrival. NULL: what was left has ended. */
static __thread AnyioContext *left_context;
#endif

#if ANYIO_WITH_TSAN
#include <sanitizer/tsan_interface.h>

/* The fiber that ended in the last switch, or NULL. */
static __thread gpointer ended_fiber;
#endif

/* The last act on the old stack. Inlined even without optimisation: the end of a function of its own would be taken off the shadow
 * of the new stack. */
G_ALWAYS_INLINE static inline void
leave (AnyioContext *from,
       AnyioContext *to,
       gboolean ends)
{
#if ANYIO_WITH_ASAN
  left_context = ends ? NULL : from;
  __sanitizer_start_switch_fiber (ends ? NULL : &from->fake_stack, to->low, to->size_bytes);
#endif
#if ANYIO_WITH_TSAN
  if (ends && from->owns_fiber)
    {
      ended_fiber = g_steal_pointer (&from->fiber);
      from->owns_fiber = FALSE;
    }
  __tsan_switch_to_fiber (to->fiber, 0);
#endif
}

/* The first act on the new stack. */
static inline void
arrive (AnyioContext *self)
{
#if ANYIO_WITH_ASAN
  gconstpointer low;
  gsize size_bytes;

  __sanitizer_finish_switch_fiber (self->fake_stack, &low, &size_bytes);
  if (left_context != NULL)
    {
      left_context->low = low;
      left_context->size_bytes = size_bytes;
    }
#endif
#if ANYIO_WITH_TSAN
  if (ended_fiber != NULL)
    __tsan_destroy_fiber (g_steal_pointer (&ended_fiber));
#endif
}

static void
start (gpointer data)
{
  AnyioContext *self = data;

  arrive (self);
  self->entry (self->data);
  g_assert_not_reached ();
}

void
anyio_context_make (AnyioContext *self,
                    char *low,
                    char *high,
                    void (*entry) (gpointer data),
                    gpointer data)
{
  *self = (AnyioContext) { .entry = entry, .data = data };
#if ANYIO_WITH_ASAN
  self->low = low;
  self->size_bytes = high - low;
#endif
#if ANYIO_WITH_TSAN
  self->fiber = __tsan_create_fiber (0);
  self->owns_fiber = TRUE;
#endif
  anyio_context_prepare (self, low, high, start, self);
}

void
anyio_context_clear (AnyioContext *self)
{
#if ANYIO_WITH_TSAN
  if (self->owns_fiber)
    __tsan_destroy_fiber (g_steal_pointer (&self->fiber));
  self->owns_fiber = FALSE;
#endif
}

void
anyio_context_switch (AnyioContext *from,
                      AnyioContext *to)
{
  leave (from, to, FALSE);
  anyio_context_swap (from, to);
  arrive (from);
}

void
anyio_context_exit (AnyioContext *from,
                    AnyioContext *to)
{
  leave (from, to, TRUE);
  anyio_context_swap (from, to);
  __builtin_unreachable ();
}

void
anyio_context_init_running (AnyioContext *self)
{
  *self = (AnyioContext) { .sp = NULL };
#if ANYIO_WITH_TSAN
  self->fiber = __tsan_get_current_fiber ();
#endif
}

#endif
