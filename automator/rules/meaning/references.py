"""References: names in the steps of a rule that do not exist, such as misspelt values and later
steps; and values that an earlier step never leaves, or does not always leave.

In a template, such a name fails the step while a person waits for an answer. In an expression it is
null, so that the step is skipped or sends too little.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from automator.conditions import Finding, fold
from automator.files import did_you_mean, suggest
from automator.model import N_, AttemptStatus, Reason, Severity, Step, record
from automator.model.rule import every_step
from automator.plugins import AnyAction
from automator.reasons.problems import references
from automator.reasons.problems.phrases import word_known_words, word_nearest_word, word_values
from automator.rules.meaning.event_paths import paths_of_expression
from automator.rules.mending.fixes import for_underlined, mistake
from automator.rules.templates.inputs import compile_text, is_address, texts_in
from automator.rules.templates.template import is_template

# --- What earlier steps leave ---

_ASK = (
    "trigger: {event: message.received, connection: demo-page}\n"
    "actions:\n  - {id: size, ask: {text: Size?, choices: [S, M]}%s}\n  - "
)
_LOOK = "actions:\n  - {id: look, request: {url: 'https://a.example/'}%s}\n  - "


@mistake(
    "never-holds",
    N_("{path} is never '{value}'"),
    N_("{suggestion}"),
    bad=_ASK % "" + "{log: Hi, if: steps.size.output.value == 'XXL'}",
    good=_ASK % "" + "{log: Hi, if: steps.size.output.value == 'S'}",
)
def reference_never_this_value(*, path: str, value: str, suggestion: Reason) -> None: ...
@mistake(
    "never-holds",
    N_("{path} is no text, and '{value}' is one"),
    N_("write a number without quotes: in backticks in an expression, bare in a template."),
    bad=_LOOK % "" + "{log: Hi, if: steps.look.output.status == '200'}",
    good=_LOOK % "" + "{log: Hi, if: steps.look.output.status == `200`}",
)
def reference_value_is_no_text(*, path: str, value: str) -> None: ...
@mistake(
    "never-holds",
    N_("{path} is never a text: it has the values of the answer"),
    N_("write {better}."),
    bad=_ASK % "" + "{log: Hi, if: steps.size.output == 'S'}",
    fix=for_underlined,
)
def reference_is_object(*, path: str, better: str) -> None: ...
@mistake(
    "unsure-value",
    N_("{path} is missing if '{step}' fails: the rule goes on, and this step fails too"),
    N_("write if: steps.{step}.status == 'ok' beside this step, or {path} | default('…')."),
    bad=_LOOK % ", continue_on_error: true" + "log: '{{ steps.look.output.body }}'",
    good=_LOOK % ", continue_on_error: true"
    + "{log: '{{ steps.look.output.body }}', if: steps.look.status == 'ok'}",
)
def reference_after_failure(*, path: str, step: str) -> None: ...
@mistake(
    "unsure-value",
    N_("{path} is missing if the 'if' of '{step}' does not hold, and this step fails then"),
    N_("write if: steps.{step}.status == 'ok' beside this step, or {path} | default('…')."),
    bad=_LOOK % ", if: event.text" + "log: '{{ steps.look.output.body }}'",
    good=_LOOK % ", if: event.text" + "log: \"{{ steps.look.output.body | default('') }}\"",
)
def reference_after_skip(*, path: str, step: str) -> None: ...
@mistake(
    "unsure-value",
    N_("{path} is empty without a good answer to '{step}', and the rule goes on then as well"),
    N_("write if: steps.{step}.output.status == 'answered' beside this step."),
    bad=_ASK % ", continue_on_error: true" + "log: '{{ steps.size.output.value }}'",
    good=_ASK % ", continue_on_error: true"
    + "{log: '{{ steps.size.output.value }}', if: steps.size.output.status == 'answered'}",
)
def reference_without_answer(*, path: str, step: str) -> None: ...


#: A comparison of a step's value with literal texts or a number, within a template.
_COMPARED = re.compile(
    r"(?P<call>one_of\(\s*)?(?P<path>steps\.(?P<step>\w+)\.(?:output\.)?(?P<name>\w+))"
    r"\s*(?:(?(call),|(?:[!=]=|\bin\b)))\s*"
    r"(?P<value>'[^']*'|\"[^\"]*\"|`[^`]*`|[0-9]+\b|\[[^\]]*\])"
)
_LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"|`?([\w.]+)`?")
#: The statuses of an ended step that later steps can see.
_STATUSES = (AttemptStatus.OK, AttemptStatus.SKIPPED, AttemptStatus.FAILED)
#: The status, or the outcome of a question, for other words that people write.
_CALLED = {
    word: status
    for status, words in {
        "answered": "ok done success succeeded successful sent finished completed true 200",
        "expired": "timeout timed_out no_answer failed",
        "refused": "wrong invalid rejected",
    }.items()
    for word in words.split()
}
_FAILED = frozenset({"error", "failure", "fail", "false", "refused", "500", "timeout"})


# --- Names ---

#: The fields that every contact and every connection has.
_CONTACT = (
    "id", "name", "state", "tags", "first_seen", "last_inbound_at", "opted_out", "opted_out_at",
    "opted_out_by", "blocked", "blocked_at", "blocked_by", "human_reply_at", "window_opened_at",
)  # fmt: skip
_FIELDS = {"contact": _CONTACT, "connection": ("name", "provider")}
_STEP_FIELDS = ("status", "output")

Path = tuple[Any, ...]
Names = tuple[str, ...]


@record(kw_only=False)
class Misreference:
    """A wrong reference: the path of the text in the file, and the finding in the text."""

    path: Path
    finding: Finding
    severity: Severity


@dataclass(slots=True, kw_only=True)
class ReferenceCheck:
    """Checks the references in the steps of one rule."""

    actions: Mapping[str, AnyAction]
    #: Returns the reason why no event of the trigger has a path; None if one may have it.
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
        # Before `on_error` runs, any of the rule's steps may have been done.
        ended = _Seen(every, {step.id: step for step in steps}, set(self.vars or ()))
        ended.vars.update(name for step in every_step(steps) for name in _set_by(step))
        yield from self._walk(on_error, (*path, "on_error"), items.get("on_error"), ended)

    def in_condition(self, names: Names) -> tuple[Reason, int] | None:
        """The mistake in a path of a condition, and how many names to underline; or None.

        Paths of events are checked elsewhere. No step is done before the conditions.
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
            # A step with a problem was left out, so the steps do not correspond to the items.
            return
        for index, (step, item) in enumerate(zip(steps, items, strict=True)):
            here = (*path, index, step.action)
            if step.condition:
                yield from self._expression((*path, index, "if"), step.condition, seen)
            inner = seen.given(step.condition)
            yield from self._inputs(here, step, item.get(step.action), inner)
            if step.steps:
                yield from self._later(step, here, here, item.get(step.action), inner)
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
            reason = _unsure(names, text, seen) if names[0] == "steps" else None
            if reason is not None:
                yield Misreference(path, _under(text, names, reason), Severity.WARNING)
        yield from self._values(path, text, seen)

    def _expression(self, path: Path, text: str, seen: "_Seen") -> Iterator[Misreference]:
        for names in paths_of_expression(text):
            yield from self._look(path, text, names, seen, Severity.WARNING)
        yield from self._values(path, text, seen)

    def _values(self, path: Path, text: str, seen: "_Seen") -> Iterator[Misreference]:
        """Finds `steps.size.output.value == 'XXL'` where no such choice is offered."""
        for found in _COMPARED.finditer(text) if "steps." in text else ():
            step = seen.before.get(found["step"])
            if step is None:
                continue
            known: Sequence[str] | None = _STATUSES
            if found["name"] == "output" and "value" in (self._outputs(step) or ()):
                kind = reference_is_object(path=found["path"], better=f"{found['path']}.value")
                wrong = Finding(found.start("path"), len(found["path"]), kind)
                yield Misreference(path, wrong, Severity.WARNING)
                continue
            if found["path"].count(".") > 2:
                known = (self._outputs(step) or {}).get(found["name"])
            elif found["name"] != "status":
                continue
            for literal in _LITERAL.finditer(found["value"]):
                value = literal[1] or literal[2] or literal[3] or ""
                reason = _never(found["path"], value, known, is_text=literal[3] is None)
                if reason is not None:
                    at = found.start("value") + literal.start()
                    yield Misreference(path, Finding(at, len(literal[0]), reason), Severity.WARNING)

    def _outputs(self, step: Step) -> Mapping[str, Sequence[str] | None] | None:
        return self.actions[step.action].outputs(step.inputs)

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
        """The problem with a path, and how many of its names to underline; or None."""
        root, is_path = names[0], len(names) > 1
        if root == "event" and is_path:
            reason = self.of_event(".".join(names))
            return None if reason is None else (reason, len(names))
        if root == "steps" and is_path:
            return self._wrong_step(names, seen)
        if root == "now" and is_path:
            return references.reference_no_part_of_time(name=names[1]), 2
        if root == "vars" and self.vars is not None:
            return _unknown(names, 2, seen.vars, references.reference_unknown_value)
        fields = _FIELDS.get(root, names[1:2])
        return _unknown(names, 2, fields, references.reference_unknown_field)

    def _wrong_step(self, names: Names, seen: "_Seen") -> tuple[Reason, int] | None:
        step = seen.before.get(names[1])
        if step is None:
            if names[1] in seen.every:
                return references.reference_step_not_done(step=names[1]), 2
            return _unknown(names, 2, seen.before, references.reference_unknown_step)
        known = self._outputs(step)
        if len(names) > 2 and names[2] not in _STEP_FIELDS and names[2] in (known or ()):
            # `steps.phone.value`, if `value` is in the output.
            path = ".".join(names[:3])
            meant = [f"steps.{names[1]}.output.{names[2]}"]
            suggestion = suggest(path, meant, word_values)
            return references.reference_unknown_field(path=path, suggestion=suggestion), 3
        wrong = _unknown(names, 3, _STEP_FIELDS, references.reference_unknown_field)
        if wrong is not None or known is None or names[2:3] != ("output",):
            return wrong
        return _unknown(names, 4, known, references.reference_unknown_output)


