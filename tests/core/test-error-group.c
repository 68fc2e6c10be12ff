/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The error of several failures: matching, the list of its members, copies, the message. */

#include "jobs.h"

/* Fails with the messages as leaves, BUSY each, after the delay. */
typedef struct
{
  const char **messages; /* NULL-terminated */
  double delay;
  gboolean strict;
} Failures;

static gboolean
fail_at_once (gpointer data, GError **error)
{
  return fail_with (error, G_IO_ERROR_BUSY, data);
}

static gboolean
fail_as_group (gpointer data, GError **error)
{
  const Failures *self = data;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  anyio_task_group_set_strict (group, self->strict);
  sleep_shielded (self->delay);
  for (guint i = 0; self->messages[i] != NULL; i++)
    anyio_task_group_start_soon (group, fail_at_once, (gpointer) self->messages[i], NULL);

  return anyio_task_group_join (group, error);
}

/* A tree: [[x, y], [z (strict)], gone]. */
static GError *
make_tree (void)
{
  const char *two[] = { "x", "y", NULL };
  const char *one[] = { "z", NULL };
  Failures failures[] = { { two, 1 }, { one, 2, TRUE } };
  Job job = { "a", 9, NULL, 3, "broken" };
  GError *error = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    anyio_task_group_start_soon (group, fail_as_group, &failures[i], NULL);
  start_jobs (group, &job, 1);
  g_assert_false (anyio_task_group_join (group, &error));

  return error;
}

static GError *
get_member (const GError *error, guint i)
{
  GPtrArray *errors = anyio_error_group_get_errors (error);

  g_assert_nonnull (errors);
  g_assert_cmpuint (i, <, errors->len);

  return errors->pdata[i];
}

static gboolean
test_tree (gpointer data, GError **error)
{
  g_autoptr (GError) tree = make_tree ();

  g_test_summary ("SEMANTICS 3.4, 11.11: nested groups stay a tree; a message counts its own members, a nested group as one");

  g_assert_error (tree, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  g_assert_cmpuint (anyio_error_group_get_errors (tree)->len, ==, 3);
  g_assert_cmpstr (tree->message, ==, "x (and 1 more) (and 2 more)");
  g_assert_error (get_member (tree, 0), ANYIO_ERROR, ANYIO_ERROR_GROUP);
  g_assert_cmpstr (get_member (tree, 0)->message, ==, "x (and 1 more)");
  g_assert_cmpstr (get_member (get_member (tree, 0), 0)->message, ==, "x");
  g_assert_cmpstr (get_member (get_member (tree, 0), 1)->message, ==, "y");
  g_assert_cmpstr (get_member (get_member (tree, 1), 0)->message, ==, "z");
  g_assert_error (get_member (tree, 2), G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);

  return TRUE;
}

static gboolean
test_matches (gpointer data, GError **error)
{
  g_autoptr (GError) tree = make_tree ();
  GError *leaf = get_member (tree, 2);

  g_test_summary ("SEMANTICS 3.4, 11.11: matches looks at the error, then at every leaf");

  g_assert_true (anyio_error_matches (tree, ANYIO_ERROR, ANYIO_ERROR_GROUP));
  g_assert_true (anyio_error_matches (tree, G_IO_ERROR, G_IO_ERROR_BUSY));
  g_assert_true (anyio_error_matches (tree, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE));
  g_assert_false (anyio_error_matches (tree, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_assert_false (anyio_error_matches (tree, ANYIO_ERROR, G_IO_ERROR_BUSY));
  g_assert_false (g_error_matches (tree, G_IO_ERROR, G_IO_ERROR_BUSY));
  g_assert_true (anyio_error_matches (leaf, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE));
  g_assert_false (anyio_error_matches (leaf, ANYIO_ERROR, ANYIO_ERROR_GROUP));
  g_assert_false (anyio_error_matches (NULL, G_IO_ERROR, G_IO_ERROR_BUSY));
  g_assert_null (anyio_error_group_get_errors (leaf));
  g_assert_null (anyio_error_group_get_errors (NULL));

  return TRUE;
}

static gboolean
test_copy (gpointer data, GError **error)
{
  GError *tree = make_tree ();
  g_autoptr (GError) copy = g_error_copy (tree);
  g_autoptr (GError) prefixed = g_error_copy (tree);

  g_test_summary ("SEMANTICS 3.4: the leaves belong to the GError: they go with every copy and stay when the original is freed");

  g_prefix_error (&prefixed, "Load: ");
  g_error_free (tree);
  g_assert_error (copy, ANYIO_ERROR, ANYIO_ERROR_GROUP);
  g_assert_cmpstr (get_member (get_member (copy, 0), 1)->message, ==, "y");
  g_assert_cmpstr (prefixed->message, ==, "Load: x (and 1 more) (and 2 more)");
  g_assert_cmpstr (get_member (prefixed, 2)->message, ==, "broken");

  return TRUE;
}

static gboolean
dismiss (gpointer data, GError **error)
{
  return fail_with (error, G_IO_ERROR_CANCELLED, "dismissed");
}

static gboolean
test_is_cancelled (gpointer data, GError **error)
{
  g_autoptr (GError) cancelled = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "dismissed");
  g_autoptr (GError) other = g_error_new_literal (G_FILE_ERROR, (int) G_IO_ERROR_CANCELLED, "of another domain");
  g_autoptr (GError) joined = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (NULL);

  g_test_summary ("SEMANTICS 11.11: is_cancelled looks at the code of the error itself and not at leaves");

  anyio_task_group_set_strict (group, TRUE);
  anyio_task_group_start_soon (group, dismiss, NULL, NULL);
  g_assert_false (anyio_task_group_join (group, &joined));
  g_assert_true (anyio_error_is_cancelled (cancelled));
  g_assert_false (anyio_error_is_cancelled (other));
  g_assert_false (anyio_error_is_cancelled (NULL));
  g_assert_true (anyio_error_matches (joined, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_assert_false (anyio_error_is_cancelled (joined));

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/error-group/nested/stays-tree", test_tree);
  anyio_test_add_func ("/error-group/matches/every-leaf", test_matches);
  core_add_ordered ("/error-group/copy/keeps-leaves", test_copy);
  anyio_test_add_func ("/error-group/is-cancelled/itself-only", test_is_cancelled);

  return g_test_run ();
}
