"""Computes the funnel of a rule: how many people got each of its messages, and why others did not.

A stage is a message from the rule to the person, or the person's answer to a question of the rule.
Stored attempts and runs show which stages each person reached. Nothing is counted while events come
in.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from automator.engine.figures.funnel_result import Became, Funnel, Reached, RuleFunnel, Stage
from automator.model import DAY_MS, AttemptStatus, Reason, Rule, RunState, Step, Waits, shortened
from automator.plugins import AnyAction
from automator.rules import says_to_person, tracks_links
from automator.rules.compiled.ab_splits import Split, splits_of
from automator.store import Log
from automator.store.log.figures.funnel_log import PartOfWay

#: The periods that a page offers, in days.
PERIODS = (7, 30, 90)
_LONGEST_TEXT = 80
_STAND_HERE = (Became.LEFT, Became.WAITS, Became.TO_APPROVE)


def funnel_of(
    log: Log,
    rule: Rule,
    actions: Mapping[str, AnyAction],
    now_ms: int,
    *,
    days: int,
    most: int,
) -> RuleFunnel:
    """Computes the funnel of a rule within the last `days`, from at most `most` of its newest runs.

    Blocks.
    """
    since_ms = now_ms - days * DAY_MS
    ways, is_cut = log.ways(rule.id, since_ms, most)
    if is_cut and ways:
        since_ms = ways[-1][0].created_at
    stages = [*_stages(rule.steps, "", (), partial(says_to_person, actions=actions))]
    split = next(iter(splits_of(rule)), None)
    turned_away = Reached(stage=_DOOR)
    entered = []
    for way in ways:
        if way[0].state is RunState.SUPPRESSED:
            reason = way[0].reason
            turned_away.note(Became.LEFT, reason and reason.innermost)
        else:
            entered.append(way)
    contacts = {way[0].contact for way in entered if way[0].contact is not None}
    clicks = log.clicks(contacts) if any(one.tracks for one in stages) else set()
    by_arm = _divided(log, entered, split) if split is not None else {}
    return RuleFunnel(
        rule=rule.id,
        name=rule.name,
        since_ms=since_ms,
        until_ms=now_ms,
        is_cut=is_cut,
        people=len({way[0].contact or way[0].id for way in entered}),
        whole=_funnel(stages, entered, clicks),
        turned_away=turned_away.reasons,
        split=split.name if split is not None else "",
        arms=[_funnel(stages, of_arm, clicks, arm) for arm, of_arm in by_arm.items()],
    )


def _divided(
    log: Log, ways: Sequence[Sequence[PartOfWay]], split: Split
) -> dict[str, list[Sequence[PartOfWay]]]:
    """Groups people's ways by the arm of the split. An arm without people has an empty list."""
    bodies = log.bodies([way[0].event_id for way in ways])
    found: dict[str, list[Sequence[PartOfWay]]] = {name: [] for name, _ in split.arms}
    for way in ways:
        arm = split.arm(bodies.get(way[0].event_id, {}))
        if arm in found:
            found[arm].append(way)
    return found


_DOOR = Stage(step="", text="", is_answer=False, tracks=False, path="", above=())


def _stages(
    steps: Sequence[Step],
    path: str,
    above: tuple[tuple[str, str], ...],
    says: Callable[[Step], bool],
) -> Iterator[Stage]:
    """Yields the stages of these steps; the stages of follow-ups come after them."""
    later: list[tuple[Step, str, tuple[tuple[str, str], ...]]] = []
    for step in steps:
        if step.steps:
            later.append((step, path, above))
        elif says(step):
            text = step.name or _text_of(step)
            tracks = tracks_links(step.inputs)
            yield Stage(
                step=step.id, text=text, is_answer=False, tracks=tracks, path=path, above=above
            )
        if step.asks:
            # The run that waits for the answer also performs the steps after the question.
            above, path = (*above, (path, step.id)), step.id
            yield Stage(
                step=step.id, text=step.name, is_answer=True, tracks=False, path=path, above=above
            )
    for step, of_path, of_above in later:
        yield from _stages(step.steps, step.id, (*of_above, (of_path, step.id)), says)


def _text_of(step: Step) -> str:
    inputs = step.inputs
    given: Any = inputs.get("text") or inputs.get("one_of")
    given = given[0] if isinstance(given, list | tuple) and given else given
    return shortened(" ".join(given.split()), _LONGEST_TEXT) if isinstance(given, str) else ""


def _funnel(
    stages: Sequence[Stage],
    ways: Sequence[Sequence[PartOfWay]],
    clicks: Collection[tuple[int | None, str]],
    arm: str = "",
) -> Funnel:
    reached = [Reached(stage=one, clicked=0 if one.tracks else None) for one in stages]
    found = Funnel(arm=arm, entered=len(ways), stages=reached)
    for way in ways:
        by_path: dict[str, PartOfWay] = {}
        for part in way:
            by_path.setdefault(part.path, part)
        _follow(by_path, reached)
        for one in reached:
            sender = by_path.get(one.stage.path)
            if one.clicked is not None and sender and (sender.id, one.stage.step) in clicks:
                one.clicked += 1
    return found


def _follow(by_path: Mapping[str, PartOfWay], stages: Sequence[Reached]) -> None:
    """Counts one person at each stage, up to the stage at which they left for good."""
    became = [_became(by_path, one.stage) for one in stages]
    last = max((at for at, (what, _) in enumerate(became) if what is Became.GOT), default=-1)
    for at, (reached, (what, reason)) in enumerate(zip(stages, became, strict=True)):
        reached.note(what, reason)
        if at > last and what in _STAND_HERE:
            return


def _became(by_path: Mapping[str, PartOfWay], stage: Stage) -> tuple[Became, Reason | None]:
    """The result of one stage for one person, and the reason if they left there."""
    part = by_path.get(stage.path)
    if part is not None:
        return _at_step(part, stage.step)
    # No run was started for the stage: the nearest step above that has a run shows why.
    for path, step in reversed(stage.above):
        if (part := by_path.get(path)) is not None:
            found, reason = _at_step(part, step)
            is_new = found is Became.GOT
            return (Became.NOT_MEANT, None) if is_new else (found, reason)
    return Became.NOT_MEANT, None


def _at_step(part: PartOfWay, step: str) -> tuple[Became, Reason | None]:
    """The result of one step of a run, and the reason if the person left there."""
    status, code, said = part.tries.get(step, ("", "", None))
    if status == AttemptStatus.OK:
        return Became.GOT, None
    if status == AttemptStatus.SKIPPED and code == "if":
        return Became.NOT_MEANT, None
    if not part.state.is_final:
        waits_for_person = part.waits_for == Waits.APPROVAL
        return (Became.TO_APPROVE if waits_for_person else Became.WAITS), None
    if step in part.not_sent:
        return Became.LEFT, part.not_sent[step].innermost
    if part.state is RunState.DONE and not status:
        # When the person came, the rule did not have this step yet.
        return Became.NOT_MEANT, None
    reason = part.reason or said
    return Became.LEFT, reason and reason.innermost
