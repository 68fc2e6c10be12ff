/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Statements that run blocks together, again, or for each item; task slots and caches. */

#include "interpreter.h"

/* Fails the first times that it is run. */
static gboolean
run_failing (Frame *frame,
             const Node *node,
             GError **error)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (frame->run->counts, node)) + 1;

  g_hash_table_insert (frame->run->counts, (gpointer) node, GUINT_TO_POINTER (n));
  if (n > number (node->words[1]))
    return TRUE;
  g_set_error_literal (error, FAILURE, 0, node->words[2]);

  return FALSE;
}

/* --- together -------------------------------------------------------------------------------------------- */

/* The parts, whose frames are owned by the caller. */
static AnyioPart *
make_parts (Frame *frame,
            const Node *node,
            Frame *frames)
{
  AnyioPart *parts = g_new (AnyioPart, node->body->len);

  for (guint i = 0; i < node->body->len; i++)
    {
      const Node *part = node->body->pdata[i];

      frames[i] = (Frame){ .run = frame->run, .body = part->body };
      parts[i] = (AnyioPart){ part->words[1], run_child, &frames[i] };
    }

  return parts;
}

static gboolean
run_gather (Frame *frame,
            const Node *node,
            GError **error)
{
  g_autofree Frame *frames = g_new0 (Frame, node->body->len);
  g_autofree AnyioPart *parts = make_parts (frame, node, frames);

  return anyio_gather (parts, node->body->len, error);
}

