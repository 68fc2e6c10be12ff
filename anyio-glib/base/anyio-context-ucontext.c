/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The stack switch where no assembly is at hand: swapcontext(), which every Unix has that matters.
 *
 * It costs two system calls a switch, because swapcontext() saves the signal mask, which fibers do not need. It allocates
 * nothing: the ucontext_t of a context that does not run stands on that context's own stack, as the register frame of
 * the assembly does; for a fresh context at the top of its memory, later in the frame of the anyio_context_swap() that left it.
 */

#include "base/anyio-context-private.h"

#include <errno.h>
#include <ucontext.h>

typedef struct
{
  ucontext_t context;
  void (*entry) (gpointer data);
  gpointer data;
} Start;

/* makecontext() passes ints only, so the pointer comes in two halves. */
static void
start (guint upper,
       guint lower)
{
  Start *self = (Start *) (gsize) ((guint64) upper << 32 | lower);

  self->entry (self->data);
  g_assert_not_reached ();
}

void
anyio_context_prepare (AnyioContext *self,
                       char *low,
                       char *high,
                       void (*entry) (gpointer data),
                       gpointer data)
{
  gsize top = ((gsize) high - sizeof (Start)) & ~(gsize) 63;
  Start *fresh = (Start *) top;
  guint64 address = top;

  if (getcontext (&fresh->context) != 0)
    g_error ("getcontext: %s", g_strerror (errno));

  fresh->entry = entry;
  fresh->data = data;
  fresh->context.uc_stack.ss_sp = low;
  fresh->context.uc_stack.ss_size = (char *) fresh - low;
  fresh->context.uc_link = NULL;
  makecontext (&fresh->context, (void (*) (void)) start, 2, (guint) (address >> 32), (guint) address);
  self->sp = &fresh->context;
}

void
anyio_context_swap (AnyioContext *from,
                    AnyioContext *to)
{
  ucontext_t here;

  /* swapcontext() leaves this field alone, and AddressSanitizer's wrapper around it reads the field when somebody comes back. */
  here.uc_stack.ss_sp = NULL;
  here.uc_stack.ss_size = 0;
  from->sp = &here;
  if (swapcontext (&here, to->sp) != 0)
    g_error ("swapcontext: %s", g_strerror (errno));
}
