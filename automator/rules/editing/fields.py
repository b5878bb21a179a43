"""The fields of a form: the value that each shows, and the edit that writes a new value."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from automator.configuration.values import InForm, StrictModel
from automator.files import Path, parse_yaml
from automator.files.editing import put, remove
from automator.files.editing.stretches import block
from automator.files.scalars import read_plain
from automator.model import N_, UsageError, record
from automator.rules.editing.edits import RULE_KEYS, data_of, with_new_spellings
from automator.rules.editing.expressions import words_in
from automator.rules.editing.notations import (
    Hours,
    cell_of,
    hours_in,
    picked_line,
    picked_rows,
    read_active,
    read_buttons,
    read_files,
    read_wait,
    shown_active,
    shown_buttons,
    shown_files,
    shown_rows,
    shown_wait,
)

Kind = Literal[
    "line", "text", "lines", "words", "choice", "check", "time", "number", "duration", "hours",
    "rows",
]  # fmt: skip
#: Takes the text of a file and the new value of a field; returns the new text of the file.
Edit = Callable[[str, str], str]
LONGEST_VALUE = 4000
Choice = tuple[str, str]


@record(kw_only=False)
class FormField:
    """One field of a form."""

    name: str
    label: str
    kind: Kind
    #: The value that the form shows; "1" or "" for a checkbox.
    value: str
    edit: Edit
    #: Values with their labels.
    choices: tuple[Choice, ...] = ()
    hint: str = ""
    #: The text after the field, such as the unit of a number.
    unit: str = ""
    #: Whether it is shown only on demand: the file has no value, and few people need it.
    is_more: bool = False
    #: The zone of a time.
    zone: str = ""
    #: Whether the file has a value for it; else `value` may be the usual one.
    is_set: bool = False
    #: Whether placeholders in the text are replaced by values of the event.
    is_template: bool = False
    #: The part of the form that has it; see `InForm`.
    section: str = ""
    #: The headings of names and values in rows.
    columns: Choice = (N_("Name"), N_("Value"))

    @property
    def rows(self) -> list[Choice]:
        """The names of a field for rows, each with its value, and an empty row for one more."""
        found = from_yaml(self.value) or {}
        return [*((name, cell_of(value)) for name, value in found.items()), ("", "")]

    @property
    def hours(self) -> Hours:
        """The days and times of a field for them; none if it names an interval."""
        is_named = self.value in dict(self.choices)
        return (None if is_named else hours_in(read_active(self.value))) or Hours()


def apply_fields(text: str, fields: Iterable[FormField], given: Mapping[str, str]) -> str:
    """The text with the new value of every field that a person has changed.

    Browsers do not send an unticked checkbox, so a missing checkbox counts as unticked. Emptied
    fields are removed at the end, the last one first, so that the paths of the others stay valid.

    Raises:
        SpliceError: the file is written in a way that a form cannot change.
    """
    changed = list(_changed(fields, given))
    text = with_new_spellings(text) if changed else text
    kept = [(one, value) for one, value in changed if value]
    for one, value in (*kept, *reversed([pair for pair in changed if not pair[1]])):
        text = one.edit(text, value)
    return text


def _changed(
    fields: Iterable[FormField], given: Mapping[str, str]
) -> Iterator[tuple[FormField, str]]:
    for one in fields:
        value = given.get(one.name, "" if one.kind == "check" else None)
        if one.kind == "hours":
            value = picked_line(given, one.name, one.value)
        elif one.kind == "rows":
            value = picked_rows(given, one.name)
        elif f"{one.name}.ticks" in given:
            ticked = [name for name, _ in one.choices if given.get(f"{one.name}.{name}")]
            value = "\n".join(ticked)
        if value is None:
            continue
        # A value from the file may be longer than a new one, and rows than each value in them.
        longest = len(value) if one.kind == "rows" else max(LONGEST_VALUE, len(one.value))
        value = value.replace("\r\n", "\n").strip()[:longest]
        is_known = one.kind != "choice" or value in dict(one.choices)
        if is_known and _meaning(one.kind, value) != _meaning(one.kind, one.value):
            yield one, value


def _meaning(kind: Kind, value: str) -> object:
    """A value in a normal form, in which two spellings of the same value are equal."""
    if kind == "words":
        return words_in(value)
    if kind == "hours":
        return hours_in(read_active(value)) or value.split()
    return lines_in(value) if kind == "lines" else value.strip()


def lines_in(value: str) -> list[str]:
    """The texts of a field, one on each line."""
    return [line.strip() for line in value.split("\n") if line.strip()]


def at(data: Any, path: Path) -> Any:
    """The value at a path, or None."""
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def setter(path: Path, order: Sequence[str] = ()) -> Edit:
    """The edit that writes a text at a path; an empty text removes the key."""

    def edit(text: str, value: str) -> str:
        if not value:
            return without(text, path)
        return put(text, path, value, order=order)

    return edit


def without(text: str, path: Path) -> str:
    """The text without the value at a path; a collection that becomes empty goes too."""
    text = remove(text, path)
    while len(path) > 1 and at(data_of(text), path[:-1]) in ({}, []):
        path = path[:-1]
        text = remove(text, path)
    return text


def typed(kind: Kind, value: str) -> Any:
    """The value to write into the file for the text of a field."""
    if kind == "check":
        return value == "1"
    if kind == "number":
        number = read_plain(value)
        return number if isinstance(number, int | float) else value
    if kind == "lines":
        return lines_in(value)
    return list(words_in(value)) if kind == "words" else value


def shown(value: Any) -> str:
    """A value as its field shows it."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, list | tuple):
        return "\n".join(map(shown, value))
    return "" if value is None else str(value)


