"""Finds messages that come too late for their platform, by the waits before their steps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from automator.configuration.calendar import Calendar
from automator.configuration.time_intervals import TimeInterval, intervals_meant
from automator.configuration.values import parse_duration
from automator.files import Path
from automator.model import DAY_MS, MessagingPolicy, Reason, record
from automator.reasons.kind import ReasonKind
from automator.reasons.problems.meaning.late_messages import (
    MAY_BE_APPROVED_TOO_LATE,
    MAY_BE_TOO_LATE,
    MESSAGE_TOO_LATE,
    PRIVATE_REPLY_TOO_LATE,
    REPLY_TOO_LATE,
    TEXT_TOO_LATE,
)
from automator.reasons.problems.meaning.message_limits import SECOND_PRIVATE_REPLY
from automator.rules.meaning.subject import Remark, Subject, later_follow_ups


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
        for index, later in later_follow_ups(written):
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
