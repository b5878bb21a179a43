"""The report `promotion`: what a rule would have sent, beside what live rules have sent."""

from collections.abc import Iterator, Sequence
from functools import partial

from automator.configuration.values import parse_duration
from automator.engine.figures.promotion import Example, Promotion, Send, compare
from automator.language import Translator
from automator.model import N_, UsageError, format_id, in_one_line
from automator.server.editing.promotions import rule_to_promote
from automator.server.reports.declarations import PromotionAsked, ReportSource

#: How the messages for an event compare, in words.
VERDICT_WORDS = {
    "same": N_("the live rules sent the same"),
    "other": N_("the live rules sent something else"),
    "only_this": N_("only this rule"),
    "only_others": N_("only the live rules"),
    "neither": N_("nobody sends anything"),
}
BOTH_SEND = N_(
    "When this rule is live for everybody, these go on sending: switch them off, or give the rule"
    " that comes first stop: true."
)
_LONGEST = 100
_LONGEST_S = 90 * 86_400


async def answer(here: ReportSource, asked: PromotionAsked) -> Promotion:
    """Compares a rule that is not live for everybody with the live rules.

    Raises:
        NotFoundError: there is no such rule.
        UsageError: the rule is already live for everybody, or `since` is no length of time.
    """
    rules, revision = await here.rules()
    rule = rule_to_promote(rules, asked.rule)
    since_ms = here.now_ms - _length_ms(asked.since)
    work = partial(compare, here.log, rule, revision, here.actions, since_ms, here.now_ms)
    return await here.work(work)


def _length_ms(text: str) -> int:
    """The milliseconds of a length of time.

    Raises:
        UsageError: the text is no length of time, or the time is too long.
    """
    try:
        seconds = parse_duration(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= _LONGEST_S:
        raise UsageError(
            N_("'{text}' is no length of time that can be looked at"),
            fix=N_("Write up to 90 days, as in 12h or 7d."),
            text=text,
        )
    return round(seconds * 1000)


def as_text(found: Promotion, _: Translator) -> str:
    """The whole report as text, for the terminal."""
    events = _.counted("{count} event", "{count} events", found.events)
    lines = [
        _(N_("{rule}, since {time}: {events}"), rule=found.rule, time=_.time(found.since_ms),
          events=events),
    ]  # fmt: skip
    if found.is_cut:
        lines.append(_(N_("there are more; these are the newest")))
    if not found.events:
        return "\n".join([*lines, _(N_("It has not met any event yet."))])
    lines += [_counts(found, _), ""]
    for verdict, words in VERDICT_WORDS.items():
        if found.verdicts[verdict]:
            lines.append(f"{_.number(found.verdicts[verdict]):>9}  {_(words)}")
    if found.others:
        lines += ["", _(N_("live rules that sent something for the same events:"))]
        lines += [f"{_.number(count):>9}  {rule}" for rule, count in found.others.most_common()]
        lines.append(_(BOTH_SEND))
    if found.missed:
        lines += ["", _(N_("events that they answered and this rule did not take:"))]
        lines += [f"{_.number(count):>9}  {rule}" for rule, count in found.missed.most_common()]
    for example in found.examples:
        lines += ["", *_example_lines(example, _)]
    return "\n".join(lines)


def _counts(found: Promotion, _: Translator) -> str:
    return _.counted(
        "{count} message to {people} people, about {daily} a day",
        "{count} messages to {people} people, about {daily} a day",
        found.sends,
        people=_.number(found.people),
        daily=_.number(round(found.sends_a_day, 1)),
    )


def _example_lines(example: Example, _: Translator) -> Iterator[str]:
    text = f" “{in_one_line(example.text, _LONGEST)}”" if example.text else ""
    yield f"[{format_id(example.event_id)}]{text}: {_(VERDICT_WORDS[example.verdict])}"
    yield from _send_lines(_(N_("this rule")), example.would)
    for rule in dict.fromkeys(send.rule for send in example.did):
        yield from _send_lines(rule, [send for send in example.did if send.rule == rule])


def _send_lines(who: str, sends: Sequence[Send]) -> Iterator[str]:
    for send in sends:
        yield f"    {who}: {send.action} “{in_one_line(send.text, _LONGEST)}”"
