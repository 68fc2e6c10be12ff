/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where GCancellables come from and go to: the pool of clean ones, those that scopes hand out, foreign ones that are linked. */

#include "fake-operation.h"

/* Awaits a call that succeeds. Returns its cancellable, which may be gone: for comparing only. */
static gpointer
one_call (void)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  GCancellable *cancellable = anyio_call_begin (&call);

  fake_soon_async (1, cancellable, anyio_call_ready, &call);
  g_assert_cmpint (fake_finish (anyio_call_await (&call), NULL), ==, 1);

  return cancellable;
}

static gboolean
clean (gpointer user_data,
       GError **error)
{
  gpointer cancellable = one_call ();

  g_test_summary ("2.16: a cancellable that was not cancelled and that nobody holds is used again");

  g_object_add_weak_pointer (cancellable, &cancellable);
  for (int i = 0; i < 3; i++)
    g_assert_true (one_call () == cancellable);
  g_assert_nonnull (cancellable);
  g_object_remove_weak_pointer (cancellable, &cancellable);

  return TRUE;
}

static gboolean
held (gpointer user_data,
      GError **error)
{
  g_autoptr (GCancellable) kept = NULL;

  g_test_summary ("2.16: one that somebody still holds is not used again");

  {
    g_auto (AnyioCall) call = ANYIO_CALL_INIT;

    kept = g_object_ref (anyio_call_begin (&call));
    fake_soon_async (1, kept, anyio_call_ready, &call);
    g_assert_cmpint (fake_finish (anyio_call_await (&call), error), ==, 1);
  }
  g_assert_true (one_call () != (gpointer) kept);
  g_assert_cmpuint (G_OBJECT (kept)->ref_count, ==, 1);
  g_assert_false (g_cancellable_is_cancelled (kept));

  return TRUE;
}

static gboolean
was_cancelled (gpointer user_data,
               GError **error)
{
  g_autoptr (GCancellable) kept = NULL;

  g_test_summary ("2.16: a cancelled one is never reset and never used again");

  {
    g_auto (Fake) fake = { .value_if_cancelled = 1 };
    g_auto (AnyioCall) call = ANYIO_CALL_INIT;

    fake_async (&fake, ANYIO_CALL (&call));
    kept = g_object_ref (fake.cancellable);
  }
  g_assert_true (g_cancellable_is_cancelled (kept));
  g_assert_true (one_call () != (gpointer) kept);
  g_assert_true (g_cancellable_is_cancelled (kept));

  return TRUE;
}

static gboolean
calls_under_way (gpointer user_data,
                 GError **error)
{
  AnyioCall calls[100] = { ANYIO_CALL_INIT };
  g_autoptr (GHashTable) cancellables = g_hash_table_new (NULL, NULL);

  g_test_summary ("2.16: calls that are under way at the same time never share one");

  for (int round = 0; round < 2; round++)
    {
      g_hash_table_remove_all (cancellables);
      for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
        {
          GCancellable *cancellable = anyio_call_begin (&calls[i]);

          g_assert_true (g_hash_table_add (cancellables, cancellable));
          g_assert_false (g_cancellable_is_cancelled (cancellable));
          fake_soon_async (1, cancellable, anyio_call_ready, &calls[i]);
        }
      for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
        {
          g_assert_cmpint (fake_finish (anyio_call_await (&calls[i]), error), ==, 1);
          anyio_call_clear (&calls[i]);
        }
    }

  return TRUE;
}

/* --- outwards ------------------------------------------------------------------------------------------------------------------------------- */

static void
count_cb (GCancellable *cancellable,
          gpointer user_data)
{
  g_assert_null (anyio_get_current_task ());
  ++*(guint *) user_data;
}

static gboolean
handed_out (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);
  GCancellable *cancellable = anyio_cancel_scope_get_cancellable (scope);
  guint n_cancelled = 0;

  g_test_summary ("2.17, 1.8, 11.15: a scope hands out one cancellable, which fires in the step after cancel(), on the home stack");

  g_assert_true (anyio_current_cancellable () == cancellable);
  g_cancellable_connect (cancellable, G_CALLBACK (count_cb), &n_cancelled, NULL);
  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_cmpuint (n_cancelled, ==, 0);
  while (n_cancelled == 0) /* once, in the order of the schedule */
    g_assert_false (anyio_checkpoint (NULL));
  g_assert_cmpuint (n_cancelled, ==, 1);
  g_assert_true (g_cancellable_is_cancelled (cancellable));
  g_assert_true (anyio_cancel_scope_get_cancellable (scope) == cancellable);

  return anyio_cancel_scope_exit (scope, error);
}

static gboolean
output_only (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("2.17: cancelling it by hand does not cancel the scope");

  g_cancellable_cancel (anyio_cancel_scope_get_cancellable (scope));
  g_assert_true (anyio_checkpoint (error));
  g_assert_false (anyio_cancel_scope_get_cancel_called (scope));

  return anyio_cancel_scope_exit (scope, error);
}

