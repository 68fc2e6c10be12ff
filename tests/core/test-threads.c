/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cancelling from other threads. On the real clock: while nothing but a foreign thread can bring work, a virtual one would report a deadlock. A lost wake-up
 * shows as a test that does not end. */

#include "core-test.h"

#define N_THREADS 4
#define N_ROUNDS  50

/* All threads run @func (user_data) at about the same time. */
typedef struct
{
  GThread *threads[N_THREADS];
  void (*func) (gpointer user_data);
  gpointer user_data;
  int n_ready; /* atomic */
  int go;      /* atomic */
} Crowd;

static gpointer
crowd_member (gpointer data)
{
  Crowd *self = data;

  g_atomic_int_inc (&self->n_ready);
  while (!g_atomic_int_get (&self->go))
    g_thread_yield ();
  self->func (self->user_data);

  return NULL;
}

static void
crowd_start (Crowd *self,
             void (*func) (gpointer user_data),
             gpointer user_data)
{
  self->func = func;
  self->user_data = user_data;
  self->n_ready = 0;
  self->go = FALSE;
  for (guint i = 0; i < N_THREADS; i++)
    self->threads[i] = g_thread_new ("crowd", crowd_member, self);
  while (g_atomic_int_get (&self->n_ready) < N_THREADS)
    g_thread_yield ();
}

static void
crowd_go (Crowd *self)
{
  g_atomic_int_set (&self->go, TRUE);
}

static void
crowd_join (Crowd *self)
{
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (self->threads[i]);
}

static void
cancel_scope (gpointer scope)
{
  for (guint i = 0; i < 10; i++)
    anyio_cancel_scope_cancel (scope, "from a thread");
}

static gboolean
test_one_cancel (gpointer user_data,
                 GError **error)
{
  g_test_summary ("SEMANTICS 2.3, I28: n cancels from k threads are one cancel, with no lost wake-up; by_task is none (2.12)");

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (AnyioCancelScope) scope = open_scope ();
      const char *text = NULL;
      const char *by_task = "unset";
      Crowd crowd;

      crowd_start (&crowd, cancel_scope, scope);
      crowd_go (&crowd);
      g_assert_true (exit_cancelled (scope));
      g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));
      g_assert_cmpint (anyio_cancel_scope_get_reason (scope, &text, &by_task), ==, ANYIO_CANCEL_EXPLICIT);
      g_assert_cmpstr (text, ==, "from a thread");
      g_assert_null (by_task);
      crowd_join (&crowd);
      g_assert_true (anyio_checkpoint (error));
    }

  return TRUE;
}

static gboolean
test_during_entry (gpointer user_data,
                   GError **error)
{
  g_test_summary ("SEMANTICS 2.3: a cancel from a thread is not lost when it meets the entry");

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();
      Crowd crowd;

      crowd_start (&crowd, cancel_scope, scope);
      crowd_go (&crowd);
      for (guint j = 0; j < 4 * i; j++)
        g_atomic_int_get (&crowd.go); /* a little time, more in each round */
      anyio_cancel_scope_enter (scope);
      g_assert_true (exit_cancelled (scope));
      crowd_join (&crowd);
    }

  return TRUE;
}

static gboolean
test_during_exit (gpointer user_data,
                  GError **error)
{
  g_test_summary ("SEMANTICS 2.3: a cancel from a thread that meets the exit does no harm to what comes after");

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (AnyioCancelScope) scope = open_scope ();
      Crowd crowd;

      crowd_start (&crowd, cancel_scope, scope);
      crowd_go (&crowd);
      for (guint j = 0; j < 4 * i; j++)
        g_atomic_int_get (&crowd.go);
      g_assert_true (anyio_cancel_scope_exit (scope, NULL));
      g_assert_true (anyio_checkpoint (error));
      crowd_join (&crowd);
      g_assert_true (anyio_checkpoint (error));
    }

  return TRUE;
}

static void
cancel_group (gpointer group)
{
  anyio_task_group_cancel (group, "from a thread");
}

static gboolean
test_group (gpointer user_data,
            GError **error)
{
  g_test_summary ("SEMANTICS 2.3, I28: a group may be cancelled from any thread");

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
      Crowd crowd;

      for (guint j = 0; j < 5; j++)
        anyio_task_group_start_soon (group, sleep_forever, NULL, NULL);
      crowd_start (&crowd, cancel_group, group);
      crowd_go (&crowd);
      assert_joins (group);
      crowd_join (&crowd);
    }

  return TRUE;
}

static void
cancel_task (gpointer task)
{
  anyio_task_cancel (task, "from a thread");
}

