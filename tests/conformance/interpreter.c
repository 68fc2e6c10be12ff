/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The interpreter of the conformance programs in C: README.md says what each statement does. Reads cases from standard input, writes their traces.
 *
 * A task of the program is a fiber, a block of statements a function call on its stack. */

#include "program.h"

#include <anyio.h>
#include <anyio-testing.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FAILURE (g_quark_from_static_string ("conformance-failure"))

typedef struct
{
  GHashTable *scopes; /* by name, as the following ones */
  GHashTable *groups;
  GHashTable *tasks;
  GHashTable *values; /* of start(), as text */
  GHashTable *foreign;
} Run;

typedef struct
{
  Run *run;
  GPtrArray *body;   /* borrowed from the program */
  gboolean has_left; /* "leave" ends the blocks up to that of the group */
} Frame;

typedef gboolean (*StatementFunc) (Frame *frame, const Node *node, GError **error);

static gboolean run_block (Frame *frame, GPtrArray *nodes, GError **error);

/* --- output --------------------------------------------------------------------------------------------------------------------------- */

static void say (const char *format, ...) G_GNUC_PRINTF (1, 2);

static void
say (const char *format,
     ...)
{
  va_list arguments;

  printf ("%g ", anyio_current_time ());
  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  putchar ('\n');
}

/* Misuse is a message in C and an error in other languages: the statements that may be misuse make one of it. */
static gboolean expects_misuse;
static guint n_misuses;

static GLogWriterOutput
write_log (GLogLevelFlags level,
           const GLogField *fields,
           gsize n_fields,
           gpointer user_data)
{
  if (expects_misuse && (level & G_LOG_LEVEL_CRITICAL) != 0)
    {
      n_misuses++;
      return G_LOG_WRITER_HANDLED;
    }
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) == 0)
    return G_LOG_WRITER_HANDLED;

  fflush (stdout);
  g_log_writer_default (level, fields, n_fields, user_data);
  g_abort ();
}

static void
append_error (GString *text,
              const GError *error)
{
  static const struct
  {
    GQuark (*get_domain) (void);
    int code;
    const char *word;
  } known[] = {
    { g_io_error_quark, G_IO_ERROR_CANCELLED, "cancelled" },
    { g_io_error_quark, G_IO_ERROR_CLOSED, "closed" },
    { g_io_error_quark, G_IO_ERROR_PENDING, "pending" },
    { g_io_error_quark, G_IO_ERROR_TIMED_OUT, "timed-out" },
    { anyio_error_quark, ANYIO_ERROR_MISUSE, "misuse" },
    { anyio_error_quark, ANYIO_ERROR_NOT_STARTED, "not-started" },
  };

  if (g_error_matches (error, ANYIO_ERROR, ANYIO_ERROR_GROUP))
    {
      GPtrArray *errors = anyio_error_group_get_errors (error);

      for (guint i = 0; i < errors->len; i++)
        {
          g_string_append_c (text, i == 0 ? '(' : ',');
          append_error (text, g_ptr_array_index (errors, i));
        }
      g_string_append_c (text, ')');
      return;
    }
  if (error->domain == FAILURE)
    {
      g_string_append (text, error->message);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_error_matches (error, known[i].get_domain (), known[i].code))
      {
        g_string_append (text, known[i].word);
        return;
      }
  g_string_append_printf (text, "[%s_%d]", g_quark_to_string (error->domain), error->code);
}

static char *
describe (const GError *error)
{
  GString *text = g_string_new (NULL);

  append_error (text, error);

  return g_string_free (text, FALSE);
}

/* --- names -------------------------------------------------------------------------------------------------------------------------------- */

static double
number (const char *word)
{
  return g_str_equal (word, "never") ? INFINITY : g_ascii_strtod (word, NULL);
}

static const char *
word_at (const Node *node,
         guint i)
{
  return i < node->n_words ? node->words[i] : NULL;
}

static gpointer
look_up (GHashTable *table,
         const char *name)
{
  gpointer value = g_hash_table_lookup (table, name);

  if (value == NULL)
    g_error ("There is no \"%s\" in this program", name);

  return value;
}

