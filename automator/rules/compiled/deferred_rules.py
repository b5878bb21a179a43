"""Defines which rules wait for the event's turn in its lane, and which contact they see then.

After an event has come in, steps for earlier events of the conversation can still change the
contact's `state`, tags and opt-out. So a rule whose conditions or limits read these fields is
decided in the event's turn. The other fields, such as the name and the time of the last message,
are shown to rules as they were on arrival.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from automator.conditions import EVERY_FIELD, CompiledExpression, compile_expression
from automator.model import LEAD, POST, Condition, EventPart
from automator.model.event import OF_EVERY_LEAD
from automator.model.rule import expressions_of
from automator.rules.compiled.conditions import mentions

#: The fields of a contact that steps of rules change.
CHANGED_BY_STEPS: Final = frozenset(
    {
        "state",
        "tags",
        "opted_out",
        "opted_out_at",
        "opted_out_by",
        "blocked",
        "blocked_at",
        "blocked_by",
        EVERY_FIELD,
    }
)


def or_newcomer(contact: Mapping[str, Any], event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The contact of an event; if nothing is known of the person, a contact with only the id.

    `event` is the body of the event.
    """
    actor = event.get("actor")
    if contact or not isinstance(actor, Mapping) or not actor.get("id"):
        return contact
    return {"id": actor["id"]}


def seen_on_arrival(contact: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a contact to keep from the event's arrival until its turn."""
    return {name: value for name, value in contact.items() if name not in CHANGED_BY_STEPS}


def seen_in_turn(contact: Mapping[str, Any], arrival: Mapping[str, Any]) -> dict[str, Any]:
    """The contact to show in the event's turn: `contact` now for the fields that steps change,
    `arrival` for all others.
    """
    now = {name: value for name, value in contact.items() if name in CHANGED_BY_STEPS}
    return {**arrival, **now}


# --- Finds the parts of an event that a rule reads and that may have to be looked up ---
#
# There are two such parts: the text of the post, `event.post.message`, and the answers of the
# lead, `event.lead.full_name` and so on. The event of a comment or a reaction has only the id of
# the post, and the event of a lead only the id of the lead. Rules that read such a part are decided
# in the event's turn, so that there is time to look it up.


POST_TEXT: Final = ("event", "post", "message")
ANSWERS: Final = ("event", "lead")
NO_PARTS: Final[frozenset[EventPart]] = frozenset()
_ANSWERS_IN_STEPS: Final = re.compile(
    rf"\bevent\.lead\b(?!\.(?:{'|'.join(sorted(OF_EVERY_LEAD))})\b)"
)


def parts_read(expression: CompiledExpression) -> frozenset[EventPart]:
    """The parts to look up that an expression reads."""
    if "event" not in expression.roots:
        return NO_PARTS
    found: set[EventPart] = set()
    if expression.reads(POST_TEXT):
        found.add(POST)
    if expression.reads(ANSWERS, OF_EVERY_LEAD):
        found.add(LEAD)
    return frozenset(found) if found else NO_PARTS


def parts_in(condition: Condition) -> frozenset[EventPart]:
    """The parts to look up that a condition or a group of conditions reads."""
    expressions = (compile_expression(one.text) for one in expressions_of((condition,)))
    return NO_PARTS.union(*map(parts_read, expressions))


def parts_in_step(written: Any, *, reads_name: bool) -> frozenset[EventPart]:
    """The parts to look up that the `if` and the inputs of a step read, as the file writes them.

    `reads_name` counts as reading the answers of a lead, which include the person's name.
    """
    found: set[EventPart] = set()
    if mentions(written, ".".join(POST_TEXT)):
        found.add(POST)
    if reads_name or (mentions(written, ".".join(ANSWERS)) and _reads_answers(written)):
        found.add(LEAD)
    return frozenset(found) if found else NO_PARTS


def _reads_answers(value: Any) -> bool:
    if isinstance(value, str):
        return _ANSWERS_IN_STEPS.search(value) is not None
    if isinstance(value, Mapping):
        return any(map(_reads_answers, value.values()))
    return isinstance(value, list | tuple) and any(map(_reads_answers, value))
