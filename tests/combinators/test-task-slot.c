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

static gboolean
test_same_moment (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 10, NULL, 1 }, { "b", 10 }, { "c", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskSlot) slot = anyio_task_slot_new (group, 0);

  g_test_summary ("One that is replaced in the moment in which its place becomes free does not begin");

  put (slot, &jobs[0]);
  assert_sleeps (1);
  put (slot, &jobs[1]);
  g_assert_true (anyio_wait_all_tasks_blocked (error)); /* so that the end of "a" comes before us, both at 2 */
  assert_sleeps (1);
  anyio_assert_trace ("a+ a! a~");
  put (slot, &jobs[2]);
  assert_joins (group);
  anyio_assert_trace ("a+ a! a~ c+ c-");

  return TRUE;
}

static gboolean
test_successor_replaced (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 10, NULL, 1 }, { "b", 10 }, { "c", 1 } };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskSlot) slot = anyio_task_slot_new (group, 0);

  g_test_summary ("The end of an older one does not empty the slot: its successor is replaced as well");

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      put (slot, &jobs[i]);
      assert_sleeps (3);
    }
  assert_joins (group);
  anyio_assert_trace ("a+ a! a~ b+ b! c+ c-");

  return TRUE;
}

static gboolean
test_forgotten (gpointer data, GError **error)
{
  Job job = { "a", 1 };
  AnyioTask *task;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskSlot) slot = anyio_task_slot_new (group, 0);

  g_test_summary ("A task that has ended is not kept");

  put (slot, &job);
  task = g_list_model_get_item (G_LIST_MODEL (group), 0);
  g_object_add_weak_pointer (G_OBJECT (task), (gpointer *) &task);
  g_object_unref (task);
  assert_sleeps (2);
  g_assert_null (task);
  anyio_trace_clear ();

  return anyio_task_group_join (group, error);
}

static gboolean
tell_reason (gpointer data, GError **error)
{
  gboolean success = anyio_sleep (9, error);

  g_assert_false (success);
  anyio_trace ("%s", strstr ((*error)->message, "replaced by a newer task") != NULL ? "replaced" : (*error)->message);

  return FALSE;
}

static gboolean
test_reason (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskSlot) slot = anyio_task_slot_new (group, 0);

  g_test_summary ("One that is replaced learns why");

  anyio_task_slot_start (slot, tell_reason, NULL, NULL);
  assert_sleeps (1);
  anyio_task_slot_start (slot, succeed, NULL, NULL);
  assert_joins (group);
  anyio_assert_trace ("replaced");

  return TRUE;
}

static void
notify_cb (GObject *object, GParamSpec *pspec, gpointer data)
{
  double delay;

  g_object_get (object, "delay", &delay, NULL);
  anyio_trace ("%s:%g", pspec->name, delay);
}

static gboolean
test_delay (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTaskSlot) slot = anyio_task_slot_new (group, 1);

  g_test_summary ("The delay is a property, which is notified when it changes");

  g_signal_connect (slot, "notify", G_CALLBACK (notify_cb), NULL);
  anyio_task_slot_set_delay (slot, 1);
  anyio_task_slot_set_delay (slot, 2);
  anyio_assert_trace ("delay:2");

  return anyio_task_group_join (group, error);
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
  core_add_ordered ("/task-slot/same-moment", test_same_moment);
  anyio_test_add_func ("/task-slot/successor-replaced", test_successor_replaced);
  anyio_test_add_func ("/task-slot/forgotten", test_forgotten);
  anyio_test_add_func ("/task-slot/reason", test_reason);
  anyio_test_add_func ("/task-slot/delay", test_delay);

  return g_test_run ();
}
