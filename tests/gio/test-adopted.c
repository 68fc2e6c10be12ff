/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Operations in callback style as children of a task group. */

#include "fake-operation.h"

typedef struct
{
  Fake fake;
  int value;         /* the result; 0 if it failed */
  guint n_finished;
} Case;

static void
case_clear (Case *self)
{
  fake_clear (&self->fake);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Case, case_clear)

static gboolean
finish (GObject *source,
        GAsyncResult *result,
        gpointer user_data,
        GError **error)
{
  Case *self = user_data;

  self->n_finished++;
  self->value = fake_finish (result, error);

  return self->value != 0;
}

static gboolean
end_case (gpointer user_data,
          GError **error)
{
  Case *self = user_data;

  if (!anyio_wait_all_tasks_blocked (error))
    return FALSE;
  anyio_trace ("end");
  fake_end (&self->fake, 3);

  return TRUE;
}

static gboolean
child_of_group (gpointer user_data,
                GError **error)
{
  g_auto (Case) self = { { 0 } };
  g_autoptr (AnyioTaskGroup) outer = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioAdopted *adopted;

  g_test_summary ("3.1, 11.8: the group waits for an adopted operation, which is among its children");

  adopted = anyio_task_group_adopt (group, finish, &self);
  fake_async (&self.fake, ANYIO_ADOPTED (adopted));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (group)), ==, 1);
  anyio_task_group_start_soon (outer, end_case, &self, NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  anyio_trace ("joined");
  anyio_assert_trace ("end joined");
  g_assert_cmpint (self.value, ==, 3);
  g_assert_cmpuint (self.n_finished, ==, 1);

  return anyio_task_group_join (outer, error);
}

static gboolean
sleep_forever (gpointer user_data,
               GError **error)
{
  gboolean success = anyio_sleep_forever (error);

  anyio_trace ("cancelled");

  return success;
}

static gboolean
finish_badly (GObject *source,
              GAsyncResult *result,
              gpointer user_data,
              GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  return FALSE;
}

static gboolean
failure (gpointer user_data,
         GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GError) local_error = NULL;
  const char *by_task = NULL;
  AnyioAdopted *adopted;

  g_test_summary ("3.3: the failure of an adopted operation cancels the group and is its error");

  anyio_task_group_start_soon (group, sleep_forever, NULL, NULL);
  adopted = anyio_task_group_adopt (group, finish_badly, NULL);
  fake_soon_async (1, ANYIO_ADOPTED (adopted));
  g_assert_false (anyio_task_group_join (group, &local_error));
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpint (anyio_cancel_scope_get_reason (anyio_task_group_get_cancel_scope (group), NULL, &by_task), ==, ANYIO_CANCEL_CHILD_FAILED);
  g_assert_cmpstr (by_task, ==, "finish_badly");
  anyio_assert_trace ("cancelled");

  return TRUE;
}

static gboolean
finish_in_silence (GObject *source,
                   GAsyncResult *result,
                   gpointer user_data,
                   GError **error)
{
  return FALSE;
}

static gboolean
failure_without_error (gpointer user_data,
                       GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GError) local_error = NULL;
  AnyioAdopted *adopted;

  g_test_summary ("11.14: FALSE without an error gets one");

  adopted = anyio_task_group_adopt (group, finish_in_silence, NULL);
  fake_soon_async (1, ANYIO_ADOPTED (adopted));
  g_assert_false (anyio_task_group_join (group, &local_error));
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_FAILED);

  return TRUE;
}

