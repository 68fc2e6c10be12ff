/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Awaiting GIO-style operations that nobody cancels, and misuse of the call. */

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "fake-operation.h"

static gboolean
returns_at_once (gpointer user_data,
                 GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_test_summary ("11.12: the task resumes with the operation's own result");

  fake_soon_async (7, ANYIO_CALL (&call));
  g_assert_cmpint (fake_finish (anyio_call_await (&call), error), ==, 7);

  return TRUE;
}

static gboolean
returns_from_a_thread (gpointer user_data,
                       GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  GThread *thread = g_thread_self ();

  g_test_summary ("11.12: an operation that works in a thread is awaited like any other, and the task stays on its own thread");

  fake_thread_async (8, ANYIO_CALL (&call));
  g_assert_cmpint (fake_finish (anyio_call_await (&call), error), ==, 8);
  g_assert_true (g_thread_self () == thread);

  return TRUE;
}

static gboolean
end_fake (gpointer user_data,
          GError **error)
{
  if (!anyio_wait_all_tasks_blocked (error))
    return FALSE;
  anyio_trace ("end");
  fake_end (user_data, 9);
  anyio_trace ("ended");

  return TRUE;
}

static gboolean
returns_later (gpointer user_data,
               GError **error)
{
  g_auto (Fake) fake = { 0 };
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("11.12: the task waits until the operation calls back, and resumes from the scheduler, not inside the callback");

  anyio_task_group_start_soon (group, end_fake, &fake, NULL);
  fake_async (&fake, ANYIO_CALL (&call));
  anyio_trace ("await");
  g_assert_cmpint (fake_finish (anyio_call_await (&call), error), ==, 9);
  anyio_trace ("resumed");
  g_assert_cmpuint (fake.n_cancelled, ==, 0);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  anyio_assert_trace ("await end ended resumed");

  return TRUE;
}

static gboolean
fails (gpointer user_data,
       GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/nowhere/to be found");
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  g_autoptr (GError) local_error = NULL;

  g_test_summary ("11.12: the operation's own error comes out of its finish function");

  g_file_read_async (file, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
  g_assert_null (g_file_read_finish (file, anyio_call_await (&call), &local_error));
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);

  return TRUE;
}

static gboolean
result_is_kept (gpointer user_data,
                GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  GAsyncResult *result;

  g_test_summary ("11.12: the result is kept until the call is cleared; awaiting again gives it again");

  fake_soon_async (1, ANYIO_CALL (&call));
  result = anyio_call_await (&call);
  g_object_add_weak_pointer (G_OBJECT (result), (gpointer *) &result);
  if (!anyio_checkpoint (error))
    return FALSE;
  g_assert_true (anyio_call_await (&call) == result);
  g_assert_cmpint (fake_finish (result, error), ==, 1);
  g_assert_nonnull (result);

  anyio_call_clear (&call);
  for (int i = 0; i < 3 && result != NULL; i++) /* the scheduler may still hold the GTask's idle source */
    g_assert_true (anyio_checkpoint (NULL));
  g_assert_null (result);
  anyio_call_clear (&call); /* again is nothing */

  return TRUE;
}

static gboolean
used_again (gpointer user_data,
            GError **error)
{
  g_auto (Fake) fake = { 0 };
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  g_autoptr (GTask) task = NULL;

  g_test_summary ("11.12: a call that has ended, awaited or not, may be begun again");

  for (int i = 1; i <= 5; i++)
    {
      fake_soon_async (i, ANYIO_CALL (&call));
      g_assert_cmpint (fake_finish (anyio_call_await (&call), error), ==, i);
    }

  fake_async (&fake, ANYIO_CALL (&call));
  task = g_object_ref (fake.task);
  fake_end (&fake, 6);
  while (!g_task_get_completed (task))
    g_assert_true (anyio_checkpoint (error));
  fake_soon_async (7, ANYIO_CALL (&call));
  g_assert_cmpint (fake_finish (anyio_call_await (&call), error), ==, 7);

  return TRUE;
}

