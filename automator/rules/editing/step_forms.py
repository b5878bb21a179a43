"""The forms of a rule's actions: each with its fields, and with the actions that follow later."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from automator.configuration.values import StrictModel
from automator.files import Path
from automator.files.editing import put
from automator.files.editing.tree import Node, read_tree
from automator.model import N_, record
from automator.plugins import AnyAction
from automator.rules.editing.fields import Edit, FormField, Kind, at, data_of, shown, typed, without
from automator.rules.editing.lines.buttons import read_buttons, shown_buttons
from automator.rules.editing.lines.waits import read_active, read_wait, shown_active, shown_wait
from automator.rules.schema.rule_file import STEP_KEYS

#: An action of this name stands for a follow-up behind the first one of a sequence.
NEXT = "next"
_ACTIONS = "actions"
_DEEPEST = 3
#: Characters of a part that no field shows.
_LONGEST = 200


@record(kw_only=False)
class Choices:
    """The choices that a form can offer in this installation."""

    actions: Mapping[str, AnyAction]
    #: The types of events of each connection.
    events: Mapping[str, Collection[str]]
    #: The kinds of messages that each connection can send.
    can_send: Mapping[str, Collection[str]]
    zone: str
    #: The connections through which people can be written to.
    speaking: Sequence[str] = ()
    #: The names of those who can be told something.
    receivers: Sequence[str] = ()


@record(kw_only=False)
class ActionForm:
    """One action of a rule, with those inside of it."""

    action: str
    path: Path
    fields: Sequence[FormField]
    #: Inputs and keys that are changed in the text.
    others: Sequence[str]
    inner: "Sequence[ActionForm]" = ()
    #: The place whose `actions` the inner ones are; () where it has none.
    holds: Path = ()
    #: What follows a follow-up, one behind the other.
    later: "Sequence[ActionForm]" = ()
    #: The place of the list of those; () where nothing can follow.
    follows: Path = ()

    @property
    def key(self) -> str:
        """Its place as a button of the form names it."""
        return key_of(self.path[2:])


def key_of(path: Path) -> str:
    """The numbers of a path; those in a sequence begin with n, so that they differ from others."""
    return "-".join(
        f"n{part}" if before == NEXT else str(part)
        for before, part in zip(("", *path), path, strict=False)
        if isinstance(part, int)
    )


@record(kw_only=False)
class Source:
    """A file as it is written, with the place of each of its parts."""

    text: str
    root: Node | None

    @classmethod
    def of(cls, text: str) -> "Source":
        """The source of a text."""
        plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
        return cls(plain, read_tree(plain))

    def part(self, path: Path) -> str:
        """The key that ends the path, with its value; the key alone where they stand apart."""
        above = self.root.at(path[:-1]) if self.root else None
        entry = above.entry(path[-1]) if above else None
        if entry is None:
            return str(path[-1])
        return self.text[entry.start : entry.node.end][:_LONGEST]


def steps_in(forms: Sequence[ActionForm]) -> Iterator[tuple[int, ActionForm]]:
    """Every action in the order of the page, each with the number of those in its list."""
    for action in forms:
        yield len(forms), action
        yield from steps_in(action.inner)
        yield from steps_in(action.later)


def step_forms(
    place: Path, items: Any, choices: Choices, source: Source, depth: int = 0
) -> list[ActionForm]:
    """The forms of the `actions` at a place."""
    found = []
    for index, item in enumerate(items if isinstance(items, list) else []):
        path: Path = (*place, _ACTIONS, index)
        name = (
            next((key for key in item if key in choices.actions), "")
            if isinstance(item, dict)
            else ""
        )
        if not name or depth > _DEEPEST:
            found.append(_unknown(name, path, item))
            continue
        action, inputs = choices.actions[name], item[name]
        approve = approve_field(action, path, f"a{key_of(path)}", item.get("approve"))
        own = {"id"} if approve is None else {"id", "approve"}
        step = [(*path, key) for key in sorted(item) if key in STEP_KEYS and key not in own]
        inside = _Inside(choices, source, depth)
        form = inside.form(name, path, (*path, name), inputs, action, step)
        found.append(form if approve is None else replace(form, fields=[*form.fields, approve]))
    return found


def _unknown(name: str, path: Path, item: Any) -> ActionForm:
    return ActionForm(name or "?", path, [], [shown(item)[:_LONGEST]])


@record(kw_only=False)
class _Inside:
    """The surrounding of an action: what can be chosen, the file, and how deep it stands."""

    choices: Choices
    source: Source
    depth: int

    def form(
        self,
        name: str,
        path: Path,
        place: Path,
        inputs: Any,
        action: AnyAction,
        beside: Sequence[Path] = (),
    ) -> ActionForm:
        """The form of the action at `path` whose inputs stand at `place`; of `beside`, the keys
        beside them, no field shows anything.
        """
        following = action.following_model
        model = following if name == NEXT and following else action.inputs_model
        names = {
            "notify": {"to": self.choices.receivers},
            "message": {"via": self.choices.speaking},
        }
        prefix = f"a{key_of(path)}"
        fields, others = action_fields(action, model, place, inputs, prefix, names.get(name, {}))
        given = inputs if isinstance(inputs, Mapping) else {}
        inner = step_forms(place, given.get(_ACTIONS), self.choices, self.source, self.depth + 1)
        later = self._later(place, given.get(NEXT), action) if name != NEXT else []
        shown_below = {_ACTIONS: inner, NEXT: later}
        hidden = [(*place, *one.split(".")) for one in others if not shown_below.get(one)]
        return ActionForm(
            name,
            path,
            fields,
            [self.source.part(one) for one in (*hidden, *beside)],
            inner,
            place if _ACTIONS in model.model_fields else (),
            later,
            (*place, NEXT) if following and name != NEXT else (),
        )

    def _later(self, place: Path, items: Any, action: AnyAction) -> list[ActionForm]:
        """The forms of the parts behind a follow-up."""
        found = []
        for index, item in enumerate(items if isinstance(items, list) else []):
            path: Path = (*place, NEXT, index)
            is_read = isinstance(item, dict)
            found.append(
                self.form(NEXT, path, path, item, action) if is_read else _unknown(NEXT, path, item)
            )
        return found


# The fields of an action, made from the model of its inputs.

#: Inputs that a form shows although the file does not have them; others are shown where they are
#: set.
_ALWAYS = {
    "reply": ("text",),
    "message": ("text", "quick_replies", "buttons"),
    "ask": ("text", "expect", "choices", "retry_text", "expires"),
    "private_reply": ("text", "quick_replies", "buttons"),
    "moderate": ("do",),
    "follow_up": ("after", "active"),
    "log": ("text",),
    "notify": ("to", "title", "text"),
    "forward": ("to",),
    "remember": ("tags.add",),
}
#: What cancels a follow-up of the gallery and of the form; other events stand in the text alone.
_CANCEL_ON = "cancel_on"
_APPROVE = "approve"
_AFTER = "after"
_ACTIVE = "active"
_BUTTONS = "buttons"
_ANSWERED = {"event": "message.received"}
LABELS = {
    _APPROVE: N_("A person approves it before it is sent"),
    _CANCEL_ON: N_("Not if the person writes before that"),
    "text": N_("Text"),
    "one_of": N_("Texts, of which one is chosen (one on each line)"),
    "quick_replies": N_("Answers to tap (one on each line)"),
    _BUTTONS: N_("Buttons (on each line: its text | the address or the answer)"),
    "expect": N_("What a good answer has"),
    "choices": N_("Or the answers to choose from (one on each line)"),
    "retries": N_("How often it is asked again"),
    "retry_text": N_("What to say when the answer is not good"),
    "expires": N_("How long an answer is waited for, as in 2h"),
    "do": N_("What to do with the comment, or who wrote it"),
    "to": N_("To"),
    "via": N_("Through which connection"),
    "type": N_("Name of the event, as in complaint.received"),
    _AFTER: N_("After how long, as in 20h, or 20s - 90s to draw it"),
    "at": N_("At which time"),
    _ACTIVE: N_("When it may act, as in mon-sat 08:00-21:00; at other times it waits"),
    "window": N_("Not later than, as in 2h"),
    "level": N_("How it is marked"),
    "tags.add": N_("Tags to give (one on each line)"),
    "tags.remove": N_("Tags to take away (one on each line)"),
    "opted_out": N_("Wants no more private messages"),
    "blocked": N_("Is blocked: no rule acts for them"),
    "url": N_("Address"),
    "title": N_("Title"),
}
#: Inputs that a form writes in a way of its own: the kind of field, how it is shown and read.
_IN_LINES: Mapping[str, tuple[Kind, Callable[[Any], str | None], Callable[[str], Any]]] = {
    _AFTER: ("line", shown_wait, read_wait),
    _ACTIVE: ("line", shown_active, read_active),
    _BUTTONS: ("lines", shown_buttons, read_buttons),
}
_CHOICES = {
    "hide": N_("hide it"),
    "unhide": N_("show it again"),
    "delete": N_("delete it"),
    "like": N_("like it"),
    "text": N_("any text"),
    "number": N_("a number"),
    "phone": N_("a telephone number"),
    "email": N_("an e-mail address"),
    "ban": N_("ban who wrote it"),
    "unban": N_("let them write again"),
    "info": N_("as a note"),
    "warning": N_("as a warning"),
    "error": N_("as an error"),
}


def action_fields(
    action: AnyAction,
    model: type[StrictModel],
    path: Path,
    inputs: Any,
    prefix: str,
    names: Mapping[str, Sequence[str]],
) -> tuple[list[FormField], list[str]]:
    """The fields of the action whose inputs of this model stand at `path`, and the names of those
    that no form can show.

    `names` are the names that an input chooses from.
    """
    written = inputs if isinstance(inputs, Mapping) else {action.shorthand: inputs}
    known = dict(_inputs(model, ()))
    fields, others = [], []
    for name, kind, choices in ((name, *_kind_of(field)) for name, field in known.items()):
        value = at(written, tuple(name.split(".")))
        if name in names:
            kind, choices = "choice", tuple((one, one) for one in names[name])
        if name == _CANCEL_ON and value in (None, _ANSWERED):
            fields.append(_cancel_field(path, prefix, is_cancelled=value is not None))
            continue
        if name in _IN_LINES:
            written_kind, show, _ = _IN_LINES[name]
            lines = show(value)
            kind, value = (written_kind, lines or None) if lines is not None else (None, value)
        if value is None and name not in _ALWAYS.get(action.name, ()):
            continue
        if kind is None or isinstance(value, dict) or _is_mixed(value):
            others.append(name)
            continue
        if isinstance(value, str) and "\n" not in value and kind == "line" and len(value) > 60:
            kind = "text"
        fields.append(
            FormField(
                name=f"{prefix}.{name}",
                label=LABELS.get(name, name),
                kind=kind,
                value=shown(value),
                edit=_input_setter(path, name, action.shorthand, kind),
                choices=_with_value(choices, shown(value)) if kind == "choice" else (),
            )
        )
    tops = {name.split(".")[0] for name in known}
    return fields, [*others, *(str(name) for name in written if name not in tops)]


def _cancel_field(path: Path, prefix: str, *, is_cancelled: bool) -> FormField:
    """The box of a follow-up that an answer makes unnecessary."""
    at_path = (*path, _CANCEL_ON)

    def edit(text: str, value: str) -> str:
        return put(text, at_path, dict(_ANSWERED)) if value == "1" else without(text, at_path)

    return FormField(
        name=f"{prefix}.{_CANCEL_ON}",
        label=LABELS[_CANCEL_ON],
        kind="check",
        value="1" if is_cancelled else "",
        edit=edit,
    )


def approve_field(action: AnyAction, path: Path, prefix: str, written: Any) -> FormField | None:
    """The box with which a person approves what the action at `path` sends; None where there is
    nothing to approve, or a time for it is written.
    """
    if action.asks or not action.reaches_out or written not in (None, True, False):
        return None
    at_path = (*path, _APPROVE)

    def edit(text: str, value: str) -> str:
        return put(text, at_path, True) if value == "1" else without(text, at_path)

    return FormField(
        name=f"{prefix}.{_APPROVE}",
        label=LABELS[_APPROVE],
        kind="check",
        value="1" if written else "",
        edit=edit,
    )


def _inputs(model: type[Any], before: tuple[str, ...]) -> Iterator[tuple[str, FieldInfo]]:
    """The inputs of a model by name; of a model within it `tags.add`."""
    for name, field in model.model_fields.items():
        inner = _plain_type(field.annotation)
        if not before and isinstance(inner, type) and issubclass(inner, StrictModel):
            yield from _inputs(inner, (*before, name))
        else:
            yield ".".join((*before, name)), field


def _kind_of(field: FieldInfo) -> tuple[Kind | None, tuple[tuple[str, str], ...]]:
    """The field in which a form shows an input; None = it cannot."""
    kind = _plain_type(field.annotation)
    if get_origin(kind) is Literal:
        words = map(str, get_args(kind))
        return "choice", tuple((word, _CHOICES.get(word, word)) for word in words)
    if kind is bool:
        return "check", ()
    if kind in (int, float):
        return "line", ()
    if kind is str:
        return "text", ()
    if get_origin(kind) is tuple and _plain_type(get_args(kind)[0]) is str:
        return "lines", ()
    return None, ()


def _plain_type(annotation: Any) -> Any:
    """A type without an optional `None` and without validators."""
    if get_origin(annotation) is Annotated:
        return _plain_type(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        inner = [one for one in get_args(annotation) if one is not NoneType]
        return _plain_type(inner[0]) if len(inner) == 1 else annotation
    return annotation


def _is_mixed(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)


def _with_value(choices: tuple[tuple[str, str], ...], value: str) -> tuple[tuple[str, str], ...]:
    """The choices, with the written value added where it is none of them, as a template is."""
    return choices if not value or value in dict(choices) else (*choices, (value, value))


def _input_setter(path: Path, name: str, shorthand: str, kind: Kind) -> Edit:
    """Sets one input of an action that may be written in short, as `reply: text`.

    The only input of an action stays with an empty value: without it the action would be gone while
    somebody writes it anew.
    """
    names: Path = tuple(name.split("."))

    def edit(text: str, value: str) -> str:
        current = at(data_of(text), path)
        is_short = current is not None and not isinstance(current, Mapping)
        if is_short and name == shorthand:
            return put(text, path, value)
        if is_short:
            text = put(text, path, {shorthand: current}) if value else text
        is_empty = not value or (kind == "check" and value != "1")
        if is_empty and is_short:
            return text
        if is_empty and not _is_only(current, names):
            return without(text, (*path, *names))
        return put(
            text,
            (*path, *names),
            _IN_LINES[name][2](value) if name in _IN_LINES else typed(kind, value),
        )

    return edit


def _is_only(inputs: Any, names: Path) -> bool:
    """Whether an action has this input and no other."""
    while names and isinstance(inputs, Mapping) and set(inputs) == {names[0]}:
        inputs, names = inputs[names[0]], names[1:]
    return not names
