/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The GCancellables that scopes hand out, and those that they are linked to. Those of awaited GIO calls are the matter of the tests of that bridge. */

#include "core-test.h"

static void
trace_cancelled_cb (GCancellable *cancellable,
                    gpointer user_data)
{
  anyio_trace ("%s", user_data != NULL ? (const char *) user_data : "cancelled");
  g_assert_null (anyio_get_current_task ());
}

static gboolean
test_lazy (gpointer user_data,
           GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GCancellable) cancellable = g_object_ref (anyio_cancel_scope_get_cancellable (scope));

  g_test_summary ("SEMANTICS 2.17: a scope hands out one cancellable, and the same again");

  g_assert_true (G_IS_CANCELLABLE (cancellable));
  g_assert_false (g_cancellable_is_cancelled (cancellable));
  g_assert_true (anyio_cancel_scope_get_cancellable (scope) == cancellable);
  g_assert_true (anyio_current_cancellable () == cancellable);
  g_assert_true (anyio_task_get_cancellable (anyio_get_current_task ()) == cancellable);
  assert_exits (scope);
  g_assert_true (anyio_current_cancellable () != cancellable);

  return TRUE;
}

static gboolean
test_not_inside_cancel (gpointer user_data,
                        GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  GCancellable *cancellable = anyio_cancel_scope_get_cancellable (scope);

  g_test_summary ("SEMANTICS 2.17, 1.8: it is cancelled when the scope is, in the scheduler's next step, outside any task");

  g_cancellable_connect (cancellable, G_CALLBACK (trace_cancelled_cb), NULL, NULL);
  anyio_cancel_scope_cancel (scope, NULL);
  anyio_trace ("called");
  assert_checkpoint_is_cancelled ();
  anyio_assert_trace ("called cancelled");
  g_assert_true (g_cancellable_is_cancelled (cancellable));
  assert_exits (scope);

  return TRUE;
}

static gboolean
test_through_parent (gpointer user_data,
                     GError **error)
{
  g_autoptr (AnyioCancelScope) outer = anyio_move_on_after (2);
  g_autoptr (AnyioCancelScope) shield = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();
  GCancellable *of_outer = anyio_cancel_scope_get_cancellable (outer);
  GCancellable *of_shield = anyio_cancel_scope_get_cancellable (shield);
  GCancellable *of_inner = anyio_cancel_scope_get_cancellable (inner);

  g_test_summary ("SEMANTICS 2.17: what counts is whether the scope is effectively cancelled: deadlines, parents and shields included");

  anyio_cancel_scope_set_shield (shield, TRUE);
  assert_sleeps (3);
  g_assert_true (g_cancellable_is_cancelled (of_outer));
  g_assert_false (g_cancellable_is_cancelled (of_shield));
  g_assert_false (g_cancellable_is_cancelled (of_inner));
  anyio_cancel_scope_set_shield (shield, FALSE);
  assert_checkpoint_is_cancelled ();
  g_assert_true (g_cancellable_is_cancelled (of_shield));
  g_assert_true (g_cancellable_is_cancelled (of_inner));
  assert_exits (inner);
  assert_exits (shield);
  assert_exits (outer);

  return TRUE;
}

static gboolean
test_asked_late (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.17: the first cancellable of a cancelled scope is cancelled from the start");

  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_true (g_cancellable_is_cancelled (anyio_cancel_scope_get_cancellable (scope)));
  assert_exits (scope);

  return TRUE;
}

static gboolean
test_asked_before_entry (gpointer user_data,
                         GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) below_cancelled = anyio_cancel_scope_new ();
  g_autoptr (AnyioCancelScope) expired = anyio_cancel_scope_new ();
  g_autoptr (AnyioCancelScope) born_cancelled = anyio_cancel_scope_new ();
  AnyioCancelScope *scopes[] = { below_cancelled, expired, born_cancelled };

  g_test_summary ("SEMANTICS 2.17, 2.3: a cancellable that was asked for before entry is cancelled when the scope turns out to be born cancelled");

  for (guint i = 0; i < G_N_ELEMENTS (scopes); i++)
    {
      GCancellable *cancellable = anyio_cancel_scope_get_cancellable (scopes[i]);

      g_test_message ("case %u", i);
      g_assert_false (g_cancellable_is_cancelled (cancellable));
      if (i == 0)
        anyio_cancel_scope_cancel (outer, NULL);
      else if (i == 1)
        anyio_cancel_scope_set_deadline (expired, 0);
      else
        anyio_cancel_scope_cancel (born_cancelled, NULL);
      anyio_cancel_scope_set_shield (scopes[i], i != 0);
      anyio_cancel_scope_enter (scopes[i]);
      assert_checkpoint_is_cancelled ();
      g_assert_true (g_cancellable_is_cancelled (cancellable));
      assert_exits (scopes[i]);
    }
  g_assert_true (exit_cancelled (outer));

  return TRUE;
}

