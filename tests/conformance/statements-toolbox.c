/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Statements about what synchronises tasks: events, futures, locks, semaphores, limiters, guards, conditions and barriers. */

#include "interpreter.h"

/* --- objects --------------------------------------------------------------------------------------------- */

static gboolean
keep (Frame *frame,
      const Node *node,
      gpointer object)
{
  g_hash_table_insert (frame->run->objects, node->words[1], object);

  return TRUE;
}

static gboolean
run_event (Frame *frame,
           const Node *node,
           GError **error)
{
  return keep (frame, node, anyio_event_new ());
}

static gboolean
run_lock (Frame *frame,
          const Node *node,
          GError **error)
{
  return keep (frame, node, anyio_lock_new ());
}

static gboolean
run_semaphore (Frame *frame,
               const Node *node,
               GError **error)
{
  const char *most = word_at (node, 3);

  return keep (frame, node, anyio_semaphore_new ((guint) number (node->words[2]), most != NULL ? (guint) number (most) : 0));
}

static gboolean
run_limiter (Frame *frame,
             const Node *node,
             GError **error)
{
  return keep (frame, node, anyio_capacity_limiter_new (number (node->words[2])));
}

static gboolean
run_condition (Frame *frame,
               const Node *node,
               GError **error)
{
  return keep (frame, node, anyio_condition_new (look_up (frame->run->objects, node->words[2])));
}

static gboolean
run_barrier (Frame *frame,
             const Node *node,
             GError **error)
{
  return keep (frame, node, anyio_barrier_new ((guint) number (node->words[2])));
}

static gboolean
run_future (Frame *frame,
            const Node *node,
            GError **error)
{
  return keep (frame, node, anyio_future_new ());
}

static gboolean
run_rate (Frame *frame,
          const Node *node,
          GError **error)
{
  return keep (frame, node, anyio_rate_limiter_new (number (node->words[2]), (guint) number (node->words[3])));
}

static gboolean
run_guard (Frame *frame,
           const Node *node,
           GError **error)
{
  return keep (frame, node, anyio_resource_guard_new ("using"));
}

/* --- waiting and waking ---------------------------------------------------------------------------------- */

static gboolean
run_await (Frame *frame,
           const Node *node,
           GError **error)
{
  gpointer object = find_object (frame, node);
  gboolean success;
  guint place;

  if (ANYIO_IS_EVENT (object))
    return anyio_event_wait (object, error);
  if (ANYIO_IS_FUTURE (object))
    return anyio_future_wait (object, error);
  if (ANYIO_IS_BARRIER (object))
    {
      if (!anyio_barrier_wait (object, &place, error))
        return FALSE;
      say ("%s=%u", node->words[1], place);
      return TRUE;
    }
  expect_misuse ();
  success = anyio_condition_wait (object, error);
  was_misused ();

  return success;
}

static gboolean
run_fire (Frame *frame,
          const Node *node,
          GError **error)
{
  anyio_event_set (find_object (frame, node));

  return TRUE;
}

static gboolean
fail_if_misused (GError **error)
{
  if (!was_misused ())
    return TRUE;
  g_set_error_literal (error, ANYIO_ERROR, ANYIO_ERROR_MISUSE, "The message told why");

  return FALSE;
}

static gboolean
run_notify (Frame *frame,
            const Node *node,
            GError **error)
{
  AnyioCondition *condition = find_object (frame, node);

  expect_misuse ();
  if (g_str_equal (node->words[2], "all"))
    anyio_condition_notify_all (condition);
  else
    anyio_condition_notify (condition, (guint) number (node->words[2]));

  return fail_if_misused (error);
}

/* --- futures --------------------------------------------------------------------------------------------- */

static gboolean
fail_if_late (gboolean is_in_time,
              GError **error)
{
  if (!is_in_time)
    g_set_error_literal (error, FAILURE, 0, "late");

  return is_in_time;
}

