/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the core itself offers to anyio_select(): time, the end of a task, the soft stop, descriptors. */

#include "core/anyio-select-private.h"

#include "core/anyio-fd-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-stop-private.h"
#include "core/anyio-task-private.h"

#include <math.h>

/* --- never ---------------------------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_select_case_never: (skip)
 *
 * Makes the case of %ANYIO_SELECT_NEVER.
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_never (void)
{
  return (AnyioSelectCase){ .ops = NULL };
}

/* --- time ----------------------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  AnyioOffer offer; /* in no list: the timer commits it */
  AnyioTimer timer;
} TimeState;

ANYIO_SELECT_CHECK_STATE (TimeState);

static void
time_has_come (AnyioTimer *timer)
{
  anyio_offer_commit (&ANYIO_CONTAINER (timer, TimeState, timer)->offer);
}

static gboolean
arm (AnyioSelectCase *self,
     AnyioParty *party,
     gint64 due_ns)
{
  TimeState *state = ANYIO_SELECT_STATE (self, TimeState);
  AnyioLoop *loop = &anyio_record_get_runtime (party->wait.record)->loop;

  state->offer.party = party;
  anyio_list_init (&state->offer.link);
  anyio_timer_init (&state->timer, anyio_loop_next_seq (loop), time_has_come);
  anyio_loop_arm (loop, &state->timer, due_ns);

  return TRUE;
}

static void
disarm (AnyioSelectCase *self)
{
  TimeState *state = ANYIO_SELECT_STATE (self, TimeState);

  anyio_loop_disarm (&anyio_record_get_runtime (state->offer.party->wait.record)->loop, &state->timer);
}

static gboolean
try_sleep (AnyioSelectCase *self,
           AnyioParty *party,
           GError **error)
{
  return self->seconds <= 0;
}

static gboolean
enqueue_sleep (AnyioSelectCase *self,
               AnyioParty *party,
               GError **error)
{
  gint64 due_ns = anyio_seconds_to_ns (self->seconds);

  if (due_ns != ANYIO_TIME_NEVER)
    due_ns = anyio_ns_add (anyio_loop_now (&anyio_record_get_runtime (party->wait.record)->loop), due_ns);

  return arm (self, party, due_ns);
}

static gboolean
try_deadline (AnyioSelectCase *self,
              AnyioParty *party,
              GError **error)
{
  AnyioRuntime *runtime = anyio_runtime_find ();

  return anyio_seconds_to_ns (self->seconds) <= (runtime != NULL ? anyio_loop_now (&runtime->loop) : anyio_clock_monotonic_ns ());
}

static gboolean
enqueue_deadline (AnyioSelectCase *self,
                  AnyioParty *party,
                  GError **error)
{
  return arm (self, party, anyio_seconds_to_ns (self->seconds));
}

static const AnyioSelectOps sleep_ops = { try_sleep, enqueue_sleep, disarm, NULL };
static const AnyioSelectOps deadline_ops = { try_deadline, enqueue_deadline, disarm, NULL };

static AnyioSelectCase
make_time_case (const AnyioSelectOps *ops,
                double seconds,
                const char *function)
{
  if (G_UNLIKELY (isnan (seconds)))
    {
      g_critical ("%s() was called with NaN, which counts as infinity", function);
      seconds = INFINITY;
    }

  return (AnyioSelectCase){ .ops = ops, .seconds = seconds };
}

/**
 * anyio_select_case_sleep: (skip)
 * @seconds: how long
 *
 * Makes the case of ANYIO_SELECT_SLEEP().
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_sleep (double seconds)
{
  return make_time_case (&sleep_ops, seconds, G_STRFUNC);
}

/**
 * anyio_select_case_sleep_until: (skip)
 * @deadline: seconds on the clock of anyio_current_time()
 *
 * Makes the case of ANYIO_SELECT_SLEEP_UNTIL().
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_sleep_until (double deadline)
{
  return make_time_case (&deadline_ops, deadline, G_STRFUNC);
}

/* --- the end of a task ------------------------------------------------------------------------------------------------------------------------ */

ANYIO_SELECT_CHECK_STATE (AnyioOffer);

static gboolean
try_task (AnyioSelectCase *self,
          AnyioParty *party,
          GError **error)
{
  return anyio_task_get_waiters (self->object) == NULL;
}

static gboolean
enqueue_task (AnyioSelectCase *self,
              AnyioParty *party,
              GError **error)
{
  if (!anyio_task_check_waiter (self->object, party->wait.record, error))
    return FALSE;
  anyio_select_enqueue_in_list (self, party, anyio_task_get_waiters (self->object));

  return TRUE;
}

static const AnyioSelectOps task_ops = { try_task, enqueue_task, anyio_select_withdraw_from_list, NULL };

