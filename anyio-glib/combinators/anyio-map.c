/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One function for each item of an array. */

#include "combinators/anyio-map.h"

#include "core/anyio-max-concurrency.h"
#include "core/anyio-task-group.h"

/**
 * anyio_map_named: (skip)
 * @name: the name of the tasks; a literal or an interned string
 * @func: the function; its argument is a pointer to an item
 * @items: the array
 * @item_size: bytes of an item
 * @n_items: how many there are; none is a success
 * @limit: how many may be worked on at once; %G_MAXUINT for no bound
 * @error: return location for an error
 *
 * Calls @func for each item of an array, as qsort() would be given one, at most @limit at once and in the order of the array, and waits for all. Results go into the items.
 * The first failure cancels the others. In C use the macro anyio_map(), which names the tasks after the function. Cancel point.
 *
 * ```c
 * static gboolean
 * halve (gpointer data, GError **error)
 * {
 *   double *number = data;
 *
 *   if (!anyio_sleep (0.01, error))
 *     return FALSE;
 *   *number /= 2;
 *
 *   return TRUE;
 * }
 *
 * static gboolean
 * halve_all (gpointer data, GError **error)
 * {
 *   double numbers[] = { 1, 2, 3, 4, 5 };
 *
 *   if (!anyio_map (halve, numbers, sizeof *numbers, G_N_ELEMENTS (numbers), 2, error))
 *     return FALSE;
 *   g_print ("%g\n", numbers[4]);
 *
 *   return TRUE;
 * }
 *
 * int
 * main (void)
 * {
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!anyio_run (halve_all, NULL, &error))
 *     g_printerr ("%s\n", error->message);
 *
 *   return error != NULL;
 * }
 * ```
 *
 * AnyIO: amap().
 *
 * Errors: those of @func, several as %ANYIO_ERROR_GROUP; %G_IO_ERROR_CANCELLED; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE if all have succeeded
 *
 * Since: 0.1
 */
gboolean
anyio_map_named (const char *name,
                 AnyioTaskFunc func,
                 gpointer items,
                 gsize item_size,
                 guint n_items,
                 guint limit,
                 GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_new ();

  g_return_val_if_fail (func != NULL, FALSE);
  g_return_val_if_fail (items != NULL || n_items == 0, FALSE);
  g_return_val_if_fail (limit >= 1, FALSE);

  if (!anyio_task_group_enter (group, error))
    return FALSE;
  if (limit < n_items)
    anyio_task_group_set_max_concurrency (group, limit);
  for (guint i = 0; i < n_items; i++)
    anyio_task_group_start_soon_named (group, name, func, (char *) items + i * item_size, NULL);

  return anyio_task_group_join (group, error);
}
