/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A GIO-style operation that ends when the test says so, and that obeys its cancellable or not. */

#pragma once

#include <math.h>

#include <anyio-testing.h>

/* Logs a critical message that a test provokes; see g_test_expect_message(). */
#define EXPECT_CRITICAL(pattern) g_test_expect_message ("anyio-glib", G_LOG_LEVEL_CRITICAL, pattern)

typedef struct
{
  gboolean ignores;     /* does nothing when cancelled */
  gboolean late_check;  /* leaves GTask's own check of the cancellable on: what GIO does by default */
  int value_if_cancelled; /* ends with this instead of CANCELLED; 0: fails */
  GCancellable *cancellable; /* what it was begun with; owned until fake_clear() or the next begin; NULL */
  gulong handler;
  GTask *task;          /* owned while under way; NULL */
  guint n_cancelled;    /* how often its cancellable has fired */
  gboolean cancelled_in_task; /* a task was the current one in the handler */
} Fake;

void     fake_async  (Fake *fake, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
int      fake_finish (GAsyncResult *result, GError **error); /* 0 if it failed */
void     fake_end    (Fake *fake, int value);                /* ends it; it calls back now or soon */
void     fake_clear  (Fake *fake);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fake, fake_clear)

/* Ends by itself: in an idle source, and in a worker thread. The value is @fake_value. */
void     fake_soon_async   (int value, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
void     fake_thread_async (int value, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
