"""Writes a record as JSON: its fields under their names.

An id is written as people see it, a time in ISO 8601, a state by its label, a place as a text, and
a record with `as_json` as it says itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING, Any

from automator.clock import iso_time
from automator.model import Place, Reason, format_id

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def record_json(record: "DataclassInstance", shape: Any = None) -> dict[str, Any]:
    """The fields of a record; only those that the type `shape` of `answers` has, if it is given."""
    names = [field.name for field in fields(record)] if shape is None else shape.__annotations__
    return {name: _field_json(name, getattr(record, name)) for name in names}


def _field_json(name: str, value: Any) -> Any:
    for kind, written in _FORMS.items():
        if isinstance(value, kind):
            return written(value)
    if isinstance(value, tuple | list):
        return [_field_json("", one) for one in value]
    if not isinstance(value, int):
        return value.as_json() if hasattr(value, "as_json") else value
    if name == "id" or name.endswith("_id"):
        return format_id(value)
    return iso_time(value) if name in ("at", "until") or name.endswith("_at") else value


def _word(value: Enum) -> Any:
    return getattr(value, "label", value.value)


_FORMS: dict[type, Callable[[Any], Any]] = {
    Enum: _word,
    Reason: Reason.to_json,
    Mapping: dict,
    Place: str,
}