static gboolean
shield_raised (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioCancelScope) inner = anyio_move_on_after (INFINITY);
  g_autoptr (GCancellable) old = g_object_ref (anyio_cancel_scope_get_cancellable (inner));

  g_test_summary ("2.17: when a shield raised later makes eff fall, the old one is cancelled all the same, and a fresh one is handed out");

  anyio_cancel_scope_cancel (outer, NULL);
  anyio_cancel_scope_set_shield (inner, TRUE);
  g_assert_true (anyio_cancel_scope_get_cancellable (inner) != old);
  while (!g_cancellable_is_cancelled (old))
    g_assert_true (anyio_checkpoint (error));
  g_assert_false (g_cancellable_is_cancelled (anyio_cancel_scope_get_cancellable (inner)));
  g_assert_true (anyio_cancel_scope_exit (inner, error));

  return anyio_cancel_scope_exit (outer, error);
}

static gboolean
before_entry (gpointer user_data,
              GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioCancelScope) scope = anyio_cancel_scope_new ();
  g_autoptr (GCancellable) cancellable = g_object_ref (anyio_cancel_scope_get_cancellable (scope));

  g_test_summary ("2.17: one that was handed out before the entry fires when the scope is entered below a cancelled one");

  anyio_cancel_scope_cancel (outer, NULL);
  anyio_cancel_scope_enter (scope);
  while (!g_cancellable_is_cancelled (cancellable))
    g_assert_false (anyio_checkpoint (NULL));
  g_assert_true (anyio_cancel_scope_exit (scope, error));

  return anyio_cancel_scope_exit (outer, error);
}

/* --- inwards -------------------------------------------------------------------------------------------------------------------------------- */

static gpointer
cancel_in_thread (gpointer user_data)
{
  g_cancellable_cancel (user_data);

  return NULL;
}

static gboolean
linked (gpointer user_data,
        GError **error)
{
  g_autoptr (GCancellable) foreign = g_cancellable_new ();
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);
  g_autoptr (GThread) thread = NULL;

  g_test_summary ("2.18: a foreign cancellable, cancelled in any thread, cancels the scope that is linked to it");

  anyio_cancel_scope_link (scope, foreign);
  thread = g_thread_new ("foreign", cancel_in_thread, foreign);
  g_assert_false (anyio_sleep_forever (error));
  g_clear_error (error);
  g_thread_join (g_steal_pointer (&thread));
  g_assert_cmpint (anyio_cancel_scope_get_reason (scope, NULL, NULL), ==, ANYIO_CANCEL_LINKED);

  return anyio_cancel_scope_exit (scope, error);
}

static gboolean
linked_to_cancelled (gpointer user_data,
                     GError **error)
{
  g_autoptr (GCancellable) foreign = g_cancellable_new ();
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("2.18: linking to a cancellable that is cancelled already cancels at once");

  g_cancellable_cancel (foreign);
  anyio_cancel_scope_link (scope, foreign);
  g_assert_true (anyio_cancel_scope_is_cancelled (scope));

  return anyio_cancel_scope_exit (scope, error);
}

static gboolean
chained (gpointer user_data,
         GError **error)
{
  g_autoptr (AnyioCancelScope) first = anyio_move_on_after (INFINITY);
  g_autoptr (AnyioCancelScope) second = anyio_move_on_after (INFINITY);

  g_test_summary ("2.17, 2.18, PEERS 7: a scope linked to another scope's cancellable, and left inside its handler's step: no deadlock");

  anyio_cancel_scope_link (second, anyio_cancel_scope_get_cancellable (first));
  anyio_cancel_scope_set_shield (second, TRUE);
  anyio_cancel_scope_cancel (first, NULL);
  g_assert_false (anyio_sleep_forever (NULL));
  g_assert_cmpint (anyio_cancel_scope_get_reason (second, NULL, NULL), ==, ANYIO_CANCEL_LINKED);
  g_assert_true (anyio_cancel_scope_exit (second, error));

  return anyio_cancel_scope_exit (first, error);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/cancellables/clean/used-again", clean);
  anyio_test_add_func ("/cancellables/held/not-used-again", held);
  anyio_test_add_func ("/cancellables/was-cancelled/not-used-again", was_cancelled);
  anyio_test_add_func ("/cancellables/calls-under-way/one-each", calls_under_way);
  anyio_test_add_func ("/cancellables/handed-out/fires-in-next-step", handed_out);
  anyio_test_add_func ("/cancellables/handed-out/output-only", output_only);
  anyio_test_add_func ("/cancellables/shield-raised/fresh-one", shield_raised);
  anyio_test_add_func ("/cancellables/before-entry/fires-at-entry", before_entry);
  anyio_test_add_func_real_time ("/cancellables/linked/cancels-scope", linked);
  anyio_test_add_func ("/cancellables/linked-to-cancelled/at-once", linked_to_cancelled);
  anyio_test_add_func ("/cancellables/chained/no-deadlock", chained);

  return g_test_run ();
}
