/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Semaphores: a number that is conserved, handed over without being touched. */

#include "sync-test.h"

typedef struct
{
  AnyioSemaphore *semaphore;
  const char *name;
} Visitor;

static gboolean
take (gpointer user_data,
      GError **error)
{
  Visitor *self = user_data;
  gboolean success = anyio_semaphore_acquire (self->semaphore, error);

  anyio_trace (success ? "%s" : "%s!", self->name);

  return success;
}

static gboolean
test_order (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioSemaphore) semaphore = anyio_semaphore_new (2, 0);
  Visitor visitors[] = { { semaphore, "a" }, { semaphore, "b" }, { semaphore, "c" }, { semaphore, "d" } };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.1, 6.2: as many as the value pass; a release gives to the first who waits, and the value stays 0; anybody may release");

  START_WAITING (group, take, visitors);
  anyio_assert_trace ("a b");
  g_assert_cmpuint (anyio_semaphore_get_value (semaphore), ==, 0);
  g_assert_cmpuint (anyio_semaphore_get_tasks_waiting (semaphore), ==, 2);
  anyio_semaphore_release (semaphore);
  g_assert_cmpuint (anyio_semaphore_get_value (semaphore), ==, 0);
  assert_fails (anyio_semaphore_acquire_nowait (semaphore, &failure), failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  anyio_semaphore_release (semaphore);
  anyio_semaphore_release (semaphore);
  g_assert_cmpuint (anyio_semaphore_get_value (semaphore), ==, 1);
  assert_joins (group);
  anyio_assert_trace ("a b c d");
  assert_succeeds (anyio_semaphore_acquire_nowait (semaphore, &failure), failure);

  return TRUE;
}

static gboolean
test_cancelled (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioSemaphore) semaphore = anyio_semaphore_new (0, 0);
  Visitor first[] = { { semaphore, "a" } };
  Visitor second[] = { { semaphore, "b" } };
  Visitor third[] = { { semaphore, "c" } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) doomed = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 6.2, 1.4: cancelled before the release: skipped; after it: has it");

  START_WAITING (doomed, take, first);
  START_WAITING (group, take, second);
  anyio_task_group_cancel (doomed, NULL);
  anyio_semaphore_release (semaphore);
  assert_joins (doomed);
  START_WAITING (group, take, third);
  anyio_semaphore_release (semaphore);
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  anyio_assert_trace ("a! b c");
  g_assert_cmpuint (anyio_semaphore_get_value (semaphore), ==, 0);

  return TRUE;
}

static gboolean
test_cancelled_scope (gpointer user_data,
                      GError **error)
{
  g_autoptr (AnyioSemaphore) semaphore = anyio_semaphore_new (1, 0);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 6.3: in a cancelled scope nothing is taken, although it is there");

  anyio_cancel_scope_cancel (scope, NULL);
  assert_is_cancelled (anyio_semaphore_acquire (semaphore, &failure), failure);
  g_assert_cmpuint (anyio_semaphore_get_value (semaphore), ==, 1);
  assert_exits (scope);

  return TRUE;
}

static void
test_maximum (void)
{
  g_autoptr (AnyioSemaphore) semaphore = anyio_semaphore_new (1, 2);
  g_autoptr (AnyioSemaphore) other = NULL;

  g_test_summary ("SEMANTICS 6.4: releasing above the maximum is an error, and so is beginning above it");

  anyio_semaphore_release (semaphore);
  EXPECT_CRITICAL ("A semaphore was released although its value is at its maximum of 2*");
  anyio_semaphore_release (semaphore);
  EXPECT_CRITICAL ("A semaphore cannot begin with 3, which is above its maximum of 2");
  other = anyio_semaphore_new (3, 2);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (anyio_semaphore_get_value (semaphore), ==, 2);
  g_assert_cmpuint (anyio_semaphore_get_value (other), ==, 2);
}

