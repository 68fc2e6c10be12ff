#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write the part of the TypeScript types that the GIR knows: enumerations, the core's own objects, functions and methods.

The part of the override is written by hand, in anyio.d.ts.in; the rest goes in where that says @generated@. The classes whose names
the override has taken are interfaces: NativeTask for Task. What makes such objects goes in where the hand-written class says @static Task@.

    make-types.py GIR BY-HAND OUTPUT
"""

import re
import sys
import xml.etree.ElementTree as ElementTree

INDENT = " " * 8
STATIC = re.compile(r"( *)// @static (\w+)@\n")
CORE = "{http://www.gtk.org/introspection/core/1.0}"
C = "{http://www.gtk.org/introspection/c/1.0}"
OVERRIDDEN = {
    "Barrier", "BroadcastStream", "Cache", "CancelScope", "CapacityLimiter", "Condition", "Event", "Future", "Lock", "MemoryObjectReceiveStream", "MemoryObjectSendStream",
    "RateLimiter", "ResourceGuard", "Semaphore", "SignalReceiver", "Task", "TaskGroup", "TaskSlot",
}
HIDDEN = {"Driver", "DriverEvent", "DriverFlags", "DriverFunc"}  # for bindings
FOR_FIBERS = {"FinishFunc", "GroupFunc", "TaskFunc"}
OF_THE_OVERRIDE = {"set_background_error_handler"}
NUMBERS = {"gint", "guint", "gint64", "guint64", "gsize", "gssize", "gdouble", "gfloat", "guint32", "gint32", "gulong", "glong", "GQuark", "GLib.Quark"}
PLAIN = {"gboolean": "boolean", "utf8": "string", "filename": "string", "none": "void", "GType": "GObject.GType", "GObject.Value": "any"}


class NoType(Exception):
    """What TypeScript cannot say, and JavaScript cannot call: pointers."""


def type_name(element):
    array = element.find(f"{CORE}array")
    if array is not None:
        return f"{type_name(array)}[]"
    what = element.find(f"{CORE}type")
    name = what.get("name") if what is not None else None
    if name in NUMBERS:
        text = "number"
    elif name in PLAIN:
        text = PLAIN[name]
    elif name is None or name == "gpointer":
        raise NoType
    elif name in OVERRIDDEN:
        text = "Native" + name
    else:
        text = name
    return text + (" | null" if element.get("nullable") == "1" else "")


def signature(callable_element):
    """The arguments and the result, as JavaScript sees them: what is written through a pointer is returned."""
    returned = [callable_element.find(f"{CORE}return-value")]
    parameters = []
    found = callable_element.findall(f"{CORE}parameters/{CORE}parameter")
    hidden = {int(p.get(key)) for p in found for key in ("closure", "destroy") if p.get(key) is not None}
    callbacks = {i for i, p in enumerate(found) if p.get("scope") is not None}
    for index, parameter in enumerate(found):
        name = parameter.get("name")
        if parameter.get("direction") in ("out", "inout"):
            returned.append(parameter)
        elif index in hidden and index not in callbacks:
            continue
        else:
            parameters.append(f"{'arguments_' if name == 'arguments' else name}: {type_name(parameter)}")
    types = [type_name(element) for element in returned]
    if types[0] == "void" and len(types) > 1:
        types.pop(0)
    return f"({', '.join(parameters)}): {types[0] if len(types) == 1 else '[' + ', '.join(types) + ']'}"


def is_usable(element):
    return element.get("introspectable") != "0" and element.get("moved-to") is None


def lines_of(element, prefix=""):
    """One declaration, with its first sentence as comment."""
    try:
        text = f"{prefix}{element.get('name')}{signature(element)};"
    except NoType:
        return []
    doc = element.find(f"{CORE}doc")
    first = " ".join(doc.text.split()).split(". ")[0].split("; ")[0].rstrip(".:") + "." if doc is not None else None
    return ([f"/** {first} */"] if first else []) + [text]


def promise_lines(element, method):
    """What the override adds for a pair x_async() and x_finish(): x (..., context)."""
    first, *others = method.get("name").removesuffix("_async").split("_")
    parameters = [p for p in method.findall(f"{CORE}parameters/{CORE}parameter") if p.get("name") not in ("cancellable", "callback", "user_data")]
    finish = next((m for m in element.findall(f"{CORE}method") if m.get("name") == method.get("name").removesuffix("_async") + "_finish"), None)
    if finish is None:
        return
    result = signature(finish).split("): ", 1)[1].replace("[boolean, ", "[")
    try:
        arguments = "".join(f"{p.get('name')}: {type_name(p)}, " for p in parameters)
    except NoType:
        return
    yield f"{first}{''.join(word.capitalize() for word in others)}({arguments}context: Context): Promise<{result}>;"


def static_lines(element):
    for maker in element.findall(f"{CORE}constructor") + element.findall(f"{CORE}function"):
        if is_usable(maker):
            yield from lines_of(maker, "static ")


def class_lines(element):
    name = element.get("name")
    is_object = element.tag == f"{CORE}class"
    bases = ["GObject.Object"] if is_object else []
    if name in OVERRIDDEN:
        bases += [implemented.get("name") for implemented in element.findall(f"{CORE}implements")]
    base = " extends " + ", ".join(bases) if bases else ""
    if name in OVERRIDDEN:
        yield f"interface Native{name}{base} {{"
    else:
        yield f"class {name}{base} {{"
        if element.find(f"{CORE}constructor") is not None:
            yield "    constructor();"
    for method in element.findall(f"{CORE}method"):
        if is_usable(method):
            yield from ("    " + line for line in lines_of(method))
            if name in OVERRIDDEN and method.get("name").endswith("_async"):
                yield from ("    " + line for line in promise_lines(element, method))
                if method.get("name") == "receive_async":
                    yield "    items(context: Context): AsyncIterableIterator<any>;"
    yield "}"


def namespace_lines(namespace):
    for element in namespace:
        kind = element.tag.replace(CORE, "")
        name = element.get("name")
        if not is_usable(element) or name in HIDDEN | FOR_FIBERS or name in OF_THE_OVERRIDE:
            continue
        if kind in ("enumeration", "bitfield"):
            yield f"enum {name} {{"
            for member in element.findall(f"{CORE}member"):
                yield f"    {member.get('name').upper()} = {member.get('value')},"
            yield "}"
        elif kind in ("class", "record") and element.get(f"{C}type") and not element.get("disguised") and not name.endswith("Class"):
            yield from class_lines(element)
        elif kind == "callback":
            try:
                yield f"type {name} = {signature(element).replace('): ', ') => ')};"
            except NoType:
                pass
        elif kind == "function":
            yield from lines_of(element, "function ")
        elif kind == "constant":
            yield f"const {name}: {type_name(element)};"


def main():
    gir, by_hand, output = sys.argv[1:]
    namespace = ElementTree.parse(gir).getroot().find(f"{CORE}namespace")
    with open(by_hand, encoding="utf-8") as file:
        before, after = file.read().split("// @generated@\n")
    statics = {element.get("name"): list(static_lines(element)) for element in namespace.findall(f"{CORE}class")}
    before = STATIC.sub(lambda match: "".join(f"{match[1]}{line}\n" for line in statics.get(match[2], [])), before)
    with open(output, "w", encoding="utf-8") as file:
        file.write(before + "// From the GIR.\n")
        file.writelines(INDENT + line + "\n" for line in namespace_lines(namespace))
        file.write(after)


if __name__ == "__main__":
    main()
