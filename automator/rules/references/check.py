"""Finds names that the steps of a rule read but that do not exist: misspelt values, or steps that
run later.

In a template such a name fails the step while a customer waits for the answer; in an expression it
is null, and the step is skipped or sends too little.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from automator.conditions import Finding
from automator.files import suggest
from automator.model import Reason, Severity, Step, record
from automator.model.rules.step import every_step
from automator.plugins import AnyAction
from automator.reasons.problems import references
from automator.reasons.problems.phrases import word_values
from automator.rules.references.outputs import outputs_of, set_by, texts_in
from automator.rules.templates.inputs import compile_text, is_address
from automator.rules.templates.template import is_template

#: The fields that every contact and every connection has.
_CONTACT = (
    "id", "name", "state", "tags", "first_seen", "last_inbound_at", "opted_out", "opted_out_at",
    "opted_out_by", "blocked", "blocked_at", "blocked_by", "human_reply_at", "window_opened_at",
)  # fmt: skip
_FIELDS = {"contact": _CONTACT, "connection": ("name", "provider")}
_STEP_FIELDS = ("status", "output")

Path = tuple[Any, ...]
Names = tuple[str, ...]
#: Returns the paths that a JMESPath text reads; none if the text is wrong.
PathsRead = Callable[[str], Iterator[Names]]


@record(kw_only=False)
class Misreference:
    """A name that does not exist: the path of its text in the file, and the place in that text."""

    path: Path
    finding: Finding
    severity: Severity


@dataclass(slots=True, kw_only=True)
class ReferenceCheck:
    """Checks the steps of one rule."""

    actions: Mapping[str, AnyAction]
    paths_read: PathsRead
    #: Why no event of the trigger has a path, or None.
    of_event: Callable[[str], Reason | None]
    #: The `vars` of the file and of automator.yaml; None if they are not known.
    vars: Collection[str] | None

    def check(
        self, steps: Sequence[Step], on_error: Sequence[Step], path: Path, items: Mapping[str, Any]
    ) -> Iterator[Misreference]:
        """Every wrong reference in the steps of a rule; `items` is the rule as its file
        writes it.
        """
        every = {step.id: step for step in every_step((*steps, *on_error))}
        begun = _Seen(every, {}, set(self.vars or ()))
        yield from self._walk(steps, (*path, "actions"), items.get("actions"), begun)
        # Any of the rule's own steps may have been done before it failed.
        ended = _Seen(every, {step.id: step for step in steps}, set(self.vars or ()))
        ended.vars.update(name for step in every_step(steps) for name in set_by(step))
        yield from self._walk(on_error, (*path, "on_error"), items.get("on_error"), ended)

    def in_condition(self, names: Names) -> tuple[Reason, int] | None:
        """The mistake in a path that a condition reads, and the number of names that show it.

        Events are checked with the conditions; no step has been done yet.
        """
        if names[0] == "steps":
            return references.reference_no_steps_yet(), 1
        return (
            None if names[0] == "event" else self._wrong(names, _Seen({}, {}, set(self.vars or ())))
        )

    def _walk(
        self, steps: Sequence[Step], path: Path, items: Any, seen: "_Seen"
    ) -> Iterator[Misreference]:
        if not isinstance(items, list) or len(items) != len(steps):
            # A step with a problem was left out, so the steps cannot be matched with their places.
            return
        for index, (step, item) in enumerate(zip(steps, items, strict=True)):
            here = (*path, index, step.action)
            if step.condition:
                yield from self._expression((*path, index, "if"), step.condition, seen)
            yield from self._inputs(here, step, item.get(step.action), seen)
            if step.steps:
                yield from self._later(step, here, here, item.get(step.action), seen.copy())
            seen.add(step)

    def _later(
        self, step: Step, first: Path, here: Path, written: Any, seen: "_Seen"
    ) -> Iterator[Misreference]:
        """Checks the steps inside a follow-up, and the follow-ups after it in its sequence.

        `first` is the place of the first follow-up of the sequence, `written` its text as data.
        """
        yield from self._walk(step.own_steps, (*here, "actions"), step.inputs.get("actions"), seen)
        following = step.following
        if following is None or following.part is None or not isinstance(written, Mapping):
            return
        place = (*first, "next", following.part[0] - 2)
        own = {**following.inputs}
        for name in ("timezone", "active", "key"):
            own.pop(name, None)
        yield from self._inputs(place, replace(following, inputs=own), own, seen)
        yield from self._later(following, first, place, written, seen)

    def _inputs(
        self, path: Path, step: Step, written: Any, seen: "_Seen"
    ) -> Iterator[Misreference]:
        action = self.actions[step.action]
        for name, value in step.inputs.items():
            if name in action.literal_inputs:
                continue
            start = (*path, name) if isinstance(written, Mapping) else path
            for place, text in texts_in(value, start):
                if is_template(text):
                    is_url = is_address(action, name, place[-1], text)
                    yield from self._template(place, text, seen, is_url=is_url)
                elif step.action == "set":
                    yield from self._expression(place, text, seen)

    def _template(
        self, path: Path, text: str, seen: "_Seen", *, is_url: bool
    ) -> Iterator[Misreference]:
        template, _ = compile_text(text, is_url=is_url)
        for names in template.reads if template is not None else ():
            yield from self._look(path, text, names, seen, Severity.ERROR)

    def _expression(self, path: Path, text: str, seen: "_Seen") -> Iterator[Misreference]:
        for names in self.paths_read(text):
            yield from self._look(path, text, names, seen, Severity.WARNING)

    def _look(
        self, path: Path, text: str, names: Names, seen: "_Seen", severity: Severity
    ) -> Iterator[Misreference]:
        found = self._wrong(names, seen)
        if found is None:
            return
        reason, depth = found
        if names[0] == "event":
            severity = Severity.WARNING
        yield Misreference(path, _under(text, names[:depth], reason), severity)

    def _wrong(self, names: Names, seen: "_Seen") -> tuple[Reason, int] | None:
        """The problem with a path, and how many of its names show the problem."""
        root, is_path = names[0], len(names) > 1
        if root == "event" and is_path:
            reason = self.of_event(".".join(names))
            return None if reason is None else (reason, len(names))
        if root == "steps" and is_path:
            return _wrong_step(names, seen)
        if root == "now" and is_path:
            return references.reference_no_part_of_time(name=names[1]), 2
        if root == "vars" and self.vars is not None:
            return _unknown(names, 2, seen.vars, references.reference_unknown_value)
        fields = _FIELDS.get(root)
        return (
            None
            if fields is None
            else _unknown(names, 2, fields, references.reference_unknown_field)
        )


@dataclass(slots=True)
class _Seen:
    """The values that a step can read: earlier steps, and the values that they have set."""

    #: Every step of the rule by its id.
    every: Mapping[str, Step]
    before: dict[str, Step]
    vars: set[str]

    def copy(self) -> "_Seen":
        return _Seen(self.every, dict(self.before), set(self.vars))

    def add(self, step: Step) -> None:
        self.before[step.id] = step
        self.vars.update(set_by(step))


def _wrong_step(names: Names, seen: _Seen) -> tuple[Reason, int] | None:
    step = seen.before.get(names[1])
    if step is None:
        if names[1] in seen.every:
            return references.reference_step_not_done(step=names[1]), 2
        return _unknown(names, 2, seen.before, references.reference_unknown_step)
    known = outputs_of(step)
    if len(names) > 2 and names[2] not in _STEP_FIELDS and names[2] in (known or ()):
        # `steps.phone.value`, if `value` is in the output.
        path = ".".join(names[:3])
        meant = [f"steps.{names[1]}.output.{names[2]}"]
        suggestion = suggest(path, meant, word_values)
        return references.reference_unknown_field(path=path, suggestion=suggestion), 3
    wrong = _unknown(names, 3, _STEP_FIELDS, references.reference_unknown_field)
    if wrong is not None or len(names) < 4 or names[2] != "output":
        return wrong
    return None if known is None else _unknown(names, 4, known, references.reference_unknown_output)


def _unknown(
    names: Names, depth: int, known: Collection[str], kind: Any
) -> tuple[Reason, int] | None:
    """The problem with a path whose name at `depth` is not among the known names."""
    if len(names) < depth or names[depth - 1] in known:
        return None
    before = ".".join(names[: depth - 1])
    paths = [f"{before}.{name}" for name in known]
    path = f"{before}.{names[depth - 1]}"
    reason = kind(path=path, suggestion=suggest(path, paths, word_values))
    return reason, depth


def _under(text: str, names: Names, reason: Reason) -> Finding:
    """A finding that underlines a path in its text, or the whole text if it is
    written differently.
    """
    pattern = r"\s*\.\s*".join(map(re.escape, names))
    found = re.search(rf"(?<![\w.]){pattern}(?!\w)", text)
    # It may also be written as vars['name'].
    found = found or re.search(rf"(?<=['\"]){re.escape(names[-1])}(?=['\"])", text)
    if found is None:
        return Finding(0, max(1, len(text)), reason)
    return Finding(found.start(), len(found[0]), reason)