def from_yaml(text: str) -> Any:
    """The value of a YAML text; the text itself if it is no YAML, so that nothing is lost."""
    parsed = parse_yaml("", text)
    return text if parsed.problems or text.startswith(("{{", "{%")) else parsed.data


def names_from_yaml(text: str) -> Mapping[str, Any]:
    """The names with values of a YAML text; none if it is empty.

    Raises:
        UsageError: it is something else.
    """
    given = from_yaml(text) if text else {}
    if not isinstance(given, Mapping):
        raise UsageError(N_("these are no names with values"), fix=N_("Write: name: value"))
    return given


# Fields made from a model. A value that no other field can show gets a field with YAML text, so
# that every key of the language has a field.


@record(kw_only=False)
class _Widget:
    """A kind of field; `show` writes a value (None if it cannot), `read` reads it back."""

    kind: Kind
    show: Callable[[Any], str | None]
    read: Callable[[str], Any]


#: The `cancel_on` of a follow-up that is unnecessary if the person answers.
_ANSWERED = {"event": "message.received"}
_WIDGETS: Mapping[str, _Widget] = {
    "duration": _Widget("duration", lambda value: _text_of("duration", value), str),
    "wait": _Widget("duration", shown_wait, read_wait),
    "active": _Widget("hours", shown_active, read_active),
    "buttons": _Widget("lines", shown_buttons, read_buttons),
    "files": _Widget("lines", shown_files, read_files),
    "rows": _Widget("rows", shown_rows, from_yaml),
    "answered": _Widget("check", lambda value: _ticked(value, _ANSWERED), lambda _: _ANSWERED),
    "yes": _Widget("check", lambda value: _ticked(value, True), lambda _: True),
}
_TRUTH = {"true": True, "false": False}
_NONE = {"": "–"}
#: A value with more characters than this gets a field of several lines.
LONG_LINE = 60
_AS_YAML = N_("as YAML")


@record
class Root:
    """A part of a file whose keys a form shows: a rule, or the inputs of an action."""

    path: Path
    #: The beginning of the names of its fields.
    prefix: str = ""
    #: The key that a short form means, as in `reply: text`.
    short: str = ""
    #: Whether its last value is emptied, not removed: an action may not vanish during an edit.
    stays: bool = False
    #: The names to choose from for a key such as `contacts.connection`.
    names: Mapping[str, Sequence[str] | Mapping[str, str]] = field(default_factory=dict)
    #: Whether all keys without a label share one field.
    is_labelled: bool = False
    #: Keys that get no field here, because they have a field elsewhere.
    skipped: Collection[str] = ()
    #: Keys to show only on demand here, although other forms always show them.
    rare: Collection[str] = ()


