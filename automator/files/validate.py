"""Turns plain data into a model, with a problem in plain words at the position of each mistake."""

import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from automator.files.limits import MAX_PROBLEMS
from automator.files.positions import Parsed, Path, Position
from automator.files.spelling import did_you_mean, suggest
from automator.model import Problem

ModelT = TypeVar("ModelT", bound=BaseModel)

_MAPPING, _LIST = "a mapping (name: value)", "a list"
#: What is expected, by pydantic's types of errors about a value of the wrong kind.
_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": _MAPPING,
    "mapping_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "none_required": "nothing",
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def kind_of(value: Any) -> str:
    """The kind of a value in the words of problems."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the value {'true' if value else 'false'}"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list | tuple) else "a mapping"


def validate(
    model: type[ModelT],
    parsed: Parsed,
    path: Path,
    data: Any,
    context: Mapping[str, Any] | None = None,
    exempt: Callable[[Any], bool] | None = None,
) -> tuple[ModelT | None, list[Problem]]:
    """The instance of data that was read at `path` of a file, or None and the problems of it.

    `exempt` says which values are not judged, such as templates, whose results are not known yet.
    If only those are wrong, there is neither an instance nor a problem. At most one problem more
    than a file may list is explained.
    """
    try:
        return model.model_validate(data, context=dict(context or {})), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    explainer = _Explainer(model, parsed, path, data)
    found: dict[tuple[Position, str], Problem] = {}
    groups = _grouped(details, data)
    unknown = _unknown_keys(groups)
    for path in [path for path, group in groups.items() if group[0]["type"] == "missing"]:
        # An unknown key beside a missing one is most likely that one.
        if any(did_you_mean(key, [str(path[-1])]) for key in unknown.get(path[:-1], ())):
            del groups[path]
    for group in groups.values():
        if len(found) > MAX_PROBLEMS:
            break
        if exempt is not None and group[0]["type"] != "missing" and exempt(group[0]["input"]):
            continue
        problem = explainer.explain(group)
        found.setdefault((Position(problem.line, problem.column), problem.message), problem)
    return None, list(found.values())


def real_path(location: tuple[int | str, ...], data: Any, *, keep_last: bool) -> Path:
    """The path through the data in pydantic's location, without the names of unions."""
    path: list[int | str] = []
    for number, part in enumerate(location):
        last = number == len(location) - 1
        in_mapping = isinstance(data, dict) and part in data
        if in_mapping or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            data = data[part]
            path.append(part)
        elif last and keep_last:
            path.append(part)
    return tuple(path)


def _grouped(details: list[ErrorDetails], data: Any) -> dict[Path, list[ErrorDetails]]:
    """Errors by their place, without those of the branches of a union that fit less."""
    groups: dict[Path, list[ErrorDetails]] = {}
    for detail in details:
        path = real_path(detail["loc"], data, keep_last=detail["type"] == "missing")
        groups.setdefault(path, []).append(detail)
    around = {path[:length] for path in groups for length in range(len(path))}
    for path in around & groups.keys():
        if all(detail["type"] in _EXPECTED for detail in groups[path]):
            del groups[path]
    return groups


def _unknown_keys(groups: Mapping[Path, list[ErrorDetails]]) -> dict[Path, list[str]]:
    """The unknown keys by their place, of each place no more than are listed."""
    found: dict[Path, list[str]] = {}
    for path, group in groups.items():
        if group[0]["type"] == "extra_forbidden":
            beside = found.setdefault(path[:-1], [])
            if len(beside) < MAX_PROBLEMS:
                beside.append(str(path[-1]))
    return found


