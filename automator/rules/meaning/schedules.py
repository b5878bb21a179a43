"""Finds rules for schedules and for events of nobody that ask or answer somebody, schedules for
people that say nothing, and figures that a schedule does not make.
"""

from collections.abc import Callable, Iterator

from automator.conditions.forms.paths import path_names
from automator.model.own_events import ABOUT_SERVER
from automator.reasons.kind import ReasonKind
from automator.reasons.problems import triggers
from automator.reasons.problems.meaning.listening import NO_SUMMARY_IN_SCHEDULE, NOBODY_IN_SCHEDULE
from automator.rules.meaning.subject import Remark, Subject, UsedAction
from automator.rules.references.outputs import texts_in
from automator.rules.templates.inputs import compile_text
from automator.rules.templates.template import is_template

#: The part of a path that is empty in the events of a schedule; None if no part is.
_EmptyPart = Callable[[tuple[str, ...]], str | None]
#: Actions that answer where an event has come from.
_ANSWERS = ("reply", "private_reply", "moderate")


def nobody_wrote(subject: Subject) -> Iterator[Remark]:
    """`event.text`, `event.actor.id` or `contact` where a schedule triggers the rule."""
    if subject.trigger.schedule is None:
        return
    of_a_person = _of_a_person if subject.trigger.has_nobody else _of_words
    yield from _reads(subject, of_a_person, NOBODY_IN_SCHEDULE)


def no_summary(subject: Subject) -> Iterator[Remark]:
    """`event.data.summary` where the schedule of the rule has no `summary`."""
    schedule = subject.trigger.schedule
    if schedule is not None and subject.trigger.has_nobody and not schedule.summary_days:
        yield from _reads(subject, _of_summary, NO_SUMMARY_IN_SCHEDULE)


def answers_to_nobody(subject: Subject) -> Iterator[Remark]:
    """Steps that answer a comment or a message, where a schedule takes contact after contact."""
    if subject.trigger.audience is None:
        return
    for used in subject.uses:
        if used.name in _ANSWERS and used.inputs.get("do") not in ("ban", "unban"):
            reason = triggers.NOTHING_TO_ANSWER(action=used.name)
            yield Remark(used.path, reason, about_key=True)


def about_nobody(subject: Subject) -> Iterator[Remark]:
    """Steps that need a person, where the server tells something about itself."""
    events = subject.trigger.events
    if not events or not set(events) <= set(ABOUT_SERVER):
        return
    for used in subject.uses:
        if used.action.needs_person and not used.action.connection(used.inputs):
            reason = triggers.NOBODY_IN_EVENT(action=used.name, event=events[0])
            yield Remark(used.path, reason, about_key=True)


def says_nothing(subject: Subject) -> Iterator[Remark]:
    """A schedule for people without a step that speaks to them."""
    if subject.trigger.audience is None or any(map(_is_about_person, subject.uses)):
        return
    path = (*subject.path, "trigger", "contacts")
    yield Remark(path, triggers.SAYS_NOTHING_TO_CONTACTS(), about_key=True)


def _is_about_person(used: UsedAction) -> bool:
    return used.action.needs_person or bool(used.action.sends(used.inputs))


def _reads(subject: Subject, empty_part: _EmptyPart, kind: ReasonKind) -> Iterator[Remark]:
    """A remark wherever an expression or a step reads a path of which a part is empty."""
    for written, node in subject.parts_in_scope:
        names = path_names(node)
        path = empty_part(names) if names else None
        if path is not None:
            yield written.remark(path, kind(path=path))
    for used in subject.uses:
        for name, value in used.inputs.items():
            if name in used.action.literal_inputs:
                continue
            for place, text in texts_in(value, used.at(name)):
                yield from _in_template(place, text, empty_part, kind)


def _in_template(
    place: tuple[str | int, ...], text: str, empty_part: _EmptyPart, kind: ReasonKind
) -> Iterator[Remark]:
    template = compile_text(text, is_url=False)[0] if is_template(text) else None
    for names in template.reads if template is not None else ():
        path = empty_part(names)
        if path is not None:
            at = max(0, text.find(path))
            yield Remark(place, kind(path=path), (at, len(path)))


def _of_summary(names: tuple[str, ...]) -> str | None:
    """The figures, which the event has where the schedule makes a summary."""
    return "event.data.summary" if names[:3] == ("event", "data", "summary") else None


def _of_words(names: tuple[str, ...]) -> str | None:
    """`event.text`, which nobody has written where a schedule takes contact after contact."""
    return "event.text" if names[:2] == ("event", "text") else None


def _of_a_person(names: tuple[str, ...]) -> str | None:
    """The part of a path that only an event of a person has."""
    if names[:2] == ("event", "text"):
        return "event.text"
    if names[:2] == ("event", "actor") and names[2:3] != ("is_self",):
        return ".".join(names[:3])
    return "contact" if names[0] == "contact" else None
