/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values of tasks and of runs, by quark. One thread only, like the tasks themselves, so the reference counts are plain. */

#include "core/anyio-values-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-fiber-private.h"
#include "core/anyio-runtime-private.h"

typedef struct
{
  gpointer value;
  GDestroyNotify destroy;
  guint ref_count;
} Box;

typedef struct
{
  GQuark key;
  Box *box;
} Entry;

struct _AnyioValues
{
  guint ref_count;
  guint n_entries;
  Entry entries[];
};

static Box *
box_new (gpointer value,
         GDestroyNotify destroy)
{
  Box *box = g_new (Box, 1);

  *box = (Box){ value, destroy, 1 };

  return box;
}

static void
box_unref (gpointer data)
{
  Box *box = data;

  if (--box->ref_count > 0)
    return;
  if (box->destroy != NULL)
    anyio_call_home (box->destroy, box->value);
  g_free (box);
}

AnyioValues *
anyio_values_ref (AnyioValues *self)
{
  self->ref_count++;

  return self;
}

void
anyio_values_unref (AnyioValues *self)
{
  if (--self->ref_count > 0)
    return;
  for (guint i = 0; i < self->n_entries; i++)
    box_unref (self->entries[i].box);
  g_free (self);
}

/* A copy of @old, which may be NULL, with @box (taken) for @key. */
static AnyioValues *
values_with (const AnyioValues *old,
             GQuark key,
             Box *box)
{
  guint n_old = old != NULL ? old->n_entries : 0;
  AnyioValues *self = g_malloc (sizeof *self + (n_old + 1) * sizeof (Entry));

  self->ref_count = 1;
  self->n_entries = 0;
  for (guint i = 0; i < n_old; i++)
    if (old->entries[i].key != key)
      {
        old->entries[i].box->ref_count++;
        self->entries[self->n_entries++] = old->entries[i];
      }
  self->entries[self->n_entries++] = (Entry){ key, box };

  return self;
}

/**
 * anyio_task_get_value: (skip)
 * @key: a quark
 *
 * Gets a value of the current task: its own, or the one that it inherited when it was spawned.
 *
 * Returns: (transfer none) (nullable): the value; %NULL if there is none, and outside tasks
 *
 * Since: 0.1
 */
gpointer
anyio_task_get_value (GQuark key)
{
  AnyioRecord *record = anyio_runtime_current_or_visitor ();
  AnyioValues *values = record != NULL ? record->values : NULL;

  for (guint i = 0; values != NULL && i < values->n_entries; i++)
    if (values->entries[i].key == key)
      return values->entries[i].box->value;

  return NULL;
}

/**
 * anyio_task_set_value: (skip)
 * @key: a quark
 * @value: the value
 * @destroy: (nullable): frees @value when no task has it any more
 *
 * Gives the current task a value. Tasks that it spawns from now on inherit it; those that run already, and its parent, do not see it.
 * AnyIO: context variables.
 *
 * Since: 0.1
 */
void
anyio_task_set_value (GQuark key,
                      gpointer value,
                      GDestroyNotify destroy)
{
  AnyioRecord *record = anyio_runtime_current_or_visitor ();
  AnyioValues *old;

  if (record == NULL)
    {
      anyio_misuse_no_task (NULL, G_STRFUNC);
      if (destroy != NULL)
        destroy (value);
      return;
    }

  old = record->values;
  record->values = values_with (old, key, box_new (value, destroy));
  if (old != NULL)
    anyio_values_unref (old);
}

/**
 * anyio_run_get_value: (skip)
 * @key: a quark
 *
 * Gets a value of the run to which the current task belongs. AnyIO: RunVar.
 *
 * Returns: (transfer none) (nullable): the value; %NULL if there is none, and outside runs
 *
 * Since: 0.1
 */
gpointer
anyio_run_get_value (GQuark key)
{
  AnyioRuntime *runtime = anyio_runtime_find ();
  Box *box = NULL;

  if (runtime != NULL && runtime->values != NULL)
    box = g_hash_table_lookup (runtime->values, GUINT_TO_POINTER (key));

  return box != NULL ? box->value : NULL;
}

/**
 * anyio_run_set_value: (skip)
 * @key: a quark
 * @value: (nullable): the value; %NULL removes it
 * @destroy: (nullable): frees @value when it is replaced or the run ends
 *
 * Gives the run to which the current task belongs a value, which all its tasks see. AnyIO: RunVar.
 *
 * Since: 0.1
 */
void
anyio_run_set_value (GQuark key,
                     gpointer value,
                     GDestroyNotify destroy)
{
  AnyioRuntime *runtime = anyio_runtime_find ();

  if (runtime == NULL)
    {
      anyio_misuse_no_task (NULL, G_STRFUNC);
      if (destroy != NULL)
        destroy (value);
      return;
    }

  if (runtime->values == NULL)
    runtime->values = g_hash_table_new_full (NULL, NULL, NULL, box_unref);
  if (value != NULL)
    g_hash_table_insert (runtime->values, GUINT_TO_POINTER (key), box_new (value, destroy));
  else
    g_hash_table_remove (runtime->values, GUINT_TO_POINTER (key));
}
