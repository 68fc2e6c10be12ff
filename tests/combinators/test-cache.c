/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A cache whose values are loaded by tasks. */

#include "../core/core-test.h"
#include "../core/jobs.h"

typedef struct
{
  double delay;   /* seconds that a load takes */
  guint n_loads;
  gboolean fails; /* the next loads do */
} Source;

static gpointer
load (gconstpointer key, gpointer data, GError **error)
{
  Source *self = data;
  guint number = ++self->n_loads;

  anyio_trace ("%s?", (const char *) key);
  if (!anyio_sleep (self->delay, error))
    {
      anyio_trace ("%s!", (const char *) key);
      return NULL;
    }
  if (self->fails)
    {
      fail_with (error, G_IO_ERROR_NOT_FOUND, "not there");
      return NULL;
    }

  return g_strdup_printf ("%s%u", (const char *) key, number);
}

static const AnyioCacheFuncs funcs = {
  g_str_hash, g_str_equal, (GBoxedCopyFunc) g_strdup, g_free, (GBoxedCopyFunc) g_strdup, g_free, load,
};

static void
assert_gets (AnyioCache *cache, const char *key, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *value = anyio_cache_get (cache, key, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (value, ==, expected);
}

static gboolean
test_kept (gpointer data, GError **error)
{
  Source source = { 1 };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);

  g_test_summary ("A value is loaded once and kept");

  assert_gets (cache, "a", "a1");
  assert_gets (cache, "a", "a1");
  assert_gets (cache, "b", "b2");
  assert_time (2);
  g_assert_cmpuint (anyio_cache_get_size (cache), ==, 2);
  g_assert_cmpuint (anyio_cache_get_n_hits (cache), ==, 1);
  g_assert_cmpuint (anyio_cache_get_n_misses (cache), ==, 2);
  anyio_trace_clear ();

  return TRUE;
}

typedef struct
{
  AnyioCache *cache;
  const char *name;
  double timeout; /* seconds; 0: none */
} Asker;

static gboolean
ask (gpointer data, GError **error)
{
  const Asker *self = data;
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (self->timeout > 0 ? self->timeout : INFINITY);
  g_autofree char *value = anyio_cache_get (self->cache, "k", &failure);

  if (value != NULL)
    anyio_trace ("%s=%s", self->name, value);
  else if (anyio_error_is_cancelled (failure))
    anyio_trace ("%s!", self->name);
  else
    anyio_trace ("%s:%s", self->name, failure->message);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure) || !anyio_error_is_cancelled (failure));

  return TRUE;
}

static void
ask_all (AnyioCache *cache, Asker *askers, guint n)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  for (guint i = 0; i < n; i++)
    {
      askers[i].cache = cache;
      anyio_task_group_start_soon (group, ask, &askers[i], NULL);
    }
  assert_joins (group);
}

static gboolean
test_single_flight (gpointer data, GError **error)
{
  Source source = { 1 };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);
  Asker askers[] = { { .name = "x" }, { .name = "y" }, { .name = "z" } };

  g_test_summary ("Those who ask while a value is being loaded wait for that load");

  ask_all (cache, askers, G_N_ELEMENTS (askers));
  anyio_assert_trace ("k? x=k1 y=k1 z=k1");
  g_assert_cmpuint (anyio_cache_get_n_hits (cache), ==, 2);
  assert_time (1);
  g_assert_cmpuint (source.n_loads, ==, 1);

  return TRUE;
}

static gboolean
test_loader_cancelled (gpointer data, GError **error)
{
  Source source = { 2 };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);
  Asker askers[] = { { .name = "x", .timeout = 1 }, { .name = "y" }, { .name = "z" } };

  g_test_summary ("If the one that loads is cancelled the next one loads, and the others go on waiting");

  ask_all (cache, askers, G_N_ELEMENTS (askers));
  anyio_assert_trace ("k? k! x! k? y=k2 z=k2");
  assert_time (3);
  g_assert_cmpuint (anyio_cache_get_n_misses (cache), ==, 2);
  g_assert_cmpuint (anyio_cache_get_n_hits (cache), ==, 1);

  return TRUE;
}

static gboolean
test_waiter_cancelled (gpointer data, GError **error)
{
  Source source = { 2 };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);
  Asker askers[] = { { .name = "x" }, { .name = "y", .timeout = 1 }, { .name = "z" } };

  g_test_summary ("Cancelling one that waits disturbs nobody");

  ask_all (cache, askers, G_N_ELEMENTS (askers));
  anyio_assert_trace ("k? y! x=k1 z=k1");

  return TRUE;
}

static gboolean
test_all_cancelled (gpointer data, GError **error)
{
  Source source = { 2 };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);
  Asker askers[] = { { .name = "x", .timeout = 1 }, { .name = "y", .timeout = 1 } };

  g_test_summary ("If all are cancelled nothing is left behind, and the next one loads anew");

  ask_all (cache, askers, G_N_ELEMENTS (askers));
  g_assert_cmpuint (anyio_cache_get_size (cache), ==, 0);
  assert_gets (cache, "k", "k2");
  anyio_trace_clear ();

  return TRUE;
}

