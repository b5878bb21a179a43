"""The forms of actions: the fields of each, and the forms of the actions inside it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from automator.files import Path
from automator.files.editing import put, remove, renamed
from automator.model import N_, record
from automator.model.messaging_policy import Asking
from automator.plugins import AnyAction
from automator.rules.editing.condition_groups import ConditionList, StepPlace, condition_list
from automator.rules.editing.edits import data_of
from automator.rules.editing.expressions import parts_of
from automator.rules.editing.fields import (
    Edit,
    FormField,
    Root,
    at,
    fields_of,
    put_changes,
    setter,
    shown,
    without,
)
from automator.rules.schema.rule_file import StepSource, UseSource
from automator.rules.templates.inputs import texts_in

#: The name, in forms, of a follow-up after the first one of a sequence.
NEXT = "next"
_ACTIONS = "actions"
_USE = "use"
_ONE_OF = "one_of"
#: The labels of the texts of a question that the platform shows.
_OF_TEMPLATE: Mapping[str | int, str] = {
    "title": N_("Title"),
    "subtitle": N_("Text"),
    "image_url": N_("Address of the picture"),
    "payload": N_("Name by which the answer is known"),
}
_IN_TURN = N_("Each time it sends one of these texts, never the same twice in a row.")
_DEEPEST = 3
#: Inputs to show only on demand for an action, although other actions often have them.
_RARE = {"reply": ("quick_replies", "buttons")}
#: How many characters of a part are shown as plain text, if the form has no fields for it.
_LONGEST = 200


@record(kw_only=False)
class Choices:
    """The names that a form can offer in this installation."""

    actions: Mapping[str, AnyAction]
    #: The types of events of each connection.
    events: Mapping[str, Collection[str]]
    #: The kinds of messages that each connection can send.
    can_send: Mapping[str, Collection[str]]
    zone: str
    #: The samples of each connection, with a sentence about each.
    samples: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: The connections that can send messages to people.
    speaking: Sequence[str] = ()
    #: The names of the receivers of notices.
    receivers: Sequence[str] = ()
    #: The names of time intervals, and of targets.
    intervals: Sequence[str] = ()
    targets: Sequence[str] = ()
    #: The names of the shop's own texts that a rule of this file can answer from.
    texts: Sequence[str] = ()
    #: The types of events that the rule listens to.
    heard: Collection[str] = ()
    #: The names of the events that rules raise, and the ids of the rules with follow-ups.
    raised: Collection[str] = ()
    following: Collection[str] = ()
    #: The questions that the platform of each connection shows itself, by their `template_type`.
    asking: Mapping[str, Mapping[str, Asking]] = field(default_factory=dict)

    def questions(self, connections: Collection[str] = ()) -> Mapping[str, Asking]:
        """The questions that the platforms of these connections, or of all, show themselves."""
        found = [self.asking.get(name, {}) for name in connections or self.asking]
        return {kind: asking for each in found for kind, asking in each.items()}

    def named(self, action: str) -> Mapping[str, Sequence[str]]:
        """The names to choose from for the inputs of an action."""
        named: Mapping[str, Mapping[str, Sequence[str]]] = {
            "answer": {"texts": self.texts},
            "cancel_follow_ups": {"rule": sorted(self.following)},
            "follow_up": {"active": self.intervals},
            "forward": {"to": self.targets},
            "message": {"via": self.speaking},
            "notify": {"to": self.receivers},
        }
        return named.get(action, {})


@record(kw_only=False)
class ActionForm:
    """One action of a rule, with the actions inside it."""

    action: str
    path: Path
    fields: Sequence[FormField]
    #: The parts that people can change only in the text of the file.
    others: Sequence[str]
    inner: "Sequence[ActionForm]" = ()
    #: The path whose `actions` are the inner actions; () if there can be none.
    holds: Path = ()
    #: The follow-ups of a sequence after this one, in order.
    later: "Sequence[ActionForm]" = ()
    #: The path of the list `next`; () if no follow-up can come after it.
    follows: Path = ()
    #: The question that the platform shows itself.
    asking: Asking | None = None
    #: The conditions of its `if`; None if there is none, or nothing that a form can show.
    condition: ConditionList | None = None

    @property
    def all_fields(self) -> list[FormField]:
        """The fields of its conditions, and then its own."""
        return [*(self.condition.all_fields("") if self.condition else ()), *self.fields]

    def of_section(self, section: str) -> list[FormField]:
        """The fields of a part of the step."""
        return [one for one in self.fields if one.section == section]

    @property
    def key(self) -> str:
        """The text by which buttons of the form name this action: its place in the rule."""
        return key_of(self.path[2:])


def key_of(path: Path) -> str:
    """The indexes in a path as a text; an index in `next` begins with n, to differ from others."""
    return "-".join(
        f"n{part}" if before == NEXT else str(part)
        for before, part in zip(("", *path), path, strict=False)
        if isinstance(part, int)
    )


def steps_in(forms: Sequence[ActionForm]) -> Iterator[tuple[int, ActionForm]]:
    """Every action in the order of the page, each with the number of actions in its list."""
    for action in forms:
        yield len(forms), action
        yield from steps_in(action.inner)
        yield from steps_in(action.later)


def step_forms(place: Path, items: Any, choices: Choices, depth: int = 0) -> list[ActionForm]:
    """The forms of the `actions` at a path."""
    found = []
    for index, item in enumerate(items if isinstance(items, list) else []):
        path: Path = (*place, _ACTIONS, index)
        name = (
            next((key for key in item if key in choices.actions), "")
            if isinstance(item, dict)
            else ""
        )
        if isinstance(item, dict) and _USE in item:
            root = Root(path=path, prefix=f"u{key_of(path)}", stays=True)
            found.append(ActionForm(_USE, path, [*fields_of(UseSource, root, item)], []))
            continue
        if not name or depth > _DEEPEST:
            found.append(_unknown(name, path, item))
            continue
        action = choices.actions[name]
        form = _Inside(choices, depth).form(name, path, (*path, name), item[name], action)
        is_approved = action.reaches_out and not action.asks
        own = {name} if is_approved or "approve" in item else {name, "approve"}
        condition = item.get("if") or ""
        if isinstance(condition, str):
            own.add("if")
        root = Root(path=path, prefix=f"s{key_of(path)}", skipped=own)
        beside = list(fields_of(StepSource, root, item))
        if action.asks:
            # Later actions have the answer by this name.
            said = N_("Name of the answer, for later texts")
            beside[0] = replace(beside[0], label=said, is_more=False)
        if action.drafts and isinstance(item.get("approve", True), bool):
            beside = list(_with_usual_approval(beside, root, item))
        shown_if = (
            condition_list(
                StepPlace(path, begin=root.prefix),
                parts_of(condition) if condition else [],
                events=choices.heard,
                zone=choices.zone,
            )
            if isinstance(condition, str)
            else None
        )
        found.append(replace(form, fields=[*form.fields, *beside], condition=shown_if))
    return found


def _with_usual_approval(
    fields: Iterable[FormField], root: Root, item: Mapping[str, Any]
) -> Iterator[FormField]:
    """The fields of a step that a person approves unless it says otherwise: the box is ticked."""
    name, path = f"{root.prefix}.approve", (*root.path, "approve")
    said = item.get("approve", True)

    def edit(text: str, value: str) -> str:
        return without(text, path) if value else put(text, path, False)

    for one in fields:
        if one.name == name:
            yield replace(one, kind="check", value=shown(said), edit=edit, unit="", hint="")
        elif one.name != f"{name}.*":
            yield one


def _with_template(fields: Iterable[FormField], root: Root, inputs: Any) -> Iterator[FormField]:
    """The fields of a question that the platform shows: its texts, and where it goes."""
    for one in fields:
        if one.name.endswith((".to", ".via")):
            yield one
        elif one.name == f"{root.prefix}.template":
            for path, value in texts_in(inputs["template"], ()):
                if path[-1] != "template_type":
                    name = ".".join(map(str, (one.name, *path)))
                    label = _OF_TEMPLATE.get(path[-1], str(path[-1]))
                    edit = setter((*root.path, "template", *path))
                    yield FormField(name, label, "line", value, edit, is_set=True)


def _with_variants(fields: Iterable[FormField], root: Root, inputs: Any) -> Iterator[FormField]:
    """The fields of an action; one for each of the texts that it chooses from, and for one more."""
    texts = _texts_in(inputs)
    if texts is None or root.short != "text":
        yield from fields
        return
    for one in fields:
        name = one.name.removeprefix(f"{root.prefix}.")
        if name == "text" and len(texts) > 1:
            yield replace(one, value=texts[0], edit=_variant_setter(root.path, 0), is_set=True)
        elif name != _ONE_OF:
            yield one
        else:
            plain = replace(one, kind="text", unit="", is_template=True, is_more=len(texts) < 2)
            for number, text in enumerate([*texts[1:], ""] if texts else [""], 1):
                yield replace(
                    plain,
                    name=one.name if number == 1 else f"{one.name}{number}",
                    value=text,
                    edit=_variant_setter(root.path, number),
                    hint="" if text else _IN_TURN,
                )


def _texts_in(inputs: Any) -> list[str] | None:
    """The texts that an action chooses from, or its only one; None for anything else."""
    texts, text = at(inputs, (_ONE_OF,)), inputs
    if isinstance(inputs, Mapping):
        text = inputs.get("text", "")
    found = [text] if texts is None else texts if isinstance(texts, list) and not text else None
    is_shown = found and all(isinstance(one, str) and one == one.strip() for one in found)
    return [one for one in found if one] if found and is_shown else None


def _variant_setter(place: Path, number: int) -> Edit:
    """The edit that writes one of the texts to choose from: a single one is the `text`."""

    def edit(text: str, value: str) -> str:
        inputs, path = at(data_of(text), place), (*place, _ONE_OF)
        texts = _texts_in(inputs) or []
        changed = [*texts[:number], *([value] if value else []), *texts[number + 1 :]]
        if isinstance(inputs, str) and len(changed) < 2:
            return put(text, place, value)
        if isinstance(inputs, str):
            text = put(text, place, {"text": inputs})
        if len(texts) > 1:
            if len(changed) > 1:
                return put(text, (*path, number), value) if value else remove(text, (*path, number))
            return put(renamed(text, path, "text"), (*place, "text"), changed[0])
        if len(changed) > 1:
            return put_changes(renamed(text, (*place, "text"), _ONE_OF), path, changed)
        return (
            put(text, (*place, "text"), changed[0]) if changed else without(text, (*place, "text"))
        )

    return edit


def _unknown(name: str, path: Path, item: Any) -> ActionForm:
    return ActionForm(name or "?", path, [], [shown(item)[:_LONGEST]])


@record(kw_only=False)
class _Inside:
    """The data for the form of an action: the choices, and how deep the action is nested."""

    choices: Choices
    depth: int

    def form(
        self,
        name: str,
        path: Path,
        place: Path,
        inputs: Any,
        action: AnyAction,
    ) -> ActionForm:
        """The form of the action at `path` whose inputs are at `place`."""
        following = action.following_model
        model = following if name == NEXT and following else action.inputs_model
        given = inputs if isinstance(inputs, Mapping) else {}
        kind = at(inputs, ("template", "template_type"))
        asking = self.choices.questions().get(str(kind)) if name == "message" else None
        made = _with_template if asking else _with_variants
        nested = [key for key in (_ACTIONS, NEXT) if isinstance(given.get(key) or [], list)]
        root = Root(
            path=place,
            prefix=f"a{key_of(path)}",
            short=action.shorthand,
            stays=True,
            names=self.choices.named(name),
            skipped=nested,
            rare=_RARE.get(name, ()),
        )
        return ActionForm(
            name,
            path,
            list(made(fields_of(model, root, inputs), root, inputs)),
            [],
            step_forms(place, given.get(_ACTIONS), self.choices, self.depth + 1),
            place if _ACTIONS in model.model_fields else (),
            self._later(place, given.get(NEXT), action) if name != NEXT else [],
            (*place, NEXT) if following and name != NEXT else (),
            asking,
        )

    def _later(self, place: Path, items: Any, action: AnyAction) -> list[ActionForm]:
        """The forms of the later follow-ups of a sequence."""
        found = []
        for index, item in enumerate(items if isinstance(items, list) else []):
            path: Path = (*place, NEXT, index)
            is_read = isinstance(item, dict)
            found.append(
                self.form(NEXT, path, path, item, action) if is_read else _unknown(NEXT, path, item)
            )
        return found
