/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GIO's own operations, as they are: files, sockets, subprocesses; and a realistic function cancelled at every place. */

#include <glib/gstdio.h>
#include <string.h>

#include "fake-operation.h"

#define N_CONNECTIONS 50

/* --- files -------------------------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  char *path; /* owned */
  GFile *file; /* owned */
} Folder;

static Folder
folder_new (void)
{
  char *path = g_dir_make_tmp ("anyio-gio-XXXXXX", NULL);

  return (Folder){ path, g_file_new_for_path (path) };
}

static void
folder_clear (Folder *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->path, name, NULL);

      g_unlink (path);
    }
  g_rmdir (self->path);
  g_clear_pointer (&self->path, g_free);
  g_clear_object (&self->file);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Folder, folder_clear)

static gboolean
replace (GFile *file,
         const char *text,
         GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_file_replace_contents_async (file, text, strlen (text), NULL, FALSE, G_FILE_CREATE_NONE, ANYIO_CALL (&call));

  return g_file_replace_contents_finish (file, anyio_call_await (&call), NULL, error);
}

static char *
load (GFile *file,
      GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  char *contents = NULL;

  g_file_load_contents_async (file, ANYIO_CALL (&call));
  g_file_load_contents_finish (file, anyio_call_await (&call), &contents, NULL, NULL, error);

  return contents;
}

