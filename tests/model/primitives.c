/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One function per kind of statement; see primitives.h for the book. */

#include "primitives.h"

#include "complaints.h"

static const guint stream_sizes[MODEL_N_STREAMS] = { 0, 1, 3, G_MAXUINT };

static const struct
{
  guint initial;
  guint most;
} semaphores[MODEL_N_SEMAPHORES] = { { 1, 0 }, { 2, 2 } };

/* --- life ----------------------------------------------------------------------------------------------------------------------------------- */

gboolean
model_primitives_are_used (const ModelProgram *program)
{
  for (guint i = 1; i <= program->n_statements; i++)
    if (program->statements[i].op >= MODEL_WAIT)
      return TRUE;

  return FALSE;
}

/* Of an item that nobody will receive. */
static void
destroy_item (gpointer data)
{
  ((ModelItem *) data)->n_destroyed++;
}

void
model_primitives_init (ModelPrimitives *self,
                       GString *trace)
{
  *self = (ModelPrimitives){ .trace = trace };

  for (guint i = 0; i < MODEL_N_EVENTS; i++)
    self->events[i] = anyio_event_new ();
  for (guint i = 0; i < MODEL_N_LOCKS; i++)
    {
      self->locks[i] = anyio_lock_new ();
      self->conditions[i] = anyio_condition_new (self->locks[i]);
      self->owners[i] = MODEL_NOBODY;
    }
  for (guint i = 0; i < MODEL_N_SEMAPHORES; i++)
    {
      self->semaphores[i] = anyio_semaphore_new (semaphores[i].initial, semaphores[i].most);
      self->n_left[i] = semaphores[i].initial;
    }
  self->limiter = anyio_capacity_limiter_new (1);
  for (guint i = 0; i < MODEL_N_STREAMS; i++)
    anyio_create_memory_pointer_stream (stream_sizes[i] == G_MAXUINT ? G_MAXSIZE : stream_sizes[i], destroy_item, &self->streams[i].senders[0],
                                        &self->streams[i].receivers[0]);
}

static void
free_all (ModelPrimitives *self)
{
  for (guint i = 0; i < MODEL_N_EVENTS; i++)
    g_object_unref (self->events[i]);
  for (guint i = 0; i < MODEL_N_LOCKS; i++)
    {
      g_object_unref (self->conditions[i]);
      g_object_unref (self->locks[i]);
    }
  for (guint i = 0; i < MODEL_N_SEMAPHORES; i++)
    g_object_unref (self->semaphores[i]);
  g_object_unref (self->limiter);
  for (guint i = 0; i < MODEL_N_STREAMS; i++)
    for (guint j = 0; j < 2; j++)
      {
        g_clear_object (&self->streams[i].senders[j]);
        g_clear_object (&self->streams[i].receivers[j]);
      }
}

/* --- the book --------------------------------------------------------------------------------------------------------------------------------- */

static void
complain (ModelPrimitives *self,
          const char *what,
          guint which)
{
  g_string_append_printf (self->trace, "! %s %u\n", what, which);
}

/* What is acquired: a lock, a semaphore, or the limiter. */
static gboolean
is_lock (guint which)
{
  return which < MODEL_N_LOCKS;
}

static gboolean
is_semaphore (guint which)
{
  return !is_lock (which) && which < MODEL_N_LOCKS + MODEL_N_SEMAPHORES;
}

/* Asking again would be misuse. */
static gboolean
has (const ModelPrimitives *self,
     guint task,
     guint which)
{
  return is_lock (which) ? self->owners[which] == task && !self->is_broken[which] : !is_semaphore (which) && self->has_token[task];
}

static void
note_acquired (ModelPrimitives *self,
               guint task,
               guint which)
{
  if (is_lock (which))
    {
      if (self->owners[which] != MODEL_NOBODY)
        complain (self, "two tasks have lock", which);
      self->owners[which] = task;
    }
  else if (is_semaphore (which))
    {
      if (self->n_left[which - MODEL_N_LOCKS]-- == 0)
        complain (self, "more was acquired than there is of semaphore", which - MODEL_N_LOCKS);
    }
  else
    {
      self->has_token[task] = TRUE;
      self->n_tokens++;
    }
}

static void
note_released (ModelPrimitives *self,
               guint task,
               guint which)
{
  if (is_lock (which))
    {
      if (!self->is_broken[which])
        self->owners[which] = MODEL_NOBODY;
    }
  else if (is_semaphore (which))
    {
      self->n_left[which - MODEL_N_LOCKS]++;
    }
  else
    {
      self->has_token[task] = FALSE;
      self->n_tokens--;
    }
}

void
model_primitives_ended (ModelPrimitives *self,
                        guint task)
{
  for (guint i = 0; i < MODEL_N_LOCKS; i++)
    if (self->owners[i] == task)
      self->is_broken[i] = TRUE;
  if (self->has_token[task])
    note_released (self, task, MODEL_N_LOCKS + MODEL_N_SEMAPHORES);
}

