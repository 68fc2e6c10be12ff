/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The interfaces of byte streams: the pairs of _async and _finish for callers that are no task, and a stream of one's own behind the functions. */

#include "../core/core-test.h"

static void
keep_result (GObject *source,
             GAsyncResult *result,
             gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

/* What one call of receive brings. */
static GBytes *
receive (AnyioByteStream *stream,
         gsize max_bytes,
         GCancellable *cancellable,
         GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  anyio_byte_receive_stream_receive_async (ANYIO_BYTE_RECEIVE_STREAM (stream), max_bytes, cancellable, keep_result, &result);

  return anyio_byte_receive_stream_receive_finish (ANYIO_BYTE_RECEIVE_STREAM (stream), wait_for (&result), error);
}

static void
test_twins (void)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;
  g_autoptr (GAsyncResult) waiting = NULL, sent = NULL, told = NULL, told_again = NULL;
  g_autoptr (GBytes) hello = g_bytes_new_static ("hello", 5);
  g_autoptr (GBytes) first = NULL, rest = NULL, end = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Header: outside tasks bytes are received and sent by the pairs of _async and _finish; the end is no bytes");

  g_assert_true (anyio_socket_stream_new_pair (&one, &other, &error));
  anyio_byte_receive_stream_receive_async (ANYIO_BYTE_RECEIVE_STREAM (other), 3, NULL, keep_result, &waiting);
  anyio_byte_send_stream_send_async (ANYIO_BYTE_SEND_STREAM (one), hello, NULL, keep_result, &sent);
  first = anyio_byte_receive_stream_receive_finish (ANYIO_BYTE_RECEIVE_STREAM (other), wait_for (&waiting), &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (first, NULL), g_bytes_get_size (first), "hel", 3);
  g_assert_true (anyio_byte_send_stream_send_finish (ANYIO_BYTE_SEND_STREAM (one), wait_for (&sent), &error));
  rest = receive (other, 1000000, NULL, &error);
  g_assert_cmpmem (g_bytes_get_data (rest, NULL), g_bytes_get_size (rest), "lo", 2);
  anyio_byte_stream_send_eof_async (one, NULL, keep_result, &told);
  g_assert_true (anyio_byte_stream_send_eof_finish (one, wait_for (&told), &error));
  anyio_byte_stream_send_eof_async (one, NULL, keep_result, &told_again);
  g_assert_true (anyio_byte_stream_send_eof_finish (one, wait_for (&told_again), &error));
  end = receive (other, 10, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (end), ==, 0);
  g_assert_null (receive (other, 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
test_twins_end (void)
{
  g_autoptr (AnyioByteStream) one = NULL, other = NULL;
  g_autoptr (GAsyncResult) cancelled = NULL, waiting = NULL, closed = NULL, closed_again = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) end = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("SEMANTICS 8.3, 8.4: a GCancellable ends receiving, and makes closing no less a closing; who waits when it is closed gets CLOSED, a second reader PENDING");

  g_assert_true (anyio_socket_stream_new_pair (&one, &other, &error));
  anyio_byte_receive_stream_receive_async (ANYIO_BYTE_RECEIVE_STREAM (one), 10, cancellable, keep_result, &cancelled);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_null (receive (one, 10, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_assert_null (anyio_byte_receive_stream_receive_finish (ANYIO_BYTE_RECEIVE_STREAM (one), wait_for (&cancelled), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  anyio_byte_receive_stream_receive_async (ANYIO_BYTE_RECEIVE_STREAM (one), 10, NULL, keep_result, &waiting);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  anyio_async_resource_close_async (ANYIO_ASYNC_RESOURCE (one), cancellable, keep_result, &closed);
  g_assert_null (anyio_byte_receive_stream_receive_finish (ANYIO_BYTE_RECEIVE_STREAM (one), wait_for (&waiting), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&error);
  anyio_async_resource_close_finish (ANYIO_ASYNC_RESOURCE (one), wait_for (&closed), NULL);
  g_assert_true (anyio_socket_stream_is_closed (ANYIO_SOCKET_STREAM (one)));
  anyio_async_resource_close_async (ANYIO_ASYNC_RESOURCE (one), NULL, keep_result, &closed_again);
  g_assert_true (anyio_async_resource_close_finish (ANYIO_ASYNC_RESOURCE (one), wait_for (&closed_again), &error));
  end = receive (other, 10, NULL, &error);
  g_assert_cmpuint (g_bytes_get_size (end), ==, 0);
}

/* --- a resource of one's own ------------------------------------------------------------------------------------------------------------------------ */

/* It takes leave for a second, unless it is cancelled; "peace" or "force" is in the trace. */
typedef struct
{
  GObject parent_instance;
  gboolean is_closed;
} Slow;

typedef struct
{
  GObjectClass parent_class;
} SlowClass;

static gboolean
slow_close (AnyioAsyncResource *resource,
            GError **error)
{
  Slow *self = (Slow *) resource;
  gboolean success;

  if (self->is_closed)
    return TRUE;
  self->is_closed = TRUE;
  success = anyio_sleep (1, error);
  anyio_trace (success ? "peace" : "force");

  return success;
}

static void
slow_resource_init (AnyioAsyncResourceInterface *iface)
{
  iface->close = slow_close;
}

G_GNUC_UNUSED static GType slow_get_type (void);
G_DEFINE_TYPE_WITH_CODE (Slow, slow, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (ANYIO_TYPE_ASYNC_RESOURCE, slow_resource_init))

static void
slow_class_init (SlowClass *klass)
{
}

static void
slow_init (Slow *self)
{
}

static gboolean
test_close (gpointer data,
            GError **error)
{
  g_autoptr (GObject) calm = g_object_new (slow_get_type (), NULL);
  g_autoptr (GObject) hasty = g_object_new (slow_get_type (), NULL);
  g_autoptr (GObject) late = g_object_new (slow_get_type (), NULL);
  g_autoptr (GError) failure = NULL;
  g_autoptr (AnyioCancelScope) scope = NULL;

  g_test_summary ("SEMANTICS 8.3: close waits; forcefully it does not; in a cancelled scope it is forceful and CANCELLED; the second time does nothing");

  g_assert_true (anyio_async_resource_close (ANYIO_ASYNC_RESOURCE (calm), error));
  g_assert_true (anyio_async_resource_close (ANYIO_ASYNC_RESOURCE (calm), error));
  g_assert_cmpfloat (anyio_current_time (), ==, 1);
  g_assert_true (anyio_async_resource_close_forcefully (ANYIO_ASYNC_RESOURCE (hasty), error));
  g_assert_cmpfloat (anyio_current_time (), ==, 1);
  scope = open_scope ();
  anyio_cancel_scope_cancel (scope, NULL);
  assert_is_cancelled (anyio_async_resource_close (ANYIO_ASYNC_RESOURCE (late), &failure), failure);
  g_assert_true (anyio_async_resource_close (ANYIO_ASYNC_RESOURCE (late), error));
  g_assert_true (anyio_async_resource_close_forcefully (ANYIO_ASYNC_RESOURCE (late), error));
  assert_exits (scope);
  anyio_assert_trace ("peace force force");

  return TRUE;
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/byte-stream/twins/bytes", test_twins);
  g_test_add_func ("/byte-stream/twins/end", test_twins_end);
  anyio_test_add_func ("/byte-stream/resource/close", test_close);

  return g_test_run ();
}
