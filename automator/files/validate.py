"""Makes a pydantic model from the data of a file; explains each mistake in plain words."""

import re
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from automator.configuration.values import DURATION, written_duration
from automator.files.limits import MAX_PROBLEMS
from automator.files.one_line import inline, scalar_text
from automator.files.positions import Parsed, Path, Position
from automator.files.spelling import as_name, called, did_you_mean, suggest
from automator.model import Problem, Reason, WrongValue, in_one_line
from automator.reasons import ReasonKind
from automator.reasons.problems import phrases, shape

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
    """Makes an instance of `model` from data at `path`; None and its problems if it is wrong.

    `exempt` decides by path and value which values are not checked, such as templates, whose
    results are not known yet. If only exempt values are wrong, there is neither an instance nor a
    problem. One problem more than a file may list ends the explanations.
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
        # An unknown key next to a missing key is most likely a misspelling of the missing key.
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
    """Turns pydantic's location into a path through the data, without the names of unions."""
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
    """Whether the first part names the branch of a union, although the data has such a key.

    The next part is then a key beside it: `hmac` in verify: {hmac: sha256, header: …}.
    """
    if len(parts) == 1 or isinstance(data[parts[0]], dict | list):
        return False
    return parts[1] in data or (keep_last and len(parts) == 2)


def _grouped(details: list[ErrorDetails], data: Any) -> dict[Path, list[ErrorDetails]]:
    """Groups errors by path; of a union, only the errors of the branch that fits best count."""
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
    """Returns the unknown keys by the path of their mapping, as many as a problem lists."""
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
        #: The keys of each mapping by its path, and the keys that earlier advice has suggested.
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
            return self._parsed.problem(value, shape.shape_list_empty(key=str(here[-1])))
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
            reason = shape.shape_value_as_key(part=part, key=key, better=better)
            return self._parsed.problem(self._parsed.positions.key(self._base + path), reason)
        elsewhere = getattr(model, "elsewhere", {}).get(key)
        suggestion = elsewhere() if elsewhere else self._suggested(path, value, model)
        reason = shape.shape_unknown_key(part=part, key=key, suggestion=suggestion)
        return self._parsed.problem(self._parsed.positions.key(self._base + path), reason)

    def _suggested(self, path: Path, value: Any, model: type[BaseModel] | None) -> Reason:
        """Returns the advice for an unknown key; it never suggests a key that the mapping already
        has.
        """
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
            reason = shape.shape_name_missing_here(
                part=part, key=key, better=better, about=field.description
            )
            return self._parsed.problem(position, reason)
        if field and field.description:
            reason = shape.shape_missing_key_described(part=part, key=key, about=field.description)
            return self._parsed.problem(position, reason)
        return self._parsed.problem(position, shape.shape_missing_key(part=part, key=key))

    def _wrong_kind(
        self, group: list[ErrorDetails], position: Position, model: type[BaseModel] | None
    ) -> Problem:
        kinds = list(dict.fromkeys(EXPECTED[item["type"]] for item in group))
        expected = [kind() for kind in kinds if kind is not phrases.word_kind_nothing]
        expected = expected or [phrases.word_kind_nothing()]
        value = group[0]["input"]
        reason = _instead(kinds, expected, value, model)
        if (
            reason is None
            and phrases.word_kind_text in kinds
            and isinstance(value, bool | int | float)
        ):
            source = self._parsed.lines[position.line - 1] if self._parsed.lines else ""
            written = source[position.column - 1 :][: position.length]
            reason = shape.shape_unexpected_kind_for_text(
                expected=expected, found=kind_of(value), written=written
            )
        reason = reason or shape.shape_unexpected_kind(expected=expected, found=kind_of(value))
        return self._parsed.problem(position, reason)


def _at(data: Any, path: Path) -> Any:
    """Returns the value at a path of the data, if there is one."""
    for part in path:
        is_there = isinstance(data, Mapping) and part in data
        is_there = is_there or (isinstance(data, list) and part in range(len(data)))
        if not is_there:
            return None
        data = data[part]
    return data


def _instead(
    kinds: Sequence[ReasonKind[[]]],
    expected: Sequence[Reason],
    value: Any,
    model: type[BaseModel] | None,
) -> Reason | None:
    """Returns the reason that shows the correct form of a value; None if that is unknown."""
    found, is_pairs = kind_of(value), list(kinds) == [phrases.word_kind_pairs]
    first_key = getattr(model, "first_key", "")
    written = meant_value(kinds, value, getattr(model, "usual", None))
    if first_key and is_pairs:
        return shape.shape_file_begins_otherwise(found=found, key=first_key)
    if written is not None and is_pairs:
        return shape.shape_mapping_with_key(found=found, written=written)
    if written is not None:
        return shape.shape_written_otherwise(expected=expected, found=found, written=written)
    return _in_words(kinds, value, model)


