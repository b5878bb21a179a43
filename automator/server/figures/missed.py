"""The missed buyers, each with the reasons of the rules, for the page, the API and the command."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Any

from automator.clock import iso_time
from automator.configuration.settings import Settings
from automator.engine.explanation.event_explanation import EventExplanation, ExplainedRule
from automator.engine.explanation.why import explain_event
from automator.engine.figures.buying_signs import BuyingSigns
from automator.engine.figures.missed_buyers import MissedBuyer, MissedBuyers, missed_buyers
from automator.engine.rulesets.revisions import Revisions
from automator.model import NotFoundError, Reason, reason_json, record
from automator.model.messaging_policy import MINUTE_MS
from automator.server.figures.parameters import (
    ANSWER_DAYS,
    ANSWER_EVENTS,
    MISSED_BUYERS,
    MISSED_MINUTES,
)
from automator.server.web.request_context import RequestContext
from automator.store import Log

#: Seconds after which no further reasons are looked for; rules that are named beside a buyer.
_MOST_SECONDS = 3.0
_MOST_RULES = 3


@record(kw_only=False)
class Silence:
    """A rule that did not answer, and why."""

    rule: str
    name: str
    reason: Reason | None


@record
class MissedReport:
    """The missed buyers, and for each the rules that came closest."""

    found: MissedBuyers
    #: By the event. An event that is missing was not explained: it would have taken too long.
    silences: Mapping[int, tuple[Silence, ...]]

    def as_json(self) -> dict[str, Any]:
        """As the API writes it."""
        return {
            "since": iso_time(self.found.since_ms),
            "until": iso_time(self.found.until_ms),
            "minutes": self.found.after_ms // MINUTE_MS,
            "is_cut": self.found.is_cut,
            "items": [self._json_of(buyer) for buyer in self.found.buyers],
        }

    def _json_of(self, buyer: MissedBuyer) -> dict[str, Any]:
        silences = self.silences.get(buyer.event_id)
        told = silences or ()
        why = [{"rule": one.rule, "reason": reason_json(one.reason)} for one in told]
        return {**buyer.as_json(), "why": None if silences is None else why}


async def missed_of(context: RequestContext) -> MissedReport:
    """The missed buyers, as the address asks for them: `days`, `minutes`, `connection`, `events`
    and `limit`.

    Raises:
        UsageError: one of them is no number that can be asked for.
    """
    services = context.services
    minutes = context.number(MISSED_MINUTES) if context.query(MISSED_MINUTES.name) else None
    return await missed_report(
        services.store.log,
        services.rulebook.revisions,
        services.settings,
        context.now_ms,
        days=context.number(ANSWER_DAYS),
        minutes=minutes,
        connection=context.query("connection"),
        events=context.number(ANSWER_EVENTS),
        limit=context.number(MISSED_BUYERS),
    )


async def missed_report(
    log: Log,
    revisions: Revisions,
    settings: Settings,
    now_ms: int,
    *,
    days: int,
    minutes: int | None,
    connection: str,
    events: int,
    limit: int,
) -> MissedReport:
    """The missed buyers of the last days; without `minutes`, as long as the settings say."""
    wanted = settings.missed_buyers
    look = partial(
        missed_buyers,
        log,
        BuyingSigns(wanted.signs),
        now_ms,
        days=days,
        after_ms=round(wanted.after * 1000) if minutes is None else minutes * MINUTE_MS,
        connection=connection,
        most=events,
        listed=limit,
    )
    found = await asyncio.to_thread(look)
    silences: dict[int, tuple[Silence, ...]] = {}
    deadline = time.monotonic() + _MOST_SECONDS
    for buyer in found.buyers:
        if time.monotonic() > deadline:
            break
        try:
            explained = await explain_event(log, revisions, buyer.event_id)
        except NotFoundError:
            continue
        silences[buyer.event_id] = tuple(islice(_silences(explained), _MOST_RULES))
    return MissedReport(found=found, silences=silences)


def _silences(explained: EventExplanation) -> list[Silence]:
    """The rules that listen to such events, those that began to act first."""
    listening = [rule for rule in explained.rules if _has_listened(rule)]
    return [_silence(rule) for rule in sorted(listening, key=lambda rule: not rule.runs)]


def _has_listened(rule: ExplainedRule) -> bool:
    """Whether the conditions of a rule were asked, or it matched without any."""
    return bool(rule.runs or rule.explanation.matched or rule.explanation.conditions)


def _silence(rule: ExplainedRule) -> Silence:
    told = [row.run.because or row.last_summary for row in rule.runs]
    reason = next((one for one in told if one is not None), None)
    explanation = rule.explanation
    return Silence(explanation.rule, explanation.name, reason or explanation.decided_by)
