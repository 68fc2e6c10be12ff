/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Running a program to its end. All three pipes are served at the same time, as a child that waits until its output is taken takes no input, and the other way round. */

#include "process/anyio-run-process.h"

#include "combinators/anyio-gather.h"
#include "core/anyio-error.h"
#include "core/anyio-time.h"
#include "gio/anyio-async-private.h"
#include "gio/anyio-async.h"

#define CHUNK 65536 /* what a pipe holds */

/* --- one stream each -------------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  AnyioByteSendStream *stream; /* borrowed */
  GBytes *input;               /* borrowed; NULL: nothing */
} Feed;

/* A child that does not want all of it, or has ended, is no failure. */
static gboolean
feed (gpointer data,
      GError **error)
{
  const Feed *self = data;
  GError *failure = NULL;
  gsize size = 0;
  gconstpointer bytes = self->input != NULL ? g_bytes_get_data (self->input, &size) : NULL;
  gboolean success = size == 0 || anyio_byte_send_stream_send (self->stream, bytes, size, &failure);

  if (!success && !g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  g_clear_error (&failure);

  return anyio_async_resource_close (ANYIO_ASYNC_RESOURCE (self->stream), error);
}

typedef struct
{
  AnyioByteReceiveStream *stream; /* borrowed */
  GByteArray *output;             /* owned; NULL if not piped */
} Collection;

static gboolean
collect (gpointer data,
         GError **error)
{
  Collection *self = data;

  for (;;)
    {
      guint size = self->output->len;
      gssize n;

      g_byte_array_set_size (self->output, size + CHUNK);
      n = anyio_byte_receive_stream_receive (self->stream, self->output->data + size, CHUNK, error);
      g_byte_array_set_size (self->output, size + MAX (n, 0));
      if (n <= 0)
        return n == 0;
    }
}

static void
collection_begin (Collection *self,
                  AnyioByteReceiveStream *stream)
{
  self->stream = stream;
  self->output = stream != NULL ? g_byte_array_new () : NULL;
}

static GBytes *
collection_end (Collection *self)
{
  return self->output != NULL ? g_byte_array_free_to_bytes (self->output) : NULL;
}

/* --- a process -------------------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  AnyioProcess *process; /* owned; NULL: it is made of argv */
  GStrv argv;            /* owned; NULL */
  GBytes *input;         /* owned; NULL */
  GBytes *stdout_bytes;  /* owned; NULL if not piped */
  GBytes *stderr_bytes;  /* owned; NULL if not piped */
} Talk;

static void
talk_clear (Talk *self)
{
  g_clear_object (&self->process);
  g_clear_pointer (&self->argv, g_strfreev);
  g_clear_pointer (&self->input, g_bytes_unref);
  g_clear_pointer (&self->stdout_bytes, g_bytes_unref);
  g_clear_pointer (&self->stderr_bytes, g_bytes_unref);
}

static void
talk_free (gpointer data)
{
  talk_clear (data);
  g_free (data);
}

/* Into the locations of the caller, who may not want them. */
static void
talk_give (Talk *self,
           GBytes **stdout_bytes,
           GBytes **stderr_bytes)
{
  if (stdout_bytes != NULL)
    *stdout_bytes = g_steal_pointer (&self->stdout_bytes);
  if (stderr_bytes != NULL)
    *stderr_bytes = g_steal_pointer (&self->stderr_bytes);
}

