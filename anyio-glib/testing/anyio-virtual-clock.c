/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Time for tests: it stands still while anything can happen and jumps to the next timer when nothing can. A test that sleeps for a year takes no time, and
 * two sleeps of the same length end at exactly the same time. It keeps I14: a sleep moves the clock by exactly its length.
 *
 * When nothing can happen is for the library to find out: a GIO operation under way, a thread at work or a watched descriptor that is not ready do not hold
 * back the jump unless they are known to be outstanding; awaited GIO calls are. That nothing can ever happen again is a
 * deadlock, which the run reports without asking the clock (I26).
 */

#include "anyio-virtual-clock-private.h"

#include <math.h>

struct _AnyioVirtualClock
{
  AnyioClock parent_instance;

  gint64 now_ns;
  gboolean autojump;
  AnyioSuspendingFunc suspending; /* NULL */
  gpointer suspending_data;
};

/**
 * AnyioVirtualClock:
 *
 * A clock that jumps to the next deadline whenever nothing else can happen. It starts at 0. All of it belongs to the thread of the run.
 *
 * ```c
 * #include <anyio-testing.h>
 *
 * static gboolean
 * wait_for_a_year (gpointer data, GError **error)
 * {
 *   return anyio_sleep (365 * 24 * 3600, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (AnyioClock) clock = anyio_virtual_clock_new ();
 *   g_autoptr (AnyioRunOptions) options = anyio_run_options_new ();
 *   g_autoptr (GError) error = NULL;
 *
 *   anyio_run_options_set_clock (options, clock);
 *   if (!anyio_run_full (wait_for_a_year, NULL, options, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * Trio: MockClock.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AnyioVirtualClock, anyio_virtual_clock, ANYIO_TYPE_CLOCK)

enum
{
  PROP_AUTOJUMP = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static gint64
anyio_virtual_clock_get_time_ns (AnyioClock *clock)
{
  return ANYIO_VIRTUAL_CLOCK (clock)->now_ns;
}

static void
anyio_virtual_clock_idle (AnyioClock *clock,
                          gint64 next_ns)
{
  AnyioVirtualClock *self = ANYIO_VIRTUAL_CLOCK (clock);

  if (self->autojump && next_ns != G_MAXINT64)
    self->now_ns = MAX (self->now_ns, next_ns);
}

static void
anyio_virtual_clock_suspending (AnyioClock *clock)
{
  AnyioVirtualClock *self = ANYIO_VIRTUAL_CLOCK (clock);

  if (self->suspending != NULL)
    self->suspending (self->suspending_data);
}

static void
anyio_virtual_clock_get_property (GObject *object,
                                  guint id,
                                  GValue *value,
                                  GParamSpec *pspec)
{
  AnyioVirtualClock *self = ANYIO_VIRTUAL_CLOCK (object);

  switch (id)
    {
    case PROP_AUTOJUMP:
      g_value_set_boolean (value, anyio_virtual_clock_get_autojump (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_virtual_clock_set_property (GObject *object,
                                  guint id,
                                  const GValue *value,
                                  GParamSpec *pspec)
{
  AnyioVirtualClock *self = ANYIO_VIRTUAL_CLOCK (object);

  switch (id)
    {
    case PROP_AUTOJUMP:
      anyio_virtual_clock_set_autojump (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_virtual_clock_class_init (AnyioVirtualClockClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  AnyioClockClass *clock_class = ANYIO_CLOCK_CLASS (klass);

  object_class->get_property = anyio_virtual_clock_get_property;
  object_class->set_property = anyio_virtual_clock_set_property;
  clock_class->get_time_ns = anyio_virtual_clock_get_time_ns;
  clock_class->idle = anyio_virtual_clock_idle;
  clock_class->suspending = anyio_virtual_clock_suspending;

  /**
   * AnyioVirtualClock:autojump:
   *
   * Whether the time moves on by itself when nothing else can happen.
   *
   * Since: 0.1
   */
  properties[PROP_AUTOJUMP] = g_param_spec_boolean ("autojump", NULL, NULL, TRUE, G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_virtual_clock_init (AnyioVirtualClock *self)
{
}

/**
 * anyio_virtual_clock_new:
 *
 * Makes a clock that stands at 0 and jumps by itself.
 *
 * Returns: (transfer full) (type AnyioVirtualClock): a new clock
 *
 * Since: 0.1
 */
AnyioClock *
anyio_virtual_clock_new (void)
{
  return g_object_new (ANYIO_TYPE_VIRTUAL_CLOCK, NULL);
}

/**
 * anyio_virtual_clock_advance:
 * @self: a clock
 * @seconds: by how much; not negative, finite
 *
 * Moves the time on. Timers that are due then fire in the loop's next step, not inside this call: to see the effect, let
 * the others run, with anyio_wait_all_tasks_blocked() for instance.
 *
 * Since: 0.1
 */
void
anyio_virtual_clock_advance (AnyioVirtualClock *self,
                             double seconds)
{
  g_return_if_fail (ANYIO_IS_VIRTUAL_CLOCK (self));
  g_return_if_fail (seconds >= 0 && seconds < 1e9);

  self->now_ns += llround (seconds * 1e9);
}

/**
 * anyio_virtual_clock_set_autojump:
 * @self: a clock
 * @autojump: whether the clock jumps by itself
 *
 * Chooses whether the time moves on by itself when nothing else can happen. If not, only anyio_virtual_clock_advance() moves it.
 *
 * Since: 0.1
 */
void
anyio_virtual_clock_set_autojump (AnyioVirtualClock *self,
                                  gboolean autojump)
{
  g_return_if_fail (ANYIO_IS_VIRTUAL_CLOCK (self));

  self->autojump = autojump;
}

/**
 * anyio_virtual_clock_get_autojump:
 * @self: a clock
 *
 * Tells whether the clock jumps by itself.
 *
 * Returns: %TRUE if it does
 *
 * Since: 0.1
 */
gboolean
anyio_virtual_clock_get_autojump (AnyioVirtualClock *self)
{
  g_return_val_if_fail (ANYIO_IS_VIRTUAL_CLOCK (self), FALSE);

  return self->autojump;
}

void
anyio_virtual_clock_set_suspending_func (AnyioVirtualClock *self,
                                         AnyioSuspendingFunc func,
                                         gpointer user_data)
{
  self->suspending = func;
  self->suspending_data = user_data;
}
