#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Check that what other languages see keeps the rules of introspection (anyio-glib/docs/bindings.md).

Each function below that begins with rule_ is one rule; its text says what it demands. What is marked (skip) is not seen by other languages; it has to be
documented all the same.

    gir.py GIR... --sources FILE... | gir.py --self-test
"""

import argparse
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

import common

CORE = "{http://www.gtk.org/introspection/core/1.0}"
GLIB = "{http://www.gtk.org/introspection/glib/1.0}"
C = "{http://www.gtk.org/introspection/c/1.0}"

CALLABLES = ("function", "method", "constructor", "virtual-method", "callback")
CONTAINERS = ("class", "record", "interface", "enumeration", "bitfield", "union")
LISTS = ("GLib.PtrArray", "GLib.Array", "GLib.List", "GLib.SList", "GLib.HashTable")
ONCE = ("Gio.AsyncReadyCallback",)
ELSEWHERE = ("GLib.ThreadFunc", "Gio.TaskThreadFunc", "Gio.IOSchedulerJobFunc")

# What breaks a rule on purpose, and why.
EXCEPTIONS = {
    "Driver.new": "a driver can fail to be made, and needs its function from the first moment; programs do not make any",
    "TaskGroup.new_for_object": "the group is entered at once and then lives as long as its owner: not a state that new could have",
    "SocketListener.new_from_fd": "a listener that can fail to be made: there is none without a socket",
    "SocketListener.new_unix": "a listener that can fail to be made: there is none without a socket",
    # What suspends and has no twin; the table in anyio-glib/docs/bindings.md says more.
    **dict.fromkeys(
        ("Cache.get", "Condition.wait_for", "SocketListener.serve", "first_success", "gather", "map_named", "race", "retry", "select", "supervise", "with_timeout"),
        "runs code of the caller in its task, or does it among cases of C; each language has its own",
    ),
    **dict.fromkeys(
        ("TaskGroup.next_completed", "TaskGroup.start_named", "checkpoint", "checkpoint_if_cancelled", "wait_stop_requested"),
        "is about the current task",
    ),
    **dict.fromkeys(
        ("Portal.sleep_until_stopped", "to_thread_abandon_on_cancel_named", "to_thread_named", "wait_all_tasks_blocked", "wait_readable"),
        "others have their own ways: Gio.Task.run_in_thread, GLib.unix_fd_source, the test case of the language",
    ),
    **dict.fromkeys(("sleep_forever", "sleep_until"), "is a sleep_async"),
    "AsyncResource.close_forcefully": "is a close_async with a cancelled GCancellable",
    "ByteReceiveStream.receive_bytes": "is a receive_async",
}
SUSPENDS = re.compile(r"[Cc]ancel point|ANYIO_ERROR_NO_TASK outside tasks")
NEVER_SUSPENDS = re.compile(r"[Nn]ever suspends")
# Macros that are part of a pattern that GObject or GLib defines, or of another macro.
PATTERN_MACROS = ("DEPRECATED", "UNAVAILABLE", "VERSION_MIN_REQUIRED", "BLOCK_ENTER", "IS_")


def kind(element):
    return element.tag.split("}")[1]


def type_name(element):
    """The name of the type of a parameter, return value, property or field; that of the items for an array."""
    found = element.find(CORE + "type")
    if found is not None:
        return found.get("name", "")
    found = element.find(CORE + "array")
    return type_name(found) if found is not None else ""


def is_visible(element):
    return element.get("introspectable") != "0" and element.get("moved-to") is None


class Symbol:
    """One element of the namespace, with the name by which complaints call it."""

    def __init__(self, element, container=None):
        self.element = element
        self.container = container
        self.kind = kind(element)
        separator = ":" if self.kind == "property" else "."
        name = element.get("name", "")
        self.name = name if container is None else f"{container.get('name')}{separator}{name}"
        self.is_visible = is_visible(element) and (container is None or is_visible(container))

    def parameters(self):
        found = self.element.find(CORE + "parameters")
        return [] if found is None else found.findall(CORE + "parameter")

    def returned(self):
        return self.element.find(CORE + "return-value")


class Namespace:
    def __init__(self, root):
        self.element = root.find(CORE + "namespace")
        self.callbacks = {each.get("name") for each in self.element.findall(CORE + "callback")}
        self.symbols = []
        for element in self.element:
            self.symbols.append(Symbol(element))
            if kind(element) in CONTAINERS and element.get(GLIB + "is-gtype-struct-for") is None:
                self.symbols.extend(Symbol(each, element) for each in element if kind(each) in (*CALLABLES, "property", "signal", "member"))

    def visible(self, *kinds):
        return [each for each in self.symbols if each.is_visible and each.kind in kinds]

    def is_callback(self, parameter):
        name = type_name(parameter)
        return name in self.callbacks or (parameter.get("scope") is not None and name != "GLib.DestroyNotify") or name in (*ONCE, *ELSEWHERE)


def rule_no_fundamental_types(space):
    """Classes are GObjects, and records that a language can hold are boxed: others have no overrides, no toggle references, no GValue."""
    for symbol in space.visible("class"):
        if symbol.element.get(GLIB + "fundamental") == "1" or symbol.element.get("parent") is None:
            yield symbol, "is a fundamental type"
    for symbol in space.visible("record", "union"):
        if symbol.element.get(GLIB + "get-type") is None and symbol.element.get(GLIB + "is-gtype-struct-for") is None:
            yield symbol, "is a record without a type"


def rule_one_callback(space):
    """A function takes one callback at most: with two, nobody knows whose user data is whose."""
    for symbol in space.visible(*CALLABLES):
        if sum(space.is_callback(each) for each in symbol.parameters()) > 1:
            yield symbol, "takes more than one callback"


def rule_callback_scope(space):
    """A callback says how long it lives; with scope async it is called once and only once, so it is a ready callback; with scope notified somebody tells the end."""
    for symbol in space.visible(*CALLABLES):
        for parameter in symbol.parameters():
            if not space.is_callback(parameter):
                continue
            scope = parameter.get("scope")
            if scope is None:
                yield symbol, f"does not say how long {parameter.get('name')} lives"
            elif scope == "async" and type_name(parameter) not in ONCE:
                yield symbol, f"has the callback {parameter.get('name')} with scope async, which is no GAsyncReadyCallback"
            elif scope == "notified" and parameter.get("destroy") is None:
                yield symbol, f"does not tell when {parameter.get('name')} is used no more"


def rule_pairs(space):
    """x_async has a nullable cancellable and a ready callback, x_finish takes the result and can throw; one does not come without the other."""
    pairs = {}
    for symbol in space.visible("function", "method", "constructor"):
        pairs[(id(symbol.container), symbol.element.get("name"))] = symbol
        has_ready = any(type_name(each) in ONCE for each in symbol.parameters())
        if has_ready != symbol.name.endswith("_async"):
            yield symbol, "is named x_async if and only if it takes a ready callback"
    for (container, name), symbol in pairs.items():
        if name.endswith("_async"):
            finish = pairs.get((container, name[: -len("async")] + "finish"))
            cancellable = [each for each in symbol.parameters() if type_name(each) == "Gio.Cancellable"]
            if len(cancellable) != 1 or cancellable[0].get("nullable") != "1":
                yield symbol, "has no nullable cancellable"
            if finish is None:
                yield symbol, "has no x_finish"
            elif finish.element.get("throws") != "1" or not any(type_name(each) == "Gio.AsyncResult" for each in finish.parameters()):
                yield finish, "does not take the result and throw"
        elif name.endswith("_finish") and (container, name[: -len("finish")] + "async") not in pairs:
            yield symbol, "has no x_async"


def rule_twins(space):
    """What suspends a fiber has a twin in callback style, because other languages and callbacks have no fibers."""
    names = {(id(symbol.container), symbol.element.get("name")) for symbol in space.visible("function", "method")}
    for symbol in space.symbols:
        text = symbol.element.findtext(CORE + "doc", "")
        if symbol.is_visible or symbol.kind not in ("function", "method") or symbol.element.get("throws") != "1":
            continue
        suspends = SUSPENDS.search(text) and not NEVER_SUSPENDS.search(text)
        if suspends and (id(symbol.container), symbol.element.get("name") + "_async") not in names:
            yield symbol, "suspends and has no x_async"


def rule_no_caller_allocates(space):
    """No value is written into memory of the caller: GJS hides the error of such a function."""
    for symbol in space.visible(*CALLABLES):
        for parameter in symbol.parameters():
            if parameter.get("caller-allocates") == "1":
                yield symbol, f"writes {parameter.get('name')} into memory of the caller"


def rule_no_untyped_pointer(space):
    """A pointer has a type, and a list has one for its items; only the user data of a callback has none."""
    for symbol in space.visible(*CALLABLES):
        parameters = symbol.parameters()
        data = {int(each.get("closure")) for each in parameters if each.get("closure") is not None}
        places = [(each, each.get("name")) for number, each in enumerate(parameters) if number not in data and each.get("closure") is None]
        for place, name in [*places, (symbol.returned(), "what it returns")]:
            if place is not None and type_name(place) == "gpointer":
                yield symbol, f"has an untyped pointer: {name}"
    for symbol in [*space.visible(*CALLABLES, "property")]:
        for element in symbol.element.iter(CORE + "type"):
            items = [each.get("name") for each in element.findall(CORE + "type")]
            if element.get("name") in LISTS and (not items or "gpointer" in items):
                yield symbol, f"has a {element.get('name')} of unknown items"
    for symbol in space.visible("property"):
        if type_name(symbol.element) == "gpointer":
            yield symbol, "is an untyped pointer"


def rule_no_variadics(space):
    """No function takes a variable number of arguments."""
    for symbol in space.visible(*CALLABLES):
        if symbol.element.find(f".//{CORE}varargs") is not None:
            yield symbol, "is variadic"


def rule_documented(space):
    """Every symbol, parameter, return value and member is documented, and every symbol says since when it is there."""
    for symbol in space.symbols:
        element = symbol.element
        if symbol.kind == "member":
            if element.find(CORE + "doc") is None:
                yield symbol, "is not documented"
            continue
        if symbol.kind == "docsection" or element.get("moved-to") or element.get(GLIB + "is-gtype-struct-for") or element.get("disguised") == "1":
            continue
        if symbol.kind in ("constant", "function-macro") and (symbol.name.startswith(PATTERN_MACROS) or is_cast(space, symbol.name)):
            continue
        if element.find(CORE + "doc") is None:
            yield symbol, "is not documented"
        if element.get("version") is None:
            yield symbol, "does not say since when it is there"
        if symbol.kind in CALLABLES and element.find(CORE + "doc") is not None:
            for parameter in symbol.parameters():
                if parameter.find(CORE + "doc") is None and parameter.find(CORE + "varargs") is None:
                    yield symbol, f"does not document {parameter.get('name')}"
            if type_name(symbol.returned()) not in ("none", "") and symbol.returned().find(CORE + "doc") is None:
                yield symbol, "does not document what it returns"


def is_cast(space, name):
    return any(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", each.element.get("name")).upper() == name for each in space.symbols if each.kind == "class")


def rule_state_in_properties(space):
    """What new() takes is a construct property, so that a language may write new Thing({...}); a property that can change has a setter."""
    for symbol in space.visible("constructor"):
        properties = {each.get("name").replace("-", "_"): each for each in symbol.container.findall(CORE + "property")}
        for parameter in symbol.parameters():
            found = properties.get(parameter.get("name"))
            if symbol.container.tag == CORE + "class" and (found is None or "1" not in (found.get("construct"), found.get("construct-only"))):
                yield symbol, f"takes {parameter.get('name')}, which is no construct property"
    for symbol in space.visible("property"):
        name = symbol.element.get("name").replace("-", "_")
        methods = {each.get("name") for each in symbol.container.findall(CORE + "method")}
        if symbol.element.get("writable") == "1" and symbol.element.get("construct-only") != "1" and f"set_{name}" not in methods:
            yield symbol, "has no setter"


def rule_enumerations_have_types(space):
    """Enumerations have a type, so that a property of that type shows a name."""
    for symbol in space.visible("enumeration", "bitfield"):
        if symbol.element.get(GLIB + "get-type") is None:
            yield symbol, "has no type"


def rule_no_other_threads(space):
    """No callback runs in another thread than that of the main context."""
    for symbol in space.visible(*CALLABLES):
        for parameter in symbol.parameters():
            if type_name(parameter) in ELSEWHERE:
                yield symbol, f"has {parameter.get('name')} called in another thread"
    for symbol in space.visible("callback"):
        text = symbol.element.findtext(CORE + "doc") or ""
        if re.search(r"\b(any|another|worker) thread", text):
            yield symbol, "is called in another thread"


RULES = [each for name, each in sorted(globals().items()) if name.startswith("rule_")]


# --- what the GIR does not tell --------------------------------------------------------------------------------------------------------------


def doc_blocks(text):
    """The documentation comments of a source file: name of the symbol and text."""
    for block in re.findall(r"/\*\*\n(.*?)\*/", text, re.DOTALL):
        match = re.match(r"\s*\* (\w+):", block)
        if match is not None:
            yield match[1], re.sub(r"^\s*\* ?", "", block, flags=re.MULTILINE)


def unannotated(space, blocks):
    """A pointer that a function gives says in the source who owns it: the scanner would guess."""
    for symbol in space.visible("function", "method", "constructor"):
        block = blocks.get(symbol.element.get(C + "identifier"))
        if block is None:
            continue
        returned = symbol.returned()
        target = returned.find(CORE + "type")
        pointer = returned.find(CORE + "array") is not None or (target is not None and target.get(C + "type", "").endswith("*"))
        if pointer and not re.search(r"^Returns:.*\(transfer", block, re.MULTILINE):
            yield f"{symbol.name}: does not say who owns what it returns"
        for parameter in symbol.parameters():
            given = parameter.find(CORE + "type")
            if parameter.get("direction") == "out" and given is not None and given.get(C + "type", "").endswith("**"):
                if not re.search(rf"^@{parameter.get('name')}:.*\(transfer", block, re.MULTILINE):
                    yield f"{symbol.name}: does not say who owns {parameter.get('name')}"


def check(texts, sources=(), exceptions=()):
    used = set()
    blocks = dict(block for source in sources for block in doc_blocks(source))
    for text in texts:
        space = Namespace(ET.fromstring(text))
        for rule in RULES:
            for symbol, complaint in rule(space):
                if symbol.name in exceptions:
                    used.add(symbol.name)
                else:
                    yield f"{symbol.name}: {complaint}"
        yield from unannotated(space, blocks)
    for name in exceptions:
        if name not in used:
            yield f"{name}: is an exception that keeps the rules"


# --- self-test -----------------------------------------------------------------------------------------------------------------------------

FRAME = """<?xml version="1.0"?>
<repository xmlns="http://www.gtk.org/introspection/core/1.0" xmlns:c="http://www.gtk.org/introspection/c/1.0" xmlns:glib="http://www.gtk.org/introspection/glib/1.0">
<namespace name="T">
<callback name="Func" version="0.1"><doc>d</doc><return-value><type name="none"/></return-value>
  <parameters><parameter name="user_data" closure="0"><doc>d</doc><type name="gpointer"/></parameter></parameters></callback>
