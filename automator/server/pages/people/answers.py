"""The page of the report `answers`: how fast people are answered, with a chart by hour."""

from collections.abc import Sequence
from functools import partial

from starlette.responses import Response

from automator.engine.figures.answer_times import PERIODS, Answers
from automator.model import record
from automator.server.reports import answers
from automator.server.reports.declarations import ANSWERS, EVENTS
from automator.server.reports.routes import asked_in, further
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render


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
        periods=sorted({*PERIODS, asked.days}),
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
