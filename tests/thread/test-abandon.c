/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls that are abandoned when their task is cancelled: the task goes on at once, and what the function returns is destroyed, exactly once. */

#include "thread-test.h"

#include <dlfcn.h>
#include <unistd.h>

/* The argument of a call; its parts are counted, because the call may outlive everything else. */
typedef struct
{
  Gate *gate;     /* borrowed; NULL: does not wait */
  const char *failure;
} Work;

static int n_called;    /* atomic, like the others */
static int n_works;     /* alive */
static int n_results;   /* alive */

static Work *
work_new (Gate *gate)
{
  Work *self = g_new0 (Work, 1);

  self->gate = gate;
  g_atomic_int_inc (&n_works);

  return self;
}

static void
work_free (gpointer data)
{
  g_atomic_int_add (&n_works, -1);
  g_free (data);
}

static void
result_free (gpointer data)
{
  g_atomic_int_add (&n_results, -1);
  g_free (data);
}

static gpointer
make_result (gpointer data, GError **error)
{
  Work *self = data;

  g_atomic_int_inc (&n_called);
  if (self->gate != NULL)
    gate_pass (self->gate);
  if (self->failure != NULL)
    {
      fail_with (error, G_IO_ERROR_NOT_FOUND, self->failure);
      return NULL;
    }
  g_atomic_int_inc (&n_results);

  return g_strdup ("result");
}

static char *
call (Work *work, GError **error)
{
  return anyio_to_thread_abandon_on_cancel (make_result, work, work_free, result_free, NULL, error);
}

/* Until the worker and the loop have done with an abandoned call. */
static void
settle (void)
{
  while (g_atomic_int_get (&n_works) > 0 || g_atomic_int_get (&n_results) > 0)
    g_assert_true (anyio_checkpoint (NULL));
}

static gboolean
test_result (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  Work *failing = work_new (NULL);
  char *result = call (work_new (NULL), error);

  g_test_summary ("a call that is not cancelled returns the function's result or error, and destroys its argument");

  g_assert_cmpstr (result, ==, "result");
  result_free (result);
  g_assert_cmpint (g_atomic_int_get (&n_works), ==, 1);
  failing->failure = "gone";
  g_assert_null (call (failing, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  settle ();

  return TRUE;
}

static gboolean
test_abandoned (gpointer data, GError **error)
{
  GATE (gate);
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  gpointer both[] = { &gate, scope };

  g_test_summary ("SEMANTICS 8.1: a call that is abandoned returns at once; its result is dropped when the thread has ended, on the home stack");

  anyio_task_group_start_soon (group, cancel_when_there, both, NULL);
  g_assert_null (call (work_new (&gate), &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (failure->message, ==, "Operation was cancelled: no longer wanted");
  g_assert_cmpint (g_atomic_int_get (&n_works), ==, 1); /* the thread is still at the gate */
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));
  gate_open (&gate);
  settle ();
  assert_joins (group);

  return TRUE;
}

/* --- calls that no worker has begun ---------------------------------------------------------------------------------------------------- */

/* Where a new worker waits before it does anything, so that its job stays in the queue; NULL: nowhere. */
static Gate *gate_of_workers;

typedef struct
{
  GThreadFunc func;
  gpointer data;
} Thread;

static gpointer
run_after_gate (gpointer data)
{
  g_autofree Thread *self = data;

  gate_pass (gate_of_workers);

  return self->func (self->data);
}

/* Stands in for GLib's in the library, too: the pool makes its workers with it. */
GThread *
g_thread_try_new (const char *name, GThreadFunc func, gpointer data, GError **error)
{
  typeof (&g_thread_try_new) original = (typeof (&g_thread_try_new)) dlsym (RTLD_NEXT, "g_thread_try_new");
  Thread *thread;

  if (gate_of_workers == NULL)
    return original (name, func, data, error);
  thread = g_new (Thread, 1);
  *thread = (Thread){ func, data };

  return original (name, run_after_gate, thread, error);
}

static gboolean
cancel_then_open (gpointer data, GError **error)
{
  anyio_cancel_scope_cancel (data, NULL);
  for (guint i = 0; i < 3; i++)
    g_assert_true (anyio_checkpoint (error));
  anyio_trace ("open");
  gate_open (gate_of_workers);

  return TRUE;
}

static gboolean
test_queued (gpointer data, GError **error)
{
  GATE (gate);
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  int n_before = g_atomic_int_get (&n_called);

  g_test_summary ("SEMANTICS 8.1: a call that is abandoned before a worker begins it returns at once, and is never made");

  gate_of_workers = &gate;
  anyio_task_group_start_soon (group, cancel_then_open, scope, NULL);
  g_assert_null (call (work_new (NULL), &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  anyio_trace ("abandoned");
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  assert_joins (group);
  settle ();
  gate_of_workers = NULL;
  g_assert_cmpint (g_atomic_int_get (&n_called), ==, n_before);
  anyio_assert_trace ("abandoned open");

  return TRUE;
}

static gboolean
test_cancelled_before (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  int n_before = g_atomic_int_get (&n_called);

  g_test_summary ("SEMANTICS 1.6: in a cancelled scope nothing is called, and the argument is destroyed");

  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_null (call (work_new (NULL), &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_atomic_int_get (&n_works), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&n_called), ==, n_before);
  assert_exits (scope);

  return TRUE;
}

/* A race between the end of the function, the cancellation, and the beginning: whoever wins, the sums are right. */
static gboolean
cancel_after_turns (gpointer data, GError **error)
{
  guint n_turns = GPOINTER_TO_UINT (((gpointer *) data)[0]);

  while (n_turns-- > 0)
    g_assert_true (anyio_checkpoint (error));
  anyio_cancel_scope_cancel (((gpointer *) data)[1], NULL);

  return TRUE;
}

static gboolean
test_races (gpointer data, GError **error)
{
  guint n_rounds = g_test_slow () ? 100000 : 2000;
  guint n_returned = 0;
  guint n_abandoned = 0;

  g_test_summary ("SEMANTICS 1.4, 8.1: cancelled at any point of the call, the result is returned or dropped, never both, never neither");

  for (guint i = 0; i < n_rounds; i++)
    {
      g_autoptr (GError) failure = NULL;
      g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
      g_autoptr (AnyioCancelScope) scope = open_scope ();
      gpointer both[] = { GUINT_TO_POINTER (i % 64), scope };
      char *result;

      anyio_task_group_start_soon (group, cancel_after_turns, both, NULL);
      result = call (work_new (NULL), &failure);
      g_assert_true ((result == NULL) == (failure != NULL));
      if (result != NULL)
        {
          n_returned++;
          result_free (result);
        }
      else
        {
          n_abandoned++;
        }
      g_assert_true (anyio_cancel_scope_exit (scope, &failure));
      assert_joins (group);
    }
  settle ();
  g_test_message ("%u returned, %u abandoned", n_returned, n_abandoned);
  g_assert_cmpuint (n_returned + n_abandoned, ==, n_rounds);

  return TRUE;
}

/* --- after the run --------------------------------------------------------------------------------------------------------------------- */

static gboolean
abandon_at_gate (gpointer data, GError **error)
{
  Gate *gate = data;
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  gpointer both[] = { gate, scope };

  anyio_task_group_start_soon (group, cancel_when_there, both, NULL);
  g_assert_null (call (work_new (gate), &failure));
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));

  return anyio_task_group_join (group, error);
}

static void
test_outlives_run (void)
{
  GATE (gate);
  g_autoptr (GError) error = NULL;

  g_test_summary ("a run does not wait for a thread that was abandoned; what it returns later is destroyed there");

  g_assert_true (anyio_run (abandon_at_gate, &gate, &error));
  g_assert_cmpint (g_atomic_int_get (&n_works), ==, 1);
  gate_open (&gate);
  while (g_atomic_int_get (&n_works) > 0)
    g_thread_yield ();
  g_assert_cmpint (g_atomic_int_get (&n_results), ==, 0);
}

typedef struct
{
  Gate gate;
  AnyioCapacityLimiter *limiter;
} Orphan;

static gboolean
abandon_with_limiter (gpointer data, GError **error)
{
  Orphan *self = data;
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  gpointer both[] = { &self->gate, scope };

  anyio_task_group_start_soon (group, cancel_when_there, both, NULL);
  g_assert_null (anyio_to_thread_abandon_on_cancel (make_result, work_new (&self->gate), work_free, result_free, self->limiter, &failure));
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (self->limiter), ==, 1);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));

  return anyio_task_group_join (group, error);
}

