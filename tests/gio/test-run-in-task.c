/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fibers for callers that have none: as the body of a GTask, and as a pair of _async and _finish. */

#include "fake-operation.h"

typedef struct
{
  GCancellable *cancellable; /* borrowed; NULL */
  GTask *task;               /* owned; NULL */
  GMainContext *context;     /* borrowed: where it called back */
  gboolean at_home;          /* it called back on the thread's own stack */
  guint n_ready;
} Caller;

static void
caller_clear (Caller *self)
{
  g_clear_object (&self->task);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Caller, caller_clear)

static const char *home_stack; /* of main() */

static gboolean
is_home_stack (gconstpointer frame)
{
  return (const char *) frame < home_stack && (const char *) frame > home_stack - 1024 * 1024;
}

static void
ready_cb (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  Caller *self = user_data;

  g_set_object (&self->task, G_TASK (result));
  self->context = g_main_context_get_thread_default ();
  self->at_home = is_home_stack (__builtin_frame_address (0));
  self->n_ready++;
}

/* As an _async function in other code does it. */
static void
begin (Caller *self,
       const char *name,
       AnyioTaskFunc func)
{
  g_autoptr (GTask) task = g_task_new (NULL, self->cancellable, ready_cb, self);

  anyio_run_in_task_named (task, name, func);
}

static gboolean
wait_for (Caller *self,
          GError **error)
{
  while (self->n_ready == 0)
    if (!anyio_checkpoint (error))
      return FALSE;
  g_assert_cmpuint (self->n_ready, ==, 1);

  return TRUE;
}

static gboolean
return_value (gpointer user_data,
              GError **error)
{
  if (!anyio_sleep (1, error))
    return FALSE;
  g_task_return_int (user_data, 42);

  return TRUE;
}

static gboolean
value (gpointer user_data,
       GError **error)
{
  g_auto (Caller) caller = { 0 };

  g_test_summary ("11.14: what the body returns through the GTask arrives, in the context of the GTask");

  begin (&caller, "value", return_value);
  if (!anyio_sleep (1, error) || !wait_for (&caller, error))
    return FALSE;
  g_assert_cmpint (g_task_propagate_int (caller.task, error), ==, 42);
  g_assert_true (caller.context == g_main_context_get_thread_default ());
  g_assert_true (caller.context == g_task_get_context (caller.task));

  return TRUE;
}

static gboolean
fail (gpointer user_data,
      GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  return FALSE;
}

static gboolean
failure (gpointer user_data,
         GError **error)
{
  g_auto (Caller) caller = { 0 };
  g_autoptr (GError) local_error = NULL;

  g_test_summary ("11.14: FALSE with an error is g_task_return_error(), and calls back on the home stack");

  begin (&caller, "failure", fail);
  if (!wait_for (&caller, error))
    return FALSE;
  g_assert_true (caller.at_home);
  g_task_propagate_int (caller.task, &local_error);
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpstr (local_error->message, ==, "busy");

  return TRUE;
}

static gboolean
fail_in_silence (gpointer user_data,
                 GError **error)
{
  return FALSE;
}

static gboolean
failure_without_error (gpointer user_data,
                       GError **error)
{
  g_auto (Caller) caller = { 0 };
  g_autoptr (GError) local_error = NULL;

  g_test_summary ("11.1: FALSE without an error gets one that names the task");

  begin (&caller, "silence", fail_in_silence);
  if (!wait_for (&caller, error))
    return FALSE;
  g_task_propagate_int (caller.task, &local_error);
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_nonnull (strstr (local_error->message, "\"silence\""));

  return TRUE;
}

static gboolean
forget_to_return (gpointer user_data,
                  GError **error)
{
  return TRUE;
}

static gboolean
no_return (gpointer user_data,
           GError **error)
{
  g_auto (Caller) caller = { 0 };
  g_autoptr (GError) local_error = NULL;

  g_test_summary ("11.14: TRUE without a return is a critical, and the caller does not wait for ever");

  EXPECT_CRITICAL ("Task \"forgetful\" returned TRUE without a g_task_return_*() function*");
  begin (&caller, "forgetful", forget_to_return);
  if (!wait_for (&caller, error))
    return FALSE;
  g_test_assert_expected_messages ();
  g_task_propagate_int (caller.task, &local_error);
  g_assert_error (local_error, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

static gboolean
sleep_forever (gpointer user_data,
               GError **error)
{
  return anyio_sleep_forever (error);
}

static gboolean
cancelled (gpointer user_data,
           GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Caller) caller = { cancellable };
  g_autoptr (GError) local_error = NULL;

  g_test_summary ("2.18: the GTask's cancellable is linked to the fiber's scope");

  begin (&caller, "cancelled", sleep_forever);
  if (!anyio_wait_all_tasks_blocked (error))
    return FALSE;
  g_cancellable_cancel (cancellable);
  if (!wait_for (&caller, error))
    return FALSE;
  g_task_propagate_int (caller.task, &local_error);
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_nonnull (strstr (local_error->message, "its GCancellable was cancelled"));

  return TRUE;
}

static gboolean
late_cancellation (gpointer user_data,
                   GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Caller) caller = { cancellable };

  g_test_summary ("PEERS 6: a late cancellation does not replace a result that was returned");

  begin (&caller, "late", return_value);
  if (!anyio_sleep (1, error) || !wait_for (&caller, error))
    return FALSE;
  g_cancellable_cancel (cancellable);
  g_assert_cmpint (g_task_propagate_int (caller.task, error), ==, 42);

  return TRUE;
}

static gboolean
leave_scope_open (gpointer user_data,
                  GError **error)
{
  anyio_cancel_scope_enter (g_object_get_data (user_data, "scope"));
  g_task_return_int (user_data, 1);

  return TRUE;
}

