/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reports of progress: the newest counts, one is on its way at most, and the last is there before the task goes on. */

#include "thread-test.h"

typedef struct
{
  AnyioProgress *progress; /* borrowed */
  Gate gate;
  guint n_reports;
} Work;

static guint n_notified;
static GThread *notified_in;

static void
notified (AnyioProgress *progress)
{
  n_notified++;
  notified_in = g_thread_self ();
}

static gboolean
report_often (gpointer data, GError **error)
{
  Work *self = data;

  for (guint i = 1; i <= self->n_reports; i++)
    anyio_progress_report (self->progress, (double) i / self->n_reports, i == self->n_reports ? "done" : "working");
  gate_open (&self->gate);

  return TRUE;
}

static gboolean
block_loop (gpointer data, GError **error)
{
  gate_pass (&((Work *) data)->gate);

  return TRUE;
}

static gboolean
test_conflated (gpointer data, GError **error)
{
  Work work = { .n_reports = 100000 };
  g_autoptr (AnyioProgress) progress = anyio_progress_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("while the loop is busy any number of reports become one, the newest, which is seen before the task goes on");

  gate_init (&work.gate);
  work.progress = progress;
  n_notified = 0;
  notified_in = NULL;
  g_signal_connect (progress, "notify::fraction", G_CALLBACK (notified), NULL);
  anyio_task_group_start_soon (group, block_loop, &work, NULL);
  g_assert_true (anyio_to_thread (report_often, &work, error));
  g_assert_cmpfloat (anyio_progress_get_fraction (progress), ==, 1);
  g_assert_cmpstr (anyio_progress_get_text (progress), ==, "done");
  g_assert_true (notified_in == g_thread_self ());
  g_assert_cmpuint (n_notified, >=, 1);
  g_assert_cmpuint (n_notified, <=, 2); /* one may have been on its way when the loop was blocked */
  assert_joins (group);
  gate_clear (&work.gate);

  return TRUE;
}

static gboolean
report_and_wait (gpointer data, GError **error)
{
  Work *self = data;

  anyio_progress_report (self->progress, 0.5, NULL);
  gate_pass (&self->gate);
  anyio_progress_report (self->progress, 0.5, NULL);

  return TRUE;
}

static void
open_gate (AnyioProgress *progress, GParamSpec *pspec, gpointer gate)
{
  n_notified++;
  gate_open (gate);
}

static gboolean
test_seen (gpointer data, GError **error)
{
  Work work = { NULL };
  g_autoptr (AnyioProgress) progress = anyio_progress_new ();

  g_test_summary ("a report is seen while the function still runs; one that changes nothing is not notified");

  gate_init (&work.gate);
  work.progress = progress;
  n_notified = 0;
  g_signal_connect (progress, "notify", G_CALLBACK (open_gate), &work.gate);
  g_assert_true (anyio_to_thread (report_and_wait, &work, error));
  g_assert_cmpuint (n_notified, ==, 1);
  g_assert_null (anyio_progress_get_text (progress));
  gate_clear (&work.gate);

  return TRUE;
}

static gboolean
make_progress (gpointer data, GError **error)
{
  *(AnyioProgress **) data = anyio_progress_new ();

  return TRUE;
}

static void
test_after_run (void)
{
  AnyioProgress *progress = NULL;

  g_test_summary ("a report after the end of the run comes to nothing");

  g_assert_true (anyio_run (make_progress, &progress, NULL));
  anyio_progress_report (progress, 0.5, "late");
  g_assert_cmpfloat (anyio_progress_get_fraction (progress), ==, 0);
  g_assert_finalize_object (progress);
}

static void
test_outside (void)
{
  g_autoptr (AnyioProgress) progress = NULL;

  g_test_summary ("where no tasks run it is of no use, and says so");

  expect_critical ("*progress object was made where no tasks run*");
  progress = anyio_progress_new ();
  g_test_assert_expected_messages ();
  anyio_progress_report (progress, 1, NULL);
}

static void
trace_state (AnyioProgress *progress, GParamSpec *pspec, gpointer data)
{
  double fraction;
  g_autofree char *text = NULL;

  g_object_get (progress, "fraction", &fraction, "text", &text, NULL);
  anyio_trace ("%s:%g:%s", pspec->name, fraction, text);
}

static gboolean
report_once (gpointer data, GError **error)
{
  anyio_progress_report (data, 0.5, "half");

  return TRUE;
}

static gboolean
report_again (gpointer data, GError **error)
{
  anyio_progress_report (data, 0.5, "still half");

  return TRUE;
}

static gboolean
test_properties (gpointer data, GError **error)
{
  g_autoptr (AnyioProgress) progress = anyio_progress_new ();

  g_test_summary ("fraction and text are properties, each notified when it changes, and each report comes after the one before");

  g_signal_connect (progress, "notify", G_CALLBACK (trace_state), NULL);
  g_assert_true (anyio_to_thread (report_once, progress, error));
  g_assert_true (anyio_to_thread (report_again, progress, error));
  anyio_assert_trace ("fraction:0.5:half text:0.5:half text:0.5:still half");

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/progress/many/newest", test_conflated);
  anyio_test_add_func ("/progress/one/seen-meanwhile", test_seen);
  g_test_add_func ("/progress/after-run/nothing", test_after_run);
  g_test_add_func ("/progress/outside/critical", test_outside);
  anyio_test_add_func ("/progress/properties/notified", test_properties);

  return g_test_run ();
}
