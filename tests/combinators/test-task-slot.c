/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A place for one task, where the newest wins. */

#include "../core/core-test.h"
#include "../core/jobs.h"

static void
put (AnyioTaskSlot *slot, Job *job)
{
  anyio_task_slot_start_named (slot, job->name, do_job, job, NULL);
}

static gboolean
test_debounce (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1 }, { "b", 1 }, { "c", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskSlot) slot = anyio_task_slot_new (group, 2);

  g_test_summary ("Of several that follow each other within the delay only the last one begins");

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      put (slot, &jobs[i]);
      assert_sleeps (1);
    }
  assert_joins (group);
  anyio_assert_trace ("c+ c-");
  assert_time (5);

  return TRUE;
}

static gboolean
test_newest_wins (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 10, NULL, 3 }, { "b", 10 }, { "c", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskSlot) slot = anyio_task_slot_new (group, 0);

  g_test_summary ("The newest begins when the one that runs has ended; one in between never does");

  put (slot, &jobs[0]);
  assert_sleeps (1);
  put (slot, &jobs[1]);
  assert_sleeps (1);
  put (slot, &jobs[2]);
  assert_joins (group);
  anyio_assert_trace ("a+ a! a~ c+ c-");
  assert_time (5);

  return TRUE;
}

static gboolean
test_one_after_another (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1 }, { "b", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskSlot) slot = anyio_task_slot_new (group, 0.5);

  g_test_summary ("One that has ended is not disturbed by the next");

  put (slot, &jobs[0]);
  assert_sleeps (3);
  put (slot, &jobs[1]);
  assert_joins (group);
  anyio_assert_trace ("a+ a- b+ b-");

  return TRUE;
}

static gboolean
test_cancel (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 10 }, { "b", 10 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskSlot) slot = anyio_task_slot_new (group, 1);

  g_test_summary ("Cancelling empties the slot, in the delay or after it, and an empty slot is no trouble");

  anyio_task_slot_cancel (slot);
  put (slot, &jobs[0]);
  assert_sleeps (2);
  anyio_task_slot_cancel (slot);
  assert_sleeps (1);
  put (slot, &jobs[1]);
  anyio_task_slot_cancel (slot);
  anyio_task_slot_cancel (slot);
  assert_joins (group);
  anyio_assert_trace ("a+ a!");
  assert_time (3);

  return TRUE;
}

static gboolean
test_failure (gpointer data, GError **error)
{
  Job job = { "a", 1, "no a" };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);
  g_autoptr (AnyioTaskSlot) slot = anyio_task_slot_new (group, 0);

  g_test_summary ("SEMANTICS 3.5: a failure is the group's");

  put (slot, &job);
  g_assert_false (anyio_task_group_join (group, &failure));
  assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "no a");
  anyio_trace_clear ();

  return TRUE;
}

static gboolean
test_dropped (gpointer data, GError **error)
{
  Job job = { "a", 1 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioTaskSlot *slot = anyio_task_slot_new (group, 1);

  g_test_summary ("A slot may be dropped while its task runs");

  put (slot, &job);
  g_object_unref (slot);
  assert_joins (group);
  anyio_assert_trace ("a+ a-");

  return TRUE;
}

static int n_destroyed;

static void
count_destroyed (gpointer data)
{
  n_destroyed++;
}

static gboolean
test_destroy (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskSlot) slot = anyio_task_slot_new (group, 1);

  g_test_summary ("SEMANTICS 11.10: the argument of one that never began is freed, too");

  n_destroyed = 0;
  for (guint i = 0; i < 10; i++)
    anyio_task_slot_start (slot, succeed, NULL, count_destroyed);
  assert_joins (group);
  g_assert_cmpint (n_destroyed, ==, 10);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/task-slot/debounce", test_debounce);
  core_add_ordered ("/task-slot/newest-wins", test_newest_wins);
  anyio_test_add_func ("/task-slot/one-after-another", test_one_after_another);
  anyio_test_add_func ("/task-slot/cancel", test_cancel);
  anyio_test_add_func ("/task-slot/failure", test_failure);
  anyio_test_add_func ("/task-slot/dropped", test_dropped);
  anyio_test_add_func ("/task-slot/destroy", test_destroy);

  return g_test_run ();
}