static gboolean
run_settle (Frame *frame,
            const Node *node,
            GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, node->words[2]);

  return fail_if_late (anyio_future_set_value (find_object (frame, node), &value), error);
}

static gboolean
run_fail (Frame *frame,
          const Node *node,
          GError **error)
{
  g_autoptr (GError) failure = g_error_new_literal (FAILURE, 0, node->words[2]);

  return fail_if_late (anyio_future_set_error (find_object (frame, node), failure), error);
}

static gboolean
run_cancel_future (Frame *frame,
                   const Node *node,
                   GError **error)
{
  anyio_future_cancel (find_object (frame, node));

  return TRUE;
}

static gboolean
run_read (Frame *frame,
          const Node *node,
          GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;

  if (!anyio_future_await (find_object (frame, node), &value, error))
    return FALSE;
  say ("%s=%s", node->words[1], g_value_get_string (&value));

  return TRUE;
}

/* --- having ---------------------------------------------------------------------------------------------- */

/* Of a rate limiter, which has no borrowers. */
static guint
n_tokens (const char *word)
{
  return word != NULL ? (guint) number (word) : 1;
}

/* A name stands for a borrower; the same name is the same pointer. */
static gpointer
borrower_of (const char *name)
{
  return (gpointer) g_intern_string (name);
}

static gboolean
acquire (gpointer object,
         const char *borrower,
         GError **error)
{
  if (ANYIO_IS_LOCK (object))
    return anyio_lock_acquire (object, error);
  if (ANYIO_IS_SEMAPHORE (object))
    return anyio_semaphore_acquire (object, error);
  if (ANYIO_IS_RATE_LIMITER (object))
    return anyio_rate_limiter_acquire (object, n_tokens (borrower), error);
  if (borrower == NULL)
    return anyio_capacity_limiter_acquire (object, error);

  return anyio_capacity_limiter_acquire_on_behalf_of (object, borrower_of (borrower), error);
}

static gboolean
run_acquire (Frame *frame,
             const Node *node,
             GError **error)
{
  gboolean success;

  expect_misuse ();
  success = acquire (find_object (frame, node), word_at (node, 2), error);
  was_misused ();

  return success;
}

static gboolean
acquire_nowait (gpointer object,
                const char *borrower,
                GError **error)
{
  if (ANYIO_IS_LOCK (object))
    return anyio_lock_acquire_nowait (object, error);
  if (ANYIO_IS_SEMAPHORE (object))
    return anyio_semaphore_acquire_nowait (object, error);
  if (ANYIO_IS_RATE_LIMITER (object))
    return anyio_rate_limiter_acquire_nowait (object, n_tokens (borrower), error);
  if (borrower == NULL)
    return anyio_capacity_limiter_acquire_nowait (object, error);

  return anyio_capacity_limiter_acquire_on_behalf_of_nowait (object, borrower_of (borrower), error);
}

static gboolean
run_acquire_nowait (Frame *frame,
                    const Node *node,
                    GError **error)
{
  gboolean success;

  expect_misuse ();
  success = acquire_nowait (find_object (frame, node), word_at (node, 2), error);
  was_misused ();

  return success;
}

static void
release (gpointer object,
         const char *borrower)
{
  if (ANYIO_IS_LOCK (object))
    anyio_lock_release (object);
  else if (ANYIO_IS_SEMAPHORE (object))
    anyio_semaphore_release (object);
  else if (borrower == NULL)
    anyio_capacity_limiter_release (object);
  else
    anyio_capacity_limiter_release_on_behalf_of (object, borrower_of (borrower));
}

static gboolean
run_release (Frame *frame,
             const Node *node,
             GError **error)
{
  expect_misuse ();
  release (find_object (frame, node), word_at (node, 2));

  return fail_if_misused (error);
}