def fields_of(
    model: type[StrictModel], root: Root, written: Any, inside: tuple[str, ...] = ()
) -> Iterator[FormField]:
    """The fields for all keys of `model`; `written` is the value in the file, at `inside` below the
    root.
    """
    values = written if isinstance(written, Mapping) else {}
    if root.short and not inside and written is not None and not isinstance(written, Mapping):
        values = {root.short: written}
    known = {info.alias or name: info for name, info in model.model_fields.items()}
    shared = [key for key, one in known.items() if root.is_labelled and not InForm.of(one).label]
    shared = [key for key in shared if key not in root.skipped]
    known = {key: info for key, info in known.items() if key not in shared}
    for key, info in known.items():
        if ".".join((*inside, key)) not in root.skipped:
            yield from _fields_at((*inside, key), info, model, root, values)
    own = known.keys() | (set() if inside else set(root.skipped))
    others = {key: value for key, value in values.items() if key not in own}
    # The short form of a part has no other keys.
    may_share = bool(shared) and (not root.short or isinstance(written, Mapping))
    is_open = model.model_config.get("extra") == "allow" and not inside
    if others or may_share or is_open:
        path: Path = (*root.path, *inside)
        rows = shown_rows(others) if is_open else None
        yield FormField(
            ".".join((*filter(None, (root.prefix,)), str(path[-1]), "*")),
            N_("Other values, by their names") if known else N_("Values"),
            "text" if rows is None else "rows",
            _yaml(others or None) if rows is None else rows,
            _others_setter(path, own),
            hint=", ".join(shared),
            unit=_AS_YAML if rows is None else "",
            is_more=bool(known) and not others,
            is_template=rows is not None and not root.is_labelled,
        )


def _fields_at(
    place: tuple[str, ...],
    info: FieldInfo,
    model: type[StrictModel],
    root: Root,
    beside: Mapping[str, Any],
) -> Iterator[FormField]:
    """The fields of one key; for a part with keys of its own, the fields of those keys."""
    said, inner, value = InForm.of(info), model_in(info.annotation), beside.get(place[-1])
    usual = value if beside or value is not None else said.usual or None
    kind, choices = _kind_of(info, said, root.names.get(".".join(place), ()))
    widget = _WIDGETS.get(said.widget) or (kind and _plain_widget(kind, info))
    text = widget.show(usual) if widget else None
    shown = "" if place[-1] in root.rare else said.shown
    is_needed = shown == "always" or (shown == "beside" and bool(beside))
    is_more = shown == "rarely" or (value is None and not is_needed)
    made = FormField(
        name=".".join((*filter(None, (root.prefix,)), *place)),
        label=said.label or place[-1],
        kind="text",
        value=_yaml(usual),
        edit=_setter(model, root, place, from_yaml),
        hint=said.hint or ("" if said.shown else info.description or ""),
        unit=_AS_YAML,
        is_more=is_more,
        is_set=value is not None,
        section=said.section,
    )
    if widget and text is not None:
        edit = _setter(model, root, place, widget.read)
        shown_as = widget.kind
        if shown_as == "hours" and hours_in(usual) is None and text not in dict(choices):
            shown_as, choices = "line", ()
        is_long = shown_as == "line" and ("\n" in text or len(text) > LONG_LINE)
        yield replace(
            made,
            kind="text" if is_long else shown_as,
            value=text,
            edit=edit,
            unit=said.unit,
            is_template=said.widget in ("template", "rows"),
            choices=choices if shown_as == "hours" else _with_values(choices, shown_as, text),
        )
    if inner is not None and (text is not None or value is None or isinstance(value, Mapping)):
        for one in fields_of(inner, root, value, place):
            yield replace(one, section=one.section or said.section)
    elif text is None:
        yield made
    elif kind is None and widget and widget.kind == "check":
        # A further field for values that the checkbox cannot show.
        yield replace(made, name=f"{made.name}.*", is_more=True)


def _setter(
    model: type[StrictModel],
    root: Root,
    place: tuple[str, ...],
    read: Callable[[str], Any],
) -> Edit:
    """The edit that writes a value, and other values that its part requires; an empty value removes
    the key.

    A part below the root is removed too if it then lacks a required value.
    """
    path: Path = (*root.path, *place)
    part, key = path[:-1], place[-1]
    known = {info.alias or name: info for name, info in model.model_fields.items()}
    usual = {name: said for name, info in known.items() if (said := InForm.of(info).usual)}

    def edit(text: str, value: str) -> str:
        whole, new = at(data_of(text), root.path), read(value)
        old = whole if place == (root.short,) and isinstance(whole, str) else at(whole, place)
        if isinstance(old, str) and isinstance(new, list) and len(new) == 1:
            new = new[0]  # One of several texts is written without brackets.
        if root.short and whole is not None and not isinstance(whole, Mapping):
            if place == (root.short,) and not isinstance(new, list):
                return put(text, root.path, new)
            text = put(text, root.path, {root.short: whole}) if value else text
        now = at(data_of(text), part)
        if value and not isinstance(now, Mapping):
            return put(text, part, {**usual, key: new}, order=RULE_KEYS)
        if value or (root.stays and _is_only(whole, place)):
            return put_changes(text, path, new, RULE_KEYS)
        if not isinstance(now, Mapping) or key not in now:
            return text
        is_needed = known[key].is_required()
        if is_needed and key in usual:
            return put(text, path, usual[key])
        return without(text, part if is_needed and len(place) > 1 else path)

    return edit


