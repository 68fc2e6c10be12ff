/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Primitives among which anyio_select() chooses: exactly one is had, and the others have not been touched. */

#include "sync-test.h"

typedef struct
{
  AnyioEvent *event;
  AnyioLock *lock;
  AnyioSemaphore *semaphore;
  AnyioCapacityLimiter *limiter;
  AnyioFuture *future;
} All;

static void
all_init (All *self)
{
  self->event = anyio_event_new ();
  self->lock = anyio_lock_new ();
  self->semaphore = anyio_semaphore_new (0, 0);
  self->limiter = anyio_capacity_limiter_new (0);
  self->future = anyio_future_new ();
}

static void
all_clear (All *self)
{
  g_object_unref (self->event);
  g_object_unref (self->lock);
  g_object_unref (self->semaphore);
  g_object_unref (self->limiter);
  g_object_unref (self->future);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (All, all_clear)

static guint
all_count_waiters (All *self)
{
  return anyio_event_get_tasks_waiting (self->event) + anyio_lock_get_tasks_waiting (self->lock) + anyio_semaphore_get_tasks_waiting (self->semaphore) +
         anyio_capacity_limiter_get_tasks_waiting (self->limiter) + anyio_future_get_tasks_waiting (self->future);
}

/* Has what it chose, and gives it back. */
static gboolean
choose (gpointer user_data,
        GError **error)
{
  All *self = user_data;
  AnyioSelectCase cases[] = {
    ANYIO_SELECT_EVENT (self->event),
    ANYIO_SELECT_LOCK (self->lock),
    ANYIO_SELECT_SEMAPHORE (self->semaphore),
    ANYIO_SELECT_CAPACITY_LIMITER (self->limiter),
    ANYIO_SELECT_FUTURE (self->future),
  };
  int chosen = anyio_select (cases, G_N_ELEMENTS (cases), error);

  anyio_trace ("%d", chosen);
  g_assert_true ((chosen == 1) == (anyio_lock_get_owner (self->lock) == anyio_get_current_task ()));
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (self->limiter), ==, chosen == 3);
  if (chosen == 1)
    anyio_lock_release (self->lock);
  if (chosen == 3)
    anyio_capacity_limiter_release (self->limiter);

  return chosen >= 0;
}

static gboolean
make_ready (All *self,
            guint which,
            GError **error)
{
  switch (which)
    {
    case 0:
      anyio_event_set (self->event);
      return TRUE;
    case 1:
      anyio_lock_release (self->lock);
      return TRUE;
    case 2:
      anyio_semaphore_release (self->semaphore);
      return TRUE;
    case 3:
      anyio_capacity_limiter_set_total_tokens (self->limiter, 1);
      return TRUE;
    default:
      return anyio_future_cancel (self->future);
    }
}

static gboolean
test_each (gpointer user_data,
           GError **error)
{
  g_test_summary ("SEMANTICS 7, 6.2: each of them is chosen when it is handed over, and nothing is left in the queues of the others");

  for (guint which = 0; which < 5; which++)
    {
      g_auto (All) all;
      g_autofree char *expected = g_strdup_printf ("%u", which);
      g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

      all_init (&all);
      anyio_trace_clear ();
      g_assert_true (anyio_lock_acquire (all.lock, error));
      anyio_task_group_start_soon (group, choose, &all, NULL);
      g_assert_true (anyio_wait_all_tasks_blocked (error));
      g_assert_cmpuint (all_count_waiters (&all), ==, 5);
      g_assert_true (make_ready (&all, which, error));
      g_assert_cmpuint (all_count_waiters (&all), ==, 0);
      assert_joins (group);
      anyio_assert_trace (expected);
      g_assert_cmpuint (anyio_semaphore_get_value (all.semaphore), ==, 0);
      if (which != 1)
        anyio_lock_release (all.lock);
    }

  return TRUE;
}

static gboolean
test_ready (gpointer user_data,
            GError **error)
{
  g_test_summary ("SEMANTICS 7: what is ready is had at once, one of them alone");

  for (guint which = 0; which < 5; which++)
    {
      g_auto (All) all;
      g_autofree char *expected = g_strdup_printf ("%u", which);

      all_init (&all);
      anyio_trace_clear ();
      if (which != 1)
        g_assert_true (anyio_lock_acquire_nowait (all.lock, error));
      if (which != 1)
        g_assert_true (make_ready (&all, which, error));
      if (which != 1)
        {
          AnyioSelectCase cases[] = { ANYIO_SELECT_EVENT (all.event), ANYIO_SELECT_SLEEP (INFINITY), ANYIO_SELECT_SEMAPHORE (all.semaphore),
                                      ANYIO_SELECT_CAPACITY_LIMITER (all.limiter), ANYIO_SELECT_FUTURE (all.future) };

          g_assert_cmpint (anyio_select (cases, G_N_ELEMENTS (cases), error), ==, which);
          g_assert_cmpuint (anyio_semaphore_get_value (all.semaphore), ==, 0);
        }
      else
        {
          g_assert_true (choose (&all, error));
          anyio_assert_trace (expected);
        }
    }

  return TRUE;
}