def _in_words(
    kinds: Sequence[ReasonKind[[]]], value: Any, model: type[BaseModel] | None
) -> Reason | None:
    """Returns the reason for a value whose correct form has to be explained in words; or None."""
    found: Reason | None = None
    if phrases.word_kind_list in kinds and isinstance(value, Mapping) and value:
        found = shape.shape_list_needs_dashes(key=next(iter(value)))
    elif isinstance(value, str) and list(kinds) == [phrases.word_kind_pairs]:
        of_text = getattr(model, "of_text", None)
        found = of_text(text=in_one_line(value, _LONGEST_ITEM)) if of_text else None
    elif isinstance(value, str) and list(kinds) == [phrases.word_kind_list] and value.strip():
        found = shape.shape_list_of_one(item=in_one_line(value, _LONGEST_ITEM))
    elif list(kinds) == [phrases.word_kind_text] and value and _are_texts(value):
        found = shape.shape_one_of_a_list(first=in_one_line(value[0], _LONGEST_ITEM))
    return found


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _part(model: type[BaseModel] | None, path: Path) -> Reason:
    title = model.model_config.get("title") if model else None
    if title:
        return phrases.word_part_titled(title=title)
    names = [part for part in path if isinstance(part, str)]
    return phrases.word_part_key(key=names[-1]) if names else phrases.word_part_file()


def _model_at(model: type[BaseModel] | None, path: Path) -> type[BaseModel] | None:
    """Returns the model that describes the value at `path`, if there is one."""
    current: Any = model
    for part in path:
        inner = model_in(current, of_items=isinstance(part, str))
        if isinstance(part, str) and inner and part in inner.model_fields:
            current = inner.model_fields[part].annotation
        else:
            current = _item_of(current)
    return model_in(current, of_items=True)


def _item_of(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType, Annotated):
        inner = [_item_of(arg) for arg in get_args(annotation)]
        return next((found for found in inner if found is not None), None)
    arguments = [arg for arg in get_args(annotation) if arg is not Ellipsis]
    return arguments[-1] if arguments else None


# --- Unknown keys, explained by their name or their value: `when: comment.created` ---


def suggested_key(
    key: str, value: Any, model: type[BaseModel] | None, taken: Collection[str]
) -> tuple[str | None, Reason]:
    """The key that the author of an unknown key probably meant, or None, and the advice.

    `taken` are the keys that the mapping has, and keys that earlier advice has suggested.
    """
    known = keys_of(model)
    better, written = _by_value(key, value, model)
    better = better or did_you_mean(key, known)
    if better is not None and better in taken:
        return better, phrases.word_key_is_there(key=better)
    if written is not None:
        return better, phrases.word_written_as(written=f"{better}: {written}")
    if better is not None:
        others = phrases.word_known_words(many=phrases.word_keys(), known=sorted(known))
        return better, phrases.word_nearest_word(nearest=better, others=others)
    return None, suggest(key, known, phrases.word_keys)


def key_of_value(word: str, model: type[BaseModel] | None) -> str | None:
    """The key whose value a bare word probably is: `event` for `{comment.created}`."""
    usual, fields = getattr(model, "usual", None), model.model_fields if model else {}
    for name, field in fields.items():
        if get_origin(field.annotation) is Literal and word in get_args(field.annotation):
            return field.alias or name
    is_like = usual is not None and is_like_example(word, usual[1])
    return usual[0] if usual is not None and is_like else None


def is_meant(missing: str, key: str, value: Any, model: type[BaseModel] | None) -> bool:
    """Whether an unknown key was most likely meant as the missing key."""
    better, _ = _by_value(key, value, model)
    if better is not None:
        return better == missing
    return missing in (did_you_mean(key, keys_of(model)), key_of_value(key, model))


def keys_of(model: type[BaseModel] | None) -> list[str]:
    """The keys that a mapping may have."""
    fields = model.model_fields if model else {}
    return [field.alias or name for name, field in fields.items()]


def model_in(annotation: Any, *, of_items: bool = False) -> type[BaseModel] | None:
    """The model in the type annotation of a value; the first one if there are several.

    With `of_items` also the model of a list's items: the only item may replace the list.
    """
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType, Annotated, list if of_items else None):
        inner = (model_in(arg, of_items=of_items) for arg in get_args(annotation))
        return next(filter(None, inner), None)
    return None


def _by_value(key: str, value: Any, model: type[BaseModel] | None) -> tuple[str | None, str | None]:
    """The key that fits the value in `when: {event: …}`, and the corrected value.

    The corrected value is None if the value is right as it is; `when: comment.created` needs one.
    """
    for name, field in model.model_fields.items() if model else ():
        usual, better = getattr(model_in(field.annotation), "usual", None), field.alias or name
        if usual is None:
            continue
        if isinstance(value, Mapping):
            if usual[0] in value:
                return better, None
            continue
        items = value if isinstance(value, list) else [value]
        are_alike = [isinstance(one, str) and is_like_example(one, usual[1]) for one in items]
        if are_alike and all(are_alike) and called(key, [better]):
            return better, meant_value([phrases.word_kind_pairs], value, usual)
    return None, None


