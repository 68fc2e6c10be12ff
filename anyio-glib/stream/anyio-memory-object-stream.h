/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Making memory object streams, and giving them types in C. */

#pragma once

#include <anyio-glib/stream/anyio-memory-object-receive-stream.h>
#include <anyio-glib/stream/anyio-memory-object-send-stream.h>

G_BEGIN_DECLS

/**
 * ANYIO_UNBOUNDED:
 *
 * The buffer size of a stream whose buffer grows as long as there is memory. A fast sender is not slowed down then.
 *
 * Since: 0.1
 */
#define ANYIO_UNBOUNDED G_MAXSIZE

ANYIO_AVAILABLE_IN_0_1
void anyio_create_memory_object_stream  (gsize max_buffer_size, GType item_type, AnyioMemoryObjectSendStream **send, AnyioMemoryObjectReceiveStream **receive);
ANYIO_AVAILABLE_IN_0_1
void anyio_create_memory_pointer_stream (gsize max_buffer_size, GDestroyNotify destroy, AnyioMemoryObjectSendStream **send, AnyioMemoryObjectReceiveStream **receive);

/**
 * ANYIO_DEFINE_MEMORY_OBJECT_STREAM: (skip)
 * @TypeName: the beginning of the types' names
 * @type_name: the same for functions
 * @ItemType: the type of an item, a pointer
 * @destroy: frees an item that nobody receives; %NULL
 *
 * Defines types and functions for streams of one type of items: for `ANYIO_DEFINE_MEMORY_OBJECT_STREAM (Job, job, Job *, job_free)`
 *
 * - `JobSendStream` and `JobReceiveStream`, with g_autoptr(),
 * - `void job_stream_create (gsize max_buffer_size, JobSendStream **send, JobReceiveStream **receive)`,
 * - `gboolean job_send (JobSendStream *stream, Job *item, GError **error)` and `job_send_nowait`,
 * - `gboolean job_receive (JobReceiveStream *stream, Job **item, GError **error)` and `job_receive_nowait`,
 * - `job_send_stream_clone`, `job_send_stream_close`, `job_receive_stream_clone`, `job_receive_stream_close`.
 *
 * The streams are the usual ones under another name, so they can be cast, and given to ANYIO_SELECT_RECEIVE() with a cast.
 *
 * ```c
 * ANYIO_DEFINE_MEMORY_OBJECT_STREAM (Text, text, char *, g_free)
 *
 * static gboolean
 * produce (gpointer data, GError **error)
 * {
 *   g_autoptr (TextSendStream) send = data;
 *
 *   for (int i = 0; i < 3; i++)
 *     {
 *       g_autofree char *text = g_strdup_printf ("item %d", i);
 *
 *       if (!text_send (send, text, error))
 *         return FALSE;
 *       text = NULL;
 *     }
 *
 *   return TRUE;
 * }
 *
 * static gboolean
 * consume (gpointer data, GError **error)
 * {
 *   g_autoptr (GError) end = NULL;
 *   TextSendStream *send;
 *   g_autoptr (TextReceiveStream) receive = NULL;
 *   char *text;
 *   g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
 *
 *   text_stream_create (1, &send, &receive);
 *   anyio_task_group_start_soon (group, produce, send, NULL);
 *   while (text_receive (receive, &text, &end))
 *     {
 *       g_print ("%s\n", text);
 *       g_free (text);
 *     }
 *   if (!g_error_matches (end, ANYIO_ERROR, ANYIO_ERROR_END_OF_STREAM))
 *     g_propagate_error (error, g_steal_pointer (&end));
 *
 *   return anyio_task_group_join (group, error);
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (consume, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * Since: 0.1
 */
#define ANYIO_DEFINE_MEMORY_OBJECT_STREAM(TypeName, type_name, ItemType, destroy) \
  typedef struct _##TypeName##SendStream TypeName##SendStream; \
  typedef struct _##TypeName##ReceiveStream TypeName##ReceiveStream; \
  \
  G_GNUC_UNUSED static inline void \
  type_name##_stream_create (gsize max_buffer_size, TypeName##SendStream **send, TypeName##ReceiveStream **receive) \
  { \
    AnyioMemoryObjectSendStream *send_stream; \
    AnyioMemoryObjectReceiveStream *receive_stream; \
    \
    anyio_create_memory_pointer_stream (max_buffer_size, (GDestroyNotify) (destroy), &send_stream, &receive_stream); \
    *send = (TypeName##SendStream *) send_stream; \
    *receive = (TypeName##ReceiveStream *) receive_stream; \
  } \
  \
  G_GNUC_UNUSED static inline gboolean \
  type_name##_send (TypeName##SendStream *stream, ItemType item, GError **error) \
  { \
    return anyio_memory_object_send_stream_send ((AnyioMemoryObjectSendStream *) stream, (gpointer) item, error); \
  } \
  \
  G_GNUC_UNUSED static inline gboolean \
  type_name##_send_nowait (TypeName##SendStream *stream, ItemType item, GError **error) \
  { \
    return anyio_memory_object_send_stream_send_nowait ((AnyioMemoryObjectSendStream *) stream, (gpointer) item, error); \
  } \
  \
  G_GNUC_UNUSED static inline gboolean \
  type_name##_receive (TypeName##ReceiveStream *stream, ItemType *item, GError **error) \
  { \
    gpointer pointer; \
    \
    if (!anyio_memory_object_receive_stream_receive ((AnyioMemoryObjectReceiveStream *) stream, &pointer, error)) \
      return FALSE; \
    *item = (ItemType) pointer; \
    \
    return TRUE; \
  } \
  \
  G_GNUC_UNUSED static inline gboolean \
  type_name##_receive_nowait (TypeName##ReceiveStream *stream, ItemType *item, GError **error) \
  { \
    gpointer pointer; \
    \
    if (!anyio_memory_object_receive_stream_receive_nowait ((AnyioMemoryObjectReceiveStream *) stream, &pointer, error)) \
      return FALSE; \
    *item = (ItemType) pointer; \
    \
    return TRUE; \
  } \
  \
  G_GNUC_UNUSED static inline TypeName##SendStream * \
  type_name##_send_stream_clone (TypeName##SendStream *stream, GError **error) \
  { \
    return (TypeName##SendStream *) anyio_memory_object_send_stream_clone ((AnyioMemoryObjectSendStream *) stream, error); \
  } \
  \
  G_GNUC_UNUSED static inline TypeName##ReceiveStream * \
  type_name##_receive_stream_clone (TypeName##ReceiveStream *stream, GError **error) \
  { \
    return (TypeName##ReceiveStream *) anyio_memory_object_receive_stream_clone ((AnyioMemoryObjectReceiveStream *) stream, error); \
  } \
  \
  G_GNUC_UNUSED static inline void \
  type_name##_send_stream_close (TypeName##SendStream *stream) \
  { \
    anyio_memory_object_send_stream_close ((AnyioMemoryObjectSendStream *) stream); \
  } \
  \
  G_GNUC_UNUSED static inline void \
  type_name##_receive_stream_close (TypeName##ReceiveStream *stream) \
  { \
    anyio_memory_object_receive_stream_close ((AnyioMemoryObjectReceiveStream *) stream); \
  } \
  \
  G_DEFINE_AUTOPTR_CLEANUP_FUNC (TypeName##SendStream, g_object_unref) \
  G_DEFINE_AUTOPTR_CLEANUP_FUNC (TypeName##ReceiveStream, g_object_unref)

G_END_DECLS
