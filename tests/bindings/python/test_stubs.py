# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stubs say what the override has: every name, and the same parameters."""

import ast
import importlib
import inspect
import os
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

# The package is found on the path that the test runs with; the stubs stand beside it when it is not installed, and in the same folder when it is.
OVERRIDE = importlib.import_module("gi.overrides.Anyio")
STUBS = os.path.join(os.path.dirname(OVERRIDE.__file__), "..", "..", "..", "gi-stubs", "repository", "Anyio.pyi")


def parameters(node):
    arguments = node.args
    names = [argument.arg for argument in arguments.posonlyargs + arguments.args]
    if arguments.vararg:
        names.append("*" + arguments.vararg.arg)
    names += [argument.arg for argument in arguments.kwonlyargs]
    return names


def real_parameters(func):
    real = inspect.signature(func).parameters.values()
    return [("*" if p.kind == p.VAR_POSITIONAL else "") + p.name for p in real if p.kind != p.VAR_KEYWORD]


class Stubs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(STUBS, encoding="utf-8") as file:
            cls.tree = ast.parse(file.read())
        cls.functions = {node.name: node for node in cls.tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
        cls.classes = {node.name: node for node in cls.tree.body if isinstance(node, ast.ClassDef)}
        cls.variables = {node.target.id for node in cls.tree.body if isinstance(node, ast.AnnAssign)}

    def test_all_names(self):
        known = set(self.functions) | set(self.classes) | self.variables
        self.assertEqual(sorted(set(OVERRIDE.__all__) - known), [])

    def test_functions(self):
        for name, node in self.functions.items():
            if name in OVERRIDE.__all__:
                with self.subTest(name):
                    func = getattr(Anyio, name)
                    self.assertEqual(parameters(node), real_parameters(func))
                    self.assertEqual(isinstance(node, ast.AsyncFunctionDef), inspect.iscoroutinefunction(func))

    def test_methods(self):
        for class_name, class_node in self.classes.items():
            real = getattr(Anyio, class_name, None) or getattr(Anyio.from_thread, class_name.lstrip("_"), None)
            for node in class_node.body:
                if real is None or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or node.name.startswith("__"):
                    continue
                with self.subTest(f"{class_name}.{node.name}"):
                    method = inspect.getattr_static(real, node.name) if isinstance(real, type) else getattr(real, node.name)
                    method = method.__func__ if isinstance(method, classmethod) else method
                    if any(getattr(decorator, "id", "") == "property" for decorator in node.decorator_list):
                        self.assertTrue(hasattr(method, "__get__"))
                    elif not isinstance(method, property):
                        self.assertEqual(parameters(node), real_parameters(method))


if __name__ == "__main__":
    unittest.main()
