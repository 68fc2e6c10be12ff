# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the table of cases: README.md has the form."""

import os
import re

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.txt")
LANGUAGES = ("c", "vala", "python", "javascript")
RULE = re.compile(r"([1-9]|1[01])\.\d+$|[4-79]$|I\d+$|LANGUAGES$")


class Case:
    def __init__(self, name, line):
        self.name = name
        self.line = line
        self.rules = []
        self.languages = LANGUAGES
        self.reason = ""  # why not all languages
        self.program = []  # lines, indented by two spaces from the second level on
        self.trace = []  # [(time, word)]; the last one may be ("=", the error that left the main task)

    def text(self):
        """What an interpreter reads."""
        return f"case {self.name}\n" + "".join(f"  {line}\n" for line in self.program)


def events(lines):
    """The events of lines `TIME WORD...`."""
    return [(line.split()[0], word) for line in lines for word in line.split()[1:]]


def show(trace):
    """The lines of events: one for each moment."""
    lines = []
    for time, word in trace:
        if lines and lines[-1].split()[0] == time:
            lines[-1] += " " + word
        else:
            lines.append(f"{time} {word}")
    return lines


def fail(number, message):
    raise SystemExit(f"{PATH}:{number}: {message}")


def read(path=PATH):
    cases = []
    part = None
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        head, _, rest = line.partition(" ")
        if head == "case":
            if any(case.name == rest for case in cases):
                fail(number, f"a second case {rest}")
            cases.append(Case(rest, number))
            part = cases[-1].program
        elif head == "rules":
            cases[-1].rules = rest.split()
            for rule in cases[-1].rules:
                if not RULE.match(rule):
                    fail(number, f"{rule} is no rule")
        elif head == "only":
            names, _, reason = rest.partition(":")
            cases[-1].languages = tuple(names.split())
            cases[-1].reason = reason.strip()
            if not cases[-1].reason or not set(cases[-1].languages) < set(LANGUAGES):
                fail(number, "only LANGUAGE...: REASON")
        elif line == "trace":
            part = cases[-1].trace
        elif line.startswith("  ") and part is not None:
            part.append(line[2:])
        else:
            fail(number, "what is this?")
    for case in cases:
        if not case.rules or not case.program or not case.trace:
            fail(case.line, "a case has rules, a program and a trace")
        case.trace = events(case.trace)
    return cases
