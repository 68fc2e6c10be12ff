/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A program of the conformance table as a tree of statements: see README.md. Knows nothing about the library. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _Node Node;

struct _Node
{
  char **words;       /* owned; the first is the statement's name */
  guint n_words;
  GPtrArray *body;    /* owned; of Node, what is indented below it */
  GPtrArray *cleanup; /* owned; of Node, what follows "finally"; NULL */
};

/* The statements of the lines (strings), which are indented by two spaces a level; owned by the caller. */
GPtrArray *program_parse (GPtrArray *lines);

G_END_DECLS
