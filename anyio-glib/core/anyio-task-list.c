/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Snapshots of live tasks, and the list of all tasks of a context. */

#include "core/anyio-task-list-private.h"

#include "core/anyio-runtime-private.h"
#include "core/anyio-tree-private.h"

static GPtrArray *
take_snapshot (AnyioTaskListFunc func,
               gpointer user_data)
{
  GPtrArray *tasks = g_ptr_array_new_with_free_func (g_object_unref);

  func (user_data, tasks);

  return tasks;
}

guint
anyio_task_list_get_n_items (GPtrArray **snapshot,
                             AnyioTaskListFunc func,
                             gpointer user_data)
{
  if (*snapshot == NULL)
    *snapshot = take_snapshot (func, user_data);

  return (*snapshot)->len;
}

gpointer
anyio_task_list_get_item (GPtrArray **snapshot,
                          AnyioTaskListFunc func,
                          gpointer user_data,
                          guint position)
{
  if (position >= anyio_task_list_get_n_items (snapshot, func, user_data))
    return NULL;

  return g_object_ref (g_ptr_array_index (*snapshot, position));
}

void
anyio_task_list_flush (GListModel *model,
                       GPtrArray **snapshot,
                       AnyioTaskListFunc func,
                       gpointer user_data)
{
  g_autoptr (GPtrArray) before = g_steal_pointer (snapshot);
  GPtrArray *after;
  guint n_same_start = 0;
  guint n_same_end = 0;

  if (before == NULL)
    return;

  after = take_snapshot (func, user_data);
  *snapshot = after;
  while (n_same_start < MIN (before->len, after->len) && before->pdata[n_same_start] == after->pdata[n_same_start])
    n_same_start++;
  while (n_same_end < MIN (before->len, after->len) - n_same_start && before->pdata[before->len - 1 - n_same_end] == after->pdata[after->len - 1 - n_same_end])
    n_same_end++;
  if (before->len - n_same_start - n_same_end > 0 || after->len - n_same_start - n_same_end > 0)
    g_list_model_items_changed (model, n_same_start, before->len - n_same_start - n_same_end, after->len - n_same_start - n_same_end);
}

void
anyio_task_list_append_children (AnyioGroup *group,
                                 GPtrArray *tasks)
{
  ANYIO_LIST_FOREACH (&group->children, link)
    g_ptr_array_add (tasks, g_object_ref (anyio_record_get_handle (ANYIO_CONTAINER (link, AnyioRecord, link))));
}

/* --- all tasks ------------------------------------------------------------------------------------------------------------------------------ */

#define ANYIO_TYPE_RUNNING_TASKS (anyio_running_tasks_get_type ())
G_DECLARE_FINAL_TYPE (AnyioRunningTasks, anyio_running_tasks, ANYIO, RUNNING_TASKS, GObject)

struct _AnyioRunningTasks
{
  GObject parent_instance;

  GMainContext *context; /* owned */
  AnyioRuntime *runtime; /* borrowed; the one that the context has now; NULL: none */
  GPtrArray *snapshot;   /* of AnyioTask; owned; NULL */
};

/* A runtime goes when it has no task left, and another one comes with the next task; the list stays, because somebody shows it. */
static GMutex lists_lock;
static GHashTable *lists; /* GMainContext to AnyioRunningTasks, both borrowed; guarded by lists_lock */

static void anyio_running_tasks_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AnyioRunningTasks, anyio_running_tasks, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, anyio_running_tasks_list_model_init))

static void
anyio_running_tasks_dispose (GObject *object)
{
  AnyioRunningTasks *self = ANYIO_RUNNING_TASKS (object);

  if (self->runtime != NULL)
    anyio_running_tasks_detach (self->runtime);
  if (self->context != NULL)
    {
      g_mutex_lock (&lists_lock);
      g_hash_table_remove (lists, self->context);
      g_mutex_unlock (&lists_lock);
      g_clear_pointer (&self->context, g_main_context_unref);
    }
  g_clear_pointer (&self->snapshot, g_ptr_array_unref);

  G_OBJECT_CLASS (anyio_running_tasks_parent_class)->dispose (object);
}

