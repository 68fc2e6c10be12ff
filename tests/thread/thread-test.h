/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tests of threads share: gates, at which a function in a worker thread waits until the test lets it go on, and functions that count. */

#pragma once

#include "../core/core-test.h"
#include "../core/jobs.h"

/* Whoever passes says that it is there and waits until the gate is open. */
typedef struct
{
  GMutex lock;
  GCond cond;
  guint n_there;    /* guarded by lock, as is: */
  gboolean is_open;
} Gate;

G_GNUC_UNUSED static void
gate_init (Gate *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->n_there = 0;
  self->is_open = FALSE;
}

G_GNUC_UNUSED static void
gate_clear (Gate *self)
{
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Gate, gate_clear)

#define GATE(name) \
  g_auto (Gate) name; \
  gate_init (&name)

G_GNUC_UNUSED static void
gate_pass (Gate *self)
{
  g_mutex_lock (&self->lock);
  self->n_there++;
  g_cond_broadcast (&self->cond);
  while (!self->is_open)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

/* How many are, or have been, at the gate. */
G_GNUC_UNUSED static guint
gate_count (Gate *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->n_there;
  g_mutex_unlock (&self->lock);

  return n;
}

/* Blocks until @n are, or have been, at the gate. */
G_GNUC_UNUSED static void
gate_await (Gate *self, guint n)
{
  g_mutex_lock (&self->lock);
  while (self->n_there < n)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

G_GNUC_UNUSED static void
gate_open (Gate *self)
{
  g_mutex_lock (&self->lock);
  self->is_open = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* In a worker thread. */
G_GNUC_UNUSED static gboolean
wait_at_gate (gpointer gate, GError **error)
{
  gate_pass (gate);

  return TRUE;
}

/* A task that cancels a scope, the second of two pointers, when somebody is at a gate, the first. */
G_GNUC_UNUSED static gboolean
cancel_when_there (gpointer data, GError **error)
{
  gate_await (((gpointer *) data)[0], 1);
  anyio_cancel_scope_cancel (((gpointer *) data)[1], "no longer wanted");

  return TRUE;
}

/* A task that calls it. */
G_GNUC_UNUSED static gboolean
call_at_gate (gpointer gate, GError **error)
{
  return anyio_to_thread (wait_at_gate, gate, error);
}

/* The error is that one, with this in its message, or any for NULL; clears it. */
#define assert_clear_error(error, domain, code, message_) \
  G_STMT_START \
  { \
    g_assert_error (*(error), domain, code); \
    if ((message_) != NULL) \
      g_assert_nonnull (strstr ((*(error))->message, (message_))); \
    g_clear_error (error); \
  } \
  G_STMT_END
