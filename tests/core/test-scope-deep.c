/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Walks over deep and wide trees of scopes and tasks need neither recursion nor much time. */

#include "core-test.h"

#include "base/anyio-sanitizers-private.h"
#include "base/anyio-stack-slab-private.h"

#define DEPTH 5000
/* ThreadSanitizer knows 8,128 fibers at most. */
#define N_CHILDREN (ANYIO_WITH_TSAN ? 2000 : 100000)

static gboolean
test_scopes (gpointer user_data,
             GError **error)
{
  g_autoptr (GPtrArray) scopes = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("SEMANTICS 2.15, I27: 5,000 nested scopes: cancelled, shielded, asked and left");

  for (guint i = 0; i < DEPTH; i++)
    {
      AnyioCancelScope *scope = anyio_cancel_scope_new ();

      anyio_cancel_scope_set_deadline (scope, 1000 + i);
      anyio_cancel_scope_enter (scope);
      g_ptr_array_add (scopes, scope);
    }
  g_assert_cmpfloat (anyio_current_effective_deadline (), ==, 1000);
  g_assert_false (anyio_cancel_scope_is_cancelled (scopes->pdata[DEPTH - 1]));

  anyio_cancel_scope_cancel (scopes->pdata[0], "the outermost");
  g_assert_true (anyio_cancel_scope_is_cancelled (scopes->pdata[DEPTH - 1]));
  anyio_cancel_scope_set_shield (scopes->pdata[DEPTH / 2], TRUE);
  g_assert_false (anyio_cancel_scope_is_cancelled (scopes->pdata[DEPTH - 1]));
  assert_sleeps (1);
  anyio_cancel_scope_set_shield (scopes->pdata[DEPTH / 2], FALSE);

  assert_is_cancelled (anyio_sleep (1, &cancelled), cancelled);
  for (guint i = DEPTH; i-- > 1;)
    g_assert_false (anyio_cancel_scope_exit (scopes->pdata[i], &cancelled));
  g_assert_true (anyio_cancel_scope_exit (scopes->pdata[0], &cancelled));
  assert_sleeps (1);

  return TRUE;
}

static gboolean
test_misnested (gpointer user_data,
                GError **error)
{
  g_autoptr (GPtrArray) scopes = g_ptr_array_new_with_free_func (g_object_unref);

  g_test_summary ("SEMANTICS 2.14, 2.15: the exit of the outermost of 5,000 open scopes");

  for (guint i = 0; i < DEPTH; i++)
    g_ptr_array_add (scopes, open_scope ());
  g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, "Task * exited the cancel scope *");
  g_assert_false (anyio_cancel_scope_exit (scopes->pdata[0], NULL));
  g_test_assert_expected_messages ();
  for (guint i = 0; i < DEPTH; i++)
    g_assert_true (anyio_cancel_scope_get_cancel_called (scopes->pdata[i]));

  return TRUE;
}

typedef struct
{
  guint depth;
  guint n_ended;
} Tree;

/* Each task opens a group with one task in it. */
static gboolean
descend (gpointer user_data,
         GError **error)
{
  Tree *tree = user_data;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  gboolean success;

  if (++tree->depth < DEPTH)
    anyio_task_group_start_soon (group, descend, tree, NULL);
  success = anyio_task_group_join (group, error) && anyio_sleep_forever (error);
  tree->n_ended++;

  return success;
}

static gboolean
test_groups (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  Tree tree = { 0, 0 };

  g_test_summary ("SEMANTICS 2.15, I27: 5,000 tasks, each in the group of the one before");

  anyio_task_group_set_stack_size (group, 64 * 1024);
  anyio_task_group_start_soon (group, descend, &tree, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  g_assert_cmpuint (tree.depth, ==, DEPTH);
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  g_assert_cmpuint (tree.n_ended, ==, DEPTH);

  return TRUE;
}

static gboolean
count_cancelled (gpointer user_data,
                 GError **error)
{
  guint *n_cancelled = user_data;
  gboolean success = anyio_sleep_forever (error);

  *n_cancelled += !success;

  return success;
}

static gboolean
test_children (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  guint n_cancelled = 0;
  guint n_children = anyio_stack_slab_guards_are_mappings () ? N_CHILDREN / 10 : N_CHILDREN;

  g_test_summary ("SEMANTICS 2.15, I27: 100,000 suspended children are cancelled (2,000 under ThreadSanitizer, a tenth where each guard is a mapping)");

  anyio_task_group_set_stack_size (group, 64 * 1024);
  for (guint i = 0; i < n_children; i++)
    anyio_task_group_start_soon (group, count_cancelled, &n_cancelled, NULL);
  g_assert_true (anyio_wait_all_tasks_blocked (error));
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  g_assert_cmpuint (n_cancelled, ==, n_children);

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/scope-deep/scopes/walked", test_scopes);
  anyio_test_add_func ("/scope-deep/misnested/closed", test_misnested);
  if (g_getenv ("ANYIO_UNDER_VALGRIND") == NULL)
    {
      anyio_test_add_func ("/scope-deep/groups/walked", test_groups);
      anyio_test_add_func ("/scope-deep/children/all-cancelled", test_children);
    }

  return g_test_run ();
}