def _others_setter(path: Path, own: Collection[str]) -> Edit:
    """The edit that writes, from YAML text, the keys of a part that have no field of their own."""

    def edit(text: str, value: str) -> str:
        now, given = at(data_of(text), path), names_from_yaml(value)
        kept = now if isinstance(now, Mapping) else {}
        kept = {key: one for key, one in kept.items() if key in own}
        return put_changes(text, path, {**kept, **given}, RULE_KEYS)

    return edit


def put_changes(text: str, path: Path, value: Any, order: Sequence[str] = ()) -> str:
    """The text with a new value at a path; parts that are equal in the old value stay as written,
    with their comments.
    """
    old = at(data_of(text), path)
    if isinstance(old, dict) and isinstance(value, Mapping) and value:
        for key, inner in value.items():
            text = put_changes(text, (*path, key), inner)
        for key in old.keys() - value.keys():
            text = remove(text, (*path, key))
        return text
    if isinstance(old, list) and isinstance(value, list) and value:
        for index, inner in enumerate(value):
            text = put_changes(text, (*path, index), inner)
        for index in reversed(range(len(value), len(old))):
            text = remove(text, (*path, index))
        return text
    return put(text, path, value, order=order)


def _ticked(value: Any, yes: Any) -> str | None:
    return "" if value is None or value is False else "1" if value == yes else None


def _plain_widget(kind: Kind, info: FieldInfo) -> _Widget:
    def read(text: str) -> Any:
        is_truth = kind == "choice" and plain_type(info.annotation) is bool
        return _TRUTH.get(text, text) if is_truth else typed(kind, text)

    return _Widget(kind, lambda value: _text_of(kind, value), read)


def _text_of(kind: Kind, value: Any) -> str | None:
    """A value as the text of a field of this kind; None if such a field cannot show it."""
    if value is None:
        return ""
    if kind == "check":
        return _ticked(value, True)
    if isinstance(value, bool):
        return str(value).lower() if kind == "choice" else None
    if kind == "lines" and isinstance(value, list):
        text = shown(value)
        return text if lines_in(text) == value else None
    return None if isinstance(value, list | Mapping) else str(value)


def _kind_of(
    info: FieldInfo, said: InForm, names: Sequence[str] | Mapping[str, str]
) -> tuple[Kind | None, tuple[Choice, ...]]:
    """The kind of field for a type, with its choices; None if only YAML text can express it."""
    kind = plain_type(info.annotation)
    if get_origin(kind) in (tuple, list) and plain_type(get_args(kind)[0]) is str:
        return "lines", tuple((name, name) for name in names)
    none = {} if info.is_required() else _NONE
    is_word = get_origin(kind) is Literal
    if names or is_word or (kind is bool and info.default is not False) or said.choices:
        words = names or (get_args(kind) if is_word else _TRUTH if kind is bool else ())
        told = names if isinstance(names, Mapping) else said.choices
        labels = {**none, **{str(word): str(word) for word in words}, **told}
        return "choice", tuple(labels.items())
    if said.widget in ("text", "template"):
        return "text", ()
    kinds: Mapping[Any, Kind] = {bool: "check", int: "number", float: "number", str: "line"}
    return kinds.get(kind), ()


def plain_type(annotation: Any) -> Any:
    """A type without an optional `None` and without validators."""
    if get_origin(annotation) is Annotated:
        return plain_type(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        inner = [one for one in get_args(annotation) if one is not NoneType]
        return plain_type(inner[0]) if len(inner) == 1 else annotation
    return annotation


def model_in(annotation: Any) -> type[StrictModel] | None:
    kind = plain_type(annotation)
    return kind if isinstance(kind, type) and issubclass(kind, StrictModel) else None


def _is_only(inputs: Any, names: tuple[str, ...]) -> bool:
    """Whether an action has this input and no other."""
    while names and isinstance(inputs, Mapping) and set(inputs) == {names[0]}:
        inputs, names = inputs[names[0]], names[1:]
    return not names


def _with_values(choices: tuple[Choice, ...], kind: Kind, text: str) -> tuple[Choice, ...]:
    """The choices and the value in the file, which may be another one, such as a template; of
    several, those in the file come first.
    """
    written = [(one, one) for one in (lines_in(text) if kind == "lines" else [text])]
    if kind == "lines":
        return tuple(dict([*written, *choices]).items()) if choices else ()
    return (*choices, *written) if choices and text not in dict(choices) else choices


def _yaml(value: Any) -> str:
    return "" if value is None else block(value, "")