static AnyioCancelScope *
find_scope (Frame *frame,
            const Node *node)
{
  AnyioTaskGroup *group = g_hash_table_lookup (frame->run->groups, node->words[1]);

  return group != NULL ? anyio_task_group_get_cancel_scope (group) : look_up (frame->run->scopes, node->words[1]);
}

static AnyioTaskGroup *
find_group (Frame *frame,
            const Node *node)
{
  return look_up (frame->run->groups, node->words[1]);
}

static AnyioTask *
find_task (Frame *frame,
           const Node *node)
{
  return look_up (frame->run->tasks, node->words[1]);
}

/* --- what waits ----------------------------------------------------------------------------------------------------------------------------- */

static gboolean
run_sleep (Frame *frame,
           const Node *node,
           GError **error)
{
  return anyio_sleep (number (node->words[1]), error);
}

static gboolean
run_sleep_until (Frame *frame,
                 const Node *node,
                 GError **error)
{
  return anyio_sleep_until (number (node->words[1]), error);
}

static gboolean
run_sleep_forever (Frame *frame,
                   const Node *node,
                   GError **error)
{
  return anyio_sleep_forever (error);
}

static gboolean
run_checkpoint (Frame *frame,
                const Node *node,
                GError **error)
{
  return anyio_checkpoint (error);
}

static gboolean
run_checkpoint_if_cancelled (Frame *frame,
                             const Node *node,
                             GError **error)
{
  return anyio_checkpoint_if_cancelled (error);
}

static gboolean
run_shielded_checkpoint (Frame *frame,
                         const Node *node,
                         GError **error)
{
  anyio_shielded_checkpoint ();

  return TRUE;
}

