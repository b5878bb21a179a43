"""The forms of a rule's actions: each with its fields, and with the actions that follow later."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from automator.files import Path
from automator.files.editing.tree import Node, read_tree
from automator.model import record
from automator.plugins import AnyAction
from automator.rules.editing.action_fields import action_fields, approve_field
from automator.rules.editing.fields import FormField, shown
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
