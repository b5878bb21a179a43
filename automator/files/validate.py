"""Turns plain data into a model, with a problem in plain words at the position of each mistake."""

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from automator.files.limits import MAX_PROBLEMS
from automator.files.mistakes.meant_keys import is_meant, key_of_value, model_in, suggested_key
from automator.files.mistakes.meant_values import meant_value
from automator.files.mistakes.wrong_values import EXPECTED, is_empty_list, kind_of, wrong_value
from automator.files.positions import Parsed, Path, Position
from automator.files.spelling import as_name
from automator.model import Problem, Reason, WrongValue, in_one_line
from automator.reasons import ReasonKind
from automator.reasons.problems import shape, words

ModelT = TypeVar("ModelT", bound=BaseModel)
_LONGEST_ITEM = 60


def validate(
    model: type[ModelT],
    parsed: Parsed,
    path: Path,
    data: Any,
    context: Mapping[str, Any] | None = None,
    exempt: Callable[[Path, Any], bool] | None = None,
) -> tuple[ModelT | None, list[Problem]]:
    """The instance of data that was read at `path` of a file, or None and the problems of it.

    `exempt` says by the path and the value which are not judged, such as templates, whose results
    are not known yet. If only those are wrong, there is neither an instance nor a problem. At most
    one problem more than a file may list is explained.
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
        around, above = path[:-1], _model_at(model, path[:-1])
        if any(
            is_meant(str(path[-1]), key, _at(data, (*around, key)), above)
            for key in unknown.get(around, ())
        ):
            del groups[path]
    for inner, group in groups.items():
        if len(found) > MAX_PROBLEMS:
            break
        is_there = group[0]["type"] != "missing"
        if is_there and exempt is not None and exempt(inner, group[0]["input"]):
            continue
        problem = explainer.explain(group)
        found.setdefault((Position(problem.line, problem.column), str(problem.reason)), problem)
    return None, list(found.values())


def real_path(location: tuple[int | str, ...], data: Any, *, keep_last: bool) -> Path:
    """The path through the data in pydantic's location, without the names of unions."""
    path: list[int | str] = []
    for number, part in enumerate(location):
        last = number == len(location) - 1
        in_mapping = isinstance(data, dict) and part in data
        if in_mapping and _names_union(data, location[number:], keep_last=keep_last):
            continue
        if in_mapping or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            data = data[part]
            path.append(part)
        elif last and keep_last:
            path.append(part)
    return tuple(path)


def _names_union(
    data: Mapping[int | str, Any], parts: tuple[int | str, ...], *, keep_last: bool
) -> bool:
    """Whether the first part is the name of a union's branch and a key of the data at once.

    Then the following part is beside that key: `hmac` in verify: {hmac: sha256, header: …}.
    """
    if len(parts) == 1 or isinstance(data[parts[0]], dict | list):
        return False
    return parts[1] in data or (keep_last and len(parts) == 2)


def _grouped(details: list[ErrorDetails], data: Any) -> dict[Path, list[ErrorDetails]]:
    """Errors by their place, without those of the branches of a union that fit less."""
    groups: dict[Path, list[ErrorDetails]] = {}
    for detail in details:
        path = real_path(detail["loc"], data, keep_last=detail["type"] == "missing")
        groups.setdefault(path, []).append(detail)
    around = {path[:length] for path in groups for length in range(len(path))}
    for path in around & groups.keys():
        if all(detail["type"] in EXPECTED for detail in groups[path]):
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
        #: The keys of a mapping, with those that the advice so far gives it.
        self._taken: dict[Path, set[str]] = {}

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
        error = detail.get("ctx", {}).get("error")
        inner = error.at if isinstance(error, WrongValue) else ()
        here = self._base + path + inner
        value = place(here)
        if is_empty_list(detail):
            value = places.key(here) if detail["input"] is None else value
            return self._parsed.problem(value, shape.LIST_EMPTY(key=str(here[-1])))
        if all(item["type"] in EXPECTED for item in group):
            return self._wrong_kind(group, value, _model_at(self._model, path))
        if isinstance(error, WrongValue) and error.stretch is not None:
            value = places.inside(here, *error.stretch)
        return self._parsed.problem(value, wrong_value(detail, _at(self._data, path)))

    def _unknown_key(self, path: Path) -> Problem:
        key = str(path[-1]) if path else ""
        model = _model_at(self._model, path[:-1])
        part = _part(model, self._base + path[:-1])
        value = _at(self._data, path)
        if value is None and (name := key_of_value(key, model)) is not None:
            better = f"{name}: {key}"
            reason = shape.VALUE_AS_KEY(part=part, key=key, better=better)
            return self._parsed.problem(self._parsed.positions.key(self._base + path), reason)
        elsewhere = getattr(model, "elsewhere", {}).get(key)
        suggestion = elsewhere() if elsewhere else self._suggested(path, value, model)
        reason = shape.UNKNOWN_KEY(part=part, key=key, suggestion=suggestion)
        return self._parsed.problem(self._parsed.positions.key(self._base + path), reason)

    def _suggested(self, path: Path, value: Any, model: type[BaseModel] | None) -> Reason:
        """The advice for an unknown key, which gives no key that the mapping has then."""
        around = path[:-1]
        taken = self._taken.setdefault(around, set(map(str, _at(self._data, around) or ())))
        better, advice = suggested_key(str(path[-1]), value, model, taken)
        taken.update([better] if better else [])
        return advice

    def _missing(self, path: Path) -> Problem:
        parent = self._base + path[:-1]
        position = self._parsed.positions.key(parent)
        model = _model_at(self._model, path[:-1])
        part, key = _part(model, parent), str(path[-1])
        field = model.model_fields.get(key) if model else None
        titles = (_at(self._data, (*path[:-1], one)) for one in getattr(model, "titles", ()))
        better = next((as_name(one) for one in titles if isinstance(one, str) and as_name(one)), "")
        if field and key == "id" and better:
            reason = shape.NAME_MISSING_HERE(
                part=part, key=key, better=better, about=field.description
            )
            return self._parsed.problem(position, reason)
        if field and field.description:
            reason = shape.MISSING_KEY_DESCRIBED(part=part, key=key, about=field.description)
            return self._parsed.problem(position, reason)
        return self._parsed.problem(position, shape.MISSING_KEY(part=part, key=key))

    def _wrong_kind(
        self, group: list[ErrorDetails], position: Position, model: type[BaseModel] | None
    ) -> Problem:
        kinds = list(dict.fromkeys(EXPECTED[item["type"]] for item in group))
        expected = [kind() for kind in kinds if kind is not words.KIND_NOTHING]
        expected = expected or [words.KIND_NOTHING()]
        value = group[0]["input"]
        reason = _instead(kinds, expected, value, model)
        if reason is None and words.KIND_TEXT in kinds and isinstance(value, bool | int | float):
            source = self._parsed.lines[position.line - 1] if self._parsed.lines else ""
            written = source[position.column - 1 :][: position.length]
            reason = shape.UNEXPECTED_KIND_FOR_TEXT(
                expected=expected, found=kind_of(value), written=written
            )
        reason = reason or shape.UNEXPECTED_KIND(expected=expected, found=kind_of(value))
        return self._parsed.problem(position, reason)