# --- Values of the wrong kind whose meaning is certain: `stop: có`, `rollout: 10%` ---

_FLAGS: Final = {
    **dict.fromkeys(("yes", "y", "on", "có", "co", "đúng", "dung", "bật", "bat"), "true"),
    **dict.fromkeys(("no", "n", "off", "không", "khong", "sai", "tắt", "tat"), "false"),
}
_NUMBER_WITH_UNIT: Final = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]+)?)\s*(?:%|[^\W\d_]{1,6})\s*")
_PATH: Final = re.compile(r"(?:event|contact|connection|vars)(?:\.\w+)+")
_EVENT: Final = re.compile(r"(?!event\b|contact\b)[a-z_]+(?:\.[a-z_*]+)+")
_SPAN: Final = re.compile(r"[0-9]+[smhdw]")
_CRON_FIELDS: Final = 5
_ITEM: Final = re.compile(r"[\w ]+")


def meant_value(
    kinds: Sequence[ReasonKind[[]]], value: Any, usual: tuple[str, str] | None
) -> str | None:
    """The value that the author meant, as a file should write it; None if that is not certain.

    `usual` is the key that such a mapping usually has, with an example of its value.
    """
    if kinds == [phrases.word_kind_pairs] and usual is not None:
        # A value that is just the name of the usual key says nothing.
        written = None if value == usual[0] else value
        return f"{{{usual[0]}: {_item(written, usual[1])}}}"
    if not isinstance(value, str):
        return _of_collection(kinds, value)
    if phrases.word_kind_boolean in kinds:
        return _FLAGS.get(value.strip().lower())
    number = _NUMBER_WITH_UNIT.fullmatch(value)
    if number and (phrases.word_kind_number in kinds or phrases.word_kind_whole_number in kinds):
        return number[1]
    return _text_as_list(value) if phrases.word_kind_list in kinds else None


def _text_as_list(value: str) -> str | None:
    """Writes a text such as `Có, Không` as a list, if its items are words."""
    items = [item.strip() for item in re.split("[,;]", value)]
    if len(items) > 1 and all(map(_ITEM.fullmatch, items)):
        return f"[{', '.join(items)}]"
    return None


def _of_collection(kinds: Sequence[ReasonKind[[]]], value: Any) -> str | None:
    if phrases.word_kind_list in kinds and isinstance(value, Mapping):
        return _set_as_list(value)
    return _list_as_text(value) if phrases.word_kind_text in kinds else None


def is_like_example(word: str, example: str) -> bool:
    """Whether a word has the form of the example: the name of an event, a path, or a time."""
    forms = (_EVENT, _PATH, _SPAN)
    return any(form.fullmatch(example) and form.fullmatch(word) for form in forms)


def _set_as_list(value: Mapping[str, Any]) -> str | None:
    """Writes `{Có, Không}` as a list: YAML reads it as a mapping of names without values."""
    if not value or any(inner is not None for inner in value.values()):
        return None

    return inline(list(value))


def _list_as_text(value: Any) -> str | None:
    """Writes a list of paths as an expression in quotes: without them YAML reads a list."""
    items = value if isinstance(value, list) else []
    if not items or not all(isinstance(item, str) and _PATH.fullmatch(item) for item in items):
        return None
    return f'"[{", ".join(items)}]"'


