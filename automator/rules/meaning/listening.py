"""Finds triggers that hear more than their rule answers: receipts, and the rule's own words."""

from collections.abc import Iterator

from automator.conditions import compile_expression
from automator.reasons.problems.meaning.listening import ANSWERS_ITSELF, ANSWERS_RECEIPTS
from automator.rules.compiled.globs import matches_any
from automator.rules.meaning.subject import Remark, Subject, UsedAction

#: Events by which platforms report on our own messages, such as receipts; no person has written.
_RECEIPTS = ("message.read", "message.delivered")
#: Actions whose text comes back to us as an event, by the type of that event.
_COMES_BACK = {
    "comment.created": ("reply",),
    "message.sent": ("reply", "message", "private_reply"),
}
_OWN_EVENT = "event.actor.is_self"


def answered_receipts(subject: Subject) -> Iterator[Remark]:
    """Finds a rule without conditions that answers every event, so also the receipt of its own
    answer.
    """
    receipts = [
        kind
        for kind in _RECEIPTS
        if (not subject.trigger.events or matches_any(kind, subject.trigger.events))
        and any(
            kind in subject.event_types.get(provider, ()) for provider in subject.providers or ()
        )
    ]
    if not receipts or set(subject.trigger.events) & set(_RECEIPTS) or _looks_at_event(subject):
        return
    for used in _answers(subject):
        yield Remark(used.path, ANSWERS_RECEIPTS(events=receipts), about_key=True)
        return


def own_words(subject: Subject) -> Iterator[Remark]:
    """Finds `include_self` beside an answer that comes back as the very event that triggers the
    rule.
    """
    trigger = subject.trigger
    if not trigger.include_self or any(subject.limits) or trigger.absence is not None:
        return
    if any(one.text.strip() != _OWN_EVENT for one in subject.conditions):
        return
    for event, actions in _COMES_BACK.items():
        if trigger.events and not matches_any(event, trigger.events):
            continue
        for used in _answers(subject):
            if used.name in actions and _is_said_there(used, event, trigger.events):
                reason = ANSWERS_ITSELF(event=event, action=used.name)
                yield Remark((*subject.path, "trigger", "include_self"), reason, about_key=True)
                return


def _is_said_there(used: UsedAction, event: str, events: tuple[str, ...]) -> bool:
    """Whether an answer comes back as this event; a reply goes to where its event came from."""
    if used.name != "reply":
        return used.inputs.get("to") is None
    subject = event.split(".", maxsplit=1)[0]
    return all(one.startswith(f"{subject}.") for one in events)


def _answers(subject: Subject) -> Iterator[UsedAction]:
    """The rule's own first steps that answer the person without a condition."""
    for used in subject.uses:
        is_first = len(used.path) == len(subject.path) + 3 and used.path[-3] == "actions"
        if (
            is_first
            and used.name in ("reply", "message", "private_reply")
            and not ("if" in used.item or used.inputs.get("to") is not None)
        ):
            yield used


def _looks_at_event(subject: Subject) -> bool:
    """Whether a condition reads a field of the event, so that it may leave receipts out."""
    return any(
        one.tree is None or "event" in compile_expression(one.text).roots
        for one in subject.conditions
    )
