/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls in worker threads, calls back from them, and portals, cancelled at each suspension point in turn: no thread is at work any more that should not be,
 * no result is lost or freed twice, and all tokens are back (SEMANTICS 1.5, 8.1, 8.2, I3, I24). */

#include "thread-test.h"

static gboolean
count (gpointer n, GError **error)
{
  ++*(guint *) n;

  return TRUE;
}

static void
assert_tokens_are_back (void)
{
  g_assert_cmpuint (anyio_capacity_limiter_get_borrowed_tokens (anyio_current_default_thread_limiter ()), ==, 0);
}

/* Three tasks and one token. */
static gboolean
call (gpointer n, GError **error)
{
  return anyio_to_thread (count, n, error);
}

static gboolean
call_in_turn (gpointer data, GError **error)
{
  guint numbers[3] = { 0, 0, 0 };
  gboolean success;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_capacity_limiter_set_total_tokens (anyio_current_default_thread_limiter (), 1);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    anyio_task_group_start_soon (group, call, &numbers[i], NULL);
  success = anyio_task_group_join (group, error);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_assert_true (numbers[i] == 1 || (!success && numbers[i] == 0));
  assert_tokens_are_back ();

  return success;
}

static int n_arguments; /* alive; atomic, as is: */
static int n_results;

static void
argument_free (gpointer argument)
{
  g_atomic_int_add (&n_arguments, -1);
  g_free (argument);
}

static void
result_free (gpointer result)
{
  g_atomic_int_add (&n_results, -1);
  g_free (result);
}

static Gate *gate_of_result; /* borrowed; NULL: nobody waits */

static gpointer
make_result (gpointer argument, GError **error)
{
  if (gate_of_result != NULL)
    gate_pass (gate_of_result);
  g_atomic_int_inc (&n_results);

  return g_strdup (argument);
}

static gboolean
abandon (gpointer data, GError **error)
{
  char *result;

  g_atomic_int_inc (&n_arguments);
  result = anyio_to_thread_abandon_on_cancel (make_result, g_strdup ("x"), argument_free, result_free, NULL, error);
  if (result != NULL)
    {
      g_assert_cmpstr (result, ==, "x");
      result_free (result);
    }

  return result != NULL && anyio_checkpoint (error);
}

/* Opens the gate, whatever happens. When it has passed its first checkpoint the call has been made; the second one comes while the worker stands at the gate. */
static gboolean
open_later (gpointer gate, GError **error)
{
  gboolean success = anyio_checkpoint (error);

  if (success)
    {
      gate_await (gate, 1);
      success = anyio_checkpoint (error);
    }
  gate_open (gate);

  return success;
}

/* Cancelled while the function runs, too. The run goes on until the worker has ended. */
static gboolean
abandon_and_stay (gpointer data, GError **error)
{
  GATE (gate);
  gboolean success;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  gate_of_result = &gate;
  anyio_task_group_start_soon (group, open_later, &gate, NULL);
  success = abandon (data, error);
  success = anyio_task_group_join (group, error) && success;
  {
    ANYIO_SHIELD_FOR (INFINITY);

    while (g_atomic_int_get (&n_arguments) > 0)
      g_assert_true (anyio_checkpoint (NULL)); /* what is lost hangs here */
    assert_tokens_are_back ();
  }
  gate_of_result = NULL;

  return success;
}

/* The worker and the loop may not have done with an abandoned call when the task goes on. */
static void
check_abandoned (guint n, const GError *error, gpointer data)
{
  while (g_atomic_int_get (&n_arguments) > 0 || g_atomic_int_get (&n_results) > 0)
    g_thread_yield (); /* what is lost hangs here */
  g_assert_cmpint (g_atomic_int_get (&n_arguments), ==, 0); /* once each: the counts are not negative */
  g_assert_cmpint (g_atomic_int_get (&n_results), ==, 0);
  if (n == 0)
    g_assert_no_error (error);
  else if (error != NULL)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static gboolean
sleep_a_second (gpointer data, GError **error)
{
  return anyio_sleep (1, error);
}

static gboolean
call_home (gpointer n, GError **error)
{
  return anyio_from_thread_call (count, n, error) && anyio_from_thread_run (sleep_a_second, NULL, error) && anyio_thread_check_cancelled (error);
}

static gboolean
call_there_and_back (gpointer data, GError **error)
{
  guint n = 0;
  gboolean success = anyio_to_thread (call_home, &n, error);

  g_assert_true (n == 1 || (!success && n == 0));
  assert_tokens_are_back ();

  return success;
}

static gboolean
yield_twice (gpointer data, GError **error)
{
  return anyio_checkpoint (error) && anyio_checkpoint (error);
}

static gboolean
become_ready (gpointer data, GError **error)
{
  return anyio_sleep (1, error) && anyio_task_started (NULL, error) && yield_twice (data, error);
}

static gboolean
use_portal (gpointer data, GError **error)
{
  AnyioPortal *portal = data;
  g_autoptr (AnyioPortalFuture) task = NULL;
  g_autoptr (AnyioPortalFuture) ready = NULL;
  guint n = 0;

  if (!anyio_portal_call (portal, count, &n, error) || !anyio_portal_run (portal, sleep_a_second, NULL, error))
    return FALSE;
  g_assert_cmpuint (n, ==, 1);
  task = anyio_portal_start_task_soon (portal, yield_twice, NULL, NULL, error);
  if (task == NULL)
    return FALSE;
  ready = anyio_portal_start_task (portal, become_ready, NULL, NULL, NULL, error);

  return ready != NULL && anyio_portal_future_wait (task, NULL, error) && anyio_portal_future_wait (ready, NULL, error);
}

static gboolean
serve_portal (gpointer data, GError **error)
{
  g_autoptr (AnyioPortal) portal = anyio_portal_open (error);

  return anyio_to_thread (use_portal, portal, error) && anyio_portal_join (portal, error);
}

static gboolean
stop_portal (gpointer portal, GError **error)
{
  anyio_portal_stop (portal, FALSE);

  return TRUE;
}

static gboolean
call_stop (gpointer portal, GError **error)
{
  return anyio_to_thread (stop_portal, portal, error);
}

static gboolean
serve_until_stopped (gpointer data, GError **error)
{
  g_autoptr (AnyioPortal) portal = anyio_portal_open (error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_start_soon (group, call_stop, portal, NULL);
  if (!anyio_portal_sleep_until_stopped (portal, error))
    return FALSE;
  g_assert_false (anyio_portal_is_running (portal));

  return anyio_task_group_join (group, error) && anyio_portal_join (portal, error);
}

static const struct
{
  const char *path;
  AnyioTaskFunc func;
  AnyioTestCheckFunc check;
  guint n_points; /* at least */
} cases[] = {
  { "/everywhere/to-thread/tokens-back", call_in_turn, NULL, 4 },
  { "/everywhere/abandon/each-freed-once", abandon, check_abandoned, 2 },
  { "/everywhere/abandon/tokens-back", abandon_and_stay, check_abandoned, 4 },
  { "/everywhere/from-thread/tokens-back", call_there_and_back, NULL, 2 },
  { "/everywhere/portal/nothing-left", serve_portal, NULL, 5 },
  { "/everywhere/portal-stop/nothing-left", serve_until_stopped, NULL, 3 },
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
