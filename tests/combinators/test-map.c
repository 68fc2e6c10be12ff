/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One function for each item of an array. */

#include "../core/core-test.h"
#include "../core/jobs.h"

typedef struct
{
  guint number;
  guint square;
} Item;

static guint n_running;
static guint most_running;

static gboolean
square (gpointer data, GError **error)
{
  Item *item = data;
  gboolean success;

  n_running++;
  most_running = MAX (most_running, n_running);
  success = anyio_sleep (item->number, error);
  n_running--;
  item->square = item->number * item->number;

  return success;
}

static gboolean
test_limit (gpointer data, GError **error)
{
  Item items[] = { { 1 }, { 2 }, { 3 }, { 4 }, { 5 }, { 6 }, { 7 } };

  g_test_summary ("SEMANTICS 5: each item once, no more than the limit at a time");

  n_running = most_running = 0;
  g_assert_true (anyio_map (square, items, sizeof *items, G_N_ELEMENTS (items), 3, error));
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    g_assert_cmpuint (items[i].square, ==, (i + 1) * (i + 1));
  g_assert_cmpuint (most_running, ==, 3);
  g_assert_cmpuint (n_running, ==, 0);

  return TRUE;
}

static gboolean
test_no_limit (gpointer data, GError **error)
{
  Item items[] = { { 1 }, { 2 }, { 3 }, { 4 } };

  g_test_summary ("SEMANTICS 5: without a limit all at once, and no item is a success");

  n_running = most_running = 0;
  g_assert_true (anyio_map (square, items, sizeof *items, G_N_ELEMENTS (items), G_MAXUINT, error));
  g_assert_cmpuint (most_running, ==, 4);
  assert_time (4);
  g_assert_true (anyio_map (square, NULL, sizeof *items, 0, 1, error));

  return TRUE;
}

static gboolean
test_failure (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1 }, { "b", 1, "no b" }, { "c", 9 } };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 5: the first failure cancels what runs and what was still to run");

  g_assert_false (anyio_map (do_job, jobs, sizeof *jobs, G_N_ELEMENTS (jobs), 1, &failure));
  assert_and_clear (&failure, G_IO_ERROR_NOT_FOUND, "no b");
  anyio_assert_trace ("a+ a- b+ bx c+ c!");
  assert_time (2);

  return TRUE;
}

static gboolean
tell_name (gpointer data, GError **error)
{
  anyio_trace ("%s", anyio_task_get_name (anyio_get_current_task ()));

  return TRUE;
}

static gboolean
test_names (gpointer data, GError **error)
{
  int items[2];

  g_test_summary ("The tasks are named after the function");

  g_assert_true (anyio_map (tell_name, items, sizeof *items, G_N_ELEMENTS (items), G_MAXUINT, error));
  anyio_assert_trace ("tell_name tell_name");

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/map/limit", test_limit);
  anyio_test_add_func ("/map/no-limit", test_no_limit);
  core_add_ordered ("/map/failure", test_failure);
  anyio_test_add_func ("/map/names", test_names);

  return g_test_run ();
}
