/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Drivers: the tasks of another language beside fibers. The "language" here is a list of what the driver told, and calls from the test's own fiber. */

#include "core-test.h"
#include "jobs.h"

typedef struct
{
  AnyioDriver *driver;
  guint n_calls;
  gboolean again; /* what the function returns next */
} Language;

static const char *const kinds[] = { "restored", "cancelled", "timer", "closed", "stop" };

static gboolean
step (guint n_events, gpointer data)
{
  Language *self = data;
  gboolean again = self->again;

  self->n_calls++;
  self->again = FALSE;
  if (n_events > 0)
    {
      gsize n_taken;
      g_autofree guint *words = anyio_driver_take_events (self->driver, &n_taken);

      g_assert_cmpuint (n_taken, ==, n_events);
      for (gsize i = 0; i < n_taken; i++)
        anyio_trace ("%s:%u", kinds[words[i] % 8], words[i] / 8);
    }

  return again;
}

static void
destroyed_cb (gpointer data)
{
  anyio_trace ("destroyed");
}

static void
open_language (Language *self)
{
  g_autoptr (GError) error = NULL;

  self->driver = anyio_driver_new (NULL, step, self, destroyed_cb, &error);
  g_assert_no_error (error);
}

static void
close_language (Language *self)
{
  anyio_driver_close (self->driver);
  g_object_unref (self->driver);
}

static gboolean
numbers (gpointer data, GError **error)
{
  Language language = { 0 };
  guint task, scope;

  open_language (&language);
  task = anyio_driver_spawn (language.driver, 0, "one");
  g_assert_cmpuint (task, ==, 2);
  task /= 2;
  g_assert_cmpstr (anyio_task_get_name (anyio_driver_get_task (language.driver, task)), ==, "one");

  scope = anyio_driver_enter (language.driver, task, INFINITY, ANYIO_DRIVER_NONE) / 2;
  g_assert_cmpuint (anyio_driver_enter (language.driver, task, 5, ANYIO_DRIVER_TIMEOUT), ==, 4);
  g_assert_cmpfloat (anyio_driver_get_deadline (language.driver, 2), ==, anyio_current_time () + 5);
  g_assert_cmpfloat (anyio_driver_get_effective_deadline (language.driver, task), ==, anyio_current_time () + 5);
  g_assert_cmpuint (anyio_driver_exit (language.driver, 2, FALSE), ==, ANYIO_DRIVER_NONE);
  /* Born cancelled by its deadline; the number lives on, because the reason is still of interest. */
  g_assert_cmpuint (anyio_driver_enter (language.driver, task, 0, ANYIO_DRIVER_TIMEOUT), ==, 5);
  g_assert_cmpstr (anyio_driver_get_message (language.driver, task), ==, "Operation was cancelled: the deadline passed");
  g_assert_cmpuint (anyio_driver_exit (language.driver, 2, TRUE), ==, ANYIO_DRIVER_ABSORBS | ANYIO_DRIVER_CALLED | ANYIO_DRIVER_EXPIRED);
  g_assert_cmpint (anyio_driver_get_reason (language.driver, 2, NULL, NULL), ==, ANYIO_CANCEL_DEADLINE);
  anyio_driver_drop_scope (language.driver, 2);
  g_assert_cmpuint (anyio_driver_exit (language.driver, scope, FALSE), ==, ANYIO_DRIVER_NONE);
  g_assert_cmpuint (anyio_driver_end (language.driver, task, ANYIO_TASK_FINISHED, NULL), ==, ANYIO_DRIVER_NONE);
  close_language (&language);
  anyio_assert_trace ("destroyed");

  return TRUE;
}

static gboolean
batches (gpointer data, GError **error)
{
  Language language = { 0 };

  open_language (&language);
  anyio_driver_wake (language.driver);
  anyio_driver_wake (language.driver);
  if (!anyio_sleep (0, error))
    return FALSE;
  g_assert_cmpuint (language.n_calls, ==, 1);
  language.again = TRUE;
  anyio_driver_wake (language.driver);
  if (!anyio_sleep (1, error))
    return FALSE;
  g_assert_cmpuint (language.n_calls, ==, 3);
  close_language (&language);

  return TRUE;
}

