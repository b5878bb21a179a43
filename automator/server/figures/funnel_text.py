"""The funnel of a rule, as text in the reader's language."""

from collections.abc import Iterator

from automator.engine.figures.funnel_result import Funnel, Reached, RuleFunnel
from automator.language import Translator
from automator.model import N_, Reason
from automator.reasons import limits, runs
from automator.reasons.attempts import questions, steps

NOTHING_SAID = N_("This rule sends no messages to people, so there is nothing to count.")
NOBODY = N_("Nobody has entered this rule in this time.")
CUT = N_("There are too many runs for the whole time: the newest were looked at, since {time}.")
#: Reasons whose sentence is about one run, in words for many people.
_OF_MANY = {
    runs.CANCELLED_BY_EVENT.code: N_("they wrote, or did the thing that the follow-up waited for"),
    runs.CANCELLED_BY_RULE.code: N_("another rule has called it off"),
    runs.CANCELLED_BY_PERSON.code: N_("one of you has called it off"),
    runs.RULE_CHANGED.code: N_("the rule was changed meanwhile"),
    runs.TOO_LATE_TO_ACT.code: N_("it was too late: its window had closed"),
    limits.ONCE.code: N_("they had been here before (once)"),
    limits.ONCE_UNTIL.code: N_("they had been here before (once)"),
    limits.THROTTLED.code: N_("they came too often (throttle)"),
    limits.ANSWERED_BY_HAND.code: N_("one of you was answering them by hand"),
    limits.BLOCKED.code: N_("they are blocked"),
    steps.OPTED_OUT.code: N_("they have opted out"),
    questions.BELONGS_TO_QUESTION.code: N_("their message was the answer to a question"),
    questions.QUESTION_EXPIRED.code: N_("they did not answer in time"),
    questions.QUESTION_REFUSED.code: N_("they gave no good answer"),
    questions.ASKED_SOMETHING_ELSE.code: N_("another rule has asked them something"),
}


def left_text(reason: Reason, _: Translator) -> str:
    """The reasons why people came no further, for many of them."""
    text = _OF_MANY.get(reason.code)
    return _.say(reason) if text is None else _(text)


def stage_text(reached: Reached, _: Translator) -> str:
    """A short title for a stage."""
    stage = reached.stage
    if stage.is_answer:
        return _(N_("Answered the question {step}"), step=stage.step)
    return f"“{stage.text}”" if stage.text else stage.step


def clicked_text(count: int, found: Funnel, _: Translator) -> str:
    """The number of people who have opened a link of a message."""
    opened = _.counted("{count} opened its link", "{count} opened its link", count)
    return f"{opened} ({found.share(count)} %)"


def funnel_text(found: RuleFunnel, _: Translator) -> str:
    """Everything, as the terminal shows it."""
    if not found.whole.stages:
        return _(NOTHING_SAID)
    lines = [
        _(
            N_("{rule}, from {since} to {until}"),
            rule=found.rule,
            since=_.time(found.since_ms),
            until=_.time(found.until_ms),
        )
    ]
    if not found.whole.entered:
        lines.append(_(NOBODY))
    else:
        entered = _.counted("{count} entered", "{count} entered", found.whole.entered)
        people = _.counted("{count} person", "{count} people", found.people)
        lines += [f"{entered} ({people})", *_stages(found.whole, _)]
    lines += [
        f"    – {_.number(count)} × {left_text(reason, _)}" for reason, count in found.turned_away
    ]
    for one in found.arms:
        lines += ["", f"{found.split} = {one.arm}: {arm_text(one, _)}"]
    if found.is_cut:
        lines += ["", _(CUT, time=_.time(found.since_ms))]
    return "\n".join(lines)


def arm_text(arm: Funnel, _: Translator) -> str:
    """The progress of the people of an arm, in one line."""
    return _(
        N_("{entered} entered, {finished} got the last message ({percent} %), {wrote} wrote back"),
        entered=_.number(arm.entered),
        finished=_.number(arm.finished),
        percent=arm.share(arm.finished),
        wrote=_.number(arm.wrote_back),
    )


def _stages(found: Funnel, _: Translator) -> Iterator[str]:
    for number, one in enumerate(found.stages, 1):
        got = f"{_.number(one.got):>6} {found.share(one.got):>4} %"
        yield f"{number:>3}. {got}  {stage_text(one, _)}"
        if one.clicked is not None:
            yield f"      ↗ {clicked_text(one.clicked, found, _)}"
        if one.waiting:
            yield f"      ◷ {_.counted('{count} waits for it', '{count} wait for it', one.waiting)}"
        if one.to_approve:
            text = _.counted(
                "{count} waits for approval", "{count} wait for approval", one.to_approve
            )
            yield f"      ◷ {text}"
        if one.not_meant:
            text = _(N_("not meant for {count}: its condition did not hold"), count=one.not_meant)
            yield f"      ○ {text}"
        for reason, count in one.reasons:
            yield f"      – {_.number(count)} × {left_text(reason, _)}"
