/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a task is, when it first runs, and in which order. Fairness is in test-fairness.c. */

#include "core-test.h"

#define assert_order(earlier, later) g_assert_cmpuint (anyio_task_get_id (earlier), <, anyio_task_get_id (later))

static gboolean
trace_twice (gpointer name,
             GError **error)
{
  anyio_trace ("%s1", (const char *) name);
  if (!anyio_checkpoint (error))
    return FALSE;
  anyio_trace ("%s2", (const char *) name);

  return TRUE;
}

static gboolean
spawn_three (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon (group, trace_twice, (gpointer) "a", NULL);
  anyio_task_group_start_soon (group, trace_twice, (gpointer) "b", NULL);
  anyio_task_group_start_soon (group, trace_twice, (gpointer) "c", NULL);
  anyio_trace ("spawned");

  return anyio_task_group_join (group, error);
}

static gboolean
test_first_runs (gpointer user_data,
                 GError **error)
{
  g_test_summary ("SEMANTICS 1.2: a spawned task never runs before its spawner yields; first runs happen in spawn order");

  g_assert_true (spawn_three (NULL, error));
  anyio_assert_trace ("spawned a1 b1 c1 a2 b2 c2");

  return TRUE;
}

static gboolean
spawn_and_go_on (gpointer user_data,
                 GError **error)
{
  AnyioTaskGroup *group = user_data;

  anyio_trace ("spawner");
  anyio_task_group_start_soon (group, trace_twice, (gpointer) "late", NULL);
  anyio_trace ("spawner");

  return TRUE;
}

static gboolean
test_grandchild (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.2: a task that a child spawns waits behind the tasks that are ready already");

  anyio_task_group_start_soon (group, spawn_and_go_on, group, NULL);
  anyio_task_group_start_soon (group, trace_twice, (gpointer) "a", NULL);
  assert_joins (group);
  anyio_assert_trace ("spawner spawner a1 late1 a2 late2");

  return TRUE;
}

static gboolean
spawn_ten (gpointer user_data,
           GError **error)
{
  static const char *names[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    anyio_task_group_start_soon (group, trace_twice, (gpointer) names[i], NULL);

  return anyio_task_group_join (group, error);
}

static char *
trace_of_seed (guint seed)
{
  g_autoptr (GError) error = NULL;

  anyio_test_run (spawn_ten, NULL, seed, &error);
  g_assert_no_error (error);

  return g_strdup (anyio_trace_get ());
}

static void
test_seed (void)
{
  g_autofree char *in_order = trace_of_seed (0);
  guint n_different = 0;

  g_test_summary ("SEMANTICS 1.2, I21, I22: seed 0 is spawn order; another seed permutes the batches; the same seed replays the same run");

  g_assert_cmpstr (in_order, ==, "01 11 21 31 41 51 61 71 81 91 02 12 22 32 42 52 62 72 82 92");
  for (guint seed = 1; seed <= 20; seed++)
    {
      g_autofree char *once = trace_of_seed (seed);
      g_autofree char *again = trace_of_seed (seed);

      g_assert_cmpstr (once, ==, again);
      g_assert_cmpuint (strlen (once), ==, strlen (in_order));
      for (char name = '0'; name <= '9'; name++)
        {
          const char first[] = { name, '1', '\0' };
          const char second[] = { name, '2', '\0' };

          g_assert_nonnull (strstr (once, first));
          g_assert_cmpuint (strstr (once, first) - once, <, 30); /* the first batch is over before the second begins */
          g_assert_cmpuint (strstr (once, second) - once, >=, 30);
        }
      n_different += !g_str_equal (once, in_order);
    }
  g_assert_cmpuint (n_different, >=, 19);
}

static gboolean
look_at_oneself (gpointer user_data,
                 GError **error)
{
  AnyioTask *self = anyio_get_current_task ();

  g_assert_cmpstr (anyio_task_get_name (self), ==, "look_at_oneself");
  g_assert_cmpint (anyio_task_get_status (self), ==, ANYIO_TASK_PENDING);
  g_assert_true (anyio_task_get_parent (self) == user_data);
  anyio_task_set_name (self, "renamed");
  g_assert_cmpstr (anyio_task_get_name (self), ==, "renamed");

  return anyio_checkpoint (error);
}

static gboolean
fail (gpointer user_data,
      GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "not there");

  return FALSE;
}

