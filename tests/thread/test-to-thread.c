/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls in worker threads: what comes back, what cancellation does to them, and what the function may ask. */

#include "thread-test.h"

/* --- what comes back ------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  GThread *thread;
  int number;
} Work;

static gboolean
do_work (gpointer data, GError **error)
{
  Work *self = data;

  self->thread = g_thread_self ();
  self->number *= 2;

  return TRUE;
}

static gboolean
test_result (gpointer data, GError **error)
{
  Work work = { NULL, 21 };

  g_test_summary ("SEMANTICS 8.1: the function runs in another thread, and may work on variables of the caller");

  g_assert_true (anyio_to_thread (do_work, &work, error));
  g_assert_cmpint (work.number, ==, 42);
  g_assert_nonnull (work.thread);
  g_assert_true (work.thread != g_thread_self ());

  return TRUE;
}

static gboolean
fail_not_found (gpointer data, GError **error)
{
  return fail_with (error, G_IO_ERROR_NOT_FOUND, "gone");
}

static gboolean
fail_in_silence (gpointer data, GError **error)
{
  return FALSE;
}

static gboolean
succeed_with_error (gpointer data, GError **error)
{
  fail_with (error, G_IO_ERROR_NOT_FOUND, "gone");

  return TRUE;
}

static gboolean
test_error (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 8.1: the function's error comes out of the call; one that contradicts itself is mended");

  g_assert_false (anyio_to_thread (fail_not_found, NULL, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  g_assert_false (anyio_to_thread (fail_not_found, NULL, NULL));
  g_assert_false (anyio_to_thread (fail_in_silence, NULL, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_FAILED, "without setting an error");
  expect_critical ("*returned TRUE although it set an error*");
  g_assert_false (anyio_to_thread (succeed_with_error, NULL, &failure));
  g_test_assert_expected_messages ();
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");

  return TRUE;
}

static void
test_outside (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 11.1: outside tasks it is NO_TASK, and nothing is called");

  expect_critical ("*anyio_to_thread() suspends*");
  g_assert_false (anyio_to_thread (fail_not_found, NULL, &error));
  g_test_assert_expected_messages ();
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
}

static gboolean
suspend_in_worker (gpointer data, GError **error)
{
  return anyio_sleep (1, error);
}

static gboolean
test_no_task_inside (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("a worker thread runs no task: functions that suspend fail there");

  expect_critical ("*anyio_sleep() suspends*");
  g_assert_false (anyio_to_thread (suspend_in_worker, NULL, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);

  return TRUE;
}

/* --- cancellation ---------------------------------------------------------------------------------------------------------------------- */

static gboolean
test_cancelled_before (gpointer data, GError **error)
{
  Work work = { NULL, 1 };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 1.6: in a cancelled scope nothing is called");

  anyio_cancel_scope_cancel (scope, NULL);
  assert_is_cancelled (anyio_to_thread (do_work, &work, &failure), failure);
  g_assert_null (work.thread);
  assert_exits (scope);

  return TRUE;
}

static gboolean
cancel_at_gate (gpointer data, GError **error)
{
  Gate *gate = ((gpointer *) data)[0];
  AnyioCancelScope *scope = ((gpointer *) data)[1];

  gate_await (gate, 1);
  anyio_cancel_scope_cancel (scope, "too slow");
  for (guint i = 0; i < 3; i++)
    g_assert_true (anyio_checkpoint (error));
  anyio_trace ("waits");
  gate_open (gate);

  return TRUE;
}

static gboolean
test_shielded (gpointer data, GError **error)
{
  GATE (gate);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  gpointer both[] = { &gate, scope };

  g_test_summary ("SEMANTICS 8.1, 2.8: a call that runs is waited for although it is cancelled, and its result counts");

  anyio_task_group_start_soon (group, cancel_at_gate, both, NULL);
  g_assert_true (anyio_to_thread (wait_at_gate, &gate, error));
  anyio_trace ("returned");
  g_assert_true (anyio_cancel_scope_is_cancelled (scope));
  assert_checkpoint_is_cancelled ();
  assert_exits (scope);
  g_assert_false (anyio_cancel_scope_get_cancelled_caught (scope)); /* the CANCELLED ended here, and the exit got none */
  assert_joins (group);
  anyio_assert_trace ("waits returned");

  return TRUE;
}

