/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Scopes on the stack, to the end of the block. */

#include "core/anyio-block.h"

#include "core/anyio-cancel-scope-private.h"
#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"

typedef struct
{
  AnyioScope scope;
  GError **location; /* borrowed; NULL */
} Block;

G_STATIC_ASSERT (sizeof (Block) <= sizeof (AnyioBlock));
G_STATIC_ASSERT (G_ALIGNOF (Block) <= G_ALIGNOF (AnyioBlock));

static AnyioBlock *
enter (AnyioBlock *block,
       double seconds,
       gboolean shield,
       GError **location,
       gconstpointer where,
       const char *macro)
{
  AnyioRuntime *runtime = anyio_thread_runtime;
  Block *self = (Block *) block;

  anyio_scope_init (&self->scope);
  self->location = location;
  if (G_UNLIKELY (runtime == NULL || runtime->current == NULL))
    {
      anyio_misuse_no_task (NULL, macro);
      return block;
    }

  self->scope.deadline = anyio_scope_check_timeout (seconds, macro);
  self->scope.has_timeout = TRUE;
  self->scope.shield = shield;
  self->scope.fails = !shield;
  self->scope.where = where;
  anyio_scope_enter (&self->scope, runtime->current);

  return block;
}

/**
 * anyio_block_fail_after: (skip)
 * @block: memory on the stack
 * @seconds: how long the block may take
 * @error: (nullable): the error location of the surrounding function
 *
 * Use ANYIO_FAIL_AFTER().
 *
 * Returns: (transfer none): @block
 *
 * Since: 0.1
 */
AnyioBlock *
anyio_block_fail_after (AnyioBlock *block,
                        double seconds,
                        GError **error)
{
  return enter (block, seconds, FALSE, error, __builtin_return_address (0), "ANYIO_FAIL_AFTER");
}

/**
 * anyio_block_shield_for: (skip)
 * @block: memory on the stack
 * @seconds: how long the block may take
 *
 * Use ANYIO_SHIELD_FOR().
 *
 * Returns: (transfer none): @block
 *
 * Since: 0.1
 */
AnyioBlock *
anyio_block_shield_for (AnyioBlock *block,
                        double seconds)
{
  return enter (block, seconds, TRUE, NULL, __builtin_return_address (0), "ANYIO_SHIELD_FOR");
}

/**
 * anyio_block_leave: (skip)
 * @block: a block that was entered
 *
 * Leaves the scope at the end of the block; the macros see to it.
 *
 * Since: 0.1
 */
void
anyio_block_leave (AnyioBlock *block)
{
  Block *self = (Block *) block;

  if (self->scope.state == ANYIO_SCOPE_LIVE && anyio_scope_check_exit (&self->scope, NULL))
    anyio_scope_leave_by_cleanup (&self->scope, self->location);
  anyio_scope_clear (&self->scope);
}
