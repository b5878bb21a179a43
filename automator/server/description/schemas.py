"""The JSON Schemas of bodies and answers, made by pydantic of their types."""

import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import TypeAdapter

from automator.server.access.bodies import Body

_PLACE = "#/components/schemas/"
_REFERENCE = re.compile(rf"^{_PLACE}(.+)$")
_Mode = Literal["validation", "serialization"]


class Schemas:
    """The schemas of all shapes, each once as a component with a name.

    Raises:
        TypeError: two have the same name.
    """

    def __init__(self, answers: Iterable[Any], bodies: Iterable[type[Body]]) -> None:
        self._keys: list[Any] = []
        inputs: list[tuple[int, _Mode, TypeAdapter[Any]]] = []
        for shape in (*answers, *bodies):
            if shape not in self._keys:
                inputs.append((len(self._keys), "validation", TypeAdapter(shape)))
                self._keys.append(shape)
        found, whole = TypeAdapter.json_schemas(inputs, ref_template=f"{_PLACE}{{model}}")
        self._found = {number: _tidy(schema) for (number, _), schema in found.items()}
        self.components: dict[str, Any] = {}
        for name, schema in sorted(whole["$defs"].items()):
            if self.components.setdefault(_name(name), _tidy(schema)) != _tidy(schema):
                raise TypeError(f"two shapes have the name {_name(name)}")

    def of(self, shape: Any) -> Any:
        """The schema of a shape: as a rule a reference to a component."""
        return self._found[self._keys.index(shape)]


def _name(name: str) -> str:
    """The name of a component: `PageOfRunRow` of `PageJson_RunRowJson_`."""
    whole, _, part = name.replace("Json", "").rstrip("_").partition("_")
    return f"{whole}Of{_name(part)}" if part else whole


def _tidy(schema: Any, *, is_names: bool = False) -> Any:
    """A schema without titles, which only repeat the names, and with the names of components.

    `is_names` marks an object whose names are those of fields.
    """
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {}
    for key, value in schema.items():
        if key == "title" and not is_names:
            continue
        if key == "$ref" and (found := _REFERENCE.match(value)):
            tidy[key] = f"{_PLACE}{_name(found[1])}"
        else:
            tidy[key] = _tidy(value, is_names=key == "properties" and not is_names)
    return tidy