static gboolean
cancel_after_end (gpointer data, GError **error)
{
  Gate *gate = ((gpointer *) data)[0];

  gate_await (gate, 1);
  anyio_cancel_scope_cancel (((gpointer *) data)[1], "late");

  return TRUE;
}

/* Says that it is there, and does not wait. */
static gboolean
pass_gate (gpointer data, GError **error)
{
  gate_open (data);
  gate_pass (data);

  return TRUE;
}

static gboolean
test_late (gpointer data, GError **error)
{
  g_test_summary ("SEMANTICS 1.4, 8.1: a cancellation at about the time of the function's end never drops its result");

  for (guint i = 0; i < 200; i++)
    {
      GATE (gate);
      g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
      g_autoptr (AnyioCancelScope) scope = open_scope ();
      gpointer both[] = { &gate, scope };

      anyio_task_group_start_soon (group, cancel_after_end, both, NULL);
      g_assert_true (anyio_to_thread (pass_gate, &gate, error));
      assert_exits (scope);
      assert_joins (group);
    }

  return TRUE;
}

/* Waits at the gate and then asks. */
static gboolean
check_at_gate (gpointer gate, GError **error)
{
  if (!anyio_thread_check_cancelled (error))
    return FALSE;
  gate_pass (gate);

  return anyio_thread_check_cancelled (error);
}

static gboolean
test_check (gpointer data, GError **error)
{
  GATE (gate);
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  gpointer both[] = { &gate, scope };

  g_test_summary ("SEMANTICS 8.1: check_cancelled fails in the worker; its error is the scope's own, which absorbs it, and has the scope's reason");

  anyio_task_group_start_soon (group, cancel_at_gate, both, NULL);
  assert_is_cancelled (anyio_to_thread (check_at_gate, &gate, &failure), failure);
  g_assert_cmpstr (failure->message, ==, "Operation was cancelled: too slow");
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));
  assert_joins (group);

  return TRUE;
}

/* The function asks after each of some steps that the loop's thread takes meanwhile. */
#define N_STEPS 4

typedef struct
{
  Gate gates[N_STEPS];
  gboolean answers[N_STEPS]; /* "not cancelled" */
  AnyioCancelScope *outer;
  AnyioCancelScope *inner;
} Asking;

static gboolean
ask_after_each_step (gpointer data, GError **error)
{
  Asking *self = data;

  for (guint i = 0; i < N_STEPS; i++)
    {
      gate_pass (&self->gates[i]);
      self->answers[i] = anyio_thread_check_cancelled (NULL);
    }

  return TRUE;
}

static gboolean
take_steps (gpointer data, GError **error)
{
  Asking *self = data;

  for (guint i = 0; i < N_STEPS; i++)
    {
      gate_await (&self->gates[i], 1);
      switch (i)
        {
        case 0:
          anyio_cancel_scope_cancel (self->outer, NULL);
          break;
        case 1:
          anyio_cancel_scope_set_shield (self->inner, TRUE);
          break;
        case 2:
          anyio_cancel_scope_set_shield (self->inner, FALSE);
          break;
        default:
          anyio_cancel_scope_set_shield (self->inner, TRUE);
          anyio_cancel_scope_cancel (self->inner, NULL);
          break;
        }
      gate_open (&self->gates[i]);
    }

  return TRUE;
}

