/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A library in C on top of anyio-glib, as somebody would write it for all languages: fibers inside, pairs of _async and _finish and groups outside. */

#pragma once

#include <anyio.h>

G_BEGIN_DECLS

void     mixed_add_async    (int a, int b, double seconds, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
int      mixed_add_finish   (GAsyncResult *result, GError **error);

void     mixed_start_fiber  (AnyioTaskGroup *group, const char *name, double seconds, const char *failure);
char    *mixed_take_trace   (void);

#define MIXED_TYPE_HOST (mixed_host_get_type ())
G_DECLARE_FINAL_TYPE (MixedHost, mixed_host, MIXED, HOST, GObject)

MixedHost      *mixed_host_new         (double timeout);
AnyioTaskGroup *mixed_host_get_group   (MixedHost *self);
void            mixed_host_join_async  (MixedHost *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean        mixed_host_join_finish (MixedHost *self, GAsyncResult *result, GError **error);

G_END_DECLS