static int
count_files (GFile *folder,
             GError **error)
{
  g_autoptr (GFileEnumerator) enumerator = NULL;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  int n = 0;

  g_file_enumerate_children_async (folder, "standard::name", G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
  enumerator = g_file_enumerate_children_finish (folder, anyio_call_await (&call), error);
  if (enumerator == NULL)
    return -1;

  for (;;)
    {
      GList *infos;

      g_file_enumerator_next_files_async (enumerator, 2, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
      infos = g_file_enumerator_next_files_finish (enumerator, anyio_call_await (&call), error);
      if (infos == NULL)
        break;
      n += g_list_length (infos);
      g_list_free_full (infos, g_object_unref);
    }
  g_file_enumerator_close_async (enumerator, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
  if (!g_file_enumerator_close_finish (enumerator, anyio_call_await (&call), error))
    return -1;

  return n;
}

static gboolean
files (gpointer user_data,
       GError **error)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (GFile) file = g_file_get_child (folder.file, "a");
  g_autoptr (GFile) copy = g_file_get_child (folder.file, "b");
  g_autofree char *contents = NULL;

  g_test_summary ("11.12: replace, copy, load and enumerate, with GIO's own functions");

  if (!replace (file, "some text", error))
    return FALSE;
  {
    g_auto (AnyioCall) call = ANYIO_CALL_INIT;

    g_file_copy_async (file, copy, G_FILE_COPY_NONE, G_PRIORITY_DEFAULT, anyio_call_begin (&call), NULL, NULL, anyio_call_ready, &call);
    if (!g_file_copy_finish (file, anyio_call_await (&call), error))
      return FALSE;
  }
  contents = load (copy, error);
  g_assert_cmpstr (contents, ==, "some text");
  g_assert_cmpint (count_files (folder.file, error), ==, 2);

  return TRUE;
}

typedef struct
{
  GFile *file; /* borrowed */
  guint n_successes;
} Everywhere;

/* Open, write, read back, close, with plain streams. The close is shielded by hand. */
static gboolean
open_read_write_close (gpointer user_data,
                       GError **error)
{
  GFile *file = ((Everywhere *) user_data)->file;
  g_autoptr (GFileIOStream) stream = NULL;
  GOutputStream *output;
  GInputStream *input;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  char text[5];
  gsize size;
  gboolean success;

  g_file_replace_readwrite_async (file, NULL, FALSE, G_FILE_CREATE_NONE, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
  stream = g_file_replace_readwrite_finish (file, anyio_call_await (&call), error);
  if (stream == NULL)
    return FALSE;

  output = g_io_stream_get_output_stream (G_IO_STREAM (stream));
  input = g_io_stream_get_input_stream (G_IO_STREAM (stream));
  g_output_stream_write_all_async (output, "Hello", 5, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
  success = g_output_stream_write_all_finish (output, anyio_call_await (&call), &size, error);
  if (success)
    success = g_seekable_seek (G_SEEKABLE (stream), 0, G_SEEK_SET, NULL, error);
  if (success)
    {
      g_input_stream_read_all_async (input, text, sizeof text, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
      success = g_input_stream_read_all_finish (input, anyio_call_await (&call), &size, error);
      g_assert_true (!success || (size == 5 && memcmp (text, "Hello", 5) == 0));
    }
  {
    ANYIO_SHIELD_FOR (5);

    g_io_stream_close_async (G_IO_STREAM (stream), G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
    success &= g_io_stream_close_finish (G_IO_STREAM (stream), anyio_call_await (&call), success ? error : NULL);
  }

  return success;
}

static void
check_result (guint n,
              const GError *error,
              gpointer user_data)
{
  Everywhere *self = user_data;

  if (error == NULL)
    self->n_successes++;
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
cancelled_everywhere (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (GFile) file = g_file_get_child (folder.file, "a");
  Everywhere everywhere = { file };
  guint n_points;

  g_test_summary ("I3, 2.8: open, write, read, close, cancelled at each suspension point: nothing leaks, and the result is CANCELLED or whole");

  n_points = anyio_test_cancel_everywhere (open_read_write_close, &everywhere, check_result);
  g_assert_cmpuint (n_points, >=, 8); /* a begin and an await for each of the four */
  g_assert_cmpuint (everywhere.n_successes, >=, 1);
}

/* --- sockets ------------------------------------------------------------------------------------------------------------------------------- */

static gboolean
echo (gpointer user_data,
      GError **error)
{
  g_autoptr (GSocketConnection) connection = user_data;
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  char buffer[64];

  for (;;)
    {
      gssize size;

      g_input_stream_read_async (input, buffer, sizeof buffer, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
      size = g_input_stream_read_finish (input, anyio_call_await (&call), error);
      if (size <= 0)
        return size == 0;
      g_output_stream_write_all_async (output, buffer, size, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
      if (!g_output_stream_write_all_finish (output, anyio_call_await (&call), NULL, error))
        return FALSE;
    }
}

static gboolean
serve (gpointer user_data,
       GError **error)
{
  GSocketListener *listener = user_data;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  for (;;)
    {
      GSocketConnection *connection;

      g_socket_listener_accept_async (listener, ANYIO_CALL (&call));
      connection = g_socket_listener_accept_finish (listener, anyio_call_await (&call), NULL, error);
      if (connection == NULL)
        return FALSE;
      anyio_task_group_start_soon (group, echo, connection, NULL);
    }
}

static gboolean
talk (gpointer user_data,
      GError **error)
{
  guint16 port = GPOINTER_TO_UINT (user_data);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  GInputStream *input;
  GOutputStream *output;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  char reply[16] = "";

  g_socket_client_connect_to_host_async (client, "127.0.0.1", port, ANYIO_CALL (&call));
  connection = g_socket_client_connect_to_host_finish (client, anyio_call_await (&call), error);
  if (connection == NULL)
    return FALSE;

  input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *text = g_strdup_printf ("%012u", g_random_int ());

      g_output_stream_write_all_async (output, text, 12, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
      if (!g_output_stream_write_all_finish (output, anyio_call_await (&call), NULL, error))
        return FALSE;
      g_input_stream_read_all_async (input, reply, 12, G_PRIORITY_DEFAULT, ANYIO_CALL (&call));
      if (!g_input_stream_read_all_finish (input, anyio_call_await (&call), NULL, error))
        return FALSE;
      g_assert_cmpstr (reply, ==, text);
    }
  anyio_trace ("x");

  return TRUE;
}

static gboolean
talk_all (guint16 port,
          GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (guint i = 0; i < N_CONNECTIONS; i++)
    anyio_task_group_start_soon (group, talk, GUINT_TO_POINTER (port), NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
sockets (gpointer user_data,
         GError **error)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) actual = NULL;

  g_test_summary ("11.12, 3.1: fifty connections, a task at each end; then the server is cancelled and has ended when the group has");

  if (!g_socket_listener_add_address (listener, address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &actual, error))
    return FALSE;
  anyio_task_group_start_soon (group, serve, listener, NULL);
  if (!talk_all (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (actual)), error))
    return FALSE;
  g_assert_cmpuint (strlen (anyio_trace_get ()), ==, 2 * N_CONNECTIONS - 1);
  anyio_task_group_cancel (group, "enough");
  if (!anyio_task_group_join (group, error))
    return FALSE;
  g_socket_listener_close (listener);

  return TRUE;
}

/* --- subprocesses --------------------------------------------------------------------------------------------------------------------------- */

static gboolean
subprocess (gpointer user_data,
            GError **error)
{
  g_autoptr (GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, error, "cat", NULL);
  g_autofree char *text = NULL;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_test_summary ("11.12: a subprocess that is talked to");

  if (process == NULL)
    return FALSE;
  g_subprocess_communicate_utf8_async (process, "through the cat", ANYIO_CALL (&call));
  if (!g_subprocess_communicate_utf8_finish (process, anyio_call_await (&call), &text, NULL, error))
    return FALSE;
  g_assert_cmpstr (text, ==, "through the cat");
  g_assert_true (g_subprocess_get_successful (process));

  return TRUE;
}

static gboolean
wait_for_process (GSubprocess *process,
                  GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  ANYIO_FAIL_AFTER (0.02, error);

  g_subprocess_wait_async (process, ANYIO_CALL (&call));

  return g_subprocess_wait_finish (process, anyio_call_await (&call), error);
}

static gboolean
subprocess_timeout (gpointer user_data,
                    GError **error)
{
  g_autoptr (GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, error, "sleep", "1000", NULL);
  g_autoptr (GError) timeout = NULL;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_test_summary ("2.13: waiting for a subprocess with a deadline; afterwards it is killed and reaped");

  if (process == NULL)
    return FALSE;
  g_assert_false (wait_for_process (process, &timeout));
  g_assert_error (timeout, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_subprocess_force_exit (process);
  g_subprocess_wait_async (process, ANYIO_CALL (&call));
  if (!g_subprocess_wait_finish (process, anyio_call_await (&call), error))
    return FALSE;
  g_assert_true (g_subprocess_get_if_signaled (process));

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func_real_time ("/gio-real/files/copy", files);
  g_test_add_func ("/gio-real/files/cancelled-everywhere", cancelled_everywhere);
  anyio_test_add_func_real_time ("/gio-real/sockets/fifty-connections", sockets);
  anyio_test_add_func_real_time ("/gio-real/process/communicate", subprocess);
  anyio_test_add_func_real_time ("/gio-real/process/timeout", subprocess_timeout);

  return g_test_run ();
}