static gboolean
run_as_completed (Frame *frame,
                  const Node *node,
                  GError **error)
{
  g_autofree Frame *frames = g_new0 (Frame, node->body->len);
  g_autofree AnyioPart *parts = make_parts (frame, node, frames);
  g_autoptr (GError) local = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (&local);
  AnyioTask *task;

  anyio_task_group_keep_completed (group);
  for (guint i = 0; i < node->body->len; i++)
    anyio_task_group_start_soon_named (group, parts[i].name, parts[i].func, parts[i].user_data, NULL);
  while ((task = anyio_task_group_next_completed (group, &local)) != NULL)
    {
      say ("%s", anyio_task_get_name (task));
      g_object_unref (task);
    }
  if (g_error_matches (local, ANYIO_ERROR, ANYIO_ERROR_EMPTY)) /* there is no other */
    g_clear_error (&local);
  if (anyio_task_group_join (group, &local))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

static gboolean
say_winner (const Node *node,
            const AnyioPart *parts,
            int winner)
{
  if (winner < 0)
    return FALSE;
  say ("%s=%s", node->words[0], parts[winner].name);

  return TRUE;
}

static gboolean
run_race (Frame *frame,
          const Node *node,
          GError **error)
{
  g_autofree Frame *frames = g_new0 (Frame, node->body->len);
  g_autofree AnyioPart *parts = make_parts (frame, node, frames);

  return say_winner (node, parts, anyio_race (parts, node->body->len, error));
}

static gboolean
run_first_success (Frame *frame,
                   const Node *node,
                   GError **error)
{
  g_autofree Frame *frames = g_new0 (Frame, node->body->len);
  g_autofree AnyioPart *parts = make_parts (frame, node, frames);

  return say_winner (node, parts, anyio_first_success (parts, node->body->len, number (node->words[1]), error));
}

static gboolean
run_map (Frame *frame,
         const Node *node,
         GError **error)
{
  guint n = node->n_words - 2;
  guint limit = g_str_equal (node->words[1], "never") ? G_MAXUINT : (guint) number (node->words[1]);
  g_autofree Frame *frames = g_new0 (Frame, n);

  for (guint i = 0; i < n; i++)
    frames[i] = (Frame){ .run = frame->run, .body = node->body, .item = node->words[i + 2] };

  return anyio_map (run_child, frames, sizeof *frames, n, limit, error);
}

static gboolean
run_item (Frame *frame,
          const Node *node,
          GError **error)
{
  say ("%s", frame->item);

  return TRUE;
}

/* --- again ----------------------------------------------------------------------------------------------- */

static AnyioBackoff
backoff_of (const Node *node)
{
  return (AnyioBackoff){
    .delay = number (node->words[2]),
    .factor = number (node->words[3]),
    .max_delay = number (node->words[4]),
    .max_attempts = g_str_equal (node->words[1], "never") ? 0 : (guint) number (node->words[1]),
  };
}

static gboolean
run_retry (Frame *frame,
           const Node *node,
           GError **error)
{
  AnyioBackoff backoff = backoff_of (node);
  Frame attempt = { .run = frame->run, .body = node->body };

  return anyio_retry (run_child, &attempt, NULL, &backoff, error);
}

static void
tell_failure (const GError *error,
              guint n_failures,
              gpointer user_data)
{
  g_autofree char *word = describe (error);

  say ("%s#%u", word, n_failures);
}

static gboolean
run_supervise (Frame *frame,
               const Node *node,
               GError **error)
{
  AnyioBackoff backoff = backoff_of (node);
  Frame call = { .run = frame->run, .body = node->body };
  AnyioSupervision supervision = { run_child, &call, word_at (node, 5) != NULL ? ANYIO_RESTART_ALWAYS : ANYIO_RESTART_ON_FAILURE, &backoff, 0, tell_failure };

  return anyio_supervise (&supervision, error);
}

/* --- slots ----------------------------------------------------------------------------------------------- */

static gboolean
run_slot (Frame *frame,
          const Node *node,
          GError **error)
{
  AnyioTaskGroup *group = look_up (frame->run->groups, node->words[2]);

  g_hash_table_insert (frame->run->objects, node->words[1], anyio_task_slot_new (group, number (node->words[3])));

  return TRUE;
}

static gboolean
run_put (Frame *frame,
         const Node *node,
         GError **error)
{
  anyio_task_slot_start_named (find_object (frame, node), node->words[2], run_child, frame_new (frame->run, node->body), g_free);

  return TRUE;
}

static gboolean
run_clear (Frame *frame,
           const Node *node,
           GError **error)
{
  anyio_task_slot_cancel (find_object (frame, node));

  return TRUE;
}

/* --- caches ---------------------------------------------------------------------------------------------- */

typedef struct
{
  Frame frame;
  guint n_loads;
} Loader;

/* The value is the number of the load. */
static gpointer
load (gconstpointer key,
      gpointer data,
      GError **error)
{
  Loader *self = data;
  guint n = ++self->n_loads;

  return run_block (&self->frame, self->frame.body, error) ? g_strdup_printf ("%u", n) : NULL;
}

static const AnyioCacheFuncs cache_funcs = {
  g_str_hash, g_str_equal, (GBoxedCopyFunc) g_strdup, g_free, (GBoxedCopyFunc) g_strdup, g_free, load,
};

static gboolean
run_cache (Frame *frame,
           const Node *node,
           GError **error)
{
  Loader *loader = g_new0 (Loader, 1);
  AnyioCache *cache;

  loader->frame = (Frame){ .run = frame->run, .body = node->body };
  cache = anyio_cache_new (&cache_funcs, loader, g_free);
  for (guint i = 2; i < node->n_words; i += 2)
    if (g_str_equal (node->words[i], "size"))
      anyio_cache_set_max_size (cache, (guint) number (node->words[i + 1]));
    else
      anyio_cache_set_max_age (cache, number (node->words[i + 1]));
  g_hash_table_insert (frame->run->objects, node->words[1], cache);

  return TRUE;
}

static gboolean
run_fetch (Frame *frame,
           const Node *node,
           GError **error)
{
  g_autofree char *value = anyio_cache_get (find_object (frame, node), node->words[2], error);

  if (value == NULL)
    return FALSE;
  say ("%s=%s", node->words[2], value);

  return TRUE;
}

static gboolean
run_forget (Frame *frame,
            const Node *node,
            GError **error)
{
  anyio_cache_remove_all (find_object (frame, node));

  return TRUE;
}

const Statement combinator_statements[] = {
  { "as-completed", run_as_completed },
  { "cache", run_cache },
  { "clear", run_clear },
  { "failing", run_failing },
  { "fetch", run_fetch },
  { "first-success", run_first_success },
  { "forget", run_forget },
  { "gather", run_gather },
  { "item", run_item },
  { "map", run_map },
  { "put", run_put },
  { "race", run_race },
  { "retry", run_retry },
  { "slot", run_slot },
  { "supervise", run_supervise },
  { NULL, NULL },
};
