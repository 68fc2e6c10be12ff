/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a program of the model over the library's tasks and writes the trace. Uses the public API only. */

#pragma once

#include "program.h"

G_BEGIN_DECLS

/* Appends the trace of one run on a fresh context with a virtual clock. What the library logs without a reason is in there, see complaints.h. */
void model_interpreter_run (const ModelProgram *program, guint schedule, GString *trace);

G_END_DECLS
