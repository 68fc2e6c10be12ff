/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The statement that does one of several operations, which are the statements of its block. */

#include "interpreter.h"

#define MAX_CASES 8

/* @item: what is sent, and the place for what is received. */
static AnyioSelectCase
make_case (Frame *frame,
           const Node *node,
           gpointer *item)
{
  const char *verb = node->words[0];
  gpointer object;

  if (g_str_equal (verb, "sleep"))
    return ANYIO_SELECT_SLEEP (number (node->words[1]));
  if (g_str_equal (verb, "wait"))
    return ANYIO_SELECT_TASK (find_task (frame, node));
  object = find_object (frame, node);
  if (g_str_equal (verb, "receive"))
    return ANYIO_SELECT_RECEIVE (object, item);
  if (g_str_equal (verb, "send"))
    {
      *item = g_strdup (node->words[2]);
      return ANYIO_IS_BROADCAST_STREAM (object) ? ANYIO_SELECT_BROADCAST (object, *item) : ANYIO_SELECT_SEND (object, *item);
    }
  if (ANYIO_IS_EVENT (object))
    return ANYIO_SELECT_EVENT (object);
  if (ANYIO_IS_FUTURE (object))
    return ANYIO_SELECT_FUTURE (object);
  if (ANYIO_IS_LOCK (object))
    return ANYIO_SELECT_LOCK (object);
  if (ANYIO_IS_SEMAPHORE (object))
    return ANYIO_SELECT_SEMAPHORE (object);

  return ANYIO_SELECT_CAPACITY_LIMITER (object);
}

static gboolean
run_select (Frame *frame,
            const Node *node,
            GError **error)
{
  AnyioSelectCase cases[MAX_CASES];
  gpointer items[MAX_CASES] = { NULL };
  int chosen;

  g_assert (node->body->len <= MAX_CASES);
  for (guint i = 0; i < node->body->len; i++)
    cases[i] = make_case (frame, node->body->pdata[i], &items[i]);
  chosen = anyio_select (cases, node->body->len, error);
  if (chosen >= 0 && node->n_words == 1)
    {
      const Node *operation = node->body->pdata[chosen];

      if (g_str_equal (operation->words[0], "receive"))
        say ("%s=%s", operation->words[1], (const char *) items[chosen]);
      else
        say ("%s", g_str_equal (operation->words[0], "sleep") ? "slept" : operation->words[1]);
      if (g_str_equal (operation->words[0], "send"))
        items[chosen] = NULL;
    }
  for (guint i = 0; i < node->body->len; i++)
    g_free (items[i]);

  return chosen >= 0;
}

const Statement select_statements[] = {
  { "select", run_select },
  { NULL, NULL },
};