static gboolean
several_at_once (gpointer user_data,
                 GError **error)
{
  g_auto (Fake) fake_1 = { 0 };
  g_auto (Fake) fake_2 = { 0 };
  g_auto (AnyioCall) call_1 = ANYIO_CALL_INIT;
  g_auto (AnyioCall) call_2 = ANYIO_CALL_INIT;
  g_auto (AnyioCall) call_3 = ANYIO_CALL_INIT;

  g_test_summary ("11.12: one task may have several calls under way and await them in any order");

  fake_async (&fake_1, ANYIO_CALL (&call_1));
  fake_async (&fake_2, ANYIO_CALL (&call_2));
  fake_soon_async (3, ANYIO_CALL (&call_3));
  g_assert_true (fake_1.cancellable != fake_2.cancellable);
  g_assert_cmpint (fake_finish (anyio_call_await (&call_3), error), ==, 3);
  fake_end (&fake_2, 2);
  fake_end (&fake_1, 1);
  g_assert_cmpint (fake_finish (anyio_call_await (&call_1), error), ==, 1);
  g_assert_cmpint (fake_finish (anyio_call_await (&call_2), error), ==, 2);

  return TRUE;
}

static void
count_progress (goffset current,
                goffset total,
                gpointer user_data)
{
  g_assert_null (anyio_get_current_task ());
  ++*(guint *) user_data;
}

static gboolean
arguments_behind_the_callback (gpointer user_data,
                               GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("anyio-call-XXXXXX", error);
  g_autofree char *path = g_build_filename (folder, "from", NULL);
  g_autofree char *copy_path = g_build_filename (folder, "to", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) copy = g_file_new_for_path (copy_path);
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  g_autofree char *contents = NULL;
  guint n_progress = 0;

  g_test_summary ("11.12: g_file_copy_async() has further callbacks in the middle: begin, ready and the call are given by hand");

  g_assert_true (g_file_set_contents (path, "text", -1, error));
  g_file_copy_async (file, copy, G_FILE_COPY_NONE, G_PRIORITY_DEFAULT, anyio_call_begin (&call), count_progress, &n_progress, anyio_call_ready, &call);
  g_assert_true (g_file_copy_finish (file, anyio_call_await (&call), error));
  g_assert_true (g_file_get_contents (copy_path, &contents, NULL, error));
  g_assert_cmpstr (contents, ==, "text");
  g_assert_cmpuint (n_progress, >, 0);
  g_unlink (path);
  g_unlink (copy_path);
  g_rmdir (folder);

  return TRUE;
}