%s
</namespace></repository>"""

VOID = '<return-value><type name="none"/></return-value>'


def part(tag, name, inner="", **attributes):
    text = "".join(f' {key.replace("__", ":").replace("_", "-")}="{value}"' for key, value in {"version": "0.1", **attributes}.items() if value is not None)
    return f'<{tag} name="{name}"{text}><doc>d</doc>{inner}</{tag}>'


def parameter(name, type_text, **attributes):
    text = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in attributes.items())
    return f'<parameter name="{name}"{text}><doc>d</doc>{type_text}</parameter>'


def typed(name, c_type=""):
    return f'<type name="{name}" c:type="{c_type}"/>'


def function(name, *parameters, returned=VOID, **attributes):
    return part("function", name, returned + f"<parameters>{''.join(parameters)}</parameters>", **attributes)


DATA = parameter("user_data", typed("gpointer"))
FUNC = parameter("func", typed("Func"), scope="notified", closure="1", destroy="2") + DATA + parameter("destroy", typed("GLib.DestroyNotify"))
READY = (
    parameter("cancellable", typed("Gio.Cancellable"), nullable="1")
    + parameter("callback", typed("Gio.AsyncReadyCallback"), scope="async", closure="2")
    + parameter("data", typed("gpointer"))
)
RESULT = parameter("result", typed("Gio.AsyncResult"))
GETTER = part("method", "get_state", VOID)
SETTER = part("method", "set_state", VOID)
STATE = typed("gint")
NEW = part("constructor", "new", VOID + f"<parameters>{parameter('state', STATE)}</parameters>")
GOOD = (
    function("call", FUNC)
    + function("wait_async", READY)
    + function("wait_finish", RESULT, throws="1")
    + function("hidden", "<parameter><varargs/></parameter>", introspectable="0")
    + part("class", "Thing", NEW + part("property", "state", STATE, writable="1", construct="1") + GETTER + SETTER, parent="GObject.Object")
    + part("record", "Boxed", glib__get_type="t_boxed_get_type")
    + part("enumeration", "Kind", '<member name="one"><doc>d</doc></member>', glib__get_type="t_kind_get_type")
    + function("list", returned=f'<return-value><doc>d</doc><type name="GLib.PtrArray">{typed("utf8")}</type></return-value>')
)
BAD = [
    (part("class", "Base", glib__fundamental="1", parent="X"), "fundamental"),
    (part("class", "Root"), "fundamental"),
    (part("record", "Plain"), "without a type"),
    (function("two", FUNC, FUNC), "more than one callback"),
    (function("unscoped", parameter("func", typed("Func"), closure="1") + DATA), "how long func lives"),
    (function("once", parameter("func", typed("Func"), scope="async", closure="1") + DATA), "no GAsyncReadyCallback"),
    (function("endless", parameter("func", typed("Func"), scope="notified", closure="1") + DATA), "is used no more"),
    (function("read", throws="1", introspectable="0").replace("<doc>d</doc>", "<doc>Reads. Cancel point.</doc>", 1), "suspends and has no x_async"),
    (function("read", READY), "if and only if"),
    (function("read_async", returned=VOID), "if and only if"),
    (function("read_async", READY), "has no x_finish"),
    (function("read_finish", RESULT, throws="1"), "has no x_async"),
    (function("read_async", READY) + function("read_finish", RESULT), "does not take the result and throw"),
    (function("read_async", READY) + function("read_finish", throws="1"), "does not take the result and throw"),
    (function("read_async", READY.replace(' nullable="1"', "")) + function("read_finish", RESULT, throws="1"), "no nullable cancellable"),
    (function("get", parameter("value", typed("GObject.Value"), direction="out", caller_allocates="1")), "memory of the caller"),
    (function("put", parameter("item", typed("gpointer"))), "untyped pointer: item"),
    (function("get", returned=f"<return-value><doc>d</doc>{typed('gpointer')}</return-value>"), "untyped pointer: what"),
    (function("get", returned='<return-value><doc>d</doc><type name="GLib.PtrArray"><type name="gpointer"/></type></return-value>'), "unknown items"),
    (function("get", returned='<return-value><doc>d</doc><type name="GLib.List"/></return-value>'), "unknown items"),
    (function("print", "<parameter><varargs/></parameter>"), "variadic"),
    (function("mute").replace("<doc>d</doc>", "", 1), "mute: is not documented"),
    (function("mute", introspectable="0").replace("<doc>d</doc>", "", 1), "mute: is not documented"),
    (function("old", version=None), "since when"),
    (function("take", parameter("it", typed("gint")).replace("<doc>d</doc>", "")), "does not document it"),
    (function("give", returned=f"<return-value>{typed('gint')}</return-value>"), "does not document what it returns"),
    (part("enumeration", "Sort", '<member name="one"/>', glib__get_type="t"), "Sort.one: is not documented"),
    (part("class", "Other", NEW, parent="X"), "no construct property"),
    (part("class", "Other", part("property", "state", STATE, writable="1") + GETTER, parent="X"), "has no setter"),
    (part("enumeration", "Sort"), "has no type"),
    (function("run", FUNC.replace('"Func"', '"GLib.ThreadFunc"')), "another thread"),
    (part("callback", "Work", VOID).replace("<doc>d</doc>", "<doc>Runs in a worker thread.</doc>"), "another thread"),
]
SOURCES = [
    ("/**\n * t_get:\n * @name: (out): d\n *\n * Gets.\n *\n * Returns: d\n */\n", "who owns what it returns"),
    ("/**\n * t_get:\n * @name: (out): d\n *\n * Gets.\n *\n * Returns: (transfer none): d\n */\n", "who owns name"),
    ("/**\n * t_get:\n * @name: (out) (transfer full): d\n *\n * Gets.\n *\n * Returns: (transfer none): d\n */\n", None),
]
POINTERS = function(
    "get", parameter("name", typed("utf8", "char**"), direction="out"), returned=f"<return-value><doc>d</doc>{typed('utf8', 'const char*')}</return-value>", c__identifier="t_get"
)


def self_test():
    cases = [(GOOD, [], None), *((GOOD + text, [], word) for text, word in BAD), *((POINTERS, [source], word) for source, word in SOURCES)]
    wrong = 0
    for text, sources, word in cases:
        complaints = list(check([FRAME % text], sources))
        if (word is None and complaints) or (word is not None and not any(word in each for each in complaints)):
            print(f"self-test: expected {word}, got {complaints}")
            wrong += 1
    bad = GOOD + function("print", "<parameter><varargs/></parameter>")
    if list(check([FRAME % bad], exceptions=["print"])) or not list(check([FRAME % GOOD], exceptions=["print"])):
        print("self-test: exceptions do not work")
        wrong += 1
    print(f"self-test: {len(cases) + 2} cases, {wrong} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    parser = argparse.ArgumentParser()
    parser.add_argument("gir", nargs="+", type=pathlib.Path)
    parser.add_argument("--sources", nargs="+", type=pathlib.Path, default=[])
    arguments = parser.parse_args()
    sources = [path.read_text(encoding="utf-8") for path in arguments.sources]
    return common.report(check([path.read_text(encoding="utf-8") for path in arguments.gir], sources, EXCEPTIONS))


if __name__ == "__main__":
    sys.exit(main())
