# SPDX-License-Identifier: LGPL-2.1-or-later
"""Faults in gio/, for tests/gio and the programs in several languages."""

FAULTS = (
    ("gio/adopted", "anyio-glib/gio/anyio-adopted.c",
     ("a CANCELLED that answers ours is a failure", "  anyio_scope_set_told (self->keeper); /* the", "  /* the"),
     ("the operation is not cancelled", "  g_cancellable_cancel (cancellable);\n}\n", "}\n"),
     ("an operation in a closed group is not cancelled", "      g_cancellable_cancel (self->cancellable);\n      return self;", "      return self;"),
     ("a closed group accepts it silently", "      g_critical (\"%s\", error->message);\n", ""),
     ("a cancelled group does not cancel it", "    anyio_runtime_doom (self->runtime, &self->dependent);", "    ;"),
     ("time jumps past it", "  anyio_operation_begin (self->runtime, self->cancellable);\n", ""),
     ("a failure without an error", " && error == NULL)\n    error =", " && FALSE)\n    error ="),
     ("the failure is lost", "  anyio_record_finish (self->keeper, error);", "  g_clear_error (&error);\n  anyio_record_finish (self->keeper, NULL);"),
     ("the operation stays a dependent", "  anyio_list_remove (&self->dependent.link);\n  anyio_operation_end", "  anyio_operation_end"),
     ("the finish function acts for nobody", "  self->runtime->visitor = self->keeper;\n", ""),
     ("another thread touches the group", "if (G_UNLIKELY (!anyio_runtime_is_owner (self->runtime)))", "if (FALSE)"),
     ("another thread is not complained about",
      "  g_critical (\"An adopted operation called back in another thread than the one in which it was begun; it should return through a GTask\");\n", ""),
     ("a result that is dropped is not finished", "      self->finish (source, result, self->user_data, &dropped);\n", "      (void) dropped;\n")),
    ("gio/application", "anyio-glib/gio/anyio-application.c",
     ("the tasks are not ended", "  anyio_run_end_tasks (runtime);\n", ""),
     ("those of a run are ended", "runtime == NULL || runtime->run != NULL", "runtime == NULL"),
     ("the runtime stays", "  anyio_runtime_close_now (runtime);\n", ""),
     ("no application without tasks", "runtime == NULL || runtime->run != NULL", "runtime->run != NULL"),
     ("it ends with the activation", "g_signal_connect (application, \"shutdown\"", "g_signal_connect (application, \"activate\"")),
)