/**
 * anyio_select_case_task: (skip)
 * @task: a task of the same context
 *
 * Makes the case of ANYIO_SELECT_TASK(). The caller keeps a reference to @task as long as it uses the case.
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_task (AnyioTask *task)
{
  g_return_val_if_fail (ANYIO_IS_TASK (task), anyio_select_case_never ());

  return (AnyioSelectCase){ .ops = &task_ops, .object = task };
}

/* --- the soft stop ----------------------------------------------------------------------------------------------------------------------------- */

static gboolean
try_stop (AnyioSelectCase *self,
          AnyioParty *party,
          GError **error)
{
  return party->wait.record != NULL && anyio_scope_is_stopping (party->wait.record->scope);
}

static gboolean
enqueue_stop (AnyioSelectCase *self,
              AnyioParty *party,
              GError **error)
{
  anyio_select_enqueue_in_list (self, party, &anyio_record_get_runtime (party->wait.record)->stop_waiters);

  return TRUE;
}

static const AnyioSelectOps stop_ops = { try_stop, enqueue_stop, anyio_select_withdraw_from_list, NULL };

/**
 * anyio_select_case_stop_requested: (skip)
 *
 * Makes the case of %ANYIO_SELECT_STOP_REQUESTED.
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_stop_requested (void)
{
  return (AnyioSelectCase){ .ops = &stop_ops };
}

/* --- descriptors ------------------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  AnyioOffer offer; /* in no list: the watch commits it */
  AnyioWatch watch;
  GIOCondition revents;
} FdState;

ANYIO_SELECT_CHECK_STATE (FdState);

static int
get_fd (const AnyioSelectCase *self)
{
  return GPOINTER_TO_INT (self->data);
}

static void
descriptor_ready (AnyioWatch *watch,
                  GIOCondition revents)
{
  FdState *state = ANYIO_CONTAINER (watch, FdState, watch);

  state->revents = revents;
  anyio_offer_commit (&state->offer);
}

static gboolean
try_fd (const AnyioSelectCase *self,
        GIOCondition condition,
        GError **error)
{
  GPollFD poll = { get_fd (self), condition, 0 };

  if (g_poll (&poll, 1, 0) <= 0)
    return FALSE;
  if ((poll.revents & G_IO_NVAL) != 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "Descriptor %d is not open", poll.fd);

  return TRUE;
}

static gboolean
try_readable (AnyioSelectCase *self,
              AnyioParty *party,
              GError **error)
{
  return try_fd (self, G_IO_IN, error);
}

static gboolean
try_writable (AnyioSelectCase *self,
              AnyioParty *party,
              GError **error)
{
  return try_fd (self, G_IO_OUT, error);
}

static gboolean
enqueue_fd (AnyioSelectCase *self,
            AnyioParty *party,
            GIOCondition condition,
            GError **error)
{
  FdState *state = ANYIO_SELECT_STATE (self, FdState);

  *state = (FdState){ .offer.party = party, .watch = { .fd = get_fd (self), .condition = condition, .fire = descriptor_ready } };
  anyio_list_init (&state->offer.link);

  return anyio_loop_add_watch (&anyio_record_get_runtime (party->wait.record)->loop, &state->watch, error);
}

static gboolean
enqueue_readable (AnyioSelectCase *self,
                  AnyioParty *party,
                  GError **error)
{
  return enqueue_fd (self, party, G_IO_IN, error);
}

static gboolean
enqueue_writable (AnyioSelectCase *self,
                  AnyioParty *party,
                  GError **error)
{
  return enqueue_fd (self, party, G_IO_OUT, error);
}

static void
withdraw_fd (AnyioSelectCase *self)
{
  FdState *state = ANYIO_SELECT_STATE (self, FdState);

  anyio_loop_remove_watch (&anyio_record_get_runtime (state->offer.party->wait.record)->loop, &state->watch);
}

static void
finish_fd (AnyioSelectCase *self,
           GError **error)
{
  anyio_fd_check_revents (get_fd (self), ANYIO_SELECT_STATE (self, FdState)->revents, error);
}

static const AnyioSelectOps readable_ops = { try_readable, enqueue_readable, withdraw_fd, finish_fd };
static const AnyioSelectOps writable_ops = { try_writable, enqueue_writable, withdraw_fd, finish_fd };

/**
 * anyio_select_case_readable: (skip)
 * @fd: a descriptor
 *
 * Makes the case of ANYIO_SELECT_READABLE().
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_readable (int fd)
{
  return (AnyioSelectCase){ .ops = &readable_ops, .data = GINT_TO_POINTER (fd) };
}

/**
 * anyio_select_case_writable: (skip)
 * @fd: a descriptor
 *
 * Makes the case of ANYIO_SELECT_WRITABLE().
 *
 * Returns: the case
 *
 * Since: 0.1
 */
AnyioSelectCase
anyio_select_case_writable (int fd)
{
  return (AnyioSelectCase){ .ops = &writable_ops, .data = GINT_TO_POINTER (fd) };
}
