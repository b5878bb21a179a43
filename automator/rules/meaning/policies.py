"""Finds messages that a platform will refuse: they come too late, or are more than it takes."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from automator.configuration.calendar import Calendar
from automator.configuration.time_intervals import TimeInterval, intervals_meant
from automator.configuration.values import parse_duration
from automator.files import Path, kind_of, suggest
from automator.model import DAY_MS, MessagingPolicy, Reason, record
from automator.plugins.buttons import button_faults
from automator.reasons.attempts.sending import NO_BUTTONS
from automator.reasons.kind import ReasonKind
from automator.reasons.problems.sending import (
    BUTTONS_OVER_LIMIT,
    MAY_BE_APPROVED_TOO_LATE,
    MAY_BE_TOO_LATE,
    MESSAGE_TOO_LATE,
    PRIVATE_REPLY_OVER_LIMIT,
    PRIVATE_REPLY_TOO_LATE,
    QUICK_REPLIES_OVER_LIMIT,
    REPLY_TOO_LATE,
    SECOND_PRIVATE_REPLY,
    TEMPLATE_LACKS_KEY,
    TEMPLATE_WITHOUT_KEY,
    TEXT_OVER_LIMIT,
    TEXT_TOO_LATE,
)
from automator.reasons.problems.shape import UNEXPECTED_KIND
from automator.reasons.problems.words import (
    KIND_LIST,
    KIND_PAIRS,
    KIND_TEXT,
    KIND_WHOLE_NUMBER,
    WORD_KEYS,
)
from automator.rules.meaning.sending import items_of, said, speaking
from automator.rules.meaning.subject import Remark, Subject, UsedAction, next_ones
from automator.rules.templates.template import is_template

#: What may stand at a key of a template, in words.
_KINDS: Mapping[type, ReasonKind] = {
    str: KIND_TEXT,
    int: KIND_WHOLE_NUMBER,
    dict: KIND_PAIRS,
    list: KIND_LIST,
}


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
        walker = _Walker(found, subject.intervals)
        walker.walk((*subject.path, "actions"), subject.data.get("actions"), NO_WAIT)
        yield from walker.remarks


def too_many_replies(subject: Subject) -> Iterator[Remark]:
    """More quick replies than any platform of the trigger takes."""
    for used in speaking(subject):
        known = known_policies(subject, used)
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
    for used in speaking(subject):
        known = known_policies(subject, used)
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
        {name: sure_text(value) for name, value in item.items() if isinstance(value, str)}
        for _, item in items_of(used, "buttons")
    ]
    text = used.inputs.get("text")
    faults = button_faults(
        buttons,
        policy.buttons,
        policy.platform,
        text=sure_text(text) if isinstance(text, str) else "",
        is_card=_is_card(used),
    )
    return next(faults, None)


def _is_card(used: UsedAction) -> bool:
    """Whether one picture and buttons make a card of the text."""
    pictures = [item.get("type", "image") for _, item in items_of(used, "attachments")]
    return pictures == ["image"] and bool(used.inputs.get("buttons"))


def wrong_templates(subject: Subject) -> Iterator[Remark]:
    """An approved template with a key that its platforms do not have, or without one they need."""
    for used in speaking(subject):
        template, known = used.inputs.get("template"), known_policies(subject, used)
        if isinstance(template, Mapping) and known:
            faults = [_template_fault(template, one) for one in known]
            if faults[0] is not None and None not in faults:
                path, reason = faults[0]
                is_value = reason.code == UNEXPECTED_KIND.code
                yield Remark((*used.at("template"), *path), reason, about_key=not is_value)


def _template_fault(
    template: Mapping[str, Any], policy: MessagingPolicy
) -> tuple[Path, Reason] | None:
    """The key of a template that its platform refuses, with the reason; () = one is missing."""
    keys = policy.template_keys
    if keys is None or not policy.is_approved(template):
        return None
    platform, unknown = policy.platform, sorted(set(map(str, template)) - keys.takes)
    if unknown:
        suggestion = suggest(unknown[0], keys.takes, WORD_KEYS)
        key = {"platform": platform, "key": unknown[0], "suggestion": suggestion}
        return (unknown[0],), TEMPLATE_WITHOUT_KEY(**key)
    missing = sorted(name for name in keys.needs if template.get(name) in (None, ""))
    if missing:
        return (), TEMPLATE_LACKS_KEY(platform=platform, key=missing[0])
    for name, kinds in keys.kinds.items():
        value = template.get(name)
        is_filled_in = isinstance(value, str) and is_template(value)
        if value is not None and not is_filled_in and type(value) not in kinds:
            expected = [_KINDS[kind]() for kind in kinds]
            return (name,), UNEXPECTED_KIND(expected=expected, found=kind_of(value))
    return None


def too_long(subject: Subject) -> Iterator[Remark]:
    """A longer text than any platform of the trigger takes."""
    for used in speaking(subject):
        known = known_policies(subject, used)
        in_public = used.name == "reply" and _is_of_comments(subject)
        limits = [one.longest(in_public=in_public) for one in known]
        for place, text in said(used):
            length = len(sure_text(text))
            if limits and all(one is not None and length > one for one in limits):
                limit = {"platform": known[0].platform, "most": limits[0]}
                yield Remark(place, TEXT_OVER_LIMIT(length=length, **limit))


def too_many_pieces(subject: Subject) -> Iterator[Remark]:
    """A private reply of several messages, where a comment gets one."""
    for used in speaking(subject):
        known = known_policies(subject, used)
        if not known or not all(one.one_private_reply for one in known):
            continue
        count = len(list(items_of(used, "attachments")))
        says = used.inputs.get("text") is not None or bool(used.inputs.get("one_of"))
        if used.name == "private_reply" and count and count + says > 1 and not _is_card(used):
            reason = PRIVATE_REPLY_OVER_LIMIT(platform=known[0].platform)
            yield Remark(used.at("attachments"), reason)


@record(kw_only=False)
class Wait:
    """Milliseconds from the event to a step: at least, and where follow-ups wait for their times
    to begin, as long as that may take.
    """

    least: int
    most: int
    #: Somebody has to approve it, which may take until the end.
    is_approved: bool = False

    def and_then(self, wait_ms: int, closed_ms: int) -> "Wait":
        """The wait of the steps of a follow-up that begins its own wait at this one's end.

        A run that has waited for one opening rarely waits for the next too, so the longest counts.
        """
        least = self.least + wait_ms
        most = least + max(self.most - self.least, closed_ms)
        return Wait(least, most, self.is_approved)

    def and_approved(self, within_ms: int) -> "Wait":
        """The wait of a step that somebody approves, and of those behind it."""
        return Wait(self.least, self.most + within_ms, is_approved=True) if within_ms else self


NO_WAIT = Wait(0, 0)


class _Walker:
    def __init__(
        self, policies: Sequence[MessagingPolicy], intervals: Mapping[str, TimeInterval]
    ) -> None:
        self.remarks: list[Remark] = []
        self._policies = policies
        self._intervals = intervals
        self._private_replies = 0

    def walk(self, path: Path, actions: Any, wait: Wait) -> None:
        """Looks through steps that are carried out so long after the event."""
        for index, step in enumerate(actions if isinstance(actions, list) else ()):
            if not isinstance(step, Mapping):
                continue
            here: Path = (*path, index)
            # The steps behind it wait with it.
            wait = wait.and_approved(_approved_within(step.get("approve")))
            if "reply" in step:
                self._check_reply((*here, "reply"), wait)
            if "ask" in step:
                self._check_message((*here, "ask"), None, wait)
            if "message" in step:
                self._check_message((*here, "message"), step["message"], wait)
            if "private_reply" in step:
                self._check_private_reply((*here, "private_reply"), step, wait)
            later = step.get("follow_up")
            if isinstance(later, Mapping):
                self._walk_follow_up((*here, "follow_up"), later, wait)

    def _walk_follow_up(self, path: Path, written: Mapping[str, Any], wait: Wait) -> None:
        """Looks through the steps of a follow-up, and of those that follow it."""
        closed_ms = _closed_for(written, self._intervals)
        wait = wait.and_then(_wait_of(written), closed_ms)
        self.walk((*path, "actions"), written.get("actions"), wait)
        for index, later in next_ones(written):
            shared = {**later, "active": written.get("active")}
            wait = wait.and_then(_wait_of(later), _closed_for(shared, self._intervals))
            self.walk((*path, "next", index, "actions"), later.get("actions"), wait)

    def _check_reply(self, path: Path, wait: Wait) -> None:
        late_ms = self._late(wait, lambda one, ms: one.limits_reply(ms))
        if late_ms is not None:
            one = self._policies[0]
            self._warn_late(path, REPLY_TOO_LATE, wait, late_ms, one.platform, one.reply_ms)

    def _check_message(self, path: Path, inputs: Any, wait: Wait) -> None:
        written = inputs if isinstance(inputs, Mapping) else {}
        if written.get("to") is not None:
            return
        given = written.get("template")
        template = given if isinstance(given, Mapping) else None
        late_ms = self._late(wait, lambda one, ms: one.limits_message(ms, template=template))
        if late_ms is not None:
            first = self._policies[0]
            one = next((one for one in self._policies if one.templates_anytime), first)
            kind = TEXT_TOO_LATE if one.templates_anytime else MESSAGE_TOO_LATE
            self._warn_late(path, kind, wait, late_ms, one.platform, one.message_ms)

    def _check_private_reply(self, path: Path, step: Mapping[str, Any], wait: Wait) -> None:
        late_ms = self._late(wait, lambda one, ms: one.limits_private_reply(ms))
        if late_ms is not None:
            one, kind = self._policies[0], PRIVATE_REPLY_TOO_LATE
            self._warn_late(path, kind, wait, late_ms, one.platform, one.private_reply_ms)
        # Two replies with conditions may be alternatives.
        if "if" in step or not all(one.one_private_reply for one in self._policies):
            return
        self._private_replies += 1
        if self._private_replies == 2:
            platform = self._policies[0].platform
            self._warn(path, SECOND_PRIVATE_REPLY(platform=platform))

    def _late(self, wait: Wait, limits: Callable[[MessagingPolicy, int], bool]) -> int | None:
        """The part of a wait that is too long for every platform; None where one takes it."""
        for ms in (wait.least, wait.most):
            if all(limits(one, ms) for one in self._policies):
                return ms
        return None

    def _warn_late(
        self,
        path: Path,
        kind: ReasonKind,
        wait: Wait,
        late_ms: int,
        platform: str,
        most: int | None,
    ) -> None:
        if late_ms != wait.least:
            kind = MAY_BE_APPROVED_TOO_LATE if wait.is_approved else MAY_BE_TOO_LATE
        self._warn(path, kind(wait=late_ms, platform=platform, most=most))

    def _warn(self, path: Path, reason: Reason) -> None:
        self.remarks.append(Remark(path, reason, about_key=True))


def _wait_of(follow_up: Mapping[str, Any]) -> int:
    """Milliseconds that a follow-up waits at least; 0 for a time of day."""
    after = follow_up.get("after")
    if isinstance(after, Mapping):
        span = after.get("between")
        after = span[0] if isinstance(span, list) and span else None
    return _milliseconds(after)


def _closed_for(follow_up: Mapping[str, Any], intervals: Mapping[str, TimeInterval]) -> int:
    """Milliseconds that a follow-up waits at most until it may act, when its wait is over."""
    try:
        meant = intervals_meant(follow_up.get("active"), intervals)
    except ValueError:
        return 0
    closed = Calendar(meant).longest_closed_ms if meant else 0
    window = follow_up.get("window")
    return closed if window is None else min(closed, _milliseconds(window))


def _approved_within(approve: Any) -> int:
    """Milliseconds that a step waits at most for a person to approve it."""
    if isinstance(approve, Mapping) and "within" in approve:
        return _milliseconds(approve["within"])
    return DAY_MS if approve is True or isinstance(approve, Mapping) else 0


def _milliseconds(duration: Any) -> int:
    """A duration as a file writes it; 0 where it is none, or is filled in."""
    try:
        return round(parse_duration(duration) * 1000) if isinstance(duration, str) else 0
    except ValueError:
        return 0


def known_policies(subject: Subject, used: UsedAction) -> list[MessagingPolicy]:
    """The limits of an action's platforms; none where those of one are not known."""
    names = sorted(subject.platforms_of(used) or ())
    policies = [subject.policies.get(name) for name in names]
    return [] if None in policies else [policy for policy in policies if policy is not None]


def _is_of_comments(subject: Subject) -> bool:
    events = subject.trigger.events
    return not events or any(not one.startswith("message.") for one in events)


def sure_text(text: str) -> str:
    """The part of a text that is sent whatever is filled in."""
    if "{%" in text:
        return ""
    return re.sub(r"\{\{.*?\}\}|\{#.*?#\}", "", text, flags=re.DOTALL)
