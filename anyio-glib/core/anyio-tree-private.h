/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Walks over the tree of tasks: each task, then the children of the groups that it opened, the outermost group first. No recursion. */

#pragma once

#include "core/anyio-group-private.h"

/* Calls @func for every task below @root, whose children have depth 0. Ends when it returns FALSE. The tree must not change meanwhile. */
void anyio_tree_foreach (AnyioGroup *root, gboolean (*func) (AnyioRecord *record, guint depth, gpointer user_data), gpointer user_data);