def _item(value: Any, example: str) -> Any:
    """The value to write after the usual key, in the form of the example."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        items = value if isinstance(value, list) and _EVENT.fullmatch(example) else []
        are_events = all(isinstance(item, str) and _EVENT.fullmatch(item) for item in items)
        return f"[{', '.join(items)}]" if items and are_events else example
    if example.isdecimal() and (number := _NUMBER_WITH_UNIT.fullmatch(str(value))):
        return number[1]
    # A value such as `once: 1d` or `schedule: every day` cannot become a path or a cron line: the
    # example is shown instead.
    is_like = _PATH.fullmatch(str(value)) or str(value)[:1] in "[`'"
    if _PATH.fullmatch(example) and not is_like:
        return example
    if len(example.split()) == _CRON_FIELDS:
        return f'"{value if len(str(value).split()) == _CRON_FIELDS else example}"'
    if example.startswith("[") and isinstance(value, str):
        return f"[{value}]"

    return value if is_like else scalar_text(value, in_brackets=True)


# --- Mistakes in a single value ---

#: The expected kind, by pydantic's type of error about a value of the wrong kind.
EXPECTED = {
    "string_type": phrases.word_kind_text,
    "int_type": phrases.word_kind_whole_number,
    "int_parsing": phrases.word_kind_whole_number,
    "int_from_float": phrases.word_kind_whole_number,
    "float_type": phrases.word_kind_number,
    "float_parsing": phrases.word_kind_number,
    "bool_type": phrases.word_kind_boolean,
    "bool_parsing": phrases.word_kind_boolean,
    "dict_type": phrases.word_kind_pairs,
    "mapping_type": phrases.word_kind_pairs,
    "model_type": phrases.word_kind_pairs,
    "model_attributes_type": phrases.word_kind_pairs,
    "list_type": phrases.word_kind_list,
    "tuple_type": phrases.word_kind_list,
    "set_type": phrases.word_kind_list,
    "none_required": phrases.word_kind_nothing,
}
_BOUNDS = {
    "greater_than": ("gt", shape.shape_not_more),
    "greater_than_equal": ("ge", shape.shape_not_at_least),
    "less_than": ("lt", shape.shape_not_less),
    "less_than_equal": ("le", shape.shape_not_at_most),
}


def kind_of(value: Any) -> Reason:
    """The phrase for the kind of a value, for sentences."""
    if value is None:
        return phrases.word_kind_nothing()
    if isinstance(value, bool):
        return phrases.word_kind_true() if value else phrases.word_kind_false()
    if isinstance(value, int | float):
        return phrases.word_kind_number()
    if isinstance(value, str):
        return phrases.word_kind_text()
    return (
        phrases.word_kind_list() if isinstance(value, list | tuple) else phrases.word_kind_mapping()
    )


def reason_of(detail: ErrorDetails, known: Sequence[str] = ()) -> Reason:
    """The mistake in a value of a command or a call; `known` are the allowed values."""
    if known:
        return _unknown_value(str(detail["input"]), list(known))
    expected = EXPECTED.get(detail["type"])
    if expected is not None:
        return shape.shape_unexpected_kind(expected=[expected()], found=kind_of(detail["input"]))
    return wrong_value(detail)


def is_empty_list(detail: ErrorDetails) -> bool:
    """Whether a required list is missing or empty."""
    value = detail["input"]
    is_short = detail["type"] == "too_short" and value == []
    return is_short or (detail["type"] == "list_type" and value is None)


def _unknown_value(value: str, known: list[str]) -> Reason:
    nearest = did_you_mean(value, known)
    if nearest:
        return shape.shape_misspelt_value(value=value, nearest=nearest, known=known)
    return shape.shape_unknown_value(value=value, known=known)


def _as_written(limit: float, written: Any) -> str | float:
    """A limit in the notation of the wrong value: `30d` if the value is `90d`."""
    if limit and isinstance(written, str) and DURATION.match(written):
        return written_duration(round(limit * 1000))
    return int(limit) if limit == int(limit) else limit


def _of_length(kind: str, context: Mapping[str, Any], written: Any) -> Reason | None:
    """The mistake in the size of a number, a text or a list."""
    if kind in _BOUNDS:
        name, bound = _BOUNDS[kind]
        return bound(bound=_as_written(context[name], written))
    if kind in ("string_too_short", "too_short"):
        return shape.shape_empty_value()
    if kind in ("string_too_long", "too_long"):
        return shape.shape_value_too_long(most=context["max_length"])
    return None


def _not_of_form(value: str, pattern: str) -> Reason:
    """The mistake in a name or a number with characters that are not allowed in it."""
    if pattern.startswith("^[0-9]{"):
        return shape.shape_not_digits(value=value[:80])
    has_dashes = "-]" in pattern
    better = as_name(value, "-" if has_dashes else "_")
    if re.match(pattern, better):
        return shape.shape_name_otherwise(value=value[:80], better=better)
    name_kind = shape.shape_not_a_name_with_dashes if has_dashes else shape.shape_not_a_name
    return name_kind(value=value[:80])


def wrong_value(detail: ErrorDetails, written: Any = None) -> Reason:
    """The mistake in a value; `written` is the value in the file."""
    kind, context = detail["type"], detail.get("ctx", {})
    error = context.get("error")
    if isinstance(error, WrongValue):
        return error.reason
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", ""))
        known = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
        return _unknown_value(str(detail["input"]), known)
    said = _of_length(kind, context, written)
    if said is not None:
        return said
    if kind == "string_pattern_mismatch":
        return _not_of_form(str(detail["input"]), str(context.get("pattern")))
    message = detail["msg"].removeprefix("Value error, ")
    text, _, fix = message.partition("\n  fix: ")
    if not fix:
        text, _, fix = message.partition("; ")
    text = text[:1].lower() + text[1:]
    return (
        shape.shape_wrong_value_with_fix(said=text, fix=fix)
        if fix
        else shape.shape_wrong_value(said=text)
    )
