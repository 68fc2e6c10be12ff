/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A resolver that knows one name, and answers at once: see mock_resolver_set(). */

#pragma once

#include <gio/gio.h>

#define MOCK_HOST "several.example"

G_DECLARE_FINAL_TYPE (MockResolver, mock_resolver, MOCK, RESOLVER, GResolver)

struct _MockResolver
{
  GResolver parent_instance;
};

G_DEFINE_FINAL_TYPE (MockResolver, mock_resolver, G_TYPE_RESOLVER)

static const char *const *mock_addresses;

static void
mock_lookup_async (GResolver *resolver,
                   const char *hostname,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, user_data);
  GList *found = NULL;

  if (!g_str_equal (hostname, MOCK_HOST))
    {
      g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "Nobody knows %s", hostname);
      return;
    }
  for (guint i = 0; mock_addresses[i] != NULL; i++)
    found = g_list_append (found, g_inet_address_new_from_string (mock_addresses[i]));
  g_task_return_pointer (task, found, (GDestroyNotify) g_resolver_free_addresses);
}

static GList *
mock_lookup_finish (GResolver *resolver,
                    GAsyncResult *result,
                    GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
mock_resolver_class_init (MockResolverClass *klass)
{
  G_RESOLVER_CLASS (klass)->lookup_by_name_async = mock_lookup_async;
  G_RESOLVER_CLASS (klass)->lookup_by_name_finish = mock_lookup_finish;
}

static void
mock_resolver_init (MockResolver *self)
{
}

/* From now on the default resolver of the process. */
static inline void
mock_resolver_install (void)
{
  g_autoptr (GResolver) resolver = g_object_new (mock_resolver_get_type (), NULL);

  g_resolver_set_default (resolver);
}

/* Borrowed: NULL-terminated literals. */
static inline void
mock_resolver_set (const char *const *addresses)
{
  mock_addresses = addresses;
}
