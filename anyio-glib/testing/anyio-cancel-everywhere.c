/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cancellation at every suspension point, one run for each. What is wrong with cleanup code shows only when the cancellation strikes at the right place, and there are
 * only so many places.
 *
 * The function runs inside a cancel scope of the sweep. Whenever a task of the run is about to suspend, whichever task that is, the clock is told; the sweep counts, and
 * cancels its scope at the n-th. So the cancellation strikes at every state that the run as a whole goes through, also while only children are at work. As
 * the scope is cancelled before the operation begins, the operation must not have any effect (SEMANTICS 1.6).
 *
 * Costs as many runs as there are suspension points, hence the square of their number in all.
 */

#include "anyio-testing.h"

#include "anyio-complaints-private.h"
#include "anyio-test-run-private.h"
#include "anyio-virtual-clock-private.h"

#define MOST_POINTS 100000

typedef struct
{
  AnyioTaskFunc func;
  gpointer user_data;
  guint n;                 /* where to strike */
  guint n_points;          /* that the run has come to */
  AnyioCancelScope *scope; /* borrowed; NULL while func does not run */
  GError *result;          /* what func returned; owned; NULL */
  GError *rest;            /* what remains of it when the scope has absorbed its own cancellation; owned; NULL */
} Sweep;

static void
strike (gpointer data)
{
  Sweep *self = data;

  if (self->scope != NULL && ++self->n_points == self->n)
    anyio_cancel_scope_cancel (self->scope, "anyio_test_cancel_everywhere");
}

static gboolean
run_in_scope (gpointer data,
              GError **error)
{
  Sweep *self = data;
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();

  anyio_cancel_scope_enter (scope);
  self->scope = scope;
  if (!self->func (self->user_data, &self->result) && self->result == NULL)
    self->result = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "The function returned FALSE without setting an error");
  self->scope = NULL;
  if (self->result != NULL)
    self->rest = g_error_copy (self->result);
  anyio_cancel_scope_exit (scope, &self->rest);

  return TRUE;
}

/* One run; returns how many points it came to. */
static guint
run (Sweep *self,
     AnyioTestCheckFunc check,
     guint seed,
     GString *complaints)
{
  g_autoptr (AnyioClock) clock = anyio_virtual_clock_new ();
  g_autoptr (GError) error = NULL;

  self->n_points = 0;
  anyio_virtual_clock_set_suspending_func (ANYIO_VIRTUAL_CLOCK (clock), strike, self);
  if (!anyio_test_run_once ("anyio_test_cancel_everywhere", run_in_scope, self, seed, clock, complaints, &error))
    anyio_complain_error (complaints, "the run", error);
  else if (check != NULL)
    check (self->n_points >= self->n ? self->n : 0, self->result, self->user_data);
  else if (self->rest != NULL)
    anyio_complain_error (complaints, "the function", self->rest);
  g_clear_error (&self->result);
  g_clear_error (&self->rest);

  return self->n_points;
}

/**
 * anyio_test_cancel_everywhere: (skip)
 * @func: the function
 * @user_data: its argument
 * @check: (nullable): judges the result of each run
 *
 * Runs @func again and again as anyio_test_run() does, cancelled at the first suspension point, at the second, and so on, until it comes
 * through without having been cancelled. A suspension point counts in whichever task of the run it is. Call it in a GLib test that is no task.
 *
 * The test fails if a run leaves something behind. If there is no @check, it also fails if @func fails in any other way than with the cancellation; that it succeeds is fine, as
 * it may have had nothing to lose any more. Each failure tells the number of the suspension point.
 *
 * ```c
 * #include <anyio-testing.h>
 *
 * gboolean copy_file (gpointer data, GError **error);
 *
 * static void
 * test_copy_cancelled (void)
 * {
 *   g_assert_cmpuint (anyio_test_cancel_everywhere (copy_file, NULL, NULL), >, 2);
 * }
 * ```
 *
 * Returns: the number of suspension points of the last run
 *
 * Since: 0.1
 */
guint
anyio_test_cancel_everywhere (AnyioTaskFunc func,
                              gpointer user_data,
                              AnyioTestCheckFunc check)
{
  Sweep self = { .func = func, .user_data = user_data };
  guint seed = anyio_test_get_seed ();
  g_autoptr (GString) all = g_string_new (NULL);
  guint n_points;

  do
    {
      g_autoptr (GString) complaints = g_string_new (NULL);

      self.n++;
      g_test_message ("Run %u of the sweep", self.n); /* a failed assertion ends the program, and this is what tells where */
      n_points = run (&self, check, seed, complaints);
      if (complaints->len > 0 && n_points >= self.n)
        anyio_complain (all, "cancelled at suspension point %u: %s", self.n, complaints->str);
      else if (complaints->len > 0)
        anyio_complain (all, "not cancelled: %s", complaints->str);
    }
  while (n_points >= self.n && self.n < MOST_POINTS);

  if (n_points >= self.n)
    anyio_complain (all, "no end after %u suspension points", self.n);
  anyio_complaints_fail (all, "", seed);

  return n_points;
}
