"""The report `missed`: people who wanted to buy and got no answer in time, and why."""

import time
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from automator.clock import iso_time
from automator.engine.explanation.event_explanation import EventExplanation, ExplainedRule
from automator.engine.explanation.why import explain_event
from automator.engine.figures.buying_signs import BuyingSigns
from automator.engine.figures.missed_buyers import MissedBuyer, MissedBuyers, missed_buyers
from automator.language import Translator
from automator.model import N_, NotFoundError, Reason, format_id, in_one_line, reason_json, record
from automator.model.messaging_policy import MINUTE_MS
from automator.server.reports.declarations import MissedAsked, ReportSource

#: At most this many seconds are spent on finding reasons; a buyer gets at most this many rules.
_MOST_SECONDS = 3.0
_MOST_RULES = 3
#: The built-in buying signs in words; a sign from the settings is shown by its name.
_SIGNS = {
    "price": N_("asks the price"),
    "phone": N_("leaves a phone number"),
    "stock": N_("asks whether it is there"),
    "contact": N_("wants to be written to"),
    "order": N_("wants to order"),
}
DEFINITION = N_(
    "Comments and private messages of people who seem to want to buy, without an answer in "
    "time from a rule or from one of you. Answers are a private message, a reply below the "
    "comment, and any later comment of the Page in the same thread. Blocked people are left "
    "out."
)
NOBODY = N_("Nobody who wants to buy was left waiting in this time.")
CUT = N_("There are more: the newest were looked at.")
NO_RULE = N_("no rule listens to it")
_LONGEST_TEXT, _LONGEST_NAME = 100, 60


@record(kw_only=False)
class Silence:
    """A rule that did not answer, and why."""

    rule: str
    name: str
    reason: Reason | None


@record
class MissedReport:
    """The missed buyers, and for each the rules that might have answered."""

    found: MissedBuyers
    #: The rules by the id of the buyer's event; without events that there was no time to explain.
    silences: Mapping[int, tuple[Silence, ...]]

    def as_json(self) -> dict[str, Any]:
        """The report in the form of the API."""
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


async def answer(here: ReportSource, asked: MissedAsked) -> MissedReport:
    """Finds the missed buyers of the last days; without `minutes`, settings define the wait."""
    wanted = here.settings.missed_buyers
    minutes = asked.minutes
    look = partial(
        missed_buyers,
        here.log,
        BuyingSigns(wanted.signs),
        here.now_ms,
        days=asked.days,
        after_ms=round(wanted.after * 1000) if minutes is None else minutes * MINUTE_MS,
        connection=asked.connection,
        most=asked.events,
        listed=asked.limit,
    )
    found = await here.work(look)
    silences: dict[int, tuple[Silence, ...]] = {}
    deadline = time.monotonic() + _MOST_SECONDS
    for buyer in found.buyers:
        if time.monotonic() > deadline:
            break
        try:
            explained = await explain_event(here.log, here.revisions, buyer.event_id)
        except NotFoundError:
            continue
        silences[buyer.event_id] = tuple(islice(_silences(explained), _MOST_RULES))
    return MissedReport(found=found, silences=silences)


def _silences(explained: EventExplanation) -> list[Silence]:
    """The rules that listened to the event; rules that began to act come first."""
    listening = [rule for rule in explained.rules if _has_listened(rule)]
    return [_silence(rule) for rule in sorted(listening, key=lambda rule: not rule.runs)]


def _has_listened(rule: ExplainedRule) -> bool:
    """Whether the conditions of a rule were evaluated, or it matched without conditions."""
    return bool(rule.runs or rule.explanation.matched or rule.explanation.conditions)


def _silence(rule: ExplainedRule) -> Silence:
    told = [row.run.unsent_because or row.last_summary for row in rule.runs]
    reason = next((one for one in told if one is not None), None)
    explanation = rule.explanation
    return Silence(explanation.rule, explanation.name, reason or explanation.decided_by)


def as_text(report: MissedReport, _: Translator) -> str:
    """The whole report as text, for the terminal."""
    found = report.found
    since, until = _.time(found.since_ms), _.time(found.until_ms)
    wait = _.duration(found.after_ms)
    lines = [
        _(N_("From {since} to {until}, without an answer within {wait}"), since=since, until=until,
          wait=wait)
    ]  # fmt: skip
    if not found.buyers:
        lines.append(_(NOBODY))
    for buyer in found.buyers:
        lines += ["", *_buyer_lines(buyer, report.silences.get(buyer.event_id), _)]
    if found.is_cut:
        lines += ["", _(CUT)]
    return "\n".join([*lines, "", _(DEFINITION)])


def signs_text(buyer: MissedBuyer, _: Translator) -> str:
    """The buying signs of a person, in words."""
    return ", ".join(_(_SIGNS[name]) if name in _SIGNS else name for name in buyer.signs)


def silence_text(silence: Silence, _: Translator) -> str:
    """The reason why a rule did not answer."""
    said = _.say(silence.reason)
    name = silence.name or silence.rule
    return f"{name}: {said}" if said else name


def fate_text(buyer: MissedBuyer, _: Translator) -> str:
    """Whether the person was answered late, in words."""
    if buyer.answered_at is None:
        return _(N_("no answer yet"))
    return _(
        N_("answered after {wait}"), wait=_.duration(_in_minutes(buyer.answered_at - buyer.at))
    )


def _in_minutes(ms: int) -> int:
    return max(1, ms // 60_000) * 60_000


def _buyer_lines(
    buyer: MissedBuyer, silences: tuple[Silence, ...] | None, _: Translator
) -> Iterator[str]:
    who = in_one_line(buyer.name, _LONGEST_NAME) or buyer.contact
    yield (
        f"{_.time(buyer.at)}  {who}  “{in_one_line(buyer.text, _LONGEST_TEXT)}”"
        f"  [{format_id(buyer.event_id)}]"
    )
    yield f"    {signs_text(buyer, _)} · {fate_text(buyer, _)} · {buyer.connection}"
    if buyer.post_url:
        yield f"    {buyer.post_url}"
    if silences is not None and not silences:
        yield f"    – {_(NO_RULE)}"
    for silence in silences or ():
        yield f"    – {silence_text(silence, _)}"
