"""Compares a rule that is in shadow mode, or rolled out to some people, with the other rules.

For the same events, it shows the messages that this rule would send beside the messages that live
rules have sent. It looks only at the newest runs, so it takes seconds however long the log is.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from automator.clock import iso_time
from automator.engine.attempts.recording import request_text
from automator.model import DAY_MS, Outcome, format_id, record
from automator.model.log_filters import RunFilter
from automator.plugins import AnyAction
from automator.reasons.attempts.steps import would_have_sent
from automator.rules import CompiledRule
from automator.store import Log, RunRow
from automator.store.log.send_log import SentStep

#: How many runs of a rule are looked at: the newest.
MOST_RUNS = 2_000
#: How many other rules are looked at.
_MOST_RULES = 5
_EXAMPLES = 3
_AT_ONCE = 200
_SENDS_SOMETHING = (Outcome.ANSWERED, Outcome.PARTLY, Outcome.MAYBE_SENT)
#: How the messages for an event compare; in the order in which they should be frequent.
VERDICTS = ("same", "other", "only_this", "only_others", "neither")


@record(kw_only=False)
class Send:
    """A message or request that a rule sent, or would have sent in shadow mode."""

    rule: str
    action: str
    #: The text; for a request without a text, the destination.
    text: str
    #: Two messages with equal keys look the same to their receivers.
    key: tuple[str, str]


@record
class Example:
    """One event, with the messages of this rule and of the other rules for it."""

    event_id: int
    verdict: str
    who: str
    text: str
    would: Sequence[Send]
    did: Sequence[Send]


@dataclass(slots=True, kw_only=True)
class Promotion:
    """The messages that a rule would send for its events, beside the other rules' messages."""

    rule: str
    file: str
    #: The revision of the rules that were compared.
    revision: int
    is_shadow: bool
    #: The percentage of people for whom the rule acts; None for everybody.
    percent: float | None
    since_ms: int
    until_ms: int
    #: Whether there are more runs than were looked at. `since_ms` is then the time of the oldest
    #: run that was.
    is_cut: bool = False
    events: int = 0
    sends: int = 0
    people: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    #: For each live rule that has sent something for the same events: for how many of them.
    others: Counter[str] = field(default_factory=Counter)
    #: For each of these rules: for how many other events it has sent something.
    missed: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)

    @property
    def sends_a_day(self) -> float:
        """The messages that the rule would send in a day, on average over the time looked at."""
        return self.sends * DAY_MS / max(self.until_ms - self.since_ms, DAY_MS / 24)

    def as_json(self) -> dict[str, Any]:
        """The comparison as plain data."""
        return {
            "rule": self.rule,
            "file": self.file,
            "revision": self.revision,
            "shadow": self.is_shadow,
            "percent": self.percent,
            "since": iso_time(self.since_ms),
            "cut": self.is_cut,
            "events": self.events,
            "sends": self.sends,
            "people": self.people,
            "verdicts": {verdict: self.verdicts[verdict] for verdict in VERDICTS},
            "others": dict(self.others.most_common()),
            "missed": dict(self.missed.most_common()),
            "examples": [_example_json(example) for example in self.examples],
        }


def compare(
    log: Log,
    rule: CompiledRule,
    revision: int,
    actions: Mapping[str, AnyAction],
    since_ms: int,
    until_ms: int,
) -> Promotion:
    """Compares the rule of a revision with others from `since_ms` to `until_ms`. Blocks."""
    spec, sending = rule.spec, {name for name, action in actions.items() if action.reaches_out}
    found = Promotion(
        rule=spec.id,
        file=spec.place.file,
        revision=revision,
        is_shadow=spec.shadow,
        percent=None if spec.rollout is None else spec.rollout.percent,
        since_ms=since_ms,
        until_ms=until_ms,
    )
    own = {row.run.event_id: row for row in _newest_runs(log, spec.id, since_ms, found)}
    people: set[str] = set()
    for part in _in_parts(sorted(own, reverse=True)):
        steps: dict[int, list[SentStep]] = {}
        for step in log.sent_about(part, sending):
            steps.setdefault(step.event_id, []).append(step)
        for event_id in part:
            if _add(found, own[event_id], steps.get(event_id, ())):
                people.add(own[event_id].run.contact or "")
    found.events, found.people = len(own), len(people - {""})
    for other, _ in found.others.most_common(_MOST_RULES):
        rows = _newest_runs(log, other, found.since_ms)
        alone = (row for row in rows if row.run.event_id not in own)
        found.missed[other] = sum(row.run.outcome in _SENDS_SOMETHING for row in alone)
    found.missed = +found.missed
    return found


def _newest_runs(
    log: Log, rule: str, since_ms: int, found: Promotion | None = None
) -> Iterator[RunRow]:
    """Yields the newest runs of a rule, without follow-ups and replays.

    Notes in `found` if it leaves runs out.
    """
    criteria = RunFilter(rule=rule, since_ms=since_ms, follow_ups=False)
    last: RunRow | None = None
    for _ in range(MOST_RUNS // _AT_ONCE):
        page = log.runs(criteria, before=None if last is None else last.id, limit=_AT_ONCE)
        yield from (row for row in page if not row.run.replay)
        if len(page) < _AT_ONCE:
            return
        last = page[-1]
    if found is not None and last is not None:
        found.is_cut, found.since_ms = True, last.run.created_at


def _add(found: Promotion, row: RunRow, steps: Iterable[SentStep]) -> bool:
    """Counts one event; returns whether the rule would send anything for it."""
    sends = [(_send(step), step.summary.code == would_have_sent.code) for step in steps]
    would = [send for send, _ in sends if send.rule == found.rule]
    did = [send for send, in_shadow in sends if send.rule != found.rule and not in_shadow]
    verdict = _verdict(would, did)
    found.sends += len(would)
    found.verdicts[verdict] += 1
    found.others.update({send.rule for send in did})
    shown = sum(example.verdict == verdict for example in found.examples)
    if verdict not in ("same", "neither") and shown < _EXAMPLES:
        found.examples.append(
            Example(
                event_id=row.run.event_id,
                verdict=verdict,
                who=row.actor_name or "",
                text=row.text or "",
                would=would,
                did=did,
            )
        )
    return bool(would)


def _verdict(would: Sequence[Send], did: Sequence[Send]) -> str:
    if would and did:
        same = Counter(send.key for send in would) == Counter(send.key for send in did)
        return "same" if same else "other"
    if would:
        return "only_this"
    return "only_others" if did else "neither"


def _send(step: SentStep) -> Send:
    request: Mapping[str, Any] = step.request or {}
    place = f"{request.get('method', '')} {request.get('url', '')}".strip()
    if step.said is not None:
        return Send(step.rule, step.action, step.said, (step.action, step.said))
    return Send(step.rule, step.action, place, (step.action, request_text(request)))


def _in_parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _example_json(example: Example) -> dict[str, Any]:
    return {
        "event": format_id(example.event_id),
        "verdict": example.verdict,
        "who": example.who,
        "text": example.text,
        "would": [_send_json(send) for send in example.would],
        "did": [_send_json(send) for send in example.did],
    }


def _send_json(send: Send) -> dict[str, str]:
    return {"rule": send.rule, "action": send.action, "text": send.text}
