/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Delays between attempts, and trying again. */

#include "../core/core-test.h"
#include "../core/jobs.h"

static const AnyioBackoff doubling = { .delay = 1, .factor = 2, .max_delay = 5 };

static void
test_delays (void)
{
  AnyioBackoff jittery = { .delay = 1, .factor = 2, .max_delay = 5, .jitter = 0.5 };
  const AnyioBackoff none = { .delay = 0, .factor = 2, .max_delay = 5 };
  const double expected[] = { 1, 2, 4, 5, 5 };
  gboolean differs = FALSE;

  g_test_summary ("Delays grow up to a bound; chance shortens them, but never by more than its part");

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpfloat (anyio_backoff_get_delay (&doubling, i + 1), ==, expected[i]);
  for (guint i = 0; i < 1000; i++)
    {
      double delay = anyio_backoff_get_delay (&jittery, 3);

      g_assert_cmpfloat (delay, >, 2);
      g_assert_cmpfloat (delay, <=, 4);
      differs = differs || delay != anyio_backoff_get_delay (&jittery, 3);
    }
  g_assert_true (differs);
  g_assert_cmpfloat (anyio_backoff_get_delay (&doubling, G_MAXUINT), ==, 5);
  g_assert_cmpfloat (anyio_backoff_get_delay (&none, 2000), ==, 0);
}

typedef struct
{
  guint n_attempts;
  guint n_failures; /* how many attempts fail */
} Attempts;

static gboolean
attempt (gpointer data, GError **error)
{
  Attempts *self = data;
  g_autofree char *message = g_strdup_printf ("failure %u", self->n_attempts + 1);

  if (self->n_attempts++ < self->n_failures)
    return fail_with (error, G_IO_ERROR_CONNECTION_REFUSED, message);

  return TRUE;
}

static gboolean
test_succeeds (gpointer data, GError **error)
{
  Attempts self = { 0, 3 };

  g_test_summary ("The user story: seven seconds of back-off take no real time");

  g_assert_true (anyio_retry (attempt, &self, NULL, &doubling, error));
  g_assert_cmpuint (self.n_attempts, ==, 4);
  assert_time (7);

  return TRUE;
}

static gboolean
test_gives_up (gpointer data, GError **error)
{
  AnyioBackoff backoff = doubling;
  Attempts self = { 0, 100 };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("After the last attempt its error comes out, without another delay");

  backoff.max_attempts = 3;
  g_assert_false (anyio_retry (attempt, &self, NULL, &backoff, &failure));
  assert_and_clear (&failure, G_IO_ERROR_CONNECTION_REFUSED, "failure 3");
  assert_time (3);

  return TRUE;
}

static gboolean
until_second (const GError *error, guint n_failures, gpointer data)
{
  const Attempts *self = data;

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_cmpuint (n_failures, ==, self->n_attempts);

  return n_failures < 2;
}

static gboolean
test_decides (gpointer data, GError **error)
{
  Attempts self = { 0, 100 };
  g_autoptr (GError) failure = NULL;

  g_test_summary ("The caller decides which failures are worth another attempt");

  g_assert_false (anyio_retry (attempt, &self, until_second, &doubling, &failure));
  assert_and_clear (&failure, G_IO_ERROR_CONNECTION_REFUSED, "failure 2");
  assert_time (1);

  return TRUE;
}

static gboolean
test_cancelled (gpointer data, GError **error)
{
  Attempts self = { 0, 100 };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (2);

  g_test_summary ("SEMANTICS 2.2: a cancellation ends it, in a delay");

  assert_is_cancelled (anyio_retry (attempt, &self, NULL, &doubling, &failure), failure);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  g_assert_cmpuint (self.n_attempts, ==, 2);
  assert_time (2);

  return TRUE;
}

static gboolean
test_cancelled_attempt (gpointer data, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (2);

  g_test_summary ("SEMANTICS 2.2: an attempt that is cancelled is not repeated");

  assert_is_cancelled (anyio_retry (sleep_forever, NULL, NULL, &doubling, &failure), failure);
  g_assert_true (anyio_cancel_scope_exit (scope, &failure));
  assert_time (2);

  return TRUE;
}

static gboolean
dismiss (gpointer data, GError **error)
{
  ++*(guint *) data;

  return fail_with (error, G_IO_ERROR_CANCELLED, "dismissed");
}

static gboolean
test_stray (gpointer data, GError **error)
{
  guint n_attempts = 0;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("SEMANTICS 11.7: a stray CANCELLED is not repeated either");

  g_assert_false (anyio_retry (dismiss, &n_attempts, NULL, &doubling, &failure));
  assert_and_clear (&failure, G_IO_ERROR_CANCELLED, "dismissed");
  g_assert_cmpuint (n_attempts, ==, 1);

  return TRUE;
}

static gboolean
fail_silently (gpointer data, GError **error)
{
  return FALSE;
}

static gboolean
test_no_error (gpointer data, GError **error)
{
  AnyioBackoff backoff = doubling;
  g_autoptr (GError) failure = NULL;

  g_test_summary ("An attempt that says nothing about its failure has failed");

  backoff.max_attempts = 2;
  g_assert_false (anyio_retry (fail_silently, NULL, NULL, &backoff, &failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_FAILED);
  assert_time (1);

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/backoff/delays", test_delays);
  anyio_test_add_func ("/retry/succeeds", test_succeeds);
  anyio_test_add_func ("/retry/gives-up", test_gives_up);
  anyio_test_add_func ("/retry/decides", test_decides);
  anyio_test_add_func ("/retry/cancelled", test_cancelled);
  anyio_test_add_func ("/retry/cancelled-attempt", test_cancelled_attempt);
  anyio_test_add_func ("/retry/stray-cancellation", test_stray);
  anyio_test_add_func ("/retry/no-error", test_no_error);

  return g_test_run ();
}