static gboolean
test_two_in_a_turn (gpointer user_data,
                    GError **error)
{
  g_auto (All) all;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: of two that are handed over in the same turn the first one counts, and the second one stays where it is");

  all_init (&all);
  g_assert_true (anyio_lock_acquire (all.lock, error));
  anyio_task_group_start_soon (group, choose, &all, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_semaphore_release (all.semaphore);
  anyio_lock_release (all.lock);
  anyio_capacity_limiter_set_total_tokens (all.limiter, 1);
  g_assert_false (anyio_lock_is_locked (all.lock));
  assert_joins (group);
  anyio_assert_trace ("2");

  return TRUE;
}

static gboolean
choose_forever (gpointer user_data,
                GError **error)
{
  All *self = user_data;
  AnyioSelectCase cases[] = { ANYIO_SELECT_EVENT (self->event), ANYIO_SELECT_EVENT (self->event), ANYIO_SELECT_SEMAPHORE (self->semaphore) };
  int chosen = anyio_select (cases, G_N_ELEMENTS (cases), error);

  anyio_trace ("%d", chosen);

  return chosen >= 0;
}

static gboolean
test_same_twice (gpointer user_data,
                 GError **error)
{
  g_auto (All) all;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7: the same one twice is harmless: committing one takes the other out of the same queue");

  all_init (&all);
  for (guint i = 0; i < 2; i++)
    anyio_task_group_start_soon (group, choose_forever, &all, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  g_assert_cmpuint (anyio_event_get_tasks_waiting (all.event), ==, 4);
  anyio_event_set (all.event);
  g_assert_cmpuint (all_count_waiters (&all), ==, 0);
  assert_joins (group);
  anyio_assert_trace ("0 0");

  return TRUE;
}

static gboolean
hold_and_end (gpointer user_data,
              GError **error)
{
  return anyio_lock_acquire (user_data, error) && anyio_sleep (1, error);
}

static gboolean
test_failures (gpointer user_data,
               GError **error)
{
  g_auto (All) all;
  g_autoptr (GError) failure = NULL;
  AnyioSelectCase cases[2];
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 7, 6.4: a lock that breaks, or that the task holds, and a second token are failures of the case");

  all_init (&all);
  cases[0] = ANYIO_SELECT_LOCK (all.lock);
  cases[1] = ANYIO_SELECT_EVENT (all.event);
  anyio_task_group_start_soon (group, hold_and_end, all.lock, NULL);
  g_assert_true (anyio_checkpoint (error));
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpint (anyio_select (cases, 2, &failure), ==, -1);
      g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_BROKEN);
      g_clear_error (&failure);
      g_assert_true (cases[0].failed);
    }
  assert_joins (group);
  g_assert_cmpuint (all_count_waiters (&all), ==, 0);

  anyio_capacity_limiter_set_total_tokens (all.limiter, 1);
  g_assert_true (anyio_capacity_limiter_acquire (all.limiter, error));
  cases[0] = ANYIO_SELECT_CAPACITY_LIMITER (all.limiter);
  EXPECT_CRITICAL ("Task \"*\" has a token of this capacity limiter already*");
  g_assert_cmpint (anyio_select (cases, 2, &failure), ==, -1);
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  anyio_capacity_limiter_release (all.limiter);

  return TRUE;
}

static gboolean
test_nowait (gpointer user_data,
             GError **error)
{
  g_auto (All) all;
  g_autoptr (GError) failure = NULL;
  AnyioSelectCase cases[2];

  g_test_summary ("SEMANTICS 6.1: without waiting, the same");

  all_init (&all);
  cases[0] = ANYIO_SELECT_LOCK (all.lock);
  cases[1] = ANYIO_SELECT_SEMAPHORE (all.semaphore);
  g_assert_cmpint (anyio_select_nowait (cases, 2, error), ==, 0);
  g_assert_cmpint (anyio_select_nowait (&cases[1], 1, &failure), ==, -1);
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  anyio_lock_release (all.lock);

  return TRUE;
}

static gboolean
use_everywhere (gpointer user_data,
                GError **error)
{
  g_auto (All) all;
  gboolean success;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  all_init (&all);
  anyio_capacity_limiter_set_total_tokens (all.limiter, 1);
  for (guint i = 0; i < 4; i++)
    anyio_task_group_start_soon (group, choose, &all, NULL);
  success = anyio_sleep (1, error);
  anyio_semaphore_release (all.semaphore);
  if (!anyio_task_group_join (group, success ? error : NULL))
    success = FALSE;
  g_assert_cmpuint (all_count_waiters (&all), ==, 0);
  g_assert_false (anyio_lock_is_locked (all.lock));
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (all.limiter), ==, 0);

  return success;
}

static void
test_sweep (void)
{
  g_test_summary ("SEMANTICS 7, I24: cancelled anywhere, nothing is had and nobody is left");

  g_assert_cmpuint (anyio_test_cancel_everywhere (use_everywhere, NULL, NULL), >=, 5);
}

static void
select_and_release (AnyioTask *task,
                    gpointer limiter)
{
  AnyioSelectCase cases[] = { ANYIO_SELECT_CAPACITY_LIMITER (limiter) };

  g_assert_cmpint (anyio_select_nowait (cases, 1, NULL), ==, 0);
  anyio_capacity_limiter_release (limiter);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 0);
  anyio_task_return_value (task, NULL);
}

static gboolean
test_callback_task (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (1);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("who borrows in a callback through anyio_select_nowait() gives back as if it had borrowed without it");

  anyio_task_group_start_callback (group, "callback", select_and_release, limiter, NULL);

  return anyio_task_group_join (group, error);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/select/each/handed-over", test_each);
  anyio_test_add_func ("/select/ready/at-once", test_ready);
  core_add_ordered ("/select/two-in-a-turn/first-counts", test_two_in_a_turn);
  core_add_ordered ("/select/same-twice/harmless", test_same_twice);
  core_add_ordered ("/select/failures/of-the-case", test_failures);
  anyio_test_add_func ("/select/nowait/the-same", test_nowait);
  anyio_test_add_func ("/select/nowait/callback-task", test_callback_task);
  g_test_add_func ("/select/sweep/nothing-left", test_sweep);

  return g_test_run ();
}