class _Explainer:
    def __init__(self, model: type[BaseModel], parsed: Parsed, base: Path, data: Any) -> None:
        self._model = model
        self._parsed = parsed
        self._base = base
        self._data = data

    def explain(self, group: list[ErrorDetails]) -> Problem:
        detail = group[0]
        kind = detail["type"]
        path = real_path(detail["loc"], self._data, keep_last=kind == "missing")
        if kind == "extra_forbidden":
            return self._unknown_key(path)
        if kind == "missing":
            return self._missing(path)
        places = self._parsed.positions
        about_key = detail["loc"][-1:] == ("[key]",)
        place = places.key if about_key else places.value
        value = place(self._base + path)
        if all(item["type"] in _EXPECTED for item in group):
            return self._wrong_kind(group, value)
        if kind in ("literal_error", "enum"):
            expected = str(detail.get("ctx", {}).get("expected", ""))
            known = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
            fix = f"write one of: {', '.join(known)}."
            nearest = did_you_mean(str(detail["input"]), known)
            fix = f"did you mean '{nearest}'? {fix}" if nearest else fix
            message = f"'{detail['input']}' is not known here"
            return self._parsed.problem(value, message, "unknown-value", fix=fix)
        message, fix = _plain_words(detail)
        return self._parsed.problem(value, message, "wrong-value", fix=fix)

    def _unknown_key(self, path: Path) -> Problem:
        key = str(path[-1]) if path else ""
        model = _model_at(self._model, path[:-1])
        known = list(model.model_fields) if model else []
        message = f"{_noun(model, self._base + path[:-1])} has no '{key}'"
        position = self._parsed.positions.key(self._base + path)
        return self._parsed.problem(
            position, message, "unknown-key", fix=suggest(key, known, "keys")
        )

    def _missing(self, path: Path) -> Problem:
        parent = self._base + path[:-1]
        position = self._parsed.positions.key(parent)
        model = _model_at(self._model, path[:-1])
        message = f"{_noun(model, parent)} has no '{path[-1]}', which it needs"
        fix = f"add '{path[-1]}: …'."
        field = model.model_fields.get(str(path[-1])) if model else None
        if field and field.description:
            fix = f"{fix[:-1]}: {field.description[0].lower()}{field.description[1:]}"
        return self._parsed.problem(position, message, "missing-key", fix=fix)

    def _wrong_kind(self, group: list[ErrorDetails], position: Position) -> Problem:
        names = dict.fromkeys(_EXPECTED[item["type"]] for item in group)
        expected = " or ".join(name for name in names if name != "nothing") or "nothing"
        value = group[0]["input"]
        fix = f"write {expected}."
        if "a text" in names and isinstance(value, bool | int | float):
            source = self._parsed.lines[position.line - 1] if self._parsed.lines else ""
            written = source[position.column - 1 :][: position.length]
            fix = f'put quotes around it: "{written}"'
        message = f"{expected} is expected here, and this is {kind_of(value)}"
        return self._parsed.problem(position, message, "wrong-kind", fix=fix)


def _plain_words(detail: ErrorDetails) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"this must be {words} {context.get(name)}", "change the number."
    if kind == "string_pattern_mismatch":
        signs = ", '-' and '_'" if "-]" in str(context.get("pattern")) else " and '_'"
        return (
            f"'{str(detail['input'])[:80]}' cannot be used as a name here",
            f"use small letters without accents, digits{signs}; at most 64 of them.",
        )
    if kind in ("string_too_short", "too_short"):
        return "there is nothing here", "write something, or leave the key out."
    if kind in ("string_too_long", "too_long"):
        return f"this is longer than {context.get('max_length')}", "shorten it."
    message = detail["msg"].removeprefix("Value error, ")
    text, _, fix = message.partition("\n  fix: ")
    if not fix:
        text, _, fix = message.partition("; ")
    return text[:1].lower() + text[1:], fix or "change the value."


def _noun(model: type[BaseModel] | None, path: Path) -> str:
    title = model.model_config.get("title") if model else None
    if title:
        return title
    names = [part for part in path if isinstance(part, str)]
    return f"'{names[-1]}'" if names else "the file"


def _model_at(model: type[BaseModel] | None, path: Path) -> type[BaseModel] | None:
    """The model that describes the value at `path`, where one does."""
    current: Any = model
    for part in path:
        inner = _models_in(current)
        if isinstance(part, str) and inner and part in inner.model_fields:
            current = inner.model_fields[part].annotation
        else:
            current = _item_of(current)
    return _models_in(current)


def _models_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType, Annotated):
        return next((found for arg in get_args(annotation) if (found := _models_in(arg))), None)
    return None


def _item_of(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType, Annotated):
        inner = [_item_of(arg) for arg in get_args(annotation)]
        return next((found for found in inner if found is not None), None)
    arguments = [arg for arg in get_args(annotation) if arg is not Ellipsis]
    return arguments[-1] if arguments else None