static void
anyio_running_tasks_class_init (AnyioRunningTasksClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = anyio_running_tasks_dispose;
}

static void
anyio_running_tasks_init (AnyioRunningTasks *self)
{
}

static gboolean
append_task (AnyioRecord *record,
             guint depth,
             gpointer user_data)
{
  g_ptr_array_add (user_data, g_object_ref (anyio_record_get_handle (record)));

  return TRUE;
}

static void
append_all (gpointer user_data,
            GPtrArray *tasks)
{
  AnyioRunningTasks *self = user_data;

  if (self->runtime != NULL)
    anyio_tree_foreach (&self->runtime->root, append_task, tasks);
}

static GType
anyio_running_tasks_get_item_type (GListModel *model)
{
  return ANYIO_TYPE_TASK;
}

static guint
anyio_running_tasks_get_n_items (GListModel *model)
{
  AnyioRunningTasks *self = ANYIO_RUNNING_TASKS (model);

  return anyio_task_list_get_n_items (&self->snapshot, append_all, self);
}

static gpointer
anyio_running_tasks_get_item (GListModel *model,
                              guint position)
{
  AnyioRunningTasks *self = ANYIO_RUNNING_TASKS (model);

  return anyio_task_list_get_item (&self->snapshot, append_all, self, position);
}

static void
anyio_running_tasks_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = anyio_running_tasks_get_item_type;
  iface->get_n_items = anyio_running_tasks_get_n_items;
  iface->get_item = anyio_running_tasks_get_item;
}

void
anyio_running_tasks_flush (GListModel *model)
{
  AnyioRunningTasks *self = ANYIO_RUNNING_TASKS (model);

  anyio_task_list_flush (model, &self->snapshot, append_all, self);
}

static AnyioRunningTasks *
find_list (GMainContext *context)
{
  AnyioRunningTasks *self;

  g_mutex_lock (&lists_lock);
  self = lists != NULL ? g_hash_table_lookup (lists, context) : NULL;
  g_mutex_unlock (&lists_lock);

  return self;
}

void
anyio_running_tasks_attach (AnyioRuntime *runtime)
{
  AnyioRunningTasks *self = find_list (runtime->context);

  if (self == NULL)
    return;
  self->runtime = runtime;
  runtime->task_list = G_LIST_MODEL (self);
}

void
anyio_running_tasks_detach (AnyioRuntime *runtime)
{
  if (runtime->task_list == NULL)
    return;
  ANYIO_RUNNING_TASKS (runtime->task_list)->runtime = NULL;
  runtime->task_list = NULL;
}

/**
 * anyio_get_running_tasks:
 *
 * Gets the live tasks of the thread's default main context, parents before their children: a list model that keeps itself up to date, so that a
 * GTK list can show it. AnyIO: get_running_tasks().
 *
 * Returns: (transfer full): a list model of #AnyioTask
 *
 * Since: 0.1
 */
GListModel *
anyio_get_running_tasks (void)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  AnyioRuntime *runtime = anyio_runtime_find ();
  AnyioRunningTasks *self;

  /* A thread without a context of its own has no tasks; the list of the global context is the main thread's. */
  if (!anyio_runtime_may_own (context))
    return g_object_new (ANYIO_TYPE_RUNNING_TASKS, NULL);

  self = find_list (context);
  if (self != NULL)
    return g_object_ref (G_LIST_MODEL (self));

  self = g_object_new (ANYIO_TYPE_RUNNING_TASKS, NULL);
  self->context = g_steal_pointer (&context);
  g_mutex_lock (&lists_lock);
  if (lists == NULL)
    lists = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (lists, self->context, self);
  g_mutex_unlock (&lists_lock);
  if (runtime != NULL)
    anyio_running_tasks_attach (runtime);

  return G_LIST_MODEL (self);
}
