/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Capacity limiters: one token for each borrower, a total that may change, and tokens that are conserved whatever is cancelled. */

#include "sync-test.h"

typedef struct
{
  AnyioCapacityLimiter *limiter;
  const char *name;
  double seconds;
} Worker;

static gboolean
work (gpointer user_data,
      GError **error)
{
  Worker *self = user_data;
  gboolean success;

  if (!anyio_capacity_limiter_acquire (self->limiter, error))
    {
      anyio_trace ("%s!", self->name);
      return FALSE;
    }
  anyio_trace ("%s+", self->name);
  success = anyio_sleep (self->seconds, error);
  anyio_trace ("%s-", self->name);
  anyio_capacity_limiter_release (self->limiter);

  return success;
}

static gboolean
test_limits (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (2);
  Worker workers[] = { { limiter, "a", 2 }, { limiter, "b", 1 }, { limiter, "c", 3 }, { limiter, "d", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.1, 6.4: no more than the total at a time, the others in the order in which they came");

  START_WAITING (group, work, workers);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 2);
  g_assert_cmpfloat (anyio_capacity_limiter_get_available_tokens (limiter), ==, 0);
  g_assert_cmpuint (anyio_capacity_limiter_get_tasks_waiting (limiter), ==, 2);
  assert_joins (group);
  anyio_assert_trace ("a+ b+ b- c+ a- d+ d- c-");
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 0);

  return TRUE;
}