/* --- misuse --------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
begun_twice (gpointer user_data,
             GError **error)
{
  g_auto (Fake) fake = { 0 };
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_test_summary ("11.1, 11.12: beginning a call that is under way is misuse, and says so; the first operation goes on");

  fake_async (&fake, ANYIO_CALL (&call));
  EXPECT_CRITICAL ("Task \"*\" began a call that is under way; await or clear it first*");
  g_assert_null (anyio_call_begin (&call));
  g_test_assert_expected_messages ();
  fake_end (&fake, 4);
  g_assert_cmpint (fake_finish (anyio_call_await (&call), error), ==, 4);

  return TRUE;
}

static gboolean
awaited_without_begin (gpointer user_data,
                       GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_test_summary ("11.1: awaiting a call that was not begun is misuse, and says how it is done");

  EXPECT_CRITICAL ("Task \"*\" awaits a call that was not begun; give ANYIO_CALL (&call) to the operation first");
  g_assert_null (anyio_call_await (&call));
  g_test_assert_expected_messages ();

  return TRUE;
}

static gboolean
ready_twice (gpointer user_data,
             GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);
  GAsyncResult *result;

  g_test_summary ("11.1: an operation that calls back twice is told; the first result stands");

  fake_soon_async (5, ANYIO_CALL (&call));
  result = anyio_call_await (&call);
  g_task_return_int (task, 6);
  EXPECT_CRITICAL ("A GIO operation called back twice*");
  anyio_call_ready (NULL, G_ASYNC_RESULT (task), &call);
  g_test_assert_expected_messages ();
  g_assert_true (anyio_call_await (&call) == result);
  g_assert_cmpint (fake_finish (result, error), ==, 5);

  return TRUE;
}

static gboolean
await_too (gpointer user_data,
           GError **error)
{
  EXPECT_CRITICAL ("Task \"await_too\" awaits a call that another task awaits already");
  g_assert_null (anyio_call_await (user_data));
  g_test_assert_expected_messages ();

  return TRUE;
}

static gboolean
awaited_by_two (gpointer user_data,
                GError **error)
{
  g_auto (Fake) fake = { 0 };
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("11.1: only one task awaits a call; the second one is refused and the first one is not forgotten");

  anyio_task_group_start_soon (group, await_too, &call, NULL);
  anyio_task_group_start_soon (group, end_fake, &fake, NULL);
  fake_async (&fake, ANYIO_CALL (&call));
  g_assert_cmpint (fake_finish (anyio_call_await (&call), error), ==, 9);

  return anyio_task_group_join (group, error);
}

static gpointer
call_back_in_thread (gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_task_return_int (task, 11);
  anyio_call_ready (NULL, G_ASYNC_RESULT (task), user_data);

  return NULL;
}

static gboolean
ready_in_another_thread (gpointer user_data,
                         GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  g_autoptr (GThread) thread = NULL;

  g_test_summary ("An operation that breaks GIO's rule and calls back in another thread is told; the result arrives all the same, on the task's thread");

  EXPECT_CRITICAL ("A GIO operation called back in another thread*");
  g_assert_nonnull (anyio_call_begin (&call));
  thread = g_thread_new ("rude", call_back_in_thread, &call);
  g_assert_cmpint (fake_finish (anyio_call_await (&call), error), ==, 11);
  g_thread_join (g_steal_pointer (&thread));
  g_test_assert_expected_messages ();

  return TRUE;
}

static void
outside_a_task (void)
{
  AnyioCall call = ANYIO_CALL_INIT;

  g_test_summary ("11.1: outside a task there is nothing to suspend");

  EXPECT_CRITICAL ("ANYIO_CALL() suspends and can therefore only be called in a task*");
  g_assert_null (anyio_call_begin (&call));
  EXPECT_CRITICAL ("anyio_call_await() suspends and can therefore only be called in a task*");
  g_assert_null (anyio_call_await (&call));
  g_test_assert_expected_messages ();
  anyio_call_clear (&call);
  g_assert_null (anyio_current_cancellable ());
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/call/returns-at-once/result", returns_at_once);
  anyio_test_add_func ("/call/returns-from-a-thread/result", returns_from_a_thread);
  anyio_test_add_func ("/call/returns-later/waits", returns_later);
  anyio_test_add_func ("/call/fails/own-error", fails);
  anyio_test_add_func ("/call/awaited-again/same-result", result_is_kept);
  anyio_test_add_func ("/call/begun-again/new-result", used_again);
  anyio_test_add_func ("/call/several-at-once/any-order", several_at_once);
  anyio_test_add_func ("/call/arguments-behind-the-callback/by-hand", arguments_behind_the_callback);
  anyio_test_add_func ("/call/begun-twice/misuse", begun_twice);
  anyio_test_add_func ("/call/awaited-without-begin/misuse", awaited_without_begin);
  anyio_test_add_func ("/call/ready-twice/misuse", ready_twice);
  anyio_test_add_func ("/call/awaited-by-two/misuse", awaited_by_two);
  anyio_test_add_func ("/call/ready-in-another-thread/told", ready_in_another_thread);
  g_test_add_func ("/call/outside-a-task/misuse", outside_a_task);

  return g_test_run ();
}