static gboolean
test_check_shields (gpointer data, GError **error)
{
  Asking asking;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();

  g_test_summary ("SEMANTICS 8.1, 2.5: check_cancelled respects shields, also those that are raised and lowered while the function runs");

  for (guint i = 0; i < N_STEPS; i++)
    gate_init (&asking.gates[i]);
  asking.outer = outer;
  asking.inner = inner;
  anyio_task_group_start_soon (group, take_steps, &asking, NULL);
  g_assert_true (anyio_to_thread (ask_after_each_step, &asking, error));
  g_assert_false (asking.answers[0]);
  g_assert_true (asking.answers[1]);
  g_assert_false (asking.answers[2]);
  g_assert_false (asking.answers[3]);
  for (guint i = 0; i < N_STEPS; i++)
    gate_clear (&asking.gates[i]);
  assert_exits (inner);
  assert_exits (outer);
  assert_joins (group);

  return TRUE;
}

typedef struct
{
  Gate begun;
  Gate asked;
  AnyioCancelScope *outer;
  AnyioTaskGroup *inner;
} Shielding;

static gboolean
fail_when_asked (gpointer data, GError **error)
{
  Shielding *self = data;
  gboolean success;

  gate_pass (&self->begun);
  success = anyio_thread_check_cancelled (error);
  gate_pass (&self->asked);

  return success;
}

static gboolean
cancel_then_shield (gpointer data, GError **error)
{
  Shielding *self = data;

  while (gate_count (&self->begun) == 0) /* the call may not have been made yet */
    g_assert_true (anyio_checkpoint (error));
  anyio_cancel_scope_cancel (self->outer, NULL);
  gate_open (&self->begun);
  gate_await (&self->asked, 1);
  anyio_cancel_scope_set_shield (anyio_task_group_get_cancel_scope (self->inner), TRUE);
  gate_open (&self->asked);

  return TRUE;
}

static gboolean
call_fail_when_asked (gpointer data, GError **error)
{
  return anyio_to_thread (fail_when_asked, data, error);
}

static gboolean
test_check_then_shield (gpointer data, GError **error)
{
  Shielding self;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioTaskGroup) inner = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 8.1, 2.11: a CANCELLED that answers a scope is not stray, although a shield was raised before the function returned it");

  gate_init (&self.begun);
  gate_init (&self.asked);
  self.outer = outer;
  self.inner = inner;
  anyio_task_group_start_soon (group, cancel_then_shield, &self, NULL);
  anyio_task_group_start_soon (inner, call_fail_when_asked, &self, NULL);
  assert_joins (inner);
  assert_exits (outer);
  assert_joins (group);
  gate_clear (&self.begun);
  gate_clear (&self.asked);

  return TRUE;
}

static gboolean
read_cancellable (gpointer gate, GError **error)
{
  GCancellable *cancellable = anyio_thread_get_cancellable ();

  g_assert_true (cancellable == anyio_thread_get_cancellable ());
  g_assert_false (g_cancellable_is_cancelled (cancellable));
  gate_pass (gate);
  while (!g_cancellable_is_cancelled (cancellable)) /* it comes in the scheduler's next step */
    g_thread_yield ();

  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
test_cancellable (gpointer data, GError **error)
{
  GATE (gate);
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  gpointer both[] = { &gate, scope };

  g_test_summary ("SEMANTICS 8.1: the worker's cancellable is cancelled with the scope, and the CANCELLED of a blocking GIO call is the scope's own");

  anyio_task_group_start_soon (group, cancel_at_gate, both, NULL);
  assert_is_cancelled (anyio_to_thread (read_cancellable, &gate, &failure), failure);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));
  assert_joins (group);

  return TRUE;
}

static gboolean
get_cancellable_late (gpointer gate, GError **error)
{
  gate_pass (gate);

  return !g_cancellable_set_error_if_cancelled (anyio_thread_get_cancellable (), error);
}

static gboolean
test_cancellable_late (gpointer data, GError **error)
{
  GATE (gate);
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  gpointer both[] = { &gate, scope };

  g_test_summary ("SEMANTICS 8.1: a cancellable that is asked for when the scope is cancelled already is cancelled");

  anyio_task_group_start_soon (group, cancel_at_gate, both, NULL);
  assert_is_cancelled (anyio_to_thread (get_cancellable_late, &gate, &failure), failure);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  assert_joins (group);

  return TRUE;
}