static gboolean
talk (Talk *self,
      GBytes *input,
      GError **error)
{
  Feed feeding = { anyio_process_get_stdin (self->process), input };
  Collection outputs[2];
  AnyioPart parts[3];
  guint n_parts = 0;
  GError *failure = NULL;

  collection_begin (&outputs[0], anyio_process_get_stdout (self->process));
  collection_begin (&outputs[1], anyio_process_get_stderr (self->process));
  if (feeding.stream != NULL)
    parts[n_parts++] = (AnyioPart) ANYIO_PART (feed, &feeding);
  for (guint i = 0; i < G_N_ELEMENTS (outputs); i++)
    if (outputs[i].stream != NULL)
      parts[n_parts++] = (AnyioPart) ANYIO_PART (collect, &outputs[i]);

  if (!anyio_gather (parts, n_parts, &failure))
    anyio_async_resource_close_forcefully (ANYIO_ASYNC_RESOURCE (self->process), NULL);
  else
    anyio_process_close (self->process, &failure);
  self->stdout_bytes = collection_end (&outputs[0]);
  self->stderr_bytes = collection_end (&outputs[1]);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);

  return FALSE;
}

/**
 * anyio_process_communicate: (skip)
 * @self: a process whose pipes nobody else uses
 * @input: (nullable): what to send to its input, if that is piped
 * @stdout_bytes: (out) (optional) (nullable) (transfer full): its output, also that of a failed call; %NULL if not piped
 * @stderr_bytes: (out) (optional) (nullable) (transfer full): its errors, also those of a failed call; %NULL if not piped
 * @error: return location for an error
 *
 * Sends the input, receives all outputs meanwhile, waits for the end of the child, and closes the process. Cancel point: then the child is killed and reaped. A child that does
 * not take all of its input is no failure, and neither is how it ends; see anyio_process_check_exit(). As long as something that the child has started holds its output, this
 * waits.
 *
 * Errors: %G_IO_ERROR_CANCELLED; those of the streams; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when it has ended
 *
 * Since: 0.1
 */
gboolean
anyio_process_communicate (AnyioProcess *self,
                           GBytes *input,
                           GBytes **stdout_bytes,
                           GBytes **stderr_bytes,
                           GError **error)
{
  Talk talking = { .process = self };
  gboolean success;

  g_return_val_if_fail (ANYIO_IS_PROCESS (self), FALSE);

  g_object_ref (self);
  success = talk (&talking, input, error);
  talk_give (&talking, stdout_bytes, stderr_bytes);
  talk_clear (&talking);

  return success;
}

static gboolean
communicate_body (gpointer data,
                  GError **error)
{
  Talk *self = g_task_get_task_data (data);

  return talk (self, self->input, error) && anyio_async_return_boolean (data, TRUE);
}

/**
 * anyio_process_communicate_async:
 * @self: a process whose pipes nobody else uses
 * @input: (nullable): what to send to its input, if that is piped
 * @cancellable: (nullable): kills the child
 * @callback: (scope async) (closure user_data): called when the child has ended
 * @user_data: its argument
 *
 * anyio_process_communicate() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_process_communicate_async (AnyioProcess *self,
                                 GBytes *input,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Talk *talking;

  g_return_if_fail (ANYIO_IS_PROCESS (self));

  talking = g_new (Talk, 1);
  *talking = (Talk){ .process = g_object_ref (self), .input = input != NULL ? g_bytes_ref (input) : NULL };
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_process_communicate_async);
  g_task_set_task_data (task, talking, talk_free);
  anyio_run_in_task (task, communicate_body);
}

/**
 * anyio_process_communicate_finish:
 * @self: a process
 * @result: the result
 * @stdout_bytes: (out) (optional) (nullable) (transfer full): its output; %NULL if not piped
 * @stderr_bytes: (out) (optional) (nullable) (transfer full): its errors; %NULL if not piped
 * @error: return location for an error
 *
 * Finishes anyio_process_communicate_async().
 *
 * Errors: as anyio_process_communicate().
 *
 * Returns: %TRUE when it has ended
 *
 * Since: 0.1
 */
