"""Finds messages that a platform will refuse: they come too late, or are more than it takes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from automator.configuration.values import parse_duration
from automator.files import Path
from automator.model import MessagingPolicy, Reason
from automator.plugins.buttons import button_faults
from automator.reasons.attempts.sending import NO_BUTTONS
from automator.reasons.problems.meaning import (
    MESSAGE_TOO_LATE,
    PRIVATE_REPLY_TOO_LATE,
    REPLY_TOO_LATE,
    SECOND_PRIVATE_REPLY,
    TEXT_TOO_LATE,
)
from automator.reasons.problems.sending import (
    BUTTONS_OVER_LIMIT,
    PRIVATE_REPLY_OVER_LIMIT,
    QUICK_REPLIES_OVER_LIMIT,
    TEXT_OVER_LIMIT,
)
from automator.rules.meaning.sending import items_of, said, speaking
from automator.rules.meaning.subject import Remark, Subject, UsedAction


def too_late(subject: Subject) -> Iterator[Remark]:
    """Looks through the actions of a rule, as its file writes them."""
    trigger, connections = subject.trigger, subject.connections or {}
    if trigger.schedule is not None or trigger.absence is not None:
        return
    providers = {connections[name] for name in trigger.connections if name in connections}
    providers |= set(trigger.providers)
    if not trigger.connections and not trigger.providers:
        providers = set(connections.values())
    policies = subject.policies
    found = [policy for name in sorted(providers) if (policy := policies.get(name))]
    # A connection may be a glob; providers that are not known are not judged.
    if found:
        walker = _Walker(found)
        walker.walk((*subject.path, "actions"), subject.data.get("actions"), 0)
        yield from walker.remarks


def too_many_replies(subject: Subject) -> Iterator[Remark]:
    """More quick replies than any platform of the trigger takes."""
    known = known_policies(subject)
    for used in speaking(subject):
        name = "choices" if used.name == "ask" else "quick_replies"
        written = used.inputs.get(name)
        count = len(written) if isinstance(written, list) else 0
        if known and all(
            one.quick_replies is not None and count > one.quick_replies for one in known
        ):
            limit = {"platform": known[0].platform, "most": known[0].quick_replies}
            reason = QUICK_REPLIES_OVER_LIMIT(count=count, **limit)
            yield Remark(used.at(name), reason)


def unfit_buttons(subject: Subject) -> Iterator[Remark]:
    """Buttons that no platform of the trigger takes, or more or longer ones than any of them."""
    known = known_policies(subject)
    for used in speaking(subject):
        if not known or not used.inputs.get("buttons"):
            continue
        faults = [_button_fault(used, one) for one in known]
        if faults[0] is not None and None not in faults:
            yield Remark(used.at("buttons"), BUTTONS_OVER_LIMIT(problem=faults[0]))


def _button_fault(used: UsedAction, policy: MessagingPolicy) -> Reason | None:
    """Why a platform refuses the buttons, whatever is filled in; None = it may take them."""
    if policy.buttons is None:
        return NO_BUTTONS(platform=policy.platform)
    buttons = [
        {name: _least(value) for name, value in item.items() if isinstance(value, str)}
        for _, item in items_of(used, "buttons")
    ]
    text = used.inputs.get("text")
    faults = button_faults(
        buttons,
        policy.buttons,
        policy.platform,
        text=_least(text) if isinstance(text, str) else "",
        is_card=_is_card(used),
    )
    return next(faults, None)


def _is_card(used: UsedAction) -> bool:
    """Whether one picture and buttons make a card of the text."""
    pictures = [item.get("type", "image") for _, item in items_of(used, "attachments")]
    return pictures == ["image"] and bool(used.inputs.get("buttons"))


def too_long(subject: Subject) -> Iterator[Remark]:
    """A longer text than any platform of the trigger takes."""
    known = known_policies(subject)
    for used in speaking(subject):
        in_public = used.name == "reply" and _is_of_comments(subject)
        limits = [one.longest(in_public=in_public) for one in known]
        for place, text in said(used):
            length = len(_least(text))
            if limits and all(one is not None and length > one for one in limits):
                limit = {"platform": known[0].platform, "most": limits[0]}
                yield Remark(place, TEXT_OVER_LIMIT(length=length, **limit))


def too_many_pieces(subject: Subject) -> Iterator[Remark]:
    """A private reply of several messages, where a comment gets one."""
    known = known_policies(subject)
    if not known or not all(one.one_private_reply for one in known):
        return
    for used in speaking(subject):
        count = len(list(items_of(used, "attachments")))
        says = used.inputs.get("text") is not None or bool(used.inputs.get("one_of"))
        if used.name == "private_reply" and count and count + says > 1 and not _is_card(used):
            reason = PRIVATE_REPLY_OVER_LIMIT(platform=known[0].platform)
            yield Remark(used.at("attachments"), reason)


class _Walker:
    def __init__(self, policies: Sequence[MessagingPolicy]) -> None:
        self.remarks: list[Remark] = []
        self._policies = policies
        self._private_replies = 0

    def walk(self, path: Path, actions: Any, wait_ms: int) -> None:
        """Looks through steps that are carried out `wait_ms` after the event at the earliest."""
        for index, step in enumerate(actions if isinstance(actions, list) else ()):
            if not isinstance(step, Mapping):
                continue
            here: Path = (*path, index)
            if "reply" in step:
                self._check_reply((*here, "reply"), wait_ms)
            if "ask" in step:
                self._check_message((*here, "ask"), None, wait_ms)
            if "message" in step:
                self._check_message((*here, "message"), step["message"], wait_ms)
            if "private_reply" in step:
                self._check_private_reply((*here, "private_reply"), step, wait_ms)
            later = step.get("follow_up")
            if isinstance(later, Mapping):
                inner: Path = (*here, "follow_up", "actions")
                self.walk(inner, later.get("actions"), wait_ms + _wait_of(later))

    def _check_reply(self, path: Path, wait_ms: int) -> None:
        late = [one for one in self._policies if one.limits_reply(wait_ms)]
        if len(late) == len(self._policies):
            one = late[0]
            reason = REPLY_TOO_LATE(wait=wait_ms, platform=one.platform, most=one.reply_ms)
            self._warn(path, reason)

    def _check_message(self, path: Path, inputs: Any, wait_ms: int) -> None:
        written = inputs if isinstance(inputs, Mapping) else {}
        if written.get("to") is not None:
            return
        has_template = written.get("template") is not None
        late = [
            one for one in self._policies if one.limits_message(wait_ms, has_template=has_template)
        ]
        if len(late) == len(self._policies):
            one = next((one for one in late if one.templates_anytime), late[0])
            kind = TEXT_TOO_LATE if one.templates_anytime else MESSAGE_TOO_LATE
            self._warn(path, kind(wait=wait_ms, platform=one.platform, most=one.message_ms))

    def _check_private_reply(self, path: Path, step: Mapping[str, Any], wait_ms: int) -> None:
        late = [one for one in self._policies if one.limits_private_reply(wait_ms)]
        if len(late) == len(self._policies):
            one = late[0]
            most = one.private_reply_ms
            self._warn(path, PRIVATE_REPLY_TOO_LATE(wait=wait_ms, platform=one.platform, most=most))
        # Two replies with conditions may be alternatives.
        if "if" in step or not all(one.one_private_reply for one in self._policies):
            return
        self._private_replies += 1
        if self._private_replies == 2:
            platform = self._policies[0].platform
            self._warn(path, SECOND_PRIVATE_REPLY(platform=platform))

    def _warn(self, path: Path, reason: Reason) -> None:
        self.remarks.append(Remark(path, reason, about_key=True))


def _wait_of(follow_up: Mapping[str, Any]) -> int:
    """Milliseconds that a follow-up waits at least; 0 for a time of day."""
    after = follow_up.get("after")
    if isinstance(after, Mapping):
        span = after.get("between")
        after = span[0] if isinstance(span, list) and span else None
    try:
        return round(parse_duration(after) * 1000) if isinstance(after, str) else 0
    except ValueError:
        return 0


def known_policies(subject: Subject) -> list[MessagingPolicy]:
    """The limits of the trigger's platforms; none where those of one are not known."""
    policies = [subject.policies.get(name) for name in sorted(subject.providers or ())]
    return [] if None in policies else [policy for policy in policies if policy is not None]


def _is_of_comments(subject: Subject) -> bool:
    events = subject.trigger.events
    return not events or any(not one.startswith("message.") for one in events)


def _least(text: str) -> str:
    """The part of a text that is sent whatever is filled in."""
    if "{%" in text:
        return ""
    return re.sub(r"\{\{.*?\}\}|\{#.*?#\}", "", text, flags=re.DOTALL)