/* --- errors ----------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
run_raise (Frame *frame,
           const Node *node,
           GError **error)
{
  g_set_error_literal (error, FAILURE, 0, node->words[1]);

  return FALSE;
}

static gboolean
run_raise_cancelled (Frame *frame,
                     const Node *node,
                     GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Raised by the program");

  return FALSE;
}

static gboolean
run_outcome (Frame *frame,
             const Node *node,
             GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *word = NULL;

  if (run_block (frame, node->body, &local))
    {
      say ("ok");
      return TRUE;
    }
  word = describe (local);
  say ("%s", word);

  return TRUE;
}

static gboolean
run_try (Frame *frame,
         const Node *node,
         GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean has_left;

  run_block (frame, node->body, &local);
  has_left = frame->has_left;
  frame->has_left = FALSE;
  if (!run_block (frame, node->cleanup, error))
    return FALSE;
  frame->has_left = has_left;
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

/* --- scopes ------------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
run_new (Frame *frame,
         const Node *node,
         GError **error)
{
  AnyioCancelScope *scope = anyio_cancel_scope_new ();

  for (guint i = 2; i < node->n_words; i++)
    if (g_str_equal (node->words[i], "shield"))
      anyio_cancel_scope_set_shield (scope, TRUE);
    else if (g_str_equal (node->words[i], "timeout"))
      anyio_cancel_scope_set_timeout (scope, number (node->words[++i]));
    else if (g_str_equal (node->words[i], "deadline"))
      anyio_cancel_scope_set_deadline (scope, number (node->words[++i]));
    else
      g_error ("What is \"%s\"?", node->words[i]);
  g_hash_table_insert (frame->run->scopes, node->words[1], scope);

  return TRUE;
}

/* The body of a scope that is entered, and its exit. */
static gboolean
finish_scope (Frame *frame,
              const Node *node,
              AnyioCancelScope *scope,
              GError **error)
{
  g_autoptr (GError) local = NULL;

  run_block (frame, node->body, &local);
  if (anyio_cancel_scope_exit (scope, &local))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

static gboolean
run_enter (Frame *frame,
           const Node *node,
           GError **error)
{
  AnyioCancelScope *scope = look_up (frame->run->scopes, node->words[1]);

  anyio_cancel_scope_enter (scope);

  return finish_scope (frame, node, scope, error);
}

static gboolean
run_scope (Frame *frame,
           const Node *node,
           GError **error)
{
  return run_new (frame, node, error) && run_enter (frame, node, error);
}

/* Keeps the scope by its name, if it has one. */
static void
keep_scope (Frame *frame,
            const Node *node,
            AnyioCancelScope *scope)
{
  g_hash_table_insert (frame->run->scopes, node->n_words > 2 ? node->words[2] : node->words[0], scope);
}

static gboolean
run_move_on_after (Frame *frame,
                   const Node *node,
                   GError **error)
{
  AnyioCancelScope *scope = anyio_move_on_after (number (node->words[1]));

  keep_scope (frame, node, scope);

  return finish_scope (frame, node, scope, error);
}

static gboolean
run_move_on_at (Frame *frame,
                const Node *node,
                GError **error)
{
  AnyioCancelScope *scope = anyio_move_on_at (number (node->words[1]));

  keep_scope (frame, node, scope);

  return finish_scope (frame, node, scope, error);
}

/* The one without a name is the block that needs no object. */
static gboolean
run_fail_after (Frame *frame,
                const Node *node,
                GError **error)
{
  if (node->n_words == 2)
    {
      ANYIO_FAIL_AFTER (number (node->words[1]), error);

      return run_block (frame, node->body, error);
    }
  else
    {
      AnyioCancelScope *scope = anyio_fail_after (number (node->words[1]), NULL);

      keep_scope (frame, node, scope);

      return finish_scope (frame, node, scope, error);
    }
}

static gboolean
run_fail_at (Frame *frame,
             const Node *node,
             GError **error)
{
  AnyioCancelScope *scope = anyio_fail_at (number (node->words[1]), NULL);

  keep_scope (frame, node, scope);

  return finish_scope (frame, node, scope, error);
}

static gboolean
run_shielded (Frame *frame,
              const Node *node,
              GError **error)
{
  ANYIO_SHIELD_FOR (INFINITY);

  return run_block (frame, node->body, error);
}

static gboolean
run_cancel (Frame *frame,
            const Node *node,
            GError **error)
{
  AnyioTaskGroup *group = g_hash_table_lookup (frame->run->groups, node->words[1]);

  if (group != NULL)
    anyio_task_group_cancel (group, word_at (node, 2));
  else
    anyio_cancel_scope_cancel (find_scope (frame, node), word_at (node, 2));

  return TRUE;
}

static gboolean
run_shield (Frame *frame,
            const Node *node,
            GError **error)
{
  anyio_cancel_scope_set_shield (find_scope (frame, node), g_str_equal (node->words[2], "on"));

  return TRUE;
}

static gboolean
run_deadline (Frame *frame,
              const Node *node,
              GError **error)
{
  anyio_cancel_scope_set_deadline (find_scope (frame, node), number (node->words[2]));

  return TRUE;
}

static gboolean
run_defer_body (gpointer user_data,
                GError **error)
{
  Frame *frame = user_data;

  return run_block (frame, frame->body, error);
}

static Frame *
frame_new (Run *run,
           GPtrArray *body)
{
  Frame *frame = g_new0 (Frame, 1);

  frame->run = run;
  frame->body = body;

  return frame;
}

static gboolean
run_defer (Frame *frame,
           const Node *node,
           GError **error)
{
  anyio_cancel_scope_defer (find_scope (frame, node), run_defer_body, frame_new (frame->run, node->body), g_free);

  return TRUE;
}

/* --- groups and tasks ----------------------------------------------------------------------------------------------------------------------------- */

static gboolean
run_group_body (Frame *frame,
                const Node *node,
                GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_hash_table_insert (frame->run->groups, node->words[1], g_object_ref (group));
  if (!run_block (frame, node->body, error))
    return anyio_task_group_join (group, error);
  if (frame->has_left)
    {
      frame->has_left = FALSE;
      return TRUE; /* the cleanup cancels and joins */
    }

  return anyio_task_group_join (group, error);
}

/* With a location of its own, because "leave" may be given none in which an error can be seen. */
static gboolean
run_group (Frame *frame,
           const Node *node,
           GError **error)
{
  g_autoptr (GError) local = NULL;

  run_group_body (frame, node, &local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

static gboolean
run_leave (Frame *frame,
           const Node *node,
           GError **error)
{
  frame->has_left = TRUE;

  return TRUE;
}

static gboolean
run_child (gpointer user_data,
           GError **error)
{
  Frame *frame = user_data;

  expects_misuse = FALSE;

  return run_block (frame, frame->body, error);
}

static gboolean
fail_if_misused (GError **error)
{
  expects_misuse = FALSE;
  if (n_misuses == 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The group is closed");

  return FALSE;
}

static gboolean
run_spawn (Frame *frame,
           const Node *node,
           GError **error)
{
  n_misuses = 0;
  expects_misuse = TRUE;
  anyio_task_group_start_soon_named (find_group (frame, node), node->words[2], run_child, frame_new (frame->run, node->body), g_free);

  return fail_if_misused (error);
}

static gboolean
run_create (Frame *frame,
            const Node *node,
            GError **error)
{
  AnyioTask *task;

  n_misuses = 0;
  expects_misuse = TRUE;
  task = anyio_task_group_create_task_named (find_group (frame, node), node->words[2], run_child, frame_new (frame->run, node->body), g_free);
  if (task != NULL)
    g_hash_table_insert (frame->run->tasks, node->words[2], task);

  return fail_if_misused (error);
}

static gboolean
run_start (Frame *frame,
           const Node *node,
           GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean success;

  expects_misuse = TRUE;
  success = anyio_task_group_start_named (find_group (frame, node), node->words[2], run_child, frame_new (frame->run, node->body), g_free, &value, error);
  expects_misuse = FALSE;
  if (success)
    g_hash_table_insert (frame->run->values, node->words[2], G_IS_VALUE (&value) ? g_value_dup_string (&value) : g_strdup ("none"));

  return success;
}

static gboolean
run_started (Frame *frame,
             const Node *node,
             GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean success;

  if (node->n_words > 1)
    {
      g_value_init (&value, G_TYPE_STRING);
      g_value_set_string (&value, node->words[1]);
    }
  expects_misuse = TRUE;
  success = anyio_task_started (node->n_words > 1 ? &value : NULL, error);
  expects_misuse = FALSE;

  return success;
}

static gboolean
run_give (Frame *frame,
          const Node *node,
          GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, node->words[1]);
  anyio_task_set_result (&value);

  return TRUE;
}

static gboolean
run_wait (Frame *frame,
          const Node *node,
          GError **error)
{
  return anyio_task_wait (find_task (frame, node), error);
}

static gboolean
run_cancel_task (Frame *frame,
                 const Node *node,
                 GError **error)
{
  anyio_task_cancel (find_task (frame, node), word_at (node, 2));

  return TRUE;
}

/* --- questions --------------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
run_say (Frame *frame,
         const Node *node,
         GError **error)
{
  say ("%s", node->words[1]);

  return TRUE;
}

static gboolean
run_state (Frame *frame,
           const Node *node,
           GError **error)
{
  AnyioCancelScope *scope = find_scope (frame, node);
  gboolean called = anyio_cancel_scope_get_cancel_called (scope);
  gboolean caught = anyio_cancel_scope_get_cancelled_caught (scope);

  say ("%s=%s%s%s%s", node->words[1], called ? "called" : "", called && caught ? "+" : "", caught ? "caught" : "", called || caught ? "" : "quiet");

  return TRUE;
}

static gboolean
run_reason (Frame *frame,
            const Node *node,
            GError **error)
{
  static const char *const kinds[] = {
    [ANYIO_CANCEL_NONE] = "none",
    [ANYIO_CANCEL_EXPLICIT] = "explicit",
    [ANYIO_CANCEL_DEADLINE] = "deadline",
    [ANYIO_CANCEL_CHILD_FAILED] = "child-failed",
    [ANYIO_CANCEL_BODY_FAILED] = "body-failed",
    [ANYIO_CANCEL_LINKED] = "linked",
  };
  const char *text;
  AnyioCancelKind kind = anyio_cancel_scope_get_reason (find_scope (frame, node), &text, NULL);

  if (kind == ANYIO_CANCEL_EXPLICIT && text != NULL)
    say ("%s=explicit:%s", node->words[1], text);
  else
    say ("%s=%s", node->words[1], kinds[kind]);

  return TRUE;
}

static gboolean
run_by (Frame *frame,
        const Node *node,
        GError **error)
{
  const char *by_task;

  anyio_cancel_scope_get_reason (find_scope (frame, node), NULL, &by_task);
  say ("%s=by:%s", node->words[1], by_task);

  return TRUE;
}

static gboolean
run_deadline_of (Frame *frame,
                 const Node *node,
                 GError **error)
{
  say ("%s=%g", node->words[1], anyio_cancel_scope_get_deadline (find_scope (frame, node)));

  return TRUE;
}

static gboolean
run_effective_deadline (Frame *frame,
                        const Node *node,
                        GError **error)
{
  say ("%g", anyio_current_effective_deadline ());

  return TRUE;
}

static gboolean
run_pending (Frame *frame,
             const Node *node,
             GError **error)
{
  say ("%s", anyio_task_has_pending_cancellation (anyio_get_current_task ()) ? "cancelling" : "going-on");

  return TRUE;
}

static gboolean
run_status (Frame *frame,
            const Node *node,
            GError **error)
{
  static const char *const words[] = {
    [ANYIO_TASK_PENDING] = "pending",
    [ANYIO_TASK_CANCELLING] = "cancelling",
    [ANYIO_TASK_FINISHED] = "finished",
    [ANYIO_TASK_FAILED] = "failed",
    [ANYIO_TASK_CANCELLED] = "cancelled",
  };

  say ("%s=%s", node->words[1], words[anyio_task_get_status (find_task (frame, node))]);

  return TRUE;
}

static gboolean
run_result (Frame *frame,
            const Node *node,
            GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) local = NULL;
  g_autofree char *word = NULL;

  if (!anyio_task_get_result (find_task (frame, node), &value, &local))
    word = describe (local);
  else
    word = G_IS_VALUE (&value) ? g_value_dup_string (&value) : g_strdup ("none");
  say ("%s=%s", node->words[1], word);

  return TRUE;
}

static gboolean
run_value (Frame *frame,
           const Node *node,
           GError **error)
{
  say ("%s=%s", node->words[1], (const char *) look_up (frame->run->values, node->words[1]));

  return TRUE;
}

/* --- other code's cancellables, values of a task ------------------------------------------------------------------------------------------------------- */

static GCancellable *
find_foreign (Frame *frame,
              const char *name)
{
  GCancellable *cancellable = g_hash_table_lookup (frame->run->foreign, name);

  if (cancellable == NULL)
    {
      cancellable = g_cancellable_new ();
      g_hash_table_insert (frame->run->foreign, (gpointer) name, cancellable);
    }

  return cancellable;
}

static gboolean
run_link (Frame *frame,
          const Node *node,
          GError **error)
{
  anyio_cancel_scope_link (find_scope (frame, node), find_foreign (frame, node->words[2]));

  return TRUE;
}

static gboolean
run_hand_out (Frame *frame,
              const Node *node,
              GError **error)
{
  g_hash_table_insert (frame->run->foreign, node->words[2], g_object_ref (anyio_cancel_scope_get_cancellable (find_scope (frame, node))));

  return TRUE;
}

static gboolean
run_cancel_foreign (Frame *frame,
                    const Node *node,
                    GError **error)
{
  g_cancellable_cancel (find_foreign (frame, node->words[1]));

  return TRUE;
}

static gboolean
run_foreign (Frame *frame,
             const Node *node,
             GError **error)
{
  say ("%s=%s", node->words[1], g_cancellable_is_cancelled (find_foreign (frame, node->words[1])) ? "cancelled" : "clear");

  return TRUE;
}

static gboolean
run_set (Frame *frame,
         const Node *node,
         GError **error)
{
  anyio_task_set_value (g_quark_from_string (node->words[1]), g_strdup (node->words[2]), g_free);

  return TRUE;
}

static gboolean
run_get (Frame *frame,
         const Node *node,
         GError **error)
{
  const char *value = anyio_task_get_value (g_quark_from_string (node->words[1]));

  say ("%s=%s", node->words[1], value != NULL ? value : "none");

  return TRUE;
}

/* --- programs -------------------------------------------------------------------------------------------------------------------------------------------- */

static const struct
{
  const char *name;
  StatementFunc func;
} statements[] = {
  { "by", run_by },
  { "cancel", run_cancel },
  { "cancel-foreign", run_cancel_foreign },
  { "cancel-task", run_cancel_task },
  { "checkpoint", run_checkpoint },
  { "checkpoint-if-cancelled", run_checkpoint_if_cancelled },
  { "create", run_create },
  { "deadline", run_deadline },
  { "deadline-of", run_deadline_of },
  { "defer", run_defer },
  { "effective-deadline", run_effective_deadline },
  { "enter", run_enter },
  { "fail-after", run_fail_after },
  { "fail-at", run_fail_at },
  { "foreign", run_foreign },
  { "get", run_get },
  { "give", run_give },
  { "group", run_group },
  { "hand-out", run_hand_out },
  { "leave", run_leave },
  { "link", run_link },
  { "move-on-after", run_move_on_after },
  { "move-on-at", run_move_on_at },
  { "new", run_new },
  { "outcome", run_outcome },
  { "pending", run_pending },
  { "raise", run_raise },
  { "raise-cancelled", run_raise_cancelled },
  { "reason", run_reason },
  { "result", run_result },
  { "say", run_say },
  { "scope", run_scope },
  { "set", run_set },
  { "shield", run_shield },
  { "shielded", run_shielded },
  { "shielded-checkpoint", run_shielded_checkpoint },
  { "sleep", run_sleep },
  { "sleep-forever", run_sleep_forever },
  { "sleep-until", run_sleep_until },
  { "spawn", run_spawn },
  { "start", run_start },
  { "started", run_started },
  { "state", run_state },
  { "status", run_status },
  { "try", run_try },
  { "value", run_value },
  { "wait", run_wait },
};

static StatementFunc
find_statement (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    if (g_str_equal (statements[i].name, name))
      return statements[i].func;
  g_error ("There is no statement \"%s\"", name);
}

/* Ends at the first statement that fails or leaves. */
static gboolean
run_block (Frame *frame,
           GPtrArray *nodes,
           GError **error)
{
  for (guint i = 0; i < nodes->len && !frame->has_left; i++)
    {
      const Node *node = g_ptr_array_index (nodes, i);

      if (!find_statement (node->words[0]) (frame, node, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
run_main (gpointer user_data,
          GError **error)
{
  Frame *frame = user_data;
  Run *run = frame->run;
  gboolean success;

  run->scopes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  run->groups = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  run->tasks = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  run->values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  run->foreign = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  success = run_block (frame, frame->body, error);
  g_hash_table_unref (run->scopes);
  g_hash_table_unref (run->groups);
  g_hash_table_unref (run->tasks);
  g_hash_table_unref (run->values);
  g_hash_table_unref (run->foreign);

  return success;
}

static void
run_case (const char *name,
          char **lines,
          guint n_lines)
{
  g_autoptr (GPtrArray) program = program_parse (lines, n_lines);
  g_autoptr (GError) error = NULL;
  g_autofree char *word = NULL;
  Run run = { 0 };
  Frame frame = { .run = &run, .body = program };

  printf ("case %s\n", name);
  fflush (stdout);
  if (anyio_test_run (run_main, &frame, 0, &error))
    return;
  word = describe (error);
  printf ("= %s\n", word);
}

int
main (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;
  char buffer[4096];
  gsize size;
  guint begin = 0;

  while ((size = fread (buffer, 1, sizeof buffer, stdin)) > 0)
    g_string_append_len (text, buffer, size);
  g_string_append (text, "case ");
  lines = g_strsplit (text->str, "\n", -1);
  g_log_set_writer_func (write_log, NULL, NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "case "))
      {
        if (i > 0)
          run_case (lines[begin] + strlen ("case "), lines + begin + 1, i - begin - 1);
        begin = i;
      }
    else
      memmove (lines[i], lines[i] + 2, strlen (lines[i]) - 1); /* a program is indented below its name */
  printf ("end\n");

  return 0;
}
