"""Finds messages that a platform will refuse because they come too late."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from automator.configuration.values import parse_duration
from automator.files import Path
from automator.model import MessagingPolicy, Reason
from automator.reasons.problems.meaning import (
    MESSAGE_TOO_LATE,
    PRIVATE_REPLY_TOO_LATE,
    REPLY_TOO_LATE,
    SECOND_PRIVATE_REPLY,
    TEXT_TOO_LATE,
)
from automator.rules.meaning.subject import Remark, Subject


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
    try:
        return round(parse_duration(after) * 1000) if isinstance(after, str) else 0
    except ValueError:
        return 0