static gboolean
scope_left_open (gpointer user_data,
                 GError **error)
{
  g_auto (Caller) caller = { 0 };
  AnyioCancelScope *scope = anyio_cancel_scope_new ();
  g_autoptr (GTask) task = g_task_new (NULL, NULL, ready_cb, &caller);

  g_test_summary ("2.14: a body that leaves a scope open is told; the result arrives");

  g_object_set_data_full (G_OBJECT (task), "scope", scope, g_object_unref);
  EXPECT_CRITICAL ("Task \"leave_scope_open\" exited the cancel scope * while the cancel scope * was still open*");
  anyio_run_in_task (task, leave_scope_open);
  if (!wait_for (&caller, error))
    return FALSE;
  g_test_assert_expected_messages ();
  g_assert_cmpint (g_task_propagate_int (task, error), ==, 1);

  return TRUE;
}

static gpointer
iterate_a_while (gpointer user_data)
{
  GMainContext *context = user_data;

  g_assert_true (g_main_context_acquire (context));
  g_usleep (50000);
  g_main_context_release (context);

  return NULL;
}

static gboolean
other_thread (gpointer user_data,
              GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (Caller) caller = { 0 };
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) local_error = NULL;
  GThread *thread;

  g_test_summary ("11.1: a GTask of a context that another thread iterates is misuse, and fails instead of hanging");

  g_main_context_push_thread_default (context);
  task = g_task_new (NULL, NULL, ready_cb, &caller);
  g_main_context_pop_thread_default (context);
  thread = g_thread_new ("other", iterate_a_while, context);
  while (g_main_context_acquire (context))
    {
      g_main_context_release (context);
      g_usleep (100);
    }
  EXPECT_CRITICAL ("Task \"return_value\" cannot be run in a GTask whose main context another thread iterates*");
  anyio_run_in_task (task, return_value);
  g_test_assert_expected_messages ();
  g_thread_join (thread);
  while (g_main_context_iteration (context, FALSE))
    ;
  g_assert_cmpuint (caller.n_ready, ==, 1);
  g_task_propagate_int (task, &local_error);
  g_assert_error (local_error, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

/* --- pairs ------------------------------------------------------------------------------------------------------------------------------------ */

static gboolean
count (gpointer user_data,
       GError **error)
{
  ++*(guint *) user_data;

  return anyio_checkpoint (error);
}

static void
destroy_count (gpointer user_data)
{
  *(guint *) user_data += 10;
}

static gboolean
call_func (gpointer user_data,
           GError **error)
{
  g_autoptr (GObject) source = g_object_new (G_TYPE_OBJECT, NULL);
  guint counter = 0;

  g_test_summary ("STYLE: _async and _finish are thin shells over the same function; its data is destroyed when it has ended");

  {
    g_auto (Caller) caller = { 0 };

    anyio_call_func_async (source, "count", count, &counter, destroy_count, NULL, ready_cb, &caller);
    g_assert_cmpuint (counter, ==, 0);
    if (!wait_for (&caller, error))
      return FALSE;
    g_assert_true (caller.at_home);
    g_assert_true (anyio_call_func_finish (source, G_ASYNC_RESULT (caller.task), error));
  }
  while (counter != 11)
    g_assert_true (anyio_checkpoint (error));

  {
    g_auto (AnyioCall) call = ANYIO_CALL_INIT;
    g_autoptr (GError) local_error = NULL;

    anyio_call_func_async (NULL, "fail", fail, NULL, NULL, ANYIO_CALL (&call)); /* a task awaits what is a task */
    g_assert_false (anyio_call_func_finish (NULL, anyio_call_await (&call), &local_error));
    g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_BUSY);
  }

  return TRUE;
}

static gboolean
sleep_pair (gpointer user_data,
            GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) local_error = NULL;
  double before = anyio_current_time ();

  g_test_summary ("1.4: anyio_sleep_async() sleeps as long as anyio_sleep(), and is ended by its cancellable");

  {
    g_auto (Caller) caller = { 0 };

    anyio_sleep_async (0.01, NULL, ready_cb, &caller);
    if (!wait_for (&caller, error))
      return FALSE;
    g_assert_true (caller.at_home);
    g_assert_true (anyio_sleep_finish (G_ASYNC_RESULT (caller.task), error));
    g_assert_cmpfloat (anyio_current_time (), >=, before + 0.01);
  }
  {
    g_auto (Caller) caller = { 0 };

    anyio_sleep_async (1000, cancellable, ready_cb, &caller);
    g_cancellable_cancel (cancellable);
    if (!wait_for (&caller, error))
      return FALSE;
    g_assert_false (anyio_sleep_finish (G_ASYNC_RESULT (caller.task), &local_error));
    g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  }

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  home_stack = __builtin_frame_address (0);
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/run-in-task/value/arrives", value);
  anyio_test_add_func ("/run-in-task/failure/error", failure);
  anyio_test_add_func ("/run-in-task/failure-without-error/error", failure_without_error);
  anyio_test_add_func ("/run-in-task/no-return/critical", no_return);
  anyio_test_add_func ("/run-in-task/cancelled/reason", cancelled);
  anyio_test_add_func ("/run-in-task/late-cancellation/result-stays", late_cancellation);
  anyio_test_add_func ("/run-in-task/scope-left-open/misuse", scope_left_open);
  anyio_test_add_func ("/run-in-task/other-thread/misuse", other_thread);
  anyio_test_add_func ("/call-func/pair/same-function", call_func);
  anyio_test_add_func_real_time ("/sleep-async/pair/same-function", sleep_pair);

  return g_test_run ();
}