static gboolean
events (gpointer data, GError **error)
{
  Language language = { 0 };
  guint task, scope;

  open_language (&language);
  task = anyio_driver_spawn (language.driver, 0, "one") / 2;
  anyio_driver_arm (language.driver, task, anyio_current_time () + 3);
  scope = anyio_driver_enter (language.driver, task, 1, ANYIO_DRIVER_TIMEOUT) / 2;
  if (!anyio_sleep (5, error))
    return FALSE;
  anyio_assert_trace ("cancelled:1 timer:1");

  /* A shield lifts it; told once, however often it changes. */
  anyio_trace_clear ();
  g_assert_cmpuint (anyio_driver_enter (language.driver, task, INFINITY, ANYIO_DRIVER_NONE), ==, 2 * (scope + 1) + 1);
  anyio_driver_set_shield (language.driver, scope + 1, TRUE);
  anyio_driver_set_shield (language.driver, scope + 1, FALSE);
  anyio_driver_set_shield (language.driver, scope + 1, TRUE);
  if (!anyio_sleep (0, error))
    return FALSE;
  anyio_assert_trace ("restored:1");
  g_assert_cmpuint (anyio_driver_exit (language.driver, scope + 1, FALSE), ==, ANYIO_DRIVER_IS_CANCELLED);
  anyio_driver_exit (language.driver, scope, TRUE);
  anyio_driver_drop_scope (language.driver, scope);

  /* What is on its way to a task that ends is forgotten. */
  anyio_trace_clear ();
  anyio_driver_arm (language.driver, task, anyio_current_time () - 1);
  scope = anyio_driver_enter (language.driver, task, INFINITY, ANYIO_DRIVER_NONE) / 2;
  anyio_driver_cancel (language.driver, scope, task, "why");
  anyio_driver_exit (language.driver, scope, TRUE);
  anyio_driver_drop_scope (language.driver, scope);
  anyio_driver_end (language.driver, task, ANYIO_TASK_FINISHED, NULL);
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_assert_trace ("");
  close_language (&language);

  return TRUE;
}