gboolean
anyio_process_communicate_finish (AnyioProcess *self,
                                  GAsyncResult *result,
                                  GBytes **stdout_bytes,
                                  GBytes **stderr_bytes,
                                  GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  talk_give (g_task_get_task_data (G_TASK (result)), stdout_bytes, stderr_bytes);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- a program -------------------------------------------------------------------------------------------------------------------------------- */

#define ALL_PIPES (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE)

static gboolean
run_process (Talk *self,
             const char * const *argv,
             GBytes *input,
             GError **error)
{
  if (!anyio_checkpoint_if_cancelled (error))
    return FALSE;
  self->process = anyio_open_process (argv, ALL_PIPES, error);

  return self->process != NULL && talk (self, input, error) && anyio_process_check_exit (self->process, error);
}

/**
 * anyio_run_process: (skip)
 * @argv: (array zero-terminated=1) (element-type filename): the program, sought in PATH, and its arguments
 * @input: (nullable): what to send to its input
 * @stdout_bytes: (out) (optional) (nullable) (transfer full): its output, also if it ended in failure; %NULL if it was not started
 * @stderr_bytes: (out) (optional) (nullable) (transfer full): its errors, also if it ended in failure; %NULL if it was not started
 * @error: return location for an error
 *
 * Runs a program to its end. Cancel point: then it is killed and reaped. To choose the folder, the environment or the pipes, and to bear an exit status that is not 0, use
 * anyio_open_process_from() and anyio_process_communicate(). AnyIO: run_process().
 *
 * Errors: those of anyio_open_process(); those of anyio_process_check_exit() if it ends in failure; those of anyio_process_communicate().
 *
 * Returns: %TRUE if it has ended with the exit status 0
 *
 * Since: 0.1
 */
gboolean
anyio_run_process (const char * const *argv,
                   GBytes *input,
                   GBytes **stdout_bytes,
                   GBytes **stderr_bytes,
                   GError **error)
{
  Talk talking = { .process = NULL };
  gboolean success;

  g_return_val_if_fail (argv != NULL && argv[0] != NULL, FALSE);

  success = run_process (&talking, argv, input, error);
  talk_give (&talking, stdout_bytes, stderr_bytes);
  talk_clear (&talking);

  return success;
}

static gboolean
run_process_body (gpointer data,
                  GError **error)
{
  Talk *self = g_task_get_task_data (data);

  return run_process (self, (const char * const *) self->argv, self->input, error) && anyio_async_return_boolean (data, TRUE);
}

/**
 * anyio_run_process_async:
 * @argv: (array zero-terminated=1) (element-type filename): the program, sought in PATH, and its arguments
 * @input: (nullable): what to send to its input
 * @cancellable: (nullable): kills it
 * @callback: (scope async) (closure user_data): called when it has ended
 * @user_data: its argument
 *
 * anyio_run_process() for callers that are not a task.
 *
 * Since: 0.1
 */
void
anyio_run_process_async (const char * const *argv,
                         GBytes *input,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Talk *talking;

  g_return_if_fail (argv != NULL && argv[0] != NULL);

  talking = g_new (Talk, 1);
  *talking = (Talk){ .argv = g_strdupv ((char **) argv), .input = input != NULL ? g_bytes_ref (input) : NULL };
  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, anyio_run_process_async);
  g_task_set_task_data (task, talking, talk_free);
  anyio_run_in_task (task, run_process_body);
}

/**
 * anyio_run_process_finish:
 * @result: the result
 * @stdout_bytes: (out) (optional) (nullable) (transfer full): its output; %NULL if it was not started
 * @stderr_bytes: (out) (optional) (nullable) (transfer full): its errors; %NULL if it was not started
 * @error: return location for an error
 *
 * Finishes anyio_run_process_async().
 *
 * Errors: as anyio_run_process().
 *
 * Returns: %TRUE if it has ended with the exit status 0
 *
 * Since: 0.1
 */
gboolean
anyio_run_process_finish (GAsyncResult *result,
                          GBytes **stdout_bytes,
                          GBytes **stderr_bytes,
                          GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  talk_give (g_task_get_task_data (G_TASK (result)), stdout_bytes, stderr_bytes);

  return g_task_propagate_boolean (G_TASK (result), error);
}
