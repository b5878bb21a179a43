"""The missed buyers as text in the reader's language."""

from collections.abc import Iterator

from automator.engine.figures.missed_buyers import MissedBuyer
from automator.language import Translator
from automator.model import N_, format_id, in_one_line
from automator.server.figures.missed import MissedReport, Silence

#: The built-in signs in words; one of the settings has its own name.
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


def missed_text(report: MissedReport, _: Translator) -> str:
    """Everything, as the terminal shows it."""
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
    """The signs that somebody showed, in words."""
    return ", ".join(_(_SIGNS[name]) if name in _SIGNS else name for name in buyer.signs)


def silence_text(silence: Silence, _: Translator) -> str:
    """The reason why a rule did not answer."""
    said = _.say(silence.reason)
    name = silence.name or silence.rule
    return f"{name}: {said}" if said else name


def fate_text(buyer: MissedBuyer, _: Translator) -> str:
    """Whether they were answered after all."""
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