@dataclass(slots=True)
class _Seen:
    """Everything that a step can read: earlier steps, and `vars` with the values that they set."""

    #: Every step of the rule by its id.
    every: Mapping[str, Step]
    before: dict[str, Step]
    vars: set[str]
    #: The `if` of the step itself, and of each follow-up around it.
    conditions: tuple[str, ...] = ()

    def given(self, condition: str) -> "_Seen":
        """The same with one more condition, for a step with an `if` and for the steps inside it."""
        conditions = (*self.conditions, condition) if condition else self.conditions
        return _Seen(self.every, dict(self.before), set(self.vars), conditions)

    def add(self, step: Step) -> None:
        self.before[step.id] = step
        self.vars.update(_set_by(step))


def _set_by(step: Step) -> Collection[str]:
    """The names that a step adds to `vars`."""
    return list(step.inputs) if step.action == "set" else ()


def _unsure(names: Names, text: str, seen: _Seen) -> Reason | None:
    """The reason why an output may be missing, unless a condition around it checks for it."""
    step = seen.before.get(names[1]) if names[2:3] == ("output",) and names[3:] else None
    if step is None:
        return None
    is_asked = re.compile(rf"\bsteps\.{re.escape(names[1])}\b").search
    if any(map(is_asked, seen.conditions)):
        return None
    # An `if` in the template may check for the output.
    if any(map(is_asked, re.findall(r"\{%.*?%\}|\{\{[^}]*? if .*?\}\}", text, re.DOTALL))):
        return None
    path = ".".join(names)
    if step.continue_on_error:
        kind = reference_without_answer if step.asks else reference_after_failure
        # The other outputs of a question always exist.
        return None if step.asks and names[3:4] != ("value",) else kind(path=path, step=step.id)
    if step.condition and not step.asks and not seen.conditions:
        return reference_after_skip(path=path, step=step.id)
    return None


