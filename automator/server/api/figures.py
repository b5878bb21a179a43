"""The API of figures: answers to people, and results of rules."""

from typing import TYPE_CHECKING

from automator.server.figures.coverage import coverage_of
from automator.server.figures.coverage_text import coverage_text
from automator.server.shared.responses import JsonAnswer, report_answer
from automator.server.web.request_context import RequestContext

if TYPE_CHECKING:
    from automator.server.answers.figures import (
        AnswerTimesJson,
        CoverageJson,
        FunnelJson,
        MissedJson,
    )
    from automator.server.answers.values import TextJson


async def get_answers(context: RequestContext) -> "JsonAnswer[AnswerTimesJson | TextJson]":
    """The answers to people, how soon and by whom, by day, connection and hour."""
    from automator.server.figures.answer_text import answer_text
    from automator.server.figures.answers import answers_of

    return report_answer(context, await answers_of(context), answer_text)


async def get_missed(context: RequestContext) -> "JsonAnswer[MissedJson | TextJson]":
    """The people who want to buy and had no answer in time, each with why no rule answered."""
    from automator.server.figures.missed import missed_of
    from automator.server.figures.missed_text import missed_text

    return report_answer(context, await missed_of(context), missed_text)


async def get_coverage(context: RequestContext) -> "JsonAnswer[CoverageJson | TextJson]":
    """The decisions of the rules in force about the newest events, counted."""
    found = await coverage_of(context)
    rule = context.query("rule") or None
    return report_answer(context, found, lambda found, _: coverage_text(found, rule, _))


async def get_funnel(context: RequestContext) -> "JsonAnswer[FunnelJson | TextJson]":
    """The number of people who got each message of a rule, and the reasons of the others."""
    from automator.server.figures.funnel_text import funnel_text
    from automator.server.figures.funnels import funnel_in_address

    return report_answer(
        context, await funnel_in_address(context, context.path("rule")), funnel_text
    )