static gboolean
test_dropped_by_shield (gpointer user_data,
                        GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();
  g_autoptr (GCancellable) old = g_object_ref (anyio_cancel_scope_get_cancellable (inner));
  GCancellable *fresh;

  g_test_summary ("SEMANTICS 2.17: when a shield raised later ends the cancellation the scope hands out a fresh one; the old one stays cancelled");

  anyio_cancel_scope_cancel (outer, NULL);
  assert_checkpoint_is_cancelled ();
  g_assert_true (g_cancellable_is_cancelled (old));
  anyio_cancel_scope_set_shield (inner, TRUE);
  fresh = anyio_cancel_scope_get_cancellable (inner);
  g_assert_true (fresh != old);
  g_assert_false (g_cancellable_is_cancelled (fresh));
  assert_sleeps (1);
  g_assert_false (g_cancellable_is_cancelled (fresh));
  g_assert_true (g_cancellable_is_cancelled (old));
  anyio_cancel_scope_cancel (inner, NULL);
  assert_checkpoint_is_cancelled ();
  g_assert_true (g_cancellable_is_cancelled (fresh));
  assert_exits (inner);
  assert_exits (outer);

  return TRUE;
}

static gboolean
test_dropped_on_its_way (gpointer user_data,
                         GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();
  g_autoptr (GCancellable) old = g_object_ref (anyio_cancel_scope_get_cancellable (inner));

  g_test_summary ("SEMANTICS 2.17: one that was on its way to be cancelled when the shield rose still gets there");

  anyio_cancel_scope_cancel (outer, NULL);
  anyio_cancel_scope_set_shield (inner, TRUE);
  g_assert_true (anyio_cancel_scope_get_cancellable (inner) != old);
  assert_sleeps (1);
  g_assert_true (g_cancellable_is_cancelled (old));
  g_assert_false (g_cancellable_is_cancelled (anyio_cancel_scope_get_cancellable (inner)));
  assert_exits (inner);
  assert_exits (outer);

  return TRUE;
}

static gboolean
test_output_only (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.17: output only: cancelling it by hand does not cancel the scope");

  g_cancellable_cancel (anyio_cancel_scope_get_cancellable (scope));
  assert_sleeps (1);
  g_assert_false (anyio_cancel_scope_is_cancelled (scope));
  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_true (exit_cancelled (scope));

  return TRUE;
}

static gboolean
test_after_exit (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioCancelScope) unharmed = open_scope ();
  g_autoptr (GCancellable) of_unharmed = g_object_ref (anyio_cancel_scope_get_cancellable (unharmed));
  g_autoptr (AnyioCancelScope) cancelled = NULL;
  g_autoptr (GCancellable) of_cancelled = NULL;

  g_test_summary ("SEMANTICS 2.17, 2.3: after the exit it does not change, but what was cancelled right before gets there");

  assert_exits (unharmed);
  anyio_cancel_scope_cancel (unharmed, NULL);
  assert_sleeps (1);
  g_assert_false (g_cancellable_is_cancelled (of_unharmed));

  cancelled = open_scope ();
  of_cancelled = g_object_ref (anyio_cancel_scope_get_cancellable (cancelled));
  anyio_cancel_scope_cancel (cancelled, NULL);
  assert_exits (cancelled);
  g_clear_pointer (&cancelled, anyio_cancel_scope_leave);
  assert_sleeps (1);
  g_assert_true (g_cancellable_is_cancelled (of_cancelled));

  return TRUE;
}

static void
cancel_scope_cb (GCancellable *cancellable,
                 gpointer user_data)
{
  anyio_trace ("handler");
  anyio_cancel_scope_cancel (user_data, "from a handler");
  anyio_trace ("called");
}

static gboolean
test_cancel_in_handler (gpointer user_data,
                        GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) first = open_scope ();
  GCancellable *of_outer = anyio_cancel_scope_get_cancellable (outer);
  GCancellable *of_first = anyio_cancel_scope_get_cancellable (first);

  g_test_summary ("SEMANTICS 2.17, 1.8: a handler may cancel another scope; that one's cancellable follows, and not inside");

  g_cancellable_connect (of_first, G_CALLBACK (cancel_scope_cb), outer, NULL);
  g_cancellable_connect (of_outer, G_CALLBACK (trace_cancelled_cb), (gpointer) "outer", NULL);
  anyio_cancel_scope_cancel (first, NULL);
  g_assert_false (exit_cancelled (first));
  g_assert_false (anyio_checkpoint (NULL));
  anyio_assert_trace ("handler called outer");
  g_assert_true (exit_cancelled (outer));

  return TRUE;
}

