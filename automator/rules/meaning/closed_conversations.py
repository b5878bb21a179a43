"""Finds messages to people who have only commented: where one private reply is all that is allowed.

Such a platform takes messages within a time after the person's own last one, and a comment is none.
"""

from collections.abc import Iterator, Mapping

from automator.model import MessagingPolicy
from automator.reasons.problems.meaning.late_messages import MESSAGE_BEFORE_ANSWER
from automator.rules.meaning.subject import Remark, Subject, UsedAction

_SPEAKS = ("message", "ask")
_COMMENT = "comment."


def not_opened_yet(subject: Subject) -> Iterator[Remark]:
    """The first message of a rule that only comments start, unless the rule reads its contact: it
    may ask then whether the person has written.
    """
    trigger = subject.trigger
    if trigger.absence is not None or trigger.schedule is not None or not trigger.events:
        return
    if not all(one.startswith(_COMMENT) for one in trigger.events):
        return
    if any(one.reads("contact") for one in subject.expressions if one.role != "key"):
        return
    policies = [subject.policies.get(name) for name in sorted(subject.providers or ())]
    known = [one for one in policies if one is not None and one.one_private_reply]
    if not known or len(known) < len(policies):
        return
    first = next((used for used in subject.uses if _needs_answer(used, known[0])), None)
    if first is not None:
        reason = MESSAGE_BEFORE_ANSWER(platform=known[0].platform, most=known[0].message_ms)
        yield Remark(first.path, reason, about_key=True)


def _needs_answer(used: UsedAction, policy: MessagingPolicy) -> bool:
    """Whether an action writes to the person of the event, with other than an approved template."""
    if used.name not in _SPEAKS or used.inputs.get("to") is not None:
        return False
    template = used.inputs.get("template")
    return not policy.is_approved(template if isinstance(template, Mapping) else None)
