"""Explains for a stored event what each rule decided, with values, and what its runs have done.

The rules are those of the revision that decided, and the conditions are the same compiled ones. The
contact and the `vars` of automator.yaml are those that were kept with the event when it was
decided. Where they were not kept they are read as they are now, and the explanation says so.
Replays have decided anew: rules of other revisions, with which they did, are explained beside.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from automator.clock import iso_time
from automator.engine.operations.explanation_notes import OF_NEWER, OF_REPLAY, Record, notes_on
from automator.engine.operations.recalled_values import RecalledValues
from automator.engine.rulesets.revisions import Revisions
from automator.model import (
    N_,
    Event,
    NotFoundError,
    Reason,
    Run,
    SeenValues,
    format_id,
    reason_json,
)
from automator.model.sentence import Sentence
from automator.rules import (
    EventFacts,
    Hints,
    RuleExplanation,
    RuleSet,
    as_json,
    explain_rule,
    render_text,
)
from automator.store import EventDetail, Log, RunRow

#: Said in place of what the rules made of an event.
EMPTIED = (
    "retention has emptied this event: of it and its runs only its key is kept, so that a"
    " repetition is known; see `retention` in automator.yaml"
)
_SHOWN_TEXT = 120
#: Other revisions whose rules are explained beside, the newest ones.
_MOST_REVISIONS = 5
#: What people can decide about a run, as it is told.
_DECISIONS = {"retry": "tried again", "done": "marked done", "cancel": "cancelled"}

#: Makes a sentence of a reason.
Say = Callable[[Reason | None], str]


@dataclass(frozen=True, slots=True)
class RuleAccount:
    """One rule: its explanation, and the runs that it started for this event."""

    explanation: RuleExplanation
    runs: tuple[RunRow, ...]
    #: What is to be said beside the explanation.
    notes: tuple[Sentence, ...] = ()

    def lines(self, say: Say) -> list[str]:
        """The explanation as text, what is to be said beside it, and a line for each run."""
        notes = [f"    {note}" for note in self.notes]
        lines = [f"    {line}" for row in self.runs for line in _run_lines(row, say)]
        return [*render_text(self.explanation), *notes, *lines]

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            **as_json(self.explanation),
            "notes": [{"text": note.text, "values": dict(note.values)} for note in self.notes],
            "runs": [_run_json(row) for row in self.runs],
        }


@dataclass(frozen=True, slots=True)
class RevisionAccount:
    """The rules of another revision with which replays of an event have started runs."""

    revision: int
    rules: tuple[RuleAccount, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"revision": self.revision, "rules": [rule.as_json() for rule in self.rules]}


@dataclass(frozen=True, slots=True)
class EventExplanation:
    """An event and what every rule of its time made of it; rules that matched come first."""

    event: Event
    revision: int
    rules: tuple[RuleAccount, ...]
    #: Runs of rules that its revision does not have, such as replays with newer ones.
    others: tuple[RunRow, ...] = ()
    #: Rules of other revisions with which replays have started runs, the oldest revision first.
    beside: tuple[RevisionAccount, ...] = ()
    #: Files of its revision whose rules can no longer be read, and are missing here.
    unread: tuple[str, ...] = ()

    @property
    def replayed(self) -> int:
        """How many runs replays have started for it."""
        rows = [*self.others, *(row for account in self.rules for row in account.runs)]
        return sum(bool(row.run.replay) and not row.run.path for row in rows)

    def render_text(self, say: Say) -> str:
        """The whole account, as the terminal shows it; `say` makes sentences of reasons."""
        event = self.event
        said = event.body.get("text")
        actor = event.body.get("actor") or {}
        who = f" by {actor['name']}" if actor.get("name") else ""
        received = event.body.get("received_at") or iso_time(event.received_at)
        title = f"event {format_id(event.id)}: {event.type}{who}"
        lines = [f"{title} through {event.connection}, {received}"]
        if isinstance(said, str):
            cut = said if len(said) <= _SHOWN_TEXT else f"{said[: _SHOWN_TEXT - 1]}…"
            lines.append(f"    “{cut}”")
        if event.is_emptied:
            return "\n".join([*lines, EMPTIED])
        matched = sum(account.explanation.matched for account in self.rules)
        replayed = self.replayed
        more = N_("1 run") if replayed == 1 else f"{replayed} runs"
        apart = f"; replays have started {more} more" if replayed else ""
        lines.append(
            f"{matched} of {len(self.rules)} rules match (revision {self.revision}){apart}"
        )
        if self.unread:
            lines.append(f"rules that can no longer be read are missing: {', '.join(self.unread)}")
        for account in self.rules:
            lines += ["", *account.lines(say)]
        if self.others:
            lines += ["", f"runs of rules that revision {self.revision} does not have"]
            lines += [
                f"    {line}" for row in self.others for line in _run_lines(row, say, row.run.rule)
            ]
        for other in self.beside:
            lines += ["", f"replayed with revision {other.revision}"]
            lines += [f"    {line}" for account in other.rules for line in account.lines(say)]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "event": format_id(self.event.id),
            "type": self.event.type,
            "connection": self.event.connection,
            "text": self.event.body.get("text"),
            "revision": self.revision,
            "emptied": self.event.is_emptied,
            "rules": [account.as_json() for account in self.rules],
            "replayed_with": [other.as_json() for other in self.beside],
            "unread_files": list(self.unread),
            "replayed": self.replayed,
            "other_runs": [_run_json(row) for row in self.others],
        }


async def explain_event(
    log: Log, revisions: Revisions, event_id: int, rule_id: str | None = None
) -> EventExplanation:
    """Explains a stored event for every rule, or for one.

    Raises:
        NotFoundError: there is no such event, or no such rule at its time.
    """
    detail = await asyncio.to_thread(log.event, event_id)
    if detail is None:
        raise NotFoundError(
            f"there is no event {format_id(event_id)}",
            fix="Copy its id from the log; it may have been deleted since.",
        )
    decided = await revisions.of(detail.revision)
    others: dict[int, RuleSet] = {}
    for revision in _replayed_with(detail):
        with contextlib.suppress(NotFoundError):
            others[revision] = await revisions.of(revision)
    contact = await _contact_now(log, detail, (decided, *others.values()))
    # With thousands of rules it takes seconds, in which others are answered.
    explanation = await asyncio.to_thread(explain_detail, detail, decided, contact, rule_id)
    beside = await asyncio.to_thread(_explain_beside, detail, others, contact, rule_id)
    return replace(explanation, beside=beside)


async def explain_run(log: Log, run: Run, rule_set: RuleSet) -> EventExplanation | None:
    """Explains for a run's event the rule of the run, by the rule set of the run's revision.

    None when the event is gone.

    Raises:
        NotFoundError: the rule is not in the set.
    """
    detail = await asyncio.to_thread(log.event, run.event_id)
    if detail is None:
        return None
    contact = await _contact_now(log, detail, (rule_set,))
    return await asyncio.to_thread(explain_detail, detail, rule_set, contact, run.rule, run)


async def _contact_now(
    log: Log, detail: EventDetail, rule_sets: Iterable[RuleSet]
) -> Mapping[str, Any]:
    """The contact of an event as it is now, if one of the rule sets may read it; else empty."""
    key = detail.event.contact
    if key is None or not any(rules.needs_contact for rules in rule_sets):
        return {}
    return await asyncio.to_thread(log.contact, key)


def explain_detail(
    detail: EventDetail,
    rule_set: RuleSet,
    contact: Mapping[str, Any],
    rule_id: str | None,
    of_run: Run | None = None,
) -> EventExplanation:
    """The explanation of an event by a rule set, without looking anything up.

    `contact` is as it is now. The rule set is that which decided about the event, or that of the
    run `of_run`, which may be a replay or have been tried again with newer rules.

    Raises:
        NotFoundError: there is no such rule in the set.
    """
    event = detail.event
    if event.is_emptied:
        return EventExplanation(event, detail.revision, ())
    if rule_id is not None and rule_set.rule(rule_id) is None:
        names = ", ".join(rule.spec.id for rule in rule_set.rules)
        raise NotFoundError(
            f"there was no rule {rule_id} in revision {detail.revision}",
            fix=f"The rules were: {names or 'none'}.",
        )
    mark = _mark_of(of_run, detail)
    # A replay has decided with what was there by then.
    kept = () if of_run is not None and of_run.replay else detail.seen
    accounts = sorted(
        _accounts(detail, rule_set, contact, rule_id, kept),
        key=lambda account: not account.explanation.matched,
    )
    others = tuple(
        row
        for row in detail.runs
        if rule_set.rule(row.run.rule) is None and rule_id in (None, row.run.rule)
    )
    return EventExplanation(
        event,
        detail.revision,
        tuple(replace(account, notes=(*mark, *account.notes)) for account in accounts),
        others,
        unread=rule_set.unread,
    )


def _mark_of(run: Run | None, detail: EventDetail) -> tuple[Sentence, ...]:
    """Says of the rule of a run that it is not the one that decided about the event."""
    if run is None:
        return ()
    revision = str(run.revision)
    if run.replay:
        return (Sentence(OF_REPLAY, {"revision": revision}),)
    if run.revision == detail.revision:
        return ()
    return (Sentence(OF_NEWER, {"revision": revision, "decided": str(detail.revision)}),)


def _replayed_with(detail: EventDetail) -> dict[int, dict[str, Run]]:
    """A run of each rule of other revisions with which replays have started runs."""
    found: dict[int, dict[str, Run]] = {}
    for row in detail.runs:
        run = row.run
        if run.replay and not run.path and run.revision != detail.revision:
            found.setdefault(run.revision, {})[run.rule] = run
    return {revision: found[revision] for revision in sorted(found)[-_MOST_REVISIONS:]}


def _explain_beside(
    detail: EventDetail,
    rule_sets: Mapping[int, RuleSet],
    contact: Mapping[str, Any],
    rule_id: str | None,
) -> tuple[RevisionAccount, ...]:
    """Explains the rules of other revisions with which replays have started runs."""
    replayed = _replayed_with(detail)
    found = []
    for revision, rule_set in rule_sets.items():
        accounts = [
            replace(account, runs=())
            for rule, run in replayed[revision].items()
            if rule_id in (None, rule) and rule_set.rule(rule) is not None
            for account in explain_detail(detail, rule_set, contact, rule, run).rules
        ]
        if accounts:
            found.append(RevisionAccount(revision, tuple(accounts)))
    return tuple(found)


def _accounts(
    detail: EventDetail,
    rule_set: RuleSet,
    contact: Mapping[str, Any],
    rule_id: str | None,
    kept: tuple[SeenValues, ...],
) -> Iterator[RuleAccount]:
    event = detail.event
    scope = {
        "event": event.body,
        "connection": {"name": event.connection, "provider": event.provider},
        "now": iso_time(event.received_at),
        "steps": {},
    }
    facts = EventFacts(event.type, event.connection, event.provider, event.is_self)
    record = Record.of(detail.runs, [rule.spec.id for rule in rule_set.rules])
    then = RecalledValues(kept, contact, record.places)
    now = RecalledValues((), contact)
    stopped_by = ""
    left_out, hints = rule_set.left_out(then.common_scope(rule_set, scope), facts), Hints()
    for rule in rule_set.rules:
        own = rule.spec.id
        values = now if record.waits_for_turn(own) else then
        explanation = explain_rule(
            rule,
            values.scope(rule, scope),
            facts,
            stopped_by=stopped_by,
            is_left_out=own in left_out,
            hints=hints,
        )
        if rule_id in (None, own):
            runs = [row for row in detail.runs if row.run.rule == own and not row.run.is_undecided]
            notes = notes_on(rule, explanation, record, values.unknown(rule))
            yield RuleAccount(explanation, tuple(runs), notes)
        if rule.may_stop and record.has_stopped(own):
            stopped_by = stopped_by or own


def _run_json(row: RunRow) -> dict[str, Any]:
    return {
        "id": format_id(row.id),
        "rule": row.run.rule,
        "revision": row.run.revision,
        "state": row.state_label,
        "reason": reason_json(row.run.because),
        "shadow": row.run.is_shadow,
        "replay": dict(row.run.replay) or None,
        "decisions": list(row.run.decisions),
    }


def _run_lines(row: RunRow, say: Say, rule: str = "") -> list[str]:
    """The run, what it replays, and what people decided about it."""
    replay = row.run.replay
    lines = [_run_line(row, say, rule)]
    if replay:
        source = f"run {replay['of']}" if "of" in replay else N_("the event")
        at = replay["at"]
        lines.append(
            f"    replayed from {source} by {replay['by']} at {at}, replay {replay['id']},"
            f" with revision {row.run.revision}"
        )
    for decision in row.run.decisions:
        with_revision = f"; with revision {row.run.revision}" if decision["did"] == "retry" else ""
        reason = decision["reason"]
        why = f": {say(Reason.from_json(reason))}" if reason else ""
        was = f"{decision['state']}{why}"
        lines.append(
            f"    {_DECISIONS[decision['did']]} by {decision['by']} at {decision['at']};"
            f" it was {was}{with_revision}"
        )
    return lines


def _run_line(row: RunRow, say: Say, rule: str) -> str:
    run = row.run
    what = f"follow-up {run.path}" if run.path else "run"
    if rule:
        what = f"{rule} (revision {run.revision}): {what}"
    shadow = " in shadow" if run.is_shadow else ""
    reason = run.because
    because = f": {say(reason)}" if reason else ""
    last = f" ({row.last_summary})" if row.last_summary and not run.reason else ""
    return f"→ {what} {format_id(row.id)}{shadow} {row.state_label}{because}{last}"