static gboolean
test_task (gpointer user_data,
           GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioTask *main_task = anyio_get_current_task ();
  g_autoptr (AnyioTask) first = anyio_task_group_create_task (group, look_at_oneself, main_task, NULL);
  g_autoptr (AnyioTask) second = anyio_task_group_create_task (group, succeed, NULL, NULL);

  g_test_summary ("SEMANTICS 1.1: a task has a name, by default the function's, an id, a parent, a state and an outcome");

  g_assert_cmpstr (anyio_task_get_name (first), ==, "look_at_oneself");
  g_assert_cmpstr (anyio_task_get_name (second), ==, "succeed");
  assert_order (main_task, first);
  assert_order (first, second);
  g_assert_true (anyio_task_get_parent (first) == main_task);
  g_assert_null (anyio_task_get_parent (main_task));
  g_assert_true (anyio_task_get_group (first) == group);
  g_assert_cmpint (anyio_task_get_status (first), ==, ANYIO_TASK_PENDING);
  assert_joins (group);

  g_assert_cmpint (anyio_task_get_status (first), ==, ANYIO_TASK_FINISHED);
  g_assert_cmpstr (anyio_task_get_name (first), ==, "renamed");
  g_assert_null (anyio_task_get_group (first));
  g_assert_true (anyio_task_get_result (first, NULL, error));

  return TRUE;
}

static gboolean
test_outcomes (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioTask) failing = anyio_task_group_create_task (group, fail, NULL, NULL);
  g_autoptr (AnyioTask) cancelled = anyio_task_group_create_task (group, sleep_forever, NULL, NULL);
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 1.1, 11.7: the outcome of a task is failed or cancelled; cancelling while its scope is cancelled and it lives");

  g_assert_true (anyio_task_wait (failing, error));
  g_assert_cmpint (anyio_task_get_status (failing), ==, ANYIO_TASK_FAILED);
  g_assert_cmpint (anyio_task_get_status (cancelled), ==, ANYIO_TASK_CANCELLING);
  g_assert_true (anyio_task_has_pending_cancellation (cancelled));
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpint (anyio_task_get_status (cancelled), ==, ANYIO_TASK_CANCELLED);
  g_assert_false (anyio_task_has_pending_cancellation (cancelled));

  return TRUE;
}

static gboolean
clean_up (gpointer user_data,
          GError **error)
{
  anyio_trace ("begins");
  assert_sleep_is_cancelled ();
  anyio_trace ("cancelled");

  return anyio_sleep (1, error);
}

static gboolean
test_born_cancelled (gpointer user_data,
                     GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.3, I12: a task of a cancelled group still runs to its first suspension point");

  anyio_task_group_cancel (group, "test");
  anyio_task_group_start_soon (group, clean_up, NULL, NULL);
  assert_joins (group);
  anyio_assert_trace ("begins cancelled");
  g_assert_cmpfloat (anyio_current_time (), ==, 0);

  return TRUE;
}

static gboolean
test_spawned_then_cancelled (gpointer user_data,
                             GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.3, I12: a task that is cancelled before its first run still runs to its first suspension point");

  anyio_task_group_start_soon (group, clean_up, NULL, NULL);
  anyio_task_group_cancel (group, "test");
  assert_joins (group);
  anyio_assert_trace ("begins cancelled");

  return TRUE;
}

typedef struct
{
  AnyioCancelScope *scope; /* of the victim */
  AnyioTask *ends;
} Race;