static gboolean
test_link (gpointer user_data,
           GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.18: a linked cancellable cancels the scope, through the inbox, and the scope absorbs that");

  anyio_cancel_scope_link (scope, NULL);
  anyio_cancel_scope_link (scope, cancellable);
  assert_sleeps (1);
  g_cancellable_cancel (cancellable);
  g_assert_false (anyio_cancel_scope_is_cancelled (scope));
  g_assert_true (exit_cancelled (scope));
  g_assert_true (anyio_cancel_scope_get_cancelled_caught (scope));

  return TRUE;
}

static gboolean
test_already_cancelled (gpointer user_data,
                        GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.18: one that is cancelled already cancels at once");

  g_cancellable_cancel (cancellable);
  anyio_cancel_scope_link (scope, cancellable);
  g_assert_true (anyio_cancel_scope_is_cancelled (scope));
  g_assert_cmpint (anyio_cancel_scope_get_reason (scope, NULL, NULL), ==, ANYIO_CANCEL_LINKED);
  g_assert_true (exit_cancelled (scope));

  return TRUE;
}

static gboolean
test_unlinked (gpointer user_data,
               GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  guint n_before = G_OBJECT (cancellable)->ref_count;
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.18: the exit unlinks: nothing of the link is left, and the cancellable has no power over the scope any more");

  anyio_cancel_scope_link (scope, cancellable);
  anyio_cancel_scope_link (scope, cancellable);
  g_assert_true (g_signal_has_handler_pending (cancellable, g_signal_lookup ("cancelled", G_TYPE_CANCELLABLE), 0, FALSE));
  assert_exits (scope);
  g_assert_false (g_signal_has_handler_pending (cancellable, g_signal_lookup ("cancelled", G_TYPE_CANCELLABLE), 0, FALSE));
  g_assert_cmpuint (G_OBJECT (cancellable)->ref_count, ==, n_before);
  g_cancellable_cancel (cancellable);
  assert_sleeps (1);
  g_assert_false (anyio_cancel_scope_get_cancel_called (scope));

  return TRUE;
}

static gboolean
test_cancelled_and_exited (gpointer user_data,
                           GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.18: a message that is under way at the exit comes to nothing");

  anyio_cancel_scope_link (scope, cancellable);
  g_cancellable_cancel (cancellable);
  assert_exits (scope);
  assert_sleeps (1);
  g_assert_false (anyio_cancel_scope_get_cancel_called (scope));

  return TRUE;
}

static gboolean
test_several_links (gpointer user_data,
                    GError **error)
{
  g_autoptr (GCancellable) first = g_cancellable_new ();
  g_autoptr (GCancellable) second = g_cancellable_new ();
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();

  g_test_summary ("SEMANTICS 2.18: a scope may have several links, and a cancellable may cancel several scopes");

  anyio_cancel_scope_link (outer, first);
  anyio_cancel_scope_link (inner, first);
  anyio_cancel_scope_link (inner, second);
  g_cancellable_cancel (second);
  g_assert_true (exit_cancelled (inner));
  assert_sleeps (1);
  g_cancellable_cancel (first);
  g_assert_true (exit_cancelled (outer));

  return TRUE;
}

static void
cancel_other_cb (GCancellable *cancellable,
                 gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static gboolean
test_link_in_handler (gpointer user_data,
                      GError **error)
{
  g_autoptr (GCancellable) first = g_cancellable_new ();
  g_autoptr (GCancellable) second = g_cancellable_new ();
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  g_test_summary ("SEMANTICS 2.18: a linked cancellable that is cancelled inside another one's handler, and a link that is undone soon after, do not deadlock");

  anyio_cancel_scope_link (scope, second);
  anyio_cancel_scope_link (scope, first);
  g_cancellable_connect (first, G_CALLBACK (cancel_other_cb), second, NULL);
  g_cancellable_cancel (first);
  g_assert_true (exit_cancelled (scope));

  return TRUE;
}

static gboolean
test_circle (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioCancelScope) outer = open_scope ();
  g_autoptr (AnyioCancelScope) inner = open_scope ();

  g_test_summary ("SEMANTICS 2.17, 2.18: a scope may be linked to the cancellable that it hands out itself");

  anyio_cancel_scope_link (outer, anyio_cancel_scope_get_cancellable (inner));
  anyio_cancel_scope_link (inner, anyio_cancel_scope_get_cancellable (inner));
  anyio_cancel_scope_cancel (inner, "inner");
  {
    ANYIO_SHIELD_FOR (5);

    assert_sleeps (1);
  }
  g_assert_true (anyio_cancel_scope_get_cancel_called (outer));
  g_assert_cmpint (anyio_cancel_scope_get_reason (inner, NULL, NULL), ==, ANYIO_CANCEL_EXPLICIT);
  g_assert_false (exit_cancelled (inner));
  g_assert_true (exit_cancelled (outer));

  return TRUE;
}

