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
 * Shares a portal that has a thread of its own among several users: each takes it with anyio_portal_provider_acquire() and gives it back with
 * anyio_portal_provider_release(). The thread runs while there are users. May be used in any thread.
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

enum
{
  PROP_NAME = 1,
  PROP_OPTIONS,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
anyio_portal_provider_get_property (GObject *object,
                                    guint id,
                                    GValue *value,
                                    GParamSpec *pspec)
{
  AnyioPortalProvider *self = ANYIO_PORTAL_PROVIDER (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_OPTIONS:
      g_value_set_boxed (value, self->options);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_portal_provider_set_property (GObject *object,
                                    guint id,
                                    const GValue *value,
                                    GParamSpec *pspec)
{
  AnyioPortalProvider *self = ANYIO_PORTAL_PROVIDER (object);

  switch (id)
    {
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;
    case PROP_OPTIONS:
      self->options = g_value_dup_boxed (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_portal_provider_class_init (AnyioPortalProviderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = anyio_portal_provider_finalize;
  object_class->get_property = anyio_portal_provider_get_property;
  object_class->set_property = anyio_portal_provider_set_property;

  /**
   * AnyioPortalProvider:name:
   *
   * The name of the threads.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioPortalProvider:options:
   *
   * How to run.
   *
   * Since: 0.1
   */
  properties[PROP_OPTIONS] = g_param_spec_boxed ("options", NULL, NULL, ANYIO_TYPE_RUN_OPTIONS, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_portal_provider_init (AnyioPortalProvider *self)
{
  g_mutex_init (&self->lock);
}

/**
 * anyio_portal_provider_new:
 * @name: (nullable): the name of the threads
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
  return g_object_new (ANYIO_TYPE_PORTAL_PROVIDER, "name", name, "options", options, NULL);
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
    self->portal = anyio_portal_start_thread (self->name != NULL ? self->name : "portal", self->options, error);
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

/**
 * anyio_portal_provider_get_name:
 * @self: a provider
 *
 * Gets the name of the threads.
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 0.1
 */
const char *
anyio_portal_provider_get_name (AnyioPortalProvider *self)
{
  g_return_val_if_fail (ANYIO_IS_PORTAL_PROVIDER (self), NULL);

  return self->name;
}

/**
 * anyio_portal_provider_get_options:
 * @self: a provider
 *
 * Gets how the threads run.
 *
 * Returns: (transfer none) (nullable): the options; %NULL for the usual ones
 *
 * Since: 0.1
 */
AnyioRunOptions *
anyio_portal_provider_get_options (AnyioPortalProvider *self)
{
  g_return_val_if_fail (ANYIO_IS_PORTAL_PROVIDER (self), NULL);

  return self->options;
}