static void
test_without_tasks (void)
{
  g_autoptr (AnyioSemaphore) semaphore = g_object_new (ANYIO_TYPE_SEMAPHORE, "initial-value", 1, "max-value", 5, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) failure = NULL;
  g_auto (Readies) ready = { { NULL } };
  guint initial_value = 9;
  guint value = 9;
  guint max_value = 9;
  guint n_waiting = 9;

  g_test_summary ("SEMANTICS 6.5: in callback style, and its properties");

  anyio_semaphore_acquire_async (semaphore, NULL, ready_cb, &ready[0]);
  anyio_semaphore_acquire_async (semaphore, cancellable, ready_cb, &ready[1]);
  anyio_semaphore_acquire_async (semaphore, NULL, ready_cb, &ready[2]);
  g_object_get (semaphore, "initial-value", &initial_value, "value", &value, "max-value", &max_value, "tasks-waiting", &n_waiting, NULL);
  g_assert_cmpuint (initial_value, ==, 1);
  g_assert_cmpuint (value, ==, 0);
  g_assert_cmpuint (max_value, ==, 5);
  g_assert_cmpuint (n_waiting, ==, 2);
  assert_succeeds (anyio_semaphore_acquire_finish (semaphore, ready_iterate (&ready[0]), &failure), failure);
  g_cancellable_cancel (cancellable);
  anyio_semaphore_release (semaphore);
  anyio_semaphore_release (semaphore);
  g_assert_cmpuint (anyio_semaphore_get_value (semaphore), ==, 1);
  assert_fails (anyio_semaphore_acquire_finish (semaphore, ready_iterate (&ready[1]), &failure), failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_succeeds (anyio_semaphore_acquire_finish (semaphore, ready_iterate (&ready[2]), &failure), failure);
  EXPECT_CRITICAL ("*suspends*");
  assert_fails (anyio_semaphore_acquire (semaphore, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_NO_TASK);
  g_test_assert_expected_messages ();
}

static gpointer
use_elsewhere (gpointer semaphore)
{
  g_autoptr (GError) failure = NULL;

  for (guint i = 0; i < 2; i++)
    EXPECT_CRITICAL ("*was called in another thread than that which uses this AnyioSemaphore*");
  assert_fails (anyio_semaphore_acquire_nowait (semaphore, &failure), failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);
  anyio_semaphore_release (semaphore);
  g_test_assert_expected_messages ();

  return NULL;
}

static void
test_other_thread (void)
{
  g_autoptr (AnyioSemaphore) semaphore = anyio_semaphore_new (1, 0);

  g_test_summary ("SEMANTICS 6.5: in another thread it is misuse");

  anyio_semaphore_release (semaphore);
  run_in_thread (use_elsewhere, semaphore);
  g_assert_cmpuint (anyio_semaphore_get_value (semaphore), ==, 2);
}

static gboolean
take_and_give (gpointer user_data,
               GError **error)
{
  AnyioSemaphore *semaphore = user_data;
  gboolean success;

  if (!anyio_semaphore_acquire (semaphore, error))
    return FALSE;
  success = anyio_sleep (1, error);
  anyio_semaphore_release (semaphore);

  return success;
}

static gboolean
acquire_free (gpointer semaphore,
              GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon (group, trace_turn, NULL, NULL);
  for (guint i = 0; i < 10; i++)
    g_assert_true (anyio_semaphore_acquire (semaphore, error));
  anyio_trace ("acquired");
  for (guint i = 0; i < 10; i++)
    anyio_semaphore_release (semaphore);

  return anyio_task_group_join (group, error);
}

static void
test_made_before (void)
{
  g_autoptr (AnyioSemaphore) semaphore = anyio_semaphore_new (10, 10);
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 6.3, 6.5: one that was made before the run is as good: to take what is there does not yield");

  for (guint i = 0; i < 2; i++)
    {
      anyio_trace_clear ();
      g_assert_true (anyio_test_run (acquire_free, semaphore, 0, &error));
      g_assert_no_error (error);
      anyio_assert_trace ("acquired other");
    }
}

static gboolean
use_everywhere (gpointer user_data,
                GError **error)
{
  g_autoptr (AnyioSemaphore) semaphore = anyio_semaphore_new (2, 2);
  gboolean success;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (guint i = 0; i < 5; i++)
    anyio_task_group_start_soon (group, take_and_give, semaphore, NULL);
  success = join_without_waiters (group, semaphore, error);
  g_assert_cmpuint (anyio_semaphore_get_value (semaphore), ==, 2);

  return success;
}

static void
test_sweep (void)
{
  g_test_summary ("SEMANTICS 1.5, I24: cancelled anywhere, the value is what it was");

  g_assert_cmpuint (anyio_test_cancel_everywhere (use_everywhere, NULL, NULL), >=, 10);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/semaphore/release/in-order", test_order);
  core_add_ordered ("/semaphore/cancelled/before-and-after", test_cancelled);
  anyio_test_add_func ("/semaphore/cancelled-scope/nothing-taken", test_cancelled_scope);
  g_test_add_func ("/semaphore/maximum/error", test_maximum);
  g_test_add_func ("/semaphore/without-tasks/works", test_without_tasks);
  g_test_add_func ("/semaphore/made-before/does-not-yield", test_made_before);
  g_test_add_func ("/semaphore/other-thread/misuse", test_other_thread);
  g_test_add_func ("/semaphore/sweep/conserved", test_sweep);

  return g_test_run ();
}
