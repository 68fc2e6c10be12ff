/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The interpreter of the conformance programs in C: what its parts share. A task of the program is a fiber, a block of statements a function call on its stack. */

#pragma once

#include "program.h"

#include <anyio.h>

G_BEGIN_DECLS

#define FAILURE (g_quark_from_static_string ("conformance-failure"))

typedef struct
{
  GHashTable *scopes; /* by name, as the following ones */
  GHashTable *groups;
  GHashTable *tasks;
  GHashTable *values; /* of start(), as text */
  GHashTable *foreign;
  GHashTable *objects; /* of the toolbox */
  GHashTable *counts;  /* of what fails so many times, by its node */
} Run;

typedef struct
{
  Run *run;
  GPtrArray *body;   /* borrowed from the program */
  const char *item;  /* that a map works on; NULL */
  gboolean has_left; /* "leave" ends the blocks up to that of the group */
} Frame;

typedef gboolean (*StatementFunc) (Frame *frame, const Node *node, GError **error);

typedef struct
{
  const char *name;
  StatementFunc func;
} Statement;

extern const Statement scope_statements[]; /* each ends with an empty one */
extern const Statement task_statements[];
extern const Statement policy_statements[];
extern const Statement question_statements[];
extern const Statement select_statements[];
extern const Statement stream_statements[];
extern const Statement toolbox_statements[];
extern const Statement combinator_statements[];

/* Ends at the first statement that fails or leaves. */
gboolean run_block (Frame *frame, GPtrArray *nodes, GError **error);
Frame *frame_new (Run *run, GPtrArray *body);
void set_group_options (AnyioTaskGroup *group, const Node *node);
AnyioTaskGroup *find_group (Frame *frame, const Node *node);
gboolean run_child (gpointer frame, GError **error); /* the body of a task */

/* Misuse is a message in C and an error in other languages: the statements that may be misuse make one of it. The message is expected from the task that runs. */
void expect_misuse (void);
gboolean was_misused (void); /* and expects it no more */

void trace_init (void);
void say (const char *format, ...) G_GNUC_PRINTF (1, 2);
char *describe (const GError *error);

double number (const char *word);
const char *word_at (const Node *node, guint i); /* NULL: there are fewer */
gpointer look_up (GHashTable *table, const char *name);
AnyioCancelScope *find_scope (Frame *frame, const Node *node);
AnyioTask *find_task (Frame *frame, const Node *node);
gpointer find_object (Frame *frame, const Node *node);

G_END_DECLS