def _never(path: str, value: str, known: Sequence[str] | None, *, is_text: bool) -> Reason | None:
    """The reason why a value of a step never equals this literal; None if it may."""
    if known is None or value in known or value == "null":
        return None
    if not known:
        return reference_value_is_no_text(path=path, value=value) if is_text else None
    listed, called = list(map(str, known)), _CALLED.get(value.lower(), "")
    if AttemptStatus.OK in known:
        called = "ok" if called == "answered" else "failed" if value.lower() in _FAILED else ""
    alike = (one for one in listed if one == called or fold(one) == fold(value))
    nearest = next(alike, None) if is_text else None
    others = word_known_words(many=word_values(), known=listed)
    suggestion = word_nearest_word(nearest=nearest, others=others) if nearest else others
    return reference_never_this_value(path=path, value=value, suggestion=suggestion)


def _unknown(
    names: Names, depth: int, known: Collection[str], kind: Any
) -> tuple[Reason, int] | None:
    """The problem with a path whose name at `depth` is unknown; None if it is known."""
    if len(names) < depth or names[depth - 1] in known:
        return None
    before, name = ".".join(names[: depth - 1]), names[depth - 1]
    nearest = did_you_mean(name, known)
    # Only the last name is compared: the names before it would make every path similar.
    suggestion = suggest("", [f"{before}.{one}" for one in known], word_values)
    if nearest is not None:
        suggestion = word_nearest_word(nearest=f"{before}.{nearest}", others=suggestion)
    return kind(path=f"{before}.{name}", suggestion=suggestion), depth


def _under(text: str, names: Names, reason: Reason) -> Finding:
    """A finding that underlines a path in its text, or the whole text if it is
    written differently.
    """
    pattern = r"\s*\.\s*".join(map(re.escape, names))
    found = re.search(rf"(?<![\w.]){pattern}(?!\w)", text)
    # The path may also be written as vars['name'].
    found = found or re.search(rf"(?<=['\"]){re.escape(names[-1])}(?=['\"])", text)
    if found is None:
        return Finding(0, max(1, len(text)), reason)
    return Finding(found.start(), len(found[0]), reason)
