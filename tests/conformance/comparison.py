# SPDX-License-Identifier: LGPL-2.1-or-later
"""Comparing random programs in the interpreter of a language with the model."""

import difflib

import oracle  # and with it the way to tests/model
import program as programs
import table
from interpreters import environment, traces_of
from shrink import shrink
from writing import make_case


class Comparison:
    def __init__(self, language, command, schedule):
        self.is_python = language == "python"
        self.command = command
        self.schedule = schedule
        self.env = environment(language)
        if schedule:
            self.env["ANYIO_SCHEDULE_SEED"] = str(schedule)

    def case(self, program, name):
        return make_case(program, name, self.is_python, self.schedule)

    def differences(self, cases):
        """[(case, its trace, what was wrong with the process)] of those that differ."""
        results = traces_of(self.command, cases, self.env)
        out = []
        for case in cases:
            lines, trouble = results.get(case.name, ([], "did not run"))
            got = oracle.canonical(table.events(lines))
            if got != case.trace or trouble is not None:
                out.append((case, got, trouble))
        return out

    def differs(self, program):
        case = self.case(program, "smaller")
        return case is not None and len(self.differences([case])) > 0

    def show(self, program, name):
        small = shrink(program, self.differs, budget=300)
        for case, got, trouble in self.differences([self.case(small, name)]):
            print(f"{name}, schedule {self.schedule}: {programs.encode(small).hex()}")
            print("\n".join("  " + line for line in case.program))
            print("\n".join(difflib.unified_diff(table.show(case.trace), table.show(got), "model", "got", n=99, lineterm="")))
            print(trouble or "", flush=True)
