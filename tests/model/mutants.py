# SPDX-License-Identifier: LGPL-2.1-or-later
"""Faults to be put into the library, each of which the random programs must find: (name, file, old text, new text). The old text stands in the file
exactly once."""

MUTANTS = (
)
