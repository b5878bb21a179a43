"""The pages of reports, which `automator.server.reports` computes and describes in words."""

from collections.abc import Sequence
from functools import partial

from automator.engine.figures import answer_times, missed_buyers
from automator.engine.figures.answer_times import Answers
from automator.engine.figures.coverage import MOST_SECONDS
from automator.engine.figures.funnel import PERIODS as FUNNEL_PERIODS
from automator.model import record
from automator.model.messaging_policy import MINUTE_MS
from automator.server.pages import RequestContext, Response, render
from automator.server.pages.step_texts import without_expressions
from automator.server.reports import answers, audit, coverage, funnel, missed, promotion
from automator.server.reports.declarations import (
    ANSWERS,
    AUDIT,
    COVERAGE,
    EVENTS,
    FUNNEL,
    MISSED,
    PROMOTION,
    RUNS,
)
from automator.server.reports.routes import asked_in, further
from automator.server.shared.contacts import address_of

#: Seconds for a first look at the coverage; if they are not enough, the page offers to look longer.
_FIRST_SECONDS = 1.0
#: The periods that the page of a promotion offers for the comparison.
_LENGTHS = ("1d", "7d", "30d")


async def show_coverage(context: RequestContext) -> Response:
    """All rules, or the named one, with conditions and findings; rules with findings come first."""
    asked = asked_in(context, COVERAGE)
    one = asked.rule
    is_long = context.query("long") == "yes"
    found = await coverage.answer(context, asked, MOST_SECONDS if is_long else _FIRST_SECONDS)
    wanted = [item for item in found.rules if one in ("", item.rule)]
    unmet = [item for item in found.unmet if item in wanted]
    met = [item for item in wanted if item not in unmet]
    return render(
        context,
        "coverage.html",
        found=found,
        one=one,
        may_look_longer=found.is_cut and not is_long,
        rules=sorted(met, key=lambda item: not any(item.findings(found.events))),
        unmet=coverage.unmet_text(unmet, context.translator) if unmet else "",
    )


async def show_funnel(context: RequestContext) -> Response:
    """Every message of a rule with the number of people who got it, and why others did not."""
    asked = asked_in(context, FUNNEL)
    found = await funnel.answer(context, asked)
    others = await funnel.compared_with(context, asked) if found.split else []
    variants = [
        (one, arm)
        for one in (found, *others)
        if one.split == found.split
        for arm in one.arms
        if arm.entered or one is found
    ]
    return render(
        context,
        "funnel.html",
        found=found,
        variants=variants if found.split else [],
        left=partial(funnel.left_text, _=context.translator),
        title=lambda one: without_expressions(funnel.stage_text(one, context.translator)),
        clicked=partial(funnel.clicked_text, _=context.translator),
        days=asked.days,
        periods=sorted({*FUNNEL_PERIODS, asked.days}),
        further=further(context, "runs", RUNS.usual),
        texts={
            "nothing": funnel.NOTHING_SAID,
            "nobody": funnel.NOBODY,
            "cut": funnel.CUT,
        },
    )


async def show_promotion(context: RequestContext) -> Response:
    """The messages that a rule would have sent, compared with the messages of live rules."""
    asked = asked_in(context, PROMOTION)
    found = await promotion.answer(context, asked)
    active = context.services.rulebook.active
    return render(
        context,
        "promotion.html",
        found=found,
        # A text of another revision would be refused, so nobody is shown it.
        text=active.rule_set.files[found.file] if active.revision == found.revision else "",
        since=asked.since,
        lengths=_LENGTHS,
        words=promotion.VERDICT_WORDS,
        both_send=promotion.BOTH_SEND,
    )


@record(kw_only=False)
class HourBar:
    """An hour of the day in the chart: its inquiries, and heights in percent of the highest bar."""

    answers: Answers
    #: The heights of the parts, from below: answered in five minutes, in an hour, later, never.
    heights: tuple[float, ...]


async def show_answers(context: RequestContext) -> Response:
    """The share of people who were answered, and how long they waited."""
    asked = asked_in(context, ANSWERS)
    found = await answers.answer(context, asked)
    return render(
        context,
        "answers.html",
        found=found,
        bars=_bars(found.hours),
        longest=answers.longest_text(found, context.translator),
        wait=partial(answers.wait_text, _=context.translator),
        days=asked.days,
        periods=sorted({*answer_times.PERIODS, asked.days}),
        connection=asked.connection,
        connections=context.services.connection_names,
        further=further(context, "events", EVENTS.usual),
        texts=answers,
    )


def _bars(hours: Sequence[Answers]) -> list[HourBar]:
    parts = [(one.quick, one.soon, one.late, one.unanswered) for one in hours]
    highest = max(1, *map(sum, parts))
    return [
        HourBar(one, tuple(round(100 * count / highest, 2) for count in part))
        for one, part in zip(hours, parts, strict=True)
    ]


async def show_missed(context: RequestContext) -> Response:
    """The list of missed buyers, the newest first."""
    asked = asked_in(context, MISSED)
    report = await missed.answer(context, asked)
    found, _ = report.found, context.translator
    query = {
        "days": asked.days,
        "minutes": found.after_ms // MINUTE_MS,
        "connection": asked.connection,
    }
    return render(
        context,
        "missed.html",
        found=found,
        silences=report.silences,
        query=query,
        periods=sorted({*missed_buyers.PERIODS, query["days"]}),
        connections=context.services.connection_names,
        further=further(context, "events", EVENTS.usual),
        address_of=_address_of,
        signs=partial(missed.signs_text, _=_),
        fate=partial(missed.fate_text, _=_),
        silence=partial(missed.silence_text, _=_),
        texts=missed,
    )


def _address_of(key: str) -> str:
    """The address of the page of the contact with this key."""
    connection, _, person = key.partition(":")
    return address_of(connection, person)


async def show_audit(context: RequestContext) -> Response:
    """The audit trail, the newest first; `verify=yes` checks the chain of all rows."""
    asked = asked_in(context, AUDIT)
    found = await audit.answer(context, asked)
    given = {name: getattr(asked, name) for name in ("who", "what", "since", "until")}
    return render(
        context,
        "audit.html",
        found=found,
        asked=asked,
        given={name: value for name, value in given.items() if value},
        older=found.rows[-1].id if found.has_more else "",
        chain=audit.chain_text(found.verified, context.translator) if found.verified else "",
        kinds=sorted((one.code, context.translator.kind(one.code)) for one in audit.KINDS),
        nothing=audit.NOTHING,
    )
