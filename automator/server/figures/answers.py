"""The times of answers to people, as a page and the API ask for them."""

import asyncio

from automator.engine.figures.answer_times import (
    LONGEST_DAYS,
    MOST_EVENTS,
    USUAL_DAYS,
    USUAL_EVENTS,
    AnswerTimes,
    answer_times,
)
from automator.model import N_, UsageError, whole_number
from automator.server.web.request_context import RequestContext


async def answers_of(context: RequestContext) -> AnswerTimes:
    """The answers to people, as the address asks for them: `days`, `connection` and `events`.

    Raises:
        UsageError: one of them is no number that can be asked for.
    """
    days = number_asked_for(context.query("days"), USUAL_DAYS, LONGEST_DAYS)
    most = number_asked_for(context.query("events"), USUAL_EVENTS, MOST_EVENTS)
    return await asyncio.to_thread(
        answer_times,
        context.services.store.log,
        context.now_ms,
        context.zone,
        days=days,
        connection=context.query("connection"),
        most=most,
    )


def number_asked_for(text: str, usual: int, most: int) -> int:
    """The number in a text; a usual one where it is empty.

    Raises:
        UsageError: it is none, or too large.
    """
    number = whole_number(text, most) if text else usual
    if not number:
        raise UsageError(
            N_("'{text}' is no number that can be asked for here"),
            fix=N_("Write a number up to {most}."),
            text=text,
            most=most,
        )
    return number
