/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tasks of a program share, and the statements that use it: events, locks, semaphores, a capacity limiter, conditions and memory object streams. The
 * same for every program; made before it begins.
 *
 * Beside them stands a book about who has what, kept from the results alone. It must agree with what the library says (I24), and every item must have
 * one fate (I23); what does not agree is a line with "!" in the trace. */

#pragma once

#include "program.h"

#include <anyio.h>

G_BEGIN_DECLS

#define MODEL_N_EVENTS     2
#define MODEL_N_LOCKS      2
#define MODEL_N_SEMAPHORES 2
#define MODEL_N_STREAMS    4
#define MODEL_NOBODY       G_MAXUINT

typedef struct
{
  AnyioMemoryObjectSendStream *senders[2]; /* owned; the second is the clone, NULL until it is made */
  AnyioMemoryObjectReceiveStream *receivers[2];
} ModelStream;

typedef enum
{
  MODEL_ITEM_UNKNOWN,
  MODEL_ITEM_ACCEPTED, /* the sender succeeded */
  MODEL_ITEM_REFUSED   /* the sender got an error */
} ModelItemFate;

typedef struct
{
  ModelItemFate fate;
  guint n_received;
  guint n_destroyed;
} ModelItem;

typedef struct
{
  GString *trace; /* borrowed */
  AnyioEvent *events[MODEL_N_EVENTS];
  AnyioLock *locks[MODEL_N_LOCKS];
  AnyioCondition *conditions[MODEL_N_LOCKS];
  AnyioSemaphore *semaphores[MODEL_N_SEMAPHORES];
  AnyioCapacityLimiter *limiter;
  ModelStream streams[MODEL_N_STREAMS];

  guint owners[MODEL_N_LOCKS];             /* a task, by its number; MODEL_NOBODY */
  gboolean is_broken[MODEL_N_LOCKS];
  guint n_left[MODEL_N_SEMAPHORES];
  gboolean has_token[MODEL_MAX_STATEMENTS + 1]; /* by the number of the task */
  guint n_tokens;
  ModelItem items[MODEL_MAX_STATEMENTS + 1]; /* by the number of the statement that sends it */
} ModelPrimitives;

/* Whether the program has a statement that uses one; without, there is nothing to be made. */
gboolean model_primitives_are_used (const ModelProgram *program);
void     model_primitives_init     (ModelPrimitives *self, GString *trace);
/* One statement of @task. @item: the statement that sent what was received, 0: nothing. */
gboolean model_primitives_run      (ModelPrimitives *self, guint task, const ModelStatement *statement, guint *item, GError **error);
/* The two halves of "hold". */
gboolean model_primitives_acquire  (ModelPrimitives *self, guint task, guint which, GError **error);
gboolean model_primitives_release  (ModelPrimitives *self, guint task, guint which, GError **error);
void     model_primitives_ended    (ModelPrimitives *self, guint task);
/* All tasks but the main one have ended: writes the line of the states, checks them, and frees all. */
void     model_primitives_finish   (ModelPrimitives *self);

G_END_DECLS
