/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The decoder of the byte encoding. It must agree with decode() in program.py to the letter: what is read, in which order, and what a
 * statement becomes that cannot be what it was meant to be. */

#include "program.h"

#include <string.h>

typedef struct
{
  ModelProgram *program;
  const guint8 *data;
  gsize size;
  gsize at;
} Reader;

static ModelBlock read_block (Reader *self, guint depth);

/* Zeros follow the last byte. */
static guint
read_byte (Reader *self)
{
  return self->at < self->size ? self->data[self->at++] : 0;
}

static gboolean
has_body (ModelOp op)
{
  return op == MODEL_SCOPE || op == MODEL_GROUP || op == MODEL_SPAWN || op == MODEL_START || op == MODEL_FINALLY || op == MODEL_SWALLOW
         || op == MODEL_HOLD;
}

/* The argument of a statement that uses a primitive is less than this. */
static guint
get_limit (ModelOp op)
{
  switch (op)
    {
    case MODEL_ACQUIRE:
    case MODEL_TRY:
    case MODEL_RELEASE:
    case MODEL_HOLD:
      return MODEL_N_HOLDABLE;
    case MODEL_TOTAL:
      return 4;
    case MODEL_NOTIFY:
    case MODEL_SEND:
    case MODEL_OFFER:
    case MODEL_RECEIVE:
    case MODEL_TAKE:
      return 8;
    case MODEL_CLOSE:
    case MODEL_CLONE:
      return 16;
    default:
      return 2;
    }
}

static ModelStatement *
read_statement (Reader *self,
                guint depth)
{
  ModelStatement *statement = &self->program->statements[++self->program->n_statements];

  statement->number = self->program->n_statements;
  statement->op = read_byte (self) % MODEL_N_OPS;
  if (has_body (statement->op) && depth == MODEL_MAX_DEPTH)
    {
      statement->op = MODEL_CKPT;
      return statement;
    }

  switch (statement->op)
    {
    case MODEL_SLEEP:
      statement->value = read_byte (self) & 7;
      break;
    case MODEL_SCOPE:
      {
        guint flags = read_byte (self);

        statement->value = flags & 15;
        statement->shield = flags >> 4 & 1;
        break;
      }
    case MODEL_SPAWN:
    case MODEL_START:
    case MODEL_CANCEL:
      statement->target = read_byte (self);
      break;
    case MODEL_SHIELD:
      statement->target = read_byte (self);
      statement->value = read_byte (self) & 1;
      break;
    case MODEL_DEADLINE:
      statement->target = read_byte (self);
      statement->value = read_byte (self) & 15;
      break;
    default:
      if (statement->op >= MODEL_WAIT)
        statement->value = read_byte (self) % get_limit (statement->op);
      break;
    }

  if (has_body (statement->op))
    statement->body = read_block (self, depth + 1);
  if (statement->op == MODEL_FINALLY)
    statement->cleanup = read_block (self, depth + 1);

  return statement;
}

static ModelBlock
read_block (Reader *self,
            guint depth)
{
  ModelBlock block = { NULL };
  ModelStatement **end = &block.first;

  for (guint n = read_byte (self) & 7; n > 0 && self->program->n_statements < MODEL_MAX_STATEMENTS; n--)
    {
      *end = read_statement (self, depth);
      end = &(*end)->next;
    }

  return block;
}

/* From "the n-th scope or group", modulo how many there are, to the number of its statement. */
static void
resolve_targets (ModelProgram *self)
{
  guint targets[MODEL_MAX_STATEMENTS];
  guint groups[MODEL_MAX_STATEMENTS];
  guint n_targets = 0;
  guint n_groups = 0;

  for (guint i = 1; i <= self->n_statements; i++)
    {
      if (self->statements[i].op == MODEL_SCOPE || self->statements[i].op == MODEL_GROUP)
        targets[n_targets++] = i;
      if (self->statements[i].op == MODEL_GROUP)
        groups[n_groups++] = i;
    }

  for (guint i = 1; i <= self->n_statements; i++)
    {
      ModelStatement *statement = &self->statements[i];

      switch (statement->op)
        {
        case MODEL_SPAWN:
        case MODEL_START:
          if (n_groups == 0)
            statement->op = MODEL_SWALLOW;
          else
            statement->target = groups[statement->target % n_groups];
          break;
        case MODEL_CANCEL:
        case MODEL_SHIELD:
        case MODEL_DEADLINE:
          if (n_targets == 0)
            statement->op = MODEL_CKPT;
          else
            statement->target = targets[statement->target % n_targets];
          break;
        default:
          break;
        }
    }
}

void
model_program_decode (ModelProgram *self,
                      const guint8 *data,
                      gsize size)
{
  Reader reader = { self, data, MIN (size, MODEL_MAX_BYTES), 0 };

  memset (self, 0, sizeof *self);
  self->main = read_block (&reader, 0);
  resolve_targets (self);
}
