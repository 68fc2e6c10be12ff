#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write the Vala metadata that brings back what the GIR marks as not introspectable.

Functions that run in a fiber are (skip)ped for Python and JavaScript. Vala can call them, so each gets a line
"Type.method#method skip=false". Nothing else is written: a bare "throws" would make vapigen drop the error parameter of a
namespace function.

    make-metadata.py GIR OUTPUT
"""

import sys
import xml.etree.ElementTree as ElementTree

CORE = "{http://www.gtk.org/introspection/core/1.0}"
TYPES = {"class", "interface", "record", "union", "boxed", "enumeration", "bitfield"}
CALLABLES = {"constructor", "function", "method", "callback", "virtual-method"}


def is_skipped(element):
    return element.get("introspectable") == "0" and element.get("shadowed-by") is None


def is_variadic(element):
    return element.find(f".//{CORE}varargs") is not None


def metadata_lines(namespace):
    for element in namespace:
        kind = element.tag.replace(CORE, "")
        name = element.get("name")
        if kind in CALLABLES and is_skipped(element) and not is_variadic(element):
            yield f"{name}#{kind} skip=false"
        if kind not in TYPES:
            continue
        if is_skipped(element):
            yield f"{name} skip=false"
        for member in element:
            member_kind = member.tag.replace(CORE, "")
            if member_kind in CALLABLES and is_skipped(member) and not is_variadic(member):
                yield f"{name}.{member.get('name')}#{member_kind.replace('-', '_')} skip=false"


def main():
    gir, output = sys.argv[1:]
    namespace = ElementTree.parse(gir).getroot().find(f"{CORE}namespace")
    with open(output, "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in metadata_lines(namespace))


if __name__ == "__main__":
    main()
