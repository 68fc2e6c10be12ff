/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A cache with single flight: who asks for a value that is being loaded waits for that.
 *
 * An entry is loading or holds a value. The loader is one of the tasks that asked. If it is cancelled the first of those who wait loads instead; if the load fails all of
 * them get that error, and nothing is kept. Entries with values stand in a list from the one used longest ago to the newest, so that the size limit costs nothing
 * to keep; age is looked at when a value is asked for.
 *
 * Values are copied to each waiter when the load ends, so an entry that is removed meanwhile disturbs nobody. Copy and free functions run on the stack of whoever asks.
 */

#include "combinators/anyio-cache.h"

#include <math.h>

#include "base/anyio-list-private.h"
#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-scope-private.h"
#include "core/anyio-time.h"
#include "core/anyio-wait-private.h"

/**
 * AnyioCache:
 *
 * Keeps what is expensive to load. A value is loaded by the first task that asks for it; those that ask meanwhile wait for the same load. Errors are not kept. The number
 * of values and their age can be limited. It may be made anywhere, and belongs to the thread that uses it first.
 *
 * ```c
 * static gpointer
 * load (gconstpointer key, gpointer data, GError **error)
 * {
 *   if (!anyio_sleep (0.01, error))
 *     return NULL;
 *   g_print ("Loaded %s\n", (const char *) key);
 *
 *   return g_ascii_strup (key, -1);
 * }
 *
 * static const AnyioCacheFuncs funcs = {
 *   g_str_hash, g_str_equal, (GBoxedCopyFunc) g_strdup, g_free, (GBoxedCopyFunc) g_strdup, g_free, load,
 * };
 *
 * static gboolean
 * ask_twice (gpointer data, GError **error)
 * {
 *   g_autoptr (AnyioCache) cache = anyio_cache_new (&funcs, NULL, NULL);
 *
 *   for (guint i = 0; i < 2; i++)
 *     {
 *       g_autofree char *value = anyio_cache_get (cache, "word", error);
 *
 *       if (value == NULL)
 *         return FALSE;
 *       g_print ("%s\n", value);
 *     }
 *
 *   return TRUE;
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (ask_twice, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * AnyIO: functools.lru_cache().
 *
 * Since: 0.1
 */
struct _AnyioCache
{
  GObject parent_instance;

  AnyioCacheFuncs funcs;
  gpointer user_data;
  GDestroyNotify destroy;
  GHashTable *entries;   /* of Entry, each its own key; owned */
  AnyioList by_use;      /* of Entry.link: those with a value, the one used longest ago first */
  guint size;            /* entries in by_use */
  guint max_size;
  double max_age;        /* seconds */
  guint64 n_hits;
  guint64 n_misses;
  gpointer thread;       /* identity of the thread that uses it, as in AnyioRuntime; NULL before the first use */
};

typedef struct
{
  gpointer key;
  gpointer value;    /* NULL: it is being loaded */
  double loaded_at;  /* on the clock of anyio_current_time() */
  AnyioList link;    /* in by_use; alone while loading */
  AnyioList waiters; /* of CacheWait.link, while loading */
  AnyioRecord *loader; /* borrowed; the task that loads, or is about to */
} Entry;

typedef struct
{
  AnyioWait wait;
  AnyioList link;
  gpointer value;  /* a copy; NULL: there is an error, or the waiter is to load */
  GError *error;   /* a copy; NULL */
} CacheWait;

G_DEFINE_FINAL_TYPE (AnyioCache, anyio_cache, G_TYPE_OBJECT)

