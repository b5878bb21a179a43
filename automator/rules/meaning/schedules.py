"""Finds rules that fire by themselves and ask what somebody has written."""

from collections.abc import Iterator

from automator.conditions.forms.paths import path_names
from automator.reasons.problems import meaning
from automator.rules.meaning.subject import Remark, Subject
from automator.rules.references.outputs import texts_in
from automator.rules.templates.inputs import compile_text
from automator.rules.templates.template import is_template


def nobody_wrote(subject: Subject) -> Iterator[Remark]:
    """`event.text`, `event.actor.id` or `contact` where a schedule triggers the rule."""
    if subject.trigger.schedule is None:
        return
    for written in subject.expressions:
        for node in written.parts_in_scope:
            names = path_names(node)
            path = _of_a_person(names) if names else None
            if path is not None:
                yield written.remark(path, meaning.NOBODY_IN_SCHEDULE(path=path))
    for used in subject.uses:
        for name, value in used.inputs.items():
            if name in used.action.literal_inputs:
                continue
            for place, text in texts_in(value, used.at(name)):
                yield from _in_template(place, text)


def _in_template(place: tuple[str | int, ...], text: str) -> Iterator[Remark]:
    template = compile_text(text, is_url=False)[0] if is_template(text) else None
    for names in template.reads if template is not None else ():
        path = _of_a_person(names)
        if path is not None:
            at = max(0, text.find(path))
            reason = meaning.NOBODY_IN_SCHEDULE(path=path)
            yield Remark(place, reason, (at, len(path)))


def _of_a_person(names: tuple[str, ...]) -> str | None:
    """The part of a path that only an event of a person has."""
    if names[:2] == ("event", "text"):
        return "event.text"
    if names[:2] == ("event", "actor") and names[2:3] != ("is_self",):
        return ".".join(names[:3])
    return "contact" if names[0] == "contact" else None
