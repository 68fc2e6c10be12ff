/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Schedule seeds: 0 is the order of spawning (I21), a seed repeats its run (I22), and seeds differ. */

#include <anyio-testing.h>

#define N_TASKS  5
#define N_ROUNDS 3

static gboolean
trace_rounds (gpointer user_data,
              GError **error)
{
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      anyio_trace ("%c%u", 'a' + GPOINTER_TO_INT (user_data), i);
      if (!anyio_checkpoint (error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
run_tasks (gpointer user_data,
           GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (int i = 0; i < N_TASKS; i++)
    anyio_task_group_start_soon (group, trace_rounds, GINT_TO_POINTER (i), NULL);

  return anyio_task_group_join (group, error);
}

static char *
trace_of (guint seed)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (anyio_test_run (run_tasks, NULL, seed, &error));
  g_assert_no_error (error);

  return g_strdup (anyio_trace_get ());
}

#define SPAWN_ORDER "a0 b0 c0 d0 e0 a1 b1 c1 d1 e1 a2 b2 c2 d2 e2"

static void
test_zero (void)
{
  g_autofree char *trace = trace_of (0);

  g_test_summary ("Seed 0 is spawn order (I21, SEMANTICS 1.2)");

  g_assert_cmpstr (trace, ==, SPAWN_ORDER);
}

static int
compare_words (gconstpointer a,
               gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/* Each round is one batch: a permutation of the five, and no task gets ahead of the others. */
static void
assert_rounds (const char *trace)
{
  g_auto (GStrv) words = g_strsplit (trace, " ", -1);

  g_assert_cmpuint (g_strv_length (words), ==, N_TASKS * N_ROUNDS);
  for (guint round = 0; round < N_ROUNDS; round++)
    {
      qsort (words + round * N_TASKS, N_TASKS, sizeof *words, compare_words);
      for (guint i = 0; i < N_TASKS; i++)
        {
          g_assert_cmpint (words[round * N_TASKS + i][0], ==, 'a' + (int) i);
          g_assert_cmpint (words[round * N_TASKS + i][1], ==, '0' + (int) round);
        }
    }
}

static void
test_others (void)
{
  g_autoptr (GHashTable) traces = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_test_summary ("A seed permutes each batch, and the same seed gives the same trace (I22)");

  for (guint seed = 1; seed <= 20; seed++)
    {
      g_autofree char *first = trace_of (seed);
      g_autofree char *second = trace_of (seed);

      g_assert_cmpstr (first, ==, second);
      assert_rounds (first);
      g_hash_table_add (traces, g_steal_pointer (&first));
    }
  /* There are 120^3 of them. */
  g_assert_cmpuint (g_hash_table_size (traces), >=, 19);
}

static gboolean
run_and_compare (gpointer user_data,
                 GError **error)
{
  if (!run_tasks (NULL, error))
    return FALSE;
  g_assert_cmpstr (anyio_trace_get (), ==, user_data);

  return TRUE;
}

/* Registered tests take the seed of the environment, which main() sets before anything runs. */
#define SEED_OF_ENVIRONMENT 12345

int
main (int argc,
      char *argv[])
{
  g_setenv ("ANYIO_SCHEDULE_SEED", G_STRINGIFY (SEED_OF_ENVIRONMENT), TRUE);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/seeds/zero/is-spawn-order", test_zero);
  g_test_add_func ("/seeds/others/permute-and-repeat", test_others);
  anyio_test_add_data_func ("/seeds/environment/is-obeyed", trace_of (SEED_OF_ENVIRONMENT), run_and_compare, g_free);

  return g_test_run ();
}
