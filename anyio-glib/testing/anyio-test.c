/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GLib tests whose body is a task. Each has its own context and clock, so that no test sees another one's sources, timers or time, and each leaves nothing behind.
 *
 * What a library makes once per process and keeps, a connection to the bus for instance, counts as left in the test that first
 * needs it: make it before the tests run.
 */

#include "anyio-testing.h"

#include "anyio-complaints-private.h"
#include "anyio-test-run-private.h"

typedef struct
{
  char *path; /* also the main task's name */
  AnyioTaskFunc func;
  gpointer user_data;
  GDestroyNotify destroy; /* NULL */
  gboolean is_real_time;
} TestCase;

/* GLib frees the data of a test only after that test has run, and forgets it otherwise; kept here, it is at least no leak. Of TestCase, borrowed. */
static GPtrArray *test_cases;

static void
test_case_free (gpointer data)
{
  TestCase *self = data;

  g_ptr_array_remove_fast (test_cases, self);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self->path);
  g_free (self);
}

static void
test_case_run (gconstpointer data)
{
  const TestCase *self = data;
  g_autoptr (AnyioClock) clock = self->is_real_time ? NULL : anyio_virtual_clock_new ();
  g_autoptr (GString) complaints = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  guint seed = anyio_test_get_seed ();

  if (!anyio_test_run_once (self->path, self->func, self->user_data, seed, clock, complaints, &error))
    anyio_complain_error (complaints, "the function", error);
  anyio_complaints_fail (complaints, "", seed);
}

static void
add (const char *path,
     gpointer user_data,
     AnyioTaskFunc func,
     GDestroyNotify destroy,
     gboolean is_real_time)
{
  TestCase *self = g_new (TestCase, 1);

  *self = (TestCase){ g_strdup (path), func, user_data, destroy, is_real_time };
  if (test_cases == NULL)
    test_cases = g_ptr_array_new ();
  g_ptr_array_add (test_cases, self);
  g_test_add_data_func_full (path, self, test_case_run, test_case_free);
}

/**
 * anyio_test_add_func: (skip)
 * @path: the test's path
 * @func: its body
 *
 * Adds a GLib test that runs @func as the main task on a context of its own, by a virtual clock that starts at 0, in the order that
 * `ANYIO_SCHEDULE_SEED` gives. The test fails if @func fails, or if it leaves something behind: a source in the context, a descriptor
 * (or closes one that it did not open), a #GCancellable, an #AnyioTask, #AnyioTaskGroup or #AnyioCancelScope.
 *
 * Since: 0.1
 */
void
anyio_test_add_func (const char *path,
                     AnyioTaskFunc func)
{
  add (path, NULL, func, NULL, FALSE);
}

/**
 * anyio_test_add_data_func: (skip)
 * @path: the test's path
 * @user_data: an argument for @func
 * @func: its body
 * @destroy: (nullable): frees @user_data when the test has run
 *
 * Does what anyio_test_add_func() does, with an argument.
 *
 * Since: 0.1
 */
void
anyio_test_add_data_func (const char *path,
                          gpointer user_data,
                          AnyioTaskFunc func,
                          GDestroyNotify destroy)
{
  add (path, user_data, func, destroy, FALSE);
}

/**
 * anyio_test_add_func_real_time: (skip)
 * @path: the test's path
 * @func: its body
 *
 * Does what anyio_test_add_func() does, by the monotonic clock of the system.
 *
 * Since: 0.1
 */
void
anyio_test_add_func_real_time (const char *path,
                               AnyioTaskFunc func)
{
  add (path, NULL, func, NULL, TRUE);
}

/**
 * anyio_test_run: (skip)
 * @func: the body
 * @user_data: its argument
 * @seed: the seed of the order in which tasks run; 0 is the order of spawning
 * @error: return location for an error
 *
 * Runs @func as anyio_test_add_func() does, from inside a GLib test that is no task, for tests that run something several times. What the run leaves behind
 * fails the running GLib test; what becomes of the error is the caller's choice.
 *
 * Errors: those of @func; %ANYIO_ERROR_DEADLOCK.
 *
 * Returns: %TRUE if @func succeeded
 *
 * Since: 0.1
 */
gboolean
anyio_test_run (AnyioTaskFunc func,
                gpointer user_data,
                guint seed,
                GError **error)
{
  g_autoptr (AnyioClock) clock = anyio_virtual_clock_new ();
  g_autoptr (GString) complaints = g_string_new (NULL);
  gboolean success = anyio_test_run_once ("anyio_test_run", func, user_data, seed, clock, complaints, error);

  anyio_complaints_fail (complaints, "", seed);

  return success;
}