enum
{
  PROP_MAX_SIZE = 1,
  PROP_MAX_AGE,
  PROP_SIZE,
  PROP_N_HITS,
  PROP_N_MISSES,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
entry_free (AnyioCache *self,
            Entry *entry)
{
  self->funcs.key_free (entry->key);
  if (entry->value != NULL)
    self->funcs.value_free (entry->value);
  g_free (entry);
}

/* One that has a value goes. */
static void
drop (AnyioCache *self,
      Entry *entry)
{
  g_hash_table_remove (self->entries, entry->key);
  anyio_list_remove (&entry->link);
  self->size--;
  entry_free (self, entry);
}

static void
keep_size (AnyioCache *self)
{
  while (self->size > self->max_size)
    drop (self, ANYIO_CONTAINER (anyio_list_first (&self->by_use), Entry, link));
}

static void
remove_all (AnyioCache *self)
{
  AnyioList *link;

  while ((link = anyio_list_first (&self->by_use)) != NULL)
    drop (self, ANYIO_CONTAINER (link, Entry, link));
  g_hash_table_remove_all (self->entries);
}

static void
anyio_cache_finalize (GObject *object)
{
  AnyioCache *self = ANYIO_CACHE (object);

  remove_all (self);
  g_hash_table_unref (self->entries);
  if (self->destroy != NULL)
    self->destroy (self->user_data);

  G_OBJECT_CLASS (anyio_cache_parent_class)->finalize (object);
}

static void
anyio_cache_get_property (GObject *object,
                          guint id,
                          GValue *value,
                          GParamSpec *pspec)
{
  AnyioCache *self = ANYIO_CACHE (object);

  switch (id)
    {
    case PROP_MAX_SIZE:
      g_value_set_uint (value, self->max_size);
      break;
    case PROP_MAX_AGE:
      g_value_set_double (value, self->max_age);
      break;
    case PROP_SIZE:
      g_value_set_uint (value, self->size);
      break;
    case PROP_N_HITS:
      g_value_set_uint64 (value, self->n_hits);
      break;
    case PROP_N_MISSES:
      g_value_set_uint64 (value, self->n_misses);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_cache_set_property (GObject *object,
                          guint id,
                          const GValue *value,
                          GParamSpec *pspec)
{
  AnyioCache *self = ANYIO_CACHE (object);

  switch (id)
    {
    case PROP_MAX_SIZE:
      anyio_cache_set_max_size (self, g_value_get_uint (value));
      break;
    case PROP_MAX_AGE:
      anyio_cache_set_max_age (self, g_value_get_double (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
anyio_cache_class_init (AnyioCacheClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = anyio_cache_finalize;
  object_class->get_property = anyio_cache_get_property;
  object_class->set_property = anyio_cache_set_property;

  /**
   * AnyioCache:max-size:
   *
   * How many values are kept; the one used longest ago goes first.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_SIZE] = g_param_spec_uint ("max-size", NULL, NULL, 1, G_MAXUINT, G_MAXUINT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCache:max-age:
   *
   * For how many seconds a value serves; infinity for ever.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_AGE] = g_param_spec_double ("max-age", NULL, NULL, 0, INFINITY, INFINITY, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCache:size:
   *
   * How many values are there. Not notified.
   *
   * Since: 0.1
   */
  properties[PROP_SIZE] = g_param_spec_uint ("size", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCache:n-hits:
   *
   * How often a value was there, or came from the load of another task. Not notified.
   *
   * Since: 0.1
   */
  properties[PROP_N_HITS] = g_param_spec_uint64 ("n-hits", NULL, NULL, 0, G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * AnyioCache:n-misses:
   *
   * How often a value had to be loaded, again by another task where the one before was cancelled. Not notified.
   *
   * Since: 0.1
   */
  properties[PROP_N_MISSES] = g_param_spec_uint64 ("n-misses", NULL, NULL, 0, G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
anyio_cache_init (AnyioCache *self)
{
  anyio_list_init (&self->by_use);
  self->max_size = G_MAXUINT;
  self->max_age = INFINITY;
}

/**
 * anyio_cache_new: (skip)
 * @funcs: what to do with keys and values; copied
 * @user_data: the last argument of the function that loads
 * @destroy: (nullable): frees @user_data with the cache
 *
 * Makes an empty cache without limits.
 *
 * Returns: (transfer full): a cache
 *
 * Since: 0.1
 */
AnyioCache *
anyio_cache_new (const AnyioCacheFuncs *funcs,
                 gpointer user_data,
                 GDestroyNotify destroy)
{
  AnyioCache *self;

  g_return_val_if_fail (funcs != NULL, NULL);

  self = g_object_new (ANYIO_TYPE_CACHE, NULL);
  self->funcs = *funcs;
  self->user_data = user_data;
  self->destroy = destroy;
  self->entries = g_hash_table_new (funcs->hash, funcs->equal);

  return self;
}

/* Binds the cache to this thread if it is not bound. FALSE with MISUSE in @error, and a critical message, in another one. */
static gboolean
check_thread (AnyioCache *self,
              const char *function,
              GError **error)
{
  if (self->thread == NULL)
    self->thread = &anyio_thread_runtime;

  return self->thread == (gpointer) &anyio_thread_runtime
         || anyio_misuse (error, "%s() was called in another thread than that which uses this AnyioCache; do it there, through g_main_context_invoke() for example", function);
}

/* --- loading ----------------------------------------------------------------------------------------------------------------------------- */

/* The entry of @key, without one that is too old. */
static Entry *
look_up (AnyioCache *self,
         gconstpointer key)
{
  Entry *entry = g_hash_table_lookup (self->entries, key);

  if (entry != NULL && entry->value != NULL && self->max_age != INFINITY && anyio_current_time () - entry->loaded_at >= self->max_age)
    {
      drop (self, entry);
      return NULL;
    }

  return entry;
}

static gpointer
use (AnyioCache *self,
     Entry *entry)
{
  anyio_list_remove (&entry->link);
  anyio_list_append (&self->by_use, &entry->link);
  self->n_hits++;

  return self->funcs.value_copy (entry->value);
}

static CacheWait *
steal_waiter (Entry *entry)
{
  AnyioList *link = anyio_list_first (&entry->waiters);

  if (link == NULL)
    return NULL;
  anyio_list_remove (link);

  return ANYIO_CONTAINER (link, CacheWait, link);
}

static void
end_load (AnyioCache *self,
          Entry *entry,
          gpointer value,
          const GError *error)
{
  CacheWait *waiter;
  gboolean is_current;

  /* Only this task was cancelled: the next one loads, and the entry goes on. */
  if (value == NULL && anyio_error_is_cancelled (error) && (waiter = steal_waiter (entry)) != NULL)
    {
      entry->loader = waiter->wait.record;
      anyio_wait_complete (&waiter->wait);
      return;
    }

  while ((waiter = steal_waiter (entry)) != NULL)
    {
      if (value != NULL)
        waiter->value = self->funcs.value_copy (value);
      else
        waiter->error = g_error_copy (error);
      anyio_wait_complete (&waiter->wait);
    }

  if (value != NULL)
    entry->value = self->funcs.value_copy (value);
  is_current = g_hash_table_lookup (self->entries, entry->key) == entry; /* it may have been removed meanwhile, by a copy function, too */
  if (value == NULL || !is_current)
    {
      if (is_current)
        g_hash_table_remove (self->entries, entry->key);
      entry_free (self, entry);
      return;
    }
  entry->loaded_at = anyio_current_time ();
  anyio_list_append (&self->by_use, &entry->link);
  self->size++;
  keep_size (self);
}

static gpointer
load (AnyioCache *self,
      Entry *entry,
      GError **error)
{
  GError *failure = NULL;
  gpointer value = self->funcs.load (entry->key, self->user_data, &failure);

  if (value == NULL && failure == NULL)
    failure = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "The load function of a cache returned NULL without setting an error");
  end_load (self, entry, value, failure);
  if (failure != NULL)
    g_propagate_error (error, failure);

  return value;
}

static AnyioAbort
abort_cache_wait (AnyioWait *wait)
{
  anyio_list_remove (&ANYIO_CONTAINER (wait, CacheWait, wait)->link);

  return ANYIO_ABORT_DONE;
}

static gpointer
wait_for_load (AnyioCache *self,
               Entry *entry,
               AnyioRecord *record,
               GError **error)
{
  CacheWait waiter = { .wait.abort = abort_cache_wait };

  if (entry->loader == record)
    {
      anyio_misuse (error, "Task \"%s\" waits for a value that it is loading itself; the load function must not ask the cache for its own key", record->name);
      return NULL;
    }
  anyio_list_append (&entry->waiters, &waiter.link);
  if (!anyio_wait_suspend (&waiter.wait, record))
    {
      anyio_scope_fail_cancelled (record, error);
      return NULL;
    }
  if (waiter.error != NULL)
    {
      g_propagate_error (error, waiter.error);
      return NULL;
    }
  if (waiter.value == NULL)
    {
      self->n_misses++;
      return load (self, entry, error);
    }
  self->n_hits++;

  return waiter.value;
}

/**
 * anyio_cache_get: (skip)
 * @self: a cache
 * @key: the key
 * @error: return location for an error
 *
 * Gets the value of @key, and loads it if it is not there. Cancelling one of those who wait for a load disturbs nobody: the load goes on, in another task if need be.
 * Cancel point.
 *
 * Errors: those of the load; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_MISUSE in a load of the same key, and in another thread; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: (transfer full) (nullable): a copy of the value, %NULL with @error set
 *
 * Since: 0.1
 */
gpointer
anyio_cache_get (AnyioCache *self,
                 gconstpointer key,
                 GError **error)
{
  AnyioRecord *record = anyio_wait_begin (G_STRFUNC, error);
  g_autoptr (AnyioCache) kept = NULL;
  Entry *entry;

  g_return_val_if_fail (ANYIO_IS_CACHE (self), NULL);

  if (record == NULL || !check_thread (self, G_STRFUNC, error) || !anyio_wait_pass (record, error))
    return NULL;

  entry = look_up (self, key);
  if (entry != NULL && entry->value != NULL)
    return use (self, entry);

  kept = g_object_ref (self);
  if (entry != NULL)
    return wait_for_load (self, entry, record, error);

  entry = g_new0 (Entry, 1);
  entry->key = self->funcs.key_copy ((gpointer) key);
  anyio_list_init (&entry->link);
  anyio_list_init (&entry->waiters);
  entry->loader = record;
  g_hash_table_insert (self->entries, entry->key, entry);
  self->n_misses++;

  return load (self, entry, error);
}

/**
 * anyio_cache_peek: (skip)
 * @self: a cache
 * @key: the key
 *
 * Gets the value of @key if it is there. Never suspends, and counts as no use.
 *
 * Returns: (transfer full) (nullable): a copy of the value; %NULL if it is not there
 *
 * Since: 0.1
 */
gpointer
anyio_cache_peek (AnyioCache *self,
                  gconstpointer key)
{
  Entry *entry;

  g_return_val_if_fail (ANYIO_IS_CACHE (self), NULL);

  if (!check_thread (self, G_STRFUNC, NULL))
    return NULL;
  entry = look_up (self, key);

  return entry != NULL && entry->value != NULL ? self->funcs.value_copy (entry->value) : NULL;
}

/**
 * anyio_cache_remove: (skip)
 * @self: a cache
 * @key: the key
 *
 * Forgets the value of @key: the next one who asks loads it anew. A load that is under way goes on for those who wait for it, but its value is not kept.
 *
 * Returns: %TRUE if there was anything to forget
 *
 * Since: 0.1
 */
gboolean
anyio_cache_remove (AnyioCache *self,
                    gconstpointer key)
{
  Entry *entry;

  g_return_val_if_fail (ANYIO_IS_CACHE (self), FALSE);

  if (!check_thread (self, G_STRFUNC, NULL))
    return FALSE;
  entry = g_hash_table_lookup (self->entries, key);
  if (entry == NULL)
    return FALSE;
  if (entry->value != NULL)
    drop (self, entry);
  else
    g_hash_table_remove (self->entries, key); /* the loader frees it */

  return TRUE;
}

/**
 * anyio_cache_remove_all:
 * @self: a cache
 *
 * Forgets all values, as anyio_cache_remove() forgets one.
 *
 * Since: 0.1
 */
void
anyio_cache_remove_all (AnyioCache *self)
{
  g_return_if_fail (ANYIO_IS_CACHE (self));

  if (check_thread (self, G_STRFUNC, NULL))
    remove_all (self);
}

/* --- limits and statistics ------------------------------------------------------------------------------------------------------------------ */

/**
 * anyio_cache_get_max_size:
 * @self: a cache
 *
 * Tells how many values are kept.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
anyio_cache_get_max_size (AnyioCache *self)
{
  g_return_val_if_fail (ANYIO_IS_CACHE (self), 0);

  return self->max_size;
}

/**
 * anyio_cache_set_max_size:
 * @self: a cache
 * @n_values: how many values to keep, at least 1; %G_MAXUINT for no limit
 *
 * Limits the number of values. Those used longest ago go first, now and from now on.
 *
 * Since: 0.1
 */
void
anyio_cache_set_max_size (AnyioCache *self,
                          guint n_values)
{
  g_return_if_fail (ANYIO_IS_CACHE (self));
  g_return_if_fail (n_values >= 1);

  if (!check_thread (self, G_STRFUNC, NULL))
    return;
  self->max_size = n_values;
  keep_size (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_SIZE]);
}

/**
 * anyio_cache_get_max_age:
 * @self: a cache
 *
 * Tells for how long a value serves.
 *
 * Returns: seconds; infinity for ever
 *
 * Since: 0.1
 */
double
anyio_cache_get_max_age (AnyioCache *self)
{
  g_return_val_if_fail (ANYIO_IS_CACHE (self), 0);

  return self->max_age;
}

/**
 * anyio_cache_set_max_age:
 * @self: a cache
 * @seconds: for how long a value serves after it was loaded; infinity for ever
 *
 * Limits the age of the values, by the clock of anyio_current_time().
 *
 * Since: 0.1
 */
void
anyio_cache_set_max_age (AnyioCache *self,
                         double seconds)
{
  g_return_if_fail (ANYIO_IS_CACHE (self));
  g_return_if_fail (seconds >= 0);

  self->max_age = seconds;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_AGE]);
}

/**
 * anyio_cache_get_size:
 * @self: a cache
 *
 * Tells how many values are there; those that are too old count until somebody asks for them.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
anyio_cache_get_size (AnyioCache *self)
{
  g_return_val_if_fail (ANYIO_IS_CACHE (self), 0);

  return self->size;
}

/**
 * anyio_cache_get_n_hits:
 * @self: a cache
 *
 * Tells how often a value was there, or came from the load of another task.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
anyio_cache_get_n_hits (AnyioCache *self)
{
  g_return_val_if_fail (ANYIO_IS_CACHE (self), 0);

  return self->n_hits;
}

/**
 * anyio_cache_get_n_misses:
 * @self: a cache
 *
 * Tells how often a value had to be loaded: again by another task where the one before was cancelled.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
anyio_cache_get_n_misses (AnyioCache *self)
{
  g_return_val_if_fail (ANYIO_IS_CACHE (self), 0);

  return self->n_misses;
}
