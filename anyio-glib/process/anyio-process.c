/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Child processes.
 *
 * A GSubprocess starts the child and reaps it, in GLib's own thread, whether or not anybody is left who asks; signals go through that thread, too, so none reaches a stranger
 * who got the number of a child that was reaped. What is added here: the pipes are streams, whoever waits can be cancelled, and a child never outlives its object.
 *
 * GSubprocess is waited for once, without a GCancellable; our waiters wait for an event instead. In GLib 2.74 a wait that is cancelled while the child ends can return its GTask
 * twice.
 *
 * Invariant: the watch holds a replaced clock from the start of the child until its end is known here, or the object goes. */

#include "process/anyio-process-private.h"

#include "process/anyio-pipe-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <stdlib.h>
#include <sys/wait.h>

/**
 * AnyioProcess:
 *
 * A program that runs as a child. It begins with anyio_open_process(). Those of its standard streams that are piped are streams here.
 *
 * ```c
 * static gboolean
 * shout (gpointer data, GError **error)
 * {
 *   const char *argv[] = { "tr", "a-z", "A-Z", NULL };
 *   g_autoptr (AnyioProcess) process = anyio_open_process (argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, error);
 *   g_autoptr (GBytes) line = NULL;
 *
 *   if (process == NULL)
 *     return FALSE;
 *   if (!anyio_byte_send_stream_send (anyio_process_get_stdin (process), "hello\n", 6, error))
 *     return FALSE;
 *   if (!anyio_async_resource_close (ANYIO_ASYNC_RESOURCE (anyio_process_get_stdin (process)), error))
 *     return FALSE;
 *   line = anyio_byte_receive_stream_receive_bytes (anyio_process_get_stdout (process), 100, error);
 *   if (line == NULL)
 *     return FALSE;
 *   g_print ("%.*s", (int) g_bytes_get_size (line), (const char *) g_bytes_get_data (line, NULL));
 *
 *   return anyio_process_wait (process, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (shout, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * As an #AnyioAsyncResource it is closed in this order: first the pipes, so that no child hangs in a full one; then the end of the child is waited for, as long as it takes. If
 * that is cancelled, the child is killed and reaped. Dropping the last reference kills it, too, and it is reaped. So neither a zombie nor an orphan is ever left.
 *
 * It belongs to the thread that opened it. Under a virtual clock, time stands still while the child runs.
 *
 * AnyIO: abc.Process.
 *
 * Since: 0.1
 */