static gboolean
test_failure (gpointer data, GError **error)
{
  Source source = { 1, .fails = TRUE };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);
  Asker askers[] = { { .name = "x" }, { .name = "y" } };

  g_test_summary ("A failure comes to all who wait and is not kept");

  ask_all (cache, askers, G_N_ELEMENTS (askers));
  anyio_assert_trace ("k? x:not there y:not there");
  source.fails = FALSE;
  assert_gets (cache, "k", "k2");

  return TRUE;
}

static gboolean
test_max_size (gpointer data, GError **error)
{
  Source source = { 0 };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);

  g_test_summary ("The value that was used longest ago goes first");

  anyio_cache_set_max_size (cache, 2);
  assert_gets (cache, "a", "a1");
  assert_gets (cache, "b", "b2");
  assert_gets (cache, "a", "a1");
  assert_gets (cache, "c", "c3");
  assert_gets (cache, "a", "a1");
  assert_gets (cache, "b", "b4");
  g_assert_cmpuint (anyio_cache_get_size (cache), ==, 2);
  anyio_cache_set_max_size (cache, 1);
  g_assert_cmpuint (anyio_cache_get_size (cache), ==, 1);
  assert_gets (cache, "b", "b4");
  anyio_trace_clear ();

  return TRUE;
}

static gboolean
test_max_age (gpointer data, GError **error)
{
  Source source = { 0 };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);
  g_autofree char *value = NULL;

  g_test_summary ("A value that is too old is loaded anew; using it does not make it younger");

  anyio_cache_set_max_age (cache, 10);
  assert_gets (cache, "a", "a1");
  assert_sleeps (9);
  assert_gets (cache, "a", "a1");
  value = anyio_cache_peek (cache, "a");
  g_assert_cmpstr (value, ==, "a1");
  assert_sleeps (1);
  g_assert_null (anyio_cache_peek (cache, "a"));
  assert_gets (cache, "a", "a2");
  anyio_trace_clear ();

  return TRUE;
}

static gboolean
test_removed (gpointer data, GError **error)
{
  Source source = { 1 };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);
  Asker asker = { .cache = cache, .name = "x" };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("A value that is removed while it is being loaded goes to who waits and is not kept");

  assert_gets (cache, "a", "a1");
  g_assert_true (anyio_cache_remove (cache, "a"));
  g_assert_false (anyio_cache_remove (cache, "a"));
  anyio_task_group_start_soon (group, ask, &asker, NULL);
  g_assert_true (anyio_checkpoint (error));
  g_assert_true (anyio_cache_remove (cache, "k"));
  assert_gets (cache, "k", "k3");
  assert_joins (group);
  anyio_assert_trace ("a? k? k? x=k2");
  assert_gets (cache, "k", "k3");

  return TRUE;
}