static gboolean
sleep_one (gpointer user_data,
           GError **error)
{
  return anyio_sleep (1, error);
}

static gboolean
sleep_and_cancel (gpointer user_data,
                  GError **error)
{
  Race *race = user_data;

  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_trace ("cancel");
  anyio_cancel_scope_cancel (race->scope, NULL);

  return TRUE;
}

static gboolean
test_result_wins (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  Race race = { .scope = scope };

  g_test_summary ("SEMANTICS 1.4: a task that is scheduled to resume with a result gets it; cancellation strikes at the next suspension point");

  race.ends = anyio_task_group_create_task (group, sleep_one, NULL, NULL);
  anyio_task_group_start_soon (group, sleep_and_cancel, &race, NULL);
  g_assert_true (anyio_task_wait (race.ends, error));
  anyio_trace ("result");
  g_object_unref (race.ends);
  anyio_assert_trace ("cancel result");
  g_assert_true (anyio_cancel_scope_is_cancelled (scope));
  assert_sleep_is_cancelled ();
  assert_joins (group);
  assert_exits (scope);

  return TRUE;
}

static gboolean
test_sleep_has_no_result (gpointer user_data,
                          GError **error)
{
  g_autoptr (AnyioCancelScope) scope = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GError) cancelled = NULL;
  Race race = { 0 };

  g_test_summary ("SEMANTICS 1.4, I5: a sleep whose time has come reports CANCELLED if its scope is cancelled before it resumes");

  scope = open_scope ();
  race.scope = scope;
  anyio_task_group_start_soon (group, sleep_and_cancel, &race, NULL);
  g_assert_true (anyio_checkpoint (error)); /* it arms its timer before us */
  g_assert_false (anyio_sleep (1, &cancelled));
  anyio_assert_trace ("cancel");
  g_assert_cmpfloat (anyio_current_time (), ==, 1);
  g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));
  assert_joins (group);

  return TRUE;
}

static void
trace_freed (gpointer name)
{
  anyio_trace ("%s", (const char *) name);
  g_assert_cmpstr (anyio_task_get_name (anyio_get_current_task ()), ==, "sleep_forever");
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*anyio_checkpoint()*can therefore only be called in a task*");
  g_assert_false (anyio_checkpoint (NULL));
  g_test_assert_expected_messages ();
}

static gboolean
test_no_code_in_cancel (gpointer user_data,
                        GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 1.8, I2: no task code and no user callback runs inside cancel(); a destroy function runs on the home stack and cannot suspend");

  anyio_task_group_start_soon (group, sleep_forever, (gpointer) "freed", trace_freed);
  anyio_task_group_start_soon (group, clean_up, NULL, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_trace ("cancel");
  anyio_task_group_cancel (group, NULL);
  anyio_trace ("cancelled");
  assert_joins (group);
  anyio_assert_trace ("begins cancel cancelled freed cancelled");

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/order/spawn/first-runs-in-spawn-order", test_first_runs);
  core_add_ordered ("/order/spawn-in-child/behind-those-ready", test_grandchild);
  g_test_add_func ("/order/seed/permutes-and-replays", test_seed);
  anyio_test_add_func ("/order/task/has-name-id-parent-and-state", test_task);
  core_add_ordered ("/order/task/has-an-outcome", test_outcomes);
  anyio_test_add_func ("/order/cancelled-group/child-runs-to-first-suspension", test_born_cancelled);
  anyio_test_add_func ("/order/cancelled-before-first-run/child-runs-to-first-suspension", test_spawned_then_cancelled);
  core_add_ordered ("/order/ready-with-result/result-wins", test_result_wins);
  core_add_ordered ("/order/ready-sleep/reports-cancelled", test_sleep_has_no_result);
  core_add_ordered ("/order/cancel/runs-no-code-of-others", test_no_code_in_cancel);

  return g_test_run ();
}