static void
test_token_outlives_run (void)
{
  Orphan self = { .limiter = anyio_capacity_limiter_new (1) };
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 8.1: the end of the run takes the token of a thread that was abandoned back, and lets go of the limiter");

  gate_init (&self.gate);
  g_assert_true (anyio_run (abandon_with_limiter, &self, &error));
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (self.limiter), ==, 0);
  g_assert_finalize_object (self.limiter);
  gate_open (&self.gate);
  while (g_atomic_int_get (&n_works) > 0)
    g_thread_yield ();
  gate_clear (&self.gate);
}

static void
test_outside (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 11.1: outside tasks it is NO_TASK, and the argument is destroyed");

  expect_critical ("*anyio_to_thread_abandon_on_cancel() suspends*");
  g_assert_null (call (work_new (NULL), &error));
  g_test_assert_expected_messages ();
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_assert_cmpint (g_atomic_int_get (&n_works), ==, 0);
}

static gpointer
block_for_ever (gpointer gate, GError **error)
{
  gate_open (gate);
  gate_pass (gate);
  for (;;)
    pause ();

  return NULL;
}

static gboolean
abandon_for_ever (gpointer data, GError **error)
{
  static Gate gate;
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  gpointer both[] = { &gate, scope };

  gate_init (&gate);
  anyio_task_group_start_soon (group, cancel_when_there, both, NULL);
  g_assert_null (anyio_to_thread_abandon_on_cancel (block_for_ever, &gate, NULL, NULL, NULL, &failure));
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));

  return anyio_task_group_join (group, error);
}

static void
test_program_ends (void)
{
  g_test_summary ("a program ends although threads that it abandoned still run");

  if (g_test_subprocess ())
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (anyio_run (abandon_for_ever, NULL, &error));
      return;
    }
  g_test_trap_subprocess (NULL, 20 * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/abandon/not-cancelled/result", test_result);
  anyio_test_add_func ("/abandon/cancelled/at-once", test_abandoned);
  core_add_ordered ("/abandon/queued/never-made", test_queued);
  anyio_test_add_func ("/abandon/cancelled-before/not-called", test_cancelled_before);
  anyio_test_add_func_real_time ("/abandon/races/returned-or-dropped", test_races);
  g_test_add_func ("/abandon/outlives-run/destroyed", test_outlives_run);
  g_test_add_func ("/abandon/outlives-run/token-back", test_token_outlives_run);
  g_test_add_func ("/abandon/outside-tasks/no-task", test_outside);
  g_test_add_func ("/abandon/program-ends/cleanly", test_program_ends);

  return g_test_run ();
}
