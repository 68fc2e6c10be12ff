# SPDX-License-Identifier: LGPL-2.1-or-later
"""Typed attributes: what is known about a stream or what lies below it, by keys that only their set has."""

from ._exceptions import TypedAttributeLookupError

_MISSING = object()


def typed_attribute():
    """A key that is equal to no other."""
    return object()


class TypedAttributeSet:
    """A class whose attributes are such keys; each must have an annotation."""

    def __init_subclass__(cls):
        annotations = cls.__annotations__  # which newer Pythons only make now
        for name in list(vars(cls)):
            if not name.startswith("__") and name not in annotations:
                raise TypeError(f"Attribute {name!r} is missing its type annotation")
        super().__init_subclass__()


class TypedAttributeProvider:
    """Has extra_attributes, a mapping from keys to functions that give the values."""

    @property
    def extra_attributes(self):
        return {}

    def extra(self, attribute, default=_MISSING):
        """The value of the attribute; the default, or TypedAttributeLookupError, if there is none."""
        attributes = self.extra_attributes
        getter = attributes.get(attribute)
        if getter is not None:
            return getter()
        if default is _MISSING:
            raise TypedAttributeLookupError("Attribute not found")
        return default
