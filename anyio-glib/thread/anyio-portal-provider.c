/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A portal with a thread that several users share: it is started for the first of them and ends with the last. */

#include "thread/anyio-portal-provider.h"

#include "core/anyio-run-options.h"
#include "thread/anyio-portal-private.h"

struct _AnyioPortalProvider
{
  GObject parent_instance;

  char *name;               /* owned */
  AnyioRunOptions *options; /* owned; NULL */
  GMutex lock;
  AnyioPortal *portal;      /* owned; NULL while nobody uses it; guarded by lock, as is: */
  guint n_users;
};

/**
 * AnyioPortalProvider:
 *
 * Shares a portal that has a thread of its own among several users: each takes it with anyio_portal_provider_acquire() and gives it back with anyio_portal_provider_release(). The thread runs while there
 * are users. May be used in any thread.
 *
 * AnyIO: BlockingPortalProvider.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AnyioPortalProvider, anyio_portal_provider, G_TYPE_OBJECT)

static void
anyio_portal_provider_finalize (GObject *object)
{
  AnyioPortalProvider *self = ANYIO_PORTAL_PROVIDER (object);

  if (self->n_users > 0)
    g_critical ("A portal provider was dropped while its portal has %u users; each of them releases it", self->n_users);
  if (self->portal != NULL)
    anyio_portal_leave (self->portal);
  g_free (self->name);
  g_clear_pointer (&self->options, anyio_run_options_free);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (anyio_portal_provider_parent_class)->finalize (object);
}

static void
anyio_portal_provider_class_init (AnyioPortalProviderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = anyio_portal_provider_finalize;
}

static void
anyio_portal_provider_init (AnyioPortalProvider *self)
{
  g_mutex_init (&self->lock);
}

/**
 * anyio_portal_provider_new:
 * @name: the name of the threads
 * @options: (nullable): how to run
 *
 * Makes a provider; no thread is started yet.
 *
 * Returns: (transfer full): the provider
 *
 * Since: 0.1
 */
AnyioPortalProvider *
anyio_portal_provider_new (const char *name,
                           const AnyioRunOptions *options)
{
  AnyioPortalProvider *self = g_object_new (ANYIO_TYPE_PORTAL_PROVIDER, NULL);

  self->name = g_strdup (name);
  self->options = options != NULL ? anyio_run_options_copy (options) : NULL;

  return self;
}

/**
 * anyio_portal_provider_acquire:
 * @self: a provider
 * @error: return location for an error
 *
 * Takes the portal; starts its thread for the first user. May be called in any thread, and blocks while the thread starts.
 *
 * Errors: as anyio_portal_start_thread().
 *
 * Returns: (transfer none): the portal, valid until it is released; %NULL with @error set
 *
 * Since: 0.1
 */
AnyioPortal *
anyio_portal_provider_acquire (AnyioPortalProvider *self,
                               GError **error)
{
  AnyioPortal *portal;

  g_return_val_if_fail (ANYIO_IS_PORTAL_PROVIDER (self), NULL);

  g_mutex_lock (&self->lock);
  if (self->portal == NULL)
    self->portal = anyio_portal_start_thread (self->name, self->options, error);
  if (self->portal != NULL)
    self->n_users++;
  portal = self->portal;
  g_mutex_unlock (&self->lock);

  return portal;
}

/**
 * anyio_portal_provider_release:
 * @self: a provider
 *
 * Gives the portal back. The last user waits until its tasks have ended, and for its thread. May be called in any thread but the portal's.
 *
 * Since: 0.1
 */
void
anyio_portal_provider_release (AnyioPortalProvider *self)
{
  AnyioPortal *last = NULL;

  g_return_if_fail (ANYIO_IS_PORTAL_PROVIDER (self));

  g_mutex_lock (&self->lock);
  if (self->n_users == 0)
    g_critical ("%s() was called more often than anyio_portal_provider_acquire()", G_STRFUNC);
  else if (--self->n_users == 0)
    last = g_steal_pointer (&self->portal);
  g_mutex_unlock (&self->lock);
  if (last != NULL)
    {
      anyio_portal_join (last, NULL);
      anyio_portal_leave (last);
    }
}