static gboolean
test_task (gpointer user_data,
           GError **error)
{
  g_test_summary ("SEMANTICS 2.3, I28: and so may a task alone, also while it ends by itself");

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
      g_autoptr (AnyioTask) sleeping = anyio_task_group_create_task (group, sleep_forever, NULL, NULL);
      g_autoptr (AnyioTask) ending = anyio_task_group_create_task (group, succeed, NULL, NULL);
      Crowd first, second;

      crowd_start (&first, cancel_task, sleeping);
      crowd_start (&second, cancel_task, ending);
      crowd_go (&first);
      crowd_go (&second);
      assert_joins (group);
      g_assert_cmpint (anyio_task_get_status (sleeping), ==, ANYIO_TASK_CANCELLED);
      g_assert_cmpint (anyio_task_get_status (ending), ==, ANYIO_TASK_FINISHED);
      crowd_join (&first);
      crowd_join (&second);
    }

  return TRUE;
}

static void
cancel_cancellable (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
}

static gboolean
test_link (gpointer user_data,
           GError **error)
{
  g_test_summary ("SEMANTICS 2.18, I28: a linked cancellable may be cancelled in any thread, also while the scope is left");

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (AnyioCancelScope) scope = open_scope ();
      Crowd crowd;

      anyio_cancel_scope_link (scope, cancellable);
      crowd_start (&crowd, cancel_cancellable, cancellable);
      crowd_go (&crowd);
      if (i % 2 == 0)
        {
          g_assert_true (exit_cancelled (scope));
          g_assert_cmpint (anyio_cancel_scope_get_reason (scope, NULL, NULL), ==, ANYIO_CANCEL_LINKED);
        }
      else
        {
          g_assert_true (anyio_cancel_scope_exit (scope, NULL));
        }
      crowd_join (&crowd);
      g_assert_true (anyio_checkpoint (error));
    }

  return TRUE;
}

static gpointer
link_in_thread (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);

  return NULL;
}

static gboolean
test_link_meets_cancel (gpointer user_data,
                        GError **error)
{
  g_test_summary ("SEMANTICS 2.18: a cancellable that is cancelled while it is being linked is not missed");

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (AnyioCancelScope) scope = open_scope ();
      GThread *thread = g_thread_new ("cancels", link_in_thread, cancellable);

      anyio_cancel_scope_link (scope, cancellable);
      g_assert_true (exit_cancelled (scope));
      g_thread_join (thread);
    }

  return TRUE;
}

static gboolean
keep_scope (gpointer user_data,
            GError **error)
{
  AnyioCancelScope **scope = user_data;

  *scope = open_scope ();
  g_assert_true (anyio_checkpoint (error));

  return anyio_cancel_scope_exit (*scope, error);
}

static gpointer
cancel_in_thread (gpointer scope)
{
  anyio_cancel_scope_cancel (scope, "much too late");

  return NULL;
}

static void
test_after_run (void)
{
  AnyioCancelScope *scope = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 2.3: a cancel from a thread after the end of the run comes to nothing");

  g_assert_true (anyio_run (keep_scope, &scope, &error));
  g_assert_no_error (error);
  g_thread_join (g_thread_new ("late", cancel_in_thread, scope));
  anyio_cancel_scope_cancel (scope, "late, but in its own thread");
  g_assert_true (anyio_cancel_scope_get_cancel_called (scope));
  g_object_unref (scope);
}

static gpointer
run_in_thread (gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (anyio_run (test_group, NULL, &error));
  g_assert_no_error (error);

  return NULL;
}

static void
test_two_loops (void)
{
  GThread *threads[2];

  g_test_summary ("SEMANTICS 11.13: a thread that has no context gets a private one; runs in several threads do not meet");

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("runs", run_in_thread, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func_real_time ("/threads/cancel-scope/once", test_one_cancel);
  anyio_test_add_func_real_time ("/threads/cancel-during-entry/not-lost", test_during_entry);
  anyio_test_add_func_real_time ("/threads/cancel-during-exit/harmless", test_during_exit);
  anyio_test_add_func_real_time ("/threads/cancel-group/once", test_group);
  anyio_test_add_func_real_time ("/threads/cancel-task/once", test_task);
  anyio_test_add_func_real_time ("/threads/linked-cancellable/once", test_link);
  anyio_test_add_func_real_time ("/threads/cancelled-while-linking/not-missed", test_link_meets_cancel);
  g_test_add_func ("/threads/cancel-after-run/nothing", test_after_run);
  g_test_add_func ("/threads/two-runs/independent", test_two_loops);

  return g_test_run ();
}
