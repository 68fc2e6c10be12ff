/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rate limiters: so many tokens a second on the clock of the scheduler, a burst at once, in the order of asking. */

#include "sync-test.h"

#define assert_time(seconds) g_assert_cmpfloat_with_epsilon (anyio_current_time (), seconds, 1e-6)

typedef struct
{
  AnyioRateLimiter *limiter;
  const char *name;
  guint n_tokens;
} Visitor;

static gboolean
take (gpointer user_data,
      GError **error)
{
  Visitor *self = user_data;
  gboolean success = anyio_rate_limiter_acquire (self->limiter, self->n_tokens, error);

  if (success)
    anyio_trace ("%s%.1f", self->name, anyio_current_time ());
  else
    anyio_trace ("%s!", self->name);

  return success;
}

static gboolean
test_rate (gpointer user_data,
           GError **error)
{
  g_autoptr (AnyioRateLimiter) limiter = anyio_rate_limiter_new (3, 3);

  g_test_summary ("SEMANTICS 6.4: a burst at once, one by one as well, then the rate; a pause brings the burst back, and no more than that");

  for (guint i = 0; i < 3; i++)
    g_assert_true (anyio_rate_limiter_acquire (limiter, 1, error));
  assert_time (0);
  for (guint i = 0; i < 6; i++)
    g_assert_true (anyio_rate_limiter_acquire (limiter, 1, error));
  assert_time (2);
  g_assert_true (anyio_sleep (100, error));
  g_assert_true (anyio_rate_limiter_acquire (limiter, 3, error));
  assert_time (102);
  g_assert_true (anyio_rate_limiter_acquire (limiter, 2, error));
  assert_time (102.0 + 2.0 / 3);

  return TRUE;
}

