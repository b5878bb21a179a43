"""Describes a backtest in the reader's language: for the terminal, and as Markdown."""

from collections.abc import Callable, Iterator

from automator.language import Translator
from automator.model import N_, format_id, in_one_line
from automator.simulation.backtest import Backtest, Example, RuleDifference

_SHOWN_TEXT = 120
#: Of long texts, this many characters before the first difference are shown.
_BEFORE_DIFFERENCE = 40
#: A function that writes a person's text so that it cannot act as markup.
Quote = Callable[[str], str]
_INDENT = " " * 4
_HEAD = (N_("rule"), N_("new"), N_("gone"), N_("as before"), N_("steps changed"))


def backtest_text(found: Backtest, _: Translator) -> str:
    """The differences, rule by rule, with examples, for the terminal."""
    lines = [*compared_text(found, _), ""]
    for rule in found.rules:
        lines.append(f"{rule.rule}: {counts_text(rule, _)}")
        lines += [f"{_INDENT}{mark} {text}" for mark, text in _examples(rule, _quoted, _)]
    if not found.differs:
        lines.append(_(N_("nothing would have been different")))
    return "\n".join([*lines, "", *_volumes(found, _)])


def backtest_markdown(found: Backtest, _: Translator) -> str:
    """The differences as Markdown, for a pull request: a table, and lists of examples.

    People's texts are written as code, so that markup in them has no effect.
    """
    heading = _(N_("Backtest of the rules"))
    lines = [f"## {heading}", "", *compared_text(found, _), ""]
    differing = [rule for rule in found.rules if rule.differs]
    if not differing:
        lines.append(_(N_("nothing would have been different")))
    else:
        lines += [_row([_(title) for title in _HEAD]), _row(["---"] * len(_HEAD))]
        for rule in differing:
            counts = (rule.new, rule.gone, rule.same, rule.changed)
            lines.append(_row([_code(rule.rule), *map(_.number, counts)]))
    for rule in differing:
        examples = [f"- {mark} {text}" for mark, text in _examples(rule, _code, _)]
        if examples:
            lines += ["", f"### {_code(rule.rule)}", "", *examples]
    return "\n".join([*lines, "", *_volumes(found, _), ""])


def left_out_text(count: int, _: Translator) -> str:
    """The sentence about stored events that cannot come in again."""
    return _.counted(
        "{count} event is left out: emptied by retention, or without connection",
        "{count} events are left out: emptied by retention, or without connection",
        count,
    )


def compared_text(found: Backtest, _: Translator) -> Iterator[str]:
    """Sentences about the compared events: their number and time, and how many are missing."""
    if found.first_at is None or found.last_at is None:
        yield _(N_("there are no events of that time"))
        return
    yield _.counted(
        "{count} event from {since:time} to {until:time}, in {took:duration}",
        "{count} events from {since:time} to {until:time}, in {took:duration}",
        found.events,
        since=found.first_at,
        until=found.last_at,
        took=round(found.seconds * 1000),
    )
    if found.is_partial:
        yield _(N_("It was ended early: later events are not compared."))
    if found.reason is not None:
        yield _.say(found.reason)
    if found.left_out:
        yield left_out_text(found.left_out, _)


def counts_text(rule: RuleDifference, _: Translator) -> str:
    """The counts of a rule as `12 new, 3 gone, 140 as before, 20 steps changed`, without zeros."""
    parts = (
        (rule.new, N_("{count:number} new")),
        (rule.gone, N_("{count:number} gone")),
        (rule.same, N_("{count:number} as before")),
    )
    said = [_(text, count=count) for count, text in parts if count]
    if rule.changed:
        said.append(_.counted("{count} step changed", "{count} steps changed", rule.changed))
    return ", ".join(said)


def _examples(rule: RuleDifference, quoted: Quote, _: Translator) -> Iterator[tuple[str, str]]:
    for mark, examples in (("+", rule.new_examples), ("−", rule.gone_examples)):
        for example in examples:
            yield mark, _event_of_example(example, quoted, _)
    nothing = _(N_("nothing"))
    for example in rule.changed_examples:
        before, now = (
            nothing if text is None else quoted(text)
            for text in from_difference(example.before, example.now)
        )
        came = _event_of_example(example, quoted, _)
        yield "~", f"{came} · {example.step}: {before} → {now}"


def _event_of_example(example: Example, quoted: Quote, _: Translator) -> str:
    if example.event_id is None:
        return _.time(example.at)
    wrote = f" {quoted(example.wrote)}" if example.wrote else ""
    return format_id(example.event_id) + wrote


def messages_text(found: Backtest, _: Translator) -> str:
    """The messages a day, before and now."""
    text = N_("Messages a day, about: {before:number} before, {now:number} now.")
    return _(text, before=round(found.before.a_day, 1), now=round(found.now.a_day, 1))


def _volumes(found: Backtest, _: Translator) -> Iterator[str]:
    yield messages_text(found, _)
    before, now = found.before, found.now
    for side, text in (
        (before, N_("Most messages to one contact before: {count:number}, to {contact}.")),
        (now, N_("Most messages to one contact now: {count:number}, to {contact}.")),
    ):
        if side.busiest:
            yield _(text, contact=side.busiest, count=side.busiest_messages)


def from_difference(one: str | None, other: str | None) -> tuple[str | None, str | None]:
    """Both texts; of long texts, only the part from shortly before the first difference."""
    if one is None or other is None or max(len(one), len(other)) <= _SHOWN_TEXT:
        return one, other
    same = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    start = max(0, same - _BEFORE_DIFFERENCE)
    return (f"…{one[start:]}", f"…{other[start:]}") if start else (one, other)


def _quoted(text: str) -> str:
    return f"“{in_one_line(text, _SHOWN_TEXT)}”"


def _code(text: str) -> str:
    return f"`{in_one_line(text, _SHOWN_TEXT).replace('`', chr(39)).replace('|', chr(166))}`"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
