/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One function per statement, each a direct translation of what README.md says about it; a task of the program is a task of the library
 * and a block is a function call on its stack. Every block runs at most once, so that what a statement needs stands in arrays by its
 * number. */

#include "interpreter.h"

#include "complaints.h"
#include "primitives.h"

#include <anyio-testing.h>
#include <math.h>
#include <string.h>

#define MODEL_ERROR (g_quark_from_static_string ("anyio-model-error"))

typedef struct _Run Run;

typedef struct
{
  Run *run;
  const ModelStatement *statement; /* the spawn or start; NULL in the main task */
} Task;

struct _Run
{
  const ModelProgram *program;
  GString *trace;
  AnyioCancelScope *scopes[MODEL_MAX_STATEMENTS + 1]; /* owned; NULL until first touched */
  AnyioTaskGroup *groups[MODEL_MAX_STATEMENTS + 1];   /* owned; NULL until entered; kept after the join */
  gboolean entered[MODEL_MAX_STATEMENTS + 1];
  Task tasks[MODEL_MAX_STATEMENTS + 1]; /* by the number of the spawn or start; 0: the main task */
  gboolean has_primitives;
  ModelPrimitives primitives;
};

static gboolean run_block (Task *task, const ModelBlock *block, GError **error);

/* --- errors ------------------------------------------------------------------------------------------------------------------------- */

static void
collect_leaves (const GError *error,
                GPtrArray *leaves)
{
  char *leaf;

  if (g_error_matches (error, ANYIO_ERROR, ANYIO_ERROR_GROUP))
    {
      GPtrArray *errors = anyio_error_group_get_errors (error);

      for (guint i = 0; i < errors->len; i++)
        collect_leaves (g_ptr_array_index (errors, i), leaves);
      return;
    }

  if (error->domain == MODEL_ERROR)
    leaf = g_strdup_printf ("e%d", error->code);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    leaf = g_strdup ("C");
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    leaf = g_strdup ("closed");
  else if (g_error_matches (error, ANYIO_ERROR, ANYIO_ERROR_NOT_STARTED))
    leaf = g_strdup ("nostart");
  else if (g_error_matches (error, ANYIO_ERROR, ANYIO_ERROR_MISUSE))
    leaf = g_strdup ("twice");
  else if (g_error_matches (error, ANYIO_ERROR, ANYIO_ERROR_BROKEN))
    leaf = g_strdup ("broken");
  else if (g_error_matches (error, ANYIO_ERROR, ANYIO_ERROR_END_OF_STREAM))
    leaf = g_strdup ("end");
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    leaf = g_strdup ("block");
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
    leaf = g_strdup ("pipe");
  else
    leaf = g_strdup_printf ("[%s %d: %s]", g_quark_to_string (error->domain), error->code, error->message);
  g_ptr_array_add (leaves, leaf);
}

