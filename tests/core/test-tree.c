/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The task tree as text. */

#include "jobs.h"

/* The dump, without the numbers of the tasks, which are those of the run. */
static char *
dump (void)
{
  g_autofree char *text = anyio_dump_tree ();
  g_autoptr (GRegex) regex = g_regex_new ("#[0-9]+, ", 0, 0, NULL);

  return g_regex_replace_literal (regex, text, -1, 0, "", 0, NULL);
}

static gboolean
sleep_long (gpointer data, GError **error)
{
  return anyio_sleep (9, error);
}

static gboolean
be_parent (gpointer data, GError **error)
{
  g_autoptr (AnyioTaskGroup) first = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) second = anyio_task_group_open (error);

  anyio_task_group_start_soon_named (first, "x", sleep_long, NULL, NULL);
  anyio_task_group_start_soon_named (second, "y", sleep_long, NULL, NULL);
  anyio_task_group_start_soon_named (second, "z", sleep_long, NULL, NULL);

  return anyio_task_group_join (second, error) && anyio_task_group_join (first, error);
}

static void
keep (AnyioTask *task, gpointer data)
{
  *(AnyioTask **) data = g_object_ref (task);
}

static gboolean
be_started (gpointer data, GError **error)
{
  return anyio_sleep (2, error) && anyio_task_started (NULL, error) && anyio_sleep (9, error);
}

static gboolean
start_one (gpointer data, GError **error)
{
  return anyio_task_group_start_named (data, "started", be_started, NULL, NULL, NULL, error);
}

static gboolean
test_states (gpointer data, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *later = NULL;
  g_autoptr (AnyioTask) callback = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("anyio_dump_tree(): one task a line, children below their parents, with what each is doing; a pending start() is its caller's child, and moves");

  anyio_task_set_name (anyio_get_current_task (), "main");
  anyio_task_group_start_soon (group, be_parent, NULL, NULL);
  anyio_task_group_start_callback (group, "callback", keep, &callback, NULL);
  anyio_task_group_start_soon_named (group, "caller", start_one, group, NULL);
  g_assert_true (anyio_sleep (1, error));
  anyio_task_group_start_soon_named (group, "late", sleep_long, NULL, NULL);
  text = dump ();
  g_assert_cmpstr (text, ==,
                   "main (running)\n"
                   "  be_parent (waiting)\n"
                   "    x (waiting)\n"
                   "    y (waiting)\n"
                   "    z (waiting)\n"
                   "  callback (outside)\n"
                   "  caller (waiting)\n"
                   "    started (waiting)\n"
                   "  late (new)\n");

  g_assert_true (anyio_sleep (2, error));
  anyio_task_group_cancel (group, NULL);
  later = dump ();
  g_assert_cmpstr (later, ==,
                   "main (running, cancelled)\n"
                   "  be_parent (waiting, abort under way, cancelled)\n"
                   "    x (ready, cancelled)\n"
                   "    y (ready, cancelled)\n"
                   "    z (ready, cancelled)\n"
                   "  callback (outside, cancelled)\n"
                   "  late (ready, cancelled)\n"
                   "  started (ready, cancelled)\n");
  anyio_task_return_value (callback, NULL);

  return anyio_task_group_join (group, error);
}

typedef struct
{
  guint depth;
  char *text; /* the dump, made by the innermost */
} Chain;

static gboolean
descend (gpointer data, GError **error)
{
  Chain *self = data;
  g_autoptr (AnyioTaskGroup) group = NULL;

  if (self->depth-- == 0)
    {
      self->text = anyio_dump_tree ();
      return TRUE;
    }
  group = anyio_task_group_open (error);
  anyio_task_group_set_stack_size (group, 65536);
  anyio_task_group_start_soon (group, descend, self, NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
test_deep (gpointer data, GError **error)
{
  Chain chain = { 2000 };
  guint n_lines = 0;

  g_test_summary ("I27: the walk through the tree is iterative, however deep the tree");

  g_assert_true (descend (&chain, error));
  for (const char *at = chain.text; *at != '\0'; at++)
    n_lines += *at == '\n';
  g_assert_cmpuint (n_lines, ==, 2001);
  g_free (chain.text);

  return TRUE;
}

static void
test_no_tasks (void)
{
  g_autofree char *text = anyio_dump_tree ();

  g_test_summary ("anyio_dump_tree(): a context without tasks has an empty tree");

  g_assert_cmpstr (text, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func ("/tree/states/one-line-each", test_states);
  anyio_test_add_func ("/tree/deep/iterative", test_deep);
  g_test_add_func ("/tree/no-tasks/empty", test_no_tasks);

  return g_test_run ();
}
