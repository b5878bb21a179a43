"""Finds parts of a message that its platform refuses in public, or shows only in part."""

from collections.abc import Iterator

from automator.model import MessagingPolicy, Reason
from automator.reasons.attempts.sending import PUBLIC_REPLY_TEXT_ALONE, PUBLIC_REPLY_TOO_LARGE
from automator.reasons.problems.meaning.message_limits import (
    PUBLIC_REPLY_OVER_LIMIT,
    QUICK_REPLY_CUT,
)
from automator.rules.meaning.policies import known_policies, sure_text
from automator.rules.meaning.sending import speaking
from automator.rules.meaning.subject import Remark, Subject, UsedAction

#: The parts that a reply may have beside its text.
_PARTS = ("attachments", "quick_replies", "buttons")


def unfit_public_replies(subject: Subject) -> Iterator[Remark]:
    """Parts of a reply to a comment that no platform of the trigger takes there."""
    events = subject.trigger.events
    if not events or not all(one.startswith("comment.") for one in events):
        return
    for used in speaking(subject):
        known = known_policies(subject, used) if used.name == "reply" else []
        for name in _PARTS if known else ():
            if all(_is_over(used, name, one) for one in known):
                yield Remark(used.at(name), _over_limit(known[0]))


def _is_over(used: UsedAction, name: str, policy: MessagingPolicy) -> bool:
    written = used.inputs.get(name)
    count = len(written) if isinstance(written, list) else 0
    return policy.comment_parts is not None and count > policy.comment_parts.get(name, 0)


def _over_limit(policy: MessagingPolicy) -> Reason:
    if policy.comment_parts:
        return PUBLIC_REPLY_OVER_LIMIT(problem=PUBLIC_REPLY_TOO_LARGE())
    return PUBLIC_REPLY_OVER_LIMIT(problem=PUBLIC_REPLY_TEXT_ALONE(platform=policy.platform))


def cut_quick_replies(subject: Subject) -> Iterator[Remark]:
    """Quick replies of which every platform of the trigger shows the beginning alone."""
    for used in speaking(subject):
        name = "choices" if used.name == "ask" else "quick_replies"
        written, known = used.inputs.get(name), known_policies(subject, used)
        limits = [one.quick_reply_title for one in known]
        if not isinstance(written, list) or not limits or None in limits:
            continue
        most = max(limit for limit in limits if limit is not None)
        platform = next(one.platform for one in known if one.quick_reply_title == most)
        for number, title in enumerate(written):
            sure = sure_text(title) if isinstance(title, str) else ""
            if len(sure) > most:
                reason = QUICK_REPLY_CUT(platform=platform, most=most, shown=sure[:most])
                yield Remark((*used.at(name), number), reason)