static gboolean
group_cancelled (gpointer user_data,
                 GError **error)
{
  g_auto (Case) self = { { 0 } };
  g_auto (Case) late = { { 0 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioAdopted *adopted;

  g_test_summary ("2.8, 3.6: cancelling the group fires the operation's cancellable; one adopted afterwards is born cancelled; the group absorbs both");

  adopted = anyio_task_group_adopt (group, finish, &self);
  fake_async (&self.fake, ANYIO_ADOPTED (adopted));
  anyio_task_group_cancel (group, NULL);
  g_assert_cmpuint (self.fake.n_cancelled, ==, 0);
  adopted = anyio_task_group_adopt (group, finish, &late);
  fake_async (&late.fake, ANYIO_ADOPTED (adopted));
  if (!anyio_task_group_join (group, error))
    return FALSE;
  g_assert_cmpuint (self.fake.n_cancelled, ==, 1);
  g_assert_cmpuint (late.fake.n_cancelled, ==, 1);
  g_assert_cmpuint (self.n_finished, ==, 1);
  g_assert_cmpuint (late.n_finished, ==, 1);
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (anyio_task_group_get_cancel_scope (group)));

  return TRUE;
}

static gboolean
cancelled_alone (gpointer user_data,
                 GError **error)
{
  g_auto (Case) self = { { 0 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) task = NULL;
  AnyioAdopted *adopted;

  g_test_summary ("5, 11.8: an adopted operation is cancelled alone through its handle, and the group goes on");

  adopted = anyio_task_group_adopt (group, finish, &self);
  fake_async (&self.fake, ANYIO_ADOPTED (adopted));
  task = g_list_model_get_item (G_LIST_MODEL (group), 0);
  anyio_task_cancel (task, NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  g_assert_cmpuint (self.fake.n_cancelled, ==, 1);
  g_assert_false (anyio_cancel_scope_get_cancel_called (anyio_task_group_get_cancel_scope (group)));
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_CANCELLED);

  return TRUE;
}

static gboolean
shielded_late (gpointer user_data,
               GError **error)
{
  g_auto (Case) self = { .fake = { .ignores = TRUE, .late_check = TRUE } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();
  g_autoptr (AnyioTaskGroup) group = NULL;
  AnyioAdopted *adopted;

  g_test_summary ("2.11: a CANCELLED that answers a scope is not stray, although a shield was raised before the operation ended with it");

  anyio_cancel_scope_enter (scope);
  group = anyio_task_group_open (error);
  adopted = anyio_task_group_adopt (group, finish, &self);
  fake_async (&self.fake, ANYIO_ADOPTED (adopted));
  anyio_cancel_scope_cancel (scope, NULL);
  while (self.fake.n_cancelled == 0)
    anyio_shielded_checkpoint ();
  anyio_cancel_scope_set_shield (anyio_task_group_get_cancel_scope (group), TRUE);
  fake_end (&self.fake, 1);
  g_assert_true (anyio_task_group_join (group, &failure));
  g_assert_no_error (failure);
  g_assert_cmpuint (self.n_finished, ==, 1);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_no_error (failure);

  return TRUE;
}

static gboolean
cancelled_after (gpointer user_data,
                 GError **error)
{
  g_auto (Case) self = { { 0 } };
  g_auto (Case) next = { { 0 } };
  g_autoptr (AnyioTaskGroup) others = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioAdopted *adopted;

  g_test_summary ("2.8: cancelling the group is no matter of an operation that has ended, nor of one that got its cancellable since");

  anyio_task_group_start_soon (group, sleep_forever, NULL, NULL);
  adopted = anyio_task_group_adopt (group, finish, &self);
  fake_async (&self.fake, ANYIO_ADOPTED (adopted));
  fake_end (&self.fake, 3);
  while (self.n_finished == 0)
    g_assert_true (anyio_checkpoint (error));
  adopted = anyio_task_group_adopt (others, finish, &next);
  fake_async (&next.fake, ANYIO_ADOPTED (adopted));
  anyio_task_group_cancel (group, NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  g_assert_cmpuint (self.fake.n_cancelled, ==, 0);
  g_assert_cmpuint (next.fake.n_cancelled, ==, 0);
  fake_end (&next.fake, 4);

  return anyio_task_group_join (others, error);
}

typedef struct
{
  Fake fake;
  AnyioTaskGroup *group; /* borrowed */
} Acting;

static gboolean
finish_acting (GObject *source,
               GAsyncResult *result,
               gpointer user_data,
               GError **error)
{
  Acting *self = user_data;
  g_autoptr (AnyioTask) child = g_list_model_get_item (G_LIST_MODEL (self->group), 0);

  g_assert_true (anyio_get_current_task () == child);
  g_assert_cmpint (fake_finish (result, error), ==, 3);

  return TRUE;
}

static gboolean
acts_for_child (gpointer user_data,
                GError **error)
{
  Acting self = { .group = anyio_task_group_open (error) };
  g_autoptr (AnyioTaskGroup) group = self.group;
  AnyioAdopted *adopted;

  g_test_summary ("11.8: the finish function acts for the child of the group that the operation is");

  adopted = anyio_task_group_adopt (group, finish_acting, &self);
  fake_async (&self.fake, ANYIO_ADOPTED (adopted));
  fake_end (&self.fake, 3);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  fake_clear (&self.fake);

  return TRUE;
}

/* The operation under way; ended when the loop has nothing to do but to wait. */
static Fake *fake_of_sleeping_loop;

static int
end_when_asleep (GPollFD *fds,
                 guint n_fds,
                 int timeout)
{
  if (timeout != 0 && fake_of_sleeping_loop->task != NULL)
    {
      fake_end (fake_of_sleeping_loop, 3);
      timeout = 0; /* it calls back in the next turn */
    }

  return g_poll (fds, n_fds, timeout);
}

static gboolean
sleep_an_hour (gpointer user_data,
               GError **error)
{
  gboolean success = anyio_sleep (3600, error);

  anyio_trace ("slept");

  return success;
}

static gboolean
finish_in_time (GObject *source,
                GAsyncResult *result,
                gpointer user_data,
                GError **error)
{
  anyio_trace ("finished at %g", anyio_current_time ());

  return finish (source, result, user_data, error);
}

static gboolean
time_stands_still (gpointer user_data,
                   GError **error)
{
  g_auto (Case) self = { { 0 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  GMainContext *context = g_main_context_get_thread_default ();
  AnyioAdopted *adopted;

  g_test_summary ("A replaced clock stands still while an adopted operation is under way");

  anyio_task_group_start_soon (group, sleep_an_hour, NULL, NULL);
  adopted = anyio_task_group_adopt (group, finish_in_time, &self);
  fake_async (&self.fake, ANYIO_ADOPTED (adopted));
  fake_of_sleeping_loop = &self.fake;
  g_main_context_set_poll_func (context, end_when_asleep);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  g_main_context_set_poll_func (context, g_poll);
  anyio_assert_trace ("finished at 0 slept");

  return TRUE;
}

static gboolean
closed_group (gpointer user_data,
              GError **error)
{
  g_auto (Case) self = { { 0 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioAdopted *adopted;

  g_test_summary ("3.10: adopting into a closed group is misuse; the operation is told to end at once, and its result is dropped");

  if (!anyio_task_group_join (group, error))
    return FALSE;
  EXPECT_CRITICAL ("Task \"finish\" cannot be started in a task group that is closed");
  adopted = anyio_task_group_adopt (group, finish, &self);
  fake_async (&self.fake, ANYIO_ADOPTED (adopted));
  g_test_assert_expected_messages ();
  while (self.n_finished == 0)
    g_assert_true (anyio_checkpoint (error));
  g_assert_cmpint (self.value, ==, 0);

  return TRUE;
}

static gboolean
finish_stray (GObject *source,
              GAsyncResult *result,
              gpointer user_data,
              GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "dismissed by the user");

  return FALSE;
}

static gboolean
stray (gpointer user_data,
       GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GError) local_error = NULL;
  AnyioAdopted *adopted;

  g_test_summary ("2.11: CANCELLED while the group is not cancelled is somebody else's: it fails the group and is not stripped");

  anyio_task_group_start_soon (group, sleep_forever, NULL, NULL);
  adopted = anyio_task_group_adopt (group, finish_stray, NULL);
  fake_soon_async (1, ANYIO_ADOPTED (adopted));
  g_assert_false (anyio_task_group_join (group, &local_error));
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (local_error->message, ==, "dismissed by the user");

  return TRUE;
}

static gboolean
await_with_foreign (gpointer user_data,
                    GError **error)
{
  GCancellable *foreign = user_data;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  anyio_call_begin (&call); /* not the cancellable that the operation gets */
  fake_soon_async (1, foreign, anyio_call_ready, &call);

  return fake_finish (anyio_call_await (&call), error) != 0;
}

static gboolean
stray_of_call (gpointer user_data,
               GError **error)
{
  g_autoptr (GCancellable) foreign = g_cancellable_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (GError) local_error = NULL;

  g_test_summary ("2.11, 11.7: an awaited operation that somebody else's cancellable ended fails its task, and with it the group");

  g_cancellable_cancel (foreign);
  task = anyio_task_group_create_task (group, await_with_foreign, foreign, NULL);
  g_assert_false (anyio_task_group_join (group, &local_error));
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (anyio_task_get_status (task), ==, ANYIO_TASK_FAILED);

  return TRUE;
}

typedef struct
{
  AnyioAdopted *adopted;
  GThread *owner;
} Rude;

static gpointer
call_back_in_thread (gpointer user_data)
{
  Rude *self = user_data;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_task_return_int (task, 11);
  anyio_adopted_ready (NULL, G_ASYNC_RESULT (task), self->adopted);

  return NULL;
}

static gboolean
finish_here (GObject *source,
             GAsyncResult *result,
             gpointer user_data,
             GError **error)
{
  Rude *self = user_data;

  g_assert_true (g_thread_self () == self->owner);
  anyio_trace ("%d", (int) g_task_propagate_int (G_TASK (result), error));

  return TRUE;
}

static gboolean
ready_in_another_thread (gpointer user_data,
                         GError **error)
{
  Rude self = { .owner = g_thread_self () };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("An adopted operation that calls back in another thread is told; it is finished all the same, in the group's thread, and the group waits for that");

  EXPECT_CRITICAL ("An adopted operation called back in another thread*");
  self.adopted = anyio_task_group_adopt (group, finish_here, &self);
  g_thread_join (g_thread_new ("rude", call_back_in_thread, &self));
  g_test_assert_expected_messages ();
  anyio_assert_trace ("");
  if (!anyio_task_group_join (group, error))
    return FALSE;
  anyio_assert_trace ("11");

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/adopted/success/group-waits", child_of_group);
  anyio_test_add_func ("/adopted/failure/cancels-group", failure);
  anyio_test_add_func ("/adopted/failure-without-error/error", failure_without_error);
  anyio_test_add_func ("/adopted/group-cancelled/operation-cancelled", group_cancelled);
  anyio_test_add_func ("/adopted/cancelled-alone/group-goes-on", cancelled_alone);
  anyio_test_add_func ("/adopted/shielded-late/not-stray", shielded_late);
  anyio_test_add_func ("/adopted/cancelled-after/nothing", cancelled_after);
  anyio_test_add_func ("/adopted/finish-function/acts-for-child", acts_for_child);
  anyio_test_add_func ("/adopted/virtual-clock/stands-still", time_stands_still);
  anyio_test_add_func ("/adopted/closed-group/misuse", closed_group);
  anyio_test_add_func ("/adopted/stray/fails-group", stray);
  anyio_test_add_func ("/call/stray/fails-group", stray_of_call);
  anyio_test_add_func ("/adopted/ready-in-another-thread/told", ready_in_another_thread);

  return g_test_run ();
}
