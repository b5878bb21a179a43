"""The forms of a rule's actions: each with its fields, and with the actions that follow later."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from automator.files import Path
from automator.model import record
from automator.plugins import AnyAction
from automator.rules.editing.fields import FormField, Root, fields_of, shown
from automator.rules.schema.rule_file import StepSource

#: In forms, an action with this name means a follow-up after the first one of a sequence.
NEXT = "next"
_ACTIONS = "actions"
_DEEPEST = 3
#: Inputs that these actions rarely have, although other actions with the same inputs often do.
_RARE = {"reply": ("quick_replies", "buttons")}
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
    #: The names of the receivers of notices.
    receivers: Sequence[str] = ()


@record(kw_only=False)
class ActionForm:
    """One action of a rule, with the actions inside it."""

    action: str
    path: Path
    fields: Sequence[FormField]
    #: The parts that can only be changed in the text.
    others: Sequence[str]
    inner: "Sequence[ActionForm]" = ()
    #: The place whose `actions` are the inner steps; () if there are no inner steps.
    holds: Path = ()
    #: The follow-ups of a sequence after this one, in order.
    later: "Sequence[ActionForm]" = ()
    #: The place of the list of these; () if nothing can follow.
    follows: Path = ()

    @property
    def key(self) -> str:
        """The name of its place in the buttons of the form."""
        return key_of(self.path[2:])


def key_of(path: Path) -> str:
    """The numbers of a path; numbers in a sequence begin with n, to differ from other numbers."""
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
    """The surroundings of an action: what can be chosen, and how deep it is nested."""

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
        """The forms of the parts after a follow-up."""
        found = []
        for index, item in enumerate(items if isinstance(items, list) else []):
            path: Path = (*place, NEXT, index)
            is_read = isinstance(item, dict)
            found.append(
                self.form(NEXT, path, path, item, action) if is_read else _unknown(NEXT, path, item)
            )
        return found