static void
check_items (ModelPrimitives *self)
{
  for (guint i = 1; i <= MODEL_MAX_STATEMENTS; i++)
    {
      const ModelItem *item = &self->items[i];

      if (item->n_received + item->n_destroyed != (item->fate == MODEL_ITEM_ACCEPTED))
        complain (self, "not one fate for the item of", i);
    }
}

static void
check_holdings (ModelPrimitives *self)
{
  for (guint i = 0; i < MODEL_N_LOCKS; i++)
    if (anyio_lock_is_locked (self->locks[i]) != (self->owners[i] != MODEL_NOBODY) || anyio_lock_get_tasks_waiting (self->locks[i]) > 0
        || anyio_condition_get_tasks_waiting (self->conditions[i]) > 0)
      complain (self, "not as the book says: lock", i);
  for (guint i = 0; i < MODEL_N_SEMAPHORES; i++)
    if (anyio_semaphore_get_value (self->semaphores[i]) != self->n_left[i] || anyio_semaphore_get_tasks_waiting (self->semaphores[i]) > 0)
      complain (self, "not as the book says: semaphore", i);
  if (anyio_capacity_limiter_get_borrowed_tokens (self->limiter) != self->n_tokens || anyio_capacity_limiter_get_tasks_waiting (self->limiter) > 0)
    complain (self, "not as the book says: limiter", 0);
}

void
model_primitives_finish (ModelPrimitives *self)
{
  GString *trace = self->trace;

  g_string_append_c (trace, '@');
  for (guint i = 0; i < MODEL_N_EVENTS; i++)
    g_string_append (trace, anyio_event_is_set (self->events[i]) ? " set" : " -");
  for (guint i = 0; i < MODEL_N_LOCKS; i++)
    g_string_append (trace, !anyio_lock_is_locked (self->locks[i]) ? " free" : anyio_lock_get_owner (self->locks[i]) == NULL ? " broken" : " held");
  for (guint i = 0; i < MODEL_N_SEMAPHORES; i++)
    g_string_append_printf (trace, " %u", anyio_semaphore_get_value (self->semaphores[i]));
  g_string_append_printf (trace, " %u/%g", anyio_capacity_limiter_get_borrowed_tokens (self->limiter),
                          anyio_capacity_limiter_get_total_tokens (self->limiter));
  for (guint i = 0; i < MODEL_N_STREAMS; i++)
    {
      AnyioMemoryObjectReceiveStream *stream = self->streams[i].receivers[0];

      g_string_append_printf (trace, " %u:%u:%u", (guint) anyio_memory_object_receive_stream_get_current_buffer_used (stream),
                              anyio_memory_object_receive_stream_get_open_send_streams (stream),
                              anyio_memory_object_receive_stream_get_open_receive_streams (stream));
    }
  g_string_append_c (trace, '\n');

  check_holdings (self);
  free_all (self);
  check_items (self);
}

/* --- locks, semaphores, the limiter ------------------------------------------------------------------------------------------------------------ */

gboolean
model_primitives_acquire (ModelPrimitives *self,
                          guint task,
                          guint which,
                          GError **error)
{
  gboolean success;

  if (has (self, task, which))
    model_complaints_expect_misuse ();
  if (is_lock (which))
    success = anyio_lock_acquire (self->locks[which], error);
  else if (is_semaphore (which))
    success = anyio_semaphore_acquire (self->semaphores[which - MODEL_N_LOCKS], error);
  else
    success = anyio_capacity_limiter_acquire (self->limiter, error);
  model_complaints_end_misuse ();
  if (success)
    note_acquired (self, task, which);

  return success;
}

static gboolean
acquire_nowait (ModelPrimitives *self,
                guint task,
                guint which,
                GError **error)
{
  gboolean success;

  if (has (self, task, which))
    model_complaints_expect_misuse ();
  if (is_lock (which))
    success = anyio_lock_acquire_nowait (self->locks[which], error);
  else if (is_semaphore (which))
    success = anyio_semaphore_acquire_nowait (self->semaphores[which - MODEL_N_LOCKS], error);
  else
    success = anyio_capacity_limiter_acquire_nowait (self->limiter, error);
  model_complaints_end_misuse ();
  if (success)
    note_acquired (self, task, which);

  return success;
}

/* What is void reports misuse in the log only. */
static gboolean
check_misuse (GError **error)
{
  if (model_complaints_end_misuse () == 0)
    return TRUE;

  g_set_error_literal (error, ANYIO_ERROR, ANYIO_ERROR_MISUSE, "It was logged");

  return FALSE;
}