static gboolean
fail_cancelled (gpointer data, GError **error)
{
  return fail_with (error, G_IO_ERROR_CANCELLED, "the user closed the dialog");
}

static gboolean
call_fail_cancelled (gpointer data, GError **error)
{
  return anyio_to_thread (fail_cancelled, NULL, error);
}

static gboolean
test_stray (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 2.11: a CANCELLED of the function's own is stray, and fails the group");

  anyio_task_group_start_soon (group, call_fail_cancelled, NULL, NULL);
  g_assert_false (anyio_task_group_join (group, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the user closed the dialog");

  return TRUE;
}

static void
test_ask_outside (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 11.1: asking in a thread that is no worker is NO_TASK");

  expect_critical ("*anyio_thread_check_cancelled() is for functions that anyio_to_thread() calls*");
  g_assert_false (anyio_thread_check_cancelled (&error));
  assert_clear_error (&error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK, "no task waits for");
  expect_critical ("*anyio_thread_get_cancellable() is for functions that anyio_to_thread() calls*");
  g_assert_null (anyio_thread_get_cancellable ());
  g_test_assert_expected_messages ();
}

static gboolean
test_ask_in_task (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 11.1: asking in a task is MISUSE");

  expect_critical ("*anyio_thread_check_cancelled() was called in task*");
  g_assert_false (anyio_thread_check_cancelled (&failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static gboolean
run_own_tasks (gpointer data, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  gboolean success;

  g_main_context_push_thread_default (context);
  success = anyio_run (test_ask_in_task, data, error);
  g_main_context_pop_thread_default (context);

  return success;
}

static gboolean
test_ask_in_workers_task (gpointer data, GError **error)
{
  g_test_summary ("SEMANTICS 11.1: asking is MISUSE in a task of a run in a worker thread, too");

  return anyio_to_thread (run_own_tasks, NULL, error);
}

static gboolean end_is_no_call;

/* At the end of the worker thread. */
static void
ask_at_end (gpointer data)
{
  g_autoptr (GError) error = NULL;

  end_is_no_call = !anyio_thread_check_cancelled (&error) && g_error_matches (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
}

static GPrivate worker_end = G_PRIVATE_INIT (ask_at_end);

static gboolean
watch_worker_end (gpointer data, GError **error)
{
  g_private_set (&worker_end, &worker_end);

  return TRUE;
}

static gboolean
call_watch_worker_end (gpointer data, GError **error)
{
  return anyio_to_thread (watch_worker_end, NULL, error);
}

static void
test_ask_after_call (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 11.1: asking in a worker thread that makes no call any more is NO_TASK");

  expect_critical ("*anyio_thread_check_cancelled() is for functions that anyio_to_thread() calls*");
  g_assert_true (anyio_run (call_watch_worker_end, NULL, &error)); /* its end is that of the worker */
  g_test_assert_expected_messages ();
  g_assert_true (end_is_no_call);
}

/* --- the clock ------------------------------------------------------------------------------------------------------------------------- */

static gboolean
work_a_little (gpointer data, GError **error)
{
  g_usleep (2000); /* the loop has nothing to do meanwhile, and a clock that jumped would have jumped */

  return TRUE;
}

static gboolean
sleep_an_hour (gpointer data, GError **error)
{
  return anyio_sleep (3600, error);
}

static gboolean
test_virtual_clock (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("a replaced clock stands still while a worker thread runs for a task");

  anyio_task_group_start_soon (group, sleep_an_hour, NULL, NULL);
  g_assert_true (anyio_to_thread (work_a_little, NULL, error));
  assert_time (0);
  assert_joins (group);
  assert_time (3600);

  return TRUE;
}

/* The gate of the call under way; opened when the loop has nothing to do but to wait. */
static Gate *gate_of_sleeping_loop;

static int
open_gate_when_asleep (GPollFD *fds, guint n_fds, int timeout)
{
  static guint n_looks;

  if (timeout != 0)
    gate_open (gate_of_sleeping_loop);
  else
    g_assert_cmpuint (++n_looks, <, 1000); /* a loop that asks again and again never sleeps */

  return g_poll (fds, n_fds, timeout);
}

static gboolean
test_loop_sleeps (gpointer data, GError **error)
{
  GATE (gate);
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);
  gpointer there_and_scope[] = { &gate, scope };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.8: while a cancelled call does not end, the loop sleeps; it does not ask again (AnyIO spins at 100 % CPU)");

  anyio_task_group_start_soon (group, cancel_when_there, there_and_scope, NULL);
  gate_of_sleeping_loop = &gate;
  g_main_context_set_poll_func (context, open_gate_when_asleep);
  g_assert_true (anyio_to_thread (wait_at_gate, &gate, error));
  g_main_context_set_poll_func (context, g_poll);
  g_assert_true (anyio_cancel_scope_is_cancelled (scope));
  assert_joins (group);
  assert_exits (scope);

  return TRUE;
}

static gpointer
return_nothing (gpointer data, GError **error)
{
  return NULL;
}

static gboolean
test_own_limiter (gpointer data, GError **error)
{
  g_autoptr (AnyioCapacityLimiter) limiter = anyio_capacity_limiter_new (1);
  g_autoptr (AnyioCancelScope) scope = NULL;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 8.1: the limiter that is given bounds both kinds of calls, and not the default one");

  g_assert_true (anyio_capacity_limiter_acquire_on_behalf_of (limiter, &limiter, error));
  scope = anyio_move_on_after (1);
  g_assert_false (anyio_to_thread_named ("call", succeed, NULL, limiter, &failure));
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_clear_object (&scope);
  scope = anyio_move_on_after (1);
  g_assert_null (anyio_to_thread_abandon_on_cancel_named ("call", return_nothing, NULL, NULL, NULL, limiter, &failure));
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  assert_time (2);
  anyio_capacity_limiter_release_on_behalf_of (limiter, &limiter);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/to-thread/success/on-callers-variables", test_result);
  anyio_test_add_func ("/to-thread/failure/comes-out", test_error);
  g_test_add_func ("/to-thread/outside-tasks/no-task", test_outside);
  anyio_test_add_func ("/to-thread/suspend-in-worker/no-task", test_no_task_inside);
  anyio_test_add_func ("/to-thread/cancelled-before/not-called", test_cancelled_before);
  anyio_test_add_func ("/to-thread/cancelled-while-running/waited-for", test_shielded);
  anyio_test_add_func ("/to-thread/cancelled-while-running/loop-sleeps", test_loop_sleeps);
  anyio_test_add_func ("/to-thread/cancelled-late/result-counts", test_late);
  anyio_test_add_func ("/to-thread/stray-cancelled/fails-group", test_stray);
  anyio_test_add_func ("/check-cancelled/cancelled/answers-scope", test_check);
  anyio_test_add_func ("/check-cancelled/shields/respected", test_check_shields);
  core_add_ordered ("/check-cancelled/then-shielded/answers-scope", test_check_then_shield);
  g_test_add_func ("/check-cancelled/outside/no-task", test_ask_outside);
  anyio_test_add_func ("/check-cancelled/in-task/misuse", test_ask_in_task);
  anyio_test_add_func ("/check-cancelled/in-workers-task/misuse", test_ask_in_workers_task);
  g_test_add_func ("/check-cancelled/after-call/no-task", test_ask_after_call);
  anyio_test_add_func ("/thread-cancellable/cancelled/answers-scope", test_cancellable);
  anyio_test_add_func ("/thread-cancellable/asked-for-late/cancelled", test_cancellable_late);
  anyio_test_add_func ("/to-thread/virtual-clock/stands-still", test_virtual_clock);
  anyio_test_add_func ("/to-thread/limiter/is-used", test_own_limiter);

  return g_test_run ();
}
