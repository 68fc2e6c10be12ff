/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A program of the model, decoded from bytes: see README.md. Knows nothing about the library. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MODEL_MAX_STATEMENTS 200
#define MODEL_MAX_DEPTH      8
#define MODEL_MAX_BYTES      65535
#define MODEL_NEVER          15 /* a deadline that never comes */
#define MODEL_N_HOLDABLE     5  /* two locks, two semaphores, a limiter */

typedef enum
{
  MODEL_CKPT,
  MODEL_SCHED,
  MODEL_SLEEP,
  MODEL_SCOPE,
  MODEL_GROUP,
  MODEL_SPAWN,
  MODEL_START,
  MODEL_STARTED,
  MODEL_CANCEL,
  MODEL_SHIELD,
  MODEL_DEADLINE,
  MODEL_RAISE,
  MODEL_RAISE_CANCELLED,
  MODEL_FINALLY,
  MODEL_SWALLOW,
  MODEL_WAIT, /* from here on those that use a primitive */
  MODEL_SET,
  MODEL_ACQUIRE,
  MODEL_TRY,
  MODEL_RELEASE,
  MODEL_HOLD,
  MODEL_TOTAL,
  MODEL_AWAIT,
  MODEL_NOTIFY,
  MODEL_SEND,
  MODEL_OFFER,
  MODEL_RECEIVE,
  MODEL_TAKE,
  MODEL_CLOSE,
  MODEL_CLONE,
  MODEL_N_OPS
} ModelOp;

typedef struct _ModelStatement ModelStatement;

typedef struct
{
  ModelStatement *first; /* borrowed from the program; NULL: empty */
} ModelBlock;

struct _ModelStatement
{
  ModelOp op;
  guint number;    /* from 1, in the order of the text */
  guint target;    /* spawn, start, cancel, shield, deadline: the number of the scope or group */
  guint value;     /* sleep: the seconds; scope, deadline: the deadline; shield: on; those that use a primitive: which, and how */
  gboolean shield; /* scope */
  ModelBlock body;
  ModelBlock cleanup;   /* finally */
  ModelStatement *next; /* in the same block */
};

typedef struct
{
  guint n_statements;
  ModelStatement statements[MODEL_MAX_STATEMENTS + 1]; /* by number; the first is not used */
  ModelBlock main;
} ModelProgram;

void model_program_decode (ModelProgram *self, const guint8 *data, gsize size); /* never fails */

G_END_DECLS
