/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The failures of a task group, as plain entries and as a list model. */

#include "core/anyio-failure-log-private.h"

#include "core/anyio-failure.h"
#include "core/anyio-runtime-private.h"

typedef struct
{
  const char *name; /* static or interned */
  GError *error;    /* owned */
} Entry;

struct _AnyioFailureList
{
  GObject parent_instance;

  GPtrArray *failures; /* of AnyioFailure; owned */
  guint n_shown;       /* those behind it are not in the list yet */
};

static void anyio_failure_list_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AnyioFailureList, anyio_failure_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, anyio_failure_list_list_model_init))

static void
anyio_failure_list_finalize (GObject *object)
{
  g_ptr_array_unref (ANYIO_FAILURE_LIST (object)->failures);

  G_OBJECT_CLASS (anyio_failure_list_parent_class)->finalize (object);
}

static void
anyio_failure_list_class_init (AnyioFailureListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = anyio_failure_list_finalize;
}

static void
anyio_failure_list_init (AnyioFailureList *self)
{
  self->failures = g_ptr_array_new_with_free_func (g_object_unref);
}

static GType
anyio_failure_list_get_item_type (GListModel *model)
{
  return ANYIO_TYPE_FAILURE;
}

static guint
anyio_failure_list_get_n_items (GListModel *model)
{
  return ANYIO_FAILURE_LIST (model)->n_shown;
}

static gpointer
anyio_failure_list_get_item (GListModel *model,
                             guint position)
{
  AnyioFailureList *self = ANYIO_FAILURE_LIST (model);

  return position < self->n_shown ? g_object_ref (self->failures->pdata[position]) : NULL;
}

static void
anyio_failure_list_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = anyio_failure_list_get_item_type;
  iface->get_n_items = anyio_failure_list_get_n_items;
  iface->get_item = anyio_failure_list_get_item;
}

void
anyio_failure_list_flush (AnyioFailureList *self)
{
  guint position = self->n_shown;

  self->n_shown = self->failures->len;
  if (self->n_shown > position)
    g_list_model_items_changed (G_LIST_MODEL (self), position, 0, self->n_shown - position);
}

static void
clear_entry (gpointer entry)
{
  g_error_free (((Entry *) entry)->error);
}

void
anyio_failure_log_add (AnyioFailureLog *self,
                       AnyioRuntime *runtime,
                       const char *name,
                       const GError *error)
{
  Entry entry = { .name = name };

  if (self->list != NULL)
    {
      g_ptr_array_add (ANYIO_FAILURE_LIST (self->list)->failures, anyio_failure_new (name, error));
      anyio_runtime_observe (runtime, self->list);
      return;
    }

  if (self->entries == NULL)
    {
      self->entries = g_array_new (FALSE, FALSE, sizeof entry);
      g_array_set_clear_func (self->entries, clear_entry);
    }
  entry.error = g_error_copy (error);
  g_array_append_val (self->entries, entry);
}

GListModel *
anyio_failure_log_get_list (AnyioFailureLog *self)
{
  AnyioFailureList *list;

  if (self->list != NULL)
    return self->list;

  list = g_object_new (ANYIO_TYPE_FAILURE_LIST, NULL);
  for (guint i = 0; self->entries != NULL && i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);

      g_ptr_array_add (list->failures, anyio_failure_new (entry->name, entry->error));
    }
  list->n_shown = list->failures->len;
  g_clear_pointer (&self->entries, g_array_unref);
  self->list = G_LIST_MODEL (list);

  return self->list;
}

void
anyio_failure_log_clear (AnyioFailureLog *self)
{
  g_clear_pointer (&self->entries, g_array_unref);
  g_clear_object (&self->list);
}
