/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "mixed.h"

#include <math.h>

static GString *the_trace; /* what the fibers of this library did, with spaces between */

static void G_GNUC_PRINTF (1, 2)
trace (const char *format, ...)
{
  va_list arguments;

  if (the_trace == NULL)
    the_trace = g_string_new (NULL);
  if (the_trace->len > 0)
    g_string_append_c (the_trace, ' ');
  va_start (arguments, format);
  g_string_append_vprintf (the_trace, format, arguments);
  va_end (arguments);
}

/**
 * mixed_take_trace:
 *
 * Gets what the fibers have done since the last time.
 *
 * Returns: (transfer full): words with spaces between
 */
char *
mixed_take_trace (void)
{
  g_autoptr (GString) taken = g_steal_pointer (&the_trace);

  return g_strdup (taken != NULL ? taken->str : "");
}

/* --- a fiber function as a pair ------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  int a;
  int b;
  double seconds;
  int result;
} Sum;

static gboolean
add (gpointer user_data,
     GError **error)
{
  Sum *sum = user_data;

  if (!anyio_sleep (sum->seconds, error))
    {
      trace ("add!");
      return FALSE;
    }
  trace ("add-");
  sum->result = sum->a + sum->b;

  return TRUE;
}

/**
 * mixed_add_async:
 * @a: a number
 * @b: a number
 * @seconds: how long it takes
 * @cancellable: (nullable): ends it
 * @callback: (scope async) (closure user_data): called when it is done
 * @user_data: its argument
 *
 * Adds two numbers, slowly.
 */
void
mixed_add_async (int a,
                 int b,
                 double seconds,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  Sum sum = { a, b, seconds };

  anyio_call_func_async (NULL, "add", add, g_memdup2 (&sum, sizeof sum), g_free, cancellable, callback, user_data);
}

/**
 * mixed_add_finish:
 * @result: the result
 * @error: return location for an error
 *
 * Finishes mixed_add_async().
 *
 * Returns: the sum
 */
int
mixed_add_finish (GAsyncResult *result,
                  GError **error)
{
  const Sum *sum = g_task_get_task_data (G_TASK (result));

  return anyio_call_func_finish (NULL, result, error) ? sum->result : 0;
}

/* --- fibers in anybody's group ---------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  double seconds;
  char *failure; /* NULL: it succeeds */
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  g_free (work->failure);
  g_free (work);
}

static gboolean
do_work (gpointer data,
         GError **error)
{
  const Work *work = data;
  const char *name = anyio_task_get_name (anyio_get_current_task ());

  trace ("%s+", name);
  if (isfinite (anyio_current_effective_deadline ()))
    trace ("%s@%g", name, anyio_current_effective_deadline ());
  if (!anyio_sleep (work->seconds, error))
    {
      trace ("%s!", name);
      return FALSE;
    }
  if (work->failure != NULL)
    {
      trace ("%sx", name);
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, work->failure);
      return FALSE;
    }
  trace ("%s-", name);

  return TRUE;
}

/**
 * mixed_start_fiber:
 * @group: a group of any language
 * @name: the task's name
 * @seconds: how long it sleeps
 * @failure: (nullable): the message with which it fails then; %NULL if it succeeds
 *
 * Starts a fiber that sleeps.
 */
void
mixed_start_fiber (AnyioTaskGroup *group,
                   const char *name,
                   double seconds,
                   const char *failure)
{
  Work *work = g_new (Work, 1);

  work->seconds = seconds;
  work->failure = g_strdup (failure);
  anyio_task_group_start_soon_named (group, g_intern_string (name), do_work, work, work_free);
}

/* --- a group that a fiber owns ------------------------------------------------------------------------------------------------------------------ */

/**
 * MixedHost:
 *
 * A fiber with a group into which others put tasks. It joins the group when mixed_host_join_async() is called.
 */
struct _MixedHost
{
  GObject parent_instance;

  double timeout;        /* seconds */
  AnyioTaskGroup *group; /* owned by the fiber; NULL before and after */
  AnyioTask *task;       /* the fiber; owned */
  gboolean is_joining;
  GError *error;         /* what the group came to; owned; NULL */
};

G_DEFINE_FINAL_TYPE (MixedHost, mixed_host, G_TYPE_OBJECT)

static void
mixed_host_finalize (GObject *object)
{
  MixedHost *self = MIXED_HOST (object);

  g_clear_object (&self->task);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (mixed_host_parent_class)->finalize (object);
}

static void
mixed_host_class_init (MixedHostClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mixed_host_finalize;
}

static void
mixed_host_init (MixedHost *self)
{
}

static gboolean
run_body (MixedHost *self,
          GError **error)
{
  ANYIO_FAIL_AFTER (self->timeout, error);
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  self->group = group;
  while (!self->is_joining && anyio_sleep (0.5, NULL))
    ;
  anyio_task_group_join (group, error);
  self->group = NULL;

  return *error == NULL;
}

static gboolean
host (gpointer data,
      GError **error)
{
  MixedHost *self = data;

  trace ("%s", run_body (self, &self->error) ? "joined" : "failed");

  return TRUE;
}

/**
 * mixed_host_new:
 * @timeout: how long it and all its tasks may take, in seconds
 *
 * Starts a fiber that opens a group. The group is there when the fiber has begun.
 *
 * Returns: (transfer full): the host of the group
 */
MixedHost *
mixed_host_new (double timeout)
{
  MixedHost *self = g_object_new (MIXED_TYPE_HOST, NULL);

  self->timeout = timeout;
  self->task = g_object_ref (anyio_start (host, g_object_ref (self), g_object_unref));

  return self;
}

/**
 * mixed_host_get_group:
 * @self: a host
 *
 * Gets the group.
 *
 * Returns: (transfer none) (nullable): the group
 */
AnyioTaskGroup *
mixed_host_get_group (MixedHost *self)
{
  return self->group;
}

static gboolean
wait_for_host (gpointer data,
               GError **error)
{
  MixedHost *self = data;

  self->is_joining = TRUE;

  return anyio_task_wait (self->task, error);
}

/**
 * mixed_host_join_async:
 * @self: a host
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async) (closure user_data): called when the group is joined
 * @user_data: its argument
 *
 * Has the host join its group, and waits for that.
 */
void
mixed_host_join_async (MixedHost *self,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  anyio_call_func_async (self, "join", wait_for_host, self, NULL, cancellable, callback, user_data);
}

/**
 * mixed_host_join_finish:
 * @self: a host
 * @result: the result
 * @error: return location for an error
 *
 * Finishes mixed_host_join_async().
 *
 * Returns: %TRUE if all in the group succeeded
 */
gboolean
mixed_host_join_finish (MixedHost *self,
                        GAsyncResult *result,
                        GError **error)
{
  if (!anyio_call_func_finish (self, result, error))
    return FALSE;
  if (self->error == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (self->error));

  return FALSE;
}
