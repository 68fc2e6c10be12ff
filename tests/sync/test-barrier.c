/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Barriers: all wait for the last one, again and again, and who is cancelled has not been there. */

#include "sync-test.h"

typedef struct
{
  AnyioBarrier *barrier;
  const char *name;
} Visitor;

static gboolean
arrive (gpointer user_data,
        GError **error)
{
  Visitor *self = user_data;
  guint place = 99;
  gboolean success = anyio_barrier_wait (self->barrier, &place, error);

  if (success)
    anyio_trace ("%s%u", self->name, place);
  else
    anyio_trace ("%s!", self->name);

  return success;
}

static gboolean
wait_alone (gpointer barrier,
            GError **error)
{
  return anyio_barrier_wait (barrier, NULL, error);
}

static gboolean
test_rounds (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioBarrier) barrier = anyio_barrier_new (3);
  Visitor visitors[] = { { barrier, "a" }, { barrier, "b" } };
  guint place = 99;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.1, 6.4: nobody goes on before the last one, who does not wait; the places are those of arrival; then it begins anew");

  for (guint round = 0; round < 2; round++)
    {
      START_WAITING (group, arrive, visitors);
      g_assert_cmpuint (anyio_barrier_get_tasks_waiting (barrier), ==, 2);
      anyio_assert_trace (round == 0 ? "" : "a0 b1");
      g_assert_true (anyio_barrier_wait (barrier, &place, error));
      g_assert_cmpuint (place, ==, 2);
      g_assert_cmpuint (anyio_barrier_get_tasks_waiting (barrier), ==, 0);
      anyio_assert_trace (round == 0 ? "" : "a0 b1");
      g_assert_true (anyio_wait_all_tasks_blocked (error));
    }
  assert_joins (group);
  anyio_assert_trace ("a0 b1 a0 b1");

  return TRUE;
}

static gboolean
test_alone (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioBarrier) barrier = anyio_barrier_new (1);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) failure = NULL;
  guint place = 99;

  g_test_summary ("SEMANTICS 6.3: a barrier for one never waits, but in a cancelled scope it fails");

  g_assert_true (anyio_barrier_wait (barrier, &place, error));
  g_assert_cmpuint (place, ==, 0);
  g_assert_true (anyio_barrier_wait (barrier, NULL, error));
  anyio_cancel_scope_cancel (scope, NULL);
  assert_is_cancelled (anyio_barrier_wait (barrier, NULL, &failure), failure);
  assert_exits (scope);

  return TRUE;
}

static gboolean
test_cancelled (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioBarrier) barrier = anyio_barrier_new (4);
  Visitor first[] = { { barrier, "a" } };
  Visitor others[] = { { barrier, "b" }, { barrier, "c" } };
  Visitor late[] = { { barrier, "d" }, { barrier, "e" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) doomed = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.5: one that is cancelled has not been there, so the others wait for another one");

  START_WAITING (doomed, arrive, first);
  START_WAITING (group, arrive, others);
  anyio_task_group_cancel (doomed, NULL);
  assert_joins (doomed);
  anyio_assert_trace ("a!");
  g_assert_cmpuint (anyio_barrier_get_tasks_waiting (barrier), ==, 2);
  START_WAITING (group, arrive, late);
  assert_joins (group);
  anyio_assert_trace ("a! e3 b0 c1 d2");

  return TRUE;
}

static gboolean
test_last_then_cancelled (gpointer user_data,
                          GError **error)
{
  g_autoptr (AnyioBarrier) barrier = anyio_barrier_new (2);
  Visitor visitors[] = { { barrier, "a" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.4: one that is cancelled after the last one has arrived has been there");

  START_WAITING (group, arrive, visitors);
  g_assert_true (anyio_barrier_wait (barrier, NULL, error));
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  anyio_assert_trace ("a0");

  return TRUE;
}

static void
test_without_tasks (void)
{
  g_autoptr (AnyioBarrier) barrier = g_object_new (ANYIO_TYPE_BARRIER, "n-parties", 2, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };
  guint place = 99;
  guint n_parties = 0;
  guint n_waiting = 0;

  g_test_summary ("SEMANTICS 6.5: in callback style, where one whose cancellable has fired does not count; and its properties");

  anyio_barrier_wait_async (barrier, cancellable, ready_cb, &ready[0]);
  g_object_get (barrier, "n-parties", &n_parties, "tasks-waiting", &n_waiting, NULL);
  g_assert_cmpuint (n_parties, ==, 2);
  g_assert_cmpuint (n_waiting, ==, 1);
  g_cancellable_cancel (cancellable);
  anyio_barrier_wait_async (barrier, NULL, ready_cb, &ready[1]);
  assert_fails (anyio_barrier_wait_finish (barrier, ready_iterate (&ready[0]), NULL, &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (ready[1].result);
  anyio_barrier_wait_async (barrier, NULL, ready_cb, &ready[2]);
  assert_succeeds (anyio_barrier_wait_finish (barrier, ready_iterate (&ready[1]), &place, &failure), failure);
  g_assert_cmpuint (place, ==, 0);
  assert_succeeds (anyio_barrier_wait_finish (barrier, ready_iterate (&ready[2]), &place, &failure), failure);
  g_assert_cmpuint (place, ==, 1);
  EXPECT_CRITICAL ("*n_parties > 0*");
  g_assert_null (anyio_barrier_new (0));
  EXPECT_CRITICAL ("*suspends*");
  assert_fails (anyio_barrier_wait (barrier, NULL, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_test_assert_expected_messages ();
}

static gpointer
wait_in_thread (gpointer barrier)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;

  g_main_context_push_thread_default (context);
  assert_fails (anyio_run (wait_alone, barrier, &error), error, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static gboolean
test_other_thread (gpointer user_data,
                   GError **error)
{
  g_autoptr (AnyioBarrier) barrier = anyio_barrier_new (1);

  g_test_summary ("SEMANTICS 6.5: a barrier is used in one thread; waiting in another one is misuse");

  if (!anyio_barrier_wait (barrier, NULL, error))
    return FALSE;
  EXPECT_CRITICAL ("*anyio_barrier_wait() was called in another thread*");
  g_thread_join (g_thread_new ("other", wait_in_thread, barrier));
  g_test_assert_expected_messages ();

  return TRUE;
}

static gboolean
use_everywhere (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioBarrier) barrier = anyio_barrier_new (3);
  Visitor visitors[] = { { barrier, "a" }, { barrier, "b" }, { barrier, "c" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  START_EACH (group, arrive, visitors);

  return join_without_waiters (group, barrier, error);
}

static void
test_sweep (void)
{
  g_test_summary ("SEMANTICS 1.5, I24: cancelled anywhere, nobody is left");

  g_assert_cmpuint (anyio_test_cancel_everywhere (use_everywhere, NULL, NULL), >=, 3);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/barrier/rounds/all-together", test_rounds);
  anyio_test_add_func ("/barrier/alone/never-waits", test_alone);
  core_add_ordered ("/barrier/cancelled/does-not-count", test_cancelled);
  anyio_test_add_func ("/barrier/last-then-cancelled/counts", test_last_then_cancelled);
  g_test_add_func ("/barrier/without-tasks/works", test_without_tasks);
  anyio_test_add_func ("/barrier/other-thread/misuse", test_other_thread);
  g_test_add_func ("/barrier/sweep/nothing-left", test_sweep);

  return g_test_run ();
}
