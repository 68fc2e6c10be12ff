/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every combinator, cancelled at each of its suspension points in turn: all tasks that it started have ended, and nothing is left (SEMANTICS 1.5, 3.1, I3). */

#include "../core/core-test.h"
#include "../core/jobs.h"

static int n_running; /* tasks that have begun and not ended */
static int n_done;    /* those that have succeeded */

/* A job that is counted, so that one that is still at work when the combinator returns is seen. */
static gboolean
work (gpointer data, GError **error)
{
  gboolean success;

  n_running++;
  success = do_job (data, error);
  n_running--;
  n_done += success ? 1 : 0;
  anyio_trace_clear ();

  return success;
}

#define PART(job) { (job).name, work, &(job) }

static gboolean
gather (gpointer data, GError **error)
{
  Job a = { "a", 2, NULL, 1 };
  Job b = { "b", 1 };
  const AnyioPart parts[] = { PART (a), PART (b) };
  gboolean success;

  n_done = 0;
  success = anyio_gather (parts, 2, error);
  g_assert_cmpint (n_running, ==, 0);
  g_assert_true (!success || n_done == 2);

  return success;
}

static gboolean
race (gpointer data, GError **error)
{
  Job a = { "a", 2, NULL, 1 };
  Job b = { "b", 1 };
  const AnyioPart parts[] = { PART (a), PART (b) };
  int winner = anyio_race (parts, 2, error);

  g_assert_cmpint (n_running, ==, 0);
  g_assert_true (winner == -1 || winner == 1);

  return winner >= 0;
}

static gboolean
first_success (gpointer data, GError **error)
{
  Job a = { "a", 1, "no a" };
  Job b = { "b", 9, NULL, 1 };
  Job c = { "c", 2 };
  const AnyioPart parts[] = { PART (a), PART (b), PART (c) };
  int winner = anyio_first_success (parts, 3, 2, error);

  g_assert_cmpint (n_running, ==, 0);
  g_assert_true (winner == -1 || winner == 2);

  return winner >= 0;
}

static gboolean
map (gpointer data, GError **error)
{
  Job jobs[] = { { "a", 1 }, { "b", 2 }, { "c", 1 }, { "d", 1 } };
  gboolean success;

  n_done = 0;
  success = anyio_map (work, jobs, sizeof jobs[0], G_N_ELEMENTS (jobs), 2, error);
  g_assert_cmpint (n_running, ==, 0);
  g_assert_true (!success || n_done == G_N_ELEMENTS (jobs));

  return success;
}

typedef struct
{
  guint n_calls;
  guint n_failures; /* how many calls fail */
} Service;

static gboolean
serve (gpointer data, GError **error)
{
  Service *self = data;

  self->n_calls++;
  if (!anyio_sleep (1, error))
    return FALSE;

  return self->n_calls > self->n_failures || fail_with (error, G_IO_ERROR_FAILED, "broken");
}

static const AnyioBackoff doubling = { .delay = 1, .factor = 2, .max_delay = 8, .max_attempts = 3 };

static gboolean
retry (gpointer data, GError **error)
{
  Service service = { 0, 2 };
  gboolean success = anyio_retry (serve, &service, NULL, &doubling, error);

  g_assert_true (!success || service.n_calls == 3);

  return success;
}

static void
ignore_failure (const GError *error, guint n_failures, gpointer data)
{
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
}

static gboolean
supervise (gpointer data, GError **error)
{
  Service service = { 0, 2 };
  AnyioSupervision self = { serve, &service, ANYIO_RESTART_ON_FAILURE, &doubling, INFINITY, ignore_failure };
  gboolean success = anyio_supervise (&self, error);

  g_assert_true (!success || service.n_calls == 3);

  return success;
}

static gpointer
load (gconstpointer key, gpointer data, GError **error)
{
  return anyio_sleep (1, error) ? g_strdup (key) : NULL;
}

static const AnyioCacheFuncs funcs = {
  g_str_hash, g_str_equal, (GBoxedCopyFunc) g_strdup, g_free, (GBoxedCopyFunc) g_strdup, g_free, load,
};

static gboolean
ask (gpointer cache, GError **error)
{
  g_autofree char *value = anyio_cache_get (cache, "key", error);

  return value != NULL;
}

/* The first loads for both; when it is cancelled alone, the second loads. */
static gboolean
cache (gpointer data, GError **error)
{
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, NULL, NULL);
  g_autoptr (AnyioTask) task = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  task = anyio_task_group_create_task (group, ask, cache, NULL);
  anyio_task_group_start_soon (group, ask, cache, NULL);
  if (!anyio_sleep (0.5, error))
    return FALSE;
  anyio_task_cancel (task, "the other loads");
  if (!anyio_task_group_join (group, error))
    return FALSE;
  g_assert_cmpuint (anyio_cache_get_size (cache), ==, 1);

  return ask (cache, error);
}

static const struct
{
  const char *path;
  AnyioTaskFunc func;
  AnyioTestCheckFunc check;
  guint n_points; /* at least */
} cases[] = {
  { "/everywhere/gather/all-ended", gather, NULL, 3 },
  { "/everywhere/race/all-ended", race, NULL, 3 },
  { "/everywhere/first-success/all-ended", first_success, NULL, 4 },
  { "/everywhere/map/all-ended", map, NULL, 5 },
  { "/everywhere/retry/nothing-left", retry, NULL, 5 },
  { "/everywhere/supervise/nothing-left", supervise, NULL, 5 },
  { "/everywhere/cache/loaded-or-not", cache, NULL, 4 },
};

static void
test_case (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  g_assert_cmpuint (anyio_test_cancel_everywhere (cases[i].func, NULL, cases[i].check), >=, cases[i].n_points);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, GUINT_TO_POINTER (i), test_case);

  return g_test_run ();
}