static gboolean
test_cancelled_scope (gpointer data, GError **error)
{
  Source source = { 0 };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 1.6: in a cancelled scope not even a value that is there is given");

  assert_gets (cache, "a", "a1");
  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_null (anyio_cache_get (cache, "a", &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  anyio_trace_clear ();

  return TRUE;
}

static gpointer
load_itself (gconstpointer key, gpointer cache, GError **error)
{
  return anyio_cache_get (*(AnyioCache **) cache, key, error);
}

static gboolean
test_loads_itself (gpointer data, GError **error)
{
  AnyioCacheFuncs recursive = funcs;
  g_autoptr (AnyioCache) cache = NULL;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 11.1: a load that asks for its own key would wait for itself, and is told so");

  recursive.load = load_itself;
  cache = anyio_cache_new (&recursive, &cache, NULL);
  expect_critical ("*waits for a value that it is loading itself*");
  g_assert_null (anyio_cache_get (cache, "a", &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return TRUE;
}

/* A copy function that throws the entry out which is being filled. */
static AnyioCache *clumsy_cache;

static gpointer
copy_and_remove (gpointer value)
{
  anyio_cache_remove_all (clumsy_cache);

  return g_strdup (value);
}

static gboolean
test_copy_removes (gpointer data, GError **error)
{
  Source source = { 1 };
  AnyioCacheFuncs clumsy = funcs;
  g_autoptr (AnyioCache) cache = NULL;

  g_test_summary ("A copy function may call the cache: what it removed is not kept");

  clumsy.value_copy = copy_and_remove;
  clumsy_cache = cache = anyio_cache_new (&clumsy, &source, NULL);
  assert_gets (cache, "a", "a1");
  g_assert_cmpuint (anyio_cache_get_size (cache), ==, 0);
  assert_gets (cache, "a", "a2");
  anyio_trace_clear ();

  return TRUE;
}

static gpointer
use_in_thread (gpointer data)
{
  AnyioCache *cache = data;

  g_assert_null (anyio_cache_peek (cache, "a"));
  g_assert_false (anyio_cache_remove (cache, "a"));
  anyio_cache_remove_all (cache);
  anyio_cache_set_max_size (cache, 1);

  return NULL;
}

static gboolean
get_in_run (gpointer data, GError **error)
{
  g_autofree char *value = anyio_cache_get (data, "a", error);

  g_assert_null (value);

  return FALSE;
}

static gpointer
run_in_thread (gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (anyio_run (get_in_run, data, &error));
  g_assert_error (error, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return NULL;
}

static gboolean
test_other_thread (gpointer data, GError **error)
{
  Source source = { 1 };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);

  g_test_summary ("SEMANTICS 11.1: it belongs to the thread that used it first; use in another one is misuse, and does nothing");

  assert_gets (cache, "a", "a1");
  assert_gets (cache, "b", "b2");
  for (guint i = 0; i < 5; i++)
    g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "anyio_cache_*another thread than that which uses this AnyioCache*");
  g_thread_join (g_thread_new ("use", use_in_thread, cache));
  g_thread_join (g_thread_new ("run", run_in_thread, cache));
  g_test_assert_expected_messages ();
  g_assert_cmpuint (anyio_cache_get_size (cache), ==, 2);
  anyio_trace_clear ();

  return TRUE;
}

static gpointer
load_again (gconstpointer key, gpointer data, GError **error)
{
  AnyioCache **cache = data;
  g_autoptr (GError) failure = NULL;

  if (!anyio_sleep (1, error))
    return NULL;
  expect_critical ("*loading itself*");
  g_assert_null (anyio_cache_get (*cache, key, &failure));
  g_test_assert_expected_messages ();
  g_assert_error (failure, ANYIO_ERROR, ANYIO_ERROR_MISUSE);

  return g_strdup ("own");
}

static gboolean
test_next_loads_itself (gpointer data, GError **error)
{
  AnyioCacheFuncs again = funcs;
  g_autoptr (AnyioCache) cache = NULL;
  Asker askers[] = { { .name = "x", .timeout = 0.5 }, { .name = "y" } };

  g_test_summary ("SEMANTICS 11.1: the one that took over the load is told, too, if it asks for its own key");

  again.load = load_again;
  cache = anyio_cache_new (&again, &cache, NULL);
  ask_all (cache, askers, G_N_ELEMENTS (askers));
  anyio_assert_trace ("x! y=own");

  return TRUE;
}

static gboolean
test_loaded_late (gpointer data, GError **error)
{
  Source source = { 1 };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);

  g_test_summary ("The age of a value counts from its load");

  anyio_cache_set_max_age (cache, 10);
  assert_sleeps (100);
  assert_gets (cache, "a", "a1");
  assert_gets (cache, "a", "a1");
  anyio_assert_trace ("a?");

  return TRUE;
}

static gboolean
test_peek (gpointer data, GError **error)
{
  Source source = { 1 };
  g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, &source, NULL);
  g_autofree char *seen = NULL;

  g_test_summary ("A look is no use: it counts as no hit, and makes no value younger");

  anyio_cache_set_max_size (cache, 2);
  assert_gets (cache, "a", "a1");
  assert_gets (cache, "b", "b2");
  seen = anyio_cache_peek (cache, "a");
  g_assert_cmpstr (seen, ==, "a1");
  g_assert_cmpuint (anyio_cache_get_n_hits (cache), ==, 0);
  assert_gets (cache, "c", "c3");
  g_assert_null (anyio_cache_peek (cache, "a"));
  anyio_trace_clear ();

  return TRUE;
}

static gpointer
load_nothing (gconstpointer key, gpointer data, GError **error)
{
  return NULL;
}

static gboolean
test_no_error (gpointer data, GError **error)
{
  AnyioCacheFuncs silent = funcs;
  g_autoptr (AnyioCache) cache = NULL;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("A load that says nothing about its failure has failed");

  silent.load = load_nothing;
  cache = anyio_cache_new (&silent, NULL, NULL);
  g_assert_null (anyio_cache_get (cache, "a", &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_FAILED);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/cache/kept", test_kept);
  core_add_ordered ("/cache/single-flight", test_single_flight);
  core_add_ordered ("/cache/loader-cancelled", test_loader_cancelled);
  core_add_ordered ("/cache/waiter-cancelled", test_waiter_cancelled);
  core_add_ordered ("/cache/all-cancelled", test_all_cancelled);
  core_add_ordered ("/cache/failure", test_failure);
  anyio_test_add_func ("/cache/max-size", test_max_size);
  anyio_test_add_func ("/cache/max-age", test_max_age);
  core_add_ordered ("/cache/removed", test_removed);
  anyio_test_add_func ("/cache/cancelled-scope", test_cancelled_scope);
  anyio_test_add_func ("/cache/loads-itself", test_loads_itself);
  anyio_test_add_func ("/cache/copy-removes", test_copy_removes);
  anyio_test_add_func ("/cache/other-thread", test_other_thread);
  core_add_ordered ("/cache/next-loads-itself", test_next_loads_itself);
  anyio_test_add_func ("/cache/loaded-late", test_loaded_late);
  anyio_test_add_func ("/cache/peek", test_peek);
  anyio_test_add_func ("/cache/no-error", test_no_error);

  return g_test_run ();
}