static gboolean
test_hand_over (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (1);
  Worker workers[] = { { limiter, "a", 1 } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.1, 6.2: a token that is given back belongs to the first who waits at that moment: nobody slips in, with _nowait neither");

  g_assert_true (anyio_capacity_limiter_acquire (limiter, error));
  START_WAITING (group, work, workers);
  anyio_capacity_limiter_release (limiter);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 1);
  g_assert_cmpuint (anyio_capacity_limiter_get_tasks_waiting (limiter), ==, 0);
  assert_fails (anyio_capacity_limiter_acquire_nowait (limiter, &failure), failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  assert_joins (group);
  assert_succeeds (anyio_capacity_limiter_acquire_nowait (limiter, &failure), failure);
  anyio_capacity_limiter_release (limiter);

  return TRUE;
}

static gboolean
test_raised (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (4);
  Worker workers[] = { { limiter, "a", 1 }, { limiter, "b", 2 }, { limiter, "c", 3 }, { limiter, "d", 4 }, { limiter, "e", 1 }, { limiter, "f", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.4: lowering takes nothing away; raising while too many are lent does not lend more than the total (AnyIO: 4 of 2)");

  START_WAITING (group, work, workers);
  anyio_assert_trace ("a+ b+ c+ d+");
  anyio_capacity_limiter_set_total_tokens (limiter, 1);
  g_assert_cmpfloat (anyio_capacity_limiter_get_available_tokens (limiter), ==, -3);
  anyio_capacity_limiter_set_total_tokens (limiter, 2);
  g_assert_cmpfloat (anyio_capacity_limiter_get_available_tokens (limiter), ==, -2);
  g_assert_cmpuint (anyio_capacity_limiter_get_tasks_waiting (limiter), ==, 2);
  g_assert_true (anyio_sleep (2.5, error));
  anyio_assert_trace ("a+ b+ c+ d+ a- b-");
  g_assert_cmpfloat (anyio_capacity_limiter_get_available_tokens (limiter), ==, 0);
  anyio_capacity_limiter_set_total_tokens (limiter, 3);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 3);
  g_assert_cmpuint (anyio_capacity_limiter_get_tasks_waiting (limiter), ==, 1);
  anyio_capacity_limiter_set_total_tokens (limiter, INFINITY);
  g_assert_cmpuint (anyio_capacity_limiter_get_tasks_waiting (limiter), ==, 0);
  g_assert_cmpfloat (anyio_capacity_limiter_get_available_tokens (limiter), ==, INFINITY);
  assert_joins (group);
  anyio_assert_trace ("a+ b+ c+ d+ a- b- e+ f+ c- e- f- d-");

  return TRUE;
}

static gboolean
test_none (gpointer user_data,
           GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (0);
  Worker workers[] = { { limiter, "a", 0 } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.4: a total of 0 is allowed: all wait until it is raised");

  assert_fails (anyio_capacity_limiter_acquire_nowait (limiter, &failure), failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  START_WAITING (group, work, workers);
  anyio_assert_trace ("");
  anyio_capacity_limiter_set_total_tokens (limiter, 1);
  assert_joins (group);
  anyio_assert_trace ("a+ a-");

  return TRUE;
}

static gboolean
borrow_for (gpointer user_data,
            GError **error)
{
  Worker *self = user_data;

  return anyio_capacity_limiter_acquire_on_behalf_of (self->limiter, (gpointer) self->name, error);
}

static gboolean
test_same_borrower (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (1);
  int borrower;
  Worker waiting = { limiter, (gpointer) &borrower, 0 };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.4: one token for each borrower: asking twice fails at once, also while the borrower waits (AnyIO: one of them waits for ever)");

  g_assert_true (anyio_capacity_limiter_acquire (limiter, error));
  EXPECT_CRITICAL ("Task \"*\" has a token of this capacity limiter already*");
  assert_fails (anyio_capacity_limiter_acquire (limiter, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  EXPECT_CRITICAL ("Task \"*\" has a token of this capacity limiter already*");
  assert_fails (anyio_capacity_limiter_acquire_nowait (limiter, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  anyio_task_group_start_soon (group, borrow_for, &waiting, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  EXPECT_CRITICAL ("The borrower * waits for a token of this capacity limiter already*");
  assert_fails (anyio_capacity_limiter_acquire_on_behalf_of (limiter, &borrower, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  EXPECT_CRITICAL ("The borrower * waits for a token of this capacity limiter already*");
  assert_fails (anyio_capacity_limiter_acquire_on_behalf_of_nowait (limiter, &borrower, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  anyio_capacity_limiter_release (limiter);
  assert_joins (group);
  EXPECT_CRITICAL ("The borrower * has a token of this capacity limiter already*");
  assert_fails (anyio_capacity_limiter_acquire_on_behalf_of (limiter, &borrower, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_test_assert_expected_messages ();
  anyio_capacity_limiter_release_on_behalf_of (limiter, &borrower);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 0);

  return TRUE;
}

static gboolean
test_not_borrowed (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (2);
  int borrower;

  g_test_summary ("SEMANTICS 6.4: giving back what was not borrowed is misuse, and changes nothing");

  g_assert_true (anyio_capacity_limiter_acquire_on_behalf_of (limiter, &limiter, error));
  EXPECT_CRITICAL ("Task \"*\" gives back a token of a capacity limiter, but has none");
  anyio_capacity_limiter_release (limiter);
  EXPECT_CRITICAL ("anyio_capacity_limiter_release_on_behalf_of() was called for the borrower *, which has no token*");
  anyio_capacity_limiter_release_on_behalf_of (limiter, &borrower);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 1);
  anyio_capacity_limiter_release_on_behalf_of (limiter, &limiter);

  return TRUE;
}

static gboolean
test_cancelled (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (1);
  Worker first[] = { { limiter, "a", 1 } };
  Worker second[] = { { limiter, "b", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) doomed = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.2: a waiter that is cancelled before the hand-over is skipped, and its place in the book is free again");

  g_assert_true (anyio_capacity_limiter_acquire (limiter, error));
  START_WAITING (doomed, work, first);
  START_WAITING (group, work, second);
  anyio_task_group_cancel (doomed, NULL);
  g_assert_cmpuint (anyio_capacity_limiter_get_tasks_waiting (limiter), ==, 1);
  anyio_capacity_limiter_release (limiter);
  assert_joins (doomed);
  assert_joins (group);
  anyio_assert_trace ("a! b+ b-");

  return TRUE;
}

static gboolean
test_handed_over_then_cancelled (gpointer user_data,
                                 GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (1);
  Worker workers[] = { { limiter, "a", 1 }, { limiter, "b", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.4, 6.2: one that is cancelled after the hand-over has the token; its next suspension point fails");

  g_assert_true (anyio_capacity_limiter_acquire (limiter, error));
  START_WAITING (group, work, workers);
  anyio_capacity_limiter_release (limiter);
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  anyio_assert_trace ("a+ b! a-");
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 0);

  return TRUE;
}

static gboolean
test_cancelled_scope (gpointer user_data,
                      GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (1);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 6.3: in a cancelled scope nothing is acquired, although it is there; _nowait is no cancel point");

  anyio_cancel_scope_cancel (scope, NULL);
  assert_is_cancelled (anyio_capacity_limiter_acquire (limiter, &failure), failure);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 0);
  g_assert_true (anyio_capacity_limiter_acquire_nowait (limiter, NULL));
  anyio_capacity_limiter_release (limiter);
  assert_exits (scope);

  return TRUE;
}

static gboolean
keep (gpointer user_data,
      GError **error)
{
  return anyio_capacity_limiter_acquire (user_data, error);
}

static gboolean
test_borrower_ends (gpointer user_data,
                    GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (1);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("I24: a token that a task has when it ends goes back, so another task in the same place can borrow, and those who wait go on");

  for (guint i = 0; i < 3; i++)
    anyio_task_group_start_soon (group, keep, limiter, NULL);
  assert_joins (group);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 0);

  return TRUE;
}

static gboolean
test_dropped (gpointer user_data,
              GError **error)
{
  AnyioCapacityLimiter *limiter = anyio_capacity_limiter_new (2);
  AnyioCapacityLimiter *other = anyio_capacity_limiter_new (2);

  g_test_summary ("a limiter may go while a task has its token");

  g_assert_true (anyio_capacity_limiter_acquire (limiter, error));
  g_assert_true (anyio_capacity_limiter_acquire (other, error));
  g_assert_true (anyio_capacity_limiter_acquire_on_behalf_of (limiter, other, error));
  g_object_unref (limiter);
  anyio_capacity_limiter_release (other);
  g_object_unref (other);

  return TRUE;
}

static gboolean
test_borrowers (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (2);
  g_autoptr (GPtrArray) borrowers = NULL;
  Worker waiting = { limiter, (gpointer) &waiting, 0 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.5: the borrowers are known: tasks, and what was given; those who wait are none");

  g_assert_true (anyio_capacity_limiter_acquire (limiter, error));
  g_assert_true (anyio_capacity_limiter_acquire_on_behalf_of (limiter, limiter, error));
  anyio_task_group_start_soon (group, borrow_for, &waiting, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  borrowers = anyio_capacity_limiter_get_borrowers (limiter);
  g_assert_cmpuint (borrowers->len, ==, 2);
  g_assert_true (g_ptr_array_find (borrowers, anyio_get_current_task (), NULL));
  g_assert_true (g_ptr_array_find (borrowers, limiter, NULL));
  anyio_capacity_limiter_release (limiter);
  assert_joins (group);
  anyio_capacity_limiter_release_on_behalf_of (limiter, limiter);
  anyio_capacity_limiter_release_on_behalf_of (limiter, &waiting);

  return TRUE;
}

static void
use_at_home (gpointer limiter)
{
  g_assert_true (anyio_capacity_limiter_acquire_nowait (limiter, NULL));
}

static gboolean
test_call_home (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (1);

  g_test_summary ("what a task does through anyio_call_home() it does itself");

  anyio_call_home (use_at_home, limiter);
  anyio_capacity_limiter_release (limiter);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 0);

  return TRUE;
}

static void
test_without_tasks (void)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (2);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };
  int borrower;

  g_test_summary ("SEMANTICS 6.5: outside tasks a token is nobody's, or of a borrower that is named");

  assert_succeeds (anyio_capacity_limiter_acquire_nowait (limiter, &failure), failure);
  anyio_capacity_limiter_acquire_async (limiter, NULL, ready_cb, &ready[0]);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 2);
  assert_succeeds (anyio_capacity_limiter_acquire_finish (limiter, ready_iterate (&ready[0]), &failure), failure);
  assert_fails (anyio_capacity_limiter_acquire_nowait (limiter, &failure), failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);

  anyio_capacity_limiter_acquire_on_behalf_of_async (limiter, &borrower, cancellable, ready_cb, &ready[1]);
  EXPECT_CRITICAL ("The borrower * waits for a token*");
  anyio_capacity_limiter_acquire_on_behalf_of_async (limiter, &borrower, NULL, ready_cb, &ready[2]);
  g_test_assert_expected_messages ();
  assert_fails (anyio_capacity_limiter_acquire_on_behalf_of_finish (limiter, ready_iterate (&ready[2]), &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_cancellable_cancel (cancellable);
  anyio_capacity_limiter_release (limiter);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 1);
  assert_fails (anyio_capacity_limiter_acquire_on_behalf_of_finish (limiter, ready_iterate (&ready[1]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  anyio_capacity_limiter_acquire_on_behalf_of_async (limiter, &borrower, NULL, ready_cb, &ready[3]);
  assert_succeeds (anyio_capacity_limiter_acquire_on_behalf_of_finish (limiter, ready_iterate (&ready[3]), &failure), failure);
  anyio_capacity_limiter_acquire_async (limiter, NULL, ready_cb, &ready[4]);
  anyio_capacity_limiter_release_on_behalf_of (limiter, &borrower);
  assert_succeeds (anyio_capacity_limiter_acquire_finish (limiter, ready_iterate (&ready[4]), &failure), failure);
  anyio_capacity_limiter_release (limiter);
  anyio_capacity_limiter_release (limiter);
  EXPECT_CRITICAL ("anyio_capacity_limiter_release() was called outside tasks, but no token was borrowed there");
  anyio_capacity_limiter_release (limiter);
  g_test_assert_expected_messages ();

  EXPECT_CRITICAL ("*suspends*");
  assert_fails (anyio_capacity_limiter_acquire (limiter, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_test_assert_expected_messages ();
}

static void
test_properties (void)
{
  g_autoptr (AnyioCapacityLimiter) limiter = g_object_new (ANYIO_TYPE_CAPACITY_LIMITER, "total-tokens", 3.0, NULL);
  g_auto (Ready) ready = { NULL };
  double total = 0;
  double available = 0;
  guint n_borrowed = 0;
  guint n_waiting = 0;

  g_test_summary ("SEMANTICS 6.5: state from properties, statistics as properties, infinity included; totals that are no number of tokens are refused");

  g_assert_true (anyio_capacity_limiter_acquire_nowait (limiter, NULL));
  g_object_set (limiter, "total-tokens", 1.0, NULL);
  anyio_capacity_limiter_acquire_async (limiter, NULL, ready_cb, &ready);
  g_object_get (limiter, "total-tokens", &total, "available-tokens", &available, "borrowed-tokens", &n_borrowed, "tasks-waiting", &n_waiting, NULL);
  g_assert_cmpfloat (total, ==, 1);
  g_assert_cmpfloat (available, ==, 0);
  g_assert_cmpuint (n_borrowed, ==, 1);
  g_assert_cmpuint (n_waiting, ==, 1);
  g_object_set (limiter, "total-tokens", INFINITY, NULL);
  ready_iterate (&ready);
  for (guint i = 0; i < 3; i++)
    {
      EXPECT_CRITICAL ("*total_tokens*");
      anyio_capacity_limiter_set_total_tokens (limiter, (double[]){ -1, 1.5, NAN }[i]);
    }
  g_test_assert_expected_messages ();
  g_assert_cmpfloat (anyio_capacity_limiter_get_total_tokens (limiter), ==, INFINITY);
}

static gpointer
use_elsewhere (gpointer limiter)
{
  g_autoptr (GError) failure = NULL;

  for (guint i = 0; i < 4; i++)
    EXPECT_CRITICAL ("*was called in another thread than that which uses this AnyioCapacityLimiter*");
  assert_fails (anyio_capacity_limiter_acquire_nowait (limiter, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  anyio_capacity_limiter_release (limiter);
  anyio_capacity_limiter_release_on_behalf_of (limiter, limiter);
  anyio_capacity_limiter_set_total_tokens (limiter, 3);
  g_test_assert_expected_messages ();

  return NULL;
}

static void
test_other_thread (void)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (2);

  g_test_summary ("SEMANTICS 6.5: in another thread it is misuse");

  g_assert_true (anyio_capacity_limiter_acquire_nowait (limiter, NULL));
  run_in_thread (use_elsewhere, limiter);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 1);
  g_assert_cmpfloat (anyio_capacity_limiter_get_total_tokens (limiter), ==, 2);
}

static gboolean
use_everywhere (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (2);
  Worker workers[] = { { limiter, "a", 1 }, { limiter, "b", 2 }, { limiter, "c", 1 }, { limiter, "d", 1 } };
  Worker behalf = { limiter, (gpointer) &behalf, 0 };
  gboolean success;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  START_EACH (group, work, workers);
  if (borrow_for (&behalf, error))
    anyio_capacity_limiter_release_on_behalf_of (limiter, &behalf);
  success = join_without_waiters (group, limiter, error);
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (limiter), ==, 0);
  g_assert_true (anyio_capacity_limiter_acquire_on_behalf_of_nowait (limiter, &behalf, NULL));

  return success;
}

static void
test_sweep (void)
{
  g_test_summary ("SEMANTICS 1.5, I24: cancelled anywhere, all tokens are there again, and nobody is left in the book");

  g_assert_cmpuint (anyio_test_cancel_everywhere (use_everywhere, NULL, NULL), >=, 9);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/capacity-limiter/total/limits", test_limits);
  anyio_test_add_func ("/capacity-limiter/release/hands-over", test_hand_over);
  core_add_ordered ("/capacity-limiter/raised/never-too-many", test_raised);
  anyio_test_add_func ("/capacity-limiter/none/all-wait", test_none);
  anyio_test_add_func ("/capacity-limiter/same-borrower/fails-at-once", test_same_borrower);
  anyio_test_add_func ("/capacity-limiter/not-borrowed/misuse", test_not_borrowed);
  core_add_ordered ("/capacity-limiter/cancelled/skipped", test_cancelled);
  core_add_ordered ("/capacity-limiter/handed-over-then-cancelled/has-it", test_handed_over_then_cancelled);
  anyio_test_add_func ("/capacity-limiter/cancelled-scope/nothing-acquired", test_cancelled_scope);
  anyio_test_add_func ("/capacity-limiter/borrower-ends/token-returns", test_borrower_ends);
  anyio_test_add_func ("/capacity-limiter/dropped/unhurt", test_dropped);
  anyio_test_add_func ("/capacity-limiter/borrowers/known", test_borrowers);
  anyio_test_add_func ("/capacity-limiter/call-home/same-task", test_call_home);
  g_test_add_func ("/capacity-limiter/without-tasks/works", test_without_tasks);
  g_test_add_func ("/capacity-limiter/properties/tell", test_properties);
  g_test_add_func ("/capacity-limiter/other-thread/misuse", test_other_thread);
  g_test_add_func ("/capacity-limiter/sweep/conserved", test_sweep);

  return g_test_run ();
}