static gboolean
test_order (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioRateLimiter) limiter = anyio_rate_limiter_new (1, 4);
  Visitor visitors[] = { { limiter, "a", 4 }, { limiter, "b", 4 }, { limiter, "c", 1 }, { limiter, "d", 2 } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.1: whoever wants few does not overtake who wants many, with _nowait neither");

  START_EACH (group, take, visitors);
  g_assert_true (anyio_checkpoint (error));
  g_assert_cmpuint (anyio_rate_limiter_get_tasks_waiting (limiter), ==, 3);
  g_assert_true (anyio_sleep (2, error));
  g_assert_cmpfloat_with_epsilon (anyio_rate_limiter_get_available_tokens (limiter), 2, 1e-6);
  assert_fails (anyio_rate_limiter_acquire_nowait (limiter, 1, &failure), failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  assert_joins (group);
  anyio_assert_trace ("a0.0 b4.0 c5.0 d7.0");
  assert_fails (anyio_rate_limiter_acquire_nowait (limiter, 1, &failure), failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_true (anyio_sleep (1, error));
  assert_succeeds (anyio_rate_limiter_acquire_nowait (limiter, 1, &failure), failure);

  return TRUE;
}

static gboolean
test_cancelled (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioRateLimiter) limiter = anyio_rate_limiter_new (1, 4);
  Visitor first[] = { { limiter, "a", 4 } };
  Visitor second[] = { { limiter, "b", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) doomed = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.5, 6.2: one that is cancelled takes no token, and those behind it move up");

  g_assert_true (anyio_rate_limiter_acquire_nowait (limiter, 4, error));
  START_EACH (doomed, take, first);
  g_assert_true (anyio_checkpoint (error));
  START_EACH (group, take, second);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_group_cancel (doomed, NULL);
  assert_joins (doomed);
  assert_joins (group);
  anyio_assert_trace ("a! b1.0");

  return TRUE;
}

static gboolean
test_cancelled_scope (gpointer user_data,
                      GError **error)
{
  g_autoptr (AnyioRateLimiter) limiter = anyio_rate_limiter_new (1, 1);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 6.3: in a cancelled scope nothing is taken, whether it is there or not");

  anyio_cancel_scope_cancel (scope, NULL);
  assert_is_cancelled (anyio_rate_limiter_acquire (limiter, 1, &failure), failure);
  g_clear_error (&failure);
  g_assert_true (anyio_rate_limiter_acquire_nowait (limiter, 1, NULL));
  assert_is_cancelled (anyio_rate_limiter_acquire (limiter, 1, &failure), failure);
  g_assert_cmpuint (anyio_rate_limiter_get_tasks_waiting (limiter), ==, 0);
  assert_exits (scope);

  return TRUE;
}

static gboolean
test_too_many (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioRateLimiter) limiter = anyio_rate_limiter_new (1, 2);
  g_autoptr (GError) failure = NULL;
  g_auto (Ready) ready = { NULL };

  g_test_summary ("SEMANTICS 11.1: more than a burst could never be had, so it is misuse and not a wait for ever");

  for (guint i = 0; i < 3; i++)
    EXPECT_CRITICAL ("3 tokens can never be had at once from a rate limiter with a burst of 2");
  assert_fails (anyio_rate_limiter_acquire (limiter, 3, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  assert_fails (anyio_rate_limiter_acquire_nowait (limiter, 3, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  anyio_rate_limiter_acquire_async (limiter, 3, NULL, ready_cb, &ready);
  g_test_assert_expected_messages ();
  assert_fails (anyio_rate_limiter_acquire_finish (limiter, ready_await (&ready), &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static gboolean
test_no_limit (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioRateLimiter) limiter = anyio_rate_limiter_new (INFINITY, 1);

  g_test_summary ("a rate of infinity limits nothing");

  for (guint i = 0; i < 1000; i++)
    g_assert_true (anyio_rate_limiter_acquire (limiter, 1, error));
  assert_time (0);

  return TRUE;
}

static gboolean
test_async (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioRateLimiter) limiter = anyio_rate_limiter_new (1, 1);
  Visitor visitors[] = { { limiter, "a", 1 } };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.1: tasks and operations queue together, and those behind one that is cancelled move up");

  anyio_rate_limiter_acquire_async (limiter, 1, NULL, ready_cb, &ready[0]);
  anyio_rate_limiter_acquire_async (limiter, 1, cancellable, ready_cb, &ready[1]);
  START_EACH (group, take, visitors);
  g_assert_true (anyio_checkpoint (error));
  anyio_rate_limiter_acquire_async (limiter, 1, NULL, ready_cb, &ready[2]);
  g_cancellable_cancel (cancellable);
  assert_joins (group);
  anyio_assert_trace ("a1.0");
  assert_succeeds (anyio_rate_limiter_acquire_finish (limiter, ready_await (&ready[0]), &failure), failure);
  assert_fails (anyio_rate_limiter_acquire_finish (limiter, ready_await (&ready[1]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (ready[2].result);
  g_assert_true (anyio_sleep (1.5, error));
  assert_succeeds (anyio_rate_limiter_acquire_finish (limiter, ready_await (&ready[2]), &failure), failure);

  return TRUE;
}

static gboolean
test_reset (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioRateLimiter) limiter = anyio_rate_limiter_new (1, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };

  g_test_summary ("SEMANTICS 2.18: an operation that was cancelled ends, although the cancellable was reset before the scheduler heard of it");

  g_assert_true (anyio_rate_limiter_acquire_nowait (limiter, 1, error));
  anyio_rate_limiter_acquire_async (limiter, 1, cancellable, ready_cb, &ready[0]);
  anyio_rate_limiter_acquire_async (limiter, 1, NULL, ready_cb, &ready[1]);
  g_cancellable_cancel (cancellable);
  g_cancellable_reset (cancellable);
  assert_sleeps (1.5);
  assert_succeeds (anyio_rate_limiter_acquire_finish (limiter, ready_await (&ready[1]), &failure), failure);
  assert_fails (anyio_rate_limiter_acquire_finish (limiter, ready_await (&ready[0]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  return TRUE;
}

static void
test_without_tasks (void)
{
  g_autoptr (AnyioRateLimiter) slow = g_object_new (ANYIO_TYPE_RATE_LIMITER, "tokens-per-second", 0.001, "burst", 2, NULL);
  g_autoptr (AnyioRateLimiter) fast = anyio_rate_limiter_new (50, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };
  double rate = 0;
  double available = 9;
  guint burst = 0;
  guint n_waiting = 0;

  g_test_summary ("SEMANTICS 6.5: where no task runs it waits for real time; its properties");

  g_assert_true (anyio_rate_limiter_acquire_nowait (slow, 2, &failure));
  anyio_rate_limiter_acquire_async (slow, 2, cancellable, ready_cb, &ready[0]);
  g_object_get (slow, "tokens-per-second", &rate, "burst", &burst, "available-tokens", &available, "tasks-waiting", &n_waiting, NULL);
  g_assert_cmpfloat (rate, ==, 0.001);
  g_assert_cmpuint (burst, ==, 2);
  g_assert_cmpfloat (available, <, 1);
  g_assert_cmpuint (n_waiting, ==, 1);
  g_cancellable_cancel (cancellable);
  assert_fails (anyio_rate_limiter_acquire_finish (slow, ready_iterate (&ready[0]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  g_assert_true (anyio_rate_limiter_acquire_nowait (fast, 1, &failure));
  for (guint i = 1; i < 3; i++)
    {
      anyio_rate_limiter_acquire_async (fast, 1, NULL, ready_cb, &ready[i]);
      assert_succeeds (anyio_rate_limiter_acquire_finish (fast, ready_iterate (&ready[i]), &failure), failure);
    }
  for (guint i = 0; i < 2; i++)
    {
      EXPECT_CRITICAL ("*assertion*failed*");
      g_assert_null (anyio_rate_limiter_new (i, 1 - i));
    }
  EXPECT_CRITICAL ("*suspends*");
  assert_fails (anyio_rate_limiter_acquire (fast, 1, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_test_assert_expected_messages ();
}

static gboolean
use_everywhere (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioRateLimiter) limiter = anyio_rate_limiter_new (1, 2);
  Visitor visitors[] = { { limiter, "a", 2 }, { limiter, "b", 1 }, { limiter, "c", 2 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  START_EACH (group, take, visitors);

  return join_without_waiters (group, limiter, error);
}

static void
test_sweep (void)
{
  g_test_summary ("SEMANTICS 1.5, I24: cancelled anywhere, nobody is left, and neither is the timer");

  g_assert_cmpuint (anyio_test_cancel_everywhere (use_everywhere, NULL, NULL), >=, 3);
}

static gboolean
test_async_wants (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioRateLimiter) limiter = anyio_rate_limiter_new (1, 4);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };

  g_test_summary ("SEMANTICS 6.1: an operation gets all that it wants at once; one that wants less moves up when it is cancelled");

  g_assert_true (anyio_rate_limiter_acquire_nowait (limiter, 4, error));
  anyio_rate_limiter_acquire_async (limiter, 4, cancellable, ready_cb, &ready[0]);
  anyio_rate_limiter_acquire_async (limiter, 2, NULL, ready_cb, &ready[1]);
  g_assert_true (anyio_sleep (1, error));
  g_cancellable_cancel (cancellable);
  assert_fails (anyio_rate_limiter_acquire_finish (limiter, ready_await (&ready[0]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_sleep (0.5, error));
  g_assert_null (ready[1].result);
  g_assert_true (anyio_sleep (1, error));
  g_assert_nonnull (ready[1].result);
  assert_succeeds (anyio_rate_limiter_acquire_finish (limiter, ready[1].result, &failure), failure);

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/rate-limiter/rate/burst-then-rate", test_rate);
  core_add_ordered ("/rate-limiter/waiters/in-order", test_order);
  core_add_ordered ("/rate-limiter/cancelled/others-move-up", test_cancelled);
  anyio_test_add_func ("/rate-limiter/cancelled-scope/nothing-taken", test_cancelled_scope);
  anyio_test_add_func ("/rate-limiter/too-many/misuse", test_too_many);
  anyio_test_add_func ("/rate-limiter/no-limit/never-waits", test_no_limit);
  core_add_ordered ("/rate-limiter/async/queue-together", test_async);
  core_add_ordered ("/rate-limiter/async/reset-cancellable", test_reset);
  g_test_add_func ("/rate-limiter/without-tasks/works", test_without_tasks);
  g_test_add_func ("/rate-limiter/sweep/nothing-left", test_sweep);
  anyio_test_add_func ("/rate-limiter/async/wants-all", test_async_wants);

  return g_test_run ();
}
