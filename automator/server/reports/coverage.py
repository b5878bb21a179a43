"""The report `coverage`: how often each rule and condition matched, and events without a rule."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from automator.engine.figures.coverage import MOST_SECONDS, cover
from automator.engine.figures.coverage_result import ConditionCoverage, Coverage, RuleCoverage
from automator.language import Translator
from automator.model import N_, format_id, in_one_line
from automator.server.reports.declarations import CoverageAsked, ReportSource

_LONGEST = 80


async def answer(
    here: ReportSource, asked: CoverageAsked, seconds: float = MOST_SECONDS
) -> Coverage:
    """Computes the coverage by the newest events, as many as can be evaluated in `seconds`."""
    rules, revision = await here.rules()
    look = partial(cover, here.log, rules, revision, asked.events, seconds)
    return replace(await here.work(look, is_long=True), only=asked.rule)


def as_text(found: Coverage, _: Translator) -> str:
    """The whole report, or the part about one rule, as text for the terminal."""
    if not found.events or found.since_ms is None:
        return _(N_("No event has come in yet."))
    lines = [
        _.counted(
            "{count} event since {time}, with revision {revision}",
            "{count} events since {time}, with revision {revision}",
            found.events,
            time=_.time(found.since_ms),
            revision=found.revision,
        )
    ]
    unmet = [] if found.only else found.unmet
    for item in found.rules:
        if found.only in ("", item.rule) and item not in unmet:
            lines += ["", *_rule_lines(item, found.events, _)]
    if unmet:
        lines += ["", f"○ {unmet_text(unmet, _)}"]
    if not found.only and found.untaken:
        lines += ["", _(N_("Events that no rule takes:"))]
        for group in found.untaken:
            said = f"  “{in_one_line(group.text, _LONGEST)}”" if group.text else ""
            where = f"{group.connection}  {group.type}  [{format_id(group.event_id)}]"
            lines += [
                f"{_.number(group.count):>9}  {where}{said}",
                f"           {', '.join(group.shape)}",
            ]
        if found.more_untaken:
            lines.append(f"{_.number(found.more_untaken):>9}  {_(N_('others'))}")
    return "\n".join(lines)


def unmet_text(rules: Sequence[RuleCoverage], _: Translator) -> str:
    """The sentence about all rules that no event could match."""
    return _.counted(
        "No event yet was one that this rule listens to: {rules}",
        "No event yet was one that these {count} rules listen to: {rules}",
        len(rules),
        rules=", ".join(rule.name or rule.rule for rule in rules),
    )


def _rule_lines(item: RuleCoverage, events: int, _: Translator) -> Iterator[str]:
    title = f"{item.rule} ({item.name})" if item.name else item.rule
    if not item.is_on:
        yield f"○ {title}  [{item.place}]: {_(N_('off'))}"
        return
    findings = list(item.findings(events))
    last = "" if item.last_matched is None else f", {_.time(item.last_matched)}"
    counts = _(N_("{matched} of {listened} matched"), matched=_.number(item.matched),
               listened=_.number(item.listened))  # fmt: skip
    yield f"{'!' if findings else '✓'} {title}  [{item.place}]: {counts}{last}"
    for rule, count in item.hidden.most_common():
        text = N_("{rule} (stop: true) kept {count} from it")
        yield f"    {_(text, rule=rule, count=_.number(count))}"
    for condition in item.conditions:
        yield from _condition_lines(condition, _)
    for finding in findings:
        yield f"    ! {_.say(finding)}"


def _condition_lines(item: ConditionCoverage, _: Translator) -> Iterator[str]:
    counts = f"✓ {_.number(item.held)}  ✗ {_.number(item.failed)}"
    yield f"    {counts}  {in_one_line(item.text, _LONGEST)}  [{item.place}]"
    told = []
    if item.last_true is not None:
        told.append(_(N_("held last {time}"), time=_.time(item.last_true)))
    if item.last_false is not None:
        told.append(_(N_("did not hold last {time}"), time=_.time(item.last_false)))
    if told:
        yield f"        {'; '.join(told)}"
