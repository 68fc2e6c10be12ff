/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A loop under a replaced clock: the source that notices that nothing can happen any more unless time passes.
 *
 * A virtual clock stands still while there is anything to do and jumps to the next timer when there is not. "Anything" means the
 * whole GMainContext, not only us: an idle source of a widget, a GIO callback under way. GLib knows this already: it dispatches only the
 * highest priority that is ready, so a source of the lowest possible one gets its turn exactly when nothing else is ready. What GLib cannot know is
 * what other threads are about to send; this is what anyio_loop_add_outstanding() is for.
 *
 * The source is ready only in check(), after all others had their say, and never in prepare(): a source that is ready in prepare() stays marked
 * as ready when something more urgent comes first, and would then be dispatched in a later iteration without being asked again.
 *
 * Not spinning. A clock may do nothing (it does not jump by itself; there is no timer). Asking again at once would be 100 % CPU; so after a call that
 * changed nothing the source is off until there is a reason to expect another answer:
 *   - our main source was dispatched (something ran, was posted, became ready),
 *   - the time or the time of the first timer is another one than at the end of that call,
 *   - the last outstanding operation has ended.
 * What other sources of the context do does not count by itself; if it matters to us it shows in one of these.
 *
 * Costs: without a clock none; with one, a look at the clock per iteration.
 */

#include "loop/anyio-loop-private.h"

typedef struct
{
  GSource parent;
  AnyioLoop *loop; /* borrowed; destroys us before it goes */
} IdleSource;

static gboolean
is_wanted (AnyioLoop *self)
{
  gint64 due_ns = anyio_heap_peek_key (&self->timers);
  gint64 now_ns;

  if (self->n_outstanding > 0 || anyio_loop_has_work (self))
    return FALSE;

  now_ns = anyio_loop_now (self);
  if (due_ns <= now_ns && due_ns != ANYIO_TIME_NEVER)
    return FALSE; /* the main source's turn */

  return !self->is_idle_told || self->idle_told_ns != now_ns || self->idle_told_due_ns != due_ns;
}

static gboolean
prepare (GSource *source,
         int *timeout)
{
  *timeout = is_wanted (((IdleSource *) source)->loop) ? 0 : -1;

  return FALSE;
}

static gboolean
check (GSource *source)
{
  return is_wanted (((IdleSource *) source)->loop);
}

static gboolean
dispatch (GSource *source,
          GSourceFunc callback,
          gpointer user_data)
{
  AnyioLoop *self = ((IdleSource *) source)->loop;
  gint64 before_ns;

  if (!is_wanted (self))
    return G_SOURCE_CONTINUE;

  self->depth++;
  before_ns = anyio_loop_now (self);
  self->clock->idle (self->clock, anyio_heap_peek_key (&self->timers));
  self->depth--;

  if (self->clock != NULL)
    {
      self->idle_told_ns = anyio_loop_now (self);
      self->idle_told_due_ns = anyio_heap_peek_key (&self->timers);
      self->is_idle_told = self->idle_told_ns == before_ns;
    }

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs idle_funcs = { .prepare = prepare, .check = check, .dispatch = dispatch };

void
anyio_loop_set_clock (AnyioLoop *self,
                      AnyioLoopClock *clock)
{
  if (self->idle_source != NULL)
    {
      g_source_destroy (self->idle_source);
      g_clear_pointer (&self->idle_source, g_source_unref);
    }

  self->clock = clock;
  self->is_idle_told = FALSE;
  if (clock != NULL)
    anyio_alarm_disarm (&self->alarm); /* it goes by the real time */

  if (clock != NULL && clock->idle != NULL)
    {
      self->idle_source = g_source_new (&idle_funcs, sizeof (IdleSource));
      ((IdleSource *) self->idle_source)->loop = self;
      g_source_set_static_name (self->idle_source, "anyio-glib clock");
      g_source_set_priority (self->idle_source, G_MAXINT);
      g_source_set_can_recurse (self->idle_source, TRUE);
      g_source_attach (self->idle_source, self->context);
    }
  anyio_loop_changed (self);
}

void
anyio_loop_remove_outstanding (AnyioLoop *self)
{
  g_return_if_fail (self->n_outstanding > 0);

  if (--self->n_outstanding == 0)
    {
      self->is_idle_told = FALSE;
      anyio_loop_changed (self);
    }
}
