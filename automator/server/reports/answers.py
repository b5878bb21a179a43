"""The report `answers`: how soon people are answered, by whom and when they wait longest."""

from collections.abc import Iterator

from automator.engine.figures.answer_times import (
    ANSWERED_WITHIN_MS,
    Answers,
    AnswerTimes,
    WaitTimes,
    answer_times,
)
from automator.language import Translator
from automator.model import N_
from automator.server.reports.declarations import AnswersAsked, ReportSource

_SECOND_MS, _MINUTE_MS, _HOUR_MS = 1_000, 60_000, 3_600_000

DEFINITION = N_(
    "The time runs from a person's first private message without an answer to the first "
    "answer within 24 hours, by a rule or by hand. After 24 hours the message counts as "
    "unanswered. Comments and blocked people are left out."
)
NOBODY = N_("Nobody has sent a private message in this time.")
CUT = N_("There are too many events for the whole time: the newest were looked at, since {time}.")


async def answer(here: ReportSource, asked: AnswersAsked) -> AnswerTimes:
    """Computes the times of answers to people within the last days."""
    return await here.work(
        lambda: answer_times(
            here.log,
            here.now_ms,
            here.zone,
            days=asked.days,
            connection=asked.connection,
            most=asked.events,
        )
    )


def as_text(found: AnswerTimes, _: Translator) -> str:
    """The whole report as text, for the terminal."""
    if not found.all.inquiries:
        return _(NOBODY)
    since, until = _.time(found.since_ms), _.time(found.until_ms)
    lines = [
        _(N_("From {since} to {until}"), since=since, until=until),
        *(f"    {line}" for line in _totals(found.all, _)),
        "",
        *(f"{one.key}: {_in_one_line(one, _)}" for one in found.days),
    ]
    if len(found.connections) > 1:
        lines += ["", *(f"{one.key}: {_in_one_line(one, _)}" for one in found.connections)]
    if sentence := longest_text(found, _):
        lines += ["", sentence]
    if found.is_cut:
        lines += ["", _(CUT, time=since)]
    return "\n".join([*lines, "", _(DEFINITION)])


def longest_text(found: AnswerTimes, _: Translator) -> str:
    """The hour at which people wait longest, in words; "" if no hour stands out."""
    hour = found.longest
    if hour is None:
        return ""
    text = N_("People who write between {hour}:00 and {hour}:59 wait longest: half of them {wait}.")
    wait = wait_text(hour.typical_ms, _)
    if (hour.typical_ms or 0) >= ANSWERED_WITHIN_MS:
        text = N_(
            "People who write between {hour}:00 and {hour}:59 wait longest: half get no answer."
        )
    return _(text, hour=hour.key, wait=wait)


def wait_text(ms: int | None, _: Translator) -> str:
    """A wait in hours, minutes or seconds, rounded for people; a dash for None."""
    if ms is None:
        return "–"
    if ms < _SECOND_MS:
        return _(N_("under 1 s"))
    unit = _HOUR_MS if ms >= 10 * _HOUR_MS else _MINUTE_MS if ms >= _MINUTE_MS else _SECOND_MS
    return _.duration(round(ms / unit) * unit)


def _totals(of_all: Answers, _: Translator) -> Iterator[str]:
    yield _in_one_line(of_all, _)
    if of_all.open:
        yield _.counted(
            "{count} can still be answered in time", "{count} can still be answered in time",
            of_all.open,
        )  # fmt: skip
    if of_all.unanswered:
        yield _.counted("{count} unanswered", "{count} unanswered", of_all.unanswered)
    for text, part in (
        (N_("by rules: {count}"), of_all.by_rules),
        (N_("by hand: {count}"), of_all.by_people),
    ):
        if part.count:
            yield f"{_(text, count=_.number(part.count))}, {_waits(part, _)}"


def _in_one_line(one: Answers, _: Translator) -> str:
    told = [_.counted("{count} inquiry", "{count} inquiries", one.inquiries)]
    if one.percent is not None:
        told.append(_(N_("{percent} % answered"), percent=one.percent))
    if one.answered.count:
        told.append(_waits(one.answered, _))
    return ", ".join(told)


def _waits(part: WaitTimes, _: Translator) -> str:
    text = N_("half within {median}, nine of ten within {late}")
    return _(text, median=wait_text(part.median_ms, _), late=wait_text(part.late_ms, _))
