/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls from a worker thread back into the thread of the task that waits for it. */

#include "thread-test.h"

#include <math.h>

static const char *home_stack; /* of main() */

typedef struct
{
  GThread *thread;
  AnyioTask *task;      /* borrowed */
  AnyioTask *parent;    /* borrowed */
  gboolean at_home;
  double deadline;
  const char *failure;  /* NULL: succeeds */
  Gate gate;
  AnyioCancelScope *scope; /* borrowed */
} Visit;

static void
visit (Visit *self)
{
  const char *frame = __builtin_frame_address (0);

  self->thread = g_thread_self ();
  self->task = anyio_get_current_task ();
  self->parent = self->task != NULL ? anyio_task_get_parent (self->task) : NULL;
  self->at_home = frame < home_stack && frame > home_stack - 1024 * 1024;
  self->deadline = anyio_current_effective_deadline ();
}

static gboolean
look_around (gpointer data, GError **error)
{
  Visit *self = data;

  visit (self);

  return self->failure == NULL || fail_with (error, G_IO_ERROR_NOT_FOUND, self->failure);
}

static gboolean
call_back (gpointer data, GError **error)
{
  return anyio_from_thread_call (look_around, data, error);
}

static gboolean
test_call (gpointer data, GError **error)
{
  Visit there = { NULL };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 8.2: a plain function runs in the loop's thread, on its own stack, as a part of the waiting task; its error comes back");

  g_assert_true (anyio_to_thread (call_back, &there, error));
  g_assert_true (there.thread == g_thread_self ());
  g_assert_true (there.task == anyio_get_current_task ());
  g_assert_true (there.at_home);
  there.failure = "gone";
  g_assert_false (anyio_to_thread (call_back, &there, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");

  return TRUE;
}

static gboolean
look_and_sleep (gpointer data, GError **error)
{
  Visit *self = data;

  visit (self);
  if (!anyio_sleep (1, error))
    return FALSE;

  return self->failure == NULL || fail_with (error, G_IO_ERROR_NOT_FOUND, self->failure);
}

static gboolean
run_back (gpointer data, GError **error)
{
  return anyio_from_thread_run (look_and_sleep, data, error);
}

static gboolean
test_run (gpointer data, GError **error)
{
  Visit there = { NULL };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (100);

  g_test_summary ("SEMANTICS 8.2: a task runs in the scope of the waiting one; a replaced clock goes on for it; its error comes back");

  g_assert_true (anyio_to_thread (run_back, &there, error));
  g_assert_true (there.thread == g_thread_self ());
  g_assert_false (there.at_home);
  g_assert_true (there.parent == anyio_get_current_task ());
  g_assert_cmpfloat (there.deadline, ==, 100);
  assert_time (1);
  there.failure = "gone";
  g_assert_false (anyio_to_thread (run_back, &there, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  assert_time (2);
  assert_exits (scope);

  return TRUE;
}

static gboolean
sleep_and_clean_up (gpointer data, GError **error)
{
  gboolean success;

  anyio_trace ("sleeps");
  success = anyio_sleep_forever (error);
  anyio_trace ("cancelled");
  {
    ANYIO_SHIELD_FOR (INFINITY);

    assert_sleeps (1);
  }
  anyio_trace ("cleaned-up");

  return success;
}

static gboolean
run_sleeper (gpointer data, GError **error)
{
  gboolean success = anyio_from_thread_run (sleep_and_clean_up, data, error);

  *(gboolean *) data = TRUE;

  return success;
}

static gboolean
test_cancelled (gpointer data, GError **error)
{
  gboolean went_on = FALSE;
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (5);

  g_test_summary ("SEMANTICS 8.2: when the waiting task is cancelled, so is the one that its thread runs, although the wait goes on");

  assert_is_cancelled (anyio_to_thread (run_sleeper, &went_on, &failure), failure);
  g_assert_true (went_on);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));
  assert_time (6);
  anyio_assert_trace ("sleeps cancelled cleaned-up");

  return TRUE;
}

static gboolean
trace_value (gpointer key, GError **error)
{
  anyio_trace ("%s", (const char *) anyio_task_get_value (GPOINTER_TO_UINT (key)));

  return TRUE;
}

static gboolean
run_trace_value (gpointer key, GError **error)
{
  return anyio_from_thread_run (trace_value, key, error);
}

static gpointer
run_trace_value_abandonable (gpointer key, GError **error)
{
  run_trace_value (key, error);

  return NULL;
}

static gboolean
test_inherits (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  GQuark key = g_quark_from_static_string ("color");

  g_test_summary ("SEMANTICS 8.2: a task that a thread runs inherits the values of the one that waits for the thread, in both kinds of calls");

  anyio_task_set_value (key, (gpointer) "red", NULL);
  g_assert_true (anyio_to_thread (run_trace_value, GUINT_TO_POINTER (key), error));
  anyio_task_set_value (key, (gpointer) "blue", NULL);
  g_assert_null (anyio_to_thread_abandon_on_cancel (run_trace_value_abandonable, GUINT_TO_POINTER (key), NULL, NULL, NULL, &failure));
  g_assert_no_error (failure);
  anyio_assert_trace ("red blue");

  return TRUE;
}

static gboolean
fail_in_silence (gpointer data, GError **error)
{
  return FALSE;
}

static gboolean
call_fail_in_silence (gpointer data, GError **error)
{
  return anyio_from_thread_call (fail_in_silence, NULL, error);
}

static gboolean
run_fail_in_silence (gpointer data, GError **error)
{
  return anyio_from_thread_run (fail_in_silence, NULL, error);
}

static gboolean
test_fails_in_silence (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 11.14: FALSE without an error gets one");

  g_assert_false (anyio_to_thread (call_fail_in_silence, NULL, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_FAILED, "\"fail_in_silence\" returned FALSE without setting an error");
  g_assert_false (anyio_to_thread (run_fail_in_silence, NULL, &failure));
  assert_clear_error (&failure, G_IO_ERROR, G_IO_ERROR_FAILED, "\"fail_in_silence\" returned FALSE without setting an error");

  return TRUE;
}

/* --- nesting --------------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  guint depth;
  guint deepest;
} Nest;

static gboolean descend_in_thread (gpointer data, GError **error);

static gboolean
descend_in_task (gpointer data, GError **error)
{
  Nest *self = data;

  return self->depth == self->deepest || anyio_to_thread (descend_in_thread, self, error);
}

static gboolean
descend_in_thread (gpointer data, GError **error)
{
  Nest *self = data;

  self->depth++;

  return anyio_from_thread_run (descend_in_task, self, error);
}

static gboolean
test_nested (gpointer data, GError **error)
{
  Nest nest = { 0, 39 };
  Nest others[10];
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 8.1: threads that wait for threads do not deadlock, as they can in a pool that is full, while there are tokens");

  g_assert_true (descend_in_task (&nest, error));
  g_assert_cmpuint (nest.depth, ==, 39);
  anyio_capacity_limiter_set_total_tokens (anyio_current_default_thread_limiter (), 400);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      others[i] = (Nest){ 0, 30 };
      anyio_task_group_start_soon (group, descend_in_task, &others[i], NULL);
    }
  assert_joins (group);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_cmpuint (others[i].depth, ==, 30);

  return TRUE;
}

/* --- calls that are abandoned ---------------------------------------------------------------------------------------------------------- */

static gboolean
note_cancelled (gpointer data, GError **error)
{
  Visit *self = data;

  gate_open (&self->gate);
  anyio_trace ("begun");
  assert_sleep_is_cancelled ();
  anyio_trace ("cancelled");

  return fail_with (error, G_IO_ERROR_NOT_FOUND, "gone");
}

/* Shows what the calls back said, as words. */
static gpointer
run_back_twice (gpointer data, GError **error)
{
  GString *words = g_string_new (NULL);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) failure = NULL;

      g_assert_false (anyio_from_thread_run (note_cancelled, data, &failure));
      g_string_append_printf (words, "%s ", failure->message);
      g_assert_false (anyio_thread_check_cancelled (NULL));
    }
  gate_pass (&((Visit *) data)->gate);

  return g_string_free (words, FALSE);
}

static gboolean
cancel_when_begun (gpointer data, GError **error)
{
  Visit *self = data;

  while (strcmp (anyio_trace_get (), "") == 0)
    if (!anyio_checkpoint (error))
      return FALSE;
  anyio_cancel_scope_cancel (self->scope, NULL);

  return TRUE;
}

static char *dropped;

static void
keep_words (gpointer words)
{
  dropped = words;
}

static gboolean
test_abandoned (gpointer data, GError **error)
{
  Visit there = { NULL };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 8.2: what an abandoned thread has run is in a scope of its own, which is cancelled; the task does not wait for it");

  gate_init (&there.gate);
  there.scope = scope;
  anyio_task_group_start_soon (group, cancel_when_begun, &there, NULL);
  g_assert_null (anyio_to_thread_abandon_on_cancel (run_back_twice, &there, NULL, keep_words, NULL, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  anyio_trace ("abandoned");
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  while (dropped == NULL)
    g_assert_true (anyio_checkpoint (error));
  g_assert_cmpstr (dropped, ==, "gone gone ");
  g_clear_pointer (&dropped, g_free);
  assert_joins (group);
  anyio_assert_trace ("begun cancelled abandoned begun cancelled");
  gate_clear (&there.gate);

  return TRUE;
}

/* --- where it cannot be called --------------------------------------------------------------------------------------------------------- */

static gpointer
call_after_end (gpointer data, GError **error)
{
  Visit *self = data;
  g_autoptr (GError) call_failure = NULL;
  g_autoptr (GError) run_failure = NULL;

  gate_pass (&self->gate);
  g_assert_false (anyio_from_thread_call (look_around, self, &call_failure));
  g_assert_error (call_failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_false (anyio_from_thread_run (look_around, self, &run_failure));
  g_assert_error (run_failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_null (self->thread);

  return NULL;
}

static int n_ended; /* atomic */

static void
count_end (gpointer data)
{
  g_atomic_int_inc (&n_ended);
}

static gboolean
abandon_at_gate (gpointer data, GError **error)
{
  Visit *self = data;
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  gpointer both[] = { &self->gate, scope };

  anyio_task_group_start_soon (group, cancel_when_there, both, NULL);
  g_assert_null (anyio_to_thread_abandon_on_cancel (call_after_end, self, count_end, NULL, NULL, &failure));
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));

  return anyio_task_group_join (group, error);
}

static void
test_finished (void)
{
  Visit there = { NULL };
  g_autoptr (GError) error = NULL;
  gboolean success;

  g_test_summary ("SEMANTICS 8.2: a loop that has finished is an error");

  gate_init (&there.gate);
  success = anyio_run (abandon_at_gate, &there, &error);
  g_assert_no_error (error);
  g_assert_true (success);
  gate_open (&there.gate);
  while (g_atomic_int_get (&n_ended) == 0)
    g_thread_yield ();
  gate_clear (&there.gate);
}

static gboolean
test_in_task (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 8.2: calling it on the loop's own thread is MISUSE");

  expect_critical ("*anyio_from_thread_call() was called in task*");
  g_assert_false (anyio_from_thread_call (look_around, NULL, &failure));
  assert_clear_error (&failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE, "not in a worker thread");
  expect_critical ("*anyio_from_thread_run() was called in task*");
  g_assert_false (anyio_from_thread_run (look_around, NULL, &failure));
  g_test_assert_expected_messages ();
  assert_clear_error (&failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE, "not in a worker thread");

  return TRUE;
}

static gboolean
call_back_in_call_back (gpointer data, GError **error)
{
  return anyio_from_thread_call (look_around, data, error);
}

static gboolean
call_back_that_does (gpointer data, GError **error)
{
  return anyio_from_thread_call (call_back_in_call_back, data, error);
}

static gboolean
test_in_call_back (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 8.2: a function that was called on the loop's thread is on that thread: MISUSE, not a deadlock");

  expect_critical ("*anyio_from_thread_call() was called in task*");
  g_assert_false (anyio_to_thread (call_back_that_does, NULL, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static void
test_outside (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 8.2: a thread that no task waits for has nobody to call");

  expect_critical ("*anyio_from_thread_run() is for functions that anyio_to_thread() calls*");
  g_assert_false (anyio_from_thread_run (look_around, NULL, &error));
  g_test_assert_expected_messages ();
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
}

int
main (int argc, char *argv[])
{
  home_stack = __builtin_frame_address (0);
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/from-thread/call/at-home", test_call);
  anyio_test_add_func ("/from-thread/run/in-hosts-scope", test_run);
  core_add_ordered ("/from-thread/run/cancelled-with-host", test_cancelled);
  core_add_ordered ("/from-thread/run/inherits-values", test_inherits);
  anyio_test_add_func ("/from-thread/failure-without-error/error", test_fails_in_silence);
  anyio_test_add_func ("/from-thread/nested/no-deadlock", test_nested);
  core_add_ordered ("/from-thread/abandoned/own-scope", test_abandoned);
  g_test_add_func ("/from-thread/finished-loop/closed", test_finished);
  anyio_test_add_func ("/from-thread/in-task/misuse", test_in_task);
  anyio_test_add_func ("/from-thread/in-call-back/misuse", test_in_call_back);
  g_test_add_func ("/from-thread/outside/no-task", test_outside);

  return g_test_run ();
}