static gboolean
run_holding (Frame *frame,
             const Node *node,
             GError **error)
{
  gpointer object = find_object (frame, node);
  gboolean success;

  if (ANYIO_IS_LOCK (object))
    {
      g_autoptr (AnyioLockLocker) locker = anyio_lock_locker_new (object, error);

      return locker != NULL && run_block (frame, node->body, error);
    }
  if (ANYIO_IS_RESOURCE_GUARD (object))
    {
      g_autoptr (AnyioResourceGuardLocker) locker = anyio_resource_guard_locker_new (object, error);

      return locker != NULL && run_block (frame, node->body, error);
    }
  if (!acquire (object, NULL, error))
    return FALSE;
  success = run_block (frame, node->body, error);
  release (object, NULL);

  return success;
}

static gboolean
run_total (Frame *frame,
           const Node *node,
           GError **error)
{
  anyio_capacity_limiter_set_total_tokens (find_object (frame, node), number (node->words[2]));

  return TRUE;
}

/* --- questions ------------------------------------------------------------------------------------------- */

static gboolean
run_look (Frame *frame,
          const Node *node,
          GError **error)
{
  const char *name = node->words[1];
  gpointer object = find_object (frame, node);

  if (ANYIO_IS_EVENT (object))
    say ("%s=%s", name, anyio_event_is_set (object) ? "set" : "unset");
  else if (ANYIO_IS_LOCK (object))
    say ("%s=%s", name, anyio_lock_is_locked (object) ? "held" : "free");
  else if (ANYIO_IS_SEMAPHORE (object))
    say ("%s=%u", name, anyio_semaphore_get_value (object));
  else if (ANYIO_IS_RATE_LIMITER (object))
    say ("%s=%g", name, anyio_rate_limiter_get_available_tokens (object));
  else if (ANYIO_IS_RESOURCE_GUARD (object))
    say ("%s=%s", name, anyio_resource_guard_is_busy (object) ? "held" : "free");
  else if (ANYIO_IS_CAPACITY_LIMITER (object))
    say ("%s=%g", name, anyio_capacity_limiter_get_available_tokens (object));
  else if (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (object))
    say ("%s=%" G_GUINT64_FORMAT, name, anyio_memory_object_send_stream_get_current_buffer_used (object));
  else
    say ("%s=%" G_GUINT64_FORMAT, name, anyio_memory_object_receive_stream_get_current_buffer_used (object));

  return TRUE;
}

static gboolean
run_waiting (Frame *frame,
             const Node *node,
             GError **error)
{
  gpointer object = find_object (frame, node);
  guint n;

  if (ANYIO_IS_MEMORY_OBJECT_SEND_STREAM (object))
    n = anyio_memory_object_send_stream_get_tasks_waiting_send (object);
  else if (ANYIO_IS_MEMORY_OBJECT_RECEIVE_STREAM (object))
    n = anyio_memory_object_receive_stream_get_tasks_waiting_receive (object);
  else if (ANYIO_IS_BROADCAST_STREAM (object))
    n = anyio_broadcast_stream_get_tasks_waiting_send (object);
  else
    g_object_get (object, "tasks-waiting", &n, NULL);
  say ("%s=%u", node->words[1], n);

  return TRUE;
}

const Statement toolbox_statements[] = {
  { "acquire", run_acquire },
  { "acquire-nowait", run_acquire_nowait },
  { "await", run_await },
  { "barrier", run_barrier },
  { "cancel-future", run_cancel_future },
  { "condition", run_condition },
  { "event", run_event },
  { "fail", run_fail },
  { "fire", run_fire },
  { "future", run_future },
  { "guard", run_guard },
  { "holding", run_holding },
  { "limiter", run_limiter },
  { "lock", run_lock },
  { "look", run_look },
  { "notify", run_notify },
  { "rate", run_rate },
  { "read", run_read },
  { "release", run_release },
  { "semaphore", run_semaphore },
  { "settle", run_settle },
  { "total", run_total },
  { "waiting", run_waiting },
  { NULL, NULL },
};
