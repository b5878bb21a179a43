"""The times of answers to people, as a page and the API ask for them."""

import asyncio

from automator.engine.figures.answer_times import AnswerTimes, answer_times
from automator.server.figures.parameters import ANSWER_DAYS, ANSWER_EVENTS
from automator.server.web.request_context import RequestContext


async def answers_of(context: RequestContext) -> AnswerTimes:
    """The answers to people, as the address asks for them: `days`, `connection` and `events`.

    Raises:
        UsageError: one of them is no number that can be asked for.
    """
    days = context.number(ANSWER_DAYS)
    most = context.number(ANSWER_EVENTS)
    return await asyncio.to_thread(
        answer_times,
        context.services.store.log,
        context.now_ms,
        context.zone,
        days=days,
        connection=context.query("connection"),
        most=most,
    )