static int
compare_leaves (gconstpointer a,
                gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
append_outcome (GString *trace,
                const GError *error)
{
  g_autoptr (GPtrArray) leaves = NULL;

  if (error == NULL)
    {
      g_string_append (trace, "ok\n");
      return;
    }

  leaves = g_ptr_array_new_with_free_func (g_free);
  collect_leaves (error, leaves);
  g_ptr_array_sort (leaves, compare_leaves);
  for (guint i = 0; i < leaves->len; i++)
    g_string_append_printf (trace, "%s%s", i > 0 ? "," : "", (char *) g_ptr_array_index (leaves, i));
  g_string_append_c (trace, '\n');
}

static void
set_closed (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The group is closed");
}

/* --- scopes and groups ---------------------------------------------------------------------------------------------------------------- */

/* NULL: a group that was not entered yet. */
static AnyioCancelScope *
get_scope (Run *run,
           guint number)
{
  const ModelStatement *statement = &run->program->statements[number];

  if (statement->op == MODEL_GROUP)
    return run->groups[number] != NULL ? anyio_task_group_get_cancel_scope (run->groups[number]) : NULL;

  if (run->scopes[number] == NULL)
    {
      run->scopes[number] = anyio_cancel_scope_new ();
      if (statement->value != MODEL_NEVER)
        anyio_cancel_scope_set_deadline (run->scopes[number], statement->value);
      if (statement->shield)
        anyio_cancel_scope_set_shield (run->scopes[number], TRUE);
    }

  return run->scopes[number];
}

static gboolean
run_scope (Task *task,
           const ModelStatement *statement,
           GError **error)
{
  AnyioCancelScope *scope = get_scope (task->run, statement->number);
  g_autoptr (GError) local = NULL;

  task->run->entered[statement->number] = TRUE;
  anyio_cancel_scope_enter (scope);
  run_block (task, &statement->body, &local);
  if (anyio_cancel_scope_exit (scope, &local))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

static gboolean
run_group (Task *task,
           const ModelStatement *statement,
           GError **error)
{
  AnyioTaskGroup *group = anyio_task_group_open (NULL);
  g_autoptr (GError) local = NULL;

  task->run->groups[statement->number] = group;
  task->run->entered[statement->number] = TRUE;
  run_block (task, &statement->body, &local);
  if (anyio_task_group_join (group, &local))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

static gboolean
run_finally (Task *task,
             const ModelStatement *statement,
             GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (GError) local = NULL;
  AnyioCancelScope *scope;

  run_block (task, &statement->body, &local);

  scope = anyio_cancel_scope_new ();
  anyio_cancel_scope_set_shield (scope, TRUE);
  anyio_cancel_scope_enter (scope);
  run_block (task, &statement->cleanup, &failure);
  anyio_cancel_scope_exit (scope, &failure);
  g_object_unref (scope);

  if (failure != NULL && (local == NULL || anyio_error_is_cancelled (local)))
    {
      g_clear_error (&local);
      local = g_steal_pointer (&failure);
    }
  if (local == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

/* --- tasks ---------------------------------------------------------------------------------------------------------------------------- */

static guint
get_number (const Task *self)
{
  return self->statement != NULL ? self->statement->number : 0;
}

static gboolean
run_child (gpointer user_data,
           GError **error)
{
  Task *task = user_data;
  gboolean success;

  model_complaints_end_misuse ();
  success = run_block (task, &task->statement->body, error);
  if (task->run->has_primitives)
    model_primitives_ended (&task->run->primitives, task->statement->number);

  return success;
}

static Task *
new_task (Run *run,
          const ModelStatement *statement)
{
  Task *task = &run->tasks[statement->number];

  task->run = run;
  task->statement = statement;

  return task;
}

/* Both ways to spawn, by the number of the statement. The one without a handle reports a closed group in the log only. */
static gboolean
run_spawn (Task *task,
           const ModelStatement *statement,
           GError **error)
{
  AnyioTaskGroup *group = task->run->groups[statement->target];
  Task *child = new_task (task->run, statement);
  gboolean lacks_task = FALSE;
  guint n_misuses;

  if (group == NULL)
    {
      set_closed (error);
      return FALSE;
    }

  model_complaints_expect_misuse ();
  if (statement->number % 2 == 0)
    {
      anyio_task_group_start_soon (group, run_child, child, NULL);
    }
  else
    {
      g_autoptr (GObject) handle = G_OBJECT (anyio_task_group_create_task (group, run_child, child, NULL));

      lacks_task = handle == NULL;
    }
  n_misuses = model_complaints_end_misuse ();
  if (statement->number % 2 != 0 && lacks_task != (n_misuses > 0))
    g_string_append (task->run->trace, "! create_task() returned NULL without a message, or a task with one\n");

  if (n_misuses > 0)
    {
      set_closed (error);
      return FALSE;
    }

  return TRUE;
}

static gboolean
run_start (Task *task,
           const ModelStatement *statement,
           GError **error)
{
  AnyioTaskGroup *group = task->run->groups[statement->target];
  gboolean success;

  if (group == NULL)
    {
      set_closed (error);
      return FALSE;
    }

  model_complaints_expect_misuse (); /* until the child runs */
  success = anyio_task_group_start (group, run_child, new_task (task->run, statement), NULL, NULL, error);
  model_complaints_end_misuse ();

  return success;
}

static gboolean
run_started (GError **error)
{
  gboolean success;

  model_complaints_expect_misuse ();
  success = anyio_task_started (NULL, error);
  model_complaints_end_misuse ();

  return success;
}

/* A refused release counts if nothing else failed. */
static gboolean
run_hold (Task *task,
          const ModelStatement *statement,
          GError **error)
{
  ModelPrimitives *primitives = &task->run->primitives;
  g_autoptr (GError) local = NULL;

  if (!model_primitives_acquire (primitives, get_number (task), statement->value, error))
    return FALSE;

  run_block (task, &statement->body, &local);
  model_primitives_release (primitives, get_number (task), statement->value, local == NULL ? &local : NULL);
  if (local == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

/* --- statements ------------------------------------------------------------------------------------------------------------------------- */

static void
run_cancel (Run *run,
            guint number)
{
  AnyioCancelScope *scope = get_scope (run, number);

  if (run->groups[number] != NULL)
    anyio_task_group_cancel (run->groups[number], "the program says so");
  else if (scope != NULL)
    anyio_cancel_scope_cancel (scope, "the program says so");
}

static gboolean
run_statement (Task *task,
               const ModelStatement *statement,
               guint *item,
               GError **error)
{
  AnyioCancelScope *scope;

  switch (statement->op)
    {
    case MODEL_CKPT:
      return anyio_checkpoint (error);
    case MODEL_SCHED:
      anyio_shielded_checkpoint ();
      return TRUE;
    case MODEL_SLEEP:
      return anyio_sleep (statement->value, error);
    case MODEL_SCOPE:
      return run_scope (task, statement, error);
    case MODEL_GROUP:
      return run_group (task, statement, error);
    case MODEL_SPAWN:
      return run_spawn (task, statement, error);
    case MODEL_START:
      return run_start (task, statement, error);
    case MODEL_STARTED:
      return run_started (error);
    case MODEL_CANCEL:
      run_cancel (task->run, statement->target);
      return TRUE;
    case MODEL_SHIELD:
      if ((scope = get_scope (task->run, statement->target)) != NULL)
        anyio_cancel_scope_set_shield (scope, statement->value != 0);
      return TRUE;
    case MODEL_DEADLINE:
      if ((scope = get_scope (task->run, statement->target)) != NULL)
        anyio_cancel_scope_set_deadline (scope, statement->value == MODEL_NEVER ? INFINITY : statement->value);
      return TRUE;
    case MODEL_RAISE:
      g_set_error (error, MODEL_ERROR, (int) statement->number, "Failure %u", statement->number);
      return FALSE;
    case MODEL_RAISE_CANCELLED:
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Raised by the program");
      return FALSE;
    case MODEL_FINALLY:
      return run_finally (task, statement, error);
    case MODEL_SWALLOW:
      run_block (task, &statement->body, NULL);
      return TRUE;
    case MODEL_HOLD:
      return run_hold (task, statement, error);
    default:
      return model_primitives_run (&task->run->primitives, get_number (task), statement, item, error);
    }
}

static gboolean
run_block (Task *task,
           const ModelBlock *block,
           GError **error)
{
  for (const ModelStatement *statement = block->first; statement != NULL; statement = statement->next)
    {
      GString *trace = task->run->trace;
      g_autoptr (GError) local = NULL;
      guint item = 0;
      gboolean success = run_statement (task, statement, &item, &local);

      g_string_append_printf (trace, "%g %u %u ", anyio_current_time (), get_number (task), statement->number);
      if (item != 0)
        g_string_append_printf (trace, "ok %u\n", item);
      else
        append_outcome (trace, local);
      if (success != (local == NULL))
        g_string_append_printf (trace, "! the value returned was %d\n", success);
      if (local != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }

  return TRUE;
}

/* The main task succeeds always, because the run that it is the main task of would report a failure. */
static gboolean
run_main (gpointer user_data,
          GError **error)
{
  Run *run = user_data;
  g_autoptr (GError) local = NULL;

  run->tasks[0].run = run;
  if (run->has_primitives)
    model_primitives_init (&run->primitives, run->trace);
  run_block (&run->tasks[0], &run->program->main, &local);
  g_string_append (run->trace, "= ");
  append_outcome (run->trace, local);

  for (guint i = 1; i <= run->program->n_statements; i++)
    if (run->entered[i])
      {
        AnyioCancelScope *scope = get_scope (run, i);

        g_string_append_printf (run->trace, "s%u %s %s\n", i, anyio_cancel_scope_get_cancel_called (scope) ? "called" : "-",
                                anyio_cancel_scope_get_cancelled_caught (scope) ? "caught" : "-");
      }

  if (run->has_primitives)
    model_primitives_finish (&run->primitives);

  for (guint i = 1; i <= run->program->n_statements; i++)
    {
      g_clear_object (&run->scopes[i]);
      g_clear_object (&run->groups[i]);
    }

  return TRUE;
}

void
model_interpreter_run (const ModelProgram *program,
                       guint schedule,
                       GString *trace)
{
  Run run = { .program = program, .trace = trace, .has_primitives = model_primitives_are_used (program) };
  g_autoptr (GError) error = NULL;

  model_complaints_set_trace (trace);
  anyio_test_run (run_main, &run, schedule, &error);
  if (g_error_matches (error, ANYIO_ERROR, ANYIO_ERROR_DEADLOCK))
    g_string_append (trace, "@ deadlock\n");
  else if (error != NULL)
    g_string_append_printf (trace, "! the run failed: %s\n", error->message);
  model_complaints_set_trace (NULL);
}