static void
async_resource_init (AnyioAsyncResourceInterface *iface)
{
  iface->close = anyio_process_close_resource;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (AnyioProcess, anyio_process, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (ANYIO_TYPE_ASYNC_RESOURCE, async_resource_init))

enum
{
  PROP_EXITED = 1,
  PROP_PID,
  PROP_RETURNCODE,
  PROP_STDERR,
  PROP_STDIN,
  PROP_STDOUT,
  PROP_WAIT_STATUS,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* --- the watch -------------------------------------------------------------------------------------------------------------------------------- */

static void
watch_let_clock_go (AnyioProcessWatch *self)
{
  AnyioRuntime *runtime = g_steal_pointer (&self->runtime);

  if (runtime == NULL)
    return;
  anyio_loop_remove_outstanding (&runtime->loop);
  anyio_runtime_end_use (runtime);
}

static void
watch_clear (gpointer data)
{
  AnyioProcessWatch *self = data;

  g_object_unref (self->exited);
}

static void
child_has_exited (GObject *source,
                  GAsyncResult *result,
                  gpointer data)
{
  AnyioProcessWatch *self = data;

  watch_let_clock_go (self);
  anyio_event_set (self->exited);
  g_atomic_rc_box_release_full (self, watch_clear);
}

static AnyioProcessWatch *
watch_new (GSubprocess *subprocess)
{
  AnyioProcessWatch *self = g_atomic_rc_box_new0 (AnyioProcessWatch);

  self->exited = anyio_event_new ();
  self->runtime = anyio_runtime_find ();
  if (self->runtime != NULL)
    {
      anyio_runtime_add_use (self->runtime);
      anyio_loop_add_outstanding (&self->runtime->loop);
    }
  g_subprocess_wait_async (subprocess, NULL, child_has_exited, g_atomic_rc_box_acquire (self));

  return self;
}

/* --- the object ------------------------------------------------------------------------------------------------------------------------------- */

void
anyio_process_close_pipes (AnyioProcess *self)
{
  anyio_pipe_close (self->stdin_stream);
  anyio_pipe_close (self->stdout_stream);
  anyio_pipe_close (self->stderr_stream);
}

static void
anyio_process_dispose (GObject *object)
{
  AnyioProcess *self = ANYIO_PROCESS (object);
  AnyioProcessWatch *watch = g_steal_pointer (&self->watch);

  anyio_process_close_pipes (self);
  if (watch != NULL)
    {
      if (!anyio_event_is_set (watch->exited))
        g_subprocess_force_exit (self->subprocess);
      if (watch->runtime != NULL && anyio_runtime_is_owner (watch->runtime)) /* elsewhere the end of the child does it */
        watch_let_clock_go (watch);
      g_atomic_rc_box_release_full (watch, watch_clear);
    }

  G_OBJECT_CLASS (anyio_process_parent_class)->dispose (object);
}

static void
anyio_process_finalize (GObject *object)
{
  AnyioProcess *self = ANYIO_PROCESS (object);

  g_clear_object (&self->stdin_stream);
  g_clear_object (&self->stdout_stream);
  g_clear_object (&self->stderr_stream);
  g_clear_object (&self->subprocess);

  G_OBJECT_CLASS (anyio_process_parent_class)->finalize (object);
}

static void
anyio_process_get_property (GObject *object,
                            guint id,
                            GValue *value,
                            GParamSpec *pspec)
{
  AnyioProcess *self = ANYIO_PROCESS (object);

  switch (id)
    {
    case PROP_EXITED:
      g_value_set_boolean (value, anyio_process_has_exited (self));
      break;
    case PROP_PID:
      g_value_set_int (value, anyio_process_get_pid (self));
      break;
    case PROP_RETURNCODE:
      g_value_set_int (value, anyio_process_get_returncode (self));
      break;
    case PROP_STDERR:
      g_value_set_object (value, anyio_process_get_stderr (self));
      break;
    case PROP_STDIN:
      g_value_set_object (value, anyio_process_get_stdin (self));
      break;
    case PROP_STDOUT:
      g_value_set_object (value, anyio_process_get_stdout (self));
      break;
    case PROP_WAIT_STATUS:
      g_value_set_int (value, anyio_process_get_wait_status (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_process_class_init (AnyioProcessClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = anyio_process_dispose;
  object_class->finalize = anyio_process_finalize;
  object_class->get_property = anyio_process_get_property;

  /**
   * AnyioProcess:exited: (getter has_exited)
   *
   * Whether the end of the child is known. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_EXITED] = g_param_spec_boolean ("exited", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioProcess:pid:
   *
   * The number of the child; 0 if it ended too quickly to be asked.
   *
   * Since: 0.1
   */
  properties[PROP_PID] = g_param_spec_int ("pid", NULL, NULL, 0, G_MAXINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioProcess:returncode:
   *
   * The exit status, or minus the signal that ended the child; 0 while it runs. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_RETURNCODE] = g_param_spec_int ("returncode", NULL, NULL, G_MININT, G_MAXINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioProcess:stderr:
   *
   * Where the child's errors come from; %NULL if not piped.
   *
   * Since: 0.1
   */
  properties[PROP_STDERR] = g_param_spec_object ("stderr", NULL, NULL, ANYIO_TYPE_BYTE_RECEIVE_STREAM, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioProcess:stdin:
   *
   * Where the child's input goes; %NULL if not piped.
   *
   * Since: 0.1
   */
  properties[PROP_STDIN] = g_param_spec_object ("stdin", NULL, NULL, ANYIO_TYPE_BYTE_SEND_STREAM, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioProcess:stdout:
   *
   * Where the child's output comes from; %NULL if not piped.
   *
   * Since: 0.1
   */
  properties[PROP_STDOUT] = g_param_spec_object ("stdout", NULL, NULL, ANYIO_TYPE_BYTE_RECEIVE_STREAM, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioProcess:wait-status:
   *
   * The status as waitpid() gives it; 0 while the child runs. Changes are not notified.
   *
   * Since: 0.1
   */
  properties[PROP_WAIT_STATUS] = g_param_spec_int ("wait-status", NULL, NULL, G_MININT, G_MAXINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_process_init (AnyioProcess *self)
{
}

/* --- opening ---------------------------------------------------------------------------------------------------------------------------------- */

/* A descriptor of our own for the same end, as the one of GIO's stream cannot be taken out of it, and is closed with it. */
static int
take_fd (GObject *pipe,
         int fd,
         GError **error)
{
  int taken = fcntl (fd, F_DUPFD_CLOEXEC, 3);

  if (taken < 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "The pipe to the process could not be used: %s", g_strerror (errno));
  if (G_IS_OUTPUT_STREAM (pipe))
    g_output_stream_close (G_OUTPUT_STREAM (pipe), NULL, NULL);
  else
    g_input_stream_close (G_INPUT_STREAM (pipe), NULL, NULL);

  return taken;
}

static gboolean
take_output (GInputStream *pipe,
             AnyioByteReceiveStream **stream,
             GError **error)
{
  int fd;

  if (pipe == NULL)
    return TRUE;
  fd = take_fd (G_OBJECT (pipe), g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (pipe)), error);
  if (fd >= 0)
    *stream = anyio_pipe_new_receive (fd, error);

  return *stream != NULL;
}

static gboolean
take_input (GOutputStream *pipe,
            AnyioByteSendStream **stream,
            GError **error)
{
  int fd;

  if (pipe == NULL)
    return TRUE;
  fd = take_fd (G_OBJECT (pipe), g_unix_output_stream_get_fd (G_UNIX_OUTPUT_STREAM (pipe)), error);
  if (fd >= 0)
    *stream = anyio_pipe_new_send (fd, error);

  return *stream != NULL;
}

/**
 * anyio_open_process_from:
 * @launcher: what the child gets: folder, environment, descriptors, which streams are piped
 * @argv: (array zero-terminated=1) (element-type filename): the program, sought in PATH, and its arguments
 * @error: return location for an error
 *
 * Starts a program, as anyio_open_process(), with all there is to choose. The launcher may be used again.
 *
 * Errors: as anyio_open_process().
 *
 * Returns: (transfer full): the process, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioProcess *
anyio_open_process_from (GSubprocessLauncher *launcher,
                         const char * const *argv,
                         GError **error)
{
  g_autoptr (AnyioProcess) self = NULL;
  GSubprocess *subprocess;
  const char *pid;

  g_return_val_if_fail (G_IS_SUBPROCESS_LAUNCHER (launcher), NULL);
  g_return_val_if_fail (argv != NULL && argv[0] != NULL, NULL);

  subprocess = g_subprocess_launcher_spawnv (launcher, argv, error);
  if (subprocess == NULL)
    return NULL;

  self = g_object_new (ANYIO_TYPE_PROCESS, NULL);
  self->subprocess = subprocess;
  self->watch = watch_new (subprocess);
  pid = g_subprocess_get_identifier (subprocess);
  self->pid = pid != NULL ? atoi (pid) : 0;
  if (!take_input (g_subprocess_get_stdin_pipe (subprocess), &self->stdin_stream, error)
      || !take_output (g_subprocess_get_stdout_pipe (subprocess), &self->stdout_stream, error)
      || !take_output (g_subprocess_get_stderr_pipe (subprocess), &self->stderr_stream, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * anyio_open_process:
 * @argv: (array zero-terminated=1) (element-type filename): the program, sought in PATH, and its arguments
 * @flags: which of its streams are piped, and the like
 * @error: return location for an error
 *
 * Starts a program. Never suspends, and needs no task. What is not piped is the caller's, but the input is empty, as #GSubprocess has it. For a line of the shell the program is
 * "/bin/sh" with "-c" and the line. AnyIO: open_process().
 *
 * Errors: #GSpawnError, such as %G_SPAWN_ERROR_NOENT if there is no such program; those of the system in #GIOErrorEnum.
 *
 * Returns: (transfer full): the process, %NULL with @error set
 *
 * Since: 0.1
 */
AnyioProcess *
anyio_open_process (const char * const *argv,
                    GSubprocessFlags flags,
                    GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (flags);

  return anyio_open_process_from (launcher, argv, error);
}

/* --- what is known of it ---------------------------------------------------------------------------------------------------------------------- */

/**
 * anyio_process_get_stdin: (get-property stdin)
 * @self: a process
 *
 * Gets the stream to the child's input. Closing it tells the child that nothing more comes. A child that has closed its end, or has ended, makes sending fail with
 * %G_IO_ERROR_BROKEN_PIPE.
 *
 * Returns: (transfer none) (nullable): the stream; %NULL if not piped
 *
 * Since: 0.1
 */
AnyioByteSendStream *
anyio_process_get_stdin (AnyioProcess *self)
{
  g_return_val_if_fail (ANYIO_IS_PROCESS (self), NULL);

  return self->stdin_stream;
}

/**
 * anyio_process_get_stdout: (get-property stdout)
 * @self: a process
 *
 * Gets the stream of the child's output. It ends when all who hold its other end have closed it: the child, and those that the child has started.
 *
 * Returns: (transfer none) (nullable): the stream; %NULL if not piped
 *
 * Since: 0.1
 */
AnyioByteReceiveStream *
anyio_process_get_stdout (AnyioProcess *self)
{
  g_return_val_if_fail (ANYIO_IS_PROCESS (self), NULL);

  return self->stdout_stream;
}

/**
 * anyio_process_get_stderr: (get-property stderr)
 * @self: a process
 *
 * Gets the stream of the child's errors, as anyio_process_get_stdout().
 *
 * Returns: (transfer none) (nullable): the stream; %NULL if not piped
 *
 * Since: 0.1
 */
AnyioByteReceiveStream *
anyio_process_get_stderr (AnyioProcess *self)
{
  g_return_val_if_fail (ANYIO_IS_PROCESS (self), NULL);

  return self->stderr_stream;
}

/**
 * anyio_process_get_pid:
 * @self: a process
 *
 * Gets the number of the child, for messages. Send signals by anyio_process_send_signal(), which never hits another one.
 *
 * Returns: the number; 0 if the child ended too quickly to be asked
 *
 * Since: 0.1
 */
int
anyio_process_get_pid (AnyioProcess *self)
{
  g_return_val_if_fail (ANYIO_IS_PROCESS (self), 0);

  return self->pid;
}

/**
 * anyio_process_has_exited: (get-property exited)
 * @self: a process
 *
 * Tells whether the end of the child is known; it was reaped then.
 *
 * Returns: %TRUE if it has ended
 *
 * Since: 0.1
 */
gboolean
anyio_process_has_exited (AnyioProcess *self)
{
  g_return_val_if_fail (ANYIO_IS_PROCESS (self), FALSE);

  return anyio_event_is_set (self->watch->exited);
}

/**
 * anyio_process_get_returncode:
 * @self: a process
 *
 * Gets how the child ended, in one number. Ask anyio_process_has_exited() first. AnyIO: Process.returncode.
 *
 * Returns: the exit status, or minus the signal that ended it; 0 while it runs
 *
 * Since: 0.1
 */
int
anyio_process_get_returncode (AnyioProcess *self)
{
  int status = anyio_process_get_wait_status (self);

  return WIFSIGNALED (status) ? -WTERMSIG (status) : WEXITSTATUS (status);
}

/**
 * anyio_process_get_wait_status:
 * @self: a process
 *
 * Gets how the child ended, as waitpid() tells it.
 *
 * Returns: the status; 0 while it runs
 *
 * Since: 0.1
 */
int
anyio_process_get_wait_status (AnyioProcess *self)
{
  g_return_val_if_fail (ANYIO_IS_PROCESS (self), 0);

  return anyio_process_has_exited (self) ? g_subprocess_get_status (self->subprocess) : 0;
}

/**
 * anyio_process_check_exit:
 * @self: a process that has ended
 * @error: return location for an error
 *
 * Turns an end in failure into an error, as g_spawn_check_wait_status() does. Never suspends.
 *
 * Errors: %G_SPAWN_EXIT_ERROR with the exit status as its code; %G_SPAWN_ERROR_FAILED if a signal ended it; %G_IO_ERROR_PENDING while it runs.
 *
 * Returns: %TRUE if it has ended with the exit status 0
 *
 * Since: 0.1
 */
gboolean
anyio_process_check_exit (AnyioProcess *self,
                          GError **error)
{
  g_return_val_if_fail (ANYIO_IS_PROCESS (self), FALSE);

  if (!anyio_process_has_exited (self))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PENDING, "The process %d has not ended yet; wait for it first", self->pid);
      return FALSE;
    }

  return g_spawn_check_wait_status (anyio_process_get_wait_status (self), error);
}