static gboolean
wait_for_cancellable (gpointer user_data,
                      GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  anyio_cancel_scope_link (scope, user_data);
  if (!anyio_sleep_forever (error))
    return anyio_cancel_scope_exit (scope, error);

  return TRUE;
}

static gboolean
test_link_in_child (gpointer user_data,
                    GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.18: the CANCELLED that a link causes is not stray: the scope absorbs it and the group does not fail");

  anyio_task_group_start_soon (group, wait_for_cancellable, cancellable, NULL);
  assert_sleeps (1);
  g_cancellable_cancel (cancellable);
  assert_joins (group);
  g_assert_cmpfloat (anyio_current_time (), ==, 1);

  return TRUE;
}

typedef struct
{
  GCancellable *cancellable;
  gboolean is_left;
} Linked;

static void
iterate_until_left (GCancellable *cancellable,
                    gpointer data)
{
  const Linked *linked = data;

  while (!linked->is_left)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
}

static gboolean
cancel_cb (gpointer data)
{
  g_cancellable_cancel (data);

  return G_SOURCE_REMOVE;
}

static gboolean
leave_linked (gpointer data,
              GError **error)
{
  Linked *linked = data;
  g_autoptr (AnyioCancelScope) scope = open_scope ();

  anyio_cancel_scope_link (scope, linked->cancellable);
  g_cancellable_connect (linked->cancellable, G_CALLBACK (iterate_until_left), linked, NULL);
  g_assert_true (exit_cancelled (scope));
  linked->is_left = TRUE;

  return TRUE;
}

static gboolean
test_left_in_handler (gpointer user_data,
                      GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSource) source = g_idle_source_new ();
  static Linked linked; /* the handler looks at it once more when this task has ended */
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("SEMANTICS 2.18: a scope can be left in a main loop that another handler of the linked cancellable iterates");

  linked = (Linked) { cancellable, FALSE };
  anyio_task_group_start_soon (group, leave_linked, &linked, NULL);
  g_source_set_callback (source, cancel_cb, cancellable, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());

  return anyio_task_group_join (group, error);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/scope-cancellable/out/one-and-the-same", test_lazy);
  core_add_ordered ("/scope-cancellable/out/cancelled-in-next-step", test_not_inside_cancel);
  core_add_ordered ("/scope-cancellable/out/follows-effective-state", test_through_parent);
  core_add_ordered ("/scope-cancellable/out-asked-late/cancelled", test_asked_late);
  core_add_ordered ("/scope-cancellable/out-asked-before-entry/cancelled-at-entry", test_asked_before_entry);
  core_add_ordered ("/scope-cancellable/out-and-shield/fresh-one", test_dropped_by_shield);
  core_add_ordered ("/scope-cancellable/out-on-its-way/gets-there", test_dropped_on_its_way);
  core_add_ordered ("/scope-cancellable/out-cancelled-by-hand/scope-goes-on", test_output_only);
  core_add_ordered ("/scope-cancellable/out-after-exit/does-not-change", test_after_exit);
  core_add_ordered ("/scope-cancellable/cancel-in-handler/follows", test_cancel_in_handler);
  anyio_test_add_func ("/scope-cancellable/in/cancels-scope", test_link);
  anyio_test_add_func ("/scope-cancellable/in-already-cancelled/at-once", test_already_cancelled);
  anyio_test_add_func ("/scope-cancellable/in-after-exit/unlinked", test_unlinked);
  anyio_test_add_func ("/scope-cancellable/in-cancelled-and-exited/nothing", test_cancelled_and_exited);
  anyio_test_add_func ("/scope-cancellable/in-several/each-counts", test_several_links);
  anyio_test_add_func ("/scope-cancellable/in-from-handler/no-deadlock", test_link_in_handler);
  anyio_test_add_func ("/scope-cancellable/in-own-cancellable/no-circle", test_circle);
  anyio_test_add_func ("/scope-cancellable/in-of-child/not-stray", test_link_in_child);
  anyio_test_add_func ("/scope-cancellable/left-in-handler/no-deadlock", test_left_in_handler);

  return g_test_run ();
}
