/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The live objects of the types that a run must not leave behind.
 *
 * g_type_get_instance_count() counts only in a GLib that was configured with debugging, which no distribution's is: it is always 0. Therefore the functions
 * constructed and finalize in the class structures of these types are replaced by ones that take down the object and go on with the original. That does
 * not touch any object that existed before, counts subclasses whose classes come later, and lets a complaint say more than a number.
 *
 * Objects may be made and finalized in any thread. Costs a lock and a hash table's entry per object.
 */

#include "anyio-instances-private.h"

#include "anyio-testing.h"

typedef struct
{
  GType (*get_type) (void);
  GType type;
  void (*constructed) (GObject *object); /* the originals */
  void (*finalize) (GObject *object);
} Kind;

static Kind kinds[] = {
  { .get_type = anyio_task_get_type },
  { .get_type = anyio_task_group_get_type },
  { .get_type = anyio_cancel_scope_get_type },
  { .get_type = anyio_broadcast_stream_get_type },
  { .get_type = anyio_memory_object_receive_stream_get_type },
  { .get_type = anyio_memory_object_send_stream_get_type },
  { .get_type = g_cancellable_get_type },
};

static GMutex lock;
static GHashTable *live;    /* GObject (borrowed) to its number (guint64, owned); guarded by lock */
static guint64 last_number; /* guarded by lock */

static const Kind *
find_kind (GObject *object)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_type_is_a (G_OBJECT_TYPE (object), kinds[i].type))
      return &kinds[i];

  g_assert_not_reached ();
}

static void
constructed (GObject *object)
{
  g_mutex_lock (&lock);
  last_number++;
  g_hash_table_insert (live, object, g_memdup2 (&last_number, sizeof last_number));
  g_mutex_unlock (&lock);

  find_kind (object)->constructed (object);
}

static void
finalize (GObject *object)
{
  g_mutex_lock (&lock);
  g_hash_table_remove (live, object);
  g_mutex_unlock (&lock);

  find_kind (object)->finalize (object);
}

static void
begin (void)
{
  live = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      GObjectClass *klass;

      kinds[i].type = kinds[i].get_type ();
      klass = g_type_class_ref (kinds[i].type); /* for ever */
      kinds[i].constructed = klass->constructed;
      kinds[i].finalize = klass->finalize;
      klass->constructed = constructed;
      klass->finalize = finalize;
    }
}

guint64
anyio_instances_mark (void)
{
  static gsize begun;
  guint64 mark;

  if (g_once_init_enter (&begun))
    {
      begin ();
      g_once_init_leave (&begun, 1);
    }

  g_mutex_lock (&lock);
  mark = last_number;
  g_mutex_unlock (&lock);

  return mark;
}

guint
anyio_instances_complain (guint64 mark,
                          GString *complaints)
{
  guint counts[G_N_ELEMENTS (kinds)] = { 0 };
  guint n = 0;
  GHashTableIter iter;
  gpointer object;
  gpointer number;

  g_mutex_lock (&lock);
  g_hash_table_iter_init (&iter, live);
  while (g_hash_table_iter_next (&iter, &object, &number))
    if (*(guint64 *) number > mark)
      {
        counts[find_kind (object) - kinds]++;
        n++;
      }
  g_mutex_unlock (&lock);

  for (guint i = 0; complaints != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (counts[i] > 0)
      g_string_append_printf (complaints, "%s%u %s left", complaints->len > 0 ? "; " : "", counts[i], g_type_name (kinds[i].type));

  return n;
}
