/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the end of a child means for its task group. */

#pragma once

#include <anyio-glib/core/anyio-types.h>

G_BEGIN_DECLS

/**
 * AnyioJoinPolicy:
 * @ANYIO_JOIN_ALL: all must succeed; the first failure cancels the others and fails the group
 * @ANYIO_JOIN_COLLECT: all run to their ends; their failures do not disturb the group and are kept
 * @ANYIO_JOIN_FIRST_DONE: the first to end, however it ends, decides; the others are cancelled
 * @ANYIO_JOIN_FIRST_SUCCESS: the first to succeed decides, and the others are cancelled; if none does, the group fails with all their failures
 * @ANYIO_JOIN_SUPERVISE: failures are told to #AnyioTaskGroup::child-failed and change nothing else
 *
 * What the end of a child means for its group. With every policy the group ends only when all its children have ended.
 *
 * Since: 0.1
 */
typedef enum
{
  ANYIO_JOIN_ALL,
  ANYIO_JOIN_COLLECT,
  ANYIO_JOIN_FIRST_DONE,
  ANYIO_JOIN_FIRST_SUCCESS,
  ANYIO_JOIN_SUPERVISE
} AnyioJoinPolicy;

ANYIO_AVAILABLE_IN_0_1
AnyioJoinPolicy anyio_task_group_get_policy (AnyioTaskGroup *self);
ANYIO_AVAILABLE_IN_0_1
void            anyio_task_group_set_policy (AnyioTaskGroup *self, AnyioJoinPolicy policy);
ANYIO_AVAILABLE_IN_0_1
AnyioTask      *anyio_task_group_get_winner (AnyioTaskGroup *self);

G_END_DECLS