static gboolean
groups (gpointer data, GError **error)
{
  Language language = { 0 };
  guint host, group, child;

  open_language (&language);
  host = anyio_driver_spawn (language.driver, 0, "host") / 2;
  group = anyio_driver_enter_group (language.driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  child = anyio_driver_spawn (language.driver, group, "child") / 2;
  g_assert_false (anyio_driver_end_body (language.driver, group));
  /* The last child closes it; that is returned, not told. */
  g_assert_cmpuint (anyio_driver_end (language.driver, child, ANYIO_TASK_FINISHED, NULL), ==, ANYIO_DRIVER_GROUP_CLOSED);
  g_assert_cmpuint (anyio_driver_spawn (language.driver, group, "late"), ==, 0);
  g_assert_true (anyio_driver_take_failure (language.driver, group, error));
  g_assert_cmpuint (anyio_driver_exit (language.driver, group, FALSE), ==, ANYIO_DRIVER_NONE);

  /* A failure cancels the siblings. */
  group = anyio_driver_enter_group (language.driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  child = anyio_driver_spawn (language.driver, group, "failing") / 2;
  anyio_driver_spawn (language.driver, group, "sibling");
  anyio_driver_end (language.driver, child, ANYIO_TASK_FAILED, "no luck");
  if (!anyio_sleep (0, error))
    return FALSE;
  anyio_assert_trace ("cancelled:1 cancelled:3");
  g_assert_cmpstr (anyio_driver_get_message (language.driver, 3), ==, "Operation was cancelled: task \"failing\" failed: no luck");
  g_assert_false (anyio_driver_end_body (language.driver, group));
  g_assert_cmpuint (anyio_driver_end (language.driver, 3, ANYIO_TASK_CANCELLED, NULL), ==, ANYIO_DRIVER_GROUP_CLOSED);
  /* The language has the failure; nothing of it is kept here. */
  g_assert_true (anyio_driver_take_failure (language.driver, group, error));
  g_assert_cmpuint (anyio_driver_exit (language.driver, group, TRUE), ==, ANYIO_DRIVER_ABSORBS | ANYIO_DRIVER_CALLED);
  anyio_driver_drop_scope (language.driver, group);
  anyio_driver_end (language.driver, host, ANYIO_TASK_FINISHED, NULL);
  close_language (&language);

  return TRUE;
}

static gboolean
cancel_one (gpointer data, GError **error)
{
  Language language = { 0 };
  guint host, group, child;

  open_language (&language);
  host = anyio_driver_spawn (language.driver, 0, "host") / 2;
  group = anyio_driver_enter_group (language.driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  child = anyio_driver_spawn (language.driver, group, "child") / 2;
  anyio_driver_cancel_task (language.driver, child, host, NULL);
  g_assert_cmpstr (anyio_driver_get_message (language.driver, child), ==, "Operation was cancelled by task \"host\"");
  g_assert_cmpuint (anyio_driver_end (language.driver, child, ANYIO_TASK_CANCELLED, NULL), ==, ANYIO_DRIVER_ABSORBED);
  g_assert_true (anyio_driver_end_body (language.driver, group));
  g_assert_cmpuint (anyio_driver_exit (language.driver, group, FALSE), ==, ANYIO_DRIVER_NONE);
  anyio_driver_end (language.driver, host, ANYIO_TASK_FINISHED, NULL);
  close_language (&language);

  return TRUE;
}

static gboolean
start (gpointer data, GError **error)
{
  Language language = { 0 };
  guint host, group, hidden, child;

  open_language (&language);
  host = anyio_driver_spawn (language.driver, 0, "host") / 2;
  group = anyio_driver_enter_group (language.driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  hidden = anyio_driver_enter_start (language.driver, host, group) / 2;
  child = anyio_driver_spawn (language.driver, hidden, "service") / 2;
  g_assert_false (anyio_driver_end_body (language.driver, hidden));
  g_assert_true (anyio_driver_started (language.driver, child));
  g_assert_false (anyio_driver_started (language.driver, child));
  if (!anyio_sleep (0, error))
    return FALSE;
  anyio_assert_trace ("closed:2");
  g_assert_cmpuint (anyio_driver_exit (language.driver, hidden, FALSE), ==, ANYIO_DRIVER_NONE);
  g_assert_false (anyio_driver_end_body (language.driver, group));
  g_assert_cmpuint (anyio_driver_end (language.driver, child, ANYIO_TASK_FINISHED, NULL), ==, ANYIO_DRIVER_GROUP_CLOSED);
  anyio_driver_exit (language.driver, group, FALSE);
  anyio_driver_end (language.driver, host, ANYIO_TASK_FINISHED, NULL);
  close_language (&language);

  return TRUE;
}

/* A task of the driver in a group of a fiber. */
static gboolean
in_a_fibers_group (gpointer data, GError **error)
{
  Language language = { 0 };
  g_autoptr (GError) failure = NULL;
  AnyioTaskGroup *group;
  guint task;

  open_language (&language);
  group = anyio_task_group_open (NULL);
  task = anyio_driver_spawn_in (language.driver, group, "theirs") / 2;
  anyio_driver_end (language.driver, task, ANYIO_TASK_FAILED, "no luck");
  g_assert_false (anyio_task_group_join (group, &failure));
  g_assert_cmpstr (failure->message, ==, "no luck");
  anyio_task_group_leave (group);
  close_language (&language);

  return TRUE;
}

static gboolean
fail_now (gpointer data, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "the fiber's");

  return FALSE;
}

/* A fiber in a group of the driver. */
static gboolean
with_a_fiber (gpointer data, GError **error)
{
  Language language = { 0 };
  g_autoptr (GError) failure = NULL;
  guint host, group;

  open_language (&language);
  host = anyio_driver_spawn (language.driver, 0, "host") / 2;
  group = anyio_driver_enter_group (language.driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  anyio_task_group_start_soon (anyio_driver_get_group (language.driver, group), fail_now, NULL, NULL);
  g_assert_false (anyio_driver_end_body (language.driver, group));
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_assert_trace ("cancelled:1 closed:1");
  g_assert_false (anyio_driver_take_failure (language.driver, group, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_true (anyio_driver_take_failure (language.driver, group, error));
  anyio_driver_exit (language.driver, group, FALSE);
  anyio_driver_drop_scope (language.driver, group);
  anyio_driver_end (language.driver, host, ANYIO_TASK_FINISHED, NULL);
  close_language (&language);

  return TRUE;
}

/* SEMANTICS 8.7: inherited, past shields, by what is begun later, too; told to those that watch, once. */
static gboolean
soft_stop (gpointer data, GError **error)
{
  Language language = { 0 };
  guint host, other, group, child, inner, late;

  open_language (&language);
  host = anyio_driver_spawn (language.driver, 0, "host") / 2;
  other = anyio_driver_spawn (language.driver, 0, "other") / 2;
  group = anyio_driver_enter_group (language.driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  child = anyio_driver_spawn (language.driver, group, "child") / 2;
  inner = anyio_driver_enter (language.driver, child, INFINITY, ANYIO_DRIVER_SHIELD) / 2;
  g_assert_false (anyio_driver_watch_stop (language.driver, child));
  g_assert_false (anyio_driver_watch_stop (language.driver, child));
  g_assert_false (anyio_driver_watch_stop (language.driver, host));
  g_assert_false (anyio_driver_watch_stop (language.driver, other));
  anyio_driver_unwatch_stop (language.driver, host);
  g_assert_false (anyio_driver_is_stop_requested (language.driver, child));

  anyio_driver_request_stop (language.driver, group, INFINITY, "shop closes");
  anyio_driver_request_stop (language.driver, group, INFINITY, NULL);
  g_assert_true (anyio_driver_get_stop_requested (language.driver, inner));
  g_assert_true (anyio_driver_is_stop_requested (language.driver, child));
  g_assert_true (anyio_driver_is_stop_requested (language.driver, host));
  g_assert_false (anyio_driver_is_stop_requested (language.driver, other));
  late = anyio_driver_spawn (language.driver, group, "late");
  g_assert_cmpuint (late % 2, ==, ANYIO_DRIVER_NONE);
  g_assert_true (anyio_driver_watch_stop (language.driver, late / 2));
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_assert_trace ("stop:3");

  /* A second request may shorten the grace; then comes the hard cancel, which a shield does stop. */
  anyio_trace_clear ();
  anyio_driver_request_stop (language.driver, group, 2, NULL);
  if (!anyio_sleep (1.5, error))
    return FALSE;
  anyio_assert_trace ("");
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_assert_trace ("cancelled:1 cancelled:4");
  g_assert_cmpstr (anyio_driver_get_message (language.driver, host), ==, "Operation was cancelled: shop closes");
  anyio_driver_exit (language.driver, inner, FALSE);
  anyio_driver_end (language.driver, child, ANYIO_TASK_CANCELLED, NULL);
  anyio_driver_end (language.driver, late / 2, ANYIO_TASK_CANCELLED, NULL);
  g_assert_true (anyio_driver_end_body (language.driver, group));
  anyio_driver_exit (language.driver, group, TRUE);
  anyio_driver_drop_scope (language.driver, group);

  /* A task that ends watches no more. */
  group = anyio_driver_enter_group (language.driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  child = anyio_driver_spawn (language.driver, group, "child") / 2;
  g_assert_false (anyio_driver_watch_stop (language.driver, child));
  anyio_driver_end (language.driver, child, ANYIO_TASK_FINISHED, NULL);
  anyio_driver_request_stop (language.driver, group, INFINITY, NULL);
  anyio_trace_clear ();
  if (!anyio_sleep (0, error))
    return FALSE;
  anyio_assert_trace ("");
  g_assert_true (anyio_driver_end_body (language.driver, group));
  anyio_driver_exit (language.driver, group, FALSE);

  /* One who was not meant by the requests so far watches on. */
  inner = anyio_driver_enter (language.driver, other, INFINITY, ANYIO_DRIVER_NONE) / 2;
  anyio_driver_request_stop (language.driver, inner, INFINITY, NULL);
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_assert_trace ("stop:2");
  anyio_driver_exit (language.driver, inner, FALSE);
  anyio_driver_end (language.driver, other, ANYIO_TASK_FINISHED, NULL);
  anyio_driver_end (language.driver, host, ANYIO_TASK_FINISHED, NULL);
  close_language (&language);

  return TRUE;
}

/* Who does not watch is not called at all, for a request or for a grace period that goes by. */
static gboolean
soft_stop_of_nobody (gpointer data, GError **error)
{
  Language language = { 0 };
  guint host, scope;

  open_language (&language);
  host = anyio_driver_spawn (language.driver, 0, "host") / 2;
  scope = anyio_driver_enter (language.driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  anyio_driver_request_stop (language.driver, scope, 3, NULL);
  if (!anyio_sleep (1, error))
    return FALSE;
  g_assert_cmpuint (anyio_driver_exit (language.driver, scope, FALSE), ==, ANYIO_DRIVER_NONE);
  if (!anyio_sleep (5, error))
    return FALSE;
  g_assert_cmpuint (language.n_calls, ==, 0);

  /* Nor does a request reach a scope that was left, although its number is still known. */
  scope = anyio_driver_enter (language.driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  anyio_driver_cancel (language.driver, scope, 0, NULL);
  g_assert_cmpuint (anyio_driver_exit (language.driver, scope, FALSE) & ANYIO_DRIVER_CALLED, !=, 0);
  anyio_driver_request_stop (language.driver, scope, 3, NULL);
  g_assert_false (anyio_driver_get_stop_requested (language.driver, scope));
  anyio_driver_drop_scope (language.driver, scope);

  /* A grace that is less than nothing is none. */
  scope = anyio_driver_enter (language.driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  anyio_driver_request_stop (language.driver, scope, -5, NULL);
  if (!anyio_sleep (1, error))
    return FALSE;
  g_assert_true (anyio_driver_get_called (language.driver, scope));
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "anyio_driver_request_stop*NaN*");
  anyio_driver_request_stop (language.driver, scope, NAN, NULL);
  g_test_assert_expected_messages ();
  anyio_driver_exit (language.driver, scope, FALSE);
  anyio_driver_drop_scope (language.driver, scope);
  anyio_driver_end (language.driver, host, ANYIO_TASK_FINISHED, NULL);
  close_language (&language);

  return TRUE;
}

/* SEMANTICS 4, 8.7: a task that is handed over to a group that was asked to stop hears of it. */
static gboolean
soft_stop_moved (gpointer data, GError **error)
{
  Language language = { 0 };
  guint host, starter, group, hidden, child;

  open_language (&language);
  host = anyio_driver_spawn (language.driver, 0, "host") / 2;
  starter = anyio_driver_spawn (language.driver, 0, "starter") / 2;
  group = anyio_driver_enter_group (language.driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  anyio_driver_request_stop (language.driver, group, INFINITY, NULL);
  hidden = anyio_driver_enter_start (language.driver, starter, group) / 2;
  child = anyio_driver_spawn (language.driver, hidden, "service") / 2;
  g_assert_false (anyio_driver_end_body (language.driver, hidden));
  g_assert_false (anyio_driver_watch_stop (language.driver, child));
  g_assert_true (anyio_driver_started (language.driver, child));
  if (!anyio_sleep (1, error))
    return FALSE;
  anyio_assert_trace ("stop:3 closed:2");
  anyio_driver_exit (language.driver, hidden, FALSE);
  anyio_driver_end (language.driver, child, ANYIO_TASK_FINISHED, NULL);
  g_assert_true (anyio_driver_end_body (language.driver, group));
  anyio_driver_exit (language.driver, group, FALSE);
  anyio_driver_end (language.driver, starter, ANYIO_TASK_FINISHED, NULL);
  anyio_driver_end (language.driver, host, ANYIO_TASK_FINISHED, NULL);
  close_language (&language);

  return TRUE;
}

static gboolean
spawn_from_other_context (gpointer group, GError **error)
{
  Language language = { 0 };

  open_language (&language);
  g_assert_cmpuint (anyio_driver_spawn_in (language.driver, group, "foreign"), ==, 0);
  close_language (&language);

  return TRUE;
}

static gboolean
other_context (gpointer data, GError **error)
{
  Language language = { 0 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  guint task;

  core_run_on_other_context (spawn_from_other_context, group);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (group)), ==, 0);
  open_language (&language);
  task = anyio_driver_spawn_in (language.driver, group, "own") / 2;
  g_assert_cmpuint (task, >, 0);
  anyio_driver_end (language.driver, task, ANYIO_TASK_FINISHED, NULL);
  close_language (&language);

  return anyio_task_group_join (group, error);
}

/* The cancellable is that of the scope in which the task is, as for fibers. */
static gboolean
cancellables (gpointer data, GError **error)
{
  Language language = { 0 };
  g_autoptr (GCancellable) cancellable = NULL;
  guint task, scope;

  open_language (&language);
  task = anyio_driver_spawn (language.driver, 0, "one") / 2;
  scope = anyio_driver_enter (language.driver, task, INFINITY, ANYIO_DRIVER_NONE) / 2;
  g_set_object (&cancellable, anyio_driver_get_cancellable (language.driver, task));
  g_assert_nonnull (cancellable);
  g_assert_false (g_cancellable_is_cancelled (cancellable));
  anyio_driver_cancel (language.driver, scope, task, NULL);
  g_assert_true (anyio_sleep (1, error));
  g_assert_true (g_cancellable_is_cancelled (cancellable));
  anyio_driver_exit (language.driver, scope, TRUE);
  anyio_driver_drop_scope (language.driver, scope);
  anyio_driver_end (language.driver, task, ANYIO_TASK_FINISHED, NULL);
  close_language (&language);

  return TRUE;
}

static gboolean
misuse (gpointer data, GError **error)
{
  Language language = { 0 };
  guint host, outer;

  open_language (&language);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*7, which is not the number of a live task");
  anyio_driver_arm (language.driver, 7, 0);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*7, which is not the number of a scope");
  g_assert_cmpuint (anyio_driver_exit (language.driver, 7, FALSE), ==, 0);
  host = anyio_driver_spawn (language.driver, 0, "host") / 2;
  outer = anyio_driver_enter (language.driver, host, INFINITY, ANYIO_DRIVER_NONE) / 2;
  anyio_driver_enter (language.driver, host, INFINITY, ANYIO_DRIVER_NONE);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*not the innermost*");
  anyio_driver_exit (language.driver, outer, FALSE);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*with scopes open*");
  anyio_driver_end (language.driver, host, ANYIO_TASK_FINISHED, NULL);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*no task group*");
  g_assert_cmpuint (anyio_driver_spawn (language.driver, outer, "child"), ==, 0);
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "*was closed while 1 of its tasks*");
  anyio_driver_close (language.driver);
  g_test_assert_expected_messages ();
  anyio_driver_exit (language.driver, outer + 1, FALSE);
  anyio_driver_exit (language.driver, outer, FALSE);
  anyio_driver_end (language.driver, host, ANYIO_TASK_FINISHED, NULL);
  close_language (&language);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_summary ("Tasks of other languages, driven by numbers and events");

  anyio_test_add_func ("/driver/numbers", numbers);
  core_add_ordered ("/driver/batches", batches);
  core_add_ordered ("/driver/events", events);
  core_add_ordered ("/driver/groups", groups);
  anyio_test_add_func ("/driver/cancel-one-task", cancel_one);
  core_add_ordered ("/driver/start", start);
  anyio_test_add_func ("/driver/in-a-fibers-group", in_a_fibers_group);
  anyio_test_add_func ("/driver/with-a-fiber", with_a_fiber);
  anyio_test_add_func ("/driver/soft-stop", soft_stop);
  anyio_test_add_func ("/driver/soft-stop-of-nobody", soft_stop_of_nobody);
  anyio_test_add_func ("/driver/soft-stop-moved", soft_stop_moved);
  anyio_test_add_func ("/driver/other-context", other_context);
  anyio_test_add_func ("/driver/cancellables", cancellables);
  anyio_test_add_func ("/driver/misuse", misuse);

  return g_test_run ();
}