def _at(data: Any, path: Path) -> Any:
    """The value at a path of the data, if there is one."""
    for part in path:
        is_there = isinstance(data, Mapping) and part in data
        is_there = is_there or (isinstance(data, list) and part in range(len(data)))
        if not is_there:
            return None
        data = data[part]
    return data


def _instead(
    kinds: Sequence[ReasonKind],
    expected: Sequence[Reason],
    value: Any,
    model: type[BaseModel] | None,
) -> Reason | None:
    """The reason for a value of the wrong kind, if its correct form is known."""
    found, is_pairs = kind_of(value), list(kinds) == [words.KIND_PAIRS]
    first_key = getattr(model, "first_key", "")
    written = meant_value(kinds, value, getattr(model, "usual", None))
    if first_key and is_pairs:
        return shape.FILE_BEGINS_OTHERWISE(found=found, key=first_key)
    if written is not None and is_pairs:
        return shape.MAPPING_WITH_KEY(found=found, written=written)
    if written is not None:
        return shape.WRITTEN_OTHERWISE(expected=expected, found=found, written=written)
    return _in_words(kinds, value, model)


def _in_words(
    kinds: Sequence[ReasonKind], value: Any, model: type[BaseModel] | None
) -> Reason | None:
    """The reason for a value of the wrong kind whose correct form takes a sentence."""
    found: Reason | None = None
    if words.KIND_LIST in kinds and isinstance(value, Mapping) and value:
        found = shape.LIST_NEEDS_DASHES(key=next(iter(value)))
    elif isinstance(value, str) and list(kinds) == [words.KIND_PAIRS]:
        of_text = getattr(model, "of_text", None)
        found = of_text(text=in_one_line(value, _LONGEST_ITEM)) if of_text else None
    elif isinstance(value, str) and list(kinds) == [words.KIND_LIST] and value.strip():
        found = shape.LIST_OF_ONE(item=in_one_line(value, _LONGEST_ITEM))
    elif list(kinds) == [words.KIND_TEXT] and value and _are_texts(value):
        found = shape.ONE_OF_A_LIST(first=in_one_line(value[0], _LONGEST_ITEM))
    return found


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _part(model: type[BaseModel] | None, path: Path) -> Reason:
    title = model.model_config.get("title") if model else None
    if title:
        return words.PART_TITLED(title=title)
    names = [part for part in path if isinstance(part, str)]
    return words.PART_KEY(key=names[-1]) if names else words.PART_FILE()


def _model_at(model: type[BaseModel] | None, path: Path) -> type[BaseModel] | None:
    """The model that describes the value at `path`, where one does."""
    current: Any = model
    for part in path:
        inner = model_in(current)
        if isinstance(part, str) and inner and part in inner.model_fields:
            current = inner.model_fields[part].annotation
        else:
            current = _item_of(current)
    return model_in(current)


def _item_of(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType, Annotated):
        inner = [_item_of(arg) for arg in get_args(annotation)]
        return next((found for found in inner if found is not None), None)
    arguments = [arg for arg in get_args(annotation) if arg is not Ellipsis]
    return arguments[-1] if arguments else None
