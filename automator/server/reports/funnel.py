"""The report `funnel`: how many people got each message of a rule, and why others did not."""

from collections.abc import Iterable, Iterator
from functools import partial

from automator.engine.figures.funnel import funnel_of
from automator.engine.figures.funnel_result import Funnel, Reached, RuleFunnel
from automator.language import Translator
from automator.model import LOOK_IN_LIST, N_, NotFoundError, Reason, Rule
from automator.reasons import limits, runs
from automator.reasons.attempts import questions, steps
from automator.rules.compiled.ab_splits import splits_of
from automator.server.reports.declarations import FunnelAsked, ReportSource

#: At most this many rules with the same split are compared with a rule.
_MOST_COMPARED = 4

NOTHING_SAID = N_("This rule sends no messages to people, so there is nothing to count.")
NOBODY = N_("Nobody has entered this rule in this time.")
CUT = N_("There are too many runs for the whole time: the newest were looked at, since {time}.")
#: Sentences about many people, for reasons whose own sentence is about a single run.
_OF_MANY = {
    runs.cancelled_by_event.code: N_("they wrote, or did the thing that the follow-up waited for"),
    runs.cancelled_by_rule.code: N_("another rule has called it off"),
    runs.cancelled_by_person.code: N_("one of you has called it off"),
    runs.rule_changed.code: N_("the rule was changed meanwhile"),
    runs.too_late_to_act.code: N_("it was too late: its window had closed"),
    limits.once.code: N_("they had been here before (once)"),
    limits.once_within.code: N_("they had been here before (once)"),
    limits.throttled.code: N_("they came too often (throttle)"),
    limits.answered_by_hand.code: N_("one of you was answering them by hand"),
    limits.blocked.code: N_("they are blocked"),
    steps.opted_out.code: N_("they have opted out"),
    questions.belongs_to_question.code: N_("their message was the answer to a question"),
    questions.question_expired.code: N_("they did not answer in time"),
    questions.question_refused.code: N_("they gave no good answer"),
    questions.asked_something_else.code: N_("another rule has asked them something"),
}


async def answer(here: ReportSource, asked: FunnelAsked) -> RuleFunnel:
    """Computes the funnel of a rule in force.

    Raises:
        NotFoundError: no rule in force has this id.
    """
    return await _funnel(here, asked, _rule_named(await _rules(here), asked.rule))


async def compared_with(here: ReportSource, asked: FunnelAsked) -> list[RuleFunnel]:
    """Computes the funnels of other rules whose conditions divide people by the same split."""
    rules = await _rules(here)
    own = _splits(_rule_named(rules, asked.rule))
    others = [rule for rule in rules if rule.id != asked.rule and own & _splits(rule)]
    return [await _funnel(here, asked, rule) for rule in others[:_MOST_COMPARED]]


def _rule_named(rules: Iterable[Rule], name: str) -> Rule:
    found = next((rule for rule in rules if rule.id == name), None)
    if found is None:
        raise NotFoundError(N_("no rule '{rule}'"), fix=LOOK_IN_LIST, rule=name)
    return found


def _splits(rule: Rule) -> set[str]:
    return {split.name for split in splits_of(rule)}


async def _rules(here: ReportSource) -> list[Rule]:
    rule_set, _ = await here.rules()
    return [rule.spec for rule in rule_set.rules]


async def _funnel(here: ReportSource, asked: FunnelAsked, rule: Rule) -> RuleFunnel:
    look = partial(funnel_of, here.log, rule, here.actions, here.now_ms)
    return await here.work(partial(look, days=asked.days, most=asked.runs))


def left_text(reason: Reason, _: Translator) -> str:
    """The reason why people came no further, as a sentence about many people."""
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


def as_text(found: RuleFunnel, _: Translator) -> str:
    """The whole report as text, for the terminal."""
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
    """The progress of the people in one arm of a split, on one line."""
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
