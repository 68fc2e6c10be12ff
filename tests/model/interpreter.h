/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a program of the model over the library's tasks and writes the trace. Uses the public API only. */

#pragma once

#include "program.h"

G_BEGIN_DECLS

/* Call once, first: takes over GLib's log, because programs misuse the library on purpose. What the library says without a reason shows in
 * the trace. */
void model_interpreter_init (void);

/* Appends the trace of one run on a fresh context with a virtual clock. */
void model_interpreter_run (const ModelProgram *program, guint schedule, GString *trace);

G_END_DECLS
