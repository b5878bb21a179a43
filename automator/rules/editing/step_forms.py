"""The forms of actions: the fields of each, and the forms of the actions inside it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from automator.files import Path
from automator.model import record
from automator.plugins import AnyAction
from automator.rules.editing.fields import FormField, Root, fields_of, shown
from automator.rules.schema.rule_file import StepSource, UseSource

#: The name, in forms, of a follow-up after the first one of a sequence.
NEXT = "next"
_ACTIONS = "actions"
_USE = "use"
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
    #: The connections that can send messages to people.
    speaking: Sequence[str] = ()
    #: The names of the receivers of notices.
    receivers: Sequence[str] = ()
    #: The names of time intervals.
    intervals: Sequence[str] = ()


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
        root = Root(path=path, prefix=f"s{key_of(path)}", skipped=own)
        found.append(replace(form, fields=[*form.fields, *fields_of(StepSource, root, item)]))
    return found


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
        nested = [key for key in (_ACTIONS, NEXT) if isinstance(given.get(key) or [], list)]
        root = Root(
            path=place,
            prefix=f"a{key_of(path)}",
            short=action.shorthand,
            stays=True,
            names={
                "notify": {"to": self.choices.receivers},
                "message": {"via": self.choices.speaking},
                "follow_up": {"active": self.choices.intervals},
            }.get(name, {}),
            skipped=nested,
            rare=_RARE.get(name, ()),
        )
        return ActionForm(
            name,
            path,
            list(fields_of(model, root, inputs)),
            [],
            step_forms(place, given.get(_ACTIONS), self.choices, self.depth + 1),
            place if _ACTIONS in model.model_fields else (),
            self._later(place, given.get(NEXT), action) if name != NEXT else [],
            (*place, NEXT) if following and name != NEXT else (),
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
