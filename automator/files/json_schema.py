"""Makes JSON Schemas from the models of files, and the whole schema of automator.yaml.

Editors use schemas to complete keys, explain them, and mark most mistakes. Only `automator check`
finds the others, such as a misspelt path or two equal ids.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from automator.configuration.settings import Settings
from automator.plugins import Provider

Schema = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"
_REF = "#/$defs/"


def model_schema(model: type[BaseModel], defs: Schema) -> Schema:
    """Returns the schema of a model, and adds the schemas of its inner models to `defs` by their
    names.
    """
    schema = model.model_json_schema(mode="validation", by_alias=True)
    for name, inner in schema.pop("$defs", {}).items():
        defs.setdefault(name, _tidy(inner))
    tidied: Schema = _tidy(schema)
    return tidied


def settings_schema(providers: Iterable[type[Provider]]) -> Schema:
    """Returns the schema of automator.yaml, with the options of each kind of provider."""
    defs: Schema = {}
    schema = model_schema(Settings, defs)
    names, kinds = [], []
    for provider in sorted(providers, key=lambda one: one.name):
        options = model_schema(provider.options_model, defs)
        options["properties"]["provider"]["const"] = provider.name
        defs[f"connection_{provider.name}"] = options
        condition = {"properties": {"provider": {"const": provider.name}}}
        names.append(provider.name)
        kinds.append({"if": condition, "then": {"$ref": f"{_REF}connection_{provider.name}"}})
    defs["connection"] = {
        "type": "object",
        "properties": {"provider": {"enum": names}},
        "required": ["provider"],
        "allOf": kinds,
    }
    named = schema["properties"]["connections"]["patternProperties"]
    named.update(dict.fromkeys(named, reference("connection")))
    return {"$schema": DRAFT, "title": "automator.yaml", **schema, "$defs": defs}


def reference(name: str) -> Schema:
    """Returns the reference to the definition of this name."""
    return {"$ref": f"{_REF}{name}"}


def resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the schema itself, or the definition of `root` that it refers to."""
    target = schema.get("$ref")
    return root["$defs"][target.removeprefix(_REF)] if isinstance(target, str) else schema


def _tidy(value: Any) -> Any:
    """Removes titles that pydantic makes up, and defaults that people cannot write."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return value
    tidied = {}
    for key, inner in value.items():
        if key == "properties":
            tidied[key] = {name: _tidy(schema) for name, schema in inner.items()}
        elif key == "default":
            if _can_be_written(inner, value):
                tidied[key] = inner
        elif not (key == "title" and isinstance(inner, str)) and key not in ("gt", "le"):
            tidied[key] = _tidy(inner)
    return tidied


def _can_be_written(default: Any, schema: Schema) -> bool:
    """Whether a file could contain this default. It cannot contain 15.0, which is written `15s`, or
    an empty value.
    """
    if default is None or default in ("", [], {}):
        return False
    return isinstance(default, bool | str) or schema.get("type") in ("integer", "number")