gboolean
model_primitives_release (ModelPrimitives *self,
                          guint task,
                          guint which,
                          GError **error)
{
  model_complaints_expect_misuse ();
  if (is_lock (which))
    anyio_lock_release (self->locks[which]);
  else if (is_semaphore (which))
    anyio_semaphore_release (self->semaphores[which - MODEL_N_LOCKS]);
  else
    anyio_capacity_limiter_release (self->limiter);
  if (!check_misuse (error))
    return FALSE;
  note_released (self, task, which);

  return TRUE;
}

/* --- conditions ----------------------------------------------------------------------------------------------------------------------------------- */

/* However it ends, the task has the lock, unless that is broken. */
static gboolean
wait_for_notice (ModelPrimitives *self,
                 guint task,
                 guint which,
                 GError **error)
{
  gboolean had = has (self, task, which);
  g_autoptr (GError) local = NULL;

  g_assert (is_lock (which));
  if (had)
    note_released (self, task, which);
  else
    model_complaints_expect_misuse ();
  anyio_condition_wait (self->conditions[which], &local);
  model_complaints_end_misuse ();
  if (had && !g_error_matches (local, ANYIO_ERROR, ANYIO_ERROR_BROKEN))
    note_acquired (self, task, which);
  if (local == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

static gboolean
notify (ModelPrimitives *self,
        guint argument,
        GError **error)
{
  AnyioCondition *condition = self->conditions[argument & 1];

  model_complaints_expect_misuse ();
  if (argument >> 1 < 3)
    anyio_condition_notify (condition, argument >> 1);
  else
    anyio_condition_notify_all (condition);

  return check_misuse (error);
}

/* --- streams ------------------------------------------------------------------------------------------------------------------------------------------ */

static gboolean
run_stream (ModelPrimitives *self,
            const ModelStatement *statement,
            guint *item,
            GError **error)
{
  ModelStream *stream = &self->streams[statement->value & 3];
  guint is_clone = statement->value >> 2 & 1;
  AnyioMemoryObjectSendStream *sender = stream->senders[is_clone] != NULL ? stream->senders[is_clone] : stream->senders[0];
  AnyioMemoryObjectReceiveStream *receiver = stream->receivers[is_clone] != NULL ? stream->receivers[is_clone] : stream->receivers[0];
  ModelItem *own = &self->items[statement->number];
  gboolean receives = statement->value >> 3;
  ModelItem *received = NULL;
  gboolean success;

  switch (statement->op)
    {
    case MODEL_SEND:
    case MODEL_OFFER:
      success = statement->op == MODEL_SEND ? anyio_memory_object_send_stream_send (sender, own, error)
                                            : anyio_memory_object_send_stream_send_nowait (sender, own, error);
      own->fate = success ? MODEL_ITEM_ACCEPTED : MODEL_ITEM_REFUSED;
      return success;
    case MODEL_RECEIVE:
    case MODEL_TAKE:
      success = statement->op == MODEL_RECEIVE ? anyio_memory_object_receive_stream_receive (receiver, (gpointer *) &received, error)
                                               : anyio_memory_object_receive_stream_receive_nowait (receiver, (gpointer *) &received, error);
      if (success)
        {
          received->n_received++;
          *item = received - self->items;
        }
      return success;
    case MODEL_CLONE:
      if (receives && stream->receivers[1] == NULL)
        return (stream->receivers[1] = anyio_memory_object_receive_stream_clone (stream->receivers[0], error)) != NULL;
      if (!receives && stream->senders[1] == NULL)
        return (stream->senders[1] = anyio_memory_object_send_stream_clone (stream->senders[0], error)) != NULL;
      return TRUE;
    default:
      if (receives)
        anyio_memory_object_receive_stream_close (receiver);
      else
        anyio_memory_object_send_stream_close (sender);
      return TRUE;
    }
}

/* --- statements ----------------------------------------------------------------------------------------------------------------------------------------- */

gboolean
model_primitives_run (ModelPrimitives *self,
                      guint task,
                      const ModelStatement *statement,
                      guint *item,
                      GError **error)
{
  switch (statement->op)
    {
    case MODEL_WAIT:
      return anyio_event_wait (self->events[statement->value], error);
    case MODEL_SET:
      anyio_event_set (self->events[statement->value]);
      return TRUE;
    case MODEL_ACQUIRE:
      return model_primitives_acquire (self, task, statement->value, error);
    case MODEL_TRY:
      return acquire_nowait (self, task, statement->value, error);
    case MODEL_RELEASE:
      return model_primitives_release (self, task, statement->value, error);
    case MODEL_TOTAL:
      anyio_capacity_limiter_set_total_tokens (self->limiter, statement->value);
      return TRUE;
    case MODEL_AWAIT:
      return wait_for_notice (self, task, statement->value, error);
    case MODEL_NOTIFY:
      return notify (self, statement->value, error);
    default:
      return run_stream (self, statement, item, error);
    }
}
